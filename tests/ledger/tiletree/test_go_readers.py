"""Our tree, judged by Tessera's fsck and by the packages of Go's checksum database; see tests/go/tilecheck."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger.note import format_vkey
from ledger.tiletree.exporting import export_tiles
from tests.ledger.harness import Harness
from tests.ledger.tiletree.trees import grow
from tests.programs import go_program

SIZES = (9, 255, 256, 300, 520)


@dataclass(frozen=True, slots=True)
class Exported:
    """A tree that was brought up step by step, the checkpoints on the way, and the log's key."""

    tree: Path
    older: tuple[Path, ...]
    vkey: str


Check = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def tilecheck(tmp_path_factory: pytest.TempPathFactory) -> Check:
    """Runs the Go program; built here, in the user's build cache."""
    binary = go_program("tilecheck", tmp_path_factory.mktemp("go"))

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([binary, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60)

    return run


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """A tree of 520 entries: two full tiles and a partial one, and the level above."""
    folder = tmp_path_factory.mktemp("exported")
    older = []
    harness = Harness.create(folder)
    for size in SIZES:
        grow(harness, size)
        export_tiles(harness.ledger, folder / "tree")
        older.append(folder / f"checkpoint-{size}")
        older[-1].write_bytes((folder / "tree/checkpoint").read_bytes())
    (key,) = harness.ledger.authority.verifier_keys()
    harness.close()
    return Exported(folder / "tree", tuple(older), format_vkey(key))


@pytest.mark.parametrize("way", ["fsck", "serve"])
def test_fsck_finds_the_tree_sound_as_files_and_from_a_web_server(
    tilecheck: Check, exported: Exported, way: str
) -> None:
    done = tilecheck(way, exported.vkey, exported.tree)

    assert (done.returncode, done.stdout) == (0, "fsck: sound\n"), done.stderr


def test_proofs_made_by_another_program_from_our_tiles_hold_for_every_entry(
    tilecheck: Check, exported: Exported
) -> None:
    done = tilecheck("prove", exported.vkey, exported.tree, *exported.older)

    assert (done.returncode, done.stdout) == (0, "proved: 520 entries, 5 older checkpoints\n"), done.stderr


@pytest.mark.parametrize(
    "name", ["checkpoint", "tile/0/000", "tile/0/002.p/8", "tile/1/000.p/2", "tile/entries/001", "tile/entries/002.p/8"]
)
def test_they_do_find_a_changed_byte(tilecheck: Check, exported: Exported, name: str) -> None:
    """So that what they say of the sound tree means something."""
    file = exported.tree / name
    before = file.read_bytes()
    file.write_bytes(before[:40] + bytes([before[40] ^ 1]) + before[41:])
    try:
        assert tilecheck("fsck", exported.vkey, exported.tree).returncode == 1
        assert tilecheck("prove", exported.vkey, exported.tree).returncode == 1
    finally:
        file.write_bytes(before)
