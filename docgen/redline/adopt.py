"""What deleted words of the old file need in the new one to be shown: link targets, pictures, lists, styles."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from docx.oxml.ns import qn
from lxml import etree

from docgen.redline.nodes import copy_of, w_element, write_part
from docgen.redline.package import Package
from docgen.word.oxml import Element

__all__ = ["Adoption"]

_RELATED: Final = tuple(qn(f"r:{name}") for name in ("id", "embed", "link"))
_RELS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
_IMAGE: Final = "/image"
_STYLED: Final = {qn("w:pStyle"): "paragraph", qn("w:rStyle"): "character", qn("w:tblStyle"): "table"}
_ELSEWHERE: Final = {
    qn("w:footnoteReference"): "[footnote]",
    qn("w:endnoteReference"): "[endnote]",
    qn("w:object"): "[object]",
    qn("w:pict"): "[picture]",
}


class Adoption:
    """Makes elements of `old` fit for the package of `new`; `finish` writes what that took into the new parts."""

    def __init__(self, old: Package, new: Package) -> None:
        self._old, self._new = old, new
        self._relations: dict[str, str] = {}
        self._numbers: dict[str, str] = {}
        self._numbering = self._part("word/numbering.xml")
        self._styles = self._part("word/styles.xml")
        self._known = {one.get(qn("w:styleId")) for one in _all(self._styles, qn("w:style"))}
        self._names = {one.get(qn("w:name")) for block in new.blocks for one in block.iter(qn("w:bookmarkStart"))}
        self._added: list[tuple[str, str, str, bool]] = []

    def adopt(self, element: Element) -> Element:
        """A copy of an element of the old file that can stand in the new one."""
        made = copy_of(element)
        dropped = set()
        for one in list(made.iter()):
            if not isinstance(one.tag, str):
                continue
            for name in _RELATED:
                if one.get(name) is not None:
                    one.set(name, self._relation(one.get(name, "")))
            if one.tag == qn("w:numId"):
                one.set(qn("w:val"), self._number(one.get(qn("w:val"), "")))
            elif one.tag in _STYLED:
                self._style(one.get(qn("w:val"), ""))
            elif one.tag == qn("w:sectPr") or one.tag in _ELSEWHERE:
                _replace(one, _ELSEWHERE.get(one.tag, ""))
            elif one.tag == qn("w:bookmarkStart") and one.get(qn("w:name")) in self._names:
                dropped.add(one.get(qn("w:id")))
                _replace(one, "")
            elif one.tag == qn("w:bookmarkEnd") and one.get(qn("w:id")) in dropped:
                _replace(one, "")
        return made

    def finish(self) -> None:
        """Write relations, lists and styles that were taken over into the new file's parts."""
        parts = self._new.parts
        if self._numbering is not None:
            parts["word/numbering.xml"] = write_part(self._numbering)
        if self._styles is not None:
            parts["word/styles.xml"] = write_part(self._styles)
        if self._added:
            root = etree.fromstring(parts["word/_rels/document.xml.rels"])
            for number, kind, target, external in self._added:
                mode = {"TargetMode": "External"} if external else {}
                etree.SubElement(
                    root, f"{{{_RELS}}}Relationship", {"Id": number, "Type": kind, "Target": target} | mode
                )
            parts["word/_rels/document.xml.rels"] = write_part(root)

    def _part(self, name: str) -> Element | None:
        return etree.fromstring(self._new.parts[name]) if name in self._new.parts else None

    def _relation(self, number: str) -> str:
        if number not in self._relations:
            found = self._old.relations.get(number)
            same = next(
                (one for one, there in self._new.relations.items() if found is not None and there == found
                 and self._new.part_digest(one) == self._old.part_digest(number)),
                None,
            )  # fmt: skip
            self._relations[number] = same or self._add(number)
        return self._relations[number]

    def _add(self, number: str) -> str:
        found = self._old.relations[number]
        new_id = f"rIdOld{len(self._added) + 1}"
        target = found.target
        if not found.external:
            target = f"media/old{len(self._added) + 1}{posixpath.splitext(found.target)[1].lower()}"
            self._new.parts[f"word/{target}"] = self._old.parts.get(found.target, b"")
            self._declare(posixpath.splitext(target)[1].lstrip("."))
        self._added.append((new_id, found.kind, target, found.external))
        return new_id

    def _declare(self, extension: str) -> None:
        """The content type of a picture's file name, if the new file has none yet."""
        root = etree.fromstring(self._new.parts["[Content_Types].xml"])
        if not any(one.get("Extension", "").lower() == extension for one in root):
            kind = {"jpg": "image/jpeg"}.get(extension, f"image/{extension}")
            root.insert(0, etree.Element(f"{{{_TYPES}}}Default", {"Extension": extension, "ContentType": kind}))
            self._new.parts["[Content_Types].xml"] = write_part(root)

    def _number(self, number: str) -> str:
        """A list of the new file that looks and begins like the old one; a new one where it has none."""
        if number not in self._numbers:
            old = self._old.parts.get("word/numbering.xml")
            if number == "0" or old is None or self._numbering is None:
                return "0"
            same = self._old.levels.get(number) == self._new.levels.get(number)
            self._numbers[number] = number if same else self._add_number(number, etree.fromstring(old))
        return self._numbers[number]

    def _add_number(self, number: str, old: Element) -> str:
        assert self._numbering is not None
        found = next((one for one in _all(old, qn("w:num")) if one.get(qn("w:numId")) == number), None)
        if found is None:
            return "0"
        kept = copy_of(found)
        points = kept.find(qn("w:abstractNumId"))
        assert points is not None, "the schema demands it"
        looks = self._old.levels.get(number)
        like = next((one for one, look in self._new.levels.items() if look == looks), None)
        if like is not None:
            other = next(one for one in _all(self._numbering, qn("w:num")) if one.get(qn("w:numId")) == like)
            its = other.find(qn("w:abstractNumId"))
            assert its is not None, "the schema demands it"
            points.set(qn("w:val"), its.get(qn("w:val"), ""))
        else:
            points.set(qn("w:val"), self._add_looks(old, points.get(qn("w:val"), "")))
        new_id = str(
            1 + max((int(one.get(qn("w:numId"), "0")) for one in _all(self._numbering, qn("w:num"))), default=0)
        )
        kept.set(qn("w:numId"), new_id)
        last = self._numbering.findall(qn("w:num"))
        self._numbering.insert(self._numbering.index(last[-1]) + 1 if last else len(self._numbering), kept)
        return new_id

    def _add_looks(self, old: Element, number: str) -> str:
        assert self._numbering is not None
        there = _all(self._numbering, qn("w:abstractNum"))
        new_id = str(1 + max((int(one.get(qn("w:abstractNumId"), "0")) for one in there), default=-1))
        found = next(one for one in _all(old, qn("w:abstractNum")) if one.get(qn("w:abstractNumId")) == number)
        kept = copy_of(found)
        kept.set(qn("w:abstractNumId"), new_id)
        for name in ("nsid", "styleLink", "numStyleLink"):
            for one in kept.findall(qn(f"w:{name}")):
                kept.remove(one)
        self._numbering.insert(len(self._numbering.findall(qn("w:abstractNum"))), kept)
        return new_id

    def _style(self, name: str) -> None:
        if name in self._known or self._styles is None or "word/styles.xml" not in self._old.parts:
            return
        self._known.add(name)
        old = etree.fromstring(self._old.parts["word/styles.xml"])
        found = next((one for one in _all(old, qn("w:style")) if one.get(qn("w:styleId")) == name), None)
        if found is None:
            return
        kept = copy_of(found)
        if kept.get(qn("w:default")) is not None:
            del kept.attrib[qn("w:default")]
        for one in list(kept.iter(qn("w:numPr"))):  # its lists are those of the other file
            _replace(one, "")
        self._styles.append(kept)
        for child in ("basedOn", "next", "link"):
            further = kept.find(qn(f"w:{child}"))
            if further is not None:
                self._style(further.get(qn("w:val"), ""))


def _all(root: Element | None, tag: str) -> Iterator[Element]:
    return iter(()) if root is None else iter(root.findall(tag))


def _replace(element: Element, text: str) -> None:
    """Put a text in the place of an element; nothing for an empty one."""
    parent = element.getparent()
    if parent is None:
        return
    if text:
        words = w_element("t")
        words.text = text
        parent.replace(element, words)
    else:
        parent.remove(element)
