"""Paragraphs and tables of a Word file back to blocks of the tree, by the styles that `docgen.word` gave them.

What our writer made reads back as what it was made from.  What people add in styles of their own becomes
paragraphs, lists and tables.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from lxml import etree

from docgen.digest import slot_text
from docgen.reading.leaves import BOXES, Caption, Item, Leaf, Styled, gather
from docgen.reading.package import qname
from docgen.reading.styles import ListPlace
from docgen.reading.tables import read_table
from docgen.reading.words import SLOT, Problem, WordReader
from docgen.tree import Block, Figure, Heading, Inline, InlineSlot, Paragraph, Rule, Slot, plain_text

__all__ = ["BlockReader", "MetSlot"]

_Element: TypeAlias = etree._Element
_HEADING = re.compile(r"heading ([1-9])")
_LISTED = re.compile(r"list (bullet|number|continue)(?: ([2-5]))?")
_CAPTION = re.compile(r"[^\W\d_]+ \d+: ")
_SKIPPED = frozenset({"after table", "section end", "toc heading", "toc 1", "toc 2", "toc 3", "toc 4"})
_PAGE_NUMBER = re.compile(r"\t\d+$")
_PAGE_BREAK = Problem("a page break")
_STYLES = frozenset(
    {"quote", "code block", "rule", "requirement", "status line", "caption", "figure", "figure caption",
     *BOXES, *_SKIPPED, *(f"heading {n}" for n in range(1, 10)),
     *(f"list {what}{n}" for what in ("bullet", "number", "continue") for n in ("", " 2", " 3", " 4", " 5"))}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class MetSlot:
    """A slot as it was read, the control it is in, what in it is more than words, and the heading above it."""

    slot: Slot | InlineSlot
    control: _Element
    problems: tuple[Problem, ...]
    placeholder: bool


@dataclass
class BlockReader:
    """Reads the blocks of one document, and remembers the slots and pictures it passes.

    `headings` are the words of all its headings, which a table of contents repeats.
    """

    words: WordReader
    slots: list[MetSlot] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    headings: frozenset[str] = frozenset()

    @classmethod
    def of(cls, words: WordReader, root: _Element) -> BlockReader:
        """A reader that knows the headings in `root`."""
        styled = ((p, words.styles.known(words.styles.paragraph(p), _STYLES)) for p in root.iter(qname("w:p")))
        headings = (p for p, style in styled if style.startswith("heading "))
        texts = ("".join(_printed(node) for node in p.iter(*_PIECES)) for p in headings)
        return cls(words, headings=frozenset(" ".join(text.split()) for text in texts))

    def blocks(self, elements: Iterable[_Element]) -> tuple[Block, ...]:
        """What the paragraphs, tables and controls say, in reading order."""
        return gather(list(self._leaves(elements)), self.words.labels)

    def _leaves(self, elements: Iterable[_Element]) -> Iterator[Leaf]:
        for element in elements:
            if not isinstance(element.tag, str):
                continue
            match etree.QName(element).localname:
                case "p":
                    yield from self._paragraph(element)
                case "tbl":
                    yield read_table(self, element)
                case "sdt":
                    yield from self._control(element)
                case "ins" | "moveTo" | "customXml" | "smartTag" | "sdtContent":
                    yield from self._leaves(element)
                case "altChunk":
                    self.words.note("an embedded document")
                case "oMath" | "oMathPara":
                    self.words.note("an equation")
                case "AlternateContent":
                    self.words.note("a text box or drawing")

    def _control(self, control: _Element) -> Iterator[Leaf]:
        content = control.find(qname("w:sdtContent"))
        slot = str(control.get(SLOT, ""))
        if content is None:
            return
        if not slot:
            yield from self._leaves(content)
            return
        name, _, kind = slot.rpartition(":")
        with_outer, self.words.problems = self.words.problems, []
        blocks = self.blocks(content)
        made = Slot(name, kind, blocks)  # type: ignore[arg-type]
        empty = self.words.is_placeholder(control, slot_text(made)) and not self.words.problems
        made = Slot(name, kind, ()) if empty else made  # type: ignore[arg-type]
        self.slots.append(MetSlot(made, control, tuple(self.words.problems), empty))
        self.words.problems = with_outer
        yield made

    def cell_slot(self, control: _Element) -> InlineSlot | None:
        """The slot that fills a table's cell, or None if the control is no slot."""
        slot = str(control.get(SLOT, ""))
        content = control.find(qname("w:sdtContent"))
        if not slot or content is None:
            return None
        name, _, kind = slot.rpartition(":")
        with_outer, self.words.problems = self.words.problems, []
        words = "\n".join(plain_text(self.words.inlines(p)) for p in content.iter(qname("w:p")))
        empty = self.words.is_placeholder(control, words)
        made = InlineSlot(name, kind, "" if empty else words)  # type: ignore[arg-type]
        self.slots.append(MetSlot(made, control, tuple(self.words.problems), empty))
        self.words.problems = with_outer
        return made

    def line(self, paragraph: _Element) -> tuple[Inline, ...]:
        """The words of a paragraph; the slots among them are taken note of."""
        before = len(self.words.problems)
        inlines = self.words.inlines(paragraph)
        met = tuple(self.words.problems[before:])
        for control in paragraph.iter(qname("w:sdt")):
            name, _, kind = str(control.get(SLOT, "")).rpartition(":")
            for inline in _slots_in(inlines) if name else ():
                if (inline.id, inline.kind) == (name, kind):
                    self.slots.append(MetSlot(inline, control, met, not inline.text))
        return inlines

    def _paragraph(self, element: _Element) -> Iterator[Leaf]:
        style = self.words.styles.known(self.words.styles.paragraph(element), _STYLES)
        if (figure := self._figure(element)) is not None:
            yield figure
            return
        before = len(self.words.problems)
        inlines = self.line(element)
        if style in _SKIPPED:
            met = self.words.problems[before:]
            self.words.problems[before:] = [one for one in met if not one.lost and one != _PAGE_BREAK]
            if self._says_nothing(style, plain_text(inlines)):
                return
            style = ""
        place = self.words.styles.list_place(element)
        if heading := _HEADING.fullmatch(style):
            yield Heading(min(int(heading[1]), 4), inlines)
        elif style in BOXES or style in ("quote", "code block", "requirement", "status line"):
            yield Styled(style, inlines, self._label(element, style))
        elif style == "rule" and not plain_text(inlines).strip():
            yield Rule()
        elif style in ("caption", "figure caption"):
            yield Caption(_CAPTION.sub("", plain_text(inlines), count=1), figure=style == "figure caption")
        elif (listed := _LISTED.fullmatch(style)) or place is not None:
            yield _item(inlines, listed, place)
        else:
            yield Paragraph(inlines)

    def _says_nothing(self, style: str, text: str) -> bool:
        """Whether a paragraph in a style of the writer's own says nothing new: it is empty, or repeats a heading."""
        words = " ".join(_PAGE_NUMBER.sub("", text).split())
        if style == "toc heading":
            return not words or words in {labels["contents"] for labels in self.words.labels}
        return not words or (style.startswith("toc ") and words in self.headings)

    def _label(self, paragraph: _Element, style: str) -> str | None:
        """What opens a box or status line: the words in the style of its label, or None if there are none."""
        wanted = "status label" if style == "status line" else f"{style} label"
        words = ""
        for run in paragraph.iter(qname("w:r")):
            if self.words.styles.character(run.find(qname("w:rPr"))) != wanted:
                break
            words += "".join(_printed(node) for node in run.iter(*_PIECES))
        return words or None

    def _figure(self, paragraph: _Element) -> Figure | None:
        """The picture that stands alone in a paragraph."""
        drawings = list(paragraph.iter(qname("w:drawing")))
        texts = "".join(node.text or "" for node in paragraph.iter(qname("w:t")))
        if len(drawings) != 1 or texts.strip():
            return None
        parts = {etree.QName(one).localname: one for one in drawings[0].iter("*")}
        if "docPr" not in parts or "blip" not in parts or "txbxContent" in parts:
            return None
        relation = self.words.package.relations.get(str(parts["blip"].get(qname("r:embed"), "")))
        data = self.words.package.part(relation[1]) if relation is not None and not relation[2] else None
        if data is None:
            return None
        key = hashlib.sha256(data).hexdigest()
        self.pictures[key] = data
        return Figure(key, str(parts["docPr"].get("descr", "")))


_PIECES = {qname("w:t"): "", qname("w:br"): "\n", qname("w:tab"): "\t"}


def _printed(node: _Element) -> str:
    return _PIECES[str(node.tag)] or node.text or ""


def _item(inlines: tuple[Inline, ...], listed: re.Match[str] | None, place: ListPlace | None) -> Item:
    level = int(listed[2] or 1) - 1 if listed else 0
    if listed and listed[1] == "continue":
        return Item(inlines, level, None)
    if place is None:
        place = ListPlace(level, listed is not None and listed[1] == "number", "", 1)
    return Item(inlines, place.level, place)


def _slots_in(inlines: Sequence[Inline]) -> Iterator[InlineSlot]:
    for inline in inlines:
        if isinstance(inline, InlineSlot):
            yield inline
        else:
            yield from _slots_in(getattr(inline, "children", ()))
