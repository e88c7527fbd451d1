"""Content digests change with every word and with nothing else."""

import hashlib

import pytest

from docgen.digest import content_digest, slot_text, text_digest
from docgen.errors import TemplateError
from docgen.markdown import parse_markdown
from docgen.pictures import Picture
from docgen.tree import Slot
from tests.docgen.samples import PICTURES, body, png


def digest(source: str) -> str:
    return content_digest(parse_markdown(source), PICTURES)


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_hashed_lines_are_those_of_the_specification() -> None:
    source = (
        "# Title\n\n::: slot id=s kind=human\nfirst [l](https://e.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n:::\n\n"
        '![alt](image:chart "cap")\n'
    )
    table = sha("a\tb\n1\t2")
    picture = hashlib.sha256(PICTURES["chart"].data).hexdigest()
    lines = [
        "aims-content-v1",
        f"text - {sha('Title')}",
        f"slot s:human {sha('first l <https://e.org>' + chr(10) + 'a' + chr(9) + 'b' + chr(10) + '1' + chr(9) + '2')}",
        f"table - {table}",
        f"picture {sha('alt')} {picture}",
        f"text - {sha('cap')}",
    ]

    assert digest(source) == sha("".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a", "b"),
        ("# a", "# b"),
        ("::: slot id=a kind=human\nx\n:::", "::: slot id=b kind=human\nx\n:::"),
        ("::: slot id=a kind=human\nx\n:::", "::: slot id=a kind=attested\nx\n:::"),
        ("::: missing\nx\n:::", "::: missing status=failed\nx\n:::"),
        ("::: note title=a\nx\n:::", "::: note title=b\nx\n:::"),
        ("| a |\n|---|\n| [x](slot:s:human) |", "| a |\n|---|\n| [x](slot:t:human) |"),
        ("- [x](slot:s:human)", "- [x](slot:t:human)"),
        ("::: note\n| a |\n|---|\n| 1 |\n:::", "::: note\n| a |\n|---|\n| 2 |\n:::"),
        ("::: landscape\na\n:::", "::: landscape\nb\n:::"),
        ("::: requirement\na\n:::", "::: requirement\nb\n:::"),
        ("> a", "> b"),
        ("[x](https://a.org)", "[x](https://b.org)"),
        ("a\n\nb", "b\n\na"),
        ("::: status word=stale\n:::", "::: status word=failed\n:::"),
        ("![a](image:chart)", "![b](image:chart)"),
        ("```\na\n```", "```\nb\n```"),
        ("::: table caption=a\n| a |\n|---|\n:::", "::: table caption=b\n| a |\n|---|\n:::"),
    ],
)
def test_every_word_counts(one: str, other: str) -> None:
    assert digest(one) != digest(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("**a**", "a"),
        ("::: toc\n:::\n\na", "a"),
        ("a\n\n::: pagebreak\n:::\n\nb", "a\n\nb"),
        ("::: landscape\na\n:::", "a"),
        ("::: table widths=1,2\n| a | b |\n|---|---|\n:::", "| a | b |\n|---|---|"),
    ],
)
def test_looks_do_not_count(one: str, other: str) -> None:
    assert digest(one) == digest(other)


def test_the_bytes_of_a_picture_count() -> None:
    found = parse_markdown("![a](image:chart)")

    assert content_digest(found, PICTURES) != content_digest(found, {"chart": Picture(png(61, 40))})


def test_a_picture_that_is_not_there_is_an_error() -> None:
    with pytest.raises(TemplateError, match="picture chart is shown but not there"):
        content_digest(parse_markdown("![a](image:chart)"), {})


def test_the_digest_of_a_document_stays_for_ever() -> None:
    assert content_digest(body(), PICTURES) == "59f1c0c72f3f7fb6685b58c5ddc5b8b35554088a14ccf79f6aedd4262c3f108e"


def test_slot_text_takes_every_sort_of_block_in_reading_order() -> None:
    source = (
        "::: slot id=s kind=derived\n# Head\n\n```\nco\tde\n  line\n```\n\n![alt](image:chart)\n\n"
        "::: note title=Mind\n> said\n:::\n\n::: status word=stale\nsince *May*\n:::\n\n---\n\n"
        "::: requirement\nasked\n:::\n\n::: table caption=Cap\n| | |\n|---|---|\n| a | `b` |\n:::\n:::"
    )
    (slot,) = parse_markdown(source).blocks

    assert isinstance(slot, Slot)
    lines = ["Head", "co de", "  line", "alt", "Mind", "said", "stale since May", "asked", "Cap", "a\tb"]
    assert slot_text(slot).split("\n") == lines


def test_slot_text_is_what_a_reader_of_the_file_sees() -> None:
    (slot,) = parse_markdown("::: slot id=s kind=human\na **b**\n\n- c\n- d\n\n| e | f |\n|---|---|\n:::").blocks

    assert isinstance(slot, Slot)
    assert slot_text(slot) == "a b\nc\nd\ne\tf"
    assert text_digest("a") == sha("a")


def test_a_drawing_is_what_it_shows_and_not_the_bytes_that_a_library_makes_of_it() -> None:
    shown = parse_markdown("![a](image:chart)")
    one = content_digest(shown, {"chart": Picture(png(60), drawn=b"1")})

    assert content_digest(shown, {"chart": Picture(png(61), drawn=b"1")}) == one
    assert content_digest(shown, {"chart": Picture(png(60), drawn=b"2")}) != one
