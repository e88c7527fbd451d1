"""Files that LibreOffice really opened, edited and saved: it loses tags, locks and more, and no text."""

from pathlib import Path

import pytest

from docgen.build import build_document
from docgen.packs import load_pack
from docgen.reading import ReadDocument, read_document, to_markdown
from docgen.word import write_word
from tests.docgen.builders import SYSTEM, VERSION
from tests.docgen.eu_ledger import full_ledger
from tests.docgen.reading.office import edit
from tests.docgen.reading.test_slots import DOCUMENT, WRITTEN
from tests.docgen.samples import PICTURES, body, info


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a profile of LibreOffice that all tests of this file use."""
    return tmp_path_factory.mktemp("office")


def edited(desk: Path, basic: str, data: bytes = DOCUMENT) -> ReadDocument:
    return read_document(edit(desk, data, basic))


def text(document: ReadDocument, name: str = "one.text") -> str:
    slot = document.slot(name)
    assert slot is not None
    assert [problem for problem in slot.problems if not problem.lost] == []
    return to_markdown(slot.blocks)


class TestOnlySaved:
    def test_every_block_of_the_dialect_reads_the_same(self, desk: Path) -> None:
        data = write_word(body(), info(), pictures=PICTURES)

        document = edited(desk, "", data)

        assert document.carrier is not None
        assert list(document.lines) == document.carrier["blocks"]
        assert [problem for problem in document.strange if not problem.lost] == []
        assert {slot.found_by for slot in document.slots} == {"bookmarks"}

    def test_a_whole_technical_documentation_reads_the_same(self, desk: Path) -> None:
        pack = load_pack("eu_tech_docs")
        built = build_document(full_ledger(), pack, "technical-documentation", system=SYSTEM, version=VERSION)

        document = edited(desk, "", built.data)

        assert document.carrier is not None
        assert list(document.lines) == document.carrier["blocks"]
        assert (document.missing, document.duplicates) == ((), ())


def test_words_are_replaced(desk: Path) -> None:
    assert text(edited(desk, 'Found(doc, "Last paragraph").String = "Another end"')) == WRITTEN.replace(
        "Last paragraph", "Another end"
    )


def test_a_paragraph_is_added_in_the_middle(desk: Path) -> None:
    basic = """
    place = Found(doc, "slanted words.")
    cursor = place.Text.createTextCursorByRange(place.End)
    place.Text.insertControlCharacter(cursor, com.sun.star.text.ControlCharacter.PARAGRAPH_BREAK, False)
    place.Text.insertString(cursor, "Added.", False)
    """

    assert text(edited(desk, basic)) == WRITTEN.replace("words.\n", "words.\n\nAdded.\n")


def test_words_are_made_bold(desk: Path) -> None:
    basic = 'Found(doc, "Last").CharWeight = com.sun.star.awt.FontWeight.BOLD'

    assert text(edited(desk, basic)) == WRITTEN.replace("Last paragraph", "**Last** paragraph")


def test_somebody_types_over_what_an_empty_slot_says(desk: Path) -> None:
    basic = """
    Found(doc, "Words may be added here.").String = "Typed by a person."
    Found(doc, "NOT PROVIDED: nothing has been written here yet.").String = "Provided now."
    """
    document = edited(desk, basic)

    assert (text(document, "two.text"), text(document, "three")) == ("Typed by a person.", "Provided now.")


def test_a_cell_is_changed(desk: Path) -> None:
    slot = edited(desk, 'Found(doc, "Anna").String = "Bob"').slot("cell")

    assert slot is not None
    assert slot.text == "Bob"


def test_an_edit_outside_of_slots_changes_a_line_and_no_slot(desk: Path) -> None:
    document = edited(desk, 'Found(doc, "Score").String = "Number"')

    assert text(document) == WRITTEN
    assert document.carrier is not None
    assert len(set(document.lines) - set(document.carrier["blocks"])) == 1


def test_changes_are_tracked(desk: Path) -> None:
    basic = 'doc.RecordChanges = True\n  Found(doc, "Last paragraph").String = "Another end"'
    data = edit(desk, DOCUMENT, basic)

    accepted, rejected = read_document(data), read_document(data, tracked="reject")

    assert {change.what for change in accepted.changes} == {"inserted", "deleted"}
    assert text(accepted) == WRITTEN.replace("Last paragraph", "Another end")
    assert text(rejected) == WRITTEN


def test_a_comment_is_written(desk: Path) -> None:
    basic = """
    place = Found(doc, "slanted")
    note = doc.createInstance("com.sun.star.text.textfield.Annotation")
    note.Author = "Bob" : note.Content = "Really?"
    place.Text.insertTextContent(place, note, False)
    """
    document = edited(desk, basic)

    assert [(one.text, one.author, one.slot) for one in document.comments] == [("Really?", "Bob", "one.text")]
    assert text(document) == WRITTEN


def test_a_whole_slot_is_deleted(desk: Path) -> None:
    basic = """
    place = Found(doc, "First paragraph with")
    cursor = place.Text.createTextCursorByRange(place.Start)
    cursor.gotoRange(Found(doc, "Last paragraph.").End, True)
    cursor.String = ""
    """
    document = edited(desk, basic)
    slot = document.slot("one.text")

    assert document.missing == ("one.text",) or (slot is not None and slot.text == "")


def test_a_file_saved_twice_still_reads_the_same(desk: Path) -> None:
    once = edit(desk, DOCUMENT, 'Found(doc, "Last").String = "Final"')

    assert text(edited(desk, "", once)) == WRITTEN.replace("Last", "Final")
