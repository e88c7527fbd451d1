"""Bodies made from a kind's shipped JSON Schema, and ways to spoil them.

Only the keywords that our own schemas use are understood; anything else fails loudly, so that a new keyword
is noticed here.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from ledger.kinds import schema_bytes

Json = Any
Path = tuple[str | int, ...]

_STRINGS = {"^[0-9a-f]{64}$": "5e" * 32, "^[A-Za-z0-9_-]{43}$": "Q" * 43}
SAMPLES = (
    "x", "AnnexIII-5-b", "2026-11-23T10:00:00Z", "2026-11-23", "DE", "de", "https://example.org/",
    "/actor/name", "bank.example+0a1b2c3d+QUJDRA==", "QUJDRA==", "A.2.2", "3.1", "https://example.org/10.1/x",
    "a.b", "1.2.3.4", "0123",
)  # fmt: skip


@cache
def schema_of(kind: str) -> dict[str, Json]:
    """The shipped schema of `kind`; must not be changed."""
    parsed: dict[str, Json] = json.loads(schema_bytes(kind))
    return parsed


@cache
def judge(kind: str) -> Draft202012Validator:
    """The second opinion on bodies of `kind`."""
    return Draft202012Validator(schema_of(kind))


def example(kind: str, *, full: bool) -> dict[str, Json]:
    """A valid body of `kind`: with every member that may be there, or only with those that must."""
    body = _build(kind, schema_of(kind), full)
    assert isinstance(body, dict)
    return body


def _build(kind: str, schema: dict[str, Json], full: bool) -> Json:
    schema = resolve(kind, schema)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            return _build_object(kind, schema, full)
        case "array":
            count = max(1 if full else 0, schema.get("minItems", 0))
            items = [_build(kind, schema["items"], full) for _ in range(count)]
            return _containing(items, schema.get("contains"))
        case "string":
            return _build_string(schema)
        case "integer":
            return schema.get("minimum", 3)
        case "number":
            return schema.get("minimum", 0.5)
        case "boolean":
            return True
        case None if not set(schema) - {"description", "default", "x-erasable"}:
            return {"any": ["JSON", 1, True]}
    raise AssertionError(f"{kind}: no example for {schema}")


def _build_object(kind: str, schema: dict[str, Json], full: bool) -> dict[str, Json]:
    names = [name for name in schema.get("properties", {}) if full or name in schema.get("required", ())]
    built = {name: _build(kind, schema["properties"][name], full) for name in names if name != "_sd"}
    if "properties" not in schema:
        return _build_mapping(kind, schema, full)
    for rule in (schema, *_rules_that_hold(schema, built)):
        for name, then in rule["properties"].items():
            if "not" in then and name not in built:
                built[name] = _build(kind, schema["properties"][name], True)
            elif then.get("enum") == [None, []]:
                built.pop(name, None)
        branches = rule.get("anyOf", ())
        if branches and not any(branch["required"][0] in built for branch in branches):
            name = branches[0]["required"][0]
            built[name] = _build(kind, schema["properties"][name], True)
    return built


def _build_mapping(kind: str, schema: dict[str, Json], full: bool) -> dict[str, Json]:
    if not full:
        return {}
    values = schema.get("additionalProperties", True)
    key = _build_string(schema.get("propertyNames", {"minLength": 1}))
    for pattern, sub in schema.get("patternProperties", {}).items():
        key, values = _build_string({"pattern": pattern}), sub
    return {key: 1 if values is True else _build(kind, values, full)}


def _containing(items: list[Json], wanted: dict[str, Json] | None) -> list[Json]:
    """`items` with the first one made into what ``contains`` asks for."""
    if wanted is None:
        return items
    if "const" in wanted:
        return [wanted["const"], *items]
    for name, member in wanted["properties"].items():
        items[0][name] = _containing(items[0][name], member["contains"])
    return items


def _rules_that_hold(schema: dict[str, Json], built: dict[str, Json]) -> Iterator[dict[str, Json]]:
    for rule in schema.get("allOf", ()):
        ((switch, condition),) = rule["if"]["properties"].items()
        if built.get(switch) == condition["const"]:
            yield rule["then"]


def _build_string(schema: dict[str, Json]) -> str:
    pattern = schema.get("pattern")
    if pattern is None:
        return "x" * max(1, schema.get("minLength", 1))
    if pattern in _STRINGS:
        return _STRINGS[str(pattern)]
    fits = [text for text in SAMPLES if Draft202012Validator(schema).is_valid(text)]
    assert fits, f"no sample string matches {pattern}"
    return fits[0]


def resolve(kind: str, schema: dict[str, Json]) -> dict[str, Json]:
    """`schema` without ``$ref`` and without the branch for null."""
    if "$ref" in schema:
        schema = schema_of(kind)["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        return resolve(kind, schema)
    if "anyOf" in schema and "properties" not in schema:
        branch = next(branch for branch in schema["anyOf"] if branch.get("type") != "null")
        beside = {keyword: schema[keyword] for keyword in schema.keys() & {"contains"}}
        return resolve(kind, branch) | beside
    return schema


def members(
    kind: str, schema: dict[str, Json] | None = None, path: Path = ()
) -> Iterator[tuple[Path, dict[str, Json]]]:
    """Every member of a body of `kind`, nested ones too, with its own schema; lists add no step."""
    whole = resolve(kind, schema or schema_of(kind))
    while whole.get("type") == "array":
        whole = resolve(kind, whole["items"])
    for name, member in whole.get("properties", {}).items():
        yield (*path, name), member
        yield from members(kind, member, (*path, name))


def places(value: Json, path: Path = ()) -> Iterator[Path]:
    """Every place inside `value`, the whole first."""
    yield path
    if isinstance(value, dict):
        for name, item in value.items():
            yield from places(item, (*path, name))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(item, (*path, position))


def replaced(value: Json, path: Path, new: Json) -> Json:
    """A copy of `value` with `new` at `path`."""
    if not path:
        return new
    result = copy.deepcopy(value)
    target = result
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = new
    return result


def without(value: Json, path: Path) -> Json:
    """A copy of `value` without what is at `path`."""
    result = copy.deepcopy(value)
    target = result
    for step in path[:-1]:
        target = target[step]
    del target[path[-1]]
    return result
