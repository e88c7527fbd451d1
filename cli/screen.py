"""What goes to the terminal: results on stdout, everything else on stderr, and nothing that could drive it.

Text in a ledger was written by others. Control characters, escape sequences and characters that reverse the
direction of writing are shown as ``\\uXXXX``, in plain text and in JSON (where that is the same value).
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import click

from ledger.errors import AimsError


class OutputFailed(AimsError):
    """A result could not be written to stdout."""

    exit_code = 3


def safe(text: object) -> str:
    """`text` in one line that a terminal shows as it is."""
    return "".join(map(_shown, str(text)))


def safe_lines(text: object) -> list[str]:
    """`text` in lines, each safe; a tab becomes a space."""
    return [safe(line) for line in str(text).replace("\t", " ").split("\n")]


def _shown(character: str) -> str:
    # Spaces other than U+0020 count as unprintable to Python; they do no harm (line separators would).
    if character.isprintable() or character in "\u00a0\u202f\u3000":
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def format_json(value: Any, *, indent: int | None = None) -> str:
    """`value` as JSON whose strings a terminal shows as they are."""
    return _UNSAFE.sub(_escaped, json.dumps(value, ensure_ascii=False, indent=indent))


# In JSON text, whatever is not ASCII stands inside a string, where an escape means the same.
_UNSAFE = re.compile(r"[\x7f-\U0010ffff]")


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return character if _shown(character) == character else json.dumps(character)[1:-1]


def out(text: str) -> None:
    """Write a line (or lines) of the result.

    Raises:
        OutputFailed: if it could not be written; a reader that went away is a `BrokenPipeError`.
    """
    _write(text, newline=True)


def out_json(value: Any, *, lines: bool = False) -> None:
    """Write `value` as JSON in UTF-8, on one line if `lines`."""
    _write(format_json(value, indent=None if lines else 2).encode(), newline=True)


def out_bytes(data: bytes) -> None:
    """Write bytes as they are; nothing is added."""
    _write(data, newline=False)


def _write(data: str | bytes, *, newline: bool) -> None:
    with translated_output():
        click.echo(data, nl=newline)


@contextmanager
def translated_output() -> Iterator[None]:
    """Around writing to stdout.

    Raises:
        OutputFailed: if it fails; a reader that went away stays a `BrokenPipeError`.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        # What is still buffered would fail again when the process ends.
        silence()
        raise OutputFailed(f"standard output: can't be written ({error.strerror})") from error


def note(text: str) -> None:
    """Write a line for the person, beside the result."""
    click.echo(safe(text), err=True)


def out_rows(rows: Iterable[Sequence[str]]) -> None:
    """Write rows with their columns aligned, a screenful at a time, so that the first ones show at once."""
    remaining = iter(rows)
    while page := list(islice(remaining, 200)):
        out("\n".join(columns(page)))


def columns(rows: Sequence[Sequence[str]], *, gap: str = "  ") -> Iterator[str]:
    """The rows with their columns aligned; the last column is not padded."""
    if not rows:
        return
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        yield gap.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def tree(value: Any, indent: str = "") -> Iterator[str]:
    """A JSON value as indented lines, in the manner of YAML; for reading, not for parsing.

    A text stands as it is, in quotes where it would read as a number, true, false, null or nothing.
    """
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _branch(f"{indent}{safe(name)}:", item, indent)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _branch(f"{indent}-", item, indent)
    else:
        yield from (indent + line for line in _scalar(value))


def _branch(head: str, item: Any, indent: str) -> Iterator[str]:
    nested = isinstance(item, (Mapping, list, tuple))
    if nested and not item:
        yield f"{head} {'{}' if isinstance(item, Mapping) else '[]'}"
    elif nested:
        yield head
        yield from tree(item, indent + "  ")
    else:
        lines = _scalar(item)
        if len(lines) == 1:
            yield f"{head} {lines[0]}"
        else:
            yield head
            yield from (f"{indent}    {line}" for line in lines)


# What, printed bare, would read as another JSON value than the text it is: numbers however they are written,
# true, false, null, an empty list, object or text, and a text in quotes.
_LIKE_ANOTHER = re.compile(
    r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?|[-+]?(?:nan|infinity)|true|false|null|\{\}|\[\]||\".*\"",
    re.ASCII | re.IGNORECASE,
)


def _scalar(value: Any) -> list[str]:
    if not isinstance(value, str):
        return [json.dumps(value)]
    return [format_json(value)] if _LIKE_ANOTHER.fullmatch(value) else safe_lines(value)


def interactive() -> bool:
    """Whether a person sits at both ends: stdin and stderr are terminals."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def silence() -> None:
    """Let what is still buffered for a reader that went away vanish without a message."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file here (a test, an embedding program)
        return


def joined(items: Iterable[object]) -> str:
    """Items in one line, separated by commas."""
    return ", ".join(map(str, items))
