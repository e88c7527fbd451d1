"""`aims docs gaps` as a gate: JUnit XML, LATE evidence and contradictions, point by point and counted."""

import xml.etree.ElementTree as ET
from datetime import timedelta
from typing import Any

import pytest

from cli.gaps import failing, gaps_junit, gaps_lines, gaps_value
from docgen.gaps import Gaps, find_gaps
from docgen.packs import load_pack
from tests.cli.person import Person
from tests.docgen.builders import START, HandLedger, risk_body, system_body

STATEMENT = "statement-of-applicability"
PACK = load_pack("eu_tech_docs")


def ledger_with(*, late: bool = False, conflict: bool = False, elsewhere: bool = False) -> HandLedger:
    ledger = HandLedger()
    for _ in range(3):  # so that what is late can have happened before
        ledger.add("ai_system", system_body("1.0"), subject="other")
    ledger.add("ai_system", system_body())
    after = {"recorded": START + timedelta(days=90), "happened": START} if late else {}
    ledger.add("risk", risk_body(), **after)
    if conflict:
        ledger.add("risk", risk_body(status="accepted"), recorded=START + timedelta(days=91))
    if elsewhere:
        for level in ("low", "high"):
            body = {"training_id": "T-1", "title": level, "topics": ["other"], "persons": ["p"]}
            ledger.add("training_record", body, valid=False, recorded=START + timedelta(days=92))
    return ledger


def found(ledger: HandLedger) -> Gaps:
    return find_gaps(ledger, PACK, "technical-documentation", system="credit-scoring", version="1.1")


def junit(gaps: Gaps, *words: str) -> ET.Element:
    return ET.fromstring(gaps_junit(gaps, "technical-documentation", failing(gaps, words), words))


class TestMarks:
    def test_evidence_recorded_long_after_it_happened_is_late_at_its_points_and_counted(self) -> None:
        gaps = found(ledger_with(late=True))
        value = gaps_value(gaps, gaps.statuses, [], "points")
        text = "\n".join(gaps_lines(gaps, gaps.statuses, "points"))

        marked = [point["id"] for point in value["points"] if point["late"] == [4]]
        assert "AnnexIV-5" in marked
        assert value["late"] == [4]
        assert value["counts"]["late"] == 1
        assert "LATE #4" in text
        assert "; 1 entry LATE" in text.splitlines()[-1]

    def test_nothing_late_nothing_marked(self) -> None:
        gaps = found(ledger_with())

        assert gaps.late == ()
        assert "LATE" not in "\n".join(gaps_lines(gaps, gaps.statuses, "points"))

    def test_a_contradiction_is_marked_at_its_points_with_its_entries(self) -> None:
        gaps = found(ledger_with(conflict=True))
        value = gaps_value(gaps, gaps.statuses, [], "points")

        point = next(one for one in value["points"] if one["id"] == "AnnexIV-5")
        assert point["status"] == "conflict"
        assert [one["entries"] for one in point["contradictions"]] == [[4, 5]]
        assert point["contradictions"][0]["differ_in"] == ["status"]
        assert value["counts"]["contradictions"] == 1
        assert "CONFLICT #4 #5" in "\n".join(gaps_lines(gaps, gaps.statuses, "points"))

    def test_a_contradiction_that_no_point_rests_on_is_told_too(self) -> None:
        gaps = found(ledger_with(elsewhere=True))
        text = "\n".join(gaps_lines(gaps, gaps.statuses, "points"))

        assert len(gaps.other_conflicts) == 1
        assert "training_record T-1: #5 and #6 contradict each other in title; no point rests on it" in text
        assert failing(gaps, ["conflict"]) == ["conflict"]


class TestGate:
    @pytest.mark.parametrize(("words", "fails"), [(("late",), True), (("conflict",), False), ((), False)])
    def test_late_evidence_fails_the_gate_that_asks_for_it(self, words: tuple[str, ...], fails: bool) -> None:
        assert ("AnnexIV-5" in failing(found(ledger_with(late=True)), words)) is fails


class TestJUnit:
    def test_there_is_a_test_case_for_each_point_and_the_numbers_add_up(self) -> None:
        gaps = found(ledger_with(late=True))
        root = junit(gaps)
        suite = root[0]

        cases = suite.findall("testcase")
        assert (root.tag, suite.tag) == ("testsuites", "testsuite")
        assert [case.get("name", "").split()[0] for case in cases] == [status.id for status in gaps.statuses]
        assert int(suite.get("tests", "")) == len(cases)
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))
        assert {case.get("classname", "").partition(".")[0] for case in cases} == {"technical-documentation"}

    def test_without_words_the_open_points_fail(self) -> None:
        gaps = found(ledger_with())

        failed = [
            case.get("name", "").split()[0] for case in junit(gaps).iter("testcase") if len(case.findall("failure"))
        ]

        assert failed == [status.id for status in gaps.statuses if status.open]

    def test_with_words_only_those_points_fail_and_the_others_tell_what_is_open(self) -> None:
        gaps = found(ledger_with(conflict=True))
        root = junit(gaps, "conflict")

        failures = [one.get("type") for one in root.iter("failure")]
        assert failures
        assert set(failures) == {"conflict"}
        told = [one.text or "" for one in root.iter("system-out")]
        assert any("not provided" in text for text in told)

    def test_a_failure_says_why_and_how_to_record_what_is_missing(self) -> None:
        case = next(one for one in junit(found(ledger_with())).iter("testcase") if one.find("failure") is not None)
        failure = case.find("failure")

        assert failure is not None
        assert failure.get("message")
        assert "aims record " in (failure.text or "")

    def test_hostile_text_stays_text(self) -> None:
        ledger = HandLedger()
        ledger.add("ai_system", system_body())
        ledger.add("risk", risk_body("]]><x/>&\x07\u202e"), valid=False)
        ledger.add("risk", risk_body("]]><x/>&\x07\u202e", status="accepted"), valid=False)

        root = junit(found(ledger))

        assert root.find(".//x") is None
        assert any("]]><x/>&" in (one.text or "") + one.get("message", "") for one in root.iter("failure"))

    def test_the_command_prints_it_and_the_gate_still_decides(self, clerk: Person) -> None:
        seen = clerk.runs("docs", "gaps", STATEMENT, "--format", "junit", "--fail-on", "open")

        assert seen.code == 5
        assert ET.fromstring(seen.out)[0].get("tests") == "38"
        assert clerk.does("docs", "gaps", STATEMENT, "--format", "junit").code == 0

    def test_format_json_and_json_are_the_same(self, clerk: Person) -> None:
        values: list[Any] = [
            clerk.does("docs", "gaps", STATEMENT, *how).json for how in (["--json"], ["--format", "json"])
        ]

        assert values[0] == values[1]

    def test_gaps_as_they_were_known_then(self, clerk: Person) -> None:
        size = clerk.does("docs", "gaps", STATEMENT, "--json").json["checkpoint_size"]
        clerk.overrides(1)

        assert clerk.does("docs", "gaps", STATEMENT, "--json").json["checkpoint_size"] == size + 1
        assert clerk.does("docs", "gaps", STATEMENT, "--checkpoint", size, "--json").json["checkpoint_size"] == size
