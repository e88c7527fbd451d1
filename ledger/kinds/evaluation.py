"""`test_plan` and `evaluation`: what will be measured, set beforehand; and one run with its numbers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import Actor, Body, Count, Date, Hex256, Name, Part, Slug, Text, doc
from ledger.kinds.parts import DatasetIdentity, Group, Json, Metric, ModelIdentity, Period, Severity, Threat

TestType = Literal[
    "accuracy", "robustness", "cybersecurity", "bias", "data_quality", "validation", "verification",
    "red_team", "oversight", "explainability", "accessibility", "transparency", "performance",
    "real_world", "other",
]  # fmt: skip


class PlannedMetric(Part):
    """A metric chosen beforehand, with its limit and the reason for choosing it."""

    metric: Annotated[Name, doc("Name that evaluations repeat, e.g. false_positive_rate.")]
    definition: Annotated[Text, doc("How it is computed.")]
    justification: Annotated[Text, doc("Why it suits this system (Annex IV point 4).")]
    unit: Annotated[Name | None, doc("Unit; absent for a pure number.")] = None
    threshold: Annotated[float | None, doc("Limit, in `unit`; absent when the metric is only observed.")] = None
    direction: Annotated[Literal["at_least", "at_most"] | None, doc("Which side of the threshold is good.")] = None
    judged_on: Annotated[
        Literal["value", "interval"] | None,
        doc("What must meet the limit: the value, or its whole interval (a probabilistic threshold)."),
    ] = None
    threshold_reason: Annotated[Text | None, doc("Why the limit is where it is.")] = None
    groups: Annotated[list[Group] | None, doc("Groups it is also measured for; a value of * means each group.")] = None
    smallest_n: Annotated[Count | None, doc("Fewest cases a value may rest on.")] = None
    requirement_id: Annotated[Slug | None, doc("The `requirement` it tests.")] = None


class TestPlan(Body):
    """Before a test: what will be measured, on which data, with which limits, by when (Articles 9(6) to (8)).

    Entered before the evaluation that answers it, it shows that limits were set beforehand, and that a test
    without an answer was never run.
    """

    __test__: ClassVar[bool] = False  # pytest takes classes named Test... for tests
    kind: ClassVar[str] = "test_plan"
    identity: ClassVar[tuple[str, ...]] = ("plan_id",)

    plan_id: Annotated[Slug, doc("Name of the plan.")]
    types: Annotated[list[TestType], Field(min_length=1, description="What is tested.")]
    protocol: Annotated[Text, doc("How the test is done, step by step.")]
    metrics: Annotated[list[PlannedMetric], doc("Metrics; empty only where the result is findings, not numbers.")]
    due: Annotated[Date, doc("Last day for the (first) run, YYYY-MM-DD.")]
    datasets: Annotated[list[DatasetIdentity] | None, doc("Data to be used.")] = None
    phase: Annotated[
        Literal["during_development", "before_release", "after_change", "in_operation"] | None,
        doc("When in the life of the system."),
    ] = None
    repeat_days: Annotated[int | None, Field(ge=1, description="To be run again after so many days.")] = None
    acceptance: Annotated[Text | None, doc("When the test as a whole is passed.")] = None
    responsible: Annotated[Actor | None, doc("Who is to run it.")] = None
    predetermined_change: Annotated[Slug | None, doc("The pre-determined change it is for.")] = None
    real_world: Annotated[Text | None, doc("For tests in real-world conditions (Art. 60): plan, consent.")] = None


class Environment(Part):
    """Where a test ran, closely enough to repeat it."""

    software: Annotated[list[Name], doc("Programs and libraries with versions.")]
    hardware: Annotated[Name | None, doc("Machine.")] = None
    seed: Annotated[int | None, doc("Seed of random numbers.")] = None
    code_digest: Annotated[Hex256 | None, doc("SHA-256 of the test code.")] = None
    settings: Annotated[dict[str, Json] | None, doc("Further settings.")] = None


class Attack(Part):
    """One attempt to make the system fail or misbehave."""

    threat: Annotated[Threat, doc("Kind of attack (Art. 15(5)).")]
    method: Annotated[Text, doc("How it was tried.")]
    attempts: Annotated[Count | None, doc("Number of attempts.")] = None
    successes: Annotated[Count | None, doc("Number of attempts that succeeded.")] = None
    result: Annotated[Text, doc("What happened.")]


class Finding(Part):
    """Something a test brought to light."""

    finding: Annotated[Text, doc("What was found.")]
    severity: Annotated[Severity | None, doc("How bad it is.")] = None
    action: Annotated[Text | None, doc("What follows from it.")] = None


class Evaluation(Body):
    """One test, validation, bias, robustness or red-team run (Annex IV 2(g), 3, 4; Articles 9, 10, 13, 15).

    The plan it answers is a reference with `rel` "answers" and `plan_id`; without one the limits were not set
    beforehand. Reports and logs are artefacts with the roles `test_report` and `test_log`.
    """

    kind: ClassVar[str] = "evaluation"
    identity: ClassVar[tuple[str, ...]] = ("evaluation_id",)

    evaluation_id: Annotated[Slug, doc("Name of the run.")]
    types: Annotated[list[TestType], Field(min_length=1, description="What was tested.")]
    protocol: Annotated[Text, doc("How the test was done, and where it departed from the plan.")]
    metrics: Annotated[list[Metric], doc("Measured numbers; empty only where the result is findings.")]
    result: Annotated[Literal["passed", "failed", "inconclusive", "observed"], doc("Outcome as a whole.")]
    responsible: Annotated[Actor, doc("Person responsible, who signs the report (Annex IV 2(g)).")]
    plan_id: Annotated[Slug | None, doc("Plan it answers.")] = None
    model: Annotated[ModelIdentity | None, doc("Model tested.")] = None
    datasets: Annotated[list[DatasetIdentity] | None, doc("Data used, each with its digest.")] = None
    period: Annotated[Period | None, doc("When it ran.")] = None
    report: Annotated[Hex256 | None, doc("SHA-256 of the report, also an artefact.")] = None
    logs: Annotated[list[Hex256] | None, doc("SHA-256 of the test logs, also artefacts.")] = None
    environment: Annotated[Environment | None, doc("Where it ran.")] = None
    attacks: Annotated[list[Attack] | None, doc("Attacks tried.")] = None
    findings: Annotated[list[Finding] | None, doc("What came to light, besides numbers.")] = None
    discriminatory_effects: Annotated[
        Text | None, doc("Whether results may be discriminatory, and what the numbers say about it.")
    ] = None
    circumstances: Annotated[Text | None, doc("Known circumstances that change the result (Art. 13(3)(b)(ii)).")] = None
    limitations: Annotated[Text | None, doc("What the test can't show.")] = None
    conclusion: Annotated[Text | None, doc("What follows for the system.")] = None
    predetermined_change: Annotated[Slug | None, doc("The pre-determined change it tests.")] = None
    real_world_test_id: Annotated[Name | None, doc("Union-wide number of a test under Art. 60.")] = None
