"""Importing editions, restyled files and documents about one entry."""

from pathlib import Path

from docgen.word.starter import starter_template
from tests.cli.person import Person
from tests.docgen.reading.edited import Edited

SYSTEM = ("--system", "credit-scoring@1.0")
SLOT = "AnnexIV-1-a.text"


def imported(clerk: Person, file: Path) -> dict[str, object]:
    seen = clerk.runs("docs", "import", file, "--as", "compliance", "--json")
    assert seen.code in (0, 5), seen.err
    return {**seen.json, "code": seen.code}


def written(file: Path, slot: str = SLOT) -> Path:
    file.write_bytes(Edited(file.read_bytes()).write(slot, "Written by hand.").data())
    return file


def test_a_file_in_the_looks_of_a_company_comes_home(clerk: Person) -> None:
    (clerk.folder / "corporate.docx").write_bytes(starter_template())
    clerk.does("docs", "build", "technical-documentation", *SYSTEM, "--template", "corporate.docx", "-o", "a.docx")

    report = imported(clerk, written(clerk.folder / "a.docx"))

    assert (report["code"], len(report["entries"]), report["differences"]) == (0, 1, [])  # type: ignore[arg-type]
    assert report["compared"] == "everything but cover, headers and footers"


def test_an_edition_for_an_authority_comes_home_and_what_it_leaves_out_is_not_gone(clerk: Person) -> None:
    clerk.does("docs", "build", "technical-documentation", *SYSTEM, "--audience", "authority", "-o", "a.docx")

    report = imported(clerk, written(clerk.folder / "a.docx"))

    assert (report["code"], len(report["entries"])) == (0, 1)  # type: ignore[arg-type]
    assert [slot["outcome"] for slot in report["slots"]] == ["recorded"]  # type: ignore[attr-defined]


def test_a_comment_is_left_alone_when_asked(clerk: Person) -> None:
    clerk.does("docs", "build", "technical-documentation", *SYSTEM, "-o", "a.docx")
    file = clerk.folder / "a.docx"
    file.write_bytes(Edited(file.read_bytes()).comment(SLOT, "Is this so?").data())

    seen = clerk.does("docs", "import", file, "--as", "compliance", "--no-comments")

    assert "comment on AnnexIV-1-a.text by Bob: Is this so?" in seen.out
    assert "nothing to record" in seen.out
