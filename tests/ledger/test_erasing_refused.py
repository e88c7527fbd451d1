"""Erasing that is refused: nothing there, too few or the wrong people, a legal hold."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.policy import Policy
from tests.ledger.erasures import NAME, PERSON, WHY, erasure, hold, lift, refuse
from tests.ledger.harness import Harness, decision, decision_about, signer


def test_a_second_erasure_is_refused(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    again = erasure(harness, entry, NAME)
    harness.erase(entry)

    refuse(harness, entry, "nothing to erase", rf"^entry {entry}: has no erasable value left")
    refuse(harness, entry, "nothing to erase", f"no erasable value at {NAME}; there are: none", members=[NAME])
    harness.refuse(again, rule="nothing to erase", match=f"no such erasable value at {NAME}; there are: none")
    harness.check()


@pytest.mark.parametrize(
    "pointer", ["/outcome", "/affected_person", "/affected_person/id", "", "/", "name", "/model/version"]
)
def test_what_is_not_erasable_is_not_erased(harness: Harness, pointer: str) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON, outcome="declined")).index

    refuse(
        harness,
        entry,
        "nothing to erase",
        f"no erasable value at {pointer}; there are: {NAME}, {WHY}",
        members=[pointer],
    )


def test_an_entry_without_personal_values_has_nothing_to_erase(harness: Harness) -> None:
    refuse(harness, harness.record("ai_decision", decision()).index, "nothing to erase", "has no erasable value left")
    refuse(harness, 0, "nothing to erase", "^entry 0: has no erasable value left")


def test_nobody_erases_alone(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    harness.enrol("spare", "approver", principal="approver-1")
    match = r"^erasure: signed by 1 principal\(s\), expected 2 different ones"

    refuse(harness, entry, "too few principals", match, signers=[signer("approver")])
    refuse(harness, entry, "too few principals", match, signers=[signer("approver"), signer("spare")])
    assert harness.entry(entry).data["affected_person"]["name"] == PERSON
    harness.check()


def test_who_may_not_erase_does_not(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON)).index

    refuse(harness, entry, "role not allowed", "^erasure: signed by pipeline-1 as pipeline",
           signers=[signer("approver"), signer("pipeline")])  # fmt: skip
    refuse(harness, entry, "approver", "^erasure: approved_by admin-1 did not sign it", approved_by="admin-1")


def test_a_policy_may_let_one_person_erase(new_harness: Any) -> None:
    harness = new_harness(policy=Policy(principals={}))
    entry = harness.record("ai_decision", decision_about(PERSON)).index

    harness.erase(entry, signers=[signer("approver")])

    harness.check()


# Holds


@pytest.mark.parametrize("covers", ["statements", "subjects", "kinds", "everything"])
def test_a_legal_hold_blocks_erasing_until_it_is_lifted(harness: Harness, covers: str) -> None:
    receipt = harness.record("ai_decision", decision_about(PERSON))
    what = {
        "statements": [receipt.statement],
        "subjects": ["credit-scoring"],
        "kinds": ["ai_decision"],
        "everything": True,
    }
    place = hold(harness, **{covers: what[covers]})

    refuse(harness, receipt.index, "hold", rf"legal hold case-7 \(entry {place}\) covers it; lift the hold first")
    harness.refuse(
        erasure(harness, receipt.index, NAME), rule="hold", match=rf"legal hold case-7 \(entry {place}\) covers it"
    )
    harness.check()
    lift(harness)
    harness.erase(receipt.index)
    harness.check()


@pytest.mark.parametrize("covers", [{"statements": ["ab" * 32]}, {"subjects": ["other"]}, {"kinds": ["incident"]}])
def test_a_hold_on_something_else_blocks_nothing(harness: Harness, covers: dict[str, Any]) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    hold(harness, **covers)

    harness.erase(entry)
    harness.check()


def test_lifting_another_hold_lifts_nothing(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    hold(harness, everything=True)
    lift(harness, "case-8")

    refuse(harness, entry, "hold", "legal hold case-7")


def test_a_hold_set_again_after_it_was_lifted_holds(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    hold(harness, everything=True)
    lift(harness)
    hold(harness, subjects=["credit-scoring"])

    refuse(harness, entry, "hold", "legal hold case-7")


def test_a_hold_in_the_same_batch_is_in_force_too(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    body = {"hold_id": "case-7", "action": "set", "reason": "proceedings", "everything": True}
    held = harness.line("hold", body, by="compliance", subject="management-system")

    harness.refuse(held, erasure(harness, entry, NAME), rule="hold", match="^line 2 of 2: .*legal hold case-7")
    assert harness.entry(entry).data["affected_person"]["name"] == PERSON
    harness.check()


def test_a_hold_lifted_earlier_in_the_same_batch_blocks_nothing(harness: Harness) -> None:
    entry = harness.record("ai_decision", decision_about(PERSON)).index
    hold(harness, everything=True)
    body = {"hold_id": "case-7", "action": "lifted", "reason": "settled"}
    lifted = harness.line("hold", body, by="compliance", subject="management-system")

    harness.append(lifted, erasure(harness, entry, NAME))

    assert [gone.path for gone in harness.entry(entry).erased] == [NAME]
    harness.check()
