"""Each write × {lost, kept but reported lost}: what is told, what is there, and that asking again settles it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa

from ledger.errors import OutcomeUnknown, StoreError
from ledger.store.faults import committing, translated
from tests.ledger.harness import Harness, assert_one_clear_line, decision, decision_about, enrolment

WRITE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM) (\w+)")


class Faults:
    """Breaks the `nth` write to a table (or ``COMMIT``), once: before it is done (lost) or after (kept)."""

    def __init__(self, what: str = "", nth: int = 1, *, kept: bool = False, error: str = "disk I/O error") -> None:
        self.what, self.left, self.kept, self.error = what, nth, kept, error
        self.seen: list[str] = []  # the tables written to, and COMMIT

    def write(self, what: str, do: Callable[[], Any]) -> Any:
        self.seen.append(what)
        self.left -= what == self.what
        broken = what == self.what and self.left == 0
        result = do() if self.kept or not broken else None
        if broken:
            raise sqlite3.OperationalError(self.error)
        return result


@contextmanager
def faulty(harness: Harness, faults: Faults) -> Iterator[None]:
    """A block in which the harness's write connection has `faults`."""

    class Cursor(sqlite3.Cursor):
        def execute(self, sql: str, *values: Any) -> Any:
            if sql == "BEGIN IMMEDIATE":
                self.connection.writing = True  # type: ignore[attr-defined]
            found = WRITE.match(sql)
            do = super().execute
            return faults.write(found[1], lambda: do(sql, *values)) if found else do(sql, *values)

        def executemany(self, sql: str, values: Any) -> Any:
            found = WRITE.match(sql)
            assert found
            do = super().executemany
            return faults.write(found[1], lambda: do(sql, values))

    class Connection(sqlite3.Connection):
        writing = False

        def cursor(self, *_: Any) -> Any:
            return super().cursor(Cursor)

        def execute(self, *arguments: Any) -> Any:
            return self.cursor().execute(*arguments)  # the real one goes round `cursor`

        def commit(self) -> None:
            do = super().commit
            if not self.writing:
                return do()
            self.writing = False
            try:
                faults.write("COMMIT", do)
            except sqlite3.OperationalError:
                self.rollback()
                raise

    def connecting(_dialect: object, _record: object, _args: object, options: dict[str, Any]) -> None:
        options["factory"] = Connection

    harness.reopen()
    sa.event.listen(harness.ledger.backend.engine, "do_connect", connecting)
    harness.ledger.backend.close()
    try:
        yield
    finally:
        harness.reopen()


def lines_of(harness: Harness) -> list[bytes]:
    """A batch whose commit writes to every table of the append path but `erased`."""
    return [
        *(harness.line("ai_decision", decision(n)) for n in range(260)),
        harness.line("ai_decision", decision_about("Jane Roe")),
        harness.line("key", enrolment("new", "pipeline"), by=["admin", "new"]),
    ]


APPEND = ("entry", "statement_id", "statement_recent", "disclosure", "tile", "subject", "head")
INDEX = ("entry_index", "statement_index", "progress")  # brought up to date by a process that begins
either = pytest.mark.parametrize("kept", [False, True], ids=["lost", "kept but reported lost"])


def test_the_faults_below_are_those_of_every_table(harness: Harness) -> None:
    faults = Faults()
    lines = lines_of(harness)

    with faulty(harness, faults):
        harness.append(*lines)

    commit = faults.seen.index("COMMIT")
    assert set(faults.seen[:commit]) == {*APPEND, *INDEX}
    assert faults.seen[commit + 1 :] == ["checkpoint", "COMMIT"], "a checkpoint is signed after the commit"


@either
@pytest.mark.parametrize("table", [*APPEND, *INDEX])
def test_a_write_that_fails_before_the_commit_stores_nothing(harness: Harness, table: str, kept: bool) -> None:
    lines = lines_of(harness)

    with faulty(harness, Faults(table, kept=kept)):
        harness.refuse(
            *lines,
            error=StoreError,
            match="^appending: the disk failed; check the disk and its free space, then run the command",
        )

        assert len(harness.append(*lines)) == len(lines)
        harness.check()


def test_a_commit_that_is_lost_is_unknown_and_asking_again_stores_it(harness: Harness) -> None:
    lines = lines_of(harness)
    before = harness.rows()
    with faulty(harness, Faults("COMMIT")):
        with pytest.raises(
            OutcomeUnknown, match=r"^appending: the commit was sent and failed \(disk I/O error\); it may"
        ):
            harness.ledger.append(lines)
        assert harness.rows() == before

        receipts = harness.append(*lines)

    assert not any(receipt.duplicate for receipt in receipts)
    harness.check()


def test_a_commit_that_is_kept_but_reported_lost_is_unknown_and_asking_again_finds_it(harness: Harness) -> None:
    lines = lines_of(harness)
    with faulty(harness, Faults("COMMIT", kept=True)):
        with pytest.raises(
            OutcomeUnknown, match="send the same envelopes again: those stored give their receipt"
        ) as caught:
            harness.ledger.append(lines)
        assert caught.value.exit_code == 3

        receipts = harness.append(*lines)

    assert all(receipt.duplicate for receipt in receipts)
    assert harness.ledger.size == 7 + len(lines)
    harness.check()


@either
def test_after_an_unknown_outcome_the_same_object_goes_on(harness: Harness, kept: bool) -> None:
    # Whatever this process remembered of keys and tree may be wrong now; it looks again.
    lines = lines_of(harness)
    with faulty(harness, Faults("COMMIT", kept=kept)):
        with pytest.raises(OutcomeUnknown):
            harness.ledger.append(lines)
        harness.append(*(harness.line("ai_decision", decision(n)) for n in range(300)))
        by_new = harness.line("ai_decision", decision(1), by="new")
        if kept:
            harness.append(by_new)
        else:
            harness.refuse(by_new, rule="unknown key", match="not enrolled in this ledger")
        harness.check()


def test_a_disk_that_is_full_at_the_commit_stored_nothing_and_says_so(harness: Harness) -> None:
    lines = lines_of(harness)

    with faulty(harness, Faults("COMMIT", error="database or disk is full")):
        harness.refuse(*lines, error=StoreError, match="^appending: the disk is full; free space, then run the command")
        harness.append(*lines)
    harness.check()


@either
@pytest.mark.parametrize(("write", "nth"), [("checkpoint", 1), ("COMMIT", 2)])
def test_a_checkpoint_whose_row_is_lost_or_kept_is_had_again_byte_for_byte(
    harness: Harness, kept: bool, write: str, nth: int
) -> None:
    lines = lines_of(harness)
    with faulty(harness, Faults(write, nth, kept=kept)):
        receipts = harness.append(*lines)
        assert {receipt.state for receipt in receipts} == {"committed"}
        sizes = [size for _, size, _ in harness.rows()["checkpoint"]]
        assert (sizes[-1] == 7 + len(lines)) == (kept and write == "COMMIT")

    note = harness.ledger.checkpoint()

    notes = [bytes(raw) for _, size, raw in harness.rows()["checkpoint"] if size == 7 + len(lines)]
    assert notes == [note], "one history, one note, one row"
    harness.check()


@pytest.mark.parametrize("table", ["entry", "erased", "disclosure", "head", "COMMIT"])
@either
def test_an_erasure_fails_or_happens_as_a_whole(harness: Harness, table: str, kept: bool) -> None:
    entry = harness.record("ai_decision", decision_about("Jane Roe")).index
    happened = kept and table == "COMMIT"

    with faulty(harness, Faults(table, kept=kept)), pytest.raises((StoreError, OutcomeUnknown)):
        harness.erase(entry)

    harness.check()
    assert bool(harness.entry(entry).erased) == happened
    if not happened:
        harness.erase(entry)
    assert harness.check().erasures == 1


# Words


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        ("database or disk is full", "the disk is full; free space"),
        ("disk I/O error", "the disk failed; check the disk and its free space"),
        ("attempt to write a readonly database", "the database is read-only; open it with an account that may write"),
        ("unable to open database file", "the database can't be opened; check the path and its permissions"),
        ("file is not a database", "the file is not a SQLite database; check the path"),
        ("database disk image is malformed", "the database file is damaged; restore a copy"),
        ("no such table: head", "the database has no ledger in it; check the path; if it was a ledger, restore a copy"),
        ("database is locked", "another program holds the database; stop it, or wait"),
    ],
)
def test_every_fault_of_the_driver_has_our_words_and_a_remedy(fault: str, match: str) -> None:
    for error in (sqlite3.OperationalError(fault), sa.exc.OperationalError("SQL", {}, sqlite3.OperationalError(fault))):
        with pytest.raises(StoreError, match=f"^reading: {match}") as caught, translated("reading"):
            raise error
        assert_one_clear_line(caught.value)


def test_a_fault_without_words_of_ours_keeps_the_drivers() -> None:
    with pytest.raises(StoreError, match=r"^reading: unheard of$"), translated("reading"):
        raise sqlite3.DatabaseError("unheard of")


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt(), StoreError("own")])
def test_what_is_no_fault_of_the_driver_passes_through(error: BaseException) -> None:
    for border in (translated, committing):
        with pytest.raises(type(error)), border("reading"):
            raise error
