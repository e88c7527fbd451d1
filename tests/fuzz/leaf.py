"""Leaves: byte for byte what would have been written."""

from __future__ import annotations

from ledger.envelope import format_envelope
from ledger.errors import FormatError
from ledger.leaf import format_leaf, parse_leaf, parse_links
from ledger.store.hashscan import prev_of
from tests.fuzz.refusing import clear
from tests.fuzz.statement import ORIGIN
from tests.fuzz.statement import SEEDS as STATEMENTS
from tests.ledger.attacker import rechain, signed

SEEDS = tuple(rechain([signed(payload, "pipeline") for payload in STATEMENTS], ORIGIN))


def check(data: bytes) -> None:
    """Parse and write again; the readers of single members see the same."""
    try:
        leaf = parse_leaf(data)
    except FormatError:
        _links(data)
        return
    assert format_leaf(format_envelope(leaf.envelope), leaf.links) == data
    assert parse_links(data) == leaf.links
    assert prev_of(data) == leaf.links.prev


def _links(data: bytes) -> None:
    prev_of(data)
    try:
        parse_links(data)
    except FormatError as refused:
        clear(refused)
        return
