"""Erasable members: found at every depth, replaceable by digests, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import SchemaError
from ledger.kinds import KINDS, erasable_paths, validate_body
from tests.kinds.from_schema import example, members, places, replaced, without

DIGESTS = ["A" * 43, "B" * 43, "C" * 43, "D" * 43]

DECISION: dict[str, Any] = {
    "decision_id": "d-1",
    "model": {"model_id": "scoring", "version": "2.1", "digest": "0" * 64},
    "replayed": False,
    "outcome": "declined",
    "input": {"income": 2100, "name": "nested names are inside the erasable value"},
    "output": None,
    "affected_person": {"id": "c-88", "name": "Ada Example"},
    "actor": {"id": "service-1"},
}
INCIDENT: dict[str, Any] = {
    "incident_id": "i-1",
    "title": "wrong batch",
    "description": "A batch was scored twice.",
    "serious": "no",
    "status": "open",
    "detected": "2026-11-23T10:00:00Z",
    "affected_persons": [{"id": "c-1", "name": "Ada"}, {"name": "Bob", "contact": "b@example.org"}, {"id": "c-3"}],
}


def at(value: Any, pointer: str) -> Any:
    for step in pointer.split("/")[1:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def redacted(kind: str, body: dict[str, Any]) -> dict[str, Any]:
    """`body` with every erasable member replaced by a digest."""
    result = body
    for number, pointer in enumerate(sorted(erasable_paths(kind, body))):
        path = tuple(int(step) if step.isdigit() else step for step in pointer.split("/")[1:])
        owner = result
        for step in path[:-1]:
            owner = owner[step]  # type: ignore[index]
        digest = f"{number:043d}"
        result = replaced(without(result, path), path[:-1], without(owner, path[-1:]) | {
            "_sd": sorted([*owner.get("_sd", []), digest])
        })  # fmt: skip
    return result


def test_members_are_found_in_the_body_in_parts_and_in_lists_of_parts() -> None:
    assert erasable_paths("ai_decision", DECISION) == {"/input", "/affected_person/name"}
    assert erasable_paths("incident", INCIDENT) == {
        "/affected_persons/0/name",
        "/affected_persons/1/name",
        "/affected_persons/1/contact",
    }


def test_a_member_that_is_absent_or_null_is_not_there_to_be_erased() -> None:
    assert erasable_paths("ai_decision", {"input": None}) == frozenset()


def test_what_lies_inside_an_erasable_value_is_not_erasable_by_itself() -> None:
    assert not [path for path in erasable_paths("ai_decision", DECISION) if path.startswith("/input/")]


@pytest.mark.parametrize(
    "data", [{"affected_person": "Ada"}, {"affected_person": ["Ada"]}, {"actor": [{"name": "x"}]}, {"actor": 5}]
)
def test_data_of_the_wrong_shape_yield_no_path_or_the_object_in_them(data: dict[str, Any]) -> None:
    assert erasable_paths("ai_decision", data) <= {"/actor/0/name"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_paths_are_those_that_the_schema_marks(kind: str) -> None:
    body = example(kind, full=True)
    marked = {path for path, member in members(kind) if member.get("x-erasable")}

    found = erasable_paths(kind, body)

    present = {path for path in places(body) if tuple(step for step in path if isinstance(step, str)) in marked}
    present = {path for path in present if path and isinstance(path[-1], str)}
    assert found == {"/" + "/".join(map(str, path)) for path in present}


@pytest.mark.parametrize("kind", KINDS)
def test_a_body_is_valid_with_and_without_its_erasable_members(kind: str) -> None:
    body = example(kind, full=True)
    paths = erasable_paths(kind, body)
    assert paths, "every kind has an actor with an erasable name"

    validate_body(kind, body)
    hidden = redacted(kind, body)
    validate_body(kind, hidden)

    assert erasable_paths(kind, hidden) == frozenset()


@pytest.mark.parametrize("kind", KINDS)
def test_digests_are_refused_in_objects_without_erasable_members(kind: str) -> None:
    body = example(kind, full=True) | {"references": [{"rel": "about", "statement": "0" * 64, "_sd": DIGESTS[:1]}]}

    with pytest.raises(SchemaError, match=r"references\[0\]\._sd: unknown member"):
        validate_body(kind, body)


def test_more_digests_than_absent_members_are_refused_at_their_place() -> None:
    person = {"name": "Ada", "_sd": DIGESTS[:2]}

    with pytest.raises(SchemaError) as caught:
        validate_body("incident", INCIDENT | {"affected_persons": [{"id": "c-1"}, person]})

    assert caught.value.place == "affected_persons[1]._sd"
    assert caught.value.problem == "found 2 digests, expected at most 1: so many members are absent"


@pytest.mark.parametrize("digests", [DIGESTS[1::-1], [DIGESTS[0], DIGESTS[0]]], ids=["unsorted", "twice"])
def test_digests_must_be_sorted_and_different(digests: list[str]) -> None:
    with pytest.raises(SchemaError, match=r"ai_decision: _sd: found digests unsorted or twice"):
        validate_body("ai_decision", without(DECISION, ("input",)) | {"_sd": digests})


@pytest.mark.parametrize("digests", [[], ["A" * 42], ["A" * 44], ["+" * 43], [5], "A" * 43, {}])
def test_a_list_of_digests_has_one_form(digests: object) -> None:
    with pytest.raises(SchemaError):
        validate_body("ai_decision", DECISION | {"_sd": digests})


def test_digests_of_a_nested_person_do_not_count_for_the_body() -> None:
    hidden = without(DECISION, ("affected_person", "name"))
    hidden = replaced(hidden, ("affected_person",), {"id": "c-88", "_sd": DIGESTS[:1]})

    validate_body("ai_decision", hidden)
    assert at(hidden, "/affected_person/_sd/0") == DIGESTS[0]
