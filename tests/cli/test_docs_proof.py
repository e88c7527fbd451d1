"""`aims verify FILE.docx`: published documents prove themselves, without any ledger."""

import shutil
from pathlib import Path

import pytest

from tests.cli.person import Person, Seen
from tests.docgen.minipack import make_pack
from tests.docgen.reading.edited import Edited

ABOUT = ("doc", "--system", "credit-scoring@1.0", "--pack", "mini")


@pytest.fixture
def published(clerk: Person) -> Path:
    """A sealed file and a trust file, alone in a folder of their own."""
    make_pack(clerk.folder, [{"id": "profile", "kind": "ai_system"}], data='[document.data.publish]\nowner = "x"\n')
    clerk.does("docs", "submit", *ABOUT, "--as", "compliance")
    clerk.does("docs", "approve", *ABOUT, "--as", "anna")
    file = clerk.does("docs", "publish", *ABOUT, "--as", "compliance", "--json", "-o", "out").json["file"]
    away = clerk.folder.parent / "away"
    away.mkdir()
    shutil.copy(clerk.folder / file, away / "doc.docx")
    (away / "policy").write_text(clerk.does("checkpoint", "--policy").out)
    return away


def verifies(clerk: Person, folder: Path, *more: object) -> Seen:
    return clerk.runs("verify", folder / "doc.docx", "--trust", folder / "policy", *more)


def test_a_published_file_passes_and_says_what_that_means(clerk: Person, published: Path) -> None:
    (clerk.folder / "evidence.db").unlink()

    seen = verifies(clerk, published)

    assert (seen.code, seen.err) == (0, "")
    assert "not a byte of it differs from the file that was published" in seen.out
    assert "approved in entry" in seen.out
    assert "A pass proves origin and citations." in seen.out
    assert "that the prose is true" in seen.out


def test_an_edited_section_ends_with_1_and_is_named_in_text_and_json(clerk: Person, published: Path) -> None:
    file = published / "doc.docx"
    file.write_bytes(Edited(file.read_bytes()).replace("Title P-1", "Title P-2").data())

    seen, value = verifies(clerk, published), verifies(clerk, published, "--json")

    assert (seen.code, value.code) == (1, 1)
    assert "edited since publication" in seen.out
    assert value.json["sections"][0] == {"heading": "Title P-2", "state": "edited since publication", "edited": 1}
    assert value.json["as_published"] is False


def test_a_draft_is_unsealed_and_ends_with_4(clerk: Person, published: Path) -> None:
    clerk.does("docs", "build", *ABOUT, "-o", published / "doc.docx")

    seen = verifies(clerk, published)

    assert seen.code == 4
    assert "unsealed: DRAFT" in seen.out


def test_without_a_trust_file_nothing_is_vouched_for(clerk: Person, published: Path) -> None:
    assert clerk.runs("verify", published / "doc.docx").code == 4


def test_a_word_file_of_somebody_else_is_refused(clerk: Person, published: Path) -> None:
    file = Edited((published / "doc.docx").read_bytes())
    file.parts = {name: data for name, data in file.parts.items() if not name.startswith("customXml")}
    (published / "doc.docx").write_bytes(file.data())

    seen = verifies(clerk, published)

    assert (seen.code, seen.out) == (2, "")
    assert "an Office document" in seen.err
