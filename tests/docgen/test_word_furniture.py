"""What surrounds the text of a Word file: watermark, change history, properties, references to captions."""

import pytest

from docgen.digest import content_digest, content_lines
from docgen.errors import TemplateError
from docgen.functions import Printer
from docgen.info import DOCUMENT_STATES, ApprovalLine, HistoryLine
from docgen.labels import Labels
from docgen.markdown import parse_markdown
from docgen.word import write_word
from docgen.word.properties import CUSTOM_NAMES
from tests.docgen.samples import PICTURES, VERY_HOSTILE, body, info
from tests.docgen.wordfile import Element, WordFile, text_of

TEXTPATH = "//*[local-name()='textpath'][@string]/@string"
TABLE = "::: table id=risks caption=Risks\n| a |\n|---|\n| b |\n:::\n\n"


def written(markdown: str = "words", **changes: object) -> WordFile:
    return WordFile(write_word(parse_markdown(markdown), info(**changes), pictures=PICTURES))


@pytest.mark.parametrize("state", DOCUMENT_STATES)
def test_only_a_published_document_has_no_watermark(state: str) -> None:
    file = written(state=state)
    marks = [file.values(TEXTPATH, file.part(name)) for name in sorted(file.parts) if "word/header" in name]

    expected = {"published": [], "superseded": ["SUPERSEDED"], "withdrawn": ["WITHDRAWN"]}.get(state, ["DRAFT"])
    assert marks == [expected] * 3  # upright pages, wide pages, the cover


def test_every_section_has_a_header_that_carries_the_watermark() -> None:
    file = WordFile(write_word(body(), info(), pictures=PICTURES))

    assert all(file.values("w:headerReference/@r:id", section) for section in file.find("//w:sectPr"))


def test_shapes_of_the_watermark_have_ids_of_their_own() -> None:
    file = written()
    shapes = [file.values("//*[local-name()='shape']/@id", file.part(n)) for n in file.parts if "word/header" in n]

    assert len({shape for ids in shapes for shape in ids}) == 3


def test_the_change_history_stands_on_the_cover_with_days_of_the_language() -> None:
    steps = (
        HistoryLine("1", "published", "2026-10-01", "first version", "staff-110"),
        HistoryLine("2", "in review", "2026-11-02", VERY_HOSTILE, ""),
    )
    file = WordFile(
        write_word(
            parse_markdown("# A"), info(history=steps), labels=Labels.of({"format.date": "{day}.{month}.{year}"})
        )
    )
    rows = [[text_of(cell) for cell in file.find("w:tc", row)] for row in file.find("//w:tbl[2]/w:tr")]

    assert "Change history" in file.paragraphs("Control Heading")
    assert rows[0] == ["Version", "Date", "State", "Change", "By"]
    assert rows[1] == ["1", "01.10.2026", "published", "first version", "staff-110"]
    assert "R&D <5% {{ 7*7 }}" in rows[2][3]


def test_a_first_version_has_no_history() -> None:
    assert "Change history" not in text_of(written().document)


def test_the_control_block_names_audience_knowledge_and_approvals() -> None:
    approval = ApprovalLine(7, "ab" * 32, "staff-110", "2026-11-23", "(no second person)")
    text = text_of(written(audience="notified-body", known_at="2026-11-20T00:00:00Z", approvals=(approval,)).document)

    assert "Built fornotified body" in text
    assert "As known at2026-11-20 00:00:00 UTC" in text
    assert "Approvedstaff-110, 2026-11-23 [#7 abababab] (no second person)" in text


def test_custom_properties_say_what_records_systems_look_for() -> None:
    file = WordFile(write_word(body(), info(classification=VERY_HOSTILE), pictures=PICTURES))
    root = file.part("docProps/custom.xml")
    values = {one.get("name"): text_of_value(one) for one in root}

    assert tuple(values) == CUSTOM_NAMES
    assert values["Document number"] == "TD-credit-scoring-1.1"
    assert values["Content digest"] == content_digest(body(), PICTURES)
    assert values["Checkpoint"] == f"412 {bytes(range(32)).hex()}"
    assert values["Classification"].startswith("R&D <5%")
    assert [one.get("pid") for one in root] == [str(n) for n in range(2, 2 + len(CUSTOM_NAMES))]


def text_of_value(element: object) -> str:
    return str(element[0].text)  # type: ignore[index]


def test_a_reference_to_a_table_is_a_field_with_its_number_as_result() -> None:
    ref = Printer("en", {}).ref("table:risks")
    file = written(f"See {ref}.\n\n{TABLE.replace('id=risks ', '')}{TABLE}")
    (name,) = file.values("//w:bookmarkStart[starts-with(@w:name, '_Ref_')]/@w:name")

    assert file.values("//w:instrText[contains(text(), 'REF ')]/text()") == [f" REF {name} \\h "]
    assert "See Table 2." in text_of(file.document)


def test_references_count_figures_apart_from_tables_and_before_they_come() -> None:
    printer = Printer("de", {"labels.figure": "Abbildung"})
    markdown = f'{printer.ref("figure:chart")}\n\n{TABLE}![a](image:chart "C")\n'

    assert text_of(written(markdown).document).count("Abbildung 1") == 1


def test_the_content_digest_covers_the_number_that_is_read() -> None:
    reference = Printer("en", {}).ref("table:risks")
    first = parse_markdown(f"See {reference}\n\n{TABLE}")
    second = parse_markdown(f"See {reference}\n\n{TABLE.replace('id=risks ', '')}{TABLE}")

    assert content_lines(second)[1] != content_lines(first)[1]


@pytest.mark.parametrize("target", ["table:nowhere", "figure:chart"])
def test_a_reference_that_leads_nowhere_is_refused(target: str) -> None:
    with pytest.raises(TemplateError, match="which is nowhere"):
        parse_markdown(f"{Printer('en', {}).ref(target)}\n\n{TABLE}![a](image:chart)")


def test_ids_of_tables_are_unique_and_need_a_caption() -> None:
    with pytest.raises(TemplateError, match="table id risks comes 2 times"):
        parse_markdown(TABLE + TABLE)
    with pytest.raises(TemplateError, match="of a table with a caption"):
        parse_markdown("::: table id=x\n| a |\n|---|\n| b |\n:::")


def test_references_to_headings_are_not_made_this_way() -> None:
    with pytest.raises(ValueError, match="expected table:ID or figure:KEY"):
        Printer("en", {}).ref("AnnexIV-1-a")


def test_a_status_line_before_a_heading_does_not_drag_it_along() -> None:
    line = '::: status word="provided"\nx\n:::\n\n'
    file = written(f"# A\n\n{line}# B\n\n{line}words\n")

    assert [len(file.find("w:pPr/w:keepNext[@w:val='0']", p)) for p in status_lines(file)] == [1, 0]


def status_lines(file: WordFile) -> list[Element]:
    return file.find("//w:p[w:pPr/w:pStyle/@w:val='StatusLine']")
