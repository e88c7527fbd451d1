"""`aims bundle`: what a person asks for, what they get, and what is checked without the ledger."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.cli.person import Person

SYSTEM = "credit-scoring"


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def policy(person: Person) -> str:
    """The name of a trust file that the operator printed."""
    person.folder.joinpath("policy").write_text(person.does("checkpoint", "--policy").out, encoding="utf-8")
    return "policy"


def manifest(path: Path) -> Any:
    return json.loads(contents(path)["bundle.json"])


def test_a_bundle_is_made_in_one_place_and_checked_in_another(clerk: Person) -> None:
    clerk.overrides()
    trust = policy(clerk)

    made = clerk.does("bundle", "--system", SYSTEM, "--disclose", "all", "-o", "b.zip")

    assert "complete: credit-scoring, its entries numbered 0 to 1" in made.out
    assert "no witness has cosigned this checkpoint" in made.err
    clerk.folder.joinpath("evidence.db").unlink(missing_ok=True)
    checked = clerk.runs("verify", "b.zip", "--trust", trust)
    assert checked.code == 0, checked.out
    assert "bundle: sound" in checked.out
    assert "complete: credit-scoring, its entries numbered 0 to 1, none between them left out" in checked.out
    assert "whether a later one changed it can't be seen" in checked.out
    unknown = clerk.runs("verify", "b.zip")
    assert (unknown.code, "self-consistent, first sight" in unknown.out) == (4, True)


def test_json_says_what_was_made(clerk: Person) -> None:
    seen = clerk.does("bundle", "--system", SYSTEM, "-o", "b.zip", "--json").json

    assert seen["complete"] == {SYSTEM: [0, 0]}
    assert seen["file"] == "b.zip"
    assert seen["bytes"] == clerk.folder.joinpath("b.zip").stat().st_size
    assert seen["size"] == manifest(clerk.folder / "b.zip")["size"]


def test_values_and_files_go_along_only_when_asked(clerk: Person) -> None:
    clerk.folder.joinpath("letter.txt").write_text("a letter from Ann Example", encoding="utf-8")
    clerk.does("record", "ai_decision", "--system", f"{SYSTEM}@1.0", "--as", "pipeline", "--attach", "letter.txt",
               "--set", "decision_id=d-1", "--set", "model.model_id=m", "--set", "model.version=1",
               "--set", "replayed=false", "--set", "affected_person.id=p-1",
               "--set", "affected_person.name=Ann Example")  # fmt: skip

    closed = clerk.does("bundle", "--system", SYSTEM, "-o", "closed.zip")
    clerk.does("bundle", "--system", SYSTEM, "--disclose", "all", "--with-attachments", "-o", "open.zip")

    assert "not in it: 1 personal value(s), 1 attached file(s)" in closed.out
    assert contents(clerk.folder / "closed.zip")["disclosures.jsonl"] == b""
    assert clerk.runs("verify", "closed.zip", "--trust", policy(clerk)).code == 4
    files = contents(clerk.folder / "open.zip")
    assert b"a letter from Ann Example" in [data for name, data in files.items() if name.startswith("attachments/")]
    assert clerk.runs("verify", "open.zip", "--trust", policy(clerk)).code == 0


def test_times_are_of_recording_and_need_a_zone(clerk: Person) -> None:
    assert "no time zone" in clerk.refused("bundle", "--from", "2026-01-01T00:00:00", "-o", "b.zip")
    clerk.does("bundle", "--system", SYSTEM, "--from", "2020-01-01T00:00:00Z", "-o", "b.zip")
    assert manifest(clerk.folder / "b.zip")["scope"]["from"] == "2020-01-01T00:00:00.000000Z"
    assert "under the checkpoint matches" in clerk.refused("bundle", "--until", "2020-01-01T00:00:00Z", "-o", "c.zip")
    assert not clerk.folder.joinpath("c.zip").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-o", "b.zip"), "nothing is asked for"),
        (("--system", SYSTEM), "Missing option '-o'"),
        (("--system", "credit", "-o", "b.zip"), "did you mean credit-scoring"),
        (("--kind", "ai_decison", "-o", "b.zip"), "did you mean ai_decision"),
        (("--entry", "99", "-o", "b.zip"), "not there"),
        (("--system", SYSTEM, "--checkpoint", "99", "-o", "b.zip"), "none of size 99 is stored"),
        (("--system", SYSTEM, "--checkpoint", "0", "-o", "b.zip"), "not in the range"),
        (("--system", SYSTEM, "--disclose", "some", "-o", "b.zip"), "is not one of"),
        (("--citations", "none.docx", "-o", "b.zip"), "can't be read"),
        (("--system", SYSTEM, "-o", "none/b.zip"), "can't be written"),
    ],
)
def test_what_can_not_be_made_is_refused_in_one_line(clerk: Person, arguments: tuple[str, ...], words: str) -> None:
    assert words in clerk.refused("bundle", *arguments)
    assert not clerk.folder.joinpath("b.zip").exists()


def test_entries_are_named_as_everywhere(clerk: Person) -> None:
    digest = clerk.does("show", "2", "--json").json["statement"]

    clerk.does("bundle", "--entry", "1", "--entry", digest[:12], "-o", "b.zip")

    assert manifest(clerk.folder / "b.zip")["entries"] == [1, 2]
    assert manifest(clerk.folder / "b.zip")["scope"] == {"by": "entries", "complete": {}}


@pytest.mark.parametrize(
    "document", [("technical-documentation", "--system", f"{SYSTEM}@1.0"), ("statement-of-applicability",)]
)
def test_everything_that_a_document_cites_is_taken_from_the_word_file_and_from_its_listing(
    clerk: Person, document: tuple[str, ...]
) -> None:
    built = clerk.does("docs", "build", *document, "-o", "d.docx", "--json")
    clerk.folder.joinpath("d.json").write_text(built.out, encoding="utf-8")
    cited = built.json["cited"]
    assert cited

    for name in ("d.docx", "d.json"):
        clerk.does("bundle", "--citations", name, "-o", f"{name}.zip")
        assert manifest(clerk.folder / f"{name}.zip")["entries"] == sorted(cited)
        assert manifest(clerk.folder / f"{name}.zip")["scope"]["by"] == "citations"


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"cited": [1], "checkpoint_size": 1}', '{"cited": ["1"], "checkpoint_size": 1}', "PK\3\4x"],
)
def test_citations_that_are_none_are_refused_in_one_line(clerk: Person, text: str) -> None:
    clerk.folder.joinpath("c").write_text(text, encoding="utf-8")

    assert "citations c" in clerk.refused("bundle", "--citations", "c", "-o", "b.zip")


def test_citations_of_another_ledger_are_refused(clerk: Person) -> None:
    listing = {"origin": "other.example/x", "checkpoint_size": 1, "cited": [1]}
    clerk.folder.joinpath("c").write_text(json.dumps(listing), encoding="utf-8")

    assert "from ledger other.example/x" in clerk.refused("bundle", "--citations", "c", "-o", "b.zip")


def test_a_hostile_zip_is_bad_input_in_one_line(clerk: Person) -> None:
    with zipfile.ZipFile(clerk.folder / "evil.zip", "w") as archive:
        archive.writestr("bundle.json", "{}\n")
        archive.writestr("../../evil", "x")

    assert "zip: " in clerk.refused("verify", "evil.zip", "--trust", policy(clerk))


def test_a_spoiled_bundle_ends_with_one(clerk: Person) -> None:
    clerk.does("bundle", "--system", SYSTEM, "-o", "b.zip")
    path = clerk.folder / "b.zip"
    files = contents(path)
    files["scope.txt"] += b"nothing is missing\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
            archive.filelist[-1].external_attr = 0

    seen = clerk.runs("verify", "b.zip", "--trust", policy(clerk), "--json")

    assert seen.code == 1
    assert [(f["verdict"], f["place"]) for f in seen.json["findings"]] == [("altered", "file scope.txt")]
