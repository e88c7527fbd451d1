"""Going on with an interrupted verification: the answer is that of a fresh run, or it begins anew."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import Report
from ledger.memory import Memory
from ledger.store.scanning import Level
from ledger.verdicts import Resumed
from ledger.verifying import inspection, joining, resuming
from ledger.verifying.resuming import _decode, _encode
from ledger.verifying.verification import verify_ledger
from tests.ledger.attacker import Suspect, add, found, install, keyid, signed, statement
from tests.ledger.harness import decision, enrolment, oversight

SMALL = 256

Killed = Callable[..., None]

# A process of its own: it stores its progress after every range, and is killed or interrupted.
_KILLED = """
import os, signal, sys
from pathlib import Path
from ledger.verifying import inspection, joining, resuming
from ledger.verifying.verification import verify_ledger

path, state, after, how, level = sys.argv[1:]
joining.RANGE = inspection.RANGE = 256
resuming.EVERY = 1

def progress(done, total):
    if done >= int(after):
        os.kill(os.getpid(), getattr(signal, how))

verify_ledger(path, state=Path(state), progress=progress, level=level)
"""


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of 256 entries, stored after each."""
    for module in (joining, inspection):
        monkeypatch.setattr(module, "RANGE", SMALL)
    monkeypatch.setattr(resuming, "EVERY", 1)


def kill(suspect: Suspect, *, after: int = 256, how: str = "SIGKILL", level: Level = "full") -> None:
    """Let a process verify the ledger, and kill it once it has joined `after` entries."""
    arguments = [str(suspect.path), str(suspect.state), str(after), how, level]
    ended = subprocess.run([sys.executable, "-c", _KILLED, *arguments], check=False, capture_output=True)
    expected = -signal.SIGKILL if how == "SIGKILL" else -signal.SIGINT
    assert ended.returncode == expected, ended.stderr.decode()


class Stop(BaseException):
    """Ends a verification as a signal that can't be caught would: with what was stored by then, and no more."""


def stop(suspect: Suspect, *, level: Level = "full") -> None:
    """Let this process verify the ledger until 256 entries are joined."""

    def progress(done: int, _: int) -> None:
        raise Stop(done)

    with pytest.raises(Stop, match=r"\A256\Z"):
        verify_ledger(suspect.path, state=suspect.state, progress=progress, level=level)


def fresh(suspect: Suspect, level: Level = "full") -> Report:
    """A verification from the beginning, which leaves no trace in the memory."""
    return suspect.verify(remember=False, level=level)


def resumed(suspect: Suspect, level: Level = "full") -> Report:
    """A verification that goes on, and leaves no trace in the memory but that the progress is gone."""
    return suspect.verify(remember=False, resume=True, level=level)


def same(report: Report, other: Report) -> bool:
    """Whether two reports say the same but for when and from where."""
    return replace(report, checked_at="", resumed=None) == replace(other, checked_at="", resumed=None)


@pytest.mark.parametrize("how", ["SIGKILL", "SIGINT"])
@pytest.mark.parametrize("after", [256, 512])
def test_a_sound_ledger_is_as_sound_after_an_interruption(tiled: Suspect, after: int, how: str) -> None:
    expected = fresh(tiled)
    kill(tiled, after=after, how=how)

    report = resumed(tiled)

    assert report.resumed is not None
    assert report.resumed.size == after
    assert same(report, expected)
    assert report.exit_code == 0


@pytest.mark.parametrize("level", ["hashes", "signatures"])
def test_every_level_can_be_resumed(tiled: Suspect, level: Level) -> None:
    stop(tiled, level=level)

    report = resumed(tiled, level)

    assert report.resumed is not None
    assert report.resumed.size == 256
    assert same(report, fresh(tiled, level))


def test_a_level_takes_up_only_its_own_progress(tiled: Suspect) -> None:
    stop(tiled, level="hashes")

    assert resumed(tiled).resumed is None


# At the border, at the end of a full tile, behind it, and in the tail that no checkpoint covers.
@pytest.mark.parametrize("place", [256, 511, 512, 637])
@pytest.mark.parametrize("spoil", ["leaf", "gone", "column", "id", "value"])
def test_what_was_spoiled_behind_the_interruption_is_found_as_in_a_fresh_run(
    tiled: Suspect, place: int, spoil: str
) -> None:
    (kill if place == 256 else stop)(tiled)
    spoilers[spoil](tiled, place)

    report = resumed(tiled)

    assert report.resumed is not None
    assert report.resumed.size == 256
    assert same(report, fresh(tiled))
    assert report.exit_code == 1


def _gone(suspect: Suspect, place: int) -> None:
    with suspect.tampering() as c:
        c.execute("DELETE FROM entry WHERE idx = ?", (place,))


def _column(suspect: Suspect, place: int) -> None:
    with suspect.tampering() as c:
        c.execute("UPDATE entry_index SET subject = 'other' WHERE idx = ?", (place,))
        c.execute("UPDATE statement_recent SET idx = 0 WHERE idx = ?", (place,))


def _leaf(suspect: Suspect, place: int) -> None:
    suspect.set_leaf(place, suspect.leaves()[place].replace(b'"v":1', b'"v": 1'))


def _id(suspect: Suspect, place: int) -> None:
    with suspect.tampering() as c:
        c.execute("UPDATE statement_id SET idx = 1 WHERE idx = ?", (place,))


def _value(suspect: Suspect, place: int) -> None:
    suspect.sql("INSERT INTO disclosure VALUES (?, ?, 'x')", place, bytes(32))


spoilers = {"gone": _gone, "column": _column, "leaf": _leaf, "id": _id, "value": _value}


@pytest.mark.parametrize("place", [0, 7, 100, 200, 254])
def test_what_was_found_before_the_interruption_is_still_told(tiled: Suspect, place: int) -> None:
    _leaf(tiled, place)
    stop(tiled)

    report = resumed(tiled)

    assert report.resumed is not None
    assert same(report, fresh(tiled))
    assert report.exit_code == 1


def test_a_change_before_the_interruption_made_since_is_left_to_the_next_run_and_that_is_said(tiled: Suspect) -> None:
    stop(tiled)
    _leaf(tiled, 100)

    report = resumed(tiled)

    assert report.resumed is not None
    assert "not again" in str(report.resumed)
    assert report.resumed.began < report.checked_at
    assert found(tiled.verify(resume=True)) == [("altered", 100, "")]  # answered: there is nothing to take up


def test_the_entry_at_the_border_is_looked_at_again(tiled: Suspect) -> None:
    stop(tiled)
    _leaf(tiled, 255)

    report = resumed(tiled)

    assert report.resumed is None
    assert ("altered", 255, "") in found(report)


def test_entries_that_came_since_are_read_too(tiled: Suspect) -> None:
    stop(tiled)
    h = tiled.harness()
    for number in range(200):
        h.record("oversight_action", oversight(1000 + number), "overseer")
    h.close()

    report = resumed(tiled)

    assert report.resumed is not None
    assert report.resumed.size == 256
    assert (report.size, report.exit_code) == (839, 0)
    assert same(report, fresh(tiled))


def test_an_end_that_was_cut_off_since_is_found(tiled: Suspect) -> None:
    stop(tiled)
    _gone(tiled, 638)

    report = resumed(tiled)

    assert ("truncated", 638, "") in found(report)
    assert same(report, fresh(tiled))


def test_a_forged_entry_that_came_since_is_found(tiled: Suspect) -> None:
    stop(tiled)
    forged = signed(statement("ai_decision", decision(9), tiled.origin), "stranger")
    place = add(tiled, forged)

    report = resumed(tiled)

    assert ("not permitted", place, "") in found(report)
    assert same(report, fresh(tiled))


def test_a_key_entry_that_came_since_makes_it_begin_anew(tiled: Suspect) -> None:
    stop(tiled)
    h = tiled.harness()
    since = "2026-01-01T00:00:00Z"
    h.record("key", {"action": "compromised", "keyid": keyid("pipeline"), "since": since, "reason": "lost"}, "admin")
    h.close()

    report = resumed(tiled)

    assert report.resumed is None
    assert report.exit_code == 1
    assert same(report, fresh(tiled))


def test_another_history_in_place_of_the_one_that_was_read_is_found(tiled: Suspect) -> None:
    stop(tiled)
    records = tiled.records()
    install(tiled, _rewritten(tiled, records))

    report = resumed(tiled)

    assert report.exit_code == 1
    assert same(report, fresh(tiled))


def _rewritten(suspect: Suspect, records: list) -> list[bytes]:  # type: ignore[type-arg]
    from tests.ledger.attacker import rechain

    del records[50]
    return rechain(records, suspect.origin)


def test_a_ledger_cut_below_what_was_read_begins_anew(tiled: Suspect, tmp_path: Path) -> None:
    kill(tiled, after=512)
    with tiled.tampering() as c:
        c.execute("DELETE FROM entry WHERE idx >= 400")

    report = resumed(tiled)

    assert report.resumed is None
    assert ("truncated", 400, "") in found(report)


def test_another_file_in_its_place_begins_anew(tiled: Suspect) -> None:
    stop(tiled)
    copy = tiled.folder / "copy.db"
    shutil.copyfile(tiled.path, copy)
    copy.replace(tiled.path)

    assert resumed(tiled).resumed is None


def test_a_checkpoint_of_what_was_read_that_came_since_is_compared(tiled: Suspect) -> None:
    stop(tiled)
    forged = _note(tiled, 100, bytes(32))
    with tiled.tampering() as c:
        (seq,) = c.execute("SELECT max(seq) + 1 FROM checkpoint").fetchone()
        c.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (seq, 100, forged))

    report = resumed(tiled)

    assert same(report, fresh(tiled))
    assert ("forked", -1, f"checkpoint {seq} of size 100") in found(report)


def _note(suspect: Suspect, size: int, root: bytes) -> bytes:
    from ledger.checkpoint import Checkpoint, sign_checkpoint
    from tests.ledger.harness import signer

    return sign_checkpoint(Checkpoint(suspect.origin, size, root), signer("checkpoint"))


def test_a_kept_checkpoint_that_was_not_asked_about_begins_anew(tiled: Suspect) -> None:
    stop(tiled)

    report = tiled.verify(resume=True, checkpoints=[_note(tiled, 100, bytes(32))])

    assert report.resumed is None
    assert report.exit_code == 1


def test_another_pin_begins_anew(tiled: Suspect) -> None:
    stop(tiled)
    pin = Memory(tiled.origin, tiled.state).pin()
    assert pin is not None

    report = tiled.verify(resume=True, trust=replace(pin, genesis=bytes(32)))

    assert report.resumed is None
    assert report.exit_code == 1


def test_another_version_of_the_program_begins_anew(tiled: Suspect, monkeypatch: pytest.MonkeyPatch) -> None:
    stop(tiled)
    monkeypatch.setattr(inspection, "version", lambda _: "0.0.0")

    assert resumed(tiled).resumed is None


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "nonsense"])
def test_damaged_progress_begins_anew(tiled: Suspect, damage: str) -> None:
    stop(tiled)
    (file,) = tiled.state.rglob("progress")
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes({"cut": bytes(data[:500]), "flip": bytes(data), "empty": b"", "nonsense": b"\xff\n\n"}[damage])

    report = resumed(tiled)

    assert report.resumed is None
    assert report.exit_code == 0


def test_without_resume_it_begins_anew(tiled: Suspect) -> None:
    stop(tiled)

    assert tiled.verify().resumed is None


def test_an_answer_leaves_no_progress(tiled: Suspect) -> None:
    stop(tiled)
    assert list(tiled.state.rglob("progress"))

    tiled.verify(remember=True)

    assert not list(tiled.state.rglob("progress"))


def test_an_interruption_in_the_middle_of_a_range_stores_nothing_of_it(
    tiled: Suspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a range joined would be counted twice."""
    monkeypatch.setattr(resuming, "EVERY", 1_000)
    whole = joining.Joined._join_links

    def interrupted(self: joining.Joined, *arguments: object) -> None:
        if self.tree.size >= 512:
            raise KeyboardInterrupt
        whole(self, *arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(joining.Joined, "_join_links", interrupted)
        with pytest.raises(KeyboardInterrupt):
            tiled.verify(remember=True)

    assert not list(tiled.state.rglob("progress"))
    assert tiled.verify(resume=True).exit_code == 0


def test_a_resumed_verification_can_be_interrupted_again(tiled: Suspect) -> None:
    expected = fresh(tiled)
    stop(tiled)
    began = resumed_until(tiled, 500)

    report = resumed(tiled)

    assert report.resumed == Resumed(512, began)
    assert same(report, expected)


def resumed_until(suspect: Suspect, after: int) -> str:
    """Go on until `after` entries are joined, be interrupted, and say when the first of the two began."""

    def progress(done: int, _: int) -> None:
        if done >= after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify_ledger(suspect.path, state=suspect.state, progress=progress, resume=True)
    (file,) = suspect.state.rglob("progress")
    return str(json.loads(file.read_bytes().split(b"\n", 2)[2])["Stored"][0])


def test_state_that_was_stored_comes_back_as_it_was(tiled: Suspect) -> None:
    _leaf(tiled, 60)
    _gone(tiled, 70)
    stop(tiled)
    (file,) = tiled.state.rglob("progress")
    text = file.read_bytes().split(b"\n", 2)[2]

    stored = _decode(json.loads(text))

    assert json.dumps(_encode(stored)).encode() == text
    assert stored.joined.missing == [(70, 71)]


def test_enrolments_in_the_tail_are_judged(tiled: Suspect) -> None:
    """The key state of a resumed run is that of the ledger as it is now."""
    stop(tiled)
    h = tiled.harness()
    h.record("key", enrolment("late", "pipeline"), ["admin", "late"])
    h.record("ai_decision", decision(77), "late")
    h.close()

    assert resumed(tiled).exit_code == 0
