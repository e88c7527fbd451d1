"""Chapter 5: risks before and after treatment, and who accepts what remains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bank import SYSTEM, Bank, person, refer
from records_controls import controls_against

from ledger import Receipt
from ledger.kinds import Approval, Document, Risk
from ledger.kinds.planning import Measure, Rating
from ledger.kinds.risks import Acceptance, ArisesIn, Consequence, Interest


@dataclass(frozen=True, slots=True)
class Hazard:
    """A risk as it was assessed, and what is to be done about it."""

    title: str
    hazard: str
    cause: str
    arises_in: tuple[ArisesIn, ...]
    interests: tuple[Interest, ...]
    persons: str
    consequence: str
    before: tuple[int, int]  # severity, likelihood
    after: tuple[int, int]
    measures: tuple[tuple[str, tuple[str, ...]], ...]  # what is done, controls
    vulnerable: tuple[str, ...] = ()


HAZARDS: Mapping[str, Hazard] = {
    "R-1": Hazard(
        "Good risks are refused",
        "An applicant who would repay is refused credit because the proposal was followed without a look at the file.",
        "limited accuracy; automation bias",
        ("intended_use",),
        ("fundamental_rights",),
        "applicants",
        "no loan, or a dearer one elsewhere",
        (4, 4),
        (4, 2),
        (
            ("officers decide every proposal to decline (OM-1)", ("A.9.2", "A.6.2.4")),
            ("contributions are shown (OM-2); training on automation bias", ("A.8.2", "A.4.6")),
        ),
    ),
    "R-2": Hazard(
        "Young applicants are treated worse",
        "Applicants under 25 are proposed for decline more often, also where they would repay.",
        "inputs that depend on age; fewer good outcomes of young people in the data",
        ("intended_use",),
        ("discrimination", "fundamental_rights"),
        "applicants under 25",
        "refused or delayed more often than older applicants with the same outlook",
        (4, 4),
        (4, 2),
        (
            ("age is no input; approval ratio between bands limits the threshold", ("A.6.1.2", "A.7.4")),
            ("rates per age band watched every week", ("A.6.2.6",)),
        ),
        ("young adults without credit history",),
    ),
    "R-3": Hazard(
        "Missing data are taken for good data",
        "The checking account status is lost on the way, is read as 'has no account', and raises the score.",
        "one word for two meanings in the data set; no check at the interface",
        ("failure", "foreseeable_misuse"),
        ("fundamental_rights", "operations"),
        "applicants who get a loan they cannot repay; the bank",
        "over-indebtedness; losses",
        (3, 3),
        (3, 1),
        (("daily limit on the share of missing values", ("A.6.2.6", "A.7.4")),),
    ),
    "R-4": Hazard(
        "The world has moved on",
        "Applicants of today differ from those of 1973 to 1975, and scores mean something else.",
        "old data, one bank",
        ("intended_use", "change"),
        ("fundamental_rights", "operations"),
        "applicants",
        "wrong proposals in either direction",
        (3, 5),
        (3, 2),
        (
            ("pilot with replayed applications only", ("A.6.2.5", "A.9.4")),
            ("accuracy on cases with known outcome every six months", ("A.6.2.6",)),
        ),
    ),
    "R-5": Hazard(
        "Scores are probed or altered",
        "Somebody changes scorecard or rule, or learns by trying how to get a better score.",
        "insider access; repeated applications",
        ("attack", "foreseeable_misuse"),
        ("security", "operations"),
        "the bank; other applicants",
        "wrong approvals",
        (3, 3),
        (3, 2),
        (
            ("files are named by digest in signed entries; the service refuses others", ("A.6.2.8", "X.1")),
            ("not more than two applications of one person a month", ("A.9.4",)),
        ),
    ),
}


def record_risks(bank: Bank) -> Mapping[str, Receipt]:
    """The risks as assessed before treatment, by risk id."""
    return {
        risk_id: bank.ledger.record(
            _risk(bank, risk_id, hazard, treated=False), signers=bank.keys.compliance, subject=SYSTEM
        )
        for risk_id, hazard in HAZARDS.items()
    }


def record_treatment(bank: Bank, assessed: Mapping[str, Receipt]) -> Mapping[str, Receipt]:
    """The same risks after treatment, the overall residual risk, and their acceptance by the board member."""
    treated = {
        risk_id: bank.ledger.record(
            _risk(bank, risk_id, HAZARDS[risk_id], treated=True),
            signers=bank.keys.compliance,
            subject=SYSTEM,
            references=[refer("supersedes", before)],
        )
        for risk_id, before in assessed.items()
    }
    _record_plan(bank)
    overall = bank.ledger.record(
        Risk(
            risk_id="R-0",
            title="Overall residual risk",
            scope="overall",
            hazard="All remaining risks together, in a pilot with replayed applications.",
            status="accepted",
            criteria="risk-method",
            after=Rating(severity=4, likelihood=2, level="medium", reason="R-1 and R-2 remain medium, none is high"),
            interactions="OM-1 works against R-1, R-2 and R-3 alike and is the point that must not fail.",
            acceptance=Acceptance(
                accepted=True,
                reason="medium, with a person deciding, and for a pilot only",
                by=person("staff-110"),
                valid_until=bank.day(180),
            ),
            owner="staff-110",
            review_due=bank.day(180),
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
    )
    bank.ledger.record(
        Approval(
            decision="approved",
            scope="residual_risk",
            statement=overall.statement,
            object="residual risks R-0 to R-5 of credit scoring",
            conditions=["for the pilot only"],
            valid_until=bank.day(180),
            actor=person("staff-110"),
        ),
        signers=bank.keys.approver,
        subject=SYSTEM,
        references=[refer("approves", r) for r in (overall, *treated.values())],
    )
    return treated | {"R-0": overall}


def _record_plan(bank: Bank) -> None:
    """The risk treatment plan as a document, approved."""
    rows = "\n".join(
        f"| {risk_id} | {hazard.title} | {'; '.join(what for what, _ in hazard.measures)} | "
        f"{', '.join(controls_against(risk_id))} | {level(*hazard.before)} | {level(*hazard.after)} |"
        for risk_id, hazard in HAZARDS.items()
    )
    text = f"""\
# Risk treatment plan: credit scoring

EXAMPLE. A document of the fictional Beispielbank AG, version 1.

| risk | title | what is done | controls | before | after |
|---|---|---|---|---|---|
{rows}
"""
    plan = bank.ledger.record(
        Document(
            document_id="risk-treatment-plan",
            document_type="risk_treatment_plan",
            title="Risk treatment plan: credit scoring",
            version="1",
            language="en",
            status="in_force",
            owner="staff-120",
            author=person("staff-120"),
            effective_from=bank.day(),
            review_due=bank.day(180),
            requirements=["6.1.3", "AnnexIV-5"],
        ),
        signers=bank.keys.compliance,
        subject=SYSTEM,
        attach=[bank.attach("risk-treatment-plan.md", text.encode(), role="document", media_type="text/markdown")],
    )
    bank.ledger.record(
        Approval(
            decision="approved",
            scope="risk_treatment_plan",
            statement=plan.statement,
            object="risk treatment plan of credit scoring, version 1",
            document="risk-treatment-plan",
            actor=person("staff-110"),
        ),
        signers=bank.keys.approver,
        subject=SYSTEM,
        references=[refer("approves", plan)],
    )


def level(severity: int, likelihood: int) -> str:
    """By the risk method: severity × likelihood."""
    product = severity * likelihood
    return "very high" if product >= 15 else "high" if product >= 10 else "medium" if product >= 5 else "low"


def _rating(pair: tuple[int, int], reason: str) -> Rating:
    return Rating(severity=pair[0], likelihood=pair[1], level=level(*pair), reason=reason)


def _risk(bank: Bank, risk_id: str, hazard: Hazard, *, treated: bool) -> Risk:
    return Risk(
        risk_id=risk_id,
        title=hazard.title,
        hazard=hazard.hazard,
        cause=hazard.cause,
        arises_in=list(hazard.arises_in),
        misuse=hazard.hazard if "foreseeable_misuse" in hazard.arises_in else None,
        interests=list(hazard.interests),
        rights=["Charter Art. 21"] if "discrimination" in hazard.interests else None,
        persons_affected=[hazard.persons],
        minors="not_affected",
        vulnerable_groups=list(hazard.vulnerable),
        consequences=[Consequence(on="individuals", consequence=hazard.consequence, severity=hazard.before[0])],
        status="accepted" if treated else "assessed",
        trigger="first",
        criteria="risk-method",
        before=_rating(hazard.before, "judged by officers, data science and compliance together"),
        priority=5 if hazard.before[0] * hazard.before[1] >= 15 else 3,
        reducible_by=["design", "development", "technical_information"],
        option="modify",
        measures=[
            Measure(
                measure=what,
                order="by_design" if "no input" in what or "digest" in what else "mitigation",
                status="implemented" if treated else "planned",
                owner="staff-140",
                controls=list(controls),
            )
            for what, controls in hazard.measures
        ],
        controls=controls_against(risk_id),
        after=_rating(hazard.after, "with the measures in place" if treated else "expected with the measures"),
        acceptance=Acceptance(
            accepted=True, reason="not above medium, with a date", by=person("staff-110"), valid_until=bank.day(180)
        )
        if treated
        else None,
        owner="staff-120",
        review_due=bank.day(180),
    )
