"""The statement of applicability: each control once, claims lowered and never raised, and what is objected to."""

import pytest

from docgen.soa import UnknownControl
from ledger.entry import ErasedMember
from tests.docgen.statement_ledger import IDS, MemoryLedger, codes, complete_ledger, row, state

EXCLUSION = {
    "applicable": "no", "ground": "risk_assessment", "drivers": None, "risks": None, "owner": None,
    "implementation_status": None, "evidence": None,
    "justification": "The risk assessment of 2026 found no use of this in any of our systems.",
}  # fmt: skip


def small_ledger() -> MemoryLedger:
    """One system, one risk, one assessment, and no declaration yet."""
    ledger = MemoryLedger()
    ledger.system()
    ledger.risk()
    ledger.assessment()
    return ledger


# --- the population ---------------------------------------------------------------------------------


def test_every_control_stands_once_and_in_order_whatever_is_declared() -> None:
    ledger = small_ledger()
    for control_id in reversed(IDS[3:]):
        ledger.control(control_id)

    assert tuple(row.id for row in state(ledger).population) == IDS


def test_a_control_nobody_declared_is_printed_as_not_declared_and_is_open() -> None:
    missing = row(small_ledger(), "A.6.2.8")

    assert (missing.applicable, missing.shown, missing.status.status) == (
        "not_declared",
        "not_declared",
        "not provided",
    )
    assert missing.open


def test_an_unknown_control_of_annex_a_stops_the_build_and_names_the_entry() -> None:
    ledger = small_ledger()
    entry = ledger.control("A.6.1.4")

    with pytest.raises(
        UnknownControl, match=rf"entry {entry.index}: declares control 'A\.6\.1\.4' of annex_a"
    ) as caught:
        state(ledger)

    assert caught.value.control_id == "A.6.1.4"


def test_an_unknown_control_that_was_corrected_stops_nothing() -> None:
    ledger = small_ledger()
    wrong = ledger.control("A.11.2")
    ledger.control("A.2.2", references=[{"rel": "corrects", "statement": wrong.statement}])

    assert row(ledger, "A.2.2").applicable == "yes"


def test_own_controls_stand_in_a_table_of_their_own_even_with_an_id_of_annex_a() -> None:
    ledger = complete_ledger()
    ledger.control("X.10", source="own", title="Third look", evidence=None)
    ledger.control("X.2", source="own", title="Second look", evidence=[{"kind": "risk", "about": "R-1", "shows": "it"}])
    ledger.control(
        "A.5.2", source="other_framework", title="Project risk", framework="ISO/IEC 27001:2022", evidence=None
    )

    statement = state(ledger)

    assert [(row.id, row.source) for row in statement.beyond] == [
        ("A.5.2", "other_framework"), ("X.2", "own"), ("X.10", "own"),
    ]  # fmt: skip
    assert [row.evidence for row in statement.beyond] == ["no test defined", "provided", "no test defined"]
    assert [row.evidence for row in statement.population if row.id == "A.5.2"] == ["provided"]


def test_the_totals_always_equal_the_controls() -> None:
    ledger = small_ledger()
    ledger.control("A.2.2")
    ledger.control("A.2.2")
    ledger.control("A.9.2", **EXCLUSION)
    ledger.control("A.4.4", implementation_status="planned", target_date="2027-01-31")
    ledger.control("A.7.2", applicable="per_system", exceptions=[{"system": "credit-scoring", "applicable": "yes"}])
    ledger.control("X.1", source="own", title="Second look")
    statement = state(ledger)

    for counts in (statement.applicability, statement.states, statement.evidence):
        assert sum(counts.values()) == len(IDS) + 1 == len(statement.rows)
    assert statement.applicability == {"yes": 2, "no": 1, "per_system": 1, "conflict": 1, "not_declared": 34}


# --- declarations -----------------------------------------------------------------------------------


def test_two_declarations_of_which_none_replaces_the_other_are_a_conflict() -> None:
    ledger = small_ledger()
    first = ledger.control("A.2.2")
    second = ledger.control("A.2.2", **EXCLUSION)

    found = row(ledger, "A.2.2")

    assert (found.applicable, found.evidence, found.status.status) == ("conflict", "conflict", "conflict")
    assert found.declared_by == (first, second)
    assert found.claim == ""


def test_a_superseded_declaration_is_gone() -> None:
    ledger = small_ledger()
    first = ledger.control("A.4.4")
    second = ledger.control("A.4.4", **EXCLUSION, replaces=first)

    found = row(ledger, "A.4.4")

    assert (found.applicable, found.declared_by) == ("no", (second,))


def test_declarations_of_the_organisation_under_two_names_are_a_conflict() -> None:
    ledger = small_ledger()
    ledger.control("A.2.2")
    ledger.control("A.2.2", subject="aims")

    assert row(ledger, "A.2.2").applicable == "conflict"


def test_a_declaration_under_a_system_goes_before_the_organisations() -> None:
    ledger = small_ledger()
    ledger.system("fraud-watch")
    ledger.control("A.7.2")
    ledger.control("A.7.2", subject="fraud-watch", **EXCLUSION)

    found = row(ledger, "A.7.2")

    assert [(one.system.id, one.applicable) for one in found.decisions] == [
        ("credit-scoring", "yes"),
        ("fraud-watch", "no"),
    ]
    assert [one.system.id for one in found.differing] == ["fraud-watch"]
    assert found.applicable == "yes"


def test_an_exception_and_a_declaration_that_disagree_about_a_system_are_a_conflict() -> None:
    ledger = small_ledger()
    ledger.system("fraud-watch")
    exception = {
        "system": "fraud-watch", "applicable": "no", "ground": "risk_assessment",
        "justification": "The rules of this system use no learnt data at all.",
    }  # fmt: skip
    ledger.control("A.7.2", exceptions=[exception])
    ledger.control("A.7.2", subject="fraud-watch")

    assert row(ledger, "A.7.2").applicable == "conflict"
    assert "system_conflict" in codes(ledger, "A.7.2")


def test_an_applicability_entry_decides_nothing_about_a_control() -> None:
    ledger = complete_ledger()
    ledger.add(
        "applicability",
        requirement="A.6.2.4",
        applicable=False,
        ground="feature_absent",
        justification="We do not test.",
    )

    assert (row(ledger, "A.6.2.4").applicable, row(ledger, "A.6.2.4").status.status) == ("yes", "provided")


# --- systems ----------------------------------------------------------------------------------------


def test_a_system_registered_after_the_declaration_is_not_decided() -> None:
    ledger = complete_ledger()
    ledger.system("chat-assistant")
    statement = state(ledger)

    assert len(statement.undecided(statement.systems[1])) == len(IDS)
    assert statement.undecided(statement.systems[0]) == ()
    assert "undecided" in codes(ledger, "A.2.2")


def test_a_declaration_that_lists_systems_covers_no_other() -> None:
    ledger = small_ledger()
    ledger.system("fraud-watch")
    ledger.control("A.2.2", systems=["credit-scoring"])

    assert [one.applicable for one in row(ledger, "A.2.2").decisions] == ["yes", "undecided"]


def test_exceptions_that_only_exclude_leave_the_other_systems_applicable() -> None:
    ledger = small_ledger()
    ledger.system("fraud-watch")
    ledger.system("notes")
    no = {"applicable": "no", "ground": "risk_assessment", "justification": "Nothing is trained or tuned in this one."}
    ledger.control("A.7.2", applicable="per_system", exceptions=[{"system": "notes", **no}])
    ledger.control(
        "A.7.3",
        applicable="per_system",
        exceptions=[{"system": "notes", **no}, {"system": "fraud-watch", "applicable": "yes"}],
    )

    assert [one.applicable for one in row(ledger, "A.7.2").decisions] == ["yes", "yes", "no"]
    assert [one.applicable for one in row(ledger, "A.7.3").decisions] == ["undecided", "yes", "no"]


def test_a_retired_system_needs_no_decision_and_no_assessment() -> None:
    ledger = complete_ledger()
    ledger.system("old-scoring", status="retired")

    assert "undecided" not in codes(ledger, "A.5.2")
    assert row(ledger, "A.5.2").shown == "implemented"


def test_a_subject_without_registration_and_an_exception_for_nobody_are_said() -> None:
    ledger = small_ledger()
    ledger.add("monitoring", subject="shadow-model", monitoring_id="m", type="drift", metrics=[], conclusion="Fine.",
               period={"start": "2026-10-01T00:00:00Z"}, status="as_expected")  # fmt: skip
    ledger.control("A.2.2", systems=["credit-scoring", "ghost"])

    assert state(ledger).unregistered == ("shadow-model",)
    assert "unknown_system" in codes(ledger, "A.2.2")


# --- claims and evidence ----------------------------------------------------------------------------


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
    ledger.add("monitoring", subject="credit-scoring", time="2026-05-01T00:00:00.000000Z", monitoring_id="m", type="drift",
               metrics=[], conclusion="Fine.", period={"start": "2026-04-01T00:00:00Z"}, status="as_expected")  # fmt: skip
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


# --- objections -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("AI policy", "justification_title"),
        ("n/a", "justification_blocked"),
        ("Not relevant", "justification_blocked"),
        ("no resources.", "justification_blocked"),
        ("It is needed", "justification_short"),
    ],
)
def test_a_phrase_is_objected_to_and_keeps_the_row_open_although_evidence_is_there(text: str, code: str) -> None:
    ledger = small_ledger()
    ledger.proof("A.2.2")
    ledger.control("A.2.2", justification=text)

    found = row(ledger, "A.2.2")

    assert code in codes(ledger, "A.2.2")
    assert (found.evidence, found.status.status, found.open) == ("provided", "not provided", True)
    assert "not acceptable" in found.status.reason


def test_an_inclusion_needs_a_justification_as_well() -> None:
    ledger = small_ledger()
    ledger.control("A.2.2", justification=None)

    assert "justification_missing" in codes(ledger, "A.2.2")


def test_an_acceptable_exclusion_is_not_applicable_and_settled() -> None:
    ledger = small_ledger()
    ledger.control("A.4.4", **EXCLUSION)

    found = row(ledger, "A.4.4")

    assert (found.shown, found.status.status, found.open, found.objections) == ("excluded", "not applicable", False, ())


def test_an_exclusion_that_a_clause_forbids_needs_somebody_elses_approval() -> None:
    ledger = small_ledger()
    declaration = ledger.control("A.2.2", **EXCLUSION)
    assert codes(ledger, "A.2.2") == ["level_never"]

    approval = {"decision": "approved", "scope": "exclusion", "statement": declaration.statement}
    ledger.add("approval", **approval, by="compliance-team")
    assert codes(ledger, "A.2.2") == ["level_never"]
    ledger.add("approval", **approval, by="board")

    assert codes(ledger, "A.2.2") == []


def test_an_approval_taken_back_confirms_no_exclusion() -> None:
    ledger = small_ledger()
    declaration = ledger.control("A.2.2", **EXCLUSION)
    ledger.add("approval", decision="approved", scope="exclusion", statement=declaration.statement, by="board")
    ledger.add("approval", decision="withdrawn", scope="exclusion", statement=declaration.statement, by="board")

    assert codes(ledger, "A.2.2") == ["level_never"]


def test_excluding_data_controls_while_data_sets_are_recorded_is_contradicted() -> None:
    ledger = small_ledger()
    ledger.add(
        "dataset_lineage", subject="credit-scoring", dataset_id="d", dataset_version="1", name="D", digest="0" * 64,
        purposes=["training"], description="Applications.", records=1000, sources=[{"name": "S", "type": "own_operations"}],
    )  # fmt: skip
    ledger.control("A.7.2", **EXCLUSION)

    objection = row(ledger, "A.7.2").objections[0]

    assert (objection.code, objection.values["count"], objection.values["kinds"]) == (
        "contradicted",
        "1",
        "dataset_lineage",
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"risks": None}, "driver_risk"),
        ({"risks": ["R-404"]}, "unknown_risks"),
        ({"drivers": ["law"], "risks": ["R-1"]}, "driver_law"),
        ({"drivers": ["objective"]}, "driver_objective"),
        ({"objectives": ["O-404"]}, "unknown_objectives"),
        ({"documents": ["D-404"]}, "unknown_documents"),
        ({"impact_assessments": ["I-404"]}, "unknown_impact_assessments"),
        ({"drivers": ["good_practice"], "risks": None}, "no_trace"),
        ({"drivers": None, "risks": ["R-404"]}, "no_trace"),
        ({"implementation_status": None}, "no_claim"),
        ({"implementation_status": "not_applicable"}, "applicable_without_claim"),
        ({"implementation_status": "planned"}, "no_target_date"),
        ({"implementation_status": "partial", "target_date": "2026-11-19"}, "overdue"),
        ({**EXCLUSION, "implementation_status": "implemented"}, "excluded_with_claim"),
        ({"owner": None}, "no_owner"),
        ({"review_due": "2026-11-19"}, "review_overdue"),
    ],
)
def test_what_does_not_lead_back_or_fit_together_is_objected_to(changes: dict[str, object], code: str) -> None:
    ledger = small_ledger()
    ledger.control("A.10.4", **changes)

    assert code in codes(ledger, "A.10.4")


@pytest.mark.parametrize(
    "changes",
    [
        {"drivers": ["baseline"], "risks": None},
        {"drivers": ["law"], "risks": None, "obligations": ["Regulation (EU) 2024/1689 Art. 14"]},
        {"drivers": ["risk"], "risks": None, "impact_assessments": ["aiia-credit-scoring"]},
        {"implementation_status": "planned", "target_date": "2026-11-20"},
    ],
)
def test_what_leads_back_is_not_objected_to(changes: dict[str, object]) -> None:
    ledger = small_ledger()
    ledger.control("A.10.4", **changes)

    assert codes(ledger, "A.10.4") == []


def test_a_risk_that_relies_on_an_excluded_control_is_said_at_the_control_and_in_the_register() -> None:
    ledger = small_ledger()
    ledger.risk("R-2", controls=["A.4.4", "A.99.1"])
    ledger.control("A.4.4", **EXCLUSION)

    statement = state(ledger)

    assert codes(ledger, "A.4.4") == ["risk_relies"]
    assert [line.unsupported for line in statement.risks] == [(), ("A.4.4", "A.99.1")]


def test_copied_justifications_are_a_warning_that_changes_no_status() -> None:
    ledger = small_ledger()
    for control_id in ("A.10.3", "A.10.4"):
        ledger.proof(control_id)
        ledger.control(control_id, justification="The same reason is given here for each and every control.")

    assert state(ledger).alike == (("A.10.3", "A.10.4"),)
    assert codes(ledger, "A.10.3") == ["alike"]
    assert (row(ledger, "A.10.3").shown, row(ledger, "A.10.3").open) == ("implemented", False)


# --- the whole --------------------------------------------------------------------------------------


def test_open_rows_come_by_target_date() -> None:
    ledger = small_ledger()
    ledger.control("A.2.2", implementation_status="planned", target_date="2027-05-01")
    ledger.control("A.10.4", implementation_status="planned", target_date="2026-12-01")

    assert [row.id for row in state(ledger).open][:2] == ["A.10.4", "A.2.2"]


def test_what_was_recorded_after_the_newest_declaration_makes_the_statement_stale() -> None:
    ledger = complete_ledger()
    assert state(ledger).newer == ()

    ledger.risk("R-2")
    last = ledger.risk("R-3")

    assert state(ledger).newer == (("risk", 2, last),)


def test_an_erased_name_of_an_owner_reads_as_erased_with_its_entry() -> None:
    ledger = small_ledger()
    gone = (ErasedMember("/holder/name", 77),)
    ledger.add("role_assignment", assignment_id="role-aims", role="AI officer", holder={"id": "p-017"}, erased=gone)
    ledger.control("A.2.2")

    owner = row(ledger, "A.2.2").owner

    assert (owner.role, owner.name) == ("AI officer", "erased (entry 77)")


def test_an_owner_may_be_named_by_pseudonym_and_need_not_be_assigned() -> None:
    ledger = small_ledger()
    ledger.add("role_assignment", assignment_id="r", role="AI officer", holder={"id": "p-017"})
    ledger.control("A.2.2", owner="p-017")
    ledger.control("A.2.3", owner="p-018")

    assert (row(ledger, "A.2.2").owner.role, row(ledger, "A.2.2").owner.name) == ("AI officer", "p-017")
    assert (row(ledger, "A.2.3").owner.id, row(ledger, "A.2.3").owner.role) == ("p-018", "")


def test_the_statuses_handed_back_are_those_of_the_points_and_none_is_better_than_found() -> None:
    statement = state(small_ledger())

    assert tuple(statement.statuses) == IDS
    assert {status.status for status in statement.statuses.values()} == {"not provided"}
