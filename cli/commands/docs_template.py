"""`aims docs template`: whether a company's Word file can restyle documents, and a start for one."""

from __future__ import annotations

from pathlib import Path

import click

from cli.lazy import aims_command
from cli.opening import json_option
from cli.screen import out, out_json
from ledger.errors import BadInput


@aims_command(
    "template",
    examples=(
        ("whether it fits", "aims docs template corporate.docx"),
        ("a start with every style", "aims docs template --new corporate.docx"),
        ("use it", "aims docs build statement-of-applicability --template corporate.docx"),
    ),
    exits=(0, 2),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--new", is_flag=True, help="Write our own looks into FILE, to be changed in Word.")
@json_option
def template(file: Path, new: bool, as_json: bool) -> None:
    """Check a company's Word template, or write one to start from.

    FILE restyles documents by its styles and brings its page, header, footer, logo and sensitivity labels. Its text
    gets into no document. It must define Normal, Title and heading 1 to 3; the other styles that documents use come
    from our own looks, and are named here. A file with macros is refused.
    """
    if new:
        _write(file)
        return
    from docgen.output import read_template

    checked = read_template(file)
    if as_json:
        out_json({"file": str(file), "digest": checked.digest, "own": list(checked.own), "added": list(checked.added),
                  "kept": list(checked.kept)})  # fmt: skip
        return
    out(f"{file}: can be used; {len(checked.own)} of {len(checked.own) + len(checked.added)} styles are its own")
    if checked.kept:
        out(f"kept: {', '.join(checked.kept)}")
    if checked.added:
        out(f"from our own looks: {', '.join(checked.added)}")


def _write(file: Path) -> None:
    from docgen.files import replace_file
    from docgen.word.starter import starter_template

    if file.suffix.lower() != ".docx":
        raise BadInput(f"{file}: expected a name that ends in .docx")
    if file.exists():
        raise BadInput(f"{file}: is there already", remedy="give another name")
    replace_file(file, starter_template())
    out(f"{file}: change its styles in Word, then 'aims docs build DOCUMENT --template {file}'")
