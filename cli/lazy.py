"""Commands that are imported when they are used, and help pages in one shape.

`aims --help` reads a table of names and short texts and imports no command, so it starts in the time that
Python and click need. A test compares the table with the commands themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from typing import Any, Final

import click
from click.shell_completion import CompletionItem

from cli.screen import translated_output

EXIT_CODES: Final[Mapping[int, str]] = {
    0: "done, or sound",
    1: "tampering: something is not what was signed or seen before",
    2: "wrong use or bad input; nothing was stored",
    3: "could not finish; the outcome may be unknown",
    4: "sound as far as it could be checked here",
    5: "a gate: what --fail-on names was found, or people must decide",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """A command in the table: `module` has it as `attribute` (default: its name); `short` is its help's first line."""

    name: str
    module: str
    short: str
    attribute: str = ""


class Page(click.HelpFormatter):
    """A help page whose headings stand out in a terminal."""

    def write_heading(self, heading: str) -> None:
        """Write the heading in bold; what is not a terminal gets it plain."""
        self.write(f"{'':>{self.current_indent}}{click.style(heading + ':', bold=True)}\n")


class Context(click.Context):
    """The context of every command."""

    formatter_class = Page


class Helpful(click.Command):
    """What commands and groups have in common: the help they print while their line is read."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of a command line; --help and --version are answered here.

        Raises:
            OutputFailed: if the answer could not be written.
        """
        with translated_output():
            return super().make_context(info_name, args, parent, **extra)


class Command(Helpful):
    """A command whose help ends with examples and the exit codes it can have.

    `examples` are (what it does, command line) pairs.
    """

    context_class = Context

    def __init__(
        self, *args: Any, examples: Sequence[tuple[str, str]] = (), exits: Sequence[int] = (0, 2, 3), **kwargs: Any
    ) -> None:
        kwargs.setdefault("context_settings", {"max_content_width": 100})
        super().__init__(*args, **kwargs)
        self.examples, self.exits = tuple(examples), tuple(exits)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the examples and the exit codes."""
        write_endings(formatter, self.examples, self.exits)


class LazyGroup(Helpful, click.Group):
    """A group that knows its commands by a table and imports one when it is needed."""

    context_class = Context

    def __init__(
        self,
        *args: Any,
        sections: Mapping[str, Sequence[Listed]],
        examples: Sequence[tuple[str, str]] = (),
        exits: Sequence[int] = (),
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("context_settings", {"max_content_width": 100})
        super().__init__(*args, **kwargs)
        self.sections = sections
        self.examples, self.exits = tuple(examples), tuple(exits)
        self.table = {listed.name: listed for section in sections.values() for listed in section}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """The names in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        listed = self.table.get(cmd_name)
        if listed is None:
            return None
        found = getattr(import_module(listed.module), listed.attribute or cmd_name)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command to run; an unknown name is answered with the nearest known ones."""
        if args[0] not in self.table and not args[0].startswith("-"):
            ctx.fail(f"no command {args[0]!r}{perhaps(args[0], self.table)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the table, section by section."""
        width = max(map(len, self.table))
        for title, section in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(listed.name.ljust(width), listed.short) for listed in section])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the examples and the exit codes."""
        write_endings(formatter, self.examples, self.exits)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names from the table; completing them imports nothing."""
        names = [
            CompletionItem(name, help=listed.short)
            for name, listed in self.table.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]


def write_endings(formatter: click.HelpFormatter, examples: Sequence[tuple[str, str]], exits: Sequence[int]) -> None:
    """Write the sections `Examples` and `Exit codes`."""
    if examples:
        with formatter.section("Examples"):
            for words, line in examples:
                formatter.write(f"{'':>{formatter.current_indent}}# {words}\n")
                for part in line.splitlines():
                    formatter.write(f"{'':>{formatter.current_indent}}{part}\n")
    if exits:
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), EXIT_CODES[code]) for code in exits])


def aims_command(
    name: str, *, examples: Sequence[tuple[str, str]], exits: Sequence[int] = (0, 2, 3)
) -> Callable[[Callable[..., Any]], click.Command]:
    """A decorator that makes a command with examples and exit codes."""
    return click.command(name, cls=Command, examples=examples, exits=exits)


def perhaps(word: str, known: Sequence[str] | Mapping[str, Any]) -> str:
    """`` (did you mean a or b?)`` for the known words nearest to `word`, or nothing."""
    near = get_close_matches(word, list(known), n=3, cutoff=0.6)
    return f" (did you mean {' or '.join(near)}?)" if near else ""
