"""What went wrong and what was done and said about it: incidents, corrections, security, complaints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import (
    Actor,
    Body,
    Count,
    Country,
    Date,
    Erasable,
    HasErasable,
    Hex256,
    Instant,
    Language,
    Name,
    Part,
    Slug,
    Text,
    doc,
)
from ledger.kinds.by_action import ByAction, Members
from ledger.kinds.design import Identifier
from ledger.kinds.parts import Affected, Notified, Period, Person, Severity, Step, Threat

Letter = Literal["a", "b", "c", "d"]
Trigger = Literal[
    "incident", "nonconformity", "monitoring", "evaluation", "complaint", "audit", "security_event",
    "authority", "risk", "other",
]  # fmt: skip


class CausalLink(Part):
    """The link between system and harm, on which the reporting deadlines hang (Article 73(2))."""

    status: Annotated[
        Literal["not_examined", "excluded", "suspected", "reasonably_likely", "established"],
        doc("What is known about it."),
    ]
    since: Annotated[Instant | None, doc("When this was known.")] = None
    reasoning: Annotated[Text | None, doc("Why.")] = None


class IncidentReport(Part):
    """One report of the incident to somebody who must be told."""

    type: Annotated[
        Literal["initial", "follow_up", "combined", "final_reportable", "final_not_reportable"],
        doc("Type of report; an incomplete first one is allowed (Art. 73(5))."),
    ]
    to: Annotated[Name, doc("Authority or other recipient.")]
    sent: Annotated[Instant, doc("When it was sent, RFC 3339 with Z.")]
    digest: Annotated[Hex256 | None, doc("SHA-256 of the report, also an artefact.")] = None
    reference_number: Annotated[Name | None, doc("Number the recipient gave it.")] = None
    law: Annotated[Name | None, doc("Law it is made under; absent: Article 73.")] = None
    next_expected: Annotated[Date | None, doc("When the next report follows.")] = None


class Investigation(Part):
    """What was found out (Article 73(6))."""

    chain_of_events: Annotated[Text | None, doc("What led to what.")] = None
    root_cause: Annotated[Text | None, doc("Cause.")] = None
    risk_assessment: Annotated[Text | None, doc("Assessment of the risk.")] = None
    risk_file_reviewed: Annotated[bool | None, doc("The risk file was reviewed and is still right.")] = None
    system_preserved: Annotated[
        bool | None, doc("The system was not altered before authorities were told (Art. 73(6)).")
    ] = None
    patterns: Annotated[Text | None, doc("Similar events seen in monitoring.")] = None


class Incident(Body):
    """A malfunction, harm or near miss (Articles 3(49), 20(2), 26(5), 73)."""

    kind: ClassVar[str] = "incident"
    identity: ClassVar[tuple[str, ...]] = ("incident_id",)

    incident_id: Annotated[Slug, doc("Name of the incident.")]
    title: Annotated[Name, doc("What happened, in a line; no personal data.")]
    description: Annotated[Text, doc("What happened; no personal data.")]
    serious: Annotated[Literal["yes", "no", "under_assessment"], doc("Whether it is a serious incident (Art. 3(49)).")]
    status: Annotated[Literal["open", "investigating", "reported", "closed"], doc("Where it stands.")]
    detected: Annotated[Instant, doc("When it was noticed, RFC 3339 with Z.")]
    severity: Annotated[Severity | None, doc("Severity on the organisation's scale.")] = None
    near_miss: Annotated[bool | None, doc("It could have done harm and did not.")] = None
    occurred: Annotated[Period | None, doc("When it happened, as far as known.")] = None
    aware_provider: Annotated[
        Instant | None, doc("When the provider became aware of it; deadlines run from here (Art. 73(2)).")
    ] = None
    aware_deployer: Annotated[
        Instant | None,
        doc("When the deployer became aware of it; deadlines run from here where that applies."),
    ] = None
    aware_reportable: Annotated[Instant | None, doc("When it became clear that it must be reported.")] = None
    categories: Annotated[list[Letter] | None, doc("Letters of Art. 3(49) that apply.")] = None
    death: Annotated[bool | None, doc("A person died: ten days (Art. 73(4)).")] = None
    critical_infrastructure: Annotated[
        bool | None, doc("Serious, irreversible disruption of it: two days (Art. 73(3)).")
    ] = None
    widespread_infringement: Annotated[
        bool | None, doc("Widespread infringement (Art. 3(61)): two days (Art. 73(3)).")
    ] = None
    harms: Annotated[
        list[
            Literal[
                "death", "health", "infrastructure_management", "infrastructure_operation",
                "fundamental_rights", "property", "environment", "other",
            ]
        ]
        | None,
        doc("Harm done."),
    ] = None  # fmt: skip
    causal_link: Annotated[CausalLink | None, doc("Link between the system and the harm.")] = None
    member_states: Annotated[list[Country] | None, doc("Member States where it happened (Art. 73(1)).")] = None
    affected: Annotated[list[Affected] | None, doc("Categories of persons affected; nobody by name.")] = None
    affected_persons: Annotated[list[Person] | None, doc("Persons affected.")] = None
    identifiers: Annotated[list[Identifier] | None, doc("Serial, lot and other numbers of the system.")] = None
    deployer: Annotated[Name | None, doc("Deployer where it happened.")] = None
    reports: Annotated[list[IncidentReport] | None, doc("Reports sent; empty states: none.")] = None
    informed: Annotated[list[Notified] | None, doc("Others who were told.")] = None
    not_reportable_because: Annotated[Text | None, doc("Why it need not be reported.")] = None
    immediate_measures: Annotated[Text | None, doc("What was done at once.")] = None
    investigation: Annotated[Investigation | None, doc("What was found out.")] = None
    corrective_actions: Annotated[list[Slug] | None, doc("The `corrective_action` entries about it.")] = None
    closed_on: Annotated[Date | None, doc("Day it was closed, YYYY-MM-DD.")] = None


class EffectivenessCheck(Part):
    """Whether an action did what it should."""

    criterion: Annotated[Text, doc("By what its success is judged.")]
    checked_on: Annotated[Date | None, doc("Day of the check, YYYY-MM-DD.")] = None
    effective: Annotated[bool | None, doc("Result; absent before the check.")] = None
    evidence: Annotated[Hex256 | None, doc("Digest of the statement that shows it.")] = None


class CorrectiveAction(Body):
    """A fix, withdrawal, disablement or recall (Articles 20, 26(5), 73(6); ISO/IEC 42001 10.2)."""

    kind: ClassVar[str] = "corrective_action"
    identity: ClassVar[tuple[str, ...]] = ("action_id",)

    action_id: Annotated[Slug, doc("Name of the action.")]
    type: Annotated[
        Literal[
            "correction", "corrective", "withdrawal", "disablement", "recall", "suspension_of_use",
            "improvement",
        ],
        doc("Kind of action (Art. 20(1)); `corrective` removes a cause."),
    ]  # fmt: skip
    trigger: Annotated[Trigger, doc("What led to it.")]
    trigger_id: Annotated[Slug | None, doc("Name of that, e.g. the incident.")] = None
    description: Annotated[Text, doc("What is or was done.")]
    status: Annotated[
        Literal["planned", "in_progress", "done", "effective", "not_effective", "closed"],
        doc("Where it stands."),
    ]
    cause: Annotated[Text | None, doc("Cause that it removes.")] = None
    elsewhere: Annotated[Text | None, doc("Whether the same cause exists elsewhere.")] = None
    scope: Annotated[Text | None, doc("Versions, lots and places it covers.")] = None
    member_states: Annotated[list[Country] | None, doc("Member States concerned.")] = None
    responsible: Annotated[Actor | None, doc("Who carries it out.")] = None
    started: Annotated[Instant | None, doc("When it began.")] = None
    due: Annotated[Date | None, doc("Day it is due, YYYY-MM-DD.")] = None
    completed: Annotated[Instant | None, doc("When it was done.")] = None
    informed: Annotated[
        list[Notified] | None, doc("Distributors, deployers, importers, authorities told (Art. 20).")
    ] = None
    effectiveness: Annotated[EffectivenessCheck | None, doc("Whether it worked.")] = None
    changes: Annotated[list[Slug] | None, doc("The `model_change` entries it led to.")] = None
    closed_on: Annotated[Date | None, doc("Day it was closed, YYYY-MM-DD.")] = None


class SecurityEvent(Body):
    """A security control, vulnerability, attack or finding and its treatment (Art. 15(5), Annex IV 2(h))."""

    kind: ClassVar[str] = "security_event"
    identity: ClassVar[tuple[str, ...]] = ("event_id",)

    event_id: Annotated[Slug, doc("Name of the control, vulnerability, attack or finding.")]
    type: Annotated[
        Literal["control", "vulnerability", "attack_test", "attack", "finding"], doc("Which of these it is.")
    ]
    title: Annotated[Name, doc("What it is, in a line.")]
    description: Annotated[Text, doc("What it is; for a control, how it works.")]
    threats: Annotated[list[Threat], Field(min_length=1, description="Threats it concerns (Art. 15(5)).")]
    status: Annotated[
        Literal["planned", "in_place", "open", "mitigated", "accepted", "fixed", "closed", "removed"],
        doc("Where it stands."),
    ]
    severity: Annotated[Severity | None, doc("Severity on the organisation's scale.")] = None
    identifiers: Annotated[list[Identifier] | None, doc("Numbers elsewhere, e.g. CVE or CWE.")] = None
    components: Annotated[list[Slug] | None, doc("Components concerned, as in the inventory.")] = None
    found: Annotated[Instant | None, doc("When it was found.")] = None
    found_by: Annotated[Name | None, doc("Who or what found it; an organisation or function.")] = None
    effect: Annotated[Text | None, doc("What it can do to use, output or performance.")] = None
    treatment: Annotated[Text | None, doc("What was done about it.")] = None
    due: Annotated[Date | None, doc("Day the treatment is due, YYYY-MM-DD.")] = None
    evaluation_id: Annotated[Slug | None, doc("The `evaluation` that tested it.")] = None
    incident_id: Annotated[Slug | None, doc("The `incident` it became.")] = None
    informed: Annotated[list[Notified] | None, doc("Who was told.")] = None


class Complaint(HasErasable, Body):
    """A complaint, concern, explanation request or report from outside (Articles 72(2), 85 and 86)."""

    kind: ClassVar[str] = "complaint"
    identity: ClassVar[tuple[str, ...]] = ("complaint_id",)

    complaint_id: Annotated[Slug, doc("Name of the case; must not be a customer number.")]
    type: Annotated[
        Literal["complaint", "concern", "explanation_request", "adverse_effect_report", "enquiry"],
        doc("What was received."),
    ]
    received: Annotated[Instant, doc("When, RFC 3339 with Z.")]
    sender: Annotated[
        Literal["affected_person", "user", "deployer", "worker", "authority", "public", "anonymous", "other"],
        doc("Who it came from."),
    ]
    status: Annotated[
        Literal["received", "in_progress", "answered", "upheld", "rejected", "closed"],
        doc("Where it stands."),
    ]
    subject_matter: Annotated[Name, doc("What it is about, as a category; no personal data.")]
    complainant: Annotated[Person | None, doc("Who complained.")] = None
    text: Annotated[Text | None, Erasable(), doc("What was said.")] = None
    text_digest: Annotated[Hex256 | None, Erasable(), doc("SHA-256 of the letter or message.")] = None
    channel: Annotated[Name | None, doc("How it came in.")] = None
    decision_id: Annotated[Slug | None, doc("The `ai_decision` it is about.")] = None
    handling: Annotated[list[Step] | None, doc("What was done, in order.")] = None
    handled_by: Annotated[Actor | None, doc("Who answers for the handling.")] = None
    protected: Annotated[
        bool | None, doc("The sender is protected against reprisals and their identity is confidential.")
    ] = None
    explanation: Annotated[
        Text | None, Erasable(), doc("Explanation given: role of the system and main elements (Art. 86).")
    ] = None
    answered: Annotated[Instant | None, doc("When it was answered.")] = None
    outcome: Annotated[Text | None, doc("What came of it; no personal data.")] = None
    incident_id: Annotated[Slug | None, doc("The `incident` it became.")] = None
    corrective_actions: Annotated[list[Slug] | None, doc("The `corrective_action` entries it led to.")] = None


class Communication(HasErasable, ByAction, Body):
    """Something was told to somebody, or to us (Articles 20, 21, 26(5), (7), (11), 49 and 73)."""

    kind: ClassVar[str] = "communication"
    identity: ClassVar[tuple[str, ...]] = ("communication_id",)
    switch: ClassVar[str] = "direction"
    by_action: ClassVar[Mapping[str, Members]] = {
        "sent": Members(may=("recipients", "proof")),
        "received": Members(),
    }

    communication_id: Annotated[Slug, doc("Name of the communication.")]
    direction: Annotated[Literal["sent", "received"], doc("From us, or to us.")]
    counterpart: Annotated[
        Literal[
            "authority", "notified_body", "eu_database", "provider", "deployer", "importer", "distributor",
            "authorised_representative", "supplier", "customer", "user", "affected_persons", "workers",
            "worker_representatives", "staff", "auditor", "public", "other",
        ],
        doc("Who is on the other side."),
    ]  # fmt: skip
    topic: Annotated[
        Literal[
            "registration", "incident_report", "corrective_action", "risk_notice", "conformity_request",
            "log_access", "change_notice", "fria_notice", "worker_information", "subject_to_ai",
            "ai_interaction", "explanation", "instructions", "policy", "authority_request", "feedback",
            "other",
        ],
        doc("What it is about."),
    ]  # fmt: skip
    summary: Annotated[Text, doc("What was said; no personal data.")]
    at: Annotated[Instant, doc("When it was sent or received, RFC 3339 with Z.")]
    channel: Annotated[Name, doc("By which way, e.g. letter, portal, notice in the application.")]
    party: Annotated[Name | None, doc("Name of the organisation on the other side.")] = None
    party_id: Annotated[Slug | None, doc("Its `party` entry.")] = None
    person: Annotated[Name | None, Erasable(), doc("Person on the other side.")] = None
    content: Annotated[Hex256 | None, doc("SHA-256 of what was sent or received, also an artefact.")] = None
    language: Annotated[Language | None, doc("Language tag, BCP 47.")] = None
    recipients: Annotated[Count | None, doc("How many got it.")] = None
    proof: Annotated[Name | None, doc("Proof of receipt: registration, tracking or reference number.")] = None
    legal_basis: Annotated[Name | None, doc("Duty it fulfils, e.g. Art. 73(2).")] = None
    due: Annotated[Instant | None, doc("When it was due at the latest.")] = None
    answer_due: Annotated[Date | None, doc("Day by which an answer is due.")] = None
    answers: Annotated[Slug | None, doc("The communication it answers.")] = None
    member_states: Annotated[list[Country] | None, doc("Member States concerned.")] = None
