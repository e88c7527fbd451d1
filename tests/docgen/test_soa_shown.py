"""Nonconformities, unfounded exclusions and one count of what is open, as the statement shows them."""

import pytest

from docgen.escape import parse_shifted
from docgen.gaps import gaps
from docgen.requirements import say_summary, summarise
from tests.docgen.statement_ledger import EXCLUSION, PACK, SPEC, MemoryLedger, build, small_ledger, state


def against(ledger: MemoryLedger, requirement: str, status: str = "open") -> None:
    ledger.add("nonconformity", nonconformity_id="NC-2", finding="not sealed", requirement=requirement, status=status)


def declared(control_id: str = "A.6.2.8") -> MemoryLedger:
    ledger = small_ledger()
    ledger.control(control_id)
    ledger.proof(control_id)
    return ledger


def test_an_open_nonconformity_lowers_the_claim_and_is_an_open_item() -> None:
    ledger = declared()
    before = next(row for row in state(ledger).rows if row.id == "A.6.2.8")
    against(ledger, "A.6.2.8 and the logging specification")
    statement = state(ledger)
    row = next(row for row in statement.rows if row.id == "A.6.2.8")

    assert (before.shown, before.open) == ("implemented", False)
    assert (row.shown, row.status.status, row.nonconformities) == ("claimed", "failed", ("NC-2",))
    assert row in statement.open
    assert "open nonconformity NC-2" in parse_shifted(build(ledger).markdown)


@pytest.mark.parametrize(
    ("requirement", "status"),
    [("A.6.2.80", "open"), ("A.6.2", "open"), ("AA.6.2.8", "open"), ("A.6.2.8.1", "open"), ("A.6.2.8", "closed")],
)
def test_another_requirement_or_a_closed_nonconformity_changes_nothing(requirement: str, status: str) -> None:
    ledger = declared()
    against(ledger, requirement, status)

    assert next(row for row in state(ledger).rows if row.id == "A.6.2.8").shown == "implemented"


def test_an_exclusion_by_the_risk_assessment_names_what_shows_it() -> None:
    ledger = small_ledger()
    ledger.control("A.4.4", **{**EXCLUSION, "ground": "risk_assessment"})
    ledger.control("A.4.5", **{**EXCLUSION, "ground": "risk_assessment", "risks": ["R-1"]})
    codes = {row.id: [one.code for one in row.objections] for row in state(ledger).rows}

    assert "exclusion_unfounded" in codes["A.4.4"]
    assert "exclusion_unfounded" not in codes["A.4.5"]
    assert build(ledger).markdown


def test_what_is_open_is_counted_in_one_way_everywhere() -> None:
    ledger = declared()
    ledger.control("A.4.5", implementation_status="partial", target_date="2027-01-01")
    ledger.proof("A.4.5")
    statement = state(ledger)
    found = gaps(ledger, PACK, SPEC.id)

    assert [one.id for one in found if one.open] == [row.id for row in statement.population if row.open]
    assert build(ledger).summary.open == sum(row.open for row in statement.population)
    assert next(row for row in statement.rows if row.id == "A.4.5").status.status == "not provided"
    assert f"{build(ledger).summary.open} open (" in say_summary(summarise(statement.statuses), "controls")


def test_the_line_of_counts_closes_its_bracket_after_the_open_ones() -> None:
    line = say_summary(build(declared()).summary, "controls")

    assert line == "38 controls: 1 provided, 37 open (37 not provided)"
