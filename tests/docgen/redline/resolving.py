"""Accepting and rejecting every tracked change of a Word file, without anything of what writes them."""

from collections.abc import Iterator
from typing import Any

from docx.oxml.ns import qn
from lxml import etree

from docgen.redline.faces import face_of
from docgen.redline.package import open_package

Element = etree._Element


def accept_all(document: bytes) -> list[Any]:
    """What the file says when every change is accepted, block by block."""
    return said(document, gone="del", kept="ins")


def reject_all(document: bytes) -> list[Any]:
    """What the file says when every change is rejected."""
    return said(document, gone="ins", kept="del")


def plain(document: bytes) -> list[Any]:
    """What a file without changes says."""
    package = open_package(document, "a file")
    return [face_of(package, block) for block in package.blocks]


def said(document: bytes, gone: str, kept: str) -> list[Any]:
    package = open_package(document, "a file")
    root = etree.fromstring(package.parts["word/document.xml"])
    body = root.find(qn("w:body"))
    assert body is not None
    blocks = [block for block in _resolved(list(body), gone, kept) if block.tag != qn("w:sectPr")]
    return [face_of(package, block) for block in blocks]


def _resolved(blocks: list[Element], gone: str, kept: str) -> Iterator[Element]:
    """The blocks that stay.  A paragraph whose mark goes gives what stays of it to the next one."""
    carried: list[Element] = []
    for block in blocks:
        if block.tag == qn("w:tbl"):
            assert all(one.tag in _POINTS for one in carried), "words before a table, without a paragraph of their own"
            carried = []
            if (table := _table(block, gone, kept)) is not None:
                yield table
        elif block.tag == qn("w:p"):
            words = [*carried, *_words(block, gone, kept)]
            mark = block.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn('w:' + gone)}")
            if mark is not None:
                carried = words
                continue
            carried = []
            yield _paragraph(block, words)
        else:
            yield block
    assert all(one.tag in _POINTS for one in carried), "words at the end, without a paragraph of their own"


def _table(table: Element, gone: str, kept: str) -> Element | None:
    made = etree.Element(table.tag)
    rows = 0
    for child in table:
        if child.tag != qn("w:tr"):
            made.append(_copy(child))
        elif child.find(f"{qn('w:trPr')}/{qn('w:' + gone)}") is None:
            rows += 1
            row = etree.SubElement(made, child.tag)
            for cell in child:
                if cell.tag != qn("w:tc"):
                    row.append(_copy(cell))
                    continue
                inside = etree.SubElement(row, cell.tag)
                inside.extend(_copy(one) for one in cell.findall(qn("w:tcPr")))
                inside.extend(_resolved([one for one in cell if one.tag != qn("w:tcPr")], gone, kept))
    return made if rows else None


_POINTS = (qn("w:bookmarkStart"), qn("w:bookmarkEnd"))


def _words(paragraph: Element, gone: str, kept: str) -> Iterator[Element]:
    for child in paragraph:
        if child.tag == qn("w:pPr") or child.tag == qn(f"w:{gone}"):
            continue
        if child.tag == qn(f"w:{kept}"):
            yield from (_undeleted(one) for one in child)
        elif child.tag in (qn("w:hyperlink"), qn("w:fldSimple")):
            link = etree.Element(child.tag)
            for name, value in child.attrib.items():
                link.set(name, value)
            link.extend(_words(child, gone, kept))
            if len(link):
                yield link
        else:
            yield _copy(child)


def _paragraph(paragraph: Element, words: list[Element]) -> Element:
    made = etree.Element(paragraph.tag)
    made.extend(_copy(one) for one in paragraph.findall(qn("w:pPr")))
    made.extend(words)
    return made


def _undeleted(run: Element) -> Element:
    made = _copy(run)
    for one in made.iter(qn("w:delText")):
        one.tag = qn("w:t")
    for one in made.iter(qn("w:delInstrText")):
        one.tag = qn("w:instrText")
    return made


def _copy(element: Element) -> Element:
    return etree.fromstring(etree.tostring(element, with_tail=False))
