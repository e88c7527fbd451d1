"""The checkpoints of a bundle judged: its own, and the older ones that outsiders vouch for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ledger.bundle.contents import Contents, FoundOnce
from ledger.bundle.entries import KeyHistory
from ledger.bundle.lines import HistoryLine, parse_history_line, split_lines
from ledger.bundle.manifest import CHECKPOINT, HISTORY, MANIFEST, TIMESTAMPS
from ledger.bundle.vouching import Signed, Vouching
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import FormatError, ProofError
from ledger.merkle import check_consistency
from ledger.note import parse_note
from ledger.trust import TrustPolicy
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
    history: KeyHistory,
    trust: TrustPolicy | None,
    timestamp_roots: Sequence[bytes],
    *,
    proved: bool,
) -> Notes:
    """Judge signatures and history; `proved`: the carried entries lead to the checkpoint's root."""
    notes = Notes(checkpoint)
    if trust is None:
        told.add(Verdict.FIRST_SIGHT, _BUNDLE, "no trust file was given, so its keys are only its own word")
    vouching = Vouching(told, history, trust)
    own = None if checkpoint is None else vouching.look(contents.get(CHECKPOINT), CHECKPOINT)
    lines = _read_history(contents, vouching, checkpoint, timestamp_roots)
    if proved:
        vouching.extend([*([own] if own is not None else []), *(line.signed for line in lines if line.one_history)])
    if own is not None:
        _judge_own(notes, vouching, own, proved=proved)
    for line in lines:
        if vouching.settle(line.signed) and line.one_history and proved:
            judged = line.signed.judged
            at = [judged.time * _SECOND] if judged is not None and judged.quorum_met and judged.time is not None else []
            notes.seen.extend((line.signed.size, time) for time in (*line.times, *at))
    return notes


def _judge_own(notes: Notes, vouching: Vouching, own: Signed, *, proved: bool) -> None:
    outcome, judged = vouching.settle(own), own.judged
    notes.signed = outcome is True
    if outcome is False or judged is None:
        return
    notes.cosigned = tuple(name for name, _ in judged.cosigned)
    if not judged.quorum_met:
        found = f"{len(judged.cosigned)} witness(es) of the trust file signed it"
        vouching.told.add(Verdict.NOT_WITNESSED, CHECKPOINT, found)
    elif outcome and proved and judged.time is not None:
        notes.seen.append((own.size, judged.time * _SECOND))


@dataclass(frozen=True, slots=True)
class _Older:
    """A line of the history that could be read; `times` are those of its time stamps that verify."""

    signed: Signed
    one_history: bool
    times: tuple[int, ...]


def _read_history(
    contents: Contents, vouching: Vouching, checkpoint: Checkpoint | None, roots: Sequence[bytes]
) -> list[_Older]:
    told, data = vouching.told, contents.get(HISTORY)
    used: set[str] = set()
    found = []
    if data and not data.endswith(b"\n"):
        told.add(Verdict.ALTERED, "history", "its last line has no end")
        data += b"\n"
    for number, raw in enumerate(split_lines(data)):
        what = f"history {number}"
        try:
            line, older = _read_line(contents, what, raw, used)
        except FormatError as error:
            told.add(Verdict.ALTERED, what, str(error))
            continue
        signed = vouching.look(line.note, what)
        one_history = checkpoint is not None and _is_older(told, what, line, older, checkpoint)
        found.append(_Older(signed, one_history, tuple(_stamps(contents, told, what, line, roots))))
    for name in contents.files:
        if name.startswith(TIMESTAMPS) and name not in used:
            told.add(Verdict.ALTERED, f"file {name}", "no line of the history names it")
    return found


def _read_line(contents: Contents, what: str, raw: bytes, used: set[str]) -> tuple[HistoryLine, Checkpoint]:
    line = parse_history_line(raw)
    used.update(line.timestamps)
    older = parse_checkpoint(parse_note(line.note).text)
    absent = [name for name in line.timestamps if name not in contents.data]
    if absent or older.origin != contents.manifest.origin:
        found = f"no {absent[0]}" if absent else f"origin {older.origin}"
        raise FormatError(what, found, f"time stamps of the bundle, and origin {contents.manifest.origin}")
    return line, older


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
