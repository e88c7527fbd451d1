"""`aims receipt`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.entries import find_entry
from cli.lazy import aims_command
from cli.opening import ledger_option, open_for_reading
from cli.proofs import out_proof, output_option


@aims_command(
    "receipt",
    examples=(
        ("for the person whom decision 41 is about", "aims receipt 41 -o decision-41.tlog-proof"),
        ("which is checked without the ledger", "aims verify decision-41.tlog-proof --trust policy"),
    ),
    exits=(0, 1, 2),
)
@click.argument("entry", metavar="ENTRY")
@output_option
@ledger_option
def receipt(entry: str, output: Path | None, location: str | None) -> None:
    """Hand over one entry with the proof that it is in the ledger.

    Writes a C2SP tlog-proof: the bytes of the entry, its path to the root, and the signed checkpoint with the most
    cosigners. It holds the entry as it is in the ledger: personal values that were set apart are not in it.
    """
    from ledger.proving import make_receipt

    with open_for_reading(location) as ledger:
        out_proof(make_receipt(ledger, find_entry(ledger, entry).index), output)
