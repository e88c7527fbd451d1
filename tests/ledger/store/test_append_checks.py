"""What an append looks up: references, attachments and the clock."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest

from ledger.times import format_instant
from tests.ledger.harness import SECOND, Harness, approval, decision

NewHarness = Callable[..., Harness]


def digest_of(line: bytes) -> str:
    return sha256(base64.b64decode(json.loads(line)["envelope"]["payload"])).hexdigest()


def referring(number: int, *digests: str) -> dict[str, Any]:
    return decision(number, references=[{"rel": "derived_from", "statement": digest} for digest in digests])


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
