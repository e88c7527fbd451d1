"""The log of another implementation, handed over as we would: its checkpoints under a trust file, and its growth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from ledger.merkle import prove_consistency, prove_inclusion
from ledger.offline import verify_file
from ledger.proof_file import ConsistencyFile, ProofFile, format_consistency_file, format_proof_file
from ledger.received import HandedOver
from ledger.tiles import TilePath, TileReader, format_tile_path
from ledger.trust import parse_trust_policy
from ledger.verdicts import Report

POLICY = parse_trust_policy(
    b"log example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx\nquorum none\n"
)


@pytest.fixture(scope="module")
def log(vectors: Path) -> Path:
    return vectors / "tessera-log/testdata/log"


def note(log: Path, size: int) -> bytes:
    return (log / f"checkpoint.{size}").read_bytes()


def reader(log: Path, size: int) -> TileReader:
    return TileReader(size, lambda *tile: (log / format_tile_path(TilePath(*tile))).read_bytes())


def verify(file: Path, data: bytes, kept: Sequence[bytes] = ()) -> Report:
    file.write_bytes(data)
    return verify_file(file, POLICY, checkpoints=kept)


def test_every_checkpoint_is_sound(log: Path, tmp_path: Path) -> None:
    for size in range(16):
        report = verify(tmp_path / "note", note(log, size))
        assert (report.level, report.exit_code, report.size) == (HandedOver.CHECKPOINT.value, 0, size)


def test_growth_between_any_two_is_sound_and_no_other_root_is_a_beginning(log: Path, tmp_path: Path) -> None:
    for new in range(1, 16):
        for old in range(1, new + 1):
            file = ConsistencyFile(old, prove_consistency(old, new, reader(log, new)), note(log, new))
            assert verify(tmp_path / "growth", format_consistency_file(file), [note(log, old)]).exit_code == 0
    wrong = ConsistencyFile(7, prove_consistency(8, 15, reader(log, 15)), note(log, 15))
    assert verify(tmp_path / "growth", format_consistency_file(wrong), [note(log, 7)]).exit_code == 1


def test_an_entry_of_theirs_is_in_their_log_and_is_no_leaf_of_ours(log: Path, tmp_path: Path) -> None:
    bundle = (log / "tile/entries/000.p/15").read_bytes()
    first = bundle[2 : 2 + int.from_bytes(bundle[:2], "big")]
    file = ProofFile(0, prove_inclusion(0, 15, reader(log, 15)), note(log, 15), first)

    report = verify(tmp_path / "receipt", format_proof_file(file))

    assert [finding.verdict.value for finding in report.findings] == ["altered"]
    assert "leaf: found" in report.findings[0].detail, "its proof holds, its bytes are no entry as we write them"
