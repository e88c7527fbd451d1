"""What speaks against a version stands in its documentation: refusals, conditions not met, nonconformities."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.docgen.builders import VERSION, HandLedger, change_body, plan_body, risk_body, started
from tests.docgen.eu_ledger import full_ledger, full_profile
from tests.docgen.test_eu_pack import build, judged, read


def release(**more: Any) -> dict[str, Any]:
    return {
        "system_version": VERSION, "release_id": "rel-9", "action": "put_into_service",
        "effective": "2026-09-01T10:00:00Z", **more,
    }  # fmt: skip


def section(markdown: str, start: str, end: str) -> str:
    return markdown[markdown.index(f"{{id={start}}}") : markdown.index(f"{{id={end}}}")]


def sections(ledger: HandLedger) -> tuple[str, str]:
    """Points 1(d) and 6."""
    markdown = read(build(ledger).markdown)
    return section(markdown, "AnnexIV-1-d", "AnnexIV-1-e"), section(markdown, "AnnexIV-6", "AnnexIV-7")


class TestReleases:
    def test_each_precondition_says_whether_it_was_met_and_one_that_was_not_is_loud(self) -> None:
        ledger = full_ledger()
        conditions = [{"condition": "tests passed", "met": False}, {"condition": "manual there", "met": True}]
        ledger.add("release", release(preconditions=conditions))

        for text in sections(ledger):
            assert "| tests passed | **NOT met** |" in text
            assert "| manual there | met |" in text
            assert "1 of 2 preconditions of rel-9 were NOT met" in text

    @pytest.mark.parametrize(("decision", "printed"), [("rejected", "**REJECTED**"), ("withdrawn", "**WITHDRAWN**")])
    def test_a_refusal_stands_beside_the_approvals_with_its_reason(self, decision: str, printed: str) -> None:
        ledger = full_ledger()
        entry = ledger.add("release", release())
        ledger.approve(entry, scope="release", conditions=["a second officer"], object="the pilot")
        ledger.approve(entry, scope="release", decision=decision, reason="limits were missed")

        for text in sections(ledger):
            assert printed in text
            assert "limits were missed" in text
            assert "Conditions: a second officer" in text

    def test_a_refused_version_without_a_release_shows_the_refusal(self) -> None:
        ledger = started()
        change = ledger.add("model_change", change_body())
        ledger.approve(change, scope="gate", decision="rejected", reason="not yet", system_version=VERSION)

        for text in sections(ledger):
            assert "**REJECTED**" in text

    def test_approvals_of_other_things_stay_out(self) -> None:
        ledger = full_ledger()
        ledger.approve(ledger.add("risk", risk_body("R-7")), scope="residual_risk", object="the seventh risk")

        for text in sections(ledger):
            assert "the seventh risk" not in text


def test_nonconformities_and_what_led_to_corrections_are_named() -> None:
    ledger = full_ledger()
    ledger.add("nonconformity", {"nonconformity_id": "NC-1", "finding": "limits missed", "requirement": "REQ-2",
                                 "status": "open", "grade": "major"})  # fmt: skip
    ledger.add("corrective_action", {"action_id": "CA-1", "type": "corrective", "trigger": "nonconformity",
                                     "trigger_id": "NC-1", "description": "a limit", "status": "planned"})  # fmt: skip

    text = sections(ledger)[1]

    assert "| NC-1 [#" in text
    assert "limits missed | REQ-2 | **OPEN**, major | CA-1: a limit (planned)" in text
    assert "| nonconformity NC-1 | planned | CA-1: a limit" in text


def test_the_reasons_of_ratings_are_printed_for_every_risk() -> None:
    ledger = full_ledger()
    before = {"severity": 4, "reason": "measured twice"}
    ledger.add("risk", risk_body("R-8", before=before, after={"severity": 2, "reason": "a person looks"}))

    text = read(build(ledger).markdown)

    assert "measured twice" in text
    assert "a person looks" in text


class TestNeverRun:
    def planned(self, **more: Any) -> HandLedger:
        ledger = full_ledger()
        ledger.add("test_plan", plan_body("later", "robustness", due="2026-12-31", **more))
        return ledger

    def test_a_day_ahead_is_a_day_ahead(self) -> None:
        ledger = self.planned()

        assert "It is due on 2026-12-31." in read(build(ledger).markdown)
        ledger.now = datetime(2027, 1, 5, tzinfo=UTC)
        assert "It was due on 2026-12-31." in read(build(ledger).markdown)

    def test_a_release_without_a_test_planned_before_it_is_said(self) -> None:
        ledger = self.planned(phase="before_release")

        assert "Planned before release; the version was released without it." in read(build(ledger).markdown)
        assert "the version was released without it (release rel-1.1" in judged(ledger)["AnnexIV-2-g"].reason

    @pytest.mark.parametrize("phase", ["in_operation", "after_change"])
    def test_a_test_for_later_is_not_held_against_the_release(self, phase: str) -> None:
        assert "released without it" not in read(build(self.planned(phase=phase)).markdown)


def test_what_follows_from_the_law_is_no_entrys_word() -> None:
    ledger = started()
    ledger.held[0] = replace(ledger.held[0], data=full_profile())

    text = section(read(build(ledger).markdown), "AnnexIV-2-f", "AnnexIV-2-g")

    stated, law = text.split("::: note")
    assert "The provider states that no change is planned in advance. [#0" in stated
    assert "Article 43(4)" in law.split(":::")[0]
    assert "[#" not in law.split(":::")[0]
