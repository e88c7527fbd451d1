"""Receipts, checkpoints and the growth between them, judged under a trust policy.

What breaks its format is an error; what is in it and does not hold is a finding:

- a known key's wrong signature is `signature invalid`; no log key of the trust file `key unknown`; too few witnesses
  `not witnessed`;
- an entry that is not what its receipt proves is `altered`;
- two checkpoints that are not of one history are `forked`, and so is a proof between them that does not hold, since
  nobody can tell a wrong proof from one that could not be made;
- what nothing was given to compare with is `not checked here`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import FormatError, ProofError, Refused
from ledger.leaf import UnsupportedVersion, parse_leaf
from ledger.merkle import check_consistency, check_inclusion, leaf_hash
from ledger.note import parse_note
from ledger.proof_file import ConsistencyFile, ProofFile
from ledger.statement import Statement, parse_statement
from ledger.times import format_instant
from ledger.trust import TrustPolicy
from ledger.verdicts import LEDGER_WIDE, Report, Verdict
from ledger.verifying.findings import Findings

__all__ = ["Handover", "counts_in_order"]

_CHECKPOINT: Final = "checkpoint"
_KEPT: Final = "kept checkpoint"
_LAST_SECOND: Final = 253_402_300_799
"""The last one of the year 9999: a witness may claim any later one up to 2^63 - 1, but no calendar here has it."""


def counts_in_order(findings: Findings) -> tuple[tuple[Verdict, int], ...]:
    """How often each verdict was found, in the order in which the verdicts are listed."""
    return tuple(sorted(findings.counts.items(), key=lambda item: list(Verdict).index(item[0])))


@dataclass(slots=True)
class Handover:
    """One verification under `trust` against `kept` checkpoints; afterwards `report` says what it found."""

    trust: TrustPolicy
    kept: Sequence[bytes]
    findings: Findings = field(default_factory=Findings)
    notes: list[str] = field(default_factory=list)
    newest: Checkpoint | None = None
    signed: bool = False

    def checkpoint(self, note: bytes) -> None:
        """Judge a checkpoint alone.

        Raises:
            FormatError: the note is not that of a checkpoint. Refused: a kept one is of another ledger.
        """
        checkpoint = self._judge(note)
        self.compare(checkpoint)

    def receipt(self, file: ProofFile) -> None:
        """Judge an entry and its way to a checkpoint.

        Raises:
            Refused: a kept checkpoint is of another ledger.
        """
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
        """Judge the growth from one checkpoint to another.

        Raises:
            FormatError: no tree grows like that. Refused: a kept checkpoint is of another ledger.
        """
        size = file.checkpoint.size
        if file.old_size > size:
            raise FormatError("consistency proof: old size", str(file.old_size), f"at most the newer one, {size}")
        if file.proof and file.old_size in (0, size):
            raise FormatError("consistency proof", f"{len(file.proof)} hashes", f"none from {file.old_size} to {size}")
        checkpoint = self._judge(file.note)
        if not self.compare(checkpoint, file):
            found = f"it begins at {file.old_size} entries, and no checkpoint of that size was given to compare with"
            self._add(Verdict.NOT_CHECKED, f"{found}; give the one you kept: --checkpoint FILE", "consistency proof")

    def report(self, level: str, checked_at: str) -> Report:
        """All of it; `level` says what was verified."""
        assert self.newest is not None
        return Report(
            origin=self.newest.origin,
            size=self.newest.size,
            root=self.newest.root,
            checkpoint_size=self.newest.size if self.signed else 0,
            checked_at=checked_at,
            level=level,
            trust=self._trust_words(),
            counts=counts_in_order(self.findings),
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

    def compare(self, here: Checkpoint, file: ConsistencyFile | None = None) -> bool:
        """Hold every kept checkpoint against the one `here`; whether `file` led from one of them.

        A kept one may be the newer: a receipt of an old entry may stand on an old checkpoint.
        """
        used = False
        for note in self.kept:
            kept = self._judge_kept(note, here)
            if kept is None:
                continue
            if kept.size == here.size:
                used = used or (file is not None and file.old_size == kept.size)
                if kept.root != here.root:
                    found = f"the kept one of {kept.size} entries has root {kept.root.hex()}"
                    self._add(Verdict.FORKED, f"{found}, this one {here.root.hex()}", _CHECKPOINT)
            elif file is not None and kept.size == file.old_size:
                used = True
                self._check_growth(kept, here, file)
            elif kept.size and here.size:  # every history begins with the empty one
                self._add(Verdict.NOT_CHECKED, _not_led(kept.size, here.size), _KEPT)
        return used

    def _check_growth(self, old: Checkpoint, new: Checkpoint, file: ConsistencyFile) -> None:
        if old.size == 0:
            return
        try:
            check_consistency(old.size, old.root, new.size, new.root, file.proof)
        except ProofError as error:
            self._add(Verdict.FORKED, f"{error}, or the proof was changed", "consistency proof")
        else:
            self.notes.append(f"the {old.size} entries of the kept checkpoint are unchanged in it")

    def _judge_kept(self, note: bytes, here: Checkpoint) -> Checkpoint | None:
        try:
            judged = self.trust.judge(note)
        except ProofError as error:
            self._add(Verdict.SIGNATURE_INVALID, str(error), _KEPT)
            return None
        if judged.checkpoint.origin != here.origin:
            raise Refused(
                "other ledger", f"kept checkpoint: of {judged.checkpoint.origin}, expected one of {here.origin}",
                remedy="give one of the same ledger",
            )  # fmt: skip
        if judged.log is None:
            # Not `key unknown`: it is the verifier's own, most likely signed before the ledger's key was replaced.
            found = "no log key of the trust file signed it, so it compares with nothing; add its key if you trust it"
            self._add(Verdict.NOT_CHECKED, found, _KEPT)
            return None
        return judged.checkpoint


def _not_led(kept: int, here: int) -> str:
    """What is missing between a kept checkpoint and the one here, and who makes it; neither has 0 entries."""
    if kept < here:
        found = f"nothing here leads from its {kept} entries to the {here} of this one"
    else:
        found = f"it has {kept} entries; this one of {here} is older, and nothing here leads from it to the kept one"
    older, newer = sorted((kept, here))
    growth = f"'aims prove consistency {older} {newer}'"
    return f"{found}; ask for what {growth} writes, and verify that with --checkpoint for each of the two"


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
