"""Appending: order, duplicates, batches that are whole or nothing, references, attachments, the clock."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import Conflict
from ledger.leaf import parse_links
from ledger.signing import key_id
from ledger.times import format_instant
from tests.ledger.harness import SECOND, Harness, approval, decision, decision_about, enrolment, oversight, signer

NewHarness = Callable[..., Harness]


def digest_of(line: bytes) -> str:
    return sha256(base64.b64decode(json.loads(line)["envelope"]["payload"])).hexdigest()


def referring(number: int, *digests: str) -> dict[str, Any]:
    return decision(number, references=[{"rel": "derived_from", "statement": digest} for digest in digests])


# Order


def test_entries_are_numbered_from_zero_and_linked(harness: Harness) -> None:
    receipts = [harness.record("ai_decision", decision(n)) for n in range(5)]

    assert [r.index for r in receipts] == list(range(7, 12))
    for earlier, later in pairwise(receipts):
        assert parse_links(harness.ledger.leaf(later.index)).prev == earlier.leaf_hash
    harness.check()


def test_each_subject_counts_its_own_entries(harness: Harness) -> None:
    receipts = [
        harness.record("ai_decision", decision(n), subject=subject)
        for n, subject in enumerate(["scoring", "chatbot", "scoring", "chatbot", "scoring"])
    ]

    links = [parse_links(harness.ledger.leaf(r.index)) for r in receipts]
    assert [link.nth for link in links] == [0, 0, 1, 1, 2]
    assert links[4].nth_prev == receipts[2].leaf_hash
    assert links[1].nth_prev == bytes(32)
    harness.check()


def test_a_receipt_says_what_was_stored(harness: Harness) -> None:
    line = harness.line("ai_decision", decision())

    receipt = harness.append(line)[0]

    entry = harness.entry(receipt.index)
    assert (receipt.statement, receipt.leaf_hash, receipt.time) == (entry.statement, entry.leaf_hash, entry.recorded)
    assert receipt.statement == digest_of(line)
    assert receipt.origin == harness.origin


def test_several_full_tiles_on_two_openings(harness: Harness) -> None:
    for _ in range(3):
        harness.append(*(harness.line("ai_decision", decision(n)) for n in range(200)))
        harness.reopen()

    assert [(level, n) for level, n, _ in harness.rows()["tile"]] == [(0, 0), (0, 1)]
    harness.check()


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(sizes=st.lists(st.integers(1, 300), min_size=1, max_size=4), reopened=st.booleans())
def test_batches_of_any_size_give_one_tree(new_harness: NewHarness, sizes: list[int], reopened: bool) -> None:
    harness = new_harness(roles=["pipeline"])
    template = [harness.line("ai_decision", decision(n)) for n in range(sum(sizes))]

    for size in sizes:
        harness.append(*template[:size])
        del template[:size]
        if reopened:
            harness.reopen()

    harness.check()


# The same again


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


# All or nothing


@pytest.mark.parametrize("place", [0, 1, 4])
def test_one_wrong_line_anywhere_stores_nothing(harness: Harness, place: int) -> None:
    lines = [harness.line("ai_decision", decision_about(f"Person {n}", n)) for n in range(4)]
    lines.insert(place, harness.line("ai_decision", decision(9), by="overseer"))

    harness.refuse(*lines, rule="role not allowed", match=rf"^line {place + 1} of 5: ai_decision: signed by overseer-1")
    harness.check()


def test_after_a_refused_batch_the_next_one_goes_on_as_if_nothing_had_been(harness: Harness) -> None:
    enrolled = harness.line("key", enrolment("new", "pipeline"), by=["admin", "new"])
    by_new = harness.line("ai_decision", decision(1), by="new")
    wrong = harness.line("ai_decision", decision(2), by="overseer")
    harness.refuse(enrolled, by_new, wrong, rule="role not allowed", match="^line 3 of 3: ")

    # The enrolment was undone with the rest, also in this process's memory.
    harness.refuse(by_new, rule="unknown key", match="not enrolled in this ledger")
    harness.append(enrolled, by_new)
    harness.check()


def test_a_refused_batch_leaves_no_tile_behind(harness: Harness) -> None:
    lines = [harness.line("ai_decision", decision(n)) for n in range(260)]

    harness.refuse(
        *lines, harness.line("ai_decision", decision(), by="overseer"), rule="role not allowed", match="^line 261"
    )
    harness.append(*lines[:255])
    assert len(harness.rows()["tile"]) == 1
    harness.check()


def test_nothing_at_all_is_appended_without_lines(harness: Harness) -> None:
    with harness.nothing_stored():
        assert harness.append() == []


# References


def test_a_reference_to_nothing_is_refused(harness: Harness) -> None:
    harness.refuse(harness.line("ai_decision", referring(1, "ab" * 32)), rule="dangling reference",
                   match=r"^reference derived_from: no statement abababababababab in this ledger")  # fmt: skip
    harness.refuse(harness.line("approval", approval("cd" * 32), by="approver"), rule="dangling reference",
                   match="^reference approves: no statement cdcdcdcdcdcdcdcd")  # fmt: skip


def test_references_lead_to_earlier_entries_however_old(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.index.BEHIND", 4)
    statements = [harness.record("ai_decision", decision(n)).statement for n in range(10)]

    harness.record("ai_decision", referring(10, *statements))
    harness.check()


def test_a_reference_may_lead_to_an_earlier_line_of_its_batch(harness: Harness) -> None:
    first = harness.line("ai_decision", decision(1))
    second = harness.line("ai_decision", referring(2, digest_of(first)))

    harness.append(first, second, harness.line("approval", approval(digest_of(second)), by="approver"))
    harness.check()


def test_a_reference_to_a_later_line_of_its_batch_is_refused(harness: Harness) -> None:
    later = harness.line("ai_decision", decision(1))
    earlier = harness.line("ai_decision", referring(2, digest_of(later)))

    harness.refuse(
        earlier, later, rule="dangling reference", match="^line 1 of 2: reference derived_from: no statement"
    )


def test_a_reference_counts_what_was_refused_as_nothing(harness: Harness) -> None:
    first = harness.line("ai_decision", decision(1))
    second = harness.line("ai_decision", referring(2, digest_of(first)))
    harness.refuse(
        first, second, harness.line("ai_decision", decision(3), by="overseer"), rule="role not allowed", match="^line 3"
    )

    harness.refuse(second, rule="dangling reference", match="^reference derived_from: no statement")


def test_the_leaf_hash_of_an_entry_is_not_the_name_of_its_statement(harness: Harness) -> None:
    receipt = harness.record("ai_decision", decision(1))

    harness.refuse(harness.line("ai_decision", referring(2, receipt.leaf_hash.hex())), rule="dangling reference",
                   match="SHA-256 of the other statement's bytes")  # fmt: skip


# Attachments


def artefact(digest: str, size: int = 5, **changes: Any) -> dict[str, Any]:
    return {"name": "model.bin", "role": "model", "digest": digest, "size": size, "attached": True, **changes}


def test_an_attachment_that_is_not_there_is_refused(harness: Harness) -> None:
    absent = sha256(b"absent").hexdigest()

    harness.refuse(harness.line("ai_decision", decision(artefacts=[artefact(absent)])), rule="missing attachment",
                   match=rf"^artefact model\.bin: no attachment {absent[:16]} in the blob folder")  # fmt: skip
    harness.record("ai_decision", decision(artefacts=[artefact(absent, attached=False)]))


def test_an_attachment_that_is_there_is_taken(harness: Harness) -> None:
    stored = harness.ledger.blobs.put(BytesIO(b"bytes"))

    harness.append(harness.line("ai_decision", decision(artefacts=[artefact(stored.digest)])))
    harness.check()


def test_one_missing_attachment_of_several_stores_nothing(harness: Harness) -> None:
    stored = harness.ledger.blobs.put(BytesIO(b"bytes"))
    listed = [artefact(stored.digest), artefact("ab" * 32)]

    harness.refuse(harness.line("ai_decision", decision(artefacts=listed)), rule="missing attachment", match="abababab")


# The clock


def test_time_never_goes_back_when_the_clock_is_a_little_behind(harness: Harness) -> None:
    head = harness.record("ai_decision", decision(1))
    harness.clock.now -= 9 * SECOND

    receipt = harness.record("ai_decision", decision(2))

    assert receipt.time == head.time
    harness.check()


def test_a_clock_ten_seconds_behind_is_the_limit(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    head = harness.rows()["head"][0][4]
    line = harness.line("ai_decision", decision(2))
    # The clock moves by 1,000 with each reading.
    harness.clock.now = head - 10 * SECOND - 1_001

    harness.refuse(line, rule="clock behind", match=r"^clock: .*, expected at most 10 s before the head's time")
    harness.clock.now = head - 10 * SECOND - 1_000
    assert harness.append(line)[0].time == format_instant(head)
    harness.check()


def test_a_clock_far_behind_is_refused_until_it_is_right_again(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    line = harness.line("ai_decision", decision(2))
    harness.clock.now -= 3_600 * SECOND

    harness.refuse(line, rule="clock behind", match=r"set this machine's clock")
    harness.clock.now += 3_600 * SECOND
    harness.append(line)
    harness.check()


def jump_ahead(harness: Harness) -> tuple[int, dict[str, Any]]:
    """Record something while the clock is ten years ahead; the right time, and the body that resets the clock."""
    right = harness.clock.now
    harness.clock.now += 10 * 365 * 86_400 * SECOND
    harness.record("ai_decision", decision(90))
    harness.clock.now = right
    return right, {"action": "clock_reset", "clock": format_instant(right), "reason": "NTP failed"}


def test_a_jump_ahead_is_undone_by_a_clock_reset(harness: Harness) -> None:
    right, reset = jump_ahead(harness)
    stuck = harness.line("ai_decision", decision(1))
    harness.refuse(stuck, rule="clock behind", match="a wrong head time is undone by a quorum-signed clock_reset entry")

    undone = harness.record("ledger", reset, by="admin")

    assert undone.time > format_instant(right + 9 * 365 * 86_400 * SECOND), (
        "the reset itself still carries the old time"
    )
    after = harness.append(stuck)[0]
    assert format_instant(right) <= after.time < format_instant(right + SECOND)
    harness.check()
    harness.reopen()
    harness.record("ai_decision", decision(2))
    harness.check()


def test_a_clock_reset_needs_the_quorum(new_harness: NewHarness) -> None:
    from ledger.policy import Policy

    harness = new_harness(admins=2, policy=Policy(quorum=2))
    _, reset = jump_ahead(harness)

    harness.refuse(
        harness.line("ledger", reset, by="admin"), rule="quorum", match="^clock reset: signed by 1 admin princ"
    )
    harness.record("ledger", reset, by=["admin", "admin2"])
    harness.check()


def test_a_clock_reset_brings_nothing_else_past_a_clock_that_is_behind(harness: Harness) -> None:
    _, reset = jump_ahead(harness)

    harness.refuse(harness.line("ledger", reset, by="admin"), harness.line("ai_decision", decision(1)),
                   rule="clock behind", match="^clock: ")  # fmt: skip


# Together


def test_a_day_in_the_life_of_a_ledger_checked_after_each_step(harness: Harness) -> None:
    made = harness.record("ai_decision", decision_about("Jane Roe"))
    harness.check()
    harness.record(
        "oversight_action", oversight(references=[{"rel": "about", "statement": made.statement}]), by="overseer"
    )
    harness.check()
    harness.record("approval", approval(made.statement), by="approver")
    harness.check()
    harness.enrol("night-shift", "pipeline")
    harness.check()
    harness.append(*(harness.line("ai_decision", decision(n), by="night-shift") for n in range(300)))
    harness.check()
    harness.erase(made.index)
    harness.check()
    revoked = {"action": "revoked", "keyid": key_id(signer("night-shift").public_key), "reason": "left"}
    harness.record("key", revoked, by="admin")
    harness.check()
    harness.reopen()
    harness.record("ledger", {"action": "closed", "reason": "moved"}, by="admin")
    assert harness.check().size == 7 + 3 + 1 + 300 + 1 + 1 + 1
