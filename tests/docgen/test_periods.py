"""Periods in days: the calendar as target, Regulation 1182/71 as limit."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen.periods import period_end


@pytest.mark.parametrize(
    ("event", "days", "target", "limit"),
    [
        ("2026-11-02T09:00:00Z", 15, "2026-11-17", "2026-11-17"),  # Monday to Tuesday
        ("2026-11-06T09:00:00Z", 15, "2026-11-21", "2026-11-23"),  # ends on a Saturday
        ("2026-11-07T09:00:00Z", 15, "2026-11-22", "2026-11-23"),  # ends on a Sunday
        ("2026-11-06T23:59:59Z", 2, "2026-11-08", "2026-11-10"),  # a weekend holds no working day: two follow
        ("2026-11-05T00:00:00Z", 2, "2026-11-07", "2026-11-09"),  # Friday counts, then Monday
        ("2026-11-03T12:00:00Z", 2, "2026-11-05", "2026-11-05"),
        ("2026-11-06T12:00:00Z", 1, "2026-11-07", "2026-11-09"),  # one day: no two working days are asked for
        ("2026-12-31T23:00:00Z", 10, "2027-01-10", "2027-01-11"),
    ],
)
def test_known_ends(event: str, days: int, target: str, limit: str) -> None:
    end = period_end(event, days)

    assert (end.target, end.limit) == (target, limit)


@given(st.dates(date(2025, 1, 1), date(2040, 1, 1)), st.integers(2, 40))
def test_the_limit_is_a_working_day_with_two_in_the_period_and_never_before_the_target(day: date, days: int) -> None:
    end = period_end(f"{day.isoformat()}T12:00:00Z", days)
    last = date.fromisoformat(end.limit)

    inside = [day + timedelta(days=n) for n in range(1, (last - day).days + 1)]
    assert last >= date.fromisoformat(end.target) == day + timedelta(days=days)
    assert last.weekday() < 5
    assert sum(one.weekday() < 5 for one in inside) >= 2
    assert (last - date.fromisoformat(end.target)).days <= 3


@pytest.mark.parametrize(("event", "days"), [("soon", 2), ("2026-11-06T12:00:00Z", 0)])
def test_what_is_no_time_or_no_period_is_refused(event: str, days: int) -> None:
    with pytest.raises(ValueError, match=r"soon|0 days"):
        period_end(event, days)
