"""`ai_system` and `classification`: what a system is, and which rules it falls under."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import Actor, Amount, Body, Country, Date, Name, Part, Slug, Text, Url, doc, text_like
from ledger.kinds.design import (
    DeclaredPerformance,
    Design,
    DocumentPointer,
    EarlierVersion,
    FormOfSupply,
    GeneralPurposeModel,
    Hardware,
    HostProduct,
    Identifier,
    InputField,
    Interaction,
    Limitation,
    Logging,
    Maintenance,
    Modality,
    Output,
    OversightMeasure,
    Parties,
    PredeterminedChange,
    SoftwareVersion,
    TargetGroup,
    UnintendedOutcome,
)
from ledger.kinds.parts import PartyInRole

RiskClass = Literal[
    "prohibited", "high_risk_annex_i_a", "high_risk_annex_i_b", "high_risk_annex_iii", "annex_iii_exempt_6_3",
    "limited_risk", "minimal_risk", "gpai", "gpai_open_source", "gpai_systemic", "out_of_scope",
]  # fmt: skip
OrganisationRole = Literal[
    "provider", "deployer", "importer", "distributor", "authorised_representative", "product_manufacturer",
    "gpai_provider", "component_supplier",
]  # fmt: skip
AnnexIiiPoint = Annotated[
    str,
    text_like("AnnexIII-([1-8])(-[a-e])?", "a point of Annex III like AnnexIII-5-b"),
    Field(description="Point of Annex III, e.g. AnnexIII-5-b."),
]
Status = Literal[
    "planned", "in_development", "in_verification", "on_the_market", "in_service", "suspended",
    "no_longer_supplied", "withdrawn", "recalled", "retired",
]  # fmt: skip


class AiSystem(Body):
    """A system version was registered or its fixed facts changed (Annex IV 1 to 3, Annex VIII, Art. 13).

    An empty list states that there is none; an absent member says nothing.
    """

    kind: ClassVar[str] = "ai_system"
    identity: ClassVar[tuple[str, ...]] = ("system_version",)

    system_version: Annotated[Slug, doc("Version of the AI system in `subject`.")]
    name: Annotated[Name, doc("Trade name.")]
    intended_purpose: Annotated[Text, doc("What the system is meant for (Art. 3(12)).")]
    provider: Annotated[PartyInRole, doc("Provider.")]
    organisation_roles: Annotated[
        list[OrganisationRole], Field(min_length=1, description="Roles the keeper of this ledger has.")
    ]
    status: Annotated[Status, doc("Where the version stands in its life.")]
    # Identity and parties
    system_type: Annotated[Name | None, doc("Type of system, as on the declaration of conformity.")] = None
    identifiers: Annotated[list[Identifier] | None, doc("Further references for tracing it.")] = None
    earlier_versions: Annotated[
        list[EarlierVersion] | None, doc("How it relates to earlier versions; empty for the first one.")
    ] = None
    parties: Annotated[Parties | None, doc("Other organisations around it.")] = None
    owner: Annotated[Actor | None, doc("Who answers for it inside the organisation.")] = None
    provider_size: Annotated[
        Literal["micro", "small", "medium", "small_mid_cap", "large"] | None,
        doc("Size class of the provider (Art. 11(1), 63, 99(6))."),
    ] = None
    # Use
    excluded_uses: Annotated[list[Text] | None, doc("Uses the provider rules out.")] = None
    foreseeable_misuse: Annotated[list[Text] | None, doc("Reasonably foreseeable misuse (Art. 3(13)).")] = None
    functions: Annotated[list[Text] | None, doc("Components and functions the system supports.")] = None
    target_groups: Annotated[list[TargetGroup] | None, doc("Persons or groups it is meant to be used on.")] = None
    intended_deployers: Annotated[Text | None, doc("Who is meant to use it, with which knowledge.")] = None
    context_of_use: Annotated[
        Text | None, doc("Geographical, contextual, behavioural and functional setting of use.")
    ] = None
    member_states: Annotated[list[Country] | None, doc("Member States where it is supplied or used.")] = None
    # Classification, in short; the reasons are in the `classification` entry
    risk_classes: Annotated[list[RiskClass] | None, doc("Result of the classification.")] = None
    annex_iii_points: Annotated[list[AnnexIiiPoint] | None, doc("Points of Annex III it falls under.")] = None
    personal_data: Annotated[bool | None, doc("It processes personal data.")] = None
    profiling: Annotated[bool | None, doc("It profiles natural persons (GDPR Art. 4(4)).")] = None
    # Annex IV point 1
    interactions: Annotated[
        list[Interaction] | None, doc("What it works with outside itself; empty states: nothing.")
    ] = None
    software_versions: Annotated[list[SoftwareVersion] | None, doc("Relevant software and firmware.")] = None
    forms_of_supply: Annotated[list[FormOfSupply] | None, doc("Forms in which it is supplied.")] = None
    target_hardware: Annotated[list[Hardware] | None, doc("Hardware it is meant to run on.")] = None
    host_product: Annotated[HostProduct | None, doc("Product it is a component of.")] = None
    user_interface: Annotated[Text | None, doc("The interface a deployer gets, in outline.")] = None
    instructions_for_use: Annotated[DocumentPointer | None, doc("Instructions for use (Art. 13).")] = None
    # Annex IV points 2 and 3
    design: Annotated[Design | None, doc("Design specification.")] = None
    inputs: Annotated[list[InputField] | None, doc("Specification of the input data.")] = None
    output: Annotated[Output | None, doc("What it gives out.")] = None
    modalities: Annotated[list[Modality] | None, doc("Forms of input and output, with their limits.")] = None
    predetermined_changes: Annotated[
        list[PredeterminedChange] | None, doc("Changes planned in advance; empty states: none.")
    ] = None
    oversight_measures: Annotated[list[OversightMeasure] | None, doc("Measures of human oversight.")] = None
    capabilities: Annotated[list[Text] | None, doc("What it can do.")] = None
    limitations: Annotated[list[Limitation] | None, doc("What it can't do.")] = None
    unintended_outcomes: Annotated[
        list[UnintendedOutcome] | None, doc("Foreseeable results nobody wants, and their sources.")
    ] = None
    declared_performance: Annotated[
        list[DeclaredPerformance] | None, doc("Levels of performance stated to deployers.")
    ] = None
    maintenance: Annotated[Maintenance | None, doc("Life time and care.")] = None
    logging: Annotated[Logging | None, doc("How it records events.")] = None
    transparency: Annotated[
        Text | None, doc("How persons learn that they deal with AI, and how outputs are marked (Art. 50).")
    ] = None
    gpai: Annotated[GeneralPurposeModel | None, doc("What applies to general-purpose AI models.")] = None
    # Registration
    provider_entry_url: Annotated[Url | None, doc("The provider's entry in the EU database.")] = None
    information_url: Annotated[Url | None, doc("Further information for the public.")] = None
    real_world_test_id: Annotated[Name | None, doc("Union-wide number of a test under Art. 60.")] = None


class Answer(Part):
    """One question of the classification procedure and how it was answered."""

    step: Annotated[Slug, doc("Step or provision asked about, e.g. S7, Art5-1-a, AnnexIII-5-b.")]
    question: Annotated[Text, doc("The question.")]
    answer: Annotated[
        Literal["yes", "no", "not_applicable", "stated"], doc("The answer; `stated`: it is in `finding`.")
    ]
    reason: Annotated[Text, doc("Why, with the facts it rests on.")]
    finding: Annotated[Text | None, doc("The answer in words, e.g. roles, act and point number.")] = None


class Exemption(Part):
    """The Article 6(4) assessment that an Annex III system is not high-risk."""

    conditions: Annotated[
        list[Literal["a", "b", "c", "d"]],
        Field(min_length=1, description="Conditions of Art. 6(3) that hold."),
    ]
    no_significant_risk: Annotated[Text, doc("Why there is no significant risk of harm.")]
    no_material_influence: Annotated[Text, doc("Why it does not materially influence decisions.")]
    registered: Annotated[bool | None, doc("It is registered under Art. 49(2).")] = None


class Classification(Body):
    """The risk-class procedure was run: every answer with its reason (Articles 5, 6, 50, Annexes I, III)."""

    kind: ClassVar[str] = "classification"
    identity: ClassVar[tuple[str, ...]] = ("system_version",)

    results: Annotated[list[RiskClass], Field(min_length=1, description="Outcome; several may hold at the same time.")]
    answers: Annotated[list[Answer], Field(min_length=1, description="Questions and answers, in order.")]
    law_version: Annotated[Name, doc("Version of the law applied, e.g. 02024R1689-20260727.")]
    decided_by: Annotated[Actor, doc("Who decided.")]
    decided_on: Date
    procedure: Annotated[Name | None, doc("Name and version of the procedure followed.")] = None
    guidance: Annotated[list[Name] | None, doc("Guidelines taken into account.")] = None
    organisation_roles: Annotated[list[OrganisationRole] | None, doc("Roles found for the keeper of this ledger.")] = (
        None
    )
    member_states: Annotated[list[Country] | None, doc("Member States that link it to the Union.")] = None
    exclusion: Annotated[Text | None, doc("Exclusion of Art. 2 that applies, and the facts.")] = None
    annex_i_acts: Annotated[list[Slug] | None, doc("Product laws it falls under, e.g. AnnexI-A-11.")] = None
    safety_function: Annotated[Text | None, doc("Its safety function, and what a failure would do.")] = None
    annex_iii_points: Annotated[list[AnnexIiiPoint] | None, doc("Points of Annex III it falls under.")] = None
    profiling: Annotated[bool | None, doc("It profiles natural persons (GDPR Art. 4(4)).")] = None
    exemption: Annotated[Exemption | None, doc("Why an Annex III system is not high-risk.")] = None
    conformity_route: Annotated[
        Literal["annex_vi", "annex_vii", "sectoral", "none"] | None,
        doc("Conformity assessment that applies."),
    ] = None
    fria_due: Annotated[bool | None, doc("An impact assessment under Art. 27 is due.")] = None
    registration_due: Annotated[bool | None, doc("Registration under Art. 49 is due.")] = None
    transparency_duties: Annotated[
        list[Literal["50(1)", "50(2)", "50(3)", "50(4)"]] | None, doc("Paragraphs of Art. 50 that apply.")
    ] = None
    training_compute_flop: Annotated[
        Amount | None, doc("Compute used for training a general-purpose model, in FLOP (Art. 51(2)).")
    ] = None
    first_supplied_on: Annotated[
        Date | None,
        doc("Day it was first placed on the market or put into service; decides which dates apply."),
    ] = None
    review_triggers: Annotated[list[Text] | None, doc("What makes a new run necessary.")] = None
    review_on: Annotated[Date | None, doc("Day of the next run at the latest.")] = None
