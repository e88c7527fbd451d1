"""An export into a folder that somebody else had their hands on: named, refused, never followed, never overwritten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.errors import AimsError, Damaged, Refused, Rollback, StoreError
from ledger.tiletree.exporting import export_tiles
from tests.ledger.harness import Harness
from tests.ledger.tiletree.trees import flip, grow

NewHarness = Callable[..., Harness]
BUNDLE, TILE, PARTIAL, OLDER = "tile/entries/000", "tile/0/000", "tile/0/001.p/44", "tile/entries/001.p/4"


@pytest.fixture
def harness(new_harness: NewHarness) -> Harness:
    """A ledger of 300 entries, all of them indexed."""
    harness = new_harness(roles=("pipeline",))
    grow(harness, 300)
    harness.ledger.rebuild_index()
    return harness


@pytest.fixture
def tree(harness: Harness, tmp_path: Path) -> Path:
    """Its tree, which was published at 260 entries too."""
    folder = tmp_path / "tree"
    at = harness.ledger.size
    assert at == 300
    export_tiles(harness.ledger, folder)
    bundle = (folder / "tile/entries/001.p/44").read_bytes()
    end = 0
    for _ in range(4):
        end += 2 + int.from_bytes(bundle[end : end + 2], "big")
    (folder / OLDER).write_bytes(bundle[:end])
    return folder


def contents(tree: Path) -> dict[str, bytes]:
    return {f.relative_to(tree).as_posix(): f.read_bytes() for f in tree.rglob("*") if f.is_file()}


def refused(harness: Harness, tree: Path, error: type[AimsError], match: str, *, check: bool = False) -> None:
    """The export is refused in one clear line, and no file of the folder is another afterwards."""
    before = contents(tree)
    with pytest.raises(error, match=match) as caught:
        export_tiles(harness.ledger, tree, check=check)
    assert str(caught.value).isprintable()
    assert caught.value.remedy
    assert contents(tree) == before


def test_check_finds_nothing_in_a_tree_that_nobody_touched(harness: Harness, tree: Path) -> None:
    before = contents(tree)

    done = export_tiles(harness.ledger, tree, check=True)

    assert (done.before, done.size, done.written, done.dropped) == (300, 300, 0, 0)
    assert contents(tree) == before


@pytest.mark.parametrize("name", [BUNDLE, TILE, PARTIAL, OLDER, "tile/1/000.p/1"])
def test_check_names_the_file_that_was_altered(harness: Harness, tree: Path, name: str) -> None:
    flip(tree / name, -1)

    refused(harness, tree, Damaged, f"{name}: its content differs", check=True)


@pytest.mark.parametrize("name", [BUNDLE, TILE, PARTIAL, "tile/1/000.p/1"])
def test_check_writes_what_is_missing(harness: Harness, tree: Path, name: str) -> None:
    before = contents(tree)
    (tree / name).unlink()

    done = export_tiles(harness.ledger, tree, check=True)

    assert done.written == 1
    assert contents(tree) == before


@pytest.mark.parametrize("name", [PARTIAL, "tile/1/000.p/1", "tile/entries/001.p/44"])
def test_the_right_edge_is_looked_at_in_every_run(harness: Harness, tree: Path, name: str) -> None:
    before = contents(tree)
    flip(tree / name, -1)
    refused(harness, tree, Damaged, f"{name}: its content differs")
    (tree / name).unlink()

    done = export_tiles(harness.ledger, tree)

    assert done.written == 1
    assert contents(tree) == before


def test_a_genuine_checkpoint_without_its_tiles_is_given_them(harness: Harness, tree: Path, tmp_path: Path) -> None:
    """As after a copy that was interrupted, or `checkpoint` copied first."""
    grow(harness, 310)
    export_tiles(harness.ledger, tmp_path / "whole")
    (tree / "checkpoint").write_bytes((tmp_path / "whole" / "checkpoint").read_bytes())

    export_tiles(harness.ledger, tree)

    whole = contents(tmp_path / "whole")
    assert {name: data for name, data in contents(tree).items() if name in whole} == whole


def test_check_finds_a_file_that_is_none_of_ours_among_the_tiles(harness: Harness, tree: Path) -> None:
    (tree / "tile/0/readme").write_text("hello")

    refused(harness, tree, Damaged, "tile/0/readme: not a file of a tile tree", check=True)


def test_check_removes_partial_tiles_that_a_crash_left(harness: Harness, tree: Path) -> None:
    grow(harness, 520)
    export_tiles(harness.ledger, tree)
    clean = contents(tree)
    (tree / "tile/0/001.p").mkdir()
    (tree / "tile/0/001.p/44").write_bytes((tree / "tile/0/001").read_bytes()[: 44 * 32])

    done = export_tiles(harness.ledger, tree, check=True)

    assert done.dropped == 1
    assert contents(tree) == clean


@pytest.mark.parametrize("name", ["tile", "tile/entries", "tile/0", "tile/0/001.p"])
def test_a_linked_folder_is_not_written_through(harness: Harness, tree: Path, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    (tree / name).rename(outside)
    (tree / name).symlink_to(outside)
    before = contents(outside)
    grow(harness, 301)

    refused(harness, tree, Damaged, f"{name}: a link or a file, expected a folder")

    assert contents(outside) == before


@pytest.mark.parametrize("target", ["/dev/zero", "{outside}", "nowhere"])
def test_a_linked_file_is_neither_read_nor_written(harness: Harness, tree: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "outside").write_bytes((tree / TILE).read_bytes())
    (tree / "tile/0/002.p").mkdir()
    (tree / "tile/0/002.p/8").symlink_to(target.format(outside=tmp_path / "outside"))
    grow(harness, 520)

    refused(harness, tree, Damaged, "tile/0/002.p/8: a link or something else that is no file")


@pytest.mark.parametrize("name", [".incoming", ".aims-tiles", "checkpoint"])
def test_a_link_in_the_place_of_our_own_files_is_not_followed(
    harness: Harness, tree: Path, tmp_path: Path, name: str
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "precious").write_text("kept")
    if name == ".incoming":
        (tree / name).symlink_to(victim)
    else:
        (tree / name).unlink()
        (tree / name).symlink_to(victim / "precious")
    grow(harness, 301)

    with pytest.raises(StoreError):
        export_tiles(harness.ledger, tree)

    assert contents(victim) == {"precious": b"kept"}


def test_a_pipe_among_the_tiles_does_not_make_it_wait(harness: Harness, tree: Path) -> None:
    (tree / "tile/0/002.p").mkdir()
    os.mkfifo(tree / "tile/0/002.p/8")
    grow(harness, 520)

    with pytest.raises(Damaged, match=r"tile/0/002\.p/8: a link or something else that is no file"):
        export_tiles(harness.ledger, tree)


def test_a_forged_checkpoint_is_not_built_upon(harness: Harness, tree: Path) -> None:
    note = (tree / "checkpoint").read_bytes()
    (tree / "checkpoint").write_bytes(note.replace(b"\n300\n", b"\n299\n"))

    refused(harness, tree, Damaged, "checkpoint: not a checkpoint of this ledger")


@pytest.mark.parametrize("note", [b"", b"soon\n", b"x" * 1_100_000])
def test_a_checkpoint_that_is_none_is_refused(harness: Harness, tree: Path, note: bytes) -> None:
    (tree / "checkpoint").write_bytes(note)

    refused(harness, tree, Refused, "its file 'checkpoint' is none")


def test_another_history_under_the_same_origin_and_key_is_not_continued(
    harness: Harness, tmp_path: Path, new_harness: NewHarness
) -> None:
    """A copy of the ledger went another way, and its signer had no memory to stop it."""
    copy = Harness(tmp_path / "copy", harness.ledger, harness.clock, harness.admins)
    harness.ledger.close()
    shutil.copytree(harness.folder, copy.folder)
    for one, sizes in ((harness, (301, 302)), (copy, (301, 303))):
        one.reopen()
        one.clock.now += 5_000_000 if one is copy else 0
        for size in sizes:
            grow(one, size)
    tree = tmp_path / "public"
    export_tiles(harness.ledger, tree)

    refused(copy, tree, Rollback, "at 302 entries its root is [0-9a-f]{64}, this ledger's [0-9a-f]{64}")

    copy.close()


def test_a_folder_that_only_has_tiles_is_not_taken_for_ours(harness: Harness, tree: Path) -> None:
    (tree / "checkpoint").unlink()
    (tree / ".aims-tiles").unlink()

    refused(harness, tree, Refused, r"there is something else in it \(tile\)")


def test_without_marker_the_checkpoint_says_whose_tree_it_is(harness: Harness, tree: Path) -> None:
    """As after a download, where files whose names begin with a dot are often left out."""
    (tree / ".aims-tiles").unlink()
    grow(harness, 301)

    assert export_tiles(harness.ledger, tree).before == 300
    assert (tree / ".aims-tiles").read_text() == f"{harness.origin}\n"


def test_what_an_operator_keeps_beside_the_tree_stays(harness: Harness, tree: Path) -> None:
    (tree / "index.html").write_text("our log")
    grow(harness, 301)

    export_tiles(harness.ledger, tree, check=True)

    assert (tree / "index.html").read_text() == "our log"


def test_a_file_in_the_place_of_the_folder_is_refused(harness: Harness, tmp_path: Path) -> None:
    (tmp_path / "tree").write_text("a file")

    with pytest.raises(StoreError, match=r"tree: can't be read \(Not a directory\)"):
        export_tiles(harness.ledger, tmp_path / "tree")


def test_a_folder_that_can_not_be_made_is_told(harness: Harness, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"can't be written \(No such file or directory\)"):
        export_tiles(harness.ledger, tmp_path / "no" / "such")
