"""The policy: what the default asks for, that it comes back, and a floor that nothing lowers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Refused
from ledger.kinds import KINDS, validate_body
from ledger.policy import REFUSED, ROLES, WAIVED, Policy, check_floor, format_policy, parse_policy

kinds = st.sampled_from(sorted(KINDS))
policies = st.builds(
    Policy,
    roles=st.dictionaries(kinds | st.just("*"), st.lists(st.sampled_from(ROLES), max_size=3).map(tuple), max_size=5),
    principals=st.dictionaries(kinds, st.integers(1, 8), max_size=5),
    self_approval=st.sampled_from([REFUSED, WAIVED]),
    quorum=st.integers(1, 8),
    freshness=st.dictionaries(kinds, st.integers(1, 999), max_size=3),
    retention=st.dictionaries(st.from_regex(r"[a-z]{1,9}", fullmatch=True), st.integers(1, 9999), max_size=3),
)


@given(policies)
def test_every_policy_comes_back_from_the_body_of_its_entry(policy: Policy) -> None:
    members = json.loads(json.dumps(format_policy(policy)))

    assert parse_policy(members) == policy
    validate_body("ledger", {"action": "policy_changed", "policy": members, "reason": "review"})


def test_the_default_asks_for_two_principals_to_erase_and_refuses_self_approval() -> None:
    policy = Policy()

    assert policy.principals_for("erasure") == policy.principals_for("pruning") == 2
    assert policy.principals_for("evaluation") == 1
    assert policy.self_approval == REFUSED
    assert policy.quorum == 1


@pytest.mark.parametrize("kind", ["ledger", "key"])
def test_the_ledgers_own_state_is_always_the_admins(kind: str) -> None:
    policy = Policy(roles={kind: ("pipeline",), "*": ("pipeline",)})

    assert policy.roles_for(kind) == ("admin",)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_default_lets_somebody_sign_every_kind(kind: str) -> None:
    assert set(Policy().roles_for(kind)) <= set(ROLES)
    assert Policy().roles_for(kind)


def test_a_kind_not_listed_is_for_the_roles_of_the_star_and_without_one_for_nobody() -> None:
    assert Policy(roles={"*": ("auditor",)}).roles_for("evaluation") == ("auditor",)
    assert Policy(roles={"*": ("auditor",), "evaluation": ()}).roles_for("evaluation") == ()
    assert Policy(roles={}).roles_for("evaluation") == ()


@pytest.mark.parametrize(
    ("changes", "lowered"),
    [
        ({"quorum": 1}, "quorum from 2 to 1"),
        ({"self_approval": WAIVED}, "self-approval from refused to waived"),
        ({"principals": {"erasure": 1, "release": 3}}, "principals for erasure from 2 to 1"),
        ({"principals": {"release": 3}}, "principals for erasure from 2 to 1"),
        ({"principals": {}}, "principals for erasure from 2 to 1, principals for release from 3 to 1"),
        ({"principals": {"*": 2}}, "principals for release from 3 to 2"),
    ],
)
def test_nothing_goes_below_the_floor(changes: dict[str, object], lowered: str) -> None:
    floor = Policy(quorum=2, principals={"erasure": 2, "release": 3})

    with pytest.raises(Refused, match=rf"^policy: lowers {lowered}, below the floor set at creation") as caught:
        check_floor(replace(floor, **changes), floor)  # type: ignore[arg-type]
    assert caught.value.rule == "policy floor"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"quorum": 3},
        {"principals": {"erasure": 2, "release": 3, "approval": 2}},
        {"principals": {"erasure": 4, "release": 8}},
        {"principals": {"*": 3}},
        {"roles": {"*": ("pipeline",)}},
        {"freshness": {"evaluation": 1}},
    ],
)
def test_what_is_as_strict_or_stricter_is_above_the_floor(changes: dict[str, object]) -> None:
    floor = Policy(quorum=2, principals={"erasure": 2, "release": 3})

    check_floor(replace(floor, **changes), floor)  # type: ignore[arg-type]


def test_a_floor_that_waives_lets_later_policies_waive_or_refuse() -> None:
    floor = Policy(self_approval=WAIVED)

    check_floor(Policy(self_approval=WAIVED), floor)
    check_floor(Policy(self_approval=REFUSED), floor)


@given(policies, policies)
def test_floors_are_about_each_count_by_itself(policy: Policy, floor: Policy) -> None:
    below = (
        policy.quorum < floor.quorum
        or any(policy.principals.get(kind, 1) < needed for kind, needed in floor.principals.items())
        or (floor.self_approval, policy.self_approval) == (REFUSED, WAIVED)
    )

    if below:
        with pytest.raises(Refused, match=r"^policy: lowers "):
            check_floor(policy, floor)
    else:
        check_floor(policy, floor)


def test_a_star_asks_of_every_kind_not_listed_but_never_of_keys() -> None:
    policy = Policy(principals={"*": 2, "ai_decision": 1})

    asked = {kind: policy.principals_for(kind) for kind in ("evaluation", "ai_decision", "key", "ledger")}

    assert asked == {"evaluation": 2, "ai_decision": 1, "key": 1, "ledger": 1}


def test_listing_a_kind_does_not_slip_under_the_floor_of_the_star() -> None:
    floor = Policy(principals={"*": 2})

    with pytest.raises(Refused, match="lowers principals for evaluation from 2 to 1"):
        check_floor(Policy(principals={"*": 2, "evaluation": 1}), floor)
