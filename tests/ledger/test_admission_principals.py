"""The door, people: keys are counted by who holds them, and nobody approves their own."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256

import pytest

from ledger.encoding import format_base64
from ledger.errors import FormatError
from ledger.policy import WAIVED, Policy, format_policy
from ledger.signing import key_id
from tests.ledger.attacker import keyid
from tests.ledger.harness import (
    Harness,
    approval,
    decision,
    enrolment,
    signer,
    source_of,
)

NewHarness = Callable[..., Harness]


# Principals


def test_two_keys_of_one_principal_are_one_principal(new_harness: NewHarness) -> None:
    harness = new_harness(policy=Policy(principals={"ai_decision": 2, "erasure": 2}))
    harness.enrol("spare", "pipeline", principal="pipeline-1")
    harness.enrol("other", "pipeline")

    harness.refuse(harness.line("ai_decision", decision(), by=["pipeline", "spare"]), rule="too few principals",
                   match=r"^ai_decision: signed by 1 principal\(s\), expected 2 different ones")  # fmt: skip
    harness.refuse(harness.line("ai_decision", decision()), rule="too few principals", match="signed by 1 principal")
    harness.record("ai_decision", decision(), by=["pipeline", "other"])
    harness.check()


def test_an_erasure_needs_two_principals_and_the_approvers_own_signature(harness: Harness) -> None:
    statement = harness.record("ai_decision", decision()).statement
    data = {
        "statement": statement,
        "attachments": ["ab" * 32],
        "legal_basis": "GDPR Art. 17",
        "approved_by": "approver-1",
    }

    harness.refuse(
        harness.line("erasure", data, by="approver"), rule="too few principals", match="expected 2 different"
    )
    harness.refuse(harness.line("erasure", {**data, "approved_by": "admin-1"}, by=["approver", "compliance"]),
                   rule="approver", match="^erasure: approved_by admin-1 did not sign it")  # fmt: skip


def test_one_admin_can_not_enrol_a_sock_puppet_where_two_are_needed(new_harness: NewHarness) -> None:
    harness = new_harness(admins=2, policy=Policy(quorum=2))
    puppet = enrolment("puppet", "admin")

    harness.refuse(harness.line("key", puppet, by=["admin", "puppet"]), rule="quorum",
                   match=r"^key enrolled: signed by 1 admin principal\(s\), expected 2")  # fmt: skip
    harness.enrol("spare", "admin", principal="admin-1")
    harness.refuse(harness.line("key", puppet, by=["admin", "spare", "puppet"]), rule="quorum",
                   match=r"signed by 1 admin principal\(s\), expected 2")  # fmt: skip
    harness.check()


@pytest.fixture
def two_admins(new_harness: NewHarness) -> Harness:
    """A ledger of two administrators, both of whom are needed."""
    return new_harness(admins=2, policy=Policy(quorum=2))


def test_one_admin_can_not_enrol_a_key_in_the_other_ones_name_and_do_alone_what_takes_two(two_admins: Harness) -> None:
    fake = enrolment("fake", "compliance", "approver", principal="admin2-1")

    two_admins.refuse(two_admins.line("key", fake, by=["admin", "fake"]), rule="principal",
                      match=r"admin2-1 has had a key before; signed by none of theirs")  # fmt: skip
    two_admins.record("key", fake, by=["admin2", "fake"])
    two_admins.check()


def test_a_principal_agrees_to_a_second_key_with_one_that_has_no_role_for_keys(two_admins: Harness) -> None:
    second = enrolment("second", "pipeline", principal="pipeline-1")
    signed = ["admin", "pipeline", "second"]

    two_admins.refuse(two_admins.line("key", second, by=["admin", "second"]), rule="principal", match="pipeline-1 has")
    two_admins.refuse(two_admins.line("key", second, by=[*signed, "overseer"]), rule="role not allowed",
                      match="^key: signed by overseer-1 as overseer, expected admin")  # fmt: skip
    two_admins.record("key", second, by=signed)
    two_admins.record("ai_decision", decision(), by="second")
    two_admins.check()


def test_a_principal_agrees_to_nothing_but_a_key_of_their_own(two_admins: Harness) -> None:
    revoked = {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}
    newcomer = enrolment("new", "pipeline")

    for body, by in ((revoked, ["admin", "pipeline"]), (newcomer, ["admin", "pipeline", "new"])):
        two_admins.refuse(two_admins.line("key", body, by=by), rule="role not allowed",
                          match="^key: signed by pipeline-1 as pipeline, expected admin")  # fmt: skip


def test_a_policy_needs_the_quorum_before_it_and_stays_above_the_floor(new_harness: NewHarness) -> None:
    harness = new_harness(admins=2, policy=Policy(quorum=2))
    same = {"action": "policy_changed", "policy": format_policy(Policy(quorum=2)), "reason": "review"}
    lower = {"action": "policy_changed", "policy": format_policy(Policy(quorum=1)), "reason": "review"}

    harness.refuse(harness.line("ledger", same, by="admin"), rule="quorum", match="policy changed: signed by 1 admin")
    harness.refuse(
        harness.line("ledger", lower, by=["admin", "admin2"]), rule="policy floor", match="lowers quorum from 2"
    )
    harness.record("ledger", same, by=["admin", "admin2"])
    harness.check()


def test_a_changed_policy_judges_what_comes_after_it_also_within_a_batch(harness: Harness) -> None:
    policy = Policy(principals={"ai_decision": 2, "erasure": 2, "pruning": 2})
    changed = {"action": "policy_changed", "policy": format_policy(policy), "reason": "review"}
    lines = [harness.line("ai_decision", decision(1)), harness.line("ledger", changed, by="admin")]

    harness.refuse(
        *lines, harness.line("ai_decision", decision(2)), rule="too few principals", match="^line 3 of 3: ai_d"
    )
    harness.append(*lines)
    harness.check()


def test_a_checkpoint_key_and_a_signing_key_are_never_the_same(harness: Harness) -> None:
    text = harness.ledger.authority.checkpoint_keys[0].text
    assert text
    harness.refuse(harness.line("key", enrolment("checkpoint", "pipeline"), by=["admin", "checkpoint"]), rule="key",
                   match="signs entries and checkpoints, expected two different keys")  # fmt: skip

    from ledger.note import VerifierKey, format_vkey

    vkey = format_vkey(VerifierKey(harness.origin, signer("pipeline").public_key))
    added = {"action": "checkpoint_key_added", "checkpoint_key": vkey, "reason": "spare"}
    harness.refuse(harness.line("ledger", added, by="admin"), rule="key", match="signs entries and checkpoints")


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_key_under_which_anything_verifies_is_not_enrolled(harness: Harness, y: int) -> None:
    from ledger.signing import format_spki

    key = y.to_bytes(32, "little")
    data = {**enrolment("weak", "admin"), "public_key": format_base64(format_spki(key)), "keyid": key_id(key)}
    payload = harness.payload("key", data, by="admin")
    members = json.loads(harness.sign(payload, by="admin"))
    # R = the neutral element, S = 0: under a key of small order this verifies for many a message.
    forged = {"keyid": key_id(key), "sig": format_base64((1).to_bytes(32, "little") + bytes(32))}
    members["envelope"]["signatures"] = sorted([*members["envelope"]["signatures"], forged], key=lambda s: s["keyid"])

    harness.refuse(json.dumps(members).encode(), error=FormatError, match="public key: found a point")


# Nobody approves their own


@pytest.fixture
def one_person(new_harness: NewHarness) -> Harness:
    """A ledger with a person who may both decide and approve, under two keys."""
    harness = new_harness()
    harness.enrol("both", "pipeline", "approver")
    harness.enrol("both2", "approver", principal="both-1")
    return harness


@pytest.mark.parametrize("by", ["both", "both2"])
def test_nobody_approves_their_own_neither_by_statement_nor_by_reference_nor_with_a_second_key(
    one_person: Harness, by: str
) -> None:
    statement = one_person.record("ai_decision", decision(), by="both").statement
    referring = approval(digest="ab" * 32, references=[{"rel": "approves", "statement": statement}])

    for data in (approval(statement), referring):
        match = rf"^approval: both-1 signed statement {statement[:16]}, expected another approver"
        one_person.refuse(one_person.line("approval", data, by=by), rule="own work", match=match)
    one_person.record("approval", approval(statement), by="approver")
    one_person.check()


def test_nobody_approves_their_own_within_a_batch(one_person: Harness) -> None:
    work = one_person.line("ai_decision", decision(), by="both")
    digest = sha256(base64.b64decode(json.loads(work)["envelope"]["payload"])).hexdigest()
    own = one_person.line("approval", approval(digest), by="both2")

    one_person.refuse(work, own, rule="own work", match="^line 2 of 2: approval: both-1 signed statement")


def test_nobody_approves_what_they_only_co_signed(one_person: Harness) -> None:
    one_person.enrol("third", "pipeline")
    statement = one_person.record("ai_decision", decision(), by=["third", "both"]).statement

    one_person.refuse(
        one_person.line("approval", approval(statement), by="both2"), rule="own work", match="both-1 signed"
    )


def test_an_approval_with_a_stranger_beside_the_author_is_refused_too(one_person: Harness) -> None:
    statement = one_person.record("ai_decision", decision(), by="both").statement
    line = one_person.line("approval", approval(statement), by=["approver", "both2"])

    one_person.refuse(line, rule="own work", match="^approval: both-1 signed statement")


def test_the_author_is_known_after_the_key_was_rotated(one_person: Harness) -> None:
    statement = one_person.record("ai_decision", decision(), by="both").statement
    data = enrolment("both3", "approver", action="rotated", replaces=keyid("both"), principal="both-1",
                     sources=[source_of("both")])  # fmt: skip
    one_person.record("key", data, by=["admin", "both3"])

    line = one_person.line("approval", approval(statement), by=["both3"], source=source_of("both"))
    one_person.refuse(line, rule="own work", match="both-1 signed statement")


def test_a_one_person_firm_waives_it_visibly(new_harness: NewHarness) -> None:
    harness = new_harness(policy=Policy(self_approval=WAIVED))
    harness.enrol("both", "pipeline", "approver")
    statement = harness.record("ai_decision", decision(), by="both").statement

    receipt = harness.record("approval", approval(statement), by="both")

    assert harness.ledger.authority.policy.self_approval == "waived"
    assert harness.entry(0).data["policy"]["self_approval"] == "waived"
    assert harness.entry(receipt.index).signers[0].principal == "both-1"
    harness.check()
