"""The door, signatures: unknown, revoked, forged or lent keys, wrong sources and roles."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from ledger.encoding import format_base64
from ledger.envelope import PAYLOAD_TYPE, pae
from ledger.errors import FormatError, Refused
from tests.ledger.attacker import keyid
from tests.ledger.harness import (
    Harness,
    approval,
    decision,
    enrolment,
    oversight,
    signer,
    source_of,
)

NewHarness = Callable[..., Harness]


def test_a_key_nobody_enrolled_is_refused(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), by="stranger")

    harness.refuse(line, rule="unknown key", match=rf"key {keyid('stranger')[:16]}: not enrolled in this ledger")


def test_a_key_beside_a_good_one_must_be_known_too(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), by=["pipeline", "stranger"])

    harness.refuse(line, rule="unknown key", match=rf"key {keyid('stranger')[:16]}: not enrolled in this ledger")


def test_a_payload_changed_after_it_was_signed_is_refused(harness: Harness) -> None:
    members = json.loads(harness.line("ai_decision", decision(outcome="declined")))
    payload = base64.b64decode(members["envelope"]["payload"]).replace(b"declined", b"approved")
    members["envelope"]["payload"] = format_base64(payload)

    harness.refuse(json.dumps(members).encode(), rule="bad signature",
                   match=rf"^line 1: signature by key {keyid('pipeline')[:16]} does not verify")  # fmt: skip


def test_a_signature_under_another_keyid_is_refused(harness: Harness) -> None:
    members = json.loads(harness.line("ai_decision", decision()))
    members["envelope"]["signatures"][0]["keyid"] = keyid("overseer")

    harness.refuse(json.dumps(members).encode(), rule="bad signature", match=rf"key {keyid('overseer')[:16]} does not")


def test_every_signature_must_verify_not_only_one(harness: Harness) -> None:
    members = json.loads(harness.line("incident", {}, by=["compliance", "overseer"]))
    payload = harness.payload("oversight_action", oversight(), by="overseer")
    members["envelope"]["payload"] = format_base64(payload)
    for signature in members["envelope"]["signatures"]:
        if signature["keyid"] == keyid("overseer"):
            signature["sig"] = format_base64(signer("overseer").sign(pae(PAYLOAD_TYPE, payload)))

    harness.refuse(
        json.dumps(members).encode(), rule="bad signature", match=rf"key {keyid('compliance')[:16]} does not"
    )


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_refused(harness: Harness, length: int) -> None:
    members = json.loads(harness.line("ai_decision", decision()))
    members["envelope"]["signatures"][0]["sig"] = format_base64(bytes(length))

    harness.refuse(json.dumps(members).encode(), rule="bad signature", match="does not verify")


def test_a_signature_over_the_bare_payload_is_refused(harness: Harness) -> None:
    # DSSE signs the type too; a signature made for something else with the same bytes says nothing here.
    members = json.loads(harness.line("ai_decision", decision()))
    payload = base64.b64decode(members["envelope"]["payload"])
    for message in (payload, pae("application/json", payload), sha256(payload).digest()):
        members["envelope"]["signatures"][0]["sig"] = format_base64(signer("pipeline").sign(message))
        harness.refuse(json.dumps(members).encode(), rule="bad signature", match="does not verify")


def test_nine_signatures_are_refused(harness: Harness) -> None:
    members = json.loads(harness.line("ai_decision", decision(), by=[f"key{n}" for n in range(8)]))
    members["envelope"]["signatures"].append({"keyid": "ff" * 32, "sig": "AA=="})

    harness.refuse(
        json.dumps(members).encode(), error=FormatError, match="found 9 signatures, expected a list of 1 to 8"
    )


def test_the_checkpoint_key_signs_no_entries(harness: Harness) -> None:
    harness.refuse(harness.line("ai_decision", decision(), by="checkpoint"), rule="unknown key", match="not enrolled")


def test_a_revoked_key_no_longer_signs_and_what_it_signed_stays_good(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    before = harness.line("ai_decision", decision(2))
    harness.record("key", {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}, by="admin")

    for line in (before, harness.line("ai_decision", decision(3))):
        harness.refuse(
            line, rule="revoked key", match=rf"^key {keyid('pipeline')[:16]} of pipeline-1: revoked by entry"
        )
    harness.check()


def test_a_rotated_key_hands_over_to_the_new_one(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    data = enrolment("pipeline2", "pipeline", principal="pipeline-1", action="rotated", replaces=keyid("pipeline"),
                     sources=[source_of("pipeline")])  # fmt: skip
    harness.record("key", data, by=["admin", "pipeline2"])

    harness.refuse(harness.line("ai_decision", decision(2)), rule="revoked key", match="rotated by entry")
    harness.record("ai_decision", decision(2), by="pipeline2", source=source_of("pipeline"))
    harness.check()


def test_a_key_that_was_revoked_in_a_batch_does_not_sign_later_in_it(harness: Harness) -> None:
    revoked = {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}
    lines = [harness.line("ai_decision", decision(1)), harness.line("key", revoked, by="admin")]

    harness.refuse(*lines, harness.line("ai_decision", decision(2)), rule="revoked key", match="^line 3 of 3: key")
    assert len(harness.append(*lines)) == 2
    harness.check()


def test_a_key_that_is_enrolled_in_a_batch_signs_later_in_it_but_not_earlier(harness: Harness) -> None:
    enrolled = harness.line("key", enrolment("new", "pipeline"), by=["admin", "new"])
    used = harness.line("ai_decision", decision(), by="new")

    harness.refuse(used, enrolled, rule="unknown key", match="^line 1 of 2: key")
    assert len(harness.append(enrolled, used)) == 2
    harness.check()


@pytest.mark.parametrize("victim", ["admin", "approver", "nobody yet"])
def test_an_enrolment_brings_no_key_but_the_one_that_is_enrolled(harness: Harness, victim: str) -> None:
    # The line says that it enrols somebody else's key, so that the attacker's would stand in for it.
    line = harness.line("key", {**enrolment("attacker", "admin"), "keyid": keyid(victim)}, by=["admin", "attacker"])
    match = rf"^key {keyid('attacker')[:16]}: not enrolled in this ledger"
    harness.refuse(line, rule="unknown key", match=match)

    members = json.loads(line)
    for signature in members["envelope"]["signatures"]:
        signature["keyid"] = keyid(victim) if signature["keyid"] == keyid("attacker") else signature["keyid"]
    members["envelope"]["signatures"].sort(key=lambda s: s["keyid"])
    with harness.nothing_stored(), pytest.raises((Refused, FormatError), match=r"^(line 1|envelope|key)"):
        harness.ledger.append([json.dumps(members).encode()])


def test_an_enrolment_signed_by_the_newcomer_alone_is_refused(harness: Harness) -> None:
    line = harness.line("key", enrolment("puppet", "admin"), by="puppet")

    harness.refuse(
        line, rule="source not allowed", match=r"^statement: source .*/puppet is not among the sources of any"
    )


@pytest.mark.parametrize("source", ["https://bank.example/overseer", "https://bank.example/pipeline/", "urn:x"])
def test_a_source_that_is_not_the_keys_is_refused(harness: Harness, source: str) -> None:
    line = harness.line("ai_decision", decision(), source=source)

    harness.refuse(
        line, rule="source not allowed", match=rf"^statement: source {source} is not among the sources of pipe"
    )


@pytest.mark.parametrize(
    ("kind", "data", "by"),
    [
        ("ai_decision", decision(), "overseer"),
        ("oversight_action", oversight(), "pipeline"),
        ("approval", approval(digest="ab" * 32), "compliance"),
        ("ai_decision", decision(), "admin"),
        ("key", {"action": "revoked", "keyid": keyid("auditor"), "reason": "left"}, "approver"),
        ("ledger", {"action": "closed", "reason": "done"}, "compliance"),
    ],
)
def test_a_role_that_may_not_sign_the_kind_is_refused(harness: Harness, kind: str, data: Any, by: str) -> None:
    harness.refuse(
        harness.line(kind, data, by=by), rule="role not allowed", match=rf"^{kind}: signed by {by}-1 as {by}, exp"
    )


def test_a_second_signer_without_the_role_is_refused_too(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), by=["pipeline", "auditor"])

    harness.refuse(
        line, rule="role not allowed", match="^ai_decision: signed by auditor-1 as auditor, expected pipeline"
    )
