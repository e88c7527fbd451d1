"""What is wrong with a body, in plain words; imported only when something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ledger.errors import SchemaError, clip
from ledger.kinds.base import PATTERNS
from ledger.kinds.erasable import format_place, parts_in

Location = Sequence[str | int]

_BOUNDS = {"greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le"),
           "greater_than": ("more than", "gt"), "less_than": ("less than", "lt")}  # fmt: skip
_LENGTHS = {"string_too_short": ("at least", "min_length", "characters"),
            "string_too_long": ("at most", "max_length", "characters"),
            "too_short": ("at least", "min_length", "items"),
            "too_long": ("at most", "max_length", "items")}  # fmt: skip
_TYPES = {"string_type": "a string", "int_type": "an integer", "int_from_float": "an integer",
          "float_type": "a number", "finite_number": "a finite number", "bool_type": "true or false",
          "list_type": "a list", "dict_type": "an object", "model_type": "an object",
          "model_attributes_type": "an object"}  # fmt: skip


_ALTERNATIVES = frozenset(("float", "str", "bool"))


def schema_error(kind: str, body: type[BaseModel], error: ValueError) -> SchemaError:
    """The first problem of a failed validation, with its place and what was expected there."""
    if not isinstance(error, ValidationError):
        return SchemaError(kind, "", str(error))
    details = error.errors(include_url=False)
    first = details[0]
    location, problem = first["loc"], _problem(body, first)
    if location and location[-1] in _ALTERNATIVES:  # a choice of plain values; all failed at the same place
        location = location[:-1]
        details = [detail for detail in details if detail["loc"][:-1] != location or detail is first]
        problem = f"found {_found(first['input'])}, expected a string, a finite number, or true or false"
    rest = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    return SchemaError(kind, format_place(location), problem + rest)


def _problem(body: type[BaseModel], detail: ErrorDetails) -> str:
    what, found, context = detail["type"], _found(detail["input"]), detail.get("ctx", {})
    if what == "missing":
        return f"missing, expected: {_description(body, detail['loc'])}"
    if what == "extra_forbidden":
        return _unknown_member(body, detail["loc"])
    if what == "string_pattern_mismatch":
        return f"found {found}, expected {PATTERNS.get(context['pattern'], context['pattern'])}"
    if what in ("literal_error", "enum"):
        return f"found {found}, expected {context['expected']}"
    if what in _BOUNDS:
        words, key = _BOUNDS[what]
        return f"found {found}, expected {words} {context[key]:g}"
    if what in _LENGTHS:
        words, key, unit = _LENGTHS[what]
        return f"found {_length(detail['input'])} {unit}, expected {words} {context[key]}"
    if what in _TYPES:
        return f"found {found}, expected {_TYPES[what]}"
    if what == "value_error":
        return str(context["error"])
    return f"found {found}: {detail['msg']}"


def _found(value: object) -> str:
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "a list"
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return clip(repr(value)) if isinstance(value, (str, int, float)) else f"a Python {type(value).__name__}"


def _length(value: Any) -> int:
    return len(value) if isinstance(value, (str, list, dict)) else 0


def _unknown_member(body: type[BaseModel], location: Location) -> str:
    owner = _owner(body, location[:-1])
    names = [field.alias or name for name, field in owner.model_fields.items()] if owner else []
    close = get_close_matches(str(location[-1]), names, n=1)
    if close:
        return f"unknown member, expected '{close[0]}' perhaps"
    return f"unknown member, expected one of {', '.join(sorted(names))}; anything else goes into 'extra'"


def _description(body: type[BaseModel], location: Location) -> str:
    owner = _owner(body, location[:-1])
    for name, field in (owner.model_fields if owner else {}).items():
        if (field.alias or name) == location[-1]:
            return field.description or "a value"
    return "a value"


def _owner(body: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The part class at `location`, if every step leads to just one."""
    owner: type[BaseModel] | None = body
    for step in location:
        if isinstance(step, int) or owner is None:
            continue
        fields = (field for name, field in owner.model_fields.items() if (field.alias or name) == step)
        classes = [part for field in fields for part in parts_in(field.annotation)]
        owner = classes[0] if len(classes) == 1 else None
    return owner
