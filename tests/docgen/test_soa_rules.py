"""What auditors demand of a statement of applicability, rule by rule: those that no other file tests."""

import io
import random
import re
import zipfile

import pytest

from docgen.escape import parse_shifted
from docgen.markdown import parse_markdown
from docgen.soa_rows import SHOWN
from docgen.tree import Table, plain_text, walk
from tests.docgen.statement_ledger import (
    EXCLUSION,
    IDS,
    PACK,
    SPEC,
    MemoryLedger,
    build,
    codes,
    complete_ledger,
    row,
    small_ledger,
    state,
)


def words(ledger: MemoryLedger) -> str:
    """What the statement says, escapes undone."""
    return parse_shifted(build(ledger).markdown)


def facts_table(ledger: MemoryLedger) -> dict[str, str]:
    """The rows of the table about the document itself."""
    tables = [block for block in walk(parse_markdown(build(ledger).markdown).blocks) if isinstance(block, Table)]
    return {plain_text(line[0]): plain_text(line[1]) for line in tables[0].rows}


def test_a_population_with_fewer_or_other_controls_is_refused_when_the_pack_is_read() -> None:
    asked = SPEC.data["requirements"]

    assert tuple(asked) == IDS
    assert len(asked) == len(set(asked)) == 38


@pytest.mark.parametrize("seed", range(6))
def test_totals_equal_the_population_whatever_is_declared(seed: int) -> None:
    chance = random.Random(seed)
    ledger = small_ledger()
    ledger.system("fraud-watch")
    for control_id in chance.sample(IDS, 20):
        shape = chance.choice(["yes", "no", "per_system", "twice", "own"])
        claim = chance.choice(["implemented", "partial", "planned", "not_started", None])
        if shape == "no":
            ledger.control(control_id, **EXCLUSION)
        elif shape == "per_system":
            ledger.control(control_id, applicable=shape, exceptions=[{"system": "fraud-watch", "applicable": "yes"}])
        elif shape == "own":
            ledger.control(f"X.{control_id}", source="own", title="Own", implementation_status=claim)
        else:
            for _ in range(2 if shape == "twice" else 1):
                ledger.control(control_id, implementation_status=claim)
    statement = state(ledger)

    assert tuple(one.id for one in statement.population) == IDS
    for counts in (statement.applicability, statement.states, statement.evidence):
        assert sum(counts.values()) == len(statement.rows)
    assert set(statement.states) == set(SHOWN)


def test_a_claim_is_never_shown_higher_than_it_was_made() -> None:
    ledger = small_ledger()
    for control_id, claim in zip(IDS, ("planned", "partial", "not_started"), strict=False):
        ledger.proof(control_id)
        ledger.control(control_id, implementation_status=claim, target_date="2027-01-31")

    rows = [row(ledger, control_id) for control_id in IDS[:3]]

    assert [one.evidence for one in rows] == ["provided"] * 3
    assert [one.shown for one in rows] == ["planned", "partial", "not_started"]


def test_implemented_needs_every_item_that_the_declaration_names() -> None:
    ledger = small_ledger()
    ledger.proof("A.10.4")
    items = [{"kind": "decision", "about": "d-A.10.4", "shows": "one"}, {"kind": "supplier", "shows": "another"}]
    ledger.control("A.10.4", evidence=items)

    assert (row(ledger, "A.10.4").shown, row(ledger, "A.10.4").evidence) == ("claimed", "not provided")


def test_evidence_past_the_organisations_limit_lowers_the_claim_and_the_limit_is_printed() -> None:
    ledger = small_ledger()
    ledger.policy({"decision": 30})
    ledger.proof("A.10.4", time="2026-01-01T10:00:00.000000Z")
    ledger.control("A.10.4")

    assert (row(ledger, "A.10.4").shown, row(ledger, "A.10.4").evidence) == ("claimed", "stale")
    assert "| decision | 30 | the organisation's policy |" in words(ledger)


@pytest.mark.parametrize("text", ["Entfällt.", "Trifft nicht zu", "kein Budget", "Gute Praxis"])
def test_german_phrases_are_no_reasons_either(text: str) -> None:
    ledger = small_ledger()
    ledger.control("A.4.4", **{**EXCLUSION, "justification": text})

    assert "justification_blocked" in codes(ledger, "A.4.4")


def test_roles_towards_each_system_stand_before_the_table_of_controls() -> None:
    said = words(complete_ledger())

    assert said.index("| provider, deployer |") < said.index("# 3 Controls of Annex A")


def test_an_exclusion_that_rests_on_a_role_says_which() -> None:
    ledger = small_ledger()
    ledger.control("A.10.4", **EXCLUSION, role="deployer")

    assert "Holds in the role of: deployer" in words(ledger)


def test_reasons_come_as_flags_with_a_legend_and_lead_to_what_they_name() -> None:
    ledger = small_ledger()
    ledger.add("objective", objective_id="O-1", objective="Equal chances.")
    ledger.control("A.10.4", drivers=["risk", "law", "objective"], objectives=["O-1"], obligations=["GDPR Art. 22"])

    said = words(ledger)

    assert "| R L O |" in said
    for part in ("Risks: R-1", "Objectives: O-1", "Obligations: GDPR Art. 22", "**L** law: a legal duty"):
        assert part in said


def test_when_a_declaration_was_looked_at_and_what_it_matches_elsewhere_is_printed() -> None:
    ledger = small_ledger()
    ledger.control(
        "A.10.4", last_reviewed="2026-10-02", review_due="2027-10-01", systems=["credit-scoring"],
        crosswalk=["ISO/IEC 27001 A.5.20"],
    )  # fmt: skip

    said = words(ledger)

    for part in ("last looked at on 2026-10-02", "again by 2027-10-01", "declared for: credit-scoring", "A.5.20"):
        assert part in said


def test_a_change_that_one_later_declaration_hides_is_still_said() -> None:
    ledger = complete_ledger()
    changed = ledger.risk("R-2")
    old = next(entry for entry in ledger.held if entry.data.get("control_id") == "A.10.3")
    ledger.control("A.10.3", replaces=old)
    statement = state(ledger)

    assert (statement.newer, statement.changed) == ((), changed)
    assert {one.id for one in statement.behind} == set(IDS) - {"A.10.3"}
    assert "37 of the 38 controls were declared before the last change" in words(ledger)


def test_nothing_is_behind_when_everything_was_declared_after_the_last_change() -> None:
    assert state(complete_ledger()).behind == ()


def test_bought_ai_that_no_registration_names_is_missing_in_the_inventory() -> None:
    ledger = complete_ledger()
    bought = ledger.add("supplier", record_id="s-1", supplier="chatco", action="agreement", supplies=["ai_system"])
    ledger.add(
        "supplier", record_id="s-2", supplier="bureau", action="agreement", supplies=["ai_system"],
        systems=["credit-scoring"],
    )  # fmt: skip
    ledger.add("supplier", record_id="s-3", supplier="gone", action="ended", supplies=["ai_system"])

    assert state(ledger).bought == (bought,)
    assert "AI system bought from chatco" in words(ledger)


def test_the_header_names_every_field_and_a_missing_one_is_loud() -> None:
    rows = facts_table(small_ledger())

    assert list(rows) == [
        "Standard and edition", "Organisation", "Owner of this statement", "Prepared by", "Reviewed by",
        "Issue date, effective date", "Next review", "Supersedes", "Risk assessment", "Impact assessments",
        "Treatment plan",
    ]  # fmt: skip
    for name in ("Organisation", "Owner of this statement", "Prepared by", "Reviewed by", "Next review"):
        assert rows[name] == "not provided"
    assert rows["Impact assessments"].startswith("aiia-credit-scoring version 1")


def test_the_file_names_the_ledgers_head_and_its_version_and_calls_itself_a_draft() -> None:
    ledger = complete_ledger()
    with zipfile.ZipFile(io.BytesIO(build(ledger).data)) as archive:
        said = re.sub(r"<[^>]+>", " ", archive.read("word/document.xml").decode())

    assert ledger.checkpoint.root.hex() in said
    assert f"{ledger.checkpoint.size}" in said
    assert "DRAFT" in said


def test_assessments_are_asked_for_per_system_before_a_5_counts_as_implemented() -> None:
    ledger = complete_ledger()
    ledger.system("chat-assistant")
    for control_id in ("A.5.2", "A.5.3", "A.5.4", "A.5.5"):
        old = [entry for entry in ledger.held if entry.data.get("control_id") == control_id][-1]
        ledger.control(control_id, replaces=old)

    assert [row(ledger, one).shown for one in ("A.5.2", "A.5.3", "A.5.4", "A.5.5")] == ["claimed"] * 4
    assert "chat-assistant" in row(ledger, "A.5.2").status.reason


def test_every_control_whose_exclusion_data_could_contradict_names_what_would() -> None:
    levels = {point.id: point.data["exclusion"] for point in SPEC.points}

    for control_id in ("A.6.1.2", "A.6.1.3", "A.6.2.3", "A.7.2", "A.7.3", "A.7.4", "A.7.5", "A.7.6", "A.9.2"):
        assert levels[control_id]["contradicted_by"], control_id


def test_no_sentence_of_the_pack_uses_the_words_of_a_standard() -> None:
    for language in PACK.languages:
        for key, text in PACK.texts[language].items():
            assert not re.search(r"\bThe organi[sz]ation shall\b|\bDie Organisation muss\b", text), key
