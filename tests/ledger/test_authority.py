"""Keys as a pure fold: genesis, enrolment, rotation, revocation, compromise, and what an attacker tries instead."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.authority import apply_state_entry, create_authority
from ledger.encoding import format_base64
from ledger.errors import FormatError, Refused
from ledger.policy import Policy
from ledger.signing import format_spki, key_id
from ledger.times import parse_instant
from tests.ledger.folding import ORIGIN, Fold, created, founder, genesis, keyid, vkey
from tests.ledger.harness import enrolment, source_of


@pytest.fixture
def one() -> Fold:
    """A ledger founded by one admin."""
    return Fold(created("admin"))


# The genesis entry


def test_the_genesis_entry_enrols_its_founders_from_the_first_entry_on() -> None:
    authority = created("admin", "admin2")

    assert authority.admins() == {"admin-1", "admin2-1"}
    assert authority.key_at(keyid("admin"), 0).principal == "admin-1"
    assert authority.policy == authority.floor == authority.policy_at(0) == Policy()
    assert [key.name for key in authority.verifier_keys()] == [ORIGIN]


@pytest.mark.parametrize(
    ("changes", "signers", "match"),
    [
        ({"origin": "other.example"}, ["admin"], r"^genesis: origin 'other\.example' in the body, expected 'bank"),
        ({"keys": [founder("admin"), founder("admin")]}, ["admin"], r"^genesis: key \w{16} twice"),
        ({"keys": [founder("admin"), founder("admin", "other-1")]}, ["admin"], r"^genesis: key \w{16} twice"),
        ({}, [], "^genesis: must be signed by exactly the founders' keys"),
        ({}, ["admin2"], "^genesis: must be signed by exactly the founders' keys"),
        ({}, ["admin", "admin2"], "^genesis: must be signed by exactly the founders' keys"),
        (
            {"keys": [founder("admin"), founder("admin2")]},
            ["admin"],
            "^genesis: must be signed by exactly the founders'",
        ),
    ],
)
def test_a_genesis_entry_that_contradicts_itself_creates_nothing(
    changes: dict[str, Any], signers: list[str], match: str
) -> None:
    with pytest.raises(Refused, match=match) as caught:
        create_authority(ORIGIN, genesis("admin", **changes), [keyid(name) for name in signers])
    assert caught.value.rule == "genesis"


def test_a_quorum_that_the_founders_can_not_reach_creates_nothing() -> None:
    keys = [founder("admin", "one-person"), founder("admin2", "one-person"), founder("pipeline", roles=["pipeline"])]
    body = genesis("admin", keys=keys, policy=Policy(quorum=2))

    with pytest.raises(
        Refused, match=r"^after this, 1 admin principal\(s\) would remain, expected at least 2"
    ) as caught:
        create_authority(ORIGIN, body, [keyid(name) for name in ("admin", "admin2", "pipeline")])
    assert caught.value.rule == "quorum"


def test_a_founders_key_can_not_be_a_checkpoint_key_too() -> None:
    with pytest.raises(Refused, match=r"^key \w{16}: signs entries and checkpoints, expected two different keys"):
        created("admin", checkpoint_keys=[vkey("admin")])


def test_a_checkpoint_key_is_named_as_the_ledger() -> None:
    with pytest.raises(Refused, match=r"^checkpoint key: is named other\.example, expected the ledger's origin bank"):
        created("admin", checkpoint_keys=[vkey("checkpoint", "other.example")])


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_founders_key_of_small_order_or_in_a_second_spelling_creates_nothing(y: int) -> None:
    key = y.to_bytes(32, "little")
    body = genesis("admin", keys=[{**founder("admin"), "public_key": format_base64(format_spki(key))}])

    with pytest.raises(FormatError, match=r"^public key: found a point"):
        create_authority(ORIGIN, body, [key_id(key)])


# Enrolment


def test_an_enrolled_key_may_sign_from_the_next_entry_on(one: Fold) -> None:
    after = one.enrol("pipeline", "pipeline")

    assert after.key_at(keyid("pipeline"), 2).roles == {"pipeline"}
    assert after.key_at(keyid("pipeline"), 10**9).sources == {source_of("pipeline")}
    for index in (0, 1):
        with pytest.raises(Refused, match=r"^key \w{16}: not enrolled in this ledger"):
            after.key_at(keyid("pipeline"), index)


def test_a_key_that_did_not_sign_its_own_enrolment_is_not_enrolled(one: Fold) -> None:
    one.refuse(
        "key", "did not sign its own enrolment, expected proof", "key", enrolment("pipeline", "pipeline"), "admin"
    )


def test_a_keyid_that_is_not_that_of_the_key_is_refused(one: Fold) -> None:
    data = enrolment("pipeline", "pipeline", keyid=keyid("other"))

    one.refuse("key", "is not the digest of the given public key", "key", data, "admin", "other", "pipeline")


@pytest.mark.parametrize("again", ["admin", "pipeline"])
def test_a_key_is_enrolled_once_ever_and_not_to_a_second_principal(one: Fold, again: str) -> None:
    one.enrol("pipeline", "pipeline")

    one.refuse("key", r"was enrolled by entry -?\d+, a key is used once", "key",
               enrolment(again, "admin", principal="somebody-else"), "admin", again)  # fmt: skip


def test_a_revoked_key_can_not_come_back(one: Fold) -> None:
    one.enrol("pipeline", "pipeline")
    one.apply("key", {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}, "admin")

    one.refuse("key", "a key is used once", "key", enrolment("pipeline", "pipeline"), "admin", "pipeline")


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 1])
def test_a_key_of_small_order_or_in_a_second_spelling_is_not_enrolled(one: Fold, y: int) -> None:
    key = y.to_bytes(32, "little")
    data = {**enrolment("pipeline", "pipeline"), "public_key": format_base64(format_spki(key)), "keyid": key_id(key)}

    with pytest.raises(FormatError, match=r"^public key: found a point"):
        apply_state_entry(one.authority, 1, "key", data, sorted([keyid("admin"), key_id(key)]))


def test_a_checkpoint_key_can_not_be_enrolled_for_signing(one: Fold) -> None:
    one.refuse(
        "key", "signs entries and checkpoints", "key", enrolment("checkpoint", "pipeline"), "admin", "checkpoint"
    )


def test_a_retired_checkpoint_key_can_not_be_enrolled_for_signing_either(one: Fold) -> None:
    one.apply("ledger", {"action": "checkpoint_key_added", "checkpoint_key": vkey("checkpoint2")}, "admin")
    one.apply("ledger", {"action": "checkpoint_key_retired", "checkpoint_key": vkey("checkpoint")}, "admin")

    one.refuse(
        "key", "signs entries and checkpoints", "key", enrolment("checkpoint", "pipeline"), "admin", "checkpoint"
    )


def test_a_signing_key_can_not_become_a_checkpoint_key_even_when_revoked(one: Fold) -> None:
    one.enrol("pipeline", "pipeline")
    added = {"action": "checkpoint_key_added", "checkpoint_key": vkey("pipeline")}
    one.refuse("key", "signs entries and checkpoints, expected two different keys", "ledger", added, "admin")

    one.apply("key", {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}, "admin")
    one.refuse("key", "signs entries and checkpoints, expected two different keys", "ledger", added, "admin")


@pytest.mark.parametrize("by", [(), ("overseer",)])
def test_who_is_no_admin_enrols_nobody(one: Fold, by: tuple[str, ...]) -> None:
    one.enrol("overseer", "overseer")

    one.refuse("quorum", r"signed by 0 admin principal\(s\), expected 1", "key",
               enrolment("pipeline", "pipeline"), *by, "pipeline")  # fmt: skip


def test_a_new_admin_does_not_vouch_for_its_own_enrolment(one: Fold) -> None:
    one.refuse("quorum", r"^key enrolled: signed by 0 admin principal\(s\), expected 1", "key",
               enrolment("admin2", "admin"), "admin2")  # fmt: skip


# Rotation, revocation, compromise


def rotation(new: str, old: str, *roles: str, **changes: Any) -> dict[str, Any]:
    return enrolment(new, *roles, action="rotated", replaces=keyid(old),
                     **{"principal": f"{old}-1", "sources": [source_of(old)], **changes})  # fmt: skip


def test_after_a_rotation_the_old_key_no_longer_signs_and_the_new_one_does(one: Fold) -> None:
    one.enrol("pipeline", "pipeline")

    after = one.apply("key", rotation("pipeline2", "pipeline", "pipeline"), "admin", "pipeline2")

    assert after.key_at(keyid("pipeline"), 2).end == 3, "what it signed before stays good"
    assert after.key_at(keyid("pipeline2"), 3).principal == "pipeline-1"
    with pytest.raises(Refused, match=r"^key \w{16} of pipeline-1: rotated by entry 2, expected a key in force"):
        after.key_at(keyid("pipeline"), 3)
    with pytest.raises(Refused, match="not enrolled"):
        after.key_at(keyid("pipeline2"), 2)


@pytest.mark.parametrize(
    "more",
    [
        {"roles": ["pipeline", "approver"]},
        {"roles": ["admin"]},
        {"sources": [source_of("pipeline"), source_of("approver")]},
        {"sources": [source_of("approver")]},
        {"principal": "approver-1"},
    ],
)
def test_a_rotation_gains_nothing(one: Fold, more: dict[str, Any]) -> None:
    one.enrol("pipeline", "pipeline")
    data = {**rotation("pipeline2", "pipeline", "pipeline"), **more}

    one.refuse("key", "rotation must keep the principal and add no role or source", "key", data, "admin", "pipeline2")


def test_a_rotation_may_give_up_a_role(one: Fold) -> None:
    one.enrol("both", "pipeline", "overseer")

    after = one.apply("key", rotation("both2", "both", "overseer"), "admin", "both2")

    assert after.keys[keyid("both2")].roles == {"overseer"}


@pytest.mark.parametrize("old", ["stranger", "gone"])
def test_a_key_that_is_not_in_force_is_not_rotated(one: Fold, old: str) -> None:
    one.enrol("gone", "pipeline")
    one.apply("key", {"action": "revoked", "keyid": keyid("gone"), "reason": "left"}, "admin")
    rule = "unknown key" if old == "stranger" else "revoked key"

    one.refuse(rule, r"^key \w{16}", "key", rotation("new", old, "pipeline"), "admin", "new")


def test_a_revoked_key_ends_with_its_revocation(one: Fold) -> None:
    one.enrol("pipeline", "pipeline")
    revoked = {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}

    after = one.apply("key", revoked, "admin")

    assert after.key_at(keyid("pipeline"), 2)
    with pytest.raises(Refused, match=r"of pipeline-1: revoked by entry 2, expected a key in force"):
        after.key_at(keyid("pipeline"), 3)
    one.refuse("revoked key", "revoked by entry 2 already", "key", revoked, "admin")


def test_a_key_that_was_never_enrolled_is_neither_revoked_nor_compromised(one: Fold) -> None:
    for data in (
        {"action": "revoked", "keyid": keyid("stranger"), "reason": "left"},
        {"action": "compromised", "keyid": keyid("stranger"), "since": "2026-11-23T10:00:00Z", "reason": "lost"},
    ):
        one.refuse("unknown key", r"^key \w{16}: is not enrolled and can't be (rev|comp)", "key", data, "admin")


def test_a_compromise_ends_the_key_and_can_be_dated_back_but_not_forward(one: Fold) -> None:
    one.enrol("pipeline", "pipeline")

    def reported(since: str) -> int | None:
        data = {"action": "compromised", "keyid": keyid("pipeline"), "since": since, "reason": "lost"}
        return one.apply("key", data, "admin").keys[keyid("pipeline")].compromised_since

    noon, eleven = "2026-11-23T12:00:00Z", "2026-11-23T11:00:00.5Z"
    assert reported(noon) == parse_instant("2026-11-23T12:00:00.000000Z")
    assert reported(eleven) == parse_instant("2026-11-23T11:00:00.500000Z")
    assert reported(noon) == parse_instant("2026-11-23T11:00:00.500000Z"), "an earlier date is never taken back"
    assert one.authority.keys[keyid("pipeline")].end == 3, "it ended with the first report"


def test_a_key_revoked_long_ago_can_still_turn_out_compromised(one: Fold) -> None:
    one.enrol("pipeline", "pipeline")
    one.apply("key", {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}, "admin")
    data = {"action": "compromised", "keyid": keyid("pipeline"), "since": "2026-11-23T10:00:00Z", "reason": "lost"}

    key = one.apply("key", data, "admin").keys[keyid("pipeline")]

    assert (key.end, key.ended_by) == (3, "revoked")
    assert key.compromised_since is not None
