"""The dossier: the facts about one system in one version at one checkpoint, folded from entries.

One pass, in the ledger's order.  A fact is an entry that nothing replaced; every fact knows its
entry, and so every printed value can cite one.

- `supersedes` replaces an entry of the same kind, subject and identity; `corrects` also one whose
  identity was wrong.  Nothing else replaces: not a later date, not a higher index.
- Two facts of one kind, subject and identity that both stand are one `Conflict`, whatever they say; texts
  that people wrote only when they are about one version.
- Entries under ``management-system`` count for a system when their `systems` name it; the others
  are kept apart, so that names and addresses can be looked up in them.
- Bulk kinds are counted by index and never kept (`docgen.bulk`): millions of them cost little time or memory.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from docgen.bulk import Bulk, count_bulk
from docgen.errors import DocgenError
from docgen.view import LedgerView
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.errors import SchemaError
from ledger.kinds import KINDS, body_class
from ledger.times import parse_instant

__all__ = [
    "ORGANISATION",
    "Bulk",
    "Conflict",
    "Dossier",
    "Fact",
    "FoldRules",
    "Policy",
    "fold_dossier",
    "policy_of",
    "version_of",
]

ORGANISATION = "management-system"
"""The subject of organisation-wide entries."""

_MICROS_A_DAY = 86_400_000_000
_REPLACING = ("supersedes", "corrects")


@dataclass(frozen=True, slots=True)
class FoldRules:
    """What the pack says about folding: kinds only counted, with the members to tally, and when late is LATE."""

    bulk: Mapping[str, tuple[str, ...]]
    late_days: int
    late_days_by_kind: Mapping[str, int]

    def is_late(self, entry: Entry) -> bool:
        """Whether the entry was recorded too long after what it describes."""
        days = self.late_days_by_kind.get(entry.kind, self.late_days)
        return parse_instant(entry.recorded) - parse_instant(entry.time) > days * _MICROS_A_DAY


@dataclass(frozen=True, slots=True)
class Fact:
    """An entry that stands, the version it is about (None: none in particular), and what it replaced, oldest first."""

    entry: Entry
    version: str | None
    late: bool
    replaces: tuple[Entry, ...] = ()

    @property
    def index(self) -> int:
        """The entry's place in the ledger: facts can be cited."""
        return self.entry.index

    @property
    def leaf_hash(self) -> bytes:
        """The entry's leaf hash."""
        return self.entry.leaf_hash


@dataclass(frozen=True, slots=True)
class Conflict:
    """Facts with one identity that all stand; `identity` is what they are about, by member."""

    kind: str
    identity: tuple[tuple[str, str], ...]
    rivals: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """The policy in force: its entry, days until evidence of a kind is stale, whether authors may approve."""

    entry: Entry
    freshness: Mapping[str, int]
    self_approval: bool


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything a document may say.  `version` is empty and every version counts when it is about the organisation.

    `facts` stand uncontested, by index; `aside` are organisation-wide facts that do not name the system;
    `founder` is the organisation that the ledger's first entry names;
    `versions` are those the entries name, in the order in which they first do.
    """

    subject: str
    version: str
    checkpoint: Checkpoint
    checkpoint_time: str
    facts: tuple[Fact, ...]
    conflicts: tuple[Conflict, ...]
    aside: tuple[Fact, ...]
    bulk: tuple[Bulk, ...]
    policy: Policy | None
    founder: str
    versions: tuple[str, ...]
    replaced_by: Mapping[str, Entry]

    @property
    def about_organisation(self) -> bool:
        """Whether this is about the organisation, with every system and version."""
        return self.subject == ORGANISATION

    def standing(self, kinds: Iterable[str]) -> Iterator[tuple[Fact, Conflict | None]]:
        """Each fact of these kinds, by index, with the conflict it is part of; of bulk kinds the last entry."""
        wanted = frozenset(kinds)
        alone = ((fact, None) for fact in self.facts if fact.entry.kind in wanted)
        rivals = (
            (fact, conflict) for conflict in self.conflicts if conflict.kind in wanted for fact in conflict.rivals
        )
        counted = (
            (Fact(bulk.last, version_of(bulk.last), late=False), None) for bulk in self.bulk if bulk.kind in wanted
        )
        return iter(sorted((*alone, *rivals, *counted), key=lambda pair: pair[0].entry.index))

    def is_about(self, fact: Fact, *, named: bool = False) -> bool:
        """Whether the fact is about this version; one without a version is about all, unless it must name it."""
        if self.about_organisation:
            return True
        return fact.version == self.version or (fact.version is None and not named)

    def is_earlier(self, version: str | None) -> bool:
        """Whether `version` entered the ledger before this one; a version never named did not."""
        if version not in self.versions or self.version not in self.versions:
            return False
        return self.versions.index(version) < self.versions.index(self.version)


def fold_dossier(view: LedgerView, rules: FoldRules, system: str = "", version: str = "") -> Dossier:
    """The dossier of this system and version at the view's checkpoint; without a system, of the organisation.

    Raises:
        DocgenError: the ledger knows no such system or version; the message names those it knows.
    """
    kept = tuple(sorted(KINDS.keys() - rules.bulk.keys() - {"ledger", "key"}))
    fold = _Fold(rules)
    aside = _Fold(rules)
    if system:
        own = view.entries(kinds=kept, subject=system)
        wide = view.entries(kinds=kept, subject=ORGANISATION)
        for entry in heapq.merge(own, wide, key=lambda entry: entry.index):
            listed = entry.subject == system or system in entry.data.get("systems", ())
            (fold if listed else aside).add(entry)
    else:
        for entry in view.entries(kinds=kept):
            fold.add(entry)
    bulk = count_bulk(view, rules.bulk, system or None)
    if system:
        _check_known(view, fold, bulk, system, version)
    facts, conflicts = fold.settle()
    policy, founder = policy_of(view.entries(kinds=("ledger",)))
    return Dossier(
        subject=system or ORGANISATION,
        version=version,
        checkpoint=view.checkpoint,
        checkpoint_time=view.checkpoint_time,
        facts=facts,
        conflicts=conflicts,
        aside=aside.settle()[0],
        bulk=bulk,
        policy=policy,
        founder=founder,
        versions=tuple(fold.versions),
        replaced_by=MappingProxyType(fold.replaced_by),
    )


def version_of(entry: Entry) -> str | None:
    """The version of the system that the entry is about: for a change, the one it leads to."""
    found = entry.data.get("to_version") if entry.kind == "model_change" else None
    return found or entry.version


class _Fold:
    """Entries on their way to facts: what stands, and what replaced the rest."""

    def __init__(self, rules: FoldRules) -> None:
        self._rules = rules
        self._seen: dict[str, Fact] = {}
        self.replaced_by: dict[str, Entry] = {}
        self.versions: dict[str, None] = {}

    def add(self, entry: Entry) -> None:
        """Take in the next entry, in the ledger's order."""
        replaced: tuple[Entry, ...] = ()
        for reference in entry.data.get("references", ()):
            target = self._seen.get(reference["statement"])
            if target is not None and _replaces(reference["rel"], entry, target.entry):
                self.replaced_by.setdefault(target.entry.statement, entry)
                replaced += (*target.replaces, target.entry)
        version = version_of(entry)
        if version is not None:
            self.versions.setdefault(version)
        self._seen[entry.statement] = Fact(entry, version, self._rules.is_late(entry), replaced)

    @property
    def empty(self) -> bool:
        """Whether no entry was taken in."""
        return not self._seen

    def settle(self) -> tuple[tuple[Fact, ...], tuple[Conflict, ...]]:
        """What stands uncontested, and the conflicts."""
        groups: dict[object, list[Fact]] = {}
        for statement, fact in self._seen.items():
            if statement not in self.replaced_by:
                identity = _identity(fact.entry)
                # People write about one version at a time: the words for an older one still stand there.
                version = fact.version if fact.entry.kind == "narrative" else None
                key = (fact.entry.kind, fact.entry.subject, identity, version) if identity else statement
                groups.setdefault(key, []).append(fact)
        facts = tuple(group[0] for group in groups.values() if len(group) == 1)
        conflicts = tuple(
            Conflict(group[0].entry.kind, _identity(group[0].entry), tuple(group))
            for group in groups.values()
            if len(group) > 1
        )
        return facts, conflicts


def _replaces(rel: str, entry: Entry, target: Entry) -> bool:
    if rel not in _REPLACING or (entry.kind, entry.subject) != (target.kind, target.subject):
        return False
    return rel == "corrects" or _identity(entry) == _identity(target)


def _identity(entry: Entry) -> tuple[tuple[str, str], ...]:
    """What the entry is about, by the identity members of its kind; empty when each entry stands by itself."""
    try:
        members = body_class(entry.kind).identity
    except SchemaError:
        return ()
    return tuple((member, str(entry.data.get(member, ""))) for member in members)


def policy_of(entries: Iterable[Entry]) -> tuple[Policy | None, str]:
    """The last policy set, and who founded the ledger.

    The ledger itself refuses a policy that the rules before it did not allow.
    """
    found: Policy | None = None
    founder = ""
    for entry in entries:
        founder = entry.data.get("founder") or founder
        body: Mapping[str, Any] | None = entry.data.get("policy")
        if body is not None:
            freshness = MappingProxyType(dict(body.get("freshness") or {}))
            found = Policy(entry, freshness, body.get("self_approval") == "waived")
    return found, founder


def _check_known(view: LedgerView, fold: _Fold, bulk: tuple[Bulk, ...], system: str, version: str) -> None:
    if fold.empty and not bulk:
        subjects = sorted({entry.subject for entry in view.entries(kinds=("ai_system",))})
        known = f"it has: {', '.join(subjects)}" if subjects else "record an ai_system entry first"
        raise DocgenError(f"no entries about a system {system!r} in {view.origin}", remedy=known)
    if version not in fold.versions:
        known = ", ".join(fold.versions) or "none"
        raise DocgenError(f"system {system!r} has no version {version!r}", remedy=f"versions named so far: {known}")
