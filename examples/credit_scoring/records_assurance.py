"""Chapter 11: the bank looks at itself. Objectives measured, standards, internal audit, management review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bank import BOTH, ORGANISATION, SYSTEM, Bank, now, person, refer
from records_tests import Tested

from ledger import Receipt
from ledger.kinds import (
    Approval,
    Audit,
    Complaint,
    ManagementReview,
    Nonconformity,
    Objective,
    StandardApplied,
)
from ledger.kinds.management import (
    Check,
    Finding,
    ObjectiveResult,
    ReviewDecision,
    ReviewInput,
    Target,
)
from ledger.kinds.parts import Person, Step
from ledger.kinds.planning import PlannedAction


def record_explanation_request(bank: Bank, version: str, decision: Receipt, decision_id: str, row: int) -> Receipt:
    """The receipt of an applicant's request for an explanation, answered."""
    received = now()
    return bank.ledger.record(
        Complaint(
            system_version=version,
            complaint_id="COMP-1",
            type="explanation_request",
            received=received,
            sender="affected_person",
            status="answered",
            subject_matter="proposal to decline",
            complainant=Person(id=f"applicant-{row:04d}", contact=f"customer number {700000 + row} (invented)"),
            text="I would like to know why my application was not approved at once.",
            channel="letter",
            decision_id=decision_id,
            handling=[Step(at=received, step="acknowledged and given to the credit desk", by="staff-131")],
            handled_by=person("staff-130"),
            explanation="The system proposed, two officers decided. What weighed most is in the entry of "
            "the decision and was told in words.",
            answered=now(),
            outcome="explanation given within the time promised; no change",
        ),
        signers=bank.keys.overseer,
        subject=SYSTEM,
        references=[refer("about", decision)],
    )


def record_objectives(bank: Bank, before: Sequence[Receipt], measured: Mapping[str, float]) -> None:
    """The objectives, each with its measured value; whether a target was reached follows from the number."""
    for receipt in before:
        members = bank.ledger.entry(receipt.statement).data
        target = Target(**members["target"])
        value = measured[target.metric]
        reached = value <= target.value if target.direction == "at_most" else value >= target.value
        result = ObjectiveResult(measured_on=bank.day(), reached="yes" if reached else "no", value=value)
        bank.ledger.record(
            Objective.model_validate({**members, "status": "reached" if reached else "missed", "result": result}),
            signers=bank.keys.compliance,
            subject=ORGANISATION,
            references=[refer("supersedes", receipt)],
        )


def record_standards(bank: Bank) -> None:
    """Which standards were applied, and that none of them gives a presumption of conformity."""
    for standard, edition, title, extent, reason in (
        ("ISO/IEC 42001", "2023", "AI management system", "part", "controls as the statement of applicability says"),
        ("ISO/IEC 42005", "2025", "AI system impact assessment", "part", "outline of the impact assessment only"),
        ("EN 18286", "2026", "Quality management system", "not_applied", "published, not yet examined by us"),
    ):
        bank.ledger.record(
            StandardApplied.model_validate(
                {
                    "standard": standard,
                    "edition": edition,
                    "title": title,
                    "standard_type": "european" if standard.startswith("EN") else "international",
                    "extent": extent,
                    "cited_in_oj": False,
                    "checked_on": bank.day(),
                    "reason": reason,
                    "requirements": ["AnnexIV-7"],
                }
            ),
            signers=bank.keys.compliance,
            subject=SYSTEM,
        )


def record_audit(bank: Bank) -> list[Receipt]:
    """An internal audit with its finding, signed by the auditor."""
    audit = bank.ledger.record(
        Audit(
            audit_id="IA-2026-1",
            audit_type="internal",
            status="held",
            programme="audit-programme",
            frequency="yearly for controls with high risk",
            objective="Are roles, data, tests, releases, logs and incidents handled as the procedures say?",
            criteria=["ISO/IEC 42001:2023", "own procedures"],
            scope="credit scoring; not: meeting notes",
            methods="entries of the ledger read and checked, two interviews",
            sample=["versions 1.0 and 1.1", "INC-1", "A.3.2, A.6.2.4, A.6.2.5, A.6.2.8, A.7.4"],
            starts=bank.day(-2),
            ends=bank.day(),
            auditors=[person("staff-150")],
            independence="The auditor took no part in building, running or approving the systems.",
            checks=_checks(),
            findings=_findings(),
            result="conforming_with_findings",
            conclusion="Carried out as described, with one minor nonconformity.",
            reported_to=["board", "AI compliance"],
            next_due=bank.day(365),
            systems=[SYSTEM],
        ),
        signers=bank.keys.auditor,
        subject=ORGANISATION,
    )
    nonconformity = bank.ledger.record(
        Nonconformity(
            nonconformity_id="NC-2",
            finding="Segments of the service log are not sealed into the ledger.",
            requirement="A.6.2.8 and the logging specification",
            status="open",
            grade="minor",
            origin="internal_audit",
            audit="IA-2026-1",
            found_on=bank.day(),
            evidence="no entry of kind runtime_log",
            owner="staff-101",
            due=bank.day(60),
            systems=[SYSTEM],
        ),
        signers=bank.keys.auditor,
        subject=ORGANISATION,
        references=[refer("derived_from", audit)],
    )
    return [audit, nonconformity]


def record_review(bank: Bank, audit: Sequence[Receipt], fairness: Tested) -> Receipt:
    """The receipt of the management review, approved by the board member who led it."""

    review = bank.ledger.record(
        ManagementReview(
            review_id="MR-1",
            status="held",
            held_on=bank.day(),
            period="pilot",
            attendees=[person(p) for p in ("staff-100", "staff-110", "staff-120", "staff-130", "staff-150")],
            inputs=_inputs(audit, fairness),
            suitable=True,
            adequate=True,
            effective=True,
            conclusion="Suitable, adequate and effective for the pilot; not yet for wider use.",
            decisions=[
                ReviewDecision(about="policy", decision="AI policy 2 confirmed."),
                ReviewDecision(about="risk", decision="No wider use before version 1.2 meets its fairness limits."),
                ReviewDecision(
                    about="resources", decision="Budget for an outside cybersecurity test and a power meter."
                ),
            ],
            actions=[
                PlannedAction(action="cybersecurity test", owner="staff-101", due=bank.day(60), status="planned"),
                PlannedAction(
                    action="measure the effect of OM-4", owner="staff-140", due=bank.day(30), status="planned"
                ),
                PlannedAction(
                    action="seal the service log into the ledger", owner="staff-101", due=bank.day(60), status="planned"
                ),
            ],
            next_due=bank.day(180),
            systems=BOTH,
        ),
        signers=bank.keys.compliance,
        subject=ORGANISATION,
    )
    bank.ledger.record(
        Approval(
            decision="approved",
            scope="other",
            statement=review.statement,
            object="minutes of management review MR-1",
            actor=person("staff-110"),
            systems=BOTH,
        ),
        signers=bank.keys.approver,
        subject=ORGANISATION,
        references=[refer("approves", review)],
    )
    return review


def _checks() -> list[Check]:
    """What was looked at, control by control."""
    return [
        Check(requirement="A.3.2", result="met", remark="roles accepted, deputies named"),
        Check(requirement="A.6.2.4", result="partly_met", remark="cybersecurity test not run"),
        Check(requirement="A.6.2.5", result="met", remark="a release was refused at its gate"),
        Check(requirement="A.6.2.8", result="partly_met", remark="service log not sealed"),
        Check(requirement="A.7.4", result="met", remark="input guard tested"),
    ]


def _findings() -> list[Finding]:
    """What was found, good and bad."""
    return [
        Finding(
            finding="The service log is not sealed into the ledger, though the declaration says implemented.",
            grade="minor",
            requirement="A.6.2.8",
            evidence="no entry of kind runtime_log",
            nonconformity="NC-2",
        ),
        Finding(finding="Missed limits are reported as missed.", grade="strength", requirement="A.6.2.4"),
    ]


def _inputs(audit: Sequence[Receipt], fairness: Tested) -> list[ReviewInput]:
    """What was put before the review, with the entries it rests on."""
    return [
        ReviewInput(topic="earlier_actions", summary="First review; no earlier actions."),
        ReviewInput(topic="issues", summary="Dates of the law moved to December 2027; old data remain an issue."),
        ReviewInput(topic="interested_parties", summary="Applicants ask for explanations; one request answered."),
        ReviewInput(
            topic="nonconformities",
            summary="NC-1: fairness limits missed; NC-2: service log not sealed.",
            trend="steady",
            evidence=[refer("about", audit[1])],
        ),
        ReviewInput(
            topic="monitoring",
            summary="Limit broken under 1.0 and system stopped; 1.1 as expected; cost lower, gap by age wider.",
            trend="worse",
            evidence=[refer("about", fairness.receipt)],
        ),
        ReviewInput(topic="audits", summary="One audit, one minor finding.", evidence=[refer("about", audit[0])]),
        ReviewInput(topic="improvement", summary="Measure energy; web form; panel of customers."),
    ]
