"""Who must have signed off, and what takes an approval away."""

from pathlib import Path
from typing import Any

import pytest

from tests.docgen.builders import (
    HandLedger,
    digest,
    document_body,
    run_body,
    started,
)
from tests.docgen.minipack import judge, make_pack


class TestApproval:
    NEED = {"id": "manual", "kind": "document", "approved": True}

    def started(self) -> tuple[HandLedger, Any]:
        ledger = started()
        return ledger, ledger.add("document", document_body("manual", "instructions_for_use"), by="writer")

    def test_an_unapproved_document_is_not_provided(self, tmp_path: Path) -> None:
        ledger, _ = self.started()

        status = judge(make_pack(tmp_path, [self.NEED]), ledger)

        assert (status.status, "has no approval by a second person" in status.reason) == ("not provided", True)

    def test_an_approval_of_the_statement_counts(self, tmp_path: Path) -> None:
        ledger, paper = self.started()
        ledger.approve(paper)

        assert judge(make_pack(tmp_path, [self.NEED]), ledger).status == "provided"

    def test_an_approval_of_the_file_s_digest_counts(self, tmp_path: Path) -> None:
        ledger, _ = self.started()
        body = {"decision": "approved", "scope": "document", "digest": digest("manual")}
        ledger.add("approval", body, by="board")

        assert judge(make_pack(tmp_path, [self.NEED]), ledger).status == "provided"

    def test_an_approval_of_another_file_does_not(self, tmp_path: Path) -> None:
        ledger, _ = self.started()
        ledger.add("approval", {"decision": "approved", "scope": "document", "digest": digest("x")}, by="board")

        assert judge(make_pack(tmp_path, [self.NEED]), ledger).status == "not provided"

    def test_nobody_approves_their_own(self, tmp_path: Path) -> None:
        ledger, paper = self.started()
        ledger.approve(paper, by="writer")

        assert judge(make_pack(tmp_path, [self.NEED]), ledger).status == "not provided"

    def test_unless_the_policy_waives_it(self, tmp_path: Path) -> None:
        ledger, paper = self.started()
        ledger.approve(paper, by="writer")
        policy = {"action": "created", "policy": {"roles": {}, "self_approval": "waived"}}
        ledger.add("ledger", policy, subject="ledger", valid=False)

        assert judge(make_pack(tmp_path, [self.NEED]), ledger).status == "provided"

    def test_an_approval_of_the_version_before_does_not_carry_over(self, tmp_path: Path) -> None:
        ledger, paper = self.started()
        ledger.approve(paper)
        body = document_body("manual", "instructions_for_use", version="2", artefacts=[])
        ledger.add("document", body, refs=(("supersedes", paper),), by="writer")

        assert judge(make_pack(tmp_path, [self.NEED]), ledger).status == "not provided"

    @pytest.mark.parametrize("decision", ["withdrawn", "rejected"])
    def test_a_later_no_ends_an_earlier_yes(self, tmp_path: Path, decision: str) -> None:
        ledger, paper = self.started()
        ledger.approve(paper)
        ledger.approve(paper, by="auditor", decision=decision)

        assert judge(make_pack(tmp_path, [self.NEED]), ledger).status == "not provided"

    def test_a_later_yes_counts_after_a_no(self, tmp_path: Path) -> None:
        ledger, paper = self.started()
        ledger.approve(paper, decision="rejected")
        ledger.approve(paper)

        assert judge(make_pack(tmp_path, [self.NEED]), ledger).status == "provided"

    def test_an_approval_that_ended_is_stale(self, tmp_path: Path) -> None:
        ledger, paper = self.started()
        ledger.approve(paper, valid_until="2026-08-31")

        status = judge(make_pack(tmp_path, [self.NEED]), ledger)

        assert (status.status, "ended on 2026-08-31" in status.reason) == ("stale", True)

    def test_only_the_scopes_asked_for_count(self, tmp_path: Path) -> None:
        ledger, paper = self.started()
        ledger.approve(paper, scope="risk")

        pack = make_pack(tmp_path, [{**self.NEED, "approved": ["declaration"]}])

        assert "of the kind asked for (declaration)" in judge(pack, ledger).reason

    def test_a_report_must_be_signed_by_the_person_it_names_or_else_approved(self, tmp_path: Path) -> None:
        need = {"id": "report", "kind": "evaluation", "signed_by": "responsible.id"}
        pack = make_pack(tmp_path, [need])
        ledger = started()
        run = ledger.add("evaluation", run_body(plan=None), by="pipeline")

        unsigned = judge(pack, ledger)
        ledger.approve(run, scope="test")
        other = started()
        other.add("evaluation", run_body(plan=None), by="scientist")

        assert "neither signed by scientist, whom it names as responsible, nor approved" in unsigned.reason
        assert [judge(pack, one).status for one in (ledger, other)] == ["provided", "provided"]
