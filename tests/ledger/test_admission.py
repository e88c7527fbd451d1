"""The door, the line: what is no append line, statement or body of this ledger is refused, and nothing stored."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from ledger.admission import MAX_CLOCK_AHEAD, MAX_LINE_BYTES, read_line
from ledger.disclosure import Disclosure
from ledger.errors import Conflict, FormatError, SchemaError
from ledger.kinds import dataschema
from ledger.times import format_instant
from tests.ledger.attacker import keyid
from tests.ledger.harness import (
    NO_VALUE,
    SECOND,
    START,
    Harness,
    decision,
    decision_about,
    enrolment,
    oversight,
)

NewHarness = Callable[..., Harness]


# What a line is


def test_a_line_that_is_right_is_stored(harness: Harness) -> None:
    size = harness.ledger.size

    receipt = harness.append(harness.line("ai_decision", decision_about("Jane Roe")))[0]

    assert (receipt.index, receipt.duplicate, receipt.state) == (size, False, "checkpointed")
    assert harness.entry(size).data["affected_person"]["name"] == "Jane Roe"
    harness.check()


@pytest.mark.parametrize(
    ("line", "match"),
    [
        (b"", "append line: found .*, expected one JSON value"),
        (b"{", "append line: found .*, expected one JSON value"),
        (b"\xff{}", "append line: found byte 0xff at 0, expected UTF-8"),
        (b"\xef\xbb\xbf{}", "append line: found .*, expected one JSON value"),
        (b"[]", "append line: found list, expected the members envelope and, if any, disclosures"),
        (b"{}", "append line: found , expected the members envelope"),
        (b'{"envelope":{},"more":1}', "append line: found envelope, more, expected the members envelope"),
        (b'{"envelope":{},"envelope":{}}', "append line: found member 'envelope' twice"),
        (b'{"envelope":NaN}', "append line: found NaN, expected a finite number"),
        (b'{"envelope":{}}', "envelope: found nothing, expected exactly payload, payloadType and signatures"),
        (b'{"envelope":' + b"[" * 5_000, "append line: found nesting deeper than 32"),
        (b'{"envelope":{},"disclosures":{}}', "append line: disclosures: found something else, expected a list"),
        (b'{"envelope":{},"disclosures":[1]}', "append line: disclosures: found something else, expected a list"),
        (b'"' + b"x" * MAX_LINE_BYTES, rf"append line: found {MAX_LINE_BYTES + 1} bytes, expected at most"),
    ],
)
def test_a_line_that_is_not_an_envelope_and_disclosures_is_refused(harness: Harness, line: bytes, match: str) -> None:
    harness.refuse(line, error=FormatError, match=f"^line 1: {match}")


def test_the_largest_statement_with_its_values_disclosed_fits_into_a_line(harness: Harness) -> None:
    data = decision(1, explanation="x" * 8_000, input=["y" * 1_000] * 24, extra={"z": "z" * 30_000})

    receipt = harness.append(harness.line("ai_decision", data))[0]

    assert harness.entry(receipt.index).data["input"] == ["y" * 1_000] * 24


@pytest.mark.parametrize(
    ("payload", "match"),
    [
        (b'{"a":1,"a":2}', "statement: found member 'a' twice"),
        (b'{"a":' * 5_000, "statement: found nesting deeper than 32"),
        (b'{"a":1e400}', "statement: found 1e400, expected a finite number"),
        (b"\xed\xa0\x80", "statement: found byte 0xed at 0, expected UTF-8"),
        (b"x" * 40_961, "statement: found 40961 bytes, expected at most 40960 bytes"),
        (b"[]", "statement: found a list, expected exactly the members"),
    ],
)
def test_a_payload_that_is_no_statement_is_refused(harness: Harness, payload: bytes, match: str) -> None:
    harness.refuse(harness.sign(payload), error=FormatError, match=f"^line 1: {match}")


@pytest.mark.parametrize("missing", ["id", "time", "dataschema", "subject"])
def test_a_statement_without_one_of_its_members_is_refused(harness: Harness, missing: str) -> None:
    line = harness.line("ai_decision", decision(), **{missing: NO_VALUE})

    harness.refuse(line, error=FormatError, match=f"^line 1: statement: found missing {missing}, expected exactly")


def test_the_line_that_is_wrong_is_named_and_the_good_ones_are_not_stored(harness: Harness) -> None:
    good = [harness.line("ai_decision", decision(n)) for n in (1, 2)]

    harness.refuse(*good, b"{}", error=FormatError, match="^line 3: append line: found ")
    harness.refuse(*good, harness.line("ai_decision", {}), error=SchemaError, match="^line 3: ai_decision: ")
    harness.refuse(
        *good, harness.line("ai_decision", decision(3), by="stranger"), rule="unknown key", match="^line 3: "
    )
    harness.refuse(*good, harness.line("ai_decision", decision(3), by="overseer"), rule="role not allowed",
                   match="^line 3 of 3: ")  # fmt: skip
    harness.check()


# Kind, schema, subject, ledger


@pytest.mark.parametrize("kind", ["unheard_of", "statement", "aidecision"])
def test_an_unknown_kind_is_refused(harness: Harness, kind: str) -> None:
    harness.refuse(harness.line(kind, {}), rule="unknown kind", match=rf"^line 1: statement: kind {kind}\.v1, expected")


def test_an_unknown_version_of_a_kind_is_refused(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), type="org.aims-ledger.ai_decision.v2")

    harness.refuse(line, rule="unknown kind", match=r"^line 1: statement: kind ai_decision\.v2, expected one of this")


@pytest.mark.parametrize(
    "schema",
    ["", "urn:x", dataschema("release"), dataschema("ai_decision")[:-1], dataschema("ai_decision").upper()],
)
def test_another_schema_than_the_shipped_one_is_refused(harness: Harness, schema: str) -> None:
    assert schema != dataschema("ai_decision")
    line = harness.line("ai_decision", decision(), dataschema=schema)

    harness.refuse(line, error=FormatError, match="^line 1: statement: dataschema: found .*, expected urn:aims-ledger:")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ({}, "decision_id: missing"),
        (decision(replayed="no"), "replayed: .*true or false"),
        (decision(unheard_of=1), "unheard_of: "),
        (decision(decision_id="customer 4711"), "decision_id: "),
        (decision(confidence="high"), "confidence: "),
        (decision(model={"model_id": "m"}), r"model\.version: missing"),
        (decision(references=[{"rel": "like", "statement": "ab" * 32}]), r"references\[0\]\.rel: "),
        (decision(references=[{"rel": "about", "statement": "AB" * 32}]), r"references\[0\]\.statement: "),
        (decision(artefacts=[{"name": "f", "role": "model", "digest": "../../etc/passwd", "size": 1}]), "digest: "),
    ],
)
def test_a_body_that_its_schema_does_not_allow_is_refused(harness: Harness, data: dict[str, Any], match: str) -> None:
    line = harness.sign(harness.payload("ai_decision", data))

    harness.refuse(line, error=SchemaError, match=rf"^line 1: ai_decision: .*{match}")


@pytest.mark.parametrize(
    ("kind", "subject", "by"),
    [("ai_decision", "ledger", "pipeline"), ("key", "credit-scoring", "admin"), ("key", "management-system", "admin")],
)
def test_only_the_ledgers_own_entries_have_the_ledger_as_subject(
    harness: Harness, kind: str, subject: str, by: str
) -> None:
    data = decision() if kind == "ai_decision" else {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}
    line = harness.line(kind, data, by=by, subject=subject)

    harness.refuse(
        line, rule="subject", match=rf"^line 1: statement: subject '{subject}' with kind {kind}; 'ledger' is"
    )


def test_a_statement_meant_for_another_ledger_can_not_be_replayed_here(new_harness: NewHarness) -> None:
    ours, theirs = new_harness(), new_harness()
    line = theirs.line("ai_decision", decision())

    ours.refuse(
        line, rule="other ledger", match=rf"^statement: is meant for ledger {theirs.origin}, expected {ours.origin}"
    )
    assert theirs.append(line)[0].index == theirs.ledger.size - 1


def test_another_ledgers_genesis_is_not_taken(new_harness: NewHarness) -> None:
    ours, theirs = new_harness(), new_harness()
    genesis = json.loads(theirs.ledger.leaf(0))["envelope"]

    ours.refuse(json.dumps({"envelope": genesis}).encode(), rule="other ledger", match="is meant for ledger")


def test_a_second_genesis_is_refused(harness: Harness) -> None:
    data = json.loads(base64.b64decode(json.loads(harness.ledger.leaf(0))["envelope"]["payload"]))["data"]

    harness.refuse(
        harness.line("ledger", data, by="admin"), rule="genesis", match="a ledger is created once, by entry 0"
    )


# Time


def test_a_statement_from_too_far_ahead_is_refused_and_an_old_one_is_not(harness: Harness) -> None:
    def at(time: int) -> bytes:
        return harness.line("ai_decision", decision(), time=format_instant(time))

    now = harness.clock.now
    harness.refuse(
        at(now + 301 * SECOND), rule="time ahead", match="^statement: time .*, expected at most 300 s after the"
    )
    harness.append(at(now + 299 * SECOND))
    harness.append(at(now - 10 * 365 * 86_400 * SECOND))
    harness.check()


def test_the_limit_ahead_is_exact(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), time=format_instant(START + MAX_CLOCK_AHEAD + 10 * SECOND))

    harness.clock.now = START + 10 * SECOND - 1_001  # the clock moves by 1,000 with each reading
    harness.refuse(line, rule="time ahead", match="^statement: time ")
    harness.clock.now = START + 10 * SECOND - 1_000
    harness.append(line)
    harness.check()


# Closing


def test_after_the_closing_entry_nothing_is_taken(harness: Harness) -> None:
    harness.record("ledger", {"action": "closed", "reason": "moved"}, by="admin")

    for line in (
        harness.line("ai_decision", decision()),
        harness.line("key", enrolment("new", "pipeline"), by=["admin", "new"]),
        harness.line("ledger", {"action": "closed", "reason": "again"}, by="admin"),
    ):
        harness.refuse(line, rule="closed", match="closed by entry 7")
    harness.check()


def test_nothing_follows_the_closing_entry_in_its_own_batch(harness: Harness) -> None:
    closed = harness.line("ledger", {"action": "closed", "reason": "moved"}, by="admin")

    harness.refuse(
        closed, harness.line("ai_decision", decision()), rule="closed", match="^line 2 of 2: ledger: closed by"
    )


# The pure half


def test_a_line_is_read_without_a_ledger(harness: Harness) -> None:
    line = read_line(harness.line("ai_decision", decision_about("Jane Roe")))

    assert line.statement.kind == "ai_decision"
    assert [s.keyid for s in line.envelope.signatures] == [keyid("pipeline")]
    assert {digest for digest, _ in line.disclosures} == {
        base64.urlsafe_b64decode(Disclosure(d.text).digest + "=") for _, d in line.disclosures
    }


def test_the_same_id_of_two_sources_is_no_conflict(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(1))
    name = json.loads(base64.b64decode(json.loads(line)["envelope"]["payload"]))["id"]
    harness.append(line)

    harness.refuse(
        harness.line("ai_decision", decision(2), id=name), error=Conflict, match="but other content, expected"
    )
    harness.append(harness.line("oversight_action", oversight(), by="overseer", id=name))
    harness.check()
