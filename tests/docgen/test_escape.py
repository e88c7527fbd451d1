"""Values print as themselves, wherever they land in Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen.escape import Markdown, escape_markdown, format_shifted, join_markdown, parse_shifted, visible
from docgen.markdown import parse_markdown
from docgen.tree import Callout, Code, CodeBlock, Heading, ListBlock, Paragraph, Strong, Table, Text, plain_text
from tests.docgen.samples import VERY_HOSTILE

# Everything, lone surrogates and the private planes too, with more of what means something to Markdown.
ANY_TEXT = st.text(st.one_of(st.characters(), st.sampled_from("\\`*_{}[]()#+-.!|<>:~&\n\r\t =\u2028\U000f0023")))


@given(ANY_TEXT)
def test_shifting_back_gives_what_was_shifted(text: str) -> None:
    seen = visible(text)

    assert parse_shifted(format_shifted(seen)) == seen


@given(ANY_TEXT)
def test_visible_text_is_xml_text_and_stays_as_it_is(text: str) -> None:
    seen = visible(text)

    assert visible(seen) == seen
    assert all(c in "\t\n" or c >= " " for c in seen)
    assert not any("\ud800" <= c <= "\udfff" or "\u202a" <= c <= "\u202e" or c >= "\U000f0000" for c in seen)


def test_invisible_characters_are_spelled_out() -> None:
    assert visible("a\x00b\u202ec\x85d\ufeffe\U000f0041") == "a⟨U+0000⟩b⟨U+202E⟩c⟨U+0085⟩d⟨U+FEFF⟩e⟨U+F0041⟩"
    assert visible("1\r\n2\r3\u20284\u20295\n6\t7") == "1\n2\n3\n4\n5\n6\t7"


@given(ANY_TEXT)
def test_any_value_prints_as_itself_in_every_place(value: str) -> None:
    text, seen = escape_markdown(value), visible(value)
    source = (
        f"# h{text}h {{id=x}}\n\np{text}\n\n**s{text}s**\n\n`c{text}c`\n\n- i{text}\n\n"
        f"| th{text} | b |\n|---|---|\n| td{text} | after |\n\n```\nf{text}\n```\n\n"
        f'::: note title="t{text}t"\nn{text}\n:::\n'
    )

    blocks = parse_markdown(source).blocks

    heading, paragraph, strong, code, items, table, fence, note = blocks
    assert isinstance(heading, Heading)
    assert plain_text(heading.children) == f"h{seen}h"
    assert isinstance(paragraph, Paragraph)
    assert paragraph.children == (Text(f"p{seen}"),)
    assert isinstance(strong, Paragraph)
    assert strong.children == (Strong((Text(f"s{seen}s"),)),)
    assert isinstance(code, Paragraph)
    assert code.children == (Code(f"c{seen}c"),)
    assert isinstance(items, ListBlock)
    assert items.items == ((Paragraph((Text(f"i{seen}"),)),),)
    assert isinstance(table, Table)
    assert table.header == ((Text(f"th{seen}"),), (Text("b"),))
    assert table.rows == (((Text(f"td{seen}"),), (Text("after"),)),)
    assert isinstance(fence, CodeBlock)
    assert fence.text == f"f{seen}".rstrip("\n")
    assert note == Callout("note", f"t{seen}t", (Paragraph((Text(f"n{seen}"),)),))


@pytest.mark.parametrize("before", ["", "> ", "- ", "1. ", "| a |\n|---|\n| "])
def test_a_value_alone_on_its_line_starts_nothing(before: str) -> None:
    for value in ("# h", "- x", "1. x", "    code", "\tcode", "> q", "===", "---", "::: slot", "```", "| a |", "***"):
        found = parse_markdown(f"{before}{escape_markdown(value)}\n").blocks

        plain = parse_markdown(f"{before}word\n").blocks
        assert [type(block) for block in found] == [type(block) for block in plain], value


def test_a_value_under_a_paragraph_makes_no_heading_of_it() -> None:
    (paragraph,) = parse_markdown(f"words\n{escape_markdown('===')}\n").blocks

    assert paragraph == Paragraph((Text("words ==="),))


def test_markdown_is_left_alone_and_values_beside_it_are_escaped() -> None:
    strong = Markdown("**s**")

    assert escape_markdown(strong) is strong
    assert isinstance("*" + strong, Markdown)
    assert parse_markdown("*a* " + strong + " *b*").blocks == (
        Paragraph((Text("*a* "), Strong((Text("s"),)), Text(" *b*"))),
    )
    assert isinstance(join_markdown([strong, strong]), Markdown)


def test_methods_of_text_give_values_again() -> None:
    made = escape_markdown(Markdown("*a*").upper())

    assert parse_markdown(made).blocks == (Paragraph((Text("*A*"),)),)


def test_a_hostile_value_writes_no_markdown_letter() -> None:
    assert not set("\\`*_{}[]()#+-.!|<>:~&\n\t ") & set(escape_markdown(VERY_HOSTILE))
