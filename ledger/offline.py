"""Verifying what was handed over, without any ledger: receipts, checkpoints, consistency proofs, tile trees, bundles.

Keys come from a trust file (`ledger.trust`), never from what is verified. What a file is, its first bytes say. One
that is not in its format is refused; what does not hold is a finding (`ledger.handover`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path

from ledger.checkpoint import Checkpoint
from ledger.errors import BadInput, FormatError
from ledger.handover import Handover, counts_in_order
from ledger.proof_file import MAX_PROOF_FILE_SIZE, parse_consistency_file, parse_proof_file
from ledger.times import format_instant
from ledger.trust import TrustPolicy
from ledger.verdicts import Report

__all__ = ["HandedOver", "tell", "verify_file", "verify_handed_over", "what_is"]


class HandedOver(Enum):
    """What a file is, when it is no ledger; the values are those of `Report.level`."""

    BUNDLE = "bundle"
    RECEIPT = "receipt"
    CONSISTENCY = "consistency"
    CHECKPOINT = "checkpoint"
    TILES = "tiles"


def tell(data: bytes) -> HandedOver | None:  # a tile tree is a folder, told by the checkpoint in it
    """What a file is by its first bytes (1,024 are enough); None for a ledger and for what is nothing of all this."""
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return HandedOver.BUNDLE
    if data.startswith(b"c2sp.org/tlog-proof@"):
        return HandedOver.RECEIPT
    if data.startswith(b"old "):
        return HandedOver.CONSISTENCY
    # An origin has at most 255 bytes, a size 19 and a root 44, so the signatures of a checkpoint begin by then.
    return HandedOver.CHECKPOINT if b"\n\n\xe2\x80\x94 " in data[:1_024] else None


def what_is(path: Path) -> HandedOver | None:
    """What the file or folder at `path` is; None for a ledger, what is not there, and what is nothing of all this."""
    if (path / "bundle.json").is_file():
        raise BadInput(
            f"{path}: a bundle that was unpacked, expected the zip",
            remedy="give the zip itself, or run the verify.py of the project on this folder",
        )
    if (path / "checkpoint").is_file():
        return HandedOver.TILES
    try:
        with path.open("rb") as handle:
            return tell(handle.read(1_024))
    except (OSError, ValueError):  # a ValueError is a path with a null character
        return None


def verify_file(
    path: Path,
    trust: TrustPolicy | None,
    *,
    checkpoints: Sequence[bytes] = (),
    timestamp_roots: Sequence[bytes] = (),
) -> Report:
    """As `verify_handed_over`, of whatever the file or folder is.

    Raises:
        FormatError: it is nothing that is handed over, or not in its format. BadInput, Refused: as there.
    """
    what = what_is(path)
    if what is None:
        raise FormatError(str(path), "another file, or none", "a receipt, proof, checkpoint, bundle or tile tree")
    return verify_handed_over(path, what, trust, checkpoints=checkpoints, timestamp_roots=timestamp_roots)


def verify_handed_over(
    path: Path,
    what: HandedOver,
    trust: TrustPolicy | None,
    *,
    checkpoints: Sequence[bytes] = (),
    timestamp_roots: Sequence[bytes] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """What the file or folder at `path` shows under `trust`; only a bundle and a tile tree say anything without.

    `checkpoints` are signed notes that somebody kept: what is verified must be of the same history. `timestamp_roots`
    are PEM certificates of time-stamping authorities, for bundles. `progress` is called with (entries done, entries in
    all) of a tile tree.

    Raises:
        FormatError: the file is not in its format. BadInput: it can't be read, or there is nothing to trust.
        Refused: a kept checkpoint is of another ledger.
    """
    if what is HandedOver.BUNDLE:
        from ledger.bundle import verify_bundle

        report = verify_bundle(path, trust, timestamp_roots)
        return _compared(report, trust, checkpoints) if checkpoints else report
    if what is HandedOver.TILES:
        from ledger.tiletree.verifying import verify_tiles

        return verify_tiles(path, trust, checkpoints=checkpoints, progress=progress)
    if trust is None:
        raise BadInput(
            f"{path}: a {what.value} vouches for nothing by itself",
            remedy="say whose keys to trust: --trust FILE, from someone other than who handed it over",
        )
    run = Handover(trust, checkpoints)
    data = _read(path)
    if what is HandedOver.RECEIPT:
        run.receipt(parse_proof_file(data))
    elif what is HandedOver.CONSISTENCY:
        run.consistency(parse_consistency_file(data))
    else:
        run.checkpoint(data)
    return run.report(what.value, format_instant(time.time_ns() // 1_000))


def _compared(report: Report, trust: TrustPolicy | None, checkpoints: Sequence[bytes]) -> Report:
    """The report of a bundle with what kept checkpoints say of it.

    Raises:
        BadInput: there is no trust file that says whose checkpoints they are.
    """
    if trust is None:
        raise BadInput("kept checkpoint: nothing says whose key signed it", remedy="give a trust file: --trust FILE")
    run = Handover(trust, checkpoints)
    run.compare(Checkpoint(report.origin, report.size, report.root))
    run.findings.take(report.findings, dict(report.counts))
    return replace(report, counts=counts_in_order(run.findings), findings=run.findings.in_order())


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_PROOF_FILE_SIZE + 1)
    except OSError as error:
        raise BadInput(f"{path}: can't be read ({error.strerror})") from error
    if len(data) > MAX_PROOF_FILE_SIZE:
        raise FormatError(str(path), "a larger file", f"at most {MAX_PROOF_FILE_SIZE} bytes")
    return data
