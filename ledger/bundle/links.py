"""What the entries of a bundle say of each other judged: chain links, numbers, times, references, complete runs."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.bundle.contents import FoundOnce
from ledger.bundle.entries import CarriedEntry, Entries, KeyHistory
from ledger.bundle.manifest import Manifest, Run
from ledger.leaf import ZERO_HASH
from ledger.verdicts import Verdict

_SCOPE = "scope"


def judge_links(entries: Entries, history: KeyHistory, told: FoundOnce) -> None:
    """Compare what the entries say of each other: hashes, numbers, times, references."""
    resets = history.authority.clock_resets if history.authority else {}
    last: dict[str, CarriedEntry] = {}
    before: CarriedEntry | None = None
    for entry in entries.read:
        links, index = entry.leaf.links, entry.index
        previous = ZERO_HASH if not index else entries.hashes.get(index - 1, links.prev)
        if links.prev != previous:
            told.add(Verdict.ALTERED, index, "its prev is not the leaf hash of the entry before it")
        _judge_number(entry, last.get(entry.statement.subject), told)
        if before is not None and links.time < resets.get(before.index, before.leaf.links.time):
            told.add(Verdict.NOT_PERMITTED, index, f"its leaf time is before that of entry {before.index}")
        for relation, digest in entry.statement.references if entry.valid else ():
            if (place := entries.places.get(digest)) is not None and place >= index:
                told.add(
                    Verdict.NOT_PERMITTED, index, f"reference {relation} to entry {place}, which is no earlier one"
                )
        last[entry.statement.subject] = before = entry


def _judge_number(entry: CarriedEntry, before: CarriedEntry | None, told: FoundOnce) -> None:
    links, index = entry.leaf.links, entry.index
    if (links.nth == 0) != (links.nth_prev == ZERO_HASH) or links.nth > index:
        told.add(
            Verdict.ALTERED, index, f"it says it is number {links.nth} of {entry.statement.subject}, which it can't be"
        )
    if before is None:
        return
    step = links.nth - before.leaf.links.nth
    if not 1 <= step <= index - before.index or (step == 1 and links.nth_prev != before.hash):
        found = f"it says it is number {links.nth} of {entry.statement.subject}; entry {before.index} before it says "
        told.add(Verdict.ALTERED, index, f"{found}{before.leaf.links.nth}, or has another leaf hash")


def judge_completeness(entries: Entries, told: FoundOnce) -> None:
    """See that each run that is said to be complete is carried whole, and ends where the scope says."""
    for subject, run in sorted(entries.manifest.scope.complete.items()):
        numbered = {e.leaf.links.nth: e for e in entries.read if e.statement.subject == subject}
        problem = _why_incomplete(entries.manifest, run, numbered)
        if problem:
            told.add(Verdict.MISSING, _SCOPE, f"{subject}: {problem}")


def _why_incomplete(manifest: Manifest, run: Run, numbered: Mapping[int, CarriedEntry]) -> str:
    carried = sum(run.first_nth <= nth <= run.last_nth for nth in numbered)
    if carried != run.last_nth - run.first_nth + 1:
        return f"{carried} of the entries numbered {run.first_nth} to {run.last_nth} are carried"
    start, until, before, after = manifest.scope.start, manifest.scope.until, run.first_nth - 1, run.last_nth + 1
    if run.first_nth and (start is None or before not in numbered or numbered[before].leaf.links.time >= start):
        return f"nothing shows that entry number {before} was recorded before the time asked for"
    if until is not None and after in numbered and numbered[after].leaf.links.time < until:
        return f"entry number {after} was recorded before the end of the time asked for"
    return ""
