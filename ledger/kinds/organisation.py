"""The organisation and those around it: parties, roles, training, suppliers, context."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import (
    Actor,
    Amount,
    Body,
    Count,
    Country,
    Date,
    Erasable,
    Fraction,
    HasErasable,
    Name,
    Part,
    Slug,
    Text,
    Url,
    doc,
    text_like,
)
from ledger.kinds.by_action import ByAction, Members, OneOf, Table
from ledger.kinds.planning import Stage

PartyRole = Literal[
    "organisation", "provider", "deployer", "authorised_representative", "importer", "distributor",
    "product_manufacturer", "producer", "developer", "notified_body", "certification_body",
    "market_surveillance_authority", "data_protection_authority", "fundamental_rights_authority",
    "other_authority", "supplier", "customer", "partner", "affected_persons", "worker_representatives",
    "submitter", "other",
]  # fmt: skip


class Contact(HasErasable):
    """How to reach a party; values about persons, so each can be erased."""

    function: Annotated[Name | None, doc("Function or department, without a name.")] = None
    person: Annotated[Name | None, Erasable(), doc("Name of the person.")] = None
    email: Annotated[Name | None, Erasable(), doc("Mail address.")] = None
    phone: Annotated[Name | None, Erasable(), doc("Telephone number.")] = None
    address: Annotated[Text | None, Erasable(), doc("Postal address, when it is a natural person's.")] = None


class Identifier(Part):
    """A number under which a party is registered."""

    scheme: Annotated[Name, doc("What kind of number, e.g. company register Vienna, VAT, LEI.")]
    value: Annotated[Name, doc("The number.")]


class Party(Body):
    """An organisation or authority that has to do with a system, or its details changed.

    AI Act: Annex V 2 and 7, Annex VII 3.1(a), Annex VIII A-1 to A-3 and C-1. ISO/IEC 42001: 4.2, A.10.2.
    """

    kind: ClassVar[str] = "party"
    identity: ClassVar[tuple[str, ...]] = ("party_id",)

    party_id: Annotated[Slug, doc("Identifier of the party.")]
    name: Annotated[Name, doc("Legal name of an organisation; a pseudonym for a natural person.")]
    trade_name: Annotated[Name | None, doc("Name or mark under which it trades.")] = None
    roles: Annotated[list[PartyRole], Field(min_length=1), doc("'organisation' is the one that keeps this.")]
    address: Annotated[Text | None, doc("Postal address of an organisation.")] = None
    country: Annotated[Country | None, doc("Where it is established.")] = None
    contact: Annotated[Contact | None, doc("How to reach it.")] = None
    website: Annotated[Url | None, doc("Web site.")] = None
    identifiers: Annotated[list[Identifier] | None, doc("Register, tax and other numbers.")] = None
    notified_body_number: Annotated[
        Annotated[str, text_like("[0-9]{4}", "four digits")] | None, doc("Number of a notified body.")
    ] = None
    acts_for: Annotated[Slug | None, doc("Party it acts for, by party id.")] = None
    mandate: Annotated[Slug | None, doc("Document id of the mandate.")] = None
    size: Annotated[
        Literal["micro", "small", "medium", "small_mid_cap", "large"] | None,
        doc("Size class, which eases some duties (Art. 11(1), 17(2), 63)."),
    ] = None
    public_body: Annotated[bool | None, doc("It is a public authority or body (Art. 27, 49(3)).")] = None
    until: Annotated[Date | None, doc("Last day it had the role.")] = None


class Involvement(Part):
    """What a role does in one activity."""

    activity: Annotated[Name, doc("Activity, e.g. release, incidents, data quality.")]
    part: Annotated[Literal["responsible", "accountable", "consulted", "informed"], doc("Its part in the activity.")]


class RoleAssignment(OneOf, Body):
    """A role was given to a person or body, or ended.

    AI Act: Art. 14, 17(1)(m), 26(2). ISO/IEC 42001: 5.3, 7.2, A.3.2, A.4.6, A.10.2.
    """

    kind: ClassVar[str] = "role_assignment"
    identity: ClassVar[tuple[str, ...]] = ("assignment_id",)
    one_of: ClassVar[tuple[str, ...]] = ("holder", "body", "party")

    assignment_id: Annotated[Slug, doc("Identifier of the assignment, e.g. the role itself.")]
    role: Annotated[Name, doc("The role.")]
    holder: Annotated[Actor | None, doc("The person.")] = None
    body: Annotated[Name | None, doc("The committee or department, when it is not a person.")] = None
    party: Annotated[Slug | None, doc("The other organisation, by party id.")] = None
    deputy: Annotated[Actor | None, doc("Who stands in.")] = None
    duties: Annotated[list[Text] | None, doc("What the role has to do.")] = None
    authority: Annotated[Text | None, doc("What the role may decide.")] = None
    involvement: Annotated[list[Involvement] | None, doc("Its part in activities.")] = None
    stages: Annotated[list[Stage] | None, doc("Life-cycle stages it works in.")] = None
    oversees: Annotated[bool | None, doc("It exercises human oversight (Art. 14, 26(2)).")] = None
    competence: Annotated[list[Text] | None, doc("Competence the role needs.")] = None
    controls: Annotated[list[Slug] | None, doc("Controls and clauses it answers for, by id.")] = None
    starts: Annotated[Date | None, doc("First day.")] = None
    ends: Annotated[Date | None, doc("Last day.")] = None
    accepted: Annotated[bool | None, doc("The holder accepted it.")] = None
    reason: Annotated[Text | None, doc("Why it was given or ended.")] = None


class TrainingRecord(OneOf, Body):
    """A person or group was trained, briefed or tested.

    AI Act: Art. 4, 9(5), 26(2). ISO/IEC 42001: 7.2, 7.3, A.4.6, A.8.2.
    """

    kind: ClassVar[str] = "training_record"
    identity: ClassVar[tuple[str, ...]] = ("training_id",)
    one_of: ClassVar[tuple[str, ...]] = ("person", "audience")

    training_id: Annotated[Slug, doc("Identifier of the record.")]
    topic: Annotated[Name, doc("What was taught.")]
    person: Annotated[Actor | None, doc("Who was trained.")] = None
    audience: Annotated[Name | None, doc("Which group, when it is not one person.")] = None
    participants: Annotated[Count | None, doc("How many of the group took part.")] = None
    form: Annotated[
        Literal["course", "exercise", "briefing", "exam", "on_the_job", "self_study", "diploma", "other"] | None,
        doc("How."),
    ] = None
    held_on: Annotated[Date | None, doc("When, or when it ended.")] = None
    hours: Annotated[Amount | None, doc("How long, in hours.")] = None
    trainer: Annotated[Name | None, doc("Organisation or function that gave it.")] = None
    document: Annotated[Slug | None, doc("Document id of the material.")] = None
    content_version: Annotated[Slug | None, doc("Version of the material.")] = None
    result: Annotated[Literal["passed", "failed", "attended", "absent"], doc("The result.")]
    score: Annotated[Fraction | None, doc("Share of points reached, 0 to 1.")] = None
    expires: Annotated[Date | None, doc("Last day it counts.")] = None
    role: Annotated[Slug | None, doc("Role it qualifies for, by assignment id.")] = None
    competence: Annotated[Text | None, doc("Competence it shows.")] = None
    gap: Annotated[Text | None, doc("Competence still missing, and what is done.")] = None
    effect: Annotated[Text | None, doc("How its effect was checked, and what was found.")] = None


class Clause(Part):
    """What an agreement says about one matter."""

    about: Annotated[
        Literal[
            "information", "access", "assistance", "incident_notice", "change_notice", "audit", "data_rights",
            "security", "privacy", "responsible_ai", "service_level", "liability", "termination", "other",
        ],
        doc("The matter."),
    ]  # fmt: skip
    clause: Annotated[Text, doc("What was agreed, in own words, with its number.")]


class Duty(Part):
    """Who does what across organisations."""

    duty: Annotated[Text, doc("What is to be done.")]
    party: Annotated[Slug, doc("Who does it, by party id.")]
    accepted: Annotated[bool | None, doc("It has accepted the duty.")] = None


class Supplier(Body):
    """A supplier was examined, agreed with, re-examined or dropped.

    AI Act: Annex IV 2(a), Art. 17(1)(l), 25(4). ISO/IEC 42001: 8.1, A.7.3, A.10.2, A.10.3.
    """

    kind: ClassVar[str] = "supplier"
    identity: ClassVar[tuple[str, ...]] = ("record_id",)

    record_id: Annotated[Slug, doc("Identifier of this examination or agreement.")]
    supplier: Annotated[Slug, doc("The supplier, by party id.")]
    action: Annotated[Literal["due_diligence", "agreement", "reassessment", "ended"], doc("What happened with it.")]
    supplies: Annotated[
        list[
            Literal[
                "ai_system", "model", "dataset", "software", "tool", "computing", "service", "labelling",
                "component", "staff", "other",
            ]
        ]
        | None,
        doc("What it supplies."),
    ] = None  # fmt: skip
    supply: Annotated[Text | None, doc("What exactly, with versions.")] = None
    open_source: Annotated[bool | None, doc("Supplied under a free and open-source licence (Art. 25(4)).")] = None
    licence: Annotated[Name | None, doc("Licence, by SPDX id where there is one.")] = None
    criteria: Annotated[Text | None, doc("What it was examined for.")] = None
    findings: Annotated[list[Text] | None, doc("What was found; an empty list says nothing.")] = None
    score: Annotated[Fraction | None, doc("Result as a share of the points, 0 to 1.")] = None
    result: Annotated[Literal["accepted", "accepted_with_conditions", "rejected"] | None, doc("The judgement.")] = None
    conditions: Annotated[list[Text] | None, doc("Conditions set.")] = None
    agreement: Annotated[Slug | None, doc("Document id of the contract.")] = None
    clauses: Annotated[list[Clause] | None, doc("What was agreed about AI.")] = None
    duties: Annotated[list[Duty] | None, doc("How duties are divided.")] = None
    valid_from: Annotated[Date | None, doc("First day of the agreement.")] = None
    valid_until: Annotated[Date | None, doc("Last day of the agreement.")] = None
    reassess_by: Annotated[Date | None, doc("When it is examined again.")] = None
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) that answers for it.")] = None
    reason: Annotated[Text | None, doc("Why, in particular why rejected or ended.")] = None


class Context(ByAction, Body):
    """An issue, a party's needs, the scope, a role or a duty to report was determined, one per entry.

    ISO/IEC 42001: 4.1, 4.2, 4.3, A.8.5.
    """

    kind: ClassVar[str] = "context"
    identity: ClassVar[tuple[str, ...]] = ("aspect", "item")
    switch: ClassVar[str] = "aspect"
    by_action: ClassVar[Table] = {
        "issue": Members((), ("origin", "effect")),
        "climate": Members(("relevant",), ("effect",)),
        "interested_party": Members((), ("party", "needs", "addressed", "how_addressed")),
        "role": Members(("roles",), ("effect",)),
        "scope": Members((), ("includes", "excludes", "sites", "interfaces")),
        "reporting_duty": Members((), ("party", "obligation", "deadline", "exists")),
    }

    aspect: Annotated[
        Literal["issue", "climate", "interested_party", "role", "scope", "reporting_duty"],
        doc("What was determined."),
    ]
    item: Annotated[Slug, doc("Which one of its aspect, e.g. ai-talent, regulator, statement.")]
    description: Annotated[Text, doc("The determination in words; for the scope, the scope statement.")]
    origin: Annotated[Literal["internal", "external"] | None, doc("Where an issue comes from.")] = None
    effect: Annotated[Text | None, doc("What it means for the management system.")] = None
    relevant: Annotated[bool | None, doc("Climate change is a relevant issue.")] = None
    party: Annotated[Slug | None, doc("The interested party or addressee, by party id.")] = None
    needs: Annotated[list[Text] | None, doc("Its needs and expectations that matter.")] = None
    addressed: Annotated[bool | None, doc("The management system addresses them.")] = None
    how_addressed: Annotated[Text | None, doc("How, or why not.")] = None
    roles: Annotated[list[PartyRole] | None, doc("The organisation's roles towards the systems in `systems`.")] = None
    includes: Annotated[list[Text] | None, doc("Activities, units and products inside the scope.")] = None
    excludes: Annotated[list[Text] | None, doc("What lies outside, and why.")] = None
    sites: Annotated[list[Name] | None, doc("Places inside the scope.")] = None
    interfaces: Annotated[list[Text] | None, doc("Where the scope meets others' activities.")] = None
    obligation: Annotated[Name | None, doc("Provision of law or contract that demands the report.")] = None
    deadline: Annotated[Name | None, doc("By when, e.g. 15 days after awareness.")] = None
    exists: Annotated[bool | None, doc("There is such a duty; false records that none was found.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again.")] = None
