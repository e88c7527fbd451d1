"""Incremental verification: what is new is judged as ever, what is old is not said to be read, and its turn comes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ledger import Report
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.errors import FormatError
from ledger.memory import Memory
from ledger.merkle import RightEdge, leaf_hash
from ledger.times import format_instant
from ledger.verifying.baseline import Stretch, format_baseline, next_slice, oldest, parse_baseline, read_again
from ledger.verifying.outcomes import LastVerification
from ledger.verifying.verification import verify_ledger
from tests.ledger.attacker import Suspect, add, found, install, keyid, rechain, signed, statement
from tests.ledger.harness import START, Harness, decision, decision_about, enrolment, oversight, signer

BASE = 639  # entries of the tiled story
HOUR = 3_600_000_000
NOW = START + 24 * HOUR


def grow(suspect: Suspect, count: int, *, first: int = 5_000) -> None:
    """Let the owner append, with checkpoints."""
    h = suspect.harness()
    with h.ledger.batch() as batch:
        for number in range(count):
            batch.record(
                oversight(first + number), kind="oversight_action", signers=signer("overseer"), subject="credit-scoring"
            )
    h.close()


def remember(suspect: Suspect, at: int = NOW, **options: object) -> Report:
    """A verification that leaves its outcome behind."""
    return suspect.verify(remember=True, clock=lambda: at, **options)


def new(suspect: Suspect, at: int = NOW + HOUR, **options: object) -> Report:
    """An incremental verification that leaves its outcome behind."""
    return remember(suspect, at, new=True, **options)


def base_of(suspect: Suspect) -> Path:
    """The file that the next verification builds on."""
    return next(suspect.state.iterdir()) / "baseline"


@pytest.fixture
def checked(tiled: Suspect) -> Suspect:
    """The ledger with full tiles, verified."""
    assert remember(tiled).exit_code == 0
    return tiled


# What is new


@pytest.mark.parametrize("count", [0, 1, 128, 129, 130, 390])
def test_what_is_new_leads_to_the_root_and_counts_of_a_full_verification(checked: Suspect, count: int) -> None:
    """At 768 and 769 entries a tile becomes full and the next begins."""
    if count:
        grow(checked, count)

    report, full = new(checked), checked.verify()

    assert (report.level, report.exit_code, report.size) == ("new", 0, BASE + count)
    assert (report.root, report.checkpoint_size, report.erasures) == (full.root, full.checkpoint_size, full.erasures)
    assert report.since is not None
    assert (report.since.size, report.since.full_at) == (BASE, format_instant(NOW))


def test_run_after_run_leads_to_the_same_as_one_full_verification(checked: Suspect) -> None:
    for round_, count in enumerate((1, 127, 1, 1, 254, 257, 0, 3)):
        if count:
            grow(checked, count, first=10_000 * (round_ + 1))
        assert new(checked, NOW + round_ * HOUR).exit_code == 0

    assert new(checked).root == checked.verify().root


def test_its_summary_says_what_was_not_read(checked: Suspect) -> None:
    report = new(checked)

    assert report.summary == "sound; entries 0 to 638 as verified before"
    assert "all of them at 2026-11-24T10:00:00.000000Z, and not read again" in str(report.since)


def _gone(suspect: Suspect, place: int) -> None:
    with suspect.tampering() as c:
        c.execute("DELETE FROM entry WHERE idx = ?", (place,))


def _leaf(suspect: Suspect, place: int) -> None:
    suspect.set_leaf(place, suspect.leaves()[place].replace(b'"v":1', b'"v": 1'))


def _byte(suspect: Suspect, place: int) -> None:
    raw = bytearray(suspect.leaves()[place])
    raw[raw.index(b'"payload":"') + 40] ^= 1
    suspect.set_leaf(place, bytes(raw))


def _id(suspect: Suspect, place: int) -> None:
    suspect.sql("UPDATE statement_id SET idx = 1 WHERE idx = ?", place)


def _value(suspect: Suspect, place: int) -> None:
    suspect.sql("INSERT INTO disclosure VALUES (?, ?, 'x')", place, bytes(32))


spoilers: dict[str, Callable[[Suspect, int], None]] = {
    "gone": _gone, "leaf": _leaf, "byte": _byte, "id": _id, "value": _value
}  # fmt: skip


# The first new entry, the ends of tiles and of the ledger, and between.
@pytest.mark.parametrize("place", [639, 767, 768, 770])
@pytest.mark.parametrize("spoil", sorted(spoilers))
def test_what_is_wrong_with_a_new_entry_is_found_as_by_a_full_verification(
    checked: Suspect, place: int, spoil: str
) -> None:
    grow(checked, 132)
    spoilers[spoil](checked, place)

    report, full = new(checked), checked.verify()

    assert report.level == "new"
    assert report.exit_code == 1
    assert set(found(report)) == set(found(full))


def test_an_entry_of_a_stranger_is_found(checked: Suspect) -> None:
    place = add(checked, signed(statement("ai_decision", decision(9), checked.origin), "stranger"))

    assert ("not permitted", place, "") in found(new(checked))


def test_new_keys_may_sign_and_ended_ones_not(checked: Suspect) -> None:
    h = checked.harness()
    h.record("key", enrolment("late", "pipeline"), ["admin", "late"])
    h.record("ai_decision", decision(77), "late")
    h.record("key", {"action": "revoked", "keyid": keyid("late"), "reason": "left"}, "admin")
    h.close()
    assert new(checked).exit_code == 0
    place = add(checked, signed(statement("ai_decision", decision(78), checked.origin, by="late"), "late"))

    assert ("not permitted", place, "") in found(new(checked))


def test_values_erased_since_are_erased(checked: Suspect) -> None:
    h = checked.harness()
    receipt = h.record("ai_decision", decision_about("Eve Evans", 90), "pipeline-b", source=_source())
    h.erase(receipt.index, members=["/affected_person/name"])
    h.erase(8, members=["/affected_person/name"])  # one of the old entries
    h.close()

    report = new(checked, rounds=1)

    assert report.exit_code == 0
    assert (report.erasures, checked.verify().erasures) == (4, 4)


def _source() -> str:
    return "https://bank.example/pipeline"


def test_a_counter_that_does_not_go_on_is_found(checked: Suspect) -> None:
    record = replace(
        signed(statement("oversight_action", oversight(1), checked.origin, by="overseer"), "overseer"),
        forced={"nth": 0, "nth_prev": "0" * 64},
    )
    place = add(checked, record)

    assert ("altered", place, "counter") in found(new(checked))


def test_a_new_mention_of_an_old_attachment_with_another_size_is_found(checked: Suspect) -> None:
    old = json.loads(checked.records()[10].payload)["data"]["artefacts"][0]
    body = decision(91, artefacts=[{**old, "size": old["size"] + 1}])
    place = add(checked, signed(statement("ai_decision", body, checked.origin)))

    assert ("not permitted", place, f"attachment {old['digest'][:16]}") in found(new(checked))


# What is old


@pytest.mark.parametrize("place", [0, 1, 9, 255, 256, 511])
def test_a_change_in_the_old_part_is_found_when_its_turn_comes_and_no_run_says_it_was_read_before(
    checked: Suspect, place: int
) -> None:
    _byte(checked, place)

    for run in range(1, 4):
        report = new(checked, NOW + run * HOUR, rounds=3)
        assert report.since is not None
        start, end = report.since.reread
        if start <= place < end or place in (0, 1):  # entries about keys are compared in each run
            break
        assert report.exit_code == 0

    assert ("altered", place, "") in found(report)


def test_every_entry_is_read_again_within_the_rounds(checked: Suspect) -> None:
    read: set[int] = set()
    for run in range(1, 4):
        report = new(checked, NOW + run * HOUR, rounds=3)
        assert report.since is not None
        read.update(range(*report.since.reread))

    assert read == set(range(BASE))
    assert report.since is not None
    assert report.since.oldest == format_instant(NOW + HOUR)


def test_a_change_in_the_last_unfinished_tile_of_the_old_part_is_found_at_once(checked: Suspect) -> None:
    grow(checked, 5)
    _byte(checked, 600)

    assert ("altered", 600, "") in found(new(checked))


def test_a_tile_changed_to_match_a_changed_entry_does_not_hide_it(checked: Suspect) -> None:
    _byte(checked, 300)
    leaves = checked.leaves()
    hashes = b"".join(map(leaf_hash, leaves[256:512]))
    checked.sql("UPDATE tile SET hashes = ? WHERE level = 0 AND n = 1", hashes)

    reports = [new(checked, NOW + run * HOUR, rounds=3) for run in (1, 2)]

    assert reports[0].exit_code == 0
    assert found(reports[1]) == [("altered", 300, "")]


def test_a_tile_that_was_changed_is_told_from_changed_entries(checked: Suspect) -> None:
    checked.sql("UPDATE tile SET hashes = zeroblob(8192) WHERE level = 0 AND n = 0")

    assert found(new(checked, rounds=1)) == [("index wrong", -1, "tile 0 on level 0")]


def test_old_values_and_rows_are_compared_again(checked: Suspect) -> None:
    checked.sql("DELETE FROM disclosure WHERE idx = 8")
    checked.sql("UPDATE statement_id SET idx = 5 WHERE idx = 300")

    seen = {(verdict, place) for verdict, place, _ in found(new(checked, rounds=1))}

    assert seen == {("missing", 8), ("index wrong", 300)}


def test_an_entry_about_keys_is_compared_in_each_run(checked: Suspect) -> None:
    (_leaf)(checked, 3)

    assert ("altered", 3, "") in found(new(checked, rounds=100))


def test_an_index_that_hides_an_entry_about_keys_hides_nothing(checked: Suspect) -> None:
    """Entry 16 ended the key called pipeline."""
    place = add(checked, signed(statement("ai_decision", decision(3), checked.origin, by="pipeline"), "pipeline"))
    checked.sql("UPDATE entry_index SET kind = 'ai_decision' WHERE kind = 'key' AND idx > 12")

    assert ("not permitted", place, "") in found(new(checked, rounds=100))


def test_a_history_rewritten_with_every_hash_right_is_found(checked: Suspect) -> None:
    records = checked.records()
    del records[100]
    records.append(signed(statement("ai_decision", decision(9), checked.origin)))
    install(checked, rechain(records, checked.origin))

    assert new(checked).exit_code == 1


def test_a_rewritten_history_that_grew_is_found(checked: Suspect) -> None:
    records = checked.records()
    del records[600]
    more = [signed(statement("ai_decision", decision(n), checked.origin)) for n in range(30)]
    install(checked, rechain([*records, *more], checked.origin))

    report = new(checked)

    assert report.exit_code == 1


def test_an_old_copy_put_back_is_found(checked: Suspect, tiled_story: Path) -> None:
    grow(checked, 50)
    assert new(checked).exit_code == 0

    shutil.copyfile(tiled_story / "ledger.db", checked.path)

    report = new(checked, NOW + 2 * HOUR)
    assert report.level == "full"
    assert ("truncated", BASE, "") in found(report)
    assert report.notes[0] == "everything was verified: the ledger is shorter than it was"


def test_an_end_cut_off_within_the_new_part_is_found(checked: Suspect) -> None:
    grow(checked, 50)
    with checked.tampering() as c:
        c.execute("DELETE FROM entry WHERE idx >= 660")

    assert ("truncated", 660, "") in found(new(checked))


@pytest.mark.parametrize("size", [100, 256, 300, 512, 600, 639])
def test_a_checkpoint_of_old_entries_that_came_since_is_compared(checked: Suspect, size: int) -> None:
    note = sign_checkpoint(Checkpoint(checked.origin, size, bytes(32)), signer("checkpoint"))
    seq = checked.one("SELECT max(seq) + 1 FROM checkpoint")
    checked.sql("INSERT INTO checkpoint VALUES (?, ?, ?)", seq, size, note)

    assert ("forked", -1, f"checkpoint {seq} of size {size}") in found(new(checked))


@pytest.mark.parametrize("size", [1, 100, 256, 300, 512, 513, 639])
def test_a_genuine_checkpoint_of_old_entries_is_sound(checked: Suspect, size: int) -> None:
    edge = RightEdge()
    edge.extend(map(leaf_hash, checked.leaves()[:size]))
    note = sign_checkpoint(Checkpoint(checked.origin, size, edge.root()), signer("checkpoint"))
    seq = checked.one("SELECT max(seq) + 1 FROM checkpoint")
    checked.sql("INSERT INTO checkpoint VALUES (?, ?, ?)", seq, size, note)

    report = new(checked, checkpoints=[note])

    assert (report.level, report.exit_code) == ("new", 0)


@pytest.mark.parametrize("size", [100, 256, 300, 512, 600])
def test_a_kept_checkpoint_of_another_history_is_found(checked: Suspect, size: int) -> None:
    note = sign_checkpoint(Checkpoint(checked.origin, size, bytes(32)), signer("checkpoint"))

    assert ("forked", -1, "history") in found(new(checked, checkpoints=[note]))


def test_checkpoints_that_are_gone_are_missed(checked: Suspect) -> None:
    grow(checked, 2)
    with checked.tampering() as c:
        c.execute("DELETE FROM checkpoint WHERE seq >= (SELECT max(seq) - 3 FROM checkpoint)")

    assert ("missing", -1, "table checkpoint") in found(new(checked))


# What it builds on


def test_without_a_verification_before_everything_is_verified(tiled: Suspect) -> None:
    base_of(tiled).unlink()

    report = new(tiled)

    assert (report.level, report.since) == ("full", None)
    assert report.notes[0] == "everything was verified: no sound verification is remembered here to build on"
    assert new(tiled).level == "new"


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "other version"])
def test_a_damaged_memory_of_it_makes_everything_be_verified(checked: Suspect, damage: str) -> None:
    file = base_of(checked)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    other = bytes(data).replace(b"aims-baseline/v1", b"aims-baseline/v2")
    file.write_bytes({"cut": bytes(data[:900]), "flip": bytes(data), "empty": b"", "other version": other}[damage])

    report = new(checked)

    assert (report.level, report.exit_code) == ("full", 0)
    assert new(checked).level == "new"


def test_after_tampering_was_found_everything_is_verified_until_it_is_gone(checked: Suspect) -> None:
    grow(checked, 10)
    raw = checked.leaves()[645]
    _byte(checked, 645)
    assert [new(checked, NOW + run * HOUR).level for run in (1, 2, 3)] == ["new", "full", "full"]

    checked.set_leaf(645, raw)

    assert [new(checked, NOW + run * HOUR).level for run in (4, 5)] == ["full", "new"]


def test_what_an_old_slice_showed_is_not_forgotten_by_the_next_run(checked: Suspect) -> None:
    _byte(checked, 20)
    codes = [new(checked, NOW + run * HOUR, rounds=3).exit_code for run in range(1, 6)]

    assert codes == [1] * 5


def altered(at: int) -> LastVerification:
    """What an incremental run that found something wrong leaves."""
    return LastVerification(BASE, bytes(32), format_instant(at), "1 × altered", 1, "new")


def test_a_run_that_saw_nothing_does_not_undo_one_that_did(checked: Suspect) -> None:
    """A full verification that began before tampering was found, and ends after that, leaves nothing to build on."""
    times = iter((NOW + HOUR, NOW + 3 * HOUR, NOW + 4 * HOUR))
    memory = Memory(checked.origin, checked.state)

    def clock() -> int:
        at = next(times)
        if at == NOW + 3 * HOUR:
            memory.note_verification(altered(NOW + 2 * HOUR))
            memory.keep_baseline(None)
        return at

    verify_ledger(checked.path, state=checked.state, clock=clock)

    assert not base_of(checked).exists()
    last = memory.last_verification()
    assert last is not None
    assert last.exit_code == 1


def test_a_bad_outcome_from_the_future_is_replaced(checked: Suspect) -> None:
    """The clock was set back since; what is found now is what counts."""
    memory = Memory(checked.origin, checked.state)
    memory.note_verification(altered(NOW + 9 * HOUR))

    remember(checked, NOW + HOUR)

    last = memory.last_verification()
    assert last is not None
    assert (last.exit_code, last.at) == (0, format_instant(NOW + HOUR))


def test_another_version_of_the_program_verifies_everything(checked: Suspect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.verifying.inspection.version", lambda _: "0.0.0")

    assert new(checked).level == "full"


def test_another_file_in_its_place_is_verified_wholly(checked: Suspect) -> None:
    copy = checked.folder / "copy.db"
    shutil.copyfile(checked.path, copy)
    copy.replace(checked.path)

    assert new(checked).level == "full"


def test_another_pin_makes_everything_be_verified(checked: Suspect) -> None:
    report = new(checked, trust=replace(checked.pin(), genesis=bytes(32)))

    assert (report.level, report.exit_code) == ("full", 1)


def test_a_compromise_makes_everything_be_verified(checked: Suspect) -> None:
    h = checked.harness()
    body = {"action": "compromised", "keyid": keyid("pipeline"), "since": "2026-01-01T00:00:00Z", "reason": "lost"}
    h.record("key", body, "admin")
    h.close()

    report = new(checked)

    assert report.level == "full"
    assert "key compromised" in {verdict for verdict, _, _ in found(report)}


def test_a_clock_behind_the_last_verification_is_told(checked: Suspect) -> None:
    report = new(checked, NOW - HOUR)

    assert (report.level, report.exit_code) == ("new", 4)
    assert found(report) == [("not checked here", -1, "this machine's clock")]
    assert new(checked, NOW + HOUR).exit_code == 0


def test_to_forget_leaves_what_it_builds_on_as_it_was(checked: Suspect) -> None:
    before = base_of(checked).read_bytes()
    grow(checked, 10)

    checked.verify(new=True)

    assert base_of(checked).read_bytes() == before


def test_a_lower_level_leaves_nothing_to_build_on(tiled: Suspect) -> None:
    base_of(tiled).unlink()

    remember(tiled, level="signatures")

    assert not list(tiled.state.rglob("baseline"))


def test_an_incremental_verification_of_a_lower_level_is_no_thing(checked: Suspect) -> None:
    with pytest.raises(ValueError, match="is of level full"):
        new(checked, level="hashes")
    with pytest.raises(ValueError, match="0 rounds"):
        new(checked, rounds=0)


def test_a_ledger_of_one_entry_can_be_built_on(tmp_path: Path) -> None:
    h = Harness.create(tmp_path, roles=())
    h.check()
    h.enrol("pipeline", "pipeline")
    h.close()

    report = h.verify(new=True)

    assert (report.level, report.exit_code, report.size) == ("new", 0, 2)


# The file and the stretches


def test_a_baseline_comes_back(checked: Suspect) -> None:
    data = base_of(checked).read_bytes()

    base = parse_baseline(data)

    assert format_baseline(base) == data
    assert (base.size, base.aligned) == (BASE, 512)


def test_a_file_without_its_digest_is_refused(checked: Suspect) -> None:
    with pytest.raises(FormatError, match="another digest"):
        parse_baseline(base_of(checked).read_bytes()[1:])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 10, "0-10c 10-20b 20-30a"),
        (0, 30, "0-30c"),
        (5, 15, "0-5a 5-15c 15-20b 20-30a"),
        (30, 40, "0-10a 10-20b 20-30a 30-40c"),
        (10, 20, "0-10a 10-20c 20-30a"),
        (7, 7, "0-10a 10-20b 20-30a"),
    ],
)
def test_what_is_read_again_takes_its_time_with_it(start: int, end: int, expected: str) -> None:
    stretches = (Stretch(0, 10, "a"), Stretch(10, 20, "b"), Stretch(20, 30, "a"))

    after = read_again(stretches, start, end, "c")

    assert " ".join(f"{s.start}-{s.end}{s.at}" for s in after) == expected


def test_neighbours_read_at_one_time_become_one() -> None:
    assert read_again((Stretch(0, 10, "a"),), 10, 20, "a") == (Stretch(0, 20, "a"),)


def test_the_oldest_is_read_first(checked: Suspect) -> None:
    base = parse_baseline(base_of(checked).read_bytes())
    base = replace(base, stretches=read_again(base.stretches, 0, 512, "9999"))

    assert oldest(base.stretches).start == 512
    assert next_slice(base, 100) == (512, BASE)
