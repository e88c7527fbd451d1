"""`aims docs`: which document, about what, where to, and the gate."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from docgen.status import STATUS_WORDS
from tests.cli.person import Person

TECHNICAL, STATEMENT = "technical-documentation", "statement-of-applicability"
ABOUT = ("--system", "credit-scoring@1.0")


def test_the_documents_that_can_be_built_are_listed(nobody: Person) -> None:
    rows = nobody.does("docs", "list", "--json").json
    text = nobody.does("docs", "list").out

    listed = {(row["document"], row["about"]) for row in rows}
    assert listed >= {(TECHNICAL, "system"), (STATEMENT, "organisation"), ("ai-impact-assessment", "system")}
    assert all(row["document"] in text for row in rows)


@pytest.mark.parametrize(
    ("document", "about", "points"), [(TECHNICAL, ABOUT, "23 points"), (STATEMENT, (), "38 controls")]
)
def test_a_document_is_a_word_file_with_a_line_about_its_points(
    clerk: Person, document: str, about: tuple[str, ...], points: str
) -> None:
    seen = clerk.does("docs", "build", document, *about, "--lang", "en", "-o", "out")

    lines = seen.out.splitlines()
    assert lines[0] == str(Path("out") / f"{document}.docx")
    assert lines[1].startswith(f"{points}: ")
    assert ZipFile(clerk.folder / lines[0]).testzip() is None


def test_building_twice_gives_the_same_bytes_and_says_so(clerk: Person) -> None:
    first = clerk.does("docs", "build", STATEMENT, "-o", "first", "--json").json
    second = clerk.does("docs", "build", STATEMENT, "-o", "second", "--json").json

    assert (clerk.folder / first["file"]).read_bytes() == (clerk.folder / second["file"]).read_bytes()
    assert first["content_digest"] == second["content_digest"]


def test_text_and_json_say_the_same(clerk: Person) -> None:
    built = clerk.does("docs", "build", STATEMENT, "--json").json

    assert clerk.does("docs", "build", STATEMENT).out.splitlines() == [
        built["file"], built["summary"], f"content digest {built['content_digest']}",
    ]  # fmt: skip


def test_the_output_may_be_a_file(clerk: Person) -> None:
    clerk.does("docs", "build", STATEMENT, "-o", "deep/soa.docx")

    assert (clerk.folder / "deep" / "soa.docx").is_file()


def test_the_system_of_the_project_file_is_the_default_for_documents_about_a_system(clerk: Person) -> None:
    with (clerk.folder / ".aims.toml").open("a", encoding="utf-8") as file:
        file.write('system = "credit-scoring@1.0"\n')

    assert clerk.does("docs", "gaps", TECHNICAL, "--json").json["points"]
    assert clerk.does("docs", "gaps", STATEMENT, "--json").json["points"]


def test_entries_under_no_checkpoint_stay_out_and_are_mentioned(clerk: Person) -> None:
    clerk.overrides(1, "--no-checkpoint")

    seen = clerk.does("docs", "build", STATEMENT, "--json")

    assert seen.json["checkpoint_size"] == 6
    assert seen.err == "1 newer entries are under no checkpoint yet and stay out; 'aims checkpoint' signs one\n"


def test_gaps_lists_the_open_points_with_a_reason_and_all_on_request(clerk: Person) -> None:
    opened = clerk.does("docs", "gaps", TECHNICAL, *ABOUT, "--json").json["points"]
    everything = clerk.does("docs", "gaps", TECHNICAL, *ABOUT, "--all", "--json").json["points"]

    assert len(everything) == 23
    assert [point["id"] for point in opened] == [point["id"] for point in everything if point["open"]]
    assert all(point["reason"] and point["status"] in STATUS_WORDS for point in opened)


def test_gaps_says_how_to_record_what_is_missing(clerk: Person) -> None:
    text = clerk.does("docs", "gaps", TECHNICAL, *ABOUT).out

    assert "aims record " in text
    assert text.splitlines()[-1].startswith("23 points: ")


@pytest.mark.parametrize(
    ("words", "code"), [((), 0), (("conflict",), 0), (("open",), 5), (("conflict", "not provided"), 5)]
)
def test_the_gate_ends_with_5_when_a_point_has_one_of_the_words(
    clerk: Person, words: tuple[str, ...], code: int
) -> None:
    given = [part for word in words for part in ("--fail-on", word)]

    seen = clerk.runs("docs", "gaps", STATEMENT, *given, "--json")

    assert seen.code == code
    assert bool(seen.json["failed"]) is bool(code)


REFUSED = {
    "unknown document": (("build", "technical-documentatoin"), "unknown (did you mean technical-documentation or "),
    "no system": (("build", TECHNICAL), "about which system?; give --system NAME@VERSION"),
    "no version": (("build", TECHNICAL, "--system", "credit-scoring"), "in which version?; --system credit-"),
    "unknown version": (("gaps", TECHNICAL, "--system", "credit-scoring@1.O"), "no version '1.O' (did you mean 1.0?"),
    "unknown system": (("build", TECHNICAL, "--system", "credit-scorin@1.0"), "(did you mean credit-scoring?)"),
    "a system where none belongs": (("build", STATEMENT, *ABOUT), "is about the organisation, expected no --system"),
    "unknown language": (("build", STATEMENT, "--lang", "xx"), "--lang 'xx': pack iso42001 has no texts in it; it"),
    "language of a country": (("gaps", STATEMENT, "--lang", "EN-gb"), "no texts in it (did you mean en?); it"),
    "unknown language first": (("build", TECHNICAL, "--lang", "xx", "--system", "nosuch@1"), "--lang 'xx': pack eu_"),
    "unknown word first": (("gaps", TECHNICAL, "--fail-on", "bogus", "--system", "nosuch@1"), "--fail-on 'bogus': un"),
    "language, no ledger": (("build", TECHNICAL, "--lang", "xx", "--ledger", "no.db"), "--lang 'xx': pack"),
    "word, no ledger": (("gaps", STATEMENT, "--fail-on", "opn", "--ledger", "no.db"), "(did you mean open"),
    "unknown pack": (("list", "--pack", "nothing"), "pack nothing"),
    "unknown word": (("gaps", STATEMENT, "--fail-on", "failedd"), "--fail-on 'failedd': unknown (did you mean failed"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_docs_refuses_in_one_line_and_writes_nothing(clerk: Person, case: str) -> None:
    arguments, expected = REFUSED[case]

    said = clerk.refused("docs", *arguments)

    assert expected in said
    assert list(clerk.folder.rglob("*.docx")) == []


def test_a_file_in_the_way_of_the_folder_is_said(clerk: Person) -> None:
    (clerk.folder / "out").write_text("")

    assert "writing out/statement-of-applicability.docx" in clerk.refused("docs", "build", STATEMENT, "-o", "out")


def test_the_marking_stands_on_the_document(clerk: Person) -> None:
    clerk.does("docs", "build", STATEMENT, "--marking", "EXAMPLE")

    with ZipFile(clerk.folder / f"{STATEMENT}.docx") as archive:
        assert any(b"EXAMPLE" in archive.read(name) for name in archive.namelist() if "header" in name)


def test_a_template_with_an_unknown_variable_is_one_line(clerk: Person) -> None:
    from importlib.resources import files
    from shutil import copytree

    pack = clerk.folder / "iso42001"
    copytree(str(files("docgen.templates").joinpath("iso42001")), pack)
    template = pack / "statement_of_applicability.md.j2"
    template.write_text(template.read_text(encoding="utf-8") + "\n{{ nosuch }}\n", encoding="utf-8")

    said = clerk.refused("docs", "build", STATEMENT, "--pack", pack)

    assert "statement_of_applicability.md.j2, line " in said
    assert "nosuch" in said
