"""Ledgers of earlier revisions: read as they are, brought up when they are opened for writing."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Barrier

import pytest

from ledger import Ledger
from ledger.errors import Damaged
from ledger.store.anchors import anchor_state, pending, stored_cosignatures, stored_timestamps
from ledger.store.schema import REVISIONS
from tests.ledger.anchored import anchor
from tests.ledger.harness import Harness, assert_one_clear_line, decision

ADDED = ("cosignature", "timestamp", "anchor_pending")


@pytest.fixture
def old(harness: Harness) -> Harness:
    """A ledger as the first version wrote it, closed."""
    harness.record("ai_decision", decision(1))
    harness.close()
    with closing(sqlite3.connect(harness.path)) as connection, connection:
        for table in ADDED:
            connection.execute(f"DROP TABLE {table}")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    return harness


def test_a_ledger_of_the_first_revision_is_read_and_verified_as_it_is(old: Harness) -> None:
    before = old.path.read_bytes()

    assert old.verify().exit_code == 0
    with Ledger.open(old.path, read_only=True, state=old.state) as ledger:
        assert ledger.entry(7).kind == "ai_decision"
        with ledger.backend.reading("anchors") as connection:
            assert (stored_cosignatures(connection), stored_timestamps(connection)) == ([], [])
            assert (pending(connection), anchor_state(connection)) == ([], [])

    assert old.path.read_bytes() == before


def test_opening_for_writing_brings_it_up_and_loses_nothing(old: Harness) -> None:
    before = old.rows()

    old.reopen()

    after = old.rows()
    assert after.pop("alembic_version") == [(REVISIONS[-1],)]
    assert [after.pop(table) for table in ADDED] == [[], [], []]
    assert after == {name: rows for name, rows in before.items() if name != "alembic_version"}
    old.record("ai_decision", decision(2))
    anchor(old)
    old.check()


def test_two_that_open_it_for_writing_at_once_both_can(old: Harness) -> None:
    start = Barrier(4)

    def open_it() -> str:
        start.wait()
        with Ledger.open(old.path, state=old.state) as ledger:
            return ledger.origin

    with ThreadPoolExecutor(4) as pool:
        opened = [future.result() for future in [pool.submit(open_it) for _ in range(4)]]

    assert opened == [old.origin] * 4
    assert old.rows()["alembic_version"] == [(REVISIONS[-1],)]


def test_a_crash_in_the_middle_leaves_the_old_revision(old: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    before = old.rows()
    from ledger.store import schema

    def crash(connection: object) -> None:
        real(connection)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    real = schema.migrate
    monkeypatch.setattr(schema, "migrate", crash)
    with pytest.raises(KeyboardInterrupt):
        old.reopen()
    monkeypatch.undo()

    assert old.rows() == before
    old.reopen()
    old.check()


def test_setting_the_revision_back_does_not_hide_the_evidence(harness: Harness) -> None:
    anchor(harness)
    harness.close()
    harness.sql("UPDATE alembic_version SET version_num = '0001'")

    with pytest.raises(
        Damaged, match=r"table anchor_pending, cosignature, timestamp in a database of revision 0001"
    ) as e:
        harness.verify()
    assert_one_clear_line(e.value)


@pytest.mark.parametrize("table", ADDED)
def test_a_table_that_is_gone_is_damage(harness: Harness, table: str) -> None:
    harness.close()
    harness.sql(f"DROP TABLE {table}")

    for options in ({}, {"read_only": True}):
        with pytest.raises(Damaged, match=f"table {table} is gone"):
            Ledger.open(harness.path, **options)
