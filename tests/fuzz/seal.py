"""The payload of a seal: JSON of any shape."""

from __future__ import annotations

import json

from docgen.errors import DocgenError
from docgen.sealing import format_seal, parse_seal
from tests.fuzz.document_archive import _SEAL
from tests.fuzz.refusing import clear

SEEDS = (json.dumps(_SEAL).encode(), b"{}", b'{"v": 1}')


def check(data: bytes) -> None:
    """A seal that is read is written the same."""
    try:
        payload = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(payload, dict):
        return
    try:
        seal = parse_seal(payload)
        assert format_seal(seal) == payload
        assert list(seal.hashes) == sorted(seal.hashes)
    except DocgenError as refused:
        clear(refused)
