"""`aims demo`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.lazy import aims_command


@aims_command(
    "demo",
    examples=(("into a folder of its own", "aims demo -o demo"),),
    exits=(0, 2, 3),
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), default=Path("aims-demo"), help="A new folder (aims-demo)."
)
def demo(output: Path) -> None:
    """Replay a recorded story and build its two documents.

    A bank develops a credit-scoring system, measures it, changes it, has an incident and corrects it. The
    entries were recorded beforehand; here they are signed by fresh keys into a new ledger, which is verified,
    shown in two Word files marked EXAMPLE, and changed by one byte in a copy to see whether that is found.
    """
    from cli.demonstration import demonstrate

    demonstrate(output)
