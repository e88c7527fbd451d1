"""Comments on documents that came home as entries of kind `communication`: open until a later one answers them."""

from __future__ import annotations

from dataclasses import dataclass

from docgen.view import LedgerView
from ledger.entry import Entry

__all__ = ["CHANNEL", "OpenNote", "open_notes"]

CHANNEL = "comment in a Word document"
"""The `channel` by which such a communication is known; its `extra` says which document and slot it is about."""


@dataclass(frozen=True, slots=True)
class OpenNote:
    """A comment that was recorded and that nobody answered yet; `slot` is empty when it is about none in particular."""

    entry: Entry
    slot: str
    text: str


def open_notes(view: LedgerView, document: str, subject: str) -> tuple[OpenNote, ...]:
    """The comments on a document (`docgen.narratives.document_of`) that no later communication `answers`, by index."""
    found: dict[str, Entry] = {}
    for entry in view.entries(kinds=("communication",), subject=subject):
        data = entry.data
        found.pop(data.get("answers") or "", None)
        received = (data.get("channel"), data.get("direction")) == (CHANNEL, "received")
        if received and (data.get("extra") or {}).get("document") == document:
            found[data["communication_id"]] = entry
    return tuple(
        OpenNote(entry, str(entry.data["extra"].get("slot") or ""), str(entry.data["summary"]))
        for entry in found.values()
    )
