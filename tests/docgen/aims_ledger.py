"""A ledger in memory of a whole management system: enough for every document of the pack iso42001."""

from tests.docgen.statement_ledger import MemoryLedger, complete_ledger


def full_ledger() -> MemoryLedger:
    """Every document of the pack has something to show from it, and most points are provided."""
    ledger = complete_ledger()
    add_context(ledger)
    add_risks(ledger)
    add_assessment(ledger)
    return ledger


def add_context(ledger: MemoryLedger) -> None:
    """Who the organisation is."""
    ledger.add("party", party_id="bank", name="Muster Bank AG", roles=["organisation", "provider"], country="DE")


def add_risks(ledger: MemoryLedger) -> None:
    """The first risk assessed again, one more, the method and the approvals."""
    old = next(entry for entry in ledger.held if entry.kind == "risk")
    risk_body = {
        "title": "Unequal refusals", "hazard": "Applicants are refused for a wrong reason.",
        "cause": "Codes in the historic data stand for more than their name says.", "arises_in": ["intended_use"],
        "sources": ["C.3.4"], "interests": ["discrimination", "property"], "criteria": "risk-criteria-2",
        "consequences": [
            {"on": "individuals", "consequence": "No loan, although it would be repaid.", "severity": 4},
            {"on": "organisation", "consequence": "Lost business and a fine.", "severity": 3},
        ],
        "persons_affected": ["applicants"], "vulnerable_groups": ["applicants under 25"], "trigger": "scheduled",
        "before": {"severity": 4, "likelihood": 3, "level": "high", "reason": "Seen once in the pilot."},
        "priority": 5, "option": "modify", "owner": "role-aims", "review_due": "2027-06-30",
        "measures": [
            {
                "measure": "Thresholds per group are tested before each release.", "status": "verified",
                "owner": "role-aims", "due": "2026-09-30", "controls": ["A.6.2.4"],
                "effect": "The gap fell from 9 to 3 points in the run of October.",
            },
            {"measure": "A second look by a person.", "status": "in_progress", "due": "2026-12-31"},
        ],
        "controls": ["A.6.2.4", "A.9.2"], "after": {"severity": 4, "likelihood": 1, "level": "low"},
        "acceptance": {"accepted": True, "reason": "Below the limit of the criteria.", "by": {"id": "p-1"}},
        "objectives": ["O-1"], "status": "accepted",
    }  # fmt: skip
    ledger.add("risk", risk_id="R-1", replaces=old, **risk_body)
    ledger.add(
        "risk", risk_id="R-2", title="Drift", hazard="Customers change and the score does not.", status="assessed",
        before={"severity": 3, "likelihood": 4}, option="modify", controls=["A.6.2.6"], owner="role-aims",
        review_due="2027-01-31", criteria="risk-criteria-2",
        consequences=[{"on": "organisation", "consequence": "Wrong decisions for weeks."}],
    )  # fmt: skip
    ledger.add(
        "decision", decision_id="d-method", topics=["risk_method"], title="Method",
        decision="Severity times likelihood, each from 1 to 5, by the criteria of the board.",
        reason="Two assessors come to the same level.",
    )  # fmt: skip
    for scope in ("risk_treatment_plan", "residual_risk"):
        ledger.add(
            "approval", decision="approved", scope=scope, statement="0" * 64, object="Treatment plan 2026", by="board"
        )


def add_assessment(ledger: MemoryLedger) -> None:
    """The assessment of the system, complete and approved."""
    old = next(entry for entry in ledger.held if entry.kind == "impact_assessment")
    assessment = ledger.assessment(
        version="2", types=["iso42005", "fria"], trigger="scheduled", changed="Branches in Austria.",
        replaces=old, procedure="aiia-procedure", scope="Consumer loans; not mortgages.",
        thresholds="Sensitive by the procedure: it decides on credit.",
        assessors=[{"id": "p-3", "role": "Risk officer"}],
        description="A score from 0 to 1000.", purpose="Helps staff to decide on credit.",
        intended_uses=["Consumer loans up to 50,000 euros."], unintended_uses=["Marketing.", "Corporate loans."],
        data="Applications since 2015.", data_quality="Three fields are incomplete.", model="Logistic regression.",
        deployment={"process": "Lending in branches.", "environment": "Own data centre.", "countries": ["DE", "AT"],
                    "languages": ["de"], "jurisdictions": ["GDPR"], "frequency": "900 a day"},
        parties=[
            {"group": "Applicants", "relation": "affected", "number": 220000, "vulnerable": False,
             "consulted": "Consumer association, in May."},
            {"group": "Clerks", "relation": "user"},
        ],
        impacts=[
            {"effect": "harm", "impact": "Refused for a wrong reason.", "dimension": "fairness", "on": "individuals",
             "groups": ["Applicants"], "arises_in": "intended_use", "severity": 4, "likelihood": 3,
             "reversible": True, "residual_severity": 4, "residual_likelihood": 1, "risks": ["R-1", "R-99"]},
            {"effect": "benefit", "impact": "An answer within minutes.", "dimension": "economy", "on": "individuals"},
        ],
        individuals="Acceptable with the second look.", society="No material effect.",
        measures=[
            {"measure": "Thresholds per group.", "status": "verified", "controls": ["A.6.2.4"], "effect": "3 points."},
        ],
        oversight="A clerk decides.", if_risks_occur="Complaints desk within two days.",
        conclusion="Benefits outweigh.", outcome="proceed_with_conditions", conditions=["Monthly report by group."],
        review_due="2027-11-01", review_if=["A new country."],
    )  # fmt: skip
    ledger.add(
        "approval", subject="credit-scoring", decision="approved", scope="impact_assessment",
        statement=assessment.statement, by="board",
    )  # fmt: skip
