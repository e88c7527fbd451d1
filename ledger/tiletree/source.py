"""The tree under a signed checkpoint as the database has it, each hash checked on the way down from the root.

So nothing is exported that the checkpoint does not commit to: a damaged database is noticed before a file is
written, not when the last one has been.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Final

import sqlalchemy as sa

from ledger.checkpoint import Checkpoint
from ledger.errors import Damaged
from ledger.merkle import HASH_SIZE
from ledger.store import tables as t
from ledger.store.prepared import Statement as Prepared
from ledger.store.read import column_bytes
from ledger.tiles import TILE_WIDTH, TileReader, edge_from_tiles, edge_tiles, partial_tile, root_at, tile_root

_VERIFY: Final = "'aims verify' says what is wrong; nothing is exported before that is known"
_LEAVES = Prepared(
    sa.select(t.entry.c.leaf)
    .where(t.entry.c.idx >= sa.bindparam("start"), t.entry.c.idx < sa.bindparam("end"))
    .order_by(t.entry.c.idx)
)
_TILE = Prepared(
    sa.select(t.tile.c.hashes).where(t.tile.c.level == sa.bindparam("level"), t.tile.c.n == sa.bindparam("n"))
)


class SignedTree:
    """The tree of one checkpoint. Each call takes the connection to read with, so that transactions stay short."""

    def __init__(self, connection: sa.Connection, checkpoint: Checkpoint) -> None:
        """Hashes the right edge of the tree.

        Raises:
            Damaged: if it does not lead to the checkpoint's root.
        """
        self.size = checkpoint.size
        self._last: dict[int, tuple[int, bytes]] = {}  # by level: the tile read last, since they are read in order
        self._edge: dict[int, bytes] = {}
        for path in edge_tiles(self.size):
            assert path.level is not None
            self._edge[path.level] = self._partial(connection, path.level, path.index, path.width)
        root = edge_from_tiles(self.size, self._edge).root()
        if root != checkpoint.root:
            raise Damaged(
                f"the tree of {self.size} entries: root {root.hex()}, expected {checkpoint.root.hex()} as signed",
                remedy=_VERIFY,
            )

    def tile(self, connection: sa.Connection, level: int, index: int) -> bytes:
        """The hashes of a tile, at the width it has in this tree.

        Raises:
            Damaged: if what is stored does not have the hash that the tile above names.
        """
        if level in self._edge and index == self.size >> 8 * (level + 1):
            return self._edge[level]
        kept = self._last.get(level)
        if kept is not None and kept[0] == index:
            return kept[1]
        above, place = divmod(index, TILE_WIDTH)
        expected = self.tile(connection, level + 1, above)[HASH_SIZE * place : HASH_SIZE * (place + 1)]
        hashes = _read(connection, level, index, TILE_WIDTH)
        if tile_root(hashes) != expected:
            raise Damaged(f"tile {index} on level {level}: not what the checkpoint commits to", remedy=_VERIFY)
        self._last[level] = index, hashes
        return hashes

    def leaves(self, connection: sa.Connection, index: int) -> list[bytes]:
        """The leaves under tile `index` of level 0.

        Raises:
            Damaged: if one is missing, or has not the hash that the tile names.
        """
        start = index * TILE_WIDTH
        end = min(start + TILE_WIDTH, self.size)
        leaves = _read_leaves(connection, start, end)
        # SHA-256(0x00 || leaf), RFC 6962 section 2.1
        hashes = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
        expected = self.tile(connection, 0, index)
        if b"".join(hashes) != expected:
            places = (i for i, h in enumerate(hashes) if h != expected[HASH_SIZE * i : HASH_SIZE * (i + 1)])
            raise Damaged(f"entry {start + next(places)}: not what the checkpoint commits to", remedy=_VERIFY)
        return leaves

    def root_at(self, connection: sa.Connection, size: int) -> bytes:
        """The root over the first `size` leaves, at most all; the consistency check with an earlier checkpoint."""
        return root_at(size, TileReader(self.size, lambda level, index, _: self.tile(connection, level, index)))

    def _partial(self, connection: sa.Connection, level: int, index: int, width: int) -> bytes:
        if level:
            return partial_tile(level, index, width, partial(_read, connection))
        start = index * TILE_WIDTH
        return b"".join(sha256(b"\x00" + leaf).digest() for leaf in _read_leaves(connection, start, start + width))


def _read(connection: sa.Connection, level: int, index: int, width: int) -> bytes:
    row = _TILE.one_or_none(connection, level=level, n=index)
    hashes = column_bytes(row[0]) if row else b""
    if len(hashes) != HASH_SIZE * width:
        found = f"{len(hashes)} bytes" if row else "not in the database"
        raise Damaged(f"tile {index} on level {level}: {found}, expected {width} hashes", remedy=_VERIFY)
    return hashes


def _read_leaves(connection: sa.Connection, start: int, end: int) -> list[bytes]:
    leaves = [column_bytes(raw) for (raw,) in _LEAVES.all(connection, start=start, end=end)]
    if len(leaves) != end - start:
        raise Damaged(f"entries {start} to {end - 1}: only {len(leaves)} of them are in the database", remedy=_VERIFY)
    return leaves
