"""Trees larger than any story: what a baseline goes on with, and the tiles that old roots come from."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger.merkle import RightEdge, leaf_hash
from ledger.store import tables as t
from ledger.store.backend import open_sqlite
from ledger.store.hashscan import HashScan
from ledger.store.schema import migrate
from ledger.tiles import TILE_WIDTH, TileBuilder
from ledger.verdicts import Verdict
from ledger.verifying.baseline import Baseline, Stretch
from ledger.verifying.findings import Findings
from ledger.verifying.joining import Tree
from ledger.verifying.rereading import OldTiles

SIZE = 66_100  # one full tile on level 1, two more on level 0, and a piece
AT = "2026-11-24T10:00:00.000000Z"
LEAVES = [b"entry %d" % number for number in range(SIZE)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


def scanned(start: int, end: int) -> HashScan:
    edge, tiles = RightEdge(), []
    for number in range(start, end):
        done = edge.append_completing(HASHES[number])
        if (number + 1) % TILE_WIDTH == 0:
            tiles.append(done[8])
    return HashScan(start, end, edge=edge.hashes, tiles=tiles)


def grown(tree: Tree, end: int) -> Tree:
    for start in range(tree.size, end, tree.unit):
        tree.join(scanned(start, min(start + tree.unit, end)))
    return tree


def base_of(tree: Tree) -> Baseline:
    return Baseline(
        question="", full_at=AT, at=AT, edge=tree.edge(), rows=tuple(map(tuple, tree.levels)), before=HASHES[0], time=0,
        vouched=0, newest=(-1, -1, -1), state=(), compromised={}, subjects={}, attachments={}, erased_blobs={},
        erasures=0, unread=0, unchecked=(), witnessed=None, stamped=None, stretches=(Stretch(0, tree.size, AT),),
    )  # fmt: skip


@pytest.fixture(scope="module")
def whole() -> Tree:
    """The tree of all the leaves, as a full verification joins it."""
    return grown(Tree(), SIZE)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 4_096, 65_280, 65_535, 65_536, 65_537, 65_792, SIZE])
def test_a_tree_that_goes_on_from_any_size_is_the_whole_tree(size: int, whole: Tree) -> None:
    base = base_of(grown(Tree(), size))

    tree = grown(base.joined(frozenset(), {}).tree, SIZE)

    assert tree.edge() == whole.edge()
    assert tree.levels == whole.levels
    if size < 65_536:
        assert tree.tiles == whole.tiles


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sa.Connection]:
    """The stored tiles of the tree, and the entries of three of them."""
    backend = open_sqlite(tmp_path / "tree.db", create=True)
    with backend.writing("making tables") as connection:
        migrate(connection)
    with backend.writing("making tiles") as connection:
        rows = [{"level": i.level, "n": i.index, "hashes": i.hashes} for i in TileBuilder().extend(HASHES)]
        connection.execute(sa.insert(t.tile), rows)
        places = [*range(256), *range(65_280, 65_792)]
        connection.execute(sa.insert(t.entry), [{"idx": place, "leaf": LEAVES[place]} for place in places])
    with backend.reading("testing") as connection:
        yield connection
    backend.close()


@pytest.mark.parametrize("size", [1, 3, 255, 256, 512, 65_281, 65_535, 65_536, 65_537, 65_700, 65_792, 66_048])
def test_the_root_at_an_old_size_comes_from_verified_tiles(database: sa.Connection, whole: Tree, size: int) -> None:
    edge = RightEdge()
    edge.extend(HASHES[:size])
    findings = Findings()

    root = OldTiles(database, base_of(whole), findings).root_at(database, size)

    assert root == edge.root()
    assert findings.counts == {}


def test_every_tile_on_level_0_has_the_root_it_was_verified_with(database: sa.Connection, whole: Tree) -> None:
    old = OldTiles(database, base_of(whole), Findings())

    for number in (0, 1, 254, 255, 256, 257):
        edge = RightEdge()
        edge.extend(HASHES[number * TILE_WIDTH : (number + 1) * TILE_WIDTH])
        assert old.root_of(0, number) == edge.root()
    assert old.root_of(0, 258) is None


@pytest.mark.parametrize("spoilt", [b"", bytes(8_192), sha256(b"x").digest()])
def test_a_tile_above_level_0_that_was_changed_is_named_and_nothing_is_concluded_from_it(
    database: sa.Connection, whole: Tree, spoilt: bytes
) -> None:
    database.exec_driver_sql("DROP TRIGGER tile_update")
    database.execute(sa.update(t.tile).where(t.tile.c.level == 1).values(hashes=spoilt))
    findings = Findings()

    old = OldTiles(database, base_of(whole), findings)

    assert [str(f.place) for f in findings.kept[Verdict.INDEX_WRONG]] == ["tile 0 on level 1"]
    assert (old.root_of(0, 3), old.root_at(database, 100)) == (None, None)
    assert old.root_of(0, 256) is not None
    assert old.root_at(database, 65_536) == whole_root(65_536)


def whole_root(size: int) -> bytes:
    edge = RightEdge()
    edge.extend(HASHES[:size])
    return edge.root()


def test_no_root_comes_from_entries_that_were_changed(database: sa.Connection, whole: Tree) -> None:
    database.exec_driver_sql("DROP TRIGGER entry_update")
    database.execute(sa.update(t.entry).where(t.entry.c.idx == 200).values(leaf=b"other"))
    old = OldTiles(database, base_of(whole), Findings())

    assert old.root_at(database, 100) is None  # an entry of the same tile, so that nothing of it can be told apart
    assert old.root_at(database, 256) == whole_root(256)
