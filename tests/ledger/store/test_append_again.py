"""Appending what was appended before: the same gives the earlier receipt, anything else is a conflict."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from ledger.errors import Conflict
from ledger.signing import key_id
from tests.ledger.harness import Harness, decision, decision_about, signer

NewHarness = Callable[..., Harness]


def test_the_same_line_again_gives_the_earlier_receipt(harness: Harness) -> None:
    line = harness.line("ai_decision", decision_about("Jane Roe"))
    first = harness.append(line)[0]
    harness.record("ai_decision", decision(2))

    with harness.nothing_stored():
        again = harness.append(line)[0]

    assert again.duplicate
    assert not first.duplicate
    assert (again.index, again.leaf_hash, again.time) == (first.index, first.leaf_hash, first.time)
    harness.check()


def test_the_same_line_again_is_known_after_the_ledger_was_reopened(harness: Harness) -> None:
    line = harness.line("ai_decision", decision())
    first = harness.append(line)[0]

    harness.reopen()

    assert harness.append(line)[0].index == first.index
    harness.check()


def test_a_retry_is_answered_even_after_its_key_was_revoked_or_the_ledger_closed(harness: Harness) -> None:
    line = harness.line("ai_decision", decision())
    first = harness.append(line)[0]
    revoked = {"action": "revoked", "keyid": key_id(signer("pipeline").public_key), "reason": "left"}
    harness.record("key", revoked, by="admin")
    harness.record("ledger", {"action": "closed", "reason": "moved"}, by="admin")

    assert harness.append(line)[0].index == first.index
    harness.check()


def test_a_duplicate_within_a_batch_is_stored_once(harness: Harness) -> None:
    one, two = harness.line("ai_decision", decision(1)), harness.line("ai_decision", decision(2))

    receipts = harness.append(one, two, one, two, two)

    assert [r.index for r in receipts] == [7, 8, 7, 8, 8]
    assert [r.duplicate for r in receipts] == [False, False, True, True, True]
    harness.check()


def test_a_batch_of_known_and_new_lines_stores_the_new_ones(harness: Harness) -> None:
    known = harness.line("ai_decision", decision(1))
    harness.append(known)

    receipts = harness.append(harness.line("ai_decision", decision(2)), known, harness.line("ai_decision", decision(3)))

    assert [(r.index, r.duplicate) for r in receipts] == [(8, False), (7, True), (9, False)]
    harness.check()


def test_the_same_id_with_other_content_is_a_conflict(harness: Harness) -> None:
    first, second = harness.line("ai_decision", decision(1)), harness.line("ai_decision", decision(2))
    name = json.loads(base64.b64decode(json.loads(first)["envelope"]["payload"]))["id"]
    changed = harness.line("ai_decision", decision(1, outcome="other"), id=name)
    harness.append(first)

    match = (
        rf"^statement {name} of https://bank\.example/pipeline: entry 7 has the same source and id but other content"
    )
    harness.refuse(changed, error=Conflict, match=match)
    harness.refuse(second, changed, error=Conflict, match="entry 7 has the same source and id but other content")
    harness.check()


def test_the_same_id_with_other_content_within_a_batch_is_a_conflict(harness: Harness) -> None:
    first = harness.line("ai_decision", decision(1))
    name = json.loads(base64.b64decode(json.loads(first)["envelope"]["payload"]))["id"]

    harness.refuse(first, harness.line("ai_decision", decision(2), id=name), error=Conflict, match="but other content")


def test_the_same_payload_with_other_signers_is_a_conflict(harness: Harness) -> None:
    harness.enrol("other", "pipeline")
    payload = harness.payload("ai_decision", decision())
    alone, both = harness.sign(payload), harness.sign(payload, by=["pipeline", "other"])

    harness.refuse(alone, both, error=Conflict, match="but other signers, expected the same bytes and signers")
    harness.append(both)
    harness.refuse(alone, error=Conflict, match="entry 8 has the same source and id but other signers")
    harness.check()


def test_the_same_statement_spelled_differently_is_a_conflict(harness: Harness) -> None:
    payload = harness.payload("ai_decision", decision())
    harness.append(harness.sign(payload))

    harness.refuse(harness.sign(payload + b" "), error=Conflict, match="but other content")


def test_a_duplicate_with_a_forged_signature_gets_no_receipt(harness: Harness) -> None:
    line = harness.line("ai_decision", decision())
    harness.append(line)
    members = json.loads(line)
    members["envelope"]["signatures"][0]["sig"] = base64.b64encode(bytes(64)).decode()

    harness.refuse(json.dumps(members).encode(), rule="bad signature", match="does not verify")
