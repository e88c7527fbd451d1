"""The dialect: what each construct becomes, and what is refused, with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen.errors import TemplateError
from docgen.escape import escape_markdown
from docgen.markdown import parse_markdown
from docgen.tree import (
    Anchor,
    Callout,
    Cite,
    Code,
    CodeBlock,
    Contents,
    Emphasis,
    Figure,
    Heading,
    InlineSlot,
    Landscape,
    Language,
    Link,
    ListBlock,
    PageBreak,
    Paragraph,
    Quote,
    Ref,
    Requirement,
    Rule,
    Slot,
    StatusLine,
    StatusWord,
    Strong,
    Table,
    Text,
)
from docgen.word import write_word
from tests.docgen.samples import info

LEAF = "ab" * 32


def only(source: str) -> object:
    (block,) = parse_markdown(source).blocks
    return block


def words(text: str) -> Paragraph:
    return Paragraph((Text(text),))


@pytest.mark.parametrize(
    ("source", "block"),
    [
        ("# One *two* {id=A.1-b}", Heading(1, (Text("One "), Emphasis((Text("two"),))), "A.1-b")),
        ("# Without id", Heading(1, (Text("Without id"),))),
        ("a\nb  \nc", words("a b\nc")),
        ("<b>&amp;</b>", words("<b>&</b>")),
        ("`a  *b*` **c**", Paragraph((Code("a  *b*"), Text(" "), Strong((Text("c"),))))),
        ("[x](https://a.b/c?d=é&e=%20)", Paragraph((Link("https://a.b/c?d=é&e=%20", (Text("x"),)),))),
        ("> q", Quote((words("q"),))),
        ("```\na\n  b\n```", CodeBlock("a\n  b")),
        ("***", Rule()),
        ("- a\n- b", ListBlock(((words("a"),), (words("b"),)))),
        ("3. a\n\n   b\n4. c", ListBlock(((words("a"), words("b")), (words("c"),)), start=3)),
        ('![alt *t*](image:key "Cap")', Figure("key", "alt t", "Cap")),
        ("::: note\na\n:::", Callout("note", "", (words("a"),))),
        ('::: caveat title="A b"\na\n:::', Callout("caveat", "A b", (words("a"),))),
        ("::: missing\na\n:::", Callout("missing", "not provided", (words("a"),))),
        ('::: missing status="never run"\n:::', Callout("missing", "never run", ())),
        ("::: status word=stale\n:::", StatusLine("stale", ())),
        ("::: requirement\na\n:::", Requirement((words("a"),))),
        ("::: slot id=a.b kind=human lang=de-AT\na\n:::", Slot("a.b", "human", (words("a"),), "de-AT")),
        ("::: toc depth=2\n:::", Contents(2)),
        ("::: toc\n:::", Contents(3)),
        ("::: pagebreak\n:::", PageBreak()),
        ("::: lang is=fr\na\n:::", Language("fr", (words("a"),))),
        ("::: landscape\na\n:::", Landscape((words("a"),))),
        ("[stale](status:stale)", Paragraph((StatusWord("stale"),))),
        ("[t](slot:a.b:derived)", Paragraph((InlineSlot("a.b", "derived", "t"),))),
        ("[](slot:a.b:human)", Paragraph((InlineSlot("a.b", "human", ""),))),
    ],
)
def test_each_construct_becomes_its_block(source: str, block: object) -> None:
    assert only(source) == block


def test_a_table_keeps_alignment_and_options() -> None:
    table = "| a | b | c |\n|---|:-:|--:|\n| 1 | `2` | 3 |"

    assert only(f'::: table widths="1, 2.5,3" caption="C" dense\n{table}\n:::') == Table(
        ((Text("a"),), (Text("b"),), (Text("c"),)),
        (((Text("1"),), (Code("2"),), (Text("3"),)),),
        ("left", "center", "right"),
        (1.0, 2.5, 3.0),
        "C",
        dense=True,
    )


def test_a_table_with_an_empty_header_has_none() -> None:
    table = only("| | |\n|---|---|\n| a | b |")

    assert isinstance(table, Table)
    assert table.header == ()
    assert table.rows == (((Text("a"),), (Text("b"),)),)


def test_citations_lead_to_the_register() -> None:
    body = parse_markdown(f"[x](cite:12:{LEAF})\n\n[y](entry:12:{LEAF})")

    assert body.blocks == (Paragraph((Cite(12, LEAF),)), Paragraph((Anchor(12, LEAF),)))
    assert Cite(12, LEAF).text == "[#12 abababab]"


def test_directives_nest_and_close_from_the_inside() -> None:
    found = only("::::: landscape\n:::: note\n::: requirement\na\n:::\n- b\n::::\nc\n:::::")

    inner = Callout("note", "", (Requirement((words("a"),)), ListBlock(((words("b"),),))))
    assert found == Landscape((inner, words("c")))


def test_a_directive_interrupts_a_paragraph_and_stands_in_lists() -> None:
    paragraph, note = parse_markdown("a\n::: note\nb\n:::").blocks
    assert (paragraph, note) == (words("a"), Callout("note", "", (words("b"),)))

    found = only("- a\n\n  ::: note\n  b\n  :::\n- c")
    assert found == ListBlock(((words("a"), Callout("note", "", (words("b"),))), (words("c"),)))


def test_colons_in_code_close_nothing() -> None:
    found = only("::: note\n```\n:::\n```\n:::")

    assert found == Callout("note", "", (CodeBlock(":::"),))


def test_internal_links_lead_to_headings() -> None:
    body = parse_markdown("# A {id=a}\n\n[x](#a)")

    assert body.blocks[1] == Paragraph((Ref("a", (Text("x"),)),))


@pytest.mark.parametrize(
    ("source", "line", "name", "problem"),
    [
        ("a\n\n::: nope\n:::", 3, "nope", "unknown directive 'nope'"),
        ("a\n\n::: note\nb", 3, "::: note", "never closed"),
        ("a\n:::\n", 2, "", "none is open"),
        (":::: note\n:::\n", 2, "", "closes with 3 colons what line 1 opened with 4"),
        ("::: Note!\n:::", 1, "", "is no directive"),
        ("::: note colour=red\n:::", 1, "colour", "unknown parameter 'colour'"),
        ("::: note title=a title=b\n:::", 1, "note", "parameter 'title' twice"),
        ('::: note title="a\n:::', 1, "note", "is not name=value"),
        ("::: slot kind=human\n:::", 1, "slot", "id ''"),
        ("::: slot id=a kind=mine\n:::", 1, "slot", "kind 'mine', expected one of derived, human, attested"),
        ("::: status word=good\n:::", 1, "status", "word 'good', expected one of provided"),
        ("::: status word=stale\n- a\n:::", 1, "status", "more than one paragraph"),
        ("::: missing status=gone\n:::", 1, "missing", "status 'gone'"),
        ("::: table\na\n:::", 1, "table", "exactly one table"),
        ("::: table widths=1,2\n| a |\n|---|\n:::", 1, "table", "2 widths for 1 columns"),
        ("::: table widths=-1\n| a |\n|---|\n:::", 1, "table", "expected numbers"),
        ("::: toc depth=9\n:::", 1, "toc", "depth '9'"),
        ("::: pagebreak\na\n:::", 1, "pagebreak", "nothing inside"),
        ("::: lang is=german!\na\n:::", 1, "lang", "language 'german!'"),
        ("::: lang\na\n:::", 1, "lang", "says no language"),
        ("a\n\n[x](javascript:alert)", 3, "javascript:alert", "a link to 'javascript:alert'"),
        ("[x](status:fine)", 1, "status:fine", "a link to 'status:fine'"),
        ("[x](cite:1:abc)", 1, "cite:1:abc", "a link to"),
        ("![x](https://a.b/c.png)", 1, "//a.b/c.png", "picture from https"),
        ("![](image:k)", 1, "k", "without alternative text"),
        ("a ![x](image:k) b", 1, "", "a picture inside a sentence"),
        ("# A {id=1a}", 1, "1a", "heading id '1a'"),
    ],
)
def test_what_is_not_the_dialect_is_refused_with_its_line(source: str, line: int, name: str, problem: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_markdown(source, source="t.md.j2")

    assert caught.value.line == line
    assert caught.value.name == name
    assert problem in str(caught.value)
    assert "t.md.j2" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "name", "problem"),
    [
        ("# A {id=a}\n\n# B {id=a}", "a", "heading id a comes 2 times"),
        ("[x](#nowhere)", "nowhere", "a link to #nowhere, which is nowhere"),
        (f"[x](cite:7:{LEAF})", "7", "entry 7 is cited but the evidence register has no row"),
        (f"[x](cite:7:{LEAF})\n\n[y](entry:7:{'cd' * 32})", "7", "entry 7 is cited"),
        (f"[y](entry:7:{LEAF}) [y](entry:7:{LEAF})", "7", "register row of entry 7 comes 2 times"),
        ("::: slot id=a kind=human\nx\n:::\n\n[t](slot:a:human)", "a", "slot a comes 2 times"),
        ("::: slot id=a kind=human\n::: slot id=b kind=human\nx\n:::\n:::", "b", "slot b inside another slot"),
        ("::: slot id=a kind=human\n- [t](slot:b:human)\n:::", "listblock in slot", "an inline slot inside a slot"),
        ("## B", "", "heading 'B' of level 2 after level 0"),
        ("# A\n\n### C", "", "heading 'C' of level 3 after level 1"),
        ("# A\n\n## B\n\n### C\n\n#### D\n\n##### E", "", "heading 'E' of level 5"),
        ("# {id=a}", "a", "an empty heading"),
        ("::: note\n# A\n:::", "", "a heading inside a callout"),
        ("- # A", "", "a heading inside a listblock"),
        ("::: note\n::: landscape\na\n:::\n:::", "landscape", "landscape inside a callout"),
        ("::: toc\n:::\n\n::: toc\n:::", "toc", "more than one table of contents"),
    ],
)
def test_what_can_not_hold_together_is_refused(source: str, name: str, problem: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_markdown(source)

    assert caught.value.name == name
    assert problem in str(caught.value)


def test_the_message_shows_the_line_it_means() -> None:
    with pytest.raises(TemplateError, match=r"line 3: .*\(there: '::: nope'\); known: caveat, landscape"):
        parse_markdown("a\n\n::: nope\n:::", source="t.md.j2")


def prose(text: str) -> tuple[object, ...]:
    """What a person's text becomes."""
    return parse_markdown(f"::: prose\n{escape_markdown(text)}\n:::").blocks


def test_words_of_people_keep_paragraphs_lists_emphasis_links_and_tables() -> None:
    found = prose(
        "First *a* **b** `c`.\n\n1. one\n   - two\n\n| h |\n|---|\n| [l](https://e.org) |\n\n> q\n\n```\nx\n```"
    )

    link = Link("https://e.org", (Text("l"),))
    assert found == (
        Paragraph((Text("First "), Emphasis((Text("a"),)), Text(" "), Strong((Text("b"),)), Text(" "), Code("c"),
                   Text("."))),
        ListBlock(((words("one"), ListBlock(((words("two"),),))),), start=1),
        Table(((Text("h"),),), (((link,),),), ("left",)),
        Quote((words("q"),)),
        CodeBlock("x"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("::: slot id=a kind=human", (words("::: slot id=a kind=human"),)),
        (":::", (words(":::"),)),
        ("# Head {id=a}", (Paragraph((Strong((Text("Head {id=a}"),)),)),)),
        (f"[x](cite:1:{LEAF})", (words(f"x (cite:1:{LEAF})"),)),
        ("[provided](status:provided)", (words("provided (status:provided)"),)),
        ("[x](slot:a:attested)", (words("x (slot:a:attested)"),)),
        ("[x](#a)", (words("x (#a)"),)),
        ("[x](javascript:alert(1))", (words("x (javascript:alert(1))"),)),
        ("![alt *t*](image:chart)", (words("alt t"),)),
        ("a ![b](https://e.org/x.png) c", (words("a b c"),)),
        ("<b>{{ 7*7 }}</b>", (words("<b>{{ 7*7 }}</b>"),)),
        ("-\n- a", (ListBlock(((), (words("a"),))),)),
        ("a\x07\u202eb", (words("a⟨U+0007⟩⟨U+202E⟩b"),)),
        (" \n\t", ()),
        ("", ()),
    ],
)
def test_words_of_people_can_neither_fail_nor_forge(text: str, blocks: tuple[object, ...]) -> None:
    assert prose(text) == blocks


@given(st.text(st.one_of(st.characters(), st.sampled_from("\\`*_{}[]()#+-.!|<>:~&\n\t 1"))))
def test_no_words_of_people_stop_a_document(text: str) -> None:
    body = parse_markdown(f"# A\n\n::: slot id=a kind=human\n::: prose\n{escape_markdown(text)}\n:::\n:::\n\n# B")

    assert [type(block) for block in body.blocks] == [Heading, Slot, Heading]
    assert write_word(body, info())


def test_prose_holds_one_value() -> None:
    with pytest.raises(TemplateError, match="line 3: directive prose: holds more than one printed value"):
        parse_markdown("# A\n\n::: prose\na\n\nb\n:::")
