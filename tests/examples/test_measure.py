"""Measuring: intervals, groups and thresholds, checked against values worked out elsewhere."""

from __future__ import annotations

import pytest
from measure import (
    SMALLEST_GROUP,
    Candidate,
    Groups,
    choose_threshold,
    gap_names,
    mean_cost,
    wilson,
)

LARGE = Groups(
    labels=("a",) * 40 + ("b",) * 40,
    good=(True,) * 30 + (False,) * 10 + (True,) * 20 + (False,) * 20,
    approved=(True,) * 30 + (False,) * 10 + (True,) * 10 + (False,) * 30,
)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson_intervals_are_those_of_the_literature(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)


def test_a_bad_risk_approved_costs_five_times_a_good_one_declined() -> None:
    assert mean_cost([True, False, True, False], [False, True, True, False]) == (5 + 1) / 4


def test_ratios_and_differences_counted_by_hand_are_those_of_fairlearn() -> None:
    ratio, opportunity = gap_names("group")

    assert LARGE.quick_gaps("group") == pytest.approx(LARGE.gaps("group"))
    assert LARGE.gaps("group")[ratio] == pytest.approx((10 / 40) / (30 / 40))
    assert LARGE.gaps("group")[opportunity] == pytest.approx(30 / 30 - 10 / 20)


def test_a_group_below_thirty_cases_judges_nothing() -> None:
    small = SMALLEST_GROUP - 1
    groups = Groups(
        labels=LARGE.labels + ("c",) * small,
        good=LARGE.good + (True,) * small,
        approved=LARGE.approved + (False,) * small,
    )

    assert set(groups.of_at_least(SMALLEST_GROUP).labels) == {"a", "b"}
    assert groups.of_at_least(SMALLEST_GROUP).gaps("group") == LARGE.gaps("group")


def test_rates_rest_on_the_cases_that_can_show_them() -> None:
    assert LARGE.counted("b") == {
        "approval_rate": 40,
        "true_positive_rate": 20,
        "false_positive_rate": 20,
        "accuracy": 40,
    }


def test_the_threshold_is_the_cheapest_whose_groups_are_close_enough() -> None:
    candidates = (
        Candidate(0.5, 1.0, 0.8, {"age": 0.9}),
        Candidate(0.6, 0.8, 0.7, {"age": 0.8}),
        Candidate(0.7, 0.6, 0.5, {"age": 0.79}),
    )

    assert choose_threshold(candidates, 0.8).threshold == 0.6
