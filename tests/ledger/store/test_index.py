"""The derived tables: behind the appends, never wrong, and the same again when derived anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from ledger import Ledger
from ledger.errors import BadInput, ProofError
from ledger.store import index
from tests.ledger.harness import Harness, approval, decision, decision_about, oversight

NewHarness = Callable[..., Harness]
DERIVED = ("entry_index", "statement_index", "reference_index", "artefact_index")


@pytest.fixture
def busy(harness: Harness) -> Harness:
    """A ledger with references, artefacts, versions and several kinds and subjects."""
    first = harness.record("ai_decision", decision(1, system_version="1.0"))
    harness.record("ai_decision", decision(2, artefacts=[{"name": "a", "role": "b", "digest": "cd" * 32, "size": 1}]))
    about = [{"rel": "about", "statement": first.statement}, {"rel": "responds_to", "statement": first.statement}]
    harness.record("oversight_action", oversight(references=about), by="overseer", subject="chatbot")
    harness.record("approval", approval(first.statement), by="approver")
    return harness


def derived(harness: Harness) -> dict[str, list[tuple[Any, ...]]]:
    rows = harness.rows()
    digests = sorted(rows["statement_recent"] + rows["statement_index"])
    return {**{name: rows[name] for name in DERIVED if name != "statement_index"}, "digests": digests}


def indexed(harness: Harness) -> int:
    return int(harness.rows()["progress"][0][1])


def test_entries_are_found_before_they_are_indexed(busy: Harness) -> None:
    assert indexed(busy) < busy.ledger.size - 3, "the last ones are not indexed yet"

    decisions = list(busy.ledger.entries(kinds={"ai_decision"}))

    assert [entry.index for entry in decisions] == [7, 8]
    assert [entry.index for entry in busy.ledger.entries(subject="chatbot")] == [9]
    assert busy.entry(decisions[1].statement[:8]).index == 8
    busy.check()


def test_the_answer_is_the_same_before_and_after_indexing(busy: Harness) -> None:
    def answers(ledger: Ledger) -> list[list[int]]:
        questions: list[dict[str, Any]] = [
            {},
            {"kinds": {"ai_decision"}},
            {"kinds": {"ai_decision", "approval"}, "newest_first": True},
            {"subject": "chatbot"},
            {"start": 3, "size": 9},
            {"kinds": {"key"}, "limit": 2},
            {"newest_first": True, "limit": 3},
            {"kinds": set()},
            {"start": 99},
            {"limit": 0},
        ]
        return [[entry.index for entry in ledger.entries(**question)] for question in questions]

    before = answers(busy.ledger)
    with busy.ledger.backend.writing("indexing") as connection:
        index.catch_up(connection, 9)
    halfway = answers(busy.ledger)
    busy.ledger.rebuild_index()

    assert before == halfway == answers(busy.ledger)
    assert before[:4] == [list(range(11)), [7, 8], [10, 8, 7], [9]]
    assert before[4:] == [list(range(3, 9)), [1, 2], [10, 9, 8], [], [], []]
    busy.check()


def test_derived_anew_the_rows_are_the_same(busy: Harness) -> None:
    busy.ledger.rebuild_index()
    once = derived(busy)

    busy.ledger.rebuild_index()
    again = derived(busy)

    assert once == again
    assert indexed(busy) == busy.ledger.size
    assert not busy.rows()["statement_recent"]
    assert len(once["reference_index"]) == 3
    assert len(once["artefact_index"]) == 1
    busy.check()


@pytest.mark.parametrize("behind", [1, 2, 5, 7])
def test_rows_filled_behind_are_those_derived_at_once(
    new_harness: NewHarness, behind: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "BEHIND", behind)
    harness = new_harness()
    for n in range(11):
        harness.append(*(harness.line("ai_decision", decision(n, system_version=f"1.{m}")) for m in range(n % 3 + 1)))
        assert harness.ledger.size - indexed(harness) < behind
        harness.check()
    with harness.ledger.backend.writing("indexing") as connection:
        index.catch_up(connection, harness.ledger.size)
    filled = derived(harness)

    harness.ledger.rebuild_index()

    assert derived(harness) == filled


def test_rows_that_another_process_indexed_are_let_go(new_harness: NewHarness, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a process that appends more, and so does all the indexing, nothing piles up."""
    monkeypatch.setattr(index, "BEHIND", 4)
    harness = new_harness()
    kept: list[int] = []
    with Ledger.open(harness.path, clock=harness.clock, state=harness.state) as other:
        for n in range(12):
            harness.acknowledged += other.append(
                [harness.line("ai_decision", decision(10 * n + m)) for m in range(index.BEHIND)]
            )
            harness.record("ai_decision", decision(10 * n + 9))
            kept.append(len(harness.ledger._appender._unindexed))

    assert kept == [1] * 12
    assert harness.ledger.size - indexed(harness) < index.BEHIND
    harness.check()


def test_dropping_every_derived_row_costs_no_evidence(busy: Harness) -> None:
    whole = list(busy.ledger.entries())
    for table in (*DERIVED, "statement_recent"):
        busy.sql(f"DELETE FROM {table}")
    busy.sql("UPDATE progress SET indexed = 0")

    busy.ledger.rebuild_index()

    assert list(busy.ledger.entries()) == whole
    busy.check()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE entry_index SET kind = 'approval' WHERE idx = 7",
        "UPDATE entry_index SET subject = 'other' WHERE idx = 7",
        "UPDATE entry_index SET version = '9' WHERE idx = 7",
        "UPDATE entry_index SET time = time + 1 WHERE idx = 7",
        "UPDATE entry_index SET recorded = recorded + 1 WHERE idx = 7",
        "UPDATE entry_index SET keyids = 'aa' WHERE idx = 7",
        "UPDATE entry_index SET statement = x'00' WHERE idx = 7",
        "DELETE FROM entry_index WHERE idx = 7",
        "UPDATE statement_index SET idx = 8 WHERE idx = 7",
        "DELETE FROM statement_index WHERE idx = 7",
        "DELETE FROM reference_index WHERE rel = 'about'",
        "UPDATE reference_index SET rel = 'approves' WHERE rel = 'about'",
        "DELETE FROM artefact_index",
        "UPDATE artefact_index SET idx = 7",
        "UPDATE progress SET indexed = indexed - 1",
    ],
)
def test_every_derived_column_that_lies_is_index_wrong_and_mended(busy: Harness, sql: str) -> None:
    busy.ledger.rebuild_index()
    assert busy.sql(sql) == 1

    report = busy.verify(remember=False)
    assert report.exit_code == 1
    assert {verdict.value for verdict, _ in report.counts} == {"index wrong"}
    busy.ledger.rebuild_index()
    busy.check()


def test_an_index_that_calls_an_entry_something_else_is_an_error_and_no_answer(busy: Harness) -> None:
    busy.ledger.rebuild_index()
    busy.sql("UPDATE entry_index SET kind = 'approval', subject = 'forged' WHERE idx = 7")

    for question in ({"kinds": {"approval"}}, {"subject": "forged"}):
        with pytest.raises(
            ProofError, match=r"^entry 7: the index calls it something else than its bytes do; 'aims verify"
        ):
            list(busy.ledger.entries(**question))  # type: ignore[arg-type]


def test_a_digest_prefix_that_fits_several_or_none_is_refused(harness: Harness) -> None:
    digests = [harness.record("ai_decision", decision(n)).statement for n in range(3)]
    # Four equal digits would take hundreds of entries; the table is what is looked into.
    harness.sql("INSERT INTO statement_recent VALUES (?, 8)", bytes.fromhex(digests[0][:8] + "00" * 28))

    with pytest.raises(BadInput, match=rf"^entry {digests[0][:4]}: several statement digests begin with it; give more"):
        harness.entry(digests[0][:4])
    assert harness.entry(digests[0]).index == 7
    unused = next(f"{n:04x}" for n in range(65_536) if not any(d.startswith(f"{n:04x}") for d in digests))
    with pytest.raises(BadInput, match=rf"^entry {unused}: no statement digest begins with it"):
        harness.entry(unused)


@pytest.mark.parametrize("prefix", ["", "abc", "ABCD", "xyzw", "ab" * 33, "abcd%", "____"])
def test_a_prefix_that_is_none_is_refused(harness: Harness, prefix: str) -> None:
    with pytest.raises(
        BadInput, match=r"^entry .*: expected an index, or at least 4 lower-case hex digits of a digest$"
    ):
        harness.entry(prefix)


def test_statements_are_found_in_any_number(harness: Harness) -> None:
    receipts = harness.append(*(harness.line("ai_decision", decision(n)) for n in range(600)))
    digests = [bytes.fromhex(receipt.statement) for receipt in receipts]

    for count in (0, 1, 2, 15, 16, 17, 255, 256, 257, 600):
        with harness.ledger.backend.reading("looking") as connection:
            found = index.find_statements(connection, [*digests[:count], bytes(32)])
        assert found == {digest: 7 + n for n, digest in enumerate(digests[:count])}


def test_erasable_values_are_in_no_column(harness: Harness) -> None:
    harness.record("ai_decision", decision_about("Jane Roe"))
    harness.ledger.rebuild_index()

    columns = repr({name: harness.rows()[name] for name in DERIVED})
    assert "Jane" not in columns
    with harness.ledger.backend.reading("looking") as connection:
        assert connection.execute(sa.text("SELECT COUNT(*) FROM entry_index")).scalar_one() == harness.ledger.size
