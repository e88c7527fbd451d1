"""Texts written to Word and read back: what an untouched slot looks like, whatever the way there loses."""

from __future__ import annotations

from collections.abc import Mapping

from docgen.info import DocumentInfo
from docgen.markdown import parse_prose
from docgen.reading import ReadSlot, read_document
from docgen.tree import Body, Slot
from docgen.word import write_word

__all__ = ["echo"]

_INFO = DocumentInfo(
    title="Echo", subtitle="", number="", version="1", organisation="", subject="management-system", basis=(),
    origin="echo", checkpoint_size=1, checkpoint_root=bytes(32), checkpoint_time="2026-01-01T00:00:00Z", pack="",
    pack_version="", tool_version="",
)  # fmt: skip


def echo(texts: Mapping[str, str]) -> dict[str, ReadSlot]:
    """Each text as a slot of a Word file that nobody edited, by slot id."""
    slots = tuple(Slot(slot_id, "human", parse_prose(text)) for slot_id, text in texts.items())
    return {slot.id: slot for slot in read_document(write_word(Body(slots), _INFO)).slots}
