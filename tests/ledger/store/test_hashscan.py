"""The hashes of one range: leaves, links, tiles, and what stands in for a leaf that is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

import pytest
import sqlalchemy as sa

from ledger.merkle import RightEdge, leaf_hash
from ledger.store.backend import open_sqlite
from ledger.store.hashscan import HashScan, prev_of, scan_hashes
from ledger.store.read import read_leaves
from tests.ledger.attacker import Suspect

Scan = Callable[..., HashScan]


@pytest.fixture
def scan(tiled: Suspect) -> Iterator[Scan]:
    """`scan_hashes` of the ledger with tiles, opened anew each time."""

    def run(
        start: int, end: int, sizes: Sequence[int] = (), leaves: Sequence[tuple[int, bytes]] | None = None
    ) -> HashScan:
        backend = open_sqlite(tiled.path, read_only=True)
        try:
            with backend.reading("testing") as connection:
                return scan_hashes(connection, start, end, sizes)
        finally:
            backend.close()

    return run


def edge_of(hashes: Sequence[bytes]) -> tuple[bytes, ...]:
    edge = RightEdge()
    edge.extend(hashes)
    return edge.hashes


def test_a_sound_range_has_nothing_wrong(scan: Scan, tiled: Suspect) -> None:
    hashes = [leaf_hash(leaf) for leaf in tiled.leaves()]

    found = scan(256, 639, (300, 512))

    assert (found.missing, found.links, found.wrong_tiles, found.wrong_tile_entries) == ([], [], {}, [])
    assert (found.rows, found.first_prev, found.last_hash) == (383, hashes[255], hashes[638])
    assert found.edge == edge_of(hashes[256:639])
    assert found.edges == {300: edge_of(hashes[256:300]), 512: edge_of(hashes[256:512])}
    assert found.tiles == [edge_of(hashes[256:512])[0]]


@pytest.mark.parametrize("holes", [[256], [511], [300, 301], [256, 511], list(range(256, 512)), [638]])
def test_a_hole_keeps_its_places(scan: Scan, tiled: Suspect, holes: list[int]) -> None:
    leaves = tiled.leaves()
    tiled.sql(f"DELETE FROM entry WHERE idx IN ({','.join(map(str, holes))})")

    found = scan(256, 639, (639,))

    hashes = [bytes(32) if place in holes else leaf_hash(leaves[place]) for place in range(256, 639)]
    assert found.missing == holes
    assert found.edges == {639: edge_of(hashes)}
    assert found.edge == edge_of(hashes)
    assert found.links == []
    assert found.tiles == [edge_of(hashes[:256])[0]]
    assert found.last_hash == (b"" if 638 in holes else hashes[-1])


def test_a_changed_leaf_breaks_the_link_to_the_next_one(scan: Scan, tiled: Suspect) -> None:
    tiled.set_leaf(300, b"[" + tiled.leaves()[300][1:])

    found = scan(256, 512)

    assert found.links == [300]
    assert found.wrong_tiles == {1: 1}
    assert found.wrong_tile_entries == [300]


@pytest.mark.parametrize("tile", [None, b"", b"short", "text", 7])
def test_a_tile_that_is_gone_or_no_tile_settles_nothing(scan: Scan, tiled: Suspect, tile: object) -> None:
    if tile is None:
        tiled.sql("DELETE FROM tile WHERE n = 1")
    else:
        tiled.sql("UPDATE tile SET hashes = ? WHERE n = 1", tile)

    found = scan(0, 639)

    assert found.wrong_tiles == {1: 256}
    assert found.wrong_tile_entries == []


def test_a_tile_that_is_not_full_yet_is_not_looked_for(scan: Scan) -> None:
    assert scan(512, 639).wrong_tiles == {}
    assert scan(0, 255).tiles == []


def test_the_leaf_hash_is_that_of_sha256sum(scan: Scan, tiled: Suspect) -> None:
    assert scan(0, 1).last_hash == sha256(b"\0" + tiled.leaves()[0]).digest()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b'","v":1}',
        b'x,"prev":"' + b"g" * 64 + b'","time":"2026-11-23T10:00:00.000000Z","v":1}',
        b'x,"prev":"' + b" " * 64 + b'","time":"2026-11-23T10:00:00.000000Z","v":1}',
        b'x,"prev":"' + b"\xff" * 64 + b'","time":"2026-11-23T10:00:00.000000Z","v":1}',
        b"\x00" * 70_000,
    ],
)
def test_a_leaf_without_a_prev_matches_no_hash(raw: bytes) -> None:
    assert len(prev_of(raw)) != 32


def test_the_prev_of_a_later_version_is_read_where_it_stands(tiled: Suspect) -> None:
    leaves = tiled.leaves()

    assert prev_of(leaves[9]) == leaf_hash(leaves[8])
    assert prev_of(leaves[9][:-2] + b"2}") == leaf_hash(leaves[8])


def test_rows_of_another_type_are_no_leaves(tiled: Suspect) -> None:
    tiled.set_leaf(300, "text")
    tiled.set_leaf(301, 10**12)
    backend = open_sqlite(tiled.path, read_only=True)
    with backend.reading("testing") as connection:
        rows = dict(read_leaves(connection, 299, 303))
        assert connection.execute(sa.text("SELECT typeof(leaf) FROM entry WHERE idx = 301")).scalar() == "integer"
    backend.close()

    assert (rows[300], rows[301]) == (b"", b"")
    assert rows[299].startswith(b"{")
