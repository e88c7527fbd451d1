"""Tracked changes: listed with who made them, and accepted or rejected before the words are read."""

import pytest

from docgen.reading import read_document, to_markdown
from docgen.reading.changes import Resolution
from tests.docgen.reading.edited import Edited, p, word
from tests.docgen.reading.test_slots import DOCUMENT

BY = 'w:id="1" w:author="Bob" w:date="2026-11-20T09:00:00Z"'


def run(text: str, tag: str = "t") -> str:
    return f'<w:r><w:{tag} xml:space="preserve">{text}</w:{tag}></w:r>'


def read(file: Edited, how: Resolution) -> str:
    slot = read_document(file.data(), tracked=how).slot("one.text")
    assert slot is not None
    return to_markdown(slot.blocks)


CASES = {
    "inserted words": (
        [word(f"<w:p>{run('a')}<w:ins {BY}>{run(' b')}</w:ins></w:p>")], "a b", "a", [("inserted", " b")]
    ),
    "deleted words": (
        [word(f"<w:p>{run('a')}<w:del {BY}>{run(' b', 'delText')}</w:del></w:p>")], "a", "a b", [("deleted", " b")]
    ),
    "moved words": (
        [
            word(f'<w:p><w:moveFromRangeStart {BY} w:name="m"/><w:moveFrom {BY}>{run("x")}</w:moveFrom>'
                 f'<w:moveFromRangeEnd w:id="1"/>{run("a")}</w:p>'),
            word(f"<w:p>{run('b')}<w:moveTo {BY}>{run('x')}</w:moveTo></w:p>"),
        ],
        "a\n\nbx", "xa\n\nb", [("moved away", "x"), ("moved here", "x")],
    ),
    "a paragraph divided": (
        [word(f"<w:p><w:pPr><w:rPr><w:ins {BY}/></w:rPr></w:pPr>{run('a ')}</w:p>"), word(f"<w:p>{run('b')}</w:p>")],
        "a\n\nb", "a b", [("paragraph mark inserted", "")],
    ),
    "paragraphs joined": (
        [word(f"<w:p><w:pPr><w:rPr><w:del {BY}/></w:rPr></w:pPr>{run('a ')}</w:p>"), word(f"<w:p>{run('b')}</w:p>")],
        "a b", "a\n\nb", [("paragraph mark deleted", "")],
    ),
    "words made bold": (
        [word(f"<w:p><w:r><w:rPr><w:b/><w:rPrChange {BY}><w:rPr/></w:rPrChange></w:rPr><w:t>a</w:t></w:r></w:p>")],
        "**a**", "a", [("looks changed", "")],
    ),
    "a row inserted": (
        [word(f"<w:tbl><w:tr><w:tc><w:p>{run('a')}</w:p></w:tc></w:tr><w:tr><w:trPr><w:ins {BY}/></w:trPr>"
              f"<w:tc><w:p>{run('b')}</w:p></w:tc></w:tr></w:tbl>"), p("")],
        "| |\n|---|\n| a |\n| b |", "| |\n|---|\n| a |", [("row inserted", "b")],
    ),
    "inserted and deleted again": (
        [word(f"<w:p>{run('a')}<w:ins {BY}><w:del {BY}>{run('x', 'delText')}</w:del></w:ins></w:p>")], "a", "a",
        [("inserted", "x"), ("deleted", "x")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_change_is_listed_and_resolved_both_ways(case: str) -> None:
    elements, accepted, rejected, listed = CASES[case]
    file = Edited(DOCUMENT).write("one.text", *elements)

    changes = read_document(file.data()).changes

    assert [(change.what, change.text) for change in changes] == listed
    assert {(change.author, change.date) for change in changes} == {("Bob", "2026-11-20T09:00:00Z")}
    assert read(Edited(file.data()), "accept") == accepted
    assert read(Edited(file.data()), "reject") == rejected


def test_a_comment_is_read_with_its_author_and_the_words_it_is_about() -> None:
    (comment,) = read_document(Edited(DOCUMENT).comment("one.text", "Is this so?").data()).comments

    assert (comment.text, comment.author, comment.slot, comment.done) == ("Is this so?", "Bob", "one.text", False)
    assert comment.about == "First paragraph with bold and slanted words."
