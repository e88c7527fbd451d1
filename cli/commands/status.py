"""`aims status`."""

from __future__ import annotations

import click

from cli.lazy import aims_command
from cli.opening import json_option
from cli.project import ledger_location, state_folder
from cli.screen import out, out_json
from cli.watching import status_lines, status_value

_EXITS = {"none": 0, "bad": 1, "unknown": 4, "late": 4}


@aims_command(
    "status",
    examples=(
        ("the ledger of this folder", "aims status"),
        ("in a health check", "aims status --json || echo 'look at the ledger'"),
    ),
    exits=(0, 1, 2, 4),
)
@click.argument("path", required=False)
@json_option
@click.pass_context
def status(context: click.Context, path: str | None, as_json: bool) -> None:
    """Say how the ledger is, and when it was last verified.

    How large it is, how much of it is signed and vouched for, what the last verification and the monitor found, and
    what to do next. Nothing is verified: sizes are what the database says. Ends with 1 if the last verification or
    the monitor found something wrong, or the ledger can't be opened; with 4 if it was never verified here or the
    monitor is overdue.
    """
    from ledger.status import read_status
    from ledger.verifying.verification import now_in_micros

    found = read_status(ledger_location(path), state_folder(), now_in_micros())
    if as_json:
        out_json(status_value(found))
    else:
        for line in status_lines(found):
            out(line)
    context.exit(_EXITS[found.concern])
