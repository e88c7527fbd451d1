"""Strict JSON: what is accepted is what Python reads there too, and says the same when written again."""

from __future__ import annotations

import json
import math

from ledger.errors import FormatError
from ledger.strictjson import parse_strict
from tests.fuzz.refusing import clear

SEEDS = (
    b'{"a":[1,-2,3.5e-7,true,null,"\\u00e9\\n\xc3\xa9"],"b":{"c":{}},"":[]}',
    b"[[[[0]]]]",
    b' {"size" : 9007199254740991 , "x":"\\ud83d\\ude00"} ',
    b'"text"',
)


def check(data: bytes) -> None:
    """Parse; compare with Python's own reading; write and parse again."""
    try:
        value = parse_strict(data, max_bytes=4_096)
    except FormatError as refused:
        clear(refused)
        return
    assert repr(json.loads(data)) == repr(value)
    again = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()  # fails for what is not finite
    assert parse_strict(again, max_bytes=65_536) == value
    assert not isinstance(value, float) or math.isfinite(value)
