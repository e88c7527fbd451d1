"""What counts as a fact: who may replace whom, what contradicts, what is about which system and version."""

from datetime import timedelta

import pytest

from docgen.dossier import Dossier, FoldRules, fold_dossier
from docgen.errors import DocgenError
from ledger.entry import Entry
from tests.docgen.builders import (
    ORGANISATION,
    START,
    SYSTEM,
    HandLedger,
    count_by_reading,
    document_body,
    risk_body,
    system_body,
)

RULES = FoldRules(bulk={"ai_decision": ("outcome",), "runtime_log": ()}, late_days=7, late_days_by_kind={"risk": 1})


def fold(ledger: HandLedger, system: str = SYSTEM, version: str = "1.1") -> Dossier:
    return fold_dossier(ledger, RULES, system, version)


def standing(dossier: Dossier) -> list[int]:
    return [fact.index for fact in dossier.facts]


def started() -> HandLedger:
    ledger = HandLedger()
    ledger.add("ai_system", system_body())
    return ledger


def decision(number: int, **more: object) -> dict[str, object]:
    model = {"model_id": "m", "version": "1"}
    return {"decision_id": f"d-{number}", "model": model, "replayed": True, "system_version": "1.1", **more}


class TestReplacing:
    def test_a_superseding_entry_of_the_same_identity_replaces(self) -> None:
        ledger = started()
        first = ledger.add("risk", risk_body())
        second = ledger.add("risk", risk_body(status="treated"), refs=(("supersedes", first),))

        dossier = fold(ledger)

        assert standing(dossier) == [0, second.index]
        assert dossier.facts[1].replaces == (first,)
        assert dossier.replaced_by[first.statement] is second

    def test_a_chain_leaves_its_last_link_and_remembers_the_others_oldest_first(self) -> None:
        ledger = started()
        links: list[Entry] = []
        for status in ("identified", "assessed", "treated", "accepted"):
            refs = (("supersedes", links[-1]),) if links else ()
            links.append(ledger.add("risk", risk_body(status=status), refs=refs))

        dossier = fold(ledger)

        assert standing(dossier) == [0, links[-1].index]
        assert dossier.facts[1].replaces == tuple(links[:-1])

    @pytest.mark.parametrize("rel", ["about", "derived_from", "responds_to", "evidence_for", "approves", "answers"])
    def test_no_other_reference_replaces(self, rel: str) -> None:
        ledger = started()
        first = ledger.add("risk", risk_body())
        ledger.add("risk", risk_body(), refs=((rel, first),))

        dossier = fold(ledger)

        assert [[rival.index for rival in conflict.rivals] for conflict in dossier.conflicts] == [[1, 2]]

    def test_superseding_something_else_replaces_nothing(self) -> None:
        ledger = started()
        first = ledger.add("risk", risk_body("R-1"))
        ledger.add("risk", risk_body("R-2"), refs=(("supersedes", first),))

        assert standing(fold(ledger)) == [0, 1, 2]

    def test_a_new_version_of_the_system_does_not_replace_the_old_one(self) -> None:
        ledger = HandLedger()
        old = ledger.add("ai_system", system_body("1.0"))
        ledger.add("ai_system", system_body("1.1"), refs=(("supersedes", old),))

        assert standing(fold(ledger, version="1.0")) == [0, 1]

    def test_a_correction_may_mend_the_identity(self) -> None:
        ledger = started()
        wrong = ledger.add("risk", risk_body("R-l"))
        right = ledger.add("risk", risk_body("R-1"), refs=(("corrects", wrong),))

        assert standing(fold(ledger)) == [0, right.index]

    def test_an_entry_of_another_kind_replaces_nothing(self) -> None:
        ledger = started()
        risk = ledger.add("risk", risk_body())
        decided = {"decision_id": "D-1", "topics": ["other"], "title": "t", "decision": "d", "reason": "r"}
        ledger.add("decision", decided, refs=(("corrects", risk),))

        assert standing(fold(ledger)) == [0, 1, 2]

    def test_an_entry_about_another_system_replaces_nothing(self) -> None:
        ledger = started()
        risk = ledger.add("risk", risk_body())
        ledger.add("ai_system", system_body(), subject="other-system")
        ledger.add("risk", risk_body(), subject="other-system", refs=(("supersedes", risk),))

        assert standing(fold(ledger)) == [0, 1]

    def test_what_comes_later_does_not_win(self) -> None:
        ledger = started()
        ledger.add("risk", risk_body(status="accepted"))
        ledger.add("risk", risk_body(status="closed"), happened=START + timedelta(days=1))

        dossier = fold(ledger)

        assert standing(dossier) == [0]
        assert dossier.conflicts[0].identity == (("risk_id", "R-1"),)

    def test_two_heirs_of_one_fact_contradict_each_other(self) -> None:
        ledger = started()
        first = ledger.add("risk", risk_body())
        ledger.add("risk", risk_body(status="treated"), refs=(("supersedes", first),))
        ledger.add("risk", risk_body(status="closed"), refs=(("supersedes", first),))

        dossier = fold(ledger)

        assert [rival.index for rival in dossier.conflicts[0].rivals] == [2, 3]

    def test_one_entry_settles_a_conflict_by_superseding_both(self) -> None:
        ledger = started()
        rivals = [ledger.add("risk", risk_body(status=status)) for status in ("treated", "closed")]
        last = ledger.add("risk", risk_body(), refs=tuple(("supersedes", rival) for rival in rivals))

        dossier = fold(ledger)

        assert (standing(dossier), dossier.conflicts) == ([0, last.index], ())

    def test_entries_without_identity_never_contradict(self) -> None:
        ledger = started()
        risk = ledger.add("risk", risk_body())
        ledger.approve(risk, by="anna")
        ledger.approve(risk, by="bert")

        assert fold(ledger).conflicts == ()

    def test_a_document_in_two_languages_is_no_conflict(self) -> None:
        ledger = started()
        for language in ("en", "de"):
            ledger.add("document", document_body("manual", "instructions_for_use", language=language))

        assert fold(ledger).conflicts == ()


class TestScope:
    def test_other_systems_stay_out(self) -> None:
        ledger = started()
        ledger.add("risk", risk_body(), subject="other-system")

        assert standing(fold(ledger)) == [0]

    def test_an_organisation_wide_entry_counts_for_the_systems_it_lists(self) -> None:
        ledger = started()
        ledger.add("risk", risk_body("R-1", systems=[SYSTEM, "other"]), subject=ORGANISATION)
        ledger.add("risk", risk_body("R-2", systems=["other"]), subject=ORGANISATION)
        ledger.add("risk", risk_body("R-3"), subject=ORGANISATION)

        dossier = fold(ledger)

        assert standing(dossier) == [0, 1]
        assert [fact.index for fact in dossier.aside] == [2, 3]

    def test_entries_outside_the_checkpoint_are_not_asked_for(self) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        earlier = HandLedger(ledger.held[:1])

        assert standing(fold(earlier)) == [0]

    def test_the_organisation_s_dossier_has_every_system(self) -> None:
        ledger = started()
        ledger.add("risk", risk_body(), subject="other-system")
        ledger.add("risk", risk_body(), subject=ORGANISATION)

        dossier = fold_dossier(ledger, RULES)

        assert standing(dossier) == [0, 1, 2]
        assert all(dossier.is_about(fact) for fact in dossier.facts)

    def test_an_unknown_system_is_an_error_that_names_the_known_ones(self) -> None:
        with pytest.raises(DocgenError, match=r"no entries about a system 'scoring'.*it has: credit-scoring"):
            fold(started(), "scoring")

    def test_an_unknown_version_is_an_error_that_names_the_known_ones(self) -> None:
        with pytest.raises(DocgenError, match=r"no version '2\.0'; versions named so far: 1\.1"):
            fold(started(), version="2.0")

    def test_a_change_is_about_the_version_it_leads_to(self) -> None:
        ledger = HandLedger()
        ledger.add("ai_system", system_body("1.0"))
        judged = {"answer": False, "reason": "same purpose"}
        change = {"change_id": "c", "to_version": "1.1", "description": "d", "reason": "r", "system_version": "1.0"}
        ledger.add("model_change", {**change, "items": [{"item": "threshold", "name": "t"}],
                                    "substantial_modification": judged})  # fmt: skip

        dossier = fold(ledger)

        assert [fact.version for fact in dossier.facts] == ["1.0", "1.1"]
        assert dossier.is_earlier("1.0")
        assert not dossier.is_earlier("1.1")


class TestTime:
    @pytest.mark.parametrize(("hours", "late"), [(24 * 7, False), (24 * 7 + 1, True)])
    def test_an_entry_recorded_long_after_what_it_describes_is_late(self, hours: int, late: bool) -> None:
        ledger = HandLedger()
        ledger.add("ai_system", system_body(), happened=START, recorded=START + timedelta(hours=hours))

        assert fold(ledger).facts[0].late is late

    def test_a_kind_can_have_its_own_limit(self) -> None:
        ledger = started()
        ledger.add("risk", risk_body(), happened=START, recorded=START + timedelta(days=2))

        assert [fact.late for fact in fold(ledger).facts] == [False, True]


class TestBulk:
    def test_bulk_kinds_are_counted_with_their_tallies_and_not_kept(self) -> None:
        ledger = started()
        for number in range(5):
            ledger.add("ai_decision", decision(number, outcome="approved" if number % 2 else "declined"))
        ledger.add("ai_decision", decision(9), subject="other-system")

        dossier = fold(ledger)
        bulk = dossier.bulk[0]

        assert standing(dossier) == [0]
        assert (bulk.kind, bulk.count, bulk.first.index, bulk.last.index) == ("ai_decision", 5, 1, 5)
        assert bulk.tallies == {"outcome": {"approved": 2, "declined": 3}}

    def test_folding_reads_each_stream_once_and_no_bulk_entry_before_a_tally_is_asked_for(self) -> None:
        class Counting(HandLedger):
            calls = 0
            tallied = 0

            def entries(self, **asked: object):  # type: ignore[no-untyped-def,override]
                self.calls += 1
                return super().entries(**asked)  # type: ignore[arg-type]

            def counted(self, kinds, subject=None):  # type: ignore[no-untyped-def]
                return count_by_reading(super().entries(kinds=kinds, subject=subject))

            def tally(self, kind, subject, members):  # type: ignore[no-untyped-def]
                self.tallied += 1
                return {"outcome": {"granted": 50}}

        ledger = Counting()
        ledger.add("ai_system", system_body())
        for number in range(50):
            ledger.add("ai_decision", decision(number))

        dossier = fold(ledger)

        assert ledger.calls == 3  # the system, the organisation, the policy
        assert len(dossier.facts) == 1
        assert ledger.tallied == 0
        assert [dossier.bulk[0].tally("outcome", word) for word in ("granted", "refused")] == [50, 0]
        assert ledger.tallied == 1
        with pytest.raises(KeyError):
            dossier.bulk[0].tally("confidence", 1)


class TestPolicy:
    def test_the_last_policy_is_in_force_and_the_founder_is_known(self) -> None:
        ledger = started()
        created = {"action": "created", "founder": "Bank", "policy": {"roles": {}, "freshness": {"risk": 30}}}
        ledger.add("ledger", created, subject="ledger", valid=False)
        changed = {"action": "policy_changed", "policy": {"roles": {}, "self_approval": "waived"}}
        last = ledger.add("ledger", changed, subject="ledger", valid=False)

        dossier = fold(ledger)

        assert dossier.policy is not None
        assert (dossier.policy.entry, dossier.policy.freshness, dossier.policy.self_approval) == (last, {}, True)
        assert dossier.founder == "Bank"

    def test_the_dossier_is_frozen(self) -> None:
        dossier = fold(started())

        with pytest.raises(AttributeError):
            dossier.facts = ()  # type: ignore[misc]
        with pytest.raises(TypeError):
            dossier.replaced_by["x"] = dossier.facts[0].entry  # type: ignore[index]
