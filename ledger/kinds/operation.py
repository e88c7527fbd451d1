"""Entries made while a system runs: decisions, sealed logs, human oversight, monitoring."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from ledger.kinds.base import (
    Actor,
    Amount,
    Body,
    Count,
    Date,
    Erasable,
    HasErasable,
    Hex256,
    Instant,
    Name,
    Part,
    Slug,
    Text,
    Url,
    doc,
)
from ledger.kinds.design import OversightAim
from ledger.kinds.parts import DatasetIdentity, Json, Metric, ModelIdentity, Period, Person


class Factor(Part):
    """What one input contributed to a result."""

    name: Annotated[Name, doc("Input.")]
    contribution: Annotated[float, doc("Signed contribution, in the unit of the score.")]
    value: Annotated[Json, doc("Value of the input.")] = None


class Biometric(HasErasable):
    """What a remote biometric identification must log (Article 12(3))."""

    use: Annotated[Period, doc("Start and end of the use (a).")]
    reference_database: Annotated[DatasetIdentity, doc("Database the input was checked against (b).")]
    match: Annotated[bool, doc("Whether there was a match.")]
    matching_input: Annotated[Hex256 | None, Erasable(), doc("SHA-256 of the input that led to it (c).")] = None
    verified_by: Annotated[list[Slug], doc("Persons who each verified the result, as pseudonyms (d), Art. 14(5).")]


class AiDecision(HasErasable, Body):
    """The system decided one case (Articles 12, 26(6), 86).

    Without its erasable members the entry says nothing about a person. Input and output are given as values
    or as digests; a digest of something that can be guessed is as personal as the thing, so it is erasable.
    """

    kind: ClassVar[str] = "ai_decision"
    identity: ClassVar[tuple[str, ...]] = ("decision_id",)

    decision_id: Annotated[Slug, doc("Name of the decision; must not be a customer or case number.")]
    model: Annotated[ModelIdentity, doc("Model that decided.")]
    replayed: Annotated[bool, doc("Computed afterwards from stored inputs, not at the time by the running system.")]
    outcome: Annotated[Name | None, doc("Outcome as a category, e.g. declined; nothing personal.")] = None
    input: Annotated[Json, Erasable(), doc("Input as the model got it.")] = None
    input_digest: Annotated[Hex256 | None, Erasable(), doc("SHA-256 of the input.")] = None
    output: Annotated[Json, Erasable(), doc("Output as the model gave it.")] = None
    output_digest: Annotated[Hex256 | None, Erasable(), doc("SHA-256 of the output.")] = None
    confidence: Annotated[float | None, doc("Score or confidence, on the model's own scale.")] = None
    threshold: Annotated[float | None, doc("Threshold that `confidence` was held against.")] = None
    affected_person: Annotated[Person | None, doc("Person the decision is about.")] = None
    explanation: Annotated[Text | None, Erasable(), doc("Explanation in words (Art. 86).")] = None
    factors: Annotated[list[Factor] | None, Erasable(), doc("Main inputs and their contributions.")] = None
    legal_effect: Annotated[
        bool | None, doc("It leads to a decision with legal or similarly significant effect (Art. 86).")
    ] = None
    human_involvement: Annotated[
        Literal["none", "reviewed_before_effect", "reviewed_after_effect", "advice_only"] | None,
        doc("What people do with the output."),
    ] = None
    mode: Annotated[Literal["normal", "fallback", "degraded", "test"] | None, doc("State the system was in.")] = None
    duration_ms: Annotated[Amount | None, doc("Time it took, in milliseconds.")] = None
    trace_id: Annotated[Slug | None, doc("Trace in the technical logs.")] = None
    biometric: Annotated[Biometric | None, doc("For remote biometric identification.")] = None


class EventCount(Part):
    """How many events of one type a segment holds."""

    type: Annotated[Name, doc("Type of event, e.g. decision, override, error, configuration_change.")]
    count: Annotated[Count, doc("How many.")]


class LogGap(Part):
    """A stretch for which events are missing."""

    period: Annotated[Period, doc("Which stretch.")]
    reason: Annotated[Text, doc("Why, and what was done.")]


class RuntimeLog(Body):
    """A segment of many events was sealed: digest, period, count, retention (Articles 12, 19 and 26(6))."""

    kind: ClassVar[str] = "runtime_log"
    identity: ClassVar[tuple[str, ...]] = ("log_id", "segment")

    log_id: Annotated[Slug, doc("Log, stable over its segments.")]
    segment: Annotated[Count, doc("Number of the segment, from 0, without gaps.")]
    period: Annotated[Period, doc("When its events happened.")]
    count: Annotated[Count, doc("Number of events.")]
    digest: Annotated[Hex256, doc("SHA-256 of the file, as stored.")]
    media_type: Annotated[Name, doc("IANA media type, e.g. application/jsonl.")]
    keep_until: Annotated[Date, doc("Kept at least until this day; six months or more (Art. 19(1), 26(6)).")]
    size: Annotated[Count | None, doc("Size in bytes.")] = None
    merkle_root: Annotated[
        Hex256 | None, doc("Root of the RFC 6962 tree over the file's lines, each without its newline.")
    ] = None
    previous: Annotated[Hex256 | None, doc("SHA-256 of the segment before.")] = None
    event_schema: Annotated[Url | None, doc("What the events look like.")] = None
    event_types: Annotated[list[EventCount] | None, doc("Events by type.")] = None
    model: Annotated[ModelIdentity | None, doc("Model in use during the period.")] = None
    controlled_by: Annotated[Literal["provider", "deployer"] | None, doc("Under whose control the log is.")] = None
    storage: Annotated[Text | None, doc("Where it is kept, and who can read it.")] = None
    gaps: Annotated[list[LogGap] | None, doc("Missing stretches; empty states: none known.")] = None
    personal_data: Annotated[bool | None, doc("It holds personal data.")] = None


class OversightAction(HasErasable, Body):
    """A person reviewed, confirmed, overrode, reversed, stopped or escalated an output (Articles 14, 26(2)).

    The decision concerned is a reference with `rel` "about". The reason may say something about a person, so
    it is erasable; `reason_code` is not and must be free of personal data.
    """

    kind: ClassVar[str] = "oversight_action"
    identity: ClassVar[tuple[str, ...]] = ("oversight_id",)

    oversight_id: Annotated[Slug, doc("Name of the action.")]
    action: Annotated[
        Literal[
            "reviewed", "confirmed", "disregarded", "overridden", "reversed", "stopped", "resumed",
            "escalated", "second_verification",
        ],
        doc("What the person did (Art. 14(4)(d), (e), 14(5))."),
    ]  # fmt: skip
    actor: Annotated[Actor, doc("Overseer.")]
    reason_code: Annotated[Name, doc("Why, as a category; no personal data.")]
    reason: Annotated[Text | None, Erasable(), doc("Why, in words.")] = None
    decision_id: Annotated[Slug | None, doc("The `ai_decision` concerned; absent if it is about the system.")] = None
    output_shown: Annotated[Json, Erasable(), doc("Output as the person saw it.")] = None
    output_shown_digest: Annotated[Hex256 | None, Erasable(), doc("SHA-256 of what the person saw.")] = None
    outcome_shown: Annotated[Name | None, doc("Outcome shown, as a category; nothing personal.")] = None
    outcome_after: Annotated[Name | None, doc("Outcome after the action, as a category.")] = None
    output_after: Annotated[Json, Erasable(), doc("Result after the action.")] = None
    aids: Annotated[list[Name] | None, doc("Interpretation aids the person was shown.")] = None
    aim: Annotated[OversightAim | None, doc("What the measure is for (Art. 14(4), (5)).")] = None
    measure_id: Annotated[Slug | None, doc("Oversight measure, as `ai_system` names it.")] = None
    seconds_spent: Annotated[Amount | None, doc("Time spent on it, in seconds; hints at over-reliance.")] = None
    second_person: Annotated[Actor | None, doc("Who confirmed it separately (Art. 14(5)); also a second signer.")] = (
        None
    )
    safe_state: Annotated[Text | None, doc("For a stop: the state the system went into.")] = None
    escalated_to: Annotated[Name | None, doc("For an escalation: to which function.")] = None
    training_id: Annotated[Slug | None, doc("Training record that shows the overseer's competence.")] = None


class Feedback(Part):
    """What one source outside contributed."""

    source: Annotated[Name, doc("Who, e.g. a deployer or a category of users.")]
    feedback: Annotated[Text, doc("What they reported; no personal data.")]


class Monitoring(Body):
    """A measurement, check or review in operation (Article 72, Articles 26(5), 15(1), 9(2)(c))."""

    kind: ClassVar[str] = "monitoring"
    identity: ClassVar[tuple[str, ...]] = ("monitoring_id",)

    monitoring_id: Annotated[Slug, doc("Name of the measurement or review.")]
    type: Annotated[
        Literal[
            "performance", "drift", "data_quality", "bias", "usage", "availability", "complaint_trend",
            "threshold_breach", "interaction_with_ai", "deployer_feedback", "log_review", "security",
            "periodic_review",
        ],
        doc("What was looked at."),
    ]  # fmt: skip
    period: Annotated[Period, doc("Stretch of operation it is about.")]
    metrics: Annotated[list[Metric], doc("Measured numbers; empty where the result is words.")]
    conclusion: Annotated[Text, doc("What it means.")]
    status: Annotated[Literal["as_expected", "watch", "breach"], doc("As expected; to be watched; a limit was broken.")]
    plan: Annotated[Slug | None, doc("Post-market monitoring plan it follows (its document).")] = None
    plan_id: Annotated[Slug | None, doc("Test plan it follows.")] = None
    model: Annotated[ModelIdentity | None, doc("Model monitored.")] = None
    reference_period: Annotated[Period | None, doc("Stretch that drift is measured against.")] = None
    reference_dataset: Annotated[DatasetIdentity | None, doc("Data that drift is measured against.")] = None
    still_compliant: Annotated[
        bool | None, doc("The requirements of Chapter III Section 2 are still met (Art. 72(2)).")
    ] = None
    feedback: Annotated[list[Feedback] | None, doc("What deployers and others reported.")] = None
    interactions: Annotated[Text | None, doc("Interaction with other AI systems (Art. 72(2)).")] = None
    noticed_at: Annotated[Instant | None, doc("For a breach: when it was noticed.")] = None
    action_taken: Annotated[Text | None, doc("What was done about it.")] = None
    incident_id: Annotated[Slug | None, doc("The `incident` it led to.")] = None
    risk_ids: Annotated[list[Slug] | None, doc("Risks found or re-assessed because of it.")] = None
