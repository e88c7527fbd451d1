"""Answers of time-stamping authorities."""

from __future__ import annotations

from ledger.errors import BadInput, FormatError, ProofError
from ledger.timestamps.timestamp import parse_response, verify_timestamp
from tests.fuzz.refusing import clear

# A granted response without a token, and one that was refused: DER of RFC 3161 section 2.4.2.
SEEDS = (
    bytes.fromhex("30053003020100"),
    bytes.fromhex("3009300702010230020c00"),
    bytes.fromhex("30193017020102300e0c0c6e6f7420746f646179212103020080"),
)


def check(data: bytes) -> None:
    """Parse; nothing without a trusted root is ever a time."""
    try:
        parse_response(data)
    except BadInput as refused:
        clear(refused)
    try:
        verify_timestamp(data, b"text", [])
    except (FormatError, ProofError, BadInput):
        return
    raise AssertionError("a time stamp that no root vouches for")
