"""Tracked changes as WordprocessingML has them: runs in ``w:ins`` and ``w:del``, marks on paragraphs and rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

from docx.oxml.ns import qn

from docgen.redline.nodes import SPACE, copy_of, shell_of, w_element
from docgen.word.oxml import Element

__all__ = ["Change", "Marker"]

Change = Literal["ins", "del"]

_TURNED: Final = {qn("w:t"): qn("w:delText"), qn("w:instrText"): qn("w:delInstrText")}
_CONTAINERS: Final = frozenset((qn("w:hyperlink"), qn("w:fldSimple")))


class Marker:
    """Writes changes in the name of one author at one time; the ids of changes are counted."""

    def __init__(self, author: str, date: str) -> None:
        self._author, self._date = author, date
        self._count = 0

    def runs(self, change: Change, elements: Iterable[Element]) -> list[Element]:
        """The contents of a paragraph as inserted or deleted; links and simple fields hold the change inside."""
        made: list[Element] = []
        for element in elements:
            if element.tag in _CONTAINERS:
                outer = shell_of(element)
                outer.extend(self.runs(change, element))
                made.append(outer)
            elif element.tag == qn("w:r"):
                if not (made and made[-1].tag == qn(f"w:{change}")):
                    made.append(self._mark(change))
                made[-1].append(_deleted(element) if change == "del" else element)
            else:
                made.append(element)
        return made

    def paragraph(self, change: Change, paragraph: Element) -> Element:
        """A paragraph that came or went as a whole, its mark included."""
        made = shell_of(paragraph)
        properties = paragraph.find(qn("w:pPr"))
        properties = w_element("pPr") if properties is None else copy_of(properties)
        marks = properties.find(qn("w:rPr"))
        if marks is None:
            marks = w_element("rPr")
            last = properties.find(qn("w:sectPr"))
            properties.insert(len(properties) if last is None else properties.index(last), marks)
        marks.insert(0, self._mark(change))
        made.append(properties)
        made.extend(self.runs(change, (child for child in paragraph if child.tag != qn("w:pPr"))))
        return made

    def row(self, change: Change, row: Element) -> Element:
        """A table row that came or went as a whole, with everything in its cells."""
        made = shell_of(row)
        properties = row.find(qn("w:trPr"))
        properties = w_element("trPr") if properties is None else copy_of(properties)
        properties.append(self._mark(change))
        exceptions = row.find(qn("w:tblPrEx"))
        if exceptions is not None:
            made.append(copy_of(exceptions))
        made.append(properties)
        for cell in row.findall(qn("w:tc")):
            kept = shell_of(cell)
            for child in cell:
                kept.append(copy_of(child) if child.tag == qn("w:tcPr") else self.block(change, child))
            made.append(kept)
        return made

    def block(self, change: Change, block: Element) -> Element:
        """A paragraph or table that came or went as a whole."""
        if block.tag == qn("w:p"):
            return self.paragraph(change, block)
        if block.tag != qn("w:tbl"):
            return copy_of(block)
        made = shell_of(block)
        for child in block:
            made.append(self.row(change, child) if child.tag == qn("w:tr") else copy_of(child))
        return made

    def _mark(self, change: Change) -> Element:
        self._count += 1
        mark = w_element(change)
        mark.set(qn("w:id"), str(self._count))
        mark.set(qn("w:author"), self._author)
        if self._date:
            mark.set(qn("w:date"), self._date)
        return mark


def _deleted(run: Element) -> Element:
    """The run with its text as deleted text."""
    made = shell_of(run)
    for child in run:
        kept = copy_of(child)
        if child.tag in _TURNED:
            kept.tag = _TURNED[child.tag]
            kept.set(SPACE, "preserve")
        made.append(kept)
    return made
