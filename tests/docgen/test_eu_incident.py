"""The report of one incident: two clocks, "immediately" before both, and nobody affected by name."""

from datetime import datetime
from typing import Any

import pytest

from docgen.build import build_document
from docgen.errors import DocgenError
from docgen.escape import parse_shifted
from tests.docgen.builders import SYSTEM, VERSION, HandLedger, started
from tests.docgen.eu_documents import PACK, build
from tests.docgen.eu_file_ledger import INCIDENT, happen
from tests.docgen.test_build import words

DOCUMENT = "serious-incident-report"


def told(**more: Any) -> HandLedger:
    ledger = started()
    happen(ledger, **more)
    ledger.now = datetime.fromisoformat("2026-09-11T10:00:00+00:00")
    return ledger


def clocks(ledger: HandLedger) -> tuple[str, str]:
    """The clock of the provider and the one of the deployer, as Markdown."""
    text = parse_shifted(build(ledger, DOCUMENT).markdown)
    text = text[text.index("{id=Art73-2}") : text.index("{id=Art73-3}")]
    middle = text.index("Clock of the deployer") if "Clock of the deployer" in text else text.index("deployer:")
    return text[:middle], text[middle:]


class TestWhichIncident:
    def build(self, ledger: HandLedger, item: str) -> None:
        build_document(ledger, PACK, DOCUMENT, system=SYSTEM, version=VERSION, item=item)

    def test_one_must_be_named_and_those_there_are_are_listed(self) -> None:
        with pytest.raises(DocgenError, match=r"is about one incident, and none is named.*it has: I-2"):
            self.build(told(), "")

    def test_an_unknown_one_is_refused(self) -> None:
        with pytest.raises(DocgenError, match="has no incident 'I-9'"):
            self.build(told(), "I-9")

    def test_one_of_another_version_is_not_this_systems(self) -> None:
        ledger = told()
        ledger.add("incident", {**INCIDENT, "incident_id": "I-3", "system_version": "0.9"})

        with pytest.raises(DocgenError, match="has no incident 'I-3'"):
            self.build(ledger, "I-3")

    def test_other_documents_are_about_none(self) -> None:
        with pytest.raises(DocgenError, match="is not made per entry"):
            build_document(told(), PACK, "risk-management-file", system=SYSTEM, version=VERSION, item="I-2")

    def test_its_number_names_the_incident(self) -> None:
        assert "SIR-credit-scoring-I-2" in words(build(told(), DOCUMENT).data)


class TestClocks:
    def test_each_runs_from_its_own_awareness(self) -> None:
        provider, deployer = clocks(told())

        assert "Clock of the provider, from 2026-09-04 10:00:00" in provider
        assert "**2026-09-19** | 2026-09-21 |" in provider  # the 19th is a Saturday
        assert "**2026-09-18** | 2026-09-18 |" in deployer

    def test_immediately_stands_before_both(self) -> None:
        text = words(build(told(), DOCUMENT).data)

        at_once = text.index("The link is reasonably likely since 2026-09-05")
        assert at_once < text.index("Clock of the provider") < text.index("Clock of the deployer")
        assert "the report is due at once" in text

    def test_a_suspected_link_is_due_at_once_only_after_a_death(self) -> None:
        link = {"status": "suspected", "since": "2026-09-05T10:00:00Z"}

        assert "due at once" not in words(build(told(causal_link=link), DOCUMENT).data)
        assert "due at once" in words(build(told(causal_link=link, death=True), DOCUMENT).data)

    @pytest.mark.parametrize(
        ("fact", "rule", "target"),
        [
            ({"death": True}, "Article 73(4)", "2026-09-14"),
            ({"critical_infrastructure": True}, "Article 73(3)", "2026-09-06"),
            ({"widespread_infringement": True}, "Article 73(3)", "2026-09-06"),
        ],
    )
    def test_graver_cases_have_shorter_periods_beside_the_general_one(
        self, fact: dict[str, Any], rule: str, target: str
    ) -> None:
        provider, _ = clocks(told(**fact))

        assert rule in provider
        assert target in provider
        assert "Article 73(2): general" in provider
        assert rule not in clocks(told())[0]

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ("2026-09-06T09:00:00Z", "first report on 2026-09-06 |"),
            ("2026-09-08T09:00:00Z", "first report on 2026-09-08, after the target, within the limit"),
            ("2026-09-10T09:00:00Z", "**LATE: first report on 2026-09-10**"),
        ],
    )
    def test_a_report_is_held_against_target_and_limit(self, sent: str, said: str) -> None:
        reports = [{"type": "initial", "to": "Authority", "sent": sent}]

        assert said in clocks(told(critical_infrastructure=True, reports=reports))[0]

    def test_a_report_under_other_law_is_none_under_this_article(self) -> None:
        reports = [{"type": "initial", "to": "Bank", "sent": "2026-09-05T10:00:00Z", "law": "Other law"}]

        assert "no report is recorded yet" in clocks(told(reports=reports))[0]

    def test_without_a_report_it_is_overdue_only_after_the_limit(self) -> None:
        ledger = told(reports=[])
        ledger.now = datetime.fromisoformat("2026-09-21T23:00:00+00:00")
        assert "no report is recorded yet" in clocks(ledger)[0]

        ledger.now = datetime.fromisoformat("2026-09-22T00:00:00+00:00")
        assert "**OVERDUE: no report is recorded**" in clocks(ledger)[0]

    def test_an_incident_that_is_not_serious_has_no_overdue_report(self) -> None:
        ledger = told(serious="no", reports=[], not_reportable_because="nobody was harmed")
        ledger.now = datetime.fromisoformat("2026-12-22T00:00:00+00:00")

        assert "OVERDUE" not in clocks(ledger)[0]
        assert "nobody was harmed" in words(build(ledger, DOCUMENT).data)

    def test_without_awareness_no_period_is_made_up(self) -> None:
        ledger = started()
        ledger.add("incident", INCIDENT)

        provider, deployer = clocks(ledger)
        assert "no entry says when it became aware" in provider
        assert "no entry says when it became aware" in deployer


def test_persons_affected_are_told_in_categories_and_never_by_name() -> None:
    text = words(build(told(), DOCUMENT).data)

    assert "applicants" in text
    assert "Paula Privat" not in text
    assert "person-17" not in text


def test_what_is_not_confirmed_says_so_and_the_open_question_is_shown() -> None:
    text = words(build(told(), DOCUMENT).data)

    assert "Not confirmed." in text
    assert "draft of 26 September 2025" in text
    assert "Open legal question OQ-5" in text
    assert "Open legal question OQ-1" in text
