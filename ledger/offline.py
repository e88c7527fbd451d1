"""Verifying what was handed over, without any ledger: receipts, checkpoints, consistency proofs, tile trees, bundles.

Keys come from a trust file (`ledger.trust`), never from what is verified. What a file is, its first bytes say
(`ledger.received`). One that is not in its format is refused; what does not hold is a finding (`ledger.handover`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import BadInput, FormatError
from ledger.handover import Handover, counts_in_order
from ledger.note import parse_note
from ledger.proof_file import MAX_PROOF_FILE_SIZE, parse_consistency_file, parse_proof_file
from ledger.received import HandedOver, Received, receive, tell
from ledger.times import format_instant
from ledger.trust import TrustPolicy
from ledger.verdicts import Report

__all__ = ["HandedOver", "checkpoint_in", "verify_file", "verify_received"]


def verify_file(
    path: Path,
    trust: TrustPolicy | None,
    *,
    checkpoints: Sequence[bytes] = (),
    timestamp_roots: Sequence[bytes] = (),
) -> Report:
    """As `verify_received`, of whatever the file, pipe or folder at `path` is.

    Raises:
        BadInput: it is nothing that is handed over. FormatError, Refused: as there.
    """
    with receive(path) as received:
        if received.what is None:
            raise BadInput(f"{path}: a ledger, expected what was handed over from one", remedy="see verify_ledger")
        return verify_received(received, trust, checkpoints=checkpoints, timestamp_roots=timestamp_roots)


def verify_received(
    received: Received,
    trust: TrustPolicy | None,
    *,
    checkpoints: Sequence[bytes] = (),
    timestamp_roots: Sequence[bytes] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """What was received (no ledger) shows under `trust`; only a bundle and a tile tree say anything without.

    `checkpoints` are signed notes that somebody kept: what is verified must be of the same history. `timestamp_roots`
    are PEM certificates of time-stamping authorities, for bundles. `progress` is called with (entries done, entries in
    all) of a tile tree.

    Raises:
        FormatError: the file is not in its format. BadInput: it can't be read, or there is nothing to trust.
        Refused: a kept checkpoint is of another ledger.
    """
    name, what = received.name, received.what
    if what is None:
        raise ValueError(f"{name} is a ledger, expected what was handed over from one")
    for note in checkpoints:
        with _naming("kept checkpoint"):
            parse_checkpoint(parse_note(note).text)
    if what is HandedOver.BUNDLE:
        from ledger.bundle import verify_bundle

        with _naming(name, "a bundle is verified as it was made: have it sent again, not packed anew"):
            report = verify_bundle(received.path, trust, timestamp_roots)
        return _compared(report, trust, checkpoints) if checkpoints else report
    if what is HandedOver.TILES:
        from ledger.tiletree.verifying import verify_tiles

        return verify_tiles(received.path, trust, checkpoints=checkpoints, progress=progress)
    if trust is None:
        raise BadInput(
            f"{name}: {what.words} vouches for nothing by itself",
            remedy="say whose keys to trust: --trust FILE, from someone other than who handed it over",
        )
    run = Handover(trust, checkpoints)
    data = _read(received)
    with _naming(name, "it is not as it was made: have it sent again, as an attachment"):
        if what is HandedOver.RECEIPT:
            run.receipt(parse_proof_file(data))
        elif what is HandedOver.CONSISTENCY:
            run.consistency(parse_consistency_file(data))
        else:
            run.checkpoint(data)
    return run.report(what.value, format_instant(time.time_ns() // 1_000))


def checkpoint_in(data: bytes) -> bytes:
    """The signed note of a checkpoint: the file itself, or the end of a receipt or consistency proof.

    Raises:
        FormatError: there is none in it, or the file breaks its format.
    """
    what = tell(data)
    if what is HandedOver.RECEIPT:
        return parse_proof_file(data).note
    if what is HandedOver.CONSISTENCY:
        return parse_consistency_file(data).note
    parse_checkpoint(parse_note(data).text)
    return data


@contextmanager
def _naming(name: str, remedy: str = "") -> Iterator[None]:
    """Say in every error of a format which file it is about, and what to do."""
    try:
        yield
    except FormatError as error:
        if error.what.startswith(name):
            raise
        what, remedy = f"{name}: {error.what}", error.remedy or remedy
        raise FormatError(what, error.found, error.expected, remedy=remedy) from error


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


def _read(received: Received) -> bytes:
    data = received.data
    if data is None:
        try:
            with received.path.open("rb") as handle:
                data = handle.read(MAX_PROOF_FILE_SIZE + 1)
        except OSError as error:
            raise BadInput(f"{received.name}: can't be read ({error.strerror})") from error
    if len(data) > MAX_PROOF_FILE_SIZE:
        raise FormatError(received.name, "a larger file", f"at most {MAX_PROOF_FILE_SIZE} bytes")
    return data
