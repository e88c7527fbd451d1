"""The checkpoints of a bundle judged: its own, and the older ones that outsiders vouch for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.authority import Authority
from ledger.bundle.contents import Contents, FoundOnce
from ledger.bundle.lines import HistoryLine, parse_history_line, split_lines
from ledger.bundle.manifest import CHECKPOINT, HISTORY, MANIFEST, TIMESTAMPS
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import FormatError, ProofError
from ledger.merkle import check_consistency
from ledger.note import VerifierKey, parse_note
from ledger.signing import verify
from ledger.trust import Judged, TrustPolicy
from ledger.verdicts import Verdict

_SECOND = 1_000_000
_BUNDLE = "bundle"


@dataclass(slots=True)
class Notes:
    """What the checkpoints of a bundle show.

    `checkpoint` is the bundle's own if it could be read, `signed` whether its signatures hold, `cosigned` the witnesses
    of the trust policy that signed it. `seen` are (size, time in microseconds) of checkpoints of this history that
    outsiders saw by then.
    """

    checkpoint: Checkpoint | None = None
    signed: bool = False
    cosigned: tuple[str, ...] = ()
    seen: list[tuple[int, int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Stamped:
    note: bytes
    token: bytes


def read_checkpoint(contents: Contents, told: FoundOnce) -> Checkpoint | None:
    """The bundle's checkpoint, compared with the manifest; None, and told, if it is none."""
    manifest = contents.manifest
    try:
        checkpoint = parse_checkpoint(parse_note(contents.get(CHECKPOINT)).text)
    except FormatError as error:
        told.add(Verdict.ALTERED, CHECKPOINT, str(error))
        return None
    if (checkpoint.origin, checkpoint.size, checkpoint.root) != (manifest.origin, manifest.size, manifest.root):
        found = f"it says {manifest.size} entries of {manifest.origin}, or another root than the checkpoint signs"
        told.add(Verdict.ALTERED, MANIFEST, found)
    return checkpoint


def judge_notes(
    contents: Contents,
    told: FoundOnce,
    checkpoint: Checkpoint | None,
    authority: Authority | None,
    trust: TrustPolicy | None,
    timestamp_roots: Sequence[bytes],
    *,
    proved: bool,
) -> Notes:
    """Judge signatures and history; `proved`: the carried entries lead to the checkpoint's root."""
    notes = Notes(checkpoint)
    if trust is None:
        told.add(Verdict.FIRST_SIGHT, _BUNDLE, "no trust file was given, so its keys are only its own word")
    judge = _NoteJudge(contents, told, authority, trust)
    if checkpoint is not None:
        judged = judge.signatures(contents.get(CHECKPOINT), CHECKPOINT)
        notes.signed = judged is not None
        if isinstance(judged, Judged):
            notes.cosigned = tuple(name for name, _ in judged.cosigned)
            if not judged.quorum_met:
                told.add(
                    Verdict.NOT_WITNESSED, CHECKPOINT, f"{len(judged.cosigned)} witness(es) of the trust file signed it"
                )
            elif proved and judged.time is not None:
                notes.seen.append((checkpoint.size, judged.time * _SECOND))
    _judge_history(judge, notes, timestamp_roots, proved=proved)
    return notes


@dataclass(frozen=True, slots=True)
class _NoteJudge:
    contents: Contents
    told: FoundOnce
    authority: Authority | None
    trust: TrustPolicy | None

    def signatures(self, note: bytes, what: str) -> Judged | bool | None:
        """What the trust policy says of a well-formed note, or True without one; None, and told, if they don't hold."""
        if self.trust is None:
            return self._by_history(note, what)
        try:
            judged = self.trust.judge(note)
        except ProofError as error:
            self.told.add(Verdict.SIGNATURE_INVALID, what, str(error))
            return None
        if judged.log is None:
            origin = judged.checkpoint.origin
            self.told.add(Verdict.KEY_UNKNOWN, what, f"signed by no log key of {origin} in the trust file")
            return None
        if self.authority is not None:
            known = [k for k in self.authority.checkpoint_keys if k.vkey == judged.log]
            if known and not any(k.start <= judged.checkpoint.size <= k.end for k in known):
                self.told.add(Verdict.NOT_PERMITTED, what, "its key was not in force at this size, by the key history")
                return None
        return judged

    def _by_history(self, note: bytes, what: str) -> bool | None:
        if self.authority is None:
            self.told.add(Verdict.NOT_CHECKED, what, "without entry 0 there is no key to check its signature with")
            return None
        parsed = parse_note(note)
        known = {(k.vkey.name, k.vkey.key_id): k for k in self.authority.checkpoint_keys}
        signed: list[VerifierKey] = []
        for line in parsed.signatures:
            key = known.get((line.name, line.key_id))
            if key is None:
                continue
            try:
                verify(key.vkey.public_key, line.signature, parsed.text.encode())
            except ProofError as error:
                self.told.add(Verdict.SIGNATURE_INVALID, what, str(error))
                return None
            signed.append(key.vkey)
        size = parse_checkpoint(parsed.text).size
        if not signed:
            self.told.add(Verdict.KEY_UNKNOWN, what, "signed by no checkpoint key of the key history in the bundle")
            return None
        if not any(k.vkey in signed and k.start <= size <= k.end for k in self.authority.checkpoint_keys):
            self.told.add(Verdict.NOT_PERMITTED, what, "its key was not in force at this size")
            return None
        return True


def _judge_history(judge: _NoteJudge, notes: Notes, roots: Sequence[bytes], *, proved: bool) -> None:
    contents, told = judge.contents, judge.told
    data = contents.get(HISTORY)
    used: set[str] = set()
    if data and not data.endswith(b"\n"):
        told.add(Verdict.ALTERED, "history", "its last line has no end")
        data += b"\n"
    for number, raw in enumerate(split_lines(data)):
        _judge_line(judge, notes, roots, used, f"history {number}", raw, proved=proved)
    for name in contents.files:
        if name.startswith(TIMESTAMPS) and name not in used:
            told.add(Verdict.ALTERED, f"file {name}", "no line of the history names it")


def _judge_line(
    judge: _NoteJudge, notes: Notes, roots: Sequence[bytes], used: set[str], what: str, raw: bytes, *, proved: bool
) -> None:
    contents, told, checkpoint = judge.contents, judge.told, notes.checkpoint
    try:
        line = parse_history_line(raw)
        used.update(line.timestamps)
        older = parse_checkpoint(parse_note(line.note).text)
        absent = [name for name in line.timestamps if name not in contents.data]
        if absent or older.origin != contents.manifest.origin:
            found = f"no {absent[0]}" if absent else f"origin {older.origin}"
            raise FormatError(what, found, f"time stamps of the bundle, and origin {contents.manifest.origin}")
    except FormatError as error:
        told.add(Verdict.ALTERED, what, str(error))
        return
    judged = judge.signatures(line.note, what)
    one_history = checkpoint is not None and _is_older(told, what, line, older, checkpoint)
    times = _stamps(contents, told, what, line, roots)
    if judged is None or not one_history or not proved:
        return
    if isinstance(judged, Judged) and judged.quorum_met and judged.time is not None:
        times.append(judged.time * _SECOND)
    notes.seen.extend((older.size, at) for at in times)


def _is_older(told: FoundOnce, what: str, line: HistoryLine, older: Checkpoint, checkpoint: Checkpoint) -> bool:
    try:
        check_consistency(older.size, older.root, checkpoint.size, checkpoint.root, line.proof)
    except ProofError as error:
        told.add(Verdict.FORKED, what, str(error))
        return False
    return True


def _stamps(contents: Contents, told: FoundOnce, what: str, line: HistoryLine, roots: Sequence[bytes]) -> list[int]:
    """The times of those tokens of a line that verify; the others are told."""
    if not line.timestamps:
        return []
    if not roots:
        told.add(Verdict.NOT_CHECKED, what, "its time stamps: no roots of an authority were given")
        return []
    from ledger.timestamps.timestamp import judge_timestamps

    rows = [_Stamped(line.note, contents.data[name]) for name in line.timestamps]
    times = []
    for judged in judge_timestamps(rows, roots):
        if judged.stamped is not None:
            times.append(judged.stamped.time)
        elif judged.verdict is not None:
            told.add(judged.verdict, what, judged.problem)
    return times
