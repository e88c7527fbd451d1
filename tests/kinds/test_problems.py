"""What a person reads when a body is refused: the place, what was found, what was expected."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.errors import SchemaError
from ledger.kinds import validate_body
from tests.kinds.from_schema import Path, example, replaced, without

METRIC: dict[str, Any] = {"metric": "recall", "value": 0.8, "n": 200}
EVALUATION: dict[str, Any] = example("evaluation", full=False) | {"metrics": [dict(METRIC) for _ in range(3)]}


def problem(kind: str, body: Any) -> tuple[str, str]:
    with pytest.raises(SchemaError) as caught:
        validate_body(kind, body)
    assert caught.value.kind == kind
    return caught.value.place, caught.value.problem


@pytest.mark.parametrize(
    ("path", "new", "words"),
    [
        (("metrics", 2, "value"), "0.8", "found '0.8', expected a number"),
        (("metrics", 2, "value"), True, "found true, expected a number"),
        (("metrics", 2, "value"), float("inf"), "found inf, expected a finite number"),
        (("metrics", 0, "n"), 1.5, "found 1.5, expected an integer"),
        (("metrics", 0, "n"), -1, "found -1, expected at least 0"),
        (("metrics", 1), "recall", "found 'recall', expected an object"),
        (("metrics",), {"recall": 1}, "found an object, expected a list"),
        (("metrics", 0, "passed"), "yes", "found 'yes', expected true or false"),
        (("metrics", 0, "metric"), "", "found 0 characters, expected at least 1"),
        (("metrics", 0, "metric"), "x" * 301, "found 301 characters, expected at most 300"),
        (("types",), [], "found 0 items, expected at least 1"),
        (("result",), "ok", "found 'ok', expected 'passed', 'failed', 'inconclusive' or 'observed'"),
        (("report",), "xyz", "found 'xyz', expected 64 lower-case hex digits (SHA-256)"),
        (
            ("period",),
            {"start": "yesterday"},
            "found 'yesterday', expected an instant in UTC like 2026-11-23T10:00:00Z",
        ),
        (("protocol",), None, "found null, expected a string"),
        (("responsible",), object(), "found a Python object, expected an object"),
    ],
)
def test_a_wrong_value_is_named_with_what_was_expected(path: Path, new: object, words: str) -> None:
    place, found = problem("evaluation", replaced(EVALUATION, path, new))

    assert found == words
    expected = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    assert place.startswith(expected)


def test_a_missing_member_is_explained() -> None:
    place, words = problem("evaluation", without(EVALUATION, ("metrics", 1, "n")))

    assert (place, words) == ("metrics[1].n", "missing, expected: Number of cases the value rests on.")


def test_a_misspelt_member_is_recognised() -> None:
    metric = without(METRIC, ("value",)) | {"valuee": 0.8, "value": 0.8}

    assert problem("evaluation", EVALUATION | {"metrics": [metric]}) == (
        "metrics[0].valuee",
        "unknown member, expected 'value' perhaps",
    )


def test_an_unknown_member_is_sent_to_extra() -> None:
    place, words = problem("evaluation", EVALUATION | {"zzz": 1})

    assert place == "zzz"
    assert words.startswith("unknown member, expected one of actor, artefacts, ")
    assert words.endswith("anything else goes into 'extra'")


def test_the_first_of_several_problems_is_told_and_the_rest_counted() -> None:
    place, words = problem("evaluation", {"metrics": [], "evaluation_id": 5})

    assert place == "evaluation_id"
    assert words.endswith("(and 4 more)")


def test_a_choice_of_plain_values_is_one_problem_at_one_place() -> None:
    body = example("dataset_lineage", full=False) | {"statistics": [{"name": "mean", "value": [1]}]}

    assert problem("dataset_lineage", body) == (
        "statistics[0].value",
        "found a list, expected a string, a finite number, or true or false",
    )


def test_a_hostile_value_can_not_write_to_the_terminal() -> None:
    _, words = problem("evaluation", EVALUATION | {"result": "\x1b[2J" + "x" * 500})

    assert "\x1b" not in words
    assert len(words) < 200


def test_the_message_says_which_command_prints_the_schema() -> None:
    with pytest.raises(SchemaError, match="'aims schema evaluation' prints what is allowed"):
        validate_body("evaluation", {})
