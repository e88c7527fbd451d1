"""A ledger that is older, shorter or another than it was: found by default, from what is remembered outside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger.errors import FormatError, StoreError
from ledger.memory import Memory
from ledger.verdicts import Verdict
from ledger.verifying.verification import verify_ledger
from tests.ledger.attacker import Suspect, found, install, rechain, sign_again, signed, statement
from tests.ledger.harness import Harness, decision, enrolment, oversight


def cut(suspect: Suspect, size: int, *, checkpoints: bool = True) -> None:
    """Take away everything after `size` entries, from every table, as if it had never been."""
    install(suspect, suspect.leaves()[:size], indexed=min(size, 22))
    with suspect.tampering() as connection:
        connection.execute("DELETE FROM disclosure WHERE idx >= ?", (size,))
        connection.execute("DELETE FROM erased WHERE by_idx >= ?", (size,))
        if checkpoints:
            connection.execute("DELETE FROM checkpoint WHERE size > ?", (size,))


# A cut tail


@pytest.mark.parametrize("size", [1, 7, 18, 25])
def test_a_tail_cut_from_every_table_is_found_by_what_was_seen_before(suspect: Suspect, size: int) -> None:
    cut(suspect, size)

    report = suspect.verify()

    assert found(report) == [("truncated", size, "")]
    assert (report.exit_code, report.size) == (1, size)
    assert "what was seen here at 20" in report.findings[-1].detail
    assert "says 26 entries" in report.findings[-1].detail


def test_a_tail_cut_with_its_last_hour_unseen_is_found_by_what_was_signed_here(suspect: Suspect) -> None:
    pin = suspect.pin()
    next(suspect.state.glob("*/pin.json")).unlink()
    cut(suspect, 18)

    report = suspect.verify(trust=pin)

    assert found(report) == [("truncated", 18, "")]
    assert "what was signed here at 20" in report.findings[-1].detail


def test_a_cut_tail_whose_checkpoints_were_left_is_found_at_first_sight(suspect: Suspect) -> None:
    cut(suspect, 18, checkpoints=False)

    report = suspect.at_first_sight()

    assert found(report, Verdict.FIRST_SIGHT) == [("truncated", 18, "")]
    assert "a signed checkpoint in the database says 22" in report.findings[-1].detail


def test_a_cut_tail_whose_head_row_was_left_is_found_at_first_sight(suspect: Suspect) -> None:
    suspect.sql("DELETE FROM entry WHERE idx >= 24")

    assert found(suspect.at_first_sight(), Verdict.FIRST_SIGHT) == [("truncated", 24, "")]


def test_every_entry_deleted_is_found(suspect: Suspect) -> None:
    suspect.sql("DELETE FROM entry")

    assert ("truncated", 0, "") in found(suspect.verify())


def test_a_database_without_entries_and_head_row_is_no_ledger(suspect: Suspect) -> None:
    suspect.sql("DELETE FROM entry")
    suspect.sql("DELETE FROM head")

    with pytest.raises(StoreError, match="a ledger without head row and entries; restore it from a backup"):
        suspect.verify()


def test_a_garbage_checkpoint_does_not_make_a_ledger_look_cut(suspect: Suspect) -> None:
    suspect.sql("INSERT INTO checkpoint VALUES (15, 900, ?)", b"there were more")

    assert found(suspect.verify()) == [("altered", -1, "checkpoint 15 of size 900")]


def test_a_cut_tail_under_another_name_in_the_head_row_is_still_found(suspect: Suspect) -> None:
    cut(suspect, 18)
    suspect.sql("UPDATE head SET origin = 'bank.example/other'")

    assert set(found(suspect.verify())) == {("truncated", 18, ""), ("index wrong", -1, "head")}


# Older copies


def test_a_restored_older_copy_is_found(tmp_path: Path) -> None:
    h = Harness.create(tmp_path)
    h.record("oversight_action", oversight(1), "overseer")
    h.check()
    h.close()
    backup = tmp_path / "backup.db"
    shutil.copyfile(h.path, backup)
    h.reopen()
    h.record("oversight_action", oversight(2), "overseer")
    h.close()

    shutil.copyfile(backup, h.path)
    report = h.verify()

    assert found(report) == [("truncated", 8, "")]


def test_a_dropped_write_ahead_log_is_found(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    h = Harness.create(folder)
    h.reopen()
    h.record("oversight_action", oversight(1), "overseer")
    h.check()
    assert Path(f"{h.path}-wal").stat().st_size

    copy = tmp_path / "b" / "ledger.db"
    copy.parent.mkdir()
    shutil.copyfile(h.path, copy)
    report = verify_ledger(copy, state=h.state)
    h.close()

    assert found(report) == [("truncated", 7, "")]


def test_a_ledger_that_grew_since_is_no_older_copy(suspect: Suspect) -> None:
    h = suspect.harness()
    h.record("oversight_action", oversight(77), "overseer")
    h.close()

    report = suspect.verify()

    assert (report.exit_code, found(report)) == (0, [])


# Another history


def rewritten(suspect: Suspect, start: int) -> None:
    """Entries from `start` on replaced by others, by someone who has every key but not the verifier's memory."""
    before = suspect.records()
    for place in range(start, len(before)):
        if place < 7 or place in (8, 9, 12, 14, 15, 16, 17):  # keys, values and what refers to others stay
            continue
        body = oversight(1_000 + place)
        payload = statement("oversight_action", body, suspect.origin, "overseer", time=before[place].time)
        before[place] = replace(signed(payload, "overseer"), time=before[place].time)
    install(suspect, rechain(before, suspect.origin))
    with suspect.tampering() as connection:
        connection.execute("DELETE FROM disclosure WHERE idx NOT IN (8, 9)")


def test_a_rewritten_history_of_the_same_length_contradicts_its_own_checkpoints(suspect: Suspect) -> None:
    rewritten(suspect, 18)

    report = suspect.at_first_sight()

    notes = [("checkpoint", 13, 21), ("checkpoint", 14, 22)]
    notes += [(table, seq, 22) for table in ("cosignature", "timestamp") for seq in range(3)]
    assert set(found(report, Verdict.FIRST_SIGHT)) == {
        ("forked", -1, f"{table} {seq} of size {size}") for table, seq, size in notes
    }
    assert report.exit_code == 1


def test_a_rewritten_history_signed_with_a_copied_checkpoint_key_is_forked(suspect: Suspect) -> None:
    rewritten(suspect, 18)
    sign_again(suspect)

    report = suspect.verify()

    assert set(found(report)) == {("forked", -1, "history")}
    assert "at size 26 the root seen here at 20" in " ".join(f.detail for f in report.findings)
    assert suspect.at_first_sight().exit_code == 4, "who never saw the other history can't know"


def test_a_fork_that_is_longer_than_what_was_seen_is_forked(suspect: Suspect) -> None:
    rewritten(suspect, 20)
    more = [signed(statement("ai_decision", decision(n), suspect.origin)) for n in range(900, 910)]
    install(suspect, rechain([*suspect.records(), *more], suspect.origin))
    sign_again(suspect)

    assert set(found(suspect.verify())) == {("forked", -1, "history")}


def founded_again(suspect: Suspect, keys: Callable[[str], str]) -> None:
    """A whole other ledger under the same origin, its genesis signed by the key called ``keys("admin")``."""
    genesis = json.loads(suspect.records()[0].payload)
    members = enrolment(keys("admin"), "admin", principal="admin-1")
    founder = {name: members[name] for name in ("public_key", "algorithm", "principal", "roles", "sources")}
    founder["sources"] = [genesis["source"]]
    genesis["data"] = {**genesis["data"], "founder": "Another bank", "keys": [founder]}
    records = [signed(json.dumps(genesis).encode(), keys("admin"))]
    enrolled = enrolment(keys("overseer"), "overseer", sources=["https://bank.example/overseer"])
    payload = statement("key", enrolled, suspect.origin, "admin")
    records.append(signed(payload, [keys("admin"), keys("overseer")]))
    for number in range(24):
        payload = statement("oversight_action", oversight(number), suspect.origin, "overseer")
        records.append(signed(payload, keys("overseer")))
    install(suspect, rechain(records, suspect.origin))
    with suspect.tampering() as connection:
        connection.execute("DELETE FROM disclosure")
        connection.execute("DELETE FROM erased")
    sign_again(suspect)


@pytest.mark.parametrize("keys", [str, lambda name: f"stranger-{name}"], ids=["same keys", "other keys"])
def test_another_genesis_under_the_same_origin_is_forked(suspect: Suspect, keys: Callable[[str], str]) -> None:
    pin = suspect.pin()
    founded_again(suspect, keys)

    assert {("forked", 0, ""), ("forked", -1, "history")} <= set(found(suspect.verify()))
    assert found(suspect.at_first_sight(trust=pin)) == [("forked", 0, "")]
    assert suspect.at_first_sight().exit_code == 4


def test_a_whole_other_ledger_is_judged_by_its_own_name(suspect: Suspect, tmp_path: Path) -> None:
    """Under another origin it is another ledger; that the path is the same says nothing."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = Harness.create(folder)
    other.close()
    shutil.copyfile(other.path, suspect.path)

    report = suspect.verify()

    assert (report.exit_code, report.summary) == (4, "self-consistent, first sight")
    assert report.origin == other.origin


# Pins


def test_at_first_sight_a_ledger_is_only_consistent_with_itself(suspect: Suspect) -> None:
    report = suspect.at_first_sight()

    assert (report.exit_code, report.summary) == (4, "self-consistent, first sight")
    assert not report.tampered


def test_what_was_seen_once_is_known_from_then_on(suspect: Suspect, tmp_path: Path) -> None:
    assert verify_ledger(suspect.path, state=tmp_path / "mine").exit_code == 4

    again = verify_ledger(suspect.path, state=tmp_path / "mine")

    assert (again.exit_code, again.summary) == (0, "sound")
    assert again.trust == f"pin of genesis {suspect.pin().genesis.hex()[:16]}, 1 state(s) known from before"


def test_a_pin_from_outside_is_enough_at_first_sight(suspect: Suspect) -> None:
    assert suspect.at_first_sight(trust=suspect.pin()).exit_code == 0


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"genesis": bytes(32)}, ("forked", 0, "")),
        ({"vkeys": ()}, ("forked", -1, "pin")),
        ({"origin": "bank.example/other"}, ("forked", -1, "pin")),
    ],
)
def test_a_pin_of_another_ledger_is_not_satisfied(
    suspect: Suspect, change: dict[str, object], place: tuple[str, int, str]
) -> None:
    pin = replace(suspect.pin(), **change)  # type: ignore[arg-type]

    assert found(suspect.at_first_sight(trust=pin)) == [place]


def test_a_pin_from_outside_does_not_forget_what_was_seen(suspect: Suspect) -> None:
    pin = suspect.pin()
    cut(suspect, 18)

    assert found(suspect.verify(trust=pin)) == [("truncated", 18, "")]


def test_a_pin_from_outside_does_not_shorten_the_memory(suspect: Suspect) -> None:
    memory = Memory(suspect.origin, suspect.state)
    before = memory.pin()

    suspect.verify(trust=suspect.pin(), remember=True)

    assert memory.pin() == before


def test_a_pin_from_outside_that_contradicts_the_memory_is_said(suspect: Suspect, tmp_path: Path) -> None:
    impostor = Suspect.copy(suspect.folder, tmp_path / "impostor")
    founded_again(impostor, str)
    assert verify_ledger(impostor.path, state=tmp_path / "mine").exit_code == 4

    report = verify_ledger(suspect.path, state=tmp_path / "mine", trust=suspect.pin())

    assert ("forked", -1, "memory") in found(report)


def test_tampering_is_reported_to_the_memory_and_not_believed(suspect: Suspect) -> None:
    memory = Memory(suspect.origin, suspect.state)
    before = memory.pin()
    rewritten(suspect, 18)
    sign_again(suspect)

    report = suspect.verify(remember=True)

    last = memory.last_verification()
    assert last is not None
    assert (last.exit_code, last.summary, last.size) == (1, report.summary, 26)
    assert memory.pin() == before


@pytest.mark.parametrize("damage", [b"", b"{}", b"{", b'{"origin":1}', b"\xff"])
def test_a_damaged_memory_is_an_error_and_not_first_sight(suspect: Suspect, damage: bytes) -> None:
    next(suspect.state.glob("*/pin.json")).write_bytes(damage)

    with pytest.raises(FormatError):
        suspect.verify()


def test_a_damaged_signer_memory_is_an_error(suspect: Suspect) -> None:
    next(suspect.state.glob("*/signer-*.log")).write_bytes(b"26 nonsense\n")

    with pytest.raises(FormatError, match="what was signed for"):
        suspect.verify()
