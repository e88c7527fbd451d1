"""Cells to members of an entry's body, by the schema of its kind, and members to cells.

A list stands in one cell, its items on lines of their own or between semicolons.  What the schema
knows as a number, a truth value, a date or one of some words is held against that at once, so that
an error names the cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from docgen.sheets.cells import Cell, SheetError, unusable
from ledger.kinds import schema_bytes
from ledger.kinds.base import PATTERNS

__all__ = ["Converter", "converter", "split_items", "to_text"]

Converter = Callable[[Cell], Any]

_TRUE = frozenset({"true", "yes", "y", "1", "x", "ja", "wahr"})
_FALSE = frozenset({"false", "no", "n", "0", "nein", "falsch"})
_DAYS = (
    (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:T.*)?"), (1, 2, 3)),
    (re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})"), (3, 2, 1)),
)


def split_items(text: str) -> list[str]:
    """The items of a list in a cell."""
    return [item.strip() for item in re.split(r"[;\n]", text) if item.strip()]


def converter(kind: str, path: str, words: Mapping[str, str] | None = None) -> Converter:
    """What turns a cell into the value of the member at the dotted `path` of a kind.

    `words` maps what people write to what the schema calls it, upper and lower case alike.

    Raises:
        SheetError: the kind has no such member, or one that a cell can't hold.
    """
    shape = _shape(kind, path)
    if "object" in (shape.get("type"), shape.get("items", {}).get("type")):
        raise SheetError("", f"{path} of {kind} is an object, which no cell holds", remedy="map its members one by one")
    own = {key.casefold(): value for key, value in (words or {}).items()}

    def convert(cell: Cell) -> Any:
        if why := unusable(cell):
            raise SheetError(cell.place, f"found {why}, expected a value", remedy="type the value, or save the result")
        text = own.get(cell.text.casefold(), cell.text)
        if shape.get("type") == "array":
            items = [own.get(item.casefold(), item) for item in split_items(text)]
            return [_value(cell, item, shape["items"]) for item in items]
        return _value(cell, text, shape)

    return convert


def to_text(value: Any) -> Any:
    """A member's value as a cell: items of a list on lines of their own."""
    if isinstance(value, list | tuple):
        return "\n".join(str(to_text(item)) for item in value)
    if isinstance(value, Mapping):
        return json.dumps(dict(value), ensure_ascii=False)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def _value(cell: Cell, text: str, shape: Mapping[str, Any]) -> Any:
    kind = shape.get("type")
    allowed = shape.get("enum") or ([shape["const"]] if "const" in shape else None)
    if allowed is not None:
        found = [one for one in allowed if str(one).casefold() == text.casefold().replace(" ", "_").replace("-", "_")]
        if not found:
            raise SheetError(cell.place, f"found {text[:60]!r}, expected one of {', '.join(map(str, allowed))}")
        return found[0]
    if kind == "boolean":
        if text.casefold() in _TRUE | _FALSE:
            return text.casefold() in _TRUE
        raise SheetError(cell.place, f"found {text[:60]!r}, expected yes or no")
    if kind in ("integer", "number"):
        return _number(cell, text, whole=kind == "integer")
    if "date" in PATTERNS.get(str(shape.get("pattern", "")), "").split():
        return _day(cell, text)
    return text


def _number(cell: Cell, text: str, *, whole: bool) -> int | float:
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", plain, re.ASCII) or (whole and "." in plain):
        raise SheetError(cell.place, f"found {text[:60]!r}, expected {'a whole number' if whole else 'a number'}")
    return int(plain) if whole else float(plain)


def _day(cell: Cell, text: str) -> str:
    for pattern, (year, month, day) in _DAYS:
        match = pattern.fullmatch(text)
        if match:
            return f"{match[year]}-{int(match[month]):02d}-{int(match[day]):02d}"
    raise SheetError(cell.place, f"found {text[:60]!r}, expected a date like 2026-11-23 or 23.11.2026")


@cache
def _schema(kind: str) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = json.loads(schema_bytes(kind))
    return schema


def _shape(kind: str, path: str) -> Mapping[str, Any]:
    """The part of the kind's schema at a dotted path, its references and "or nothing" taken away."""
    schema = _schema(kind)
    here = _resolved(schema, schema)
    steps = path.split(".")
    for at, step in enumerate(steps):
        if here.get("type") == "array" and step.isdigit():
            here = _resolved(here["items"], schema)
            continue
        members = here.get("properties", {})
        if step not in members:
            where = ".".join(steps[:at]) or kind
            known = ", ".join(sorted(name for name in members if not name.startswith("_")))
            raise SheetError("", f"{where} has no member {step!r}", remedy=f"it has {known}" if known else "")
        here = _resolved(members[step], schema)
    if here.get("type") == "array":
        return {**here, "items": _resolved(here["items"], schema)}
    return here


def _resolved(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" in part:
        target = schema["$defs"][part["$ref"].removeprefix("#/$defs/")]
        return _resolved({**target, **{key: value for key, value in part.items() if key != "$ref"}}, schema)
    options: Sequence[Mapping[str, Any]] = part.get("anyOf") or ()
    wanted = [option for option in options if option.get("type") != "null"]
    if len(wanted) == 1:
        return _resolved({**{k: v for k, v in part.items() if k != "anyOf"}, **wanted[0]}, schema)
    return part
