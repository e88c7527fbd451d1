"""A Word file taken apart for comparing: its body in blocks that can be held side by side.

Two files that say the same may differ in bookmark numbers, relation ids and control ids, so blocks are compared by
their *face*: the style of a paragraph, and its words with their looks.  Content controls are unwrapped (a locked one
would keep people from accepting a change), fields that span paragraphs, such as tables of contents, keep their result
only, and changes that were tracked before are taken as accepted.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from docx.oxml.ns import qn
from lxml import etree

from docgen.errors import DocgenError
from docgen.redline.nodes import shell_of, w_element
from docgen.word.archive import BROKEN
from docgen.word.oxml import Element

__all__ = ["Package", "Relation", "open_package"]

MAIN: Final = "word/document.xml"
_RELATIONS: Final = "word/_rels/document.xml.rels"
_LARGEST: Final = 256 * 1024 * 1024
_IGNORED: Final = frozenset(
    qn(f"w:{name}")
    for name in (
        "proofErr", "permStart", "permEnd", "commentRangeStart", "commentRangeEnd", "moveFromRangeStart",
        "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd", "customXmlInsRangeStart", "customXmlInsRangeEnd",
        "customXmlDelRangeStart", "customXmlDelRangeEnd", "lastRenderedPageBreak", "commentReference",
        "annotationRef",
    )
)  # fmt: skip
_GONE: Final = frozenset(qn(f"w:{name}") for name in ("del", "moveFrom", "pPrChange", "rPrChange", "trPrChange",
                                                       "tcPrChange", "tblPrChange", "sectPrChange", "numberingChange",
                                                       "tblGridChange", "tblPrExChange"))  # fmt: skip
_KEPT_INSIDE: Final = frozenset(qn(f"w:{name}") for name in ("ins", "moveTo", "smartTag", "customXml", "dir", "bdo"))


@dataclass(frozen=True, slots=True)
class Relation:
    """What a relation id of the main part leads to; `target` is a part's name, or a URL when it is `external`."""

    kind: str
    target: str
    external: bool


@dataclass(slots=True)
class Package:
    """One file: its parts, the body's blocks ready to be compared, and what its relation ids lead to."""

    parts: dict[str, bytes]
    document: Element
    blocks: list[Element]
    relations: Mapping[str, Relation]
    levels: Mapping[str, str] = field(default_factory=dict)

    def part_digest(self, relation_id: str) -> str:
        """What tells the target of a relation from others: its bytes or its URL."""
        relation = self.relations.get(relation_id)
        if relation is None:
            return "nothing"
        if relation.external:
            return relation.target
        return hashlib.sha256(self.parts.get(relation.target, b"")).hexdigest()


def open_package(data: bytes, name: str) -> Package:
    """The parts and blocks of a .docx file.

    Raises:
        DocgenError: it is no Word file, or one that is larger than any document of ours.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if size > _LARGEST:
                raise DocgenError(f"{name}: {size} bytes unpacked, expected at most {_LARGEST}")
            parts = {member.filename: archive.read(member) for member in archive.infolist() if not member.is_dir()}
    except BROKEN as error:
        raise DocgenError(f"{name}: not a Word file ({error})", remedy="give a .docx file") from error
    if MAIN not in parts:
        raise DocgenError(f"{name}: not a Word file (it has no {MAIN})", remedy="give a .docx file")
    document = _parse(parts[MAIN], name)
    body = document.find(qn("w:body"))
    if body is None:
        raise DocgenError(f"{name}: its document has no body")
    relations = _relations(parts, name)
    blocks = list(_unwrapped(body))
    _flatten_long_fields(blocks)
    _forget_slots(blocks)
    return Package(parts, document, blocks, relations, _levels(parts, name))


def _parse(part: bytes, name: str) -> Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        return etree.fromstring(part, parser)
    except etree.XMLSyntaxError as error:
        raise DocgenError(f"{name}: its XML is damaged ({error})") from error


def _relations(parts: Mapping[str, bytes], name: str) -> dict[str, Relation]:
    found: dict[str, Relation] = {}
    if _RELATIONS not in parts:
        return found
    for one in _parse(parts[_RELATIONS], name):
        external = one.get("TargetMode") == "External"
        target = one.get("Target", "")
        if not external:
            target = target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"word/{target}")
        found[one.get("Id", "")] = Relation(one.get("Type", ""), target, external)
    return found


def _levels(parts: Mapping[str, bytes], name: str) -> dict[str, str]:
    """Numbering id -> what its lists look like, so that lists of two files can be told alike."""
    if "word/numbering.xml" not in parts:
        return {}
    root = _parse(parts["word/numbering.xml"], name)
    looks = {}
    for one in root.iter(qn("w:abstractNum")):
        formats = [fmt.get(qn("w:val"), "") for fmt in one.iter(qn("w:numFmt"), qn("w:lvlText"))]
        looks[one.get(qn("w:abstractNumId"))] = "|".join(formats)
    found = {}
    for one in root.iter(qn("w:num")):
        points = one.find(qn("w:abstractNumId"))
        found[one.get(qn("w:numId"), "")] = looks.get(points.get(qn("w:val")) if points is not None else None, "")
    return found


def _unwrapped(parent: Element) -> Iterator[Element]:
    """The blocks in an element, those of controls and of accepted changes among them, each made plain inside."""
    for child in parent:
        if _left_out(child):
            continue
        if child.tag == qn("w:sdt"):
            content = child.find(qn("w:sdtContent"))
            if content is not None:
                yield from _unwrapped(content)
        elif child.tag in _KEPT_INSIDE:
            yield from _unwrapped(child)
        elif child.tag == qn("w:tbl"):
            yield _plain_table(child)
        elif child.tag == qn("w:p") and not _mark_deleted(child):
            yield _plain_paragraph(child)


def _left_out(element: Element) -> bool:
    """Whether an element says nothing that is compared; a comment or instruction of XML has a function as its tag."""
    tag: object = element.tag
    return not isinstance(tag, str) or tag in _IGNORED or tag in _GONE


def _mark_deleted(paragraph: Element) -> bool:
    """Whether the whole paragraph was deleted by a tracked change: its mark, and everything in it."""
    marks = paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn('w:del')}")
    return marks is not None and not any(child.tag == qn("w:r") for child in paragraph)


def _plain_table(table: Element) -> Element:
    made = _shallow(table)
    for child in _children(table):
        if child.tag == qn("w:tr"):
            if child.find(f"{qn('w:trPr')}/{qn('w:del')}") is None:
                made.append(_plain_row(child))
        else:
            made.append(_cleaned(child))
    return made


def _plain_row(row: Element) -> Element:
    made = _shallow(row)
    for child in _children(row):
        if child.tag == qn("w:tc"):
            cell = _shallow(child)
            for inner in child:
                if inner.tag == qn("w:tcPr"):
                    cell.append(_cleaned(inner))
            cell.extend(_unwrapped_cell(child))
            made.append(cell)
        else:
            made.append(_cleaned(child))
    return made


def _unwrapped_cell(cell: Element) -> Iterator[Element]:
    return iter(list(_unwrapped(cell)) or [w_element("p")])


def _children(parent: Element) -> Iterator[Element]:
    """The children, those inside controls and accepted changes in their place."""
    for child in parent:
        if _left_out(child):
            continue
        if child.tag == qn("w:sdt"):
            content = child.find(qn("w:sdtContent"))
            if content is not None:
                yield from _children(content)
        elif child.tag in _KEPT_INSIDE:
            yield from _children(child)
        else:
            yield child


def _plain_paragraph(paragraph: Element) -> Element:
    made = _shallow(paragraph)
    for child in _children(paragraph):
        if child.tag in (qn("w:hyperlink"), qn("w:fldSimple")):
            link = _shallow(child)
            link.extend(_cleaned(inner) for inner in _children(child))
            made.append(link)
        else:
            made.append(_cleaned(child))
    return made


def _cleaned(element: Element) -> Element:
    """A copy without what editing programs leave behind and what tracked changes of looks were before."""
    made = _shallow(element)
    made.text = element.text
    for child in element:
        if _left_out(child):
            continue
        if child.tag in (qn("w:ins"), qn("w:del")) and element.tag in (qn("w:rPr"), qn("w:trPr")):
            continue
        made.append(_cleaned(child))
    return made


def _shallow(element: Element) -> Element:
    made = shell_of(element)
    for name in list(made.attrib):
        if "rsid" in str(name) or str(name).endswith(("}paraId", "}textId")):
            del made.attrib[name]
    return made


def _flatten_long_fields(blocks: list[Element]) -> None:
    """Take the marks and the instruction of a field that does not end in its paragraph away; its result stays."""
    depth = 0
    for block in blocks:
        for paragraph in block.iter(qn("w:p")):
            runs = [run for run in paragraph.iter(qn("w:r")) if _field_part(run)]
            opened = 0
            for run in runs:
                kind = _field_part(run)
                opened += (kind == "begin") - (kind == "end")
            if opened or depth:
                depth += opened
                for run in runs:
                    parent = run.getparent()
                    if parent is not None:
                        parent.remove(run)


def _forget_slots(blocks: list[Element]) -> None:
    """Take the bookmarks that fence our slots away: a file of changes is not one to be edited and read back."""
    gone = set()
    for block in blocks:
        for mark in list(block.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))):
            number = mark.get(qn("w:id"), "")
            if mark.get(qn("w:name"), "").startswith("_aims_"):
                gone.add(number)
            if number in gone:
                parent = mark.getparent()
                if parent is not None:
                    parent.remove(mark)


def _field_part(run: Element) -> str:
    mark = run.find(qn("w:fldChar"))
    if mark is not None:
        return mark.get(qn("w:fldCharType"), "")
    return "code" if run.find(qn("w:instrText")) is not None else ""
