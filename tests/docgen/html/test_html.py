"""The HTML file: the same words as the Word file, marked for those who listen, safe for those who open it."""

import base64
import hashlib
import itertools
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import html

from docgen.digest import content_digest
from docgen.errors import TemplateError
from docgen.escape import visible
from docgen.functions import Printer
from docgen.html import write_html
from docgen.info import HistoryLine
from docgen.labels import Labels
from docgen.markdown import parse_markdown
from docgen.packs import load_pack
from docgen.pictures import Picture
from docgen.status import STATUS_WORDS
from docgen.tree import Table
from docgen.word import find_carrier, write_word
from tests.docgen.samples import PICTURES, VERY_HOSTILE, Cited, body, info

ROOT = Path(__file__).parents[3]
VOID = {"br", "hr", "img", "meta"}


class Balance(HTMLParser):
    """Fails on tags that are not closed in order; collects what could run or reach out."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def page(value: str = "plain words", **changes: object) -> html.HtmlElement:
    return html.document_fromstring(write_html(body(value), info(**changes), pictures=PICTURES).decode())


def written(markdown: str) -> html.HtmlElement:
    return html.document_fromstring(write_html(parse_markdown(markdown), info(), pictures=PICTURES).decode())


@pytest.mark.parametrize("value", ["plain words", VERY_HOSTILE, '"><script>alert(1)</script>', "' onload='x"])
def test_every_element_is_closed_and_nothing_runs_or_is_fetched(value: str) -> None:
    parser = Balance()
    parser.feed(write_html(body(value), info(title=value, notice=value), pictures=PICTURES).decode())

    assert parser.open == []
    assert not parser.tags & {"script", "iframe", "object", "embed", "form", "link", "base", "svg", "b"}
    assert not [name for _, name, _ in parser.attributes if name.startswith("on") or name == "style"]
    assert {value.partition(":")[0] for tag, name, value in parser.attributes if name == "src"} == {"data"}
    assert all(re.match(r"#|https?:|mailto:", value) for _, name, value in parser.attributes if name == "href")


def test_the_policy_allows_the_style_sheet_of_the_file_and_nothing_else() -> None:
    made = page()
    policy = made.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")[0]
    digest = base64.b64encode(hashlib.sha256(made.xpath("//style/text()")[0].encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_hostile_words_print_as_themselves() -> None:
    text = page(VERY_HOSTILE, title=VERY_HOSTILE).text_content()

    assert "R&D <5% {{ 7*7 }} | pipe | # h *x* _y_ [a](b) <b>" in text
    assert visible(VERY_HOSTILE).split("\n")[0] in text


def test_headings_go_down_one_at_a_time_from_one_title() -> None:
    levels = [int(heading.tag[1]) for heading in page().xpath("//h1|//h2|//h3|//h4|//h5")]

    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_ids_are_unique_and_every_link_inside_has_its_target() -> None:
    made = page()
    ids = made.xpath("//@id")

    assert len(ids) == len(set(ids))
    assert {href[1:] for href in made.xpath("//a/@href") if href.startswith("#")} <= set(ids)
    assert made.xpath("//a[@href='#entry-3']/text()")[0].replace("\xa0", " ") == f"[#3 {Cited(3).leaf_hash.hex()[:8]}]"


def test_the_contents_list_the_headings_as_nested_links() -> None:
    made = written("::: toc depth=2\n:::\n\n# A\n\n## B\n\n### C\n\n## D\n\n# E\n")

    top = made.xpath("//nav/ol/li")
    assert [item.xpath("string(a)") for item in top] == ["A", "E"]
    assert top[0].xpath("ol/li/a/text()") == ["B", "D"]
    assert len(made.xpath("//nav")) == 1


def test_cells_that_are_headers_say_of_what() -> None:
    made = written("| a | b |\n|---|--:|\n| **Group** | |\n| 1 | 2 |\n\n| | |\n|---|---|\n| name | value |\n")
    first, second = made.xpath("//main//table")

    assert first.xpath("thead/tr/th/@scope") == ["col", "col"]
    assert first.xpath("tbody/tr[1]/th/@colspan") == ["2"]
    assert first.xpath("tbody/tr[2]/td[2]/@class") == ["right"]
    assert second.xpath("tbody/tr/th/@scope") == ["row"]
    assert not second.xpath("thead")


def test_status_words_are_words_and_have_a_class() -> None:
    made = page()

    for word in STATUS_WORDS:
        assert word in made.xpath(f"//*[contains(@class, 'status-{word.replace(' ', '-')}')]/text()")


def test_the_language_is_said_for_the_document_and_for_words_in_another() -> None:
    made = page()

    assert made.get("lang") == "en"
    assert made.xpath("//section[@id='slot-human.1']/@lang") == ["de"]
    assert made.xpath("//main/div[@lang]/@lang") == ["de"]
    german = write_html(
        body(), info(language="de"), pictures=PICTURES, labels=Labels.of(load_pack("iso42001").texts["de"])
    )
    assert "Dokumentnummer" in german.decode()


def test_slots_are_those_of_the_word_file() -> None:
    carrier = find_carrier(write_word(body(), info(), pictures=PICTURES))
    assert carrier is not None
    made = page()

    slots = [(slot.get("data-slot"), slot.get("data-kind")) for slot in made.xpath("//*[@data-slot]")]
    assert slots == [(slot["id"], slot["kind"]) for slot in carrier["slots"]]
    assert "nothing has been written here yet" in made.xpath("string(//*[@id='slot-empty'])")


def test_pictures_are_in_the_file_with_alternative_text_and_caption() -> None:
    made = page()
    image = made.xpath("//figure/img")[0]

    assert base64.b64decode(image.get("src").partition(",")[2]) == PICTURES["chart"].data
    assert image.get("alt") == "Alternative plain words"
    assert made.xpath("string(//figcaption)") == "Figure 1: Caption plain words"


def test_what_could_not_be_drawn_is_a_sentence_and_a_table() -> None:
    stand_in = parse_markdown("| x |\n|---|\n| 5 |").blocks[0]
    assert isinstance(stand_in, Table)
    shown = parse_markdown('![a](image:c "C")')
    made = html.document_fromstring(
        write_html(shown, info(), pictures={"c": Picture(b"", drawn=b"1", stand_in=stand_in)}).decode()
    )

    assert "Not drawn" in made.xpath("string(//figure)")
    assert made.xpath("//figure//td/text()") == ["5"]
    assert not made.xpath("//img")


def test_a_picture_that_is_none_is_refused() -> None:
    with pytest.raises(TemplateError, match="neither a PNG nor a JPEG"):
        write_html(parse_markdown("![a](image:c)"), info(), pictures={"c": Picture(b"GIF89a")})


def test_references_lead_to_captions() -> None:
    ref = Printer("en", {}).ref("table:risks")
    made = written(f"See {ref}.\n\n::: table id=risks caption=Risks\n| a |\n|---|\n| b |\n:::")

    assert made.xpath("//a[@href='#table-risks']/text()") == ["Table 1"]
    assert made.xpath("//table[@id='table-risks']/caption/text()") == ["Table 1: Risks"]


@pytest.mark.parametrize(("state", "mark"), [("draft", ["DRAFT"]), ("published", []), ("withdrawn", ["WITHDRAWN"])])
def test_the_state_stands_on_the_page_and_behind_it_until_published(state: str, mark: list[str]) -> None:
    made = page(state=state)

    assert made.xpath("//*[@class='watermark']/text()") == mark
    assert made.xpath("string(//*[@class='marking'])") == f"EXAMPLE · {state.upper()}"


def test_cover_history_and_digest_are_there() -> None:
    made = page(history=(HistoryLine("1", "published", "2026-01-02", "first", "x"),))

    rows = {row.xpath("string(th)"): row.xpath("string(td)") for row in made.xpath("//header/table//tr")}
    assert rows["Document number"] == "TD-credit-scoring-1.1"
    assert "Change history" in made.xpath("//header/h2/text()")
    assert made.xpath("//meta[@name='aims-content-digest']/@content") == [content_digest(body(), PICTURES)]


def test_another_process_gives_the_same_bytes() -> None:
    script = (
        "import hashlib, sys\nfrom docgen.html import write_html\n"
        "from tests.docgen.samples import PICTURES, body, info\n"
        "sys.stdout.write(hashlib.sha256(write_html(body(), info(), pictures=PICTURES)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "5", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == hashlib.sha256(write_html(body(), info(), pictures=PICTURES)).hexdigest()


def test_a_document_without_anything_is_a_page_too() -> None:
    made = written("")

    assert made.xpath("string(//h1)") == "Technical documentation"
    assert not made.xpath("//nav")
