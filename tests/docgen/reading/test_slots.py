"""Slots found again after people and programs edited the file, and what in them is more than words."""

from collections.abc import Callable

import pytest

from docgen.markdown import parse_markdown, parse_prose
from docgen.reading import ReadSlot, read_document, to_markdown
from docgen.word import check_template, write_word
from docgen.word.starter import starter_template
from tests.docgen.reading.edited import Edited, p, word
from tests.docgen.samples import PICTURES, info

SOURCE = """# Chapter {id=one}

::: slot id=one kind=derived
Derived words.

| a | b |
|---|---|
| 1 | 2 |
:::

::: slot id=one.text kind=human
First paragraph with **bold** and *slanted* words.

- item
- other [link](https://example.org/?a=1&b=2)

Last paragraph.
:::

# Next {id=two}

::: slot id=two.text kind=human optional
:::

::: slot id=three kind=human
:::

| Name | Owner |
|---|---|
| Score | [Anna](slot:cell:human) |
"""
BODY = parse_markdown(SOURCE)
DOCUMENT = write_word(BODY, info(), pictures=PICTURES)
WRITTEN = (
    "First paragraph with **bold** and _slanted_ words.\n\n- item\n- other [link](<https://example.org/?a=1\\&b=2>)\n\n"
    "Last paragraph."
)


def edited() -> Edited:
    return Edited(DOCUMENT)


def slot(file: Edited, name: str = "one.text") -> ReadSlot:
    found = read_document(file.data()).slot(name)
    assert found is not None, name
    return found


def text(file: Edited, name: str = "one.text") -> str:
    return to_markdown(slot(file, name).blocks)


def test_an_untouched_file_reads_as_it_was_written() -> None:
    document = read_document(DOCUMENT)

    assert document.carrier is not None
    assert list(document.lines) == document.carrier["blocks"]
    assert [(one.id, one.found_by) for one in document.slots] == [
        (name, "tag") for name in ("one", "one.text", "two.text", "three", "cell")
    ]
    assert text(edited()) == WRITTEN
    assert (document.missing, document.duplicates, document.strange) == ((), (), ())


@pytest.mark.parametrize("name", ["two.text", "three"])
def test_what_an_empty_slot_shows_is_not_its_text(name: str) -> None:
    found = slot(edited(), name)

    assert (found.placeholder, found.text, found.blocks) == (True, "", ())


class TestRecovery:
    def test_without_tags_the_bookmarks_find_it(self) -> None:
        file = edited().untagged()

        assert (slot(file).found_by, text(file)) == ("bookmarks", WRITTEN)
        assert slot(file, "cell").text == "Anna"

    def test_without_controls_the_bookmarks_find_it(self) -> None:
        file = edited().freed()

        assert (slot(file).found_by, text(file)) == ("bookmarks", WRITTEN)
        assert slot(file, "cell").text == "Anna"
        assert slot(file, "one").text == "Derived words.\na\tb\n1\t2"

    def test_without_tags_and_bookmarks_the_alias_finds_it(self) -> None:
        file = edited().untagged().unfenced()

        assert (slot(file).found_by, text(file)) == ("alias", WRITTEN)

    def test_without_any_mark_unchanged_words_are_found_by_their_digest(self) -> None:
        file = Edited(write_word(parse_markdown("# A\n\n::: slot id=a kind=human\none\n\ntwo\n:::\n\nthree"), info()))

        assert slot(file.freed().unfenced(), "a").found_by == "heading"

    def test_without_any_mark_changed_words_are_not_guessed(self) -> None:
        file = Edited(write_word(parse_markdown("# A\n\n::: slot id=a kind=human\none\n\ntwo\n:::\n\nthree"), info()))

        document = read_document(file.freed().unfenced().replace("one", "uno").data())

        assert (document.slots, document.missing) == ((), ("a",))

    def test_a_control_that_a_program_split_is_one_slot(self) -> None:
        file = edited().untagged().unfenced()
        control = next(one for one in file.root.iter() if one.get(f"{{{W}}}val") == "one.text").getparent()
        whole = control.getparent()  # type: ignore[union-attr]
        content = whole[-1]  # type: ignore[index]
        paragraphs = list(content)
        second = word('<w:sdt><w:sdtPr><w:alias w:val="one.text"/></w:sdtPr><w:sdtContent/></w:sdt>')
        second[-1].extend(paragraphs[2:])
        whole.addnext(second)  # type: ignore[union-attr]
        second.addprevious(p("Between the halves."))

        assert text(file) == WRITTEN.replace("- other", "Between the halves.\n\n- other").replace(
            "- item\n", "- item\n\n"
        )

    def test_words_typed_behind_the_last_bookmark_are_part_of_it(self) -> None:
        file = edited().append("one.text", p("And more."))

        assert text(file) == f"{WRITTEN}\n\nAnd more."

    def test_a_slot_that_is_gone_is_missing_and_not_empty(self) -> None:
        document = read_document(edited().without("one.text").data())

        assert document.missing == ("one.text",)
        assert document.slot("one.text") is None

    def test_a_copy_of_a_slot_is_told(self) -> None:
        assert read_document(edited().doubled("one.text").data()).duplicates == ("one.text",)
        assert read_document(edited().doubled("one.text").untagged().data()).duplicates == ("one.text",)

    def test_bookmarks_that_were_moved_out_of_their_control_do_not_matter_while_it_has_its_tag(self) -> None:
        file = edited()
        for mark in [one for one in file.root.iter() if str(one.get(f"{{{W}}}name")).startswith("_aims_2_")]:
            file.body.insert(0, mark)

        assert text(file) == WRITTEN


W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def field(instruction: str, result: str) -> str:
    """A field in runs, as Word writes it."""
    marks = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    code = f"<w:r><w:instrText> {instruction} </w:instrText></w:r>"
    return f"{marks[0]}{code}{marks[1]}<w:r><w:t>{result}</w:t></w:r>{marks[2]}"


HABITS: dict[str, tuple[str, str]] = {
    "split runs": (
        (
            '<w:p w:rsidR="00A1"><w:r w:rsidRPr="00B2"><w:t>Split</w:t></w:r><w:proofErr w:type="spellStart"/><w:r>'
            '<w:t xml:space="preserve"> ru</w:t></w:r><w:proofErr w:type="spellEnd"/><w:r><w:t>ns</w:t></w:r></w:p>'
        ),
        "Split runs",
    ),
    "bold in three pieces": (
        (
            "<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>so</w:t></w:r><w:r><w:rPr><w:b/><w:bCs/></w:rPr><w:t>me </w:t></w:r>"
            "<w:r><w:t>words</w:t></w:r></w:p>"
        ),
        "**some** words",
    ),
    "switched off": ('<w:p><w:r><w:rPr><w:b w:val="0"/></w:rPr><w:t>plain</w:t></w:r></w:p>', "plain"),
    "smart tags": (
        '<w:p><w:smartTag w:uri="x" w:element="place"><w:r><w:t>Berlin</w:t></w:r></w:smartTag></w:p>', "Berlin"
    ),
    "a last rendered page break": (
        "<w:p><w:r><w:lastRenderedPageBreak/><w:t>on a new page</w:t></w:r></w:p>", "on a new page"
    ),
    "line breaks and tabs": ("<w:p><w:r><w:t>a</w:t><w:br/><w:t>b</w:t><w:tab/><w:t>c</w:t></w:r></w:p>", "a\\\nb\tc"),
    "a hyphen": ("<w:p><w:r><w:t>e</w:t><w:noBreakHyphen/><w:t>mail</w:t></w:r></w:p>", "e\u2011mail"),
    "a link as a field": (
        f"<w:p>{field('HYPERLINK &quot;https://example.org&quot;', 'there')}</w:p>",
        "[there](<https://example.org>)",
    ),
    "empty paragraphs": ("<w:p/>", ""),
    "a control of Word's own": (
        '<w:sdt><w:sdtPr><w:text/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>inside</w:t></w:r></w:p></w:sdtContent></w:sdt>',
        "inside",
    ),
}  # fmt: skip


@pytest.mark.parametrize("habit", HABITS)
def test_word_s_habits_do_not_change_what_is_read(habit: str) -> None:
    xml, expected = HABITS[habit]

    found = slot(edited().write("one.text", p("Before."), word(xml), p("After.")))

    assert to_markdown(found.blocks) == "\n\n".join(part for part in ("Before.", expected, "After.") if part)
    assert [problem for problem in found.problems if not problem.lost] == []


THINGS = {
    "a picture or drawing": "<w:p><w:r><w:drawing/></w:r></w:p>",
    "an embedded object": "<w:p><w:r><w:object/></w:r></w:p>",
    "a footnote": '<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p>',
    "an endnote": '<w:p><w:r><w:endnoteReference w:id="1"/></w:r></w:p>',
    "a text box or drawing": '<w:p><w:r><mc:AlternateContent xmlns:mc="http://x"/></w:r></w:p>',
    "an equation": '<w:p><m:oMath xmlns:m="http://x"/></w:p>',
    "a field (DATE)": '<w:p><w:fldSimple w:instr=" DATE "><w:r><w:t>today</w:t></w:r></w:fldSimple></w:p>',
    "a table inside a table": (
        "<w:tbl><w:tr><w:tc><w:tbl><w:tr><w:tc><w:p/></w:tc></w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>"
    ),
    "merged cells": (
        '<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr></w:tbl>'
    ),
    "struck-through words": "<w:p><w:r><w:rPr><w:strike/></w:rPr><w:t>no</w:t></w:r></w:p>",
    "hidden words": "<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>no</w:t></w:r></w:p>",
    "superscript words": '<w:p><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t>2</w:t></w:r></w:p>',
    "a page break": '<w:p><w:r><w:br w:type="page"/></w:r></w:p>',
    "a character of a symbol font": '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r></w:p>',
    "an embedded document": "<w:altChunk/>",
    "a link to 'file:///x'": (
        f"<w:p>{field('HYPERLINK &quot;file:///x&quot;', 'x')}</w:p>"
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", THINGS)
def test_what_markdown_can_t_say_is_named_and_never_flattened(what: str) -> None:
    found = slot(edited().write("one.text", p("Before."), word(THINGS[what]), p("After.")))

    assert what in [problem.what for problem in found.problems if not problem.lost]


@pytest.mark.parametrize(
    ("run", "what"),
    [
        ('<w:u w:val="single"/>', "underlining"),
        ('<w:highlight w:val="yellow"/>', "highlighting"),
        ('<w:color w:val="FF0000"/>', "coloured words"),
    ],
)
def test_a_look_that_is_lost_is_named_as_lost(run: str, what: str) -> None:
    found = slot(edited().write("one.text", p("words", run=run)))

    assert [(problem.what, problem.lost) for problem in found.problems] == [(what, True)]
    assert to_markdown(found.blocks) == "words"


def test_a_heading_in_a_text_becomes_a_bold_paragraph_and_is_named() -> None:
    found = slot(edited().write("one.text", p("Title", '<w:pStyle w:val="heading2"/>'), p("Words.")))

    assert to_markdown(found.blocks) in ("**Title**\n\nWords.", "Title\n\nWords.")


def test_who_types_over_what_an_empty_slot_says_is_not_in_a_box() -> None:
    style = edited().content("three")[0][0][0].get(f"{{{W}}}val")

    found = slot(edited().write("three", p("Typed.", f'<w:pStyle w:val="{style}"/>')), "three")

    assert (to_markdown(found.blocks), found.problems, found.placeholder) == ("Typed.", (), False)


def table(*rows: str, header: bool = True) -> str:
    mark = "<w:trPr><w:tblHeader/></w:trPr>" if header else ""
    cells = [
        "".join(f"<w:tc><w:p><w:r><w:t>{cell}</w:t></w:r></w:p></w:tc>" for cell in row.split("|")) for row in rows
    ]
    return f"<w:tbl><w:tr>{mark}{cells[0]}</w:tr>{''.join(f'<w:tr>{row}</w:tr>' for row in cells[1:])}</w:tbl>"


@pytest.mark.parametrize(
    ("header", "expected"),
    [(True, "| a | b |\n|---|---|\n| 1 | 2 |"), (False, "| | |\n|---|---|\n| a | b |\n| 1 | 2 |")],
)
def test_a_table_is_kept(header: bool, expected: str) -> None:
    found = slot(edited().write("one.text", word(table("a|b", "1|2", header=header)), p("")))

    assert to_markdown(found.blocks) == expected


def test_lists_of_word_are_kept_with_their_levels() -> None:
    def item(words: str, level: int, number: int) -> Callable[[], object]:
        return p(words, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')  # type: ignore[return-value]

    found = slot(edited().write("one.text", item("a", 0, 1), item("b", 1, 1), item("c", 0, 1), item("one", 0, 2)))  # type: ignore[arg-type]

    assert to_markdown(found.blocks) == "- a\n\n  + b\n- c\n\n1. one"
    assert parse_prose(to_markdown(found.blocks)) == found.blocks


def test_a_hostile_text_comes_back_as_itself() -> None:
    hostile = "R&amp;D &lt;5% {{ 7*7 }} | pipe | # h *x* _y_ [a](b) &lt;b&gt; ::: note"

    found = slot(edited().write("one.text", hostile))

    assert found.text == "R&D <5% {{ 7*7 }} | pipe | # h *x* _y_ [a](b) <b> ::: note"
    assert parse_prose(to_markdown(found.blocks)) == found.blocks


def test_a_file_in_the_looks_of_a_company_reads_the_same() -> None:
    restyled = write_word(BODY, info(), template=check_template(starter_template(), "company.docx"))

    assert read_document(restyled).lines == read_document(DOCUMENT).lines
