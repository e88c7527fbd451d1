"""The shipped JSON Schemas: the same as the code, well described, and of one mind with Python."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ledger.errors import SchemaError
from ledger.kinds import KINDS, body_class, validate_body
from ledger.kinds.base import Body, Part
from ledger.kinds.by_action import ByAction
from ledger.kinds.erasable import is_erasable, parts_in
from ledger.kinds.export import FOLDER, differences, expected_files
from tests.kinds.from_schema import Path, example, judge, members, places, replaced, schema_of, without

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 7, 0.5, -0.5, 2**53 - 1, "", " ", "x", "x" * 9000, "é" * 301, "2026-02-29", "2028-02-29",
    "2026-11-31", "2026-11-23T24:00:00Z", "2026-11-23T10:00:00+01:00", "2026-11-23T10:00:00.1234567Z", "0" * 64,
    "A" * 64, "A" * 43, "-x", "a b", "XX", "EN", "en-GB", [], [None], ["x"], {}, {"unknown": 1}, {"_sd": []},
    {"_sd": ["A" * 43]},
)  # fmt: skip


def all_parts(part: type[Part], seen: set[type[Part]] | None = None) -> set[type[Part]]:
    found = seen if seen is not None else set()
    if part not in found:
        found.add(part)
        for field in part.model_fields.values():
            for nested in parts_in(field.annotation):
                assert issubclass(nested, Part)
                all_parts(nested, found)
    return found


PARTS = sorted(
    {part for kind in KINDS for part in all_parts(body_class(kind))}, key=lambda part: (part.__module__, part.__name__)
)


def spoiled(body: dict[str, Any], data: st.DataObject, kind: str) -> dict[str, Any]:
    """`body` with one change somewhere, which may or may not make it bad."""
    path = data.draw(st.sampled_from(list(places(body))[1:]), label="place")
    match data.draw(st.sampled_from(["replace", "remove", "add", "other value"]), label="change"):
        case "remove":
            return dict(without(body, path))
        case "add" if isinstance(inner := _at(body, path), dict):
            return dict(replaced(body, path, inner | {data.draw(st.sampled_from(["unknown", "_sd"])): ["B" * 43]}))
        case "other value":
            return dict(replaced(body, path, data.draw(st.sampled_from(_allowed_at(kind, path) or ODD))))
        case _:
            return dict(replaced(body, path, data.draw(st.sampled_from(ODD), label="value")))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value


def _allowed_at(kind: str, path: Path) -> list[Any]:
    names = tuple(step for step in path if isinstance(step, str))
    return next((list(schema.get("enum", ())) for place, schema in members(kind) if place == names), [])


def test_the_shipped_files_are_what_the_code_writes() -> None:
    assert differences(expected_files(), FOLDER) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_schema_is_valid_draft_2020_12(kind: str) -> None:
    Draft202012Validator.check_schema(schema_of(kind))

    assert schema_of(kind)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema_of(kind)["$id"] == f"urn:aims-ledger:schema:{kind}:v1"


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_of_every_schema_is_described_in_a_sentence(kind: str) -> None:
    bare = [".".join(map(str, path)) for path, member in members(kind) if not _described(kind, member)]

    assert bare == []
    assert schema_of(kind)["description"].rstrip().endswith((".", "word."))


def _described(kind: str, member: dict[str, Any]) -> bool:
    return len(member.get("description", "")) >= 4 and member["description"].endswith(".")


@pytest.mark.parametrize("kind", KINDS)
def test_identity_names_members_that_are_not_erasable(kind: str) -> None:
    schema = schema_of(kind)

    assert schema["x-identity"] == list(body_class(kind).identity)
    lasting = {name for name, member in schema["properties"].items() if "x-erasable" not in member}
    assert set(schema["x-identity"]) <= lasting


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_erasable_members_are_optional_and_their_object_may_carry_digests(part: type[Part]) -> None:
    erasable = [field for field in part.model_fields.values() if is_erasable(field)]

    assert not [field for field in erasable if field.is_required()]
    assert ("sd" in part.model_fields) == bool(erasable)


@pytest.mark.parametrize("part", [part for part in PARTS if issubclass(part, ByAction)], ids=lambda p: p.__name__)
def test_a_table_by_action_says_something_about_every_action(part: type[ByAction]) -> None:
    # A value outside the table has no rule in the JSON Schema, but Python would still forbid it other
    # values' members: the two would differ.
    for switch, table in part._tables():
        annotation = part.model_fields[switch].annotation
        values = {True, False} if annotation is bool else set(annotation.__args__)  # type: ignore[union-attr]
        assert set(table) == values - {type(None)}


@pytest.mark.parametrize("full", [False, True], ids=["smallest", "full"])
@pytest.mark.parametrize("kind", KINDS)
def test_python_accepts_and_gives_back_what_the_schema_allows(kind: str, full: bool) -> None:
    body = example(kind, full=full)

    assert list(judge(kind).iter_errors(body)) == []
    written = validate_body(kind, body).to_data()
    assert list(judge(kind).iter_errors(written)) == []
    assert validate_body(kind, written) == validate_body(kind, body)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
def test_python_and_the_schema_refuse_the_same_bodies(kind: str, data: st.DataObject) -> None:
    body = spoiled(example(kind, full=data.draw(st.booleans(), label="full")), data, kind)
    body_type: type[Body] = body_class(kind)

    allowed = judge(kind).is_valid(body)

    try:
        body_type.model_validate(body)
        accepted = True
    except ValueError:
        accepted = False
    assert accepted == allowed, list(judge(kind).iter_errors(body))


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_member_is_refused_at_every_depth(kind: str) -> None:
    body = example(kind, full=True)
    objects = [path for path in places(body) if isinstance(_at(body, path), dict) and not _free(kind, path)]

    for path in objects:
        with pytest.raises(SchemaError, match="smuggled"):
            validate_body(kind, replaced(body, path, _at(body, path) | {"smuggled": 1}))


def _free(kind: str, path: Path) -> bool:
    """Whether the object at `path` is free JSON or a mapping with names of the writer's choice."""
    names = tuple(step for step in path if isinstance(step, str))
    known = {place for place, _ in members(kind)}
    open_places = {place for place, _ in members(kind) if not any(p[:-1] == place for p in known)}
    return bool(names) and any(names[: len(place)] == place for place in open_places)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_coerced_from_a_string(kind: str) -> None:
    body = example(kind, full=True)
    scalars = [
        path for path in places(body)
        if isinstance(_at(body, path), (int, float)) and path[0] != "extra" and not _free(kind, path)
        and _type_at(kind, path) in ("integer", "number", "boolean")
    ]  # fmt: skip

    for path in scalars:
        with pytest.raises(SchemaError, match="found '"):
            validate_body(kind, replaced(body, path, str(_at(body, path)).lower()))


def _type_at(kind: str, path: Path) -> str | None:
    names = tuple(step for step in path if isinstance(step, str))
    for place, member in members(kind):
        if place == names:
            branches = [b for b in member.get("anyOf", [member]) if b.get("type") != "null"]
            return branches[0].get("type") if len(branches) == 1 else None
    return None
