"""An export that fails or dies at any write, fsync, rename, mkdir or unlink leaves a valid tree, and the next one ends.

The table of each write × {lost, kept but reported lost} and more; see `tests.ledger.tiletree.faults`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from ledger import Ledger
from ledger.errors import StoreError
from ledger.note import format_vkey
from ledger.tiletree.exporting import export_tiles
from ledger.tiletree.verifying import verify_tiles
from ledger.trust import TrustPolicy
from tests.ledger.harness import Harness
from tests.ledger.tiletree.faults import Disk, Gone, Harm
from tests.ledger.tiletree.trees import grow, told, trusting
from tests.programs import program

BEFORE, AFTER = 250, 262
ROOT = Path(__file__).parents[3]


@dataclass(frozen=True, slots=True)
class Scene:
    """A ledger of 262 entries and its tree as it was at 250, so that the next export fills a tile of level 0."""

    folder: Path
    ledger: Ledger
    trust: TrustPolicy

    def tree(self, target: Path) -> Path:
        """A copy of the tree at 250; none if `target` is named ``new``."""
        shutil.rmtree(target, ignore_errors=True)
        if target.name != "new":
            shutil.copytree(self.folder / "tree", target)
        return target

    def export(self, tree: Path) -> int:
        return export_tiles(self.ledger, tree).size

    def valid(self, tree: Path) -> int:
        """The size at which the tree is sound."""
        report = verify_tiles(tree, self.trust)
        assert told(report) == []
        return report.size

    def recovers(self, tree: Path) -> None:
        """The next export ends with the very files of one that nothing disturbed."""
        assert self.export(tree) == self.valid(tree) == AFTER
        files = {file.relative_to(tree): file.read_bytes() for file in tree.rglob("*") if file.is_file()}
        clean = {file.relative_to(self.folder / "clean"): file for file in (self.folder / "clean").rglob("*")}
        assert all(files[name] == file.read_bytes() for name, file in clean.items() if file.is_file())
        # Beyond them there are at most partial tiles whose full tile is there, if the fault was in removing them.
        assert all(".p/" in name.as_posix() for name in files.keys() - clean.keys())
        assert not (tree / ".incoming").exists()


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    harness = Harness.create(folder)
    for size, tree in ((BEFORE, "tree"), (AFTER, "clean")):
        grow(harness, size)
        export_tiles(harness.ledger, folder / tree)
    (key,) = harness.ledger.authority.verifier_keys()
    harness.ledger.rebuild_index()
    yield Scene(folder, harness.reopen(read_only=True, checkpoint_signer=None), trusting(f"log {format_vkey(key)}"))
    harness.close()


def disturbed(scene: Scene, tree: Path, harm: Harm) -> Iterator[tuple[Disk, BaseException | None]]:
    """One export after another, each with the fault one call later, until one ends undisturbed."""
    for at in range(1, 1_000):
        scene.tree(tree)
        disk, failure = Disk(tree, at, harm), None
        with pytest.MonkeyPatch.context() as patch:
            disk.watch(patch)
            try:
                scene.export(tree)
            except (StoreError, Gone) as error:
                failure = error
        if not disk.reached:
            assert failure is None
            return
        disk.lose()
        yield disk, failure
    pytest.fail("no export ended undisturbed")


def is_told(failure: BaseException | None, disk: Disk, harm: Harm) -> bool:
    """Whether an error became one line that says what could not be written and what to do."""
    if failure is None:
        # What may fail without a word: tidying up when the tree is complete, and making a folder that is there.
        name, _ = disk.chosen
        return name in ("rmdir", "unlink") or (name == "mkdir" and harm == "kept")
    if isinstance(failure, Gone):
        return disk.gone
    found = re.search(r"can't be written \((Input/output error|No space left on device)\)", str(failure))
    return found is not None and "export again" in str(failure)


@pytest.mark.parametrize(
    ("name", "harm"), [*(("tree", harm) for harm in get_args(Harm)), ("new", "killed"), ("new", "power")]
)
def test_a_fault_at_any_call_leaves_a_valid_tree_and_the_next_export_ends(
    scene: Scene, tmp_path: Path, name: str, harm: Harm
) -> None:
    tree, kinds, published = tmp_path / name, set(), set()

    for disk, failure in disturbed(scene, tree, harm):
        kinds.add(disk.chosen[0])
        assert is_told(failure, disk, harm)
        if (tree / "checkpoint").exists():
            published.add(scene.valid(tree))
        else:
            assert name == "new"
        scene.recovers(tree)

    assert published == ({BEFORE, AFTER} if name == "tree" else {AFTER})
    assert {"open", "write", "fsync", "mkdir", "replace", "rmdir"} <= kinds


def test_a_run_without_faults_fsyncs_everything_before_the_checkpoint(scene: Scene, tmp_path: Path) -> None:
    tree = scene.tree(tmp_path / "tree")
    disk = Disk(tree, 1_000, "killed")
    with pytest.MonkeyPatch.context() as patch:
        disk.watch(patch)
        scene.export(tree)

    published = disk.calls.index("replace .incoming/checkpoint")
    removed = [i for i, call in enumerate(disk.calls) if call.startswith("unlink tile")]
    for folder in ("tile/0", "tile/1/000.p", "tile/entries/001.p", "tile/entries", "tile", "."):
        assert f"fsync {folder}" in disk.calls[:published]
    assert disk.calls[published + 1] == "fsync ."
    assert removed
    assert min(removed) > published


# With a real process, a real kernel and its real answers.


def traced(scene: Scene, tree: Path, call: str, fault: str, at: int) -> tuple[int, str, bool]:
    """(exit code, stderr, whether the fault happened) of `aims export tiles` with the n-th call of a kind faulty."""
    log = tree.with_suffix(".strace")
    done = subprocess.run(
        [
            program("strace"), "-f", "-o", log, "-e", f"trace={call}",
            "-e", f"inject={call}:{fault}:when={at}", sys.executable, "-m", "cli.main", "export", "tiles", tree,
            "--ledger", scene.ledger.path,
        ],
        cwd=ROOT, capture_output=True, text=True, check=False, env={"AIMS_STATE": str(scene.folder / "state")},
    )  # fmt: skip
    text = log.read_text()
    return done.returncode, done.stderr, "(INJECTED)" in text or "killed by SIGKILL" in text


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        ("write", "error=ENOSPC"), ("write", "error=EIO"), ("write", "signal=KILL"),
        ("fsync", "error=EIO"), ("fsync", "signal=KILL"),
        ("rename", "error=EIO"), ("rename", "signal=KILL"),
        ("mkdir", "error=ENOSPC"),
    ],
)  # fmt: skip
def test_a_real_process_that_fails_or_is_killed_leaves_a_valid_tree(
    scene: Scene, tmp_path: Path, call: str, fault: str
) -> None:
    reached, at = 0, 0
    while True:
        at += 1
        tree = scene.tree(tmp_path / "tree")

        code, stderr, happened = traced(scene, tree, call, fault, at)

        if not happened:
            assert (code, stderr) == (0, "")
            break
        assert scene.valid(tree) in (BEFORE, AFTER)
        assert code in ((2, 3, 0) if "error" in fault else (-9, 137)), stderr
        assert "Traceback" not in stderr
        scene.recovers(tree)
        reached += 1
    assert reached >= 3
