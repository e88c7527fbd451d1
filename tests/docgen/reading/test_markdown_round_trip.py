"""What people's text is made of goes through Markdown unchanged."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from docgen.escape import visible
from docgen.markdown import parse_prose
from docgen.reading.markdown import to_markdown
from docgen.reading.tidy import tidy
from docgen.tree import (
    Block,
    Code,
    CodeBlock,
    Emphasis,
    Heading,
    Inline,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Table,
    Text,
    inlines_in,
    plain_text,
    walk,
)

# Everything that means something to Markdown, and some that does to nobody.
LETTERS = st.one_of(st.sampled_from("ab1 \n\t*_`~[]()<>!#|\\-+=&;:.\"'\u00a0é„"), st.characters(codec="utf-8"))
WORDS = st.text(LETTERS, max_size=12)
URLS = st.from_regex(r"(https?://|mailto:)[a-z<>&()|*_\[\]!~`#;]{1,10}", fullmatch=True)
INLINES = st.recursive(
    st.one_of(WORDS.map(Text), WORDS.map(Text), WORDS.map(Code)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple).map(Emphasis),
        st.lists(inner, max_size=3).map(tuple).map(Strong),
        st.builds(Link, URLS, st.lists(inner, max_size=2).map(tuple)),
    ),
    max_leaves=6,
)
LINE = st.lists(INLINES, max_size=4).map(tuple)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    columns = draw(st.integers(1, 3))
    row = st.tuples(*[LINE] * columns)
    align = draw(st.tuples(*[st.sampled_from(["left", "right", "center"])] * columns))
    return Table(draw(st.one_of(st.just(()), row)), tuple(draw(st.lists(row, max_size=3))), align)


BLOCKS = st.recursive(
    st.one_of(
        LINE.map(Paragraph),
        LINE.map(Paragraph),
        st.text(LETTERS, max_size=20).map(CodeBlock),
        st.just(Rule()),
        tables(),
    ),
    lambda inner: st.one_of(
        st.builds(
            ListBlock,
            st.lists(st.lists(inner, max_size=3).map(tuple), max_size=3).map(tuple),
            st.one_of(st.none(), st.integers(0, 99999)),
        ),
        st.lists(inner, max_size=3).map(tuple).map(Quote),
    ),
    max_leaves=6,
)


def p(*inlines: Inline) -> Paragraph:
    return Paragraph(inlines)


@settings(max_examples=250, deadline=None)
@given(st.lists(BLOCKS, max_size=4).map(tuple))
@example((p(Text("a"), Strong((Text("("),)), Text("b")),))
@example((p(Text("a"), Emphasis((Text("b"),)), Text("c")),))
@example((ListBlock(((ListBlock(((ListBlock(((),)),),)),),)),))
@example((ListBlock((((p(Text("a"))),),)), ListBlock((((p(Text("b"))),),))))
@example((Table((), (((Text("\\|"),),),), ("left",)),))
@example((p(Text("1. a\n- b\n===")),))
@example((ListBlock(((p(Text("a")),),), 0),))
def test_markdown_reads_back_as_the_tidy_blocks(blocks: tuple[Block, ...]) -> None:
    tidied = tidy(blocks)

    text = to_markdown(blocks)

    assert parse_prose(text) == tidied
    assert to_markdown(parse_prose(text)) == text


@settings(max_examples=150, deadline=None)
@given(st.lists(BLOCKS, max_size=4).map(tuple))
def test_tidying_loses_no_word_and_is_done_once(blocks: tuple[Block, ...]) -> None:
    tidied = tidy(blocks)

    assert tidy(tidied) == tidied
    assert _words(tidied) == _words(blocks)


def _words(blocks: tuple[Block, ...]) -> str:
    lines = (inline for block in walk(blocks) for inline in (*inlines_in(block), *_code(block)))
    return "".join(visible(plain_text(tuple(lines))).split())


def _code(block: Block) -> tuple[Inline, ...]:
    return (Code(block.text),) if isinstance(block, CodeBlock) else ()


@settings(max_examples=150, deadline=None)
@given(st.text(LETTERS, max_size=60))
def test_any_text_that_people_wrote_becomes_one_form(text: str) -> None:
    blocks = tidy(parse_prose(text))

    assert parse_prose(to_markdown(blocks)) == blocks


def test_plain_sentences_stay_plain() -> None:
    text = "R&D is <5% of it, e.g. 3 > 2.\n\n- one\n- two\n\n1. **first** thing\n2. _second_"

    assert to_markdown(parse_prose(text)) == text


def test_a_block_that_is_no_prose_is_refused() -> None:
    with pytest.raises(ValueError, match="Heading"):
        to_markdown((Heading(1, (Text("a"),)),))
