"""What is looked into and what is kept: investigations, legal holds, pruning, foreign attestations."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from ledger.kinds.base import (
    Actor,
    Artefact,
    Body,
    Count,
    Date,
    Hex256,
    Instant,
    Name,
    Part,
    Slug,
    Text,
    Url,
    doc,
)
from ledger.kinds.by_action import ByAction, Members, OneOf, Table
from ledger.kinds.planning import KindName


class Query(Part):
    """A question put to the ledger, with the state that answered it."""

    query: Annotated[Text, doc("The query as it was run.")]
    size: Annotated[Count, doc("Number of entries that the answer rests on.")]
    root: Annotated[Hex256 | None, doc("Merkle root at that size.")] = None
    results: Annotated[Count | None, doc("Number of entries found.")] = None
    remark: Annotated[Text | None, doc("Why it was run, or what it showed.")] = None


class Case(ByAction, Body):
    """An investigation was opened, extended or closed.

    AI Act: Art. 73(6), 86. ISO/IEC 42001: 10.2, A.3.3, A.6.2.8.
    """

    kind: ClassVar[str] = "case"
    identity: ClassVar[tuple[str, ...]] = ()
    by_action: ClassVar[Table] = {
        "opened": Members(("question",)),
        "extended": Members((), ("question", "findings")),
        "closed": Members(("findings",), ("outcome",)),
    }

    case_id: Annotated[Slug, doc("Identifier of the case.")]
    action: Annotated[Literal["opened", "extended", "closed"], doc("What happened to the case.")]
    question: Annotated[Text | None, doc("What is to be found out.")] = None
    period_from: Annotated[Instant | None, doc("Start of the period looked at.")] = None
    period_until: Annotated[Instant | None, doc("End of the period looked at, exclusive.")] = None
    queries: Annotated[list[Query] | None, doc("Queries run.")] = None
    entries: Annotated[list[Hex256] | None, doc("Digests of the statements collected.")] = None
    findings: Annotated[Text | None, doc("What was found.")] = None
    outcome: Annotated[
        Literal["confirmed", "partly_confirmed", "not_confirmed", "undecided"] | None,
        doc("Whether the suspicion behind the question was confirmed."),
    ] = None
    investigators: Annotated[list[Actor] | None, doc("Who investigates.")] = None
    holds: Annotated[list[Slug] | None, doc("Legal holds set for the case.")] = None


class Hold(ByAction, Body):
    """A legal hold was set or lifted; what it covers is not erased or pruned while it lasts.

    Whatever any of its lists names is held: statements, attachments, all entries of a subject, all of a kind.
    """

    kind: ClassVar[str] = "hold"
    identity: ClassVar[tuple[str, ...]] = ()
    by_action: ClassVar[Table] = {
        "set": Members(one_of=("statements", "attachments", "subjects", "kinds", "everything")),
        "lifted": Members(),
    }

    hold_id: Annotated[Slug, doc("Identifier of the hold.")]
    action: Annotated[Literal["set", "lifted"], doc("What happened to the hold.")]
    reason: Annotated[Text, doc("Why, e.g. the proceedings it serves.")]
    statements: Annotated[list[Hex256] | None, doc("Digests of the statements held.")] = None
    attachments: Annotated[list[Hex256] | None, doc("Digests of the attachments held.")] = None
    subjects: Annotated[list[Slug] | None, doc("Subjects all of whose entries are held.")] = None
    kinds: Annotated[list[KindName] | None, doc("Kinds all of whose entries are held.")] = None
    everything: Annotated[Literal[True] | None, doc("The whole ledger is held.")] = None
    legal_basis: Annotated[Text | None, doc("Law or order it rests on.")] = None
    requested_by: Annotated[Actor | None, doc("Who asked for it.")] = None
    review_due: Annotated[Date | None, doc("When it is looked at again; it does not end by itself.")] = None


class PrunedSegment(Part):
    """A sealed log segment whose file was removed."""

    statement: Annotated[Hex256, doc("Digest of the `runtime_log` statement that names it.")]
    digest: Annotated[Hex256, doc("SHA-256 of the file.")]


class Pruning(OneOf, Body):
    """Log segments or attachments past their retention were removed; the entries that name them stay.

    AI Act: Art. 18, 19, 26(6). ISO/IEC 42001: 7.5.3.
    """

    kind: ClassVar[str] = "pruning"
    identity: ClassVar[tuple[str, ...]] = ()
    one_of: ClassVar[tuple[str, ...]] = ("segments", "attachments")

    segments: Annotated[list[PrunedSegment] | None, doc("Log segments removed.")] = None
    attachments: Annotated[list[Hex256] | None, doc("Digests of attachments removed.")] = None
    rule: Annotated[Slug, doc("Retention class of the policy that allows it.")]
    kept_until: Annotated[Date | None, doc("Day on which the retention ended.")] = None
    approved_by: Annotated[Slug, doc("Principal who approved it.")]
    reason: Annotated[Text | None, doc("Circumstances.")] = None


class NamedDigest(Part):
    """Something that an attestation speaks about."""

    name: Annotated[Name, doc("Its name in the attestation.")]
    digest: Annotated[Hex256, doc("SHA-256.")]


class Attestation(Body):
    """A statement in another format was received; its bytes are kept as they are, as an artefact.

    AI Act: Annex IV 1(c), 2(a), 2(h), Art. 15(5). ISO/IEC 42001: A.4.4, A.10.3.
    """

    kind: ClassVar[str] = "attestation"
    identity: ClassVar[tuple[str, ...]] = ()

    format: Annotated[
        Literal["in-toto", "slsa", "model-signing", "cyclonedx", "spdx", "openvex", "sarif", "dsse", "other"],
        doc("Format of the bytes."),
    ]
    format_version: Annotated[Name | None, doc("Version of the format.")] = None
    predicate_type: Annotated[Url | None, doc("What it states (in-toto predicateType).")] = None
    artefacts: Annotated[
        list[Artefact], Field(min_length=1), doc("The bytes as received, with their media type, first.")
    ]
    about: Annotated[list[NamedDigest] | None, doc("What it speaks about, by digest.")] = None
    issuer: Annotated[Name | None, doc("Who made it.")] = None
    issued: Annotated[Instant | None, doc("When it was made, by its own word.")] = None
    checked: Annotated[
        Literal["signature_valid", "signature_invalid", "unsigned", "not_checked"],
        doc("Whether its own signature was checked on receipt."),
    ] = "not_checked"
    checked_how: Annotated[Text | None, doc("With which tool, key or identity.")] = None
