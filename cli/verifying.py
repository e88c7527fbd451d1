"""A verification on the command line: how far it is, and what came out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from cli.project import state_folder
from cli.screen import safe
from ledger.times import format_instant

if TYPE_CHECKING:
    from ledger import Report
    from ledger.verdicts import Outside

_SHOWN: Final = 20
Level = Literal["hashes", "signatures", "full"]


@contextmanager
def progress_bar(label: str = "entries") -> Iterator[Callable[[int, int], None] | None]:
    """A function to call with (done, in all), drawing a bar on stderr; None where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr, show_pos=True) as bar:

        def progress(done: int, total: int) -> None:
            bar.length = total
            bar.update(done - bar.pos)

        yield progress


def rebuild(location: str) -> None:
    """Derive the index of the ledger again.

    Raises:
        StoreError: if it can't be written.
    """
    from ledger import Ledger

    with Ledger.open(location, state=state_folder()) as ledger:
        ledger.rebuild_index()


def report_value(report: Report) -> dict[str, Any]:
    """A report as JSON members."""
    return {
        "origin": report.origin,
        "outcome": report.summary,
        "exit_code": report.exit_code,
        "size": report.size,
        "root": report.root.hex(),
        "checkpoint_size": report.checkpoint_size,
        "unsigned_tail": report.unsigned_tail,
        "checked_at": report.checked_at,
        "level": report.level,
        "trust": report.trust,
        "erasures": report.erasures,
        "witnessed": outside_value(report.witnessed),
        "stamped": outside_value(report.stamped),
        "since": report.since
        and {
            "size": report.since.size,
            "full_at": report.since.full_at,
            "read_again": list(report.since.reread),
            "oldest_reading": report.since.oldest,
        },
        "notes": list(report.notes),
        "resumed": report.resumed and {"entry": report.resumed.size, "began": report.resumed.began},
        "counts": {verdict.value: count for verdict, count in report.counts},
        "findings": [
            {
                "verdict": finding.verdict.value,
                "entry": finding.place.index if finding.place.index >= 0 else None,
                "place": str(finding.place),
                "detail": finding.detail,
                "remedy": finding.remedy,
            }
            for finding in report.findings
        ],
    }


def outside_value(outside: Outside | None) -> dict[str, Any] | None:
    """What outsiders vouch for as JSON members."""
    if outside is None:
        return None
    value: dict[str, Any] = {"size": outside.size, "time": format_instant(outside.time) if outside.time else None}
    return {**value, "authority": outside.authority} if outside.authority else value


def report_lines(report: Report, state: Path) -> Iterator[str]:
    """A report as lines for a person; at most 20 findings in full."""
    from ledger.verdicts import NEW_PROVES, PROVES, PROVES_NOT

    yield f"{safe(report.origin)}: {report.summary}"
    yield f"  {report.size} entries, root {report.root.hex()}"
    yield f"  {report.checkpoint_size} under a signed checkpoint, {report.unsigned_tail} not yet"
    yield f"  level {report.level}, checked {report.checked_at}"
    yield f"  {safe(report.trust)} (memory: {safe(state)})"
    for outside in filter(None, (report.witnessed, report.stamped)):
        yield safe(f"  {outside.size} entries {outside}; {report.size - outside.size} not yet")
    for words in filter(None, (report.resumed, report.since, *report.notes)):
        yield safe(f"  {words}")
    if report.erasures:
        yield f"  {report.erasures} value(s) erased lawfully"
    for finding in report.findings[:_SHOWN]:
        yield f"{safe(finding)}"
        if finding.remedy:
            yield f"    {finding.remedy}"
    if len(report.findings) > _SHOWN:
        yield f"… {len(report.findings) - _SHOWN} more findings; --json prints them"
    if not report.tampered and report.level in ("full", "new"):
        yield f"\n{PROVES if report.level == 'full' else NEW_PROVES}"
        yield PROVES_NOT
