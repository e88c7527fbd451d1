"""Instants: ``YYYY-MM-DDTHH:MM:SS.ffffffZ`` as text, microseconds since 1970 (UTC) as integers."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ledger.errors import FormatError

# Hours stop at 23 here, since newer Pythons take 24:00:00 for the next day's midnight: a second spelling.
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T(?:[01]\d|2[0-3]):\d{2}:\d{2}\.\d{6}Z\Z", re.ASCII)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# All entries of a batch carry one time: remembering the last few saves most of the work.
@lru_cache(maxsize=64)
def format_instant(micros: int) -> str:
    """The one text of an instant given in microseconds since 1970."""
    return (_EPOCH + timedelta(microseconds=micros)).isoformat(timespec="microseconds")[:26] + "Z"


@lru_cache(maxsize=64)
def parse_instant(text: str, what: str = "time") -> int:
    """Microseconds since 1970 of an instant in exactly the form of `format_instant`.

    Raises:
        FormatError: for another form (offset, fewer digits) or a date that does not exist.
    """
    if not _INSTANT.match(text):
        raise FormatError(what, text, "YYYY-MM-DDTHH:MM:SS.ffffffZ")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise FormatError(what, text, "a date and time that exist") from error
    return (moment - _EPOCH) // _MICROSECOND


def to_micros(moment: datetime) -> int:
    """Microseconds since 1970 of an aware `moment`.

    Raises:
        ValueError: if `moment` has no time zone; guessing one would put a false time into evidence.
    """
    if moment.tzinfo is None:
        raise ValueError(f"time {moment.isoformat()} has no time zone")
    return (moment - _EPOCH) // _MICROSECOND
