"""What must hold in a document before any writer sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from docgen.errors import TemplateError
from docgen.numbering import caption_numbers
from docgen.tree import (
    Anchor,
    Block,
    Body,
    Cite,
    Contents,
    Heading,
    InlineSlot,
    Landscape,
    Ref,
    Slot,
    Table,
    blocks_in,
    inlines_in,
    plain_text,
    walk,
    walk_inlines,
)

__all__ = ["check_body"]


def check_body(body: Body) -> None:
    """Return only if ids are unique, links and citations have targets, slots and headings stand right.

    Raises:
        TemplateError: one of these does not hold; `name` is the id at fault.
    """
    inlines = tuple(walk_inlines(body.blocks))
    headings = [block for block in walk(body.blocks) if isinstance(block, Heading)]
    ids = [heading.id for heading in headings if heading.id]
    slots = [part.id for part in (*walk(body.blocks), *inlines) if isinstance(part, Slot | InlineSlot)]
    anchors = [inline.index for inline in inlines if isinstance(inline, Anchor)]
    _unique(ids, "heading id")
    _unique(slots, "slot")
    _unique(anchors, "register row of entry")
    _headings_in_order(headings)
    _places(body.blocks, inside="")
    if sum(isinstance(block, Contents) for block in walk(body.blocks)) > 1:
        raise TemplateError("", 0, "more than one table of contents", name="toc")
    _unique((f"{block.id}" for block in walk(body.blocks) if isinstance(block, Table) and block.id), "table id")
    targets = {*ids, *caption_numbers(body.blocks)}
    for inline in inlines:
        if isinstance(inline, Ref) and inline.target not in targets:
            what, _, name = inline.target.rpartition(":")
            problem = f"a link to #{inline.target}, which is nowhere"
            remedy = f"give a {what} with a caption the id {name}" if what else f"give a heading {{id={name}}}"
            raise TemplateError("", 0, problem, name=inline.target, remedy=remedy)
    _cited(inlines)


def _cited(inlines: Iterable[object]) -> None:
    anchors = {inline.index: inline.leaf_hash for inline in inlines if isinstance(inline, Anchor)}
    for inline in inlines:
        if isinstance(inline, Cite) and anchors.get(inline.index) != inline.leaf_hash:
            raise TemplateError(
                "",
                0,
                f"entry {inline.index} is cited but the evidence register has no row for it",
                name=str(inline.index),
                remedy="list cited() at the end and begin each row with register(entry)",
            )


def _unique(names: Iterable[object], what: str) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            raise TemplateError("", 0, f"{what} {name} comes {times} times, expected once", name=str(name))


def _headings_in_order(headings: list[Heading]) -> None:
    before = 0
    for heading in headings:
        text = plain_text(heading.children).strip()
        if not text:
            raise TemplateError("", 0, f"an empty heading (id {heading.id or 'none'})", name=heading.id)
        if heading.level > min(before + 1, 4):
            raise TemplateError(
                "", 0, f"heading {text!r} of level {heading.level} after level {before}", name=heading.id,
                remedy="levels go up one at a time, to four at most",
            )  # fmt: skip
        before = heading.level


_FLAT = ("slot", "callout", "listblock", "quote", "language", "requirement")


def _places(blocks: tuple[Block, ...], inside: str) -> None:
    """Slots never nest; headings stand outside of boxes and lists; landscape pages outside of everything."""
    for block in blocks:
        name = type(block).__name__.lower()
        slotted = inside == "slot" or inside.endswith(" slot")
        if slotted and isinstance(block, Slot):
            raise TemplateError("", 0, f"slot {block.id} inside another slot", name=block.id)
        if slotted and any(isinstance(inline, InlineSlot) for inline in inlines_in(block)):
            raise TemplateError("", 0, "an inline slot inside a slot", name=inside)
        if isinstance(block, Heading) and inside in ("callout", "listblock", "quote", "requirement"):
            raise TemplateError("", 0, f"a heading inside a {inside}", name=block.id)
        if isinstance(block, Landscape | Contents) and inside:
            raise TemplateError("", 0, f"{name} inside a {inside}", name=name)
        _places(blocks_in(block), _surroundings(block, inside))


def _surroundings(block: Block, inside: str) -> str:
    name = type(block).__name__.lower()
    if name not in _FLAT:
        return inside
    if inside == "slot" or inside.endswith(" slot"):
        return name if name == "slot" else f"{name} in slot"
    return name
