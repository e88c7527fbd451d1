"""A batch: stored together at its end, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from ledger.errors import FormatError, Refused, SchemaError
from ledger.kinds import Reference
from ledger.times import format_instant
from tests.ledger.harness import START, SUBJECT, Harness, decision, oversight, signer, source_of


def options(name: str = "pipeline", **changes: Any) -> dict[str, Any]:
    kind = "ai_decision" if name == "pipeline" else "oversight_action"
    return {"kind": kind, "signers": signer(name), "subject": SUBJECT, **changes}


def test_what_is_recorded_is_stored_at_the_end_in_order(harness: Harness) -> None:
    with harness.ledger.batch() as batch, harness.nothing_stored():
        pending = [batch.record(decision(n), **options()) for n in range(5)]

    harness.acknowledged += [one.receipt for one in pending]
    assert [one.receipt.index for one in pending] == list(range(7, 12))
    assert [one.receipt.statement for one in pending] == [one.statement for one in pending]
    assert len({one.receipt.time for one in pending}) == 1, "one commit, one time"
    harness.check()


def test_one_batch_signs_one_checkpoint(harness: Harness) -> None:
    with harness.ledger.batch() as batch:
        for n in range(5):
            batch.record(decision(n), **options())

    assert [size for _, size, _ in harness.rows()["checkpoint"]] == [1, 7, 12]


def test_later_ones_refer_to_earlier_ones_of_the_batch(harness: Harness) -> None:
    with harness.ledger.batch() as batch:
        made = batch.record(decision(), **options())
        about = [Reference(rel="about", statement=made.statement)]
        action = batch.record(oversight(), references=about, **options("overseer"))

    references = harness.entry(action.receipt.index).data["references"]
    assert references == [{"rel": "about", "statement": made.receipt.statement}]
    harness.check()


def test_an_exception_in_the_block_stores_nothing_and_is_not_swallowed(harness: Harness) -> None:
    def interrupted() -> None:
        with harness.ledger.batch() as batch:
            batch.record(decision(1), **options())
            raise KeyboardInterrupt

    with harness.nothing_stored(), pytest.raises(KeyboardInterrupt):
        interrupted()
    harness.check()


def test_one_that_is_refused_at_the_end_takes_the_others_with_it(harness: Harness) -> None:
    def attempt() -> None:
        with harness.ledger.batch() as batch:
            batch.record(decision(1), **options())
            batch.record(decision(2), **options("overseer", kind="ai_decision"))

    with harness.nothing_stored(), pytest.raises(Refused, match=r"^line 2 of 2: ai_decision: signed by overseer-1 as"):
        attempt()
    harness.check()


def test_one_that_is_wrong_by_itself_is_refused_where_it_is_recorded(harness: Harness) -> None:
    with harness.ledger.batch() as batch:
        with pytest.raises(SchemaError, match=r"^ai_decision: decision_id: missing"):
            batch.record({}, **options())
        good = batch.record(decision(1), **options())

    assert good.receipt.index == 7
    harness.check()


def test_there_is_no_receipt_before_the_batch_ends(harness: Harness) -> None:
    with harness.ledger.batch() as batch:
        pending = batch.record(decision(1), **options())
        with pytest.raises(ValueError, match=r"^nothing is stored before the batch ends$"):
            _ = pending.receipt
    assert pending.receipt.index == 7


def test_an_empty_batch_is_nothing(harness: Harness) -> None:
    with harness.nothing_stored(), harness.ledger.batch():
        pass


def test_a_refused_batch_can_be_recorded_again(harness: Harness) -> None:
    def attempt(name: str) -> None:
        with harness.ledger.batch() as batch:
            batch.record(decision(1), **options())
            batch.record(decision(2), **options(name, kind="ai_decision"))

    with pytest.raises(Refused):
        attempt("overseer")
    attempt("pipeline")
    assert harness.ledger.size == 9
    harness.check()


@pytest.mark.parametrize("signers", [[], ()])
def test_nobodys_signature_is_a_mistake_of_the_caller(harness: Harness, signers: Any) -> None:
    with harness.nothing_stored(), pytest.raises(ValueError, match=r"signer"):
        harness.ledger.record(decision(1), **options(signers=signers))


def test_one_signer_twice_is_a_mistake_of_the_caller(harness: Harness) -> None:
    with (
        harness.nothing_stored(),
        pytest.raises(ValueError, match=r"^an envelope takes 1 to 8 signers, each key once$"),
    ):
        harness.ledger.record(decision(1), **options(signers=[signer("pipeline"), signer("pipeline")]))


def test_the_source_is_the_first_signers_unless_it_is_said(harness: Harness) -> None:
    harness.enrol("many", "pipeline", sources=["https://bank.example/z", "https://bank.example/a"])

    silent = harness.record("ai_decision", decision(1), by="many")
    said = harness.record("ai_decision", decision(2), by="many", source="https://bank.example/z")
    both = harness.record("ai_decision", decision(3), by=["pipeline", "many"])

    assert harness.entry(silent.index).source == "https://bank.example/a"
    assert harness.entry(said.index).source == "https://bank.example/z"
    assert harness.entry(both.index).source == source_of("pipeline")
    harness.check()


def test_the_time_is_when_it_happened(harness: Harness) -> None:
    berlin = timezone(timedelta(hours=1))
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=berlin)

    receipt = harness.record("ai_decision", decision(1), time=moment)

    entry = harness.entry(receipt.index)
    assert entry.time == "2026-03-01T08:30:00.000000Z"
    assert entry.recorded == receipt.time > format_instant(START)


def test_a_time_without_zone_is_a_mistake_of_the_caller(harness: Harness) -> None:
    with harness.nothing_stored(), pytest.raises(ValueError, match=r"has no time zone$"):
        harness.record("ai_decision", decision(1), time=datetime(2026, 3, 1, 9, 30))  # noqa: DTZ001


@pytest.mark.parametrize("year", [1, 9999])
def test_a_time_at_the_ends_of_the_calendar_does_not_end_the_program(harness: Harness, year: int) -> None:
    moment = datetime(year, 6, 1, tzinfo=UTC)

    if year == 1:
        assert harness.entry(harness.record("ai_decision", decision(1), time=moment).index).time.startswith(
            "0001-06-01"
        )
        harness.check()
    else:
        with harness.nothing_stored(), pytest.raises(Refused, match=r"^statement: time 9999-06-01T"):
            harness.record("ai_decision", decision(1), time=moment)


def test_a_mapping_needs_its_kind(harness: Harness) -> None:
    with harness.nothing_stored(), pytest.raises(ValueError, match=r"^members without a type need their kind$"):
        harness.ledger.record(decision(1), signers=signer("pipeline"), subject=SUBJECT)
    with harness.nothing_stored(), pytest.raises(FormatError, match=r"^body: found str, expected"):
        harness.ledger.record("text", **options())  # type: ignore[arg-type]


def test_references_given_beside_the_body_are_added_to_those_in_it(harness: Harness) -> None:
    first, second = (harness.record("ai_decision", decision(n)).statement for n in range(2))
    body = decision(3, references=[{"rel": "about", "statement": first}])

    receipt = harness.record("ai_decision", body, references=[Reference(rel="derived_from", statement=second)])

    assert [r["rel"] for r in harness.entry(receipt.index).data["references"]] == ["about", "derived_from"]
    assert body["references"] == [{"rel": "about", "statement": first}], "the caller's body is not changed"
    harness.check()
