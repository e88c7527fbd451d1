"""Files are there whole or not at all."""

import errno
import os
import stat
from pathlib import Path

import pytest

from docgen.errors import OutputError
from docgen.files import replace_file


def test_a_file_is_written_with_its_folder(tmp_path: Path) -> None:
    replace_file(tmp_path / "out" / "a.docx", b"new")

    assert (tmp_path / "out" / "a.docx").read_bytes() == b"new"
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.docx"]


def test_a_file_is_replaced_and_keeps_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "a.docx"
    file.write_bytes(b"old")
    file.chmod(0o640)

    replace_file(file, b"new")

    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_the_old_file_survives_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    file = tmp_path / "a.docx"
    file.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full) if step == "fsync" else monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match=r"writing .*a\.docx: No space left on device; choose a folder"):
        replace_file(file, b"new")

    assert file.read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.docx"]


def test_a_folder_in_the_way_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.docx").mkdir()

    with pytest.raises(OutputError, match="a folder is in the way"):
        replace_file(tmp_path / "a.docx", b"new")

    assert (tmp_path / "a.docx").is_dir()


def test_a_file_in_the_place_of_the_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"file")

    with pytest.raises(OutputError, match="writing"):
        replace_file(tmp_path / "out" / "a.docx", b"new")

    assert (tmp_path / "out").read_bytes() == b"file"
