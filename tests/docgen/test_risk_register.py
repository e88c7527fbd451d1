"""The risk register and treatment plan: from the same entries as the statement of applicability."""

import random

import pytest

from docgen.build import build_document
from docgen.escape import parse_shifted
from docgen.gaps import gaps
from docgen.markdown import parse_markdown
from docgen.packs import load_pack
from docgen.prepare import prepare_document
from docgen.requirements import RequirementStatus
from docgen.soa import Statement
from docgen.tree import Table, plain_text, walk
from tests.docgen.aims_ledger import full_ledger
from tests.docgen.statement_ledger import EXCLUSION, IDS, MemoryLedger, small_ledger

PACK = load_pack("iso42001")
REGISTER, STATEMENT = "risk-register", "statement-of-applicability"


def table(ledger: MemoryLedger, document: str, caption: str) -> list[list[str]]:
    """The rows of the table of this document whose caption begins so."""
    body = parse_markdown(build_document(ledger, PACK, document).markdown)
    for block in walk(body.blocks):
        if isinstance(block, Table) and block.caption.startswith(caption):
            return [[plain_text(cell) for cell in line] for line in block.rows]
    return []


def point(ledger: MemoryLedger, point_id: str) -> RequirementStatus:
    return next(one for one in gaps(ledger, PACK, REGISTER) if one.id == point_id)


def statement_of(ledger: MemoryLedger, document: str) -> Statement:
    found = prepare_document(ledger, PACK, PACK.document(document), None, None, "en").context["soa"]
    assert isinstance(found, Statement)
    return found


def random_ledger(seed: int) -> MemoryLedger:
    """Risks and declarations that name each other at random, agreeing or not."""
    chance = random.Random(seed)
    ledger = small_ledger()
    for number in range(2, 7):
        ledger.risk(f"R-{number}", controls=chance.sample([*IDS, "X.1", "A.99.9"], 3))
    for control_id in chance.sample(IDS, 15):
        ledger.control(control_id, risks=[f"R-{chance.randint(1, 8)}"])
    ledger.control("A.4.4", **EXCLUSION)
    ledger.control("A.4.4")
    ledger.risk("R-2", controls=["A.2.2"])
    return ledger


@pytest.mark.parametrize("seed", range(5))
def test_register_and_statement_say_the_same_about_every_risk_and_control(seed: int) -> None:
    ledger = random_ledger(seed)
    ours, theirs = statement_of(ledger, REGISTER), statement_of(ledger, STATEMENT)

    assert ours.risks == theirs.risks
    assert [(row.id, row.applicable, row.shown, row.evidence) for row in ours.rows] == [
        (row.id, row.applicable, row.shown, row.evidence) for row in theirs.rows
    ]


@pytest.mark.parametrize("seed", range(3))
def test_what_both_print_of_a_risk_is_the_same(seed: int) -> None:
    ledger = random_ledger(seed)
    in_plan = {line[0]: line[4].split("\n")[0] for line in table(ledger, REGISTER, "Treatment of the open risks")}
    in_soa = {line[0]: line[4].split("\n")[0] for line in table(ledger, STATEMENT, "Open risks and the controls")}

    assert in_plan == in_soa
    assert len(in_plan) == 7


def test_a_disagreement_stands_in_both() -> None:
    ledger = small_ledger()
    ledger.risk("R-2", controls=["A.4.4"])
    ledger.control("A.4.4", **EXCLUSION)

    for document in (REGISTER, STATEMENT):
        said = parse_shifted(build_document(ledger, PACK, document).markdown)
        assert "A.4.4**" in said
        assert "differs from the register" in said


def test_a_full_ledger_answers_the_clauses_and_names_the_one_risk_without_a_checked_measure() -> None:
    ledger = full_ledger()

    words = {one.id: one.status for one in gaps(ledger, PACK, REGISTER)}

    assert words == {
        "C-6-1-1": "provided", "C-6-1-2": "provided", "C-6-1-3": "provided", "C-8-2": "provided", "C-8-3": "provided",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("member", "point_id", "lack"),
    [
        ("before", "C-6-1-2", "has no rating"),
        ("consequences", "C-6-1-2", "names no consequence"),
        ("owner", "C-6-1-2", "has no owner"),
        ("option", "C-6-1-3", "does not say how it is treated"),
        ("review_due", "C-8-2", "does not say when"),
        ("after", "C-8-3", "does not say what remains"),
    ],
)
def test_each_member_that_a_clause_asks_for_is_missed_by_name(member: str, point_id: str, lack: str) -> None:
    ledger = full_ledger()
    last = next(entry for entry in reversed(ledger.held) if entry.data.get("risk_id") == "R-1")
    body = {name: value for name, value in last.data.items() if name not in (member, "references")}
    ledger.add("risk", replaces=last, **body)

    found = point(ledger, point_id)

    assert found.status == "not provided"
    assert lack in found.reason


def test_a_risk_past_its_review_is_stale() -> None:
    ledger = full_ledger()
    ledger.now = "2027-07-15T00:00:00.000000Z"

    assert point(ledger, "C-8-2").status == "stale"


def test_a_substantial_modification_calls_for_a_new_assessment() -> None:
    ledger = full_ledger()
    ledger.add(
        "model_change", subject="credit-scoring", change_id="c", to_version="2.0", description="New model.", reason="r",
        items=[{"item": "model", "name": "m"}], substantial_modification={"answer": True, "reason": "New purpose."},
    )  # fmt: skip

    assert point(ledger, "C-8-2").status == "stale"


def test_a_measure_past_its_day_is_overdue() -> None:
    ledger = full_ledger()
    ledger.now = "2027-01-15T00:00:00.000000Z"

    assert "OVERDUE since 2026-12-31" in parse_shifted(build_document(ledger, PACK, REGISTER).markdown)


def test_earlier_assessments_of_a_risk_stay_in_view() -> None:
    lines = table(full_ledger(), REGISTER, "When each risk was assessed")

    assert lines[0][4].startswith("2026-11-01 treated")
    assert lines[1][4] == "first assessment"


def test_the_matrix_counts_each_rated_risk_once() -> None:
    cells = [cell for line in table(full_ledger(), REGISTER, "Open risks before treatment") for cell in line[1:]]

    assert sorted(cell for cell in cells if cell != "–") == ["R-1", "R-2"]


def test_a_contested_risk_shows_every_side() -> None:
    ledger = full_ledger()
    ledger.risk("R-2")

    lines = [line for line in table(ledger, REGISTER, "Treatment of") if line[0].startswith("R-2")]

    assert len(lines) == 2
    assert point(ledger, "C-6-1-2").status == "conflict"


def test_the_overall_residual_risk_stands_apart_and_needs_no_rating_of_its_own() -> None:
    ledger = full_ledger()
    ledger.add(
        "risk", risk_id="R-0", scope="overall", hazard="All of it together.", status="accepted",
        acceptance={"accepted": True, "reason": "Below the limit."}, review_due="2027-06-30",
    )  # fmt: skip
    said = parse_shifted(build_document(ledger, PACK, REGISTER).markdown)

    assert "**Overall residual risk:** All of it together. accepted: Below the limit." in said
    assert len(table(ledger, REGISTER, "Open risks as assessed")) == 2
    assert {one.status for one in gaps(ledger, PACK, REGISTER)} == {"provided"}


def test_points_are_called_points_and_controls_controls() -> None:
    ledger = full_ledger()

    assert build_document(ledger, PACK, REGISTER).unit == "points"
    assert build_document(ledger, PACK, STATEMENT).unit == "controls"
    assert build_document(ledger, PACK, STATEMENT, language="de").unit == "Maßnahmen"
