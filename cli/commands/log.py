"""`aims log`."""

from __future__ import annotations

from itertools import islice

import click

from cli.answers import note_verified, out_answer
from cli.entries import check_kind, check_system, entry_row, entry_value
from cli.lazy import aims_command
from cli.opening import json_option, ledger_option, open_for_reading
from cli.project import parse_system
from cli.screen import out_rows


@aims_command(
    "log",
    examples=(
        ("the last five entries", "aims log -n 5"),
        (
            "every evaluation of one version, the oldest first",
            "aims log -n 0 --kind evaluation --system credit-scoring@1.1 --oldest-first",
        ),
    ),
    exits=(0, 1, 2),
)
@click.option(
    "-n", "--number", type=click.IntRange(min=0), default=20, metavar="N", help="At most so many (20); 0 for all."
)
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only this kind; may be repeated.")
@click.option("--system", metavar="NAME[@VERSION]", help="Only entries about this system, or this version of it.")
@click.option("--oldest-first/--newest-first", help="Which end to begin with (the newest).")
@ledger_option
@json_option
def log(
    number: int, kinds: tuple[str, ...], system: str | None, oldest_first: bool, location: str | None, as_json: bool
) -> None:
    """List entries, the newest first.

    One line each: citation, when it happened, kind, what it is about, which one, and who signed.
    """
    wanted = [check_kind(kind) for kind in kinds] or None
    subject, version = parse_system(system) if system else (None, None)
    with open_for_reading(location) as ledger:
        if subject:
            check_system(ledger, subject)
        limit = number or None
        entries = ledger.entries(
            kinds=wanted, subject=subject, newest_first=not oldest_first, limit=None if version else limit
        )
        found = islice((entry for entry in entries if version in (None, entry.version)), limit)
        if as_json:
            out_answer(ledger, "entries", map(entry_value, found))
        else:
            out_rows(map(entry_row, found))
            note_verified(ledger)
