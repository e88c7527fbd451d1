"""Instants: one spelling, existing days only, no guessed time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError
from ledger.times import format_instant, parse_instant, to_micros

moments = st.datetimes(timezones=st.just(UTC))


@given(moments)
def test_every_instant_comes_back(moment: datetime) -> None:
    micros = to_micros(moment)

    text = format_instant(micros)

    assert parse_instant(text) == micros
    assert datetime.fromisoformat(text) == moment
    assert len(text) == 27


@given(st.lists(moments, min_size=2, max_size=2))
def test_text_sorts_as_time_does(pair: list[datetime]) -> None:
    earlier, later = sorted(map(to_micros, pair))

    assert format_instant(earlier) <= format_instant(later)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-11-23",
        "2026-11-23T10:00:00Z",
        "2026-11-23T10:00:00.000Z",
        "2026-11-23T10:00:00.0000000Z",
        "2026-11-23T10:00:00.000000",
        "2026-11-23T10:00:00.000000z",
        "2026-11-23t10:00:00.000000Z",
        "2026-11-23 10:00:00.000000Z",
        "2026-11-23T10:00:00,000000Z",
        "2026-11-23T10:00:00.000000+00:00",
        "2026-11-23T12:00:00.000000+02:00",
        "2026-11-23T10:00:00.000000Z\n",
        " 2026-11-23T10:00:00.000000Z",
        "+2026-11-23T10:00:00.000000Z",
        "20261123T100000.000000Z",
        "2026-W48-1T10:00:00.000000Z",
        "٢٠٢٦-11-23T10:00:00.000000Z",
        "2026-11-23T10:00:00.00000٠Z",
    ],
)
def test_another_spelling_of_an_instant_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"^time: found .*, expected YYYY-MM-DDTHH:MM:SS\.ffffffZ$"):
        parse_instant(text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29T10:00:00.000000Z",
        "2026-00-10T10:00:00.000000Z",
        "2026-13-10T10:00:00.000000Z",
        "2026-11-31T10:00:00.000000Z",
        "2026-11-00T10:00:00.000000Z",
        "0000-11-23T10:00:00.000000Z",
        "2026-11-23T24:00:00.000000Z",  # the next day's midnight under a second name
        "2026-11-23T25:00:00.000000Z",
        "2026-11-23T10:60:00.000000Z",
        "2026-06-30T23:59:60.000000Z",  # a leap second has no place in POSIX time
    ],
)
def test_an_instant_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(FormatError, match=r"^clock: found .*, expected (a date and time that exist|YYYY-MM-DD)"):
        parse_instant(text, "clock")


def test_a_moment_in_another_zone_is_the_same_instant() -> None:
    berlin = datetime(2026, 11, 23, 11, 0, tzinfo=timezone(timedelta(hours=1)))

    assert format_instant(to_micros(berlin)) == "2026-11-23T10:00:00.000000Z"


def test_a_moment_without_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"^time 2026-11-23T10:00:00 has no time zone$"):
        to_micros(datetime(2026, 11, 23, 10, 0))  # noqa: DTZ001
