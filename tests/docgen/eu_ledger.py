"""A hand-made ledger of one system in two versions in which every point of Annex IV has its evidence."""

from datetime import timedelta
from typing import Any

from tests.docgen.builders import (
    ORGANISATION,
    START,
    HandLedger,
    change_body,
    digest,
    document_body,
    risk_body,
    system_body,
)

METRIC = {
    "metric": "auc",
    "definition": "Area under the ROC curve.",
    "justification": "Ranks applicants, whatever the threshold.",
    "threshold": 0.7,
    "direction": "at_least",
    "threshold_reason": "usual for scorecards",
}


def full_profile(version: str = "1.1", **more: Any) -> dict[str, Any]:
    return system_body(
        version,
        earlier_versions=[] if version == "1.0" else [{"system_version": "1.0", "relation": "replaces it"}],
        risk_classes=["high_risk_annex_iii"],
        annex_iii_points=["AnnexIII-5-b"],
        excluded_uses=["marketing"],
        foreseeable_misuse=["following proposals blindly"],
        intended_deployers="trained credit officers",
        context_of_use="branches in Germany",
        target_groups=[{"group": "loan applicants", "minors": False}],
        member_states=["DE"],
        owner={"id": "staff-1", "role": "head of credit", "name": "Erika Muster"},
        interactions=[{"type": "software", "name": "core banking", "description": "sends applications"}],
        software_versions=[
            {"type": "software", "name": "scoring", "version": version, "update_requirements": "test again"}
        ],
        forms_of_supply=[{"form": "internal", "description": "a service"}],
        target_hardware=[{"name": "server", "specification": "one core"}],
        host_product={"name": "Credit terminal", "description": "A box with a screen.", "safety_component": False},
        user_interface="One screen with the proposal.",
        design={
            "general_logic": "A weighted sum decides.",
            "key_choices": [{"choice": "linear", "rationale": "readable", "assumptions": ["sums suffice"]}],
            "classification_choices": "two proposals",
            "optimisation_target": "likelihood",
            "parameters": [{"name": "income", "relevance": "largest"}],
            "trade_offs": ["accuracy for readability"],
            "development_steps": [{"step": "trained on old loans", "tools": ["sklearn 1.9"]}],
            "architecture": "guard, model, screen",
        },
        inputs=[{"name": "income", "description": "euro a month", "required": True, "personal": True}],
        output={
            "description": "a score",
            "quality": "good enough",
            "interpretation": "higher is better; it is no probability",
            "explanation": "points per input",
        },
        maintenance={
            "expected_lifetime": "two years",
            "measures": "drift is looked at monthly",
            "software_updates": "by the bank, after tests",
            "resources": "one core, 1 GB of memory",
        },
        logging={"event_types": ["decision", "override"], "mechanism": "a file a day", "retention_days": 400},
        system_type="decision support",
        identifiers=[{"scheme": "inventory", "value": "AI-0001"}],
        personal_data=True,
        predetermined_changes=[],
        oversight_measures=[
            {
                "measure_id": "OM-1",
                "measure": "an officer decides",
                "by": "deployer",
                "aims": ["override"],
                "interpretation_aid": "a bar chart",
                "assessment": "needed, and enough",
            }
        ],
        capabilities=["ranks applicants"],
        limitations=[{"limitation": "old data", "circumstances": "always"}],
        unintended_outcomes=[{"outcome": "the young are refused", "endangers": ["discrimination"], "risk_id": "R-1"}],
        declared_performance=[{"metric": "auc", "level": 0.8, "evaluation_id": "accuracy-1.1"}],
        **more,
    )


def dataset_body() -> dict[str, Any]:
    return {
        "dataset_id": "loans",
        "dataset_version": "1",
        "name": "Old loans",
        "digest": digest("loans"),
        "purposes": ["training", "testing"],
        "description": "Loans with their outcome.",
        "records": 1000,
        "sources": [
            {
                "name": "archive",
                "type": "public_dataset",
                "obtained_how": "downloaded",
                "records": 1000,
                "original_purpose": "granting loans",
            }
        ],
        "collection": "by branch officers",
        "selection": "granted loans only",
        "labelling": {"procedure": "the bank knew who paid"},
        "cleaning": "duplicates removed",
        "personal_data": "pseudonymised",
        "legal_basis": "GDPR Art. 6(1)(b)",
        "design_choices": ["one row a loan"],
        "assumptions": ["repayment stands for creditworthiness"],
        "suitability": "enough for a scorecard",
        "representativeness": "granted loans of one bank",
        "quality": [{"name": "share of missing values", "value": 0.0, "n": 1000}],
        "intended_setting": {"geographical": "Germany", "reflected": "in part: the data are old"},
        "gaps": [
            {
                "gap": "The sex code merges groups.",
                "effect": "Numbers per sex say little.",
                "measure": "said beside every number",
            }
        ],
        "splits": [{"name": "train", "purpose": "training", "records": 700}],
        "statistics": [{"name": "share of good loans", "value": 0.7, "n": 1000}],
        "bias_examination": [
            {"bias": "age", "found": True, "examined_how": "rates per band", "measure": "limits per band"}
        ],
    }


def evaluation_body(kind: str, version: str, **more: Any) -> dict[str, Any]:
    name = f"{kind}-{version}"
    return {
        "evaluation_id": name,
        "types": [kind],
        "protocol": "as planned",
        "metrics": [
            {"metric": "auc", "value": 0.8, "n": 300,
             "interval": {"low": 0.75, "high": 0.85, "level": 0.95, "method": "bootstrap"}},
            {"metric": "auc", "value": 0.7777, "n": 93, "group": {"attribute": "sex", "value": "female"}},
        ],
        "result": "passed",
        "responsible": {"id": "scientist", "name": "Jo Test"},
        "plan_id": name,
        "system_version": version,
        "model": {"model_id": "card", "version": version, "digest": digest(f"model {version}")},
        "datasets": [{"dataset_id": "loans", "version": "1", "digest": digest("loans"), "split": "test"}],
        "artefacts": [
            {"name": f"{name}.md", "role": "test_report", "digest": digest(f"report {name}"), "size": 1},
            {"name": f"{name}.json", "role": "test_log", "digest": digest(f"log {name}"), "size": 1},
        ],
        "limitations": "few cases",
        **more,
    }  # fmt: skip


def add_version(ledger: HandLedger, version: str, before: str = "") -> None:
    """What makes and tests one version."""
    for kind in ("accuracy", "robustness", "bias", "cybersecurity"):
        plan = {"plan_id": f"{kind}-{version}", "types": [kind], "protocol": "held-out cases", "metrics": [METRIC],
                "due": "2026-12-31", "system_version": version, "phase": "before_release"}  # fmt: skip
        ledger.add("test_plan", plan)
    trained = {"datasets": [{"dataset_id": "loans", "version": "1"}], "method": "logistic regression"}
    more = {"from_version": before} if before else {}
    change = ledger.add("model_change", {**change_body(version, f"model {version}"), "training": trained, **more})
    ledger.approve(change, scope="change")
    for kind in ("accuracy", "robustness", "bias", "cybersecurity"):
        ledger.add("evaluation", evaluation_body(kind, version), by="scientist", role="pipeline")
    parts = [
        {"component_id": "card", "type": "model", "name": "scorecard", "version": version},
        {"component_id": "box", "type": "hardware", "name": "server", "version": "any", "builds_on": ["card"]},
        {"component_id": "lib", "type": "library", "name": "sklearn", "version": "1.9", "third_party": True},
    ]
    ledger.add("component_inventory", {"system_version": version, "components": parts, "complete": True})


def full_ledger() -> HandLedger:
    """Every point of version 1.1 is provided, except the declaration, which is not due yet."""
    ledger = HandLedger()
    created = {"action": "created", "founder": "Bank AG", "policy": {"roles": {}, "freshness": {"evaluation": 365}}}
    ledger.add("ledger", created, subject="ledger", valid=False)
    bank = {"party_id": "bank", "name": "Bank AG", "roles": ["organisation", "provider"], "country": "DE",
            "address": "Square 1", "contact": {"function": "AI office", "email": "ai@bank.example"},
            "systems": ["credit-scoring"]}  # fmt: skip
    ledger.add("party", bank, subject=ORGANISATION)
    ledger.add("ai_system", full_profile("1.0"))
    ledger.add("ai_system", full_profile("1.1"))
    ledger.add("dataset_lineage", dataset_body())
    add_version(ledger, "1.0")
    add_version(ledger, "1.1", "1.0")
    for phase in ("training", "testing"):
        quantity = {"quantity": "cpu_hours", "basis": "measured", "value": 1.5, "method": "clock"}
        ledger.add("resource_usage", {"usage_id": phase, "phase": phase, "quantities": [quantity]})
    for name, kind in (
        ("manual", "instructions_for_use"), ("risk-method", "risk_management"), ("photo", "picture"),
        ("pmm-plan", "post_market_monitoring_plan"), ("architecture", "architecture"),
    ):  # fmt: skip
        paper = ledger.add("document", document_body(name, kind, language="en", review_due="2027-09-01"))
        ledger.approve(paper)
    incident = {"incident_id": "I-1", "title": "Lost field", "description": "A field was lost.", "serious": "no",
                "status": "closed", "detected": "2026-09-01T11:00:00Z", "system_version": "1.0",
                "investigation": {"risk_file_reviewed": True}}  # fmt: skip
    ledger.add("incident", incident)
    rated = {"before": {"severity": 4, "likelihood": 4}, "after": {"severity": 4, "likelihood": 2, "level": "medium"}}
    measure = {"measure": "an officer decides", "status": "implemented", "order": "mitigation"}
    known = {"cause": "old loans", "arises_in": ["intended_use", "foreseeable_misuse"], "interests": ["discrimination"],
             "persons_affected": ["applicants under 25"], "minors": "not_affected", "vulnerable_groups": [],
             "reducible_by": ["design"], "interactions": "the screen and the tests act together",
             "misuse": "proposals are followed blindly", "owner": "risk-board",
             "review_due": "2027-09-01", "acceptance": {"accepted": True, "reason": "below the limit"}}  # fmt: skip
    ledger.add("risk", risk_body("R-1", title="The young are refused", measures=[measure], **known, **rated))
    overall = risk_body("R-0", scope="overall", acceptance={"accepted": True, "reason": "medium only"},
                        after=rated["after"], review_due="2027-09-01")  # fmt: skip
    ledger.approve(ledger.add("risk", overall), scope="residual_risk")
    for number, topic in (("D-1", "metric"), ("D-2", "conformity"), ("D-3", "human_oversight")):
        body = {"decision_id": number, "topics": [topic], "title": f"On {topic}", "decision": "so", "reason": "why",
                "requirements": ["AnnexIV-7"] if topic == "conformity" else [], "metrics": ["auc"]}  # fmt: skip
        ledger.add("decision", body)
    control = {"event_id": "S-1", "type": "control", "title": "Signed files", "description": "only known digests",
               "threats": ["model_poisoning"], "status": "in_place"}  # fmt: skip
    ledger.add("security_event", control)
    standard = {"standard": "ISO/IEC 42001", "extent": "part", "cited_in_oj": False}
    ledger.add("standard_applied", standard)
    released = {"system_version": "1.1", "release_id": "rel-1.1", "action": "put_into_service",
                "effective": "2026-09-01T10:00:00Z", "environment": "pilot"}  # fmt: skip
    ledger.add("release", released)
    for number in range(7):
        model = {"model_id": "card", "version": "1.1"}
        body = {"decision_id": f"d-{number}", "model": model, "replayed": True, "system_version": "1.1"}
        ledger.add("ai_decision", body)
    override = {"oversight_id": "OV-1", "action": "overridden", "actor": {"id": "officer", "name": "Vera Probe"},
                "reason_code": "facts_not_in_inputs", "outcome_shown": "decline", "outcome_after": "approve",
                "system_version": "1.1"}  # fmt: skip
    ledger.add("oversight_action", override)
    watched = {"monitoring_id": "M-1", "type": "drift", "period": {"start": "2026-09-01T10:00:00Z"}, "metrics": [],
               "conclusion": "as before", "status": "as_expected", "system_version": "1.1"}  # fmt: skip
    ledger.add("monitoring", watched)
    ledger.now = START + timedelta(days=10)
    return ledger
