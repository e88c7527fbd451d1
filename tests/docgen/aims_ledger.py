"""A ledger in memory of a whole management system: enough for every document of the pack iso42001."""

from tests.docgen.statement_ledger import MemoryLedger, complete_ledger


def full_ledger() -> MemoryLedger:
    """Every document of the pack has something to show from it, and most points are provided."""
    ledger = complete_ledger()
    add_context(ledger)
    add_risks(ledger)
    add_assessment(ledger)
    add_system_of_management(ledger)
    add_checks(ledger)
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


def add_system_of_management(ledger: MemoryLedger) -> None:
    """Scope, context, policy, objectives, roles and competence."""
    for item, origin in (("regulation", "external"), ("talent", "internal")):
        ledger.add(
            "context", aspect="issue", item=item, origin=origin, description=f"What {item} does.", effect="It matters."
        )
    ledger.add("context", aspect="climate", item="climate", relevant=False, description="Small models, own servers.")
    ledger.add(
        "context", aspect="role", item="scoring", description="The bank builds and uses its score.",
        roles=["provider", "deployer"], systems=["credit-scoring"],
    )  # fmt: skip
    ledger.add(
        "context", aspect="interested_party", item="applicants", description="People who ask for a loan.",
        needs=["An answer they can understand."], addressed=True, how_addressed="Letters name the reasons.",
    )  # fmt: skip
    ledger.add(
        "context", aspect="scope", item="statement", description="AI in consumer lending.",
        includes=["Scoring"], excludes=["Mortgages"], sites=["Vienna"], interfaces=["The credit bureau"],
    )  # fmt: skip
    ledger.add(
        "context", aspect="reporting_duty", item="ai-act", description="Serious incidents.", exists=True,
        obligation="Regulation (EU) 2024/1689 Art. 73", deadline="15 days",
    )  # fmt: skip
    ledger.add(
        "document", document_id="aims-manual", document_type="procedure", title="Manual", version="1",
        requirements=["4.4", "6.1.1"], summary="The processes and how they meet.",
    )  # fmt: skip
    ledger.add(
        "decision", decision_id="d-change", topics=["management_system_change"], title="A second overseer",
        decision="Two overseers from January.", reason="Leave.", effective_from="2027-01-01",
    )  # fmt: skip
    policy = ledger.add(
        "document", document_id="ai-policy", document_type="policy", title="AI policy", version="3", status="in_force",
        owner="role-aims", effective_from="2026-01-01", reviewed_on="2026-10-30", review_outcome="confirmed",
        review_due="2027-10-30",
        related=[{"document": "privacy-policy", "place": "4", "relation": "Same data.", "gap": "None."}],
    )  # fmt: skip
    ledger.add("approval", decision="approved", scope="policy", statement=policy.statement, by="board")
    ledger.add(
        "communication", communication_id="c-1", direction="sent", counterpart="staff", topic="policy",
        summary="The policy was sent to all.", at="2026-11-01T09:00:00Z", channel="letter",
    )  # fmt: skip
    texts = {"en": "We lend by what people can repay.", "de": "Wir leihen nach dem, was tragbar ist."}
    for language, words in texts.items():
        for section in ("P-purpose", "P-principles", "P-commitments"):
            ledger.add("narrative", document="ai-policy", section=section, language=language, text=words)
    for number, area in enumerate(("development", "use"), 1):
        ledger.add(
            "objective", objective_id=f"O-{number}", objective="Equal chances between groups.", area=area,
            concerns=["C.2.5"], target={"metric": "gap", "value": 5, "direction": "at_most", "unit": "points"},
            evaluated_how="Monthly run.", policy="ai-policy", resources="Two people.", owner="role-aims",
            actions=[{"action": "Test by group.", "due": "2026-12-31", "status": "in_progress"}], due="2026-12-31",
            status="set", result={"measured_on": "2026-10-31", "reached": "partly", "value": 6.5, "remark": "Young."},
        )  # fmt: skip
    ledger.add(
        "role_assignment", assignment_id="role-aims", role="AI officer", holder={"id": "p-1", "name": "Mia Muster"},
        deputy={"id": "p-2"}, duties=["Keeps it running."], authority="May stop a release.",
        involvement=[
            {"activity": "Release", "part": "accountable"}, {"activity": "Incidents", "part": "responsible"},
        ],
        stages=["verification", "operation"], oversees=True, competence=["Statistics"],
        controls=["5.2", "5.3", "5.3b"], starts="2026-01-01", accepted=True,
    )  # fmt: skip
    ledger.add(
        "training_record", training_id="t-1", topic="Statistics for overseers", person={"id": "p-1"}, form="course",
        held_on="2026-03-01", result="passed", expires="2028-03-01", role="role-aims", competence="Statistics",
        gap="Drift.", effect="Overrides rose to the level expected.",
    )  # fmt: skip
    ledger.add(
        "supplier", record_id="s-1", supplier="bureau", action="agreement", supplies=["dataset"],
        duties=[{"duty": "Tells of wrong data.", "party": "bureau", "accepted": True}],
    )  # fmt: skip


def add_checks(ledger: MemoryLedger) -> None:
    """An audit, a review, a nonconformity that was closed, and its action."""
    ledger.add(
        "audit", audit_id="IA-2026", audit_type="internal", status="held", frequency="yearly", methods="Samples.",
        objective="Does it work.", criteria=["ISO/IEC 42001:2023"], scope="Scoring.", sample=["A.6.2.4"],
        starts="2026-09-01", ends="2026-09-03", auditors=[{"id": "p-9", "role": "Internal audit"}],
        independence="They build nothing.", checks=[{"requirement": "A.6.2.4", "result": "partly_met", "remark": "x"}],
        findings=[{"finding": "A run was late.", "grade": "minor", "requirement": "A.6.2.4", "nonconformity": "NC-1"}],
        result="conforming_with_findings", conclusion="It works.", reported_to=["Board"], next_due="2027-09-30",
    )  # fmt: skip
    ledger.add(
        "nonconformity", nonconformity_id="NC-1", finding="A run was late.", requirement="9.1", status="closed",
        grade="minor", origin="internal_audit", audit="IA-2026", correction="It was run.", cause="No reminder.",
        elsewhere="No.", corrective_actions=["CA-1"], owner="role-aims", closed_on="2026-10-15",
        system_change="A reminder.",
    )  # fmt: skip
    ledger.add(
        "corrective_action", action_id="CA-1", type="corrective", trigger="nonconformity", trigger_id="NC-1",
        description="A reminder a week before.", status="effective", cause="No reminder.",
        effectiveness={"criterion": "Three runs in time.", "checked_on": "2026-10-31", "effective": True},
    )  # fmt: skip
    ledger.add(
        "management_review", review_id="MR-2026", status="held", held_on="2026-10-31", period="2026",
        attendees=[{"id": "p-0", "role": "Chief executive"}], suitable=True, adequate=True, effective=True,
        inputs=[
            {"topic": topic, "summary": f"About {topic}.", "trend": "better"}
            for topic in (
                "earlier_actions", "issues", "interested_parties", "nonconformities", "monitoring", "audits",
                "improvement",
            )
        ],
        conclusion="The system works.", decisions=[{"about": "policy", "decision": "Stays."}],
        actions=[{"action": "Second overseer.", "owner": "role-aims", "due": "2027-01-01", "status": "planned"}],
        next_due="2027-10-31",
    )  # fmt: skip
