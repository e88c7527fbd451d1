"""What a declaration names against what the ledger holds: evidence lowers a claim and never raises it."""

import pytest

from tests.docgen.statement_ledger import IDS, MemoryLedger, complete_ledger, row, small_ledger, state


def test_a_complete_ledger_shows_every_control_as_claimed() -> None:
    statement = state(complete_ledger())

    assert statement.states["implemented"] == len(IDS)
    assert statement.open == ()


def test_a_claim_without_its_evidence_is_lowered_and_counted_as_open() -> None:
    ledger = small_ledger()
    ledger.control("A.10.3")

    found = row(ledger, "A.10.3")

    assert (found.claim, found.shown, found.evidence) == ("implemented", "claimed", "not provided")
    assert found.open
    assert found.status.open


def test_one_missing_item_among_several_lowers_the_claim() -> None:
    ledger = small_ledger()
    ledger.proof("A.10.3")
    ledger.control(
        "A.10.3",
        evidence=[
            {"kind": "decision", "about": "d-A.10.3", "shows": "it"},
            {"kind": "supplier", "shows": "due diligence"},
        ],
    )

    assert row(ledger, "A.10.3").shown == "claimed"
    assert [item.status for item in row(ledger, "A.10.3").status.items] == ["provided", "not provided"]


@pytest.mark.parametrize("claim", ["partial", "planned", "not_started"])
def test_evidence_never_raises_a_claim(claim: str) -> None:
    ledger = small_ledger()
    ledger.proof("A.10.3")
    ledger.control("A.10.3", implementation_status=claim, target_date="2027-01-31")

    assert (row(ledger, "A.10.3").evidence, row(ledger, "A.10.3").shown) == ("provided", claim)


def test_a_claim_that_names_no_evidence_has_no_test_defined() -> None:
    ledger = small_ledger()
    ledger.control("A.10.3", evidence=None)

    assert (row(ledger, "A.10.3").evidence, row(ledger, "A.10.3").shown) == ("no test defined", "claimed")


def plan(ledger: MemoryLedger) -> None:
    ledger.add(
        "test_plan", subject="credit-scoring", system_version="1.0", plan_id="plan-1", types=["accuracy"],
        protocol="Held-out data.", metrics=[], due="2026-10-01",
    )  # fmt: skip


def run(ledger: MemoryLedger, result: str, version: str = "1.0", run_id: str = "run-1") -> None:
    ledger.add(
        "evaluation", subject="credit-scoring", system_version=version, evaluation_id=run_id, types=["accuracy"],
        protocol="Held-out data.", metrics=[], result=result, responsible={"id": "p-1"}, plan_id="plan-1",
    )  # fmt: skip


def test_a_planned_test_that_was_not_run_is_another_thing_than_no_test() -> None:
    item = [{"kind": "evaluation", "shows": "accuracy"}]
    without, planned = small_ledger(), small_ledger()
    plan(planned)
    without.control("A.6.2.4", evidence=item)
    planned.control("A.6.2.4", evidence=item)

    assert row(without, "A.6.2.4").evidence == "no test defined"
    assert row(planned, "A.6.2.4").evidence == "never run"


def test_a_failed_test_is_shown_as_failed_until_a_newer_version_passes() -> None:
    ledger = small_ledger()
    plan(ledger)
    run(ledger, "failed")
    ledger.control("A.6.2.4", evidence=[{"kind": "evaluation", "shows": "accuracy"}])
    assert row(ledger, "A.6.2.4").evidence == "failed"

    run(ledger, "passed", "1.1", "run-2")

    assert row(ledger, "A.6.2.4").evidence == "provided"


def test_any_approval_is_not_the_approval_that_the_control_means() -> None:
    ledger = small_ledger()
    other = ledger.add("approval", decision="approved", scope="release", statement="0" * 64)
    ledger.control("A.2.2", evidence=[{"kind": "approval", "shows": "signature"}])
    assert row(ledger, "A.2.2").evidence == "not provided"

    ledger.add("approval", decision="approved", scope="policy", statement="0" * 64)

    found = row(ledger, "A.2.2")
    assert found.evidence == "provided"
    assert other.index not in [fact.index for item in found.status.items for fact in item.entries]


def test_an_entry_that_names_the_control_is_its_evidence() -> None:
    ledger = small_ledger()
    declaration = ledger.control("A.2.2", evidence=[{"kind": "approval", "shows": "signature"}])
    ledger.add(
        "approval", decision="approved", scope="other", statement="0" * 64,
        references=[{"rel": "evidence_for", "statement": declaration.statement}],
    )  # fmt: skip

    assert row(ledger, "A.2.2").evidence == "provided"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("approval", {"decision": "rejected", "scope": "policy", "statement": "0" * 64}),
        ("document", {"document_id": "p", "document_type": "policy", "title": "P", "version": "1", "status": "draft"}),
        ("management_review", {"review_id": "p", "status": "planned"}),
        ("training_record", {"training_id": "t", "topic": "p", "audience": "staff", "result": "absent"}),
    ],
)
def test_a_refusal_a_draft_a_plan_and_an_absence_are_no_evidence(kind: str, body: dict[str, str]) -> None:
    ledger = small_ledger()
    ledger.add(kind, **body)
    ledger.control("A.2.4", evidence=[{"kind": kind, "shows": "that it is done"}, {"kind": "risk", "shows": "why"}])

    assert row(ledger, "A.2.4").status.items[0].status == "not provided"


def test_documents_alone_are_no_evidence_of_practice() -> None:
    ledger = small_ledger()
    ledger.add("document", document_id="p", document_type="policy", title="P", version="1", status="in_force")
    ledger.control("A.2.2", evidence=[{"kind": "document", "about": "p", "shows": "policy"}])

    found = row(ledger, "A.2.2")

    assert (found.shown, found.evidence) == ("claimed", "not provided")
    assert found.status.items[-1].id == "practice"


def test_old_evidence_is_stale_by_the_policys_limit_and_fresh_without_one() -> None:
    item = [{"kind": "monitoring", "shows": "drift"}]
    ledger = small_ledger()
    ledger.add(
        "monitoring", subject="credit-scoring", time="2026-05-01T00:00:00.000000Z", monitoring_id="m", type="drift",
        metrics=[], conclusion="Fine.", period={"start": "2026-04-01T00:00:00Z"}, status="as_expected",
    )  # fmt: skip
    ledger.control("A.6.2.6", evidence=item)
    assert row(ledger, "A.6.2.6").evidence == "provided"

    ledger.policy({"monitoring": 90})

    assert (row(ledger, "A.6.2.6").evidence, row(ledger, "A.6.2.6").shown) == ("stale", "claimed")


def test_impact_controls_are_not_implemented_while_a_system_has_no_assessment() -> None:
    ledger = complete_ledger()
    ledger.system("fraud-watch")
    for control_id in ("A.5.2", "A.5.3", "A.5.4", "A.5.5", "A.6.2.4"):
        old = row(ledger, control_id).declared_by[0]
        ledger.control(control_id, replaces=old)
    assert [row(ledger, one).shown for one in ("A.5.2", "A.5.3", "A.5.4", "A.5.5")] == ["claimed"] * 4
    assert row(ledger, "A.6.2.4").shown == "implemented"

    ledger.assessment("fraud-watch", status="draft")
    assert row(ledger, "A.5.2").shown == "claimed"
    ledger.assessment("fraud-watch", assessment_id="screening", types=["screening"])

    assert row(ledger, "A.5.2").shown == "implemented"


def test_done_for_one_system_and_planned_for_another_is_done_in_part() -> None:
    ledger = small_ledger()
    ledger.system("fraud-watch")
    ledger.proof("A.6.2.4")
    ledger.control(
        "A.6.2.4",
        exceptions=[{"system": "fraud-watch", "applicable": "yes", "implementation_status": "planned"}],
    )

    assert row(ledger, "A.6.2.4").shown == "partial"
