"""Chapter 5, second part: the impact assessment of credit scoring, and a screening of the bought assistant."""

from __future__ import annotations

from collections.abc import Sequence

from bank import NOTES, SYSTEM, Bank, person, refer

from ledger import Receipt
from ledger.kinds import Approval, ImpactAssessment, Reference
from ledger.kinds.risks import ConcernedParty, Deployment, Impact


def record_impact_assessment(bank: Bank) -> Receipt:
    """The impact assessment: one record for Article 27, GDPR Article 35 and ISO/IEC 42005; approved."""
    return _record_approved(bank, _impact_assessment(bank), [])


def again(bank: Bank, changed: str, references: Sequence[Reference]) -> Receipt:
    """The receipt of version 2, made before version 1.1 of the system is released; approved."""
    first = _impact_assessment(bank)
    body = ImpactAssessment.model_validate(
        {
            **first.model_dump(mode="json", exclude_none=True),
            "version": "2",
            "trigger": "incident",
            "changed": changed,
            "impacts": [i.model_dump(mode="json", exclude_none=True) for i in (*_impacts(), _lost_data())],
            "individuals": "Differences between age bands are larger than our own limits allow. Acceptable only in a "
            "pilot with replayed applications and with two officers deciding each proposal to decline.",
            "oversight": "OM-1 to OM-4, carried out by trained officers; the effect of OM-4 is not measured yet.",
            "dpo_advice": "Agreed for the pilot. Not for applications of real persons before the fairness limits are "
            "met or the effect of OM-4 is shown.",
            "conclusion": "Benefits outweigh the remaining harms for a pilot with replayed applications only.",
            "conditions": [
                "pilot with replayed applications only",
                "second officer for each proposal to decline (OM-4)",
                "repeat when the effect of OM-4 is measured, before wider use, and whenever a fairness test is missed",
            ],
            "summary": "A scorecard proposes, two people decide each refusal. Differences between age bands exceed "
            "our own limits, are stated and are worked on.",
            "review_due": bank.day(90),
        }
    )
    return _record_approved(bank, body, references)


def _record_approved(bank: Bank, body: ImpactAssessment, references: Sequence[Reference]) -> Receipt:
    receipt = bank.ledger.record(body, signers=bank.keys.compliance, subject=SYSTEM, references=list(references))
    bank.ledger.record(
        Approval(
            decision="approved",
            scope="impact_assessment",
            statement=receipt.statement,
            object=f"impact assessment {body.assessment_id} version {body.version}",
            actor=person("staff-110"),
        ),
        signers=bank.keys.approver,
        subject=SYSTEM,
        references=[refer("approves", receipt)],
    )
    return receipt


def record_screening(bank: Bank) -> Receipt:
    """The receipt of the short assessment of the bought assistant, which ends the matter there."""
    return bank.ledger.record(
        ImpactAssessment(
            assessment_id="IA-2",
            types=["screening"],
            version="1",
            status="completed",
            title="Screening of meeting notes",
            trigger="first",
            procedure="impact-procedure",
            scope="Minutes of internal meetings; meetings with customers are excluded. The assistant is bought and "
            "used as it is sold: nothing is developed, trained, configured or prepared by us.",
            parties=[ConcernedParty(group="staff in meetings", relation="worker", number=73)],
            impacts=[
                Impact(
                    effect="harm",
                    impact="something is written down wrongly or that was meant to stay unsaid",
                    dimension="privacy",
                    on="individuals",
                    severity=2,
                    likelihood=3,
                    reversible=True,
                )
            ],
            individuals="Low: drafts are edited by a person, and a meeting can do without the assistant.",
            society="No material effect on society.",
            conclusion="No full assessment needed. No harm comes from development or from data of ours, because "
            "there are none; what remains lies in how drafts are used.",
            outcome="proceed",
            assessors=[person("staff-120"), person("staff-170")],
            review_due=bank.day(365),
        ),
        signers=bank.keys.compliance,
        subject=NOTES,
    )


def _impact_assessment(bank: Bank) -> ImpactAssessment:
    return ImpactAssessment(
        assessment_id="IA-1",
        types=["fria", "dpia", "iso42005"],
        version="1",
        status="completed",
        title="Impact assessment of credit scoring",
        trigger="first",
        procedure="impact-procedure",
        scope="The whole process from application to answer, for the pilot and for the intended use after it.",
        thresholds="Sensitive: it decides on access to a service that matters. No restricted use is touched.",
        description="A scorecard that proposes to approve or to decline.",
        purpose="Proposals on applications for consumer credit.",
        intended_uses=["proposals for officers"],
        unintended_uses=["refusal by the machine alone", "pricing", "collection"],
        data="Seven inputs from the application; sex code and age for measuring only.",
        data_quality="Old, one bank, unsound sex codes; see the known gaps of the data set.",
        model="Additive scorecard from a logistic regression.",
        deployment=Deployment(
            process="branch and online applications, decided at the credit desk",
            period="pilot of six months, then up to two years",
            frequency="about 40 applications a day",
            environment="internal service, officer's screen",
            countries=["DE"],
            languages=["de"],
            jurisdictions=["European Union", "Germany"],
        ),
        parties=_parties(),
        impacts=_impacts(),
        individuals="Acceptable with a person deciding; differences between age bands must be watched.",
        society="Small at ten thousand applications a year; a common scorecard at many banks would be another matter.",
        oversight="OM-1 to OM-3, carried out by trained officers.",
        if_risks_occur="Stop, tell model risk, correct, inform the persons; complaints by the concerns procedure.",
        necessity="Without the inputs no creditworthiness can be judged; sex and age are not needed and not used.",
        legal_basis="GDPR Art. 6(1)(b) for the application",
        dpo_advice="Agreed, provided that proposals to decline are decided by a person and personal "
        "values can be erased.",
        conclusion="Benefits outweigh the remaining harms for a pilot.",
        outcome="proceed_with_conditions",
        conditions=["pilot only", "repeat before any wider use and whenever a fairness test is missed"],
        summary="A scorecard proposes, people decide. Differences between age bands remain and are watched.",
        assessors=[person("staff-120"), person("staff-170")],
        review_due=bank.day(180),
        review_if=["a fairness test is missed", "incident", "new purpose"],
        retention="technical-file-10y",
    )


def _parties() -> list[ConcernedParty]:
    """Who is concerned."""
    return [
        ConcernedParty(
            group="applicants", relation="affected", number=10000, consulted="consumer advisers interviewed"
        ),
        ConcernedParty(group="applicants under 25", relation="affected", number=1500, vulnerable=True),
        ConcernedParty(
            group="credit officers", relation="user", number=12, consulted="two took part in design and test"
        ),
    ]


def _impacts() -> list[Impact]:
    """What may come of it, good and bad."""
    return [
        Impact(
            effect="benefit",
            impact="answers within a day instead of a week",
            dimension="economy",
            on="individuals",
            groups=["applicants"],
            likelihood=4,
        ),
        Impact(
            effect="harm",
            impact="good risks are refused",
            dimension="rights",
            on="individuals",
            groups=["applicants"],
            arises_in="intended_use",
            severity=4,
            likelihood=4,
            reversible=True,
            residual_severity=4,
            residual_likelihood=2,
            risks=["R-1"],
            rights=["Charter Art. 21", "Charter Art. 38"],
        ),
        Impact(
            effect="harm",
            impact="young people are refused more often",
            dimension="fairness",
            on="groups",
            groups=["applicants under 25"],
            arises_in="intended_use",
            severity=4,
            likelihood=4,
            reversible=True,
            residual_severity=4,
            residual_likelihood=2,
            risks=["R-2"],
            rights=["Charter Art. 21"],
        ),
    ]


def _lost_data() -> Impact:
    """The harm that incident INC-1 brought to light."""
    return Impact(
        effect="harm",
        impact="a loan that cannot be repaid is proposed for approval because data were lost",
        dimension="economy",
        on="individuals",
        groups=["applicants"],
        arises_in="failure",
        severity=3,
        likelihood=5,
        reversible=False,
        residual_severity=3,
        residual_likelihood=1,
        risks=["R-3"],
    )
