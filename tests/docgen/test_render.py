"""Templates print values, not code; what is undefined, missing or not allowed stops them with file and line."""

from pathlib import Path

import pytest

from docgen.errors import PackError, TemplateError
from docgen.escape import Markdown
from docgen.markdown import parse_markdown
from docgen.packs import load_pack
from docgen.render import render_markdown
from docgen.tree import (
    Body,
    Cite,
    Code,
    Emphasis,
    Heading,
    InlineSlot,
    Paragraph,
    Ref,
    StatusWord,
    Strong,
    Table,
    Text,
    walk_inlines,
)
from tests.docgen.samples import HOSTILE, Cited, write_pack


def render(folder: Path, template: str, context: dict[str, object] | None = None, **files: str) -> Markdown:
    return render_markdown(load_pack(write_pack(folder, template, **files)), "report", context or {})


def parsed(folder: Path, template: str, context: dict[str, object] | None = None, **files: str) -> Body:
    return parse_markdown(render(folder, template, context, **files))


def paragraph(folder: Path, template: str, **context: object) -> tuple[object, ...]:
    (block,) = parsed(folder, template, context).blocks
    assert isinstance(block, Paragraph)
    return block.children


def test_a_value_that_looks_like_code_prints_as_itself(tmp_path: Path) -> None:
    assert paragraph(tmp_path, "{{ value }}", value=HOSTILE) == (Text(HOSTILE),)


def test_a_template_in_a_value_is_not_rendered(tmp_path: Path) -> None:
    value = "{{ secret }}{% include 'x' %}{# c #}"

    assert paragraph(tmp_path, "{{ value }}", value=value, secret="no") == (Text(value),)


def test_values_are_escaped_once_through_macros_blocks_and_imports(tmp_path: Path) -> None:
    template = (
        '{% import "_m.md.j2" as m %}{% macro local(x) %}*{{ x }}*{% endmacro %}'
        "{% set block %}**{{ v }}**{% endset %}{% call m.wrap() %}{{ v }}{% endcall %} {{ local(v) }} {{ block }}"
    )
    body = parsed(tmp_path, template, {"v": "<*>"}, _m__md__j2="{% macro wrap() %}`{{ caller() }}`{% endmacro %}")

    (block,) = body.blocks
    assert isinstance(block, Paragraph)
    value = (Text("<*>"),)
    assert block.children == (Code("<*>"), Text(" "), Emphasis(value), Text(" "), Strong(value))


@pytest.mark.parametrize(
    ("template", "printed"),
    [
        ("{{ 'a*b*' }}", "a*b*"),
        ("{{ v ~ '*' ~ 1 }}", "<*>*1"),
        ("{{ v + '*' }}", "<*>*"),
        ("{{ [v, '_'] | join(' * ') }}", "<*> * _"),
        ("{{ v | upper | replace('*', '_') }}", "<_>"),
        ("{% filter upper %}x{{ v }}{% endfilter %}", "X<*>"),
        ("{{ 12 }} {{ 0.5 }} {{ true }} {{ false }}", "12 0.5 yes no"),
        ("{{ 0.1234 | percent }} {{ 2 | number(3) }}", "12.3\u00a0% 2.000"),
        ("{{ when | day }}, {{ when | moment }}", "2026-11-23, 2026-11-23 10:00:01 UTC"),
        ("{{ 'abcdefghij' | short }}", "abcdefgh"),
        ("{{ document.title }} {{ pack.bases[0].as_of }} {{ pack.data.free.a[1].b }} {{ language }}",
         "Report 2026-11-23 2 en"),
        ("{% for point in document.points %}{{ point.id }} {% endfor %}", "P.1 P.2"),
        ("{% if gone is defined %}x{% else %}y{% endif %}", "y"),
        ("{{ gone | default('z') }}", "z"),
    ],
)  # fmt: skip
def test_expressions_print_text(tmp_path: Path, template: str, printed: str) -> None:
    found = paragraph(tmp_path, template, v="<*>", when="2026-11-23T10:00:01.123456Z")

    assert found == (Text(printed),)


def test_markdown_pieces_stay_markdown_when_put_together(tmp_path: Path) -> None:
    template = "{% set b %}**b**{% endset %}{{ b ~ v }} {{ v ~ b }} {{ v + b }} {{ [b, v] | join('_') }}"

    strong, value = Strong((Text("b"),)), "*v*"
    assert paragraph(tmp_path, template, v=value) == (
        strong, Text("*v* *v*"), strong, Text(" *v*"), strong, Text(" "), strong, Text("_*v*"),
    )  # fmt: skip


def test_texts_of_the_pack_are_markdown_and_their_values_are_not(tmp_path: Path) -> None:
    assert paragraph(tmp_path, "{{ t('hello.name', name='*x*') }}") == (Text("Hello "), Strong((Text("*x*"),)))


def test_functions_make_links_that_values_can_not_make(tmp_path: Path) -> None:
    template = (
        '# A {id=a}\n\n{{ link("to *a*", "a") }} {{ status("never run") }} {{ slot("s.1", "*t*") }} {{ v | code }}'
    )
    heading, block = parsed(tmp_path, template, {"v": "`|`"}).blocks

    assert isinstance(heading, Heading)
    assert isinstance(block, Paragraph)
    gap = Text(" ")
    slot = InlineSlot("s.1", "human", "*t*")
    assert block.children == (Ref("a", (Text("to *a*"),)), gap, StatusWord("never run"), gap, slot, gap, Code("`|`"))


def test_citations_are_collected_for_the_register(tmp_path: Path) -> None:
    template = (
        "{{ cite(two, [one, two], none_cited) }}{{ cite() }}\n\n| E | H |\n|---|---|\n"
        "{% for e in cited() %}\n| {{ register(e) }} | {{ e.leaf_hash.hex() | short }} |\n{% endfor %}\n"
    )
    one, two = Cited(1), Cited(2)
    body = parsed(tmp_path, template, {"one": one, "two": two, "none_cited": ()})

    cites = [inline for inline in walk_inlines(body.blocks) if isinstance(inline, Cite)]
    assert cites == [Cite(1, one.leaf_hash.hex()), Cite(2, two.leaf_hash.hex())]
    table = body.blocks[1]
    assert isinstance(table, Table)
    assert [row[1] for row in table.rows] == [(Text(entry.leaf_hash.hex()[:8]),) for entry in (one, two)]


@pytest.mark.parametrize(
    ("template", "line", "name", "problem"),
    [
        ("# T\n\n{{ syztem }}", 3, "syztem", "'syztem' is undefined; did you mean 'system'?"),
        ("a\n{{ entry.indexx }}", 2, "indexx", "has no attribute 'indexx'; define it in the context or test for it"),
        ("{{ a.b.c }}", 1, "a", "'a' is undefined"),
        ("{% if gone %}x{% endif %}", 1, "gone", "'gone' is undefined"),
        ("{% for x in gone %}x{% endfor %}", 1, "gone", "'gone' is undefined"),
        ("{{ gone ~ 'x' }}", 1, "gone", "'gone' is undefined"),
        ("{{ gone | code }}", 1, "gone", "'gone' is undefined"),
        ("{{ t('hello.name', name=gone) }}", 1, "gone", "'gone' is undefined"),
        ("{{ missing }}", 1, "", "a missing value is printed"),
        ("{{ [1] }}", 1, "", "a list is printed, expected text or a number"),
        ("{{ {'a': 1} }}", 1, "", "a dict is printed"),
        ("{{ entry }}", 1, "", "a Cited is printed"),
        ("{{ entry.leaf_hash }}", 1, "", "a bytes is printed"),
        ("{{ t('nope') }}", 1, "", "the pack has no text 'nope' in texts/en.toml"),
        ("{{ t('hello.name') }}", 1, "", "text 'hello.name' wants a value 'name'"),
        ("{{ t('hello.name', name=1, x=2) }}", 1, "", "text 'hello.name' has no place for 'x'"),
        ("{{ cite(1) }}", 1, "", "int can't be cited, expected entries"),
        ("{{ status('fine') }}", 1, "", "'fine' is no status word, expected one of provided"),
        ("{{ slot('a b') }}", 1, "", "slot id 'a b'"),
        ("{{ slot('a', kind='mine') }}", 1, "", "slot kind 'mine'"),
        ("{{ 'x' | day }}", 1, "", "'x' is no time"),
        ("{{ 1 / 0 }}", 1, "", "division by zero"),
        ("{{ 'a' + 1 }}", 1, "", "can only concatenate str"),
        ("a\n\n{% for x %}", 3, "", "expected token 'in'"),
        ("a\n{{ 'x' | nope }}", 2, "", "No filter named 'nope'"),
        ("{{ 'x' | safe }}", 1, "", "No filter named 'safe'"),
        ("{{ ''.__class__.__mro__ }}", 1, "", "not allowed in templates: access to attribute '__class__'"),
        ("{{ cite.__globals__ }}", 1, "", "not allowed in templates"),
        ("{{ pack.folder }}", 1, "folder", "has no attribute 'folder'"),
        ("{% set x = items.append(1) %}", 1, "", "not allowed in templates"),
        ("{% include 'gone.md.j2' %}", 1, "gone.md.j2", "template 'gone.md.j2' is not in the pack"),
        ("{% include '../sample/report.md.j2' %}", 1, "../sample/report.md.j2", "is not in the pack"),
        ("{% include 'pack.toml' %}", 1, "pack.toml", "is not in the pack"),
        ("{% include 'report.md.j2' %}", 1, "", "templates include each other without end"),
    ],
)
def test_a_wrong_template_says_where_and_what_to_do(
    tmp_path: Path, template: str, line: int, name: str, problem: str
) -> None:
    context = {"system": "s", "entry": Cited(1), "missing": None, "items": []}
    with pytest.raises(TemplateError) as caught:
        render(tmp_path, template, context)

    assert (caught.value.file, caught.value.line, caught.value.name) == ("sample/report.md.j2", line, name)
    assert str(caught.value).startswith(f"sample/report.md.j2, line {line}: ")
    assert problem in str(caught.value)


def test_an_error_in_a_macro_names_the_file_of_the_macro(tmp_path: Path) -> None:
    macros = "{% macro m() %}\n\n{{ gone }}{% endmacro %}"
    with pytest.raises(TemplateError, match=r"^sample/_m\.md\.j2, line 3: 'gone' is undefined"):
        render(tmp_path, '{% import "_m.md.j2" as m %}\n{{ m.m() }}', _m__md__j2=macros)


def test_two_entries_in_one_place_can_not_be_cited(tmp_path: Path) -> None:
    class Other:
        index, leaf_hash = 1, bytes(32)

    with pytest.raises(TemplateError, match="two entries with the index 1 are cited"):
        render(tmp_path, "{{ cite(a) }}{{ cite(b) }}", {"a": Cited(1), "b": Other()})


def test_a_bug_outside_of_templates_is_not_blamed_on_them(tmp_path: Path) -> None:
    class Broken:
        def compute(self) -> int:
            return {}["bug"]  # type: ignore[no-any-return]

    with pytest.raises(KeyError, match="bug"):
        render(tmp_path, "{{ broken.compute() }}", {"broken": Broken()})


def test_names_of_functions_are_not_for_the_context(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="context names 'cite'"):
        render(tmp_path, "x", {"cite": 1})


def test_unknown_documents_and_languages_are_errors_of_the_pack(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path))

    with pytest.raises(PackError, match="no document 'nope'"):
        render_markdown(pack, "nope", {})
    with pytest.raises(PackError, match="no texts in language 'fr'"):
        render_markdown(pack, "report", {}, language="fr")


def test_rendering_twice_gives_the_same(tmp_path: Path) -> None:
    pack = load_pack(write_pack(tmp_path, "{% for x in v %}{{ x }}{% endfor %}{{ cite(e) }}"))
    context = {"v": ("a", "b"), "e": Cited(5)}

    assert render_markdown(pack, "report", context) == render_markdown(pack, "report", context)
