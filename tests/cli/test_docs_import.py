"""Edited Word files come home through the command line."""

from pathlib import Path

import pytest

from cli.importing import _around
from docgen.word import find_carrier
from tests.cli.person import Person
from tests.docgen.reading.edited import Edited

DOCUMENT = "technical-documentation"
SLOT = "AnnexIV-1-a.text"


@pytest.fixture
def built(clerk: Person) -> Path:
    """A document that nobody edited, in the clerk's folder."""
    clerk.does("docs", "build", DOCUMENT, "--system", "credit-scoring@1.0", "-o", "a.docx")
    return clerk.folder / "a.docx"


def edited(file: Path, slot: str, *paragraphs: str) -> Path:
    """The file with other paragraphs in a slot, as Word would leave it."""
    file.write_bytes(Edited(file.read_bytes()).write(slot, *paragraphs).data())
    return file


def imports(clerk: Person, file: Path, *more: object) -> dict[str, object]:
    seen = clerk.runs("docs", "import", file, "--as", "compliance", "--json", *more)
    assert seen.code in (0, 5), seen.err
    return {**seen.json, "code": seen.code}


def narrative(clerk: Person, index: int) -> dict[str, object]:
    return clerk.does("show", index, "--json").json["data"]  # type: ignore[no-any-return]


def test_a_text_written_in_word_becomes_a_signed_entry_and_stands_in_the_next_build(clerk: Person, built: Path) -> None:
    size = find_carrier(built.read_bytes())["checkpoint"]["size"]  # type: ignore[index]

    report = imports(clerk, edited(built, SLOT, "We ask for income.", "And for age."), "--author", "Ada L.")

    assert (report["code"], len(report["entries"])) == (0, 1)  # type: ignore[arg-type]
    body = narrative(clerk, report["entries"][0])  # type: ignore[index]
    assert (body["section"], body["text"]) == ("AnnexIV-1-a", "We ask for income.\n\nAnd for age.")
    assert (body["source"], body["system_version"], body["language"]) == ("word_import", "1.0", "en")
    assert body["seen_at"]["size"] == size  # type: ignore[index]
    assert body["author"] == {"id": "ada-l", "name": "Ada L."}
    again = clerk.folder / "b.docx"
    clerk.does("docs", "build", DOCUMENT, "--system", "credit-scoring@1.0", "-o", again)
    assert Edited(again.read_bytes()).text(SLOT) == ["We ask for income.", "And for age."]


def test_a_file_that_nobody_edited_brings_nothing(clerk: Person, built: Path) -> None:
    report = imports(clerk, built)

    assert (report["code"], report["entries"], report["differences"], report["slots"]) == (0, [], [], [])
    assert report["compared"] == "everything"


def test_the_same_file_twice_records_once(clerk: Person, built: Path) -> None:
    file = edited(built, SLOT, "We ask for income.")
    imports(clerk, file)

    again = imports(clerk, file)

    assert (again["code"], again["entries"]) == (0, [])
    assert [slot["outcome"] for slot in again["slots"]] == ["already there"]  # type: ignore[attr-defined]


def test_a_second_import_replaces_the_first_and_names_what_it_was_based_on(clerk: Person, built: Path) -> None:
    first = imports(clerk, edited(built, SLOT, "One."))
    clerk.does("docs", "build", DOCUMENT, "--system", "credit-scoring@1.0", "-o", "a.docx")

    second = imports(clerk, edited(built, SLOT, "Two."))

    old, new = (narrative(clerk, one["entries"][0]) for one in (first, second))  # type: ignore[index]
    before = clerk.does("show", first["entries"][0], "--json").json["statement"]  # type: ignore[index]
    assert new["references"] == [{"rel": "supersedes", "statement": before}]
    assert "base" not in old
    assert new["base"] == __import__("hashlib").sha256(b"One.").hexdigest()


def test_two_people_s_edits_of_one_text_are_a_conflict_and_both_are_shown(clerk: Person, built: Path) -> None:
    other = clerk.folder / "other.docx"
    other.write_bytes(built.read_bytes())
    imports(clerk, edited(built, SLOT, "Mine."))

    seen = clerk.runs("docs", "import", edited(other, SLOT, "Yours."), "--as", "compliance")

    assert seen.code == 5
    assert "CONFLICT" in seen.out
    assert "Mine." in seen.out
    assert "Yours." in seen.out
    assert "nothing to record" in seen.out


def test_a_dry_run_needs_no_key_and_records_nothing(clerk: Person, built: Path) -> None:
    before = clerk.size()

    seen = clerk.does("docs", "import", edited(built, SLOT, "Mine."), "--dry-run")

    assert "would record: narrative AnnexIV-1-a" in seen.out
    assert "    Mine.\n" in seen.out
    assert clerk.size() == before


def test_tracked_changes_are_refused_with_the_list_unless_somebody_says_how_to_read_them(
    clerk: Person, built: Path
) -> None:
    file = clerk.folder / "tracked.docx"
    file.write_bytes(Edited(built.read_bytes()).insert_tracked(SLOT, "Perhaps.", author="Bob").data())

    refused = clerk.runs("docs", "import", file, "--as", "compliance")
    rejected = imports(clerk, file, "--tracked", "reject")
    accepted = imports(clerk, file, "--tracked", "accept")

    assert refused.code == 5
    assert "inserted by Bob" in refused.out
    assert "Perhaps." in refused.out
    assert rejected["entries"] == []
    assert len(accepted["entries"]) == 1  # type: ignore[arg-type]


def test_a_comment_becomes_an_open_note_once(clerk: Person, built: Path) -> None:
    file = clerk.folder / "commented.docx"
    file.write_bytes(Edited(built.read_bytes()).comment(SLOT, "Is this so?", author="Bob").data())

    report = imports(clerk, file)
    again = imports(clerk, file)

    body = narrative(clerk, report["entries"][0])  # type: ignore[index]
    assert (body["summary"], body["person"], body["extra"]["slot"]) == ("Is this so?", "Bob", SLOT)  # type: ignore[index]
    assert again["entries"] == []
    about = ("docs", "gaps", DOCUMENT, "--system", "credit-scoring@1.0")
    assert "open note        Is this so? on AnnexIV-1-a.text (entry " in clerk.does(*about).out
    assert [note["text"] for note in clerk.does(*about, "--json").json["notes"]] == ["Is this so?"]


def test_an_edit_of_what_comes_from_the_ledger_is_named_with_its_words(clerk: Person, built: Path) -> None:
    built.write_bytes(Edited(built.read_bytes()).replace("Scores consumer credit", "Grants consumer credit").data())

    seen = clerk.runs("docs", "import", built, "--as", "compliance")

    assert seen.code == 5
    assert "derived slot" in seen.out
    assert "Scores consumer credit" in seen.out
    assert "Grants consumer credit" in seen.out


def test_of_long_texts_the_place_where_they_part_is_shown() -> None:
    before, now = _around(f"{'same ' * 100}old end", f"{'same ' * 100}new end")

    assert (before[-8:], now[-8:]) == (" old end", " new end")
    assert max(len(before), len(now)) < 60


def test_a_file_of_another_ledger_is_refused(clerk: Person, built: Path, tmp_path: Path) -> None:
    other = tmp_path / "strange.docx"
    other.write_bytes(Edited(built.read_bytes()).claim(ledger="example.org/other/0123").data())

    assert "was built from example.org/other" in clerk.refused("docs", "import", other, "--as", "compliance")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"%PDF-1.7"])
def test_what_is_no_word_file_is_refused(clerk: Person, content: bytes) -> None:
    (clerk.folder / "x.docx").write_bytes(content)

    assert "not a Word document" in clerk.refused("docs", "import", "x.docx", "--as", "compliance")


def test_a_key_or_a_dry_run_is_needed(clerk: Person, built: Path) -> None:
    assert "--as" in clerk.runs("docs", "import", built).err
