"""What templates get: bodies by name, erased values said, contradictions by member, numbers side by side."""

from dataclasses import replace
from typing import Any

import pytest
from jinja2 import TemplateRuntimeError

from docgen.dossier import FoldRules, fold_dossier
from docgen.facts import Facts
from docgen.figures import figure
from docgen.record import ErasedValue, plain, record_of
from docgen.results import by_group
from ledger.entry import ErasedMember
from tests.docgen.builders import (
    ORGANISATION,
    SYSTEM,
    HandLedger,
    digest,
    document_body,
    plan_body,
    risk_body,
    run_body,
    started,
)
from tests.docgen.eu_ledger import dataset_body, evaluation_body

RULES = FoldRules({"ai_decision": ()}, 7, {})


def facts_of(ledger: HandLedger, version: str = "1.1") -> Facts:
    return Facts(fold_dossier(ledger, RULES, SYSTEM, version), {})


class TestRecord:
    def test_members_are_read_by_their_names_and_absent_ones_are_what_absence_means(self) -> None:
        ledger = started()
        risk = record_of(ledger.add("risk", risk_body(before={"severity": 3})), {})

        assert (risk["hazard"], risk["before"]["severity"]) == ("Good applicants are refused.", 3)
        assert (risk["owner"], risk["scope"], risk["artefacts"]) == (None, "hazard", ())
        assert risk["before"]["likelihood"] is None

    def test_a_name_the_schema_does_not_have_is_an_error_at_every_depth(self) -> None:
        risk = record_of(started().add("risk", risk_body(before={"severity": 3})), {})

        for record, name in ((risk, "hazzard"), (risk["before"], "sverity"), (risk, "_sd")):
            with pytest.raises(KeyError, match=name):
                record[name]

    def test_members_may_be_called_like_methods(self) -> None:
        change = {"change_id": "c", "to_version": "1.1", "description": "d", "reason": "r",
                  "items": [{"item": "model", "name": "m"}],
                  "substantial_modification": {"answer": False, "reason": "r"}}  # fmt: skip
        record = record_of(started().add("model_change", change), {})

        assert record["items"][0]["name"] == "m"
        assert not hasattr(record, "items")

    @pytest.mark.parametrize(
        ("path", "where"),
        [("/owner/name", ("owner", "name")), ("/contact/email", ("contact", "email"))],
    )
    def test_an_erased_member_reads_as_erased_wherever_it_was(self, path: str, where: tuple[str, str]) -> None:
        ledger = started()
        kind = "ai_system" if where[0] == "owner" else "party"
        body: dict[str, Any] = {"party_id": "p", "name": "P", "roles": ["provider"], "contact": {"function": "desk"}}
        entry = ledger.add("party", body) if kind == "party" else ledger.held[0]
        entry = replace(entry, erased=(ErasedMember(path, 99),))

        value = record_of(entry, {})[where[0]][where[1]]

        assert isinstance(value, ErasedValue)
        assert value == "erased (entry 99)"

    def test_an_erased_member_of_a_list_element_stays_in_its_place(self) -> None:
        incident = {"incident_id": "I", "title": "t", "description": "d", "serious": "no", "status": "open",
                    "detected": "2026-09-01T08:00:00Z", "affected_persons": [{"id": "a"}, {"id": "b"}]}  # fmt: skip
        entry = started().add("incident", incident)
        entry = replace(entry, erased=(ErasedMember("/affected_persons/1/name", 7),))

        persons = record_of(entry, {})["affected_persons"]

        assert [(one["id"], one["name"]) for one in persons] == [("a", None), ("b", "erased (entry 7)")]

    def test_the_words_for_erased_come_from_the_language(self) -> None:
        entry = replace(started().held[0], erased=(ErasedMember("/owner/name", 3),))

        assert record_of(entry, {"reason.erased": "gelöscht ({index})"})["owner"]["name"] == "gelöscht (3)"

    def test_free_values_become_one_line(self) -> None:
        assert plain({"C": 1.0, "classes": ["a", "b"], "deep": {"x": None, "y": True}}) == (
            "C: 1.0, classes: a, b, deep: x: null, y: true"
        )


class TestSelecting:
    def test_of_so_far_all_and_other_versions(self) -> None:
        ledger = started("1.0", "1.1", "1.2")
        for number, version in enumerate(("1.0", "1.1", "1.2", None)):
            ledger.add("risk", risk_body(f"R-{number}", **({"system_version": version} if version else {})))
        facts = facts_of(ledger)

        def ids(found: Any) -> list[str]:
            return [fact["risk_id"] for fact in found]

        assert ids(facts.of("risk")) == ["R-1", "R-3"]
        assert ids(facts.so_far("risk")) == ["R-0", "R-1", "R-3"]
        assert ids(facts.all("risk")) == ["R-0", "R-1", "R-2", "R-3"]
        assert ids(facts.other_versions("risk")) == ["R-0", "R-2"]

    def test_filters_look_into_lists_and_accept_several_values(self) -> None:
        ledger = started()
        ledger.add("document", document_body("a", "policy"))
        ledger.add("document", document_body("b", "plan"))
        ledger.add("document", document_body("c", "report", requirements=["AnnexIV-7", "A.2.2"]))
        facts = facts_of(ledger)

        assert len(facts.of("document", document_type=("policy", "plan"))) == 2
        assert len(facts.of("document", requirements="A.2.2")) == 1
        assert len(facts.of("document", **{"artefacts.role": "document"})) == 3

    def test_a_filter_sees_what_absence_means(self) -> None:
        ledger = started()
        ledger.add("risk", risk_body())

        assert len(facts_of(ledger).of("risk", scope="hazard")) == 1

    def test_asking_for_an_unknown_kind_or_member_fails(self) -> None:
        facts = facts_of(started())

        with pytest.raises(TemplateRuntimeError, match="no such kind: 'risks'"):
            facts.of("risks")
        with pytest.raises(TemplateRuntimeError, match="risk has no member 'scop'"):
            facts.of("risk", scop="hazard")

    def test_contradicting_facts_are_in_no_answer_but_in_conflicts(self) -> None:
        ledger = started()
        ledger.add("risk", risk_body(status="treated", owner="a"))
        ledger.add("risk", risk_body(status="closed", owner="a"))
        facts = facts_of(ledger)

        conflict = facts.conflicts()[0]
        assert (facts.of("risk"), facts.one("risk")) == ((), None)
        assert (conflict.identity, [rival.index for rival in conflict.rivals]) == ("R-1", [1, 2])
        assert conflict.differences == (("status", ("treated", "closed")),)

    def test_parties_are_found_among_organisation_wide_entries_and_count_for_nothing(self) -> None:
        ledger = started()
        party = {"party_id": "bank", "name": "Bank AG", "roles": ["provider"]}
        ledger.add("party", party, subject=ORGANISATION)
        facts = facts_of(ledger)

        found = facts.party("bank")
        assert found is not None
        assert found["name"] == "Bank AG"
        assert facts.of("party") == ()
        assert facts.party(None) is None

    def test_history_names_what_was_replaced_and_by_statement_finds_it(self) -> None:
        ledger = started()
        first = ledger.add("risk", risk_body(status="assessed"))
        second = ledger.add("risk", risk_body(status="treated"), refs=(("supersedes", first),))
        facts = facts_of(ledger)

        current = facts.one("risk")
        assert current is not None
        assert [old.index for old in facts.history(current)] == [first.index]
        old = facts.by_statement(first.statement)
        assert old is not None
        assert old.meta.replaced_by == second


class TestNumbers:
    def test_versions_stand_side_by_side_and_a_missing_number_is_no_number(self) -> None:
        ledger = started("1.0", "1.1")
        for version in ("1.0", "1.1"):
            ledger.add("evaluation", evaluation_body("bias", version))
        ledger.add("evaluation", run_body("extra", "bias", plan=None, metrics=[{"metric": "f1", "value": 1, "n": 2}]))

        table = facts_of(ledger).results("bias")

        assert table.versions == ("1.0", "1.1")
        assert [(row.metric, row.group, [len(cell) for cell in row.cells]) for row in table.rows] == [
            ("auc", "", [1, 1]),
            ("auc", "sex: female", [1, 1]),
            ("f1", "", [0, 1]),
        ]

    def test_two_runs_of_one_version_are_both_shown(self) -> None:
        ledger = started()
        ledger.add("evaluation", run_body("run-1", value=0.5))
        ledger.add("evaluation", run_body("run-2", value=0.9))

        assert [result.value for result in facts_of(ledger).results().rows[0].cells[0]] == [0.5, 0.9]

    def test_later_versions_stay_out(self) -> None:
        ledger = started("1.0", "1.1")
        ledger.add("evaluation", evaluation_body("bias", "1.1"))

        assert facts_of(ledger, "1.0").results().rows == ()

    def test_known_gaps_of_the_data_stand_beside_the_groups_they_touch(self) -> None:
        ledger = started()
        body = dataset_body()
        body["gaps"] = [
            {"gap": "The sex code is unsound."},
            {"gap": "Prices of 1973."},
            {"gap": "Sexism is not a word."},
        ]
        ledger.add("dataset_lineage", body)
        ledger.add("evaluation", evaluation_body("bias", "1.1"))
        facts = facts_of(ledger)

        run = facts.one("evaluation")
        assert run is not None
        assert [gap["gap"] for _, gap in facts.caveats(run)] == ["The sex code is unsound."]

    def test_gaps_of_data_that_a_run_did_not_use_do_not(self) -> None:
        ledger = started()
        ledger.add("dataset_lineage", {**dataset_body(), "dataset_version": "2"})
        ledger.add("evaluation", evaluation_body("bias", "1.1"))
        facts = facts_of(ledger)

        run = facts.one("evaluation")
        assert run is not None
        assert facts.caveats(run) == ()

    def test_a_limit_of_the_plan_is_marked_as_set_beforehand_and_a_run_s_own_is_not(self) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        own = {"metric": "f1", "value": 0.9, "n": 300, "threshold": 0.5, "direction": "at_least"}
        ledger.add("evaluation", run_body(metrics=[{"metric": "auc", "value": 0.8, "n": 300}, own]))

        rows = facts_of(ledger).trials("accuracy")[0].rows

        assert [(row.metric, row.limit.value, row.limit.beforehand, row.met) for row in rows if row.limit] == [
            ("auc", 0.7, True, True),
            ("f1", 0.5, False, True),
        ]

    def test_a_limit_over_all_cases_does_not_judge_groups(self) -> None:
        ledger = started()
        ledger.add("test_plan", plan_body())
        group = {"metric": "auc", "value": 0.2, "n": 3, "group": {"attribute": "sex", "value": "x"}}
        ledger.add("evaluation", run_body(metrics=[{"metric": "auc", "value": 0.8, "n": 300}, group]))

        trial = facts_of(ledger).trials()[0]

        assert (trial.status, [row.met for row in trial.rows]) == ("provided", [True, None])

    def test_groups_become_rows_and_at_most_four_metrics_a_table(self) -> None:
        ledger = started()
        metrics = [
            {"metric": f"m{number}", "value": 0.5, "n": 9, "group": {"attribute": "age", "value": value}}
            for number in range(5)
            for value in ("young", "old")
        ]
        ledger.add("evaluation", run_body(plan=None, metrics=metrics))

        tables = by_group(facts_of(ledger).trials()[0].rows)

        assert [table.metrics for table in tables] == [("m0", "m1", "m2", "m3"), ("m4",)]
        assert [group for group, _ in tables[0].rows] == ["age: young", "age: old"]

    @pytest.mark.parametrize(
        ("value", "text"),
        [(0.75, "0.75"), (0.123456, "0.1235"), (12345.678, "12346"), (0.0, "0"), (3, "3"), (-0.05, "-0.05"),
         (0.00001234, "0.00001234"), (1e20, "100000000000000000000"), (0.99996, "1")],
    )  # fmt: skip
    def test_figures_have_four_digits_and_no_exponent(self, value: float, text: str) -> None:
        assert figure(value) == text


def test_an_approval_shows_who_and_whether_only_the_author() -> None:
    ledger = started()
    paper = ledger.add("document", document_body("a", "policy"), by="anna")
    ledger.approve(paper, by="anna")
    ledger.add("approval", {"decision": "approved", "scope": "document", "digest": digest("a")}, by="bert")
    facts = facts_of(ledger)

    fact = facts.one("document")
    assert fact is not None
    assert [(one.approval.meta.signers, one.by_author) for one in facts.approvals(fact)] == [
        ("anna (approver)", True),
        ("bert (compliance)", False),
    ]
