"""Which status word follows from which entries: what is recorded, contested, too old."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from docgen.evidence import RANK
from docgen.status import STATUS_WORDS
from tests.docgen.builders import (
    START,
    HandLedger,
    change_body,
    digest,
    plan_body,
    risk_body,
    run_body,
    started,
    system_body,
)
from tests.docgen.minipack import judge, make_pack

RISK = {"id": "risk", "kind": "risk"}


class TestEntries:
    def test_nothing_recorded_is_not_provided(self, tmp_path: Path) -> None:
        status = judge(make_pack(tmp_path, [RISK]), started())

        assert (status.status, status.open) == ("not provided", True)
        assert status.reason == "words of risk: no entry about version 1.1 records it"
        assert status.items[0].record == "aims record risk risk.yaml --system credit-scoring@1.1 --as KEY"

    def test_an_entry_about_the_version_provides(self, tmp_path: Path) -> None:
        ledger = started()
        risk = ledger.add("risk", risk_body(system_version="1.1"))

        status = judge(make_pack(tmp_path, [RISK]), ledger)

        assert (status.status, status.reason, status.open) == ("provided", "", False)
        assert [fact.entry for fact in status.entries] == [risk]
        assert status.items[0].record == ""

    def test_an_entry_about_no_version_in_particular_provides_unless_it_must_name_one(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        needs = {"P-1": [RISK], "P-2": [{**RISK, "version": "named"}]}

        assert judge(make_pack(tmp_path, needs), ledger).status == "provided"
        assert judge(make_pack(tmp_path, [{**RISK, "version": "named"}]), ledger).status == "not provided"

    def test_evidence_of_an_earlier_version_is_stale_since_the_new_version_began(self, tmp_path: Path) -> None:
        ledger = started("1.0", "1.1")
        ledger.add("risk", risk_body(system_version="1.0"))

        status = judge(make_pack(tmp_path, [RISK]), ledger)

        assert status.status == "stale"
        assert status.reason == (
            "words of risk: risk R-1 (entry 2) is about version 1.0, and nothing is recorded for version 1.1"
        )
        since = status.items[0].since
        assert since is not None
        assert since.index == 1

    def test_evidence_of_a_later_version_provides_nothing(self, tmp_path: Path) -> None:
        ledger = started("1.0", "1.1")
        ledger.add("risk", risk_body(system_version="1.1"))

        assert judge(make_pack(tmp_path, [RISK]), ledger, "1.0").status == "not provided"

    @pytest.mark.parametrize("asked", ["so_far", "any"])
    def test_a_need_can_accept_earlier_versions(self, tmp_path: Path, asked: str) -> None:
        ledger = started("1.0", "1.1")
        ledger.add("risk", risk_body(system_version="1.0"))

        assert judge(make_pack(tmp_path, [{**RISK, "version": asked}]), ledger).status == "provided"

    def test_only_any_accepts_a_later_version(self, tmp_path: Path) -> None:
        ledger = started("1.0", "1.1")
        ledger.add("risk", risk_body(system_version="1.1"))

        assert judge(make_pack(tmp_path, [{**RISK, "version": "so_far"}]), ledger, "1.0").status == "not provided"
        assert judge(make_pack(tmp_path, [{**RISK, "version": "any"}]), ledger, "1.0").status == "provided"

    def test_an_entry_that_does_not_state_what_it_must_is_named(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("evaluation", run_body())
        need = {"id": "groups", "kind": "evaluation", "has": [{"field": "metrics.group", "filled": True, "lack": "g"}]}
        pack = make_pack(tmp_path, [need], texts='[lack]\ng = "has no result per group"')

        status = judge(pack, ledger)

        assert status.status == "not provided"
        assert status.reason == "words of groups: evaluation run-1 (entry 1) has no result per group"

    def test_without_a_text_the_missing_member_is_named(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())

        status = judge(make_pack(tmp_path, [{**RISK, "has": [{"field": "before", "filled": True}]}]), ledger)

        assert status.reason.endswith("risk R-1 (entry 1) does not state `before`")

    def test_where_chooses_and_never_complains(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body(scope="overall"))
        need = {**RISK, "where": [{"field": "scope", "is": "hazard"}]}

        assert judge(make_pack(tmp_path, [need]), ledger).reason.endswith("no entry about version 1.1 records it")

    def test_each_entry_must_pass_when_each_is_asked(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body("R-1", before={"severity": 3}))
        ledger.add("risk", risk_body("R-2"))
        one = {**RISK, "has": [{"field": "before", "filled": True}]}

        assert judge(make_pack(tmp_path, [one]), ledger).status == "provided"
        status = judge(make_pack(tmp_path, [{**one, "each": True}]), ledger)
        assert status.status == "not provided"
        assert "1 of 2 entries fall short: risk R-2 (entry 2)" in status.reason

    def test_fewer_than_the_count_is_not_enough(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())

        status = judge(make_pack(tmp_path, [{**RISK, "count": 2}]), ledger)

        assert (status.status, status.items[0].reason) == ("not provided", "1 of at least 2 entries are recorded")

    def test_the_best_of_several_alternatives_counts(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        need = {"id": "any", "any_of": [{"kind": "decision"}, {"kind": "risk"}]}

        assert judge(make_pack(tmp_path, [need]), ledger).status == "provided"

    def test_what_an_entry_names_must_be_recorded(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("evaluation", run_body(plan=None))
        covered = {"field": "metrics.metric", "found_in": [{"kind": "test_plan", "field": "metrics.metric"}]}
        pack = make_pack(tmp_path, [{"id": "m", "kind": "evaluation", "covered": [covered]}])

        before = judge(pack, ledger)
        ledger.add("test_plan", plan_body())

        assert before.items[0].reason == (
            "evaluation run-1 (entry 1) names auc, for which no test plan entry is recorded"
        )
        assert judge(pack, ledger).status == "provided"

    def test_an_item_that_is_not_required_does_not_count_against_the_point(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        needs = [RISK, {"id": "extra", "kind": "incident", "required": False}]

        status = judge(make_pack(tmp_path, needs), ledger)

        assert (status.status, [item.status for item in status.items]) == ("provided", ["provided", "not provided"])

    def test_an_item_exists_only_when_its_occasion_does(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        when = {"kind": "incident"}
        pack = make_pack(tmp_path, [RISK, {"id": "fix", "kind": "corrective_action", "when": when}])

        before = judge(pack, ledger)
        ledger.add("incident", {"incident_id": "I", "title": "t", "description": "d", "serious": "no",
                                "status": "open", "detected": "2026-09-01T08:00:00Z"})  # fmt: skip

        assert (before.status, len(before.items)) == ("provided", 1)
        assert judge(pack, ledger).status == "not provided"

    def test_true_is_not_one_and_a_default_counts_as_stated(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("applicability", {"requirement": "X", "ground": "role", "justification": "j"})
        need = {"id": "a", "kind": "applicability", "where": [{"field": "applicable", "is": False}]}

        assert judge(make_pack(tmp_path, [need]), ledger).status == "provided"


class TestConflict:
    def test_contradicting_evidence_is_a_conflict_whatever_comes_last(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        ledger.add("risk", risk_body(status="closed"))

        status = judge(make_pack(tmp_path, [RISK]), ledger)

        assert status.status == "conflict"
        assert status.reason == (
            "words of risk: risk R-1 (entry 1), risk R-1 (entry 2) say different things about the same and neither "
            "replaces the other"
        )
        assert [fact.index for fact in status.entries] == [1, 2]

    def test_a_conflict_about_another_version_leaves_this_one_alone(self, tmp_path: Path) -> None:
        ledger = started("1.0", "1.1")
        ledger.add("ai_system", system_body("1.0", status="retired"))
        need = {"id": "profile", "kind": "ai_system", "version": "named"}

        assert judge(make_pack(tmp_path, [need]), ledger, "1.1").status == "provided"
        assert judge(make_pack(tmp_path, [need]), ledger, "1.0").status == "conflict"

    def test_an_alternative_in_conflict_is_not_hidden_by_one_that_is_missing(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        ledger.add("risk", risk_body(status="closed"))
        need = {"id": "any", "any_of": [{"kind": "risk"}, {"kind": "incident"}]}
        pack = make_pack(tmp_path, [need])

        assert judge(pack, ledger).status == "conflict"
        other = make_pack(tmp_path, [{"id": "any", "any_of": [{"kind": "risk"}, {"kind": "ai_system"}]}])
        assert judge(other, ledger).status == "provided"

    def test_it_goes_before_every_other_word(self) -> None:
        assert set(RANK) == set(STATUS_WORDS)
        assert (RANK[0], RANK[-1]) == ("conflict", "provided")


class TestFreshness:
    def judged(self, tmp_path: Path, ledger: HandLedger, days: int, **need: Any) -> str:
        ledger.now = START + timedelta(days=days)
        return judge(make_pack(tmp_path, [{**RISK, **need}]), ledger).status

    @pytest.mark.parametrize(("days", "word"), [(30, "provided"), (31, "stale")])
    def test_evidence_older_than_the_pack_s_limit_is_stale(self, tmp_path: Path, days: int, word: str) -> None:
        ledger = started()
        ledger.add("risk", risk_body())

        assert self.judged(tmp_path, ledger, days, fresh_days=30) == word

    def test_the_organisation_s_policy_shortens_the_limit_and_cannot_lengthen_it(self, tmp_path: Path) -> None:
        for policy, word in ((10, "stale"), (1000, "provided")):
            ledger = started()
            ledger.add("risk", risk_body())
            body = {"action": "created", "policy": {"roles": {}, "freshness": {"risk": policy}}}
            ledger.add("ledger", body, subject="ledger", valid=False)

            assert self.judged(tmp_path, ledger, 20, fresh_days=30) == word
        assert self.judged(tmp_path, ledger, 31, fresh_days=30) == "stale"

    def test_the_reason_says_since_when_and_by_whose_rule(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        ledger.now = START + timedelta(days=40)

        item = judge(make_pack(tmp_path, [{**RISK, "fresh_days": 30}]), ledger).items[0]

        assert item.reason == (
            "risk R-1 (entry 1) is of 2026-09-01, older than 30 days when the ledger stood here (the document's rule)"
        )
        assert item.since is not None

    def test_age_counts_from_when_it_happened_not_from_when_it_was_recorded(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body(), happened=START - timedelta(days=300))

        assert self.judged(tmp_path, ledger, 1, fresh_days=30) == "stale"

    @pytest.mark.parametrize(("due", "word"), [("2026-09-11", "provided"), ("2026-09-10", "stale")])
    def test_a_date_of_the_entry_itself_ends_it_on_the_day_after(self, tmp_path: Path, due: str, word: str) -> None:
        ledger = started()
        ledger.add("risk", risk_body(review_due=due))

        assert self.judged(tmp_path, ledger, 10, due_field="review_due") == word

    def test_one_fresh_entry_is_enough_unless_each_must_be(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body("R-1"), happened=START - timedelta(days=300))
        ledger.add("risk", risk_body("R-2"))

        assert self.judged(tmp_path, ledger, 1, fresh_days=30) == "provided"
        assert self.judged(tmp_path, ledger, 1, fresh_days=30, each=True) == "stale"

    def test_evidence_from_before_the_change_is_stale_since_the_change(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        change = ledger.add("model_change", change_body())

        item = judge(make_pack(tmp_path, [{**RISK, "after": "model_change"}]), ledger).items[0]

        assert (item.status, item.since.entry if item.since else None) == ("stale", change)

    @pytest.mark.parametrize(("tested", "word"), [("same", "provided"), ("other", "stale")])
    def test_the_digest_of_the_model_tested_says_more_than_order(self, tmp_path: Path, tested: str, word: str) -> None:
        ledger = started()
        model = {"model_id": "m", "version": "1", "digest": digest(tested)}
        ledger.add("evaluation", run_body(plan=None, model=model))
        ledger.add("model_change", change_body(model="same"))
        need = {"id": "run", "kind": "evaluation", "after": "model_change"}

        assert judge(make_pack(tmp_path, [need]), ledger).status == word

    def test_no_clock_is_read(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body(), happened=datetime(1999, 1, 1, tzinfo=UTC))
        ledger.now = datetime(1999, 1, 20, tzinfo=UTC)

        assert judge(make_pack(tmp_path, [{**RISK, "fresh_days": 30}]), ledger).status == "provided"
