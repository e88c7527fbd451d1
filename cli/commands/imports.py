"""`aims import`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cli.lazy import aims_command
from cli.opening import Common, appending_options, json_option
from cli.screen import note, out, safe

if TYPE_CHECKING:
    from docgen.sheets.proposal import Change
    from docgen.view import LedgerView


@aims_command(
    "import",
    examples=(
        ("what would be recorded", "aims import risks.xlsx --map risks.toml"),
        ("record it", "aims import risks.xlsx --map risks.toml --as compliance --yes"),
        ("a mapping to begin with", "aims import --example > risks.toml"),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("file", required=False)
@click.option("--map", "mapping", metavar="FILE", help="The mapping of sheets and columns, in TOML.")
@click.option("--example", is_flag=True, help="Print a mapping for risks, systems, suppliers and training.")
@click.option("--as", "names", metavar="KEY", multiple=True, help="Sign with this key; may be repeated.")
@click.option("--yes", "confirmed", is_flag=True, help="Record it; without this it is only shown.")
@click.option("--all", "everything", is_flag=True, help="Show unchanged ones as well.")
@appending_options
@json_option
def import_entries(
    file: str | None, mapping: str | None, example: bool, names: tuple[str, ...], confirmed: bool, everything: bool,
    common: Common,
) -> None:  # fmt: skip
    """Record what stands in a spreadsheet: risks, systems, suppliers, training.

    Each row becomes an entry by the mapping. A row that says what the ledger holds is left alone, a changed one
    supersedes its entry, and rows that are gone change nothing. Formulas are not worked out: their stored results
    are taken. If any cell is wrong, all of them are named and nothing is recorded.
    """
    from cli.controlfile import read_file
    from cli.proposing import record_changes
    from docgen.sheets.mapping import parse_mapping, read_workbook
    from docgen.sheets.proposal import find_changes, wrong_drafts
    from ledger.errors import BadInput

    if example:
        from docgen.sheets.example import EXAMPLE

        out(EXAMPLE.rstrip("\n"))
        return
    if file is None or mapping is None:
        raise BadInput("expected FILE and --map FILE", remedy="'aims import --example' prints a mapping")
    reading = read_workbook(read_file(file), parse_mapping(read_file(mapping), mapping))
    problems = [*reading.problems, *wrong_drafts(reading.drafts)]
    for problem in problems[:-1]:
        note(safe(f"{file}: {problem}"))
    if problems:
        raise BadInput(f"{file}: {problems[-1]}", remedy=f"rows at fault: {len(problems)}, nothing was recorded")

    def propose(view: LedgerView) -> Sequence[Change]:
        changes = find_changes(view, reading.drafts)
        for left in reading.left_alone:
            note(safe(f"left alone: {left}"))
        return changes

    record_changes(common, names, propose, confirmed=confirmed, as_json=common.as_json, everything=everything)
