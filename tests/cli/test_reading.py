"""`aims log`, `aims show` and `aims schema`: what is there, and how far it was verified."""

import hashlib
import json
import shutil
from subprocess import run

import pytest

from ledger.kinds import KINDS, schema_bytes, schema_digest
from tests.cli.person import Person


def test_log_shows_the_newest_first_and_at_most_so_many(clerk: Person) -> None:
    lines = clerk.does("log", "-n", "2").out.splitlines()

    assert [line.split()[0] for line in lines] == ["#5", "#4"]


def test_log_can_begin_at_the_other_end_and_show_all(clerk: Person) -> None:
    lines = clerk.does("log", "-n", "0", "--oldest-first").out.splitlines()

    assert [line.split()[0] for line in lines] == ["#0", "#1", "#2", "#3", "#4", "#5"]


def test_log_text_and_json_say_the_same(clerk: Person) -> None:
    entries = clerk.does("log", "--json").json["entries"]
    lines = clerk.does("log").out.splitlines()

    assert len(entries) == len(lines) == 6
    for entry, line in zip(entries, lines, strict=True):
        assert line.startswith(f"#{entry['index']} {entry['leaf_hash'][:8]}")
        assert entry["kind"] in line
        assert all(signer["principal"] in line for signer in entry["signers"])


def test_log_keeps_to_kind_system_and_version(clerk: Person) -> None:
    clerk.overrides()
    clerk.does("record", "ai_system", "system.yaml", "--system", "credit-scoring@1.1", "--as", "compliance")

    def places(*arguments: str) -> list[int]:
        return [entry["index"] for entry in clerk.does("log", "--json", *arguments).json["entries"]]

    assert places("--kind", "key") == [4, 3, 2, 1]
    assert places("--kind", "ai_system", "--kind", "ledger") == [7, 5, 0]
    assert places("--system", "credit-scoring") == [7, 6, 5]
    assert places("--system", "credit-scoring@1.0") == [6, 5]
    assert places("--system", "credit-scoring@1.0", "-n", "1") == [6]
    assert places("--system", "credit-scoring@9") == []


def test_log_says_which_entry_of_its_kind_it_is(clerk: Person) -> None:
    clerk.overrides(42)

    assert "credit-scoring@1.0  o-42" in clerk.does("log", "-n", "1").out


def test_an_answer_says_how_far_the_ledger_was_verified(clerk: Person) -> None:
    assert clerk.does("log").err == "not verified on this machine: 6 entries; 'aims verify' checks them\n"
    assert clerk.does("log", "--json").json["last_verified"] is None

    clerk.does("verify")
    clerk.overrides()

    assert clerk.does("show", 6).err.endswith("Z: 6 entries, sound, 1 since\n")
    last = clerk.does("log", "--json").json["last_verified"]
    assert (last["size"], last["outcome"], last["level"]) == (6, "sound", "full")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ("--kind", "evaluationn"),
            "aims: kind 'evaluationn': unknown (did you mean evaluation?); 'aims schema' lists them",
        ),
        (("--system", "fraud"), "aims: system 'fraud': no entry is about it; registered: credit-scoring"),
        (("--system", "credit-scorin"), "(did you mean credit-scoring?); registered: credit-scoring"),
        (("--system", "@1"), "aims: system '@1': expected NAME or NAME@VERSION, like credit-scoring@1.1"),
        (("-n", "-1"), "aims log: Invalid value for '-n' / '--number': -1 is not in the range x>=0; 'aims log --help'"),
        (("--ledger", "nothing.db"), "nothing.db: no ledger there"),
        (("--ledger", "postgresql://x:secret@host/db"), "no store for it, expected a path or sqlite:///PATH"),
        (("--ledger", "system.yaml"), "not a SQLite database"),
    ],
)
def test_log_refuses_in_one_line(clerk: Person, arguments: tuple[str, ...], expected: str) -> None:
    said = clerk.refused("log", *arguments)

    assert expected in said
    assert "secret" not in said


def test_an_entry_is_found_by_place_citation_and_digest(clerk: Person) -> None:
    shown = clerk.does("show", 3, "--json").json

    for place in (
        "#3",
        f"#3 {shown['leaf_hash'][:8]}",
        f"3@{shown['leaf_hash']}",
        shown["statement"],
        shown["statement"][:8].upper(),
    ):
        assert clerk.does("show", place, "--json").json["index"] == 3


def test_a_citation_of_another_entry_is_not_believed(clerk: Person) -> None:
    seen = clerk.runs("show", "#3 00000000")

    assert (seen.code, seen.out) == (1, "")
    assert seen.err.startswith("aims: entry 3: its leaf hash begins ")


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("6", "aims: entry 6: not there, the ledger has entries 0 to 5"),
        ("99999999999", "no statement digest begins with it"),
        ("abc", "expected an index, or at least 4 lower-case hex digits of a digest"),
        ("-1", "aims show: No such option"),
        ("", "expected an index, or at least 4 lower-case hex digits of a digest"),
        ("１", "expected an index, or at least 4 lower-case hex digits of a digest"),
        ("ffff", "no statement digest begins with it"),
    ],
)
def test_a_place_that_is_none_is_refused(clerk: Person, place: str, expected: str) -> None:
    assert expected in clerk.refused("show", place)


def test_the_leaf_hashes_to_what_the_ledger_says_with_a_program_that_is_not_ours(clerk: Person) -> None:
    leaf = clerk.does("show", 5, "--leaf").out.encode()
    expected = clerk.does("show", 5, "--json").json["leaf_hash"]
    program = shutil.which("sha256sum")

    assert hashlib.sha256(b"\0" + leaf).hexdigest() == expected
    if program:
        done = run([program], input=b"\0" + leaf, capture_output=True, check=True)
        assert done.stdout[:64].decode() == expected


def test_show_prints_who_signed_and_every_member(clerk: Person) -> None:
    clerk.overrides()
    shown = clerk.does("show", 6).out

    assert "signed by  p-overseer (overseer), key " in shown
    assert "actor:\n  id: p-17\n  name: Grace Hopper\n" in shown


def test_schema_lists_every_kind_with_a_sentence(nobody: Person) -> None:
    lines = nobody.does("schema").out.splitlines()

    assert [line.split()[0] for line in lines] == list(KINDS)
    assert all(len(line.split()) > 4 for line in lines)
    assert [row["kind"] for row in nobody.does("schema", "--json").json] == list(KINDS)


def test_a_schema_is_printed_byte_for_byte(nobody: Person) -> None:
    printed = nobody.does("schema", "evaluation").out.encode()

    assert printed == schema_bytes("evaluation")
    assert hashlib.sha256(printed).hexdigest() == schema_digest("evaluation")
    assert json.loads(printed)["title"] == "evaluation"


def test_a_schema_that_does_not_exist_is_answered_with_the_nearest(nobody: Person) -> None:
    said = nobody.refused("schema", "risks")

    assert said == "aims: kind 'risks': unknown (did you mean risk?); 'aims schema' lists them"
