"""A document between Markdown and its writers: frozen blocks that hold blocks or inlines.

Text is as it prints: ``\\n`` inside is a line break, ``\\t`` a tab.  Ids are the ones written in the
template; each writer makes from them what its format allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

__all__ = [
    "Anchor", "Block", "Body", "Callout", "CalloutKind", "Cite", "Code", "CodeBlock", "Contents", "Emphasis",
    "Figure", "Heading", "Inline", "InlineSlot", "Landscape", "Language", "Link", "ListBlock", "PageBreak",
    "Paragraph", "Quote", "Ref", "Requirement", "Rule", "Slot", "SlotKind", "StatusLine", "StatusWord", "Strong",
    "Table", "Text", "blocks_in", "group_title", "inlines_in", "map_inlines", "plain_text", "walk", "walk_inlines",
]  # fmt: skip

SlotKind: TypeAlias = Literal["derived", "human", "attested"]
CalloutKind: TypeAlias = Literal["missing", "note", "caveat", "summary"]
Align: TypeAlias = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A digest, an id, a name out of code."""

    text: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """Words set apart."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that must be seen."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """A link that leaves the document."""

    url: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """A link to the heading with the id `target`, or to a caption (`docgen.numbering`)."""

    target: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Cite:
    """A citation of the entry `index`, linked to its row in the evidence register."""

    index: int
    leaf_hash: str

    @property
    def text(self) -> str:
        """What is printed: ``[#12 3fa9c1d2]``."""
        return f"[#{self.index} {self.leaf_hash[:8]}]"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The place in the evidence register that citations of the entry `index` lead to."""

    index: int
    leaf_hash: str

    @property
    def text(self) -> str:
        """What is printed: ``#12 3fa9c1d2``."""
        return f"#{self.index} {self.leaf_hash[:8]}"


@dataclass(frozen=True, slots=True)
class StatusWord:
    """One of the status words, in its colour and as text."""

    word: str


@dataclass(frozen=True, slots=True)
class InlineSlot:
    """A slot inside a paragraph or cell; its text is plain and may be empty."""

    id: str
    kind: SlotKind
    text: str


Inline: TypeAlias = Text | Code | Emphasis | Strong | Link | Ref | Cite | Anchor | StatusWord | InlineSlot


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; `level` counts from 1, `id` is empty when nothing links here by name."""

    level: int
    children: tuple[Inline, ...]
    id: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class ListBlock:
    """A list; `start` is the first number, or None for bullets."""

    items: tuple[tuple[Block, ...], ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of somebody else."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Lines kept as they are."""

    text: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A thematic break."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.  An empty `header` means the first column holds the headers.

    `widths` are relative and empty when the writer is to choose; `id` is for references to its caption.
    """

    header: tuple[tuple[Inline, ...], ...]
    rows: tuple[tuple[tuple[Inline, ...], ...], ...]
    align: tuple[Align, ...]
    widths: tuple[float, ...] = ()
    caption: str = ""
    dense: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture by its key, with the alternative text that replaces it for who can't see it."""

    key: str
    alt: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """Blocks under a stable id; `lang` differs from the document's only when it is not empty.

    Without blocks it says loudly that nothing is there, unless it is `optional`: a place for words that may be added.
    """

    id: str
    kind: SlotKind
    blocks: tuple[Block, ...]
    lang: str = ""
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Callout:
    """A box; `label` is its title, or the status word of a ``missing`` box."""

    kind: CalloutKind
    label: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """What is asked for; it stays with the answer below."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class StatusLine:
    """The status of the point above, with what it rests on."""

    word: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Contents:
    """The place of the table of contents, which lists headings down to level `depth`."""

    depth: int = 3


@dataclass(frozen=True, slots=True)
class Landscape:
    """Blocks on pages turned sideways."""

    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """Blocks in another language than the document's."""

    lang: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class PageBreak:
    """A new page starts here."""


Block: TypeAlias = (
    Heading | Paragraph | ListBlock | Quote | CodeBlock | Rule | Table | Figure | Slot | Callout | StatusLine
    | Contents | Landscape | Language | PageBreak | Requirement
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Body:
    """Everything between the cover and the end; `source` names the template for messages."""

    blocks: tuple[Block, ...]
    source: str = ""


def blocks_in(block: Block) -> tuple[Block, ...]:
    """The blocks directly inside `block`."""
    match block:
        case ListBlock(items=items):
            return tuple(inner for item in items for inner in item)
        case Quote(blocks=blocks) | Slot(blocks=blocks) | Callout(blocks=blocks):
            return blocks
        case Landscape(blocks=blocks) | Language(blocks=blocks) | Requirement(blocks=blocks):
            return blocks
        case _:
            return ()


def inlines_in(block: Block) -> tuple[Inline, ...]:
    """The inlines directly inside `block`, cells in reading order."""
    match block:
        case Heading(children=children) | Paragraph(children=children) | StatusLine(children=children):
            return children
        case Table(header=header, rows=rows):
            return tuple(inline for row in (header, *rows) for cell in row for inline in cell)
        case _:
            return ()


def group_title(cells: tuple[tuple[Inline, ...], ...]) -> tuple[Inline, ...] | None:
    """What a row of a table says that is a heading for the rows below it: one strong cell, the others empty."""
    match cells:
        case ((Strong(children=children),), _, *_) if not any(cells[1:]):
            return children
    return None


def walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """Every block in reading order, outer ones before what they hold."""
    for block in blocks:
        yield block
        yield from walk(blocks_in(block))


def walk_inlines(blocks: tuple[Block, ...]) -> Iterator[Inline]:
    """Every inline of every block, outer ones before what they hold."""
    for block in walk(blocks):
        yield from _descend(inlines_in(block))


def _descend(inlines: tuple[Inline, ...]) -> Iterator[Inline]:
    for inline in inlines:
        yield inline
        if isinstance(inline, Emphasis | Strong | Link | Ref):
            yield from _descend(inline.children)


def plain_text(inlines: tuple[Inline, ...]) -> str:
    """The words of `inlines` without their looks, as a reader of the page sees them."""
    parts = []
    for inline in inlines:
        match inline:
            case Text(text=text) | Code(text=text) | InlineSlot(text=text):
                parts.append(text)
            case Cite() | Anchor():
                parts.append(inline.text)
            case StatusWord(word=word):
                parts.append(word)
            case Emphasis(children=children) | Strong(children=children) | Link(children=children):
                parts.append(plain_text(children))
            case Ref(children=children):
                parts.append(plain_text(children))
    return "".join(parts)


def map_inlines(block: Block, change: Callable[[Inline], Inline]) -> Block:
    """The block with every inline in it, at any depth, changed; inner ones before those around them."""
    match block:
        case Heading() | Paragraph() | StatusLine():
            return replace(block, children=_mapped(block.children, change))
        case Table():
            return replace(
                block,
                header=tuple(_mapped(cell, change) for cell in block.header),
                rows=tuple(tuple(_mapped(cell, change) for cell in row) for row in block.rows),
            )
        case ListBlock():
            return replace(block, items=tuple(tuple(map_inlines(b, change) for b in item) for item in block.items))
        case Quote() | Slot() | Callout() | Landscape() | Language() | Requirement():
            return replace(block, blocks=tuple(map_inlines(inner, change) for inner in block.blocks))
        case _:
            return block


def _mapped(inlines: tuple[Inline, ...], change: Callable[[Inline], Inline]) -> tuple[Inline, ...]:
    return tuple(
        change(replace(one, children=_mapped(one.children, change)))
        if isinstance(one, Emphasis | Strong | Link | Ref)
        else change(one)
        for one in inlines
    )
