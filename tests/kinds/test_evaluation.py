"""Test plans and evaluations: numbers that can be checked, limits that were set beforehand."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.kinds import Actor, Evaluation, Group, Interval, Metric, TestPlan, validate_body
from tests.kinds.bodies import REMOVED, accept, changed, refuse
from tests.kinds.credit import EVALUATION, TEST_PLAN

Changes = dict[str, Any]


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"metrics.0.justification": REMOVED}, "metrics[0].justification"),
        ({"metrics.0.definition": REMOVED}, "metrics[0].definition"),
        ({"metrics.0.threshold": "20 %"}, "metrics[0].threshold"),
        ({"metrics.0.direction": "below"}, "metrics[0].direction"),
        ({"due": REMOVED}, "due"),
        ({"due": "2026-03-20T00:00:00Z"}, "due"),
        ({"repeat_days": 0}, "repeat_days"),
        ({"types": []}, "types"),
        ({"metrics": REMOVED}, "metrics"),
    ],
)
def test_a_plan_says_why_each_metric_fits_and_when_the_test_is_due(changes: Changes, place: str) -> None:
    assert refuse("test_plan", changed(TEST_PLAN, changes)).place == place


def test_a_metric_may_be_observed_without_a_limit() -> None:
    observed = changed(TEST_PLAN, {"metrics.0.threshold": REMOVED, "metrics.0.direction": REMOVED})

    accept("test_plan", observed)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"responsible": REMOVED}, "responsible"),
        ({"responsible.id": REMOVED}, "responsible.id"),
        ({"metrics.0.n": REMOVED}, "metrics[0].n"),
        ({"metrics.0.n": 300.5}, "metrics[0].n"),
        ({"metrics.0.value": "0.79"}, "metrics[0].value"),
        ({"metrics.1.interval.level": 95}, "metrics[1].interval.level"),
        ({"metrics.1.interval.method": REMOVED}, "metrics[1].interval.method"),
        ({"metrics.1.group": "under 25"}, "metrics[1].group"),
        ({"metrics.1.passed": "no"}, "metrics[1].passed"),
        ({"result": "ok"}, "result"),
        ({"datasets.0.digest": "b2"}, "datasets[0].digest"),
    ],
)
def test_an_evaluation_is_refused_without_its_person_its_numbers_or_their_basis(changes: Changes, place: str) -> None:
    assert refuse("evaluation", changed(EVALUATION, changes)).place == place


def test_findings_stand_in_for_numbers_in_a_red_team_run() -> None:
    accept("evaluation", EVALUATION | {"types": ["red_team"], "metrics": [], "findings": [{"finding": "None."}]})


def test_a_metric_of_a_group_and_the_overall_one_have_the_same_shape() -> None:
    overall = Metric(metric="recall", value=0.8, n=300)
    group = Metric(
        metric="recall", value=0.7, n=57, group=Group(attribute="sex", value="female"),
        interval=Interval(low=0.6, high=0.8, level=0.95, method="Wilson"), threshold=0.75, direction="at_least",
        passed=False,
    )  # fmt: skip

    made = Evaluation(
        evaluation_id="e", types=["bias"], protocol="p", metrics=[overall, group], result="failed",
        responsible=Actor(id="p-1"),
    )  # fmt: skip

    assert validate_body("evaluation", made.to_data()) == made


def test_a_whole_number_is_a_measured_value_too() -> None:
    accept("evaluation", changed(EVALUATION, {"metrics.0.value": 1, "metrics.1.interval.low": 0}))


def test_pytest_does_not_take_the_plan_for_a_test() -> None:
    assert TestPlan.__test__ is False
    assert "__test__" not in TestPlan.model_fields
