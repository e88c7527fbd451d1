"""The documents of the management system on the command line: listed, built, approved, published, edited in Word."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from docgen.packs import load_pack
from tests.cli.person import Person
from tests.docgen.reading.edited import Edited

PACK = load_pack("iso42001")
HERE = ("--pack", "iso42001")
DOCUMENTS = [spec.id for spec in PACK.documents]


def about(document: str) -> tuple[str, ...]:
    return ("--system", "credit-scoring@1.0") if PACK.document(document).about == "system" else ()


def words(file: Path) -> str:
    """Every word of a Word file's body, cover and control block."""
    with zipfile.ZipFile(io.BytesIO(file.read_bytes())) as archive:
        return re.sub(r"<[^>]+>", " ", archive.read("word/document.xml").decode())


def test_every_document_is_listed_with_what_it_is_about(nobody: Person) -> None:
    rows = nobody.does("docs", "list", *HERE, "--json").json

    assert [row["document"] for row in rows] == DOCUMENTS


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_document_is_built_in_both_languages_and_its_gaps_are_listed(clerk: Person, document: str) -> None:
    for language in ("en", "de"):
        clerk.does("docs", "build", document, *about(document), *HERE, "--lang", language, "-o", f"{language}/")
    gaps = clerk.does("docs", "gaps", document, *about(document), *HERE, "--json").json

    assert len(gaps["points"]) <= len(PACK.document(document).points)
    assert words(clerk.folder / "en" / f"{document}.docx")
    assert "ENTWURF" in words(next((clerk.folder / "de").glob("*.docx")))


@pytest.mark.parametrize("document", ["statement-of-applicability", "risk-register"])
def test_an_approved_document_says_so_on_its_cover_and_never_the_contrary_inside(clerk: Person, document: str) -> None:
    line = (document, *HERE)
    built = clerk.does("docs", "build", *line, "-o", "draft.docx", "--json").json
    submitted = clerk.does("docs", "submit", *line, "--as", "compliance", "--json").json
    clerk.does("docs", "approve", *line, "--as", "anna")
    published = clerk.does("docs", "publish", *line, "--as", "compliance", "--json").json

    said = words(clerk.folder / str(published["file"]))
    assert built["content_digest"] == submitted["content_digest"]
    assert "Not approved" not in said
    assert "NOT APPROVED" not in said
    assert "DRAFT" not in said.replace("whose cover says DRAFT", "")


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_policy_is_written_in_word_and_comes_home(clerk: Person, language: str) -> None:
    file = clerk.folder / "policy.docx"
    build = ("docs", "build", "ai-policy", *HERE, "--lang", language)
    clerk.does(*build, "-o", file)
    texts = {f"P-{one}.text": f"Our {one}." for one in ("purpose", "principles", "commitments")}
    edited = Edited(file.read_bytes())
    for slot, text in texts.items():
        edited = edited.write(slot, text)
    file.write_bytes(edited.data())

    report = clerk.does("docs", "import", file, *HERE, "--as", "compliance", "--json").json
    gaps = clerk.does("docs", "gaps", "ai-policy", *HERE, "--lang", language, "--all", "--json").json
    clerk.does(*build, "-o", file)

    assert len(report["entries"]) == 3
    status = {point["id"]: point["status"] for point in gaps["points"]}
    assert (status["P-principles"], status["P-commitments"]) == ("provided", "provided")
    again = Edited(file.read_bytes())
    assert {slot: again.text(slot) for slot in texts} == {slot: [text] for slot, text in texts.items()}
