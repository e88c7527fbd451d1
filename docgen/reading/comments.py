"""Comments in the margin: what they say, who wrote them, and which words they are about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from lxml import etree

from docgen.reading.package import Package, qname
from docgen.reading.words import SLOT

__all__ = ["Comment", "read_comments"]

_Element: TypeAlias = etree._Element
_W14 = "{http://schemas.microsoft.com/office/word/2010/wordml}"
_W15 = "{http://schemas.microsoft.com/office/word/2012/wordml}"


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment as the file has it; `slot` is empty outside of slots, `about` the words it stands at.

    `done` says that somebody marked it as settled.
    """

    text: str
    author: str
    date: str
    about: str
    slot: str
    done: bool


def read_comments(package: Package) -> tuple[Comment, ...]:
    """Every comment of the document, in the order of its part.

    Raises:
        DocgenError: the part is no XML.
    """
    name = package.related("comments")
    root = package.xml(name) if name else None
    if root is None:
        return ()
    done = _settled(package)
    places = _places(package.document)
    found = []
    for comment in root.iter(qname("w:comment")):
        paragraphs = list(comment.iter(qname("w:p")))
        text = "\n".join(_words(paragraph) for paragraph in paragraphs).strip()
        about, slot = places.get(str(comment.get(qname("w:id"), "")), ("", ""))
        settled = any(paragraph.get(f"{_W14}paraId") in done for paragraph in paragraphs)
        found.append(
            Comment(
                text,
                str(comment.get(qname("w:author"), "")),
                str(comment.get(qname("w:date"), "")),
                about.strip(),
                slot,
                settled,
            )
        )
    return tuple(found)


def _settled(package: Package) -> frozenset[str]:
    """The ids of the comments' paragraphs that Word lists as done."""
    name = package.related("commentsExtended")
    root = package.xml(name) if name else None
    if root is None:
        return frozenset()
    return frozenset(
        str(one.get(f"{_W15}paraId"))
        for one in root.iter(f"{_W15}commentEx")
        if one.get(f"{_W15}done") in ("1", "true")
    )


def _places(document: _Element) -> dict[str, tuple[str, str]]:
    """By comment id the words between its marks, and the slot they are in."""
    open_now: dict[str, list[str]] = {}
    places: dict[str, tuple[str, str]] = {}
    slots: dict[str, str] = {}
    for node in document.iter():
        if node.tag == qname("w:commentRangeStart"):
            comment = str(node.get(qname("w:id"), ""))
            open_now[comment] = []
            slots[comment] = _slot_of(node)
        elif node.tag == qname("w:commentRangeEnd"):
            comment = str(node.get(qname("w:id"), ""))
            places[comment] = "".join(open_now.pop(comment, [])), slots.get(comment, "")
        elif node.tag == qname("w:commentReference"):
            comment = str(node.get(qname("w:id"), ""))
            places.setdefault(comment, ("", _slot_of(node)))
        elif node.tag in (qname("w:t"), qname("w:delText")):
            for words in open_now.values():
                words.append(node.text or "")
        elif node.tag == qname("w:p"):
            for words in open_now.values():
                words.append(" ")
    return places


def _slot_of(node: _Element) -> str:
    for ancestor in node.iterancestors(qname("w:sdt")):
        if ancestor.get(SLOT):
            return str(ancestor.get(SLOT)).rpartition(":")[0]
    # A mark between paragraphs opens at the next one.
    following = node.getnext() if node.getparent() is not None else None
    if following is not None and following.tag == qname("w:sdt") and following.get(SLOT):
        return str(following.get(SLOT)).rpartition(":")[0]
    return ""


def _words(paragraph: _Element) -> str:
    pieces = paragraph.iter(qname("w:t"), qname("w:br"), qname("w:tab"))
    return "".join(node.text or "" if node.tag == qname("w:t") else " " for node in pieces)
