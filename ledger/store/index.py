"""The derived tables: filled behind the appends in large sorted batches, from leaf bytes, in one place.

`row_of` says what the columns of an entry are; filling, rebuilding and verifying all call it, so a column
that differs from it is `index wrong`. Nothing here is evidence: dropping every row and running `catch_up`
gives the same rows again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from ledger.batches import batches
from ledger.envelope import Envelope
from ledger.errors import Damaged
from ledger.leaf import Leaf
from ledger.statement import Statement, read_attributes
from ledger.store import tables as t
from ledger.store.prepared import Row
from ledger.store.prepared import Statement as Prepared
from ledger.store.read import column_bytes, parse_entry

BEHIND = 8_192
"""An append that finds at least this many entries not yet indexed indexes them."""
_READ = 1_024


class IndexRow(NamedTuple):
    """What the derived tables hold about one entry; times in microseconds since 1970; a tuple, see `Statement`."""

    idx: int
    statement: bytes
    kind: str
    subject: str
    version: str | None
    time: int
    recorded: int
    keyids: str
    references: frozenset[tuple[bytes, str]]
    artefacts: frozenset[bytes]

    def columns(self) -> tuple[object, ...]:
        """The row of `entry_index`, in the order of `INDEX_COLUMNS`."""
        return self[:8]


INDEX_COLUMNS = ("idx", "statement", "kind", "subject", "version", "time", "recorded", "keyids")
"""The columns of `entry_index`."""
_ADD_ENTRIES, _ADD_STATEMENTS, _ADD_REFERENCES, _ADD_ARTEFACTS = (
    Prepared(sa.insert(table)) for table in (t.entry_index, t.statement_index, t.reference_index, t.artefact_index)
)

_WIDTHS = (1, 16, 256)
_STATEMENTS = {
    table.name: {
        width: Prepared(
            sa.select(table.c.digest, table.c.idx).where(
                table.c.digest.in_([sa.bindparam(f"v{i}") for i in range(width)])
            )
        )
        for width in _WIDTHS
    }
    for table in (t.statement_recent, t.statement_index)
}
_IDS = {
    width: Prepared(
        sa.select(t.statement_id.c.id, t.statement_id.c.source, t.statement_id.c.idx).where(
            t.statement_id.c.id.in_([sa.bindparam(f"v{i}") for i in range(width)])
        )
    )
    for width in _WIDTHS
}


def row_of(leaf: Leaf, statement: Statement) -> IndexRow:
    """The derived columns of an entry."""
    return IndexRow(
        idx=leaf.links.index,
        statement=statement.digest,
        kind=statement.kind,
        subject=statement.subject,
        version=statement.data.get("system_version"),
        time=statement.time,
        recorded=leaf.links.time,
        keyids=keyids_text(leaf.envelope),
        references=frozenset((digest, rel) for rel, digest in statement.references),
        artefacts=frozenset(bytes.fromhex(a["digest"]) for a in statement.data.get("artefacts", ())),
    )


def keyids_text(envelope: Envelope) -> str:
    """The signing keyids, in the envelope's order, separated by spaces."""
    return " ".join(s.keyid for s in envelope.signatures)


def indexed(connection: sa.Connection) -> int:
    """How many entries the derived tables cover: entries ``[0, indexed)``."""
    value = connection.execute(sa.select(t.progress.c.indexed)).scalar_one_or_none()
    if value is not None and type(value) is not int:
        raise Damaged("progress row: not a number", remedy="'aims verify --rebuild-index' derives the index again")
    return value or 0


def catch_up(connection: sa.Connection, size: int, ready: Mapping[int, IndexRow] | None = None) -> None:
    """Index the entries ``[indexed, size)`` inside the caller's write transaction.

    `ready` may hold rows that the caller derived when it appended them, by index; the others are read.
    """
    start = indexed(connection)
    for rows in batches(_rows(connection, start, size, ready or {}), BEHIND):
        _insert(connection, rows)
    if start < size:
        connection.execute(sa.update(t.progress).values(indexed=size))


def rebuild(connection: sa.Connection, size: int) -> None:
    """Drop every derived row and derive them again, inside the caller's write transaction."""
    for table in (t.statement_recent, t.statement_index, t.entry_index, t.reference_index, t.artefact_index):
        connection.execute(sa.delete(table))
    connection.execute(sa.update(t.progress).values(indexed=0))
    catch_up(connection, size)


def find_statements(connection: sa.Connection, digests: Sequence[bytes]) -> dict[bytes, int]:
    """The index of each statement digest that is in the ledger; digests that are not are left out."""
    found: dict[bytes, int] = {}
    for prepared in _STATEMENTS.values():
        rows = _look_up(connection, prepared, sorted(set(digests) - found.keys()))
        found.update((column_bytes(digest), idx) for digest, idx in rows)
    return found


def known_ids(connection: sa.Connection, ids: Sequence[bytes]) -> dict[tuple[bytes, str], int]:
    """(id, source) -> index of every statement that has one of the 16-byte `ids`."""
    return {(column_bytes(found), source): idx for found, source, idx in _look_up(connection, _IDS, ids)}


def _look_up(connection: sa.Connection, prepared: Mapping[int, Prepared], values: Sequence[bytes]) -> Iterator[Row]:
    for part in batches(values, max(prepared)):
        width = next(w for w in prepared if w >= len(part))
        # Prepared for a few widths only; the places left over ask for the first value again.
        yield from prepared[width].all(connection, **{f"v{i}": part[i % len(part)] for i in range(width)})


def _rows(connection: sa.Connection, start: int, size: int, ready: Mapping[int, IndexRow]) -> Iterator[IndexRow]:
    for first in range(start, size, _READ):
        after = min(first + _READ, size)
        if all(idx in ready for idx in range(first, after)):
            yield from (ready[idx] for idx in range(first, after))
            continue
        query = (
            sa.select(t.entry.c.idx, t.entry.c.leaf)
            .where(t.entry.c.idx >= first, t.entry.c.idx < after)
            .order_by(t.entry.c.idx)
        )
        for idx, raw in connection.execute(query).all():
            yield row_of(*parse_entry(idx, column_bytes(raw), read_attributes))


def _insert(connection: sa.Connection, rows: Sequence[IndexRow]) -> None:
    _ADD_ENTRIES.run_many(connection, [row.columns() for row in rows])
    _ADD_STATEMENTS.run_many(connection, sorted((row.statement, row.idx) for row in rows))
    last = rows[-1].idx
    connection.execute(sa.delete(t.statement_recent).where(t.statement_recent.c.idx <= last))
    references = sorted((target, row.idx, rel) for row in rows for target, rel in row.references)
    if references:
        _ADD_REFERENCES.run_many(connection, references)
    artefacts = sorted((digest, row.idx) for row in rows for digest in row.artefacts)
    if artefacts:
        _ADD_ARTEFACTS.run_many(connection, artefacts)
