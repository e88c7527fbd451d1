"""What the scope of a bundle says of the entries it carries, held against them.

Nobody signed the scope, so it is no proof that all that was asked for is here. But what *is* here must be what it says:
a carried entry is in scope if, and only if, the scope asks for it or names it, and another is carried only if those
need it. docs/FORMAT.md section 20, check 15, has the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from ledger.bundle.contents import FoundOnce
from ledger.bundle.entries import CarriedEntry, Entries
from ledger.bundle.manifest import Scope
from ledger.policy import STATE_KINDS
from ledger.times import format_instant
from ledger.verdicts import Verdict

LATER_WORD: Final = frozenset({"corrects", "supersedes"})
_LOST = "an entry that could show it can't be read or judged"


def scope_words(scope: Scope) -> str:
    """What was asked for, in one line."""
    words = []
    if scope.subject is not None:
        words.append(f"about {scope.subject}")
    if scope.kind is not None:
        words.append(f"of the kind {scope.kind}")
    if scope.control is not None:
        words.append(f"that name control {scope.control}, with what they refer to and what refers to them")
    if scope.incident is not None:
        words.append(f"that name incident {scope.incident}, with what they refer to and what refers to them")
    if scope.start is not None:
        words.append(f"recorded at {_exactly(scope.start)} or later")
    if scope.until is not None:
        words.append(f"recorded before {_exactly(scope.until)}")
    if words:
        return f"entries {', '.join(words)}"
    return "entries that a document cites" if scope.by == "citations" else "entries that were named one by one"


@dataclass(frozen=True, slots=True)
class Naming:
    """Where a body names a control or an incident: members that are its id, and lists that have it, at any depth."""

    word: str
    members: frozenset[str]
    lists: frozenset[str]

    def names(self, value: Any) -> bool:
        """Whether the body, or what lies in it, names the word. Values that are sealed name nothing."""
        if isinstance(value, dict):
            return any(
                (name in self.members and inner == self.word)
                or (name in self.lists and isinstance(inner, list) and self.word in inner)
                or self.names(inner)
                for name, inner in value.items()
            )
        return isinstance(value, list) and any(self.names(inner) for inner in value)


def namings(control: str | None, incident: str | None) -> tuple[Naming, ...]:
    """How entries name the control and the incident of a request, as far as there are such."""
    found = []
    if control is not None:
        found.append(Naming(control, frozenset({"control_id"}), frozenset({"controls"})))
    if incident is not None:
        found.append(Naming(incident, frozenset({"incident_id", "trigger_id"}), frozenset()))
    return tuple(found)


class _Links:
    """Which of some entries are referred to, and by which."""

    def __init__(self, entries: Iterable[CarriedEntry]) -> None:
        listed = list(entries)
        self.digests = {entry.statement.digest for entry in listed}
        self.targets = {digest for entry in listed for _, digest in _references(entry)}
        self.unsure = not all(entry.valid for entry in listed)

    def touch(self, entry: CarriedEntry) -> bool:
        """Whether the entry refers to one of them, or one of them to it."""
        return entry.statement.digest in self.targets or any(d in self.digests for _, d in _references(entry))


def judge_scope(entries: Entries, told: FoundOnce) -> None:
    """Hold each carried entry against the scope: in it or beside it, with a reason."""
    judge = _Judge(entries)
    named = set(entries.manifest.scope.named)
    chosen = set(entries.manifest.entries)
    for entry in entries.read:
        if entry.index not in chosen:
            judge.beside(entry, told)
        elif judge.scope.filters and entry.index not in named:
            why = judge.outside(entry)
            if why:
                told.add(Verdict.NOT_CHECKED if why == _LOST else Verdict.INDEX_WRONG, entry.index, why)
    judge.whole(told)


class _Judge:
    """The scope, and what of the carried entries it depends on."""

    def __init__(self, entries: Entries) -> None:
        chosen = set(entries.manifest.entries)
        self.scope: Scope = entries.manifest.scope
        self._read = entries.read
        self._lost = len(entries.read) < len(entries.hashes)
        self._carried = entries.places.keys()
        self._chosen = _Links(entry for entry in entries.read if entry.index in chosen)
        self._namings = [
            (naming, _Links(entry for entry in entries.read if naming.names(entry.statement.data)))
            for naming in namings(self.scope.control, self.scope.incident)
        ]

    def outside(self, entry: CarriedEntry) -> str:
        """Why the scope does not ask for the entry; empty if it does, `_LOST` if that can't be told."""
        scope, statement, recorded = self.scope, entry.statement, entry.leaf.links.time
        if not scope.filters:
            return "the scope asks for nothing but entries named one by one"
        if scope.subject not in (None, statement.subject):
            return f"it is about {statement.subject}, the scope says {scope.subject}"
        if scope.kind not in (None, statement.kind):
            return f"it is of the kind {statement.kind}, the scope says {scope.kind}"
        if scope.start is not None and recorded < scope.start:
            return f"it was recorded at {format_instant(recorded)}, the scope begins at {format_instant(scope.start)}"
        if scope.until is not None and recorded >= scope.until:
            return f"it was recorded at {format_instant(recorded)}, the scope ends before {format_instant(scope.until)}"
        lost = ""
        for naming, naming_it in self._namings:
            if naming.names(statement.data) or naming_it.touch(entry):
                continue
            if not (self._lost or naming_it.unsure or not entry.valid):
                return f"it does not name {naming.word}, and none that does is linked with it by a reference"
            lost = _LOST
        return lost

    def beside(self, entry: CarriedEntry, told: FoundOnce) -> None:
        """Judge an entry that is carried out of scope: not asked for, and needed by those that are."""
        if not self.outside(entry):
            told.add(Verdict.INDEX_WRONG, entry.index, "the scope asks for it, yet it is carried as context only")
            return
        naming = any(naming.names(entry.statement.data) for naming, _ in self._namings)
        if self._needed(entry) or (naming and self._chosen.touch(entry)):
            return
        if self._lost or not entry.valid or (naming and self._chosen.unsure):
            told.add(Verdict.NOT_CHECKED, entry.index, f"whether it is needed here: {_LOST}")
        else:
            told.add(Verdict.INDEX_WRONG, entry.index, "it is carried as context, and no entry in scope needs it")

    def _needed(self, entry: CarriedEntry) -> bool:
        statement = entry.statement
        if entry.index == 0 or statement.kind in STATE_KINDS:
            return True
        run = self.scope.complete.get(statement.subject)
        if run is not None and entry.leaf.links.nth in (run.first_nth - 1, run.last_nth + 1):
            return True
        erasure = statement.kind == "erasure"
        return any(
            (erasure and digest in self._carried) or (relation in LATER_WORD and digest in self._chosen.digests)
            for relation, digest in _references(entry)
        )

    def whole(self, told: FoundOnce) -> None:
        """See that a bundle of all about one subject says which run that is, with everything carried of it."""
        if not self.scope.whole_subject:
            return
        subject = self.scope.subject or ""
        numbers = [entry.leaf.links.nth for entry in self._read if not self.outside(entry)]
        run = self.scope.complete.get(subject)
        if run is None:
            # What a clock that was set back leaves in a time need not be one run.
            narrowed = self.scope.start is not None or self.scope.until is not None
            if numbers and not (narrowed and any(map(_resets_clock, self._read))):
                found = "everything about it is asked for, and nothing is said to be complete"
                told.add(Verdict.MISSING, "scope", f"{subject}: {found}")
        elif not all(run.first_nth <= nth <= run.last_nth for nth in numbers):
            found = f"entries beyond the numbers {run.first_nth} to {run.last_nth} that are said to be all"
            told.add(Verdict.MISSING, "scope", f"{subject}: {found}")


def _references(entry: CarriedEntry) -> Collection[tuple[str, bytes]]:
    return entry.statement.references if entry.valid else ()


def _resets_clock(entry: CarriedEntry) -> bool:
    return entry.statement.kind == "ledger" and entry.statement.data.get("action") == "clock_reset"


def _exactly(micros: int) -> str:
    return format_instant(micros).replace(".000000", "")
