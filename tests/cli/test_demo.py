"""`aims demo`: the recorded story, told again by other keys."""

import json
import re
import shutil
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from cli.demo import load_story, replay
from ledger import Ledger
from ledger.errors import BadInput
from tests.cli.person import Person, Seen

STORY = Path(str(files("cli").joinpath("story")))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Person, Seen]]:
    """The demonstration, run once."""
    with pytest.MonkeyPatch.context() as patch:
        person = Person.at(tmp_path_factory.mktemp("demo") / "here", patch)
        yield person, person.does("demo", "-o", "demo")


def lines() -> list[dict[str, Any]]:
    """The story as it was recorded."""
    return [json.loads(line) for line in (STORY / "story.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_demonstration_says_what_came_out(told: tuple[Person, Seen]) -> None:
    said = [line.split()[0] for line in told[1].out.splitlines()]

    assert said == ["ledger", "verified", "document", "document", "leaf", "tampered", "look"]


def test_it_leaves_two_documents_with_gaps_in_them(told: tuple[Person, Seen]) -> None:
    person, seen = told

    assert re.search(r"technical-documentation\.docx: 23 points: \d+ provided, [1-9]\d* open", seen.out)
    for name in ("technical-documentation", "statement-of-applicability"):
        assert (person.folder / "demo" / f"{name}.docx").stat().st_size > 10_000


def test_the_changed_byte_is_found_in_the_entry_whose_leaf_was_shown(told: tuple[Person, Seen]) -> None:
    shown = re.search(r"^leaf (\d+) +[0-9a-f]{64} by (sha256sum|hashlib), as recorded$", told[1].out, re.MULTILINE)

    assert shown
    assert re.search(rf"^tampered .* changed: entry {shown[1]}: altered: ", told[1].out, re.MULTILINE)


def test_progress_and_notice_are_beside_the_result(told: tuple[Person, Seen]) -> None:
    assert "EXAMPLE" in told[1].err
    assert f"1/{len(lines())}" in told[1].err


def test_the_folder_can_be_looked_around_in(told: tuple[Person, Seen], monkeypatch: pytest.MonkeyPatch) -> None:
    person, _ = told
    monkeypatch.chdir(person.folder / "demo")
    monkeypatch.delenv("AIMS_STATE")

    assert person.does("verify").code == 0
    assert person.does("log", "-n", "1").out.startswith(f"#{len(lines()) - 1} ")
    assert person.does("docs", "gaps", "technical-documentation", "--json").json["points"]


def test_every_entry_is_the_recorded_one_but_for_keys_and_digests(told: tuple[Person, Seen]) -> None:
    with Ledger.open(told[0].folder / "demo" / "evidence.db", read_only=True) as ledger:
        entries = list(ledger.entries())

    recorded = lines()
    assert len(entries) == len(recorded)
    holders = json.loads((STORY / "MANIFEST.json").read_text(encoding="utf-8"))["holders"]
    for entry, line in zip(entries[1:], recorded[1:], strict=True):
        assert (entry.kind, entry.subject, entry.time) == (line["kind"], line["subject"], line["time"])
        assert {s.principal for s in entry.signers} == {holders[name]["principal"] for name in line["signers"]}
        if "data" in line and not any(a.get("salted") for a in line["data"].get("artefacts", ())):
            expected = json.loads(
                re.sub(r'"entry:(\d+)"', lambda m: f'"{entries[int(m[1])].statement}"', json.dumps(line["data"]))
            )
            assert _plain(entry.data) == _with_defaults(expected)


def _plain(data: Any) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(json.dumps(data))
    return value


def _with_defaults(data: dict[str, Any]) -> dict[str, Any]:
    """The data with what attaching a file adds to its artefact."""
    for artefact in data.get("artefacts", ()):
        if artefact.get("attached"):
            artefact.setdefault("salted", False)
            artefact.setdefault("media_type", "application/octet-stream")
    return data


def test_a_folder_with_something_in_it_is_left_alone(nobody: Person) -> None:
    (nobody.folder / "demo").mkdir()
    (nobody.folder / "demo" / "mine.txt").write_text("mine")

    said = nobody.refused("demo", "-o", "demo")

    assert said == "aims: demo: is not empty; give a new folder: aims demo -o FOLDER"
    assert [path.name for path in (nobody.folder / "demo").iterdir()] == ["mine.txt"]


def test_a_folder_that_can_not_be_made_is_said(nobody: Person) -> None:
    (nobody.folder / "demo").write_text("")

    assert "demo: can't be made (" in nobody.refused("demo", "-o", "demo")


@pytest.mark.parametrize("name", ["story.jsonl", "files"])
def test_a_story_that_was_changed_is_not_told(tmp_path: Path, name: str) -> None:
    shutil.copytree(STORY, tmp_path / "story")
    changed = tmp_path / "story" / name
    if changed.is_dir():
        changed = min(changed.iterdir())
    changed.write_bytes(changed.read_bytes() + b"\n")

    with pytest.raises(BadInput, match=rf"{re.escape(changed.name)} has SHA-256 .*; install aims-ledger again"):
        load_story(tmp_path / "story")


def test_a_story_with_a_file_missing_is_not_told(tmp_path: Path) -> None:
    shutil.copytree(STORY, tmp_path / "story")
    (tmp_path / "story" / "story.jsonl").unlink()

    with pytest.raises(BadInput, match=r"story: story\.jsonl is missing"):
        load_story(tmp_path / "story")


def test_two_replays_share_no_key_and_no_origin(tmp_path: Path) -> None:
    story = load_story()

    with replay(story, tmp_path / "a.db", tmp_path / "s") as a, replay(story, tmp_path / "b.db", tmp_path / "s") as b:
        assert a.origin != b.origin
        assert not a.authority.keys.keys() & b.authority.keys.keys()
