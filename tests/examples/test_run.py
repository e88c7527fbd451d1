"""The demo as people run it: one command, everything it promises at its end, and nothing of theirs overwritten."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from record_story import write_story
from run import MARK, prepare

RUN = Path(__file__).parents[2] / "examples" / "credit_scoring" / "run.py"


def test_one_command_tells_the_story_and_catches_the_edited_byte(tmp_path: Path) -> None:
    out, state = tmp_path / "out", tmp_path / "state-of-the-user"

    done = subprocess.run(
        [sys.executable, str(RUN), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "AIMS_STATE": str(state)},
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert (out / "technical-documentation.docx").stat().st_size > 20_000
    assert (out / "statement-of-applicability.docx").stat().st_size > 20_000
    assert "23 points: " in done.stdout
    assert "38 controls: " in done.stdout
    assert ": altered: " in done.stdout
    assert "original: the same" in done.stdout
    assert "edited: NOT the same" in done.stdout
    assert not state.exists(), "the demo must keep out of the user's own state"

    written = write_story(out, tmp_path / "story")
    assert json.loads((tmp_path / "story" / "MANIFEST.json").read_text(encoding="utf-8"))["entries"] == written


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("three years of work", encoding="utf-8")

    with pytest.raises(SystemExit, match="not from an earlier run"):
        prepare(tmp_path)

    assert [p.name for p in tmp_path.iterdir()] == ["thesis.docx"]


def test_a_second_run_replaces_its_own_output_and_nothing_else(tmp_path: Path) -> None:
    folders = prepare(tmp_path / "out")
    (folders.files / "old.md").write_text("old", encoding="utf-8")
    (folders.out / "notes of the reader.txt").write_text("mine", encoding="utf-8")

    prepare(folders.out)

    assert list(folders.files.iterdir()) == []
    assert (folders.out / "notes of the reader.txt").read_text(encoding="utf-8") == "mine"
    assert (folders.out / MARK).exists()
