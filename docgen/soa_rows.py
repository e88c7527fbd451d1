"""One row of a statement of applicability: what is declared about a control, and what was found."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from docgen.control_evidence import EvidenceRules, lower_items, parse_evidence_rules, worst_word
from docgen.declarations import AiSystem, Decision, Declarations, decide
from docgen.dossier import Bulk, Dossier, Fact
from docgen.evidence import Context
from docgen.justification import JustificationRules
from docgen.named import Named, Register
from docgen.objections import Objection, Subject, find_objections, in_words
from docgen.packs import Point
from docgen.record import Record, record_of
from docgen.requirements import ItemStatus, Judge, RequirementStatus
from ledger.entry import Entry

__all__ = ["APPLICABILITY", "SHOWN", "Owner", "Row", "RowMaker", "shown_as"]

APPLICABILITY = ("yes", "no", "per_system", "conflict", "not_declared")
"""Every answer a row can have; their counts add up to the number of rows."""

SHOWN = (
    "implemented", "claimed", "partial", "planned", "not_started", "no_claim", "excluded", "conflict",
    "not_declared",
)  # fmt: skip
"""Every status a row can be shown with: "claimed" is claimed as implemented while something is open against it."""

_DRIVERS = ("risk", "law", "contract", "objective", "good_practice", "baseline")


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for a control: the id declared, the role behind it, and the holder's name or what became of it."""

    id: str
    role: str = ""
    name: str = ""
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One control.  `evidence` is the status word of what was found, `status` that of the row as a whole.

    `count` is the number of entries found, those of counted kinds included;
    `claim` is the owner's, `shown` what is printed as its state; `point` is None beyond the population.
    """

    id: str
    title: str
    source: str
    framework: str
    point: Point | None
    declarations: Declarations
    applicable: str
    main: Mapping[str, Any]
    owner: Owner
    decisions: tuple[Decision, ...]
    named: tuple[Named, ...]
    objections: tuple[Objection, ...]
    evidence: str
    count: int
    shown: str
    status: RequirementStatus
    bulk: Mapping[int, Bulk] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def slot(self) -> str:
        """The id of the slot of its justification, the same whatever other rows there are."""
        if self.point is not None:
            return f"soa-{self.id}"
        return f"soa-x-{hashlib.sha256(f'{self.source}:{self.id}'.encode()).hexdigest()[:12]}"

    @property
    def declared_by(self) -> tuple[Entry, ...]:
        """The entries that declare it."""
        return tuple(fact.entry for fact in self.declarations.all)

    def said(self, member: str) -> str:
        """A member of the declaration that speaks for all; empty when it says nothing."""
        return str(self.main.get(member) or "")

    @property
    def claim(self) -> str:
        """What the owner claims; empty without a claim."""
        return self.said("implementation_status")

    @property
    def drivers(self) -> tuple[str, ...]:
        """What calls for the control."""
        found = {driver for fact in self.declarations.all for driver in fact.entry.data.get("drivers") or ()}
        return tuple(driver for driver in _DRIVERS if driver in found)

    @property
    def differing(self) -> tuple[Decision, ...]:
        """The systems for which something else was said than for all."""
        return tuple(decision for decision in self.decisions if decision.differs)

    @property
    def blocking(self) -> tuple[Objection, ...]:
        """Objections that keep the row open."""
        return tuple(one for one in self.objections if not one.warning)

    @property
    def nonconformities(self) -> tuple[str, ...]:
        """The nonconformities against the control that are not closed, by id."""
        return tuple(one.values["id"] for one in self.objections if one.code == "nonconformity")

    @property
    def open(self) -> bool:
        """Whether somebody has to do something: evidence, a declaration, or the control itself."""
        return self.status.open

    def count_of(self, item: ItemStatus) -> int:
        """How many entries stand behind an item; of bulk kinds, of which only the last one is kept, all."""
        return sum(self.bulk[fact.index].count if fact.index in self.bulk else 1 for fact in item.entries)

    def bulk_of(self, item: ItemStatus) -> tuple[Bulk, ...]:
        """The counted entries among those behind an item."""
        return tuple(self.bulk[fact.index] for fact in item.entries if fact.index in self.bulk)

    @property
    def newest(self) -> tuple[Entry, ...]:
        """All evidence found, newest first."""
        found = {fact.entry.index: fact.entry for item in self.status.items for fact in item.entries}
        return tuple(sorted(found.values(), key=lambda entry: (entry.time, entry.index), reverse=True))


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes rows: the same for a control of the population and for one beyond it."""

    judge: Judge
    settings: Mapping[str, Any]
    systems: tuple[AiSystem, ...]
    register: Register
    names: bool = True

    def row(self, point: Point, declared: Mapping[tuple[str, str], Declarations], status: RequirementStatus) -> Row:
        """The row of a control of the population, declared or not."""
        source = self.settings["source"]
        nothing = Declarations(source, point.id, (), ())
        exclusion = point.data.get("exclusion", {})
        subject = Subject(
            point.id, status.title, exclusion.get("level", ""), tuple(exclusion.get("contradicted_by", ()))
        )
        declarations = declared.get((source, point.id), nothing)
        if declarations.all and not status.items:
            # Declared not applicable in some other way; here only a declaration of the control decides.
            status = replace(status, items=self._judged(declarations).items)
        return self._row(subject, declarations, status, point)

    def row_beyond(self, declarations: Declarations) -> Row:
        """The row of a control that a declaration brings from elsewhere."""
        data = declarations.all[0].entry.data
        title = data.get("title", declarations.control_id)
        status = replace(self._judged(declarations), title=title, requirement="", group="")
        return self._row(Subject(declarations.control_id, title), declarations, status, None)

    def _judged(self, declarations: Declarations) -> RequirementStatus:
        """How the evidence named in the declarations stands, whatever the pack's points say."""
        where = [
            {"field": "source", "is": declarations.source},
            {"field": "control_id", "is": declarations.control_id},
        ]
        need = {"id": "evidence", "declared": {"kind": "control", "where": where, "list": "evidence"}}
        point = replace(
            self.judge.spec.points[0],
            id=f"{declarations.source} {declarations.control_id}",  # no entry can name an id with a space
            cite=declarations.control_id,
            needs=(need,),
            data=MappingProxyType({}),
        )
        return self.judge.point(point)

    def _row(self, subject: Subject, declarations: Declarations, status: RequirementStatus, point: Point | None) -> Row:
        decisions = tuple(decide(declarations, system) for system in self.systems)
        rules = parse_evidence_rules(
            self.judge.pack.id, self.settings["counts"], point.data if point else {}, self._texts
        )
        objections = find_objections(
            subject,
            declarations,
            decisions,
            register=self.register,
            rules=JustificationRules.of(self.settings["justification"]),
        )
        named = (one for fact in declarations.all for one in self.register.named_by(fact.entry))
        main = _main(declarations)
        applicable = _applicable(declarations, main, decisions)
        evidence, items = self._evidence(applicable, declarations, decisions, status, rules)
        entries = {fact.entry.index: fact for item in items for fact in item.entries}
        entries |= {fact.entry.index: fact for fact in declarations.all}
        return Row(
            id=subject.id,
            title=subject.title,
            source=declarations.source,
            framework=str(main.get("framework", "")),
            point=point,
            declarations=declarations,
            applicable=applicable,
            main=main,
            owner=find_owner(self.judge.dossier, main.get("owner", ""), self._texts, names=self.names),
            decisions=decisions,
            named=tuple({(one.list, one.id): one for one in named}.values()),
            objections=tuple(in_words(one, self._texts) for one in objections),
            evidence=evidence,
            count=self._count(items),
            shown="",
            bulk=MappingProxyType({one.last.index: one for one in self.judge.dossier.bulk}),
            status=replace(status, items=items, entries=tuple(entries[index] for index in sorted(entries))),
        )

    def _count(self, items: tuple[ItemStatus, ...]) -> int:
        """How many entries stand behind the items; of bulk kinds, of which only the last one is kept, all."""
        bulk = {(one.kind, one.last.index): one.count for one in self.judge.dossier.bulk}
        found = {fact.index: fact.entry.kind for item in items for fact in item.entries}
        return sum(bulk.get((kind, index), 1) for index, kind in found.items())

    @property
    def _texts(self) -> Mapping[str, str]:
        return self.judge.pack.texts[self.judge.language]

    def _evidence(
        self,
        applicable: str,
        declarations: Declarations,
        decisions: tuple[Decision, ...],
        status: RequirementStatus,
        rules: EvidenceRules,
    ) -> tuple[str, tuple[ItemStatus, ...]]:
        """The evidence word and the items behind it."""
        match applicable:
            case "no":
                return "not applicable", ()
            case "conflict":
                return "conflict", ()
            case "not_declared":
                return "not provided", ()
        names = {"point": declarations.control_id, "system": "", "version": ""}
        context = Context(self.judge.dossier, self.judge.rules.freshness, names)
        items = lower_items(status.items, declarations, decisions, context, rules)
        return worst_word(items), items


def find_owner(dossier: Dossier, owner: str, texts: Mapping[str, str], *, names: bool = True) -> Owner:
    """The role assignment that an owner's id names, by its own id or by its holder's pseudonym."""
    found: Fact | None = None
    for fact, _ in dossier.standing(("role_assignment",)):
        data = fact.entry.data
        if owner and owner in (data["assignment_id"], (data.get("holder") or {}).get("id")):
            found = fact
    if found is None:
        return Owner(owner)
    holder = record_of(found.entry, texts, names=names)["holder"]
    name = found.entry.data.get("body", "")
    if isinstance(holder, Record):
        name = holder["name"] or holder["id"]
    return Owner(owner, str(found.entry.data["role"]), str(name), (found.entry,))


def _main(declarations: Declarations) -> Mapping[str, Any]:
    """The declaration that speaks for all: the organisation's, or the only one."""
    if declarations.in_conflict:
        return MappingProxyType({})
    if declarations.wide:
        return declarations.wide[0].entry.data
    return declarations.single[0].entry.data if len(declarations.single) == 1 else MappingProxyType({})


def _applicable(declarations: Declarations, main: Mapping[str, Any], decisions: tuple[Decision, ...]) -> str:
    if not declarations.all:
        return "not_declared"
    if declarations.in_conflict or any(one.applicable == "conflict" for one in decisions):
        return "conflict"
    if declarations.wide:
        return str(main["applicable"])
    answers = {one.applicable for one in decisions if one.system.in_use or one.entry is not None}
    return answers.pop() if len(answers) == 1 and answers <= {"yes", "no"} else "per_system"


def shown_as(row: Row) -> str:
    """The status the row is shown with: the lowest claim for any system, and never more than evidence carries."""
    fixed = {"no": "excluded", "conflict": "conflict", "not_declared": "not_declared"}
    if row.applicable in fixed:
        return fixed[row.applicable]
    claims = {one.claim or row.claim for one in row.decisions if one.applicable == "yes" and one.system.in_use}
    if row.claim or not claims:
        claims.add(row.claim)
    if claims == {"implemented"}:
        return "implemented" if row.evidence == "provided" and not row.nonconformities else "claimed"
    order = ("", "not_applicable", "not_started", "planned", "partial", "implemented")
    lowest = min(claims, key=order.index)
    if lowest in ("", "not_applicable"):
        return "no_claim"
    # Done for one system and not for another is done in part.
    return "partial" if "implemented" in claims else lowest
