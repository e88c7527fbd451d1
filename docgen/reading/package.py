"""The zip file of a Word document, opened as what it is: bytes from anybody.

Everything is refused that could cost more than it says or reach outside: archives that unpack to more than
256 MB, members with paths, twice or encrypted, XML with a document type (entities, external files), macros.
Nothing is ever written to disk, and no picture is decoded.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from lxml import etree

from docgen.errors import DocgenError
from docgen.word.archive import BROKEN

__all__ = ["Package", "W", "open_package", "parse_part", "qname"]

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_STRICT = "http://purl.oclc.org/ooxml"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_OTHERS = {
    "application/vnd.ms-word.document.macroEnabled.main+xml": "a document with macros (.docm)",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml": "a template with macros (.dotm)",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml": "a template (.dotx)",
}
_MOST_MEMBERS, _MEGABYTE = 4000, 1024 * 1024
_LARGEST_FILE, _LARGEST_MEMBER, _LARGEST_TOTAL = 128 * _MEGABYTE, 64 * _MEGABYTE, 256 * _MEGABYTE
_LARGEST_XML = 48 * _MEGABYTE
_DOCTYPE = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
_REMEDY = "save it as a Word document (.docx) without macros and encryption"


def qname(name: str) -> str:
    """``w:p`` as lxml names it; also ``r:id``."""
    prefix, _, local = name.partition(":")
    return f"{{{W if prefix == 'w' else _R}}}{local}"


@dataclass(frozen=True, slots=True)
class Package:
    """An opened document: its main part, and its other parts by name."""

    archive: zipfile.ZipFile
    names: frozenset[str]
    document: etree._Element
    relations: Mapping[str, tuple[str, str, bool]]

    def part(self, name: str) -> bytes | None:
        """The bytes of a part, or None."""
        return _read(self.archive, name) if name in self.names else None

    def xml(self, name: str) -> etree._Element | None:
        """The root of a part, or None if there is none.

        Raises:
            DocgenError: it is no XML, or has a document type.
        """
        data = self.part(name)
        return parse_part(name, data) if data is not None else None

    def related(self, kind: str) -> str | None:
        """The name of the part that the main part relates to as `kind`, such as ``comments``."""
        return next((target for of, target, outside in self.relations.values() if of == kind and not outside), None)


def open_package(data: bytes) -> Package:
    """The document in these bytes.

    Raises:
        DocgenError: they are no Word document, or one that is not opened; the message says why.
    """
    if len(data) > _LARGEST_FILE:
        raise DocgenError(
            f"reading a Word file: {len(data)} bytes, expected at most {_LARGEST_FILE}",
            remedy="compress its pictures (Word: Picture Format, Compress Pictures)",
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError) as error:
        old = data.startswith(b"\xd0\xcf\x11\xe0")
        what = "an old .doc or an encrypted document" if old else f"no zip archive ({error})"
        raise DocgenError(f"not a Word document: {what}", remedy=_REMEDY) from error
    names = _check_members(archive)
    main = _main_part(archive, names)
    folder, _, file = main.rpartition("/")
    relations = _relations(archive, names, f"{folder}/_rels/{file}.rels", folder)
    return Package(archive, names, parse_part(main, _read(archive, main)), MappingProxyType(relations))


def parse_part(name: str, data: bytes) -> etree._Element:
    """The root element of a part.

    Raises:
        DocgenError: it is no XML, or declares a document type: entities are neither expanded nor fetched.
    """
    if len(data) > _LARGEST_XML:
        raise DocgenError(f"{name}: {len(data)} bytes of XML, expected at most {_LARGEST_XML}")
    # UTF-16 hides the words from a search in bytes; a parser that is asked about the document type does not.
    if _DOCTYPE.search(data):
        raise DocgenError(f"{name}: declares a document type or entity, which Word documents have none of")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise DocgenError(f"{name}: not well-formed XML ({error})") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocgenError(f"{name}: declares a document type or entity, which Word documents have none of")
    return root


def _check_members(archive: zipfile.ZipFile) -> frozenset[str]:
    members = archive.infolist()
    if len(members) > _MOST_MEMBERS:
        raise DocgenError(f"the document has {len(members)} parts, expected at most {_MOST_MEMBERS}")
    total = sum(member.file_size for member in members)
    if total > _LARGEST_TOTAL:
        raise DocgenError(f"the document unpacks to {total} bytes, expected at most {_LARGEST_TOTAL}")
    names: set[str] = set()
    for member in members:
        name = member.filename
        parts = name.rstrip("/").split("/")
        if name.startswith("/") or "\\" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
            raise DocgenError(f"the document has a part named {name[:100]!r}, expected a path inside of it")
        if name.lower() in names:
            raise DocgenError(f"the document has the part {name[:100]!r} twice")
        if member.flag_bits & 1:
            raise DocgenError(f"the part {name[:100]!r} is encrypted", remedy=_REMEDY)
        if member.file_size > _LARGEST_MEMBER:
            raise DocgenError(
                f"the part {name[:100]!r} has {member.file_size} bytes, expected at most {_LARGEST_MEMBER}",
                remedy="compress its pictures (Word: Picture Format, Compress Pictures)",
            )
        names.add(name.lower())
    if macros := sorted(name for name in names if name.rpartition("/")[2] in ("vbaproject.bin", "vbadata.xml")):
        raise DocgenError(f"the document has macros ({macros[0]})", remedy=_REMEDY)
    return frozenset(member.filename for member in members)


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except BROKEN as error:
        raise DocgenError(f"the part {name[:100]!r} can't be unpacked: {error}") from error


def _main_part(archive: zipfile.ZipFile, names: frozenset[str]) -> str:
    """The name of the main part: what the package relates to as its document, if it is of the right type."""
    if "[Content_Types].xml" not in names:
        raise DocgenError("not a Word document: a zip archive without [Content_Types].xml", remedy=_REMEDY)
    roots = _relations(archive, names, "_rels/.rels", "")
    found = [target for kind, target, outside in roots.values() if kind == "officeDocument" and not outside]
    if len(found) != 1:
        raise DocgenError(f"not a Word document: {len(found)} main parts, expected one", remedy=_REMEDY)
    main = found[0]
    if main not in names:
        raise DocgenError(f"the document has no part {main[:100]!r}, its main part", remedy="it is damaged; use a copy")
    kind = _content_type(parse_part("[Content_Types].xml", _read(archive, "[Content_Types].xml")), main)
    if kind != _MAIN:
        what = _OTHERS.get(kind, f"a file of type {kind[:100] or 'unknown'}")
        raise DocgenError(f"not a Word document but {what}", remedy=_REMEDY)
    return main


def _content_type(types: etree._Element, part: str) -> str:
    if types.tag != f"{{{_TYPES}}}Types":
        raise DocgenError("[Content_Types].xml: lists no content types")
    wanted = [
        str(one.get("ContentType", ""))
        for one in types.iter(f"{{{_TYPES}}}Override")
        if str(one.get("PartName", "")).lower() == f"/{part.lower()}"
    ]
    if len(wanted) > 1:
        raise DocgenError(f"[Content_Types].xml: says {len(wanted)} times what {part} is, expected once")
    return wanted[0] if wanted else ""


def _relations(
    archive: zipfile.ZipFile, names: frozenset[str], name: str, folder: str
) -> dict[str, tuple[str, str, bool]]:
    """Relationships by id: the last word of the type, the part's name or the URL, and whether it lies outside."""
    if name not in names:
        return {}
    found: dict[str, tuple[str, str, bool]] = {}
    for one in parse_part(name, _read(archive, name)).iter(f"{{{_RELATIONS}}}Relationship"):
        target, outside = str(one.get("Target", "")), one.get("TargetMode") == "External"
        if not outside:
            target = _resolved(target, folder)
        found[str(one.get("Id", ""))] = (str(one.get("Type", "")).rpartition("/")[2], target, outside)
    return found


def _resolved(target: str, folder: str) -> str:
    """The part that a relative target means; one that climbs out of the package is no part's name."""
    path = [] if target.startswith("/") else [step for step in folder.split("/") if step]
    for step in target.split("/"):
        if step == "..":
            if not path:
                raise DocgenError(f"a relationship leads out of the document, to {target[:100]!r}")
            path.pop()
        elif step not in ("", "."):
            path.append(step)
    return "/".join(path)
