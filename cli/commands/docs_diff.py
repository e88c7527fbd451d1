"""`aims docs diff`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.lazy import aims_command
from cli.opening import json_option, ledger_option, open_for_reading
from cli.screen import out, out_json


@aims_command(
    "diff",
    examples=(
        (
            "since the last audit",
            "aims docs diff 2026-03-01T00:00:00Z 2026-11-23T00:00:00Z --document statement-of-applicability",
        ),
        ("two checkpoints", "aims docs diff 412 498 --document technical-documentation -o changes.docx"),
        ("two files", "aims docs diff sent.docx returned.docx"),
    ),
    exits=(0, 1, 2),
)
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
@click.option("--document", metavar="DOCUMENT", help="Which one, for checkpoints; 'aims docs list' names them.")
@click.option("--system", metavar="NAME@VERSION", help="What it is about. [.aims.toml]")
@click.option("--lang", "language", metavar="LANG", help="Its language (the pack's first).")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(),
    help="A folder, or a file ending in .docx (here).",
)
@click.option("--pack", metavar="ID|FOLDER", help="The pack it is in (any that is shipped).")
@ledger_option
@json_option
def diff(
    old: str, new: str, document: str | None, system: str | None, language: str | None, output: Path,
    pack: str | None, location: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Show what changed, as a Word file with tracked changes.

    A and B are two states of a document: checkpoints of the ledger, each by its size, its file or a time (what was
    known then), or two .docx files. Prints the sections that changed: status words, evidence, texts and values. In
    the Word file accepting every change gives B and rejecting every change gives A; it carries no evidence and is
    there to be read.
    """
    from cli.comparing import (
        are_files,
        compare_checkpoints,
        compare_word_files,
        compared_lines,
        compared_value,
        redline_path,
    )
    from cli.documents import check_language
    from docgen.files import replace_file

    if are_files(old, new):
        if document is not None or system is not None:
            raise click.UsageError("--document and --system are for checkpoints, expected none with two files")
        compared = compare_word_files(old, new)
        path = redline_path(output, Path(new).stem)
    else:
        if document is None:
            raise click.UsageError("--document: which one? 'aims docs list' names them")
        check_language(document, pack, language)
        with open_for_reading(location) as ledger:
            compared = compare_checkpoints(ledger, old, new, document, pack, system, language)
        path = redline_path(output, document)
    replace_file(path, compared.redline.data)
    if as_json:
        out_json(compared_value(path, compared))
    else:
        out("\n".join(compared_lines(path, compared)))
