"""Documents: their versions, human text, publications, and the standards and certificates they rest on."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from ledger.kinds.base import Actor, Body, Count, Date, Hex256, Language, Name, Part, Slug, Text, Url, doc
from ledger.kinds.by_action import ByAction, Members, Table

DocumentType = Literal[
    "policy", "procedure", "plan", "instructions_for_use", "technical_documentation", "design",
    "architecture", "interface_description", "user_interface", "picture", "model_card", "datasheet",
    "specification", "post_market_monitoring_plan", "risk_management", "quality_management",
    "declaration_of_conformity", "statement_of_applicability", "risk_treatment_plan", "contract", "mandate",
    "licence", "report", "test_report", "minutes", "register", "notice", "training_material",
    "certificate_copy", "authority_decision", "law_or_standard", "template", "other",
]  # fmt: skip
Audience = Literal[
    "deployers", "users", "affected_persons", "customers", "staff", "management", "authorities",
    "notified_body", "auditors", "suppliers", "partners", "public",
]  # fmt: skip
Markdown = Annotated[str, StringConstraints(max_length=30000), doc("Markdown; empty when the section was cleared.")]


class RelatedDocument(Part):
    """Another document that this one refers to, answers or conflicts with."""

    document: Annotated[Slug, doc("Its document id.")]
    version: Annotated[Slug | None, doc("Version looked at.")] = None
    place: Annotated[Name | None, doc("Section or clause in it.")] = None
    relation: Annotated[Text | None, doc("What the two have to do with each other.")] = None
    gap: Annotated[Text | None, doc("What is missing or contradicts, and how that is resolved.")] = None


class Document(Body):
    """A version of a document came into being, took effect, was reviewed or withdrawn.

    Its bytes are named in `artefacts`, one per file.
    AI Act: Annex IV 1(f) to 1(h), 8 and 9, Art. 13, 17, 18, 47, 72(3). ISO/IEC 42001: 4.4, 5.2, 7.5.
    """

    kind: ClassVar[str] = "document"
    identity: ClassVar[tuple[str, ...]] = ("document_id", "language")

    document_id: Annotated[Slug, doc("Identifier of the document, the same for all versions.")]
    document_type: Annotated[DocumentType, doc("What kind of document it is.")]
    other_type: Annotated[Name | None, doc("Its kind in words, when 'other'.")] = None
    title: Annotated[Name, doc("Title.")]
    version: Annotated[Slug, doc("Version of the document.")]
    language: Annotated[Language | None, doc("Its language; absent for pictures and the like.")] = None
    translation_of: Annotated[Language | None, doc("Language it was translated from.")] = None
    number: Annotated[Name | None, doc("Document number printed on it.")] = None
    status: Annotated[
        Literal["draft", "in_review", "approved", "in_force", "superseded", "withdrawn"] | None,
        doc("How far it is."),
    ] = None
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) that answers for it.")] = None
    author: Annotated[Actor | None, doc("Who wrote it.")] = None
    external: Annotated[bool | None, doc("It comes from outside the organisation.")] = None
    effective_from: Annotated[Date | None, doc("First day it holds.")] = None
    effective_until: Annotated[Date | None, doc("Last day it holds.")] = None
    reviewed_on: Annotated[Date | None, doc("When it was last looked at.")] = None
    review_outcome: Annotated[Literal["confirmed", "to_be_changed"] | None, doc("What that came to.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again.")] = None
    scope: Annotated[Text | None, doc("What it covers.")] = None
    summary: Annotated[Text | None, doc("What it says, in brief.")] = None
    requirements: Annotated[
        list[Slug] | None, doc("Requirements and controls it answers, e.g. Art17-1-f, AnnexIV-1-g, A.7.2.")
    ] = None
    related: Annotated[list[RelatedDocument] | None, doc("Other documents it has to do with.")] = None
    audience: Annotated[list[Audience] | None, doc("For whom it is.")] = None
    confidentiality: Annotated[Name | None, doc("Confidentiality class.")] = None
    distribution: Annotated[list[Name] | None, doc("Who has received it, or where it is published.")] = None
    location: Annotated[Url | None, doc("Where it is kept.")] = None
    keep_until: Annotated[Date | None, doc("Day until which it must be kept.")] = None
    alternative_text: Annotated[Text | None, doc("What a picture shows, for those who cannot see it.")] = None
    change: Annotated[Text | None, doc("What changed since the last version.")] = None


class StandardApplied(Body):
    """A standard or specification was applied in full or in part, or a choice was made against it.

    AI Act: Annex IV 7, Annex V 6, Art. 17(1)(e), 40, 41, 43(1).
    """

    kind: ClassVar[str] = "standard_applied"
    identity: ClassVar[tuple[str, ...]] = ("standard",)

    standard: Annotated[Name, doc("Its number, e.g. EN 18286.")]
    edition: Annotated[Name | None, doc("Edition, e.g. 2026.")] = None
    title: Annotated[Name | None, doc("Short title.")] = None
    standard_type: Annotated[
        Literal[
            "harmonised", "common_specification", "european", "international", "national", "draft", "sector",
            "own_specification",
        ]
        | None,
        doc("What kind; 'harmonised' means requested by the Commission for this law."),
    ] = None  # fmt: skip
    extent: Annotated[Literal["full", "part", "not_applied"], doc("How far it is applied.")]
    parts: Annotated[list[Name] | None, doc("Clauses applied, when in part.")] = None
    requirements: Annotated[list[Slug] | None, doc("Requirements it serves to meet, e.g. Art9-1.")] = None
    cited_in_oj: Annotated[bool | None, doc("Its reference is in the Official Journal, as of `checked_on`.")] = None
    oj_reference: Annotated[Name | None, doc("Where in the Official Journal.")] = None
    restriction: Annotated[Text | None, doc("Restriction with which it was published.")] = None
    checked_on: Annotated[Date | None, doc("When its status was looked up.")] = None
    reason: Annotated[Text | None, doc("Why only in part or not, and what is done instead.")] = None


class Certificate(Body):
    """A notified or certification body issued, changed or refused a certificate, or took a decision.

    AI Act: Annex V 7, Annex VII, Annex VIII A-8 and A-9, Art. 18(1), 43, 44.
    """

    kind: ClassVar[str] = "certificate"
    identity: ClassVar[tuple[str, ...]] = ("number",)

    number: Annotated[Name, doc("Number of the certificate or decision.")]
    certificate_type: Annotated[
        Literal[
            "technical_documentation_assessment", "quality_management_system", "product_legislation",
            "ai_management_system", "other_management_system", "cybersecurity", "other",
        ],
        doc("What it certifies; the first two are those of Annex VII."),
    ]  # fmt: skip
    state: Annotated[
        Literal["issued", "supplemented", "renewed", "restricted", "suspended", "withdrawn", "refused"],
        doc("What the body decided."),
    ]
    body: Annotated[Name, doc("Name of the body; its number is in its `party` entry.")]
    party: Annotated[Slug | None, doc("The body, by party id.")] = None
    procedure: Annotated[Text | None, doc("The procedure that the body carried out.")] = None
    scope: Annotated[Text | None, doc("What it covers.")] = None
    standard: Annotated[Name | None, doc("Standard or law certified against, with edition.")] = None
    issued_on: Annotated[Date | None, doc("Date of the certificate or decision.")] = None
    valid_until: Annotated[Date | None, doc("Last day it holds.")] = None
    conditions: Annotated[list[Text] | None, doc("Conditions and restrictions.")] = None
    statement_of_applicability: Annotated[
        Name | None, doc("Number and version of the statement of applicability that it names.")
    ] = None
    next_surveillance: Annotated[Date | None, doc("When the body comes next.")] = None
    reason: Annotated[Text | None, doc("Why restricted, suspended, withdrawn or refused.")] = None


class Seen(Part):
    """The state of the ledger that something rests on."""

    size: Annotated[Count, doc("Number of entries.")]
    root: Annotated[Hex256, doc("Merkle root at that size.")]
    origin: Annotated[Name | None, doc("The ledger, when it is not this one.")] = None


class Narrative(Body):
    """A person wrote or changed the text of a human section of a document.

    The `actor` is who brought it in; the `author` may be somebody else.
    """

    kind: ClassVar[str] = "narrative"
    identity: ClassVar[tuple[str, ...]] = ("document", "section", "language")

    document: Annotated[Slug, doc("Document of the pack.")]
    section: Annotated[Slug, doc("Section or slot in the document.")]
    language: Annotated[Language, doc("Language of the text.")]
    text: Markdown
    author: Annotated[Actor | None, doc("Who wrote it.")] = None
    base: Annotated[Hex256 | None, doc("SHA-256 of the UTF-8 Markdown that it changes; absent for a first text.")] = (
        None
    )
    seen: Annotated[list[Hex256] | None, doc("Digests of the statements that the writer had before them.")] = None
    seen_at: Annotated[Seen | None, doc("State of the ledger that the writer had before them.")] = None
    source: Annotated[Literal["editor", "word_import", "command_line", "other"] | None, doc("How it came in.")] = None
    note: Annotated[Text | None, doc("Remark of the author that is not printed.")] = None


class PackUsed(Part):
    """The pack that a document was built with."""

    name: Annotated[Slug, doc("Its name.")]
    version: Annotated[Slug, doc("Its version.")]
    digest: Annotated[Hex256 | None, doc("SHA-256 over its files.")] = None


class PublishedFile(Part):
    """One file of a publication."""

    format: Annotated[Literal["docx", "html", "markdown", "pdf", "json", "other"], doc("Its format.")]
    digest: Annotated[Hex256, doc("SHA-256 of the file before it was sealed.")]
    size: Annotated[Count | None, doc("Bytes.")] = None


class Publication(ByAction, Body):
    """A document was published or its state changed.

    What approval and publication sign is the content digest: it is the same for every format and file.
    AI Act: Art. 11, 18, 47. ISO/IEC 42001: 6.1.3, 7.5.2, 7.5.3.
    """

    kind: ClassVar[str] = "publication"
    identity: ClassVar[tuple[str, ...]] = ("document", "version", "language")
    switch: ClassVar[str] = "state"
    by_action: ClassVar[Table] = {
        "draft": Members((), ("content_digest", "checkpoint")),
        "in_review": Members(("content_digest",), ("checkpoint",)),
        "approved": Members(("content_digest", "checkpoint")),
        "published": Members(("content_digest", "checkpoint")),
        "superseded": Members((), ("content_digest", "checkpoint")),
        "withdrawn": Members((), ("content_digest", "checkpoint")),
    }

    document: Annotated[Slug, doc("Document of the pack.")]
    version: Annotated[Slug, doc("Version of the document.")]
    language: Annotated[Language, doc("Its language.")]
    state: Annotated[
        Literal["draft", "in_review", "approved", "published", "superseded", "withdrawn"],
        doc("State it has from now on."),
    ]
    number: Annotated[Name | None, doc("Document number printed on it.")] = None
    title: Annotated[Name | None, doc("Title.")] = None
    content_digest: Annotated[Hex256 | None, doc("Digest of the content, the same in every format.")] = None
    files: Annotated[list[PublishedFile] | None, doc("Files given out.")] = None
    checkpoint: Annotated[Seen | None, doc("State of the ledger that it was built from.")] = None
    pack: Annotated[PackUsed | None, doc("Pack that it was built with.")] = None
    law_version: Annotated[Name | None, doc("Version of the law or standard it answers.")] = None
    tools: Annotated[dict[Name, Name] | None, doc("Programs that made it, with versions.")] = None
    audience: Annotated[list[Audience] | None, doc("For whom it is.")] = None
    confidentiality: Annotated[Name | None, doc("Confidentiality class.")] = None
    approvals: Annotated[list[Hex256] | None, doc("Digests of the approval statements.")] = None
    supersedes: Annotated[Name | None, doc("Number and version of the document that it replaces.")] = None
    change: Annotated[Text | None, doc("What changed since the last version, for the change log.")] = None
    owner: Annotated[Slug | None, doc("Role or person (pseudonym) that answers for it.")] = None
    prepared_by: Annotated[Actor | None, doc("Who prepared it.")] = None
    reviewed_by: Annotated[Actor | None, doc("Who reviewed it.")] = None
    issued_on: Annotated[Date | None, doc("Date printed on it.")] = None
    effective_from: Annotated[Date | None, doc("First day it holds.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again.")] = None
    status_counts: Annotated[
        dict[Slug, Annotated[int, Field(ge=0)]] | None,
        doc("How often each status word stands in it, e.g. not-provided: 3."),
    ] = None
    reason: Annotated[Text | None, doc("Why its state changed.")] = None
