"""The impact assessment of an AI system as a document."""

import pytest

from docgen.build import build_document
from docgen.escape import parse_shifted
from docgen.gaps import gaps
from docgen.packs import load_pack
from ledger.entry import Entry
from tests.docgen.aims_ledger import full_ledger
from tests.docgen.samples import HOSTILE
from tests.docgen.statement_ledger import MemoryLedger

PACK = load_pack("iso42001")
DOCUMENT = "ai-impact-assessment"
POINTS = tuple(point.id for point in PACK.document(DOCUMENT).points)


def words(ledger: MemoryLedger) -> dict[str, tuple[str, str]]:
    found = gaps(ledger, PACK, DOCUMENT, system="credit-scoring", version="1.0")
    return {one.id: (one.status, one.reason) for one in found}


def text(ledger: MemoryLedger, language: str = "en") -> str:
    built = build_document(ledger, PACK, DOCUMENT, system="credit-scoring", version="1.0", language=language)
    return parse_shifted(built.markdown)


def newest(ledger: MemoryLedger) -> Entry:
    return [entry for entry in ledger.held if entry.kind == "impact_assessment"][-1]


def change(ledger: MemoryLedger, *, without: str = "", **members: object) -> Entry:
    """The assessment again, with other members."""
    old = newest(ledger)
    body = {name: value for name, value in old.data.items() if name not in (without, "references")} | members
    return ledger.add("impact_assessment", subject="credit-scoring", replaces=old, **body)


def test_a_complete_assessment_answers_every_point() -> None:
    assert {status for status, _ in words(full_ledger()).values()} == {"provided"}


@pytest.mark.parametrize(
    ("member", "point", "lack"),
    [
        ("scope", "IA-2", "what was assessed"),
        ("intended_uses", "IA-3", "no intended use"),
        ("data_quality", "IA-4", "quality of the data"),
        ("model", "IA-5", "nothing about the model"),
        ("deployment", "IA-6", "setting of use"),
        ("parties", "IA-7", "names no party"),
        ("society", "IA-8", "for society"),
        ("measures", "IA-9", "names no measure"),
        ("outcome", "IA-10", "whether to go on"),
        ("review_if", "IA-11", "calls for an earlier one"),
    ],
)
def test_what_the_outline_asks_for_is_missed_by_name(member: str, point: str, lack: str) -> None:
    ledger = full_ledger()
    change(ledger, without=member)

    status, reason = words(ledger)[point]

    assert status == "not provided"
    assert lack in reason


def test_a_draft_is_no_assessment() -> None:
    ledger = full_ledger()
    change(ledger, status="draft")

    assert {status for status, _ in words(ledger).values()} == {"not provided"}
    assert "| aiia-credit-scoring" in text(ledger)


def test_a_new_version_of_the_assessment_needs_its_own_approval() -> None:
    ledger = full_ledger()
    change(ledger, version="3")

    assert "approval" in words(ledger)["IA-10"][1]


def test_an_assessment_past_its_day_is_stale() -> None:
    ledger = full_ledger()
    ledger.now = "2028-01-01T00:00:00.000000Z"

    assert words(ledger)["IA-11"][0] == "stale"


def test_dimensions_without_an_impact_are_named_and_unknown_risks_are_said() -> None:
    said = text(full_ledger())

    assert "No impact is recorded in: accountability, transparency, privacy" in said
    assert "R-99 (not in the risk register)" in said


def test_an_empty_list_of_impacts_is_a_statement_and_a_missing_one_is_not() -> None:
    ledger = full_ledger()
    change(ledger, impacts=[])

    assert words(ledger)["IA-8"][0] == "provided"


def test_of_another_system_nothing_is_shown() -> None:
    ledger = full_ledger()
    ledger.system("fraud-watch")

    found = gaps(ledger, PACK, DOCUMENT, system="fraud-watch", version="1.0")

    assert {one.status for one in found} == {"not provided"}


def test_hostile_words_print_as_themselves() -> None:
    ledger = full_ledger()
    change(ledger, scope=HOSTILE, intended_uses=[HOSTILE], parties=[{"group": HOSTILE, "consulted": HOSTILE}])

    assert text(ledger).count(HOSTILE) >= 3


def test_german_says_the_same() -> None:
    said = text(full_ledger(), "de")

    assert "Nutzen und Schäden" in said
    assert "erfasst zu: Verantwortlichkeit" in said
