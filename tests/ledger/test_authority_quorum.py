"""Principals and quorums as a pure fold: what needs whom, and that nobody lowers it."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.policy import Policy, format_policy
from ledger.times import parse_instant
from tests.ledger.folding import Fold, created, genesis, keyid, vkey
from tests.ledger.harness import enrolment, source_of


@pytest.fixture
def one() -> Fold:
    """A ledger founded by one admin."""
    return Fold(created("admin"))


@pytest.fixture
def three() -> Fold:
    """A ledger founded by three admins, two of whom are needed."""
    return Fold(created("admin", "admin2", "admin3", policy=Policy(quorum=2)))


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


# Whose key it is

MORE = {"enrolled": {}, "rotated": {"action": "rotated", "replaces": keyid("pipeline")}}


def more(action: str, **changes: Any) -> dict[str, Any]:
    """Another key of the principal of the key ``pipeline``."""
    sources = [source_of("pipeline")]
    return enrolment("new", "pipeline", principal="pipeline-1", sources=sources, **{**MORE[action], **changes})


@pytest.mark.parametrize("action", MORE)
def test_one_admin_alone_can_not_give_another_principal_one_more_key(three: Fold, action: str) -> None:
    three.enrol("pipeline", "pipeline")

    three.refuse(
        "principal", r"pipeline-1 has had a key before; signed by none of theirs .* and by 1 admin principal\(s\), "
        r"expected one of theirs or 2 .*; let a key of that principal sign", "key", more(action), "admin", "new"
    )  # fmt: skip
    assert three.apply("key", more(action), "admin", "pipeline", "new").keys[keyid("new")].principal == "pipeline-1"


def test_one_admin_can_not_enrol_a_key_in_the_name_of_another(three: Fold) -> None:
    fake = enrolment("new", "compliance", principal="admin2-1")

    three.refuse("principal", "^key .*admin2-1 has had a key before", "key", fake, "admin", "new")
    three.apply("key", fake, "admin2", "new")


@pytest.mark.parametrize("action", MORE)
def test_the_quorum_gives_a_principal_a_further_key(three: Fold, action: str) -> None:
    three.enrol("pipeline", "pipeline")

    assert keyid("new") in three.apply("key", more(action), "admin", "admin3", "new").keys


@pytest.mark.parametrize("end", ["revoked", "compromised"])
def test_after_the_only_key_of_a_principal_ended_the_next_one_needs_the_quorum(three: Fold, end: str) -> None:
    three.enrol("pipeline", "pipeline")
    body = {"action": end, "keyid": keyid("pipeline"), "since": "2026-11-23T10:00:00Z", "reason": "lost"}
    three.apply("key", body, "admin")

    three.refuse("principal", "has had a key before", "key", more("enrolled"), "admin", "new")
    three.refuse("revoked key", "by entry 2", "key", more("enrolled"), "admin", "pipeline", "new")
    three.apply("key", more("enrolled"), "admin", "admin2", "new")


def test_a_principal_can_not_be_agreed_for_by_a_third_one_nor_by_two_keys_of_one_admin(three: Fold) -> None:
    three.enrol("pipeline", "pipeline")
    three.enrol("overseer", "overseer")
    three.enrol("spare", "admin", by=["admin", "admin2"], principal="admin-1")

    for beside in ("overseer", "spare"):
        three.refuse("principal", "has had a key before", "key", more("enrolled"), "admin", beside, "new")


def test_a_principal_alone_without_an_admin_enrols_nothing(three: Fold) -> None:
    three.enrol("pipeline", "pipeline")

    three.refuse("quorum", "signed by 0 admin", "key", more("enrolled"), "pipeline", "new")
    three.refuse("quorum", "signed by 1 admin", "key", {**more("enrolled"), "roles": ["admin"]}, "admin", "pipeline",
                 "new")  # fmt: skip


def test_where_one_admin_is_the_quorum_they_give_everybody_keys(one: Fold) -> None:
    one.enrol("pipeline", "pipeline")

    assert keyid("new") in one.apply("key", more("enrolled"), "admin", "new").keys


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
