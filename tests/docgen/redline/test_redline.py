"""Redlines: accepting everything gives the new file, rejecting everything the old one, whatever the two are."""

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from docgen.errors import DocgenError
from docgen.pictures import Picture
from docgen.redline import AUTHOR, write_redline
from docgen.tree import (
    Anchor,
    Body,
    Callout,
    Cite,
    Code,
    Emphasis,
    Figure,
    Heading,
    Inline,
    InlineSlot,
    Link,
    ListBlock,
    Paragraph,
    Slot,
    StatusLine,
    StatusWord,
    Strong,
    Table,
    Text,
)  # fmt: skip
from docgen.word import find_carrier, write_word
from tests.docgen import samples
from tests.docgen.redline.resolving import accept_all, plain, reject_all
from tests.docgen.wordfile import WordFile, text_of

DATE = "2026-11-23T10:00:00Z"


def word(*blocks: Any, **pictures: Picture) -> bytes:
    return write_word(Body(tuple(blocks)), samples.info(), pictures=pictures)


def p(*inlines: Inline | str) -> Paragraph:
    return Paragraph(tuple(Text(one) if isinstance(one, str) else one for one in inlines))


def table(*rows: tuple[str, ...], caption: str = "") -> Table:
    cells = tuple(tuple((Text(cell),) if cell else () for cell in row) for row in rows)
    return Table(cells[0], cells[1:], ("left",) * len(rows[0]), caption=caption)


def redline(old: bytes, new: bytes) -> bytes:
    """The redline, after both directions were tried."""
    made = write_redline(old, new, date=DATE).data
    assert accept_all(made) == plain(new)
    assert reject_all(made) == plain(old)
    return made


def changes(document: bytes) -> list[tuple[str, str]]:
    """What was deleted and inserted, run by run."""
    found = []
    for mark in WordFile(document).document.iter(qn("w:ins"), qn("w:del")):
        texts = "".join(node.text or "" for node in mark.iter(qn("w:t"), qn("w:delText")))
        if texts:
            found.append((etree.QName(mark).localname, texts))
    return found


class TestWords:
    def test_only_the_words_that_changed_are_marked(self) -> None:
        made = redline(word(p("The quick brown fox.")), word(p("The slow brown fox.")))

        assert changes(made) == [("del", "quick"), ("ins", "slow")]

    def test_changes_with_a_space_between_them_are_one_change(self) -> None:
        made = redline(word(p("one two three four")), word(p("one zwei drei four")))

        assert changes(made) == [("del", "two three"), ("ins", "zwei drei")]

    def test_the_same_words_in_another_look_are_a_change(self) -> None:
        made = redline(word(p("a loud word")), word(p("a ", Strong((Text("loud"),)), " word")))

        assert changes(made) == [("del", "loud"), ("ins", "loud")]

    def test_links_citations_and_codes_are_changed_whole(self) -> None:
        register = p(Anchor(1, "aa" * 32), Anchor(2, "bb" * 32))
        old = word(p("see ", Link("https://a.example/", (Text("there"),)), Cite(1, "aa" * 32), Code("x")), register)
        new = word(p("see ", Link("https://b.example/", (Text("there"),)), Cite(2, "bb" * 32), Code("y")), register)

        made = redline(old, new)

        assert {text for _, text in changes(made)} == {
            "there", "[#1\u00a0aaaaaaaa]", "[#2\u00a0bbbbbbbb]", "x", "y",
        }  # fmt: skip

    def test_nothing_changed_nothing_is_marked(self) -> None:
        same = word(Heading(1, (Text("One"),)), p("words"), table(("a", "b"), ("1", "2")))

        made = write_redline(same, same, date=DATE)

        assert made.changed == 0
        assert changes(made.data) == []

    def test_every_change_names_author_and_time_and_has_its_own_number(self) -> None:
        made = WordFile(redline(word(p("a"), table(("x", "y"))), word(p("b c"), p("d"), table(("x", "y"), ("1", "2")))))

        marks = list(made.document.iter(qn("w:ins"), qn("w:del")))
        assert {mark.get(qn("w:author")) for mark in marks} == {AUTHOR}
        assert {mark.get(qn("w:date")) for mark in marks} == {DATE}
        assert len({mark.get(qn("w:id")) for mark in marks}) == len(marks)


class TestBlocks:
    def test_a_new_paragraph_is_inserted_with_its_mark(self) -> None:
        made = redline(word(p("one"), p("three")), word(p("one"), p("two and a half"), p("three")))

        inserted = WordFile(made).find("//w:p[w:pPr/w:rPr/w:ins]")
        assert [text_of(one) for one in inserted] == ["two and a half"]

    def test_a_section_that_moved_is_deleted_there_and_inserted_here(self) -> None:
        first = (Heading(1, (Text("First"),)), p("Words about apples and pears."))
        second = (Heading(1, (Text("Second"),)), p("Nothing in common here: 1, 2, 3."))

        made = redline(word(*first, *second), word(*second, *first))

        assert ("del", "First") in changes(made) or ("del", "Second") in changes(made)

    def test_a_row_of_a_table_comes_and_another_goes(self) -> None:
        old = table(("key", "value"), ("alpha", "1"), ("beta", "2"), ("gamma", "3"))
        new = table(("key", "value"), ("alpha", "1"), ("gamma", "3"), ("delta", "4"))

        made = WordFile(redline(word(old), word(new)))

        assert len(made.find("//w:tr[w:trPr/w:del]")) == 1
        assert len(made.find("//w:tr[w:trPr/w:ins]")) == 1

    def test_a_value_in_a_cell_changes_word_by_word(self) -> None:
        made = redline(
            word(table(("key", "value"), ("accuracy", "0.71 on the test set"))),
            word(table(("key", "value"), ("accuracy", "0.78 on the test set"))),
        )

        assert changes(made) == [("del", "71"), ("ins", "78")]

    def test_a_table_with_another_number_of_columns_is_another_table(self) -> None:
        redline(word(table(("a", "b"), ("1", "2"))), word(table(("a", "b", "c"), ("1", "2", "3"))))

    def test_pictures_lists_and_slots_come_and_go(self) -> None:
        one, two = Picture(samples.png()), Picture(samples.png(30, 30))
        old = word(
            Figure("a", "a picture", "Old"),
            ListBlock(((p("x"),), (p("y"),)), 1),
            Slot("s", "human", (p("mine"),)),
            a=one,
        )
        new = word(
            Figure("b", "a picture", "New"),
            ListBlock(((p("x"),), (p("z"),))),
            Slot("s", "human", (p("mine, too"),)),
            b=two,
        )

        made = WordFile(redline(old, new))

        assert len([name for name in made.parts if name.startswith("word/media/")]) == 2
        assert "docPr" not in changes(redline(old, new))

    def test_controls_are_unwrapped_so_that_none_is_locked(self) -> None:
        old, new = (word(Slot("s", "human", (p(words, InlineSlot("t", "human", "in")),))) for words in ("a ", "b "))

        made = WordFile(redline(old, new))

        assert made.find("//w:sdt") == []
        assert made.find("//w:bookmarkStart[starts-with(@w:name, '_aims_')]") == []

    def test_the_evidence_of_neither_file_is_in_it(self) -> None:
        made = redline(word(p("a")), word(p("b")))

        assert find_carrier(made) is None
        assert not [name for name in WordFile(made).parts if name.startswith("customXml/")]


class TestFiles:
    def test_the_same_files_give_the_same_bytes(self) -> None:
        old, new = word(p("a b c"), table(("x",), ("1",))), word(p("a c"), table(("x",), ("2",), ("3",)))

        assert write_redline(old, new, date=DATE).data == write_redline(old, new, date=DATE).data

    def test_the_sample_with_everything_against_itself_changed(self) -> None:
        pictures = {"chart": Picture(samples.png()), "chart-2": Picture(samples.png())}
        old = samples.body()
        keys = {block.key for block in old.blocks if isinstance(block, Figure)}
        pictures = dict.fromkeys(keys, Picture(samples.png()))
        new = Body((*old.blocks[3:7], p("New words."), *old.blocks[7:]))
        files = [write_word(body, samples.info(), pictures=pictures) for body in (samples.body("other words"), new)]

        redline(*files)
        redline(*reversed(files))

    def test_changes_that_were_tracked_before_are_taken_as_accepted(self) -> None:
        earlier = write_redline(word(p("a b c")), word(p("a x c")), date=DATE).data

        made = write_redline(earlier, word(p("a y c")), date=DATE).data

        assert changes(made) == [("del", "x"), ("ins", "y")]

    @pytest.mark.parametrize("data", [b"", b"PK", b"no zip at all"])
    def test_what_is_no_word_file_is_refused(self, data: bytes) -> None:
        with pytest.raises(DocgenError, match=r"^the new file: not a Word file"):
            write_redline(word(p("a")), data)

    def test_an_archive_without_a_document_is_refused(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("other.xml", "<a/>")

        with pytest.raises(DocgenError, match=r"^the old file: not a Word file \(it has no word/document.xml\)"):
            write_redline(out.getvalue(), word(p("a")))


# Anything against anything

WORDS = st.lists(st.sampled_from(["one", "two", "three", "vier", "R&D", "<5%", "a-b", " ", "\n", "\t"]), max_size=8)
PLAIN = WORDS.map(" ".join)
INLINES = st.lists(
    st.one_of(
        PLAIN.map(Text),
        PLAIN.map(Code),
        PLAIN.map(lambda text: Strong((Text(text or "x"),))),
        PLAIN.map(lambda text: Emphasis((Text(text or "x"),))),
        st.sampled_from(["https://a.example/", "https://b.example/"]).map(lambda url: Link(url, (Text("link"),))),
        st.sampled_from(["provided", "stale"]).map(StatusWord),
    ),
    max_size=4,
).map(tuple)
PARAGRAPHS = INLINES.map(Paragraph)
TABLES = st.integers(1, 3).flatmap(
    lambda columns: st.builds(
        lambda header, rows, caption: Table(header, tuple(rows), ("left",) * columns, caption=caption),
        st.tuples(*[PLAIN.map(lambda text: (Text(text),))] * columns),
        st.lists(st.tuples(*[INLINES] * columns), max_size=4),
        st.sampled_from(["", "Numbers"]),
    )
)
BLOCKS = st.lists(
    st.one_of(
        PARAGRAPHS,
        PARAGRAPHS,
        TABLES,
        st.builds(lambda text: Heading(1, (Text(text or "Heading"),)), PLAIN),
        st.builds(ListBlock, st.lists(PARAGRAPHS.map(lambda one: (one,)), min_size=1, max_size=3).map(tuple),
                  st.sampled_from([None, 1, 3])),
        st.builds(lambda blocks: Callout("note", "Label", tuple(blocks)), st.lists(PARAGRAPHS, max_size=2)),
        st.builds(lambda words: StatusLine("provided", words), INLINES),
    ),
    max_size=6,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_accepting_everything_gives_the_new_and_rejecting_everything_the_old(data: st.DataObject) -> None:
    old = data.draw(BLOCKS)
    kept = data.draw(st.lists(st.sampled_from(old), max_size=4)) if old else []
    new = data.draw(st.permutations([*kept, *data.draw(BLOCKS)]))

    redline(word(*old), word(*new))


def test_a_document_of_ours_about_another_checkpoint_keeps_its_cover() -> None:
    body = Body((p("words"),))
    old = write_word(body, samples.info())
    new = write_word(body, replace(samples.info(), checkpoint_size=99, version="2"))

    assert changes(redline(old, new))
