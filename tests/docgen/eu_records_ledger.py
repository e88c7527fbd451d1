"""The ledger of `eu_file_ledger`, with what sheets, records and descriptions ask for besides."""

from typing import Any

from docgen.packs import load_pack
from tests.docgen.builders import HandLedger, digest, document_body
from tests.docgen.eu_file_ledger import ABOUT, file_ledger, issue, wide

PACK = load_pack("eu_tech_docs")
GPAI = {
    "tasks": ["writes text"],
    "host_systems": "assistants",
    "architecture": "a transformer with 32 layers",
    "parameters": 7_000_000_000,
    "licence": "Apache-2.0",
    "acceptable_use": {"document_id": "use-policy", "version": "1", "digest": digest("use-policy")},
    "integration": "a container with an interface",
    "base_models": [],
    "distribution": ["download of the weights"],
}
MORE = {
    "status": "in_service",
    "risk_classes": ["high_risk_annex_iii", "gpai", "gpai_systemic"],
    "annex_iii_points": ["AnnexIII-5-b", "AnnexIII-1-a"],
    "functions": ["ranks applications"],
    "information_url": "https://bank.example/scoring",
    "provider_entry_url": "https://eu-database.example/17",
    "transparency": "a line above every answer; a mark in the metadata",
    "modalities": [
        {"side": "input", "modality": "text", "format": "UTF-8", "maximum_size": "128000 tokens"},
        {"side": "output", "modality": "text", "format": "UTF-8", "maximum_size": "4000 tokens"},
    ],
    "gpai": GPAI,
    "parties": {"submitter": {"party_id": "office"}, "authorised_representative": {"party_id": "rep"}},
}


def records_ledger(document: str = "") -> HandLedger:
    """Every point of every such document about a system in version 1.1 is provided."""
    ledger = file_ledger()
    now, ledger.now = ledger.now, None
    _register(ledger)
    _around(ledger)
    _papers(ledger)
    _run(ledger)
    _model(ledger)
    ledger.now = now
    return ledger


def _newest(ledger: HandLedger, kind: str, **members: Any) -> Any:
    return next(e for e in reversed(ledger.held) if e.kind == kind and members.items() <= e.data.items())


def _register(ledger: HandLedger) -> None:
    old = _newest(ledger, "ai_system", system_version="1.1")
    design = {**old.data["design"], "training_methods": "next word prediction"}
    ledger.add("ai_system", {**old.data, **MORE, "design": design}, refs=(("supersedes", old),))
    judged = _newest(ledger, "classification")
    exempt = {"conditions": ["a", "d"], "no_significant_risk": "it only sorts", "no_material_influence": "nobody acts"}
    changed = {"exemption": exempt, "transparency_duties": ["50(1)", "50(2)", "50(3)", "50(4)"],
               "conformity_route": "annex_vii"}  # fmt: skip
    ledger.add("classification", {**judged.data, **changed}, refs=(("supersedes", judged),))


def _around(ledger: HandLedger) -> None:
    reach = {"address": "Square 2", "contact": {"function": "desk", "email": "desk@office.example"}}
    wide(ledger, "party", party_id="office", name="Filing Office", roles=["submitter"], **reach)
    wide(ledger, "party", party_id="rep", name="Rep GmbH", country="DE", roles=["authorised_representative"],
         acts_for="bank", mandate="mandate", **reach)  # fmt: skip
    wide(ledger, "party", party_id="town", name="Town", roles=["deployer"], public_body=True, **reach)
    body = {"party_id": "body", "name": "Test Body", "roles": ["notified_body"], "notified_body_number": "0123"}
    wide(ledger, "party", **body)
    for number, kind in (("C-1", "technical_documentation_assessment"), ("C-2", "quality_management_system")):
        issued = {"number": number, "certificate_type": kind, "state": "issued", "body": "Test Body", "party": "body",
                  "issued_on": "2026-09-02", "valid_until": "2030-09-01", "next_surveillance": "2027-09-01",
                  "artefacts": [{"name": "c.pdf", "role": "certificate", "digest": digest(number), "size": 1}],
                  "procedure": "assessed the file"}  # fmt: skip
        ledger.add("certificate", issued)
    for number, topic, other in (
        ("registration", "registration", "eu_database"), ("change", "change_notice", "notified_body"),
        ("talk", "ai_interaction", "affected_persons"), ("mandate-sent", "other", "authority"),
        ("exposed", "subject_to_ai", "affected_persons"),
    ):  # fmt: skip
        said = {"communication_id": number, "direction": "sent", "counterpart": other, "topic": topic,
                "summary": f"about {topic}", "at": "2026-09-02T10:00:00Z", "channel": "portal"}  # fmt: skip
        ledger.add("communication", {**said, **ABOUT})
    for kind in ("fria", "dpia"):
        assessed = {"assessment_id": f"{kind}-9", "types": [kind], "version": "1", "status": "completed",
                    "summary": f"summary of {kind}", "conclusion": "go on", "review_due": "2027-09-01"}  # fmt: skip
        ledger.add("impact_assessment", {**ABOUT, **assessed})


def _papers(ledger: HandLedger) -> None:
    """A document for every requirement that a procedure or a statement answers."""
    asked = [point.id for spec in PACK.documents if spec.id in ANSWERED for point in spec.points]
    every = {"requirements": sorted({*asked, "Art53-1-c", "Art53-4"}), "review_due": "2027-09-01", "language": "en"}
    for name, kind in (("handbook", "procedure"), ("mandate", "mandate"), ("use-policy", "policy"),
                       ("conformity", "declaration_of_conformity")):  # fmt: skip
        ledger.approve(ledger.add("document", document_body(name, kind, **every, scope="all systems")))
    quality = _newest(ledger, "document", document_id="qms")
    renewed = {**quality.data, "scope": "credit-scoring", "requirements": asked}
    ledger.approve(ledger.add("document", renewed, refs=(("supersedes", quality),)))
    issue(ledger, "training-content-summary")


ANSWERED = {"log-description", "quality-management-index", "notified-body-application", "transparency-record",
            "authorised-representative-mandate", "training-content-summary"}  # fmt: skip


def _run(ledger: HandLedger) -> None:
    segment = {"log_id": "desk", "segment": 0, "count": 3, "digest": digest("segment"), "keep_until": "2027-09-01",
               "period": {"start": "2026-09-01T10:00:00Z", "end": "2026-09-02T10:00:00Z"}, "gaps": [],
               "media_type": "application/jsonl", "event_types": [{"type": "decision", "count": 3}],
               "controlled_by": "provider", "storage": "the bank's store"}  # fmt: skip
    ledger.add("runtime_log", {**segment, **ABOUT})
    inspected = {"audit_id": "SV-1", "audit_type": "surveillance", "status": "held", "result": "conforming",
                 "starts": "2026-09-02", "ends": "2026-09-03", "findings": [], "scope": "all"}  # fmt: skip
    ledger.add("audit", inspected)
    ledger.add("audit", {**inspected, "audit_id": "IA-1", "audit_type": "internal"})
    supplied = {"record_id": "s-1", "supplier": "body", "action": "agreement", "result": "accepted"}
    ledger.add("supplier", supplied)


def _model(ledger: HandLedger) -> None:
    for kind in ("red_team", "validation"):
        run = {"evaluation_id": f"{kind}-9", "types": [kind], "protocol": "public tasks", "result": "passed",
               "metrics": [{"metric": "auc", "value": 0.8, "n": 300}], "responsible": {"id": "scientist"},
               "limitations": "English only", "conclusion": "good enough"}  # fmt: skip
        ledger.add("evaluation", {**run, **ABOUT})
    old = _newest(ledger, "dataset_lineage")
    sources = [
        {"name": f"source {kind}", "type": kind, "obtained_how": "a polite crawler", "licence": "CC-BY-4.0",
         "rights_reserved": "opt-outs are read before each visit", "url": "https://data.example/set",
         "period": {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"}, "records": 5,
         "generated_by": {"model_id": "maker", "version": "1"}}
        for kind in ("public_dataset", "licensed", "private_third_party", "crawled", "user_data", "synthetic", "other")
    ]  # fmt: skip
    told = {"sources": sources, "provenance": "archives", "modalities": ["text"], "languages": ["en"],
            "purposes": ["training", "testing", "validation"], "storage": "the bank's store, two readers",
            "period": {"start": "2026-01-01T00:00:00Z", "end": "2026-08-01T00:00:00Z"},
            "unsuitable_content": "lists of addresses are left out"}  # fmt: skip
    ledger.add("dataset_lineage", {**old.data, **told}, refs=(("supersedes", old),))
    amounts = [{"quantity": name, "basis": "measured", "value": 1.5e21, "method": "meter"}
               for name in ("compute_flop", "wall_clock_hours", "energy_kwh")]  # fmt: skip
    ledger.add("resource_usage", {"usage_id": "big", "phase": "training", "quantities": amounts})
    market = {"release_id": "rel-market", "action": "placed_on_market", "effective": "2026-09-03T10:00:00Z",
              "forms_of_supply": [{"form": "download"}], "environment": "Union", "member_states": ["DE"]}  # fmt: skip
    ledger.add("release", {**ABOUT, **market})
