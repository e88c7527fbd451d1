"""Every byte of what witnesses and time-stamping authorities answered: changed, and read by whoever trusts them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from ledger import Report
from ledger.cosignature import cosigner_key
from ledger.note import VerifierKey, format_vkey, parse_note
from ledger.trust import TrustPolicy, parse_trust_policy
from tests.attacks.small import Tables, every, kept_open, tables_of, with_a_bit_changed
from tests.ledger.anchored import WITNESS
from tests.ledger.attacker import Suspect, found
from tests.ledger.harness import START, signer
from tests.ledger.tsa import Authority


@pytest.fixture
def tables(victim: Suspect, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    """The victim's tables, its database kept open between verifications."""
    with kept_open(victim.path) as backend, tables_of(victim) as tables:
        monkeypatch.setattr("ledger.verifying.verification.open_sqlite", lambda *_, **__: backend)
        yield tables


def policy_of(victim: Suspect) -> TrustPolicy:
    """Who trusts the ledger's key and its witness."""
    log = format_vkey(VerifierKey(victim.origin, signer("checkpoint").public_key))
    witness = format_vkey(cosigner_key(WITNESS, signer("witness")))
    return parse_trust_policy(f"log {log}\nwitness w {witness}\nquorum w\n".encode())


def test_every_byte_of_a_cosigned_note_is_found_by_who_knows_the_witness(victim: Suspect, tables: Tables) -> None:
    policy = policy_of(victim)
    assert found(victim.verify(level="hashes", policy=policy)) == []

    for number, row in enumerate(tables.rows["cosignature"]):
        what = f"cosignature {row['seq']} of size {row['size']}"
        for at in every(range(len(row["note"])), 7):
            changed = tables.changed("cosignature", number, note=with_a_bit_changed(row["note"], at))
            with tables.replaced("cosignature", changed):
                told = found(victim.verify(level="hashes", policy=policy))
            assert {found_at for _, _, found_at in told} == {what}, (at, told)
            verdicts = {verdict for verdict, _, _ in told}
            assert verdicts <= {"altered", "signature invalid", "not permitted", "index wrong"}, (at, told)


def test_with_the_answers_gone_the_quorum_is_not_met(victim: Suspect, tables: Tables) -> None:
    with tables.replaced("cosignature", []):
        told = found(victim.verify(policy=policy_of(victim)))

    assert told == [("not witnessed", -1, "trust policy")]


def test_every_byte_of_a_token_is_found_or_says_the_same_by_the_same_authority(victim: Suspect, tables: Tables) -> None:
    """Not all of a token is signed (RFC 3161, RFC 5652): what is not must change nothing that is said of it."""
    authority = Authority(at=datetime.fromtimestamp(START // 1_000_000, UTC))
    note = tables.rows["timestamp"][0]["note"]
    token = authority.stamp(parse_note(note).text.encode())
    tables.rows["timestamp"] = [{**tables.rows["timestamp"][0], "token": token}]

    def verified(raw: bytes) -> Report:
        with tables.replaced("timestamp", [{**tables.rows["timestamp"][0], "token": raw}]):
            return victim.verify(level="hashes", timestamp_roots=authority.roots)

    sound = verified(token)
    assert sound.stamped is not None
    silent = 0
    for at in every(range(len(token)), 7):
        report = verified(with_a_bit_changed(token, at))  # type: ignore[arg-type]
        told = found(report)
        assert {(place, what) for _, place, what in told} <= {(-1, f"timestamp 0 of size {sound.stamped.size}")}
        assert {verdict for verdict, _, _ in told} <= {"signature invalid", "altered", "not checked here"}
        if not told:
            silent += 1
            assert report.stamped == sound.stamped, at
    assert silent < len(token) / 20
    for cut in range(0, len(token), 29):
        assert found(verified(token[:cut])), cut
