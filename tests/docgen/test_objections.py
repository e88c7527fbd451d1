"""What an auditor would object to in a declaration, and what not."""

import pytest

from docgen.escape import parse_shifted
from tests.docgen.statement_ledger import EXCLUSION, MemoryLedger, build, codes, row, small_ledger, state


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AI policy", "justification_title"),
        ("n/a", "justification_blocked"),
        ("Not relevant", "justification_blocked"),
        ("no resources.", "justification_blocked"),
        ("It is needed", "justification_short"),
    ],
)
def test_a_phrase_is_objected_to_and_keeps_the_row_open_although_evidence_is_there(text: str, code: str) -> None:
    ledger = small_ledger()
    ledger.proof("A.2.2")
    ledger.control("A.2.2", justification=text)

    found = row(ledger, "A.2.2")

    assert code in codes(ledger, "A.2.2")
    assert (found.evidence, found.status.status, found.open) == ("provided", "not provided", True)
    assert "not acceptable" in found.status.reason


def test_an_inclusion_needs_a_justification_as_well() -> None:
    ledger = small_ledger()
    ledger.control("A.2.2", justification=None)

    assert "justification_missing" in codes(ledger, "A.2.2")


@pytest.mark.parametrize(
    "changes",
    [
        {"justification": None},
        {"justification": "Suppliers"},
        {
            "applicable": "per_system",
            "justification": None,
            "exceptions": [{"system": "credit-scoring", "applicable": "yes"}],
        },
        {
            "applicable": "per_system",
            "exceptions": [{"system": "credit-scoring", "applicable": "yes", "justification": "Suppliers"}],
        },
    ],
)
def test_each_objection_to_a_justification_can_be_printed(changes: dict[str, object]) -> None:
    ledger = small_ledger()
    ledger.control("A.10.3", **changes)

    assert "justification not acceptable" in parse_shifted(build(ledger).markdown)


def test_an_acceptable_exclusion_is_not_applicable_and_settled() -> None:
    ledger = small_ledger()
    ledger.control("A.4.4", **EXCLUSION)

    found = row(ledger, "A.4.4")

    assert (found.shown, found.status.status, found.open, found.objections) == ("excluded", "not applicable", False, ())


def test_an_exclusion_that_a_clause_forbids_needs_somebody_elses_approval() -> None:
    ledger = small_ledger()
    declaration = ledger.control("A.2.2", **EXCLUSION)
    assert codes(ledger, "A.2.2") == ["level_never"]

    approval = {"decision": "approved", "scope": "exclusion", "statement": declaration.statement}
    ledger.add("approval", **approval, by="compliance-team")
    assert codes(ledger, "A.2.2") == ["level_never"]
    ledger.add("approval", **approval, by="board")

    assert codes(ledger, "A.2.2") == []


def test_an_exclusion_that_a_clause_forbids_is_objected_to_before_any_system_is_registered() -> None:
    ledger = MemoryLedger()
    ledger.control("A.2.2", **EXCLUSION)

    assert codes(ledger, "A.2.2") == ["level_never"]


def test_an_approval_taken_back_confirms_no_exclusion() -> None:
    ledger = small_ledger()
    declaration = ledger.control("A.2.2", **EXCLUSION)
    ledger.add("approval", decision="approved", scope="exclusion", statement=declaration.statement, by="board")
    ledger.add("approval", decision="withdrawn", scope="exclusion", statement=declaration.statement, by="board")

    assert codes(ledger, "A.2.2") == ["level_never"]


def test_excluding_data_controls_while_data_sets_are_recorded_is_contradicted() -> None:
    ledger = small_ledger()
    ledger.add(
        "dataset_lineage", subject="credit-scoring", dataset_id="d", dataset_version="1", name="D", digest="0" * 64,
        purposes=["training"], description="Applications.", records=1000,
        sources=[{"name": "S", "type": "own_operations"}],
    )  # fmt: skip
    ledger.control("A.7.2", **EXCLUSION)

    objection = row(ledger, "A.7.2").objections[0]

    assert (objection.code, objection.values["count"], objection.values["kinds"]) == (
        "contradicted",
        "1",
        "dataset lineage",
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"risks": None}, "driver_risk"),
        ({"risks": ["R-404"]}, "unknown_risks"),
        ({"drivers": ["law"], "risks": ["R-1"]}, "driver_law"),
        ({"drivers": ["objective"]}, "driver_objective"),
        ({"objectives": ["O-404"]}, "unknown_objectives"),
        ({"documents": ["D-404"]}, "unknown_documents"),
        ({"impact_assessments": ["I-404"]}, "unknown_impact_assessments"),
        ({"drivers": ["good_practice"], "risks": None}, "no_trace"),
        ({"drivers": None, "risks": ["R-404"]}, "no_trace"),
        ({"implementation_status": None}, "no_claim"),
        ({"implementation_status": "not_applicable"}, "applicable_without_claim"),
        ({"implementation_status": "planned"}, "no_target_date"),
        ({"implementation_status": "partial", "target_date": "2026-11-19"}, "overdue"),
        ({**EXCLUSION, "implementation_status": "implemented"}, "excluded_with_claim"),
        ({"owner": None}, "no_owner"),
        ({"review_due": "2026-11-19"}, "review_overdue"),
    ],
)
def test_what_does_not_lead_back_or_fit_together_is_objected_to(changes: dict[str, object], code: str) -> None:
    ledger = small_ledger()
    ledger.control("A.10.4", **changes)

    assert code in codes(ledger, "A.10.4")


@pytest.mark.parametrize(
    "changes",
    [
        {"drivers": ["baseline"], "risks": None},
        {"drivers": ["law"], "risks": None, "obligations": ["Regulation (EU) 2024/1689 Art. 14"]},
        {"drivers": ["risk"], "risks": None, "impact_assessments": ["aiia-credit-scoring"]},
        {"implementation_status": "planned", "target_date": "2026-11-20"},
    ],
)
def test_what_leads_back_is_not_objected_to(changes: dict[str, object]) -> None:
    ledger = small_ledger()
    ledger.control("A.10.4", **changes)

    assert codes(ledger, "A.10.4") == []


def test_a_risk_that_relies_on_an_excluded_control_is_said_at_the_control_and_in_the_register() -> None:
    ledger = small_ledger()
    ledger.risk("R-2", controls=["A.4.4", "A.99.1"])
    ledger.control("A.4.4", **EXCLUSION)

    statement = state(ledger)

    assert codes(ledger, "A.4.4") == ["risk_relies"]
    assert [line.unsupported for line in statement.risks] == [(), ("A.4.4", "A.99.1")]


def test_copied_justifications_are_a_warning_that_changes_no_status() -> None:
    ledger = small_ledger()
    for control_id in ("A.10.3", "A.10.4"):
        ledger.proof(control_id)
        ledger.control(control_id, justification="The same reason is given here for each and every control.")

    assert state(ledger).alike == (("A.10.3", "A.10.4"),)
    assert codes(ledger, "A.10.3") == ["alike"]
    assert (row(ledger, "A.10.3").shown, row(ledger, "A.10.3").open) == ("implemented", False)
