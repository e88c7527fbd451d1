"""Paragraphs one after the other back to what they were written from: lists, boxes, captions, status lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from docgen.labels import Labels
from docgen.reading.styles import ListPlace
from docgen.status import STATUS_WORDS
from docgen.tree import (
    Block,
    Callout,
    CodeBlock,
    Figure,
    Inline,
    ListBlock,
    Paragraph,
    Quote,
    Requirement,
    StatusLine,
    StatusWord,
    Table,
    Text,
    plain_text,
)

__all__ = ["BOXES", "Caption", "Item", "Leaf", "Styled", "gather"]

BOXES = frozenset({"missing", "note", "caveat", "summary"})
_BOX_MARKS = ("•\u2002", "–\u2002")
_GAPS = ("\u2003", "\n")


@dataclass(frozen=True, slots=True)
class Styled:
    """A paragraph in a style that says what it is; `label` are the words that open a box or status line."""

    style: str
    inlines: tuple[Inline, ...]
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Caption:
    """The words of a caption without its number."""

    text: str
    figure: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A paragraph of a list; one without a `place` goes on with the item above it."""

    inlines: tuple[Inline, ...]
    level: int
    place: ListPlace | None


Leaf: TypeAlias = Block | Styled | Caption | Item


def gather(leaves: Sequence[Leaf], labels: Sequence[Labels]) -> tuple[Block, ...]:
    """The blocks that these paragraphs and tables are."""
    return tuple(_Gathering(labels).blocks(list(leaves)))


@dataclass
class _OpenList:
    place: ListPlace
    items: list[list[Block]] = field(default_factory=list)

    def close(self) -> ListBlock:
        start = self.place.start if self.place.numbered else None
        return ListBlock(tuple(tuple(item) for item in self.items), start)


@dataclass(frozen=True, slots=True)
class _Gathering:
    labels: Sequence[Labels]

    def blocks(self, leaves: list[Leaf]) -> Iterator[Block]:
        place = 0
        while place < len(leaves):
            leaf = leaves[place]
            following = leaves[place + 1] if place + 1 < len(leaves) else None
            match leaf:
                case Item():
                    end = _stretch(leaves, place, lambda one: isinstance(one, Item))
                    yield from _lists([one for one in leaves[place:end] if isinstance(one, Item)])
                    place = end
                case Styled(style=style) if style in BOXES:
                    end = self._box_end(leaves, place)
                    yield self._box(leaves[place:end])
                    place = end
                case Styled(style="quote" | "requirement" as style):
                    end = _stretch(leaves, place, lambda one: isinstance(one, Styled) and one.style == style)
                    inside = tuple(Paragraph(one.inlines) for one in leaves[place:end] if isinstance(one, Styled))
                    yield Quote(inside) if style == "quote" else Requirement(inside)
                    place = end
                case Caption(text=text) if isinstance(following, Table):
                    yield replace(following, caption=text)
                    place += 2
                case Figure() if isinstance(following, Caption):
                    yield replace(leaf, caption=following.text)
                    place += 2
                case _:
                    yield self._single(leaf)
                    place += 1

    def _single(self, leaf: Leaf) -> Block:
        match leaf:
            case Styled(style="code block", inlines=inlines):
                return CodeBlock(plain_text(inlines))
            case Styled(style="status line"):
                return self._status(leaf)
            case Styled(inlines=inlines):
                return Paragraph(inlines)
            case Caption(text=text):
                return Paragraph((Text(text),))
            case Item(inlines=inlines):
                return Paragraph(inlines)
            case _:
                return leaf

    def _status(self, leaf: Styled) -> Block:
        """A status line, if it still begins as one; its word is that which is read, not that of its style."""
        label = leaf.label or ""
        rest = _without(leaf.inlines, label)
        known = any(f"{labels['status']}: " == label for labels in self.labels)
        if not known or not rest or not isinstance(rest[0], StatusWord):
            return Paragraph(leaf.inlines)
        return StatusLine(rest[0].word, _without(rest[1:], "  "))

    def _box_end(self, leaves: list[Leaf], place: int) -> int:
        """The end of the box that opens here: the next one, or other text; a table inside is inside."""
        first = leaves[place]
        assert isinstance(first, Styled)
        end = place + 1
        for number in range(place + 1, len(leaves)):
            leaf = leaves[number]
            if isinstance(leaf, Styled) and leaf.style == first.style and leaf.label is None:
                end = number + 1
            elif not isinstance(leaf, Table | Item | Caption) and not _is_code(leaf):
                break
        return end

    def _box(self, leaves: Sequence[Leaf]) -> Block:
        first = leaves[0]
        assert isinstance(first, Styled)
        kind, printed = first.style, first.label or ""
        opening = _without(first.inlines, printed)
        for gap in _GAPS:
            opening = _without(opening, gap)
        inner: list[Leaf] = [Paragraph(_unmarked(opening))] if opening else []
        inner += [
            Paragraph(_unmarked(leaf.inlines)) if isinstance(leaf, Styled) and leaf.style == kind else leaf
            for leaf in leaves[1:]
        ]
        return Callout(kind, self._box_label(kind, printed), tuple(self.blocks(inner)))  # type: ignore[arg-type]

    def _box_label(self, kind: str, printed: str) -> str:
        """The label as the template gave it: a status word, or nothing where a box has its own name."""
        for labels in self.labels:
            if kind == "missing":
                for word in STATUS_WORDS:
                    if labels.status(word).upper() == printed:
                        return word
            elif kind != "summary" and labels[kind] == printed:
                return ""
        return printed


def _is_code(leaf: Leaf) -> bool:
    return isinstance(leaf, Styled) and leaf.style == "code block"


def _stretch(leaves: Sequence[Leaf], place: int, alike: object) -> int:
    end = place
    while end < len(leaves) and alike(leaves[end]):  # type: ignore[operator]
        end += 1
    return end


def _without(inlines: tuple[Inline, ...], opening: str) -> tuple[Inline, ...]:
    """`inlines` without the words they begin with."""
    if not opening or not inlines or not isinstance(inlines[0], Text) or not inlines[0].text.startswith(opening):
        return inlines
    rest = inlines[0].text[len(opening) :]
    return (Text(rest), *inlines[1:]) if rest else inlines[1:]


def _unmarked(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    for mark in _BOX_MARKS:
        inlines = _without(inlines, mark)
    return inlines


def _lists(items: list[Item]) -> Iterator[Block]:
    """Lists inside of lists by the level of each item."""
    open_lists: list[_OpenList] = []

    def close_to(depth: int) -> ListBlock | None:
        closed = None
        while len(open_lists) > depth:
            closed = open_lists.pop().close()
            if open_lists:
                open_lists[-1].items[-1].append(closed)
        return closed if not open_lists else None

    for item in items:
        if item.place is None:
            if not open_lists:
                yield Paragraph(item.inlines)
                continue
            close_to(min(len(open_lists), item.level + 1))
            open_lists[-1].items[-1].append(Paragraph(item.inlines))
            continue
        depth = min(item.level, len(open_lists))
        # What is deeper than here is closed; a list of another sort at this level begins anew.
        closed = close_to(depth + 1) if len(open_lists) > depth + 1 else None
        if len(open_lists) > depth and not _goes_on(open_lists[depth].place, item.place):
            closed = close_to(depth)
            if closed is not None:
                yield closed
        if len(open_lists) == depth:
            open_lists.append(_OpenList(item.place))
        open_lists[depth].items.append([Paragraph(item.inlines)] if item.inlines else [])
    closed = close_to(0)
    if closed is not None:
        yield closed


def _goes_on(before: ListPlace, now: ListPlace) -> bool:
    if before.numbered != now.numbered:
        return False
    if not now.numbered or before.numbering == now.numbering:
        return True
    return not now.restarts and before.definition == now.definition
