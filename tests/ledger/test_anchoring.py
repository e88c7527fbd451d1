"""Anchoring: who is asked for what, what is stored, and that an outage delays it, is shown, and loses nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest

from ledger.anchoring import Outcome, Targets, anchor, read_anchor_state
from ledger.checkpoint import parse_checkpoint
from ledger.cosignature import sign_cosignature, verify_cosignature
from ledger.errors import Damaged, FormatError, OutcomeUnknown, ProofError, Refused, StoreError, Unanswered
from ledger.note import VerifierKey, format_vkey, parse_note
from ledger.store.anchors import (
    FIRST_WAIT,
    LONGEST_WAIT,
    Pending,
    TargetState,
    anchor_state,
    enqueue,
    note_failure,
    pending,
    stored_cosignatures,
    stored_timestamps,
)
from ledger.trust import TrustPolicy, parse_trust_policy
from ledger.witness.client import Given, Prover
from ledger.witness.records import Records
from ledger.witness.witness import Witness
from tests.ledger.anchored import token_for
from tests.ledger.harness import Harness, decision, signer
from tests.ledger.witness.logs import KEYS, NOW, VKEYS, serving_witness

AUTHORITY = "https://stamps.example/tsa"
W1, W2 = map(str, VKEYS)
SIGNED = b"\n\xe2\x80\x94 a AAAAAAA=\n"


def policy_of(harness: Harness, url: str, urls: Sequence[str] = ()) -> TrustPolicy:
    """A policy with both keys of the witness, each at an address."""
    vkey = VerifierKey(harness.origin, signer("checkpoint").public_key)
    lines = [f"log {format_vkey(vkey)}"]
    for place, key in enumerate(VKEYS):
        lines.append(f"witness w{place} {format_vkey(key)} {(urls or (url, url))[place]}")
    return parse_trust_policy("\n".join([*lines, "group both all w0 w1", "quorum both", ""]).encode())


def cosigner(*missing: VerifierKey, asked: list[tuple[str, int]] | None = None) -> Callable[..., tuple[Given, ...]]:
    """Stands for a witness that cosigns whatever it is asked, with all keys but `missing`."""

    def ask(url: str, keys: Sequence[VerifierKey], note: bytes, old_size: int, prove: Prover) -> tuple[Given, ...]:
        text = parse_note(note).text
        if asked is not None:
            asked.append((url, old_size))
        if 0 < old_size < parse_checkpoint(text).size:
            prove(old_size)
        held = {key: holder for key, holder in KEYS if key not in missing}
        return tuple(Given(k, sign_cosignature(text, k.name, held[k], NOW), NOW) for k in keys if k in held)

    return ask


def failing(error: Exception) -> Callable[..., tuple[Given, ...]]:
    """Stands for a witness that can't be had."""

    def ask(*_: object) -> tuple[Given, ...]:
        raise error

    return ask


def queue(harness: Harness) -> list[Pending]:
    with harness.ledger.backend.reading("the queue") as connection:
        return pending(connection)


def states(harness: Harness) -> dict[str, TargetState]:
    return {state.target: state for state in read_anchor_state(harness.ledger)}


def test_a_witness_s_cosignatures_are_stored_with_the_checkpoint(harness: Harness, tmp_path: Path) -> None:
    log = VerifierKey(harness.origin, signer("checkpoint").public_key)
    witness = Witness(Records.create(tmp_path / "w.db", VKEYS), [log], KEYS, lambda: NOW)
    with serving_witness(witness) as url:
        policy = policy_of(harness, url)
        for size in (7, 8, 10):
            while harness.ledger.size < size:
                harness.record("ai_decision", decision(harness.ledger.size))
            outcomes = anchor(harness.ledger, Targets(policy), harness.clock)
            assert outcomes == [Outcome(W1, size), Outcome(W2, size)]

    with harness.ledger.backend.reading("evidence") as connection:
        stored = stored_cosignatures(connection)
    assert [(row.seq, row.size, row.witness) for row in stored] == [
        (0, 7, W1), (1, 7, W2), (2, 8, W1), (3, 8, W2), (4, 10, W1), (5, 10, W2),
    ]  # fmt: skip
    for row in stored:
        note = parse_note(row.note)
        verify_cosignature(VKEYS[row.seq % 2], note.signatures[-1], note.text)
        judged = policy.judge(row.note)
        assert (judged.log, judged.checkpoint.size, judged.quorum_met) == (log, row.size, False)
    assert queue(harness) == []
    harness.check()


def test_a_token_is_stored_with_the_checkpoint(harness: Harness) -> None:
    asked: list[tuple[str, bytes]] = []

    def stamp(url: str, text: bytes) -> bytes:
        asked.append((url, text))
        return token_for(text + SIGNED)

    assert anchor(harness.ledger, Targets(None, (AUTHORITY,)), harness.clock, stamp=stamp) == [Outcome(AUTHORITY, 7)]

    with harness.ledger.backend.reading("evidence") as connection:
        (row,) = stored_timestamps(connection)
    assert asked == [(AUTHORITY, parse_note(row.note).text.encode())]
    assert (row.size, row.authority, row.token) == (7, AUTHORITY, token_for(row.note))
    harness.check()


def test_nobody_is_asked_twice_for_the_same_checkpoint(harness: Harness) -> None:
    asked: list[tuple[str, int]] = []
    targets = Targets(policy_of(harness, "http://w"))

    for _ in range(3):
        anchor(harness.ledger, targets, harness.clock, ask=cosigner(asked=asked))

    assert asked == [("http://w", 0)]
    harness.record("ai_decision", decision(1))
    anchor(harness.ledger, targets, harness.clock, ask=cosigner(asked=asked))
    assert asked == [("http://w", 0), ("http://w", 7)]


def test_witnesses_at_two_addresses_are_asked_apart_and_one_without_address_not_at_all(harness: Harness) -> None:
    asked: list[tuple[str, int]] = []

    anchor(
        harness.ledger,
        Targets(policy_of(harness, "", ("http://a", "http://b"))),
        harness.clock,
        ask=cosigner(asked=asked),
    )
    assert asked == [("http://a", 0), ("http://b", 0)]

    harness.record("ai_decision", decision(1))
    targets = Targets(policy_of(harness, "", ("http://a", "")))
    assert targets.names() == (W1,)
    assert [o.target for o in anchor(harness.ledger, targets, harness.clock, ask=cosigner())] == [W1]


def test_the_newest_checkpoint_covers_those_made_while_nobody_anchored(harness: Harness) -> None:
    for number in range(5):
        harness.record("ai_decision", decision(number))

    anchor(harness.ledger, Targets(policy_of(harness, "http://w")), harness.clock, ask=cosigner())

    assert {state.size for state in states(harness).values()} == {12}


@pytest.mark.parametrize(
    "error",
    [
        Unanswered("witness http://w", "refused"),
        Refused("witness", "witness http://w: no", remedy="ask"),
        ProofError("note: the signature does not verify"),
        FormatError("note", "x", "y"),
    ],
)
def test_an_outage_is_kept_shown_and_made_up_for(harness: Harness, error: Exception) -> None:
    targets = Targets(policy_of(harness, "http://w"), (AUTHORITY,))
    since = harness.clock.now

    outcomes = anchor(harness.ledger, targets, harness.clock, ask=failing(error), stamp=lambda *_: b"")

    assert [(o.target, o.error) for o in outcomes if o.error] == [(W1, str(error)), (W2, str(error))]
    waiting = states(harness)[W1]
    assert (waiting.kind, waiting.size, waiting.received, waiting.waiting) == ("witness", 0, None, 7)
    assert (waiting.tries, waiting.last_error) == (1, str(error))
    assert since <= waiting.since < waiting.next_try - FIRST_WAIT + 1_000_000

    harness.reopen()
    assert states(harness)[W1] == waiting, "the queue is in the database"
    anchor(harness.ledger, targets, harness.clock, ask=cosigner(), stamp=lambda *_: b"")
    assert queue(harness) == []
    assert states(harness)[W1].size == 7


def test_the_others_are_asked_though_one_fails(harness: Harness) -> None:
    targets = Targets(policy_of(harness, "http://w"), ("https://out.example", AUTHORITY))

    def stamp(url: str, text: bytes) -> bytes:
        if "out" in url:
            raise Unanswered(url, "it is out")
        return token_for(text + SIGNED)

    outcomes = anchor(harness.ledger, targets, harness.clock, ask=cosigner(), stamp=stamp)

    assert [(o.target, bool(o.error)) for o in outcomes] == [
        (W1, False), (W2, False), ("https://out.example", True), (AUTHORITY, False),
    ]  # fmt: skip
    assert [row.target for row in queue(harness)] == ["https://out.example"]


def test_a_key_that_a_witness_did_not_use_is_waited_for(harness: Harness) -> None:
    targets = Targets(policy_of(harness, "http://w"))

    outcomes = anchor(harness.ledger, targets, harness.clock, ask=cosigner(VKEYS[1]))

    assert [o.target for o in outcomes if o.error] == [W2]
    assert "no cosignature by witness.example/w1+" in outcomes[1].error
    assert [row.target for row in queue(harness)] == [W2]


def test_waiting_gets_longer_up_to_an_hour_and_only_what_is_due_is_asked(harness: Harness) -> None:
    targets, down = Targets(None, (AUTHORITY,)), Unanswered(AUTHORITY, "down")
    waits = []

    def stamp(url: str, text: bytes) -> bytes:
        raise down

    for _ in range(10):
        (outcome,) = anchor(harness.ledger, targets, harness.clock, only_due=True, stamp=stamp)
        waits.append((outcome.next_try - harness.clock.now) // 1_000_000)
        assert anchor(harness.ledger, targets, harness.clock, only_due=True, stamp=stamp) == []
        harness.clock.now = outcome.next_try

    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    assert LONGEST_WAIT == 3_600_000_000
    assert states(harness)[AUTHORITY].tries == 10


def test_a_new_checkpoint_takes_the_place_of_the_one_that_waits_and_hurries_nobody(harness: Harness) -> None:
    targets = Targets(None, (AUTHORITY,))

    def stamp(url: str, text: bytes) -> bytes:
        raise Unanswered(url, "down")

    anchor(harness.ledger, targets, harness.clock, stamp=stamp)
    (before,) = queue(harness)
    harness.record("ai_decision", decision(1))
    assert anchor(harness.ledger, targets, harness.clock, only_due=True, stamp=stamp) == []

    (after,) = queue(harness)
    assert (before.size, after.size) == (7, 8)
    assert (after.since, after.tries, after.next_try) == (before.since, before.tries, before.next_try)
    assert parse_checkpoint(parse_note(after.note).text).size == 8


def test_asking_by_hand_does_not_wait(harness: Harness) -> None:
    targets = Targets(policy_of(harness, "http://w"))
    anchor(harness.ledger, targets, harness.clock, ask=failing(Unanswered("w", "down")))

    assert all(not o.error for o in anchor(harness.ledger, targets, harness.clock, ask=cosigner()))


def test_a_lost_queue_loses_nothing(harness: Harness) -> None:
    targets = Targets(policy_of(harness, "http://w"))
    anchor(harness.ledger, targets, harness.clock, ask=failing(Unanswered("w", "down")))
    harness.sql("DELETE FROM anchor_pending")

    anchor(harness.ledger, targets, harness.clock, ask=cosigner())

    assert {state.size for state in states(harness).values()} == {7}


@pytest.mark.parametrize("crash", [OutcomeUnknown("lost"), StoreError("disk full"), KeyboardInterrupt()])
def test_a_crash_before_the_answer_is_stored_costs_asking_again(
    harness: Harness, monkeypatch: pytest.MonkeyPatch, crash: BaseException
) -> None:
    import ledger.anchoring

    def stop(*_: object, **__: object) -> None:
        raise crash

    targets = Targets(policy_of(harness, "http://w"))
    monkeypatch.setattr(ledger.anchoring, "add_cosignature", stop)
    with pytest.raises(type(crash)):
        anchor(harness.ledger, targets, harness.clock, ask=cosigner())
    monkeypatch.undo()

    assert {row.target for row in queue(harness)} == {W1, W2}
    anchor(harness.ledger, targets, harness.clock, ask=cosigner())
    assert queue(harness) == []
    harness.check()


def test_damage_of_the_ledger_is_not_the_fault_of_a_witness(harness: Harness) -> None:
    targets = Targets(policy_of(harness, "http://w"))
    anchor(harness.ledger, targets, harness.clock, ask=cosigner())
    harness.record("ai_decision", decision(1))
    with harness.tampering() as connection:
        connection.execute("DELETE FROM entry WHERE idx = 7")

    with pytest.raises(StoreError):
        anchor(harness.ledger, targets, harness.clock, ask=cosigner())
    assert {state.tries for state in states(harness).values()} == {0}


def test_a_malformed_newest_checkpoint_is_damage(harness: Harness) -> None:
    with harness.tampering() as connection:
        connection.execute("UPDATE checkpoint SET note = x'00' WHERE seq = (SELECT max(seq) FROM checkpoint)")

    with pytest.raises(Damaged, match=r"the newest checkpoint: .*'aims verify' says what is wrong"):
        anchor(harness.ledger, Targets(None, (AUTHORITY,)), harness.clock)


def test_without_a_checkpoint_there_is_nothing_to_ask_for(harness: Harness) -> None:
    with harness.tampering() as connection:
        connection.execute("DELETE FROM checkpoint")

    assert anchor(harness.ledger, Targets(None, (AUTHORITY,)), harness.clock) == []


def test_a_state_is_read_from_what_is_stored_alone(harness: Harness) -> None:
    with harness.ledger.backend.writing("queueing") as connection:
        assert note_failure(connection, "nobody", "error", 5) is None
        enqueue(connection, "w+00000000", 7, b"note", 100)
        enqueue(connection, "w+00000000", 6, b"older", 200)
        enqueue(connection, AUTHORITY, 7, b"note", 300)
        note_failure(connection, AUTHORITY, "down", 1_000)
        found = anchor_state(connection)

    assert found == [
        TargetState(AUTHORITY, "time stamp", 0, None, 7, 300, 1, 1_000 + FIRST_WAIT, "down"),
        TargetState("w+00000000", "witness", 0, None, 7, 100, 0, 0, ""),
    ]
    with closing(sqlite3.connect(harness.path)) as connection:
        assert connection.execute("SELECT count(*) FROM anchor_pending").fetchone() == (2,)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE cosignature SET size = 'x'",
        "UPDATE cosignature SET witness = x'ff'",
        "UPDATE cosignature SET note = 'text', received = 'soon'",
        "UPDATE timestamp SET size = 1.5",
        "UPDATE timestamp SET authority = x'ff', token = 7",
        "UPDATE anchor_pending SET size = 'x'",
        "UPDATE anchor_pending SET since = 'x', note = 7",
        "UPDATE anchor_pending SET tries = 'x'",
        "UPDATE anchor_pending SET next_try = x'00'",
        "UPDATE anchor_pending SET last_error = x'ff'",
    ],
)
def test_rows_that_somebody_changed_stop_nobody(harness: Harness, change: str) -> None:
    targets = Targets(policy_of(harness, "http://w"), (AUTHORITY,))
    anchor(harness.ledger, targets, harness.clock, ask=cosigner(), stamp=lambda _, text: token_for(text + SIGNED))
    harness.record("ai_decision", decision(1))
    anchor(harness.ledger, targets, harness.clock, ask=failing(Unanswered("w", "down")), stamp=lambda *_: b"")
    with harness.tampering() as connection:
        assert connection.execute(change).rowcount

    read_anchor_state(harness.ledger)
    outcomes = anchor(harness.ledger, targets, harness.clock, ask=cosigner(), stamp=lambda *_: b"")

    assert not any(outcome.error for outcome in outcomes)
    assert {state.size for state in states(harness).values() if state.target in (W1, W2)} == {8}


def test_two_that_anchor_at_once_hinder_nobody(harness: Harness) -> None:
    targets, together = Targets(policy_of(harness, "http://w")), Barrier(2)
    answer = cosigner()

    def ask(*arguments: object) -> tuple[Given, ...]:
        together.wait(timeout=30)
        return answer(*arguments)

    with ThreadPoolExecutor(2) as pool:
        runs = [pool.submit(anchor, harness.ledger, targets, harness.clock, ask=ask) for _ in range(2)]
        outcomes = [outcome for run in runs for outcome in run.result()]

    assert {outcome.error for outcome in outcomes} == {""}
    assert queue(harness) == []
    assert {state.size for state in states(harness).values()} == {7}
    harness.check()


def test_a_signer_that_lost_its_memory_goes_on_from_what_a_witness_has(harness: Harness, tmp_path: Path) -> None:
    log = VerifierKey(harness.origin, signer("checkpoint").public_key)
    witness = Witness(Records.create(tmp_path / "w.db", VKEYS), [log], KEYS, lambda: NOW)
    with serving_witness(witness) as url:
        anchor(harness.ledger, Targets(policy_of(harness, url)), harness.clock)
    on_record = witness.checkpoint(sha256(harness.origin.encode()).hexdigest()).body
    harness.close()
    for file in harness.state.rglob("signer-*.log"):
        file.unlink()
    harness.reopen()

    with pytest.raises(Refused, match=r"bring one from a witness or auditor"):
        harness.ledger.checkpoint()
    harness.ledger.adopt(on_record, policy_of(harness, "http://unused.example"))

    harness.record("ai_decision", decision(1))
    assert parse_checkpoint(parse_note(harness.ledger.checkpoint()).text).size == 8
    harness.check()
