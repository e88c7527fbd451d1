"""Chapters 6 and 8, second part: instructions for use, sign-offs, and releases that two principals sign."""

from __future__ import annotations

from collections.abc import Sequence

from bank import SYSTEM, Bank, Relation, now, person, refer
from records_tests import Tested
from records_versions import Version
from report import instructions_for_use

from ledger import Receipt
from ledger.kinds import Approval, Communication, Document, Release
from ledger.kinds.changes import Precondition
from ledger.kinds.design import DocumentPointer, FormOfSupply


def record_instructions(bank: Bank, version: Version, tests: Sequence[Tested]) -> Receipt:
    """The receipt of the instructions for use of a version, approved."""
    metrics = [m for test in tests for m in test.metrics]
    content = instructions_for_use(version.version, version.rule.threshold, metrics).encode()
    name = f"instructions-for-use-{version.version}"
    receipt = bank.ledger.record(
        Document(
            system_version=version.version,
            document_id=name,
            document_type="instructions_for_use",
            title=f"Credit scoring {version.version}: instructions for use",
            version=version.version,
            language="en",
            status="in_force",
            owner="staff-120",
            author=person("staff-140"),
            effective_from=bank.day(),
            review_due=bank.day(365),
            requirements=["AnnexIV-1-h", "AnnexIV-1-g", "Art13-2", "A.8.2", "A.6.2.7"],
            audience=["deployers", "users"],
            keep_until=bank.day(3653),
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
        attach=[bank.attach(f"{name}.md", content, role="instructions_for_use", media_type="text/markdown")],
    )
    approve(bank, version.version, receipt, "document", f"instructions for use {version.version}")
    bank.ledger.record(
        Communication(
            system_version=version.version,
            communication_id=f"instructions-{version.version}",
            direction="sent",
            counterpart="user",
            topic="instructions",
            summary=f"Instructions for use of version {version.version}, with its measured performance and limits.",
            at=now(),
            channel="intranet, with acknowledgement",
            recipients=12,
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
        references=[refer("about", receipt)],
    )
    return receipt


def approve(
    bank: Bank,
    version: str,
    receipt: Receipt,
    scope: str,
    what: str,
    *,
    conditions: Sequence[str] = (),
    reason: str = "",
    rejected: bool = False,
    until: int = 0,
) -> Receipt:
    """The receipt of the board member's answer to something that others did."""
    body = Approval.model_validate(
        {
            "system_version": version,
            "decision": "rejected" if rejected else "approved",
            "scope": scope,
            "statement": receipt.statement,
            "object": what,
            "conditions": list(conditions) or None,
            "reason": reason or None,
            "authority": "Rules of procedure of the board, section 4",
            "valid_until": bank.day(until) if until else None,
            "actor": person("staff-110"),
        }
    )
    relation: Relation = "about" if rejected else "approves"
    return bank.ledger.record(body, signers=bank.keys.approver, subject=SYSTEM, references=[refer(relation, receipt)])


def record_release(
    bank: Bank,
    version: Version,
    components: Receipt,
    instructions: Receipt,
    tests: Sequence[Tested],
    *,
    replaces: str | None = None,
    relies_on: Sequence[tuple[str, Receipt]] = (),
) -> Receipt:
    """The receipt of a release; the policy asks for two principals, so pipeline and compliance both sign."""
    conditions = [
        *(
            Precondition(
                condition=f"test {t.evaluation_id}: all limits met", met=not t.missed, evidence=t.receipt.statement
            )
            for t in tests
        ),
        Precondition(condition="instructions for use approved", met=True, evidence=instructions.statement),
        *(Precondition(condition=what, met=True, evidence=r.statement) for what, r in relies_on),
        Precondition(condition="cybersecurity test by an outside firm", met=False),
    ]
    return bank.ledger.record(
        Release(
            system_version=version.version,
            release_id=f"release-{version.version}",
            action="put_into_service",
            effective=now(),
            environment="pilot at the credit desk, with replayed applications",
            member_states=["DE"],
            forms_of_supply=[
                FormOfSupply(form="internal", description="service in the bank's own data centre, own use")
            ],
            deployers=["Beispielbank AG (fictional)"],
            model=version.model,
            component_inventory=components.statement,
            instructions_for_use=DocumentPointer(
                document_id=f"instructions-for-use-{version.version}", version=version.version, language="en"
            ),
            preconditions=conditions,
            plan=DocumentPointer(document_id="development-procedure", version="1", language="en"),
            replaces_version=replaces,
        ),
        signers=[bank.keys.pipeline, bank.keys.compliance],
        subject=SYSTEM,
        references=[refer("derived_from", version.change), refer("about", components)],
    )
