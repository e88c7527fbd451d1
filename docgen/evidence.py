"""From needs to statuses: what the ledger holds for one item of evidence, in one status word.

For entries the questions come in this order, and the first that is answered badly decides: do
entries contradict each other; is one meant and about this version; does it state what it must; is
it approved; is it fresh.  Fresh means: not past a date of its own, not older than the limit, not
before the change it had to follow.  All dates are held against the checkpoint's time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from docgen.approvals import sign_offs
from docgen.conditions import Condition, holds, values_at
from docgen.dossier import Conflict, Dossier, Fact, Policy
from docgen.needs import Covered, Entries, Selector, TestNeed
from docgen.reasons import Kind, Reason, name_entry, reason
from docgen.trials import Trial, find_trials

__all__ = [
    "RANK", "Context", "Finding", "conflicting", "find_entries", "find_tests", "matching", "staleness", "worst",
]  # fmt: skip

RANK: tuple[str, ...] = (
    "conflict", "failed", "not provided", "no test defined", "never run", "stale", "translation missing",
    "not due yet", "not applicable", "provided",
)  # fmt: skip
"""The status words from the one that must be seen first to the one that needs nobody."""


@dataclass(frozen=True, slots=True)
class Context:
    """What every question is asked against: the dossier, the pack's limits, and the names in conditions."""

    dossier: Dossier
    freshness: Mapping[str, int]
    names: Mapping[str, str]

    @property
    def policy(self) -> Policy | None:
        """The policy in force."""
        return self.dossier.policy

    @property
    def today(self) -> date:
        """The day of the checkpoint."""
        return date.fromisoformat(self.dossier.checkpoint_time[:10])


@dataclass(frozen=True, slots=True)
class Finding:
    """A status word, why, the facts it rests on, and for `stale` the fact since which it is."""

    status: str
    why: Reason | None = None
    facts: tuple[Fact, ...] = ()
    since: Fact | None = None


def worst(findings: Iterable[Finding]) -> Finding:
    """The first of those that must be seen first, with the facts of all."""
    all_of_them = tuple(findings)
    first = min(all_of_them, key=lambda finding: RANK.index(finding.status))
    facts = {fact.entry.index: fact for finding in all_of_them for fact in finding.facts}
    return replace(first, facts=tuple(facts[index] for index in sorted(facts)))


def conflicting(conflict: Conflict) -> Finding:
    """The finding that nothing can be said because entries contradict each other."""
    named = tuple(name_entry(rival.entry) for rival in conflict.rivals)
    return Finding("conflict", reason("conflict", entries=named), conflict.rivals)


def matching(context: Context, select: Selector) -> Iterator[tuple[Fact, Conflict | None]]:
    """The facts that are meant, whatever their version, with the conflict each is part of."""
    for fact, conflict in context.dossier.standing(select.kinds):
        if _meets(context, fact, select.where):
            yield fact, conflict


def _meets(context: Context, fact: Fact, conditions: tuple[Condition, ...]) -> bool:
    entry = fact.entry
    return all(holds(condition, entry.kind, entry.data, context.names) for condition in conditions)


def find_entries(context: Context, need: Entries) -> Finding:
    """What the ledger holds of the entries asked for."""
    meant = list(matching(context, need.select))
    eligible = [(fact, conflict) for fact, conflict in meant if _of_version(context.dossier, need, fact)]
    facts = tuple(fact for fact, _ in eligible)
    for _, conflict in eligible:
        if conflict is not None:
            return conflicting(conflict)
    if not facts:
        return _elsewhere(context, need, tuple(fact for fact, _ in meant))
    found = _stating(context, need, facts)
    if isinstance(found, Finding):
        return found
    found = _signed(context, need, found)
    if isinstance(found, Finding):
        return found
    found = _signed_off(context, need, found)
    if isinstance(found, Finding):
        return found
    return _fresh(context, need, found)


def _of_version(dossier: Dossier, need: Entries, fact: Fact) -> bool:
    if need.version == "any" or dossier.is_about(fact, named=need.version == "named"):
        return True
    return need.version == "so_far" and (fact.version is None or dossier.is_earlier(fact.version))


def _elsewhere(context: Context, need: Entries, meant: tuple[Fact, ...]) -> Finding:
    """Nothing about this version: stale when an earlier version has it, else not provided."""
    dossier = context.dossier
    last = meant[-1] if meant else None
    if last is None or last.version is None:
        if dossier.about_organisation or need.version in ("any", "so_far"):
            return Finding("not provided", reason("absent"))
        return Finding("not provided", reason("absent_version", version=dossier.version))
    why = reason("other_version", entry=name_entry(last.entry), other=last.version, version=dossier.version)
    if not dossier.is_earlier(last.version):
        return Finding("not provided", why)
    first = [fact for fact in dossier.facts if fact.version == dossier.version]
    return Finding("stale", why, (last,), since=first[0] if first else None)


def _stating(context: Context, need: Entries, facts: tuple[Fact, ...]) -> tuple[Fact, ...] | Finding:
    """The facts that state what they must."""
    lacking = [(fact, lack) for fact in facts if (lack := _lack(context, need, fact)) is not None]
    fine = tuple(fact for fact in facts if all(fact is not short for short, _ in lacking))
    if need.each and lacking:
        fact, lack = lacking[-1]
        why = reason("each_lacks", failing=len(lacking), total=len(facts), entry=name_entry(fact.entry), lack=lack)
        return Finding("not provided", why if len(facts) > 1 else _lacks(fact, lack), facts)
    if len(fine) >= need.count:
        return fine
    if lacking and not fine:
        fact, lack = lacking[-1]
        return Finding("not provided", _lacks(fact, lack), (fact,))
    return Finding("not provided", reason("too_few", found=len(fine), count=need.count), fine)


def _lacks(fact: Fact, lack: Reason) -> Reason:
    if lack.key == "uncovered":
        return lack
    return reason("lacks", entry=name_entry(fact.entry), lack=lack)


def _lack(context: Context, need: Entries, fact: Fact) -> Reason | None:
    """What the fact fails to state, or None."""
    for condition in need.has:
        if not holds(condition, fact.entry.kind, fact.entry.data, context.names):
            return Reason(f"lack.{condition.lack}") if condition.lack else _lacks_field(condition)
    for covered in need.covered:
        if values := _uncovered(context, covered, fact):
            kinds = tuple(dict.fromkeys(Kind(kind) for select, _ in covered.found_in for kind in select.kinds))
            return reason("uncovered", entry=name_entry(fact.entry), values=values, kinds=kinds)
    return None


def _lacks_field(condition: Condition) -> Reason:
    fields = [condition.field] if condition.field else [inner.field for inner in condition.inner]
    return reason("lacks_field", field=" or ".join(fields))


def _uncovered(context: Context, covered: Covered, fact: Fact) -> tuple[str, ...]:
    wanted = _flat(values_at(fact.entry.data, covered.field))
    known = {
        value
        for select, field in covered.found_in
        for found, _ in matching(context, select)
        for value in _flat(values_at(found.entry.data, field))
    }
    return tuple(value for value in wanted if value not in known)


def _flat(values: Iterable[object]) -> tuple[str, ...]:
    found = (one for value in values for one in (value if isinstance(value, list | tuple) else (value,)))
    return tuple(dict.fromkeys(str(one) for one in found))


def _signed(context: Context, need: Entries, facts: tuple[Fact, ...]) -> tuple[Fact, ...] | Finding:
    """The facts signed, or else approved, by the person they name as responsible."""
    if not need.signed_by:
        return facts
    fine: list[tuple[Fact, set[str]]] = []
    unsigned: list[tuple[Fact, set[str]]] = []
    for fact in facts:
        named = {str(value) for value in values_at(fact.entry.data, need.signed_by)}
        signed = named & {signer.principal for signer in fact.entry.signers}
        (fine if signed or sign_offs(context.dossier, fact) else unsigned).append((fact, named))
    if unsigned and (need.each or len(fine) < need.count):
        fact, named = unsigned[-1]
        why = reason("not_signed", entry=name_entry(fact.entry), person=tuple(sorted(named)))
        return Finding("not provided", why, facts)
    return tuple(fact for fact, _ in fine)


def _signed_off(context: Context, need: Entries, facts: tuple[Fact, ...]) -> tuple[Fact, ...] | Finding:
    """The facts that are approved, if they have to be."""
    if need.approved is None:
        return facts
    waived = context.policy is not None and context.policy.self_approval
    fine, ended = [], []
    for fact in facts:
        counting = [one for one in sign_offs(context.dossier, fact, need.approved) if waived or not one.by_author]
        if any(not one.ended for one in counting):
            fine.append(fact)
        elif counting:
            ended.append((fact, counting[-1]))
    if len(fine) >= (len(facts) if need.each else need.count):
        return tuple(fine)
    if ended:
        fact, sign_off = ended[-1]
        why = reason("approval_ended", entry=name_entry(fact.entry), day=sign_off.ended)
        return Finding("stale", why, facts, since=sign_off.approval)
    unsigned = next(fact for fact in reversed(facts) if fact not in fine)
    if need.approved:
        why = reason("not_approved_scope", entry=name_entry(unsigned.entry), scopes=need.approved)
    else:
        why = reason("not_approved", entry=name_entry(unsigned.entry))
    return Finding("not provided", why, facts)


def _fresh(context: Context, need: Entries, facts: tuple[Fact, ...]) -> Finding:
    """Provided by the facts that are fresh, or stale."""
    old = {
        fact.entry.index: finding
        for fact in facts
        if (
            finding := staleness(context, fact, need.fresh_days, need.due_field, need.after)
            or _passed_by(context, need, fact)
        )
        is not None
    }
    fresh = tuple(fact for fact in facts if fact.entry.index not in old)
    if old and (need.each or len(fresh) < need.count):
        return replace(old[max(old)], facts=facts)
    return Finding("provided", None, fresh)


def _passed_by(context: Context, need: Entries, fact: Fact) -> Finding | None:
    """Stale when something happened after the fact that it should have taken into account."""
    newer: dict[int, Fact] = {}
    for event in need.not_before:
        for found, _ in matching(context, event.select):
            if not (context.dossier.is_about(found) or context.dossier.is_earlier(found.version)):
                continue
            first = found.replaces[0] if event.first and found.replaces else found.entry
            if first.index > fact.entry.index:
                newer[first.index] = found if first is found.entry else Fact(first, found.version, late=False)
    if not newer:
        return None
    last = newer[max(newer)]
    why = reason("passed_by", event=name_entry(last.entry), entry=name_entry(fact.entry))
    return Finding("stale", why, (fact,), since=last)


def staleness(
    context: Context, fact: Fact, fresh_days: int | None = None, due_field: str = "", after: str = ""
) -> Finding | None:
    """Why the fact is stale, or None: by a date of its own, by its age, by a change it should have followed."""
    entry = fact.entry
    if due_field:
        days = [str(value) for value in values_at(entry.data, due_field)]
        if days and max(days)[:10] < context.today.isoformat():
            why = reason("due", entry=name_entry(entry), day=max(days)[:10])
            return Finding("stale", why, (fact,), since=fact)
    limit, source = _limit(context, entry.kind, fresh_days)
    if limit is not None and (context.today - date.fromisoformat(entry.time[:10])).days > limit:
        why = reason("too_old", entry=name_entry(entry), day=entry.time[:10], days=limit, source=reason(source))
        return Finding("stale", why, (fact,), since=fact)
    if after and (change := _last(context.dossier, after)) is not None:
        return _overtaken(fact, change)
    return None


def _limit(context: Context, kind: str, fresh_days: int | None) -> tuple[int | None, str]:
    """Days until evidence of a kind is stale: the shorter of the organisation's limit and the pack's."""
    pack = fresh_days if fresh_days is not None else context.freshness.get(kind)
    own = context.policy.freshness.get(kind) if context.policy is not None else None
    if own is not None and (pack is None or own <= pack):
        return own, "source_policy"
    return pack, "source_pack"


def _last(dossier: Dossier, kind: str) -> Fact | None:
    facts = [fact for fact in dossier.facts if fact.entry.kind == kind and dossier.is_about(fact)]
    return facts[-1] if facts else None


def _overtaken(fact: Fact, change: Fact) -> Finding | None:
    """Stale when the change came after the fact; the digest of the model tested says it better than order does."""
    tested = values_at(fact.entry.data, "model.digest")
    current = values_at(change.entry.data, "model.digest")
    names = {"entry": name_entry(fact.entry), "change": name_entry(change.entry)}
    if tested and current:
        if tested == current:
            return None
        return Finding("stale", reason("other_model", **names), (fact,), since=change)
    if fact.entry.index > change.entry.index:
        return None
    return Finding("stale", reason("before_change", **names), (fact,), since=change)


def find_tests(context: Context, need: TestNeed) -> Finding:
    """What the ledger holds of the tests asked for: the worst of their plans."""
    trials = find_trials(context.dossier, need.types, need.where, context.names)
    planned = [trial for trial in trials if trial.plan is not None]
    if not trials:
        why = reason("no_plan", types=need.types, version=context.dossier.version)
        return Finding("no test defined", why)
    # A run without a plan does no harm beside those that have one; alone it shows nothing beforehand.
    return worst(_tried(context, need, trial) for trial in planned or trials)


def _tried(context: Context, need: TestNeed, trial: Trial) -> Finding:
    if trial.conflict:
        named = tuple(name_entry(fact.entry) for fact in trial.facts)
        return Finding("conflict", reason("conflict", entries=named), trial.facts)
    if trial.status != "provided" or trial.plan is None:
        return Finding(trial.status, trial.why, trial.facts)
    run = trial.runs[-1]
    stale = staleness(context, run, need.fresh_days, after="model_change")
    if stale is not None:
        return replace(stale, facts=trial.facts)
    days = trial.plan.entry.data.get("repeat_days")
    day = date.fromisoformat(run.entry.time[:10])
    if days is not None and (context.today - day).days > days:
        why = reason(
            "repeat",
            plan=name_entry(trial.plan.entry),
            entry=name_entry(run.entry),
            days=days,
            day=day.isoformat(),
        )
        return Finding("stale", why, trial.facts, since=run)
    return Finding("provided", None, trial.facts)
