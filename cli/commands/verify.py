"""`aims verify`."""

from __future__ import annotations

import os
from pathlib import Path

import click

from cli.lazy import aims_command
from cli.opening import json_option
from cli.project import ledger_location, state_folder
from cli.screen import out, out_json
from cli.verifying import Level, progress_bar, rebuild, report_lines, report_value


@aims_command(
    "verify",
    examples=(
        ("the ledger of this folder, everything", "aims verify"),
        ("somebody else's, with the pin they gave you", "aims verify evidence.db --trust pin.json"),
        (
            "with a checkpoint kept where the operator can't reach it",
            "aims verify --checkpoint /media/auditor/checkpoint",
        ),
        ("in a script", 'aims verify --json > report.json || echo "ended with $?"'),
    ),
    exits=(0, 1, 2, 3, 4),
)
@click.argument("path", required=False)
@click.option("--trust", metavar="PINFILE", type=click.Path(path_type=Path), help="The pin to compare with.")
@click.option(
    "--checkpoint", "kept", metavar="FILE", type=click.Path(path_type=Path), multiple=True,
    help="A checkpoint you kept; the ledger must contain it; may be repeated.",
)  # fmt: skip
@click.option(
    "--level", type=click.Choice(("hashes", "signatures", "full")), default="full",
    help="Chain, tree and checkpoints; also signatures and policy; everything (full).",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Processes that share the work (all cores).")
@click.option("--rebuild-index", is_flag=True, help="First derive the index again; no evidence is touched.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted verification of this ledger was.")
@click.option("--forget", is_flag=True, help="Remember nothing of this run.")
@json_option
@click.pass_context
def verify(
    context: click.Context, path: str | None, trust: Path | None, kept: tuple[Path, ...], level: Level,
    jobs: int | None, rebuild_index: bool, resume: bool, forget: bool, as_json: bool,
) -> None:  # fmt: skip
    """Check everything that can be checked, from the bytes.

    PATH (default: the ledger that other commands use) is opened read-only and never changed. Its pin, the
    last state seen, and the outcome are remembered in AIMS_STATE, so that a cut tail, a restored backup or another
    history under the same name is found the next time.
    """
    from cli.checkpoints import read_note
    from cli.pins import read_pin
    from ledger import verify_ledger

    location = ledger_location(path)
    pin = read_pin(trust) if trust else None
    checkpoints = [read_note(file) for file in kept]
    if rebuild_index:
        rebuild(location)
    with progress_bar() as progress:
        report = verify_ledger(
            location, trust=pin, level=level, jobs=jobs or os.cpu_count() or 1, progress=progress,
            state=state_folder(), remember=not forget, checkpoints=checkpoints,
            resume=resume,
        )  # fmt: skip
    if as_json:
        out_json(report_value(report))
    else:
        for line in report_lines(report, state_folder()):
            out(line)
    context.exit(report.exit_code)
