"""Exporting a ledger as a tile tree, and bringing the tree up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.checkpoint import verify_checkpoint
from ledger.cosignature import cosigner_key
from ledger.errors import Damaged, Refused, Rollback, StoreError
from ledger.merkle import RightEdge, leaf_hash
from ledger.note import format_vkey
from ledger.tiles import TilePath, format_tile_path, parse_bundle, parse_tile_path, tiles_at
from ledger.tiletree.exporting import Exported, export_tiles
from ledger.tiletree.folder import writing_tree
from ledger.tiletree.verifying import verify_tiles
from ledger.trust import TrustPolicy
from ledger.verdicts import Verdict
from tests.ledger.anchored import WITNESS, anchor
from tests.ledger.harness import Harness, signer
from tests.ledger.tiletree.trees import grow, told, trusting


def names(tree: Path) -> set[str]:
    """Every file of the tree but its marker."""
    files = {file.relative_to(tree).as_posix() for file in tree.rglob("*") if file.is_file()}
    return files - {".aims-tiles"}


def expected_names(size: int) -> set[str]:
    """The files that a tree of `size` leaves needs."""
    paths = list(tiles_at(size))
    bundles = [TilePath(None, path.index, path.width) for path in paths if path.level == 0]
    return {"checkpoint", *map(format_tile_path, paths + bundles)}


def look(tree: Path) -> list[Verdict]:
    """The verdicts on a tree, without a trust policy's own."""
    report = verify_tiles(tree, None)
    return [verdict for verdict, _ in report.counts if verdict is not Verdict.FIRST_SIGHT]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return tmp_path / "tree"


def test_the_files_of_a_tree_are_exactly_those_that_its_size_needs(harness: Harness, tree: Path) -> None:
    grow(harness, 520)

    done = export_tiles(harness.ledger, tree)

    note = (tree / "checkpoint").read_bytes()
    signed = verify_checkpoint(note, harness.ledger.authority.verifier_keys()).checkpoint
    assert done == Exported(harness.origin, 0, 520, signed.root, len(expected_names(520)) - 1, 0)
    assert names(tree) == expected_names(520)
    assert look(tree) == []


def test_each_bundle_holds_the_leaves_of_the_ledger(harness: Harness, tree: Path) -> None:
    grow(harness, 300)
    export_tiles(harness.ledger, tree)

    bundles = [(tree / "tile/entries/000").read_bytes(), (tree / "tile/entries/001.p/44").read_bytes()]

    leaves = parse_bundle(bundles[0], 256) + parse_bundle(bundles[1], 44)
    assert list(leaves) == [harness.ledger.leaf(i) for i in range(300)]
    edge = RightEdge()
    edge.extend(map(leaf_hash, leaves))
    assert edge.root() == export_tiles(harness.ledger, tree).root


@pytest.mark.parametrize("sizes", [(1, 8, 9, 300), (255, 256, 257), (256, 512), (300, 301, 767, 768)])
def test_a_tree_brought_up_step_by_step_has_the_files_of_one_made_at_once(
    new_harness: object, tmp_path: Path, sizes: tuple[int, ...]
) -> None:
    harness = new_harness(roles=("pipeline",))  # type: ignore[operator]
    seen: set[str] = set()
    for size in sizes:
        grow(harness, max(size, harness.ledger.size))
        export_tiles(harness.ledger, tmp_path / "steps")
        seen |= names(tmp_path / "steps")
        assert look(tmp_path / "steps") == []

    done = export_tiles(harness.ledger, tmp_path / "at-once")

    once, steps = tmp_path / "at-once", tmp_path / "steps"
    assert names(once) == expected_names(done.size) <= names(steps)
    assert all((once / name).read_bytes() == (steps / name).read_bytes() for name in names(once))
    # Of what was published before, nothing is gone but partial tiles that are full now.
    for gone in seen - names(steps):
        path = parse_tile_path(gone)
        assert path.width < 256
        assert (steps / format_tile_path(TilePath(path.level, path.index))).is_file()


def test_nothing_is_written_when_nothing_is_new(harness: Harness, tree: Path) -> None:
    grow(harness, 30)
    export_tiles(harness.ledger, tree)
    before = {name: (tree / name).stat().st_mtime_ns for name in names(tree)}

    done = export_tiles(harness.ledger, tree)

    assert (done.before, done.size, done.written, done.dropped) == (30, 30, 0, 0)
    assert {name: (tree / name).stat().st_mtime_ns for name in names(tree)} == before


def test_entries_that_no_checkpoint_covers_stay_out(harness: Harness, tree: Path) -> None:
    signed = harness.ledger.size
    harness.reopen(checkpoint_signer=None)
    grow(harness, signed + 5)

    assert export_tiles(harness.ledger, tree).size == signed
    assert look(tree) == []


def test_a_folder_with_something_else_is_refused_and_left_as_it_is(harness: Harness, tree: Path) -> None:
    tree.mkdir()
    (tree / "thesis.docx").write_bytes(b"three years")

    with pytest.raises(Refused, match=r"something else in it \(thesis\.docx\)"):
        export_tiles(harness.ledger, tree)

    assert names(tree) == {"thesis.docx"}
    assert not (tree / ".aims-tiles").exists()


def test_the_tree_of_another_ledger_is_refused(new_harness: object, tree: Path) -> None:
    one, other = (new_harness(name=f"bank.example/{name}") for name in ("one", "other"))  # type: ignore[operator]
    export_tiles(one.ledger, tree)
    before = (tree / "checkpoint").read_bytes()

    with pytest.raises(Refused, match=f"it is of {one.origin}, expected {other.origin}"):
        export_tiles(other.ledger, tree)

    assert (tree / "checkpoint").read_bytes() == before


def test_a_file_with_other_content_is_named_and_not_overwritten(harness: Harness, tree: Path) -> None:
    grow(harness, 300)
    export_tiles(harness.ledger, tree)
    grow(harness, 600)
    (tree / "tile/0/001").write_bytes(b"not this")

    with pytest.raises(Damaged, match=r"tile/0/001: its content differs"):
        export_tiles(harness.ledger, tree)

    assert (tree / "tile/0/001").read_bytes() == b"not this"
    assert b"\n300\n" in (tree / "checkpoint").read_bytes()


def test_two_exports_at_once_are_not_possible(harness: Harness, tree: Path) -> None:
    with writing_tree(tree, harness.origin), pytest.raises(StoreError, match="another export is writing"):
        export_tiles(harness.ledger, tree)

    assert export_tiles(harness.ledger, tree).size == harness.ledger.size


def test_a_tree_that_is_ahead_of_the_ledger_is_a_rollback(harness: Harness, tree: Path) -> None:
    size = harness.ledger.size
    early = harness.ledger.newest_checkpoint()
    grow(harness, 20)
    export_tiles(harness.ledger, tree)
    with harness.tampering() as connection:
        connection.execute("DELETE FROM checkpoint WHERE size > ?", (size,))
    assert harness.ledger.newest_checkpoint() == early

    with pytest.raises(Rollback, match=f"20 entries are published, and the newest checkpoint to publish has {size}"):
        export_tiles(harness.ledger, tree)


def witnessed(harness: Harness) -> TrustPolicy:
    """The policy that asks for the one witness."""
    (key,) = harness.ledger.authority.verifier_keys()
    witness = format_vkey(cosigner_key(WITNESS, signer("witness")))
    return trusting(f"log {format_vkey(key)}", f"witness w1 {witness}", quorum="w1")


def test_cosignatures_go_out_with_the_checkpoint_also_when_they_come_later(harness: Harness, tree: Path) -> None:
    export_tiles(harness.ledger, tree)
    before = verify_tiles(tree, witnessed(harness))
    anchor(harness)

    done = export_tiles(harness.ledger, tree)

    assert told(before) == [("not witnessed", "checkpoint")]
    assert (done.before, done.written) == (done.size, 0)
    assert told(verify_tiles(tree, witnessed(harness))) == []


def test_with_a_policy_it_is_the_newest_checkpoint_that_satisfies_it(harness: Harness, tree: Path) -> None:
    grow(harness, 10)
    anchor(harness)
    grow(harness, 20)

    assert export_tiles(harness.ledger, tree, trust=witnessed(harness)).size == 10
    assert told(verify_tiles(tree, witnessed(harness))) == []
    anchor(harness)
    assert export_tiles(harness.ledger, tree, trust=witnessed(harness)).size == 20


def test_a_policy_that_no_checkpoint_satisfies_publishes_nothing(harness: Harness, tree: Path) -> None:
    with pytest.raises(Refused, match="no checkpoint satisfies the trust policy"):
        export_tiles(harness.ledger, tree, trust=witnessed(harness))

    assert not tree.exists()
