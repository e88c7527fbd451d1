"""The statement of applicability as a whole: each control once, whatever is declared, and totals that add up."""

import pytest

from docgen.soa import UnknownControl
from ledger.entry import ErasedMember
from tests.docgen.statement_ledger import EXCLUSION, IDS, codes, complete_ledger, row, small_ledger, state


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


def test_the_slot_of_an_own_control_does_not_depend_on_other_rows() -> None:
    ledger = complete_ledger()
    ledger.control("X.2", source="own", title="Second look")
    before = row(ledger, "X.2").slot
    ledger.control("X.1", source="own", title="First look")

    assert row(ledger, "X.2").slot == before != row(ledger, "X.1").slot


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


def test_a_system_stays_in_use_when_its_old_version_is_retired_last() -> None:
    ledger = small_ledger()
    new = ledger.system(version="1.1")
    old = ledger.held[0]
    ledger.system(version="1.0", status="no_longer_supplied", replaces=old)

    system = state(ledger).systems[0]

    assert (system.in_use, system.entry, system.first) == (True, new, 0)
    assert sorted(system.versions) == ["1.0", "1.1"]


def test_a_subject_without_registration_and_an_exception_for_nobody_are_said() -> None:
    ledger = small_ledger()
    ledger.add("monitoring", subject="shadow-model", monitoring_id="m", type="drift", metrics=[], conclusion="Fine.",
               period={"start": "2026-10-01T00:00:00Z"}, status="as_expected")  # fmt: skip
    ledger.control("A.2.2", systems=["credit-scoring", "ghost"])

    assert state(ledger).unregistered == ("shadow-model",)
    assert "unknown_system" in codes(ledger, "A.2.2")


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
