"""Chapter 1, second part: who has which role, and who was trained in what."""

from __future__ import annotations

from bank import BOTH, SYSTEM, Bank, person

from ledger.kinds import Body, RoleAssignment, TrainingRecord
from ledger.kinds.organisation import Involvement


def roles(bank: Bank) -> list[Body]:
    """Seven roles with what they may decide."""
    since = bank.day(-200)
    return [*_deciding(since), *_working(since)]


def _deciding(since: str) -> list[Body]:
    """Who decides."""
    return [
        RoleAssignment(
            assignment_id="risk-board-member",
            role="Board member for risk",
            holder=person("staff-110"),
            deputy=person("staff-100"),
            duties=["approves policies, releases and residual risks", "leads the management review"],
            authority="May approve or refuse any release and accept residual risks up to medium.",
            controls=["A.2.2", "A.2.4", "A.6.2.5"],
            starts=since,
            accepted=True,
            systems=BOTH,
        ),
        RoleAssignment(
            assignment_id="ai-compliance-officer",
            role="AI compliance officer",
            holder=person("staff-120"),
            duties=["keeps the management system", "keeps the risk file", "talks to authorities"],
            authority="May stop a release and suspend the use of a system.",
            controls=["A.2.3", "A.3.2", "A.5.2", "A.8.5"],
            starts=since,
            accepted=True,
            systems=BOTH,
        ),
    ]


def _working(since: str) -> list[Body]:
    """Who builds, oversees, audits and keeps things running."""
    return [
        RoleAssignment(
            assignment_id="lead-data-scientist",
            role="Lead data scientist",
            holder=person("staff-140"),
            duties=["develops, tests and documents credit scoring"],
            involvement=[Involvement(activity="release", part="responsible")],
            stages=["design", "development", "verification"],
            competence=["statistics", "scikit-learn", "fairness measurement"],
            starts=since,
            accepted=True,
            systems=[SYSTEM],
        ),
        RoleAssignment(
            assignment_id="credit-officers",
            role="Credit officers (human oversight)",
            holder=person("staff-130"),
            deputy=person("staff-131"),
            duties=["decide every proposal to decline", "override, stop and escalate"],
            authority="May override any proposal and stop the system.",
            stages=["verification", "operation"],
            oversees=True,
            competence=["credit analysis", "reading the screen", "automation bias"],
            starts=since,
            accepted=True,
            systems=[SYSTEM],
        ),
        RoleAssignment(
            assignment_id="internal-audit",
            role="Internal auditor for AI",
            holder=person("staff-150"),
            duties=["audits the management system", "receives concerns"],
            authority="Reports to the chair of the board.",
            starts=since,
            accepted=True,
            systems=BOTH,
        ),
        RoleAssignment(
            assignment_id="ledger-admin",
            role="Administrator of the ledger",
            holder=person("staff-101"),
            duties=["enrols and revokes keys", "keeps service and logs running"],
            authority="May enrol keys; may not sign for anybody else.",
            starts=since,
            accepted=True,
            systems=BOTH,
        ),
        RoleAssignment(
            assignment_id="model-risk",
            role="Model risk analyst",
            holder=person("staff-160"),
            duties=["investigates incidents", "watches the monitoring"],
            starts=since,
            accepted=True,
            systems=[SYSTEM],
        ),
    ]


def training(bank: Bank) -> list[Body]:
    """Trainings with results and, where somebody was absent, the gap."""

    def trained(topic: str, who: str, role: str, competence: str, ago: int, score: float | None = None) -> Body:
        return TrainingRecord(
            training_id=f"{role}-{who}",
            topic=topic,
            person=person(who),
            form="course" if score is None else "exam",
            held_on=bank.day(-ago),
            hours=6.0,
            trainer="AI compliance with an outside lecturer",
            result="attended" if score is None else "passed",
            score=score,
            expires=bank.day(365 - ago),
            role=role,
            competence=competence,
            systems=[SYSTEM],
        )

    return [
        trained(
            "Overseeing credit scoring: limits, automation bias, override and stop",
            "staff-130",
            "credit-officers",
            "reads proposals and factors, knows where the system is weak",
            30,
            0.92,
        ),
        trained(
            "Overseeing credit scoring: limits, automation bias, override and stop",
            "staff-131",
            "credit-officers",
            "reads proposals and factors, knows where the system is weak",
            30,
            0.85,
        ),
        trained(
            "Measuring differences between groups",
            "staff-140",
            "lead-data-scientist",
            "plans and reports fairness tests",
            60,
        ),
        trained("Auditing AI", "staff-150", "internal-audit", "audits test plans and reports", 90),
        TrainingRecord(
            training_id="ai-basics-all-staff",
            topic="AI at the bank: policy, permitted use, how to raise a concern",
            audience="all staff who work with AI",
            participants=64,
            form="briefing",
            held_on=bank.day(-20),
            hours=1.0,
            result="attended",
            gap="9 of 73 were absent; they are invited again within 60 days",
            systems=BOTH,
        ),
    ]
