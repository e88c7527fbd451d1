"""Bodies in JSON and YAML, and members set by hand."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.bodies import parse_yaml, set_member
from ledger.errors import BadInput
from ledger.kinds import schema_bytes

SCHEMA: dict[str, Any] = json.loads(schema_bytes("evaluation"))


@pytest.mark.parametrize(
    "text",
    [
        "no", "yes", "on", "off", "True", "NULL", "2026-11-23", "2026-11-23T10:00:00Z", "12:30", "1_000", "0x10",
        "010", "+1", ".5", "1.", ".nan", ".inf", "-.inf", "<<", "=", "1.1.0", "-", "e3", "1e",
    ],
)  # fmt: skip
def test_yaml_leaves_text_alone(text: str) -> None:
    value = parse_yaml(f"a: {text}\n".encode(), "body") if text != "-" else parse_yaml(b"a: '-'\n", "body")

    assert value == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-7", -7),
        ("1.5", 1.5),
        ("1e3", 1000.0),
    ],
)
def test_yaml_reads_what_json_would_call_a_literal(text: str, value: object) -> None:
    read = parse_yaml(f"a: {text}\n".encode(), "body")["a"]

    assert (read, type(read)) == (value, type(value))


@given(
    st.recursive(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
        | st.integers(-(2**53) + 1, 2**53 - 1)
        | st.booleans()
        | st.none(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcde", min_size=1), inner, max_size=4),
        max_leaves=12,
    )
)
def test_json_is_yaml_with_the_same_value(value: object) -> None:
    text = json.dumps({"v": value})  # in ASCII: YAML does not allow every character raw

    assert parse_yaml(text.encode(), "body") == {"v": value}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 9007199254740993", "expected an integer within"),
        ("a: " + "9" * 5000, "a number of more than 40 digits"),
        ("a: 1e999", "expected a finite number"),
        ('a: "\\ud800"', "found lone surrogate"),
        ("? [x]\n: 1", "a key that is no text"),
        ("--- 1\n--- 2\n", "but found another document"),
        ("a:\tb: c: d", "line 1"),
        ("a: &x 1", "tag|anchor|an alias|1"),
    ],
)
def test_yaml_refuses_what_has_no_place_in_evidence(text: str, expected: str) -> None:
    if text == "a: &x 1":  # an anchor that nobody uses changes nothing
        assert parse_yaml(text.encode(), "body") == {"a": 1}
        return
    with pytest.raises(BadInput, match=expected):
        parse_yaml(text.encode(), "body")


def made(*assignments: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The body after the assignments."""
    body = {} if body is None else body
    for assignment in assignments:
        set_member(body, assignment, SCHEMA)
    return body


def test_a_text_member_takes_what_looks_like_a_number_as_text() -> None:
    assert made("system_version=1.10") == {"system_version": "1.10"}


def test_a_number_member_takes_a_number() -> None:
    assert made("metrics.0.metric=accuracy", "metrics.0.value=0.75") == {
        "metrics": [{"metric": "accuracy", "value": 0.75}]
    }


def test_a_list_member_takes_json_or_its_places_one_by_one() -> None:
    assert made('systems=["a","b"]') == made("systems.0=a", "systems.1=b") == {"systems": ["a", "b"]}


def test_json_is_forced_with_a_colon() -> None:
    assert made('extra:={"a": [1, true]}', "extra.b:=2", "extra.c=2") == {"extra": {"a": [1, True], "b": 2, "c": "2"}}


def test_a_value_may_hold_equal_signs_and_be_empty() -> None:
    assert made("extra.q=a=b", "extra.e=") == {"extra": {"q": "a=b", "e": ""}}


def test_a_later_assignment_wins() -> None:
    assert made("systems.0=a", "systems.0=b") == {"systems": ["b"]}


BAD = {
    "no equal sign": "result",
    "no path": "=x",
    "empty step": "a..b=x",
    "a name in a list": "systems.first=x",
    "a hole": "systems.2=x",
    "another digit": "systems.\u0661=x",
    "a leading zero": "systems.00=x",
    "not JSON": "metrics.0.value=high",
    "NaN": "metrics.0.value=NaN",
    "two values": "metrics.0.value=1 2",
    "a huge integer": "extra.a:=9007199254740993",
}


@pytest.mark.parametrize("assignment", BAD.values(), ids=BAD)
def test_an_assignment_that_fits_nowhere_is_refused(assignment: str) -> None:
    with pytest.raises(BadInput, match="--set "):
        made(assignment, body={"systems": ["a"]})
