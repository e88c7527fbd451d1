"""`aims prove` and its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cli.entries import find_entry
from cli.lazy import LazyGroup, Listed, aims_command
from cli.opening import json_option, ledger_option, open_for_reading
from cli.proofs import consistency_value, inclusion_value, out_proof, output_option
from cli.screen import out_json

_HERE: Final = "cli.commands.prove"

SECTIONS: Final = {
    "Commands": (
        Listed("inclusion", _HERE, "Prove that an entry is in the ledger."),
        Listed("consistency", _HERE, "Prove that the first OLD entries are the beginning of the first NEW."),
    )
}


@click.group("prove", cls=LazyGroup, sections=SECTIONS)
def prove() -> None:
    """Make proofs that anyone can check without this ledger.

    'aims verify' checks them, and so do the tools of others: the files are those of C2SP.
    """


@aims_command(
    "inclusion",
    examples=(
        ("entry 5, under the checkpoint of 100 entries", "aims prove inclusion 5 --size 100 -o entry-5.tlog-proof"),
        ("the hashes alone, for any number of entries", "aims prove inclusion 5 --size 77 --json"),
    ),
    exits=(0, 1, 2),
)
@click.argument("entry", metavar="ENTRY")
@click.option("--size", type=click.IntRange(1), metavar="N", help="In the tree of the first N entries.")
@output_option
@ledger_option
@json_option
def inclusion(entry: str, size: int | None, output: Path | None, location: str | None, as_json: bool) -> None:
    """Prove that an entry is in the ledger.

    Writes a C2SP tlog-proof with the entry in it, under a stored checkpoint: that of N entries, or the one with the
    most cosigners. With --json only the proof, for which N needs no checkpoint (default: all entries).
    """
    from ledger.proving import make_receipt, show_inclusion

    with open_for_reading(location) as ledger:
        index = find_entry(ledger, entry).index
        if as_json:
            out_json(inclusion_value(show_inclusion(ledger, index, size)))
        else:
            out_proof(make_receipt(ledger, index, size), output)


@aims_command(
    "consistency",
    examples=(
        ("from a checkpoint of 80 entries that somebody has", "aims prove consistency 80 -o growth"),
        ("which they check with it", "aims verify growth --checkpoint theirs --trust policy"),
        ("the hashes alone, for any two sizes", "aims prove consistency 80 93 --json"),
    ),
    exits=(0, 1, 2),
)
@click.argument("old", type=click.IntRange(1), metavar="OLD")
@click.argument("new", type=click.IntRange(1), metavar="[NEW]", required=False)
@output_option
@ledger_option
@json_option
def consistency(old: int, new: int | None, output: Path | None, location: str | None, as_json: bool) -> None:
    """Prove that the first OLD entries are the beginning of the first NEW.

    Writes what a witness is sent (C2SP tlog-witness, add-checkpoint): OLD, the proof, and the stored checkpoint of
    NEW entries, by default the one with the most cosigners. With --json only the proof, for any two sizes.
    """
    from ledger.proving import make_consistency_file, show_consistency

    with open_for_reading(location) as ledger:
        if as_json:
            out_json(consistency_value(show_consistency(ledger, old, new)))
        else:
            out_proof(make_consistency_file(ledger, old, new), output)
