"""A company's own Word template: checked before anything is written, then what a document is written onto.

A template restyles a document by styles of the same names.  It must define those of `REQUIRED`; any
other style of `docgen.word.styles.STYLE_NAMES` that it lacks comes from our own looks, and is named.
Nothing of its text gets into a document.  Its page, headers, footers, logo, theme, fonts, and its
sensitivity labels stay.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docx
from docx.opc.exceptions import OpcError
from lxml import etree

from docgen.errors import DocgenError
from docgen.word.oxml import Element, el
from docgen.word.styles import LOOKS, STYLE_NAMES

if TYPE_CHECKING:
    from docx.document import Document

__all__ = ["REQUIRED", "CheckedTemplate", "WordTemplateError", "check_template", "style_elements"]

REQUIRED: tuple[str, ...] = ("Normal", "Title", "heading 1", "heading 2", "heading 3")
"""Styles without which a template would style nothing."""

_LARGEST, _LARGEST_UNPACKED, _MOST_MEMBERS = 50 * 1024 * 1024, 300 * 1024 * 1024, 5000
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_OLE = b"\xd0\xcf\x11\xe0"
_ACTIVE = ("vbaproject", "vbadata", "activex/", "oleobject", "customui/")


class WordTemplateError(DocgenError):
    """A file can't be used as a template; `problems` says all that is wrong with it."""

    def __init__(self, name: str, problems: Iterable[str], *, remedy: str = "") -> None:
        self.name, self.problems = name, tuple(problems)
        super().__init__(f"template {name}: {'; '.join(self.problems)}", remedy=remedy)


@dataclass(frozen=True, slots=True)
class CheckedTemplate:
    """A template that can be used; `own` are the styles it defines, `added` those that ours fill in.

    `kept` says in words what else of it gets into documents.
    """

    name: str
    data: bytes
    own: tuple[str, ...]
    added: tuple[str, ...]
    kept: tuple[str, ...]

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the file."""
        return hashlib.sha256(self.data).hexdigest()


def check_template(data: bytes, name: str) -> CheckedTemplate:
    """The template in a file's bytes; `name` is for messages.

    Raises:
        WordTemplateError: it is no .docx file, has macros or other active content, or lacks styles of `REQUIRED`.
    """
    _check_archive(data, name)
    try:
        document = docx.Document(io.BytesIO(data))
        styles = style_elements(document)
    except (OpcError, KeyError, ValueError, AttributeError, etree.XMLSyntaxError, zipfile.BadZipFile) as error:
        raise _no_word_file(name, f"it can't be read ({error})") from error
    found = {look: kinds for look in STYLE_NAMES if (kinds := styles.get(look.lower()))}
    wrong = [
        f"style {look!r} is a {'/'.join(sorted(kinds))} style, expected a {kind} style"
        for look, kind in style_kinds().items()
        if (kinds := found.get(look)) and kind not in kinds
    ]
    missing = [look for look in REQUIRED if look not in found]
    problems = [f"lacks the style{'s' if len(missing) > 1 else ''} {', '.join(missing)}"] if missing else []
    if problems or wrong:
        remedy = "define them in Word, or start from 'aims docs template --new FILE', which has every style"
        raise WordTemplateError(name, [*problems, *wrong], remedy=remedy)
    own = tuple(look for look in STYLE_NAMES if look in found)
    added = tuple(look for look in STYLE_NAMES if look not in found)
    return CheckedTemplate(name, data, own, added, tuple(_kept(document, data)))


def style_elements(document: Document) -> dict[str, dict[str, Element]]:
    """The styles of a document: by name in small letters, as Word compares them, then by type."""
    found: dict[str, dict[str, Element]] = {}
    for style in document.styles.element.iter(el("w:style").tag):
        name = style.find(el("w:name").tag)
        if name is not None:
            kind = style.get(el("w:type").tag) or "paragraph"
            found.setdefault((name.get(el("w:val").tag) or "").lower(), {})[kind] = style
    return found


def style_kinds() -> Mapping[str, str]:
    """The type that each of our styles has."""
    kinds = {look.name: look.kind for look in LOOKS}
    return {name: kinds.get(name, "table") for name in STYLE_NAMES}


def _check_archive(data: bytes, name: str) -> None:
    if len(data) > _LARGEST:
        raise WordTemplateError(name, [f"{len(data)} bytes, expected at most {_LARGEST}"])
    if data.startswith(_OLE):
        raise _no_word_file(name, "it is an old .doc file, or protected by a password")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _LARGEST_UNPACKED:
                raise WordTemplateError(name, [f"unpacks to more than {_LARGEST_UNPACKED} bytes or too many parts"])
            types = etree.fromstring(
                archive.read("[Content_Types].xml"), etree.XMLParser(resolve_entities=False, no_network=True)
            )
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, etree.XMLSyntaxError) as error:
        raise _no_word_file(name, "it is no archive of parts") from error
    kinds = [one.get("ContentType") or "" for one in types]
    active = [member.filename for member in members if any(word in member.filename.lower() for word in _ACTIVE)]
    if active or any("macroenabled" in kind.lower() or "vbaproject" in kind.lower() for kind in kinds):
        what = f" ({active[0]})" if active else ""
        raise WordTemplateError(
            name, [f"has macros or other active content{what}"], remedy="save it in Word as .docx, without macros"
        )
    if any(kind.endswith("template.main+xml") for kind in kinds):
        raise _no_word_file(name, "it is a Word template (.dotx)")
    if _MAIN not in kinds:
        raise _no_word_file(name, "it has no Word document in it")


def _no_word_file(name: str, why: str) -> WordTemplateError:
    return WordTemplateError(name, [f"not a .docx file: {why}"], remedy="save it in Word as .docx")


def _kept(document: Document, data: bytes) -> Iterable[str]:
    sections = document.element.body.findall(el("w:sectPr").tag)
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    if sections and sections[-1].find(el("w:headerReference").tag) is not None:
        yield "header"
    if sections and sections[-1].find(el("w:footerReference").tag) is not None:
        yield "footer"
    if any(b"MSIP_Label_" in part.blob for part in document.part.package.iter_parts() if "custom" in part.partname):
        yield "sensitivity label (MSIP_Label)"
    if "docMetadata/LabelInfo.xml" in names:
        yield "sensitivity label (LabelInfo.xml)"
