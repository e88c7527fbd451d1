"""Tracked changes: listed with who made them, and accepted or rejected on the tree before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from lxml import etree

from docgen.reading.package import W, qname

__all__ = ["Change", "Resolution", "list_changes", "resolve_changes"]

Resolution: TypeAlias = Literal["accept", "reject"]
_Element: TypeAlias = etree._Element

_KINDS = {
    "ins": "inserted", "del": "deleted", "moveFrom": "moved away", "moveTo": "moved here",
    "cellIns": "cell inserted", "cellDel": "cell deleted", "cellMerge": "cells merged",
    "rPrChange": "looks changed", "pPrChange": "paragraph's looks changed", "tblPrChange": "table's looks changed",
    "trPrChange": "row's looks changed", "tcPrChange": "cell's looks changed", "sectPrChange": "page set up again",
    "tblGridChange": "columns changed", "tblPrExChange": "row's looks changed", "numberingChange": "numbers changed",
}  # fmt: skip
_RANGES = (
    "moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd", "customXmlInsRangeStart",
    "customXmlInsRangeEnd", "customXmlDelRangeStart", "customXmlDelRangeEnd", "customXmlMoveFromRangeStart",
    "customXmlMoveFromRangeEnd", "customXmlMoveToRangeStart", "customXmlMoveToRangeEnd",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One tracked change: what was done to which words, by whom and when (as the file says)."""

    what: str
    text: str
    author: str
    date: str


def list_changes(root: _Element) -> tuple[Change, ...]:
    """Every tracked change in reading order; neighbouring pieces of one kind, author and time are one."""
    found: list[Change] = []
    for element in root.iter(*(f"{{{W}}}{name}" for name in _KINDS)):
        name = etree.QName(element).localname
        parent = element.getparent()
        inside = etree.QName(parent).localname if parent is not None else ""
        what, text = _KINDS[name], _text(element)
        if inside == "rPr" and parent is not None and _is(parent.getparent(), "w:pPr"):
            what, text = f"paragraph mark {what}", ""
        elif inside == "trPr":
            row = parent.getparent() if parent is not None else None
            what, text = f"row {what}", _text(row) if row is not None else ""
        change = Change(what, text, str(element.get(qname("w:author"), "")), str(element.get(qname("w:date"), "")))
        last = found[-1] if found else None
        alike = last is not None and (last.what, last.author, last.date) == (change.what, change.author, change.date)
        if last is not None and alike and text and last.text:
            found[-1] = Change(last.what, last.text + text, last.author, last.date)
        elif not (alike and not text):
            found.append(change)
    return tuple(found)


def resolve_changes(root: _Element, how: Resolution) -> None:
    """Leave `root` as it reads once every change is accepted, or rejected."""
    gone = ("w:del", "w:moveFrom") if how == "accept" else ("w:ins", "w:moveTo")
    kept = ("w:ins", "w:moveTo") if how == "accept" else ("w:del", "w:moveFrom")
    for name in _RANGES:
        for element in list(root.iter(f"{{{W}}}{name}")):
            _remove(element)
    for row in [row for row in root.iter(qname("w:tr")) if _row_mark(row, gone)]:
        _remove(row)
    for cell in [cell for cell in root.iter(qname("w:tc")) if _cell_mark(cell, how)]:
        _remove(cell)
    _restore_properties(root, how)
    joined = [p for p in root.iter(qname("w:p")) if _paragraph_mark(p, gone)]
    for name in gone:
        for element in list(root.iter(qname(name))):
            if not _in_properties(element):
                _remove(element)
    for paragraph in joined:
        _join_with_next(paragraph)
    for name in (*gone, *kept):
        for element in list(root.iter(qname(name))):
            if _in_properties(element):
                _remove(element)
            else:
                _unwrap(element)
    for old, new in (("w:delText", "w:t"), ("w:delInstrText", "w:instrText")):
        for element in root.iter(qname(old)):
            element.tag = qname(new)


def _is(element: _Element | None, name: str) -> bool:
    return element is not None and element.tag == qname(name)


def _text(element: _Element) -> str:
    words = (qname("w:t"), qname("w:delText"))
    nodes = element.iter(*words, qname("w:tab"), qname("w:br"))
    pieces = [node.text or "" if node.tag in words else " " for node in nodes]
    if not pieces and next(element.iter(qname("w:drawing"), qname("w:object"), qname("w:pict")), None) is not None:
        return "(a picture or object)"
    return "".join(pieces)


def _in_properties(element: _Element) -> bool:
    parent = element.getparent()
    return parent is not None and etree.QName(parent).localname in ("rPr", "trPr", "tcPr", "pPr", "numPr")


def _row_mark(row: _Element, names: tuple[str, str]) -> bool:
    properties = row.find(qname("w:trPr"))
    return properties is not None and any(properties.find(qname(name)) is not None for name in names)


def _cell_mark(cell: _Element, how: Resolution) -> bool:
    properties = cell.find(qname("w:tcPr"))
    return (
        properties is not None and properties.find(qname("w:cellDel" if how == "accept" else "w:cellIns")) is not None
    )


def _paragraph_mark(paragraph: _Element, names: tuple[str, str]) -> bool:
    marks = paragraph.find(f"{qname('w:pPr')}/{qname('w:rPr')}")
    return marks is not None and any(marks.find(qname(name)) is not None for name in names)


def _restore_properties(root: _Element, how: Resolution) -> None:
    """Drop the record of what properties were before; when rejecting, put that back first."""
    for name in [name for name in _KINDS if name.endswith("Change")]:
        for element in list(root.iter(f"{{{W}}}{name}")):
            properties = element.getparent()
            if properties is None:
                continue
            if how == "reject" and len(element) and element[0].tag == properties.tag:
                marks = [mark for mark in properties if mark.tag in (qname("w:ins"), qname("w:del"), qname("w:rPr"))]
                before = list(element[0])
                for child in list(properties):
                    properties.remove(child)
                properties.extend(before)
                properties.extend(mark for mark in marks if mark.tag not in [one.tag for one in before])
            else:
                properties.remove(element)
    for element in list(root.iter(qname("w:cellIns"), qname("w:cellDel"), qname("w:cellMerge"))):
        _remove(element)


def _remove(element: _Element) -> None:
    """Take the element out; no text of ours ever stands behind one."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _unwrap(element: _Element) -> None:
    parent = element.getparent()
    if parent is None:
        return
    place = parent.index(element)
    parent[place : place + 1] = list(element)


def _join_with_next(paragraph: _Element) -> None:
    """The paragraph's words open the next paragraph; one without words is gone."""
    following = paragraph.getnext()
    while following is not None and following.tag != qname("w:p"):
        if following.tag in (qname("w:tbl"), qname("w:sdt"), qname("w:sectPr")):
            break
        following = following.getnext()
    words = [child for child in paragraph if child.tag != qname("w:pPr")]
    if following is None or following.tag != qname("w:p"):
        if not any(_carries_words(word) for word in words):
            parent = paragraph.getparent()
            # A cell or control without a paragraph is no Word document any more.
            if parent is not None and len(parent.findall(qname("w:p"))) > 1:
                parent.remove(paragraph)
        return
    first = 1 if len(following) and following[0].tag == qname("w:pPr") else 0
    following[first:first] = words
    _remove(paragraph)


def _carries_words(element: _Element) -> bool:
    return next(element.iter(qname("w:t"), qname("w:drawing"), qname("w:fldSimple")), None) is not None
