"""What the pages tell people to type is run here, page by page, as it stands."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from tests.docs.pages import ROOT, blocks, pages, read

PYTHON = [page for page in pages() if any(block.language == "python" for block in blocks(page))]
SHELL = [p for p in pages() if p.parts[:2] == ("docs", "guides") and any(b.language == "sh" for b in blocks(p))]


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with keys and memory of its own."""
    for name in ("AIMS_LEDGER", "AIMS_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AIMS_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("AIMS_STATE", str(tmp_path / "state"))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("page", PYTHON, ids=str)
def test_the_python_of_a_page_runs_from_top_to_bottom(page: Path, workplace: Path) -> None:
    names: dict[str, Any] = {"__name__": "__main__"}

    for block in blocks(page):
        if block.language == "python":
            # Empty lines in front, so that a traceback names the line of the page.
            exec(compile("\n" * (block.line - 1) + block.code, str(page), "exec"), names)


@pytest.mark.parametrize("page", SHELL, ids=str)
def test_the_shell_of_a_page_runs_from_top_to_bottom(page: Path, workplace: Path) -> None:
    script = "set -eu\n" + "".join(block.code for block in blocks(page) if block.language == "sh")

    done = subprocess.run(["bash", "-c", script], cwd=workplace, capture_output=True, text=True, check=False)

    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"


def test_what_the_guides_tell_people_to_type_is_run_or_says_why_not() -> None:
    """A console block is for reading; its info line has the reason, which readers of the page do not see."""
    silent = [
        f"{page}, line {block.line}"
        for page in pages()
        if page.parts[:2] == ("docs", "guides")
        for block in blocks(page)
        if block.language == "console" and not re.fullmatch(r"not run: \w.{7,}", block.name)
    ]

    assert silent == []


def commands() -> list[tuple[str, str]]:
    """(page, command line) of every `aims` command in a block or in code inside a sentence."""
    found = []
    for page in pages():
        for block in blocks(page):
            if block.language in ("sh", "console"):
                joined = block.code.replace("\\\n", " ")
                lines = (line.removeprefix("$ ").strip() for line in joined.splitlines())
                found += [(str(page), line) for line in lines if line.startswith("aims ")]
    return found


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_of_a_page_exists_with_its_options(page: str, line: str) -> None:
    from cli.main import aims

    words = line.split()[1:]
    command: click.Command = aims
    context = click.Context(aims, info_name="aims")
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"{page}: there is no command {name!r}"
        command, context = found, click.Context(found, info_name=name, parent=context)
    known = {option for parameter in command.params for option in parameter.opts} | {"--help", "--version"}
    for word in words:
        if word.startswith("--"):
            assert word.partition("=")[0] in known, f"{page}: {line}"


def test_every_make_target_of_a_page_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    used = {(str(p), word) for p in pages() for word in re.findall(r"(?:`|^|\$ )make ([a-z]+)", read(p), re.MULTILINE)}

    assert ("README.md", "demo") in used
    assert [(page, target) for page, target in sorted(used) if target not in targets] == []
