"""What an incremental verification reads of whole tables: nothing that grows with the ledger.

The same questions as in `ledger.store.tablescan`, asked only of what was added since: rows counted, numbers without
gaps, tiles that nothing fills. What needs a walk over a whole table is left to a full verification.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from ledger.batches import batches
from ledger.store import tables as t
from ledger.store.anchors import has_table
from ledger.store.read import column_bytes
from ledger.store.tablescan import SLACK, Facts, Wrong, end_now, read_head
from ledger.tiles import TILE_WIDTH
from ledger.verdicts import Verdict

NOTES = (t.checkpoint, t.cosignature, t.timestamp)


def read_growth(connection: sa.Connection, size: int, newest: tuple[int, int, int]) -> Facts:
    """The facts of a ledger that had `size` entries and the `newest` notes when it was verified before."""
    wrong: list[Wrong] = []
    head, c = read_head(connection), t.entry.c.idx
    low, high = _one(connection, sa.func.min(c)), _one(connection, sa.func.max(c))
    end = 0 if high is None else high + 1
    bound = max(size, head.size if head else 0) + SLACK
    if end > bound:
        nearest = connection.execute(sa.select(sa.func.max(c)).where(c < bound)).scalar_one()
        end = 0 if nearest is None else int(nearest) + 1
    if high is not None and (high >= end or (low or 0) < 0):
        wrong.append((Verdict.INDEX_WRONG, "table entry", f"rows outside the places 0 to {end - 1}"))
    indexed = _indexed(connection, end, wrong)
    last_seq, *last_anchors = (
        _last_seq(connection, table, before, wrong) for table, before in zip(NOTES, newest, strict=True)
    )
    cosignature, timestamp = last_anchors
    return Facts(head, max(end, 0), last_seq, indexed, tuple(wrong), (cosignature, timestamp), since=size)


def _one(connection: sa.Connection, column: sa.ColumnElement[int]) -> int | None:
    # One aggregate a query: SQLite finds a minimum or a maximum by the key, but walks the table for both.
    found = connection.execute(sa.select(column)).scalar_one()
    return found if type(found) is int else None


def _indexed(connection: sa.Connection, end: int, wrong: list[Wrong]) -> int:
    stored: object = connection.execute(sa.select(sa.type_coerce(t.progress.c.indexed, sa.types.NullType()))).scalar()
    last = connection.execute(sa.select(sa.func.max(t.entry_index.c.idx)).where(t.entry_index.c.idx < end)).scalar()
    by_rows = 0 if last is None else int(last) + 1
    if stored == by_rows and type(stored) is int:
        return stored
    wrong.append((Verdict.INDEX_WRONG, "progress", f"it says {stored} entries are indexed, the index covers {by_rows}"))
    return min(end, by_rows)


def _last_seq(connection: sa.Connection, table: sa.Table, before: int, wrong: list[Wrong]) -> int:
    if not has_table(connection, table):
        return -1
    c = table.c.seq
    low, high = _one(connection, sa.func.min(c)), _one(connection, sa.func.max(c))
    if high is None:
        if before >= 0:
            wrong.append((Verdict.MISSING, f"table {table.name}", f"no rows, there were {before + 1}"))
        return -1
    new = connection.execute(sa.select(sa.func.count()).select_from(table).where(c > before)).scalar_one()
    if low != 0 or new != high - before:
        found = f"the numbers {low} to {high}, {new} of them after {before}"
        wrong.append((Verdict.MISSING, f"table {table.name}", found))
    return high


def too_many_since(connection: sa.Connection, facts: Facts) -> Iterator[tuple[str, str]]:
    """(what, detail) of the tables by entry that have rows for entries that do not exist, or more than one each."""
    now = end_now(connection, facts)
    stored = connection.execute(sa.select(t.progress.c.indexed)).scalar()
    indexed_now = max(facts.indexed, min(stored, now) if type(stored) is int else 0)
    for table, bound in ((t.entry_index, indexed_now), (t.disclosure, now), (t.erased, now)):
        c = table.c.idx
        # Text compares greater than every number, so it counts as beyond.
        beyond = sa.select(sa.func.count()).select_from(table).where(c >= bound)
        before = sa.select(sa.func.count()).select_from(table).where(c < 0)
        strays = connection.execute(beyond).scalar_one() + connection.execute(before).scalar_one()
        if strays:
            yield f"table {table.name}", f"{strays} rows for entries that do not exist"


def stray_tiles_since(connection: sa.Connection, facts: Facts) -> Iterator[tuple[str, str]]:
    """(what, detail) of stored tiles that no entries fill."""
    now, c = end_now(connection, facts), t.tile.c
    strays = [sa.or_(c.level < 0, c.level > 7)]
    strays += [sa.and_(c.level == level, c.n >= now // TILE_WIDTH ** (level + 1)) for level in range(8)]
    strays += [sa.and_(c.level == level, c.n < 0) for level in range(8)]
    for where in strays:
        for level, number in connection.execute(sa.select(c.level, c.n).where(where)):
            yield f"tile {number} on level {level}", "no entries fill it"


def wrong_subjects_since(
    connection: sa.Connection, facts: Facts, counted: Mapping[str, tuple[int, bytes]]
) -> Iterator[tuple[str, str]]:
    """(what, detail) of rows of `subject` that differ from what was `counted`; only those, if nobody appends now."""
    if end_now(connection, facts) != facts.end:
        return  # entries came while this ran, and the rows speak of them; the next run sees both
    c, found = t.subject.c, dict[str, tuple[object, bytes]]()
    hashes = sa.type_coerce(c.last_hash, sa.types.NullType())
    for names in batches(sorted(counted), 500):
        rows = connection.execute(sa.select(c.subject, c.count, hashes).where(c.subject.in_(names)))
        found.update((name, (count, column_bytes(last))) for name, count, last in rows)
    for name, expected in sorted(counted.items()):
        if name not in found:
            yield f"subject {name}", "it has no counter"
        elif found[name] != expected:
            yield f"subject {name}", "its counter differs from the entries"
