"""`aims monitor`."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.lazy import aims_command
from cli.opening import json_option
from cli.project import ledger_location, state_folder
from cli.screen import note, out, out_json, safe
from cli.verifying import report_lines
from cli.watching import alarm_command, gap_words, parse_duration, watched_line, watched_value

if TYPE_CHECKING:
    from ledger.verifying.monitoring import Watched


@aims_command(
    "monitor",
    examples=(
        ("one pass, as cron or a systemd timer runs it", "aims monitor --expect 15m --alert '/usr/local/bin/page-me'"),
        ("again and again, for as long as this runs", "aims monitor --every 15m --trust policy"),
        ("when it ran last, and whether it is overdue", "aims status"),
    ),
    exits=(0, 1, 2, 3, 4),
)
@click.argument("path", required=False)
@click.option("--every", metavar="TIME", help="Go on with a pass in each such time (90s, 15m, 1h, 1d).")
@click.option("--expect", metavar="TIME", help="How far apart the passes are that something else starts. [1d]")
@click.option(
    "--alert", metavar="COMMAND",
    help="Run this (no shell) on a bad outcome; the report is on its standard input as JSON.",
)  # fmt: skip
@click.option(
    "--rounds", type=click.IntRange(1, 1_000_000), metavar="N",
    help="Passes that together read every entry again. [672: a week of one each quarter of an hour]",
)  # fmt: skip
@click.option(
    "--trust", "trusted", metavar="FILE", type=click.Path(path_type=Path),
    help="Whose keys count: a trust policy (C2SP tlog-policy), or the pin of the ledger.",
)  # fmt: skip
@click.option(
    "--timestamp-roots", "roots", metavar="FILE", type=click.Path(path_type=Path), multiple=True,
    help="Certificates (PEM) of the time-stamping authorities you trust; may be repeated.",
)  # fmt: skip
@json_option
@click.pass_context
def monitor(
    context: click.Context, path: str | None, every: str | None, expect: str | None, alert: str | None,
    rounds: int | None, trusted: Path | None, roots: tuple[Path, ...], as_json: bool,
) -> None:  # fmt: skip
    """Verify what is new, again and again, and raise an alarm.

    A pass reads what is new and a part of the rest again, says what it did not read, and remembers that it ran. It
    builds on the last sound verification on this machine; where there is none, or something was wrong, it verifies
    everything. It ends with the exit code of `aims verify`. The alert is run if the ledger is not sound, can't be
    verified, or holds something that can't be checked here.
    """
    from cli.handed import read_roots, read_trust
    from ledger import verify_ledger
    from ledger.trust import TrustPolicy
    from ledger.verifying.monitoring import DAY, Monitor
    from ledger.verifying.verification import ROUNDS, now_in_micros

    if every and expect:
        raise click.UsageError("--every and --expect: expected at most one of them")
    location, state = ledger_location(path), state_folder()
    trust, timestamp_roots = read_trust(trusted) if trusted else None, read_roots(roots)
    policy, pin = (trust, None) if isinstance(trust, TrustPolicy) else (None, trust)
    apart = every or expect
    seconds = parse_duration(apart) if apart else DAY
    alarm = alarm_command(alert) if alert else None
    watcher = Monitor(location, state)
    while True:
        watched = watcher.watch(
            lambda: verify_ledger(
                location, trust=pin, policy=policy, timestamp_roots=timestamp_roots, state=state, new=True,
                rounds=rounds or ROUNDS,
            ),
            now_in_micros, every=seconds, alarm=alarm,
        )  # fmt: skip
        _show(watched, state, as_json=as_json, line_only=bool(every))
        if not every:
            context.exit(watched.run.exit_code)
        time.sleep(seconds)


def _show(watched: Watched, state: Path, *, as_json: bool, line_only: bool) -> None:
    if as_json:
        out_json(watched_value(watched), lines=line_only)
    elif watched.report is not None and watched.bad:
        for line in report_lines(watched.report, state):
            out(line)
    else:
        (out if watched.report else note)(safe(watched_line(watched)))
    for words in (gap_words(watched), watched.run.alarm):
        if words:
            note(safe(words))
