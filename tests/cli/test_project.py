"""Which ledger, keys and memory are meant: flag, environment, project file, default."""

import os
from pathlib import Path

import pytest

from cli.project import (
    Anchors,
    Project,
    current_project,
    find_project,
    key_folder,
    ledger_location,
    parse_system,
    read_project,
    state_folder,
    write_project,
)
from ledger.errors import BadInput


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project folder with a deep folder below, where the person sits."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    monkeypatch.delenv("AIMS_STATE")
    return tmp_path


def test_the_nearest_project_file_above_counts(folder: Path) -> None:
    (folder / ".aims.toml").write_text('ledger = "far.db"\n')
    (folder / "a" / ".aims.toml").write_text('ledger = "near.db"\n')

    assert ledger_location(None) == str(folder / "a" / "near.db")


def test_paths_are_relative_to_the_project_file_and_urls_are_left_alone(folder: Path) -> None:
    (folder / ".aims.toml").write_text('keys = "k"\nstate = "../s"\nledger = "sqlite:///x.db"\nsystem = "a@1"\n')

    assert current_project() == Project(
        folder / ".aims.toml", "sqlite:///x.db", "a@1", str(folder / "k"), str(folder / ".." / "s")
    )


def test_a_flag_goes_before_the_environment_and_that_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".aims.toml").write_text('ledger = "file.db"\nkeys = "file"\nstate = "file"\n')
    monkeypatch.setenv("AIMS_LEDGER", "environment.db")
    monkeypatch.setenv("AIMS_KEYS", "environment-keys")
    monkeypatch.setenv("AIMS_STATE", "environment-state")

    assert ledger_location("flag.db") == "flag.db"
    assert ledger_location(None) == "environment.db"
    assert (key_folder(), state_folder()) == (Path("environment-keys"), Path("environment-state"))


def test_keys_and_state_of_the_file_count_without_the_environment(folder: Path) -> None:
    (folder / ".aims.toml").write_text('keys = "k"\nstate = "s"\n')

    assert (key_folder(), state_folder()) == (folder / "k", folder / "s")


def test_without_anything_the_error_names_the_three_ways(folder: Path) -> None:
    with pytest.raises(BadInput, match=r"no ledger named; give --ledger PATH, set AIMS_LEDGER, or make one with"):
        ledger_location(None)


def test_no_project_file_is_no_error(folder: Path) -> None:
    assert find_project(Path("/nowhere/at/all")).ledger is None


BAD = {
    "unknown member": ('legder = "x"\n', r"unknown member legder \(did you mean ledger\?\), expected ledger, keys"),
    "no text": ("ledger = 1\n", r"ledger: found 1, expected a text"),
    "empty": ('ledger = ""\n', r"ledger: found '', expected a text"),
    "no TOML": ("ledger: x\n", r"the project file is TOML in UTF-8"),
    "secret": ('passphrase = "x"\n', r"unknown member passphrase"),
    "large": ("#" * 70_000, r"more than 65536 bytes"),
    "nesting bomb": ("ledger = " + "[" * 20_000, r"the project file is TOML in UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_project_file_is_refused(folder: Path, case: str) -> None:
    text, expected = BAD[case]
    (folder / ".aims.toml").write_text(text)

    with pytest.raises(BadInput, match=expected):
        read_project(folder / ".aims.toml")


def test_a_project_file_that_is_not_utf_8_is_refused(folder: Path) -> None:
    (folder / ".aims.toml").write_bytes(b'ledger = "\xff"\n')

    with pytest.raises(BadInput, match="the project file is TOML in UTF-8"):
        read_project(folder / ".aims.toml")


def test_what_init_writes_is_read_back(folder: Path) -> None:
    written = write_project(folder / 'of "müller"\\.db')

    assert read_project(written).ledger == str(written.parent / "../.." / 'of "müller"\\.db')


def test_a_project_file_is_never_overwritten(folder: Path) -> None:
    write_project(folder / "one.db")

    with pytest.raises(BadInput, match=r"\.aims\.toml: can't be written \(File exists\)"):
        write_project(folder / "two.db")


@pytest.mark.parametrize(("text", "expected"), [("a", ("a", None)), ("a@1.0", ("a", "1.0")), ("a@1@2", ("a", "1@2"))])
def test_a_system_is_a_name_and_perhaps_a_version(text: str, expected: tuple[str, str | None]) -> None:
    assert parse_system(text) == expected


@pytest.mark.parametrize("text", ["", "@1", "a@"])
def test_a_system_without_name_or_version_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="expected NAME or NAME@VERSION"):
        parse_system(text)


@pytest.mark.skipif(os.name == "nt", reason="the current folder can't be deleted there")
def test_a_deleted_current_folder_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    with pytest.raises(BadInput, match="the current folder does not exist any more"):
        current_project()


def test_the_file_names_who_vouches_for_checkpoints(folder: Path) -> None:
    (folder / ".aims.toml").write_text(
        '[anchors]\nwitnesses = "policy"\ntimestamps = ["https://a.example", "https://b.example"]\n'
        'timestamp_roots = "/roots.pem"\n'
    )

    assert current_project().anchors == Anchors(
        str(folder / "policy"), ("https://a.example", "https://b.example"), "/roots.pem"
    )


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('anchors = "policy"', "anchors: found 'policy', expected a table"),
        ("[anchors]\nwitness = 'p'", r"unknown member witness of \[anchors\] \(did you mean witnesses\?\)"),
        ("[anchors]\nwitnesses = 7", "anchors: witnesses: found 7, expected a text"),
        ("[anchors]\nwitnesses = ''", "anchors: witnesses: found '', expected a text"),
        ("[anchors]\ntimestamps = 'https://a'", "anchors: timestamps: found 'https://a', expected a list"),
        ("[anchors]\ntimestamps = [7]", "anchors: timestamps: found 7, expected a text"),
        ("[anchors]\ntimestamp_roots = []", r"anchors: timestamp_roots: found \[\], expected a text"),
    ],
)
def test_a_malformed_table_of_anchors_is_refused(folder: Path, text: str, match: str) -> None:
    (folder / ".aims.toml").write_text(text)

    with pytest.raises(BadInput, match=match):
        current_project()
