"""Tiles and bundles of C2SP tlog-tiles: paths, widths, building from any size, reading for proofs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError, ProofError
from ledger.merkle import (
    MAX_SIZE,
    RightEdge,
    check_consistency,
    check_inclusion,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
)
from ledger.tiles import (
    MAX_ENTRY_SIZE,
    TILE_WIDTH,
    Tile,
    TileBuilder,
    TilePath,
    TileReader,
    edge_from_tiles,
    edge_tiles,
    finished_tiles,
    format_bundle,
    format_tile_path,
    grown_tiles,
    parse_bundle,
    parse_tile_path,
    partial_tile,
    root_at,
    tile_root,
    tile_width,
    tiles_at,
)

LEVEL_2 = 256 * 256  # leaves under one full tile of level 1
SIZE = LEVEL_2 + 700
HASHES = [leaf_hash(b"%d" % n) for n in range(SIZE)]


def grown(edge: RightEdge, first: int, end: int) -> RightEdge:
    edge.extend(HASHES[first:end])
    return edge


def edge_at(size: int) -> RightEdge:
    return grown(RightEdge(), 0, size)


class StoredTiles:
    """Full tiles as a store keeps them, and leaf hashes; partial tiles are worked out when asked for."""

    def __init__(self, size: int) -> None:
        self.full = {(t.level, t.index): t.hashes for t in TileBuilder().extend(HASHES[:size])}
        self.size = size
        self.asked: list[tuple[int, int, int]] = []

    def __call__(self, level: int, index: int, width: int) -> bytes:
        self.asked.append((level, index, width))
        assert width == tile_width(level, index, self.size), "a width that does not exist at this size"
        if width == TILE_WIDTH:
            return self.full[level, index]
        if level == 0:
            return b"".join(HASHES[index * TILE_WIDTH : index * TILE_WIDTH + width])
        return partial_tile(level, index, width, lambda *name: self.full[name[:2]])


STORED = StoredTiles(SIZE)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (TilePath(0, 0), "tile/0/000"),
        (TilePath(0, 1234067), "tile/0/x001/x234/067"),
        (TilePath(63, 999), "tile/63/999"),
        (TilePath(1, 1000, 1), "tile/1/x001/000.p/1"),
        (TilePath(0, 273, 112), "tile/0/273.p/112"),
        (TilePath(None, 5, 255), "tile/entries/005.p/255"),
        (TilePath(None, MAX_SIZE), "tile/entries/x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_a_path_is_written_as_the_specification_says_and_read_back(path: TilePath, text: str) -> None:
    assert format_tile_path(path) == text
    assert parse_tile_path(text) == path


@given(st.none() | st.integers(0, 63), st.integers(0, MAX_SIZE), st.integers(1, 256))
def test_every_path_comes_back(level: int | None, index: int, width: int) -> None:
    path = TilePath(level, index, width)

    assert parse_tile_path(format_tile_path(path)) == path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/1000",
        "tile/0/x000/001",
        "tile/0/x001/x002",
        "tile/0/001/002",
        "tile/00/001",
        "tile/07/001",
        "tile/64/001",
        "tile/-1/001",
        "tile/0/001.p/0",
        "tile/0/001.p/01",
        "tile/0/001.p/256",
        "tile/0/001.p/999",
        "tile/0/001.p/",
        "tile/0/001.p",
        "tile/0/001 ",
        "tile/0/001\n",
        "tile/0/\u0660\u0660\u0661",
        "/tile/0/001",
        "tile/0/../001",
        "tile/data/001",
        "tile/0/x009/x223/x372/x036/x854/x775/808",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
    ],
)
def test_a_path_written_in_any_other_way_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"^tile path: found "):
        parse_tile_path(text)


@pytest.mark.parametrize("bad", [(64, 0, 1), (-1, 0, 1), (0, -1, 1), (0, 2**63, 1), (0, 0, 0), (0, 0, 257)])
def test_a_tile_that_cannot_exist_has_no_path(bad: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"^tile (level|number|width) -?\d+ is outside"):
        TilePath(*bad)


def test_the_example_of_the_specification_has_its_tiles() -> None:
    assert [format_tile_path(p) for p in tiles_at(70_000) if p.width < TILE_WIDTH] == [
        "tile/0/273.p/112",
        "tile/1/001.p/17",
        "tile/2/000.p/1",
    ]
    assert [sum(p.level == level for p in tiles_at(70_000) if p.width == 256) for level in range(3)] == [
        273,
        1,
        0,
    ]
    assert [format_tile_path(p) for p in tiles_at(256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert list(tiles_at(0)) == []


@given(st.integers(0, 200_000))
def test_widths_agree_with_the_list_of_tiles(size: int) -> None:
    paths = list(tiles_at(size))

    assert all(tile_width(p.level or 0, p.index, size) == p.width for p in paths)
    assert sum(p.width for p in paths if p.level == 0) == size
    assert tile_width(0, len([p for p in paths if p.level == 0]), size) == 0


@given(st.integers(0, 200_000), st.integers(0, 70_000))
def test_finished_tiles_are_the_full_ones_that_were_not_full_before(size: int, more: int) -> None:
    before = {p for p in tiles_at(size) if p.width == TILE_WIDTH}
    after = {p for p in tiles_at(size + more) if p.width == TILE_WIDTH}

    finished = list(finished_tiles(size, size + more))

    assert set(finished) == after - before
    assert len(finished) == len(set(finished))


def test_a_tree_built_from_nothing_gives_every_full_tile_once_and_in_order() -> None:
    tiles = list(TileBuilder().extend(HASHES))

    assert {(t.level, t.index) for t in tiles} == {(p.level, p.index) for p in tiles_at(SIZE) if p.width == 256}
    assert len(tiles) == 258 + 1
    for tile in tiles:
        assert len(tile.hashes) == 8192
        if tile.level == 0:
            assert tile.hashes == b"".join(HASHES[tile.index * 256 : (tile.index + 1) * 256])
    roots = b"".join(tile_root(t.hashes) for t in tiles if t.level == 0)
    assert next(t.hashes for t in tiles if t.level == 1) == roots[:8192]
    assert tiles.index(next(t for t in tiles if t.level == 1)) == 256, "right after the tile that filled it"


@pytest.mark.parametrize(
    "start", [0, 1, 255, 256, 257, 511, 512, 700, LEVEL_2 - 300, LEVEL_2 - 1, LEVEL_2, LEVEL_2 + 1]
)
def test_a_builder_started_at_any_size_gives_the_same_tiles(start: int) -> None:
    edge, stored = edge_at(start), StoredTiles(start)
    builder = TileBuilder(edge, stored)

    tiles = list(builder.extend(HASHES[start:]))

    assert all(t.hashes == STORED.full[t.level, t.index] for t in tiles)
    assert [TilePath(t.level, t.index) for t in sorted(tiles, key=lambda t: (t.level, t.index))] == list(
        finished_tiles(start, SIZE)
    )
    assert builder.edge == edge_at(SIZE)
    assert builder.edge is edge


def test_a_builder_asks_for_a_partial_tile_only_when_it_becomes_full() -> None:
    stored = StoredTiles(700)
    builder = TileBuilder(edge_at(700), stored)

    assert list(builder.extend(HASHES[700:767])) == []
    assert stored.asked == []

    assert len(builder.append(HASHES[767])) == 1
    assert stored.asked == [(0, 2, 700 - 512)]

    assert len(list(builder.extend(HASHES[768:1024]))) == 1
    assert stored.asked == [(0, 2, 700 - 512)], "this builder saw all of the next tile itself"


@pytest.mark.parametrize(("start", "broken_level"), [(700, 0), (LEVEL_2 - 1, 0), (LEVEL_2 - 1, 1)])
def test_a_damaged_partial_tile_is_not_sealed(start: int, broken_level: int) -> None:
    stored = StoredTiles(start)

    def damaged(level: int, index: int, width: int) -> bytes:
        hashes = bytearray(stored(level, index, width))
        if level == broken_level:
            hashes[-1] ^= 1
        return bytes(hashes)

    builder = TileBuilder(edge_at(start), damaged)

    with pytest.raises(ProofError, match=rf"^tile \d+ on level {broken_level}: its hashes lead to .* right edge"):
        list(builder.extend(HASHES[start:]))


def test_a_builder_refuses_a_partial_tile_of_another_width() -> None:
    builder = TileBuilder(edge_at(255), lambda level, index, width: bytes(32 * width - 1))

    with pytest.raises(FormatError, match="tile 0 on level 0: found 8159 bytes, expected 8160"):
        builder.append(HASHES[255])


def test_a_tree_that_is_not_empty_is_not_continued_blindly() -> None:
    with pytest.raises(ValueError, match="a tree of 3 needs its partial tiles"):
        TileBuilder(edge_at(3))


def test_a_copied_builder_leaves_the_original_alone() -> None:
    builder = TileBuilder()
    list(builder.extend(HASHES[:250]))

    twin = builder.copy()
    other = [leaf_hash(b"another branch %d" % n) for n in range(6)]
    list(twin.extend(other))

    assert builder.edge == edge_at(250)
    assert list(builder.extend(HASHES[250:256])) == [Tile(0, 0, STORED.full[0, 0])]


def test_a_tile_root_joins_neighbours_level_by_level() -> None:
    four = HASHES[:4]

    assert tile_root(four[0]) == four[0]
    assert tile_root(b"".join(four)) == node_hash(node_hash(*four[:2]), node_hash(*four[2:]))
    assert tile_root(b"".join(HASHES[:256])) == edge_at(256).root()
    for count in (0, 3, 255):
        with pytest.raises(ValueError, match=f"{count} hashes have no root"):
            tile_root(b"".join(HASHES[:count]))


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 300, 512, 1000, LEVEL_2, SIZE])
def test_proofs_read_from_tiles_check_against_the_root(size: int) -> None:
    root, reader = edge_at(size).root(), TileReader(size, StoredTiles(size))
    for index in {0, size // 3, size // 2, size - 1, (size - 1) & ~255, max(0, size - 257)}:
        check_inclusion(HASHES[index], index, size, prove_inclusion(index, size, reader), root)
        old = edge_at(index + 1).root()
        check_consistency(index + 1, old, size, root, prove_consistency(index + 1, size, reader))


@given(st.integers(1, SIZE), st.data())
def test_a_node_read_from_tiles_is_the_root_of_its_leaves(size: int, data: st.DataObject) -> None:
    level = data.draw(st.integers(0, size.bit_length() - 1))
    index = data.draw(st.integers(0, (size >> level) - 1))
    edge = grown(RightEdge(), index << level, min((index + 1) << level, (index << level) + 600))

    stored = StoredTiles.__new__(StoredTiles)
    stored.full, stored.size, stored.asked = STORED.full, size, []

    node = TileReader(size, stored).node(level, index)

    if level <= 9:
        assert node == edge.root()
    assert len(stored.asked) == 1, "one tile is enough for any node"


@pytest.mark.parametrize(("level", "index"), [(0, 300), (8, 1), (9, 0), (-1, 0), (0, -1)])
def test_a_node_that_is_not_full_is_not_read(level: int, index: int) -> None:
    with pytest.raises(ValueError, match=re.escape(f"subtree ({level}, {index}) is not full in a tree of 300")):
        TileReader(300, StoredTiles(300)).node(level, index)


def test_a_reader_refuses_a_tile_of_another_width_and_reads_a_good_one_once() -> None:
    with pytest.raises(FormatError, match="tile 1 on level 0: found 8192 bytes, expected 1408"):
        TileReader(300, lambda level, index, width: bytes(8192)).node(0, 299)

    stored = StoredTiles(300)
    reader = TileReader(300, stored)
    prove_inclusion(299, 300, reader)
    prove_inclusion(298, 300, reader)
    assert len(stored.asked) == len(set(stored.asked))


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=256))
def test_a_bundle_comes_back(entries: list[bytes]) -> None:
    assert parse_bundle(format_bundle(entries), len(entries)) == tuple(entries)


def test_a_bundle_is_lengths_and_bytes() -> None:
    largest = bytes(MAX_ENTRY_SIZE)

    assert format_bundle([b"one", b"", b"three"]) == b"\x00\x03one\x00\x00\x00\x05three"
    assert format_bundle([largest]) == b"\xff\xff" + largest


@pytest.mark.parametrize("entries", [[], [b""] * 257, [bytes(MAX_ENTRY_SIZE + 1)]])
def test_a_bundle_that_cannot_be_written_is_refused(entries: list[bytes]) -> None:
    with pytest.raises(ValueError, match="a bundle has 1 to 256 entries of at most 65535 bytes"):
        format_bundle(entries)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "found 0 entries, expected 2"),
        (b"\x00\x01a", "found 1 entries, expected 2"),
        (b"\x00\x01a\x00\x01b\x00\x00", "found 3 entries, expected 2"),
        (b"\x00\x01a\x00", "entry 1: found its end is missing"),
        (b"\x00\x01a\x00\x02b", "entry 1: found its end is missing"),
        (b"\x01\x00a\x00\x01b", "entry 0: found its end is missing"),
    ],
)
def test_a_bundle_that_does_not_add_up_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(FormatError, match=message):
        parse_bundle(data, 2)


SIZES = (0, 1, 2, 7, 255, 256, 257, 300, 511, 512, 700, LEVEL_2 - 1, LEVEL_2, LEVEL_2 + 1, SIZE)


@pytest.mark.parametrize("size1", SIZES)
@pytest.mark.parametrize("size2", SIZES)
def test_grown_tiles_are_those_of_the_larger_tree_that_the_smaller_has_not(size1: int, size2: int) -> None:
    assert list(grown_tiles(size1, size2)) == [
        path
        for path in tiles_at(size2)
        if path.level is not None and path.width > tile_width(path.level, path.index, size1)
    ]


@pytest.mark.parametrize("size", [*SIZES, 2**40 + 3, MAX_SIZE])
def test_edge_tiles_are_the_partial_ones(size: int) -> None:
    paths = edge_tiles(size)

    assert [path.level for path in paths] == [level for level in range(8) if size >> 8 * level & 255]
    for path in paths:
        assert path.level is not None
        assert (path.index, path.width) == divmod(size >> 8 * path.level, 256)


@pytest.mark.parametrize("size", SIZES)
def test_the_right_edge_follows_from_the_partial_tiles(size: int) -> None:
    stored = StoredTiles(size)
    hashes = {path.level: stored(path.level or 0, path.index, path.width) for path in edge_tiles(size)}

    assert edge_from_tiles(size, {level: row for level, row in hashes.items() if level is not None}) == edge_at(size)


@pytest.mark.parametrize("size", SIZES)
def test_the_root_at_an_earlier_size_is_read_from_the_tiles_of_a_later_one(size: int) -> None:
    assert root_at(size, TileReader(SIZE, STORED)) == edge_at(size).root()
