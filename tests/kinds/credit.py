"""One credible body of each kind about systems and their operation, for a system that scores loan applications."""

from typing import Any

Body = dict[str, Any]

MODEL = {"model_id": "scoring-gbm", "version": "2.1.0", "digest": "a1" * 32}
DATA = {"dataset_id": "applications", "version": "2026-03", "digest": "b2" * 32}
TEST = DATA | {"purpose": "testing", "split": "test"}
YOUNG = {"attribute": "age band", "value": "under 25"}
OFFICER = {"id": "p-17", "role": "head of model validation", "name": "Ada Example"}

AI_SYSTEM: Body = {
    "system_version": "2.1.0",
    "name": "LoanSight",
    "intended_purpose": "Supports credit officers in judging the creditworthiness of natural persons.",
    "provider": {"party_id": "bank", "name": "Example Bank AG", "country": "DE"},
    "organisation_roles": ["provider", "deployer"],
    "status": "in_service",
    "earlier_versions": [{"system_version": "2.0.3", "relation": "Replaces it; retrained on newer applications."}],
    "excluded_uses": ["Pricing of insurance."],
    "foreseeable_misuse": ["Taking the score as the decision without looking at the application."],
    "target_groups": [{"group": "applicants for consumer credit", "minors": False, "vulnerable": True}],
    "member_states": ["DE", "AT"],
    "risk_classes": ["high_risk_annex_iii"],
    "annex_iii_points": ["AnnexIII-5-b"],
    "interactions": [],
    "software_versions": [{"type": "software", "name": "scikit-learn", "version": "1.5.2"}],
    "forms_of_supply": [{"form": "internal", "description": "Service in the bank's own network."}],
    "target_hardware": [{"name": "x86-64 server", "specification": "2 cores, 4 GiB of memory"}],
    "user_interface": "A panel in the loan application with score, band and the five main factors.",
    "instructions_for_use": {"document_id": "ifu", "version": "4", "digest": "c3" * 32, "language": "de"},
    "design": {
        "general_logic": "Gradient-boosted trees map twenty inputs to a probability of default.",
        "key_choices": [{"choice": "Monotone constraints", "rationale": "Scores must be explainable."}],
        "optimisation_target": "Logarithmic loss.",
        "parameters": [{"name": "income", "relevance": "Largest mean contribution."}],
        "continues_to_learn": False,
    },
    "inputs": [{"name": "income", "description": "Net monthly income, EUR, 0 to 100000.", "personal": True}],
    "output": {"description": "Probability between 0 and 1.", "interpretation": "Not a decision."},
    "predetermined_changes": [],
    "oversight_measures": [
        {"measure_id": "hom-1", "measure": "An officer decides each case.", "by": "deployer", "aims": ["override"]}
    ],
    "declared_performance": [{"metric": "auc", "level": 0.78, "evaluation_id": "ev-7"}],
}

CLASSIFICATION: Body = {
    "system_version": "2.1.0",
    "results": ["high_risk_annex_iii", "limited_risk"],
    "answers": [
        {"step": "S0", "question": "Is it an AI system?", "answer": "yes", "reason": "It infers from data."},
        {
            "step": "S1",
            "question": "Which role?",
            "answer": "stated",
            "reason": "Built and used in house.",
            "finding": "Provider and deployer.",
        },
    ],
    "law_version": "02024R1689-20260727",
    "decided_by": OFFICER,
    "decided_on": "2026-02-01",
    "annex_iii_points": ["AnnexIII-5-b"],
    "profiling": True,
    "conformity_route": "annex_vi",
    "fria_due": True,
}

MODEL_CHANGE: Body = {
    "change_id": "chg-31",
    "from_version": "2.0.3",
    "to_version": "2.1.0",
    "description": "Retrained; decision threshold lowered.",
    "reason": "Refused too many applicants under 25 who would have paid.",
    "aim": "bias_mitigation",
    "items": [
        {"item": "model", "name": "scoring-gbm", "before": "d4" * 32, "after": "a1" * 32},
        {"item": "threshold", "name": "decision threshold", "value_before": 0.5, "value_after": 0.45},
    ],
    "substantial_modification": {"answer": False, "reason": "Purpose and compliance are as assessed."},
    "model": MODEL,
    "training": {"datasets": [DATA | {"purpose": "training"}], "method": "Gradient boosting.", "seed": 7},
}

RELEASE: Body = {
    "release_id": "rel-2.1.0-prod",
    "system_version": "2.1.0",
    "action": "put_into_service",
    "effective": "2026-04-01T06:00:00Z",
    "environment": "production",
    "member_states": ["DE"],
    "preconditions": [{"condition": "All planned tests passed.", "met": True, "evidence": "e5" * 32}],
    "replaces_version": "2.0.3",
}

DATASET_LINEAGE: Body = {
    "dataset_id": "applications",
    "dataset_version": "2026-03",
    "name": "Loan applications 2019 to 2025",
    "digest": "b2" * 32,
    "purposes": ["training", "validation", "testing"],
    "description": "Decided applications with their outcome after twelve months.",
    "records": 1000,
    "sources": [{"name": "core banking", "type": "own_operations", "legal_basis": "GDPR Art. 6(1)(b)"}],
    "personal_data": "pseudonymised",
    "transformations": [{"type": "imputation", "method": "Median income.", "parameters": {"strategy": "median"}}],
    "splits": [
        {"name": "train", "purpose": "training", "records": 700},
        {"name": "test", "purpose": "testing", "records": 300},
    ],
    "statistics": [
        {"name": "share of good outcomes", "value": 0.58, "n": 190, "group": YOUNG},
        {"name": "label coding", "value": "1 is good"},
    ],
    "bias_examination": [
        {"bias": "Few young applicants.", "found": True, "examined_how": "Counts per age band.", "groups": [YOUNG]}
    ],
    "gaps": [],
}

TEST_PLAN: Body = {
    "plan_id": "tp-3",
    "types": ["accuracy", "bias"],
    "protocol": "Score the test split once; bootstrap the intervals.",
    "metrics": [
        {
            "metric": "false_negative_rate",
            "definition": "Refused among those who paid.",
            "justification": "A wrong refusal is the harm that applicants suffer.",
            "threshold": 0.2,
            "direction": "at_most",
            "judged_on": "interval",
            "groups": [{"attribute": "age band", "value": "*"}],
        }
    ],
    "due": "2026-03-20",
    "repeat_days": 180,
}

EVALUATION: Body = {
    "evaluation_id": "ev-7",
    "types": ["accuracy", "bias"],
    "protocol": "As planned.",
    "plan_id": "tp-3",
    "metrics": [
        {"metric": "auc", "value": 0.79, "n": 300},
        {
            "metric": "false_negative_rate",
            "value": 0.15,
            "n": 57,
            "group": YOUNG,
            "interval": {"low": 0.07, "high": 0.27, "level": 0.95, "method": "Wilson"},
            "threshold": 0.2,
            "direction": "at_most",
            "passed": False,
        },
    ],
    "result": "failed",
    "responsible": OFFICER,
    "model": MODEL,
    "datasets": [TEST],
    "report": "f6" * 32,
    "artefacts": [
        {
            "name": "report.pdf",
            "role": "test_report",
            "digest": "f6" * 32,
            "size": 20480,
            "media_type": "application/pdf",
            "attached": True,
            "salted": False,
        }
    ],
    "references": [{"rel": "answers", "statement": "07" * 32}],
}

COMPONENT_INVENTORY: Body = {
    "system_version": "2.1.0",
    "complete": False,
    "left_out": "Packages of the operating system.",
    "components": [
        {"component_id": "sklearn", "type": "library", "name": "scikit-learn", "version": "1.5.2"},
        {"component_id": "model", "type": "model", "name": "scoring-gbm", "version": "2.1.0", "builds_on": ["sklearn"]},
    ],
}

RESOURCE_USAGE: Body = {
    "usage_id": "ru-9",
    "phase": "training",
    "quantities": [
        {"quantity": "cpu_hours", "basis": "measured", "value": 0.4, "method": "Process accounting."},
        {"quantity": "energy_kwh", "basis": "not_available", "method": "The host has no meter."},
    ],
}

AI_DECISION: Body = {
    "decision_id": "dec-000123",
    "model": MODEL,
    "replayed": False,
    "outcome": "refer_to_officer",
    "input": {"income": 2100, "purpose": "car"},
    "output": {"p_default": 0.47},
    "confidence": 0.47,
    "threshold": 0.45,
    "affected_person": {"id": "a-88121", "name": "Bob Example"},
    "factors": [{"name": "income", "contribution": 0.11, "value": 2100}],
    "legal_effect": True,
    "human_involvement": "reviewed_before_effect",
}

RUNTIME_LOG: Body = {
    "log_id": "scoring-events",
    "segment": 41,
    "period": {"start": "2026-05-01T00:00:00Z", "end": "2026-05-02T00:00:00Z"},
    "count": 18211,
    "digest": "18" * 32,
    "media_type": "application/jsonl",
    "keep_until": "2026-11-02",
    "merkle_root": "29" * 32,
    "event_types": [{"type": "decision", "count": 18000}, {"type": "error", "count": 211}],
    "gaps": [],
}

OVERSIGHT_ACTION: Body = {
    "oversight_id": "os-55",
    "action": "overridden",
    "actor": {"id": "p-31", "role": "credit officer", "name": "Eve Example"},
    "reason_code": "new_document",
    "reason": "Bob Example brought his new contract of employment.",
    "decision_id": "dec-000123",
    "outcome_shown": "decline",
    "outcome_after": "accept",
    "aim": "override",
    "seconds_spent": 340,
    "references": [{"rel": "about", "statement": "3a" * 32}],
}

MONITORING: Body = {
    "monitoring_id": "mon-2026-05",
    "type": "drift",
    "period": {"start": "2026-05-01T00:00:00Z", "end": "2026-06-01T00:00:00Z"},
    "metrics": [{"metric": "psi_income", "value": 0.31, "n": 18000, "threshold": 0.2, "direction": "at_most"}],
    "conclusion": "Incomes rose with the new tariff.",
    "status": "breach",
}

INCIDENT: Body = {
    "incident_id": "inc-4",
    "title": "Wrong currency in one branch",
    "description": "Incomes in another currency were read as euros for two days.",
    "serious": "under_assessment",
    "status": "investigating",
    "occurred": {"start": "2026-06-01T06:00:00Z", "end": "2026-06-03T06:00:00Z"},
    "detected": "2026-06-03T09:10:00Z",
    "aware_provider": "2026-06-03T09:30:00Z",
    "categories": ["c"],
    "causal_link": {"status": "reasonably_likely", "since": "2026-06-04T12:00:00Z"},
    "affected": [{"group": "applicants of one branch", "number": 14}],
    "affected_persons": [{"id": "a-90001", "name": "Carl Example"}],
    "reports": [],
}

CORRECTIVE_ACTION: Body = {
    "action_id": "ca-6",
    "type": "corrective",
    "trigger": "incident",
    "trigger_id": "inc-4",
    "description": "Currency is checked against the branch.",
    "status": "done",
    "effectiveness": {"criterion": "No mismatch in a month."},
}

SECURITY_EVENT: Body = {
    "event_id": "sec-2",
    "type": "control",
    "title": "Input plausibility",
    "description": "Applications outside the training range go to an officer.",
    "threats": ["evasion", "adversarial_example"],
    "status": "in_place",
}

COMPLAINT: Body = {
    "complaint_id": "cmp-12",
    "type": "explanation_request",
    "received": "2026-06-10T08:00:00Z",
    "sender": "affected_person",
    "status": "answered",
    "subject_matter": "refusal",
    "complainant": {"id": "a-88121", "name": "Bob Example"},
    "text": "Why was I refused?",
    "decision_id": "dec-000123",
    "explanation": "Income and short employment weighed most; an officer decided.",
}

COMMUNICATION: Body = {
    "communication_id": "com-3",
    "direction": "sent",
    "counterpart": "affected_persons",
    "topic": "subject_to_ai",
    "summary": "Notice that an AI system supports the decision.",
    "at": "2026-04-01T06:00:00Z",
    "channel": "application form",
    "recipients": 18000,
    "legal_basis": "Art. 26(11)",
}

BODIES: dict[str, Body] = {
    name.lower(): value for name, value in dict(globals()).items() if name.isupper() and isinstance(value, dict)
}
for part in ("model", "data", "test", "young", "officer"):
    del BODIES[part]
