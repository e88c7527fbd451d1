"""The faces of blocks: what two paragraphs, rows or tables must share to say the same, in comparable values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from docx.oxml.ns import qn
from lxml import etree

from docgen.redline.nodes import copy_of, w_element
from docgen.redline.package import Package
from docgen.word.oxml import Element

__all__ = ["Atom", "Face", "atoms", "face_of", "words_in"]

Face = tuple[object, ...]

_WORD: Final = re.compile(r"\s+|\w+|[^\w\s]")
_TEXT: Final = qn("w:t")
_POINTS: Final = frozenset((qn("w:bookmarkStart"), qn("w:bookmarkEnd")))
_PIECES: Final = frozenset(qn(f"w:{name}") for name in ("tab", "br", "cr", "noBreakHyphen", "softHyphen"))
_NOT_SEEN: Final = frozenset(qn(f"w:{name}") for name in ("sectPr", "rPr", "keepNext"))
_NUMBERED: Final = frozenset((qn("w:numId"),))
_DRAWING_IDS: Final = frozenset(("id", "name"))
_RELATED: Final = tuple(qn(f"r:{name}") for name in ("id", "embed", "link"))


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest part of a paragraph that can be inserted or deleted.

    `key` is what it says and how it looks; a word also has its `text`, and `properties` to write it with; anything
    else is written as its `elements`.
    """

    key: Face
    text: str
    properties: Element | None
    elements: tuple[Element, ...] = ()


def atoms(package: Package, paragraph: Element) -> list[Atom]:
    """What a paragraph holds, in order; bookmarks are left out.

    Runs of one look are read as one, since programs divide words among runs as they like.
    """
    return list(_divided(_pieces(package, paragraph)))


def _divided(pieces: Iterable[Atom]) -> Iterator[Atom]:
    """The atoms, texts of one look that follow each other joined and divided into words."""
    for text, group in groupby(pieces, lambda atom: atom.key if atom.key[0] == "text" else None):
        if text is None:
            yield from group
            continue
        listed = list(group)
        for word in _WORD.findall("".join(atom.text for atom in listed)):
            yield Atom(("word", word, text[1]), word, listed[0].properties)


def _pieces(package: Package, paragraph: Element) -> list[Atom]:
    """What a paragraph holds as it is divided there; texts are not divided into words yet."""
    found: list[Atom] = []
    field: list[Element] = []
    depth = 0
    for child in paragraph:
        if child.tag == qn("w:pPr") or child.tag in _POINTS:
            continue
        mark = child.find(qn("w:fldChar")) if child.tag == qn("w:r") else None
        kind = mark.get(qn("w:fldCharType")) if mark is not None else None
        depth += (kind == "begin") - (kind == "end")
        if field or kind == "begin":
            field.append(child)
            if depth == 0:
                found.append(_whole(package, tuple(field)))
                field = []
        elif child.tag == qn("w:r"):
            found.extend(_of_run(package, child))
        else:
            found.append(_whole(package, (child,)))
    if field:
        found.append(_whole(package, tuple(field)))
    return found


def _of_run(package: Package, run: Element) -> Iterator[Atom]:
    properties = run.find(qn("w:rPr"))
    look = _key(package, properties) if properties is not None else ()
    for piece in run:
        if piece.tag == qn("w:rPr"):
            continue
        if piece.tag == _TEXT:
            if piece.text:
                yield Atom(("text", look), piece.text, properties)
        else:
            short = w_element("r")
            if properties is not None:
                short.append(copy_of(properties))
            short.append(copy_of(piece))
            space = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}.get(etree.QName(piece).localname, "")
            yield Atom(("piece", _key(package, piece), look), space, properties, (short,))


def _whole(package: Package, elements: tuple[Element, ...]) -> Atom:
    text = "".join(node.text or "" for element in elements for node in element.iter(_TEXT))
    return Atom(("whole", *(_key(package, element) for element in elements)), text, None, elements)


def face_of(package: Package, block: Element) -> Face:
    """What a block says and how it looks."""
    if block.tag == qn("w:p"):
        return ("p", properties_face(package, block), tuple(atom.key for atom in atoms(package, block)))
    if block.tag == qn("w:tbl"):
        rows = block.findall(qn("w:tr"))
        return ("tbl", *(row_face(package, row) for row in rows))
    return (block.tag, _key(package, block))


def properties_face(package: Package, paragraph: Element) -> Face:
    """How a paragraph looks as a whole; where sections end and pages may break is not part of it."""
    properties = paragraph.find(qn("w:pPr"))
    if properties is None:
        return ()
    return tuple(_key(package, child) for child in properties if child.tag not in _NOT_SEEN)


def row_face(package: Package, row: Element) -> Face:
    """What the cells of a row say; their widths are not part of it."""
    return tuple(cell_face(package, cell) for cell in row.findall(qn("w:tc")))


def cell_face(package: Package, cell: Element) -> Face:
    """What a cell says, and over how many columns."""
    span = cell.find(f"{qn('w:tcPr')}/{qn('w:gridSpan')}")
    wide = span.get(qn("w:val"), "1") if span is not None else "1"
    return (wide, *(face_of(package, block) for block in cell if block.tag != qn("w:tcPr")))


def words_in(face: Face) -> list[str]:
    """The words of a face, for telling how alike two are."""
    if len(face) == 3 and face[0] == "word":
        word = str(face[1])
        return [] if word.isspace() else [word]
    if len(face) > 1 and face[0] == _TEXT:
        return str(face[1]).split()
    return [word for part in face if isinstance(part, tuple) for word in words_in(part)]


def _key(package: Package, element: Element) -> Face:
    """An element in values: relation ids by what they lead to, numberings by how they look, no counted ids."""
    tag = element.tag
    if not isinstance(tag, str):
        return ()
    attributes = []
    drawing = etree.QName(element).localname in ("docPr", "cNvPr")
    for name, value in sorted((str(name), str(value)) for name, value in element.attrib.items()):
        if name in _RELATED:
            attributes.append((name, package.part_digest(value)))
        elif tag in _NUMBERED:
            attributes.append((name, package.levels.get(value, "")))
        elif not (drawing and name in _DRAWING_IDS) and "}space" not in name:
            attributes.append((name, value))
    text = (element.text or "") if len(element) == 0 else ""
    return (tag, text, tuple(attributes), *(_key(package, child) for child in element if child.tag not in _POINTS))
