"""Content controls: the slots of a document, findable after people have edited it.

A slot's id is in the tag and in the alias, and two point bookmarks, ``_aims_<n>_s`` and
``_aims_<n>_e``, stand inside its first and last paragraph, because each of these is lost by one
program or another.  Controls never nest.  They can be edited but not deleted in Word.
"""

from __future__ import annotations

from collections.abc import Sequence

from docgen.tree import InlineSlot, Slot
from docgen.word.draft import Draft
from docgen.word.oxml import Element, el, paragraph, run

__all__ = ["block_control", "inline_control"]


def block_control(draft: Draft, slot: Slot, content: Sequence[Element]) -> Element:
    """A control around whole paragraphs and tables; without any, it shows that nothing is there."""
    number = draft.count("slot")
    empty = not content
    if empty:
        content = [paragraph(draft.style("Missing"), _placeholder(draft))]
    inside = [p for block in content for p in block.iter(el("w:p").tag)]
    start, end = _points(draft, number)
    # Behind the paragraph's properties, which come first by the schema.
    has_properties = len(inside[0]) > 0 and inside[0][0].tag == el("w:pPr").tag
    for place, mark in enumerate(start, 1 if has_properties else 0):
        inside[0].insert(place, mark)
    inside[-1].extend(end)
    return el("w:sdt", None, _properties(slot.id, number, empty, None), el("w:sdtContent", None, *content))


def inline_control(draft: Draft, slot: InlineSlot) -> list[Element]:
    """A control around words; it holds plain text only, which is what survives in table cells."""
    number = draft.count("slot")
    empty = not slot.text.strip()
    words = _placeholder(draft) if empty else run(slot.text, lang=draft.run_language)
    properties = _properties(slot.id, number, empty, el("w:text", {"w:multiLine": "1"}))
    start, end = _points(draft, number)
    return [*start, el("w:sdt", None, properties, el("w:sdtContent", None, words)), *end]


def _placeholder(draft: Draft) -> Element:
    return run(draft.labels["empty_slot"], draft.style("Placeholder Text"))


def _points(draft: Draft, number: int) -> tuple[list[Element], list[Element]]:
    return draft.bookmark(f"_aims_{number}_s"), draft.bookmark(f"_aims_{number}_e")


def _properties(slot_id: str, number: int, empty: bool, kind: Element | None) -> Element:
    properties = el(
        "w:sdtPr",
        None,
        el("w:alias", {"w:val": slot_id}),
        el("w:tag", {"w:val": slot_id}),
        el("w:id", {"w:val": str(number)}),
        el("w:lock", {"w:val": "sdtLocked"}),
    )
    if empty:
        properties.append(el("w:showingPlcHdr"))
    if kind is not None:
        properties.append(kind)
    return properties
