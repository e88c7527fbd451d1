"""Word files edited the way Word leaves them: by hand on the XML, each habit a method."""

from __future__ import annotations

import io
import zipfile
from copy import deepcopy

from lxml import etree

from docgen.reading.package import W, qname
from docgen.word.carrier import NAMESPACE, find_carrier, format_carrier

_Element = etree._Element
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def word(xml: str) -> _Element:
    """The element in `xml`, whose prefix ``w`` is known."""
    root = etree.fromstring(f'<x xmlns:w="{W}" xmlns:r="{_OFFICE}">{xml}</x>')
    return root[0]


def p(text: str, properties: str = "", run: str = "") -> _Element:
    return word(
        f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:rPr>{run}</w:rPr><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"
    )


class Edited:
    """A document that is being edited; every method gives the document back."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.root = etree.fromstring(self.parts["word/document.xml"])

    def data(self) -> bytes:
        """The file."""
        self.parts["word/document.xml"] = etree.tostring(self.root, encoding="UTF-8", xml_declaration=True)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.parts.items():
                archive.writestr(name, content)
        return out.getvalue()

    @property
    def body(self) -> _Element:
        found = self.root.find(qname("w:body"))
        assert found is not None
        return found

    def control(self, slot: str) -> _Element:
        """The content control of a slot, by its tag."""
        for control in self.root.iter(qname("w:sdt")):
            tag = control.find(f"{qname('w:sdtPr')}/{qname('w:tag')}")
            if tag is not None and tag.get(qname("w:val")) == slot:
                return control
        raise AssertionError(f"no slot {slot}")

    def content(self, slot: str) -> _Element:
        found = self.control(slot).find(qname("w:sdtContent"))
        assert found is not None
        return found

    def text(self, slot: str) -> list[str]:
        """The texts of a slot's paragraphs."""
        return ["".join(t.text or "" for t in p.iter(qname("w:t"))) for p in self.content(slot).iter(qname("w:p"))]

    def write(self, slot: str, *paragraphs: str | _Element) -> Edited:
        """Other paragraphs in a slot, between its bookmarks; it shows no placeholder any more."""
        content = self.content(slot)
        marks = [deepcopy(mark) for mark in content.iter(qname("w:bookmarkStart"), qname("w:bookmarkEnd"))]
        made = [p(one) if isinstance(one, str) else one for one in paragraphs] or [p("")]
        half = len(marks) // 2
        first = next(iter(made[0].iter(qname("w:p"))))
        for place, mark in enumerate(marks[:half]):
            first.insert(1 + place if len(first) and first[0].tag == qname("w:pPr") else place, mark)
        list(made[-1].iter(qname("w:p")))[-1].extend(marks[half:])
        for child in list(content):
            content.remove(child)
        content.extend(made)
        for shown in list(self.control(slot).iter(qname("w:showingPlcHdr"))):
            shown.getparent().remove(shown)  # type: ignore[union-attr]
        return self

    def append(self, slot: str, *elements: _Element) -> Edited:
        """More paragraphs at the end of a slot."""
        self.content(slot).extend(elements)
        return self

    def untagged(self, *, alias: bool = True) -> Edited:
        """Without tags, and without aliases unless they stay."""
        for name in ("w:tag", *(() if alias else ("w:alias",))):
            for mark in list(self.root.iter(qname(name))):
                mark.getparent().remove(mark)  # type: ignore[union-attr]
        return self

    def unfenced(self) -> Edited:
        """Without the bookmarks of slots."""
        for mark in list(self.root.iter(qname("w:bookmarkStart"))):
            if str(mark.get(qname("w:name"))).startswith("_aims_"):
                mark.getparent().remove(mark)  # type: ignore[union-attr]
        return self

    def freed(self) -> Edited:
        """Without content controls, their content left where it was."""
        for control in list(self.root.iter(qname("w:sdt"))):
            parent, content = control.getparent(), control.find(qname("w:sdtContent"))
            assert parent is not None
            assert content is not None
            place = parent.index(control)
            parent[place : place + 1] = list(content)
        return self

    def without(self, slot: str) -> Edited:
        """Without the slot and all that is in it."""
        control = self.control(slot)
        control.getparent().remove(control)  # type: ignore[union-attr]
        return self

    def doubled(self, slot: str) -> Edited:
        """With a copy of the slot at the end."""
        self.body.insert(len(self.body) - 1, deepcopy(self.control(slot)))
        return self

    def replace(self, old: str, new: str) -> Edited:
        """Other words wherever a text piece has these."""
        found = [t for t in self.root.iter(qname("w:t")) if old in (t.text or "")]
        assert found, f"nowhere: {old}"
        for t in found:
            t.text = (t.text or "").replace(old, new)
        return self

    def insert_tracked(self, slot: str, text: str, author: str = "Bob") -> Edited:
        """A paragraph's words inserted with change tracking."""
        run = f"<w:r><w:t>{text}</w:t></w:r>"
        return self.write(
            slot,
            word(f'<w:p><w:ins w:id="900" w:author="{author}" w:date="2026-11-20T09:00:00Z">{run}</w:ins></w:p>'),
        )

    def comment(self, slot: str, text: str, author: str = "Bob") -> Edited:
        """A comment on the first words of a slot."""
        paragraph = next(iter(self.content(slot).iter(qname("w:p"))))
        paragraph.insert(1, word('<w:commentRangeStart w:id="0"/>'))
        paragraph.append(word('<w:commentRangeEnd w:id="0"/>'))
        paragraph.append(word('<w:r><w:commentReference w:id="0"/></w:r>'))
        self.parts["word/comments.xml"] = (
            f'<w:comments xmlns:w="{W}"><w:comment w:id="0" w:author="{author}" w:date="2026-11-20T09:00:00Z">'
            f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:comment></w:comments>"
        ).encode()
        relations = etree.fromstring(self.parts["word/_rels/document.xml.rels"])
        etree.SubElement(
            relations,
            f"{{{_RELATIONS}}}Relationship",
            {"Id": "rIdC", "Type": f"{_OFFICE}/comments", "Target": "comments.xml"},
        )
        self.parts["word/_rels/document.xml.rels"] = etree.tostring(relations)
        return self

    def claim(self, **members: object) -> Edited:
        """With a carrier that says something else."""
        payload = find_carrier(self.data())
        assert payload is not None
        for name, content in list(self.parts.items()):
            if name.startswith("customXml/") and NAMESPACE.encode() in content and b"<document " in content:
                self.parts[name] = format_carrier({**payload, **members})
        return self
