"""What people install: the contents of the wheel, and the program in it, far from the checkout."""

import os
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest

from tests.packaging.distribution import Built, build, project_files, run

# A folder of the checkout, and where its files lie in site-packages.
SHIPPED = {
    "ledger": "ledger",
    "docgen": "docgen",
    "cli": "cli",
    "migrations": "ledger/migrations",
    "templates": "docgen/templates",
}

Program = Callable[..., str]


@pytest.fixture
def python(installed: Path, tmp_path: Path) -> Program:
    """Runs Python in an empty folder with the installed wheel and its dependencies.

    -S leaves the .pth files out: the import hook of an editable install would find in the checkout
    what the wheel forgot.
    """
    libraries = dict.fromkeys([str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])

    def program(*arguments: str) -> str:
        command = [sys.executable, "-S", *arguments]
        return run(command, cwd=tmp_path, extra={"PYTHONPATH": os.pathsep.join(libraries)})

    return program


def test_the_wheel_holds_every_file_of_the_shipped_folders_and_no_other(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        inside = {name for name in archive.namelist() if ".dist-info/" not in name}

    files = [path for path in project_files() if path.parts[0] in SHIPPED]
    expected = {str(PurePosixPath(SHIPPED[path.parts[0]], *path.parts[1:])) for path in files}

    assert sorted(expected - inside) == [], "missing from the wheel: see packages and package-data in pyproject.toml"
    assert sorted(inside - expected) == [], "in the wheel, but not in the folders"


def test_the_wheel_claims_three_names_at_the_top_of_site_packages(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"ledger", "docgen", "cli"}


def test_the_wheel_carries_the_licence_and_the_notice(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = archive.namelist()
        (metadata,) = (archive.read(name).decode() for name in names if name.endswith("/METADATA"))

    assert {name.split("/licenses/")[1] for name in names if "/licenses/" in name} == {"LICENSE", "NOTICE"}
    assert "License-Expression: Apache-2.0" in metadata.splitlines()


def test_the_source_distribution_holds_what_its_reader_needs_to_test_it(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}

    wanted = {str(path) for path in project_files() if path.parts[0] in {*SHIPPED, "tests", "examples", "docs"}}

    assert sorted(wanted - inside) == []


def test_two_builds_of_the_same_files_are_the_same_bytes(built: Built, tmp_path: Path) -> None:
    again = build(tmp_path, epoch=1_700_000_000)

    assert again.wheel.read_bytes() == built.wheel.read_bytes()


def test_the_installed_packages_find_their_data_without_the_checkout(python: Program, installed: Path) -> None:
    script = (
        "from importlib.resources import files\n"
        "print(files('ledger.migrations') / 'script.py.mako')\n"
        "print(*(pack for pack in files('docgen.templates').iterdir() if (pack / 'pack.toml').is_file()))\n"
    )

    migrations, packs = python("-c", script).splitlines()

    assert Path(migrations) == installed / "ledger" / "migrations" / "script.py.mako"
    assert Path(migrations).is_file()
    assert {Path(pack) for pack in packs.split()} >= {
        installed / "docgen" / "templates" / "eu_tech_docs",
        installed / "docgen" / "templates" / "iso42001",
    }


def test_the_installed_program_shows_its_help(python: Program) -> None:
    said = python("-m", "cli.main", "--help")

    assert "Usage: aims" in said
    assert "verify" in said


def test_the_console_script_is_the_program(python: Program, installed: Path) -> None:
    said = python(str(installed / "bin" / "aims"), "--version")

    assert "0.1.0" in said
