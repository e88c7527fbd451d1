"""The content lines of a document with the words behind them and the heading they stand under."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docgen.digest import content_lines, slot_text
from docgen.pictures import Picture
from docgen.tree import Block, Body, Heading, InlineSlot, Slot, plain_text, walk_inlines

__all__ = ["Located", "located_lines"]


@dataclass(frozen=True, slots=True)
class Located:
    """One content line; `text` is what it is the digest of, in words, and `heading` the words of the last heading.

    `inside` says that it is the line of a table or picture in a slot, whose own line says the same.
    """

    line: str
    heading: str
    text: str
    inside: bool = False


def located_lines(body: Body, pictures: Mapping[str, Picture]) -> tuple[Located, ...]:
    """The content lines of `body` in their order, without the first, which names the format."""
    found: list[Located] = []
    heading = ""
    for block in body.blocks:
        if isinstance(block, Heading):
            heading = plain_text(block.children)
        inline = {one.id: slot_text(one) for one in walk_inlines((block,)) if isinstance(one, InlineSlot)}
        for line in content_lines(Body((block,)), pictures)[1:]:
            slot = line.split(" ")[1].rpartition(":")[0] if line.startswith("slot ") else ""
            inside = isinstance(block, Slot) and not slot
            found.append(Located(line, heading, inline.get(slot, _words(block)), inside))
    return tuple(found)


def _words(block: Block) -> str:
    return slot_text(block if isinstance(block, Slot) else Slot("one", "derived", (block,)))
