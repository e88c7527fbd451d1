"""Blocks of a document as the prose of a person: what Markdown can't say is named, and no word of it is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from docgen.reading.words import Problem
from docgen.tree import (
    Block,
    Callout,
    CodeBlock,
    Heading,
    ListBlock,
    Paragraph,
    Quote,
    Requirement,
    Rule,
    Slot,
    StatusLine,
    Strong,
    Table,
    Text,
)

__all__ = ["as_prose"]


def as_prose(blocks: Sequence[Block], problems: list[Problem]) -> list[Block]:
    """`blocks` as far as a person's Markdown can say them; the rest goes to `problems`."""

    def name(what: str, *, lost: bool = False) -> None:
        if Problem(what, lost) not in problems:
            problems.append(Problem(what, lost))

    return [made for block in blocks for made in _said(block, problems, name)]


def _said(block: Block, problems: list[Problem], name: Callable[..., None]) -> list[Block]:
    match block:
        case Paragraph() | CodeBlock() | Rule():
            return [block]
        case Heading(children=children):
            name("a heading, which becomes a bold paragraph", lost=True)
            return [Paragraph((Strong(children),))]
        case ListBlock(items=items, start=start):
            return [ListBlock(tuple(tuple(as_prose(item, problems)) for item in items), start)]
        case Quote(blocks=inner):
            return [Quote(tuple(as_prose(inner, problems)))]
        case Table(caption=caption):
            if caption:
                name("a table's caption")
            return [Table(block.header, block.rows, block.align)]
        case _:
            return _unframed(block, problems, name)


def _unframed(block: Block, problems: list[Problem], name: Callable[..., None]) -> list[Block]:
    """What stands in a frame of the document's own."""
    match block:
        case Callout(kind=kind, label=label, blocks=inner):
            # Who types over what an empty slot says goes on in its box, which nobody chose.
            if label or kind != "missing":
                name("the frame of a box", lost=True)
            head: list[Block] = [Paragraph((Strong((Text(label),)),))] if label else []
            return head + as_prose(inner, problems)
        case Requirement(blocks=inner):
            name("the looks of a requirement", lost=True)
            return as_prose(inner, problems)
        case StatusLine(word=word, children=children):
            name("a status line")
            return [Paragraph((Text(f"{word} "), *children))]
        case Slot(id=inner_id):
            name(f"another slot ({inner_id})")
        case _:
            name("a picture or drawing")
    return []
