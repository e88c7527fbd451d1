"""What outsiders vouch for, in a verification: how much is witnessed, whose keys count, what outlives a compromise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger import Report
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.cosignature import cosigner_key
from ledger.note import Note, NoteSignature, VerifierKey, format_note, format_vkey, parse_note
from ledger.store.anchors import add_cosignature, add_timestamp
from ledger.store.checkpoints import newest_checkpoint
from ledger.times import format_instant
from ledger.trust import TrustPolicy, parse_trust_policy
from ledger.verdicts import Outside
from tests.ledger.anchored import cosigned
from tests.ledger.attacker import Found, found, keyid
from tests.ledger.harness import SECOND, START, Harness, decision, signer
from tests.ledger.tsa import Authority

T = START // SECOND + 3_600  # a witness's clock, an hour into the story
NAMES = ("w1", "w2")


def policy(h: Harness, quorum: str = "group both all w1 w2\nquorum both", *, log: str = "checkpoint") -> TrustPolicy:
    lines = [f"log {format_vkey(VerifierKey(h.origin, signer(log).public_key))}"]
    lines += [f"witness {n} {format_vkey(cosigner_key(f'{n}.example', signer(n)))}" for n in NAMES]
    return parse_trust_policy("\n".join([*lines, quorum, ""]).encode())


def newest(h: Harness) -> tuple[bytes, int]:
    with h.ledger.backend.reading("looking") as connection:
        note = newest_checkpoint(connection)
    assert note is not None
    return note, int(parse_note(note).text.split("\n")[1])


def witness(h: Harness, *names: str, time: int = T, note: bytes | None = None) -> int:
    """Store what the named witnesses say of the newest checkpoint; its size."""
    last, size = newest(h)
    with h.ledger.backend.writing("anchoring") as connection:
        for name in names:
            said = cosigned(note or last, time, name=f"{name}.example", key=name)
            target = str(cosigner_key(f"{name}.example", signer(name)))
            add_cosignature(connection, size=size, witness=target, note=said, received=time * SECOND)
    return size


def stamp(h: Harness, authority: Authority) -> int:
    """Store an authority's token for the newest checkpoint; its size."""
    note, size = newest(h)
    token = authority.stamp(parse_note(note).text.encode())
    with h.ledger.backend.writing("stamping") as connection:
        add_timestamp(
            connection, size=size, authority="https://tsa.example/", note=note, token=token, received=T * SECOND
        )
    return size


def verify(h: Harness, tmp_path: Path, **options: object) -> Report:
    """By somebody who has never seen this ledger."""
    return h.verify(state=tmp_path / "nobody's", remember=False, **options)


def worded(report: Report) -> list[Found]:
    return [
        (verdict, place, what) for verdict, place, what in found(report) if verdict != "self-consistent, first sight"
    ]


# Whose keys count


def test_a_policy_that_names_the_log_key_makes_a_pin_unnecessary(harness: Harness, tmp_path: Path) -> None:
    report = verify(harness, tmp_path, policy=policy(harness, "quorum none"))

    assert (report.exit_code, report.summary, report.witnessed) == (0, "sound", None)
    assert report.trust.startswith("trust policy: its log key signed 7 entries")


def test_a_policy_of_another_log_key_does_not_know_this_ledger(harness: Harness, tmp_path: Path) -> None:
    report = verify(harness, tmp_path, policy=policy(harness, "quorum none", log="stranger"))

    assert report.exit_code == 1
    assert ("key unknown", -1, "trust policy") in found(report)


def test_a_policy_of_another_ledger_does_not_know_this_one(harness: Harness, tmp_path: Path) -> None:
    other = policy(harness, "quorum none").logs[0].vkey
    text = f"log {format_vkey(VerifierKey('other.example', other.public_key))}\nquorum none\n"

    report = verify(harness, tmp_path, policy=parse_trust_policy(text.encode()))

    assert ("key unknown", -1, "trust policy") in found(report)
    assert any(f.detail == f"it names no key of {harness.origin}" for f in report.findings)


def test_entries_under_no_checkpoint_of_a_trusted_key_do_not_become_trusted_by_a_claim(
    harness: Harness, tmp_path: Path
) -> None:
    """A larger checkpoint whose signature is not genuine says nothing."""
    forged = format_note(Note(f"{harness.origin}\n9\n{'A' * 43}=\n", (_line(harness, bytes(64)),)))
    with harness.tampering() as c:
        (seq,) = c.execute("SELECT max(seq) + 1 FROM checkpoint").fetchone()
        c.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (seq, 6, forged))

    report = verify(harness, tmp_path, policy=policy(harness, "quorum none"))

    assert report.trust.startswith("trust policy: its log key signed 7 entries")
    assert found(report) == [("signature invalid", -1, f"checkpoint {seq} of size 6")]


def _line(h: Harness, signature: bytes) -> NoteSignature:
    key = VerifierKey(h.origin, signer("checkpoint").public_key)
    return NoteSignature(h.origin, key.key_id, signature)


# Witnesses


def test_a_quorum_reached_by_two_rows_is_reached(harness: Harness, tmp_path: Path) -> None:
    size = witness(harness, "w1", "w2")
    harness.record("ai_decision", decision(1))

    report = verify(harness, tmp_path, policy=policy(harness))

    assert report.exit_code == 0
    assert report.witnessed == Outside(size, (T + 1) * SECOND)
    assert report.size == size + 1


@pytest.mark.parametrize("signed", [(), ("w1",), ("w2",), ("stranger", "w1")])
def test_without_the_quorum_it_is_not_witnessed(harness: Harness, tmp_path: Path, signed: tuple[str, ...]) -> None:
    witness(harness, *signed)

    report = verify(harness, tmp_path, policy=policy(harness))

    assert (report.exit_code, report.witnessed) == (1, None)
    assert worded(report) == [("not witnessed", -1, "trust policy")]


def test_the_largest_witnessed_checkpoint_counts(harness: Harness, tmp_path: Path) -> None:
    witness(harness, "w1", "w2")
    harness.record("ai_decision", decision(1))
    size = witness(harness, "w1", "w2", time=T + 60)
    harness.record("ai_decision", decision(2))
    witness(harness, "w1", time=T + 120)

    assert verify(harness, tmp_path, policy=policy(harness)).witnessed == Outside(size, (T + 61) * SECOND)


def test_a_cosignature_that_does_not_verify_is_told_and_does_not_count(harness: Harness, tmp_path: Path) -> None:
    witness(harness, "w1", "w2")
    with harness.tampering() as c:
        (note,) = c.execute("SELECT note FROM cosignature WHERE seq = 1").fetchone()
        parsed = parse_note(note)
        last = parsed.signatures[-1]
        wrong = NoteSignature(last.name, last.key_id, last.signature[:-1] + bytes([last.signature[-1] ^ 1]))
        spoiled = format_note(Note(parsed.text, (*parsed.signatures[:-1], wrong)))
        c.execute("UPDATE cosignature SET note = ? WHERE seq = 1", (spoiled,))

    report = verify(harness, tmp_path, policy=policy(harness))

    assert sorted(worded(report)) == [("not witnessed", -1, "trust policy"),
                                      ("signature invalid", -1, "cosignature 1 of size 7")]  # fmt: skip


def test_a_witnessed_checkpoint_of_another_history_is_a_fork(harness: Harness, tmp_path: Path) -> None:
    _, size = newest(harness)
    fork = sign_checkpoint(Checkpoint(harness.origin, size, bytes(32)), signer("checkpoint"))
    witness(harness, "w1", "w2", note=fork)

    report = verify(harness, tmp_path, policy=policy(harness))

    assert report.exit_code == 1
    assert ("forked", -1, f"cosignature 0 of size {size}") in found(report)


def test_a_row_of_another_ledger_is_not_evidence(harness: Harness, tmp_path: Path) -> None:
    _, size = newest(harness)
    witness(harness, "w1", "w2", note=sign_checkpoint(Checkpoint("other.example", size, bytes(32)), signer("stranger")))

    report = verify(harness, tmp_path, policy=policy(harness))

    assert report.witnessed is None
    assert ("not witnessed", -1, "trust policy") in found(report)


def test_a_witness_may_cosign_one_checkpoint_very_often(harness: Harness, tmp_path: Path) -> None:
    witness(harness, *["w1"] * 120, "w2")

    assert verify(harness, tmp_path, policy=policy(harness)).exit_code == 0


# Compromise


def _compromised(h: Harness, since: int) -> None:
    body = {"action": "compromised", "keyid": keyid("pipeline"), "since": format_instant(since), "reason": "stolen"}
    h.record("key", body, "admin")


@pytest.mark.parametrize(
    ("seconds", "cleared"),
    [(-60, True), (-2, True), (-1, False), (0, False), (60, False)],
    ids=["long before", "before", "in the second before", "then", "after"],
)
def test_what_a_quorum_saw_before_the_compromise_stands(
    harness: Harness, tmp_path: Path, seconds: int, cleared: bool
) -> None:
    old = harness.record("ai_decision", decision(1)).index
    witness(harness, "w1", "w2", time=T + seconds)
    new = harness.record("ai_decision", decision(2)).index
    _compromised(harness, T * SECOND)

    report = verify(harness, tmp_path, policy=policy(harness))

    expected = {("key compromised", new, "")} | (set() if cleared else {("key compromised", old, "")})
    assert set(worded(report)) == expected


def test_one_witness_of_two_clears_nothing(harness: Harness, tmp_path: Path) -> None:
    old = harness.record("ai_decision", decision(1)).index
    witness(harness, "w1", time=T - 60)
    _compromised(harness, T * SECOND)

    report = verify(harness, tmp_path, policy=policy(harness))

    assert ("key compromised", old, "") in found(report)


def test_what_nobody_was_told_to_trust_clears_nothing(harness: Harness, tmp_path: Path) -> None:
    old = harness.record("ai_decision", decision(1)).index
    witness(harness, "w1", "w2", time=T - 60)
    _compromised(harness, T * SECOND)

    assert ("key compromised", old, "") in found(verify(harness, tmp_path))


# Time stamps


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_a_time_stamp_clears_what_was_there(harness: Harness, tmp_path: Path, authority: Authority) -> None:
    """The authority stamps on 1 June 2026, long before this ledger began; so does this compromise come later."""
    harness.record("ai_decision", decision(1))
    size = stamp(harness, authority)
    new = harness.record("ai_decision", decision(2)).index
    _compromised(harness, START)

    report = verify(harness, tmp_path, timestamp_roots=authority.roots)

    assert set(worded(report)) == {("key compromised", new, "")}
    assert report.stamped is not None
    assert (report.stamped.size, report.stamped.authority) == (size, "CN=Test stamps")
    stamped_at = datetime(2026, 6, 1, 12, 0, 1, tzinfo=UTC).timestamp()
    assert report.stamped.time == int(stamped_at) * SECOND


def test_without_roots_a_time_stamp_is_not_verified_and_that_is_said(
    harness: Harness, tmp_path: Path, authority: Authority
) -> None:
    old = harness.record("ai_decision", decision(1)).index
    stamp(harness, authority)
    _compromised(harness, START)

    report = verify(harness, tmp_path)

    assert ("key compromised", old, "") in found(report)
    assert report.stamped is None
    assert report.notes == ("1 time stamp(s) not verified: no authority's certificates were named",)


def test_a_time_stamp_of_an_authority_that_is_not_trusted_is_not_checked(
    harness: Harness, tmp_path: Path, authority: Authority
) -> None:
    size = stamp(harness, Authority())

    report = verify(harness, tmp_path, timestamp_roots=authority.roots)

    assert worded(report) == [("not checked here", -1, f"timestamp 0 of size {size}")]
    assert report.stamped is None


def test_a_token_that_was_changed_is_found(harness: Harness, tmp_path: Path, authority: Authority) -> None:
    size = stamp(harness, authority)
    with harness.tampering() as c:
        (token,) = c.execute("SELECT token FROM timestamp").fetchone()
        c.execute("UPDATE timestamp SET token = ?", (token[:-1] + bytes([token[-1] ^ 1]),))

    report = verify(harness, tmp_path, timestamp_roots=authority.roots)

    assert worded(report) == [("signature invalid", -1, f"timestamp 0 of size {size}")]


# Incremental


def test_an_incremental_verification_goes_on_with_what_was_witnessed(harness: Harness) -> None:
    rule = policy(harness)
    first = witness(harness, "w1", "w2")
    assert harness.verify(policy=rule).exit_code == 0
    harness.record("ai_decision", decision(1))

    report = harness.verify(policy=rule, new=True)
    assert (report.level, report.witnessed) == ("new", Outside(first, (T + 1) * SECOND))

    second = witness(harness, "w1", time=T + 60)
    assert harness.verify(policy=rule, new=True).witnessed == Outside(first, (T + 1) * SECOND)
    witness(harness, "w2", time=T + 90)
    report = harness.verify(policy=rule, new=True)
    assert (report.level, report.exit_code) == ("new", 0)
    assert report.witnessed == Outside(second, (T + 91) * SECOND)


def test_another_policy_makes_everything_be_verified(harness: Harness) -> None:
    witness(harness, "w1", "w2")
    assert harness.verify(policy=policy(harness)).exit_code == 0

    assert harness.verify(policy=policy(harness, "quorum w1"), new=True).level == "full"
