"""Receipts: C2SP tlog-proof files."""

from __future__ import annotations

from ledger.errors import FormatError
from ledger.proof_file import ProofFile, format_proof_file, parse_proof_file
from tests.fuzz.leaf import SEEDS as LEAVES
from tests.fuzz.note import NOTE
from tests.fuzz.refusing import clear

SEEDS = (
    format_proof_file(ProofFile(1, (bytes(32), bytes(range(32))), NOTE, LEAVES[0])),
    format_proof_file(ProofFile(0, (), NOTE)),
)


def check(data: bytes) -> None:
    """Parse and write again."""
    try:
        file = parse_proof_file(data)
    except FormatError as refused:
        clear(refused)
        return
    assert format_proof_file(file) == data
