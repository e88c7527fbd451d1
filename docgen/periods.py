"""When a period counted in days ends: by the calendar, and by Regulation (EEC, Euratom) No 1182/71.

The day of the event does not count (Article 3(1)), and the period ends with the last hour of its last day.
That is the target.  The limit is what Article 3(4) and (5) add: a last day on a Saturday, Sunday or public
holiday moves to the next working day, and a period of two days or more holds at least two working days.

Public holidays differ from State to State and are not known here; leaving them out gives a limit that is
never later than the one of the law.  Days are days in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

__all__ = ["PeriodEnd", "period_end"]

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class PeriodEnd:
    """The last day of a period: `target` by the calendar, `limit` by Regulation 1182/71; as YYYY-MM-DD."""

    target: str
    limit: str


def period_end(event: str, days: int) -> PeriodEnd:
    """The end of a period of `days` (1 or more) that runs from an event, an RFC 3339 time in UTC.

    Raises:
        ValueError: `event` is no such time, or there are no days.
    """
    if days < 1:
        raise ValueError(f"a period of {days} days")
    start = date.fromisoformat(event[:10])
    target = start + days * _DAY
    limit = target
    while not _working(limit) or (days > 1 and _working_days(start, limit) < 2):
        limit += _DAY
    return PeriodEnd(target.isoformat(), limit.isoformat())


def _working(day: date) -> bool:
    return day.weekday() < _SATURDAY


def _working_days(start: date, end: date) -> int:
    """Working days after `start`, up to and with `end`."""
    return sum(_working(start + n * _DAY) for n in range(1, (end - start).days + 1))
