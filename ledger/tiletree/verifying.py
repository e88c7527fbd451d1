"""Verifying a tile tree that somebody else wrote, from its files alone; any C2SP tlog-tiles log, not only ours.

The files are looked at by `ledger.tiletree.walk`; here, who signed the root, and that the tree contains what was
signed before.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import BadInput, ProofError, Refused
from ledger.merkle import EMPTY_ROOT, HASH_SIZE
from ledger.note import MAX_NOTE_SIZE, parse_note
from ledger.tiles import TILE_WIDTH, TilePath, TileReader, format_tile_path, root_at
from ledger.tiletree.files import CHECKPOINT, NotAFile, read_regular
from ledger.tiletree.walk import Progress, walk_tree
from ledger.times import format_instant
from ledger.trust import TrustPolicy
from ledger.verdicts import LEDGER_WIDE, Report, Verdict
from ledger.verifying.findings import Findings

_KEPT: Final = "kept checkpoint"


def is_tile_tree(folder: Path) -> bool:
    """Whether a folder looks like a tile tree: there is a checkpoint in it."""
    return (folder / CHECKPOINT).is_file()


def verify_tiles(
    folder: Path,
    trust: TrustPolicy | None,
    *,
    checkpoints: Sequence[bytes] = (),
    progress: Progress | None = None,
) -> Report:
    """What the tile tree in `folder` shows: its tree, from the bytes of every entry, and who signed it.

    Without `trust` nobody's signature is checked, and the tree is only compared with itself. `checkpoints` are signed
    notes that somebody kept: the tree must contain what they sign. What the entries say, their own signatures and
    the keys behind them are not looked at: that needs the ledger or a bundle. `progress` is called with (entries
    done, entries in all).

    Raises:
        Refused: if there is no checkpoint in it, or a kept one is of another log. FormatError: if one is malformed.
        BadInput: kept checkpoints, and no policy to say whose they are.
    """
    if trust is None and checkpoints:
        raise BadInput("kept checkpoint: nothing says whose key signed it", remedy="give a trust file: --trust FILE")
    try:
        note = read_regular(folder / CHECKPOINT, MAX_NOTE_SIZE)
    except NotAFile:
        note = None
    if note is None:
        raise Refused("no tile tree", f"{folder}: there is no checkpoint in it", remedy="name the folder above 'tile'")
    findings = Findings()
    checkpoint = parse_checkpoint(parse_note(note).text)
    words = _judge(note, checkpoint, trust, findings)
    kept = [_kept(each, checkpoint.origin, trust, findings) for each in checkpoints] if trust else []
    if not checkpoint.size:
        assert checkpoint.root == EMPTY_ROOT
    else:
        walk_tree(folder, checkpoint, findings, progress)
    for older in filter(None, kept):
        _compare(folder, older, checkpoint, findings)
    counts = sorted(findings.counts.items(), key=lambda item: list(Verdict).index(item[0]))
    return Report(
        origin=checkpoint.origin,
        size=checkpoint.size,
        root=checkpoint.root,
        checkpoint_size=checkpoint.size,
        checked_at=format_instant(time.time_ns() // 1_000),
        level="tiles",
        trust=words,
        counts=tuple(counts),
        findings=findings.in_order(),
    )


def _judge(note: bytes, checkpoint: Checkpoint, trust: TrustPolicy | None, findings: Findings) -> str:
    if trust is None:
        findings.add(Verdict.FIRST_SIGHT, LEDGER_WIDE, "no trust policy: who signed it was not checked", CHECKPOINT)
        return "first sight: nothing to compare with"
    try:
        judged = trust.judge(note)
    except ProofError as error:
        findings.add(Verdict.SIGNATURE_INVALID, LEDGER_WIDE, str(error), CHECKPOINT)
        return "trust policy: a signature is wrong"
    if judged.log is None:
        found = f"no log key of the trust policy for {checkpoint.origin} signed it"
        findings.add(Verdict.KEY_UNKNOWN, LEDGER_WIDE, found, CHECKPOINT)
    if not judged.quorum_met:
        found = f"cosigned by {', '.join(name for name, _ in judged.cosigned) or 'nobody'}, not by a quorum"
        findings.add(Verdict.NOT_WITNESSED, LEDGER_WIDE, found, CHECKPOINT)
    cosigners = f", cosigned by {', '.join(name for name, _ in judged.cosigned)}" if judged.cosigned else ""
    return f"trust policy: signed by {judged.log or 'none of its log keys'}{cosigners}"


def _kept(note: bytes, origin: str, trust: TrustPolicy, findings: Findings) -> Checkpoint | None:
    """A kept checkpoint, if it can be compared with."""
    checkpoint = parse_checkpoint(parse_note(note).text)
    if checkpoint.origin != origin:
        raise Refused(
            "other ledger", f"kept checkpoint: of {checkpoint.origin}, expected one of {origin}",
            remedy="give one of the same ledger",
        )  # fmt: skip
    try:
        if trust.judge(note).log is None:
            # Not `key unknown`: it is the verifier's own, most likely signed before the log's key was replaced.
            found = "no log key of the trust file signed it, so it compares with nothing; add its key if you trust it"
            findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, found, _KEPT)
            return None
    except ProofError as error:
        findings.add(Verdict.SIGNATURE_INVALID, LEDGER_WIDE, str(error), _KEPT)
        return None
    return checkpoint


def _compare(folder: Path, kept: Checkpoint, now: Checkpoint, findings: Findings) -> None:
    """Hold a kept checkpoint against the tree, whose tiles have been checked."""
    if kept.size > now.size:
        found = f"the kept checkpoint has {kept.size} entries, this tree {now.size}"
        findings.add(Verdict.TRUNCATED, LEDGER_WIDE, found, CHECKPOINT)
        return
    if findings.found((Verdict.ALTERED, Verdict.MISSING, Verdict.NOT_CHECKED)):
        found = f"a tree with wrong or missing files can't be compared with the kept one of {kept.size} entries"
        findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, found, _KEPT)
        return

    def read_tile(level: int, index: int, width: int) -> bytes:
        tile = TilePath(level, index, width)
        data = read_regular(folder / format_tile_path(tile), HASH_SIZE * TILE_WIDTH)
        if data is None:
            data = read_regular(folder / format_tile_path(TilePath(level, index)), HASH_SIZE * TILE_WIDTH) or b""
        return data[: HASH_SIZE * width]

    root = root_at(kept.size, TileReader(now.size, read_tile))
    if root != kept.root:
        found = f"the kept checkpoint of {kept.size} entries has root {kept.root.hex()}, this tree {root.hex()} there"
        findings.add(Verdict.FORKED, LEDGER_WIDE, found, CHECKPOINT)
