"""Registering a PDF file that was signed elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.desk import Desk, head_view, lines_for, one_at_a_time
from cli.technicalfile import SIGNED_ROLE
from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.opening import Appending
    from ledger import Receipt, Signer

_LARGEST: Final = 256 << 20
_TYPES: Final = {
    "declaration-of-conformity": "declaration_of_conformity",
    "instructions-for-use": "instructions_for_use",
    "post-market-monitoring-plan": "post_market_monitoring_plan",
    "risk-management-file": "risk_management",
    "statement-of-applicability": "statement_of_applicability",
    "technical-documentation": "technical_documentation",
}
"""What the `document` entry calls them; others are ``other``, with their title."""


def register(opened: Appending, desk: Desk, signers: Sequence[Signer], file: Path) -> Receipt:
    """The receipt of the entry that registers the file.

    Raises:
        BadInput: it is no PDF file with a signature in it, or is registered already.
    """
    data = _read(file)
    with one_at_a_time(desk.ledger):
        name = "@".join(part for part in (desk.name, desk.about[1]) if part) + ".signed"
        before = [
            entry
            for entry in head_view(desk.ledger).entries(kinds=["document"], subject=desk.about[0])
            if (entry.data["document_id"], entry.data.get("language")) == (name, desk.language)
            and (entry.version or "") == desk.about[1]
        ]
        digest = sha256(data).hexdigest()
        for entry in before:
            if any(artefact["digest"] == digest for artefact in entry.data.get("artefacts", ())):
                raise BadInput(f"{file}: is registered already, by entry {entry.index}")
        artefact = desk.ledger.attach(file, role=SIGNED_ROLE, media_type="application/pdf")
        if artefact.digest != digest:
            raise BadInput(f"{file}: changed while it was read", remedy="run the command again")
        lines = lines_for(desk, signers)
        lines.add("document", _body(desk, name, artefact.model_dump(exclude_none=True), before))
        return opened.append(lines.lines)[0]


def _body(desk: Desk, name: str, artefact: dict[str, Any], before: Sequence[Any]) -> dict[str, Any]:
    spec, version = desk.wanted.document, desk.life().current
    title, kind = spec.title.say(desk.language), _TYPES.get(spec.id, "other")
    references = [{"rel": "about", "statement": version.entry.statement}] if version is not None else []
    if before:
        references.append({"rel": "supersedes", "statement": before[-1].statement})
    return {
        "document_id": name,
        "document_type": kind,
        **({"other_type": title[:300]} if kind == "other" else {}),
        "title": title[:300],
        "version": version.version if version is not None else str(len(before) + 1),
        "language": desk.language,
        "status": "in_force",
        "summary": "A PDF file that was signed outside of this ledger; its signature was not checked here.",
        "artefacts": [artefact],
        "retention": desk.rules.retention,
        **({"system_version": desk.about[1]} if desk.about[1] else {}),
        **({"references": references} if references else {}),
    }


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as handle:
            data = handle.read(_LARGEST + 1)
    except OSError as error:
        raise BadInput(f"{file}: can't be read ({error.strerror})") from error
    if not data.startswith(b"%PDF-"):
        raise BadInput(f"{file}: no PDF file, expected one that begins with %PDF-")
    if len(data) > _LARGEST:
        raise BadInput(f"{file}: more than {_LARGEST} bytes")
    if b"/ByteRange" not in data:
        raise BadInput(f"{file}: has no electronic signature in it", remedy="register the file that was signed")
    return data
