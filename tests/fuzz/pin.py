"""Pins that are handed in, and the memory of this machine."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from cli.pins import parse_pin
from ledger.errors import BadInput
from ledger.memory import Memory, Pin, Seen
from ledger.note import VerifierKey, format_vkey
from tests.fuzz.refusing import clear
from tests.fuzz.statement import ORIGIN
from tests.ledger.harness import signer

_FOLDER = Path(tempfile.mkdtemp(prefix="aims-fuzz-"))
_VKEY = format_vkey(VerifierKey(ORIGIN, signer("checkpoint").public_key))
_PIN = {"origin": ORIGIN, "genesis": "ab" * 32, "vkeys": [_VKEY]}
_SEEN = {"size": 3, "root": "cd" * 32, "at": "2026-11-23T10:00:00.000000Z"}
SEEDS = (
    json.dumps(_PIN).encode(),
    json.dumps({**_PIN, "seen": [_SEEN]}, indent=1, sort_keys=True).encode() + b"\n",
)


def check(data: bytes) -> None:
    """Read it both ways; what was read is remembered and read the same again."""
    memory = Memory(ORIGIN, _FOLDER / "state")
    memory.remember(Pin(ORIGIN, bytes(32), (_VKEY,), (Seen(1, bytes(32), _SEEN["at"]),)))
    (stored,) = (_FOLDER / "state").glob("*/pin.json")
    stored.write_bytes(data)
    for read in (memory.pin, lambda: parse_pin(data)):
        try:
            pin = read()
        except BadInput as refused:
            clear(refused)
            continue
        assert pin is not None
        again = Memory(pin.origin, _FOLDER / "again")
        again.remember(pin)
        assert again.pin() == pin
