"""Times as people give them on the command line."""

from __future__ import annotations

from datetime import datetime

from ledger.errors import BadInput


def parse_moment(text: str) -> datetime:
    """The aware time in `text`, RFC 3339 or ISO 8601 with a zone.

    Raises:
        BadInput: for anything else; a zone is never guessed, because a wrong one puts a false time into evidence.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"time {text!r}: expected a time like 2026-11-23T10:00:00Z or …+01:00") from error
    if moment.tzinfo is None:
        whole = moment.isoformat()
        raise BadInput(
            f"time {text!r}: no time zone, expected Z (UTC) or an offset",
            remedy=f"write {whole}Z if it is UTC, or {whole}+01:00 for central Europe in winter",
        )
    return moment


def format_moment(moment: datetime) -> str:
    """An aware time as the ledger writes it."""
    from ledger.times import format_instant, to_micros

    return format_instant(to_micros(moment))
