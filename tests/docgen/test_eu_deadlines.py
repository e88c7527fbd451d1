"""What falls due by law, and what a judgement of risk must not be older than."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.docgen.builders import HandLedger, risk_body, run_body
from tests.docgen.eu_ledger import full_ledger
from tests.docgen.test_eu_pack import PACK, build, judged, read


def at(ledger: HandLedger, day: str) -> str:
    ledger.now = datetime.fromisoformat(f"{day}T10:00:00+00:00").astimezone(UTC)
    return judged(ledger)["AnnexIV-8"].status


class TestDeclaration:
    def test_it_is_due_from_the_day_the_law_applies_to_a_released_system(self) -> None:
        ledger = full_ledger()

        assert at(ledger, "2027-12-01") == "not due yet"
        assert at(ledger, "2027-12-02") == "not provided"

    def test_without_a_release_it_is_not(self) -> None:
        ledger = full_ledger()
        ledger.held = [entry for entry in ledger.held if entry.kind != "release"]

        assert at(ledger, "2028-12-02") == "not due yet"

    def test_its_days_are_those_of_the_law(self) -> None:
        point = PACK.document("technical-documentation").point("AnnexIV-8")
        days = [str(one["day"]) for one in point.needs[0]["due_at_latest"]]

        assert days == [one["from"] for one in PACK.data["law"]["applies"]]


class TestOverallRisk:
    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("risk", risk_body("R-9", before={"severity": 2}, after={"severity": 1}, option="retain")),
            ("evaluation", run_body("late", "performance", result="failed", plan=None)),
            ("incident", {"incident_id": "I-9", "title": "t", "description": "d", "serious": "no", "status": "closed",
                          "detected": "2026-09-01T11:00:00Z"}),
        ],
    )  # fmt: skip
    def test_what_came_after_it_makes_it_stale(self, kind: str, body: dict[str, Any]) -> None:
        ledger = full_ledger()
        assert judged(ledger)["AnnexIV-5"].status == "provided"
        newer = ledger.add(kind, body)

        point = judged(ledger)["AnnexIV-5"]
        item = next(one for one in point.items if one.id == "overall_risk")

        assert (point.status, item.status) == ("stale", "stale")
        assert item.since is not None
        assert item.since.entry is newer
        assert f"(entry {newer.index}) it has not been looked at again" in item.reason

    def test_another_state_of_the_same_incident_does_not(self) -> None:
        ledger = full_ledger()
        old = next(entry for entry in ledger.held if entry.kind == "incident")
        ledger.add("incident", {**old.data, "status": "closed"}, refs=(("supersedes", old),))

        assert judged(ledger)["AnnexIV-5"].status == "provided"

    def test_a_later_judgement_makes_it_good_again(self) -> None:
        ledger = full_ledger()
        ledger.add("risk", risk_body("R-9", before={"severity": 2}, after={"severity": 1}, option="retain"))
        old = next(entry for entry in ledger.held if entry.data.get("risk_id") == "R-0")
        ledger.add("risk", old.data, refs=(("supersedes", old),))

        assert judged(ledger)["AnnexIV-5"].status == "provided"
        assert "it has not been looked at again" not in read(build(ledger).markdown)
