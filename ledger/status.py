"""How a ledger is: how large, how much of it is signed and vouched for, when it was verified, and what to do next.

Nothing here verifies anything. Sizes are what the database says, unless the words say that a verification found them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from ledger.checkpoint import parse_checkpoint
from ledger.client import Ledger
from ledger.errors import AimsError, FormatError
from ledger.memory import Memory
from ledger.note import parse_note
from ledger.store.anchors import TargetState, anchor_state
from ledger.store.backend import parse_location
from ledger.store.checkpoints import newest_checkpoint
from ledger.times import parse_instant
from ledger.verdicts import Outside
from ledger.verifying.baseline import Baseline, oldest, parse_baseline
from ledger.verifying.monitoring import LastRun, Monitor
from ledger.verifying.outcomes import Copy, LastVerification, copy_at

_MINUTE: Final = 60_000_000
Concern = Literal["bad", "unknown", "late", "none"]
"""How worrying: what was found bad; nobody knows; it is known, but of too long ago; nothing."""


@dataclass(frozen=True, slots=True)
class Status:
    """How the ledger is; `error` is why it can't be opened, and then only the monitor's last run is known.

    `copy` is which copy of the ledger this is, `checkpoint_size` the size of its newest stored checkpoint, `verified`
    the outcome of the last verification of this copy here, `elsewhere` that of another one: of the file that lay at
    this path before, if there was one, else of the last one (which one may not be known).

    `full_at` is when the last verification that read everything began and `oldest` when the entry that was read the
    longest ago was read; `witnessed` and `stamped` are what it showed of outsiders. These four only where nothing bad
    was found.
    """

    location: str
    now: int
    error: str = ""
    origin: str = ""
    size: int = 0
    checkpoint_size: int = 0
    copy: Copy | None = None
    verified: LastVerification | None = None
    elsewhere: LastVerification | None = None
    full_at: str = ""
    oldest: str = ""
    witnessed: Outside | None = None
    stamped: Outside | None = None
    monitor: LastRun | None = None
    anchors: tuple[TargetState, ...] = ()

    @property
    def unsigned_tail(self) -> int:
        """Entries that no stored checkpoint covers."""
        return max(0, self.size - self.checkpoint_size)

    @property
    def unverified(self) -> int:
        """Entries that came after the last verification."""
        return max(0, self.size - self.verified.size) if self.verified else self.size

    @property
    def shorter(self) -> LastVerification | None:
        """A verification of this copy or another one that found more entries than there are here."""
        sound = (one for one in (self.verified, self.elsewhere) if one and (one is self.verified or one.exit_code != 1))
        return next((one for one in sound if one.size > self.size), None)

    @property
    def replaced(self) -> bool:
        """Whether another file was verified at this path, and this one never."""
        other = self.elsewhere and self.elsewhere.copy
        return bool(self.verified is None and other and self.copy and other.path == self.copy.path)

    @property
    def overdue(self) -> bool:
        """Whether the monitor has run, and should have run again by now."""
        return self.monitor is not None and self.monitor.overdue(self.now)

    @property
    def failing(self) -> tuple[TargetState, ...]:
        """The targets that were asked in vain and still owe an answer."""
        return tuple(state for state in self.anchors if state.waiting is not None and state.tries)

    @property
    def concern(self) -> Concern:
        """How worrying it is."""
        last = self.monitor
        if self.error or self.shorter or self._found_bad():
            return "bad"
        # A later verification does not take it back: it saw one moment. The monitor's next run does.
        if last and last.exit_code not in (0, 4):
            return "bad"
        if self.verified is None or self._clock_is_behind():
            return "unknown"
        return "late" if self.overdue else "none"

    @property
    def next_step(self) -> str:
        """What to do next, in words; empty if there is nothing."""
        if self.error:
            return "restore the ledger from a backup, or see who moved it"
        if self.concern == "bad":
            return "'aims verify' shows what is wrong, and what to do about it"
        if self.verified is None:
            return "'aims verify' checks this copy" if self.elsewhere else "'aims verify' checks it for the first time"
        if self._clock_is_behind():
            return "set this machine's clock; the last verification is in its future"
        if self.overdue:
            return "'aims monitor' is overdue: see why it no longer runs"
        if self.unsigned_tail:
            return "'aims checkpoint' signs what no checkpoint covers yet"
        if self.failing:
            return "'aims anchor --status' shows who does not answer"
        if self.monitor is None:
            return "run 'aims monitor' regularly, by cron or systemd"
        return "'aims verify --new' checks what is new" if self.unverified else ""

    def _found_bad(self) -> bool:
        """Whether the last verification of this copy, or of what lay in its place or may have, found it not sound."""
        last = self.verified
        if last is None and self.elsewhere and (self.replaced or self.elsewhere.copy is None):
            last = self.elsewhere
        return last is not None and last.exit_code == 1

    def _clock_is_behind(self) -> bool:
        return self.verified is not None and parse_instant(self.verified.at) > self.now + _MINUTE


def read_status(location: str | Path, state: Path | None, now: int) -> Status:
    """The status of the ledger at `location`; `now` is in microseconds since 1970.

    Raises:
        FormatError, StoreError: if what is remembered is damaged or can't be read; that is never "nothing known".
    """
    monitor = Monitor(location, state).last()
    try:
        with Ledger.open(location, read_only=True, state=state) as ledger, ledger.backend.reading("looking") as reading:
            origin, size, note, anchors = (
                ledger.origin, ledger.size, newest_checkpoint(reading), tuple(anchor_state(reading)),
            )  # fmt: skip
    except AimsError as error:
        return Status(str(location), now, error=str(error), monitor=monitor)
    memory = Memory(origin, state)
    copy = copy_at(parse_location(location))
    verified = memory.verification_of(copy)
    base = _baseline(memory, verified)
    return Status(
        location=str(location),
        now=now,
        origin=origin,
        size=size,
        checkpoint_size=_size_of(note),
        copy=copy,
        verified=verified,
        elsewhere=_elsewhere(memory, copy),
        full_at=base.full_at if base else "",
        oldest=oldest(base.stretches).at if base else "",
        witnessed=base.witnessed if base else None,
        stamped=base.stamped if base else None,
        monitor=monitor,
        anchors=anchors,
    )


def _elsewhere(memory: Memory, copy: Copy) -> LastVerification | None:
    others = [one for one in memory.verifications() if one.copy != copy]
    here = [one for one in others if one.copy and one.copy.path == copy.path]
    return next(iter([*here, *others]), None)


def _baseline(memory: Memory, verified: LastVerification | None) -> Baseline | None:
    """What the last verification of this copy left; None if one of another copy left something else since."""
    raw = memory.baseline()
    try:
        base = parse_baseline(raw) if raw else None
    except FormatError:
        return None  # the next verification reads everything and writes it anew
    return base if base and verified and base.at == verified.at else None


def _size_of(note: bytes | None) -> int:
    if note is None:
        return 0
    try:
        return parse_checkpoint(parse_note(note).text).size
    except FormatError:
        return 0  # a damaged checkpoint covers nothing; verification says so
