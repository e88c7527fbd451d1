"""Verifying what was handed over, without any ledger: receipts, checkpoints, consistency proofs, tile trees, bundles.

Keys come from a trust file (`ledger.trust`), never from what is verified. What a file is, its first bytes say. One
that is not in its format is refused (`FormatError`); one that is, and does not hold, has findings:

- a known key's wrong signature is `signature invalid`; no log key of the trust file `key unknown`; too few witnesses
  `not witnessed`;
- an entry that is not what its receipt proves is `altered`;
- two checkpoints that are not of one history are `forked`, and so is a proof between them that does not hold, since
  nobody can tell a wrong proof from one that could not be made;
- what nothing was given to compare with is `not checked here`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Final

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import BadInput, FormatError, ProofError, Refused
from ledger.findings import Findings
from ledger.leaf import UnsupportedVersion, parse_leaf
from ledger.merkle import check_consistency, check_inclusion, leaf_hash
from ledger.note import parse_note
from ledger.proof_file import MAX_PROOF_FILE_SIZE, ConsistencyFile, ProofFile, parse_consistency_file, parse_proof_file
from ledger.statement import Statement, parse_statement
from ledger.times import format_instant
from ledger.trust import TrustPolicy
from ledger.verdicts import LEDGER_WIDE, Report, Verdict

__all__ = ["HandedOver", "tell", "verify_handed_over"]

_CHECKPOINT: Final = "checkpoint"
_KEPT: Final = "kept checkpoint"
_LAST_SECOND: Final = 253_402_300_799
"""The last one of the year 9999: a witness may claim any later one up to 2^63 - 1, but no calendar here has it."""


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
    run = _Run(trust, checkpoints)
    data = _read(path)
    if what is HandedOver.RECEIPT:
        run.receipt(parse_proof_file(data))
    elif what is HandedOver.CONSISTENCY:
        run.consistency(parse_consistency_file(data))
    else:
        run.checkpoint(data)
    return run.report(what)


def _compared(report: Report, trust: TrustPolicy | None, checkpoints: Sequence[bytes]) -> Report:
    """The report of a bundle with what kept checkpoints say of it.

    Raises:
        BadInput: there is no trust file that says whose checkpoints they are.
    """
    if trust is None:
        raise BadInput("kept checkpoint: nothing says whose key signed it", remedy="give a trust file: --trust FILE")
    run = _Run(trust, checkpoints)
    run.compare(Checkpoint(report.origin, report.size, report.root))
    run.findings.take(report.findings, dict(report.counts))
    return replace(report, counts=_in_order(run.findings), findings=run.findings.in_order())


def _in_order(findings: Findings) -> tuple[tuple[Verdict, int], ...]:
    return tuple(sorted(findings.counts.items(), key=lambda item: list(Verdict).index(item[0])))


@dataclass(slots=True)
class _Run:
    """One verification: findings and notes, and how much the log's own signature covers."""

    trust: TrustPolicy
    kept: Sequence[bytes]
    findings: Findings = field(default_factory=Findings)
    notes: list[str] = field(default_factory=list)
    newest: Checkpoint | None = None
    signed: bool = False

    def checkpoint(self, note: bytes) -> None:
        """A checkpoint alone."""
        checkpoint = self._judge(note)
        self.compare(checkpoint)

    def receipt(self, file: ProofFile) -> None:
        """An entry and its way to a checkpoint."""
        checkpoint = self._judge(file.note)
        self.compare(checkpoint)
        if file.extra is None:
            self._add(Verdict.NOT_CHECKED, "the entry itself is not in the file", index=file.index)
            return
        try:
            check_inclusion(leaf_hash(file.extra), file.index, checkpoint.size, file.proof, checkpoint.root)
        except ProofError as error:
            self._add(Verdict.ALTERED, f"{error}", index=file.index)
        self._entry(file.index, file.extra, checkpoint.origin)

    def consistency(self, file: ConsistencyFile) -> None:
        """The growth from one checkpoint to another."""
        size = file.checkpoint.size
        if file.old_size > size:
            raise FormatError("consistency proof: old size", str(file.old_size), f"at most the newer one, {size}")
        if file.proof and file.old_size in (0, size):
            raise FormatError("consistency proof", f"{len(file.proof)} hashes", f"none from {file.old_size} to {size}")
        checkpoint = self._judge(file.note)
        if not self.compare(checkpoint, file):
            found = f"it begins at {file.old_size} entries, and no checkpoint of that size was given to compare with"
            self._add(Verdict.NOT_CHECKED, found, "consistency proof")

    def report(self, what: HandedOver) -> Report:
        """All of it."""
        assert self.newest is not None
        return Report(
            origin=self.newest.origin,
            size=self.newest.size,
            root=self.newest.root,
            checkpoint_size=self.newest.size if self.signed else 0,
            checked_at=format_instant(time.time_ns() // 1_000),
            level=what.value,
            trust=self._trust_words(),
            counts=_in_order(self.findings),
            findings=self.findings.in_order(),
            notes=tuple(self.notes),
        )

    def _trust_words(self) -> str:
        logs, witnesses = len(self.trust.logs), len(self.trust.witnesses)
        return f"trust file of {logs} log key(s) and {witnesses} witness(es), quorum {self.trust.quorum}"

    def _add(self, verdict: Verdict, detail: str, what: str = "", *, index: int = LEDGER_WIDE) -> None:
        self.findings.add(verdict, index, detail, what)

    def _judge(self, note: bytes) -> Checkpoint:
        """The checkpoint in a note, its signatures judged."""
        checkpoint = self.newest = parse_checkpoint(parse_note(note).text)
        try:
            judged = self.trust.judge(note)
        except ProofError as error:
            self._add(Verdict.SIGNATURE_INVALID, str(error), _CHECKPOINT)
            return checkpoint
        self.signed = judged.log is not None
        if judged.log is None:
            self._add(
                Verdict.KEY_UNKNOWN, f"no log key for {checkpoint.origin} in the trust file signed it", _CHECKPOINT
            )
        if not judged.quorum_met:
            names = ", ".join(name for name, _ in judged.cosigned) or "no witness of it"
            found = f"cosigned by {names}, which is not the quorum {self.trust.quorum} of the trust file"
            self._add(Verdict.NOT_WITNESSED, found, _CHECKPOINT)
        self.notes += [f"cosigned by {name}{_at(seconds)}" for name, seconds in judged.cosigned]
        if judged.time is not None:
            self.notes.append(f"the quorum had seen it{_at(judged.time)}")
        return checkpoint

    def _entry(self, index: int, leaf: bytes, origin: str) -> None:
        try:
            parsed = parse_leaf(leaf)
            statement = parse_statement(parsed.envelope.payload)
        except UnsupportedVersion as error:
            self._add(Verdict.UNSUPPORTED_VERSION, str(error), index=index)
            return
        except FormatError as error:
            self._add(Verdict.ALTERED, str(error), index=index)
            return
        if (parsed.links.index, parsed.links.ledger, statement.ledger) != (index, origin, origin):
            found = f"it says that it is entry {parsed.links.index} of {parsed.links.ledger}, for {statement.ledger}"
            self._add(Verdict.ALTERED, f"{found}; expected entry {index} of {origin}", index=index)
            return
        self.notes += _described(index, statement, parsed.links.time, [s.keyid for s in parsed.envelope.signatures])

    def compare(self, newer: Checkpoint, file: ConsistencyFile | None = None) -> bool:
        """Hold every kept checkpoint against `newer`; whether `file` led from one of them."""
        used = False
        for note in self.kept:
            kept = self._judge_kept(note, newer)
            if kept is None:
                continue
            if kept.size == newer.size:
                used = used or (file is not None and file.old_size == kept.size)
                if kept.root != newer.root:
                    found = f"the kept one of {kept.size} entries has root {kept.root.hex()}"
                    self._add(Verdict.FORKED, f"{found}, this one {newer.root.hex()}", _CHECKPOINT)
            elif file is not None and kept.size == file.old_size:
                used = True
                self._check_growth(kept, newer, file)
            elif kept.size:  # every history begins with the empty one
                found = f"nothing here leads from its {kept.size} entries to {newer.size}"
                self._add(Verdict.NOT_CHECKED, f"{found}; 'aims prove consistency' makes what does", _KEPT)
        return used

    def _check_growth(self, old: Checkpoint, new: Checkpoint, file: ConsistencyFile) -> None:
        if old.size == 0:
            return
        try:
            check_consistency(old.size, old.root, new.size, new.root, file.proof)
        except ProofError as error:
            self._add(Verdict.FORKED, f"{error}, or the proof was changed", "consistency proof")

    def _judge_kept(self, note: bytes, newer: Checkpoint) -> Checkpoint | None:
        try:
            judged = self.trust.judge(note)
        except ProofError as error:
            self._add(Verdict.SIGNATURE_INVALID, str(error), _KEPT)
            return None
        if judged.checkpoint.origin != newer.origin:
            raise Refused(
                "other ledger", f"kept checkpoint: of {judged.checkpoint.origin}, expected one of {newer.origin}",
                remedy="give one of the same ledger",
            )  # fmt: skip
        if judged.log is None:
            self._add(Verdict.KEY_UNKNOWN, f"no log key for {newer.origin} in the trust file signed it", _KEPT)
            return None
        return judged.checkpoint


def _described(index: int, statement: Statement, recorded: int, keyids: Sequence[str]) -> list[str]:
    signers = ", ".join(keyid[:16] for keyid in keyids)
    return [
        f"entry {index}: {statement.kind} of {statement.subject}, statement {statement.digest.hex()}",
        f"it says it happened {format_instant(statement.time)} and was recorded {format_instant(recorded)}",
        f"it carries signatures of the keys {signers}, which a receipt does not vouch for",
    ]


def _at(seconds: int) -> str:
    if seconds == 0:
        return ", without a time"
    if seconds > _LAST_SECOND:
        return f" at {seconds} s after 1970"
    return f" at {format_instant(seconds * 1_000_000)[:19]}Z"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as handle:
            data = handle.read(MAX_PROOF_FILE_SIZE + 1)
    except OSError as error:
        raise BadInput(f"{path}: can't be read ({error.strerror})") from error
    if len(data) > MAX_PROOF_FILE_SIZE:
        raise FormatError(str(path), "a larger file", f"at most {MAX_PROOF_FILE_SIZE} bytes")
    return data
