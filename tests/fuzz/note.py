"""Signed notes: written again they are the same bytes, and joining one with itself adds nothing."""

from __future__ import annotations

from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.errors import FormatError
from ledger.merkle import EMPTY_ROOT
from ledger.note import format_note, join_notes, parse_note
from tests.fuzz.refusing import clear
from tests.fuzz.statement import ORIGIN
from tests.ledger.anchored import cosigned
from tests.ledger.harness import signer

NOTE = sign_checkpoint(Checkpoint(ORIGIN, 3, bytes(range(32))), signer("checkpoint"))
SEEDS = (
    NOTE,
    sign_checkpoint(Checkpoint(ORIGIN, 0, EMPTY_ROOT), signer("checkpoint")),
    cosigned(cosigned(NOTE, 1_800_000_000), 1_800_000_060, name="witness.example/w2", key="w2"),
    "Text é\n\nof some lines\n\n— a+b AAAA\n".encode(),
)


def check(data: bytes) -> None:
    """Parse and write again."""
    try:
        note = parse_note(data)
    except FormatError as refused:
        clear(refused)
        return
    assert format_note(note) == data
    assert join_notes([data, data]) == join_notes([data])
