"""`aims verify`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.lazy import aims_command
from cli.opening import json_option
from cli.project import ledger_location, state_folder
from cli.screen import out, out_json
from cli.verifying import Level, progress_bar, rebuild, report_lines, report_value

if TYPE_CHECKING:
    from ledger import Report
    from ledger.memory import Pin
    from ledger.received import Received
    from ledger.trust import TrustPolicy


@aims_command(
    "verify",
    examples=(
        ("the ledger of this folder, everything", "aims verify"),
        ("somebody else's, with the pin they gave you", "aims verify evidence.db --trust pin.json"),
        (
            "with a checkpoint kept where the operator can't reach it",
            "aims verify --checkpoint /media/auditor/checkpoint",
        ),
        ("a receipt that somebody showed you", "aims verify decision-41.tlog-proof --trust policy"),
        (
            "that the ledger grew from the checkpoint you kept",
            "aims verify growth --checkpoint /media/auditor/checkpoint --trust policy",
        ),
        ("a document that was published, by itself", "aims verify technical-documentation.docx --trust policy"),
        ("a log that was published as files", "aims verify public/ --trust policy"),
        ("only what is new, and some of the rest again", "aims verify --new"),
        ("in a script", 'aims verify --json > report.json || echo "ended with $?"'),
    ),
    exits=(0, 1, 2, 3, 4),
)
@click.argument("path", required=False)
@click.option(
    "--trust", "trusted", metavar="FILE", type=click.Path(path_type=Path),
    help="Whose keys count: a trust policy (C2SP tlog-policy), or the pin of a ledger.",
)  # fmt: skip
@click.option(
    "--checkpoint", "kept", metavar="FILE", type=click.Path(path_type=Path), multiple=True,
    help="A checkpoint you kept, or a receipt or proof with it; what is verified must contain it; may be repeated.",
)  # fmt: skip
@click.option(
    "--timestamp-roots", "roots", metavar="FILE", type=click.Path(path_type=Path), multiple=True,
    help="Certificates (PEM) of the time-stamping authorities you trust; may be repeated.",
)  # fmt: skip
@click.option(
    "--level", type=click.Choice(("hashes", "signatures", "full")), default="full",
    help="Chain, tree and checkpoints; also signatures and policy; everything (full).",
)  # fmt: skip
@click.option("--jobs", type=click.IntRange(1, 256), metavar="N", help="Processes that share the work (all cores).")
@click.option("--rebuild-index", is_flag=True, help="First derive the index again; no evidence is touched.")
@click.option("--resume", is_flag=True, help="Go on where an interrupted verification of this ledger was.")
@click.option("--new", is_flag=True, help="Only what is new since the last sound verification, and a part of the rest.")
@click.option("--forget", is_flag=True, help="Remember nothing of this run.")
@json_option
@click.pass_context
def verify(
    context: click.Context, path: str | None, trusted: Path | None, kept: tuple[Path, ...], roots: tuple[Path, ...],
    level: Level, jobs: int | None, rebuild_index: bool, resume: bool, new: bool, forget: bool, as_json: bool,
) -> None:  # fmt: skip
    """Check everything that can be checked, from the bytes.

    PATH is a ledger (default: the one that other commands use), or what was handed over: a receipt or another C2SP
    tlog-proof, a checkpoint, a consistency proof, a bundle, the folder of a tile tree (C2SP tlog-tiles, of any log).
    These need no ledger; their keys come from --trust. They may come through a pipe; - is standard input.

    A Word file that `aims docs publish` sealed says which sections read as published and which were edited (then it
    ends with 1, though nobody tampered with the ledger), whether each entry it cites was in the ledger, and who
    published and approved it. A pass proves origin and citations, not that the prose is true. A file without a seal is
    a draft (4).

    A ledger is opened read-only and never changed. Its pin, the last state seen, and the outcome are remembered in
    AIMS_STATE, so that a cut tail, a restored backup or another history under the same name is found the next time.
    """
    from cli.handed import read_kept, read_roots, read_trust, receive_path
    from cli.proved import is_document, verify_document
    from ledger import verify_ledger
    from ledger.trust import TrustPolicy

    trust = read_trust(trusted) if trusted else None
    checkpoints, timestamp_roots = [read_kept(file) for file in kept], read_roots(roots)
    if is_document(path) and not (rebuild_index or resume or new):
        context.exit(verify_document(Path(str(path)), trust, checkpoints, as_json=as_json))
    with receive_path(path) as received:
        if received and received.what:
            if rebuild_index or resume or new:
                options = "--rebuild-index, --resume and --new"
                raise click.UsageError(f"{options} are for ledgers, expected none of them here ({received.what.value})")
            context.exit(_verify_handed(received, trust, checkpoints, timestamp_roots, as_json))
    if new and (resume or level != "full"):
        raise click.UsageError("--new builds on a full verification, expected it without --resume and --level")
    policy, pin = (trust, None) if isinstance(trust, TrustPolicy) else (None, trust)
    location = ledger_location(path)
    if rebuild_index:
        rebuild(location)
    with progress_bar() as progress:
        report = verify_ledger(
            location, trust=pin, policy=policy, timestamp_roots=timestamp_roots, level=level,
            jobs=jobs or os.cpu_count() or 1, progress=progress,
            state=state_folder(), remember=not forget, checkpoints=checkpoints, resume=resume, new=new,
        )  # fmt: skip
    _show(report, as_json, report_value, lambda report: report_lines(report, state_folder()))
    context.exit(report.exit_code)


def _verify_handed(
    received: Received, trust: Pin | TrustPolicy | None, checkpoints: list[bytes], roots: list[bytes], as_json: bool
) -> int:
    """The exit code of what was handed over, after its report was shown."""
    from cli.handed import handed_lines, handed_value, policy_of
    from ledger.offline import HandedOver, verify_received

    with progress_bar() as progress:
        report = verify_received(
            received, policy_of(trust), checkpoints=checkpoints, timestamp_roots=roots,
            progress=progress if received.what is HandedOver.TILES else None,
        )  # fmt: skip
    _show(report, as_json, handed_value, handed_lines)
    return report.exit_code


def _show(
    report: Report, as_json: bool, value: Callable[[Report], Any], lines: Callable[[Report], Iterable[str]]
) -> None:
    if as_json:
        out_json(value(report))
        return
    for line in lines(report):
        out(line)
