"""Lists by style, each numbered one counting from its own start."""

from __future__ import annotations

from docgen.word.draft import Draft
from docgen.word.oxml import Element, el

__all__ = ["item_style", "new_numbering", "numbering"]

_DEEPEST = 3


def item_style(depth: int, *, numbered: bool, first: bool) -> str:
    """The name of the style of an item's paragraph; `depth` counts from 1, `first` is the one with the mark."""
    name = ("List Number" if numbered else "List Bullet") if first else "List Continue"
    depth = min(depth, _DEEPEST)
    return name if depth == 1 else f"{name} {depth}"


def new_numbering(draft: Draft, depth: int, start: int) -> int:
    """The id of a numbering that begins with `start` at this depth, whatever lists came before."""
    part = draft.part.numbering_part.element
    number = draft.ground.last_number + draft.count("numbering")
    level = str(min(depth, _DEEPEST) - 1)
    restart = el("w:lvlOverride", {"w:ilvl": level}, el("w:startOverride", {"w:val": str(start)}))
    part.append(el("w:num", {"w:numId": str(number)}, el("w:abstractNumId", {"w:val": draft.ground.numbered}), restart))
    return number


def numbering(depth: int, number: int) -> Element:
    """The paragraph property that puts an item into a numbering."""
    level = el("w:ilvl", {"w:val": str(min(depth, _DEEPEST) - 1)})
    return el("w:numPr", None, level, el("w:numId", {"w:val": str(number)}))
