"""`aims monitor`, `aims status` and `aims verify --new` and `--resume`: what they print, run, and end with."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from cli.watching import alarm_command, format_age, parse_duration
from ledger.errors import BadInput
from tests.cli.person import Person
from tests.cli.test_verify import change_one_byte, chunk_of_leaf

_TELL = "import pathlib, sys; pathlib.Path('told').write_bytes(sys.stdin.buffer.read())"


def test_a_pass_says_what_it_did_and_ends_with_the_verdict(clerk: Person) -> None:
    first = clerk.does("monitor").out
    clerk.overrides()
    second = clerk.does("monitor").out

    assert "sound (6 entries, level full)" in first
    assert "sound; entries 0 to 5 as verified before (7 entries, 1 new, level new)" in second


def test_a_bad_outcome_is_printed_and_told_to_the_command(clerk: Person) -> None:
    clerk.does("monitor")
    change_one_byte(clerk.folder / "evidence.db", chunk_of_leaf(clerk, 5))

    seen = clerk.runs("monitor", "--alert", f'"{sys.executable}" -c "{_TELL}"')

    assert seen.code == 1
    assert "entry 5: altered" in seen.out
    told = json.loads((clerk.folder / "told").read_bytes())
    assert (told["exit_code"], told["findings"][0]["place"]) == (1, "entry 5")


def test_a_sound_ledger_is_told_to_nobody(clerk: Person) -> None:
    clerk.does("monitor", "--alert", f'"{sys.executable}" -c "{_TELL}"')

    assert not (clerk.folder / "told").exists()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f'"{sys.executable}" -c "raise SystemExit(7)"', "ended with 7"),
        ("/no/such/program --now", "alert /no/such/program: can't be run"),
    ],
)
def test_a_command_that_fails_is_said_and_shown_later(clerk: Person, command: str, said: str) -> None:
    change_one_byte(clerk.folder / "evidence.db", chunk_of_leaf(clerk, 5))

    seen = clerk.runs("monitor", "--alert", command)

    assert seen.code == 1
    assert said in seen.err
    assert f"ALERT NOT DELIVERED: alert {command.split(maxsplit=1)[0].strip(chr(34))}" in clerk.runs("status").out


def test_the_command_is_run_without_a_shell(clerk: Person) -> None:
    change_one_byte(clerk.folder / "evidence.db", chunk_of_leaf(clerk, 5))

    seen = clerk.runs("monitor", "--alert", "echo x; touch made")

    assert seen.code == 1
    assert not (clerk.folder / "made").exists()


def test_a_ledger_that_is_gone_is_told(clerk: Person) -> None:
    (clerk.folder / "evidence.db").unlink()

    seen = clerk.runs("monitor", "--json", "--alert", f'"{sys.executable}" -c "{_TELL}"')

    assert (seen.code, seen.json["exit_code"]) == (2, 2)
    assert "no ledger there" in json.loads((clerk.folder / "told").read_bytes())["error"]
    found = clerk.runs("status")
    assert found.code == 1
    assert "no ledger there" in found.out
    assert "monitor last ran" in found.out


def test_the_status_of_a_copy_tells_of_the_one_that_was_verified(clerk: Person) -> None:
    clerk.does("verify", "--json")
    shutil.copyfile(clerk.folder / "evidence.db", clerk.folder / "copy.db")

    seen = clerk.runs("status", "copy.db")
    value = clerk.runs("status", "copy.db", "--json").json

    assert seen.code == 4
    lines = seen.out.splitlines()
    assert lines[2] == "  this copy was never verified on this machine"
    assert lines[3].startswith(f"  another one was, {clerk.folder / 'evidence.db'}, 20")
    assert lines[3].endswith(" up to 6 entries: sound")
    assert lines[-1] == "next: 'aims verify' checks this copy"
    assert (value["verified"], value["verified_elsewhere"]["path"]) == (None, str(clerk.folder / "evidence.db"))
    assert "not verified on this machine" in clerk.does("log", "--ledger", "copy.db").err
    assert "last verified" in clerk.does("log").err


def test_the_status_of_a_file_that_was_put_in_place_of_another_says_so(clerk: Person) -> None:
    clerk.does("monitor")
    shutil.copyfile(clerk.folder / "evidence.db", clerk.folder / "copy.db")
    (clerk.folder / "copy.db").replace(clerk.folder / "evidence.db")

    seen = clerk.runs("status")

    assert seen.code == 4
    assert "  this file was never verified here; it lies where another one did\n  that one was verified 20" in seen.out
    assert "  the monitor saw another file, which lay here before\n" in seen.out


def test_the_status_of_a_ledger_with_an_old_memory_says_that_the_copy_is_not_known(clerk: Person) -> None:
    clerk.does("verify")
    file = next((clerk.folder / "state").glob("*/verified.json"))
    members = json.loads(file.read_bytes())
    file.write_text(json.dumps({name: members[name] for name in set(members) - {"path", "file", "others"}}))

    seen = clerk.runs("status")

    assert seen.code == 4
    assert "  whether this copy was ever verified here is not known: an earlier version did not note which" in seen.out
    assert "  some copy was verified 20" in seen.out


def test_a_loop_goes_on_whatever_it_finds(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            change_one_byte(clerk.folder / "evidence.db", chunk)
        if len(waits) == 3:
            raise KeyboardInterrupt

    chunk = chunk_of_leaf(clerk, 5)
    monkeypatch.setattr("cli.commands.monitor.time.sleep", sleep)

    seen = clerk.runs("monitor", "--every", "15m", "--json")

    assert (seen.code, waits) == (130, [900, 900, 900])
    assert [json.loads(line)["exit_code"] for line in seen.out.splitlines()] == [0, 1, 1]


def test_a_loop_that_was_away_too_long_says_so(clerk: Person) -> None:
    clerk.does("monitor", "--expect", "1s")
    (file,) = (clerk.folder / "state").glob("monitor-*.json")
    members = json.loads(file.read_bytes())
    file.write_text(json.dumps({**members, "ended": "2026-01-01T00:00:00.000000Z"}))

    seen = clerk.does("monitor")

    assert "the run before this one ended at 2026-01-01T00:00:00.000000Z; one was expected every 1 s" in seen.err


@pytest.mark.parametrize("given", ["", "15", "m", "0m", "1.5h", "-1m", "15 m", "1w", "١m", "9999999s"])
def test_a_duration_that_is_none_is_refused(clerk: Person, given: str) -> None:
    if given:
        assert "expected a whole number and s, m, h or d" in clerk.refused("monitor", "--every", given)
    with pytest.raises(BadInput):
        parse_duration(given)


def test_durations_are_seconds() -> None:
    assert [parse_duration(text) for text in ("90s", "15m", "1h", "2d")] == [90, 900, 3_600, 172_800]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s ago"), (119, "119 s ago"), (120, "2 min ago"), (7_200, "2 h ago"), (200_000, "2 d ago"),
     (-30, "0 s ago"), (-90, "in the future")],
)  # fmt: skip
def test_how_long_ago_is_told_in_one_unit(seconds: int, words: str) -> None:
    assert format_age(seconds * 1_000_000) == words


@pytest.mark.parametrize("line", ["", "   ", "'unclosed"])
def test_an_alert_that_is_no_command_is_refused(line: str) -> None:
    with pytest.raises(BadInput, match="--alert"):
        alarm_command(line)


def test_two_ways_to_say_when_are_one_too_many(clerk: Person) -> None:
    assert "expected at most one" in clerk.refused("monitor", "--every", "1h", "--expect", "1h")


def test_the_status_of_a_ledger_that_nobody_verified_here(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIMS_STATE", str(clerk.folder / "another"))

    seen = clerk.runs("status")

    assert seen.code == 4
    assert "never verified on this machine" in seen.out
    assert "the monitor has never run here" in seen.out
    assert "next: 'aims verify' checks it for the first time" in seen.out


def test_a_bad_outcome_stands_first(clerk: Person) -> None:
    change_one_byte(clerk.folder / "evidence.db", chunk_of_leaf(clerk, 5))
    clerk.runs("monitor")

    seen = clerk.runs("status")

    assert seen.code == 1
    assert "NOT SOUND: 1 × altered" in seen.out.splitlines()[1]


def test_the_status_as_json_says_the_same(clerk: Person) -> None:
    clerk.does("monitor", "--expect", "15m")

    seen = clerk.does("status", "--json").json

    assert (seen["concern"], seen["size"], seen["verified"]["exit_code"], seen["unsigned_tail"]) == ("none", 6, 0, 0)
    assert (seen["monitor"]["every"], seen["monitor"]["overdue"]) == (900, False)
    assert seen["full_at"] == seen["oldest_reading"]


def test_only_what_is_new(clerk: Person) -> None:
    clerk.does("verify")
    clerk.overrides()

    seen = clerk.does("verify", "--new")
    told = clerk.does("verify", "--new", "--json").json

    assert "entries 0 to 5 were verified before" in seen.out
    assert "A change of an entry that was not read again is found when its turn comes." in seen.out
    assert (told["level"], told["since"]["size"], told["size"]) == ("new", 7, 7)


@pytest.mark.parametrize("also", [("--resume",), ("--level", "hashes")])
def test_only_what_is_new_goes_with_neither_resuming_nor_a_lower_level(clerk: Person, also: tuple[str, ...]) -> None:
    assert "--new builds on a full verification" in clerk.refused("verify", "--new", *also)


def test_nothing_to_resume_is_a_fresh_start(clerk: Person) -> None:
    assert clerk.does("verify", "--resume", "--json").json["resumed"] is None


def test_a_ledger_is_verified_by_a_trust_policy(clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    policy = clerk.folder / "policy"
    policy.write_text(clerk.does("checkpoint", "--policy").out)
    monkeypatch.setenv("AIMS_STATE", str(clerk.folder / "another"))

    seen = clerk.does("verify", "--trust", policy)

    assert "trust policy: its log key signed 6 entries" in seen.out


def test_a_policy_that_names_other_keys_does_not_know_the_ledger(clerk: Person) -> None:
    policy = clerk.folder / "policy"
    policy.write_text("quorum none\n")

    seen = clerk.runs("verify", "--trust", policy)

    assert seen.code == 1
    assert "trust policy: key unknown" in seen.out
