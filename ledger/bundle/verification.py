"""Verifying a bundle: everything docs/FORMAT.md section 20 says, from the file and a trust policy alone."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ledger.bundle.contents import Contents, FoundOnce, check_files, read_contents
from ledger.bundle.entries import Entries, KeyHistory, fold_history, judge_signers, read_entries
from ledger.bundle.leaves import Line
from ledger.bundle.links import judge_completeness, judge_links
from ledger.bundle.manifest import PROOF, Manifest, Scope
from ledger.bundle.multiproof import root_of_leaves
from ledger.bundle.notes import Notes, judge_notes, read_checkpoint
from ledger.bundle.scope import judge_scope, scope_words
from ledger.bundle.values import judge_schemas, judge_values
from ledger.checkpoint import Checkpoint
from ledger.errors import ProofError
from ledger.statement import LEDGER
from ledger.times import format_instant
from ledger.trust import TrustPolicy
from ledger.verdicts import Report, Verdict


def verify_bundle(path: Path, trust: TrustPolicy | None, timestamp_roots: Sequence[bytes] = ()) -> Report:
    """What the bundle at `path` shows under `trust`; without, it is only compared with itself.

    `timestamp_roots` are PEM certificates of time-stamping authorities; without, time stamps are not checked.

    Raises:
        BadInput: the file can't be read, or breaks a rule of the container or of `bundle.json`.
    """
    contents = read_contents(path)
    manifest, told = contents.manifest, FoundOnce()
    check_files(contents, told)
    checkpoint = read_checkpoint(contents, told)
    lines = _lines(contents, told)
    if lines is None:
        notes = judge_notes(contents, told, checkpoint, KeyHistory(), trust, timestamp_roots, proved=False)
        return _report(manifest, told, notes, trust, None, 0)
    entries = read_entries(manifest, lines, told)
    proved = _check_proof(contents, entries, checkpoint, told)
    history = fold_history(entries, told)
    notes = judge_notes(contents, told, checkpoint, history, trust, timestamp_roots, proved=proved)
    judge_signers(entries, history, notes.seen, told)
    judge_links(entries, history, told)
    judge_completeness(entries, told)
    judge_scope(entries, told)
    judge_schemas(contents, entries, told)
    erasures = judge_values(contents, entries, told)
    return _report(manifest, told, notes, trust, entries, erasures)


def _lines(contents: Contents, told: FoundOnce) -> Sequence[Line] | None:
    """The lines of the leaves, one for each carried entry; None, and told, if they are not that."""
    leaves, expected = contents.leaves, len(contents.manifest.carried)
    if leaves.count == expected and leaves.ended:
        return leaves.lines
    rest = "" if leaves.ended else " and one without its end"
    told.add(Verdict.ALTERED, "leaves", f"{leaves.count} lines{rest}, expected {expected}, one for each entry")
    return None


def _check_proof(contents: Contents, entries: Entries, checkpoint: Checkpoint | None, told: FoundOnce) -> bool:
    manifest = entries.manifest
    size, root = (checkpoint.size, checkpoint.root) if checkpoint else (manifest.size, manifest.root)
    carried = manifest.carried
    try:
        found = root_of_leaves(carried, [entries.hashes[i] for i in carried], size, contents.get(PROOF))
        if found != root:
            raise ProofError(f"the entries lead to root {found.hex()[:16]}, expected {root.hex()[:16]}")
    except ProofError as error:
        told.add(Verdict.ALTERED, "proof", str(error))
        return False
    return checkpoint is not None


def _report(
    manifest: Manifest, told: FoundOnce, notes: Notes, trust: TrustPolicy | None, entries: Entries | None, erasures: int
) -> Report:
    counts = sorted(told.findings.counts.items(), key=lambda item: list(Verdict).index(item[0]))
    report = Report(
        origin=manifest.origin,
        size=manifest.size,
        root=manifest.root,
        checkpoint_size=notes.checkpoint.size if notes.checkpoint is not None and notes.signed else 0,
        checked_at=format_instant(time.time_ns() // 1_000),
        level="bundle",
        trust=_trust_words(trust),
        counts=tuple(counts),
        findings=told.findings.in_order(),
        erasures=erasures,
    )
    return replace(report, notes=tuple(_words(manifest, notes, entries, sound=not report.tampered)))


def _trust_words(trust: TrustPolicy | None) -> str:
    if trust is None:
        return "first sight: nothing to compare with"
    return f"trust file of {len(trust.logs)} log key(s) and {len(trust.witnesses)} witness(es), quorum {trust.quorum}"


def _words(manifest: Manifest, notes: Notes, entries: Entries | None, *, sound: bool) -> Iterator[str]:
    """What was asked for, what is shown to be complete, and what no check of a bundle can show."""
    yield f"made for, as its maker says: {_asked(manifest.scope)}"
    held = ", each held against that" if manifest.scope.filters else ""
    yield f"{len(manifest.entries)} entries in scope{held}; {len(manifest.context)} carried because those need them"
    if notes.cosigned:
        yield f"the checkpoint is cosigned by {', '.join(notes.cosigned)}"
    for subject, run in sorted(manifest.scope.complete.items()):
        numbers = f"{subject}, its entries numbered {run.first_nth} to {run.last_nth}"
        none = "none between them left out; whether later ones exist before the checkpoint can't be seen"
        yield f"complete: {numbers}, {none}" if sound else f"said to be complete: {numbers}"
    if not manifest.scope.complete:
        yield f"nothing is said to be complete: {_unseen(manifest.scope)}"
    about_keys = [e.index for e in entries.read if e.statement.subject == LEDGER] if entries else []
    if about_keys:
        yield f"the key history is carried up to entry {max(about_keys)}; whether a later one changed it can't be seen"
    yield "what was filed under another name, or recorded after the checkpoint, can't be seen in a bundle"


def _asked(scope: Scope) -> str:
    """The request as the manifest has it; nobody signed it."""
    named = f", and {len(scope.named)} named one by one: {_listed(scope.named)}" if scope.named else ""
    return scope_words(scope) + named


def _unseen(scope: Scope) -> str:
    """What can't be told of a bundle without a run."""
    if scope.filters:
        return "whether the ledger has more entries like those in scope can't be seen"
    whole = "all that the document cites" if scope.by == "citations" else "all that were asked for"
    return f"the entries in scope were named one by one; whether they are {whole} can't be seen"


def _listed(places: Sequence[int]) -> str:
    """The entries, the first ten of them by their indexes."""
    words = ", ".join(f"entry {place}" for place in places[:10])
    return f"{words} and {len(places) - 10} more" if len(places) > 10 else words
