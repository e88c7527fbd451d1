"""Chapters 6 and 8: test plans before the tests, then the tests with their numbers, reports and logs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version as installed

from bank import SYSTEM, Bank, now, person, refer
from measure import RESAMPLES, SMALLEST_GROUP, Measured
from model import SEED
from plans import plan_metrics
from records_data import SEX_CAVEAT
from report import format_report

from ledger import Receipt
from ledger.kinds import Evaluation, TestPlan
from ledger.kinds.evaluation import Environment, Finding, PlannedMetric, TestType
from ledger.kinds.parts import DatasetIdentity, Group, Interval, Metric, ModelIdentity, Period


@dataclass(frozen=True, slots=True)
class Plan:
    """A test plan as recorded: its entry and what it asks for."""

    plan_id: str
    types: tuple[TestType, ...]
    metrics: tuple[PlannedMetric, ...]
    receipt: Receipt


_PROTOCOLS: Mapping[TestType, tuple[str, str]] = {
    "accuracy": ("accuracy", "Score each held-out application with the released files, compare with the label."),
    "bias": (
        "fairness",
        "As for accuracy, per sex code and age band with fairlearn; ratios and differences between large groups.",
    ),
    "robustness": (
        "robustness",
        "Change amount and duration at random; then lose the checking account status of a fifth of the cases.",
    ),
}


def record_plans(bank: Bank, version: str, test: DatasetIdentity) -> dict[TestType, Plan]:
    """The plans for a version, entered before its tests."""
    plans = {}
    for kind, (name, protocol) in _PROTOCOLS.items():
        metrics = plan_metrics(kind, version)
        receipt = bank.ledger.record(
            TestPlan(
                system_version=version,
                plan_id=f"{name}-{version}",
                types=[kind],
                protocol=protocol,
                metrics=metrics,
                due=bank.day(30),
                datasets=[test],
                phase="before_release" if version == "1.0" else "after_change",
                repeat_days=365,
                acceptance="every limit is met",
                responsible=person("staff-140"),
            ),
            signers=bank.keys.scientist,
            subject=SYSTEM,
        )
        plans[kind] = Plan(f"{name}-{version}", (kind,), tuple(metrics), receipt)
    return plans


def record_security_plan(bank: Bank, version: str) -> Receipt:
    """A plan that nobody has carried out yet: the documents must say so."""
    return bank.ledger.record(
        TestPlan(
            system_version=version,
            plan_id=f"cybersecurity-{version}",
            types=["cybersecurity"],
            protocol="An outside firm tries to alter scorecard and rule, to feed forged applications, and "
            "to learn the weights by repeated applications.",
            metrics=[],
            due=bank.day(60),
            phase="before_release",
            acceptance="no finding graver than low stays open",
            responsible=person("staff-101"),
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
    )


@dataclass(frozen=True, slots=True)
class Tested:
    """A test as recorded: its entry and its numbers."""

    evaluation_id: str
    receipt: Receipt
    metrics: tuple[Metric, ...]

    @property
    def missed(self) -> tuple[Metric, ...]:
        """The metrics that missed their limits."""
        return tuple(m for m in self.metrics if m.passed is False)


def record_evaluation(
    bank: Bank,
    version: str,
    plan: Plan,
    measured: Sequence[Measured],
    model: ModelIdentity,
    test: DatasetIdentity,
    started: str,
) -> Tested:
    """One test run with its report and log, signed by the pipeline that ran it and the person responsible."""
    metrics = [_metric(m, plan.metrics) for m in measured]
    missed = tuple(m for m in metrics if m.passed is False)
    bias = "bias" in plan.types
    title = f"Test report {plan.plan_id}"
    report = format_report(title, SYSTEM, version, metrics, SEX_CAVEAT if bias else "").encode()
    log = (json.dumps([asdict(m) for m in measured], indent=1) + "\n").encode()
    body = Evaluation(
        system_version=version,
        evaluation_id=plan.plan_id,
        types=list(plan.types),
        protocol="As planned, on the held-out split, once for this version. The same split served version 1.0."
        if version != "1.0"
        else "As planned, on the held-out split, once for this version.",
        metrics=metrics,
        result="failed" if missed else "passed",
        responsible=person("staff-140"),
        plan_id=plan.plan_id,
        model=model,
        datasets=[test],
        period=Period(start=started, end=now()),
        report=sha256(report).hexdigest(),
        logs=[sha256(log).hexdigest()],
        environment=environment(),
        findings=_findings(missed),
        discriminatory_effects=_effects(missed) if bias else None,
        circumstances="Numbers per sex code compare mixed groups, because the codebook is unsound; see "
        "the known gaps of the data set."
        if bias
        else "Data of 1973 to 1975, bad risks over-represented.",
        limitations="300 cases; intervals are wide, and groups below 30 cases are shown without judging "
        "them. The intervals do not cover that applicants of today differ.",
        conclusion="Limits missed; see the findings." if missed else "All limits met on the held-out split.",
    )
    receipt = bank.ledger.record(
        body,
        signers=[bank.keys.pipeline, bank.keys.scientist],
        subject=SYSTEM,
        references=[refer("answers", plan.receipt)],
        attach=[
            bank.attach(f"test-report-{plan.plan_id}.md", report, role="test_report", media_type="text/markdown"),
            bank.attach(f"metrics-{plan.plan_id}.json", log, role="test_log", media_type="application/json"),
        ],
    )
    return Tested(plan.plan_id, receipt, tuple(metrics))


def environment() -> Environment:
    """What the tests ran on, closely enough to repeat them."""
    return Environment(
        software=[
            f"Python {platform.python_version()}",
            *(f"{name} {installed(name)}" for name in ("scikit-learn", "fairlearn", "numpy")),
        ],
        hardware=f"{platform.machine()}, {os.cpu_count()} processors",
        seed=SEED,
        settings={"resamples": RESAMPLES, "smallest_group": SMALLEST_GROUP},
    )


def _metric(measured: Measured, planned: Sequence[PlannedMetric]) -> Metric:
    """The measured number beside its limit; a value for one group has none."""
    plan = next(p for p in planned if p.metric == measured.metric)
    limit = plan.threshold if measured.group is None else None
    passed = None
    if limit is not None:
        passed = measured.value >= limit if plan.direction == "at_least" else measured.value <= limit
    return Metric(
        metric=measured.metric,
        value=measured.value,
        n=measured.n,
        group=Group(attribute=measured.group[0], value=measured.group[1]) if measured.group else None,
        interval=Interval(low=measured.low, high=measured.high, level=0.95, method=measured.method)
        if measured.low is not None and measured.high is not None
        else None,
        threshold=limit,
        direction=plan.direction if limit is not None else None,
        passed=passed,
    )


def _effects(missed: Sequence[Metric]) -> str:
    """What the numbers say about discrimination, and what they do not."""
    if missed:
        names = ", ".join(f"{m.metric} {m.value:.2f}" for m in missed)
        return f"Possibly discriminatory: {names}. The numbers per group show where; see risk R-2 for age."
    return "No difference beyond our limits was found. Intervals are wide; smaller ones can't be excluded."


def _findings(missed: Sequence[Metric]) -> list[Finding] | None:
    """A finding for each limit that was missed."""
    found = [
        Finding(
            finding=f"{m.metric} is {m.value:.2f}, limit {m.direction or ''} {m.threshold}".replace("_", " "),
            severity="high",
            action="risk R-2 reassessed; release only with further measures",
        )
        for m in missed
    ]
    return found or None
