"""What verification reads of whole tables: first what the database says of itself, last what is too many in it.

Nothing here trusts a value's type: SQLite keeps whatever it is given, and a damaged page shows anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import sqlalchemy as sa

from ledger.errors import FormatError
from ledger.leaf import parse_leaf
from ledger.merkle import leaf_hash
from ledger.statement import read_attributes
from ledger.store import tables as t
from ledger.store.anchors import has_table
from ledger.store.read import column_bytes, read_leaves
from ledger.tiles import TILE_WIDTH
from ledger.verdicts import Verdict

SLACK: Final = 4_096
"""How far beyond what is counted a row may stand and still be taken for an entry."""


@dataclass(frozen=True, slots=True)
class HeadRow:
    """The head row as it is; a value of the wrong type is read as empty or -1."""

    origin: str
    size: int
    last_hash: bytes
    last_time: int
    edge: bytes


Wrong = tuple[Verdict, str, str]


@dataclass(frozen=True, slots=True)
class Facts:
    """What the database says of itself when a verification begins, which fixes its extent.

    `end` is the index after the last entry; `last_seq` that of the newest checkpoint row; the derived tables cover
    ``[0, indexed)``. `wrong` lists (verdict, what, detail) of what contradicts itself already. `last_anchors` are the
    newest rows of the tables `cosignature` and `timestamp`. Entries before `since` are not judged again
    (`ledger.store.growthscan`).
    """

    head: HeadRow | None
    end: int
    last_seq: int
    indexed: int
    wrong: tuple[Wrong, ...]
    last_anchors: tuple[int, int] = (-1, -1)
    since: int = 0


def read_facts(connection: sa.Connection) -> Facts:
    """The facts of the ledger as it is in this transaction."""
    wrong: list[Wrong] = []
    head = read_head(connection)
    end = _end(connection, wrong)
    indexed = _indexed(connection, end, wrong)
    last_seq = _last_seq(connection, t.checkpoint, wrong)
    last_anchors = _last_seq(connection, t.cosignature, wrong), _last_seq(connection, t.timestamp, wrong)
    return Facts(head, end, last_seq, indexed, tuple(wrong), last_anchors)


def read_head(connection: sa.Connection) -> HeadRow | None:
    """The head row, or None if it is gone."""
    columns = (sa.type_coerce(column, sa.types.NullType()) for column in t.head.c)
    row = connection.execute(sa.select(*columns)).first()
    if row is None:
        return None
    _, origin, size, last_hash, last_time, edge = tuple(row)
    return HeadRow(
        origin if isinstance(origin, str) else "",
        _integer(size),
        column_bytes(last_hash),
        _integer(last_time),
        column_bytes(edge),
    )


def _integer(value: object) -> int:
    return value if type(value) is int else -1


def _end(connection: sa.Connection, wrong: list[Wrong]) -> int:
    """The index after the last entry.

    One row slipped in at 2^62 must not make everything before it a hole to be walked: a row is taken for an entry
    only if it stands no further out than twice the rows there are.
    """
    c = t.entry.c.idx
    # Two statements: SQLite looks up one end of an index, and reads the whole table when asked for both at once.
    low, high = (connection.execute(sa.select(end(c))).scalar_one() for end in (sa.func.min, sa.func.max))
    if low is None:
        return 0
    end = int(high) + 1
    if end > 2 * _count(connection, t.statement_id) + SLACK:
        bound = 2 * _count(connection, t.entry) + SLACK
        nearest = connection.execute(sa.select(sa.func.max(c)).where(c < bound)).scalar_one()
        end = 0 if nearest is None else int(nearest) + 1
    if low < 0 or high >= end:
        strays = connection.execute(
            sa.select(sa.func.count()).select_from(t.entry).where(sa.or_(c < 0, c >= end))
        ).scalar_one()
        wrong.append((Verdict.INDEX_WRONG, "table entry", f"{strays} rows outside the places 0 to {end - 1}"))
    return max(end, 0)


def end_now(connection: sa.Connection, facts: Facts) -> int:
    """The index after the last entry that was appended since, as far as head row and entries agree about it."""
    head, last = read_head(connection), connection.execute(sa.select(sa.func.max(t.entry.c.idx))).scalar_one()
    if head is None or last is None or facts.head is None or facts.head.size != facts.end:
        return facts.end
    return max(facts.end, min(head.size, int(last) + 1))


def _indexed(connection: sa.Connection, end: int, wrong: list[Wrong]) -> int:
    stored: object = connection.execute(sa.select(sa.type_coerce(t.progress.c.indexed, sa.types.NullType()))).scalar()
    last = connection.execute(sa.select(sa.func.max(t.entry_index.c.idx)).where(t.entry_index.c.idx < end)).scalar()
    by_rows = {0 if last is None else int(last) + 1, _count(connection, t.statement_index)}
    if type(stored) is int and stored in by_rows and 0 <= stored <= end:
        return stored
    found = f"it says {stored} entries are indexed, the indexes cover {max(by_rows)}"
    wrong.append((Verdict.INDEX_WRONG, "progress", found))
    return min(end, *by_rows)


def _last_seq(connection: sa.Connection, table: sa.Table, wrong: list[Wrong]) -> int:
    """The number of the newest row of a table whose rows are numbered from 0 without gaps; -1 for an empty one."""
    if not has_table(connection, table):
        return -1
    c = table.c.seq
    low, high, rows = connection.execute(sa.select(sa.func.min(c), sa.func.max(c), sa.func.count())).one()
    if rows and (low != 0 or high != rows - 1):
        wrong.append((Verdict.MISSING, f"table {table.name}", f"{rows} rows with the numbers {low} to {high}"))
    return -1 if high is None else int(high)


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def count_rows(connection: sa.Connection, facts: Facts, expected: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    """(what, detail) of tables with more rows than the entries account for.

    `expected` gives the rows found right for each of the reference and artefact indexes, or leaves them out if
    that is not known. What was appended since the verification began is left aside.
    """
    now = end_now(connection, facts)
    indexed_now = max(facts.indexed, _indexed(connection, now, []))
    names = t.statement_index, t.statement_recent
    yield from _too_many(connection, (t.statement_id,), facts.end, facts.end, now)
    yield from _too_many(connection, names, facts.end, facts.end, now)
    yield from _too_many(connection, (t.entry_index,), facts.indexed, facts.indexed, indexed_now)
    for table in (t.reference_index, t.artefact_index):
        bound = facts.indexed
        yield from _too_many(connection, (table,), bound, expected.get(table.name), indexed_now)
    for table in (t.disclosure, t.erased):
        yield from _too_many(connection, (table,), facts.end, None, now)


def _too_many(
    connection: sa.Connection, tables: tuple[sa.Table, ...], bound: int, expected: int | None, now: int
) -> Iterator[tuple[str, str]]:
    """More than `expected` rows for entries ``[0, bound)``, or rows for entries that are not there even `now`."""
    inside = strays = 0
    for table in tables:
        c = table.c.idx
        # Text compares greater than every number, so it counts as a stray; so does NULL, by the total.
        early = sa.func.count(sa.case((sa.and_(c >= 0, c < bound), 1)))
        later = sa.func.count(sa.case((sa.and_(c >= bound, c < now), 1)))
        rows, within, after = connection.execute(sa.select(sa.func.count(), early, later).select_from(table)).one()
        inside += within
        strays += rows - within - after
    what = "table " + " and ".join(table.name for table in tables)
    if strays:
        yield what, f"{strays} rows for entries that do not exist"
    if expected is not None and inside > expected:
        yield what, f"{inside} rows, expected {expected}"


def stray_tiles(connection: sa.Connection, facts: Facts) -> Iterator[tuple[str, str]]:
    """(what, detail) of stored tiles that no entries fill."""
    now = end_now(connection, facts)
    c = t.tile.c
    for level, number in connection.execute(sa.select(c.level, c.n).order_by(c.level, c.n)):
        known = isinstance(level, int) and isinstance(number, int) and 0 <= level < 8 and number >= 0
        if not known or (number + 1) * TILE_WIDTH ** (level + 1) > now:
            yield f"tile {number} on level {level}", "no entries fill it"


def stored_tile(connection: sa.Connection, level: int, number: int) -> bytes:
    """The bytes of a stored tile; none if there is no such row."""
    c = t.tile.c
    return column_bytes(
        connection.execute(sa.select(c.hashes).where(c.level == level, c.n == number)).scalar_one_or_none()
    )


def wrong_subjects(
    connection: sa.Connection, facts: Facts, counted: Mapping[str, tuple[int, bytes]]
) -> Iterator[tuple[str, str]]:
    """(what, detail) of rows of `subject` that differ from what was `counted` up to the end, and since."""
    expected = dict(counted)
    for _, raw in read_leaves(connection, facts.end, end_now(connection, facts)):
        # Appended while the verification ran; the next one judges these entries themselves.
        subject = _subject(raw)
        expected[subject] = (expected.get(subject, (0, b""))[0] + 1, leaf_hash(raw))
    c = t.subject.c
    hashes = sa.type_coerce(c.last_hash, sa.types.NullType())
    for name, count, last in connection.execute(sa.select(c.subject, c.count, hashes)):
        if expected.pop(name, None) != (count, column_bytes(last)):
            yield f"subject {name}", "its counter differs from the entries"
    for name in sorted(expected):
        yield f"subject {name}", "it has no counter"


def _subject(raw: bytes) -> str:
    try:
        return read_attributes(parse_leaf(raw).envelope.payload).subject
    except FormatError:
        return ""


def find_by_bytes(connection: sa.Connection, digests: frozenset[bytes], end: int) -> dict[bytes, int]:
    """The index of each statement digest among the entries ``[0, end)``, without trusting any index; reads all."""
    found: dict[bytes, int] = {}
    for idx, raw in read_leaves(connection, 0, end):
        try:
            digest = sha256(parse_leaf(raw).envelope.payload).digest()
        except FormatError:
            continue  # reported where it stands
        if digest in digests:
            found.setdefault(digest, idx)
    return found
