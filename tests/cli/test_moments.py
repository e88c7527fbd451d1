"""Times on the command line: never a guessed zone."""

from datetime import UTC, datetime

import pytest

from cli.moments import format_moment, parse_moment
from ledger.errors import BadInput


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T09:00:00Z",
        "2026-11-23T10:00:00+01:00",
        "2026-11-23 09:00:00Z",
        "20261123T090000Z",
        "2026-11-22T23:00-10:00",
    ],
)
def test_a_time_with_its_zone_is_one_instant(text: str) -> None:
    assert parse_moment(text) == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert format_moment(parse_moment(text)) == "2026-11-23T09:00:00.000000Z"


@pytest.mark.parametrize("text", ["2026-11-23T09:00:00", "2026-11-23", "2026-11-23 09:00"])
def test_a_time_without_a_zone_is_refused_with_the_two_ways_to_write_it(text: str) -> None:
    with pytest.raises(
        BadInput, match=r"no time zone, expected Z \(UTC\) or an offset; write 2026-11-23T0[09]:00:00Z if"
    ):
        parse_moment(text)


@pytest.mark.parametrize(
    "text", ["", "now", "2026-02-30T00:00:00Z", "23.11.2026", "2026-11-23T25:00:00Z", "1764000000"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="expected a time like 2026-11-23T10:00:00Z"):
        parse_moment(text)
