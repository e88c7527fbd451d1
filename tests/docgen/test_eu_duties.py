"""What makes single points of the EU documents fall due, go stale or fall short."""

from dataclasses import replace
from typing import Any

import pytest

from tests.docgen.builders import HandLedger, change_body
from tests.docgen.eu_documents import build, judged
from tests.docgen.eu_file_ledger import ABOUT, file_ledger
from tests.docgen.test_build import words

RISK = "risk-management-file"
FRIA = "fundamental-rights-impact-assessment"


def changed(kind: str, match: dict[str, Any] | None = None, **members: Any) -> HandLedger:
    """The full ledger with these members in every entry of the kind that matches."""
    ledger = file_ledger()
    for place, entry in enumerate(ledger.held):
        if entry.kind == kind and all(entry.data.get(name) == value for name, value in (match or {}).items()):
            ledger.held[place] = replace(entry, data={**entry.data, **members})
    return ledger


class TestInstructions:
    def test_a_release_has_to_name_those_that_went_with_it(self) -> None:
        ledger = file_ledger()
        ledger.held = [
            replace(entry, data={name: value for name, value in entry.data.items() if name != "instructions_for_use"})
            for entry in ledger.held
        ]
        point = judged(ledger, "instructions-for-use")["Art13-2"]

        assert point.status == "not provided"
        assert "names no instructions for use" in point.reason

    def test_uses_ruled_out_stand_in_a_box(self) -> None:
        assert "Not to be used for" in words(build(file_ledger(), "instructions-for-use").data)


class TestRisks:
    def test_misuse_that_is_named_has_to_be_assessed(self) -> None:
        ledger = changed("risk", {"risk_id": "R-1"}, arises_in=["intended_use"])

        assert judged(ledger, RISK)["Art9-2-b"].status == "not provided"

    def test_after_an_incident_the_file_has_to_be_looked_at_again(self) -> None:
        ledger = changed("incident", investigation={})

        assert judged(ledger, RISK)["Art9-2-c"].status == "not provided"

    def test_without_incidents_there_is_nothing_to_look_at_again(self) -> None:
        ledger = file_ledger()
        ledger.held = [entry for entry in ledger.held if entry.kind != "incident"]
        item = next(one for one in judged(ledger, RISK)["Art9-2-c"].items if one.id == "incidents")

        assert (item.status, item.reason) == ("not due yet", "no incident is recorded")

    def test_a_broken_limit_has_to_lead_somewhere(self) -> None:
        ledger = changed("monitoring", {"monitoring_id": "M-2"}, status="breach")
        found = judged(ledger, RISK)["Art9-2-c"], judged(ledger, "post-market-monitoring-report")["Art72-1"]

        assert [point.status for point in found] == ["not provided", "not provided"]

    def test_impact_on_minors_that_was_not_assessed_is_open(self) -> None:
        assert judged(changed("risk", minors="not_assessed"), RISK)["Art9-9"].status == "not provided"

    def test_measures_without_their_place_in_the_order_are_open(self) -> None:
        ledger = changed("risk", {"risk_id": "R-1"}, measures=[{"measure": "m", "status": "implemented"}])

        assert "does not place its measures" in judged(ledger, RISK)["Art9-5"].reason


class TestData:
    def test_special_categories_bring_the_conditions_of_article_4a(self) -> None:
        used = {"categories": ["health"], "purpose": "find bias", "why_other_data_fail": "tried", "safeguards": "s",
                "access": "a", "transfers": "none", "deletion": "after"}  # fmt: skip
        ledger = changed("dataset_lineage", special_categories=used)
        point = judged(ledger, "data-governance-report")["Art4a-1"]

        assert (point.status, "records of processing" in point.reason) == ("not provided", True)
        assert "(d) Transfer to others" in words(build(ledger, "data-governance-report").data)

    def test_a_bias_that_was_found_needs_a_measure(self) -> None:
        found = [{"bias": "age", "found": True, "examined_how": "rates"}]
        ledger = changed("dataset_lineage", bias_examination=found)

        assert judged(ledger, "data-governance-report")["Art10-2-g"].status == "not provided"

    def test_the_paragraph_that_was_deleted_is_said_to_be(self) -> None:
        assert "Article 10(5) was deleted" in words(build(file_ledger(), "data-governance-report").data)


class TestDeployer:
    def test_logs_kept_for_less_than_six_months_are_said(self) -> None:
        logging = {"event_types": ["decision"], "mechanism": "a file", "retention_days": 100}

        assert "Events are kept for 100 days" in words(
            build(changed("ai_system", logging=logging), "deployer-file").data
        )
        assert "Events are kept for" not in words(build(file_ledger(), "deployer-file").data)

    def test_workers_are_told_where_the_purpose_is_about_work(self) -> None:
        ledger = changed("ai_system", annex_iii_points=["AnnexIII-4-a"])

        assert judged(ledger, "deployer-file")["Art26-7"].status == "not provided"

    def test_a_request_for_an_explanation_without_an_answer_is_open(self) -> None:
        ledger = file_ledger()
        asked = {"complaint_id": "C-2", "type": "explanation_request", "received": "2026-09-02T10:00:00Z",
                 "sender": "affected_person", "status": "received", "subject_matter": "a refusal"}  # fmt: skip
        ledger.add("complaint", {**asked, **ABOUT})

        assert judged(ledger, "deployer-file")["Art86-1"].status == "not provided"

    def test_a_serious_incident_has_to_be_told(self) -> None:
        ledger = changed("incident", serious="yes")

        assert judged(ledger, "deployer-file")["Art26-5-ii"].status == "not provided"


class TestFundamentalRights:
    def test_an_assessment_older_than_a_change_is_stale(self) -> None:
        ledger = file_ledger()
        ledger.add("model_change", {**change_body(), "change_id": "later", **ABOUT})

        assert judged(ledger, FRIA)["Art27-2"].status == "stale"

    @pytest.mark.parametrize(("effective", "late"), [("2026-08-01T10:00:00Z", True), ("2026-09-20T10:00:00Z", False)])
    def test_one_that_was_made_after_the_first_use_says_so(self, effective: str, late: bool) -> None:
        text = words(build(changed("release", effective=effective), FRIA).data)

        assert ("after the first use" in text) is late

    def test_a_draft_is_no_completed_assessment(self) -> None:
        ledger = changed("impact_assessment", {"assessment_id": "FRIA-1"}, status="draft")

        assert judged(ledger, FRIA)["Art27-2"].status == "not provided"


class TestClassificationRecord:
    def test_answers_of_an_older_procedure_count_for_the_letters_they_cover(self) -> None:
        ledger = file_ledger()
        old = [{"step": "S3", "question": "Any practice of Article 5?", "answer": "no", "reason": "none"}]
        ledger.held = [
            replace(entry, data={**entry.data, "answers": old}) if entry.kind == "classification" else entry
            for entry in ledger.held
        ]
        found = judged(ledger, "classification-record")

        assert found["Art5-1-c"].status == "provided"
        assert found["Art6-2"].status == "not provided"

    def test_an_exemption_needs_its_file_approved_and_registered(self) -> None:
        ledger = changed("classification", results=["annex_iii_exempt_6_3"])

        assert judged(ledger, "classification-record")["Art6-4"].status == "not provided"

    def test_a_review_that_is_overdue_makes_it_stale(self) -> None:
        ledger = changed("classification", review_on="2026-09-02")

        assert judged(ledger, "classification-record")["Art3-1"].status == "stale"
