"""A tree of three levels, against one written by a few lines of other code."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.checkpoint import sign_checkpoint
from ledger.errors import Damaged
from ledger.merkle import leaf_hash
from ledger.tiles import TileBuilder
from ledger.tiletree.exporting import export_tiles
from tests.ledger.harness import Harness, signer
from tests.ledger.tiletree.trees import write_tree

STEPS = (65_535, 65_537)


def fill(harness: Harness, entries: list[bytes], first: int) -> None:
    """Put entries into the database as they are, and what goes with them; nobody signed or judged them."""
    builder = TileBuilder()
    tiles = list(builder.extend(map(leaf_hash, entries)))
    with harness.tampering() as connection:
        connection.executemany("INSERT INTO entry VALUES (?, ?)", list(enumerate(entries))[first:])
        connection.executemany(
            "INSERT OR IGNORE INTO tile VALUES (?, ?, ?)", [(t.level, t.index, t.hashes) for t in tiles]
        )
        connection.execute("UPDATE head SET size = ?, edge = ?", (len(entries), builder.edge.to_bytes()))
        connection.execute("UPDATE progress SET indexed = ?", (len(entries),))


@pytest.fixture
def entries(harness: Harness) -> list[bytes]:
    own = [harness.ledger.leaf(i) for i in range(harness.ledger.size)]
    harness.ledger.rebuild_index()
    return own + [b"entry %d" % i for i in range(len(own), STEPS[-1])]


def test_a_large_tree_is_file_for_file_the_one_of_another_writer(
    harness: Harness, entries: list[bytes], tmp_path: Path
) -> None:
    first = harness.ledger.size
    for size in STEPS:
        fill(harness, entries[:size], first)
        checkpoint = write_tree(tmp_path / f"other-{size}", entries[:size], origin=harness.origin)
        note = sign_checkpoint(checkpoint, signer("checkpoint"))
        harness.sql("INSERT INTO checkpoint SELECT max(seq) + 1, ?, ? FROM checkpoint", size, note)

        done = export_tiles(harness.ledger, tmp_path / "tree")

        assert (done.size, done.root) == (size, checkpoint.root)
        ours, theirs = contents(tmp_path / "tree"), contents(tmp_path / f"other-{size}")
        assert {name: ours.get(name) for name in theirs} == theirs
        first = size
    assert (tmp_path / "tree/tile/2/000.p/1").is_file()


@pytest.mark.parametrize(("level", "number"), [(0, 5), (0, 255), (1, 0)])
def test_a_damaged_tile_below_a_sound_edge_is_named(
    harness: Harness, entries: list[bytes], tmp_path: Path, level: int, number: int
) -> None:
    """Also where an entry was changed together with its tile: the tile above knows better."""
    first = harness.ledger.size
    size = STEPS[-1]
    fill(harness, entries[:size], first)
    checkpoint = write_tree(tmp_path / "other", entries[:size], origin=harness.origin)
    note = sign_checkpoint(checkpoint, signer("checkpoint"))
    with harness.tampering() as connection:
        connection.execute("INSERT INTO checkpoint SELECT max(seq) + 1, ?, ? FROM checkpoint", (size, note))
        where = (level, number)
        (hashes,) = connection.execute("SELECT hashes FROM tile WHERE level = ? AND n = ?", where).fetchone()
        forged = leaf_hash(b"forged") + hashes[32:]
        connection.execute("UPDATE tile SET hashes = ? WHERE level = ? AND n = ?", (forged, *where))
        if not level:
            connection.execute("UPDATE entry SET leaf = ? WHERE idx = ?", (b"forged", 256 * number))

    named = rf"tile {number} on level {level}: not what the checkpoint commits to|as signed"
    with pytest.raises(Damaged, match=named):
        export_tiles(harness.ledger, tmp_path / "tree")

    assert not (tmp_path / "tree/checkpoint").exists()


def contents(tree: Path) -> dict[str, bytes]:
    return {f.relative_to(tree).as_posix(): f.read_bytes() for f in (tree / "tile").rglob("*") if f.is_file()}
