"""`aims show`."""

from __future__ import annotations

import click

from cli.answers import last_verified, note_verified
from cli.entries import entry_page, entry_value, find_entry
from cli.lazy import aims_command
from cli.opening import json_option, ledger_option, open_for_reading
from cli.screen import out, out_bytes, out_json


@aims_command(
    "show",
    examples=(
        ("the entry that a document cites as [#12 3fa9c1d2]", 'aims show "#12 3fa9c1d2"'),
        ("the leaf hash of entry 5, without our code", "(printf '\\0'; aims show 5 --leaf) | sha256sum"),
    ),
    exits=(0, 1, 2),
)
@click.argument("entry", metavar="ENTRY")
@click.option("--leaf", is_flag=True, help="Write the bytes of the leaf, and nothing else.")
@ledger_option
@json_option
def show(entry: str, leaf: bool, location: str | None, as_json: bool) -> None:
    """Show one entry.

    ENTRY is an index (from 0), a citation like "#12 3fa9c1d2", or the first digits (at least 4) of a
    statement digest.
    """
    with open_for_reading(location) as ledger:
        found = find_entry(ledger, entry)
        if leaf:
            out_bytes(ledger.leaf(found.index))
        elif as_json:
            out_json({**entry_value(found), "last_verified": last_verified(ledger)})
        else:
            for line in entry_page(found):
                out(line)
            note_verified(ledger)
