"""Every byte of every table of a small ledger changed; every row deleted, doubled, exchanged, cut short.

Each change is found with the right verdict at the right place. What is not found is in `UNNOTICED`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

from ledger.errors import StoreError
from ledger.note import parse_note
from ledger.store.backend import Backend
from ledger.store.hashscan import scan_hashes
from ledger.store.scanning import Level
from tests.attacks.small import (
    ERASED,
    ERASURE,
    Tables,
    bytes_of,
    every,
    kept_open,
    tables_of,
    with_a_bit_changed,
)
from tests.ledger.attacker import Found, Suspect, found
from tests.ledger.harness import Harness, oversight

UNNOTICED: Final = {
    "newest checkpoint deleted": "as if it had never been signed: the unsigned tail, which is shown, is longer",
    "newest cosignature or time stamp deleted": "as if nobody had answered: fewer entries are witnessed, as is shown",
    "a witness's signature changed": "only who knows the witness's key can tell, and does: see `test_every_answer`",
    "a token changed": "only who knows the authority's certificate can tell; the digest in it is compared",
    "a remark changed": "when an answer was received and who was asked: the note and the token say it themselves",
    "the queue changed": "what is still to be asked for follows from checkpoints and answers",
    "notes exchanged": "their order says when they were stored, and nothing else depends on it",
    "note doubled": "the same signed words once more",
    "digest moved": "from `statement_recent` to `statement_index` or back: both are asked, together they are the index",
}
"""Changes that leave the verdict sound, and why that is right: no entry, value or signature is other than it was."""

FIRST_SIGHT: Final = "self-consistent, first sight"
Row = dict[str, Any]
Must = set[Found]


class Checked:
    """The victim's ledger: tables to change, and what a full verification then finds."""

    def __init__(self, victim: Suspect, tables: Tables) -> None:
        self.victim, self.tables = victim, tables

    def findings(self, rows: dict[str, list[Row]]) -> set[Found] | None:
        """What is found with these rows in place of the table's own; None if a table refuses them."""
        ((table, changed),) = rows.items()
        # Nothing above the level of hashes reads the notes.
        level: Level = "hashes" if table in NOTES else "full"
        with self.tables.replaced(table, changed) as accepted:
            if not accepted:
                return None
            report = self.victim.verify(level=level)
        told = set(found(report))
        assert told or report.exit_code == (0 if level == "full" else 4)
        assert not told or report.exit_code == 1
        return told


@pytest.fixture
def checked(victim: Suspect, monkeypatch: pytest.MonkeyPatch) -> Iterator[Checked]:
    """The victim, with its database kept open between verifications."""
    with kept_open(victim.path) as backend, tables_of(victim) as tables:
        monkeypatch.setattr("ledger.verifying.verification.open_sqlite", lambda *_, **__: backend)
        yield Checked(victim, tables)


TABLES = (
    "head", "entry", "statement_id", "subject", "checkpoint", "cosignature", "timestamp", "disclosure", "erased",
    "progress", "statement_recent", "statement_index", "entry_index", "reference_index", "artefact_index",
)  # fmt: skip
NOTES = ("checkpoint", "cosignature", "timestamp")
NOT_IN_IT = {
    "tile": "filled by 256 entries: a test of its own below",
    "alembic_version": "a test of its own below",
    "anchor_pending": UNNOTICED["the queue changed"],
}


def test_every_table_is_among_those_attacked(checked: Checked) -> None:
    filled = {name for name, rows in checked.tables.rows.items() if rows}

    assert set(checked.tables.rows) == {*TABLES, *NOT_IN_IT}
    assert filled == {*TABLES, "alembic_version", "anchor_pending"}, (
        "an empty table would pass the tests below for nothing"
    )


# What must be found, by table: nothing else is, but that rows of the table are too many or stand elsewhere


def of_entry(table: str, row: Row, column: str, value: object) -> Must:
    """Of a table about entries: the entry's row is wrong."""
    return {("index wrong", row["idx"], "statement_index" if table == "statement_recent" else table)}


def of_leaf(table: str, row: Row, column: str, value: object) -> Must:
    return {("missing" if column == "idx" else "altered", row["idx"], "")}


def of_head(table: str, row: Row, column: str, value: object) -> Must:
    return {("index wrong", -1, "head")}


def of_progress(table: str, row: Row, column: str, value: object) -> Must:
    return {("index wrong", -1, "progress")}


def of_subject(table: str, row: Row, column: str, value: object) -> Must:
    names = {row["subject"], value} if column == "subject" else {row["subject"]}
    return {("index wrong", -1, f"subject {name}") for name in names}


def of_note(table: str, row: Row, column: str, value: object) -> Must:
    if column == "seq":
        return {("missing", -1, f"table {table}")}
    if column in ("size", "witness"):
        return {("index wrong", -1, f"{table} {row['seq']} of size {value if column == 'size' else row['size']}")}
    return set()


def of_disclosure(table: str, row: Row, column: str, value: object) -> Must:
    return {({"idx": "missing", "digest": "index wrong", "text": "altered"}[column], row["idx"], "erasable value")}


def of_erased(table: str, row: Row, column: str, value: object) -> Must:
    noted = {("index wrong", ERASURE, "erased")} if column != "by_idx" else set()
    return noted | ({("index wrong", ERASED, "erased")} if column != "idx" else set())


MUST: Final[dict[str, Callable[[str, Row, str, object], Must]]] = {
    "entry": of_leaf, "head": of_head, "progress": of_progress, "subject": of_subject, **dict.fromkeys(NOTES, of_note),
    "disclosure": of_disclosure, "erased": of_erased,
}  # fmt: skip


def besides(table: str, row: Row) -> Callable[[Found], bool]:
    """What else may be said of a change in that row: only what is in the same table, or the same value."""
    names = {table, f"table {table}", "table statement_index and statement_recent"}
    if table == "statement_recent":
        names.add("statement_index")
    note = f"{table} {row.get('seq')} of size {row.get('size')}"

    def allowed(finding: Found) -> bool:
        verdict, _, what = finding
        if table in NOTES:
            # In the name of a witness a changed byte may also make it another witness than the row's.
            named = {"index wrong"} if table == "cosignature" else set()
            return what == note and verdict in {"altered", "signature invalid", "not permitted", *named}
        if table in ("disclosure", "erased"):
            return what in (*names, "erasable value") and verdict in {"index wrong", "altered", "missing"}
        return verdict == "index wrong" and what in names

    return allowed


def see(table: str, row: Row, column: str, value: object, told: set[Found]) -> None:
    """See that what must be told is told, of this change and nothing else."""
    must = MUST.get(table, of_entry)(table, row, column, value)
    allowed, change = besides(table, row), (table, row, column, value, told)
    assert told, change
    assert must <= told, change
    assert all(finding in must or allowed(finding) for finding in told), change


def silent(table: str, row: Row, column: str, at: int) -> str:
    """Why nobody without keys from outside sees a change of that byte; empty for all others."""
    if (table, column) in (("cosignature", "received"), ("timestamp", "received"), ("timestamp", "authority")):
        return UNNOTICED["a remark changed"]
    if (table, column) == ("cosignature", "note"):
        encoded = row["note"].rindex(b" ") + 1
        # The first four bytes of what is encoded there are the key ID: six characters, the last one in part.
        return UNNOTICED["a witness's signature changed"] if encoded + 6 <= at < len(row["note"]) - 1 else ""
    if (table, column) == ("timestamp", "token"):
        digest = sha256(parse_note(row["note"]).text.encode()).digest()
        start = row["token"].index(digest)
        return "" if start <= at < start + len(digest) else UNNOTICED["a token changed"]
    return ""


# Bytes


@pytest.mark.parametrize("table", [name for name in TABLES if name != "entry"])
def test_every_byte_of_every_row(checked: Checked, table: str) -> None:
    tried = 0
    for number, row in enumerate(checked.tables.rows[table]):
        for column in row:
            for at in every(range(bytes_of(row[column])), 9):
                value = with_a_bit_changed(row[column], at)
                told = checked.findings({table: checked.tables.changed(table, number, **{column: value})})
                if told is None:
                    assert column in checked.tables.key(table), "another row has that key, or it can only be 1"
                    continue
                if silent(table, row, column, at):
                    # Base64 that is not canonical, or no base64, is malformed whoever signed.
                    assert told <= {("altered", -1, f"{table} {row['seq']} of size {row['size']}")}
                    continue
                see(table, row, column, value, told)
                tried += 1
    assert tried


def links(backend: Backend, leaves: list[bytes]) -> tuple[object, ...]:
    """What the hashes of these leaves show: broken links, the first one's `prev`, the last one's hash."""
    with backend.reading("scanning") as connection:
        scan = scan_hashes(connection, 0, len(leaves), (), list(enumerate(leaves)))
    return tuple(scan.links), scan.first_prev, scan.last_hash


@pytest.mark.parametrize("index", range(12))
def test_every_byte_of_every_leaf(checked: Checked, index: int) -> None:
    """The hashes alone tell of each byte; what is then said is seen at some bytes of each kind of break."""
    leaves = [row["leaf"] for row in checked.tables.rows["entry"]]
    leaf = leaves[index]
    with kept_open(checked.victim.path) as backend:
        sound = links(backend, leaves)
        broken: dict[tuple[object, ...], list[int]] = {}
        for at in every(range(len(leaf)), 7):
            for changed in (with_a_bit_changed(leaf, at), leaf[:at]):
                told = links(backend, [*leaves[:index], changed, *leaves[index + 1 :]])
                assert told != sound, at
            broken.setdefault((told[0], told[1] == sound[1]), []).append(at)

    for places in broken.values():
        for at in {places[0], places[-1], *every(places[::61], 5)}:
            for changed in (with_a_bit_changed(leaf, at), leaf[:at]):
                told = checked.findings({"entry": checked.tables.changed("entry", index, leaf=changed)})
                assert told is not None
                # If its values say it already, it is not said once more of the entry itself.
                own = {("altered", index, ""), ("reordered", index, ""), ("altered", index, "erasable value")}
                assert told & own, (at, told)
                # Nothing but this entry is accused. Without one about keys, others can't be judged; and what is
                # remembered is found by the origin that entry 0 names.
                accused = {place for verdict, place, _ in told if verdict not in ("not checked here", FIRST_SIGHT)}
                assert accused == {index}, (at, told)


def test_every_byte_of_a_tile(tmp_path: Path) -> None:
    h = Harness.create(tmp_path, roles=("overseer",))
    h.append(*(h.line("oversight_action", oversight(n), by="overseer") for n in range(256)))
    h.close()
    victim = Suspect(tmp_path)
    leaves = list(enumerate(victim.leaves()))
    with kept_open(victim.path) as backend, tables_of(victim) as tables:
        (row,) = tables.rows["tile"]
        for at in every(range(len(row["hashes"])), 23):
            changed = with_a_bit_changed(row["hashes"], at)
            with tables.replaced("tile", [{**row, "hashes": changed}]), backend.reading("scanning") as connection:
                scan = scan_hashes(connection, 0, len(leaves), (), leaves)
            assert scan.wrong_tiles == {0: 1}
            assert scan.wrong_tile_entries == [at // 32]
        for wrong in (changed, row["hashes"][:-1], row["hashes"][:-32], b"", row["hashes"] * 2):
            with tables.replaced("tile", [{**row, "hashes": wrong}]):
                assert found(victim.verify()) == [("index wrong", -1, "tile 0 on level 0")]


@pytest.mark.parametrize("at", range(4))
def test_every_byte_of_the_revision(checked: Checked, at: int) -> None:
    (row,) = checked.tables.rows["alembic_version"]
    changed = with_a_bit_changed(row["version_num"], at)

    with (
        checked.tables.replaced("alembic_version", [{"version_num": changed}]),
        pytest.raises(StoreError, match="database revision"),
    ):
        checked.victim.verify()


# Rows


def rows_of(checked: Checked) -> Iterator[tuple[str, int, Row]]:
    for table in TABLES:
        for number, row in enumerate(checked.tables.rows[table]):
            yield table, number, row


def test_every_row_deleted(checked: Checked) -> None:
    unnoticed = []
    for table, number, row in rows_of(checked):
        rows = checked.tables.rows[table]
        told = checked.findings({table: rows[:number] + rows[number + 1 :]})
        if not told:
            unnoticed.append((table, number))
        elif table == "entry":
            assert ("truncated" if number == len(rows) - 1 else "missing", number, "") in told
        elif table == "disclosure":
            assert told == {("missing", row["idx"], "erasable value")}
        elif table == "head" or table in NOTES:
            assert told == {("missing", -1, "head" if table == "head" else f"table {table}")}
        elif table == "erased":
            assert told == {("index wrong", ERASURE, "erased")}
        else:
            see(table, row, "", None, told)

    newest = [(table, len(checked.tables.rows[table]) - 1) for table in NOTES]
    assert unnoticed == newest, (
        UNNOTICED["newest checkpoint deleted"],
        UNNOTICED["newest cosignature or time stamp deleted"],
    )


def test_every_row_doubled_under_another_key(checked: Checked) -> None:
    unnoticed = []
    for table, _, row in rows_of(checked):
        rows = checked.tables.rows[table]
        for column in checked.tables.key(table):
            free = max(r[column] for r in rows) + 1 if isinstance(row[column], int) else row[column][:-1]
            told = checked.findings({table: [*rows, {**row, column: free}]})
            if told is None:
                assert table in ("head", "progress"), "tables of one row"
            elif not told:
                unnoticed.append(table)
            else:
                about = {
                    "entry": "",
                    "disclosure": "erasable value",
                    "erased": "era",
                    "subject": f"subject {free}",
                }.get(table, table)
                assert any(about in what for _, _, what in told), (table, row, told)

    assert unnoticed == [table for table in NOTES for _ in checked.tables.rows[table]], UNNOTICED["note doubled"]


def test_every_two_rows_exchanged(checked: Checked) -> None:
    unnoticed = set()
    for table, number, row in rows_of(checked):
        rows, key = checked.tables.rows[table], checked.tables.key(table)
        # Where nothing but the key is in a row, its last column is what is exchanged.
        values = [column for column in row if column not in key] or key[-1:]
        for other in every(range(number + 1, len(rows)), 3):
            swapped = [dict(r) for r in rows]
            for column in values:
                swapped[number][column], swapped[other][column] = rows[other][column], row[column]
            if swapped == rows or sorted(map(str, swapped)) == sorted(map(str, rows)):
                continue
            told = checked.findings({table: swapped})
            assert told is not None
            if not told:
                unnoticed.add(table)
            elif table == "entry":
                assert told >= {("reordered", number, ""), ("reordered", other, "")}
            else:
                assert {verdict for verdict, _, _ in told} <= {"index wrong", "altered", "missing"}, told

    assert unnoticed == {*NOTES}, UNNOTICED["notes exchanged"]


def test_every_value_cut_short(checked: Checked) -> None:
    for table, number, row in rows_of(checked):
        for column, value in row.items():
            if table == "entry" or not isinstance(value, (bytes, str)):
                continue  # every length of a leaf has its turn above
            for length in {0, len(value) - 1}:
                told = checked.findings({table: checked.tables.changed(table, number, **{column: value[:length]})})
                assert told is not None
                if silent(table, row, column, len(value) - 1) and length:
                    continue
                if not (table == "timestamp" and column == "authority"):
                    see(table, row, column, value[:length], told)


def test_a_digest_that_moved_between_its_two_tables_is_where_it_is_looked_for(checked: Checked) -> None:
    tables = checked.tables
    for name, other in (("statement_recent", "statement_index"), ("statement_index", "statement_recent")):
        one = tables.rows[name][0]
        with tables.replaced(name, tables.rows[name][1:]):
            told = checked.findings({other: [*tables.rows[other], one]})
        progress = {("index wrong", -1, "progress")}
        assert told in (set(), progress), UNNOTICED["digest moved"]


def test_the_exceptions_are_those_of_the_specification() -> None:
    text = " ".join((Path(__file__).parents[2] / "docs" / "FORMAT.md").read_text(encoding="utf-8").split())

    for reason in ("newest rows of `checkpoint`", "order of rows", "more than once", "moved between"):
        assert reason in text, reason
