"""Append-only is a property of the schema: raw SQL by anyone with the file, and nothing changes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from tests.ledger.anchored import anchor
from tests.ledger.harness import Harness, decision, decision_about

NewHarness = Callable[..., Harness]

# Every table of evidence, one column to change, and what its trigger says.
EVIDENCE = {
    "entry": ("leaf", "x'00'"),
    "statement_id": ("idx", "99"),
    "tile": ("hashes", "x'00'"),
    "checkpoint": ("note", "x'00'"),
    "disclosure": ("text", "'forged'"),
    "erased": ("by_idx", "0"),
    "cosignature": ("note", "x'00'"),
    "timestamp": ("token", "x'00'"),
}
TABLES = [*EVIDENCE, "head", "subject"]
NUMBERED = ("entry", "tile", "checkpoint", "cosignature", "timestamp", "head")


@pytest.fixture
def full(harness: Harness) -> Harness:
    """A ledger with at least one row in every table of evidence."""
    harness.append(*(harness.line("ai_decision", decision(n)) for n in range(260)))
    harness.erase(harness.record("ai_decision", decision_about("Jane Roe")).index)
    harness.record("ai_decision", decision_about("Max Muster", 2))
    anchor(harness)
    harness.check()
    for table in TABLES:
        assert harness.rows()[table], f"no row in {table}: the test below would prove nothing"
    return harness


def attack(harness: Harness, sql: str, match: str) -> None:
    """See `sql` refused by the database itself, with and without recursive triggers, and nothing changed."""
    for recursive in ("ON", "OFF"):
        with harness.nothing_stored(), closing(sqlite3.connect(harness.path)) as connection:
            connection.execute(f"PRAGMA recursive_triggers = {recursive}")
            with pytest.raises(sqlite3.IntegrityError, match=match), connection:
                connection.execute(sql)


def test_no_row_of_evidence_is_ever_updated(full: Harness) -> None:
    for table, (column, value) in EVIDENCE.items():
        attack(full, f"UPDATE {table} SET {column} = {value}", f"^{table} is append-only$")
        attack(full, f"UPDATE OR REPLACE {table} SET {column} = {value}", f"^{table} is append-only$")
        attack(full, f"UPDATE {table} SET {column} = {column}", f"^{table} is append-only$")
    full.check()


def test_no_row_changes_its_place(full: Harness) -> None:
    attack(full, "UPDATE entry SET idx = idx + 1000", "^entry is append-only$")
    attack(full, "UPDATE entry SET rowid = 1000 WHERE idx = 0", "^entry is append-only$")
    full.check()


@pytest.mark.parametrize("where", ["", " WHERE rowid = (SELECT MAX(rowid) FROM {table})"])
def test_no_row_of_evidence_is_ever_deleted(full: Harness, where: str) -> None:
    for table in TABLES:
        if table == "disclosure":
            continue  # below
        clause = where.format(table=table) if table in NUMBERED else ""
        attack(full, f"DELETE FROM {table}{clause}", f"^{table} is append-only$")
    full.check()


@pytest.mark.parametrize("verb", ["INSERT", "INSERT OR REPLACE", "REPLACE", "INSERT OR ROLLBACK", "INSERT OR FAIL"])
def test_no_row_is_replaced_by_inserting_over_it(full: Harness, verb: str) -> None:
    for table in TABLES:
        attack(full, f"{verb} INTO {table} SELECT * FROM {table} LIMIT 1", f"^{table}: row exists$")
    full.check()


def test_no_other_bytes_take_the_place_of_an_entry(full: Harness) -> None:
    for verb in ("INSERT OR REPLACE", "REPLACE"):
        attack(full, f"{verb} INTO entry (idx, leaf) VALUES (3, x'7b7d')", "^entry: row exists$")
        attack(full, f"{verb} INTO entry (rowid, leaf) VALUES (3, x'7b7d')", "^entry: row exists$")
        for three in ("'3'", "3.0", "'3.0'", "' 3'", "+3", "CAST(3 AS TEXT)"):
            attack(full, f"{verb} INTO entry (idx, leaf) VALUES ({three}, x'7b7d')", "^entry: row exists$")
        attack(full, f"{verb} INTO tile (level, n, hashes) VALUES ('0', '0.0', x'00')", "^tile: row exists$")
        attack(full, f"{verb} INTO checkpoint (seq, size, note) VALUES ('0', 1, x'00')", "^checkpoint: row exists$")
    full.check()


def test_upsert_and_ignore_change_nothing(full: Harness) -> None:
    attack(
        full, "INSERT INTO entry VALUES (3, x'00') ON CONFLICT (idx) DO UPDATE SET leaf = x'00'", "^entry: row exists$"
    )
    attack(full, "INSERT INTO entry VALUES (3, x'00') ON CONFLICT DO NOTHING", "^entry: row exists$")
    attack(full, "INSERT OR IGNORE INTO entry VALUES (3, x'00')", "^entry: row exists$")
    full.check()


def test_the_head_only_moves_forward_over_entries(full: Harness) -> None:
    for change in (
        "size = size - 1",
        "size = 0",
        "size = size",
        "size = size + 1",
        "last_hash = x'00'",
        "edge = x''",
        "last_time = 0",
        "origin = 'other.example'",
        "id = 2",
    ):
        attack(full, f"UPDATE head SET {change}", "^head only moves forward over entries$")
    attack(full, "UPDATE OR REPLACE head SET size = size - 1", "^head only moves forward over entries$")
    attack(
        full, "INSERT INTO head SELECT 2, origin, size, last_hash, last_time, edge FROM head", "CHECK constraint failed"
    )
    full.check()


def test_the_count_of_a_subject_only_grows(full: Harness) -> None:
    for change in ("count = count - 1", "count = count", "last_hash = x'00'", "subject = 'other'"):
        attack(full, f"UPDATE subject SET {change}", "^the count of a subject only grows$")
    attack(full, "REPLACE INTO subject SELECT subject, 0, last_hash FROM subject", "^subject: row exists$")
    full.check()


def test_a_disclosure_is_deleted_only_after_an_erasure_named_it(full: Harness) -> None:
    attack(full, "DELETE FROM disclosure", "^a disclosure is deleted only after an erasure entry$")
    idx, digest, _ = full.rows()["disclosure"][0]
    attack(full, f"DELETE FROM disclosure WHERE idx = {idx}", "^a disclosure is deleted only after an erasure entry$")

    full.sql("INSERT INTO erased (idx, digest, by_idx) VALUES (?, ?, ?)", idx, digest, idx)
    assert full.sql("DELETE FROM disclosure WHERE digest = ?", digest) == 1
    # The schema can't know whether an erasure entry says so; verification does.
    assert full.verify().exit_code == 1


def test_an_erased_value_does_not_come_back_unnoticed(full: Harness) -> None:
    idx, digest, _ = full.rows()["erased"][0]

    full.sql("INSERT INTO disclosure (idx, digest, text) VALUES (?, ?, 'forged')", idx, digest)

    assert full.verify().exit_code == 1


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_evidence_has_its_triggers(full: Harness, table: str) -> None:
    with closing(sqlite3.connect(full.path)) as connection:
        query = "SELECT sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?"
        events = {sql.split(" BEFORE ")[1].split()[0] for (sql,) in connection.execute(query, (table,))}

    assert events == {"INSERT", "UPDATE", "DELETE"}


def test_the_program_itself_can_not_change_an_entry(full: Harness) -> None:
    import sqlalchemy as sa

    from ledger.errors import StoreError
    from ledger.store import tables as t

    change: Any
    for change in (sa.update(t.entry).values(leaf=b""), sa.delete(t.entry), sa.delete(t.disclosure)):
        with (
            full.nothing_stored(),
            pytest.raises(
                StoreError, match=r"^testing: the database refused it \(.*\); the schema keeps the ledger appe"
            ),
            full.ledger.backend.writing("testing") as connection,
        ):
            connection.execute(change)
    full.check()
