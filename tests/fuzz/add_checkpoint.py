"""What a witness is sent: an old size, a consistency proof and a checkpoint."""

from __future__ import annotations

from ledger.errors import FormatError
from ledger.proof_file import ConsistencyFile, format_consistency_file, parse_consistency_file
from tests.fuzz.note import NOTE
from tests.fuzz.refusing import clear

SEEDS = (
    format_consistency_file(ConsistencyFile(2, (bytes(32), bytes(range(32))), NOTE)),
    format_consistency_file(ConsistencyFile(0, (), NOTE)),
)


def check(data: bytes) -> None:
    """Parse and write again."""
    try:
        file = parse_consistency_file(data)
    except FormatError as refused:
        clear(refused)
        return
    assert format_consistency_file(file) == data
