"""Help: complete, alike everywhere, cheap, and its examples are real commands."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cli.lazy import EXIT_CODES, Command, LazyGroup, Listed
from cli.main import aims
from cli.reference import format_reference
from cli.reference import main as reference
from tests.cli.person import ROOT, Person

HEAVY = (
    "sqlalchemy", "alembic", "pydantic", "cryptography", "docx", "lxml", "rich", "rich_click", "yaml", "jinja2",
    "orjson", "markdown_it", "platformdirs", "portalocker", "sqlite3", "asyncio", "multiprocessing", "subprocess",
    "docgen", "ledger.kinds", "ledger.client",
)  # fmt: skip


def commands(
    group: LazyGroup = aims, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Listed, click.Command]]:
    """Every command with its path and its place in the table."""
    with click.Context(group) as context:
        for name, listed in group.table.items():
            command = group.get_command(context, name)
            assert command is not None
            yield (*path, name), listed, command
            if isinstance(command, LazyGroup):
                yield from commands(command, (*path, name))


ALL = {" ".join(path): (listed, command) for path, listed, command in commands()}
LEAVES = {name: command for name, (_, command) in ALL.items() if not isinstance(command, LazyGroup)}


@pytest.mark.parametrize("name", ALL)
def test_the_table_says_what_the_command_says_of_itself(name: str) -> None:
    listed, command = ALL[name]

    assert command.help is not None
    assert command.help.split("\n\n")[0].replace("\n", " ") == listed.short
    assert command.name == listed.name


@pytest.mark.parametrize("name", LEAVES)
def test_help_has_an_example_and_the_exit_codes(name: str, nobody: Person) -> None:
    command = LEAVES[name]
    shown = nobody.does(*name.split(), "--help").out

    assert isinstance(command, Command)
    assert command.examples
    assert "\nExamples:\n" in shown
    for code in command.exits:
        assert f"  {code}  {EXIT_CODES[code]}" in shown


@pytest.mark.parametrize("name", ["", *ALL])
def test_an_example_is_a_command_that_would_be_understood(name: str) -> None:
    command = ALL[name][1] if name else aims
    assert isinstance(command, (Command, LazyGroup))

    for _, lines in command.examples:
        for line in lines.replace("\\\n", " ").splitlines():
            for words in _commands_in(line):
                _understood(words)


def _commands_in(line: str) -> Iterator[list[str]]:
    """The arguments of each `aims` in a line of shell."""
    lexer = shlex.shlex(line.replace("$(", " ( "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    found: list[str] | None = None
    for word in [*lexer, ";"]:
        if word == "aims":
            found = []
        elif found is not None and set(word) <= set("|<>&;()"):
            yield found
            found = None
        elif found is not None:
            found.append(word)


def _understood(words: list[str]) -> None:
    command: click.Command = aims
    while isinstance(command, LazyGroup):
        with click.Context(command) as context:
            found = command.get_command(context, words[0])
        assert found is not None, words
        command, words = found, words[1:]
    command.make_context("aims", words).close()


def test_the_main_page_lists_every_command_and_every_exit_code(nobody: Person) -> None:
    shown = nobody.does("--help").out

    for name in aims.table:
        assert f"\n  {name} " in shown
    for code, words in EXIT_CODES.items():
        assert f"  {code}  {words}\n" in shown


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["nonsense"]])
def test_the_main_page_imports_nothing_heavy_and_no_command(nobody: Person, arguments: list[str]) -> None:
    loaded = _modules_after(nobody, [arguments])

    assert {name for name in loaded if name in HEAVY or name.startswith("cli.commands")} == set()


def test_the_help_of_no_command_imports_anything_heavy(nobody: Person) -> None:
    loaded = _modules_after(nobody, [[*name.split(), "--help"] for name in ALL])

    assert "cli.commands.verify" in loaded
    assert {name for name in HEAVY if name in loaded} == set()


def _modules_after(person: Person, runs: list[list[str]]) -> set[str]:
    script = (
        "import sys\n"
        "from cli.main import main\n"
        f"for arguments in {runs!r}:\n"
        "    main(arguments)\n"
        "sys.stderr.write('loaded: ' + ' '.join(sys.modules))\n"
    )
    return set(person.python(script).err.rpartition("loaded: ")[2].split())


def test_the_reference_page_is_up_to_date() -> None:
    assert (Path(ROOT) / "docs" / "cli.md").read_text(encoding="utf-8") == format_reference(), (
        "run python -m cli.reference docs/cli.md"
    )


def test_the_reference_page_does_not_depend_on_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    before = format_reference()
    monkeypatch.setenv("COLUMNS", "40")

    assert format_reference() == before


def test_the_reference_check_says_that_a_page_differs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "docs" / "cli.md"

    assert reference([str(page)]) == 0
    assert reference(["--check", str(page)]) == 0
    page.write_text("other", encoding="utf-8")

    assert reference(["--check", str(page)]) == 1
    assert "differs from the help" in capsys.readouterr().err


def test_a_command_that_does_not_exist_is_answered_with_the_nearest(nobody: Person) -> None:
    assert nobody.refused("verifyy") == "aims: no command 'verifyy' (did you mean verify?); 'aims --help' shows how"


def test_a_group_without_a_command_shows_its_help(nobody: Person) -> None:
    seen = nobody.runs("key")

    assert (seen.code, seen.out) == (2, "")
    assert "Usage: aims key" in seen.err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_completion_script_of_a_shell_asks_this_program(nobody: Person, shell: str) -> None:
    script = nobody.does("completion", shell).out

    assert "_AIMS_COMPLETE" in script


def test_names_of_commands_are_completed(nobody: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_AIMS_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", "aims ver")
    monkeypatch.setenv("COMP_CWORD", "1")

    assert nobody.does().out.split() == ["plain,verify"]
