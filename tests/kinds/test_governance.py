"""Bodies of decisions, requirements, applicability, approvals, risks and impact assessments."""

from typing import Any

import pytest

from tests.kinds.bodies import REMOVED, SD, A, B, accept, changed, refuse

Json = dict[str, Any]

MINIMAL: dict[str, Json] = {
    "decision": {
        "decision_id": "D-1",
        "topics": ["metric"],
        "title": "Which error counts",
        "decision": "Recall is held at 0.9.",
        "reason": "A missed default costs more than a refused applicant.",
    },
    "requirement": {
        "requirement_id": "R-1",
        "title": "Stop button",
        "text": "The clerk can stop the scoring of an application at any time.",
        "source": "law",
    },
    "applicability": {
        "requirement": "AnnexIV-1-f",
        "ground": "feature_absent",
        "justification": "The system is not part of a product; there is no housing to photograph.",
    },
    "approval": {"decision": "approved", "scope": "document", "digest": A},
    "risk": {"risk_id": "K-1", "hazard": "Younger applicants are refused more often.", "status": "identified"},
    "impact_assessment": {
        "assessment_id": "IA-1",
        "types": ["fria", "dpia"],
        "version": "1",
        "status": "draft",
    },
}

FULL: dict[str, Json] = {
    "decision": MINIMAL["decision"]
    | {
        "options": [{"name": "Accuracy", "rejected_because": "Hides the rare class."}],
        "trade_offs": "More false alarms.",
        "assumptions": ["Applicants are adults."],
        "persons_or_groups": ["applicants for consumer credit"],
        "optimised_for": "expected loss",
        "weights": [{"name": "income", "relevance": "strongest single input"}],
        "metrics": ["recall"],
        "foreseen_changes": ["yearly refit on the same features"],
        "substantial_modification": False,
        "actions": [{"action": "Tell the branches", "owner": "aims-manager", "due": "2026-12-01"}],
        "requirements": ["AnnexIV-2-b", "AnnexIV-4"],
        "deciders": [{"id": "p-7", "role": "head of risk", "name": "Ada"}],
        "system_version": "1.2.0",
    },
    "requirement": MINIMAL["requirement"]
    | {
        "source_reference": "Regulation (EU) 2024/1689 Art. 14(4)(e)",
        "concerns": ["human_oversight", "safety"],
        "acceptance": "Stops within one second in 20 of 20 trials.",
        "verified_by": "test",
        "test_plans": ["TP-3"],
        "status": "met",
    },
    "applicability": MINIMAL["applicability"]
    | {"applicable": False, "law_version": "02024R1689-20260727", "review_if": "A terminal is sold."},
    "approval": {
        "decision": "approved",
        "scope": "declaration",
        "digest": A,
        "statement": B,
        "object": "EU declaration of conformity, version 1",
        "document": "declaration",
        "conditions": ["valid for version 1.2 only"],
        "authority": "Managing director, entered in the register",
        "on_behalf_of": "Example Bank AG",
        "place": "Vienna",
        "valid_until": "2027-12-31",
        "actor": {"id": "p-1", "role": "managing director", "_sd": [SD]},
    },
    "risk": {
        "risk_id": "K-1",
        "hazard": "Younger applicants are refused more often than their repayment justifies.",
        "status": "accepted",
        "cause": "Short credit histories.",
        "arises_in": ["intended_use", "foreseeable_misuse"],
        "misuse": "Use for setting salaries.",
        "sources": ["C.3.4"],
        "interests": ["discrimination", "fundamental_rights"],
        "rights": ["Charter Art. 21"],
        "persons_affected": ["applicants under 25"],
        "minors": "not_affected",
        "vulnerable_groups": [],
        "consequences": [{"on": "individuals", "consequence": "No loan.", "severity": 3}],
        "before": {"severity": 4, "likelihood": 3, "reason": "pilot of 2025"},
        "measures": [
            {"measure": "Reweigh the training data", "order": "by_design", "status": "verified",
             "controls": ["A.7.4"], "effect": "Gap fell from 0.09 to 0.02 on the test set."}
        ],
        "controls": ["A.5.4"],
        "option": "modify",
        "after": {"severity": 3, "likelihood": 2},
        "acceptance": {"accepted": True, "reason": "below the limit of 8", "by": {"id": "p-1"}},
        "owner": "model-owner",
        "review_due": "2027-01-31",
    },
    "impact_assessment": {
        "assessment_id": "IA-1",
        "types": ["fria"],
        "version": "2",
        "status": "completed",
        "deployment": {"process": "granting consumer credit", "frequency": "daily", "countries": ["AT"]},
        "parties": [{"group": "applicants", "relation": "affected", "number": 12000, "vulnerable": False}],
        "impacts": [
            {"effect": "harm", "impact": "Unjust refusal", "dimension": "fairness", "on": "individuals",
             "severity": 3, "likelihood": 2, "risks": ["K-1"]}
        ],
        "society": "No material effect: 0.1 % of the market.",
        "measures": [{"measure": "Second look by a person", "status": "implemented"}],
        "oversight": "Clerks see the factors and can override.",
        "if_risks_occur": "Stop scoring, complaints desk within two days.",
        "outcome": "proceed_with_conditions",
        "notifications": [{"authority": "Market surveillance", "sent_on": "2027-11-02"}],
    },
}  # fmt: skip

BAD: list[tuple[str, Json, str, str]] = [
    ("decision", {"topics": []}, "topics", "expected at least 1"),
    ("decision", {"topics": ["colour"]}, "topics[0]", "'colour'"),
    ("decision", {"reason": ""}, "reason", "found 0 characters"),
    ("decision", {"deciders.0.nme": "Ada"}, "deciders[0].nme", "unknown member, expected 'name'"),
    ("decision", {"substantial_modification": "no"}, "substantial_modification", "true or false"),
    ("requirement", {"source": "rumour"}, "source", "'rumour'"),
    ("requirement", {"requirement_id": "has space"}, "requirement_id", "an identifier"),
    ("applicability", {"ground": "no_resources"}, "ground", "'no_resources'"),
    ("applicability", {"justification": REMOVED}, "justification", "missing"),
    ("approval", {"digest": REMOVED, "statement": REMOVED}, "body", "digest, statement: all absent"),
    ("approval", {"digest": A.upper()}, "digest", "64 lower-case hex digits"),
    ("approval", {"valid_until": "2027-02-29"}, "valid_until", "a date that exists"),
    ("approval", {"decision": "maybe"}, "decision", "'maybe'"),
    ("risk", {"before.severity": 6}, "before.severity", "at most 5"),
    ("risk", {"before.severity": 0}, "before.severity", "at least 1"),
    ("risk", {"before.severity": "4"}, "before.severity", "an integer"),
    ("risk", {"after.severity": REMOVED}, "after.severity", "missing"),
    ("risk", {"measures.0.status": "done"}, "measures[0].status", "'done'"),
    ("risk", {"acceptance.accepted": REMOVED}, "acceptance.accepted", "missing"),
    ("risk", {"consequences.0.on": "nobody"}, "consequences[0].on", "'nobody'"),
    ("impact_assessment", {"types": []}, "types", "at least 1"),
    ("impact_assessment", {"deployment.countries.0": "Austria"}, "deployment.countries[0]", "country code"),
    ("impact_assessment", {"parties.0.number": -1}, "parties[0].number", "at least 0"),
    ("impact_assessment", {"impacts.0.dimension": REMOVED}, "impacts[0].dimension", "missing"),
]


@pytest.mark.parametrize("kind", FULL)
def test_a_filled_in_body_is_taken(kind: str) -> None:
    accept(kind, FULL[kind])


@pytest.mark.parametrize("kind", MINIMAL)
def test_what_a_small_company_knows_on_the_first_day_is_enough(kind: str) -> None:
    accept(kind, MINIMAL[kind])


@pytest.mark.parametrize(("kind", "changes", "place", "words"), BAD)
def test_a_wrong_body_is_refused_at_its_place(kind: str, changes: Json, place: str, words: str) -> None:
    error = refuse(kind, changed(FULL[kind], changes))

    assert (error.place or "body") == place
    assert words in error.problem


def test_an_approval_may_name_a_statement_instead_of_a_digest() -> None:
    accept("approval", {"decision": "rejected", "scope": "risk", "statement": A, "reason": "Not tested."})


def test_an_empty_list_of_vulnerable_groups_is_kept_as_a_signed_none() -> None:
    from ledger.kinds import validate_body

    said_none = validate_body("risk", MINIMAL["risk"] | {"vulnerable_groups": []})
    said_nothing = validate_body("risk", MINIMAL["risk"])

    assert said_none.to_data()["vulnerable_groups"] == []
    assert "vulnerable_groups" not in said_nothing.to_data()
