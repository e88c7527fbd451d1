"""The three-way merge of edited files: what is recorded, what is a conflict, and what is only named."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from docgen.errors import DocgenError
from docgen.markdown import parse_prose
from docgen.merging import text_records
from docgen.merging.entries import author_of, comment_records
from docgen.merging.three_way import Texts, merge_texts
from docgen.notes import open_notes
from docgen.view import view_ledger
from tests.docgen.merging.desk import TEXT, Desk
from tests.docgen.reading.edited import Edited, p, word
from tests.docgen.reading.office import edit
from tests.docgen.reading.test_slots import table
from tests.ledger.harness import SUBJECT


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("base", "file", "current", "outcome"),
    [
        ("", "new", "", "recorded"),
        ("old", "new", "old", "recorded"),
        ("old", "", "old", "cleared"),
        ("old", "new", "new", "already there"),
        ("old", "new", "other", "conflict"),
        ("", "new", "other", "conflict"),
        ("old", "", "other", "conflict"),
        ("old", "*new*", "_new_", "already there"),
        ("# old", "new", "**old**", "recorded"),
    ],
)
def test_three_texts_of_a_slot_come_to_one_outcome(base: str, file: str, current: str, outcome: str) -> None:
    assert merge_texts(Texts(base, file, current)) == outcome


class TestTexts:
    def test_a_first_text_is_recorded_with_what_its_writer_had_before_them(self, desk: Desk) -> None:
        system = next(desk.ledger.entries(kinds=["ai_system"]))
        data, size = desk.edited(TEXT, "New."), desk.ledger.size

        (entry,) = desk.imports(data)

        assert entry.data["text"] == "New."
        assert entry.data["seen"] == [system.statement]
        assert entry.data["seen_at"]["size"] == size
        assert "base" not in entry.data
        assert "references" not in entry.data

    def test_paragraphs_lists_emphasis_links_and_tables_come_home_and_print_again(self, desk: Desk) -> None:
        data = desk.edited(
            TEXT,
            word("<w:p><w:r><w:t>Some</w:t><w:br/></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>bold</w:t></w:r></w:p>"),
            p("item", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'),
            word(table("a|b", "1|2")),
            p("End."),
        )  # fmt: skip

        (entry,) = desk.imports(data)

        assert entry.data["text"] == "Some\\\n**bold**\n\n- item\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd."
        again = desk.plan(desk.build())
        assert {slot.outcome for slot in again.slots} == {"unchanged"}
        assert again.differences == ()

    def test_a_text_that_was_emptied_is_recorded_as_empty(self, desk: Desk) -> None:
        desk.writes("Old.")

        (entry,) = desk.imports(desk.edited(TEXT))

        assert entry.data["text"] == ""
        assert entry.data["base"] == sha256(b"Old.").hexdigest()

    def test_a_text_that_is_gone_from_the_file_is_not_emptied(self, desk: Desk) -> None:
        desk.writes("Old.")

        plan = desk.plan(Edited(desk.build()).without(TEXT).data())

        assert [slot.outcome for slot in plan.slots if slot.slot == TEXT] == ["vanished"]
        assert (plan.texts, plan.needs_people) == ((), True)

    def test_a_copied_slot_is_an_error(self, desk: Desk) -> None:
        with pytest.raises(DocgenError, match=r"slot P-1.text more than once"):
            desk.plan(Edited(desk.build()).doubled(TEXT).data())

    def test_what_an_empty_slot_shows_is_not_recorded(self, desk: Desk) -> None:
        assert desk.plan(desk.build()).texts == ()

    def test_a_text_with_a_picture_is_not_recorded_without_it(self, desk: Desk) -> None:
        result = desk.result(desk.edited(TEXT, "Look:", word("<w:p><w:r><w:drawing/></w:r></w:p>")))

        assert (result.outcome, result.records) == ("not kept", False)
        assert [problem.what for problem in result.problems] == ["a picture or drawing"]

    def test_a_text_that_is_too_long_for_an_entry_is_not_cut(self, desk: Desk) -> None:
        assert desk.result(desk.edited(TEXT, "long " * 7000)).outcome == "not kept"

    def test_only_looks_that_changed_are_changes_too(self, desk: Desk) -> None:
        desk.writes("Some words.")

        result = desk.result(desk.edited(TEXT, p("Some words.", run="<w:b/>")))

        assert (result.outcome, result.texts.file) == ("recorded", "**Some words.**")

    @pytest.mark.parametrize(
        "text",
        ["# Title\n\n- a\n\n  b\n1. x\n\n> q\n\n`c` **[l](https://e.org)** ***x***", "a\\\nb\n\n***\n\n~~~\ncode\n~~~"],
    )
    def test_a_text_that_nobody_touched_is_unchanged_whatever_word_makes_of_it(self, desk: Desk, text: str) -> None:
        desk.writes(text)

        assert desk.result(desk.build()).outcome == "unchanged"

    def test_a_text_in_a_cell_is_plain(self, desk: Desk) -> None:
        (entry,) = desk.imports(desk.edited("remark", p("a *star* | b")))

        assert (entry.data["section"], parse_prose(entry.data["text"])) == ("remark", parse_prose("a \\*star\\* | b"))
        assert desk.result(desk.build(), "remark").outcome == "unchanged"
        assert Edited(desk.build()).text("remark") == ["a *star* | b"]


class TestConflicts:
    def test_what_somebody_else_recorded_meanwhile_is_not_overwritten(self, desk: Desk) -> None:
        data = desk.edited(TEXT, "Mine.")
        other = desk.writes("Yours.")

        result = desk.result(data)

        assert (result.outcome, result.texts.file, result.texts.current) == ("conflict", "Mine.", "Yours.")
        assert result.stands is not None
        assert result.stands.index == other.index

    def test_an_untouched_slot_does_not_take_back_what_somebody_else_recorded(self, desk: Desk) -> None:
        data = desk.build()
        desk.writes("Yours.")

        assert desk.result(data).outcome == "unchanged"

    def test_texts_in_the_ledger_that_contradict_each_other_are_shown_both(self, desk: Desk) -> None:
        desk.writes("One.")
        data = desk.edited(TEXT, "Mine.")
        desk.writes("Two.")

        result = desk.result(data)

        assert (result.outcome, len(result.rivals)) == ("conflict", 2)

    def test_a_text_that_is_under_no_checkpoint_yet_counts(self, desk: Desk) -> None:
        data = desk.edited(TEXT, "Mine.")
        desk.imports(data)

        assert desk.result(data).outcome == "already there"


class TestVersions:
    def test_the_words_for_an_older_version_stay_with_it(self, desk: Desk) -> None:
        desk.writes("For 1.1.")
        desk.system("1.2")
        data = desk.build("1.2")
        assert Edited(data).text(TEXT) == ["For 1.1."]

        (entry,) = desk.imports(desk.edited(TEXT, "For 1.2.", data=data))

        assert (entry.version, entry.data["references"][0]["rel"]) == ("1.2", "derived_from")
        assert Edited(desk.build("1.1")).text(TEXT) == ["For 1.1."]
        assert Edited(desk.build("1.2")).text(TEXT) == ["For 1.2."]


class TestSuspect:
    def test_a_text_is_suspect_when_evidence_came_after_it(self, desk: Desk) -> None:
        desk.imports(desk.edited(TEXT, "It is a score."))
        assert desk.status()[0] == "provided"

        old = next(desk.ledger.entries(kinds=["ai_system"]))
        desk.system("1.1", references=[{"rel": "supersedes", "statement": old.statement}])

        status, why = desk.status()
        assert status == "stale"
        assert "rests on an entry that" in why
        assert Edited(desk.build()).text(TEXT) == ["It is a score."]
        assert any("rests on an entry that" in (t.text or "") for t in Edited(desk.build()).root.iter())

    def test_who_reads_it_again_makes_it_good(self, desk: Desk) -> None:
        desk.imports(desk.edited(TEXT, "It is a score."))
        old = next(desk.ledger.entries(kinds=["ai_system"]))
        desk.system("1.1", references=[{"rel": "supersedes", "statement": old.statement}])

        desk.imports(desk.edited(TEXT, "It is still a score."))

        assert desk.status()[0] == "provided"

    def test_entries_recorded_between_build_and_import_were_not_seen(self, desk: Desk) -> None:
        data = desk.edited("P-2.text", "There are no risks.")
        desk.record("risk", {"risk_id": "R-1", "hazard": "Refusals.", "status": "assessed"})
        desk.imports(data)

        status, why = desk.status("P-2")

        assert status == "stale"
        assert "was written before risk R-1" in why

    def test_a_text_for_an_earlier_version_is_kept_and_suspect(self, desk: Desk) -> None:
        desk.writes("For 1.1.")
        desk.system("1.2")

        status, why = desk.status(version="1.2")

        assert status == "stale"
        assert "was written for version 1.1" in why

    def test_a_text_without_a_word_of_what_was_seen_counts_from_its_place(self, desk: Desk) -> None:
        desk.writes("Early.", section="P-2")
        assert desk.status("P-2")[0] == "not provided"
        desk.record("risk", {"risk_id": "R-1", "hazard": "Refusals.", "status": "assessed"})

        assert desk.status("P-2")[0] == "stale"


class TestEverythingElse:
    def test_an_edit_of_derived_words_is_named_with_both_texts(self, desk: Desk) -> None:
        plan = desk.plan(Edited(desk.build()).replace("asked", "told").data())

        found = plan.differences[0]
        assert (found.what, found.heading, found.before, found.now) == (
            "derived slot P-1",
            "Title P-1",
            "asked",
            "told",
        )
        assert (len(plan.differences), plan.texts, plan.needs_people) == (2, (), True)

    def test_an_edit_outside_of_slots_is_named(self, desk: Desk) -> None:
        file = Edited(desk.build())
        file.body.insert(len(file.body) - 1, p("Added."))

        (found,) = desk.plan(file.data()).differences

        assert (found.what, found.old, found.now) == ("text", "", "Added.")

    def test_a_table_added_right_behind_a_text_that_changed_is_named(self, desk: Desk) -> None:
        file = Edited(desk.edited(TEXT, "Mine."))
        file.control(TEXT).addnext(word(table("x|y", "1|2")))

        plan = desk.plan(file.data())

        assert [slot.slot for slot in plan.texts] == [TEXT]
        assert [one.what for one in plan.differences] == ["table"]

    def test_an_edit_of_the_cover_is_named(self, desk: Desk) -> None:
        plan = desk.plan(Edited(desk.build()).replace("DRAFT", "APPROVED").data())

        assert "the cover" in [one.what for one in plan.differences]

    def test_a_footnote_is_named(self, desk: Desk) -> None:
        file = Edited(desk.build())
        next(file.body.iter("{*}p")).getparent()  # the cover
        file.body.insert(len(file.body) - 1, word('<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p>'))

        assert "a footnote" in [one.what for one in desk.plan(file.data()).differences]

    def test_a_pack_that_builds_something_else_now_is_compared_by_digests(self, desk: Desk) -> None:
        data = desk.edited(TEXT, "Mine.")
        template = desk.pack.folder.joinpath("doc.md.j2")
        Path(str(template)).write_text(template.read_text().replace("# Register", "# List"))

        plan = desk.plan(data)

        assert plan.compared.startswith("digests only")
        assert [slot.slot for slot in plan.texts] == [TEXT]

    def test_a_comment_is_open_until_somebody_answers_it(self, desk: Desk) -> None:
        plan = desk.plan(Edited(desk.edited(TEXT, "Mine.")).comment(TEXT, "Is this so?").data())
        (record,) = comment_records(plan, view_ledger(desk.ledger), "2026-11-24T00:00:00Z")
        entry = desk.record(record.kind, record.body)

        (note,) = open_notes(view_ledger(desk.ledger), "doc", SUBJECT)
        assert (note.text, note.slot, note.entry.index) == ("Is this so?", TEXT, entry.index)
        assert list(comment_records(plan, view_ledger(desk.ledger), "2026-11-24T00:00:00Z")) == []

        answer = {
            **record.body,
            "communication_id": "a-1",
            "direction": "sent",
            "answers": entry.data["communication_id"],
        }
        answer.pop("person", None)
        desk.record("communication", answer)
        assert open_notes(view_ledger(desk.ledger), "doc", SUBJECT) == ()


class TestRefusals:
    @pytest.mark.parametrize(
        ("members", "why"),
        [
            ({"ledger": "example.org/other"}, "was built from example.org/other"),
            ({"checkpoint": {"size": 999, "root": "00" * 32, "time": ""}}, "has no checkpoint"),
            ({"content_digest": "ab" * 32}, "contradicts itself"),
            ({"slots": "none"}, "damaged"),
            ({"document": {}}, "damaged"),
        ],
    )
    def test_a_carrier_that_was_changed_is_not_believed(self, desk: Desk, members: dict[str, object], why: str) -> None:
        with pytest.raises(DocgenError, match=why):
            desk.plan(Edited(desk.build()).claim(**members).data())

    def test_a_root_that_is_not_the_ledger_s_is_refused(self, desk: Desk) -> None:
        size = view_ledger(desk.ledger).checkpoint.size

        with pytest.raises(DocgenError, match="the ledger has"):
            desk.plan(Edited(desk.build()).claim(checkpoint={"size": size, "root": "00" * 32, "time": ""}).data())

    def test_a_file_without_its_carrier_is_refused(self, desk: Desk) -> None:
        file = Edited(desk.build())
        file.parts = {name: data for name, data in file.parts.items() if not name.startswith("customXml")}

        with pytest.raises(DocgenError, match="does not say what it was built from"):
            desk.plan(file.data())

    def test_tracked_changes_are_not_read_unless_somebody_says_how(self, desk: Desk) -> None:
        data = Edited(desk.build()).insert_tracked(TEXT, "Perhaps.").data()

        plans = desk.plan(data), desk.plan(data, "accept"), desk.plan(data, "reject")

        assert [(plan.refused, len(plan.texts)) for plan in plans] == [(True, 0), (False, 1), (False, 0)]
        assert [change.text for change in plans[0].changes] == ["Perhaps."]


@pytest.mark.parametrize(
    ("name", "author"),
    [
        ("staff-120", {"id": "staff-120"}),
        ("Ada Lovelace", {"id": "ada-lovelace", "name": "Ada Lovelace"}),
    ],
)
def test_an_author_is_a_pseudonym_or_an_erasable_name(name: str, author: dict[str, str]) -> None:
    assert author_of(name) == author


def test_an_author_without_a_letter_of_ascii_still_gets_a_pseudonym() -> None:
    assert author_of("李")["name"] == "李"
    assert author_of("李")["id"].startswith("author-")


def test_a_file_edited_in_libreoffice_comes_home_whole(desk: Desk, tmp_path: Path) -> None:
    desk.writes("First **bold** words.\n\n- one\n- two\n\nLast.")
    basic = """
    Found(doc, "Last.").String = "Changed in LibreOffice."
    place = Found(doc, "Words may be added here.")
    place.String = "A second text."
    """

    plan = desk.plan(edit(tmp_path, desk.build(), basic))

    assert {slot.slot: slot.outcome for slot in plan.slots} == {
        TEXT: "recorded", "P-2.text": "recorded", "remark": "unchanged"
    }  # fmt: skip
    assert plan.differences == ()
    texts = {one.about: one.body["text"] for one in text_records(plan)}
    assert texts["P-1"] == "First **bold** words.\n\n- one\n- two\n\nChanged in LibreOffice."
    assert texts["P-2"] == "A second text."
