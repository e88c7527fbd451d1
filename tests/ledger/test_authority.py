"""Keys, principals and quorums as a pure fold: what may become state, and what an attacker tries instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ledger.authority import Authority, apply_state_entry, create_authority
from ledger.encoding import format_base64
from ledger.errors import FormatError, Refused
from ledger.note import VerifierKey, format_vkey
from ledger.policy import Policy, format_policy
from ledger.signing import format_spki, key_id, key_members
from ledger.times import parse_instant
from tests.ledger.harness import enrolment, signer, source_of

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"


def keyid(name: str) -> str:
    return key_id(signer(name).public_key)


def vkey(name: str, origin: str = ORIGIN) -> str:
    return format_vkey(VerifierKey(origin, signer(name).public_key))


def founder(name: str, principal: str | None = None, roles: Sequence[str] = ("admin",)) -> dict[str, Any]:
    return {
        **key_members(signer(name).public_key),
        "principal": principal or f"{name}-1",
        "roles": list(roles),
        "sources": [source_of(name)],
    }


def genesis(*names: str, policy: Policy | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "action": "created",
        "founder": "Bank",
        "origin": ORIGIN,
        "checkpoint_keys": [vkey("checkpoint")],
        "keys": [founder(name) for name in names],
        "policy": format_policy(policy or Policy()),
        **changes,
    }


def created(*names: str, **options: Any) -> Authority:
    return create_authority(ORIGIN, genesis(*names, **options), [keyid(name) for name in names])


class Fold:
    """An authority and the entries that change it, from index 1 on."""

    def __init__(self, authority: Authority) -> None:
        self.authority, self.next = authority, 1

    def apply(self, kind: str, data: dict[str, Any], *by: str) -> Authority:
        signers = sorted(keyid(name) for name in by)
        self.authority = apply_state_entry(self.authority, self.next, kind, data, signers)
        self.next += 1
        return self.authority

    def refuse(self, rule: str, match: str, kind: str, data: dict[str, Any], *by: str) -> None:
        before = self.authority
        with pytest.raises(Refused, match=match) as caught:
            self.apply(kind, data, *by)
        assert caught.value.rule == rule
        assert self.authority is before

    def enrol(self, name: str, *roles: str, by: Sequence[str] = ("admin",), **changes: Any) -> Authority:
        return self.apply("key", enrolment(name, *roles, **changes), *by, name)


@pytest.fixture
def one() -> Fold:
    """A ledger founded by one admin."""
    return Fold(created("admin"))


@pytest.fixture
def three() -> Fold:
    """A ledger founded by three admins, two of whom are needed."""
    return Fold(created("admin", "admin2", "admin3", policy=Policy(quorum=2)))


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


# The quorum


def test_an_ordinary_key_needs_one_admin_of_several(three: Fold) -> None:
    assert three.enrol("pipeline", "pipeline", by=["admin2"]).keys[keyid("pipeline")].principal == "pipeline-1"


def test_one_admin_alone_can_not_enrol_a_sock_puppet_admin(three: Fold) -> None:
    data = enrolment("puppet", "admin", "pipeline")

    three.refuse(
        "quorum", r"^key enrolled: signed by 1 admin principal\(s\), expected 2", "key", data, "admin", "puppet"
    )
    assert "puppet-1" in three.enrol("puppet", "admin", by=["admin", "admin3"]).admins()


def test_two_keys_of_one_admin_count_once(three: Fold) -> None:
    three.enrol("spare", "admin", by=["admin", "admin2"], principal="admin-1")

    three.refuse("quorum", r"signed by 1 admin principal\(s\), expected 2", "key",
                 enrolment("puppet", "admin"), "admin", "spare", "puppet")  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("ledger", {"action": "policy_changed", "policy": format_policy(Policy(quorum=2))}),
        ("ledger", {"action": "checkpoint_key_added", "checkpoint_key": vkey("checkpoint2")}),
        ("ledger", {"action": "clock_reset", "clock": "2026-11-23T10:00:00Z", "reason": "jump"}),
        ("ledger", {"action": "closed", "reason": "done"}),
        ("key", {"action": "revoked", "keyid": keyid("admin3"), "reason": "left"}),
        ("key", {"action": "compromised", "keyid": keyid("admin3"), "since": "2026-11-23T10:00:00Z", "reason": "lost"}),
        ("key", enrolment("new", "admin", action="rotated", principal="admin3-1", sources=[source_of("admin3")],
                          replaces=keyid("admin3"))),
        ("key", enrolment("new", "compliance", "admin")),
    ],
)  # fmt: skip
def test_what_changes_who_rules_needs_the_quorum(three: Fold, kind: str, data: dict[str, Any]) -> None:
    newcomer = ["new"] if "public_key" in data else []

    three.refuse("quorum", r"signed by 1 admin principal\(s\), expected 2", kind, data, "admin", *newcomer)
    three.apply(kind, data, "admin", "admin2", *newcomer)


def test_the_last_checkpoint_key_needs_a_successor_before_it_is_retired(three: Fold) -> None:
    retired = {"action": "checkpoint_key_retired", "checkpoint_key": vkey("checkpoint")}
    three.refuse("key", "not in force, or the last one; add its successor first", "ledger", retired, "admin", "admin2")
    three.apply("ledger", {"action": "checkpoint_key_added", "checkpoint_key": vkey("checkpoint2")}, "admin", "admin2")

    three.refuse("quorum", r"signed by 1 admin principal\(s\), expected 2", "ledger", retired, "admin")
    after = three.apply("ledger", retired, "admin", "admin2")

    assert [(key.start, key.end < 2**62) for key in after.checkpoint_keys] == [(0, True), (2, False)]
    three.refuse("key", "not in force, or the last one", "ledger", retired, "admin", "admin2")


def test_a_checkpoint_key_is_added_once(three: Fold) -> None:
    again = {"action": "checkpoint_key_added", "checkpoint_key": vkey("checkpoint")}

    three.refuse("key", "was added before, a key is used once", "ledger", again, "admin", "admin2")


def test_a_quorum_is_judged_by_the_policy_before_the_change(three: Fold) -> None:
    stricter = {"action": "policy_changed", "policy": format_policy(Policy(quorum=3))}

    after = three.apply("ledger", stricter, "admin", "admin2")

    assert after.policy.quorum == 3
    three.refuse("quorum", "signed by 2 admin principal.s., expected 3", "ledger", stricter, "admin", "admin2")
    assert [after.policy_at(index).quorum for index in (0, 1, 2, 9)] == [2, 2, 3, 3]


def test_no_policy_goes_below_the_floor_even_with_everybodys_signature(three: Fold) -> None:
    everybody = ("admin", "admin2", "admin3")
    three.apply("ledger", {"action": "policy_changed", "policy": format_policy(Policy(quorum=3))}, *everybody)
    back = {"action": "policy_changed", "policy": format_policy(Policy(quorum=2))}
    below = {"action": "policy_changed", "policy": format_policy(Policy(quorum=1))}

    assert three.apply("ledger", back, *everybody).policy.quorum == 2
    three.refuse("policy floor", "lowers quorum from 2 to 1, below the floor", "ledger", below, *everybody)


def test_a_quorum_that_nobody_could_reach_is_refused(three: Fold) -> None:
    four = {"action": "policy_changed", "policy": format_policy(Policy(quorum=4))}

    three.refuse("quorum", r"^after this, 3 admin principal\(s\) would remain, expected at least 4", "ledger", four,
                 "admin", "admin2", "admin3")  # fmt: skip


def test_admins_can_not_be_removed_below_the_quorum(three: Fold) -> None:
    three.apply("key", {"action": "revoked", "keyid": keyid("admin3"), "reason": "left"}, "admin", "admin2")

    three.refuse("quorum", r"^after this, 1 admin principal\(s\) would remain, expected at least 2", "key",
                 {"action": "revoked", "keyid": keyid("admin2"), "reason": "left"}, "admin", "admin2")  # fmt: skip


def test_the_last_admin_can_not_leave(one: Fold) -> None:
    for data in (
        {"action": "revoked", "keyid": keyid("admin"), "reason": "left"},
        {"action": "compromised", "keyid": keyid("admin"), "since": "2026-11-23T10:00:00Z", "reason": "lost"},
    ):
        one.refuse("quorum", r"^after this, 0 admin principal\(s\) would remain", "key", data, "admin")


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


# The ledger's own entries


def test_a_ledger_is_created_once(one: Fold) -> None:
    one.refuse("genesis", r"^entry 1: a ledger is created once, by entry 0", "ledger", genesis("admin"), "admin")


def test_after_the_closing_entry_nothing_becomes_state(one: Fold) -> None:
    one.apply("ledger", {"action": "closed", "reason": "moved"}, "admin")

    assert one.authority.closed_at == 1
    one.refuse("closed", r"^entry 2: the ledger was closed by entry 1", "ledger",
               {"action": "policy_changed", "policy": format_policy(Policy())}, "admin")  # fmt: skip
    one.refuse("closed", "was closed by entry 1", "key", enrolment("pipeline", "pipeline"), "admin", "pipeline")


def test_a_clock_reset_is_remembered_with_its_place(one: Fold) -> None:
    after = one.apply("ledger", {"action": "clock_reset", "clock": "2026-11-23T10:00:00Z", "reason": "jump"}, "admin")

    assert after.clock_resets == {1: parse_instant("2026-11-23T10:00:00.000000Z")}


def test_an_authority_is_never_changed_in_place(one: Fold) -> None:
    before = one.authority
    keys = dict(before.keys)

    one.enrol("pipeline", "pipeline")

    assert dict(before.keys) == keys
    assert keyid("pipeline") in one.authority.keys
