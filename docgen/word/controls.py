"""Content controls: the slots of a document, findable after people have edited it.

A slot's id is in the tag and in the alias, and two point bookmarks, ``_aims_<n>_s`` and
``_aims_<n>_e``, stand inside its first and last paragraph, because each of these is lost by one
program or another.  Controls never nest.  They can be edited but not deleted in Word.

Block controls, also those around a cell's paragraph, say that they are building blocks
(``w:docPartObj``).  Word treats these as rich text; LibreOffice (tried with 7.4) keeps them whole,
with tables, links and emphasis, while it turns the first paragraph of a control of any other sort
into one plain field.
"""

from __future__ import annotations

from collections.abc import Sequence

from docgen.tree import InlineSlot, Slot
from docgen.word.draft import Draft
from docgen.word.oxml import Element, el, paragraph, run

__all__ = ["block_control", "cell_control", "inline_control"]


def block_control(draft: Draft, slot: Slot, content: Sequence[Element]) -> Element:
    """A control around whole paragraphs and tables; without any, it shows that nothing is there, or may be added."""
    number, empty = draft.count("slot"), not content
    if empty:
        content = [_invitation(draft) if slot.optional else paragraph(draft.style("Missing"), _placeholder(draft))]
    return _around(draft, slot.id, number, content, empty=empty)


def cell_control(draft: Draft, slot: InlineSlot, style: str) -> Element:
    """A control that fills a table cell: around the cell's paragraph, which keeps line breaks everywhere."""
    number, empty = draft.count("slot"), not slot.text.strip()
    words = _placeholder(draft) if empty else run(slot.text, lang=draft.run_language)
    return _around(draft, slot.id, number, [paragraph(draft.style(style), words)], empty=empty)


def _around(draft: Draft, slot_id: str, number: int, content: Sequence[Element], *, empty: bool) -> Element:
    inside = [p for block in content for p in block.iter(el("w:p").tag)]
    start, end = _points(draft, number)
    # Behind the paragraph's properties, which come first by the schema.
    has_properties = len(inside[0]) > 0 and inside[0][0].tag == el("w:pPr").tag
    for place, mark in enumerate(start, 1 if has_properties else 0):
        inside[0].insert(place, mark)
    inside[-1].extend(end)
    kind = el("w:docPartObj", None, el("w:docPartGallery", {"w:val": "AutoText"}))
    return el("w:sdt", None, _properties(slot_id, number, empty, kind), el("w:sdtContent", None, *content))


def inline_control(draft: Draft, slot: InlineSlot) -> list[Element]:
    """A control among other words; it holds plain text only, or its alias would be lost in LibreOffice."""
    number = draft.count("slot")
    empty = not slot.text.strip()
    words = _placeholder(draft) if empty else run(slot.text, lang=draft.run_language)
    properties = _properties(slot.id, number, empty, el("w:text", {"w:multiLine": "1"}))
    start, end = _points(draft, number)
    return [*start, el("w:sdt", None, properties, el("w:sdtContent", None, words)), *end]


def _placeholder(draft: Draft) -> Element:
    return run(draft.labels["empty_slot"], draft.style("Placeholder Text"))


def _invitation(draft: Draft) -> Element:
    """What an optional slot shows: nothing is missing, but words may be added."""
    # In grey and not in italics: who types over it goes on in its look, and grey is no emphasis.
    # Who is given a published document is not invited to write in it.
    words = draft.labels["optional_slot"] if draft.info.state == "draft" else ""
    return paragraph(draft.style("Body Text"), run(words, draft.style("Status Label")))


def _points(draft: Draft, number: int) -> tuple[list[Element], list[Element]]:
    return draft.bookmark(f"_aims_{number}_s"), draft.bookmark(f"_aims_{number}_e")


def _properties(slot_id: str, number: int, empty: bool, kind: Element) -> Element:
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
    properties.append(kind)
    return properties
