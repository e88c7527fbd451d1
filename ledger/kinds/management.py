"""The management system at work: controls, objectives, audits, nonconformities, reviews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from ledger.kinds.base import Actor, Body, Date, Name, Part, Reference, Slug, Text, doc
from ledger.kinds.by_action import ByAction, Members, Table
from ledger.kinds.planning import EvidenceItem, PlannedAction

Ground = Literal["risk_assessment", "external_requirement"]
Implementation = Literal["implemented", "partial", "planned", "not_started", "not_applicable"]


class SystemException(ByAction):
    """How the declaration of a control differs for one system."""

    switch: ClassVar[str] = "applicable"
    by_action: ClassVar[Table] = {
        "yes": Members((), ("justification",)),
        "no": Members(("ground", "justification")),
    }

    system: Annotated[Slug, doc("The system, by its subject name.")]
    applicable: Annotated[Literal["yes", "no"], doc("Whether the control applies to it.")]
    ground: Annotated[
        Ground | None,
        doc("Ground of the exclusion: no need by the risk assessment, or not asked for from outside."),
    ] = None
    justification: Annotated[Text | None, doc("Why, for this system.")] = None
    implementation_status: Annotated[Implementation | None, doc("The owner's claim for this system.")] = None


class Control(ByAction, Body):
    """A control was declared applicable or not: one row of the statement of applicability.

    The implementation status is a claim of the owner; documents set it beside the evidence found and never
    raise it. ISO/IEC 42001: 6.1.3, 8.1.
    """

    kind: ClassVar[str] = "control"
    identity: ClassVar[tuple[str, ...]] = ("source", "control_id")
    switch: ClassVar[str] = "applicable"
    by_action: ClassVar[Table] = {
        "yes": Members((), ("justification", "exceptions")),
        "no": Members(("ground", "justification")),
        "per_system": Members(("exceptions",), ("justification",)),
    }
    by_others: ClassVar[Mapping[str, Table]] = {
        # Packs know the titles of Annex A; of anything else the entry is the only source.
        "source": {
            "annex_a": Members((), ("title",)),
            "law": Members(("title",)),
            "contract": Members(("title",)),
            "other_framework": Members(("title",)),
            "own": Members(("title",)),
        }
    }

    source: Annotated[
        Literal["annex_a", "law", "contract", "other_framework", "own"],
        doc("Where it comes from; annex_a is Annex A of ISO/IEC 42001."),
    ]
    control_id: Annotated[Slug, doc("Its id in the source, e.g. A.6.2.4, or an own one, e.g. X.1.")]
    title: Annotated[Name | None, doc("Short title; needed for all but Annex A.")] = None
    framework: Annotated[Name | None, doc("The law, contract or framework, with its edition.")] = None
    applicable: Annotated[
        Literal["yes", "no", "per_system"],
        doc("Whether it applies; 'per_system' when that differs as `exceptions` say."),
    ]
    justification: Annotated[Text | None, doc("Why it is included or excluded; an exclusion needs it.")] = None
    drivers: Annotated[
        list[Literal["risk", "law", "contract", "objective", "good_practice", "baseline"]] | None,
        doc("What calls for it; 'baseline' when the organisation keeps it regardless."),
    ] = None
    ground: Annotated[
        Ground | None,
        doc("Ground of the exclusion: no need by the risk assessment, or not asked for from outside."),
    ] = None
    exceptions: Annotated[list[SystemException] | None, doc("Systems for which it differs.")] = None
    role: Annotated[Name | None, doc("The organisation's role that the answer depends on, e.g. deployer.")] = None
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) that answers for it.")] = None
    implementation_status: Annotated[Implementation | None, doc("How far it is, as the owner claims.")] = None
    target_date: Annotated[Date | None, doc("By when it is to be implemented.")] = None
    implementation_summary: Annotated[Text | None, doc("How it is implemented, in own words.")] = None
    evidence: Annotated[
        list[EvidenceItem] | None, doc("Evidence that must be in the ledger for 'implemented' to stand.")
    ] = None
    risks: Annotated[list[Slug] | None, doc("Risks it treats, by risk id.")] = None
    impact_assessments: Annotated[list[Slug] | None, doc("Impact assessments it rests on, by id.")] = None
    objectives: Annotated[list[Slug] | None, doc("Objectives it serves, by objective id.")] = None
    documents: Annotated[list[Slug] | None, doc("Documents that describe it, by document id.")] = None
    obligations: Annotated[list[Name] | None, doc("Provisions of law or contract that call for it.")] = None
    crosswalk: Annotated[list[Name] | None, doc("Same matter in other frameworks, e.g. ISO 27001 A.8.15.")] = None
    last_reviewed: Annotated[Date | None, doc("When the declaration was last looked at.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again.")] = None


class Target(Part):
    """A number to be reached."""

    metric: Annotated[Name, doc("What is measured, as `monitoring` and `evaluation` name it.")]
    value: Annotated[float, doc("Value to be reached, in `unit`.")]
    direction: Annotated[Literal["at_least", "at_most"], doc("Which side is good.")]
    unit: Annotated[Name | None, doc("Unit; absent for a pure number.")] = None


class ObjectiveResult(Part):
    """How far an objective was reached."""

    measured_on: Annotated[Date, doc("When.")]
    reached: Annotated[Literal["yes", "partly", "no"], doc("Whether the target was met.")]
    value: Annotated[float | None, doc("Measured value, in the target's unit.")] = None
    remark: Annotated[Text | None, doc("Explanation.")] = None


class Objective(Body):
    """An AI objective was set, measured or dropped.

    ISO/IEC 42001: 6.2, A.6.1.2 (area development), A.9.3 (area use).
    """

    kind: ClassVar[str] = "objective"
    identity: ClassVar[tuple[str, ...]] = ("objective_id",)

    objective_id: Annotated[Slug, doc("Identifier of the objective.")]
    objective: Annotated[Text, doc("What is to be reached.")]
    area: Annotated[Literal["management_system", "development", "use"] | None, doc("What it is an objective for.")] = (
        None
    )
    concerns: Annotated[list[Name] | None, doc("Matters such as fairness or safety, or ids C.2.n.")] = None
    target: Annotated[Target | None, doc("The number to be reached, where it can be measured.")] = None
    criterion: Annotated[Text | None, doc("When it counts as reached, where no number says it.")] = None
    evaluated_how: Annotated[Text | None, doc("How results are evaluated.")] = None
    policy: Annotated[Slug | None, doc("Document id of the policy it follows from.")] = None
    actions: Annotated[list[PlannedAction] | None, doc("What is done to reach it.")] = None
    resources: Annotated[Text | None, doc("Means provided for it.")] = None
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) that answers for it.")] = None
    due: Annotated[Date | None, doc("By when.")] = None
    status: Annotated[Literal["set", "reached", "missed", "dropped"] | None, doc("How far it is.")] = None
    result: Annotated[ObjectiveResult | None, doc("Latest result.")] = None


class Finding(Part):
    """Something an audit found."""

    finding: Annotated[Text, doc("What was found.")]
    grade: Annotated[
        Literal["major", "minor", "observation", "opportunity", "conforming", "strength"], doc("How grave.")
    ]
    requirement: Annotated[Name | None, doc("Clause, control or provision concerned.")] = None
    evidence: Annotated[Text | None, doc("What the finding rests on.")] = None
    nonconformity: Annotated[Slug | None, doc("The nonconformity opened for it, by id.")] = None


class Check(Part):
    """One requirement that was checked."""

    requirement: Annotated[Slug, doc("Which one, e.g. AnnexVI-2, 9.2.2 or A.6.2.4.")]
    result: Annotated[Literal["met", "partly_met", "not_met", "not_checked"], doc("The result.")]
    remark: Annotated[Text | None, doc("What it rests on.")] = None


class Audit(Body):
    """An audit or conformity check was planned, held or cancelled.

    AI Act: Art. 17(1)(c), 43, Annex VI, Annex VII 5. ISO/IEC 42001: 9.2.1, 9.2.2.
    """

    kind: ClassVar[str] = "audit"
    identity: ClassVar[tuple[str, ...]] = ("audit_id",)

    audit_id: Annotated[Slug, doc("Identifier of the audit.")]
    audit_type: Annotated[
        Literal[
            "internal", "supplier", "customer", "stage_1", "stage_2", "surveillance", "recertification",
            "internal_control", "notified_body", "authority", "other",
        ],
        doc("Which kind; 'internal_control' is the procedure of Annex VI."),
    ]  # fmt: skip
    status: Annotated[Literal["planned", "held", "cancelled"], doc("How far it is.")]
    programme: Annotated[Slug | None, doc("Audit programme it belongs to, by document id.")] = None
    frequency: Annotated[Name | None, doc("How often the programme repeats it.")] = None
    objective: Annotated[Text | None, doc("What it was to find out.")] = None
    criteria: Annotated[list[Name] | None, doc("Against what was audited, with editions.")] = None
    scope: Annotated[Text | None, doc("What was audited and what was not.")] = None
    methods: Annotated[Text | None, doc("How it was done.")] = None
    sample: Annotated[list[Text] | None, doc("Systems, controls and records sampled.")] = None
    starts: Annotated[Date | None, doc("First day.")] = None
    ends: Annotated[Date | None, doc("Last day.")] = None
    auditors: Annotated[list[Actor] | None, doc("Who audited, the lead first.")] = None
    body: Annotated[Slug | None, doc("Auditing organisation, by party id.")] = None
    independence: Annotated[Text | None, doc("Why the auditors are impartial towards what they audited.")] = None
    checks: Annotated[list[Check] | None, doc("Requirements checked, one by one.")] = None
    findings: Annotated[list[Finding] | None, doc("Findings; an empty list says there were none.")] = None
    result: Annotated[
        Literal["conforming", "conforming_with_findings", "not_conforming"] | None, doc("Overall result.")
    ] = None
    conclusion: Annotated[Text | None, doc("Conclusion in words.")] = None
    reported_to: Annotated[list[Name] | None, doc("Functions that received the report.")] = None
    next_due: Annotated[Date | None, doc("When the next one is due.")] = None


class Nonconformity(Body):
    """Something did not meet a requirement. ISO/IEC 42001: 10.2; AI Act: Art. 17(1)(i), 20."""

    kind: ClassVar[str] = "nonconformity"
    identity: ClassVar[tuple[str, ...]] = ("nonconformity_id",)

    nonconformity_id: Annotated[Slug, doc("Identifier of the nonconformity.")]
    finding: Annotated[Text, doc("What was found.")]
    requirement: Annotated[Name, doc("What it falls short of: clause, control, provision or own rule.")]
    status: Annotated[Literal["open", "corrected", "closed", "rejected"], doc("How far it is.")]
    grade: Annotated[Literal["major", "minor", "observation"] | None, doc("How grave.")] = None
    origin: Annotated[
        Literal[
            "internal_audit", "external_audit", "monitoring", "incident", "complaint", "management_review",
            "supplier", "authority", "own_observation", "other",
        ]
        | None,
        doc("How it came to light."),
    ] = None  # fmt: skip
    audit: Annotated[Slug | None, doc("The audit that found it, by audit id.")] = None
    found_on: Annotated[Date | None, doc("When.")] = None
    evidence: Annotated[Text | None, doc("What the finding rests on.")] = None
    correction: Annotated[Text | None, doc("What was done at once.")] = None
    consequences: Annotated[Text | None, doc("What followed from it, and how that was dealt with.")] = None
    cause: Annotated[Text | None, doc("Why it happened.")] = None
    elsewhere: Annotated[Text | None, doc("Whether the same exists or could happen elsewhere.")] = None
    corrective_actions: Annotated[
        list[Slug] | None, doc("Corrective actions, by id; an empty list says none is needed.")
    ] = None
    system_change: Annotated[Text | None, doc("What was changed in the management system.")] = None
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) that answers for it.")] = None
    due: Annotated[Date | None, doc("By when it is to be closed.")] = None
    closed_on: Annotated[Date | None, doc("When it was closed.")] = None


class ReviewInput(Part):
    """One thing put before the review."""

    topic: Annotated[
        Literal[
            "earlier_actions", "issues", "interested_parties", "nonconformities", "monitoring", "audits",
            "improvement", "other",
        ],
        doc("Which of the inputs of 9.3.2."),
    ]  # fmt: skip
    summary: Annotated[Text, doc("What was presented.")]
    trend: Annotated[Literal["better", "steady", "worse"] | None, doc("How it develops.")] = None
    evidence: Annotated[list[Reference] | None, doc("Entries it rests on.")] = None


class ReviewDecision(Part):
    """One thing the review decided."""

    about: Annotated[
        Literal["improvement", "change", "policy", "objectives", "resources", "risk", "other"],
        doc("What it concerns (9.3.3)."),
    ]
    decision: Annotated[Text, doc("What was decided.")]


class ManagementReview(Body):
    """Top management reviewed the management system. ISO/IEC 42001: 5.1, 9.3.1, 9.3.2, 9.3.3, A.2.4."""

    kind: ClassVar[str] = "management_review"
    identity: ClassVar[tuple[str, ...]] = ("review_id",)

    review_id: Annotated[Slug, doc("Identifier of the review.")]
    status: Annotated[Literal["planned", "held", "cancelled"], doc("How far it is.")]
    held_on: Annotated[Date | None, doc("When it was held.")] = None
    period: Annotated[Name | None, doc("Period it looks back on, e.g. 2026 Q3.")] = None
    attendees: Annotated[list[Actor] | None, doc("Who took part, with their functions.")] = None
    inputs: Annotated[list[ReviewInput] | None, doc("What was put before it (9.3.2).")] = None
    suitable: Annotated[bool | None, doc("The system was found suitable.")] = None
    adequate: Annotated[bool | None, doc("The system was found adequate.")] = None
    effective: Annotated[bool | None, doc("The system was found effective.")] = None
    conclusion: Annotated[Text | None, doc("What the review came to.")] = None
    decisions: Annotated[list[ReviewDecision] | None, doc("Decisions (9.3.3); an empty list says none.")] = None
    actions: Annotated[list[PlannedAction] | None, doc("Actions agreed, with owner and date.")] = None
    next_due: Annotated[Date | None, doc("When the next one is due.")] = None
