"""The words that answer for now: not applicable, not due yet; evidence that entries name; languages."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from docgen.status import STATUS_WORDS
from tests.docgen.builders import (
    ORGANISATION,
    HandLedger,
    risk_body,
    started,
)
from tests.docgen.minipack import judge, make_pack

RISK = {"id": "risk", "kind": "risk"}


class TestNotApplicable:
    def declared(self, **more: Any) -> dict[str, Any]:
        return {"requirement": "P-1", "applicable": False, "ground": "role", "justification": "We only deploy.", **more}

    def test_only_a_signed_entry_makes_a_point_not_applicable(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("applicability", self.declared())

        status = judge(make_pack(tmp_path, [RISK]), ledger)

        assert (status.status, status.open, status.items) == ("not applicable", False, ())
        assert status.reason == "applicability P-1 (entry 1) declares it not applicable: We only deploy."

    @pytest.mark.parametrize(
        "more",
        [{"requirement": "P-2"}, {"applicable": True}, {"system_version": "1.0"}],
        ids=["another point", "applicable after all", "another version"],
    )
    def test_an_entry_about_something_else_does_not(self, tmp_path: Path, more: dict[str, Any]) -> None:
        ledger = started("1.0", "1.1")
        ledger.add("applicability", self.declared(**more))

        assert judge(make_pack(tmp_path, [RISK]), ledger).status == "not provided"

    def test_two_declarations_that_contradict_decide_nothing(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("applicability", self.declared())
        ledger.add("applicability", self.declared(applicable=True))

        assert judge(make_pack(tmp_path, [RISK]), ledger).status == "conflict"

    def test_a_declaration_past_its_review_is_stale(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("applicability", self.declared(review_due="2026-08-31"))

        assert judge(make_pack(tmp_path, [RISK]), ledger).status == "stale"


class TestNotDueYet:
    def test_nothing_is_missing_before_the_day(self, tmp_path: Path) -> None:
        pack = make_pack(tmp_path, [{**RISK, "due_from": datetime(2026, 9, 2, tzinfo=UTC).date()}])
        ledger = started()

        before = judge(pack, ledger)
        ledger.now = datetime(2026, 9, 2, tzinfo=UTC)

        assert (before.status, before.open) == ("not due yet", False)
        assert before.reason.endswith("it is not due before 2026-09-02")
        assert judge(pack, ledger).status == "not provided"

    def test_nothing_is_missing_before_the_occasion(self, tmp_path: Path) -> None:
        once = {"kind": "audit", "where": [{"field": "status", "is": "held"}]}
        pack = make_pack(tmp_path, [{**RISK, "due_once": [once]}])
        ledger = started()
        ledger.add("audit", {"audit_id": "A", "audit_type": "internal_control", "status": "planned"})

        before = judge(pack, ledger)
        ledger.add("audit", {"audit_id": "B", "audit_type": "internal_control", "status": "held"})

        assert (before.status, judge(pack, ledger).status) == ("not due yet", "not provided")

    def test_what_is_there_early_is_judged_like_anything_else(self, tmp_path: Path) -> None:
        need = {
            **RISK,
            "due_from": datetime(2030, 1, 1, tzinfo=UTC).date(),
            "has": [{"field": "before", "filled": True}],
        }
        ledger = started()
        ledger.add("risk", risk_body())

        assert judge(make_pack(tmp_path, [need]), ledger).status == "not provided"

    def test_it_does_not_hide_what_is_missing_now(self, tmp_path: Path) -> None:
        later = {"id": "later", "kind": "incident", "due_from": datetime(2030, 1, 1, tzinfo=UTC).date()}
        ledger = started()

        assert judge(make_pack(tmp_path, [RISK, later]), ledger).status == "not provided"
        ledger.add("risk", risk_body())
        assert judge(make_pack(tmp_path, [RISK, later]), ledger).status == "provided"


class TestDeclared:
    """Evidence that an entry names itself, as controls do."""

    NEED = {
        "id": "named",
        "declared": {"kind": "control", "where": [{"field": "control_id", "is": "{point}"}], "list": "evidence"},
    }

    def judged(self, tmp_path: Path, evidence: list[dict[str, str]] | None, ledger: HandLedger) -> Any:
        if evidence is not None:
            body = {"source": "own", "control_id": "P-1", "title": "t", "applicable": "yes", "evidence": evidence}
            ledger.add("control", body, subject=ORGANISATION)
        return judge(make_pack(tmp_path, [self.NEED], about="organisation"), ledger)

    def test_no_declaration_is_not_provided_and_an_empty_one_defines_no_test(self, tmp_path: Path) -> None:
        assert self.judged(tmp_path, None, started()).status == "not provided"
        assert self.judged(tmp_path, [], started()).status == "no test defined"

    def test_each_item_is_judged_by_itself(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        evidence = [
            {"kind": "risk", "shows": "risks are rated"},
            {"kind": "document", "about": "policy", "shows": "there is a policy"},
        ]

        status = self.judged(tmp_path, evidence, ledger)

        assert [(item.what, item.status) for item in status.items] == [
            ("risks are rated", "provided"),
            ("there is a policy", "not provided"),
        ]
        assert status.reason == "there is a policy: no document entry about policy is recorded"

    @pytest.mark.parametrize("about", ["R-1", "credit-scoring"])
    def test_about_may_name_an_id_or_a_system(self, tmp_path: Path, about: str) -> None:
        ledger = started()
        ledger.add("risk", risk_body())

        assert self.judged(tmp_path, [{"kind": "risk", "about": about, "shows": "x"}], ledger).status == "provided"

    def test_bulk_evidence_is_known_without_being_kept(self, tmp_path: Path) -> None:
        ledger = started()
        model = {"model_id": "m", "version": "1"}
        ledger.add("ai_decision", {"decision_id": "d", "model": model, "replayed": False})

        assert self.judged(tmp_path, [{"kind": "ai_decision", "shows": "logs"}], ledger).status == "provided"


class TestTranslation:
    def test_a_text_in_another_language_only_is_translation_missing(self, tmp_path: Path) -> None:
        ledger = started()
        ledger.add("risk", risk_body())
        text = {"document": "doc", "section": "P-1", "language": "de", "text": "Hallo"}
        ledger.add("narrative", text)
        pack = make_pack(tmp_path, [RISK], languages=("en", "de"))

        english, german = judge(pack, ledger), judge(pack, ledger, language="de")

        assert (english.status, german.status) == ("translation missing", "provided")
        assert re.fullmatch(
            r"text written for this section: its text exists in de \(SHA-256 [0-9a-f]{16}\), not in en", english.reason
        )


def test_every_status_word_is_expected_by_a_test() -> None:
    sources = "".join(path.read_text() for path in sorted(Path(__file__).parent.glob("test_status*.py")))

    assert [word for word in STATUS_WORDS if f'"{word}"' not in sources] == []
