"""The monitor and the status on the command line: durations, the alarm, and both in words and in JSON."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from cli.anchoring import state_value, state_words
from cli.screen import safe
from cli.verifying import outside_value, report_value
from ledger.errors import BadInput
from ledger.times import parse_instant

if TYPE_CHECKING:
    from ledger.status import Status
    from ledger.verifying.monitoring import LastRun, Watched
    from ledger.verifying.outcomes import LastVerification

_DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([smhd])", re.ASCII)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_ALARM_SECONDS: Final = 60
_MICROSECONDS: Final = 1_000_000


def parse_duration(text: str) -> int:
    """The seconds in a duration like ``90s``, ``15m``, ``1h`` or ``1d``.

    Raises:
        BadInput: for anything else.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise BadInput(f"duration {text!r}: expected a whole number and s, m, h or d, like 15m")
    return int(match[1]) * _SECONDS[match[2]]


def format_age(micros: int) -> str:
    """How long ago something was, in one unit; what is to come says so."""
    seconds = micros // _MICROSECONDS
    if seconds < -60:
        return "in the future"
    for unit, words in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * unit:
            return f"{seconds // unit} {words} ago"
    return f"{max(seconds, 0)} s ago"


def alarm_command(line: str) -> Callable[[Watched], str]:
    """An alarm that runs the command in `line`, split into words as a shell would, but without a shell.

    It gets the report as one JSON object on its standard input, and 60 seconds.

    Raises:
        BadInput: if there is no command in `line`.
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise BadInput(f"--alert {line!r}: {error}") from error
    if not words:
        raise BadInput("--alert: an empty command")

    def alarm(watched: Watched) -> str:
        import subprocess  # slow to import, and seldom needed

        told = json.dumps(watched_value(watched)).encode() + b"\n"
        try:
            ended = subprocess.run(  # noqa: S603 - what whoever runs the monitor told it to run
                words, input=told, capture_output=True, timeout=_ALARM_SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return f"alert {words[0]}: did not end within {_ALARM_SECONDS} s"
        except (OSError, ValueError) as error:
            return f"alert {words[0]}: can't be run ({error})"
        return f"alert {words[0]}: ended with {ended.returncode}" if ended.returncode else ""

    return alarm


def watched_value(watched: Watched) -> dict[str, Any]:
    """A run of the monitor as JSON members: the report, or the error in its place."""
    if watched.report is None:
        return {"exit_code": watched.run.exit_code, "outcome": watched.run.outcome, "error": str(watched.error)}
    return report_value(watched.report)


def watched_line(watched: Watched) -> str:
    """A run of the monitor in one line."""
    run, report = watched.run, watched.report
    if report is None:
        return f"{run.ended} could not verify: {run.outcome}"
    new = f", {report.size - report.since.size} new" if report.since else ""
    return f"{run.ended} {report.origin}: {report.summary} ({report.size} entries{new}, level {report.level})"


def gap_words(watched: Watched) -> str:
    """What is to be said of the time since the run before, if that was too long."""
    before = watched.before
    if before is None or not before.overdue(parse_instant(watched.run.began)):
        return ""
    return f"the run before this one ended at {before.ended}; one was expected every {before.every} s"


def status_value(status: Status) -> dict[str, Any]:
    """A status as JSON members."""
    return {
        "ledger": status.location,
        "concern": status.concern,
        "error": status.error or None,
        "origin": status.origin or None,
        "size": status.size,
        "checkpoint_size": status.checkpoint_size,
        "unsigned_tail": status.unsigned_tail,
        "verified": status.verified and _outcome_value(status.verified),
        "verified_elsewhere": status.elsewhere and _outcome_value(status.elsewhere),
        "unverified": status.unverified,
        "full_at": status.full_at or None,
        "oldest_reading": status.oldest or None,
        "witnessed": outside_value(status.witnessed),
        "stamped": outside_value(status.stamped),
        "monitor": status.monitor and {**_run_value(status.monitor), "overdue": status.overdue},
        "anchors": [state_value(state) for state in status.anchors],
        "next_step": status.next_step or None,
    }  # fmt: skip


def _outcome_value(outcome: LastVerification) -> dict[str, Any]:
    return {
        "at": outcome.at,
        "size": outcome.size,
        "root": outcome.root.hex(),
        "level": outcome.level,
        "outcome": outcome.summary,
        "exit_code": outcome.exit_code,
        "path": outcome.copy.path if outcome.copy else None,
    }


def _run_value(run: LastRun) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(run)


def status_lines(status: Status) -> Iterator[str]:
    """A status as lines for a person, what is bad first."""
    lines = (*_verified_lines(status), *_monitor_lines(status))
    if status.error:
        yield f"{status.location}: {status.error}"
        yield from _monitor_lines(status)
    else:
        yield safe(f"{status.origin} ({status.location})")
        if status.concern == "bad":
            yield from lines
        yield f"  {status.size} entries, {status.unsigned_tail} of them under no checkpoint yet"
        if status.concern != "bad":
            yield from lines
        for target, words in state_words(status.anchors):
            yield safe(f"  {target}: {words}")
    if status.next_step:
        yield f"next: {status.next_step}"


def _verified_lines(status: Status) -> Iterator[str]:
    if status.verified:
        yield safe(f"  verified {_outcome_words(status, status.verified)}")
    elif status.elsewhere is None:
        yield "  never verified on this machine"
    else:
        yield from _elsewhere_lines(status, status.elsewhere)
    if found := status.shorter:
        which = "" if found is status.verified else " of another copy"
        yield f"  SHORTER than it was: {status.size} entries, {found.size}{which} were verified"
    if not status.verified:
        return
    if status.unverified:
        yield f"  {status.unverified} entries came since"
    for outside in filter(None, (status.witnessed, status.stamped)):
        yield safe(f"  {outside.size} entries {outside}")
    if status.full_at:
        yield f"  everything was read {status.full_at}; no entry was read longer ago than {status.oldest}"


def _elsewhere_lines(status: Status, other: LastVerification) -> Iterator[str]:
    """What is known of a ledger of which this copy was never verified."""
    words = _outcome_words(status, other)
    if other.copy is None:
        yield "  whether this copy was ever verified here is not known: an earlier version did not note which one was"
        yield safe(f"  some copy was verified {words}")
    elif status.replaced:
        yield "  this file was never verified here; it lies where another one did"
        yield safe(f"  that one was verified {words}")
    else:
        yield "  this copy was never verified on this machine"
        yield safe(f"  another one was, {other.copy.path}, {words}")


def _outcome_words(status: Status, outcome: LastVerification) -> str:
    found = outcome.summary if outcome.exit_code != 1 else f"NOT SOUND: {outcome.summary}"
    return f"{outcome.at} ({_age(status, outcome.at)}) up to {outcome.size} entries: {found}"


def _monitor_lines(status: Status) -> Iterator[str]:
    run = status.monitor
    if run is None:
        yield "  the monitor has never run here"
        return
    late = f", OVERDUE: expected every {run.every} s" if status.overdue else ""
    outcome = run.outcome if run.exit_code in (0, 4) else f"NOT SOUND ({run.exit_code}): {run.outcome}"
    yield safe(f"  monitor last ran {run.ended} ({_age(status, run.ended)}{late}): {outcome}")
    if run.file and status.copy and run.file != status.copy.file:
        yield "  the monitor saw another file, which lay here before"
    if run.alarm:
        yield safe(f"  ALERT NOT DELIVERED: {run.alarm}")


def _age(status: Status, at: str) -> str:
    return format_age(status.now - parse_instant(at))
