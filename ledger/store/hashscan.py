"""Verifying one range of entries, first part: leaf hashes, chain links, tree, stored tiles.

A range is read once, from bytes, and knows nothing of what comes before it; what it can't judge alone (the link to the
entry before, the tree so far) it returns, and `ledger.verifying.verification` joins the ranges in order. So ranges can
be scanned by several processes, and memory does not grow with the ledger.
"""

from __future__ import annotations

import re
from binascii import hexlify
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import sqlalchemy as sa

from ledger.merkle import HASH_SIZE, RightEdge
from ledger.store import tables as t
from ledger.store.read import column_bytes, read_leaves
from ledger.tiles import TILE_WIDTH

RANGE: Final = 4_096
"""Entries of a range: a power of two, so that a whole range is one perfect subtree, and a multiple of 256."""

# A canonical leaf ends in  ,"prev":"<64 hex>","time":"<27>","v":1}  : fixed places, counted from the end.
_TILE_HEIGHT: Final = 8  # 256 = 2^8
_PREV_END: Final = -45
_PREV_START: Final = _PREV_END - 64
_PREV_MARK: Final = b',"prev":"'
_LINK_START: Final = _PREV_START - len(_PREV_MARK)
_PREV_OF_ANY_VERSION: Final = re.compile(rb',"prev":"([0-9a-f]{64})","time":"[^"]{27}","v":[0-9]{1,4}\}\Z')
_LEAF_END: Final = b'","v":1}'


@dataclass(slots=True)
class HashScan:
    """What a range ``[start, end)`` showed.

    `links` are the places i whose leaf hash is not what entry i+1 calls its `prev` (both inside the range).
    `rows` counts the rows found; `missing` are the places without one, which count as a leaf hash of zeros. `edges`
    holds the range's own right edge at each size asked for. `tiles` are the roots of the full level-0 tiles,
    `wrong_tiles` says in how many places each stored one differs (all 256 if it is missing or malformed), and
    `wrong_tile_entries` which places of well-formed ones those are.
    """

    start: int
    end: int
    first_prev: bytes = b""
    last_hash: bytes = b""
    rows: int = 0
    missing: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    edge: tuple[bytes, ...] = ()
    edges: dict[int, tuple[bytes, ...]] = field(default_factory=dict)
    tiles: list[bytes] = field(default_factory=list)
    wrong_tiles: dict[int, int] = field(default_factory=dict)
    wrong_tile_entries: list[int] = field(default_factory=list)


def scan_hashes(
    connection: sa.Connection,
    start: int,
    end: int,
    sizes: Sequence[int],
    leaves: Iterable[tuple[int, bytes]] | None = None,
    hashes: list[bytes] | None = None,
) -> HashScan:
    """Hash the entries ``[start, end)``; `sizes` are tree sizes in ``(start, end]`` whose edge is wanted.

    `leaves` gives the (index, bytes) rows if the caller has read them already. To `hashes`, an empty list, the leaf
    hash of every place is added, zeros where a row is missing.
    """
    scan = HashScan(start, end)
    wanted = set(sizes)
    edge = RightEdge()
    hashes = [] if hashes is None else hashes
    expected, before = start, b""
    append, hashed = edge.append, hashes.append
    for idx, raw in leaves if leaves is not None else read_leaves(connection, start, end):
        if expected < idx:
            _stand_in(scan, edge, hashes, wanted, range(expected, idx))
            before = b""
        # SHA-256(0x00 || leaf), RFC 6962 section 2.1
        leaf_hash = sha256(b"\x00" + raw).digest()
        # Most often the link is right where it should be; only else it is looked for, and what it is matters.
        if (
            before
            and (raw[_LINK_START:_PREV_END] != _PREV_MARK + hexlify(before) or raw[-8:] != _LEAF_END)
            and prev_of(raw) != before
        ):
            scan.links.append(idx - 1)
        if idx == start:
            scan.first_prev = prev_of(raw)
        if (idx + 1) % TILE_WIDTH:
            append(leaf_hash)
        else:
            # The last leaf of a tile completes the subtree over it; its root need not be hashed again.
            scan.tiles.append(edge.append_completing(leaf_hash)[_TILE_HEIGHT])
        hashed(leaf_hash)
        before = leaf_hash
        scan.rows += 1
        expected = idx + 1
        if expected in wanted:
            scan.edges[expected] = edge.hashes
    scan.last_hash = before if expected == end else b""
    _stand_in(scan, edge, hashes, wanted, range(expected, end))
    scan.edge = edge.hashes
    _compare_tiles(connection, scan, hashes)
    return scan


def _stand_in(scan: HashScan, edge: RightEdge, hashes: list[bytes], wanted: Collection[int], hole: range) -> None:
    # Something must stand in for each leaf of a hole, or every later hash would move by one place.
    for place in hole:
        scan.missing.append(place)
        completed = edge.append_completing(bytes(HASH_SIZE))
        if (place + 1) % TILE_WIDTH == 0:
            scan.tiles.append(completed[_TILE_HEIGHT])
        hashes.append(bytes(HASH_SIZE))
        if place + 1 in wanted:
            scan.edges[place + 1] = edge.hashes


def prev_of(raw: bytes) -> bytes:
    """The `prev` of a leaf as 32 bytes, or empty if the leaf is so damaged that it has none."""
    if raw[_PREV_START - 9 : _PREV_START] == _PREV_MARK and raw[-8:] == _LEAF_END:
        try:
            return bytes.fromhex(raw[_PREV_START:_PREV_END].decode("ascii"))
        except ValueError:
            return b""
    # Another version, or damage: where a `prev` can still be seen, it takes part in placing the blame.
    found = _PREV_OF_ANY_VERSION.search(raw, max(0, len(raw) - 200))
    return bytes.fromhex(found[1].decode("ascii")) if found else b""


def _compare_tiles(connection: sa.Connection, scan: HashScan, hashes: list[bytes]) -> None:
    first, end = scan.start // TILE_WIDTH, scan.end // TILE_WIDTH
    c = t.tile.c
    query = sa.select(c.n, c.hashes).where(c.level == 0, c.n >= first, c.n < end)
    stored = {n: column_bytes(found) for n, found in connection.execute(query)}
    for number in range(first, end):
        own = hashes[(number - first) * TILE_WIDTH : (number - first + 1) * TILE_WIDTH]
        joined, found = b"".join(own), stored.get(number, b"")
        if found == joined:
            continue
        if len(found) != len(joined):
            scan.wrong_tiles[number] = TILE_WIDTH
            continue
        differ = [i for i, h in enumerate(own) if found[i * HASH_SIZE : (i + 1) * HASH_SIZE] != h]
        scan.wrong_tiles[number] = len(differ)
        scan.wrong_tile_entries.extend(number * TILE_WIDTH + i for i in differ)
