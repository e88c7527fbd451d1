"""`aims docs diff`, and `aims docs build` as at a checkpoint of the past."""

import json
from pathlib import Path
from typing import Any

import pytest

from docgen.word import find_carrier
from ledger.times import format_instant, parse_instant
from tests.cli.person import Person
from tests.cli.test_docs_life import ABOUT as PUBLISHED
from tests.cli.test_docs_life import approves, publishes, submits
from tests.cli.test_docs_life import office as _office
from tests.docgen.redline.resolving import accept_all, plain, reject_all

STATEMENT, TECHNICAL = "statement-of-applicability", "technical-documentation"
ABOUT = ("--system", "credit-scoring@1.0")


office = _office


@pytest.fixture
def busy(clerk: Person) -> Person:
    """Somebody whose ledger has gone on: an overseer acted twice, each under its own checkpoint."""
    clerk.overrides(1)
    clerk.overrides(2)
    return clerk


def sizes(person: Person) -> list[int]:
    return [json.loads(line)["size"] for line in person.does("checkpoint", "--list").out.splitlines()]


def built(person: Person, out: str, *arguments: object) -> dict[str, Any]:
    value: dict[str, Any] = person.does("docs", "build", TECHNICAL, *ABOUT, "-o", out, "--json", *arguments).json
    return value


class TestBuildingThePast:
    def test_a_size_a_file_and_a_time_name_the_same_checkpoint(self, busy: Person) -> None:
        size = sizes(busy)[-2]
        listed = (json.loads(line) for line in busy.does("checkpoint", "--list").out.splitlines())
        (busy.folder / "kept").write_text(next(one["note"] for one in listed if one["size"] == size))
        recorded = busy.does("show", size - 1, "--json").json["recorded"]

        by_size = built(busy, "size", "--checkpoint", size)
        by_file = built(busy, "file", "--checkpoint", "kept")
        by_time = built(busy, "time", "--known-at", recorded)

        assert {value["checkpoint_size"] for value in (by_size, by_file, by_time)} == {size}
        assert len({value["content_digest"] for value in (by_size, by_file, by_time)}) == 1
        assert (busy.folder / by_size["file"]).read_bytes() == (busy.folder / by_file["file"]).read_bytes()

    def test_what_was_built_then_is_built_again_byte_for_byte(self, clerk: Person) -> None:
        then = built(clerk, "then")
        clerk.overrides(1)

        again = built(clerk, "again", "--checkpoint", then["checkpoint_size"])

        assert (clerk.folder / then["file"]).read_bytes() == (clerk.folder / again["file"]).read_bytes()
        assert built(clerk, "now")["content_digest"] != then["content_digest"]

    def test_the_time_that_was_asked_for_stands_in_the_file(self, busy: Person) -> None:
        last = busy.does("show", sizes(busy)[-1] - 1, "--json").json["recorded"]
        moment = format_instant(parse_instant(last) + 1)

        value = built(busy, "out", "--known-at", moment)

        carried = find_carrier((busy.folder / value["file"]).read_bytes())
        assert carried is not None
        assert carried["known_at"] == moment

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--checkpoint", "999"), "checkpoint 999: none of that size was signed; the nearest are "),
            (("--checkpoint", "nosuch"), "checkpoint 'nosuch': neither a size nor a file; 'aims checkpoint --list' li"),
            (("--known-at", "2001-01-01T00:00:00Z"), "no checkpoint was there yet; the first is of "),
            (("--known-at", "yesterday"), "time 'yesterday': expected a time like"),
            (("--known-at", "2026-01-01T00:00:00"), "no time zone"),
            (("--checkpoint", "5", "--known-at", "2026-01-01T00:00:00Z"), "expected at most one"),
            (("--check",), "--check: document technical-documentation was not published as built at checkpoint "),
        ],
    )
    def test_what_names_no_checkpoint_is_refused(self, busy: Person, arguments: tuple[str, ...], said: str) -> None:
        assert said in busy.refused("docs", "build", TECHNICAL, *ABOUT, *arguments)

    def test_a_checkpoint_of_another_ledger_is_refused(self, busy: Person) -> None:
        note = busy.does("checkpoint", "--list").out.splitlines()[-1]
        text = json.loads(note)["note"]
        (busy.folder / "changed").write_text(text.replace(f"\n{sizes(busy)[-1]}\n", f"\n{sizes(busy)[-2]}\n", 1))

        seen = busy.runs("docs", "build", TECHNICAL, *ABOUT, "--checkpoint", "changed")

        assert seen.code == 1
        assert "signature" in seen.err


class TestDiff:
    def test_the_redline_leads_from_one_checkpoint_to_the_other(self, busy: Person) -> None:
        first, last = sizes(busy)[-3], sizes(busy)[-1]
        old = built(busy, "old", "--checkpoint", first)
        new = built(busy, "new", "--checkpoint", last)

        value = busy.does("docs", "diff", first, last, "--document", TECHNICAL, *ABOUT, "--json").json

        redline = (busy.folder / value["file"]).read_bytes()
        assert value["file"] == f"{TECHNICAL}.redline.docx"
        assert accept_all(redline) == plain((busy.folder / new["file"]).read_bytes())
        assert reject_all(redline) == plain((busy.folder / old["file"]).read_bytes())
        assert (value["old"]["checkpoint_size"], value["new"]["checkpoint_size"]) == (first, last)
        assert value["old"]["content_digest"] == old["content_digest"]

    def test_the_summary_names_points_status_words_and_evidence(self, busy: Person) -> None:
        first, last = sizes(busy)[-3], sizes(busy)[-1]

        seen = busy.does("docs", "diff", first, last, "--document", TECHNICAL, *ABOUT, "--json").json
        text = busy.does("docs", "diff", first, last, "--document", TECHNICAL, *ABOUT).out

        changed = {one["id"]: one for one in seen["changed"]}
        gained = [index for one in seen["changed"] for index in one["evidence"]["gained"]]
        assert {first, first + 1} <= set(gained)
        assert "AnnexIV-3" in changed
        assert "AnnexIV-3  " in text
        assert f"+#{first}" in text
        assert text.splitlines()[-1].startswith(
            f"{len(changed)} of {seen['sections']} sections changed from checkpoint "
        )

    def test_the_same_checkpoint_twice_changes_nothing(self, busy: Person) -> None:
        last = sizes(busy)[-1]

        assert busy.does("docs", "diff", last, last, "--document", STATEMENT, "--json").json["changed"] == []

    def test_two_files_are_compared_by_their_headings(self, busy: Person) -> None:
        first, last = sizes(busy)[-3], sizes(busy)[-1]
        files = [built(busy, f"d{size}", "--checkpoint", size)["file"] for size in (first, last)]

        value = busy.does("docs", "diff", *files, "-o", "out/changes.docx", "--json").json

        assert value["file"] == str(Path("out") / "changes.docx")
        assert value["new"]["checkpoint_size"] == last
        assert value["changed"]
        redline = (busy.folder / value["file"]).read_bytes()
        assert accept_all(redline) == plain((busy.folder / files[1]).read_bytes())

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("5", "6"), "--document: which one?"),
            (("a.docx", "6"), "expected two checkpoints or two .docx files, not one of each"),
            (("a.docx", "b.docx"), "a.docx: there is no such file"),
            (("6", "5", "--document", STATEMENT), "6 is later than 5: expected the older checkpoint first"),
            (("soon", "5", "--document", STATEMENT), "'soon': expected the size of a checkpoint, its file, or a time"),
            (("5", "6", "--document", "statment"), "document 'statment': unknown"),
        ],
    )
    def test_what_names_no_two_states_is_refused_and_nothing_is_written(
        self, busy: Person, arguments: tuple[str, ...], said: str
    ) -> None:
        assert said in busy.refused("docs", "diff", *arguments)
        assert list(busy.folder.glob("*.redline.docx")) == []

    def test_a_file_that_is_no_word_file_is_refused(self, busy: Person) -> None:
        for name in ("a.docx", "b.docx"):
            (busy.folder / name).write_bytes(b"no zip")

        assert "a.docx: not a Word file" in busy.refused("docs", "diff", "a.docx", "b.docx")


class TestCheckingWhatWasPublished:
    def test_what_was_published_is_built_again_with_the_same_content(self, office: Person) -> None:
        submits(office)
        approves(office)
        publishes(office)
        office.overrides(7)
        listed = office.does("log", "--kind", "publication", "--json").json["entries"]
        given_out = next(one for one in listed if one["data"]["state"] == "published")
        checkpoint = given_out["data"]["checkpoint"]["size"]

        seen = office.does("docs", "build", *PUBLISHED, "--checkpoint", checkpoint, "--check", "--json").json

        assert seen["published"]["verdict"] == "same"
        assert seen["published"]["entry"] == given_out["index"]
        assert seen["content_digest"] == given_out["data"]["content_digest"]

    def test_another_pack_than_the_published_one_is_mentioned_without_being_asked_for(self, office: Person) -> None:
        submits(office)
        approves(office)
        publishes(office)
        given_out = office.does("log", "--kind", "publication", "--json").json["entries"]
        checkpoint = next(one["data"] for one in given_out if one["data"]["state"] == "published")["checkpoint"]["size"]
        same = office.does("docs", "build", *PUBLISHED, "--checkpoint", checkpoint)
        with (office.folder / "mini" / "pack.toml").open("a", encoding="utf-8") as pack:
            pack.write("# changed\n")

        other = office.does("docs", "build", *PUBLISHED, "--checkpoint", checkpoint)

        assert "made then by" not in same.err
        assert "made then by pack mini 1 with other files" in other.err

    def test_from_another_checkpoint_nothing_was_published(self, office: Person) -> None:
        submits(office)
        approves(office)
        publishes(office)

        assert "was not published as built at checkpoint" in office.refused("docs", "build", *PUBLISHED, "--check")
