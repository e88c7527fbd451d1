"""Checkpoints: the text of a note, and verified only with the right key."""

from __future__ import annotations

from ledger.checkpoint import format_checkpoint, parse_checkpoint, verify_checkpoint
from ledger.errors import FormatError, ProofError
from ledger.note import VerifierKey, parse_note
from tests.fuzz.note import SEEDS as NOTES
from tests.fuzz.refusing import clear
from tests.fuzz.statement import ORIGIN
from tests.ledger.harness import signer

SEEDS = (*NOTES[:3], *(parse_note(note).text.encode() for note in NOTES[:2]))
KEY = VerifierKey(ORIGIN, signer("checkpoint").public_key)
SIGNED = {parse_note(note).text for note in NOTES[:3]}


def check(data: bytes) -> None:
    """Parse as text and write again; as a note, nothing verifies that was not signed."""
    try:
        text = data.decode()
        assert format_checkpoint(parse_checkpoint(text)) == text
    except FormatError as refused:
        clear(refused)
    except UnicodeDecodeError:
        pass
    try:
        verified = verify_checkpoint(data, [KEY])
    except (FormatError, ProofError) as refused:
        clear(refused)
        return
    assert format_checkpoint(verified.checkpoint) in SIGNED
