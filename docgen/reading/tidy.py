"""Blocks in the one form that Markdown can say: what looks alike on the page becomes alike in the tree.

Word divides words into runs as it likes, puts spaces inside of emphasis, and leaves empty paragraphs.
Tidied, neighbouring pieces of one look are one, spaces stand outside of emphasis, and what prints nothing
is not there.  No word is lost and none added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from docgen.escape import visible
from docgen.tree import (
    Block,
    Code,
    CodeBlock,
    Emphasis,
    Inline,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Table,
    Text,
    plain_text,
)

__all__ = ["flat_inlines", "tidy"]


def tidy(blocks: Iterable[Block]) -> tuple[Block, ...]:
    """`blocks` in tidy form; what the prose of people has no words for (headings, boxes …) is the caller's to name.

    Running it twice changes nothing.
    """
    made: list[Block] = []
    for block in blocks:
        tidied = _block(block)
        if isinstance(tidied, CodeBlock) and made and isinstance(made[-1], CodeBlock):
            made[-1] = CodeBlock(f"{made[-1].text}\n{tidied.text}")  # one box on the page
        elif tidied is not None:
            made.append(tidied)
    return tuple(made)


def _block(block: Block) -> Block | None:
    match block:
        case Paragraph(children=children):
            words = _line(children)
            return Paragraph(words) if words else None
        case ListBlock(items=items, start=start):
            kept = tuple(tidy(item) for item in items)
            return ListBlock(kept, start) if any(kept) else None
        case Quote(blocks=blocks):
            inner = tidy(blocks)
            return Quote(inner) if inner else None
        case CodeBlock(text=text):
            # A tab at a line's start is indentation to Markdown, of which a list or quote takes a part away.
            lines = visible(text).replace("\t", "    ").rstrip("\n")
            return CodeBlock(lines) if lines.strip() else None
        case Table():
            return _table(block)
        case Rule():
            return block
        case _:
            raise ValueError(f"{type(block).__name__}: not what people's text is made of")


def _table(table: Table) -> Table | None:
    columns = len(table.align)
    rows = tuple(_row(row, columns) for row in table.rows)
    header = _row(table.header, columns) if table.header else ()
    if not any(header):
        header = ()
    if not columns or not (rows or header):
        return None
    return Table(header, rows, table.align)


def _row(row: tuple[tuple[Inline, ...], ...], columns: int) -> tuple[tuple[Inline, ...], ...]:
    cells = [_line(flat_inlines(cell)) for cell in row[:columns]]
    return tuple(cells + [()] * (columns - len(cells)))


def flat_inlines(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """`inlines` on one line: a cell of a Markdown table has no line breaks."""
    made: list[Inline] = []
    for inline in inlines:
        match inline:
            case Text(text=text):
                made.append(Text(visible(text).replace("\n", " ")))
            case Emphasis() | Strong() | Link():
                made.append(replace(inline, children=flat_inlines(inline.children)))
            case _:
                made.append(inline)
    return tuple(made)


def _line(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """The inlines of a paragraph or cell without space at its ends and around its line breaks."""
    words = _joined(_plain(inlines, frozenset()))
    return _joined(_trimmed(words))


_Look = frozenset[type[Emphasis] | type[Strong] | type[Link]]


def _plain(inlines: Iterable[Inline], around: _Look) -> Iterable[Inline]:
    """No emphasis in emphasis, no link in a link, spaces outside, everything else as words."""
    for inline in inlines:
        match inline:
            case Text(text=text):
                yield Text(visible(text))
            case Code(text=text):
                # A code span knows spaces only, and trims a paragraph's end to nothing when it holds nothing else.
                words = visible(text).replace("\t", " ").replace("\n", " ")
                yield Code(words) if words.strip() else Text(words)
            case Emphasis(children=children) | Strong(children=children) | Link(children=children):
                kind = type(inline)
                if kind in around:
                    yield from _plain(children, around)
                    continue
                inside = _joined(_plain(children, around | {kind}))
                yield from _hoisted(inline, inside)
            case _:
                yield Text(visible(plain_text((inline,))))


def _hoisted(outer: Inline, inside: tuple[Inline, ...]) -> Iterable[Inline]:
    before, inside = _take(inside, first=True)
    after, inside = _take(inside, first=False)
    if before:
        yield Text(before)
    if inside:
        assert isinstance(outer, Emphasis | Strong | Link)
        yield replace(outer, children=inside)
    if after:
        yield Text(after)


def _take(inlines: tuple[Inline, ...], *, first: bool) -> tuple[str, tuple[Inline, ...]]:
    """The space at one end, and the rest."""
    if not inlines:
        return "", ()
    end = inlines[0] if first else inlines[-1]
    if not isinstance(end, Text):
        return "", inlines
    kept = end.text.lstrip() if first else end.text.rstrip()
    space = end.text[: len(end.text) - len(kept)] if first else end.text[len(kept) :]
    rest = inlines[1:] if first else inlines[:-1]
    if kept:
        return space, (Text(kept), *rest) if first else (*rest, Text(kept))
    more, rest = _take(rest, first=first)
    return (space + more if first else more + space), rest


def _joined(inlines: Iterable[Inline]) -> tuple[Inline, ...]:
    """Neighbours of one look in one piece, nothing empty."""
    made: list[Inline] = []
    for inline in inlines:
        if isinstance(inline, Text | Code) and not inline.text:
            continue
        together = _together(made[-1], inline) if made else None
        if together is not None:
            made[-1] = together
        else:
            made.append(inline)
    return tuple(made)


def _together(last: Inline, inline: Inline) -> Inline | None:
    match last, inline:
        case Text(text=before), Text(text=after):
            return Text(before + after)
        case Code(text=before), Code(text=after):
            return Code(before + after)
        case Emphasis(children=first), Emphasis(children=second):
            return Emphasis(_joined((*first, *second)))
        case Strong(children=first), Strong(children=second):
            return Strong(_joined((*first, *second)))
        case Link(url=url, children=first), Link(url=other, children=second) if url == other:
            return Link(url, _joined((*first, *second)))
    return None


def _trimmed(inlines: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Without space at both ends and around line breaks, wherever the break stands."""
    _, inlines = _take(inlines, first=True)
    _, inlines = _take(inlines, first=False)
    return _around_breaks(inlines, at_start=True)[0]


def _around_breaks(inlines: tuple[Inline, ...], *, at_start: bool) -> tuple[tuple[Inline, ...], bool]:
    """`inlines` with no space before or after a break, and whether they end in one."""
    made: list[Inline] = []
    for number, inline in enumerate(inlines):
        match inline:
            case Text(text=text):
                lines = text.split("\n")
                last = len(lines) - 1
                parts = [line.lstrip() if place or at_start else line for place, line in enumerate(lines)]
                parts = [part.rstrip() if place < last else part for place, part in enumerate(parts)]
                text = "\n".join(parts)
                if number + 1 < len(inlines) and _starts_with_break(inlines[number + 1]):
                    text = text.rstrip(" \t")
                made.append(Text(text))
                at_start = text.endswith("\n") if text else at_start
            case Emphasis(children=children) | Strong(children=children) | Link(children=children):
                inner, at_start = _around_breaks(children, at_start=at_start)
                made.append(replace(inline, children=inner))
            case _:
                made.append(inline)
                at_start = False
    return tuple(made), at_start


def _starts_with_break(inline: Inline) -> bool:
    match inline:
        case Text(text=text):
            return text.startswith("\n")
        case Emphasis(children=children) | Strong(children=children) | Link(children=children):
            return bool(children) and _starts_with_break(children[0])
    return False
