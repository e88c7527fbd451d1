"""Inside a Word file: each feature is there, once, as the standard wants it."""

import io
import re

import docx
import pytest

from docgen.errors import TemplateError
from docgen.escape import visible
from docgen.labels import Labels
from docgen.markdown import parse_markdown
from docgen.pictures import Picture
from docgen.status import STATUS_WORDS
from docgen.tree import Figure, Heading, Table, plain_text, walk
from docgen.word import write_word
from docgen.word.styles import STYLE_NAMES
from tests.docgen.samples import PICTURES, VERY_HOSTILE, Cited, body, info, png
from tests.docgen.wordfile import WordFile, text_of


@pytest.fixture(scope="module")
def sample() -> WordFile:
    return WordFile(write_word(body(), info(), pictures=PICTURES))


def written(markdown: str, **changes: object) -> WordFile:
    return WordFile(write_word(parse_markdown(markdown), info(**changes), pictures=PICTURES))


def test_every_page_is_a4_and_wide_ones_are_turned(sample: WordFile) -> None:
    sizes = sample.find("//w:sectPr/w:pgSz")

    assert [(size.get(size.keys()[0]), len(size.keys())) for size in sizes] == [
        ("11906", 2), ("11906", 2), ("16838", 3), ("11906", 2),
    ]  # fmt: skip
    assert sample.values("//w:sectPr/w:pgSz/@w:orient") == ["landscape"]


def test_the_cover_shows_title_marking_state_and_the_control_block(sample: WordFile) -> None:
    control = sample.find("//w:tbl")[0]
    rows = [[text_of(cell) for cell in sample.find("w:tc", row)] for row in sample.find("w:tr", control)]

    assert sample.paragraphs("Title") == ["Technical documentation"]
    assert sample.paragraphs("Marking") == ["EXAMPLE · DRAFT"]
    assert dict(rows) == {
        "Document number": "TD-credit-scoring-1.1",
        "Version": "1",
        "State": "draft · EXAMPLE",
        "Classification": "Internal",
        "Organisation": "Muster Bank",
        "AI system": "credit-scoring 1.1",
        "Owner": "Head of risk",
        "Law or standard": "Regulation (EU) 2024/1689, consolidated, as of 2026-11-23",
        "Ledger": "example.org/aims/0123456789abcdef",
        "Checkpoint": "412 entries, root 0001020304050607",
        "Evidence up to": "2026-11-23 10:00:00 UTC",
        "Built from": "pack eu_tech_docs 0.1.0, aims-ledger 0.1.0",
        "Language": "English",
    }
    assert sample.paragraphs("Cover Notice") == ["No conformity assessment."]


def test_the_contents_list_every_heading_as_a_link_and_ask_for_no_update(sample: WordFile) -> None:
    headings = [block for block in walk(body().blocks) if isinstance(block, Heading)]
    entries = sample.find("//w:p[starts-with(w:pPr/w:pStyle/@w:val, 'Toc')][w:hyperlink]")
    bookmarks = sample.values("//w:bookmarkStart/@w:name")

    assert [text_of(entry) for entry in entries] == [plain_text(h.children) for h in headings if h.level <= 2]
    assert all(target in bookmarks for target in sample.values("//w:hyperlink/@w:anchor"))
    assert sample.find("//w:instrText")[0].text == ' TOC \\o "1-2" \\h \\z \\n '
    everything = b"".join(sample.parts.values())
    assert b"w:dirty" not in everything
    assert b"updateFields" not in everything


def test_the_contents_follow_the_cover_when_no_place_is_named() -> None:
    file = written("# One\n\n## Two\n\n### Three\n\n#### Four")

    assert file.paragraphs("toc 1") == ["One"]
    assert file.paragraphs("toc 3") == ["Three"]
    assert file.paragraphs("TOC Heading") == ["Contents"]


def test_a_document_without_headings_has_no_contents() -> None:
    file = written("words")

    assert file.paragraphs("TOC Heading") == []
    assert file.find("//w:instrText") == []


def test_fields_open_and_close_in_pairs(sample: WordFile) -> None:
    for name in ("word/document.xml", *(n for n in sample.parts if "header" in n or "footer" in n)):
        marks = sample.values("//w:fldChar/@w:fldCharType", sample.part(name))
        assert marks == ["begin", "separate", "end"] * (len(marks) // 3), name


def test_header_and_footer_say_what_page_of_which_document(sample: WordFile) -> None:
    headers = [text_of(sample.part(name)) for name in sorted(sample.parts) if "word/header" in name]
    footers = [sample.part(name) for name in sorted(sample.parts) if "word/footer" in name]

    assert headers == ["Technical documentation · TD-credit-scoring-1.1\tEXAMPLE · DRAFT"] * 2 + [""]  # the cover
    for footer in footers:
        assert text_of(footer).startswith("Internal · Checkpoint 412 / 00010203\tPage ")
        assert [code.text for code in sample.find("//w:instrText", footer)] == [" PAGE ", " NUMPAGES "]
    furnished = [bool(sample.find("w:footerReference", section)) for section in sample.find("//w:sectPr")]
    assert furnished == [False, True, True, True], "all but the cover"


def test_headings_have_styles_and_stable_bookmarks(sample: WordFile) -> None:
    assert sample.paragraphs("heading 1") == ["Points plain words", "Text", "Wide", "Register"]
    assert "h_P_0" in sample.values("//w:p[w:pPr/w:pStyle/@w:val='Heading2']/w:bookmarkStart/@w:name")
    twice = written("# Same words\n\n# Same  words\n\n# Grüße, Welt!")
    assert twice.values("//w:bookmarkStart/@w:name") == ["h_Same_words", "h_Same_words_2", "h_Grue_Welt"]


def test_bookmarks_are_unique_and_short_enough_for_word(sample: WordFile) -> None:
    names, ids = sample.values("//w:bookmarkStart/@w:name"), sample.values("//w:bookmarkStart/@w:id")

    assert len({name.lower() for name in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,39}", name) for name in names)
    assert ids == [str(number) for number in range(1, len(ids) + 1)]
    assert sorted(ids) == sorted(sample.values("//w:bookmarkEnd/@w:id"))


def test_citations_are_links_to_the_register(sample: WordFile) -> None:
    cites = sample.find("//w:hyperlink[starts-with(@w:anchor, 'entry_')]")

    assert {text_of(cite).replace("\u00a0", " ") for cite in cites} >= {f"[#40 {Cited(40).leaf_hash.hex()[:8]}]"}
    row = sample.find("//w:tr[.//w:bookmarkStart/@w:name='entry_40']")
    assert len(row) == 1
    assert text_of(row[0]) == f"#40 {Cited(40).leaf_hash.hex()[:8]}{Cited(40).leaf_hash.hex()}"


def test_tables_repeat_their_header_and_keep_rows_whole(sample: WordFile) -> None:
    tables = [block for block in walk(body().blocks) if isinstance(block, Table)]

    assert len(sample.find("//w:tblHeader[not(@*)]")) == sum(bool(table.header) for table in tables)
    assert len(sample.find("//w:tblHeader")) == len(sample.find("//w:tblHeader[not(@*)]"))
    assert len(sample.find("//w:tr[w:trPr/w:cantSplit]")) == len(sample.find("//w:tr"))


def test_every_cell_has_the_width_of_its_column(sample: WordFile) -> None:
    for table in sample.find("//w:tbl"):
        grid = sample.values("w:tblGrid/w:gridCol/@w:w", table)
        assert sum(map(int, grid)) == int(sample.values("w:tblPr/w:tblW/@w:w", table)[0])
        for row in sample.find("w:tr", table):
            assert sample.values("w:tc/w:tcPr/w:tcW/@w:w", row) == grid


def test_relative_widths_are_kept_to_the_twip() -> None:
    file = written("::: table widths=1,2,1\n| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |\n:::")

    grid = [int(width) for width in file.values("//w:tbl[2]//w:gridCol/@w:w")]
    assert grid == [2353, 4706, 2353]


def test_a_long_word_gets_room_and_a_long_text_leaves_some() -> None:
    file = written(f"| id | text | state |\n|---|---|---|\n| 1 | {'many words ' * 40} | acknowledgement |")

    first, text, state = (int(width) for width in file.values("//w:tbl[2]//w:gridCol/@w:w"))
    assert first + text + state == 9412
    assert state > 15 * 85
    assert text > state > first


def test_small_tables_stay_on_one_page_and_long_ones_do_not() -> None:
    small = written("| a |\n|---|\n| 1 |\n| 2 |")
    long = written("| a |\n|---|\n" + "| 1 |\n" * 7)
    tall = written("| a |\n|---|\n" + f"| {'words ' * 300} |\n" * 3)

    assert len(small.find("//w:tbl[2]//w:keepNext")) == 2, "all rows but the last"
    assert len(long.find("//w:tbl[2]//w:keepNext")) == 1, "no header row alone at the foot of a page"
    assert len(tall.find("//w:tbl[2]//w:keepNext")) == 1


def test_quotes_code_rules_and_page_breaks_have_their_styles() -> None:
    file = written("> said\n\n```\na\n  b\n```\n\n---\n\n::: pagebreak\n:::\n\n::: requirement\nasked\n:::")

    assert file.paragraphs("Quote") == ["said"]
    assert file.paragraphs("Code Block") == ["a\n  b"]
    assert file.paragraphs("Rule") == [""]
    assert file.paragraphs("Requirement") == ["asked"]
    assert len(file.find("//w:p[w:pPr/w:pStyle/@w:val='Requirement']/w:pPr/w:pageBreakBefore")) == 1
    assert not file.find("//w:br[@w:type='page']"), "it would leave a page empty behind a full one"


def test_nothing_stands_between_a_table_and_the_page_that_begins_behind_it() -> None:
    file = written("| a |\n|---|\n| b |\n\n::: pagebreak\n:::\n\nwords")

    assert len(file.find("//w:body/w:tbl[2]/following-sibling::*[1][self::w:p]/w:pPr/w:pageBreakBefore")) == 1
    assert file.paragraphs("After Table") == []


def test_a_page_break_before_a_table_or_the_end_is_a_paragraph() -> None:
    file = written("a\n\n::: pagebreak\n:::\n\n| a |\n|---|\n| b |\n\n::: pagebreak\n:::")

    assert len(file.find("//w:br[@w:type='page']")) == 2
    assert not file.find("//w:pageBreakBefore")


def test_strong_words_in_bold_places_have_no_style_that_would_switch_them_off() -> None:
    file = written("# A **b** *c **d***\n\n| **h** |\n|---|\n| **t** |\n\n| | |\n|---|---|\n| **k** | v |")

    styled = {text_of(run): file.values("w:rPr/w:rStyle/@w:val", run) for run in file.find("//w:r[w:t]")}
    assert {word: styled[word] for word in ("b", "c ", "d", "h", "t", "k")} == {
        "b": [], "c ": ["Emphasis"], "d": ["Emphasis"], "h": [], "t": ["Strong"], "k": [],
    }  # fmt: skip


def test_lists_in_boxes_keep_the_look_of_the_box() -> None:
    file = written("::: summary title=Sum\n**5 points**\n\n- a\n\n  more\n- b\n\n1. c\n:::\n\n::: note\n- d\n:::")

    assert file.paragraphs("Summary") == ["Sum\n5 points", "•\u2002a", "more", "•\u2002b", "–\u2002c"]
    assert file.paragraphs("Note") == ["Note", "•\u2002d"]


def test_status_words_are_text_in_styles_of_their_own(sample: WordFile) -> None:
    names = sample.style_names()
    for word in STATUS_WORDS:
        style_ids = [style_id for style_id, name in names.items() if name == f"Status {word}"]
        runs = sample.find(f"//w:r[w:rPr/w:rStyle/@w:val='{style_ids[0]}']")
        assert {text_of(run) for run in runs} == {word}


def test_what_is_missing_is_loud(sample: WordFile) -> None:
    empty, box = sample.paragraphs("Missing")

    assert empty == "NOT PROVIDED: nothing has been written here yet."
    assert box == "NOT PROVIDED\u2003Nobody has written this. plain words"


def test_slots_are_controls_with_tag_alias_and_point_bookmarks(sample: WordFile) -> None:
    controls = sample.find("//w:sdt")

    tags = [sample.values("w:sdtPr/w:tag/@w:val", control)[0] for control in controls]
    assert tags == ["derived-1", "human.1", "empty", "cell.1", "cell.2", "cell.3"]
    assert sample.values("//w:sdtPr/w:alias/@w:val") == tags
    assert sample.values("//w:sdtPr/w:id/@w:val") == ["1", "2", "3", "4", "5", "6"]
    for number in range(1, 7):
        for side in "se":
            (mark,) = sample.find(f"//w:bookmarkStart[@w:name='_aims_{number}_{side}']")
            following = mark.getnext()
            assert following is not None
            assert following.get(following.keys()[0]) == sample.values("@w:id", mark)[0], "a point"
    assert sample.find("//w:sdt//w:sdt") == []


def test_controls_are_of_the_sort_that_survives(sample: WordFile) -> None:
    kinds = {
        sample.values("w:sdtPr/w:tag/@w:val", control)[0]: bool(sample.find("w:sdtPr/w:docPartObj", control))
        for control in sample.find("//w:sdt")
    }

    assert kinds == {
        "derived-1": True, "human.1": True, "empty": True, "cell.1": True, "cell.2": True, "cell.3": False,
    }  # fmt: skip
    assert len(sample.find("//w:sdt[w:sdtPr/w:tag/@w:val='cell.3']/w:sdtPr/w:text")) == 1


def test_an_empty_slot_says_that_its_words_are_not_its_text(sample: WordFile) -> None:
    placeholders = sample.values("//w:sdt[w:sdtPr/w:showingPlcHdr]/w:sdtPr/w:tag/@w:val")

    assert placeholders == ["empty", "cell.2"]


def test_language_is_set_for_the_document_and_for_words_in_another(sample: WordFile) -> None:
    assert sample.values("//w:docDefaults//w:lang/@w:val", sample.part("word/styles.xml")) == ["en-GB"]
    german = [text_of(run) for run in sample.find("//w:r[w:rPr/w:lang/@w:val='de-DE']")]
    assert "Von Menschen: plain words" in german
    assert "Deutscher Absatz." in german
    assert "Note." not in german


def test_pictures_have_alternative_text_and_fit_the_page(sample: WordFile) -> None:
    (figure,) = [block for block in walk(body().blocks) if isinstance(block, Figure)]

    assert sample.values("//wp:docPr/@descr") == [figure.alt]
    assert sample.values("//wp:extent/@cx") == [str(80 * 36000)]
    wide = WordFile(
        write_word(parse_markdown("![a](image:p)"), info(), pictures={"p": Picture(png(4000, 10))}),
    )
    assert wide.values("//wp:extent/@cx") == [str(9412 * 635)]


def test_the_same_picture_is_stored_once() -> None:
    pictures = {"a": PICTURES["chart"], "b": PICTURES["chart"], "c": Picture(png(9, 9))}
    file = WordFile(
        write_word(parse_markdown("![a](image:a)\n\n![b](image:b)\n\n![c](image:c)"), info(), pictures=pictures)
    )

    assert [name for name in file.parts if "media" in name] == ["word/media/image1.png", "word/media/image2.png"]
    assert file.values("//wp:docPr/@id") == ["1", "2", "3"]


def test_captions_count_in_fields_with_their_results(sample: WordFile) -> None:
    assert sample.paragraphs("caption") == ["Table 1: Risks plain words"]
    assert sample.paragraphs("Figure Caption") == ["Figure 1: Caption plain words"]


def test_numbered_lists_start_anew() -> None:
    file = written("1. a\n2. b\n\nwords\n\n5. c")
    numbering = file.part("word/numbering.xml")

    used = file.values("//w:p/w:pPr/w:numPr/w:numId/@w:val")
    starts = {n: file.values(f"//w:num[@w:numId='{n}']//w:startOverride/@w:val", numbering) for n in set(used)}
    assert used == ["3", "3", "4"]
    assert starts == {"3": ["1"], "4": ["5"]}


def test_list_marks_have_a_paragraph_to_stand_in() -> None:
    file = written("- ```\n  code\n  ```\n- > quote\n")

    assert file.paragraphs("List Bullet") == ["", ""]


def test_only_styles_and_no_direct_formatting(sample: WordFile) -> None:
    names = sample.style_names()
    used = set(sample.values("//w:pStyle/@w:val | //w:rStyle/@w:val | //w:tblStyle/@w:val"))

    assert set(names.values()) >= set(STYLE_NAMES)
    assert used <= set(names)
    assert {child.tag.rpartition("}")[2] for child in sample.find("//w:r/w:rPr/*")} <= {"rStyle", "lang"}
    allowed = {"pStyle", "keepNext", "numPr", "sectPr"}
    assert {child.tag.rpartition("}")[2] for child in sample.find("//w:p/w:pPr/*")} <= allowed
    assert {child.tag.rpartition("}")[2] for child in sample.find("//w:tcPr/*")} <= {"tcW"}


def test_properties_come_from_the_ledger(sample: WordFile) -> None:
    properties = docx.Document(io.BytesIO(write_word(body(), info(), pictures=PICTURES))).core_properties

    assert properties.title == "Technical documentation"
    assert properties.author == "Muster Bank"
    assert properties.language == "en-GB"
    assert str(properties.created) == str(properties.modified) == "2026-11-23 10:00:00+00:00"
    assert not any("thumbnail" in name or "Effects" in name for name in sample.parts)


def test_hostile_words_print_as_themselves_everywhere() -> None:
    file = WordFile(write_word(body(VERY_HOSTILE), info(), pictures=PICTURES))
    seen = visible(VERY_HOSTILE)

    printed = [text_of(paragraph) for paragraph in file.find("//w:p[not(ancestor::w:hyperlink)]")]
    assert sum(text.count(seen) for text in printed) >= 25
    (note,) = file.values("//wp:docPr/@descr")
    assert note == f"Alternative {seen}"
    assert "49" not in "".join(file.paragraphs("Body Text"))


def test_hostile_words_in_the_control_block_print_as_themselves() -> None:
    words = f"{VERY_HOSTILE}\ud800\x00"
    file = written(
        "words",
        title=words, subtitle=words, number=words, organisation=words, subject=words, classification=words,
        origin=words, rows=((words, words),), notice=words, marking=words, author=words, version=words,
    )  # fmt: skip

    assert file.paragraphs("Title") == [visible(words)]
    assert file.paragraphs("Cover Notice") == [visible(words)]
    header = text_of(file.part("word/header1.xml"))
    assert header.count("\t") == 1
    assert "\n" not in header


def test_a_picture_that_is_none_is_refused() -> None:
    with pytest.raises(TemplateError, match="picture p: neither a PNG nor a JPEG file"):
        write_word(parse_markdown("![a](image:p)"), info(), pictures={"p": Picture(b"GIF89a")})
    with pytest.raises(TemplateError, match="picture p is shown but not there"):
        write_word(parse_markdown("![a](image:p)"), info())


def test_states_and_roots_are_checked() -> None:
    with pytest.raises(ValueError, match="state 'final', expected one of draft, in review"):
        info(state="final")
    with pytest.raises(ValueError, match="checkpoint root of 3 bytes, expected 32"):
        info(checkpoint_root=b"abc")


def test_texts_of_a_pack_replace_the_fixed_words() -> None:
    labels = Labels.of({"labels.contents": "Inhalt", "status.not provided": "fehlt", "state.draft": "Entwurf"})
    made = write_word(parse_markdown("# A\n\n::: missing\nx\n:::"), info(), labels=labels)
    file = WordFile(made)

    assert file.paragraphs("TOC Heading") == ["Inhalt"]
    assert file.paragraphs("Missing") == ["FEHLT\u2003x"]
    assert file.paragraphs("Marking") == ["EXAMPLE · ENTWURF"]
