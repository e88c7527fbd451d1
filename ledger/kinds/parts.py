"""Parts that several kinds about systems share: models, datasets, parties, persons, measurements."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ledger.kinds.base import (
    Count,
    Country,
    Erasable,
    Fraction,
    HasErasable,
    Hex256,
    Instant,
    Name,
    Part,
    Slug,
    Text,
    doc,
)

SetPurpose = Literal["training", "validation", "testing", "bias_detection", "operation", "reference"]
Threat = Literal[
    "data_poisoning", "model_poisoning", "adversarial_example", "evasion", "confidentiality_attack",
    "model_extraction", "model_flaw", "prompt_injection", "supply_chain", "unauthorised_access",
    "denial_of_service", "other",
]  # fmt: skip
Severity = Literal["low", "medium", "high", "critical"]
Json = Annotated[Any, doc("Any JSON value.")]


class ModelIdentity(Part):
    """One model version, named so that a stranger can recognise its bytes."""

    model_id: Annotated[Slug, doc("Model, stable over its versions.")]
    version: Annotated[Slug, doc("Version of the model.")]
    digest: Annotated[Hex256 | None, doc("SHA-256 of the model file or of its manifest.")] = None


class DatasetIdentity(Part):
    """One dataset version, named so that a stranger can recognise its bytes."""

    dataset_id: Annotated[Slug, doc("Dataset, stable over its versions.")]
    version: Annotated[Slug, doc("Version of the dataset.")]
    digest: Annotated[Hex256 | None, doc("SHA-256 of the dataset file or of its manifest.")] = None
    purpose: Annotated[SetPurpose | None, doc("What it was used for here.")] = None
    split: Annotated[Name | None, doc("Which of its splits was used.")] = None


class PartyInRole(Part):
    """An organisation in a role; address and contact are in its `party` entry."""

    party_id: Annotated[Slug, doc("Identifier, as in the `party` entry.")]
    name: Annotated[Name | None, doc("Name or trade name; left out for a natural person.")] = None
    country: Annotated[Country | None, doc("Where it is established.")] = None


class Person(HasErasable):
    """A natural person: a pseudonym, and a name and contact that can be erased."""

    id: Annotated[Slug | None, doc("Pseudonym; absent when the person is unknown.")] = None
    name: Annotated[Name | None, Erasable(), doc("Name.")] = None
    contact: Annotated[Name | None, Erasable(), doc("Contact or customer number.")] = None


class Period(Part):
    """A half-open stretch of time."""

    start: Annotated[Instant, doc("First instant, RFC 3339 with Z.")]
    end: Annotated[Instant | None, doc("First instant after it, RFC 3339 with Z; absent while it goes on.")] = None


class Group(Part):
    """A group of persons (or cases) that a number is about."""

    attribute: Annotated[Name, doc("What divides the groups, e.g. sex, age band, or 'sex x age band'.")]
    value: Annotated[Name, doc("Which group, e.g. female, or 'female x under 25'.")]


class Interval(Part):
    """How uncertain a number is."""

    low: Annotated[float, doc("Lower end, in the metric's unit.")]
    high: Annotated[float, doc("Upper end, in the metric's unit.")]
    level: Annotated[Fraction, doc("Confidence or credibility, e.g. 0.95.")]
    method: Annotated[Name, doc("How it was computed, e.g. Wilson, percentile bootstrap with 2000 resamples.")]


class Metric(Part):
    """One measured number: overall, or for one group."""

    metric: Annotated[Name, doc("Name, the same as in the test plan, e.g. false_positive_rate.")]
    value: Annotated[float, doc("Measured value, in `unit`.")]
    n: Annotated[Count, doc("Number of cases the value rests on.")]
    unit: Annotated[Name | None, doc("Unit, e.g. ms, EUR; absent for a pure number.")] = None
    group: Annotated[Group | None, doc("Group the value is about; absent means overall.")] = None
    interval: Annotated[Interval | None, doc("Uncertainty of the value.")] = None
    threshold: Annotated[float | None, doc("Limit set beforehand, in `unit`.")] = None
    direction: Annotated[Literal["at_least", "at_most"] | None, doc("Which side of the threshold is good.")] = None
    passed: Annotated[bool | None, doc("Whether the limit was met; absent when there is none.")] = None
    definition: Annotated[Text | None, doc("How the metric is computed, where the plan does not say.")] = None


class Fact(Part):
    """A described number or property that is not a test result."""

    name: Annotated[Name, doc("What it is, e.g. share of missing values in income.")]
    value: Annotated[float | str | bool, doc("Its value.")]
    unit: Annotated[Name | None, doc("Unit of a number; absent for a pure number.")] = None
    n: Annotated[Count | None, doc("Number of records it rests on.")] = None
    group: Annotated[Group | None, doc("Group it is about; absent means all.")] = None


class Affected(Part):
    """A category of persons touched by something, without naming anyone."""

    group: Annotated[Name, doc("Which persons, e.g. applicants aged under 25.")]
    number: Annotated[Count | None, doc("How many; absent if unknown.")] = None
    effect: Annotated[Text | None, doc("What happened or may happen to them.")] = None


class Step(Part):
    """One step in handling something."""

    at: Annotated[Instant, doc("When, RFC 3339 with Z.")]
    step: Annotated[Text, doc("What was done, without personal data.")]
    by: Annotated[Slug | None, doc("Who did it (pseudonym).")] = None


class Notified(Part):
    """Someone who was told."""

    party: Annotated[Name, doc("Who: an organisation or a category of persons.")]
    at: Annotated[Instant, doc("When, RFC 3339 with Z.")]
    communication_id: Annotated[Slug | None, doc("The `communication` entry about it.")] = None
