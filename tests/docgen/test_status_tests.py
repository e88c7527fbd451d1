"""Tests by their plans and runs: no test defined, never run, failed, and the ways around them."""

from datetime import timedelta
from pathlib import Path

from tests.docgen.builders import (
    START,
    HandLedger,
    change_body,
    plan_body,
    run_body,
    started,
)
from tests.docgen.minipack import judge, make_pack

TEST = {"id": "test", "test": {"types": ["accuracy"]}}


class TestTests:
    def judged(self, tmp_path: Path, ledger: HandLedger) -> tuple[str, str]:
        item = judge(make_pack(tmp_path, [TEST]), ledger).items[0]
        return item.status, item.reason

    def test_without_a_plan_no_test_is_defined(self, tmp_path: Path) -> None:
        status, reason = self.judged(tmp_path, started())

        assert (status, reason) == ("no test defined", "no test plan for accuracy is recorded for version 1.1")

    def test_a_run_without_a_plan_shows_nothing_beforehand(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("evaluation", run_body(plan=None))

        status, reason = self.judged(tmp_path, ledger)

        assert (status, "answers no test plan" in reason) == ("no test defined", True)

    def test_a_plan_without_a_run_was_never_run(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())

        status, reason = self.judged(tmp_path, ledger)

        assert status == "never run"
        assert reason == "test plan plan-1 (entry 1), due on 2026-12-31, has no evaluation of version 1.1"

    def test_a_run_of_the_version_before_does_not_answer(self, tmp_path: Path) -> None:
        ledger = started("1.0", "1.1")
        ledger.add("test_plan", plan_body(version=None))
        ledger.add("evaluation", run_body(version="1.0"))

        assert self.judged(tmp_path, ledger)[0] == "never run"

    def test_a_plan_followed_by_its_run_is_provided(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body())

        assert self.judged(tmp_path, ledger) == ("provided", "")

    def test_a_reference_answers_as_well_as_an_id_also_to_a_plan_since_replaced(self, tmp_path: Path) -> None:
        ledger = started()
        plan = ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body(plan=None), refs=(("answers", plan),))
        ledger.add("test_plan", plan_body(acceptance="all"), refs=(("supersedes", plan),))

        assert self.judged(tmp_path, ledger)[0] == "provided"

    def test_a_plan_recorded_after_its_run_was_not_set_beforehand(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("evaluation", run_body())
        ledger.add("test_plan", plan_body())

        status, reason = self.judged(tmp_path, ledger)

        assert (status, "came after" in reason) == ("no test defined", True)

    def test_a_plan_that_says_itself_that_it_is_younger_was_not_either(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body(), happened=START)
        ledger.add("evaluation", run_body(), happened=START - timedelta(days=1))

        assert self.judged(tmp_path, ledger)[0] == "no test defined"

    def test_a_missed_limit_fails_whatever_the_run_says(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body(value=0.65, result="passed"))

        status, reason = self.judged(tmp_path, ledger)

        assert status == "failed"
        assert reason == "evaluation run-1 (entry 2) missed its limits: auc is 0.65, limit at least 0.7"

    def test_a_run_cannot_move_the_limit_of_its_plan(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        metric = {"metric": "auc", "value": 0.65, "n": 300, "threshold": 0.5, "direction": "at_least", "passed": True}
        ledger.add("evaluation", run_body(metrics=[metric]))

        assert self.judged(tmp_path, ledger)[0] == "failed"

    def test_a_run_that_calls_itself_failed_is_never_raised(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body(value=0.9, result="failed"))

        assert self.judged(tmp_path, ledger) == ("failed", "evaluation run-1 (entry 2) failed")

    def test_a_run_without_conclusion_provides_nothing(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body(result="inconclusive"))

        assert self.judged(tmp_path, ledger)[0] == "not provided"

    def test_a_metric_that_was_promised_and_left_out_is_missed(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body(metrics=[{"metric": "accuracy", "value": 0.9, "n": 300}]))

        status, reason = self.judged(tmp_path, ledger)

        assert (status, "does not report auc" in reason) == ("not provided", True)

    def test_a_number_on_too_few_cases_is_neither_met_nor_missed(self, tmp_path: Path) -> None:
        ledger = started()
        metric = {**plan_body()["metrics"][0], "smallest_n": 1000}
        ledger.add("test_plan", plan_body(metrics=[metric]))
        ledger.add("evaluation", run_body(value=0.1))

        status, reason = self.judged(tmp_path, ledger)

        assert (status, "rests on 300 cases" in reason) == ("not provided", True)

    def test_a_limit_on_the_interval_needs_all_of_it(self, tmp_path: Path) -> None:
        metric = {**plan_body()["metrics"][0], "judged_on": "interval"}
        interval = {"low": 0.69, "high": 0.85, "level": 0.95, "method": "Wilson"}
        ledger = started()
        ledger.add("test_plan", plan_body(metrics=[metric]))
        ledger.add("evaluation", run_body(metrics=[{"metric": "auc", "value": 0.8, "n": 9, "interval": interval}]))

        assert self.judged(tmp_path, ledger)[0] == "failed"

    def test_the_newest_run_decides_and_earlier_ones_stay_in_view(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body("run-1", value=0.5))
        ledger.add("evaluation", run_body("run-2", value=0.9))

        item = judge(make_pack(tmp_path, [TEST]), ledger).items[0]

        assert (item.status, [fact.index for fact in item.entries]) == ("provided", [1, 2, 3])

    def test_every_plan_must_be_answered(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body("plan-1"))
        ledger.add("evaluation", run_body())
        ledger.add("test_plan", plan_body("plan-2"))

        assert self.judged(tmp_path, ledger)[0] == "never run"

    def test_a_test_to_be_repeated_grows_stale(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body(repeat_days=30))
        ledger.add("evaluation", run_body())
        ledger.now = START + timedelta(days=31)

        status, reason = self.judged(tmp_path, ledger)

        assert (status, "asks for a run every 30 days" in reason) == ("stale", True)

    def test_a_run_before_the_last_change_is_stale(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body())
        ledger.add("model_change", change_body())

        assert self.judged(tmp_path, ledger)[0] == "stale"

    def test_two_runs_of_one_name_contradict(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        ledger.add("evaluation", run_body(value=0.5))
        ledger.add("evaluation", run_body(value=0.9))

        assert self.judged(tmp_path, ledger)[0] == "conflict"

    def test_a_test_of_another_type_answers_nothing(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body("plan-1", "robustness"))
        ledger.add("evaluation", run_body("run-1", "robustness"))

        assert self.judged(tmp_path, ledger)[0] == "no test defined"
