"""The monitor and the status: a run leaves its outcome, a bad one raises an alarm, and unknown is not good."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ledger import Report
from ledger.errors import Busy, FormatError, StoreError
from ledger.memory import Memory
from ledger.status import Status, read_status
from ledger.store.anchors import note_failure
from ledger.times import format_instant, parse_instant
from ledger.verifying.monitoring import LastRun, Monitor, Watched, format_run, parse_run
from ledger.verifying.verification import verify_ledger
from tests.ledger.anchored import AUTHORITY, anchor
from tests.ledger.attacker import Suspect
from tests.ledger.harness import SECOND, START, Harness, oversight

MINUTE = 60 * SECOND
NOW = START + 86_400 * SECOND
RUN = LastRun("2026-11-24T10:00:00.000000Z", "2026-11-24T10:00:01.000000Z", 900, 0, "sound", "o", 7, "new")


@dataclass
class Alarm:
    """Remembers what it was told, and answers with `problem`."""

    problem: str = ""
    told: list[Watched] = field(default_factory=list)

    def __call__(self, watched: Watched) -> str:
        self.told.append(watched)
        return self.problem


def watch(suspect: Suspect, at: int = NOW, alarm: Alarm | None = None, *, every: int = 900) -> Watched:
    """One run at `at`."""

    def verify() -> Report:
        return verify_ledger(suspect.path, state=suspect.state, new=True, clock=lambda: at)

    return Monitor(suspect.path, suspect.state).watch(verify, lambda: at, every=every, alarm=alarm)


def status(suspect: Suspect, at: int = NOW) -> Status:
    return read_status(suspect.path, suspect.state, at)


def spoil(suspect: Suspect, place: int = 10) -> None:
    suspect.set_leaf(place, b"{}")


def file_of(suspect: Suspect) -> Path:
    (found,) = suspect.state.glob("monitor-*.json")
    return found


# Runs


def test_a_run_on_a_sound_ledger_is_remembered_and_alarms_nobody(suspect: Suspect) -> None:
    alarm = Alarm()

    watched = watch(suspect, alarm=alarm)

    assert (watched.run.exit_code, watched.bad, watched.before, alarm.told) == (0, False, None, [])
    assert Monitor(suspect.path, suspect.state).last() == watched.run
    assert watch(suspect, NOW + MINUTE).before == watched.run


def test_a_bad_outcome_raises_an_alarm_in_every_run_until_it_is_gone(suspect: Suspect) -> None:
    alarm, raw = Alarm(), suspect.leaves()[10]
    spoil(suspect)

    codes = [watch(suspect, NOW + run * MINUTE, alarm).run.exit_code for run in range(3)]
    suspect.set_leaf(10, raw)
    codes.append(watch(suspect, NOW + 9 * MINUTE, alarm).run.exit_code)

    assert codes == [1, 1, 1, 0]
    assert [told.run.outcome for told in alarm.told] == ["1 × altered"] * 3


def test_tampering_between_two_runs_is_found_by_the_second(suspect: Suspect) -> None:
    alarm = Alarm()
    assert watch(suspect, alarm=alarm).run.exit_code == 0
    h = suspect.harness()
    h.record("oversight_action", oversight(90), "overseer")
    h.close()
    spoil(suspect, len(suspect.leaves()) - 1)

    watch(suspect, NOW + MINUTE, alarm)

    assert len(alarm.told) == 1


def test_a_ledger_that_is_gone_raises_an_alarm(suspect: Suspect) -> None:
    alarm = Alarm()
    watch(suspect, alarm=alarm)
    suspect.path.unlink()

    watched = watch(suspect, NOW + MINUTE, alarm)

    assert (watched.report, watched.run.exit_code, watched.bad) == (None, 2, True)
    assert "no ledger there" in watched.run.outcome
    assert alarm.told[0].error is watched.error


def test_the_first_sight_of_a_ledger_alarms_nobody(suspect: Suspect, tmp_path: Path) -> None:
    alarm = Alarm()
    other = tmp_path / "other state"

    watched = Monitor(suspect.path, other).watch(
        lambda: verify_ledger(suspect.path, state=other, new=True), lambda: NOW, alarm=alarm
    )

    assert (watched.run.exit_code, alarm.told) == (4, [])


def test_what_could_not_be_checked_raises_an_alarm(suspect: Suspect) -> None:
    """A clock set back: how old a reading is can't be told."""
    alarm = Alarm()
    watch(suspect, alarm=alarm)

    watched = watch(suspect, NOW - 60 * MINUTE, alarm)

    assert (watched.run.exit_code, len(alarm.told)) == (4, 1)


def test_an_alarm_that_fails_is_remembered_and_changes_no_verdict(suspect: Suspect) -> None:
    spoil(suspect)

    watched = watch(suspect, alarm=Alarm("alert pager: ended with 7"))

    assert (watched.run.exit_code, watched.run.alarm) == (1, "alert pager: ended with 7")
    assert Monitor(suspect.path, suspect.state).last() == watched.run


def test_the_outcome_is_stored_before_the_alarm_is_raised(suspect: Suspect) -> None:
    """An alarm that never comes back must not hide what was found."""
    spoil(suspect)
    seen: list[LastRun | None] = []

    def alarm(_: Watched) -> str:
        seen.append(Monitor(suspect.path, suspect.state).last())
        return ""

    Monitor(suspect.path, suspect.state).watch(suspect.verify, lambda: NOW, alarm=alarm)

    assert seen[0] is not None
    assert seen[0].exit_code == 1


def test_a_state_folder_that_cannot_be_written_raises_an_alarm(suspect: Suspect) -> None:
    alarm, file = Alarm(), suspect.folder / "file"
    file.write_bytes(b"")

    watched = Monitor(suspect.path, file / "state").watch(suspect.verify, lambda: NOW, alarm=alarm)

    assert isinstance(watched.error, StoreError)
    assert len(alarm.told) == 1
    assert "can't be written" in watched.run.alarm


def test_of_two_runs_at_once_one_does_nothing(suspect: Suspect) -> None:
    monitor, alarm = Monitor(suspect.path, suspect.state), Alarm()

    def verify() -> Report:
        with pytest.raises(Busy, match="another run is on its way"):
            Monitor(suspect.path, suspect.state).watch(suspect.verify, lambda: NOW, alarm=alarm)
        return suspect.verify()

    watched = monitor.watch(verify, lambda: NOW)

    assert watched.run.exit_code == 0
    assert alarm.told == []


_ENDLESS = """
import sys, time
from ledger.verifying.monitoring import Monitor
def verify():
    print("here", flush=True)
    sys.stdin.read()
Monitor(sys.argv[1], __import__("pathlib").Path(sys.argv[2])).watch(verify, lambda: 0)
"""


def test_another_process_at_it_is_seen_and_one_that_was_killed_holds_nobody_up(suspect: Suspect) -> None:
    arguments = [sys.executable, "-c", _ENDLESS, str(suspect.path), str(suspect.state)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "here\n"
        with pytest.raises(Busy):
            watch(suspect)
        other.kill()

    assert watch(suspect).run.exit_code == 0


def test_two_ledgers_have_monitors_of_their_own(suspect: Suspect, tmp_path: Path) -> None:
    watch(suspect)

    assert Monitor(tmp_path / "other.db", suspect.state).last() is None


# What is remembered of it


@pytest.mark.parametrize("run", [RUN, replace(RUN, alarm="x: „y“\n", origin="", exit_code=3)])
def test_a_run_comes_back(run: LastRun) -> None:
    assert parse_run(format_run(run)) == run


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"every": "900"}, "every"),
        ({"exit_code": True}, "exit_code"),
        ({"ended": "yesterday"}, "ended"),
        ({"more": 1}, "other members"),
        ({"outcome": None}, "outcome"),
    ],
)
def test_what_no_monitor_wrote_is_refused(change: dict[str, object], what: str) -> None:
    members = {**json.loads(format_run(RUN)), **change}

    with pytest.raises(FormatError, match=what):
        parse_run(json.dumps(members).encode())


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'{"began": "x"}', b"\xff"])
def test_a_damaged_file_is_no_first_run_for_the_status_and_is_written_anew(suspect: Suspect, data: bytes) -> None:
    watch(suspect)
    file_of(suspect).write_bytes(data)

    with pytest.raises(FormatError):
        status(suspect)
    assert watch(suspect, NOW + MINUTE).before is None
    assert status(suspect).monitor is not None


@pytest.mark.parametrize(
    ("after", "overdue"),
    [(0, False), (900, False), (1_801, False), (1_802, True), (86_400, True), (-59, False), (-62, True)],
)
def test_it_is_overdue_after_twice_its_time_and_when_its_last_run_is_to_come(after: int, overdue: bool) -> None:
    """The run ended a second after ten."""
    assert RUN.overdue(NOW + after * SECOND) is overdue


# Status


def test_what_was_never_verified_is_unknown_and_not_good(suspect: Suspect, tmp_path: Path) -> None:
    found = read_status(suspect.path, tmp_path / "nothing", NOW)

    assert (found.verified, found.monitor, found.concern) == (None, None, "unknown")
    assert found.unverified == found.size
    assert found.next_step == "'aims verify' checks it for the first time"


def test_a_watched_ledger_is_no_concern(suspect: Suspect) -> None:
    watch(suspect)

    found = status(suspect, NOW + MINUTE)

    assert (found.concern, found.unverified, found.overdue) == ("none", 0, False)
    assert found.full_at == found.oldest == format_instant(NOW)


def test_what_came_since_and_what_is_unsigned_is_counted(suspect: Suspect) -> None:
    watch(suspect)
    h = suspect.harness()
    h.record("oversight_action", oversight(90), "overseer")
    h.reopen(checkpoint_signer=None)
    h.record("oversight_action", oversight(91), "overseer")
    h.close()

    found = status(suspect, NOW + MINUTE)

    assert (found.unverified, found.unsigned_tail) == (2, 1)
    assert found.next_step == "'aims checkpoint' signs what no checkpoint covers yet"


def test_a_bad_outcome_is_bad_until_a_good_one(suspect: Suspect) -> None:
    raw = suspect.leaves()[10]
    spoil(suspect)
    watch(suspect)
    assert (status(suspect).concern, status(suspect).full_at) == ("bad", "")

    suspect.set_leaf(10, raw)
    suspect.verify(remember=True, clock=lambda: NOW + MINUTE)

    assert status(suspect, NOW + MINUTE).concern == "bad", "that may have been of another copy"
    watch(suspect, NOW + 2 * MINUTE)

    assert status(suspect, NOW + 2 * MINUTE).concern == "none"


def copy_of(suspect: Suspect, path: Path) -> Path:
    """The ledger's file once more, with its attachments."""
    with closing(sqlite3.connect(suspect.path)) as source, closing(sqlite3.connect(path)) as target:
        source.backup(target)
    shutil.copytree(suspect.path.with_name(suspect.path.name + ".blobs"), path.with_name(path.name + ".blobs"))
    return path


def test_a_copy_was_not_verified_because_another_one_was(suspect: Suspect, tmp_path: Path) -> None:
    watch(suspect)
    copy = copy_of(suspect, tmp_path / "copy.db")

    found = read_status(copy, suspect.state, NOW)

    assert (found.concern, found.verified, found.full_at, found.monitor) == ("unknown", None, "", None)
    assert found.elsewhere == status(suspect).verified
    assert found.unverified == found.size
    assert found.next_step == "'aims verify' checks this copy"
    assert status(suspect).concern == "none"


def test_what_was_found_in_one_copy_is_kept_when_another_one_is_verified(suspect: Suspect, tmp_path: Path) -> None:
    watch(suspect)
    copy = copy_of(suspect, tmp_path / "copy.db")
    spoil(suspect)
    verify_ledger(suspect.path, state=suspect.state, clock=lambda: NOW + MINUTE)
    verify_ledger(copy, state=suspect.state, clock=lambda: NOW + 2 * MINUTE)

    there, here = read_status(copy, suspect.state, NOW + 2 * MINUTE), status(suspect, NOW + 2 * MINUTE)

    assert (there.concern, here.concern) == ("none", "bad")
    assert here.verified is not None
    assert (here.verified.exit_code, here.full_at) == (1, ""), "what was built on is the other copy's"


def test_a_file_put_in_the_place_of_a_verified_one_was_never_verified(suspect: Suspect, tmp_path: Path) -> None:
    watch(suspect)
    copy_of(suspect, tmp_path / "copy.db").replace(suspect.path)

    found = status(suspect)

    assert (found.concern, found.replaced, found.verified) == ("unknown", True, None)
    assert found.monitor is not None
    assert found.copy is not None
    assert found.monitor.file != found.copy.file
    assert watch(suspect, NOW + MINUTE).run.file == found.copy.file
    assert status(suspect, NOW + MINUTE).concern == "none"


def test_a_bad_outcome_is_not_lost_by_putting_another_file_there(suspect: Suspect, tmp_path: Path) -> None:
    copy, spare = copy_of(suspect, tmp_path / "copy.db"), copy_of(suspect, tmp_path / "spare.db")
    spoil(suspect)
    verify_ledger(suspect.path, state=suspect.state, clock=lambda: NOW)
    verify_ledger(spare, state=suspect.state, clock=lambda: NOW + MINUTE)
    copy.replace(suspect.path)

    assert status(suspect, NOW + MINUTE).concern == "bad", "until somebody verifies what lies there now"
    assert read_status(copy_of(suspect, tmp_path / "new.db"), suspect.state, NOW + MINUTE).concern == "unknown"


def test_a_copy_shorter_than_another_one_that_was_sound_is_bad(suspect: Suspect, tmp_path: Path) -> None:
    old = copy_of(suspect, tmp_path / "old.db")
    h = suspect.harness()
    h.record("oversight_action", oversight(90), "overseer")
    h.close()
    watch(suspect)

    found = read_status(old, suspect.state, NOW)

    assert (found.concern, found.shorter) == ("bad", found.elsewhere)
    assert verify_ledger(old, state=suspect.state, clock=lambda: NOW).exit_code == 1


@pytest.mark.parametrize(("exit_code", "concern"), [(0, "unknown"), (1, "bad")])
def test_an_outcome_of_an_earlier_version_is_of_nobody_knows_which_copy(
    suspect: Suspect, exit_code: int, concern: str
) -> None:
    watch(suspect)
    outcome = status(suspect).verified
    assert outcome is not None
    path = next(suspect.state.glob("*/verified.json"))
    members = json.loads(path.read_text())
    old = {name: members[name] for name in ("size", "root", "at", "summary", "level")}
    path.write_text(json.dumps({**old, "exit_code": exit_code}))

    found = status(suspect)

    assert (found.concern, found.verified) == (concern, None)
    assert found.elsewhere == replace(outcome, exit_code=exit_code, copy=None)


def test_a_run_that_an_earlier_version_remembered_is_read() -> None:
    members = json.loads(format_run(RUN))
    del members["file"]

    assert parse_run(json.dumps(members).encode()) == RUN


def test_a_ledger_shorter_than_what_was_verified_is_bad_before_anybody_verifies(suspect: Suspect) -> None:
    watch(suspect)
    with suspect.tampering() as c:
        c.execute("DELETE FROM entry WHERE idx > 10")
        c.execute("UPDATE head SET size = 11")

    assert status(suspect).concern == "bad"


def test_a_ledger_that_cannot_be_opened_still_tells_of_its_monitor(suspect: Suspect) -> None:
    watch(suspect)
    suspect.path.unlink()

    found = status(suspect)

    assert (found.concern, found.monitor is not None) == ("bad", True)
    assert "no ledger there" in found.error


def test_a_monitor_that_stopped_is_late(suspect: Suspect) -> None:
    watch(suspect)

    found = status(suspect, NOW + 31 * MINUTE)

    assert (found.overdue, found.concern) == (True, "late")
    assert found.next_step.startswith("'aims monitor' is overdue")


def test_a_clock_behind_the_last_verification_makes_it_unknown(suspect: Suspect) -> None:
    watch(suspect)

    found = status(suspect, NOW - 60 * MINUTE)

    assert (found.concern, found.next_step) == (
        "unknown", "set this machine's clock; the last verification is in its future"
    )  # fmt: skip


def test_who_does_not_answer_is_shown(new_harness: Callable[..., Harness]) -> None:
    h = new_harness()
    anchor(h)
    h.check()
    with h.ledger.backend.writing("failing") as connection:
        note_failure(connection, "witness.example/w2+00000000", "no answer", h.clock())

    found = read_status(h.path, h.state, _now(h))

    assert [state.target for state in found.failing] == ["witness.example/w2+00000000"]
    assert AUTHORITY in [state.target for state in found.anchors]
    assert found.next_step == "'aims anchor --status' shows who does not answer"


def _now(h: Harness) -> int:
    last = Memory(h.origin, h.state).last_verification()
    assert last is not None
    return parse_instant(last.at)
