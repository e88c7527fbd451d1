"""What reaches a terminal: everything as text, nothing as a command to it."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.screen import columns, format_json, safe, safe_lines, tree
from tests.cli.person import Person

ATTACKS = {
    "colour": "\x1b[31mred\x1b[0m",
    "title": "\x1b]0;owned\x07",
    "C1 control sequence": "\x9b31m",
    "carriage return": "good\rbad",
    "backspace": "a\b\b",
    "delete": "\x7f",
    "right to left": "abc\u202efed",
    "isolate": "\u2066x\u2069",
    "zero width": "a\u200bb",
    "line separator": "a\u2028b",
    "tag": "\U000e0041",
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_what_could_drive_a_terminal_is_shown_as_an_escape(attack: str) -> None:
    assert safe(attack).isprintable()
    assert "\\" in safe(attack)


@given(st.text())
def test_safe_text_is_printable_but_for_the_spaces_people_use(text: str) -> None:
    assert safe(text).replace("\u00a0", "").replace("\u202f", "").replace("\u3000", "").isprintable()


@given(st.text(st.characters(categories=["L", "N", "P", "S"])))
def test_letters_numbers_and_signs_are_shown_as_they_are(text: str) -> None:
    assert safe(text) == text


@given(st.recursive(st.text() | st.integers() | st.none(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_json_is_the_same_value_and_safe(value: object) -> None:
    shown = format_json(value, indent=2)

    assert json.loads(shown) == value
    assert all(safe(line) == line for line in shown.split("\n"))


def test_a_text_of_several_lines_keeps_them_and_its_place() -> None:
    assert list(tree({"a": {"note": "one\ntwo"}})) == ["a:", "  note:", "      one", "      two"]
    assert safe_lines("a\tb\nc\x1b") == ["a b", "c\\u001b"]


def test_a_value_can_not_look_like_another_member() -> None:
    lines = list(tree({"note": "x\nsigned_by: the-boss"}))

    assert lines == ["note:", "    x", "    signed_by: the-boss"]


LIKE_ANOTHER = ["1", "-1.5", "1e9", ".5", "007", "true", "False", "null", "NaN", "", "{}", "[]", '"x"']


@pytest.mark.parametrize("text", LIKE_ANOTHER)
def test_a_text_that_reads_like_another_value_is_quoted(text: str) -> None:
    assert list(tree({"a": text})) == [f"a: {json.dumps(text)}"]


@pytest.mark.parametrize("text", ["1.1.0", "2026-11-23", "1 000", "trueish", "12:30", "a {}", "-", "1\n2"])
def test_a_text_that_reads_like_a_text_is_not_quoted(text: str) -> None:
    assert '"' not in "".join(tree({"a": text}))


def test_a_number_is_not_quoted() -> None:
    assert list(tree({"a": 1, "b": True, "c": None, "d": [1, "1"]})) == [
        "a: 1",
        "b: true",
        "c: null",
        "d:",
        "  - 1",
        '  - "1"',
    ]


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert list(columns([("a", "bbb", "c"), ("aaa", "b", "c")])) == ["a    bbb  c", "aaa  b    c"]
    assert list(columns([])) == []


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_text_of_an_entry_does_not_reach_the_terminal_raw(clerk: Person, attack: str) -> None:
    clerk.does(
        "record", "oversight_action", "-", "--system", "credit-scoring@1.0", "--as", "overseer",
        "--set", "oversight_id=o", "--set", "action=confirmed", "--set", "reason_code=x", "--set", "actor.id=p",
        stdin=json.dumps({"reason": attack}),
    )  # fmt: skip

    for shown in (clerk.does("show", 6).out, clerk.does("show", 6, "--json").out, clerk.does("log").out):
        assert all(safe(line) == line for line in shown.split("\n"))
    assert clerk.does("show", 6, "--json").json["data"]["reason"] == attack


def test_an_argument_does_not_reach_the_terminal_raw_in_an_error(clerk: Person) -> None:
    assert "\x1b" not in clerk.refused("show", "\x1b[2J")
    assert "\x1b" not in clerk.refused("\x1b[2J")
    assert "\x1b" not in clerk.refused("log", "--ledger", "\x1b[2J")
    assert "\x1b" not in clerk.refused("log", "--\x1b[2J")


def test_json_is_utf_8_where_the_terminal_is_not(clerk: Person) -> None:
    clerk.overrides(1, "--set", "reason=größer")

    seen = clerk.starts("show", 6, "--json", env={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"})

    assert json.loads(seen.out)["data"]["reason"] == "größer"


def test_a_terminal_that_lacks_a_letter_gets_an_escape_and_no_traceback(clerk: Person) -> None:
    clerk.overrides(1, "--set", "reason=Ω")

    seen = clerk.starts("show", 6, env={"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"})

    assert (seen.code, "Traceback" in seen.err) == (0, False)
    assert "reason: \\u03a9\n" in seen.out


def test_a_stream_that_is_no_text_wrapper_is_left_alone(nobody: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    from cli.main import main

    monkeypatch.setattr("sys.stderr", io.StringIO())

    assert main(["nonsense"]) == 2
