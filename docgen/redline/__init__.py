"""Redlines: two Word files as one with tracked changes, so that accepting all gives the new and rejecting all the old.

Page set-up, headers, column widths and the places where pages may break are those of the new file; deleted footnotes
and embedded objects are named in brackets.  Neither file's evidence is in it: a redline is to be read, not verified.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from typing import Final

from docx.oxml.ns import qn
from lxml import etree

from docgen.redline.adopt import Adoption
from docgen.redline.marks import Marker
from docgen.redline.merge import Merge
from docgen.redline.nodes import write_part
from docgen.redline.package import MAIN, Package, open_package
from docgen.word.archive import rewrite_archive
from docgen.word.oxml import Element

__all__ = ["AUTHOR", "Redline", "write_redline"]

AUTHOR: Final = "aims-ledger"
"""In whose name the changes stand."""

_DC: Final = "http://purl.org/dc/elements/1.1/"
_OURS: Final = b"urn:aims-ledger:"


@dataclass(frozen=True, slots=True)
class Redline:
    """A Word file with tracked changes; `changed` counts the paragraphs and tables that are not the same."""

    data: bytes
    changed: int


def write_redline(old: bytes, new: bytes, *, date: str = "", about: str = "") -> Redline:
    """`new` with its changes since `old` tracked: the same bytes for the same arguments.

    `date` (RFC 3339, to the second) stands on every change, and `about` in the file's description.

    Raises:
        DocgenError: one of them is no Word file.
    """
    before, after = open_package(old, "the old file"), open_package(new, "the new file")
    _tell_apart(before, "old")
    _tell_apart(after, "new")
    adoption = Adoption(before, after)
    merge = Merge(before, after, Marker(AUTHOR, f"{date[:19]}Z" if date else ""), adoption.adopt)
    blocks = merge.blocks()
    body = after.document.find(qn("w:body"))
    assert body is not None, "opening found it"
    last = body.find(qn("w:sectPr"))
    for child in list(body):
        body.remove(child)
    body.extend(blocks)
    if last is not None:
        body.append(last)
    _count_ids(body)
    adoption.finish()
    parts = after.parts
    parts[MAIN] = write_part(after.document)
    _drop_evidence(parts)
    _describe(parts, about)
    return Redline(_zip(parts), merge.changed)


def _tell_apart(package: Package, prefix: str) -> None:
    """Keep bookmark numbers of the two files from being taken for each other."""
    for block in package.blocks:
        for mark in block.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd")):
            mark.set(qn("w:id"), f"{prefix}{mark.get(qn('w:id'), '')}")


def _count_ids(body: Element) -> None:
    """Number bookmarks, pictures and changes anew, and let go of half a bookmark whose other half went."""
    starts = {mark.get(qn("w:id")): mark for mark in body.iter(qn("w:bookmarkStart"))}
    ends = {mark.get(qn("w:id")): mark for mark in body.iter(qn("w:bookmarkEnd"))}
    whole = {number: place for place, number in enumerate((one for one in starts if one in ends), 1)}
    for mark in list(body.iter(qn("w:bookmarkStart"), qn("w:bookmarkEnd"))):
        number = mark.get(qn("w:id"))
        if number in whole and mark in (starts[number], ends[number]):
            mark.set(qn("w:id"), str(whole[number]))
        else:
            parent = mark.getparent()
            assert parent is not None, "it stands in a paragraph"
            parent.remove(mark)
    for place, drawing in enumerate(body.iter(qn("wp:docPr")), 1):
        drawing.set("id", str(place))
    changes = (one for one in body.iter(qn("w:ins"), qn("w:del")))
    for place, change in enumerate(changes, len(whole) + 1):
        change.set(qn("w:id"), str(place))


def _drop_evidence(parts: dict[str, bytes]) -> None:
    """Take the parts in which our documents carry their evidence out, and everything that leads to them."""
    for name in [name for name in parts if name.startswith("customXml/") and _OURS in parts[name]]:
        folder, _, file = name.rpartition("/")
        parts.pop(name, None)
        _drop_leading_to(parts, "word/_rels/document.xml.rels", name)
        relations = parts.pop(f"{folder}/_rels/{file}.rels", None)
        if relations is None:
            continue
        for one in etree.fromstring(relations):
            target = f"{folder}/{one.get('Target', '').rpartition('/')[2]}"
            parts.pop(target, None)
            _drop_leading_to(parts, "[Content_Types].xml", target)


def _drop_leading_to(parts: dict[str, bytes], where: str, target: str) -> None:
    root = etree.fromstring(parts[where])
    for one in list(root):
        named = one.get("Target") or one.get("PartName") or ""
        if named.endswith(target):
            root.remove(one)
    parts[where] = write_part(root)


def _describe(parts: dict[str, bytes], about: str) -> None:
    core = parts.get("docProps/core.xml")
    if core is None or not about:
        return
    root = etree.fromstring(core)
    found = root.find(f"{{{_DC}}}description")
    if found is None:
        found = etree.SubElement(root, f"{{{_DC}}}description")
    found.text = about[:255]
    parts["docProps/core.xml"] = write_part(root)


def _zip(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return rewrite_archive(out.getvalue())
