"""The hand-made ledger of `eu_ledger`, with what the other documents of the pack ask for besides Annex IV."""

from typing import Any

from docgen.classification import Answer, conclude
from docgen.packs import load_pack
from tests.docgen.builders import ORGANISATION, SYSTEM, HandLedger, digest, document_body, started
from tests.docgen.eu_ledger import METRIC, evaluation_body, full_ledger

ABOUT = {"system_version": "1.1"}


PROCEDURE = load_pack("eu_tech_docs").data["classification"]
_FOUND = {"S0": "yes", "S1": "yes", "S7": "yes", "S8": "yes", "S10": "stated", "S14": "stated",
          "S10-fria": "yes", "S10-registration": "yes"}  # fmt: skip
_NAMED = {"S1": "provider, deployer", "S7": "AnnexIII-5-b", "S10": "annex_vi", "S14": "2026-09-01"}
ANSWERS = tuple(
    Answer(step, _FOUND.get(step, "no"), f"because of {step}", _NAMED.get(step, ""))
    for step in (
        "S0", "S0-gpai", "S1", "S2", *(f"Art5-1-{x}" for x in ("a", "b", "ba", "bb", *"cdefgh")), "S4-A", "S4-B", "S7",
        "S8", "S10", "S10-fria", "S10-registration", *(f"Art50-{n}" for n in (1, 2, 3, 4)), "S13", "S14",
    )
)  # fmt: skip
INCIDENT = {"incident_id": "I-2", "title": "Wrong field", "description": "A field was read wrongly.",
            "serious": "under_assessment", "status": "open", "detected": "2026-09-03T11:00:00Z", **ABOUT}  # fmt: skip


def file_ledger(document: str = "") -> HandLedger:
    """Every point of every document about a system in version 1.1 is provided."""
    ledger = full_ledger()
    now, ledger.now = ledger.now, None
    _supply(ledger)
    _watch(ledger)
    _use(ledger)
    _assess(ledger)
    _declare(ledger)
    if document == "serious-incident-report":
        happen(ledger)
    ledger.now = now
    return ledger


def wide(ledger: HandLedger, kind: str, **body: Any) -> Any:
    """An organisation-wide entry that names the system."""
    return ledger.add(kind, {"systems": [SYSTEM], **body}, subject=ORGANISATION)


def _supply(ledger: HandLedger) -> None:
    pointer = {"document_id": "manual", "version": "1", "digest": digest("manual")}
    ledger.add("release", {**ABOUT, "release_id": "rel-1.1-b", "action": "deployed", "environment": "branches",
                           "effective": "2026-09-02T10:00:00Z", "instructions_for_use": pointer})  # fmt: skip


def _watch(ledger: HandLedger) -> None:
    """Monitoring by a plan, with roles, numbers, feedback and a judgement."""
    wide(ledger, "role_assignment", assignment_id="monitor", role="Model risk", body="Model risk",
         involvement=[{"activity": "monitoring", "part": "responsible"}], duties=["looks at drift"],
         authority="may stop the system")  # fmt: skip
    planned = {"plan_id": "watch-1", "types": ["performance"], "protocol": "monthly", "metrics": [METRIC],
               "due": "2026-12-31", "phase": "in_operation", "repeat_days": 30}  # fmt: skip
    ledger.add("test_plan", {**planned, **ABOUT})
    ran = evaluation_body("performance", "1.1", plan_id="watch-1", evaluation_id="watch-1-1")
    ledger.add("evaluation", ran, by="scientist", role="pipeline")
    old = next(entry for entry in ledger.held if entry.kind == "monitoring")
    ledger.add("monitoring", {**old.data, "plan": "pmm-plan"}, refs=(("supersedes", old),))
    seen = {"monitoring_id": "M-2", "type": "periodic_review", "period": {"start": "2026-09-01T10:00:00Z"},
            "metrics": [{"metric": "auc", "value": 0.79, "n": 200}], "conclusion": "as before",
            "status": "as_expected", "plan": "pmm-plan", "still_compliant": True,
            "feedback": [{"source": "branches", "feedback": "clear enough"}]}  # fmt: skip
    ledger.add("monitoring", {**seen, **ABOUT})
    letter = {"complaint_id": "C-1", "type": "explanation_request", "received": "2026-09-01T10:00:00Z",
              "sender": "affected_person", "status": "answered", "subject_matter": "a refusal",
              "answered": "2026-09-02T10:00:00Z", "outcome": "explained"}  # fmt: skip
    ledger.add("complaint", {**letter, **ABOUT})


def _use(ledger: HandLedger) -> None:
    """What a deployer does: rules, overseers, notices, logs, and an assessment of fundamental rights."""
    rules = document_body("use-rules", "procedure", requirements=["Art26-1"], review_due="2027-09-01")
    ledger.approve(ledger.add("document", rules))
    wide(ledger, "role_assignment", assignment_id="overseer", role="Overseer", holder={"id": "officer"},
         oversees=True, authority="may stop the system", competence=["credit"])  # fmt: skip
    wide(ledger, "training_record", training_id="T-1", topic="Overseeing", audience="credit officers",
         result="passed", held_on="2026-08-01", expires="2027-08-01")  # fmt: skip
    notice = {"communication_id": "N-1", "direction": "sent", "counterpart": "affected_persons",
              "topic": "subject_to_ai", "summary": "An AI system proposes.", "at": "2026-09-01T10:00:00Z",
              "channel": "form", "legal_basis": "Art. 26(11)"}  # fmt: skip
    ledger.add("communication", notice)
    log = {"log_id": "service", "segment": 0, "period": {"start": "2026-09-01T00:00:00Z"}, "count": 7,
           "digest": digest("log"), "media_type": "application/jsonl", "keep_until": "2027-09-01"}  # fmt: skip
    ledger.add("runtime_log", {**log, **ABOUT})
    assessed = {
        "assessment_id": "FRIA-1", "types": ["fria"], "version": "1", "status": "completed", "title": "Rights",
        "deployment": {"process": "loans at the desk", "period": "two years", "frequency": "forty a day"},
        "parties": [{"group": "applicants", "relation": "affected", "number": 900, "vulnerable": False}],
        "impacts": [{"effect": "harm", "impact": "good risks are refused", "dimension": "rights", "on": "individuals",
                     "severity": 3, "likelihood": 2}],
        "oversight": "an officer decides", "if_risks_occur": "stop and tell", "review_due": "2027-09-01",
        "measures": [{"measure": "a second officer", "status": "implemented"}], "conclusion": "go on",
        "assessors": [{"id": "officer", "role": "data protection"}],
        "notifications": [{"authority": "Market surveillance", "sent_on": "2026-09-01"}],
    }  # fmt: skip
    ledger.approve(ledger.add("impact_assessment", {**assessed, **ABOUT}), scope="impact_assessment")


def _assess(ledger: HandLedger) -> None:
    """The technical documentation is approved, and internal control held against it."""
    quality = ledger.add("document", document_body("qms", "quality_management", review_due="2027-09-01"))
    ledger.approve(quality)
    issue(ledger, "technical-documentation")
    judged = {"decided_by": {"id": "compliance", "role": "compliance manager"}, "decided_on": "2026-09-01",
              "review_on": "2027-09-01"}  # fmt: skip
    ledger.add("classification", {**conclude(PROCEDURE, ANSWERS, "en"), **judged, **ABOUT})
    assessed = {"assessment_id": "DPIA-1", "types": ["dpia"], "version": "1", "status": "completed",
                "title": "Data protection", "review_due": "2027-09-01"}  # fmt: skip
    ledger.add("impact_assessment", {**ABOUT, **assessed})
    checks = [{"requirement": f"AnnexVI-{n}", "result": "met", "remark": f"looked at {n}"} for n in (2, 3, 4)]
    audit = {"audit_id": "IC-1", "audit_type": "internal_control", "status": "held", "result": "conforming",
             "ends": "2026-09-01", "checks": checks, "findings": [], "scope": "version 1.1",
             "auditors": [{"id": "auditor", "role": "internal audit"}]}  # fmt: skip
    ledger.approve(ledger.add("audit", {**ABOUT, **audit}), scope="process", **ABOUT)


def _declare(ledger: HandLedger) -> None:
    audit = next(entry for entry in reversed(ledger.held) if entry.kind == "audit")
    ledger.approve(audit, scope="declaration", place="Musterstadt", on_behalf_of="Bank AG", **ABOUT,
                   actor={"id": "board-1", "name": "Mara Vorlage", "role": "member of the board"})  # fmt: skip


def issue(ledger: HandLedger, document: str) -> None:
    """The document of this id in review, approved and published, by one version of its life."""
    body = {"document": document, "version": "1", "language": "en", "content_digest": digest(document), **ABOUT,
            "checkpoint": {"size": 1, "root": digest("root")}, "title": f"The {document}"}  # fmt: skip
    last = ledger.add("publication", {**body, "state": "in_review"})
    ledger.add("approval", {"decision": "approved", "scope": "document", "digest": digest(document),
                            "document": document, **ABOUT}, by="board", role="approver")  # fmt: skip
    for state in ("approved", "published"):
        last = ledger.add("publication", {**body, "state": state}, refs=(("supersedes", last),))


def bare_ledger(document: str = "") -> HandLedger:
    """A register entry with what its kind demands; and such an incident, for a document that is about one."""
    ledger = started()
    if document == "serious-incident-report":
        ledger.add("incident", INCIDENT)
    return ledger


def happen(ledger: HandLedger, **more: Any) -> None:
    """A serious incident with everything that its report asks for."""
    told = [
        {"type": "initial", "to": "Market surveillance", "sent": "2026-09-08T10:00:00Z", "reference_number": "MS-1"},
        {"type": "final_reportable", "to": "Market surveillance", "sent": "2026-09-09T10:00:00Z"},
        {"type": "initial", "to": "Banking supervision", "sent": "2026-09-05T10:00:00Z", "law": "Other law"},
    ]
    found = {"chain_of_events": "field to score", "root_cause": "one word, two meanings", "risk_assessment": "R-1",
             "risk_file_reviewed": True, "system_preserved": True}  # fmt: skip
    body = {**INCIDENT, "serious": "yes", "status": "reported", "categories": ["c"], "harms": ["fundamental_rights"],
            "aware_provider": "2026-09-04T10:00:00Z", "aware_deployer": "2026-09-03T12:00:00Z",
            "causal_link": {"status": "reasonably_likely", "since": "2026-09-05T10:00:00Z", "reasoning": "tried again"},
            "critical_infrastructure": False, "widespread_infringement": False, "death": False,
            "member_states": ["DE"], "reports": told, "investigation": found, "severity": "high",
            "affected": [{"group": "applicants", "number": 4, "effect": "refused"}],
            "affected_persons": [{"id": "person-17", "name": "Paula Privat"}], **more}  # fmt: skip
    ledger.add("incident", body)
    fixed = {"action_id": "CA-2", "type": "corrective", "trigger": "incident", "trigger_id": "I-2",
             "description": "a guard", "status": "done"}  # fmt: skip
    ledger.add("corrective_action", {**fixed, **ABOUT})
