"""The evidence that a control's declaration names, looked at the way an auditor does.

`docgen.declared` finds, for each item named, the entries of its kind.  Here a finding is only ever
lowered:

- an item that names just a kind counts only entries of the sort that the pack lists as usual for the
  control, or that name the control themselves: any approval is not the approval of this policy;
- a draft, a rejection or a failed test is no evidence (`counts` in the pack's data);
- an evaluation that is missing is `never run` when it was planned and `no test defined` when not;
- documents alone show an intention, not a practice;
- some controls ask for an entry about each system they apply to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from docgen.conditions import Condition, check_kind, holds, parse_conditions
from docgen.declarations import Decision, Declarations
from docgen.declared import mentions
from docgen.dossier import Fact
from docgen.evidence import RANK, Context, staleness
from docgen.reasons import Kind, Reason, name_entry, reason
from docgen.requirements import ItemStatus
from docgen.rulefields import RuleFields, thaw
from ledger.entry import Entry
from ledger.kinds import body_class

__all__ = ["EvidenceRules", "lower_items", "parse_evidence_rules", "worst_word"]


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """What counts as evidence: for every control by kind, and what is usual for one by kind."""

    counts: Mapping[str, tuple[Condition, ...]]
    usual: Mapping[str, tuple[tuple[Condition, ...], ...]]
    each_system: str
    texts: Mapping[str, str]


def parse_evidence_rules(
    pack: str, counts: Mapping[str, Any], point: Mapping[str, Any], texts: Mapping[str, str]
) -> EvidenceRules:
    """The rules in a pack's data, checked against the kinds' schemas.

    `counts` maps kinds to conditions; `point` is a control's data with ``usual`` (a list of tables
    with `kind`, `where` and `shows`) and perhaps ``each_system``, a kind.

    Raises:
        PackError: a rule is misspelt or leads nowhere.
    """
    shared = RuleFields(pack, "counts", thaw(counts))
    every = {
        kind: parse_conditions(shared.tables(kind), [body_class(check_kind(shared, kind, kind))])
        for kind in shared.names()
    }
    usual: dict[str, tuple[tuple[Condition, ...], ...]] = {}
    for table in RuleFields(pack, "usual", {"usual": thaw(point.get("usual", ()))}).tables("usual"):
        kind = check_kind(table, "kind", table.string("kind"))
        where = parse_conditions(table.tables("where"), [body_class(kind)])
        table.string("shows")
        table.done()
        usual[kind] = (*usual.get(kind, ()), where)
    return EvidenceRules(every, usual, point.get("each_system", ""), texts)


def lower_items(
    items: Iterable[ItemStatus],
    declarations: Declarations,
    decisions: tuple[Decision, ...],
    context: Context,
    rules: EvidenceRules,
) -> tuple[ItemStatus, ...]:
    """The items as an auditor would see them; there may be more than were named, and none is better."""
    if declarations.in_conflict:
        return tuple(items)
    # Items come declaration by declaration in the ledger's order; one that names nothing has one item as well.
    facts = sorted(declarations.all, key=lambda fact: fact.index)
    named = [element for fact in facts for element in fact.entry.data.get("evidence") or (None,)]
    own = [item for item in items if item.id.startswith("evidence-")]
    found = tuple(item for item in items if not item.id.startswith("evidence-"))
    look = _Look(declarations, context, rules)
    # Lengths differ only if `docgen.declared` stops making one item per element.
    pairs = zip(own, named, strict=True)
    found = (*(item if element is None else look.lowered(item, element) for item, element in pairs), *found)
    kinds = {element["kind"] for element in named if element is not None}
    if kinds == {"document"}:
        found = (*found, _item("practice", "document", "not provided", "documents_only", rules))
    if rules.each_system:
        found = (*found, _each_system(decisions, context, rules))
    return found


def worst_word(items: Iterable[ItemStatus]) -> str:
    """The word of the item that must be seen first; without any item, no test is defined."""
    words = [item.status for item in items if item.required]
    return min(words, key=RANK.index) if words else "no test defined"


@dataclass(frozen=True, slots=True)
class _Look:
    """A second look at the items of one control."""

    declarations: Declarations
    context: Context
    rules: EvidenceRules

    def lowered(self, item: ItemStatus, element: Mapping[str, Any]) -> ItemStatus:
        """The item, with only the entries that count."""
        kind = element["kind"]
        if item.status in ("provided", "stale"):
            facts = tuple(fact for fact in item.entries if self._counts(fact, element))
            if not facts:
                why = reason_of("not_of_control", count=len(item.entries), kind=Kind(kind))
                return self._as(replace(item, entries=()), self._missing_word(element), why)
            old = [stale for fact in facts if (stale := staleness(self.context, fact)) is not None]
            if len(old) == len(facts):
                return self._as(replace(item, entries=facts, since=old[-1].since), "stale", old[-1].why)
            failed = _failed(facts)
            if failed is not None:
                return self._as(replace(item, entries=facts), "failed", reason("failed", entry=name_entry(failed)))
            return replace(item, entries=facts)
        if item.status == "not provided":
            return replace(item, status=self._missing_word(element))
        return item

    def _as(self, item: ItemStatus, status: str, why: Reason | None) -> ItemStatus:
        return replace(item, status=status, reason=why.say(self.rules.texts) if why else "")

    def _counts(self, fact: Fact, element: Mapping[str, Any]) -> bool:
        entry, kind = fact.entry, element["kind"]
        if not self._hold(self.rules.counts.get(kind, ()), entry):
            return False
        ways = self.rules.usual.get(kind, ())
        if element.get("about") or not ways or self._names_control(entry):
            return True
        return any(self._hold(where, entry) for where in ways)

    def _hold(self, conditions: tuple[Condition, ...], entry: Entry) -> bool:
        return all(holds(condition, entry.kind, entry.data, self.context.names) for condition in conditions)

    def _names_control(self, entry: Entry) -> bool:
        """Whether the entry itself says that it belongs to the control."""
        lists = (entry.data.get("controls") or (), entry.data.get("requirements") or ())
        if any(self.declarations.control_id in one for one in lists):
            return True
        own = {fact.entry.statement for fact in self.declarations.all}
        references = entry.data.get("references") or ()
        return any(one["rel"] == "evidence_for" and one["statement"] in own for one in references)

    def _missing_word(self, element: Mapping[str, Any]) -> str:
        if element["kind"] != "evaluation":
            return "not provided"
        about = element.get("about") or ""
        ways = self.rules.usual.get("evaluation", ())
        for fact, _ in self.context.dossier.standing(("test_plan",)):
            # Plans and evaluations share `types`; a condition on anything else is about runs only.
            fits = any(
                all(holds(one, "test_plan", fact.entry.data, {}) for one in where if one.field == "types")
                for where in ways
            )
            if mentions(fact.entry, about) and (about or fits or not ways):
                return "never run"
        return "no test defined"


def _failed(facts: tuple[Fact, ...]) -> Entry | None:
    """An evaluation that failed and was not repeated with success, in the newest version tested of each system."""
    runs = [fact for fact in facts if fact.entry.kind == "evaluation"]
    newest = {fact.entry.subject: fact.version for fact in runs}
    last: dict[tuple[str, str], Entry] = {}
    for fact in runs:
        entry = fact.entry
        if fact.version == newest[entry.subject]:
            last[entry.subject, entry.data.get("plan_id") or entry.data["evaluation_id"]] = entry
    return next((entry for entry in last.values() if entry.data.get("result") == "failed"), None)


def _each_system(decisions: tuple[Decision, ...], context: Context, rules: EvidenceRules) -> ItemStatus:
    """One item for the entry that every system needs to which the control applies."""
    kind = rules.each_system
    facts: list[Fact] = []
    missing: list[str] = []
    for decision in decisions:
        system = decision.system
        if not system.in_use or decision.applicable == "no":
            continue
        own = [
            fact
            for fact, _ in context.dossier.standing((kind,))
            if (fact.entry.subject == system.id or system.id in (fact.entry.data.get("systems") or ()))
            and all(holds(one, kind, fact.entry.data, {}) for one in rules.counts.get(kind, ()))
            and staleness(context, fact) is None
        ]
        facts += own
        missing += [] if own else [system.id]
    if missing:
        return _item("each-system", kind, "not provided", "systems_without", rules, facts, systems=", ".join(missing))
    return _item("each-system", kind, "provided" if facts else "not provided", "", rules, facts)


def reason_of(key: str, **values: object) -> Reason:
    """A reason whose sentence is in the pack's texts only."""
    return Reason(key, tuple(values.items()))


def _item(
    item_id: str,
    kind: str,
    status: str,
    key: str,
    rules: EvidenceRules,
    facts: Iterable[Fact] = (),
    **values: object,
) -> ItemStatus:
    by_index = {fact.entry.index: fact for fact in facts}
    return ItemStatus(
        id=item_id,
        what=rules.texts[f"item.{item_id}"],
        kinds=(kind,),
        status=status,
        reason=reason_of(key, **values).say(rules.texts) if key else "",
        entries=tuple(by_index[index] for index in sorted(by_index)),
        required=True,
        since=None,
        record="",
    )
