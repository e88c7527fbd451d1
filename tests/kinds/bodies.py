"""Checks of bodies by two judges: the Python classes and the JSON Schema that strangers use."""

import json
from copy import deepcopy
from functools import cache
from typing import Any

import jsonschema
import pytest

from ledger.errors import SchemaError
from ledger.kinds import validate_body
from ledger.kinds.export import format_schema

REMOVED = object()
A, B, C = "a" * 64, "b" * 64, "c" * 64
SD = "A" * 43


def accept(kind: str, data: dict[str, Any]) -> None:
    """Both judges take `data`, and the body gives the same JSON members back."""
    body = validate_body(kind, data)
    schema(kind).validate(data)
    given = body.to_data()
    assert {name: given[name] for name in data} == data


def refuse(kind: str, data: dict[str, Any]) -> SchemaError:
    """Both judges refuse `data`; the error says where and what."""
    with pytest.raises(SchemaError) as caught:
        validate_body(kind, data)
    assert not schema(kind).is_valid(data), f"{kind}: Python refuses what the JSON Schema takes"
    return caught.value


@cache
def schema(kind: str) -> jsonschema.Draft202012Validator:
    """The schema of `kind` as its class exports it now."""
    return jsonschema.Draft202012Validator(json.loads(format_schema(kind)))


def changed(data: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`data` with the values at dotted paths replaced (``clauses.0.about``) or `REMOVED`."""
    result: Any = deepcopy(data)
    for path, value in changes.items():
        *way, last = path.split(".")
        place = result
        for step in way:
            place = place[int(step)] if isinstance(place, list) else place[step]
        if value is REMOVED:
            del place[last]
        elif isinstance(place, list):
            place[int(last)] = value
        else:
            place[last] = value
    return result  # type: ignore[no-any-return]
