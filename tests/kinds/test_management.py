"""Bodies of the management system: controls, objectives, audits, reviews, parties, roles, training, context."""

from typing import Any

import pytest

from tests.kinds.bodies import REMOVED, SD, A, accept, changed, refuse

Json = dict[str, Any]

MINIMAL: dict[str, Json] = {
    "control": {"source": "annex_a", "control_id": "A.2.2", "applicable": "yes"},
    "objective": {"objective_id": "O-1", "objective": "No group is refused more often than it defaults."},
    "audit": {"audit_id": "AU-1", "audit_type": "internal", "status": "planned"},
    "nonconformity": {
        "nonconformity_id": "NC-1",
        "finding": "Two releases without sign-off.",
        "requirement": "A.6.2.5",
        "status": "open",
    },
    "management_review": {"review_id": "MR-2026", "status": "planned"},
    "party": {"party_id": "us", "name": "Example Bank AG", "roles": ["organisation", "deployer"]},
    "role_assignment": {"assignment_id": "aims-manager", "role": "AIMS manager", "holder": {"id": "p-2"}},
    "training_record": {
        "training_id": "T-1", "topic": "Reading scores", "person": {"id": "p-3"}, "result": "passed",
    },
    "supplier": {"record_id": "S-1", "supplier": "cloud-co", "action": "due_diligence"},
    "context": {"aspect": "issue", "item": "ai-act", "description": "High-risk duties from December 2027."},
}  # fmt: skip

FULL: dict[str, Json] = {
    "control": {
        "source": "annex_a",
        "control_id": "A.7.3",
        "applicable": "per_system",
        "justification": "Data are bought for scoring; the chat service brings its own.",
        "drivers": ["risk", "law", "baseline"],
        "exceptions": [
            {"system": "credit-scoring", "applicable": "yes", "implementation_status": "partial"},
            {
                "system": "help-chat",
                "applicable": "no",
                "ground": "external_requirement",
                "justification": "Used as supplied, without data of our own.",
            },
        ],
        "role": "deployer",
        "owner": "data-owner",
        "implementation_status": "partial",
        "target_date": "2027-03-31",
        "implementation_summary": "Every purchase goes through the data register.",
        "evidence": [
            {"kind": "dataset_lineage", "about": "german-credit", "shows": "source and licence"},
            {"kind": "supplier", "shows": "check of the data vendor"},
        ],
        "risks": ["K-1"],
        "impact_assessments": ["IA-1"],
        "objectives": ["O-1"],
        "documents": ["P-data"],
        "obligations": ["Regulation (EU) 2024/1689 Art. 10(2)"],
        "crosswalk": ["ISO 27001 A.5.20"],
        "last_reviewed": "2026-10-01",
    },
    "objective": MINIMAL["objective"]
    | {
        "area": "use",
        "concerns": ["C.2.5"],
        "target": {"metric": "selection_rate_gap", "value": 0.05, "direction": "at_most"},
        "actions": [{"action": "Measure every month", "owner": "model-owner", "status": "in_progress"}],
        "due": "2027-06-30",
        "status": "set",
        "result": {"measured_on": "2026-11-01", "reached": "partly", "value": 0.06},
    },
    "audit": MINIMAL["audit"]
    | {
        "status": "held",
        "criteria": ["ISO/IEC 42001:2023", "own procedures"],
        "scope": "credit-scoring, September to November",
        "sample": ["5 releases", "3 training records"],
        "auditors": [{"id": "p-9", "role": "external auditor"}],
        "independence": "Not involved in development or operation.",
        "checks": [{"requirement": "9.2.2", "result": "met"}],
        "findings": [{"finding": "Two releases without sign-off.", "grade": "minor", "nonconformity": "NC-1"}],
        "result": "conforming_with_findings",
        "reported_to": ["managing board"],
    },
    "nonconformity": MINIMAL["nonconformity"]
    | {
        "grade": "minor",
        "origin": "internal_audit",
        "audit": "AU-1",
        "correction": "Sign-off made up for.",
        "cause": "The deputy had no key.",
        "elsewhere": "No other release concerned.",
        "corrective_actions": ["CA-1"],
        "due": "2026-12-31",
    },
    "management_review": MINIMAL["management_review"]
    | {
        "status": "held",
        "held_on": "2026-11-20",
        "attendees": [{"id": "p-1", "role": "managing director", "_sd": [SD]}],
        "inputs": [
            {
                "topic": "audits",
                "summary": "One minor finding.",
                "trend": "better",
                "evidence": [{"rel": "about", "statement": A}],
            }
        ],
        "suitable": True,
        "adequate": True,
        "effective": False,
        "decisions": [{"about": "policy", "decision": "The AI policy is confirmed."}],
        "actions": [{"action": "Enrol deputies' keys", "owner": "aims-manager", "due": "2026-12-15"}],
        "next_due": "2027-11-20",
    },
    "party": MINIMAL["party"]
    | {
        "address": "Ring 1, 1010 Wien",
        "country": "AT",
        "contact": {"function": "AI office", "person": "Ada", "email": "ai@example.org", "_sd": [SD]},
        "identifiers": [{"scheme": "company register Vienna", "value": "FN 1a"}],
        "notified_body_number": "1234",
        "size": "medium",
        "public_body": False,
    },
    "role_assignment": MINIMAL["role_assignment"]
    | {
        "duties": ["Reports the system's performance to the board."],
        "authority": "May stop any AI system.",
        "involvement": [{"activity": "release", "part": "accountable"}],
        "stages": ["deployment", "operation"],
        "oversees": True,
        "controls": ["A.3.2"],
        "starts": "2026-01-01",
        "accepted": True,
    },
    "training_record": MINIMAL["training_record"]
    | {
        "form": "exam",
        "held_on": "2026-09-01",
        "hours": 3.5,
        "score": 0.9,
        "expires": "2027-09-01",
        "role": "oversight-clerk",
    },
    "supplier": MINIMAL["supplier"]
    | {
        "action": "agreement",
        "supplies": ["computing", "model"],
        "result": "accepted_with_conditions",
        "conditions": ["Notice of model changes 30 days ahead"],
        "agreement": "C-17",
        "clauses": [{"about": "change_notice", "clause": "No. 7: 30 days' notice."}],
        "duties": [{"duty": "Keeps the event logs", "party": "cloud-co", "accepted": True}],
        "reassess_by": "2027-09-01",
    },
    "context": {
        "aspect": "reporting_duty",
        "item": "serious-incident",
        "description": "Serious incidents go to the market surveillance authority.",
        "party": "msa-at",
        "obligation": "Regulation (EU) 2024/1689 Art. 73",
        "deadline": "15 days after awareness, 10 for a death, 2 for widespread infringements",
        "exists": True,
    },
}

BAD: list[tuple[str, Json, str, str]] = [
    ("control", {"applicable": "maybe"}, "applicable", "'maybe'"),
    ("control", {"applicable": "no"}, "body", "ground: absent, expected with applicable 'no'"),
    ("control", {"applicable": "no", "ground": "risk_assessment"}, "body", "exceptions: present"),
    ("control", {"ground": "risk_assessment"}, "body", "ground: present, expected absent"),
    ("control", {"exceptions": REMOVED}, "body", "exceptions: absent"),
    ("control", {"exceptions": []}, "body", "exceptions: absent"),
    ("control", {"exceptions.1.ground": REMOVED}, "exceptions[1]", "ground: absent"),
    ("control", {"exceptions.1.ground": "no_resources"}, "exceptions[1].ground", "'no_resources'"),
    ("control", {"exceptions.1.justification": REMOVED}, "exceptions[1]", "justification: absent"),
    ("control", {"exceptions.0.applicable": "per_system"}, "exceptions[0].applicable", "'per_system'"),
    ("control", {"source": "own", "control_id": "X.1"}, "body", "title: absent, expected with source 'own'"),
    ("control", {"implementation_status": "done"}, "implementation_status", "'done'"),
    ("control", {"evidence.0.shows": REMOVED}, "evidence[0].shows", "missing"),
    ("control", {"evidence.0.kind": "Data Set"}, "evidence[0].kind", "the name of a kind"),
    ("control", {"drivers.0": "habit"}, "drivers[0]", "'habit'"),
    ("objective", {"target.value": "0.05"}, "target.value", "a number"),
    ("objective", {"target.direction": REMOVED}, "target.direction", "missing"),
    ("objective", {"result.reached": "nearly"}, "result.reached", "'nearly'"),
    ("audit", {"findings.0.grade": "bad"}, "findings[0].grade", "'bad'"),
    ("audit", {"checks.0.result": REMOVED}, "checks[0].result", "missing"),
    ("audit", {"audit_type": "friendly"}, "audit_type", "'friendly'"),
    ("nonconformity", {"requirement": REMOVED}, "requirement", "missing"),
    ("nonconformity", {"corrective_actions.0": "CA 1"}, "corrective_actions[0]", "an identifier"),
    ("management_review", {"inputs.0.topic": "weather"}, "inputs[0].topic", "'weather'"),
    ("management_review", {"inputs.0.evidence.0.statement": "abc"}, "inputs[0].evidence[0].statement", "64"),
    ("management_review", {"attendees.0._sd": []}, "attendees[0]._sd", "at least 1"),
    ("party", {"roles": []}, "roles", "at least 1"),
    ("party", {"notified_body_number": "123"}, "notified_body_number", "four digits"),
    ("party", {"contact.mail": "x"}, "contact.mail", "expected 'email' perhaps"),
    ("party", {"country": "at"}, "country", "country code"),
    ("role_assignment", {"holder": REMOVED}, "body", "holder, body, party: all absent"),
    ("role_assignment", {"involvement.0.part": "helper"}, "involvement[0].part", "'helper'"),
    ("role_assignment", {"stages.0": "birth"}, "stages[0]", "'birth'"),
    ("training_record", {"person": REMOVED}, "body", "person, audience: all absent"),
    ("training_record", {"score": 1.1}, "score", "at most 1"),
    ("training_record", {"hours": -1}, "hours", "at least 0"),
    ("training_record", {"result": REMOVED}, "result", "missing"),
    ("supplier", {"action": "hugged"}, "action", "'hugged'"),
    ("supplier", {"clauses.0.about": "love"}, "clauses[0].about", "'love'"),
    ("supplier", {"duties.0.party": REMOVED}, "duties[0].party", "missing"),
    ("context", {"aspect": "mood"}, "aspect", "'mood'"),
    ("context", {"aspect": "climate"}, "body", "relevant: absent, expected with aspect 'climate'"),
    ("context", {"needs": ["answers"]}, "body", "needs: present, expected absent with aspect 'reporting_duty'"),
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


def test_a_control_may_be_excluded_with_a_ground_and_a_reason() -> None:
    accept(
        "control",
        {
            "source": "annex_a",
            "control_id": "A.10.4",
            "applicable": "no",
            "ground": "risk_assessment",
            "justification": "No customer receives or is served by AI; see risk K-9.",
        },
    )


def test_a_finding_that_climate_change_is_not_relevant_is_a_determination_too() -> None:
    accept("context", {"aspect": "climate", "item": "climate", "description": "Two servers.", "relevant": False})


@pytest.mark.parametrize(
    ("aspect", "members"),
    [
        ("issue", {"origin": "external", "effect": "Duties grow."}),
        ("interested_party", {"party": "works-council", "needs": ["be heard"], "addressed": True}),
        ("role", {"roles": ["deployer"], "systems": ["credit-scoring"]}),
        ("scope", {"includes": ["lending"], "excludes": ["insurance"], "sites": ["Vienna"]}),
    ],
)
def test_every_aspect_of_the_context_has_its_members(aspect: str, members: Json) -> None:
    accept("context", {"aspect": aspect, "item": "one", "description": "As determined."} | members)
