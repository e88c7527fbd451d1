"""Conditions on an entry's body, as packs write them, and what they find.

A condition names a member by a dotted path; lists on the way are looked through, so
``metrics.group`` is the group of any metric.  One test each::

    {field: document_type, is: architecture}      equal; a list when one element is equal
    {field: document_type, in: [plan, policy]}    equal to one of these
    {field: interactions, present: true}          there, even as an empty list, which states "none"
    {field: metrics.group, filled: true}          there and not empty
    {field: metrics, any: [conditions]}           one element meets all of them
    {field: datasets, every: [conditions]}        there are elements, and each meets all of them
    {one_of: [conditions]}                        one of these holds

``false`` turns `present` and `filled` round.  ``lack: name`` names the text ``lack.<name>`` that says
what is missing when the condition fails.  Strings may hold ``{point}``, ``{system}`` and ``{version}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from docgen.rulefields import RuleFields
from ledger.errors import SchemaError
from ledger.kinds import KINDS, body_class
from ledger.kinds.erasable import parts_in

__all__ = ["Condition", "check_kind", "check_path", "holds", "parse_conditions", "stated", "values_at"]

_TESTS = ("is", "in", "present", "filled", "any", "every")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition; `test` is its word, `inner` what `any`, `every` and `one_of` hold."""

    field: str
    test: str
    value: object = None
    inner: tuple[Condition, ...] = ()
    lack: str = ""


def parse_conditions(fields: Sequence[RuleFields], models: Sequence[type[BaseModel] | None]) -> tuple[Condition, ...]:
    """The conditions in these tables, their paths checked against `models` (None: free in form).

    Raises:
        PackError: a table is not a condition, or a path leads nowhere.
    """
    return tuple(_condition(table, models) for table in fields)


def _condition(table: RuleFields, models: Sequence[type[BaseModel] | None]) -> Condition:
    lack = table.string("lack", default="")
    if "one_of" in table:
        inner = parse_conditions(table.tables("one_of"), models)
        table.done()
        return Condition("", "one_of", inner=inner, lack=lack)
    field = table.string("field")
    inside = [model for kind in models for model in check_path(table, kind, field)]
    tests = [test for test in _TESTS if test in table]
    if len(tests) != 1:
        raise table.wrong(field, f"has {len(tests)} tests, expected one of {', '.join(_TESTS)}")
    test = tests[0]
    value: object = None
    inner = ()
    match test:
        case "any" | "every":
            inner = parse_conditions(table.tables(test), inside)
        case "in":
            value = table.words(test)
            for one in value:
                _check_value(table, models, field, one)
        case "present" | "filled":
            value = table.flag(test)
        case _:
            value = table.scalar(test)
            _check_value(table, models, field, value)
    table.done()
    return Condition(field, test, value, inner, lack)


def check_kind(table: RuleFields, key: str, kind: str) -> str:
    """`kind`, if there is such a kind.

    Raises:
        PackError: there is none.
    """
    if kind not in KINDS:
        raise table.wrong(key, f"{kind!r} is no kind", remedy="'aims schema' lists the kinds")
    return kind


def check_path(table: RuleFields, model: type[BaseModel] | None, path: str) -> list[type[BaseModel] | None]:
    """The shapes that `path` leads to from `model`; [None] where anything is allowed, [] for plain values.

    Raises:
        PackError: the path leads nowhere.
    """
    here: list[type[BaseModel] | None] = [model]
    for name in path.split("."):
        step: list[type[BaseModel] | None] = []
        known: set[str] = set()
        found = False
        for shape in here:
            if shape is None:
                found, step = True, [*step, None]
                continue
            members = _members(shape)
            known |= members.keys()
            if name in members:
                found, step = True, [*step, *members[name]]
        if not found:
            remedy = f"known here: {', '.join(sorted(known)) or 'nothing, it is a plain value'}"
            raise table.wrong(path, f"{name!r} is no member", remedy=remedy)
        here = step
    return here


@cache
def _members(model: type[BaseModel]) -> Mapping[str, tuple[type[BaseModel] | None, ...]]:
    """Each member by its JSON name, with the parts it holds; (None,) for free JSON."""
    shapes: dict[str, tuple[type[BaseModel] | None, ...]] = {}
    for name, field in model.model_fields.items():
        parts: tuple[type[BaseModel] | None, ...] = tuple(parts_in(field.annotation))
        text = repr(field.annotation)
        shapes[field.alias or name] = parts or ((None,) if "Any" in text or "dict[" in text else ())
    return shapes


def stated(kind: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body `data` with the members that mean something when they are absent."""
    return {**_defaults(kind), **data}


@cache
def _defaults(kind: str) -> Mapping[str, object]:
    """The members of `kind` that mean something when they are absent: plain defaults other than None."""
    try:
        model = body_class(kind)
    except SchemaError:
        return {}
    return {
        field.alias or name: field.default
        for name, field in model.model_fields.items()
        if isinstance(field.default, bool | str | int | float)
    }


def values_at(data: object, path: str) -> list[Any]:
    """Every value at `path`, looking through lists on the way; a list at its end is one value."""
    found = [data]
    for name in path.split("."):
        found = [
            part[name]
            for item in found
            for part in _elements(item)
            if isinstance(part, Mapping) and part.get(name) is not None
        ]
    return found


def holds(condition: Condition, kind: str, data: Mapping[str, Any], names: Mapping[str, str]) -> bool:
    """Whether the body `data` of an entry of `kind` meets the condition; `names` fills placeholders."""
    return _holds(condition, stated(kind, data), names)


def _holds(condition: Condition, data: object, names: Mapping[str, str]) -> bool:
    if condition.test == "one_of":
        return any(_holds(inner, data, names) for inner in condition.inner)
    values = values_at(data, condition.field)
    match condition.test:
        case "is":
            return any(_equal(value, _fill(condition.value, names)) for value in values)
        case "in":
            assert isinstance(condition.value, tuple)
            wanted = [_fill(value, names) for value in condition.value]
            return any(_equal(value, one) for value in values for one in wanted)
        case "present":
            return bool(values) is condition.value
        case "filled":
            return any(value not in ("", [], (), {}) for value in values) is condition.value
    elements = [part for value in values for part in _elements(value)]
    met = (all(_holds(inner, element, names) for inner in condition.inner) for element in elements)
    return any(met) if condition.test == "any" else bool(elements) and all(met)


def _check_value(table: RuleFields, models: Sequence[type[BaseModel] | None], path: str, value: object) -> None:
    """Return only if a member of fixed values can have this one: a typing error would never match."""
    if isinstance(value, str) and value.startswith("{"):
        return
    *way, last = path.split(".")
    allowed: list[object] = []
    for model in models:
        for shape in check_path(table, model, ".".join(way)) if way else [model]:
            values = _fixed_values(_annotation(shape, last)) if shape is not None else None
            if values is None:
                return
            allowed += values
    if value not in allowed:
        remedy = f"its values: {', '.join(map(str, allowed))}"
        raise table.wrong(path, f"{value!r} is no value of it", remedy=remedy)


def _annotation(model: type[BaseModel], member: str) -> object:
    fields = model.model_fields.items()
    return next((field.annotation for name, field in fields if (field.alias or name) == member), None)


def _fixed_values(annotation: object) -> list[object] | None:
    """The values of a member that has only some, those of its `Literal` or true and false; None if it is open."""
    if annotation is None or annotation is type(None):
        return []
    if annotation is bool:
        return [True, False]
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _fixed_values(get_args(annotation)[0])
    parts = get_args(annotation) if get_origin(annotation) in (list, UnionType, Union) else ()
    found = [_fixed_values(part) for part in parts]
    if not parts or any(values is None for values in found):
        return None
    return [value for values in found for value in values or ()]


def _elements(value: object) -> Iterator[object]:
    if isinstance(value, list | tuple):
        yield from value
    else:
        yield value


def _equal(value: object, wanted: object) -> bool:
    if isinstance(value, list | tuple):
        return any(_equal(element, wanted) for element in value)
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _fill(value: object, names: Mapping[str, str]) -> object:
    if not isinstance(value, str):
        return value
    for name, text in names.items():
        if value == f"{{{name}}}":
            return text
    return value
