"""PDF files and page numbers: what LibreOffice makes of our Word files, mended and read, never saved."""

import io
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import page
import pikepdf
import pytest

from docgen.controlblock import watermark_text
from docgen.errors import DocgenError
from docgen.labels import Labels
from docgen.layout import LayoutError, heading_pages, lay_out, repair_pdf
from docgen.markdown import parse_markdown
from docgen.output import Output, write_output
from docgen.tree import Body, Heading, walk
from docgen.word import write_word
from tests.docgen.samples import PICTURES, VERY_HOSTILE, body, info
from tests.docgen.wordfile import WordFile, text_of
from tests.programs import program

LABELS = Labels.of()


@pytest.fixture(scope="module")
def laid_out() -> bytes:
    program("soffice")
    return lay_out(write_word(body(), info(), pictures=PICTURES))


@pytest.fixture(scope="module")
def mended(laid_out: bytes) -> bytes:
    return repair_pdf(laid_out, info(), watermark_text(info(), LABELS))


def output(form: Output, shown: Body) -> bytes:
    return write_output(form, shown, info(), markdown="", pictures=PICTURES, labels=LABELS)


def test_two_checkers_of_accessibility_find_nothing_after_the_repair(mended: bytes, tmp_path: Path) -> None:
    report = page.validate_pdf_bytes(mended, profile="ua1")
    assert [(failure.rule_id, failure.message) for failure in report.failures] == []
    assert report.is_compliant

    (tmp_path / "a.pdf").write_bytes(mended)
    found = subprocess.run(
        [Path(sys.executable).with_name("outloud"), "--layer", "conformance", tmp_path / "a.pdf"], capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert "ERROR" not in found.stdout, found.stdout
    assert found.returncode == 0, found.stdout


def test_the_checkers_do_find_what_the_repair_mends(laid_out: bytes) -> None:
    assert not page.validate_pdf_bytes(laid_out, profile="ua1").is_compliant


def test_hostile_words_are_laid_out_and_pass_too() -> None:
    program("soffice")
    hostile = info(title=VERY_HOSTILE, notice=VERY_HOSTILE)
    made = repair_pdf(lay_out(write_word(body(VERY_HOSTILE), hostile, pictures=PICTURES)), hostile, "DRAFT")

    assert page.validate_pdf_bytes(made, profile="ua1").is_compliant


def test_every_page_has_a_tab_order_and_the_file_the_dates_of_the_checkpoint(mended: bytes) -> None:
    with pikepdf.open(io.BytesIO(mended)) as file:
        assert {str(one.obj["/Tabs"]) for one in file.pages} == {"/S"}
        assert str(file.docinfo["/CreationDate"]) == "D:20261123100000+00'00"
        assert "/DocChecksum" not in file.trailer


def test_the_same_document_gives_the_same_pdf_file(mended: bytes) -> None:
    again = repair_pdf(lay_out(write_word(body(), info(), pictures=PICTURES)), info(), watermark_text(info(), LABELS))

    assert again == mended


def test_headings_are_found_on_their_pages(mended: bytes) -> None:
    pages = heading_pages(mended, body())

    assert len(pages) == sum(isinstance(block, Heading) for block in walk(body().blocks))
    assert list(pages) == sorted(pages)
    with pikepdf.open(io.BytesIO(mended)) as file:
        assert 2 <= pages[0] <= pages[-1] <= len(file.pages)


def test_a_file_whose_bookmarks_are_not_the_headings_is_not_believed(mended: bytes) -> None:
    with pytest.raises(LayoutError, match="14 bookmarks in the PDF file"):
        heading_pages(mended, parse_markdown("# Only one"))


def test_page_numbers_in_the_contents_are_those_of_the_layout_they_are_in() -> None:
    program("soffice")
    chapters = "\n\n".join(f"# Chapter {n}\n\n::: pagebreak\n:::\n\nwords" for n in range(30))
    shown = parse_markdown(f"::: toc depth=1\n:::\n\n{chapters}\n")
    made = output(Output(page_numbers=True), shown)
    file = WordFile(made)

    entries = [text_of(one).split("\t") for one in file.find("//w:p[w:pPr/w:pStyle/@w:val='Toc1']")]
    printed = [int(number) for _, number in entries]
    assert printed == list(heading_pages(lay_out(made), shown))
    assert printed[0] < printed[-1]
    codes = [code.text for code in file.find("//w:instrText") if "PAGEREF" in (code.text or "")]
    assert len(codes) == 30
    assert b"updateFields" not in file.parts["word/settings.xml"]


def test_without_a_layout_the_contents_have_no_numbers() -> None:
    file = WordFile(write_word(body(), info(), pictures=PICTURES))

    assert not [code for code in file.find("//w:instrText") if "PAGEREF" in (code.text or "")]
    assert "\\n" in next(code.text or "" for code in file.find("//w:instrText") if "TOC" in (code.text or ""))


def test_a_document_without_headings_has_no_pages_to_number() -> None:
    shown = parse_markdown("words")

    assert output(Output(page_numbers=True), shown) == output(Output(), shown)


def test_numbers_that_never_settle_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []

    def pages(pdf: bytes, shown: Body) -> Sequence[int]:
        passes.append(1)
        return (len(passes) + 1,)

    monkeypatch.setattr("docgen.output.lay_out", lambda document: document)
    monkeypatch.setattr("docgen.output.heading_pages", pages)

    with pytest.raises(DocgenError, match="change with every layout"):
        output(Output(page_numbers=True), parse_markdown("# A"))


def test_without_libreoffice_or_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("docgen.layout.shutil.which", lambda name: None)
    with pytest.raises(LayoutError, match="LibreOffice, which is not installed"):
        lay_out(b"")

    monkeypatch.setattr("docgen.layout.find_spec", lambda name: None)
    with pytest.raises(LayoutError, match="need the extra pdf"):
        repair_pdf(b"", info())


def test_a_layout_that_fails_says_so_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "soffice"
    broken.write_text("#!/bin/sh\necho 'no display' >&2\nexit 77\n")
    broken.chmod(0o755)
    monkeypatch.setattr("docgen.layout.shutil.which", lambda name: str(broken))

    with pytest.raises(LayoutError, match=r"made no PDF file \(ended with 77\): no display"):
        lay_out(b"x")


@pytest.mark.parametrize("form", ["html", "md"])
def test_forms_without_pages_have_no_page_numbers(form: str) -> None:
    with pytest.raises(DocgenError, match=f"format {form} has no pages to number"):
        Output(form, page_numbers=True)
