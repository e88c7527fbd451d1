"""Proofs from what is stored: full tiles, and the entries of the last tile that is not full.

A tree of s entries has at most 255 entries after its last full tile and, on each level above, at most 255 full tiles
that no tile of the next level holds yet. So a proof reads one full tile for each level it passes (log256 s) and, the
first time with a reader, those up to 255 entries or tiles of the right edge for each level; the reader keeps the
hashes it made of them. Nothing read here is trusted: `ledger.proving` checks every proof before it is handed out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

import sqlalchemy as sa

from ledger.errors import FormatError
from ledger.merkle import HASH_SIZE, NodeReader
from ledger.note import join_notes, parse_note
from ledger.store import tables as t
from ledger.store.anchors import has_table
from ledger.store.read import column_bytes, read_tile
from ledger.tiles import TILE_WIDTH, TileReader

_TILE_HEIGHT: Final = 8
_KEPT: Final = 8_192
_CONSIDERED: Final = 64


class _KeptNodes:
    """A reader that remembers the nodes above the leaves' tiles: few, and most proofs need the same ones."""

    __slots__ = ("_kept", "_tiles")

    def __init__(self, tiles: TileReader) -> None:
        self._tiles = tiles
        self._kept = lru_cache(maxsize=_KEPT)(tiles.node)

    def node(self, level: int, index: int, /) -> bytes:
        return self._kept(level, index) if level >= _TILE_HEIGHT else self._tiles.node(level, index)


def open_reader(connection: sa.Connection, size: int) -> NodeReader:
    """The nodes of the tree of the first `size` entries, for any number of proofs while `connection` is open.

    Raises:
        StoreError: when a node is read of which a tile or an entry is missing.
    """
    return _KeptNodes(TileReader(size, lambda *tile: _read_tile(connection, *tile)))


def _read_tile(connection: sa.Connection, level: int, number: int, width: int) -> bytes:
    """As `read_tile`; what an older tree has of a tile that is full by now is the beginning of the stored one."""
    if width < TILE_WIDTH:
        c = t.tile.c
        query = sa.select(c.hashes).where(c.level == level, c.n == number)
        hashes = column_bytes(connection.execute(query).scalar_one_or_none())
        if hashes:
            return hashes[: width * HASH_SIZE]
    return read_tile(connection, level, number, width)


def checkpoint_of(connection: sa.Connection, size: int) -> bytes | None:
    """The stored checkpoint of exactly `size` entries with all cosignatures stored for it; None if there is none.

    Where two were signed (the key was replaced in between) it is the later one. Not verified here.
    """
    c = t.checkpoint.c
    query = sa.select(c.note).where(c.size == size).order_by(c.seq.desc()).limit(1)
    stored = connection.execute(query).scalar_one_or_none()
    return None if stored is None else _with_cosignatures(connection, size, column_bytes(stored))


def checkpoint_history(connection: sa.Connection) -> list[bytes]:
    """Every stored checkpoint in the order they were signed, with all cosignatures stored for it; none verified."""
    c = t.checkpoint.c
    rows = connection.execute(sa.select(c.size, c.note).order_by(c.seq)).all()
    witnessed = _cosigned_sizes(connection)
    return [
        _with_cosignatures(connection, size, column_bytes(note)) if size in witnessed else column_bytes(note)
        for size, note in rows
    ]


def best_checkpoint(connection: sa.Connection, least: int) -> bytes | None:
    """The checkpoint to hand out for what the first `least` entries hold; None if no stored one is as large.

    Of the 64 newest that were cosigned it is the one with the most cosigners, of those the newest: what witnesses have
    seen is better evidence than a newer checkpoint that they have not. Not verified here.
    """
    c = t.checkpoint.c
    newest = connection.execute(sa.select(sa.func.max(c.size)).where(c.size >= least)).scalar_one()
    sizes = [] if newest is None else [newest]
    if newest is not None and has_table(connection, t.cosignature):
        k = t.cosignature.c
        cosigners = sa.func.count(sa.distinct(k.witness))
        some = sa.select(k.size).where(k.size >= least).distinct().order_by(k.size.desc()).limit(_CONSIDERED)
        rows = sa.select(k.size).where(k.size.in_(some)).group_by(k.size).order_by(cosigners.desc(), k.size.desc())
        sizes = [*connection.execute(rows.limit(1)).scalars(), newest]
    for size in sizes:
        note = checkpoint_of(connection, size)
        if note is not None:
            return note
    return None


def _cosigned_sizes(connection: sa.Connection) -> frozenset[int]:
    if not has_table(connection, t.cosignature):
        return frozenset()
    return frozenset(connection.execute(sa.select(t.cosignature.c.size).distinct()).scalars())


def _with_cosignatures(connection: sa.Connection, size: int, note: bytes) -> bytes:
    if not has_table(connection, t.cosignature):
        return note
    c = t.cosignature.c
    rows = connection.execute(sa.select(c.note).where(c.size == size).order_by(c.seq)).scalars()
    text = parse_note(note).text
    notes = [note]
    for cosigned in map(column_bytes, rows):
        try:
            same = parse_note(cosigned).text == text
        except FormatError:
            continue  # damaged; it adds nothing, and verification of the ledger tells it
        if same:
            notes.append(cosigned)
    return join_notes(notes)
