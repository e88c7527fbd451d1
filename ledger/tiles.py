"""The Merkle tree as tiles, and entries as bundles: C2SP tlog-tiles.

A full tile is 256 hashes of 32 bytes, one after the other, and never changes.  Hash i of tile n on
level l is the root of the perfect subtree `(8 * l, 256 * n + i)`: level 0 holds leaf hashes, level 1
holds one hash for each full tile of level 0, and so on.  A tree of s leaves has `s >> 8 * (l + 1)`
full tiles on level l and, unless its width `(s >> 8 * l) % 256` is 0, one partial tile after them,
the beginning of what will be the full one.

::

    tile/<level>/<number>            full         level 0 to 63, no leading zeros
    tile/<level>/<number>.p/<width>  partial      width 1 to 255, no leading zeros
    tile/entries/<number>[.p/<width>]             the entries whose hashes are in that tile of level 0

`<number>` is written in groups of three digits, all but the last with an `x` before it: tile 1234067
is `x001/x234/067`.  An entry bundle is, for each entry, its length as two bytes, big-endian, and its
bytes; so an entry has at most 65,535 bytes.

Example: a tree of 70,000 leaves is 273 full tiles on level 0 and `tile/0/273.p/112`; `tile/1/000` and
`tile/1/001.p/17`; and `tile/2/000.p/1`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

from ledger.errors import FormatError, ProofError
from ledger.merkle import HASH_SIZE, MAX_SIZE, NodeReader, RightEdge

__all__ = [
    "MAX_ENTRY_SIZE",
    "TILE_WIDTH",
    "ReadTile",
    "Tile",
    "TileBuilder",
    "TilePath",
    "TileReader",
    "edge_from_tiles",
    "edge_tiles",
    "finished_tiles",
    "format_bundle",
    "format_tile_path",
    "grown_tiles",
    "parse_bundle",
    "parse_tile_path",
    "partial_tile",
    "root_at",
    "tile_root",
    "tile_width",
    "tiles_at",
]

TILE_WIDTH = 256
MAX_ENTRY_SIZE = 65_535
_HEIGHT = 8
_PATH = re.compile(
    r"tile/(?P<level>entries|[0-9]{1,2})/(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[0-9]{1,3}))?",
    re.ASCII,
)

ReadTile = Callable[[int, int, int], bytes]
"""Gives the `width` hashes of a tile, `32 * width` bytes, from `(level, index, width)`."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A full tile: 8,192 bytes that never change again."""

    level: int
    index: int
    hashes: bytes


@dataclass(frozen=True, slots=True)
class TilePath:
    """The name of a tile, or of an entry bundle when `level` is None; `width` is 256 when full."""

    level: int | None
    index: int
    width: int = TILE_WIDTH

    def __post_init__(self) -> None:
        if self.level is not None and not 0 <= self.level <= 63:
            raise ValueError(f"tile level {self.level} is outside 0..63")
        if not 0 <= self.index <= MAX_SIZE:
            raise ValueError(f"tile number {self.index} is outside 0..{MAX_SIZE}")
        if not 1 <= self.width <= TILE_WIDTH:
            raise ValueError(f"tile width {self.width} is outside 1..{TILE_WIDTH}")


def format_tile_path(path: TilePath) -> str:
    """The path of a tile or bundle below the log's prefix."""
    groups, rest = [f"{path.index % 1000:03}"], path.index // 1000
    while rest:
        groups.insert(0, f"x{rest % 1000:03}")
        rest //= 1000
    level = "entries" if path.level is None else str(path.level)
    partial = "" if path.width == TILE_WIDTH else f".p/{path.width}"
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def parse_tile_path(text: str) -> TilePath:
    """The tile or bundle that a path names.

    Raises:
        FormatError: for anything `format_tile_path` would not have written.
    """
    expected = "tile/<level or entries>/<number>[.p/<width>] as tlog-tiles writes it"
    match = _PATH.fullmatch(text)
    if match is None:
        raise FormatError("tile path", text, expected)
    level = None if match["level"] == "entries" else int(match["level"])
    try:
        path = TilePath(
            level,
            int(match["number"].replace("x", "").replace("/", "")),
            TILE_WIDTH if match["width"] is None else int(match["width"]),
        )
    except ValueError as error:
        raise FormatError("tile path", text, expected) from error
    if format_tile_path(path) != text:
        raise FormatError("tile path", text, format_tile_path(path))
    return path


def tile_width(level: int, index: int, size: int) -> int:
    """How many hashes tile `(level, index)` has in a tree of `size` leaves: 0 to 256."""
    return max(0, min(TILE_WIDTH, (size >> _HEIGHT * level) - index * TILE_WIDTH))


def tiles_at(size: int) -> Iterator[TilePath]:
    """Every tile of a tree of `size` leaves, level by level, each level's partial tile last."""
    level = 0
    while size >> _HEIGHT * level:
        full, width = divmod(size >> _HEIGHT * level, TILE_WIDTH)
        yield from (TilePath(level, index) for index in range(full))
        if width:
            yield TilePath(level, full, width)
        level += 1


def grown_tiles(size1: int, size2: int) -> Iterator[TilePath]:
    """The tiles that hold more hashes in a tree of `size2` leaves than in one of `size1`, level by level.

    What a copy of the smaller tree lacks to be one of the larger: full tiles, and each level's partial one last.
    """
    level = 0
    while size2 >> _HEIGHT * level:
        for index in range((size1 >> _HEIGHT * level) // TILE_WIDTH, -(-(size2 >> _HEIGHT * level) // TILE_WIDTH)):
            width = tile_width(level, index, size2)
            if width > tile_width(level, index, size1):
                yield TilePath(level, index, width)
        level += 1


def edge_tiles(size: int) -> tuple[TilePath, ...]:
    """The partial tiles of a tree of `size` leaves, the lowest level first; a level without one is left out."""
    levels = range(-(-size.bit_length() // _HEIGHT))
    rows = [(level, *divmod(size >> _HEIGHT * level, TILE_WIDTH)) for level in levels]
    return tuple(TilePath(level, index, width) for level, index, width in rows if width)


def edge_from_tiles(size: int, hashes: Mapping[int, bytes]) -> RightEdge:
    """The right edge of a tree of `size` leaves from its partial tiles, given by level; other levels are ignored."""
    roots: list[bytes] = []
    for path in reversed(edge_tiles(size)):
        assert path.level is not None
        row, at = hashes[path.level], 0
        # Width 0b1011 is, from left to right, a subtree of 8 hashes, one of 2 and one of 1.
        for count in (1 << bit for bit in reversed(range(_HEIGHT)) if path.width >> bit & 1):
            roots.append(tile_root(row[at : at + HASH_SIZE * count]))
            at += HASH_SIZE * count
    return RightEdge(size, roots)


def finished_tiles(size1: int, size2: int) -> Iterator[TilePath]:
    """The tiles that become full while the tree grows from `size1` to `size2` leaves, level by level."""
    level = 0
    while size2 >> _HEIGHT * (level + 1):
        for index in range(size1 >> _HEIGHT * (level + 1), size2 >> _HEIGHT * (level + 1)):
            yield TilePath(level, index)
        level += 1


def tile_root(hashes: bytes) -> bytes:
    """The root over a full tile, or over any power of two of neighbouring hashes in one."""
    count, rest = divmod(len(hashes), HASH_SIZE)
    if rest or count.bit_count() != 1:
        raise ValueError(f"{count} hashes have no root of their own, a power of two has")
    # Row by row over the bytes as they are: who exports, verifies or proves comes through here for every tile.
    while len(hashes) > HASH_SIZE:
        # SHA-256(0x01 || left || right), RFC 6962 section 2.1
        pairs = range(0, len(hashes), 2 * HASH_SIZE)
        hashes = b"".join([sha256(b"\x01" + hashes[at : at + 2 * HASH_SIZE]).digest() for at in pairs])
    return hashes


def partial_tile(level: int, index: int, width: int, read_tile: ReadTile) -> bytes:
    """The first `width` hashes of a tile on level 1 or above, from the full tiles below it.

    For whoever stores full tiles only.  Hashes 255 times `width` times; `read_tile` is asked for full
    tiles of the level below.
    """
    first = index * TILE_WIDTH
    return b"".join(
        tile_root(_read_checked(read_tile, level - 1, below, TILE_WIDTH)) for below in range(first, first + width)
    )


class TileBuilder:
    """A right edge that hands out each tile when it becomes full, without hashing anything twice.

    It can start at any size.  Of the partial tiles that were there before it needs a level's only when
    that level's tile becomes full, and asks `read_tile` for it then; the finished tile is checked against
    the right edge, so that hashes damaged at rest are not sealed into a tile.  Holds at most 255 hashes
    per level.  After an exception throw it away; `copy()` before a step that may be undone.
    """

    __slots__ = ("_edge", "_read_tile", "_rows")

    def __init__(self, edge: RightEdge | None = None, read_tile: ReadTile | None = None) -> None:
        """`edge` is continued, not copied; `read_tile` may be left out when it is empty."""
        self._edge = RightEdge() if edge is None else edge
        if self._edge.size and read_tile is None:
            raise ValueError(f"a tree of {self._edge.size} needs its partial tiles to be continued")
        self._read_tile: ReadTile = read_tile or _nothing_before
        self._rows: list[list[bytes]] = [[]]  # by level: what was added since the start or the last full tile

    @property
    def edge(self) -> RightEdge:
        """The right edge after everything appended so far."""
        return self._edge

    def append(self, leaf_hash: bytes) -> tuple[Tile, ...]:
        """Add one leaf and return the tiles it made full, lowest level first; most often none.

        Raises:
            ProofError: a partial tile that was there before does not belong to the right edge.
            FormatError: `read_tile` gave another number of bytes.
        """
        edge = self._edge
        if (edge.size + 1) % TILE_WIDTH:
            edge.append(leaf_hash)
            self._rows[0].append(leaf_hash)
            return ()
        completed = edge.append_completing(leaf_hash)
        tiles = []
        for level, node in enumerate(completed[::_HEIGHT]):
            if level == len(self._rows):
                self._rows.append([])
            self._rows[level].append(node)
            above = _HEIGHT * (level + 1)
            if above < len(completed):
                tiles.append(self._finish(level, (edge.size >> above) - 1, completed[above]))
        return tuple(tiles)

    def extend(self, leaf_hashes: Iterable[bytes]) -> Iterator[Tile]:
        """Add many leaves, in order, and give each tile as it becomes full; lazy, so exhaust it."""
        for leaf_hash in leaf_hashes:
            yield from self.append(leaf_hash)

    def copy(self) -> TileBuilder:
        """An independent builder at the same place."""
        twin = TileBuilder.__new__(TileBuilder)
        twin._edge, twin._read_tile = self._edge.copy(), self._read_tile
        twin._rows = [row.copy() for row in self._rows]
        return twin

    def _finish(self, level: int, index: int, root: bytes) -> Tile:
        hashes = b"".join(self._rows[level])
        missing = TILE_WIDTH - len(self._rows[level])
        self._rows[level] = []
        if missing:  # the tile was begun before this builder
            hashes = _read_checked(self._read_tile, level, index, missing) + hashes
            if tile_root(hashes) != root:
                raise ProofError(
                    f"tile {index} on level {level}: its hashes lead to {tile_root(hashes).hex()}, "
                    f"expected {root.hex()} as the right edge has it"
                )
        return Tile(level, index, hashes)


class TileReader:
    """A `merkle.NodeReader` over the tiles of a tree of `size` leaves; keeps the last 64 tiles read.

    What the tiles say is not checked here: a proof made from wrong tiles fails where it is checked.
    """

    __slots__ = ("_size", "_tile")

    def __init__(self, size: int, read_tile: ReadTile) -> None:
        """`read_tile` is asked for each tile at the width it has in a tree of `size` leaves."""
        self._size = size

        @lru_cache(maxsize=64)
        def tile(level: int, index: int) -> bytes:
            return _read_checked(read_tile, level, index, tile_width(level, index, size))

        self._tile = tile

    def node(self, level: int, index: int, /) -> bytes:
        """The root of the perfect subtree `(level, index)`.

        Raises:
            FormatError: `read_tile` gave another number of bytes.
        """
        if level < 0 or index < 0 or (index + 1) << level > self._size:
            raise ValueError(f"subtree ({level}, {index}) is not full in a tree of {self._size}")
        tile_level, height = divmod(level, _HEIGHT)
        tile_index, start = divmod(index << height, TILE_WIDTH)
        hashes = self._tile(tile_level, tile_index)
        return tile_root(hashes[HASH_SIZE * start : HASH_SIZE * (start + (1 << height))])


def root_at(size: int, reader: NodeReader) -> bytes:
    """The root over the first `size` leaves of a tree with at least as many; reads one node for each bit of `size`."""
    levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
    return RightEdge(size, (reader.node(level, (size >> level) - 1) for level in levels)).root()


def format_bundle(entries: Sequence[bytes]) -> bytes:
    """The entry bundle of 1 to 256 entries."""
    if not 1 <= len(entries) <= TILE_WIDTH or max(map(len, entries)) > MAX_ENTRY_SIZE:
        raise ValueError(f"a bundle has 1 to {TILE_WIDTH} entries of at most {MAX_ENTRY_SIZE} bytes")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def parse_bundle(data: bytes, width: int) -> tuple[bytes, ...]:
    """The `width` entries of a bundle.

    Raises:
        FormatError: the bytes end inside an entry, or another number of entries is in them.
    """
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise FormatError(f"entry bundle, entry {len(entries)}", "its end is missing", "all its bytes")
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != width:
        raise FormatError("entry bundle", f"{len(entries)} entries", f"{width}")
    return tuple(entries)


def _nothing_before(*tile: int) -> bytes:
    raise AssertionError(f"tile {tile} began before the first leaf of an empty tree")


def _read_checked(read_tile: ReadTile, level: int, index: int, width: int) -> bytes:
    hashes = read_tile(level, index, width)
    if len(hashes) != HASH_SIZE * width:
        raise FormatError(f"tile {index} on level {level}", f"{len(hashes)} bytes", f"{HASH_SIZE * width}")
    return hashes
