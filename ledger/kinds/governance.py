"""Judgement: decisions, requirements, what does not apply, and who signed what off."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import Actor, Body, Date, Hex256, Name, Part, Slug, Text, doc
from ledger.kinds.by_action import OneOf
from ledger.kinds.planning import PlannedAction

Topic = Literal[
    "purpose", "general_logic", "design_choice", "development_method", "assumption", "classification_choice",
    "optimisation", "expected_output", "trade_off", "metric", "threshold", "architecture", "interface",
    "data", "human_oversight", "predetermined_change", "substantial_modification", "risk_method", "security",
    "conformity", "proportionality", "resources", "management_system_change", "other",
]  # fmt: skip


class Option(Part):
    """An alternative that was weighed."""

    name: Annotated[Name, doc("Short name.")]
    description: Annotated[Text | None, doc("What it would have meant.")] = None
    rejected_because: Annotated[Text | None, doc("Why it was not chosen.")] = None


class Weight(Part):
    """What a parameter of the system is for and how much it counts."""

    name: Annotated[Name, doc("Parameter or input.")]
    relevance: Annotated[Text, doc("Its part in the result, and why.")]


class Decision(Body):
    """People decided something about the system or the management system.

    AI Act: Annex IV 2(a), (b), (d), (e), (f), 4 and 7, Art. 9(4), 17(2), 25(1), 43(4).
    ISO/IEC 42001: 6.3, 9.3.3, A.6.1.2, A.6.2.3.
    """

    kind: ClassVar[str] = "decision"
    identity: ClassVar[tuple[str, ...]] = ("decision_id",)

    decision_id: Annotated[Slug, doc("Identifier of the decision.")]
    topics: Annotated[list[Topic], Field(min_length=1), doc("What it is about; decides where documents print it.")]
    title: Annotated[Name, doc("The question or matter, short.")]
    decision: Annotated[Text, doc("What was decided.")]
    reason: Annotated[Text, doc("Why.")]
    options: Annotated[list[Option] | None, doc("Alternatives weighed and not chosen.")] = None
    trade_offs: Annotated[Text | None, doc("What was given up for what.")] = None
    assumptions: Annotated[list[Text] | None, doc("What was taken for granted.")] = None
    persons_or_groups: Annotated[list[Name] | None, doc("Persons or groups the system is meant to be used on.")] = None
    optimised_for: Annotated[Text | None, doc("What the system is designed to optimise.")] = None
    weights: Annotated[list[Weight] | None, doc("Relevance of the parameters.")] = None
    expected_output: Annotated[Text | None, doc("Output expected and its quality.")] = None
    metrics: Annotated[list[Name] | None, doc("Metrics that this decision justifies, as evaluations name them.")] = None
    foreseen_changes: Annotated[
        list[Text] | None, doc("Changes determined in advance, with what keeps them compliant.")
    ] = None
    substantial_modification: Annotated[
        bool | None, doc("The change was judged a substantial modification (Art. 3(23)).")
    ] = None
    consequences: Annotated[Text | None, doc("What follows from it, wanted or not.")] = None
    resources: Annotated[Text | None, doc("Means provided for it.")] = None
    actions: Annotated[list[PlannedAction] | None, doc("What is to be done.")] = None
    requirements: Annotated[list[Slug] | None, doc("Requirements it answers, e.g. AnnexIV-2-b or own ids.")] = None
    objectives: Annotated[list[Slug] | None, doc("Objectives it serves.")] = None
    risks: Annotated[list[Slug] | None, doc("Risks it bears on.")] = None
    deciders: Annotated[list[Actor] | None, doc("Who decided.")] = None
    effective_from: Annotated[Date | None, doc("From when on it holds.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again.")] = None


class Requirement(Body):
    """Something that the system or the management system must meet.

    AI Act: Annex IV 2(b), Art. 8. ISO/IEC 42001: 4.2, A.6.2.2, A.10.4.
    """

    kind: ClassVar[str] = "requirement"
    identity: ClassVar[tuple[str, ...]] = ("requirement_id",)

    requirement_id: Annotated[Slug, doc("Identifier of the requirement.")]
    title: Annotated[Name, doc("Short name.")]
    text: Annotated[Text, doc("What must be met, in the organisation's own words.")]
    source: Annotated[
        Literal["law", "contract", "standard", "customer", "authority", "policy", "own"],
        doc("Where it comes from."),
    ]
    source_reference: Annotated[Name | None, doc("Place in the source, e.g. Regulation (EU) 2024/1689 Art. 15(1).")] = (
        None
    )
    requested_by: Annotated[Slug | None, doc("Party that asks for it, by party id.")] = None
    concerns: Annotated[
        list[
            Literal[
                "function", "accuracy", "robustness", "security", "safety", "fairness", "transparency",
                "human_oversight", "data", "logging", "privacy", "accessibility", "environment", "law",
                "other",
            ]
        ]
        | None,
        doc("Matters it belongs to."),
    ] = None  # fmt: skip
    requirement_version: Annotated[Slug | None, doc("Version of its wording.")] = None
    acceptance: Annotated[Text | None, doc("When it counts as met.")] = None
    verified_by: Annotated[
        Literal["test", "analysis", "inspection", "review", "supplier_evidence"] | None,
        doc("How it is shown to be met."),
    ] = None
    test_plans: Annotated[list[Slug] | None, doc("Test plans that test it.")] = None
    status: Annotated[Literal["proposed", "agreed", "met", "not_met", "withdrawn"] | None, doc("How far it is.")] = None
    how_met: Annotated[Text | None, doc("How it was met or handled.")] = None
    priority: Annotated[Literal["must", "should", "may"] | None, doc("How binding it is.")] = None
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) answerable for it.")] = None


class Applicability(Body):
    """A requirement was declared not to apply to a system or version, with the ground; or to apply after all.

    AI Act: Annex IV ("as applicable"). ISO/IEC 42001 controls are declared in `control` entries instead.
    """

    kind: ClassVar[str] = "applicability"
    identity: ClassVar[tuple[str, ...]] = ("requirement",)

    requirement: Annotated[Slug, doc("Id of the requirement, e.g. AnnexIV-1-f.")]
    applicable: Annotated[bool, doc("Whether it applies; false is the usual case.")] = False
    ground: Annotated[
        Literal[
            "role", "risk_class", "feature_absent", "exempt_by_law", "not_in_force", "other_procedure",
            "other",
        ],
        doc(
            "Why: another role or risk class; the feature, component or data does not exist; an exemption; "
            "not or no longer in force; met under other law."
        ),
    ]  # fmt: skip
    justification: Annotated[Text, doc("The ground in words, with the facts it rests on.")]
    law_version: Annotated[Name | None, doc("Version of the law or standard, e.g. 02024R1689-20260727.")] = None
    legal_reference: Annotated[Name | None, doc("Provision that grants an exemption.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again.")] = None
    review_if: Annotated[Text | None, doc("What would change the answer.")] = None


class Approval(OneOf, Body):
    """A person with authority signed something off, named by its digest or its statement.

    Each approval stands by itself: several people may approve the same thing.
    AI Act: Annex IV 2(g), 5 and 8, Annex V 8, Annex VI, Art. 9(5), 47.
    ISO/IEC 42001: 5.2, 6.1.3, 7.5.2, 8.3 and the controls that ask for a sign-off.
    """

    kind: ClassVar[str] = "approval"
    identity: ClassVar[tuple[str, ...]] = ()
    one_of: ClassVar[tuple[str, ...]] = ("digest", "statement")

    decision: Annotated[Literal["approved", "rejected", "withdrawn"], doc("The answer.")]
    scope: Annotated[
        Literal[
            "document", "publication", "section", "policy", "requirement", "design", "data", "test", "gate",
            "release", "change", "predetermined_change", "use_case", "risk", "residual_risk",
            "risk_treatment_plan", "impact_assessment", "process", "appointment", "resources", "exclusion",
            "exception", "supplier", "declaration", "audit_programme", "corrective_action", "other",
        ],
        doc("What kind of thing was signed off, and so what the signature means."),
    ]  # fmt: skip
    digest: Annotated[Hex256 | None, doc("SHA-256 of the file, or content digest of the document, signed off.")] = None
    statement: Annotated[Hex256 | None, doc("Digest of the statement signed off.")] = None
    object: Annotated[Name | None, doc("What was signed off, for people.")] = None
    document: Annotated[Slug | None, doc("Document id, when it is a document.")] = None
    section: Annotated[Slug | None, doc("Section or slot of the document, when only that.")] = None
    conditions: Annotated[list[Text] | None, doc("Conditions attached.")] = None
    reason: Annotated[Text | None, doc("Why, in particular why rejected or withdrawn.")] = None
    authority: Annotated[Text | None, doc("By what power the person may decide this.")] = None
    on_behalf_of: Annotated[Name | None, doc("For whom it was signed (Annex V 8).")] = None
    place: Annotated[Name | None, doc("Where it was signed (Annex V 8).")] = None
    valid_from: Annotated[Date | None, doc("First day it holds.")] = None
    valid_until: Annotated[Date | None, doc("Last day it holds.")] = None
