"""`aims append`."""

from __future__ import annotations

import click

from cli.envelopes import read_envelopes
from cli.lazy import aims_command
from cli.opening import Common, appending_options
from cli.receipts import receipt_value
from cli.screen import out_json


@aims_command(
    "append",
    examples=(
        ("what a pipeline signed", "aims append signed.jsonl"),
        ("from another machine", "ssh trainer cat signed.jsonl | aims append -"),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("file", default="-")
@appending_options
def append(file: str, common: Common) -> None:
    """Append envelopes that were signed elsewhere.

    FILE (default: standard input) has one JSON object a line: {"envelope": ..., "disclosures": [...]}. All
    lines are stored or none. Their receipts are printed as one JSON object a line, in the same order; a line
    that is already in the ledger gives the receipt of then, with "duplicate": true. They are stored even where
    no checkpoint can be signed: the receipts say `committed`, and stderr why.
    """
    with common.open(common.keyring()) as opened:
        for receipt in opened.append(list(read_envelopes(file))):
            out_json(receipt_value(receipt), lines=True)
