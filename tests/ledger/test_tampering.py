"""Every byte of a leaf, every column of every table, every row: changed, deleted, doubled, swapped.

Each change is found with the right verdict and place, and nothing innocent is accused. What is not found is listed,
with the reason: `NOT_FOUND`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import StoreError
from ledger.store.scanning import Level
from ledger.verdicts import Verdict
from ledger.verifying.verification import verify_ledger
from tests.ledger.attacker import Found, Suspect, found
from tests.ledger.harness import Harness, oversight

BLAMED = {"altered", "reordered"}
"""What a changed leaf is called: if it is the index in it, the entry seems to have been moved."""

LEANED_ON = {*range(7), 14, 15, 16, 17}
"""Entries about keys and erasures: without them something else can't be judged, but nothing else is accused."""


def blame(report_findings: list[Found], index: int) -> None:
    """See that entry `index` is blamed, and nothing else."""
    assert any(verdict in BLAMED and place == index for verdict, place, _ in report_findings), report_findings
    for verdict, place, what in report_findings:
        if verdict == "not checked here":
            assert index in LEANED_ON
        else:
            assert (place, what) in ((index, ""), (index, "erasable value")), report_findings
            assert verdict in BLAMED | {"signature invalid"}


def flipped(raw: bytes, at: int) -> bytes:
    return raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]


# Leaves


def test_every_byte_of_a_leaf_is_covered(tmp_path: Path) -> None:
    h = Harness.create(tmp_path, roles=("overseer",))
    for number in range(3):
        h.record("oversight_action", oversight(number), "overseer")
    leaf = h.ledger.leaf(3)
    h.close()

    with closing(sqlite3.connect(h.path, isolation_level=None)) as attacker:
        attacker.execute("DROP TRIGGER entry_update")
        for at in range(len(leaf)):
            attacker.execute("UPDATE entry SET leaf = ? WHERE idx = 3", (flipped(leaf, at),))
            # The hashes alone tell already; that everything together tells no more is seen at every tenth byte.
            level: Level = "hashes" if at % 10 else "full"
            report = verify_ledger(h.path, state=h.state, remember=False, level=level)
            assert report.exit_code == 1, at
            blame(found(report), 3)


@pytest.mark.parametrize("index", [0, 1, 6, 8, 9, 10, 11, 12, 14, 16, 17, 21, 22, 25])
def test_a_changed_byte_is_found_in_any_kind_of_entry(suspect: Suspect, index: int) -> None:
    leaf = suspect.leaves()[index]
    links = leaf.index(b',"index":')

    for at in [*range(0, links, links // 6), *range(links, len(leaf), 9)]:
        suspect.set_leaf(index, flipped(leaf, at))
        report = suspect.verify()
        assert report.exit_code == 1
        blame(found(report), index)


@pytest.mark.parametrize("index", [30, 255, 256, 511, 512, 600, 638])
def test_a_changed_byte_is_found_inside_and_outside_full_tiles(tiled: Suspect, index: int) -> None:
    leaf = tiled.leaves()[index]
    links = leaf.index(b',"index":')

    for at in (40, links + 12, leaf.index(b'"nth_prev":"') + 20, leaf.index(b'"prev":"') + 20, len(leaf) - 12):
        tiled.set_leaf(index, flipped(leaf, at))
        for level in ("full", "hashes"):
            report = tiled.verify(level=level)
            assert report.exit_code == 1
            blame(found(report), index)


@pytest.mark.parametrize("index", [255, 256, 257, 511, 512, 513])
def test_a_changed_byte_is_found_at_the_border_of_two_ranges(
    tiled: Suspect, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", 256)
    assert found(tiled.verify()) == []
    leaf = tiled.leaves()[index]

    for at in (40, leaf.index(b'"prev":"') + 20, len(leaf) - 12):
        tiled.set_leaf(index, flipped(leaf, at))
        for level in ("full", "hashes"):
            blame(found(tiled.verify(level=level)), index)


def test_neighbours_that_were_both_changed_are_both_blamed(tiled: Suspect) -> None:
    for index in (100, 101, 102):
        tiled.set_leaf(index, flipped(tiled.leaves()[index], -12))

    for level in ("full", "hashes"):
        assert found(tiled.verify(level=level)) == [("altered", index, "") for index in (100, 101, 102)]


def test_a_leaf_and_its_tile_changed_together_blame_the_leaf(tiled: Suspect) -> None:
    from ledger.merkle import leaf_hash

    leaf = flipped(tiled.leaves()[300], -12)
    tiled.set_leaf(300, leaf)
    tile = tiled.one("SELECT hashes FROM tile WHERE level = 0 AND n = 1")
    forged = tile[: 44 * 32] + leaf_hash(leaf) + tile[45 * 32 :]
    tiled.sql("UPDATE tile SET hashes = ? WHERE level = 0 AND n = 1", forged)

    assert found(tiled.verify()) == [("altered", 300, "")]


@pytest.mark.parametrize(("one", "other"), [(8, 9), (8, 20), (24, 25), (22, 23)])
def test_two_entries_that_changed_places_are_reordered(suspect: Suspect, one: int, other: int) -> None:
    leaves = suspect.leaves()
    suspect.set_leaf(one, leaves[other])
    suspect.set_leaf(other, leaves[one])

    assert set(found(suspect.verify())) == {("reordered", one, ""), ("reordered", other, "")}


def test_two_entries_in_a_full_tile_that_changed_places_are_told_by_their_hashes_alone(tiled: Suspect) -> None:
    leaves = tiled.leaves()
    tiled.set_leaf(40, leaves[41])
    tiled.set_leaf(41, leaves[40])

    assert found(tiled.verify(level="hashes")) == [("altered", 40, ""), ("altered", 41, "")]


def test_entry_0_exchanged_with_a_key_entry_blames_both(suspect: Suspect) -> None:
    leaves = suspect.leaves()
    suspect.set_leaf(0, leaves[1])
    suspect.set_leaf(1, leaves[0])

    assert set(found(suspect.verify(), Verdict.NOT_CHECKED)) == {("reordered", 0, ""), ("reordered", 1, "")}


@pytest.mark.parametrize("index", [1, 8, 12, 14, 21, 23])
def test_a_deleted_entry_is_missing(suspect: Suspect, index: int) -> None:
    suspect.sql("DELETE FROM entry WHERE idx = ?", index)

    for level in ("full", "signatures", "hashes"):
        report = suspect.verify(level=level)
        assert found(report, Verdict.NOT_CHECKED) == [("missing", index, "")]
        assert (report.exit_code, report.size) == (1, 26)


def test_deleted_entries_in_a_row_are_one_finding(tiled: Suspect) -> None:
    tiled.sql("DELETE FROM entry WHERE idx BETWEEN 250 AND 520")

    report = tiled.verify()

    assert found(report) == [("missing", 250, "")]
    assert [f.detail for f in report.findings if f.verdict is Verdict.MISSING] == ["no row for entries 250 to 520"]


def test_a_range_without_any_row_is_missing(tiled: Suspect, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", 256)
    tiled.sql("DELETE FROM entry WHERE idx BETWEEN 256 AND 511")

    assert found(tiled.verify()) == [("missing", 256, "")]


def test_a_deleted_genesis_is_missing_and_nothing_can_be_judged(suspect: Suspect) -> None:
    suspect.sql("DELETE FROM entry WHERE idx = 0")

    assert found(suspect.verify()) == [("not checked here", -1, "signatures and checkpoints"), ("missing", 0, "")]


@pytest.mark.parametrize("index", [-1, 26, 27, 2**62])
def test_a_row_slipped_in_outside_the_sequence_is_named(suspect: Suspect, index: int) -> None:
    suspect.sql("INSERT INTO entry SELECT ?, leaf FROM entry WHERE idx = 20", index)

    findings = set(found(suspect.verify()))

    assert findings in (
        {("index wrong", -1, "table entry")},
        {("reordered", 26, "")},
        {("missing", 26, ""), ("reordered", 27, "")},
    )


@pytest.mark.parametrize("leaf", ["text", "", 7, b"", 2.5, b"{}", b"[]", b"null", b'{"v":1}', b"\xff" * 70_000])
def test_whatever_stands_where_a_leaf_was_is_altered(suspect: Suspect, leaf: object) -> None:
    suspect.set_leaf(10, leaf)

    assert found(suspect.verify()) == [("altered", 10, "")]


def test_text_with_the_very_bytes_of_the_leaf_is_no_leaf(suspect: Suspect) -> None:
    suspect.sql("UPDATE entry SET leaf = CAST(leaf AS TEXT) WHERE idx = 10")

    assert found(suspect.verify()) == [("altered", 10, "")]


# Columns

WRONG_VALUES: dict[type, tuple[object, ...]] = {
    bytes: (b"", b"\x00" * 32, "text", 7),
    int: (-5, 2**62, "text", b"blob", 3.5),
    str: ("", "other", b"\xff\xfe", 5),
    type(None): ("1.0",),
}


REMARKS = {
    "cosignature.received": "when the answer came; what proves a time is in the signature",
    "timestamp.received": "when the answer came; what proves a time is in the token",
    "timestamp.authority": "where it was asked for; whose it is, the token says",
    "anchor_pending.target": (queue := "what is still to be asked for follows from the checkpoints"),
    "anchor_pending.size": queue,
    "anchor_pending.note": queue,
    "anchor_pending.since": queue,
    "anchor_pending.tries": queue,
    "anchor_pending.next_try": queue,
    "anchor_pending.last_error": queue,
}
"""Columns that say nothing about the ledger, with the reason; of the first three only the type is looked at."""


def columns() -> Iterator[tuple[str, str]]:
    from ledger.store import tables as t

    for table in t.metadata.sorted_tables:
        yield from ((table.name, column.name) for column in table.c if f"{table.name}.{column.name}" not in REMARKS)


def expected(table: str, column: str, row: dict[str, Any], value: object) -> set[Found]:
    """What must be found when `column` of `row` is set to `value`."""
    place, whole = row.get("idx"), {("index wrong", -1, f"table {table}")}
    if table == "head":
        return {("index wrong", -1, "head")}
    if table == "subject":
        renamed = {("index wrong", -1, f"subject {value}")} if column == "subject" else set()
        return renamed | {("index wrong", -1, f"subject {row['subject']}")}
    if table == "tile" and column == "hashes":
        return {("index wrong", -1, f"tile {row['n']} on level {row['level']}")}
    if table == "tile":
        key = {**row, column: value}
        moved = {("index wrong", -1, f"tile {key['n']} on level {key['level']}")}
        return moved | {("index wrong", -1, f"tile {row['n']} on level {row['level']}")}
    if table in ("checkpoint", "cosignature", "timestamp"):
        size = value if column == "size" else row["size"]
        verdict = {"size": "index wrong", "witness": "index wrong"}.get(column, "altered")
        return {
            ("missing", -1, f"table {table}")
            if column == "seq"
            else (verdict, -1, f"{table} {row['seq']} of size {size}")
        }
    if table == "entry" and column == "idx":
        return {("index wrong", -1, "table entry"), ("missing", row["idx"], "")}
    if table == "entry":
        return {("altered", row["idx"], "")}
    if table == "disclosure":
        verdict = {"idx": "missing", "digest": "index wrong", "text": "altered"}[column]
        return {(verdict, row["idx"], "erasable value")}
    if table == "erased":
        noted = {("index wrong", 9, "erased")} if column != "idx" else set()
        return noted | ({("index wrong", 14, "erased")} if column != "by_idx" else set())
    if table == "progress":
        return {("index wrong", -1, "progress")}
    del whole
    name = "statement_index" if table == "statement_recent" else table
    return {("index wrong", place, name)}


def allowed(table: str, column: str, value: object) -> set[Found]:
    """What may be found besides: rows for entries that do not exist are counted over the whole table too."""
    name = "statement_index and statement_recent" if table in ("statement_index", "statement_recent") else table
    besides = {("index wrong", -1, f"table {name}")}
    if table == "disclosure" and column == "idx":
        besides |= {("index wrong", 3, "erasable value"), ("altered", 3, "erasable value")}
    if table == "erased" and column == "idx":
        besides.add(("index wrong", 3, "erasable value"))
    return besides


@pytest.mark.parametrize(("table", "column"), list(columns()))
def test_every_column_of_every_table_is_covered(
    suspect: Suspect, tiled_story: Path, tmp_path: Path, table: str, column: str
) -> None:
    victim = Suspect.copy(tiled_story, tmp_path / "tiled") if table == "tile" else suspect
    with closing(sqlite3.connect(victim.path)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    row = rows[len(rows) // 2]
    keys = " AND ".join(f"{name} IS ?" for name in row)
    original = victim.path.read_bytes()
    tried = 0
    for value in WRONG_VALUES[type(row[column])]:
        with victim.tampering() as connection:
            try:
                connection.execute(f"UPDATE {table} SET {column} = ? WHERE {keys}", (value, *row.values()))
            except sqlite3.IntegrityError:
                continue  # the column itself refuses it, as a rowid refuses text
        tried += 1
        report = victim.verify()
        findings = set(found(report))
        must = expected(table, column, row, value)
        assert must <= findings <= must | allowed(table, column, value), value
        assert report.exit_code == 1
        victim.path.write_bytes(original)
    assert tried or (table, column) in {("head", "id"), ("progress", "id")}


def test_text_that_is_not_utf_8_is_no_traceback(suspect: Suspect) -> None:
    suspect.sql("UPDATE entry_index SET kind = CAST(x'fffe' AS TEXT) WHERE idx = 10")

    with pytest.raises(StoreError, match="verifying entries 0 to 25"):
        suspect.verify()


# Rows

DELETED: dict[str, Callable[[dict[str, Any]], set[Found]]] = {
    "head": lambda row: {("missing", -1, "head")},
    "entry": lambda row: {("missing", row["idx"], "")},
    "statement_id": lambda row: {("index wrong", row["idx"], "statement_id")},
    "subject": lambda row: {("index wrong", -1, f"subject {row['subject']}")},
    "tile": lambda row: {("index wrong", -1, f"tile {row['n']} on level 0")},
    "checkpoint": lambda row: {("missing", -1, "table checkpoint")},
    "cosignature": lambda row: {("missing", -1, "table cosignature")},
    "timestamp": lambda row: {("missing", -1, "table timestamp")},
    "disclosure": lambda row: {("missing", row["idx"], "erasable value")},
    "erased": lambda row: {("index wrong", 14, "erased")},
    "progress": lambda row: {("index wrong", -1, "progress")},
    "statement_recent": lambda row: {("index wrong", row["idx"], "statement_index")},
    "statement_index": lambda row: {("index wrong", row["idx"], "statement_index")},
    "entry_index": lambda row: {("index wrong", row["idx"], "entry_index")},
    "reference_index": lambda row: {("index wrong", row["idx"], "reference_index")},
    "artefact_index": lambda row: {("index wrong", row["idx"], "artefact_index")},
}

NOT_FOUND = {
    "the newest checkpoint row deleted": "it is as if it was never signed: a longer unsigned tail, which is shown",
    "the newest cosignature deleted": "it is as if the witness had never answered: fewer entries are witnessed",
    "the newest time stamp deleted": "it is as if the authority had never answered",
    "a byte of a witness's signature changed": "only who has the witness's key can tell: 'aims verify --trust POLICY'",
    "a byte of a token changed": "only who has the authority's certificate can tell: --timestamp-roots",
    "the queue changed": "what is still to be asked for follows from the checkpoints",
    "two checkpoint rows exchanged": "their order only says when they were stored, and neither says other than before",
    "a checkpoint stored twice": "it says nothing new",
    "a row of statement_recent moved to statement_index": "both are asked, and together they are the index",
}


@pytest.mark.parametrize("table", DELETED)
def test_a_deleted_row_of_any_table_is_found(suspect: Suspect, tiled_story: Path, tmp_path: Path, table: str) -> None:
    victim = Suspect.copy(tiled_story, tmp_path / "tiled") if table == "tile" else suspect
    with closing(sqlite3.connect(victim.path)) as connection:
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute(f"SELECT * FROM {table}")]
    row = rows[len(rows) // 2]
    victim.sql(f"DELETE FROM {table} WHERE {' AND '.join(f'{name} IS ?' for name in row)}", *row.values())

    assert set(found(victim.verify())) == DELETED[table](row)


@pytest.mark.parametrize("table", ["statement_recent", "statement_index", "entry_index", "statement_id"])
def test_a_whole_table_of_names_deleted_blames_the_table_and_no_reference(suspect: Suspect, table: str) -> None:
    suspect.sql(f"DELETE FROM {table}")

    verdicts = {verdict for verdict, _, _ in found(suspect.verify())}

    assert verdicts == {"index wrong"}


NAMES = "statement_index and statement_recent"
EXTRA = {
    "statement_id": ("SELECT x'00', source, idx FROM statement_id WHERE idx = 9", "statement_id"),
    "statement_index": ("VALUES (zeroblob(32), 9)", NAMES),
    "statement_recent": ("VALUES (zeroblob(32), 9)", NAMES),
    "entry_index": (
        "SELECT 24, statement, kind, subject, version, time, recorded, keyids FROM entry_index WHERE idx = 9",
        "entry_index",
    ),
    "reference_index": ("VALUES (zeroblob(32), 9, 'about')", "reference_index"),
    "artefact_index": ("VALUES (zeroblob(32), 9)", "artefact_index"),
    "disclosure": ("SELECT 99, digest, text FROM disclosure LIMIT 1", "disclosure"),
    "erased": ("SELECT -1, digest, by_idx FROM erased", "erased"),
}


@pytest.mark.parametrize("table", EXTRA)
def test_a_row_slipped_into_any_table_is_found(suspect: Suspect, table: str) -> None:
    rows, name = EXTRA[table]
    suspect.sql(f"INSERT INTO {table} {rows}")

    assert ("index wrong", -1, f"table {name}") in found(suspect.verify())


@pytest.mark.parametrize(("level", "number"), [(0, 2), (0, 9), (1, 0), (7, 0), (9, 0), (-1, 0), (0, -1)])
def test_a_tile_that_no_entries_fill_is_found(tiled: Suspect, level: int, number: int) -> None:
    tiled.sql("INSERT INTO tile VALUES (?, ?, zeroblob(8192))", level, number)

    assert found(tiled.verify()) == [("index wrong", -1, f"tile {number} on level {level}")]


def test_two_tiles_that_exchanged_their_numbers_are_both_wrong(tiled: Suspect) -> None:
    tiled.sql("UPDATE tile SET n = n - 2")
    tiled.sql("UPDATE tile SET n = -n - 1")

    assert found(tiled.verify()) == [("index wrong", -1, f"tile {n} on level 0") for n in (0, 1)]


SWAPPED = {
    "statement_id": ("idx", {8, 9}, "statement_id"),
    "statement_index": ("idx", {8, 9}, "statement_index"),
    "entry_index": ("idx", {8, 9}, "entry_index"),
    "reference_index": ("idx", {12, 14}, "reference_index"),
    "artefact_index": ("idx", {10, 11}, "artefact_index"),
}


@pytest.mark.parametrize("table", SWAPPED)
def test_rows_that_exchanged_their_entries_are_both_wrong(suspect: Suspect, table: str) -> None:
    column, (one, other), name = SWAPPED[table]
    suspect.sql(f"UPDATE {table} SET {column} = -1 WHERE {column} = ?", one)
    suspect.sql(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", one, other)
    suspect.sql(f"UPDATE {table} SET {column} = ? WHERE {column} = -1", other)

    assert set(found(suspect.verify())) == {("index wrong", place, name) for place in (one, other)}


def test_subjects_that_exchanged_their_counters_are_both_wrong(suspect: Suspect) -> None:
    suspect.sql("UPDATE subject SET subject = subject || '?' WHERE subject IN ('hiring', 'ledger')")
    suspect.sql("UPDATE subject SET subject = 'ledger' WHERE subject = 'hiring?'")
    suspect.sql("UPDATE subject SET subject = 'hiring' WHERE subject = 'ledger?'")

    assert found(suspect.verify()) == [("index wrong", -1, f"subject {name}") for name in ("hiring", "ledger")]


def test_values_that_exchanged_their_entries_are_wrong_in_both(suspect: Suspect) -> None:
    suspect.sql("UPDATE disclosure SET idx = 17 - idx")

    assert set(found(suspect.verify())) == {("altered", place, "erasable value") for place in (8, 9)}


def test_what_is_not_found_is_harmless_and_on_the_list(suspect: Suspect, tmp_path: Path) -> None:
    attacks = {
        "the newest checkpoint row deleted": ["DELETE FROM checkpoint WHERE seq = (SELECT max(seq) FROM checkpoint)"],
        "the newest cosignature deleted": ["DELETE FROM cosignature WHERE seq = 2"],
        "the newest time stamp deleted": ["DELETE FROM timestamp WHERE seq = 2"],
        "a byte of a witness's signature changed": [
            "UPDATE cosignature SET note = CAST(substr(note, 1, length(note) - 9) || 'A' || substr(note, -8) AS BLOB)"
        ],
        "a byte of a token changed": ["UPDATE timestamp SET token = CAST('N' || substr(token, 2) AS BLOB)"],
        "the queue changed": ["UPDATE anchor_pending SET size = 99", "DELETE FROM anchor_pending"],
        "two checkpoint rows exchanged": [
            "UPDATE checkpoint SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4)",
            "UPDATE checkpoint SET seq = -seq WHERE seq < 0",
        ],
        "a checkpoint stored twice": ["INSERT INTO checkpoint SELECT 15, size, note FROM checkpoint WHERE seq = 3"],
        "a row of statement_recent moved to statement_index": [
            "INSERT INTO statement_index SELECT * FROM statement_recent",
            "DELETE FROM statement_recent",
        ],
    }
    assert attacks.keys() == NOT_FOUND.keys()

    for number, statements in enumerate(attacks.values()):
        victim = Suspect.copy(suspect.folder, tmp_path / str(number))
        for text in statements:
            victim.sql(text)
        report = victim.verify()
        assert (report.exit_code, found(report)) == (0, []), statements
        # Nothing that was acknowledged is less true for it: the same entries under the same root.
        assert (report.size, report.root) == (suspect.verify().size, suspect.verify().root)


# A flood must not hide anything


def test_counts_stay_right_when_there_are_more_findings_than_are_kept(
    tiled: Suspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ledger.verifying.findings", "ledger.store.judging"):
        monkeypatch.setattr(f"{module}.MAX_FINDINGS", 10)
    tiled.sql("DELETE FROM statement_id")
    tiled.set_leaf(300, b"{}")
    tiled.sql("DELETE FROM entry WHERE idx = 610")

    report = tiled.verify()

    assert dict(report.counts)[Verdict.INDEX_WRONG] == report.size - 2  # of two, nothing is known
    assert len(report.findings) == 10
    assert {(f.verdict, f.place.index) for f in report.findings} >= {(Verdict.ALTERED, 300), (Verdict.MISSING, 610)}


def test_every_leaf_changed_is_counted_and_memory_is_not_filled(tiled: Suspect) -> None:
    with tiled.tampering() as connection:
        connection.execute("UPDATE entry SET leaf = x'00' || leaf")

    report = tiled.verify()

    assert dict(report.counts)[Verdict.ALTERED] == report.size
    assert len(report.findings) <= 1_000
