"""Appending: one order, one tree, batches that are whole or nothing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.leaf import parse_links
from ledger.signing import key_id
from tests.ledger.harness import Harness, approval, decision, decision_about, enrolment, oversight, signer

NewHarness = Callable[..., Harness]


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
    assert receipt.statement == sha256(base64.b64decode(json.loads(line)["envelope"]["payload"])).hexdigest()
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
