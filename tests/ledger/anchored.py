"""Cosignatures and time stamps in a ledger's tables, as if witnesses and an authority had answered."""

from __future__ import annotations

from hashlib import sha256

from ledger.cosignature import cosigner_key, sign_cosignature
from ledger.note import Note, format_note, parse_note
from ledger.store.anchors import add_cosignature, add_timestamp, enqueue
from ledger.store.checkpoints import newest_checkpoint
from tests.ledger.harness import Harness, signer

WITNESS = "witness.example/w1"
AUTHORITY = "https://stamps.example/tsa"


def cosigned(note: bytes, time: int, *, name: str = WITNESS, key: str = "witness") -> bytes:
    """The note with the line of one more witness."""
    parsed = parse_note(note)
    line = sign_cosignature(parsed.text, name, signer(key), time)
    return format_note(Note(parsed.text, (*parsed.signatures, line)))


def token_for(note: bytes) -> bytes:
    """What stands where a token would, for checks without certificates: it holds the digest of the note's text."""
    return b"no real token of " + sha256(parse_note(note).text.encode()).digest()


def anchor(harness: Harness) -> bytes:
    """Store three cosignatures and time stamps of the newest checkpoint, and leave one in the queue; its note."""
    now = harness.clock()
    with harness.ledger.backend.writing("anchoring") as connection:
        note = newest_checkpoint(connection)
        assert note is not None
        size = int(parse_note(note).text.split("\n")[1])
        for later in (0, 60, 120):
            witnessed = cosigned(note, now // 1_000_000 + later)
            target = str(cosigner_key(WITNESS, signer("witness")))
            add_cosignature(connection, size=size, witness=target, note=witnessed, received=now)
            add_timestamp(
                connection, size=size, authority=AUTHORITY, note=note, token=token_for(note), received=now + later
            )
        enqueue(connection, "witness.example/w2+00000000", size, note, now)
    return note
