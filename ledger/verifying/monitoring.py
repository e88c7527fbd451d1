"""Verifying a ledger again and again, and remembering that it was done: a verification nobody runs protects nobody.

Each run is incremental where it can be. What it came to is stored in the state folder, by the *place* of the ledger
and not by its origin, so that a ledger which is gone or can't be opened has a last run too ::

    monitor-<first 32 hex of SHA-256 of the ledger's absolute path>.json

A run whose outcome is bad raises an alarm; that the alarm failed is remembered too.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import portalocker

from ledger.errors import AimsError, Busy, FormatError, StoreError
from ledger.memory import state_folder
from ledger.store.backend import parse_location
from ledger.strictjson import parse_strict
from ledger.times import format_instant, parse_instant
from ledger.verdicts import Report, Verdict
from ledger.verifying.outcomes import copy_at

DAY: Final = 86_400
"""Seconds between two runs if nobody said how many there are to be."""
_SECOND: Final = 1_000_000
_MAX_BYTES: Final = 65_536


@dataclass(frozen=True, slots=True)
class LastRun:
    """What a run came to: times are RFC 3339, `every` is how many seconds after it the next one is expected.

    `outcome` is the report's summary, or why there is none; then `origin` is empty. `alarm` says what went wrong with
    the alarm, if it was raised and something did. `file` is the number of the file that was verified
    (`ledger.verifying.outcomes.Copy`), 0 if that is not known.
    """

    began: str
    ended: str
    every: int
    exit_code: int
    outcome: str
    origin: str = ""
    size: int = 0
    level: str = ""
    alarm: str = ""
    file: int = 0

    def overdue(self, now: int) -> bool:
        """Whether the next run should have ended at `now` (microseconds since 1970): after twice the time, or never.

        A last run that is to come says that a clock is wrong, and then nothing is known of the last run either.
        """
        since = now - parse_instant(self.ended)
        return not -60 * _SECOND <= since <= 2 * self.every * _SECOND


@dataclass(frozen=True, slots=True)
class Watched:
    """One run: its report, or the error that there is instead; what is remembered of it; and the run before."""

    report: Report | None
    error: AimsError | None
    run: LastRun
    before: LastRun | None

    @property
    def bad(self) -> bool:
        """Whether somebody should be told: of anything but a sound ledger and one that is seen for the first time."""
        if self.report is None or self.report.exit_code not in (0, 4):
            return True
        return any(verdict in _UNEXPECTED for verdict, _ in self.report.counts)


_UNEXPECTED: Final = (Verdict.NOT_CHECKED, Verdict.UNSUPPORTED_VERSION)
Alarm = Callable[[Watched], str]
"""Tells somebody of a bad outcome; answers with what went wrong, or nothing."""


class Monitor:
    """The monitor of the ledger at one place."""

    def __init__(self, location: str | Path, state: Path | None = None) -> None:
        self._ledger = parse_location(location).absolute()
        self._folder = state or state_folder()
        self._file = self._folder / f"monitor-{sha256(str(self._ledger).encode()).hexdigest()[:32]}.json"

    def last(self) -> LastRun | None:
        """The last run, or None if there was none.

        Raises:
            FormatError, StoreError: if what is remembered of it is damaged, or can't be read.
        """
        try:
            raw = self._file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self._file}: can't be read ({error.strerror})") from error
        return parse_run(raw, str(self._file))

    def watch(
        self,
        verify: Callable[[], Report],
        clock: Callable[[], int],
        *,
        every: int = DAY,
        alarm: Alarm | None = None,
    ) -> Watched:
        """One run of `verify`, remembered; `alarm` is raised if its outcome is bad, whatever else goes wrong.

        `every` is after how many seconds the next run is to be expected; `clock` gives microseconds since 1970.

        Raises:
            Busy: if another run of this monitor is on its way; nothing was done.
        """
        began = format_instant(clock())
        before: LastRun | None = None
        report: Report | None = None
        problem: AimsError | None = None
        try:
            with self._alone():
                before = self._before()
                report = verify()
                return self._ended(report, None, before, began, clock, every, alarm)
        except Busy:
            raise
        except AimsError as error:
            problem = error
        return self._ended(None, problem, before, began, clock, every, alarm)

    def _before(self) -> LastRun | None:
        try:
            return self.last()
        except FormatError:
            return None  # it is written anew; that it was damaged, `aims status` says until then

    def _ended(
        self,
        report: Report | None,
        error: AimsError | None,
        before: LastRun | None,
        began: str,
        clock: Callable[[], int],
        every: int,
        alarm: Alarm | None,
    ) -> Watched:
        ended = format_instant(clock())
        if report is not None:
            told = report.exit_code, report.summary, report.origin, report.size, report.level
            run = LastRun(began, ended, every, *told, file=self._number())
        else:
            assert error is not None
            run = LastRun(began, ended, every, error.exit_code, str(error))
        watched = Watched(report, error, run, before)
        stored = self._store(run)
        problem = alarm(watched) if alarm is not None and watched.bad else ""
        if problem or stored:
            run = replace(run, alarm="; ".join(filter(None, (problem, stored))))
            self._store(run)
        return replace(watched, run=run)

    def _number(self) -> int:
        try:
            return copy_at(self._ledger).file
        except StoreError:
            return 0  # it was moved away since

    def _store(self, run: LastRun) -> str:
        """Store a run; what went wrong with that, if anything did: an outcome must not be lost with it."""
        beside = self._file.with_suffix(f".{os.getpid()}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as handle:
                handle.write(format_run(run))
                handle.flush()
                os.fsync(handle.fileno())
            beside.replace(self._file)
        except OSError as error:
            return f"{self._file}: can't be written ({error.strerror})"
        return ""

    @contextmanager
    def _alone(self) -> Iterator[None]:
        path = self._file.with_suffix(".lock")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = path.open("a+b")
        except OSError as error:
            raise StoreError(f"{path}: can't be opened ({error.strerror})", remedy="check AIMS_STATE") from error
        with handle:
            try:
                portalocker.lock(handle, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
            except portalocker.exceptions.LockException as error:
                raise Busy("monitor: another run is on its way", remedy="let the runs be further apart") from error
            try:
                yield
            finally:
                portalocker.unlock(handle)


def format_run(run: LastRun) -> bytes:
    """The file of a run: one JSON object with the members of `LastRun`."""
    return json.dumps(asdict(run), indent=1).encode() + b"\n"


def parse_run(data: bytes, what: str = "monitor") -> LastRun:
    """The run in a file.

    Raises:
        FormatError: for anything that `format_run` does not write.
    """
    members: Any = parse_strict(data, what, max_bytes=_MAX_BYTES)
    expected = "what 'aims monitor' writes"
    names = {field.name for field in fields(LastRun)}
    # Versions before this one did not remember which file it was.
    if not isinstance(members, dict) or set(members) | {"file"} != names:
        raise FormatError(what, "other members", expected, remedy="run 'aims monitor' again")
    numbers = ("every", "exit_code", "size", "file")
    for name, value in members.items():
        if type(value) is not (int if name in numbers else str):
            raise FormatError(f"{what}: {name}", repr(value), expected, remedy="run 'aims monitor' again")
    for name in ("began", "ended"):
        parse_instant(members[name], f"{what}: {name}")
    return LastRun(**members)
