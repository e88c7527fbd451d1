"""Signing checkpoints: never two that contradict each other, whatever becomes of database or memory."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ledger import Ledger, Receipt
from ledger.checkpoint import parse_checkpoint, verify_checkpoint
from ledger.errors import AimsError, FormatError, ProofError, Refused, Rollback, StoreError
from ledger.keys.signer_memory import SignerMemory
from ledger.note import VerifierKey, format_vkey, parse_note
from ledger.signing import key_id
from tests.ledger.harness import Harness, decision, signer

NewHarness = Callable[..., Harness]


def checkpoints(harness: Harness) -> list[int]:
    """The sizes of the stored checkpoints, in the order they were signed."""
    return [size for _, size, _ in sorted(harness.rows()["checkpoint"])]


def copy_of(harness: Harness, name: str) -> Path:
    """A copy of the ledger's files as they are now, taken while it is closed."""
    harness.close()
    folder = harness.folder / name
    folder.mkdir()
    shutil.copy(harness.path, folder / "ledger.db")
    harness.reopen()
    return folder / "ledger.db"


def replace_database(harness: Harness, copy: Path) -> None:
    harness.close()
    shutil.copy(copy, harness.path)
    harness.reopen()


def memory_file(harness: Harness) -> Path:
    return next(harness.state.rglob("signer-*.log"))


def memory_lines(harness: Harness) -> list[bytes]:
    """What is remembered, without the zeros behind it."""
    return memory_file(harness).read_bytes().rstrip(b"\0").splitlines()


def lose_memory(harness: Harness) -> None:
    harness.close()
    memory_file(harness).unlink()
    harness.reopen()


def see_nothing_signed(harness: Harness, error: type[AimsError], match: str) -> AimsError:
    """See that no checkpoint can be had, and that the attempt signed and stored nothing."""
    before = checkpoints(harness)
    remembered = memory_file(harness).read_bytes() if list(harness.state.rglob("signer-*.log")) else b""
    with pytest.raises(error, match=match) as caught:
        harness.ledger.checkpoint()
    assert checkpoints(harness) == before
    assert (memory_file(harness).read_bytes() if list(harness.state.rglob("signer-*.log")) else b"") == remembered
    return caught.value


# As it should be


def test_every_append_signs_the_new_head_and_the_note_verifies_with_the_genesis_key(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    harness.append(*(harness.line("ai_decision", decision(n)) for n in range(3)))

    assert checkpoints(harness) == [1, 7, 8, 11]
    note = harness.ledger.newest_checkpoint()
    assert note is not None
    verified = verify_checkpoint(note, harness.ledger.authority.verifier_keys()).checkpoint
    assert (verified.origin, verified.size) == (harness.origin, 11)
    assert harness.check().unsigned_tail == 0


def test_a_head_that_did_not_move_is_not_signed_again(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))

    notes = {harness.ledger.checkpoint() for _ in range(3)}

    assert notes == {harness.ledger.newest_checkpoint()}
    assert checkpoints(harness) == [1, 7, 8]


def test_a_duplicate_signs_nothing_new(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(1))
    harness.append(line)

    with harness.nothing_stored():
        assert harness.append(line)[0].state == "checkpointed"


def test_a_signer_catches_up_with_what_others_appended(harness: Harness) -> None:
    with Ledger.open(harness.path, clock=harness.clock) as other:
        for n in range(300):
            other.append([harness.line("ai_decision", decision(n))])
    assert harness.check().unsigned_tail == 300

    assert parse_checkpoint(parse_note(harness.ledger.checkpoint()).text).size == 307
    assert harness.check().unsigned_tail == 0


def test_a_signer_goes_on_after_reopening(harness: Harness) -> None:
    for n in range(4):
        harness.record("ai_decision", decision(n))
        harness.reopen()

    assert checkpoints(harness) == [1, 7, 8, 9, 10, 11]
    harness.check()


# Another key


def test_a_key_that_is_no_checkpoint_key_signs_nothing(harness: Harness) -> None:
    harness.reopen(checkpoint_signer=signer("stranger"))
    match = rf"^checkpoint: key {key_id(signer('stranger').public_key)[:16]} is not a checkpoint key of .* in force"

    see_nothing_signed(harness, Refused, match)
    with harness.nothing_stored(), pytest.raises(Refused, match=match):
        harness.record("ai_decision", decision(1))


def test_a_new_checkpoint_key_takes_over_and_the_retired_one_stops(harness: Harness) -> None:
    vkey = format_vkey(VerifierKey(harness.origin, signer("checkpoint2").public_key))
    old = harness.ledger.authority.checkpoint_keys[0].text
    harness.record(
        "ledger", {"action": "checkpoint_key_added", "checkpoint_key": vkey, "reason": "rotation"}, by="admin"
    )
    note = harness.ledger.checkpoint()

    harness.reopen(checkpoint_signer=signer("checkpoint2"))
    see_nothing_signed(harness, Refused, "remembers no checkpoint of a ledger with 8 entries")
    harness.ledger.adopt(note, unwitnessed=True)
    harness.record(
        "ledger", {"action": "checkpoint_key_retired", "checkpoint_key": old, "reason": "rotation"}, by="admin"
    )
    harness.record("ai_decision", decision(1))
    assert harness.check().unsigned_tail == 0

    harness.reopen()
    see_nothing_signed(harness, Refused, "is not a checkpoint key of .* in force")


# Memory lost


def test_a_signer_that_lost_its_memory_signs_nothing_until_it_is_told(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    note = harness.ledger.checkpoint()
    lose_memory(harness)

    refused = see_nothing_signed(
        harness, Refused, "^checkpoint: this signer remembers no checkpoint of a ledger with 8 ent"
    )

    assert "aims checkpoint --adopt" in refused.remedy
    harness.ledger.adopt(note, unwitnessed=True)
    harness.record("ai_decision", decision(2))
    assert harness.check().unsigned_tail == 0


def test_appending_with_a_signer_that_lost_its_memory_stores_nothing(harness: Harness) -> None:
    lose_memory(harness)

    # "Whatever raises stored nothing": else a caller who tries again records the same thing twice.
    with harness.nothing_stored(), pytest.raises(Refused, match="remembers no checkpoint"):
        harness.record("ai_decision", decision(1))


def test_an_older_checkpoint_may_be_adopted_and_the_entries_since_are_hashed_again(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    old = harness.ledger.checkpoint()
    harness.append(*(harness.line("ai_decision", decision(n)) for n in range(300)))
    lose_memory(harness)

    harness.ledger.adopt(old, unwitnessed=True)

    # The newest that the database shows counts as signed, whatever was brought.
    assert [line.split()[0] for line in memory_lines(harness)] == [b"308"]
    assert parse_checkpoint(parse_note(harness.ledger.checkpoint()).text).size == 308
    harness.check()


def test_a_checkpoint_that_the_ledger_does_not_extend_is_not_adopted(harness: Harness) -> None:
    early = copy_of(harness, "early")
    harness.record("ai_decision", decision(1))
    note = harness.ledger.checkpoint()
    replace_database(harness, early)
    harness.close()
    memory_file(harness).unlink()
    harness.reopen()

    match = r"^adopt: the ledger's first 8 entries do not lead to the checkpoint's root; the database is older than"
    with pytest.raises(Rollback, match=match) as caught:
        harness.ledger.adopt(note, unwitnessed=True)
    assert caught.value.exit_code == 1
    see_nothing_signed(harness, Refused, "remembers no checkpoint")


def test_nothing_is_adopted_into_a_ledger_whose_own_newest_checkpoint_it_does_not_lead_to(harness: Harness) -> None:
    old = harness.ledger.checkpoint()
    fork = copy_of(harness, "fork")
    harness.record("ai_decision", decision(1))
    harness.record("ai_decision", decision(2))
    note = harness.ledger.checkpoint()
    replace_database(harness, fork)
    harness.reopen(checkpoint_signer=None)
    for n in range(3):
        harness.record("ai_decision", decision(100 + n))
    with harness.tampering() as connection:
        connection.execute(
            "INSERT INTO checkpoint (seq, size, note) SELECT max(seq) + 1, 9, ? FROM checkpoint", (note,)
        )
    lose_memory(harness)

    with pytest.raises(Rollback, match=r"^adopt: the ledger's first 9 entries do not lead to the checkpoint's root"):
        harness.ledger.adopt(old, unwitnessed=True)


def test_a_checkpoint_of_another_history_is_not_adopted(harness: Harness) -> None:
    early = copy_of(harness, "early")
    harness.record("ai_decision", decision(1))
    note = harness.ledger.checkpoint()
    replace_database(harness, early)
    harness.reopen(checkpoint_signer=None)
    harness.record("ai_decision", decision(2))
    harness.record("ai_decision", decision(3))
    lose_memory(harness)

    with pytest.raises(Rollback, match=r"^adopt: the ledger's first 8 entries do not lead to the checkpoint's root"):
        harness.ledger.adopt(note, unwitnessed=True)


def test_a_forged_checkpoint_is_not_adopted(harness: Harness) -> None:
    note = harness.ledger.checkpoint()
    lose_memory(harness)

    for forged in (note.replace(b"\n7\n", b"\n6\n"), note[:-10] + b"AAAAAAAA=\n"):
        with pytest.raises((ProofError, FormatError)):
            harness.ledger.adopt(forged, unwitnessed=True)
    see_nothing_signed(harness, Refused, "remembers no checkpoint")


def test_another_ledgers_checkpoint_is_not_adopted(new_harness: NewHarness) -> None:
    ours, theirs = new_harness(), new_harness()
    lose_memory(ours)

    with pytest.raises((ProofError, Refused)):
        ours.ledger.adopt(theirs.ledger.checkpoint(), unwitnessed=True)
    see_nothing_signed(ours, Refused, "remembers no checkpoint")


def test_a_signer_that_has_its_memory_can_not_be_talked_into_another_one(harness: Harness) -> None:
    old = harness.ledger.checkpoint()
    harness.record("ai_decision", decision(1))

    with pytest.raises(Refused, match=r"^adopt: this signer still has its memory, expected a signer that lost it"):
        harness.ledger.adopt(old, unwitnessed=True)


# The database goes back, or becomes another one


def test_a_restored_older_database_gets_no_signature(harness: Harness) -> None:
    early = copy_of(harness, "early")
    harness.record("ai_decision", decision(1))
    harness.record("ai_decision", decision(2))
    replace_database(harness, early)

    rolled_back = see_nothing_signed(
        harness, Rollback, "^checkpoint: the ledger has 7 entries, but 9 were signed before"
    )
    assert rolled_back.exit_code == 1


def test_a_restored_older_database_takes_no_entries_from_a_signer(harness: Harness) -> None:
    early = copy_of(harness, "early")
    harness.record("ai_decision", decision(1))
    replace_database(harness, early)

    # What is stored now would be a fork; and whatever raises stored nothing.
    with harness.nothing_stored(), pytest.raises(Rollback, match=r"but 8 were signed before|do not extend"):
        harness.record("ai_decision", decision(2))


def test_a_forked_database_gets_no_signature(harness: Harness) -> None:
    early = copy_of(harness, "early")
    harness.record("ai_decision", decision(1))
    replace_database(harness, early)
    harness.reopen(checkpoint_signer=None)
    for n in (2, 3, 4):
        harness.record("ai_decision", decision(n))
    harness.acknowledged.clear()
    harness.reopen()

    match = r"^checkpoint: the 10 entries do not extend the 8 that were signed before; 'aims verify' shows what differs"
    assert see_nothing_signed(harness, Rollback, match).exit_code == 1


def test_a_fork_of_the_same_length_gets_no_signature(harness: Harness) -> None:
    early = copy_of(harness, "early")
    harness.record("ai_decision", decision(1))
    replace_database(harness, early)
    harness.reopen(checkpoint_signer=None)
    harness.record("ai_decision", decision(2))
    harness.reopen()

    see_nothing_signed(harness, Rollback, "the 8 entries do not extend the 8 that were signed before")


def test_an_entry_rewritten_since_the_last_signature_gets_none(harness: Harness) -> None:
    harness.reopen(checkpoint_signer=None)
    harness.record("ai_decision", decision(1))
    harness.record("ai_decision", decision(2))
    leaf = harness.ledger.leaf(7)
    with harness.tampering() as connection:
        connection.execute("UPDATE entry SET leaf = ? WHERE idx = 7", (leaf.replace(b'"nth":0', b'"nth":1'),))
    harness.reopen()

    see_nothing_signed(harness, Rollback, "the 9 entries do not extend the 7 that were signed before")


@pytest.mark.parametrize("sql", ["DELETE FROM entry WHERE idx = 7", "UPDATE head SET edge = x'' WHERE id = 1"])
def test_a_database_with_a_hole_or_another_edge_gets_no_signature(harness: Harness, sql: str) -> None:
    harness.reopen(checkpoint_signer=None)
    harness.record("ai_decision", decision(1))
    harness.record("ai_decision", decision(2))
    harness.reopen()
    with harness.tampering() as connection:
        connection.execute(sql)

    see_nothing_signed(harness, AimsError, r"do not extend|edge|damaged|not in the database")


# The memory itself


@pytest.mark.parametrize("damage", ["text", "digit", "cut", "swapped", "NUL"])
def test_a_damaged_memory_signs_nothing(harness: Harness, damage: str) -> None:
    harness.record("ai_decision", decision(1))
    harness.close()
    path = memory_file(harness)
    line = path.read_bytes().splitlines(keepends=True)[-1]
    path.write_bytes(
        {
            "text": b"nothing of the kind\n",
            "digit": b"9" + line[1:],
            "cut": line[:40] + b"\n",
            "swapped": line[:2] + line[2:][::-1].strip() + b"\n",
            "NUL": line[:-1] + b"\x00\n",
        }[damage]
    )
    harness.reopen()

    refused = see_nothing_signed(
        harness, FormatError, rf"found .*, expected what was signed for {harness.origin}; restore"
    )

    assert str(refused).isprintable()
    with harness.nothing_stored(), pytest.raises(FormatError):
        harness.record("ai_decision", decision(2))


@pytest.mark.parametrize("roomy", [True, False], ids=["zeros behind", "nothing behind"])
def test_a_torn_write_is_ignored_since_its_signature_never_left(harness: Harness, roomy: bool) -> None:
    path = memory_file(harness)
    for number, torn in enumerate(range(0, 90, 7)):
        harness.record("ai_decision", decision(number))
        harness.close()
        whole = path.read_bytes().rstrip(b"\0")
        # A file that is cut may end anywhere; zeros are left by whole sectors only.
        kept = -len(whole) % 512 + 512 * (torn % 3) if roomy else torn
        path.write_bytes(whole + (b"9 0123456789abcdef" * 90)[:kept] + bytes(65_536 if roomy else 0))
        harness.reopen()
        harness.record("ai_decision", decision(100 + number))
        harness.check()


@pytest.mark.parametrize("sectors", [(0,), (1,), (2,), (0, 1), (1, 2), (0, 2)])
def test_a_line_of_which_some_sectors_are_still_zero_was_never_signed(
    harness: Harness, sectors: tuple[int, ...]
) -> None:
    harness.record("ai_decision", decision(1))
    harness.close()
    path = memory_file(harness)
    whole = path.read_bytes().rstrip(b"\0")
    content = bytearray(whole + b"9 " + b"a" * 1_700 + b"\n" + bytes(65_536))
    first = -(-len(whole) // 512) * 512  # the beginning of the first sector that is all the new line's
    for sector in sectors:
        start = max(len(whole), first + 512 * (sector - 1))
        content[start : first + 512 * sector] = bytes(first + 512 * sector - start)
    path.write_bytes(content)

    harness.reopen()
    harness.record("ai_decision", decision(2))

    assert [line.split()[0] for line in memory_lines(harness)] == [b"9"]
    harness.check()


@pytest.mark.parametrize("at", [-3, -40, -80, -81])
def test_a_hole_in_what_was_signed_is_no_torn_write(harness: Harness, at: int) -> None:
    harness.record("ai_decision", decision(1))
    harness.record("ai_decision", decision(2))
    harness.close()
    path = memory_file(harness)
    content = bytearray(path.read_bytes())
    content[len(content.rstrip(b"\0")) + at] = 0
    path.write_bytes(content)

    see_nothing_signed(harness, FormatError, rf"expected what was signed for {harness.origin}; restore")


def test_a_crash_between_memory_and_note_is_made_good_by_the_next_signature(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Crash(BaseException):
        pass

    def crash(*_: object) -> bytes:
        raise Crash

    line = harness.line("ai_decision", decision(1))
    with monkeypatch.context() as patch:
        patch.setattr("ledger.store.checkpoints.sign_checkpoint", crash)
        with pytest.raises(Crash):
            harness.ledger.append([line])
    assert checkpoints(harness) == [1, 7]
    harness.reopen()

    assert harness.append(line)[0].duplicate
    assert checkpoints(harness) == [1, 7, 8]
    harness.check()


def test_the_memory_is_on_disk_before_the_signature_exists(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    from ledger.store import checkpoints as module

    seen: list[int] = []
    sign = module.sign_checkpoint

    def looking(checkpoint: object, key: object) -> bytes:
        seen.append(int(memory_lines(harness)[-1].split()[0]))
        return sign(checkpoint, key)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "sign_checkpoint", looking)
    harness.record("ai_decision", decision(1))
    harness.append(harness.line("ai_decision", decision(2)), harness.line("ai_decision", decision(3)))

    assert seen == [8, 10]


def test_a_memory_that_can_not_be_written_signs_nothing(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    harness.reopen(checkpoint_signer=None)
    harness.record("ai_decision", decision(1))
    harness.reopen()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ledger.keys.signer_memory.os.fsync", full)
        see_nothing_signed(harness, StoreError, r"^signer memory .*: can't be used \(No space left on device\); check")
    assert checkpoints(harness) == [1, 7]
    harness.ledger.checkpoint()
    assert harness.check().unsigned_tail == 0


def test_what_is_stored_but_could_not_be_signed_is_committed_and_no_error(
    harness: Harness, monkeypatch: pytest.MonkeyPatch
) -> None:
    # To raise would say that nothing was stored; a caller who then tries again records the same thing twice.
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("ledger.keys.signer_memory.os.fsync", full)
        patch.setattr("ledger.keys.signer_memory._to_disk", full)
        receipt = harness.record("ai_decision", decision(1))
        assert receipt.state == "committed"
        see_nothing_signed(harness, StoreError, "No space left on device")

    assert harness.check().unsigned_tail == 1
    assert harness.record("ai_decision", decision(2)).state == "checkpointed"
    assert harness.check().unsigned_tail == 0


@pytest.mark.parametrize("suffix", [".lock", ".log"])
def test_a_memory_that_is_no_file_is_refused(harness: Harness, suffix: str) -> None:
    harness.close()
    path = memory_file(harness).with_suffix(suffix)
    path.unlink()
    path.mkdir()
    harness.reopen()

    with pytest.raises(StoreError, match=r"^signer memory .*: can't be used \(Is a directory\); check AIMS_STATE"):
        harness.ledger.checkpoint()


def test_threads_that_append_and_sign_leave_one_history_and_the_newest_memory(harness: Harness) -> None:
    lines = [[harness.line("ai_decision", decision(20 * t + n)) for n in range(20)] for t in range(4)]
    barrier = threading.Barrier(4)

    def work(mine: list[bytes]) -> list[Receipt]:
        barrier.wait()
        return [harness.ledger.append([line])[0] for line in mine]

    with ThreadPoolExecutor(4) as pool:
        harness.acknowledged += [receipt for receipts in pool.map(work, lines) for receipt in receipts]

    assert sorted(r.index for r in harness.acknowledged) == list(range(7, 87))
    assert checkpoints(harness) == sorted(set(checkpoints(harness)))
    assert checkpoints(harness)[-1] == 87
    assert memory_lines(harness)[-1].startswith(b"87 ")
    harness.check()


def test_a_state_folder_that_can_not_be_made_is_refused_with_what_to_do(harness: Harness) -> None:
    (harness.folder / "file").write_text("in the way")
    harness.reopen(state=harness.folder / "file" / "state")

    with pytest.raises(
        StoreError, match=r"^state folder .*file/state: can't be made \(Not a directory\); set AIMS_STATE"
    ):
        harness.ledger.checkpoint()


def test_the_memory_stays_small_and_remembers_the_last(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.keys.signer_memory._SHORTEN", 2_000)
    for n in range(40):
        harness.record("ai_decision", decision(n))

    assert len(b"\n".join(memory_lines(harness))) < 3_000
    assert memory_file(harness).stat().st_size < 70_000
    harness.reopen()
    harness.record("ai_decision", decision(99))
    assert checkpoints(harness)[-1] == 48
    harness.check()


def test_two_signers_with_one_key_sign_one_history(harness: Harness) -> None:
    # Two programs on one machine: each notices through the memory what the other has signed.
    other = Ledger.open(harness.path, checkpoint_signer=signer("checkpoint"), clock=harness.clock, state=harness.state)

    for n in range(10):
        harness.append(harness.line("ai_decision", decision(n)))
        harness.acknowledged += other.append([harness.line("ai_decision", decision(100 + n))])
    other.close()

    assert checkpoints(harness) == [1, *range(7, 28)]
    assert harness.check().unsigned_tail == 0


def test_two_signers_of_two_forks_with_one_memory_sign_only_one(harness: Harness) -> None:
    fork = copy_of(harness, "fork")
    harness.record("ai_decision", decision(1))

    with (
        Ledger.open(fork, checkpoint_signer=signer("checkpoint"), clock=harness.clock, state=harness.state) as other,
        pytest.raises(Rollback, match=r"but 8 were signed before|do not extend the 8 that were signed before"),
    ):
        other.append([harness.line("ai_decision", decision(2))])
    harness.check()


def test_memories_of_two_keys_lie_apart(tmp_path: Path) -> None:
    first, second = SignerMemory(tmp_path / "a.log", "o"), SignerMemory(tmp_path / "b.log", "o")

    with first.locked(), second.locked():
        assert first.last() is None
        assert second.last() is None
    first.close()
    second.close()
