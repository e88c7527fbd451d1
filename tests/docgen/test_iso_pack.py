"""The pack iso42001: its data, and the statement of applicability as a document."""

import io
import re
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from openxml_audit import OpenXmlValidator

from docgen.control_evidence import parse_evidence_rules
from docgen.escape import parse_shifted
from docgen.gaps import gaps
from docgen.markdown import parse_markdown
from docgen.objections import CODES, WARNINGS
from docgen.packcheck import check_pack
from docgen.packdata import LocalText
from docgen.prepare import prepare_document
from docgen.render import render_markdown
from docgen.soa_rows import APPLICABILITY, SHOWN
from docgen.tree import Anchor, Cite, Heading, InlineSlot, Table, plain_text, walk, walk_inlines
from ledger.entry import ErasedMember
from ledger.kinds import body_class
from tests.docgen.samples import HOSTILE, VERY_HOSTILE
from tests.docgen.statement_ledger import EXCLUSION, IDS, PACK, SPEC, MemoryLedger, build, complete_ledger

TEXTS = PACK.texts["en"]

# Counted off the table of contents of the standard's Annex A, by objective.
CONTROLS_BY_OBJECTIVE = {
    "A.2": range(2, 5), "A.3": range(2, 4), "A.4": range(2, 7), "A.5": range(2, 6), "A.6.1": range(2, 4),
    "A.6.2": range(2, 9), "A.7": range(2, 7), "A.8": range(2, 6), "A.9": range(2, 5), "A.10": range(2, 5),
}  # fmt: skip


def tables(ledger: MemoryLedger, caption: str) -> list[list[str]]:
    """The rows of the table with this caption, as words."""
    body = parse_markdown(build(ledger).markdown)
    for block in walk(body.blocks):
        if isinstance(block, Table) and block.caption.startswith(caption):
            return [[plain_text(cell) for cell in line] for line in block.rows]
    return []


def main_rows(ledger: MemoryLedger) -> dict[str, list[str]]:
    """The cells of the main table by control; heading rows are left out."""
    lines = [line for line in tables(ledger, "Controls of Annex A") if any(line[1:])]
    assert [line[0] for line in lines] == list(IDS)
    return {line[0]: line for line in lines}


# --- the data ---------------------------------------------------------------------------------------


def test_the_population_is_the_38_controls_in_their_order() -> None:
    expected = [f"{group}.{number}" for group, numbers in CONTROLS_BY_OBJECTIVE.items() for number in numbers]

    assert [point.id for point in SPEC.points] == expected
    assert len(expected) == 38
    assert {group.id: len(group.points) for group in SPEC.groups} == {
        group: len(numbers) for group, numbers in CONTROLS_BY_OBJECTIVE.items()
    }


def test_the_pack_builds_from_an_empty_ledger() -> None:
    check_pack(PACK)


def test_every_control_says_what_exclusion_would_take_and_leads_to_other_frameworks() -> None:
    for point in SPEC.points:
        exclusion = point.data["exclusion"]
        assert exclusion["level"] in ("never", "practically_never", "rare", "conditional"), point.id
        assert exclusion["only_if"], point.id
        for kind in exclusion.get("contradicted_by", ()):
            body_class(kind)
        for framework in ("eu_ai_act", "nist_ai_rmf", "iso27001_2022", "iso9001_2015"):
            pairs = point.data["crosswalk"][framework]
            assert pairs, (point.id, framework)
            assert all(isinstance(pair["published"], bool) and pair["ref"] for pair in pairs)


def test_no_published_mapping_to_iso_9001_is_claimed() -> None:
    assert not any(pair["published"] for point in SPEC.points for pair in point.data["crosswalk"]["iso9001_2015"])


def test_the_evidence_that_is_usual_is_there_for_every_control_and_fits_the_kinds() -> None:
    for point in SPEC.points:
        rules = parse_evidence_rules("iso42001", SPEC.data["template"]["statement"]["counts"], point.data, TEXTS)
        assert len(rules.usual) >= 1, point.id
        assert set(rules.usual) != {"document"}, f"{point.id}: documents alone show no practice"


def test_clauses_that_demand_a_control_allow_no_exclusion() -> None:
    levels = {point.id: point.data["exclusion"]["level"] for point in SPEC.points}

    assert {one for one, level in levels.items() if level == "never"} == {
        "A.2.2", "A.2.4", "A.3.2", "A.4.6", "A.5.2", "A.5.3",
    }  # fmt: skip


def test_external_reporting_is_labelled_as_inbound() -> None:
    assert [point.id for point in SPEC.points if point.data.get("labelled")] == ["A.8.3"]
    assert TEXTS["label.A.8.3"].startswith("Inbound")


@pytest.mark.parametrize("code", [f"count.{one}" for one in APPLICABILITY] + [f"shown.{one}" for one in SHOWN])
def test_every_answer_and_status_has_words(code: str) -> None:
    assert TEXTS[code]


def test_every_objection_has_words_and_every_word_an_objection() -> None:
    assert {key.removeprefix("objection.") for key in TEXTS if key.startswith("objection.")} == CODES
    assert CODES > WARNINGS


def test_titles_are_short_and_requirements_in_our_own_words() -> None:
    for point in SPEC.points:
        assert isinstance(point.title, LocalText)
        assert len(point.title.say("en")) <= 80
        assert "shall" not in point.requirement.say("en").split()


# --- the document -----------------------------------------------------------------------------------


def test_the_main_table_has_each_control_once_under_the_heading_of_its_objective() -> None:
    lines = tables(complete_ledger(), "Controls of Annex A")

    headings = [line[0] for line in lines if not any(line[1:])]
    assert [heading.split()[0] for heading in headings] == list(CONTROLS_BY_OBJECTIVE)
    assert Counter(line[0] for line in lines if any(line[1:])) == Counter(IDS)


def test_a_heading_row_stands_over_all_columns_and_the_file_is_valid(tmp_path: Path) -> None:
    data = build(complete_ledger()).data
    file = tmp_path / "soa.docx"
    file.write_bytes(data)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        words = archive.read("word/document.xml").decode()

    assert words.count('<w:gridSpan w:val="9"/>') == len(CONTROLS_BY_OBJECTIVE)
    assert [str(error) for error in OpenXmlValidator().validate(str(file)).errors] == []


def test_the_same_ledger_gives_the_same_bytes() -> None:
    first, second = build(complete_ledger()), build(complete_ledger())

    assert first.data == second.data
    assert first.content_digest == second.content_digest


def test_one_more_declaration_gives_another_content_digest() -> None:
    ledger = complete_ledger()
    before = build(ledger).content_digest
    ledger.control("X.1", source="own", title="Second look")

    assert build(ledger).content_digest != before


def test_totals_in_the_tables_equal_the_controls() -> None:
    ledger = complete_ledger()
    ledger.control("A.2.2")
    ledger.control("X.1", source="own", title="Second look")
    for caption in ("Controls by applicability", "Controls by status"):
        *counts, total = tables(ledger, caption)
        assert total[1:] == ["38", "1"]
        assert [sum(int(line[column]) for line in counts) for column in (1, 2)] == [38, 1]


def test_not_declared_is_loud_and_the_control_still_stands_once() -> None:
    ledger = MemoryLedger()
    ledger.system()

    rows = main_rows(ledger)

    assert rows["A.2.2"][2] == "NOT DECLARED"
    assert "NOT DECLARED" in rows["A.2.2"][4]
    assert "38 of them NOT DECLARED" in re.sub(r"[^ -~]", " ", build(ledger).markdown)


def test_a_conflict_shows_both_sides_and_takes_neither() -> None:
    ledger = complete_ledger()
    second = ledger.control("A.4.4", **EXCLUSION)

    cells = main_rows(ledger)["A.4.4"]

    assert cells[2] == "CONFLICT"
    assert "A changed version of the training library" in cells[4]
    assert "found no use of this" in cells[4]
    assert f"#{second.index}" in cells[4]
    assert cells[6] == "–"
    assert cells[7] == "conflict"


def test_a_claim_without_evidence_reads_as_claimed() -> None:
    ledger = complete_ledger()
    old = next(entry for entry in ledger.held if entry.data.get("control_id") == "A.10.3")
    ledger.control("A.10.3", replaces=old, evidence=[{"kind": "supplier", "shows": "due diligence"}])

    cells = main_rows(ledger)["A.10.3"]

    assert cells[6] == "claimed implemented; evidence: not provided"
    assert cells[7] == "not provided"


def test_an_unacceptable_justification_stands_beside_the_reason_why() -> None:
    ledger = complete_ledger()
    old = next(entry for entry in ledger.held if entry.data.get("control_id") == "A.10.3")
    ledger.control("A.10.3", replaces=old, justification="Not relevant.")

    assert "justification not acceptable: “Not relevant.” gives no reason" in main_rows(ledger)["A.10.3"][4]


def test_exceptions_of_single_systems_stand_in_the_matrix() -> None:
    ledger = complete_ledger()
    ledger.system("fraud-watch")
    old = next(entry for entry in ledger.held if entry.data.get("control_id") == "A.7.2")
    exception = {
        "system": "fraud-watch", "applicable": "no", "ground": "risk_assessment",
        "justification": "Its rules use no learnt data at all.",
    }  # fmt: skip
    ledger.control("A.7.2", replaces=old, exceptions=[exception])

    assert tables(ledger, "Controls that do not apply to all") == [
        ["A.7.2", "Data for development and enhancement of AI system", "yes", "no *"]
    ]
    assert [line[:3] for line in tables(ledger, "What was said for single")] == [["A.7.2", "fraud-watch", "no"]]
    assert tables(ledger, "Controls excluded")[0][2] == "fraud-watch"


def test_own_controls_stand_in_the_second_table_and_nowhere_in_the_first() -> None:
    ledger = complete_ledger()
    ledger.control("X.1", source="law", title="Oversight", framework="Regulation (EU) 2024/1689", evidence=None)

    line = tables(ledger, "Necessary controls that Annex A does not have")[0]

    assert line[:3] == ["X.1", "Oversight", "Law: Regulation (EU) 2024/1689"]
    assert "X.1" not in main_rows(ledger)


def test_without_own_controls_the_second_table_is_a_note() -> None:
    assert "No control beyond Annex A is declared" in build(complete_ledger()).markdown


def test_hostile_words_print_as_themselves_in_every_cell() -> None:
    ledger = complete_ledger()
    ledger.add("role_assignment", assignment_id="role-aims", role=HOSTILE, holder={"id": "p-1", "name": HOSTILE})
    ledger.control(
        "X.1", source="own", title=HOSTILE, justification=VERY_HOSTILE, framework=HOSTILE, obligations=[HOSTILE],
        drivers=["law"], evidence=[{"kind": "supplier", "shows": HOSTILE}], implementation_summary=VERY_HOSTILE,
    )  # fmt: skip

    line = tables(ledger, "Necessary controls that Annex A does not have")[0]

    assert line[1] == HOSTILE
    assert line[2] == f"Own: {HOSTILE}"
    assert HOSTILE in line[5]
    assert line[6].split("\n") == [HOSTILE, HOSTILE]


def test_an_erased_owner_is_printed_as_erased_and_the_name_is_nowhere() -> None:
    ledger = complete_ledger()
    gone = (ErasedMember("/holder/name", 77),)
    ledger.add("role_assignment", assignment_id="role-aims", role="AI officer", holder={"id": "p-017"}, erased=gone)

    assert main_rows(ledger)["A.2.2"][5] == "AI officer\nerased (entry 77)"


def test_every_citation_has_its_row_in_the_register_once() -> None:
    body = parse_markdown(build(complete_ledger()).markdown)
    inlines = list(walk_inlines(body.blocks))

    cited = {inline.index for inline in inlines if isinstance(inline, Cite)}
    anchors = [inline.index for inline in inlines if isinstance(inline, Anchor)]

    assert cited == set(anchors)
    assert len(anchors) == len(set(anchors))
    assert len(cited) > 2 * len(IDS)


def test_each_justification_is_a_slot_and_each_control_a_section() -> None:
    body = parse_markdown(build(complete_ledger()).markdown)

    slots = [one.id for one in walk_inlines(body.blocks) if isinstance(one, InlineSlot)]
    sections = [block.id for block in walk(body.blocks) if isinstance(block, Heading) and block.id in IDS]

    assert slots == [f"soa-{one}" for one in IDS]
    assert sections == list(IDS)


def test_a_draft_says_so_in_the_body_and_in_the_control_block() -> None:
    built = build(complete_ledger())
    with zipfile.ZipFile(io.BytesIO(built.data)) as archive:
        words = re.sub(r"<[^>]+>", "", archive.read("word/document.xml").decode())

    assert "A file whose cover says DRAFT is not approved" in parse_shifted(built.markdown)
    assert "DRAFT" in words
    assert "approved by" not in words.casefold()


def test_an_approval_of_earlier_contents_leaves_the_new_draft_unapproved() -> None:
    ledger = complete_ledger()
    ledger.add("approval", decision="approved", scope="publication", document=SPEC.id, digest="ab" * 32, by="board")

    markdown = build(ledger).markdown

    assert "for earlier contents" in markdown
    assert "abababab" in markdown


def test_limits_of_freshness_are_printed_with_whose_they_are() -> None:
    ledger = complete_ledger()
    ledger.policy({"monitoring": 90, "decision": 365})

    assert tables(ledger, "After how many days") == [
        ["decision", "365", "the organisation's policy"],
        ["monitoring", "90", "the organisation's policy"],
    ]


def test_gaps_and_document_agree() -> None:
    ledger = complete_ledger()
    ledger.control("A.2.2")
    ledger.control("A.4.4", replaces=ledger.held[-3], justification="n/a")

    found = gaps(ledger, PACK, SPEC.id)

    assert found == build(ledger).statuses
    assert {status.id for status in found if status.open} >= {"A.2.2"}


def test_a_ledger_without_systems_still_says_which_controls_apply() -> None:
    ledger = MemoryLedger()
    ledger.risk()
    ledger.control("A.2.2")

    assert main_rows(ledger)["A.2.2"][2] == "yes"
    assert "No AI system is registered" in build(ledger).markdown


def test_the_template_prints_every_optional_part() -> None:
    ledger = complete_ledger()
    ledger.add(
        "context", aspect="scope", item="s", description="Lending.", includes=["scoring"], excludes=["x"], sites=["y"]
    )
    ledger.add("context", aspect="role", item="r", description="The bank does it all.", roles=["provider"])
    ledger.add("decision", decision_id="m", topics=["risk_method"], title="M", decision="By risk.", reason="Order.")
    ledger.add("document", document_id="rtp", document_type="risk_treatment_plan", title="Plan", version="3")
    ledger.add("approval", decision="approved", scope="residual_risk", statement="0" * 64, object="Residual risks")
    ledger.add(
        "publication", document=SPEC.id, version="1", language="en", state="draft", owner="role-aims",
        prepared_by={"id": "p-1"}, reviewed_by={"id": "p-2", "name": "Max"}, issued_on="2026-11-01",
        effective_from="2026-12-01", review_due="2027-11-01", change="First version.", supersedes="none",
    )  # fmt: skip

    context = prepare_document(ledger, PACK, SPEC, None, None, "en").context
    words = re.sub(r"[^ -~]", " ", render_markdown(PACK, SPEC.id, context))

    for text in (
        "Lending",
        "The bank does it all",
        "By risk",
        "Plan, version 3",
        "Residual risks",
        "First version",
        "Max",
    ):
        assert text in words
