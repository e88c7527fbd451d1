"""Chapter 2: the bank's documents, attached as files, approved by the board, and made known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bank import BOTH, HERE, ORGANISATION, SYSTEM, Bank, now, person, refer

from ledger import Receipt
from ledger.kinds import Approval, Communication, Document
from ledger.kinds.documents import Audience, DocumentType, RelatedDocument


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of `documents/`: its type, title, and the requirements and controls it answers."""

    type: DocumentType
    title: str
    answers: tuple[str, ...]
    version: str = "1"
    systems: tuple[str, ...] = (SYSTEM,)  # empty: the document is filed under credit scoring itself
    audience: tuple[Audience, ...] = ("staff", "auditors")

    @property
    def subject(self) -> str:
        """Where its entry is filed."""
        return ORGANISATION if self.systems else SYSTEM


PAPERS: Mapping[str, Paper] = {
    "ai-policy": Paper("policy", "AI policy", ("A.2.2", "A.2.4", "5.2"), "2", tuple(BOTH), ("staff", "public")),
    "policy-map": Paper("register", "Map of policies that touch AI", ("A.2.3",), systems=tuple(BOTH)),
    "development-procedure": Paper(
        "procedure", "Procedure for developing AI systems", ("A.6.1.3", "A.6.2.4", "A.6.2.5", "Art17-1-b", "Art17-1-c")
    ),
    "data-procedure": Paper(
        "procedure",
        "Procedure for data of AI systems",
        ("A.7.2", "A.7.3", "A.7.4", "A.7.5", "A.7.6", "Art17-1-f"),
    ),
    "use-procedure": Paper("procedure", "Procedure for using AI systems", ("A.9.2", "A.9.4"), systems=tuple(BOTH)),
    "logging-specification": Paper("specification", "What is logged", ("A.6.2.8", "Art12-1")),
    "risk-method": Paper(
        "risk_management", "Risk method for AI systems", ("6.1.2", "Art9-1", "AnnexIV-5"), systems=tuple(BOTH)
    ),
    "impact-procedure": Paper("procedure", "Procedure for impact assessments", ("A.5.2", "A.5.3"), systems=tuple(BOTH)),
    "incident-communication-plan": Paper(
        "plan", "Whom we tell about incidents, and when", ("A.8.4", "Art17-1-i"), systems=tuple(BOTH)
    ),
    "concerns-procedure": Paper(
        "procedure", "How concerns and complaints about AI are handled", ("A.3.3", "A.8.3"), systems=tuple(BOTH)
    ),
    "post-market-monitoring-plan": Paper(
        "post_market_monitoring_plan",
        "Post-market monitoring plan: credit scoring",
        ("AnnexIV-9", "Art72-3", "Art17-1-h"),
        systems=(),
    ),
    "architecture": Paper("architecture", "Architecture: credit scoring", ("AnnexIV-2-c", "A.6.2.3"), systems=()),
    "user-interface": Paper("user_interface", "What the credit officer sees", ("AnnexIV-1-g", "A.8.2"), systems=()),
    "audit-programme": Paper("plan", "Internal audit programme for AI", ("9.2.2",), systems=tuple(BOTH)),
}

REVISIONS: Mapping[str, str] = {  # what version 2 of a document says that version 1 does not
    "architecture": "input guard, after incident INC-1",
    "user-interface": "proposal 'not scored'; the second officer's screen (OM-4)",
    "use-procedure": "second officer for each proposal to decline (OM-4)",
}


def record_documents(bank: Bank) -> Mapping[str, Receipt]:
    """The receipts of the documents, by document id; each is approved by a person who did not write it."""
    receipts = {name: _record_paper(bank, name, paper) for name, paper in PAPERS.items()}
    for name, receipt in receipts.items():
        _approve(bank, name, PAPERS[name], receipt)
    _announce_statement(bank)
    _make_known(bank, receipts["ai-policy"])
    return receipts


def revise_documents(bank: Bank, before: Mapping[str, Receipt]) -> list[Receipt]:
    """The receipts of the documents that version 1.1 changes, each replacing the one in `before`; approved."""
    receipts = []
    for name, change in REVISIONS.items():
        paper = replace(PAPERS[name], version="2")
        receipt = _record_paper(bank, name, paper, before[name], change)
        _approve(bank, name, paper, receipt)
        receipts.append(receipt)
    return receipts


def _approve(bank: Bank, name: str, paper: Paper, receipt: Receipt) -> None:
    bank.ledger.record(
        Approval(
            decision="approved",
            scope="policy" if name == "ai-policy" else "document",
            statement=receipt.statement,
            object=f"{paper.title}, version {paper.version}",
            document=name,
            authority="Rules of procedure of the board, section 4",
            valid_from=bank.day(),
            actor=person("staff-110"),
            systems=list(paper.systems) or None,
        ),
        signers=bank.keys.approver,
        subject=paper.subject,
        references=[refer("approves", receipt)],
    )


def _record_paper(bank: Bank, name: str, paper: Paper, before: Receipt | None = None, change: str = "") -> Receipt:
    file = f"{name}-{paper.version}.md" if before else f"{name}.md"
    content = (HERE / "documents" / file).read_bytes()
    related = [
        RelatedDocument(
            document="purchasing-policy",
            version="3",
            relation="checks before buying software",
            gap="did not cover open-source libraries; covered by the supplier procedure from now on",
        ),
        RelatedDocument(document="data-protection-policy", version="4", relation="profiling; consistent"),
        RelatedDocument(document="information-security-policy", version="5", relation="keys, access; consistent"),
    ]
    return bank.ledger.record(
        Document(
            document_id=name,
            document_type=paper.type,
            title=paper.title,
            version=paper.version,
            language="en",
            status="in_force",
            owner="staff-120",
            author=person("staff-120"),
            effective_from=bank.day(),
            reviewed_on=bank.day(),
            review_outcome="confirmed",
            review_due=bank.day(365),
            requirements=list(paper.answers),
            related=related if name == "policy-map" else None,
            audience=list(paper.audience),
            keep_until=bank.day(3653),
            change=change or ("point 2 added: no refusal by a machine" if name == "ai-policy" else None),
            systems=list(paper.systems) or None,
            retention="technical-file-10y",
        ),
        signers=bank.keys.compliance,
        subject=paper.subject,
        references=[refer("supersedes", before)] if before else [],
        attach=[bank.attach(file, content, role="document", media_type="text/markdown")],
    )


def _announce_statement(bank: Bank) -> None:
    """The statement of applicability in the register of documents; it is built from the ledger and not yet approved."""
    bank.ledger.record(
        Document(
            document_id="statement-of-applicability",
            document_type="statement_of_applicability",
            title="Statement of applicability",
            version="1",
            language="en",
            status="draft",
            owner="staff-120",
            author=person("staff-120"),
            review_due=bank.day(365),
            requirements=["6.1.3"],
            systems=BOTH,
        ),
        signers=bank.keys.compliance,
        subject=ORGANISATION,
    )


def _make_known(bank: Bank, policy: Receipt) -> None:
    bank.ledger.record(
        Communication(
            communication_id="policy-to-staff",
            direction="sent",
            counterpart="staff",
            topic="policy",
            summary="Version 2 of the AI policy, with the channel for raising concerns.",
            at=now(),
            channel="intranet, with acknowledgement",
            recipients=73,
            systems=BOTH,
        ),
        signers=bank.keys.compliance,
        subject=ORGANISATION,
        references=[refer("about", policy)],
    )
    bank.ledger.record(
        Communication(
            communication_id="notice-to-applicants",
            direction="sent",
            counterpart="affected_persons",
            topic="subject_to_ai",
            summary="Notice on the application form: an AI system proposes, a person decides what is not "
            "approved; how to ask for an explanation and how to complain.",
            at=now(),
            channel="application form and web site",
            legal_basis="Art. 26(11)",
            language="de",
            systems=[SYSTEM],
        ),
        signers=bank.keys.compliance,
        subject=ORGANISATION,
        references=[refer("about", policy)],
    )
