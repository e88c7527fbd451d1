"""What an edited file says it was built from, held against the ledger before anything in it is believed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docgen.digest import digest_of
from docgen.dossier import ORGANISATION
from docgen.errors import DocgenError
from docgen.reading import ReadDocument

__all__ = ["Origin", "read_origin"]

_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII)
_REMEDY = "import a file that 'aims docs build' or 'aims docs publish' wrote, edited in Word or LibreOffice"


@dataclass(frozen=True, slots=True)
class Origin:
    """From which state of which ledger a file was built, as which document.

    `digests` are the text digests of its slots as they were built, `languages` theirs, by slot id.
    """

    ledger: str
    size: int
    root: bytes
    pack: str
    document: str
    language: str
    state: str
    marking: str
    restyled: bool
    audience: str
    item: str
    system: str | None
    version: str | None
    content_digest: str
    lines: tuple[str, ...]
    digests: Mapping[str, str]
    languages: Mapping[str, str]


def read_origin(document: ReadDocument) -> Origin:
    """What the file's carrier says; nothing of it is verified beyond its form.

    Raises:
        DocgenError: the file has no carrier, or one that no build writes.
    """
    if document.carrier is None:
        raise DocgenError("the file does not say what it was built from: its custom XML part is gone", remedy=_REMEDY)
    try:
        origin = _origin(document.carrier)
    except (KeyError, TypeError, ValueError) as error:
        raise DocgenError(f"what the file says of its origin is damaged ({error})", remedy=_REMEDY) from error
    if digest_of(origin.lines) != origin.content_digest:
        raise DocgenError("what the file says of its content contradicts itself: somebody changed it", remedy=_REMEDY)
    if not origin.document:
        raise DocgenError(
            "the file was built by an older version and does not name its document", remedy="build it anew"
        )
    return origin


def _origin(carrier: Mapping[str, Any]) -> Origin:
    document, checkpoint = carrier["document"], carrier["checkpoint"]
    subject, version = _text(document["subject"]), _text(document["subject_version"])
    size = checkpoint["size"]
    if type(size) is not int or size < 1:
        raise ValueError("checkpoint size")
    about_system = subject != ORGANISATION
    return Origin(
        ledger=_text(carrier["ledger"]),
        size=size,
        root=bytes.fromhex(_hex(checkpoint["root"])),
        pack=_text(carrier["pack"]["id"]),
        document=_text(document["id"]),
        language=_text(document["language"]),
        state=_text(document["state"]),
        marking=_text(document["marking"]),
        restyled=bool(carrier.get("template")),
        audience=_text(document.get("audience", "")) or "internal",
        item=_text(document.get("item", "")),
        system=subject if about_system else None,
        version=version if about_system else None,
        content_digest=_hex(carrier["content_digest"]),
        lines=tuple(_text(line) for line in carrier["blocks"]),
        digests={_text(slot["id"]): _hex(slot["text_digest"]) for slot in carrier["slots"]},
        languages={_text(slot["id"]): _text(slot["lang"]) for slot in carrier["slots"]},
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text expected")
    return value


def _hex(value: object) -> str:
    text = _text(value)
    if not _HEX.fullmatch(text):
        raise ValueError("64 hex digits expected")
    return text
