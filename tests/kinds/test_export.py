"""The program that writes the schema files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.kinds import KINDS
from ledger.kinds.export import differences, expected_files, format_schema, main


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for schemas that does not exist yet."""
    return tmp_path / "schemas"


def test_writing_gives_one_file_per_kind_and_an_index(folder: Path) -> None:
    assert main([], folder) == 0

    assert {path.name for path in folder.iterdir()} == {"index.json", *(f"{kind}.v1.json" for kind in KINDS)}
    assert differences(expected_files(), folder) == []


def test_a_file_that_no_kind_has_any_more_is_removed(folder: Path) -> None:
    folder.mkdir()
    (folder / "evaluationn.v1.json").write_text("{}")

    main([], folder)

    assert not (folder / "evaluationn.v1.json").exists()


def test_check_names_what_differs_and_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([], folder)
    shipped = (folder / "risk.v1.json").read_bytes()
    (folder / "risk.v1.json").write_bytes(shipped + b"\n")
    (folder / "key.v1.json").unlink()

    assert main(["--check"], folder) == 1

    told = capsys.readouterr().err
    assert [line.split(":")[0] for line in told.splitlines()] == ["key.v1.json", "risk.v1.json"]
    assert (folder / "risk.v1.json").read_bytes() == shipped + b"\n"


def test_check_is_silent_when_nothing_differs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([], folder)
    capsys.readouterr()

    assert main(["--check"], folder) == 0
    assert capsys.readouterr() == ("", "")


def test_an_unknown_option_is_wrong_use(folder: Path) -> None:
    assert main(["--chekc"], folder) == 2
    assert not folder.exists()


def test_a_schema_file_is_sorted_json_with_one_newline_at_its_end() -> None:
    text = format_schema("incident").decode()

    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_a_schema_says_nothing_that_versions_of_pydantic_word_differently() -> None:
    for schema in expected_files().values():
        assert b'"additionalProperties": true' not in schema
        assert b'mum": 0.0' not in schema
