"""The dossier as templates ask it: facts by kind and members, conflicts, approvals, tests.

What is asked for wrongly (a kind or member that does not exist) fails the template.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from jinja2 import TemplateRuntimeError

from docgen.approvals import is_signed_off, sign_offs
from docgen.conditions import stated, values_at
from docgen.dossier import ORGANISATION, Conflict, Dossier, Fact
from docgen.record import Record, plain, record_of
from docgen.results import ResultTable, compare_versions, find_caveats, find_gaps
from docgen.trials import MetricRow, find_trials
from ledger.entry import Entry
from ledger.kinds import KINDS, body_class

__all__ = ["ConflictView", "FactView", "Facts", "Meta", "SignOffView", "TrialView"]


@dataclass(frozen=True, slots=True)
class Meta:
    """What the ledger knows about an entry besides its body; times are RFC 3339."""

    entry: Entry
    version: str | None
    late: bool
    replaced_by: Entry | None

    @property
    def kind(self) -> str:
        """Kind of the entry."""
        return self.entry.kind

    @property
    def subject(self) -> str:
        """The system it is filed under, or ``management-system``."""
        return self.entry.subject

    @property
    def time(self) -> str:
        """When it happened."""
        return self.entry.time

    @property
    def recorded(self) -> str:
        """When the ledger took it in."""
        return self.entry.recorded

    @property
    def statement(self) -> str:
        """Digest of its statement, hex."""
        return self.entry.statement

    @property
    def signers(self) -> str:
        """Who signed, with their roles."""
        return "; ".join(f"{one.principal} ({', '.join(one.roles)})" for one in self.entry.signers)


class FactView:
    """One fact in a template: the members of its body by name, and `meta` for what the ledger knows of it."""

    __slots__ = ("_record", "index", "leaf_hash", "meta")

    def __init__(self, meta: Meta, record: Record) -> None:
        self.meta, self._record = meta, record
        self.index, self.leaf_hash = meta.entry.index, meta.entry.leaf_hash

    def __getitem__(self, name: str) -> Any:
        return self._record[name]

    def __contains__(self, name: object) -> bool:
        return name in self._record

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FactView) and self.index == other.index

    def __hash__(self) -> int:
        return self.index


@dataclass(frozen=True, slots=True)
class ConflictView:
    """Facts that contradict each other, and the members in which they differ: each rival's value as text."""

    kind: str
    identity: str
    rivals: tuple[FactView, ...]
    differences: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class SignOffView:
    """An approval in force; `by_author` when nobody else signed, `ended` its last day when that is past."""

    approval: FactView
    by_author: bool
    ended: str


@dataclass(frozen=True, slots=True)
class TrialView:
    """A test plan with the runs that answer it; see `docgen.trials`."""

    plan: FactView | None
    runs: tuple[FactView, ...]
    rows: tuple[MetricRow, ...]
    status: str
    reason: str
    released: FactView | None = None


class Facts:
    """The facts of a dossier; every answer is a tuple in the ledger's order."""

    def __init__(self, dossier: Dossier, texts: Mapping[str, str], *, names: bool = True) -> None:
        self.dossier = dossier
        self._texts = texts
        self._names = names
        self._views: dict[int, FactView] = {}
        self._by_kind: dict[str, list[Fact]] = {}
        for fact in dossier.facts:
            self._by_kind.setdefault(fact.entry.kind, []).append(fact)

    def of(self, kind: str, **members: object) -> tuple[FactView, ...]:
        """Facts of this kind about this version, or about none in particular."""
        return self._select(self._by_kind.get(kind, ()), kind, members, self.dossier.is_about)

    def so_far(self, kind: str, **members: object) -> tuple[FactView, ...]:
        """Facts of this kind about this version, an earlier one, or none in particular."""

        def reached(fact: Fact) -> bool:
            return self.dossier.is_about(fact) or self.dossier.is_earlier(fact.version)

        return self._select(self._by_kind.get(kind, ()), kind, members, reached)

    def all(self, kind: str, **members: object) -> tuple[FactView, ...]:
        """Facts of this kind, whatever their version."""
        return self._select(self._by_kind.get(kind, ()), kind, members, lambda _: True)

    def other_versions(self, kind: str, **members: object) -> tuple[FactView, ...]:
        """Facts of this kind about another version."""
        return self._select(self._by_kind.get(kind, ()), kind, members, lambda fact: not self.dossier.is_about(fact))

    def one(self, kind: str, **members: object) -> FactView | None:
        """The last of `of`, or None."""
        found = self.of(kind, **members)
        return found[-1] if found else None

    def organisation(self, kind: str, **members: object) -> tuple[FactView, ...]:
        """Organisation-wide facts, also those that do not name the system; they are no evidence for it."""
        wide = [fact for fact in self._by_kind.get(kind, ()) if fact.entry.subject == ORGANISATION]
        aside = [fact for fact in self.dossier.aside if fact.entry.kind == kind]
        facts = sorted((*wide, *aside), key=lambda fact: fact.index)
        return self._select(facts, kind, members, lambda _: True)

    def party(self, party_id: object) -> FactView | None:
        """The party with this id, wherever it is recorded."""
        if not isinstance(party_id, str):
            return None
        found = (*self.of("party", party_id=party_id), *self.organisation("party", party_id=party_id))
        return found[-1] if found else None

    def conflicts(self, kind: str | None = None) -> tuple[ConflictView, ...]:
        """Facts that contradict each other and concern this version."""
        return tuple(
            self._conflict(conflict)
            for conflict in self.dossier.conflicts
            if kind in (None, conflict.kind) and any(self.dossier.is_about(one) for one in conflict.rivals)
        )

    def by_statement(self, statement: object) -> FactView | None:
        """The fact with this statement digest, also one that was replaced; None if it is not in this dossier."""
        rivals = (rival for conflict in self.dossier.conflicts for rival in conflict.rivals)
        for fact in (*self.dossier.facts, *self.dossier.aside, *rivals):
            for entry in (*fact.replaces, fact.entry):
                if entry.statement == statement:
                    return self._view(fact) if entry is fact.entry else self._old(entry)
        return None

    def history(self, fact: FactView) -> tuple[FactView, ...]:
        """What the fact replaced, oldest first."""
        found = next((one for one in self.dossier.facts if one.index == fact.index), None)
        return tuple(self._old(entry) for entry in found.replaces) if found is not None else ()

    def approvals(self, fact: FactView, **members: object) -> tuple[SignOffView, ...]:
        """The approvals of the fact that nothing took back."""
        found = next((one for one in self.dossier.facts if one.index == fact.index), None)
        if found is None:
            return ()
        views = (
            SignOffView(self._view(one.approval), one.by_author, one.ended) for one in sign_offs(self.dossier, found)
        )
        return tuple(one for one in views if _match(one.approval.meta.entry, members))

    def answers(self, to: Iterable[FactView], *scopes: str, earlier: bool = False) -> tuple[FactView, ...]:
        """Every approval, refusal and withdrawal of these facts, or of these scopes and this version.

        With `earlier`, those of earlier versions as well.  Each is as it was signed, whatever came after it.
        """
        entries = [entry for view in to for entry in (view.meta.entry, *self._replaced_by(view))]
        found = []
        for fact in self._by_kind.get("approval", ()):
            reached = self.dossier.is_about(fact) or (earlier and self.dossier.is_earlier(fact.version))
            named = any(is_signed_off(entry, fact.entry) for entry in entries)
            if named or (reached and fact.entry.data.get("scope") in scopes):
                found.append(self._view(fact))
        return tuple(found)

    def _replaced_by(self, view: FactView) -> tuple[Entry, ...]:
        found = next((one for one in self.dossier.facts if one.index == view.index), None)
        return found.replaces if found is not None else ()

    def trials(self, *types: str) -> tuple[TrialView, ...]:
        """Test plans of these types, all if none is named, with their runs for this version."""
        return tuple(
            TrialView(
                plan=self._view(trial.plan) if trial.plan is not None else None,
                runs=tuple(self._view(run) for run in trial.runs),
                rows=trial.rows,
                status="conflict" if trial.conflict else trial.status,
                reason=trial.why.say(self._texts) if trial.why is not None else "",
                released=self._view(trial.released) if trial.released is not None else None,
            )
            for trial in find_trials(self.dossier, types)
        )

    def results(self, *types: str) -> ResultTable:
        """The numbers of the evaluations so far, of these types if any is named, version by version."""
        return compare_versions(self.dossier, types)

    def caveats(self, run: FactView) -> tuple[tuple[FactView, Any], ...]:
        """Data sets behind a run, each with a known gap that touches the groups of its results."""
        found = next((one for one in self.dossier.facts if one.index == run.index), None)
        if found is None:
            return ()
        caveats = ((self._view(fact), place) for fact, place in find_caveats(self.dossier, found))
        return tuple((view, view["gaps"][place]) for view, place in caveats)

    def gaps_about(self, names: Iterable[str]) -> tuple[tuple[FactView, Any], ...]:
        """Data sets, each with a known gap that touches the groups or metrics in `names`."""
        found = ((self._view(fact), place) for fact, place in find_gaps(self.dossier, names))
        return tuple((view, view["gaps"][place]) for view, place in found)

    def view(self, fact: Fact) -> FactView:
        """The fact as templates see it."""
        return self._view(fact)

    def _view(self, fact: Fact) -> FactView:
        view = self._views.get(fact.index)
        if view is None:
            replaced_by = self.dossier.replaced_by.get(fact.entry.statement)
            meta = Meta(fact.entry, fact.version, fact.late, replaced_by)
            view = self._views[fact.index] = FactView(meta, record_of(fact.entry, self._texts, names=self._names))
        return view

    def _old(self, entry: Entry) -> FactView:
        return self._view(Fact(entry, entry.version, late=False))

    def _select(
        self, facts: Iterable[Fact], kind: str, members: Mapping[str, object], wanted: Callable[[Fact], bool]
    ) -> tuple[FactView, ...]:
        _check(kind, members)
        return tuple(self._view(fact) for fact in facts if wanted(fact) and _match(fact.entry, members))

    def _conflict(self, conflict: Conflict) -> ConflictView:
        rivals = tuple(self._view(rival) for rival in conflict.rivals)
        bodies = [rival.entry.data for rival in conflict.rivals]
        members = dict.fromkeys(name for body in bodies for name in body if name != "references")
        differences = tuple(
            (name, tuple(plain(body[name]) if name in body else "" for body in bodies))
            for name in members
            if any(body.get(name) != bodies[0].get(name) for body in bodies)
        )
        identity = ", ".join(value for _, value in conflict.identity)
        return ConflictView(conflict.kind, identity, rivals, differences)


def _check(kind: str, members: Mapping[str, object]) -> None:
    if kind not in KINDS:
        raise TemplateRuntimeError(f"no such kind: {kind!r}")
    known = {field.alias or name for name, field in body_class(kind).model_fields.items()} | {"subject"}
    if unknown := [name for name in members if name.split(".")[0] not in known]:
        raise TemplateRuntimeError(f"{kind} has no member {unknown[0]!r}")


def _match(entry: Entry, members: Mapping[str, object]) -> bool:
    data = stated(entry.kind, entry.data)
    return all(
        entry.subject == wanted if name == "subject" else any(_equal(value, wanted) for value in values_at(data, name))
        for name, wanted in members.items()
    )


def _equal(value: object, wanted: object) -> bool:
    if isinstance(wanted, list | tuple):
        return any(_equal(value, one) for one in wanted)
    if isinstance(value, list | tuple):
        return any(_equal(one, wanted) for one in value)
    return value == wanted
