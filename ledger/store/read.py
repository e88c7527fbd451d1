"""Reading evidence back: leaves, tiles, and the key state they add up to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import cast

import sqlalchemy as sa

from ledger.admission import advance
from ledger.authority import Authority
from ledger.batches import batches
from ledger.errors import Damaged, FormatError, StoreError
from ledger.leaf import Leaf, parse_leaf
from ledger.merkle import HASH_SIZE, leaf_hash
from ledger.policy import STATE_KINDS
from ledger.statement import Statement, parse_statement
from ledger.store import tables as t
from ledger.store.prepared import Row
from ledger.store.prepared import Statement as Prepared
from ledger.tiles import TILE_WIDTH, partial_tile

_PAGE = 1_024
_LEAVES = Prepared(
    sa.select(t.entry.c.idx, t.entry.c.leaf)
    .where(t.entry.c.idx >= sa.bindparam("start"), t.entry.c.idx < sa.bindparam("end"))
    .order_by(t.entry.c.idx)
)


def read_leaf(connection: sa.Connection, idx: int) -> bytes:
    """The leaf bytes of entry `idx`.

    Raises:
        StoreError: if there is none.
    """
    raw = connection.execute(sa.select(t.entry.c.leaf).where(t.entry.c.idx == idx)).scalar_one_or_none()
    if raw is None:
        raise Damaged(f"entry {idx}: not in the database", remedy="'aims verify' says what is missing")
    return column_bytes(raw)


def read_leaves(connection: sa.Connection, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """(index, leaf bytes) of the rows with ``start <= index < end`` in order, as they are; gaps show as gaps.

    Raises:
        Damaged: if the database gives rows that were not asked for, as one does whose pages were changed.
    """
    for first in range(start, end, _PAGE):
        after = min(end, first + _PAGE)
        # Not by a name: one page is let go before the next is read.
        yield from _in_order(_LEAVES.all(connection, start=first, end=after), first, after)


def _in_order(rows: Sequence[Row], first: int, after: int) -> Iterable[tuple[int, bytes]]:
    if [(idx, type(raw)) for idx, raw in rows] == [(idx, bytes) for idx in range(first, after)]:
        return cast("Sequence[tuple[int, bytes]]", rows)  # what nearly always is, without looking at each once more
    found, expected = [], first
    for idx, raw in rows:
        if not expected <= idx < after:
            raise Damaged(f"entry {idx}: not where its index says", remedy="restore a copy and verify that")
        found.append((idx, raw if type(raw) is bytes else column_bytes(raw)))
        expected = idx + 1
    return found


def parse_entry(idx: int, raw: bytes, parse: Callable[[bytes], Statement] = parse_statement) -> tuple[Leaf, Statement]:
    """The leaf and statement of entry `idx` from its bytes, for readers that can do nothing with a damaged one.

    `parse` may be `read_attributes`, which is faster, where the door's strict parser has seen the bytes before.

    Raises:
        Damaged: if they are not what the door lets in.
    """
    try:
        leaf = parse_leaf(raw)
        return leaf, parse(leaf.envelope.payload)
    except FormatError as error:
        raise Damaged(
            f"entry {idx}: its bytes are damaged ({error})", remedy="'aims verify' says what is wrong"
        ) from error


def column_bytes(value: object) -> bytes:
    """The bytes in a column; none at all if the database holds text or a number there, which no writer of ours does.

    SQLite keeps whatever type it is given, or a damaged page shows; `bytes` of a number would be that many zeros.
    """
    return bytes(value) if isinstance(value, (bytes, memoryview)) else b""


def read_tile(connection: sa.Connection, level: int, number: int, width: int) -> bytes:
    """The first `width` hashes of a tile: stored when full, made from what lies below when partial.

    Raises:
        StoreError: if a full tile or an entry is missing.
    """
    if width == TILE_WIDTH:
        c = t.tile.c
        hashes = connection.execute(sa.select(c.hashes).where(c.level == level, c.n == number)).scalar_one_or_none()
        if hashes is None:
            raise StoreError(f"tile {number} on level {level}: not in the database")
        return column_bytes(hashes)
    if level == 0:
        first = number * TILE_WIDTH
        hashed = b"".join(leaf_hash(raw) for _, raw in read_leaves(connection, first, first + width))
        if len(hashed) != width * HASH_SIZE:
            raise StoreError(f"tile {number} on level 0: entries are missing in {first}..{first + width - 1}")
        return hashed
    return partial_tile(level, number, width, lambda *tile: read_tile(connection, *tile))


def load_authority(
    connection: sa.Connection,
    size: int,
    indexed: int,
    find_recent: Callable[[sa.Connection, int, int, Collection[str]], Sequence[int]] | None = None,
) -> Authority:
    """The key state after the first `size` entries, of which the index covers `indexed`.

    `find_recent` says which of the others are of some kinds (`ledger.store.recent`), if somebody has looked before.

    Raises:
        StoreError: if there is no genesis entry.
    """
    c = t.entry_index.c
    query = sa.select(c.idx).where(c.kind.in_(sorted(STATE_KINDS)), c.idx < min(size, indexed)).order_by(c.idx)
    authority: Authority | None = None
    stated = list(connection.execute(query).scalars().all())
    if find_recent is not None:
        stated += find_recent(connection, indexed, size, STATE_KINDS)
    for places in batches(stated, 500):
        for idx, raw in connection.execute(
            sa.select(t.entry.c.idx, t.entry.c.leaf).where(t.entry.c.idx.in_(places)).order_by(t.entry.c.idx)
        ).all():
            leaf, statement = parse_entry(idx, column_bytes(raw))
            authority = advance(authority, idx, statement, [s.keyid for s in leaf.envelope.signatures])
    for idx, raw in read_leaves(connection, indexed, size) if find_recent is None else ():
        leaf, statement = parse_entry(idx, raw)
        if statement.kind in STATE_KINDS:
            authority = advance(authority, idx, statement, [s.keyid for s in leaf.envelope.signatures])
    if authority is None:
        raise StoreError("the ledger has no genesis entry", remedy="'aims verify' says what is missing")
    return authority
