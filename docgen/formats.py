"""Dates and numbers as the readers of a language write them.

A language says how in its texts, under ``format.*``; what it does not say is written the
international way, as in English here: ``2026-11-23``, ``1234.5``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType

from docgen.figures import figure

__all__ = ["Formats"]

_TIME = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}:\d{2}:\d{2})(?:\.\d+)?Z)?")


@dataclass(frozen=True, slots=True)
class Formats:
    """How one language writes dates, times and numbers; each attribute is a text ``format.<its name>``."""

    date: str = "{year}-{month}-{day}"
    moment: str = "{date} {time} UTC"
    decimal: str = "."
    thousands: str = ""
    percent: str = "{number}\u00a0%"

    @classmethod
    def of(cls, texts: Mapping[str, str] = MappingProxyType({})) -> Formats:
        """The formats that `texts` name."""
        names = (field.name for field in fields(cls))
        return cls(**{name: texts[f"format.{name}"] for name in names if f"format.{name}" in texts})

    def say_day(self, time: str) -> str:
        """The day of a date or of an RFC 3339 time in UTC.

        Raises:
            ValueError: the text is neither.
        """
        return self._parts(time)[0]

    def say_moment(self, time: str) -> str:
        """An RFC 3339 time to the second; of a date, the day.

        Raises:
            ValueError: the text is neither.
        """
        day, clock = self._parts(time)
        return self.moment.format(date=day, time=clock) if clock else day

    def say_number(self, value: float, digits: int = 2) -> str:
        """A number with so many digits after the point."""
        return self._separated(f"{value:.{digits}f}")

    def say_percent(self, value: float, digits: int = 1) -> str:
        """A share such as 0.123 as ``12.3 %``, its space unbreakable."""
        return self.percent.format(number=self.say_number(value * 100, digits))

    def say_figure(self, value: float) -> str:
        """A measured number with four significant digits (`docgen.figures`)."""
        return self._separated(figure(value))

    def _separated(self, number: str) -> str:
        whole, point, rest = number.partition(".")
        if self.thousands:
            whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", lambda _: self.thousands, whole)
        return whole + (self.decimal + rest if point else "")

    def _parts(self, time: str) -> tuple[str, str]:
        match = _TIME.fullmatch(time)
        if match is None:
            raise ValueError(f"{time!r} is no time such as 2026-11-23T10:00:00Z, and no date")
        year, month, day, clock = match.groups(default="")
        return self.date.format(year=year, month=month, day=day), clock
