"""The files in a bundle: manifest, history, disclosures, proof."""

from __future__ import annotations

import json
from hashlib import sha256

from ledger.bundle.lines import (
    HistoryLine,
    format_disclosures,
    format_history_line,
    parse_disclosures,
    parse_history_line,
)
from ledger.bundle.manifest import format_manifest, parse_manifest
from ledger.bundle.multiproof import root_of_leaves
from ledger.encoding import format_base64
from ledger.errors import FormatError, ProofError
from ledger.strictjson import canonical
from tests.fuzz.note import NOTE
from tests.fuzz.refusing import clear
from tests.fuzz.statement import ORIGIN

_MANIFEST = {
    "format": "aims-bundle/v1",
    "origin": ORIGIN,
    "size": 9,
    "root": "ab" * 32,
    "entries": [3, 4, 8],
    "context": [0, 1],
    "scope": {"by": "system", "subject": "credit-scoring", "from": "2026-11-23T10:00:00.000000Z",
              "complete": {"credit-scoring": {"first_nth": 0, "last_nth": 2}}},
    "files": {"checkpoint": {"bytes": 3, "sha256": "cd" * 32}},
}  # fmt: skip
_LINE = HistoryLine(NOTE, (bytes(32),), ("timestamps/0.tsr",))
SEEDS = (
    canonical(_MANIFEST) + b"\n",
    format_history_line(_LINE),
    format_disclosures([(3, "abc"), (4, "abd"), (4, "abe")]),
    bytes(range(32)) * 3,
)


def check(data: bytes) -> None:
    """Parse as each of them and write again."""
    for parse in (_manifest, _history, _disclosures, _proof):
        try:
            parse(data)
        except (FormatError, ProofError) as refused:
            clear(refused)


def _manifest(data: bytes) -> None:
    assert format_manifest(parse_manifest(data)) == data


def _history(data: bytes) -> None:
    line = parse_history_line(data)
    assert format_history_line(line) == data
    assert format_base64(line.note) == json.loads(data)["note"]


def _disclosures(data: bytes) -> None:
    found = parse_disclosures(data, range(10))
    assert format_disclosures((entry, text) for entry, texts in found.items() for text in texts) == data


def _proof(data: bytes) -> None:
    # With so few leaves and no more bytes than a tree can have, only what is right in length comes out.
    leaves = [sha256(b"%d" % n).digest() for n in range(3)]
    assert len(root_of_leaves([0, 4, 8], leaves, 9, data)) == 32
    assert len(data) % 32 == 0
