"""Test plans and the runs that answer them: were limits set beforehand, was the test run, were they met?

A run answers a plan by a reference `answers` or by `plan_id`.  Its newest entry about the version
decides; earlier runs stay in view.  A limit counts as set beforehand only when the plan that names
it stands before the run in the ledger and the run repeats it unchanged.  A run's own word "passed"
is never raised and may be lowered: by a limit of the plan that a number misses, by a metric of the
plan that it does not report, by one that rests on too few cases.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docgen.conditions import Condition, holds
from docgen.dossier import Dossier, Fact
from docgen.reasons import Reason, name_entry, reason

__all__ = ["Limit", "MetricRow", "Trial", "find_trials"]

_RELEASING = frozenset({"placed_on_market", "put_into_service", "deployed"})


@dataclass(frozen=True, slots=True)
class Limit:
    """A threshold, which side of it is good, and whether the plan fixed it before the run."""

    value: float
    direction: str
    beforehand: bool


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One number of a run beside what the plan says about it.

    `met` is None where there is no limit, or where too few cases stand behind the number to tell.
    """

    run: Fact
    metric: str
    group: str
    n: int
    value: float
    unit: str
    low: float | None
    high: float | None
    level: float | None
    method: str
    limit: Limit | None
    judged_on: str
    met: bool | None
    too_few: int | None


@dataclass(frozen=True, slots=True)
class Trial:
    """A plan and its runs about the version, oldest first; `plan` is None for runs that answer none.

    `status` is a status word, `why` its reason; freshness is judged elsewhere.  `released` is the release
    that a test planned before release, and never run, should have preceded.
    """

    plan: Fact | None
    runs: tuple[Fact, ...]
    rows: tuple[MetricRow, ...]
    status: str
    why: Reason | None
    conflict: bool = False
    released: Fact | None = None

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The plan and its runs."""
        return (self.plan, *self.runs) if self.plan is not None else self.runs


def find_trials(
    dossier: Dossier,
    types: Collection[str] = (),
    where: tuple[Condition, ...] = (),
    names: Mapping[str, str] | None = None,
) -> tuple[Trial, ...]:
    """The trials of these types (all, if none is named) for the dossier's version, in the order of their plans.

    Runs without a plan come last.
    """
    plans: list[Fact] = []
    runs: list[Fact] = []
    contested: set[str] = set()
    for fact, conflict in dossier.standing(("test_plan", "evaluation")):
        if not dossier.is_about(fact):
            continue
        (plans if fact.entry.kind == "test_plan" else runs).append(fact)
        if conflict is not None:
            contested.add(fact.entry.statement)

    trials: list[Trial] = []
    answered: set[str] = set()
    for plan in plans:
        answers = tuple(run for run in runs if _answers(run, plan) and _same_subject(run, plan))
        answered |= {run.entry.statement for run in answers}
        data = plan.entry.data
        if _of_type(data, types) and all(holds(one, "test_plan", data, names or {}) for one in where):
            contradictory = any(fact.entry.statement in contested for fact in (plan, *answers))
            trials.append(_judge(dossier, plan, answers, contradictory))
    for run in runs:
        if run.entry.statement not in answered and _of_type(run.entry.data, types) and not where:
            why = reason("run_without_plan", entry=name_entry(run.entry))
            rows = tuple(_rows(run, None))
            contradictory = run.entry.statement in contested
            trials.append(Trial(None, (run,), rows, "no test defined", why, contradictory))
    return tuple(trials)


def _of_type(data: Mapping[str, Any], types: Collection[str]) -> bool:
    return not types or any(one in types for one in data.get("types", ()))


def _same_subject(run: Fact, plan: Fact) -> bool:
    return run.entry.subject == plan.entry.subject


def _answers(run: Fact, plan: Fact) -> bool:
    statements = {plan.entry.statement, *(entry.statement for entry in plan.replaces)}
    references = run.entry.data.get("references", ())
    pointed = any(one["rel"] == "answers" and one["statement"] in statements for one in references)
    return pointed or run.entry.data.get("plan_id") == plan.entry.data.get("plan_id")


def _judge(dossier: Dossier, plan: Fact, runs: tuple[Fact, ...], contested: bool) -> Trial:
    if not runs:
        planned, day = name_entry(plan.entry), plan.entry.data.get("due", "")
        key = "never_run_at_all" if dossier.about_organisation else "never_run"
        values: dict[str, object] = {} if dossier.about_organisation else {"version": dossier.version}
        released = _first_release(dossier) if plan.entry.data.get("phase") == "before_release" else None
        if released is not None:
            key, values = "never_run_released", {**values, "release": name_entry(released.entry)}
        return Trial(plan, (), (), "never run", reason(key, plan=planned, day=day, **values), contested, released)
    rows = tuple(row for run in runs for row in _rows(run, plan))
    status, found = _verdict(plan, runs[-1], tuple(row for row in rows if row.run is runs[-1]))
    return Trial(plan, runs, rows, status, found, contested)


def _first_release(dossier: Dossier) -> Fact | None:
    """The first release of the dossier's version that let it be used."""
    if dossier.about_organisation:
        return None
    for fact, _ in dossier.standing(("release",)):
        if dossier.is_about(fact, named=True) and fact.entry.data["action"] in _RELEASING:
            return fact
    return None


def _verdict(plan: Fact, run: Fact, rows: tuple[MetricRow, ...]) -> tuple[str, Reason | None]:
    """The status of the newest run, the worst thing first."""
    entry, planned = name_entry(run.entry), name_entry(plan.entry)
    if not _set_before(plan, run):
        return "no test defined", reason("plan_after_run", plan=planned, entry=entry)
    missed = tuple(_miss(row, row.limit) for row in rows if row.met is False and row.limit is not None)
    if missed:
        return "failed", reason("limits_missed", entry=entry, misses=missed)
    if run.entry.data.get("result") == "failed":
        return "failed", reason("failed", entry=entry)
    if run.entry.data.get("result") == "inconclusive":
        return "not provided", reason("inconclusive", entry=entry)
    reported = {row.metric for row in rows}
    for metric in plan.entry.data.get("metrics", ()):
        if metric["metric"] not in reported:
            return "not provided", reason("metric_missing", entry=entry, metric=metric["metric"], plan=planned)
    for row in rows:
        if row.too_few is not None and not row.group:
            return "not provided", reason(
                "too_few_cases", entry=entry, metric=row.metric, n=row.n, plan=planned, smallest=row.too_few
            )
    return "provided", None


def _miss(row: MetricRow, limit: Limit) -> Reason:
    return reason(
        "miss",
        metric=f"{row.metric} ({row.group})" if row.group else row.metric,
        value=float(row.value),
        direction=reason(limit.direction),
        limit=float(limit.value),
    )


def _set_before(plan: Fact, run: Fact) -> bool:
    """Whether a version of the plan stands before the run, in the ledger and by its own word."""
    versions = (*plan.replaces, plan.entry)
    return any(one.index < run.entry.index and one.time <= run.entry.time for one in versions)


def _rows(run: Fact, plan: Fact | None) -> Iterator[MetricRow]:
    planned = {} if plan is None else {one["metric"]: one for one in plan.entry.data.get("metrics", ())}
    before = plan is not None and _set_before(plan, run)
    for metric in run.entry.data.get("metrics", ()):
        agreed = planned.get(metric["metric"], {})
        group = metric.get("group") or {}
        interval = metric.get("interval") or {}
        limit = _limit(metric, agreed, before)
        judged_on = agreed.get("judged_on") or "value"
        smallest = agreed.get("smallest_n")
        too_few = smallest if smallest is not None and metric["n"] < smallest else None
        yield MetricRow(
            run=run,
            metric=metric["metric"],
            group=f"{group['attribute']}: {group['value']}" if group else "",
            n=metric["n"],
            value=metric["value"],
            unit=metric.get("unit") or "",
            low=interval.get("low"),
            high=interval.get("high"),
            level=interval.get("level"),
            method=interval.get("method") or "",
            limit=limit,
            judged_on=judged_on,
            met=_met(metric["value"], interval, limit, judged_on) if too_few is None else None,
            too_few=too_few,
        )


def _limit(metric: Mapping[str, Any], agreed: Mapping[str, Any], before: bool) -> Limit | None:
    """The limit a number is held against: the plan's for the number over all cases, else the run's own."""
    planned, side = agreed.get("threshold"), agreed.get("direction")
    value, direction = metric.get("threshold"), metric.get("direction") or side
    if planned is not None and not metric.get("group"):
        value, direction = planned, side  # a run can't move the limit that its plan set
    if value is None or direction is None:
        return None
    return Limit(value, direction, before and (value, direction) == (planned, side))


def _met(value: float, interval: Mapping[str, Any], limit: Limit | None, judged_on: str) -> bool | None:
    if limit is None:
        return None
    if judged_on == "interval":
        end = interval.get("low" if limit.direction == "at_least" else "high")
        if end is None:
            return None
        value = end
    return value >= limit.value if limit.direction == "at_least" else value <= limit.value
