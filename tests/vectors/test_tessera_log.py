"""A small tlog-tiles log that another implementation wrote: 16 checkpoints, partial tiles, entry bundles."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger.checkpoint import Checkpoint, verify_checkpoint
from ledger.errors import FormatError, ProofError
from ledger.merkle import (
    RightEdge,
    check_consistency,
    check_inclusion,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
)
from ledger.note import format_vkey, parse_vkey
from ledger.tiles import TilePath, TileReader, format_tile_path, parse_bundle, parse_tile_path, tiles_at
from ledger.tiletree.verifying import verify_tiles
from ledger.trust import parse_trust_policy

LOG_KEY = parse_vkey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
POLICY = parse_trust_policy(f"log {format_vkey(LOG_KEY)}\nquorum none\n".encode())
SIZES = range(16)


@pytest.fixture(scope="module")
def log(vectors: Path) -> Path:
    return vectors / "tessera-log/testdata/log"


def checkpoint(log: Path, size: int) -> Checkpoint:
    return verify_checkpoint((log / f"checkpoint.{size}").read_bytes(), [LOG_KEY]).checkpoint


def leaves(log: Path, size: int) -> tuple[bytes, ...]:
    if not size:
        return ()
    return parse_bundle((log / format_tile_path(TilePath(None, 0, size))).read_bytes(), size)


def test_every_checkpoint_verifies_and_its_root_is_that_of_the_entry_bundle(log: Path) -> None:
    for size in SIZES:
        edge = RightEdge()
        edge.extend(map(leaf_hash, leaves(log, size)))

        assert checkpoint(log, size) == Checkpoint("example.com/log/testdata", size, edge.root())


def test_a_changed_checkpoint_of_that_log_does_not_verify(log: Path) -> None:
    note = (log / "checkpoint.7").read_bytes()

    with pytest.raises(ProofError, match=r"the signature of example\.com/log/testdata\+33d7b496 does not verify"):
        verify_checkpoint(note.replace(b"\n7\n", b"\n8\n"), [LOG_KEY])
    with pytest.raises(FormatError, match="signature"):
        verify_checkpoint(note[:-2] + b"\n", [LOG_KEY])


def test_partial_tiles_hold_the_leaf_hashes_of_the_entries(log: Path) -> None:
    for size in SIZES[1:]:
        assert [format_tile_path(path) for path in tiles_at(size)] == [f"tile/0/000.p/{size}"]
        tile = (log / f"tile/0/000.p/{size}").read_bytes()
        assert tile == b"".join(map(leaf_hash, leaves(log, size)))


def test_every_file_of_that_log_has_a_path_that_we_would_write(log: Path) -> None:
    paths = [file.relative_to(log).as_posix() for file in (log / "tile").rglob("*") if file.is_file()]

    assert len(paths) == 30
    for path in paths:
        assert format_tile_path(parse_tile_path(path)) == path


def test_proofs_read_from_its_tiles_check_between_all_its_checkpoints(log: Path) -> None:
    for size in SIZES[1:]:
        now = checkpoint(log, size)
        reader = TileReader(size, lambda *tile: (log / format_tile_path(TilePath(*tile))).read_bytes())
        for index, leaf in enumerate(leaves(log, size)):
            check_inclusion(leaf_hash(leaf), index, size, prove_inclusion(index, size, reader), now.root)
            old = checkpoint(log, index + 1)
            proof = prove_consistency(old.size, size, reader)
            check_consistency(old.size, old.root, size, now.root, proof)


@pytest.mark.parametrize("size", SIZES)
def test_that_log_is_a_sound_tile_tree_at_each_of_its_checkpoints(log: Path, tmp_path: Path, size: int) -> None:
    tree = shutil.copytree(log, tmp_path / "log")
    shutil.copy(log / f"checkpoint.{size}", tree / "checkpoint")

    report = verify_tiles(tree, POLICY)

    assert (report.exit_code, report.summary, report.size) == (0, "sound", size), report.findings
    assert report.root == checkpoint(log, size).root


def test_a_changed_byte_in_any_file_of_that_log_is_found(log: Path, tmp_path: Path) -> None:
    tree = shutil.copytree(log, tmp_path / "log")
    for file in sorted((tree / "tile").rglob("*")):
        if not file.is_file():
            continue
        before = file.read_bytes()
        for at in range(0, len(before), 3):
            file.write_bytes(before[:at] + bytes([before[at] ^ 0x10]) + before[at + 1 :])
            assert verify_tiles(tree, POLICY).exit_code == 1, f"byte {at} of {file}"
        file.write_bytes(before)
