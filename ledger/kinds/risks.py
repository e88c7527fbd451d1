"""Risks and impact assessments: what may go wrong, for whom, and what is done about it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import Actor, Body, Count, Country, Date, Language, Name, Part, Slug, Text, doc
from ledger.kinds.planning import Level, Measure, Rating, Trigger

Bearer = Literal["individuals", "groups", "society", "organisation"]
Interest = Literal[
    "health", "safety", "fundamental_rights", "discrimination", "privacy", "security", "environment",
    "property", "democracy", "legal", "operations", "reputation", "other",
]  # fmt: skip
ArisesIn = Literal["intended_use", "foreseeable_misuse", "failure", "attack", "interaction", "change"]
Dimension = Literal[
    "accountability", "transparency", "fairness", "privacy", "safety", "health", "security", "robustness",
    "rights", "accessibility", "economy", "environment", "culture", "public_services", "other",
]  # fmt: skip


class Consequence(Part):
    """What a risk would do, and to whom."""

    on: Annotated[Bearer, doc("Who bears it.")]
    consequence: Annotated[Text, doc("What happens to them.")]
    severity: Annotated[Level | None, doc("1 (lowest) to 5 (highest), for this bearer.")] = None


class Acceptance(Part):
    """The decision on what remains of a risk."""

    accepted: Annotated[bool, doc("Whether the residual risk is acceptable.")]
    reason: Annotated[Text, doc("Why, by which criterion.")]
    by: Annotated[Actor | None, doc("Who accepts it.")] = None
    valid_until: Annotated[Date | None, doc("Last day the acceptance holds.")] = None


class Risk(Body):
    """A risk was identified, assessed, treated, accepted or closed.

    AI Act: Annex IV 2(e), 3 and 5, Art. 9, 27(1)(d). ISO/IEC 42001: 6.1.1, 6.1.2, 6.1.3, 8.2, 8.3.
    """

    kind: ClassVar[str] = "risk"
    identity: ClassVar[tuple[str, ...]] = ("risk_id",)

    risk_id: Annotated[Slug, doc("Identifier of the risk.")]
    title: Annotated[Name | None, doc("Short name.")] = None
    scope: Annotated[
        Literal["hazard", "overall"],
        doc("One hazard, or the overall residual risk that Art. 9(5) asks to be judged as well."),
    ] = "hazard"
    hazard: Annotated[Text, doc("What may do harm, or the uncertainty meant.")]
    cause: Annotated[Text | None, doc("What brings it about.")] = None
    arises_in: Annotated[list[ArisesIn] | None, doc("Under which circumstances.")] = None
    misuse: Annotated[Text | None, doc("The reasonably foreseeable misuse meant (Art. 9(2)(b)).")] = None
    sources: Annotated[list[Slug] | None, doc("Risk sources, by id of the organisation or C.3.n.")] = None
    interests: Annotated[list[Interest] | None, doc("What it endangers.")] = None
    rights: Annotated[list[Name] | None, doc("Fundamental rights concerned, e.g. Charter Art. 21.")] = None
    persons_affected: Annotated[list[Name] | None, doc("Categories of persons it falls on.")] = None
    minors: Annotated[
        Literal["affected", "not_affected", "not_assessed"] | None,
        doc("Adverse impact on persons under 18 (Art. 9(9))."),
    ] = None
    vulnerable_groups: Annotated[
        list[Name] | None, doc("Other vulnerable groups it falls on; an empty list says none (Art. 9(9)).")
    ] = None
    consequences: Annotated[list[Consequence] | None, doc("What it would do, for each bearer.")] = None
    status: Annotated[Literal["identified", "assessed", "treated", "accepted", "closed"], doc("How far it is.")]
    trigger: Annotated[Trigger | None, doc("Why it was assessed now.")] = None
    criteria: Annotated[Slug | None, doc("Version of the risk criteria, or document that holds them.")] = None
    before: Annotated[Rating | None, doc("Rating before treatment.")] = None
    priority: Annotated[Level | None, doc("Place in the order of treatment, 5 first.")] = None
    reducible_by: Annotated[
        list[Literal["design", "development", "technical_information"]] | None,
        doc("By what the provider can reasonably reduce it; an empty list says by nothing (Art. 9(3))."),
    ] = None
    option: Annotated[Literal["avoid", "modify", "share", "retain"] | None, doc("How it is treated (6.1.3).")] = None
    measures: Annotated[list[Measure] | None, doc("What is done about it, with status.")] = None
    controls: Annotated[list[Slug] | None, doc("Controls that treat it, by control id.")] = None
    interactions: Annotated[
        Text | None, doc("How the measures act together with the other requirements (Art. 9(4)).")
    ] = None
    after: Annotated[Rating | None, doc("Rating that remains, or is expected to remain, after it.")] = None
    acceptance: Annotated[Acceptance | None, doc("Decision on the residual risk (Art. 9(5)).")] = None
    objectives: Annotated[list[Slug] | None, doc("Objectives it bears on.")] = None
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) that answers for it.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again.")] = None
    closed_because: Annotated[Text | None, doc("Why it no longer exists.")] = None


class ConcernedParty(Part):
    """Persons or groups concerned by a system."""

    group: Annotated[Name, doc("Which persons, groups or organisations.")]
    relation: Annotated[
        Literal["user", "affected", "data_subject", "customer", "worker", "authority", "society", "other"] | None,
        doc("How they are concerned."),
    ] = None
    number: Annotated[Count | None, doc("How many, estimated.")] = None
    vulnerable: Annotated[bool | None, doc("They are vulnerable, e.g. by age, disability or dependence.")] = None
    consulted: Annotated[Text | None, doc("How they or their representatives were heard, and the outcome.")] = None


class Impact(Part):
    """One benefit or harm that is expected or reasonably foreseeable."""

    effect: Annotated[Literal["benefit", "harm"], doc("Which of the two.")]
    impact: Annotated[Text, doc("What happens.")]
    dimension: Annotated[Dimension, doc("What it touches.")]
    on: Annotated[Bearer, doc("Who bears it.")]
    groups: Annotated[list[Name] | None, doc("Which of the parties.")] = None
    arises_in: Annotated[ArisesIn | None, doc("Under which circumstances.")] = None
    severity: Annotated[Level | None, doc("1 (lowest) to 5 (highest).")] = None
    likelihood: Annotated[Level | None, doc("1 (rare) to 5 (almost certain).")] = None
    reversible: Annotated[bool | None, doc("It can be undone.")] = None
    residual_severity: Annotated[Level | None, doc("Severity with the measures in place.")] = None
    residual_likelihood: Annotated[Level | None, doc("Likelihood with the measures in place.")] = None
    risks: Annotated[list[Slug] | None, doc("Risks in the register that carry it on, by risk id.")] = None
    rights: Annotated[list[Name] | None, doc("Fundamental rights concerned.")] = None


class Deployment(Part):
    """Where, when and how the system is used (Art. 27(1)(a) and (b), ISO/IEC 42005 6.6)."""

    process: Annotated[Text | None, doc("The processes in which the system is used.")] = None
    period: Annotated[Text | None, doc("Over which time it is meant to be used.")] = None
    frequency: Annotated[Text | None, doc("How often it is meant to be used.")] = None
    environment: Annotated[Text | None, doc("Technical and organisational surroundings.")] = None
    countries: Annotated[list[Country] | None, doc("Where it is used.")] = None
    languages: Annotated[list[Language] | None, doc("In which languages it is used.")] = None
    jurisdictions: Annotated[list[Name] | None, doc("Laws that apply.")] = None


class Notification(Part):
    """The results were sent to an authority (Art. 27(3), GDPR Art. 36)."""

    authority: Annotated[Name, doc("Which authority.")]
    sent_on: Annotated[Date, doc("When.")]
    reference: Annotated[Name | None, doc("File number given.")] = None


class ImpactAssessment(Body):
    """Effects of a system on persons, groups and society were assessed; one record may serve several laws.

    The members follow the outline of ISO/IEC 42005:2025. AI Act: Art. 27, Annex V 5, Annex VIII C-4 and C-5.
    ISO/IEC 42001: 6.1.4, 8.4, A.5.2 to A.5.5.
    """

    kind: ClassVar[str] = "impact_assessment"
    identity: ClassVar[tuple[str, ...]] = ("assessment_id",)

    assessment_id: Annotated[Slug, doc("Identifier of the assessment, the same for all its versions.")]
    types: Annotated[
        list[Literal["fria", "dpia", "iso42005", "screening", "other"]],
        Field(min_length=1),
        doc("What it serves as: AI Act Art. 27, GDPR Art. 35, ISO/IEC 42005, a first screening."),
    ]
    version: Annotated[Slug, doc("Version of the assessment.")]
    status: Annotated[Literal["draft", "completed", "withdrawn"], doc("How far it is.")]
    title: Annotated[Name | None, doc("Title.")] = None
    trigger: Annotated[Trigger | None, doc("Why it was made or updated (5.4).")] = None
    changed: Annotated[Text | None, doc("What changed since the last version (Art. 27(2)).")] = None
    procedure: Annotated[Slug | None, doc("Document id of the procedure followed (A.5.2).")] = None
    scope: Annotated[Text | None, doc("What was assessed and what was not (5.5, 6.2).")] = None
    thresholds: Annotated[
        Text | None, doc("Thresholds for sensitive and restricted uses, and whether reached (5.7).")
    ] = None
    description: Annotated[Text | None, doc("The system and its functions (6.3).")] = None
    purpose: Annotated[Text | None, doc("What it is for (6.3).")] = None
    intended_uses: Annotated[list[Text] | None, doc("Uses it is meant for (6.3).")] = None
    unintended_uses: Annotated[list[Text] | None, doc("Uses it is not meant for, misuse included (6.3).")] = None
    data: Annotated[Text | None, doc("The data used (6.4).")] = None
    data_quality: Annotated[Text | None, doc("Their quality and its limits (6.4).")] = None
    model: Annotated[Text | None, doc("Algorithms and models (6.5).")] = None
    deployment: Annotated[Deployment | None, doc("Where, when and how it is used (6.6).")] = None
    parties: Annotated[list[ConcernedParty] | None, doc("Persons and groups concerned (6.7, Art. 27(1)(c)).")] = None
    impacts: Annotated[
        list[Impact] | None,
        doc("Benefits and harms (6.8, Art. 27(1)(d)); an empty list says none was found."),
    ] = None
    individuals: Annotated[Text | None, doc("Conclusion on persons and groups (A.5.4).")] = None
    society: Annotated[Text | None, doc("Conclusion on society, also when negligible (A.5.5).")] = None
    measures: Annotated[list[Measure] | None, doc("Measures on harms and benefits (6.9).")] = None
    oversight: Annotated[Text | None, doc("How people oversee it, by its instructions (Art. 27(1)(e)).")] = None
    if_risks_occur: Annotated[
        Text | None, doc("What is done when risks materialise, governance and complaints (Art. 27(1)(f)).")
    ] = None
    necessity: Annotated[Text | None, doc("Necessity and proportionality (GDPR Art. 35(7)(b)).")] = None
    legal_basis: Annotated[Text | None, doc("Legal basis of processing personal data.")] = None
    dpo_advice: Annotated[Text | None, doc("Advice of the data protection officer.")] = None
    conclusion: Annotated[Text | None, doc("What the analysis comes to (5.9).")] = None
    outcome: Annotated[
        Literal["proceed", "proceed_with_conditions", "do_not_proceed", "assess_further"] | None,
        doc("What it recommends."),
    ] = None
    conditions: Annotated[list[Text] | None, doc("Conditions of going on.")] = None
    summary: Annotated[Text | None, doc("Summary for registers and the public (Annex VIII C).")] = None
    assessors: Annotated[list[Actor] | None, doc("Who assessed (5.6).")] = None
    notifications: Annotated[list[Notification] | None, doc("Authorities told of the results.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again (5.12).")] = None
    review_if: Annotated[list[Text] | None, doc("Events that call for an earlier review (5.12).")] = None
