"""A witness's decisions: each status of the specification, and that a fork is never cosigned."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.checkpoint import parse_checkpoint
from ledger.cosignature import verify_cosignature
from ledger.errors import BadInput, StoreError
from ledger.merkle import EMPTY_ROOT
from ledger.note import Note, NoteSignature, format_note, join_notes, parse_note, sign_note
from ledger.witness.records import Recorded, Records
from ledger.witness.witness import Reply, Witness
from tests.ledger.harness import signer
from tests.ledger.witness.logs import KEYS, NOW, ORIGIN, VKEYS, Log, new_witness

LOG = Log()
FORK = Log("forged")
EXTENDED = sign_note(f"{ORIGIN}\n7\n{'A' * 43}=\nan extension line\n", ORIGIN, LOG.key)
DIGEST = sha256(ORIGIN.encode()).hexdigest()


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    """A witness of `LOG` and of another log, that has 5 entries of `LOG` on record."""
    made = new_witness(tmp_path, LOG, Log(origin="other.example/log", key=signer("other")))
    assert made.add_checkpoint(LOG.body(0, 5)).status == 200
    return made


def recorded(witness: Witness, size: int) -> None:
    """See that what is on record is the log's checkpoint of this size, cosigned by both keys."""
    reply = witness.checkpoint(DIGEST)
    assert reply.status == 200
    note = parse_note(reply.body)
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.size, checkpoint.root) == (size, LOG.root(size))
    cosigned(note.text, note.signatures[1:])


def cosigned(text: str, lines: Iterable[NoteSignature]) -> None:
    """See that the lines are the cosignatures of both keys on the text, now."""
    assert [verify_cosignature(key, line, text) for key, line in zip(VKEYS, lines, strict=True)] == [NOW, NOW]


def refused(witness: Witness, body: bytes, status: int) -> Reply:
    """See a request refused with this status, and nothing changed."""
    reply = witness.add_checkpoint(body)
    assert reply.status == status, reply.body
    assert not reply.body.startswith(b"\xe2\x80\x94"), "a refusal is no signature line"
    recorded(witness, 5)
    return reply


@pytest.mark.parametrize("size", [5, 6, 8, 300])
def test_what_continues_the_record_is_cosigned_and_on_record(witness: Witness, size: int) -> None:
    reply = witness.add_checkpoint(LOG.body(5, size))

    assert reply.status == 200
    note = parse_note(LOG.note(size) + reply.body)
    cosigned(note.text, note.signatures[1:])
    recorded(witness, size)


def test_every_step_between_small_sizes_is_taken(tmp_path: Path) -> None:
    for old, size in itertools.combinations(range(9), 2):
        folder = tmp_path / f"{old}-{size}"
        folder.mkdir()
        witness = new_witness(folder)
        for before, after in ((0, old), (old, size)):
            assert witness.add_checkpoint(LOG.body(before, after)).status == 200, (before, after)
        recorded(witness, size)


def test_an_unknown_log_is_404(witness: Witness) -> None:
    refused(witness, Log(origin="third.example/log").body(0, 5), 404)


def test_a_log_whose_key_is_not_trusted_is_403(witness: Witness) -> None:
    refused(witness, Log(key=signer("stranger")).body(5, 6), 403)


def test_a_key_of_another_log_does_not_sign_for_this_one(witness: Witness) -> None:
    refused(witness, Log(key=signer("other")).body(5, 6), 403)
    theirs = sign_note(parse_note(LOG.note(6)).text, "other.example/log", signer("other"))
    refused(witness, LOG.body(5, 6).partition(b"\n\n")[0] + b"\n\n" + theirs, 403)


def test_a_wrong_signature_under_the_log_s_name_is_403_even_beside_a_right_one(witness: Witness) -> None:
    note = parse_note(LOG.note(6))
    wrong = replace(note.signatures[0], signature=bytes(64))
    both = format_note(Note(note.text, (note.signatures[0], wrong)))

    refused(witness, LOG.body(5, 6).replace(LOG.note(6), both), 403)


def test_unknown_lines_are_ignored_and_not_put_on_record(witness: Witness) -> None:
    stranger = sign_note(parse_note(LOG.note(6)).text, "stranger.example", signer("stranger"))
    body = LOG.body(5, 6).replace(LOG.note(6), join_notes([LOG.note(6), stranger]))

    assert witness.add_checkpoint(body).status == 200

    assert b"stranger" not in witness.checkpoint(DIGEST).body
    recorded(witness, 6)


@pytest.mark.parametrize("old", [0, 1, 4, 6, 7])
def test_another_size_than_the_one_on_record_is_409_with_that_size(witness: Witness, old: int) -> None:
    reply = refused(witness, LOG.body(old, 7), 409)

    assert (reply.content_type, reply.body) == ("text/x.tlog.size", b"5\n")


def test_an_old_size_beyond_the_checkpoint_is_400(witness: Witness) -> None:
    refused(witness, LOG.body(7, 6, []), 400)


def test_a_fork_is_422_whatever_proof_it_brings(witness: Witness) -> None:
    for size in (5, 6, 7, 8, 16):
        refused(witness, FORK.body(5, size), 422)
        refused(witness, FORK.body(5, size, LOG.prove(5, size)), 422)
        refused(witness, FORK.body(5, size, []), 422)


def test_a_proof_with_any_bit_changed_is_422(witness: Witness) -> None:
    proof = LOG.prove(5, 9)
    for at, bit in itertools.product(range(len(proof)), (0, 100, 255)):
        changed = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
        refused(witness, LOG.body(5, 9, [*proof[:at], changed, *proof[at + 1 :]]), 422)
    refused(witness, LOG.body(5, 9, [*proof, bytes(32)]), 422)
    refused(witness, LOG.body(5, 9, proof[:-1]), 422)


def test_a_proof_from_nothing_or_to_the_same_size_is_422(tmp_path: Path, witness: Witness) -> None:
    refused(witness, LOG.body(5, 5, [bytes(32)]), 422)
    (tmp_path / "empty").mkdir()
    empty = new_witness(tmp_path / "empty")

    assert empty.add_checkpoint(LOG.body(0, 5, [bytes(32)])).status == 422
    assert empty.checkpoint(DIGEST).status == 404


def test_a_tree_of_no_entries_is_cosigned_and_has_one_root(tmp_path: Path) -> None:
    witness = new_witness(tmp_path)
    wrong = sign_note(f"{ORIGIN}\n0\n{'A' * 43}=\n", ORIGIN, LOG.key)

    assert witness.add_checkpoint(b"old 0\n\n" + wrong).status == 422
    assert witness.add_checkpoint(LOG.body(0, 0)).status == 200
    assert parse_checkpoint(parse_note(witness.checkpoint(DIGEST).body).text).root == EMPTY_ROOT
    assert witness.add_checkpoint(LOG.body(0, 3)).status == 200


@pytest.mark.parametrize(
    "change",
    [
        lambda body: b"",
        lambda body: body[:-1],
        lambda body: body.replace(b"old 5", b"old 05"),
        lambda body: body.replace(b"old 5", b"old +5"),
        lambda body: body.replace(b"old 5", b"old  5"),
        lambda body: body.replace(b"old 5", b"new 5"),
        lambda body: body.replace(b"\n\n", b"\n", 1),
        lambda body: body.replace(b"\n\n", b"\n\n\n", 1),
        lambda body: body.replace(b"\n", b"\r\n"),
        lambda body: body.replace(b"=\n", b"\n", 1),
        lambda body: body.replace(b"old 5\n", b"old 5\n" + b"A" * 43 + b"=\n" + (b"A" * 43 + b"=\n") * 64),
        lambda body: body.replace(ORIGIN.encode() + b"\n7\n", ORIGIN.encode() + b"\n07\n"),
        lambda body: b"\xff" + body,
        lambda body: body.partition(b"\n\n")[0] + b"\n\n" + EXTENDED,
    ],
)  # fmt: skip
def test_what_is_no_such_request_is_400(witness: Witness, change: object) -> None:
    assert callable(change)
    refused(witness, change(LOG.body(5, 7)), 400)


def test_asking_again_for_the_same_checkpoint_is_answered_again(witness: Witness) -> None:
    assert witness.add_checkpoint(LOG.body(5, 5)).status == 200

    recorded(witness, 5)


def test_of_requests_at_once_one_is_cosigned_and_the_others_hear_what_is_on_record(witness: Witness) -> None:
    # Every request has seen the 5 on record, and is checked against it, before the first is stored.
    together = threading.Barrier(8)
    real = witness._records.advance

    def after_all(*arguments: object) -> bool:
        together.wait(timeout=30)
        return real(*arguments)  # type: ignore[arg-type]

    witness._records.advance = after_all  # type: ignore[method-assign,assignment]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda size: witness.add_checkpoint(LOG.body(5, size)), range(6, 14)))

    winners = [size for size, reply in zip(range(6, 14), replies, strict=True) if reply.status == 200]
    assert len(winners) == 1
    assert {reply.body for reply in replies if reply.status == 409} == {b"%d\n" % winners[0]}
    recorded(witness, winners[0])


def test_of_two_histories_at_once_one_at_most_is_cosigned(tmp_path: Path) -> None:
    for attempt in range(10):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        witness = new_witness(folder)
        with ThreadPoolExecutor(2) as pool:
            statuses = sorted(
                reply.status for reply in pool.map(witness.add_checkpoint, [LOG.body(0, 7), FORK.body(0, 7)])
            )
        assert statuses == [200, 409]


def test_what_cannot_be_stored_is_not_cosigned(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> bool:
        raise StoreError("the disk is full")

    monkeypatch.setattr(witness._records, "advance", full)

    with pytest.raises(StoreError, match="the disk is full"):
        witness.add_checkpoint(LOG.body(5, 6))
    recorded(witness, 5)


def test_two_processes_with_one_file_are_one_witness(tmp_path: Path) -> None:
    one = new_witness(tmp_path)
    other = Witness(Records.open(tmp_path / "witness.db"), [LOG.vkey], KEYS, lambda: NOW)

    assert one.add_checkpoint(LOG.body(0, 5)).status == 200
    assert other.add_checkpoint(FORK.body(0, 6)).body == b"5\n"
    assert other.add_checkpoint(LOG.body(5, 6)).status == 200
    assert one.add_checkpoint(LOG.body(5, 7)).body == b"6\n"


def test_a_log_with_two_keys_may_use_either(tmp_path: Path) -> None:
    renewed = Log(key=signer("checkpoint2"))
    witness = new_witness(tmp_path, LOG, renewed)

    assert witness.add_checkpoint(LOG.body(0, 3)).status == 200
    assert witness.add_checkpoint(renewed.body(3, 4)).status == 200


def test_a_witness_of_nothing_is_refused(tmp_path: Path) -> None:
    records = Records.create(tmp_path / "w.db", VKEYS)

    for logs, keys in ([], KEYS), ([LOG.vkey], []):
        with pytest.raises(BadInput, match="without a log or a key it has nothing to do"):
            Witness(records, logs, keys, lambda: NOW)


@pytest.mark.parametrize("digest", ["0" * 64, DIGEST.upper(), DIGEST[:-1], ORIGIN])
def test_only_what_is_on_record_can_be_read(witness: Witness, digest: str) -> None:
    assert witness.checkpoint(digest).status == 404


# The file


def test_the_file_only_moves_forward(witness: Witness, tmp_path: Path) -> None:
    for sql in (
        "UPDATE latest SET size = 4",
        "UPDATE latest SET root = zeroblob(32)",
        "UPDATE latest SET origin = 'other'",
        "DELETE FROM latest",
        "INSERT OR REPLACE INTO latest SELECT origin, 3, root, note FROM latest",
    ):
        with closing(sqlite3.connect(tmp_path / "witness.db")) as connection:
            with pytest.raises(sqlite3.IntegrityError, match=r"a witness (only moves forward|forgets nothing)"):
                connection.execute(sql)
            connection.rollback()
    recorded(witness, 5)


def test_the_swap_compares_size_and_root(tmp_path: Path) -> None:
    records = Records.create(tmp_path / "w.db", VKEYS)
    three, four = (parse_checkpoint(parse_note(LOG.note(size)).text) for size in (3, 4))

    assert records.advance(None, three, b"note")
    assert not records.advance(None, four, b"note")
    assert not records.advance(Recorded(2, LOG.root(2), b""), four, b"note")
    assert not records.advance(Recorded(3, FORK.root(3), b""), four, b"note")
    assert records.latest(ORIGIN) == Recorded(3, LOG.root(3), b"note")
    assert records.advance(Recorded(3, LOG.root(3), b"whatever"), four, b"new")
    assert records.latest(ORIGIN) == Recorded(4, LOG.root(4), b"new")
    assert records.origins() == [ORIGIN]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "w.db"
    with pytest.raises(StoreError, match=r"w\.db: no witness there; make one with 'aims witness new'"):
        Records.open(file)
    file.write_bytes(b"text")
    with pytest.raises(StoreError, match=r"w\.db: the witness's file can't be opened \(file is not a database\)"):
        Records.open(file)
    with pytest.raises(StoreError, match=r"w\.db: exists already"):
        Records.create(file, VKEYS)
    file.write_bytes(b"")
    with pytest.raises(StoreError, match=r"w\.db: not the file of a witness"):
        Records.open(file)


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    Records.create(tmp_path / "w.db", VKEYS)
    with closing(sqlite3.connect(tmp_path / "w.db")) as connection:
        connection.execute("PRAGMA user_version = 2")

    with pytest.raises(StoreError, match=r"version 2 of a witness's file, expected 1; update the program"):
        Records.open(tmp_path / "w.db")


def test_the_keys_of_the_file_are_read_back(tmp_path: Path) -> None:
    records = Records.create(tmp_path / "w.db", VKEYS)

    assert records.cosigners() == VKEYS
