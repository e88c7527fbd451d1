"""`aims docs build --template`, `--format`, and `aims docs template`."""

import pytest
from docx import Document

from tests.cli.person import Person
from tests.programs import program

STATEMENT = "statement-of-applicability"


def test_a_start_for_a_template_is_written_once_and_fits(nobody: Person) -> None:
    nobody.does("docs", "template", "--new", "mine.docx")
    seen = nobody.does("docs", "template", "mine.docx", "--json").json

    assert (seen["added"], len(seen["own"]) > 50) == ([], True)
    assert "is there already" in nobody.refused("docs", "template", "--new", "mine.docx")


def test_a_document_gets_the_looks_of_the_template(clerk: Person) -> None:
    clerk.does("docs", "template", "--new", "mine.docx")
    mine = Document(str(clerk.folder / "mine.docx"))
    mine.styles["Title"].font.name = "Corporate Sans"
    mine.save(str(clerk.folder / "mine.docx"))

    plain = clerk.does("docs", "build", STATEMENT, "-o", "plain", "--json").json
    styled = clerk.does("docs", "build", STATEMENT, "-o", "styled", "--template", "mine.docx", "--json").json

    made = Document(str(clerk.folder / styled["file"]))
    assert made.styles["Title"].font.name == "Corporate Sans"
    assert styled["content_digest"] == plain["content_digest"]


def test_a_template_that_lacks_styles_is_refused_and_nothing_is_written(clerk: Person) -> None:
    clerk.does("docs", "template", "--new", "mine.docx")
    mine = Document(str(clerk.folder / "mine.docx"))
    mine.styles["Title"].delete()
    mine.save(str(clerk.folder / "mine.docx"))

    said = clerk.refused("docs", "build", STATEMENT, "-o", "out", "--template", "mine.docx")

    assert "lacks the style Title" in said
    assert not (clerk.folder / "out").exists()


def test_what_is_no_template_is_refused_before_a_ledger_is_looked_for(nobody: Person) -> None:
    (nobody.folder / "a.docx").write_text("no")

    assert "not a .docx file" in nobody.refused("docs", "build", STATEMENT, "--template", "a.docx")
    assert "template missing.docx" in nobody.refused("docs", "template", "missing.docx")


def test_the_format_is_named_or_that_of_the_file_that_is_wanted(clerk: Person) -> None:
    named = clerk.does("docs", "build", STATEMENT, "-o", "out", "--format", "md", "--json").json
    meant = clerk.does("docs", "build", STATEMENT, "-o", "a.md", "--json").json

    assert named["file"].endswith(f"{STATEMENT}.md")
    assert (clerk.folder / named["file"]).read_bytes() == (clerk.folder / meant["file"]).read_bytes()
    assert "format 'odt': unknown" in clerk.refused("docs", "build", STATEMENT, "--format", "odt")


def test_html_has_the_content_digest_of_the_word_file(clerk: Person) -> None:
    word = clerk.does("docs", "build", STATEMENT, "-o", "out", "--json").json
    page = clerk.does("docs", "build", STATEMENT, "-o", "out/statement.html", "--json").json

    assert page["content_digest"] == word["content_digest"]
    assert word["content_digest"] in (clerk.folder / "out" / "statement.html").read_text(encoding="utf-8")


def test_a_pdf_file_is_laid_out_by_libreoffice(clerk: Person) -> None:
    program("soffice")
    made = clerk.does("docs", "build", STATEMENT, "-o", "out", "--format", "pdf", "--json").json

    assert (clerk.folder / made["file"]).read_bytes().startswith(b"%PDF-")


def test_without_libreoffice_a_pdf_file_is_refused_and_says_what_to_install(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docgen.layout.shutil.which", lambda name: None)

    assert "install LibreOffice" in clerk.refused("docs", "build", STATEMENT, "-o", "a.pdf")
    assert "no pages to number" in clerk.refused("docs", "build", STATEMENT, "-o", "a.html", "--page-numbers")
    assert not list(clerk.folder.glob("a.*"))
