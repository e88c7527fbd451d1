"""Proofs on the command line: as JSON, and as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.screen import out_bytes
from ledger.errors import BadInput

if TYPE_CHECKING:
    from ledger.proving import Consistency, Inclusion

output_option = click.option(
    "-o", "--output", metavar="FILE", type=click.Path(path_type=Path),
    help="Write to a new file instead of standard output.",
)  # fmt: skip


def inclusion_value(found: Inclusion) -> dict[str, Any]:
    """An inclusion proof as JSON members; hashes in hex."""
    return {
        "origin": found.origin,
        "index": found.index,
        "size": found.size,
        "leaf_hash": found.leaf_hash.hex(),
        "root": found.root.hex(),
        "proof": [value.hex() for value in found.proof],
    }


def consistency_value(found: Consistency) -> dict[str, Any]:
    """A consistency proof as JSON members; hashes in hex."""
    return {
        "origin": found.origin,
        "old_size": found.old_size,
        "size": found.size,
        "old_root": found.old_root.hex(),
        "root": found.root.hex(),
        "proof": [value.hex() for value in found.proof],
    }


def out_proof(data: bytes, output: Path | None) -> None:
    """Write a proof to a new file, or to stdout where none is named.

    Raises:
        BadInput: the file exists or can't be written.
    """
    if output is None:
        out_bytes(data)
        return
    try:
        with output.open("xb") as handle:
            handle.write(data)
    except FileExistsError as error:
        raise BadInput(f"{output}: exists already", remedy="name another file; a proof is never overwritten") from error
    except OSError as error:
        raise BadInput(f"{output}: can't be written ({error.strerror})") from error
