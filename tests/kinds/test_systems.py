"""Bodies about a system, its models and data: what they refuse, and why that matters."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.kinds import KINDS, validate_body
from ledger.statement import MAX_STATEMENT_BYTES, format_statement
from tests.kinds.bodies import REMOVED, accept, changed, refuse
from tests.kinds.credit import (
    AI_SYSTEM,
    BODIES,
    CLASSIFICATION,
    COMPONENT_INVENTORY,
    DATASET_LINEAGE,
    MODEL_CHANGE,
    RELEASE,
    RESOURCE_USAGE,
)

Changes = dict[str, Any]


def test_there_is_a_credible_body_of_each_kind_about_systems_and_operation() -> None:
    assert list(KINDS)[: len(BODIES)] == [kind for kind in KINDS if kind in BODIES]
    assert len(BODIES) == 18


@pytest.mark.parametrize("kind", BODIES)
def test_a_credible_body_is_accepted_by_both_judges(kind: str) -> None:
    accept(kind, BODIES[kind])


@pytest.mark.parametrize("kind", BODIES)
def test_a_credible_body_fits_into_a_statement_with_room_to_spare(kind: str) -> None:
    statement = format_statement(
        id="0199f1c2-7a00-7c3e-8000-000000000001", source="https://bank.example/p", kind=kind, subject="s",
        time=0, ledger="bank.example/l", dataschema="urn:x", data=BODIES[kind],
    )  # fmt: skip

    assert len(statement) < MAX_STATEMENT_BYTES / 4


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"system_version": REMOVED}, "system_version"),
        ({"intended_purpose": REMOVED}, "intended_purpose"),
        ({"provider": "Example Bank AG"}, "provider"),
        ({"organisation_roles": []}, "organisation_roles"),
        ({"risk_classes": ["high"]}, "risk_classes[0]"),
        ({"annex_iii_points": ["AnnexIII-9-a"]}, "annex_iii_points[0]"),
        ({"annex_iii_points": ["5b"]}, "annex_iii_points[0]"),
        ({"member_states": ["Germany"]}, "member_states[0]"),
        ({"oversight_measures.0.aims": []}, "oversight_measures[0].aims"),
        ({"instructions_for_use.digest": "c3"}, "instructions_for_use.digest"),
        ({"declared_performance.0.level": "0.78"}, "declared_performance[0].level"),
    ],
)
def test_a_system_without_its_fixed_facts_is_refused(changes: Changes, place: str) -> None:
    assert refuse("ai_system", changed(AI_SYSTEM, changes)).place == place


def test_saying_that_there_are_none_differs_from_saying_nothing() -> None:
    silent = changed(AI_SYSTEM, {"interactions": REMOVED, "predetermined_changes": REMOVED})

    assert validate_body("ai_system", AI_SYSTEM).to_data()["interactions"] == []
    assert "interactions" not in validate_body("ai_system", silent).to_data()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"answers": []}, "answers"),
        ({"answers.0.reason": REMOVED}, "answers[0].reason"),
        ({"answers.0.answer": True}, "answers[0].answer"),
        ({"law_version": REMOVED}, "law_version"),
        ({"decided_by": REMOVED}, "decided_by"),
        ({"decided_on": "2026-02-30"}, "decided_on"),
        ({"results": []}, "results"),
    ],
)
def test_a_classification_needs_every_answer_its_reason_the_decider_and_the_law(changes: Changes, place: str) -> None:
    assert refuse("classification", changed(CLASSIFICATION, changes)).place == place


def test_an_exemption_needs_its_condition_and_both_reasons() -> None:
    exemption = {"conditions": ["a"], "no_significant_risk": "No effect.", "no_material_influence": "Sorts mail."}

    accept("classification", CLASSIFICATION | {"exemption": exemption})
    for member in exemption:
        refused = refuse(
            "classification", changed(CLASSIFICATION | {"exemption": exemption}, {f"exemption.{member}": REMOVED})
        )
        assert refused.place == f"exemption.{member}"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"reason": REMOVED}, "reason"),
        ({"substantial_modification": False}, "substantial_modification"),
        ({"substantial_modification.reason": REMOVED}, "substantial_modification.reason"),
        ({"items": []}, "items"),
        ({"items.0.before": "sha256:" + "d4" * 32}, "items[0].before"),
        ({"training.datasets": []}, "training.datasets"),
        ({"to_version": "2.1.0 beta"}, "to_version"),
    ],
)
def test_a_change_says_what_why_and_whether_it_is_substantial(changes: Changes, place: str) -> None:
    assert refuse("model_change", changed(MODEL_CHANGE, changes)).place == place


@pytest.mark.parametrize("action", ["rolled_back", "withdrawn", "recalled", "disabled", "retired"])
def test_a_version_is_taken_back_only_with_a_reason(action: str) -> None:
    back = {"rolled_back_to": "2.0.3"} if action == "rolled_back" else {}

    refused = refuse("release", RELEASE | back | {"action": action})

    assert refused.problem == f"reason: absent, expected with action '{action}'"
    accept("release", RELEASE | back | {"action": action, "reason": "Drift."})


def test_a_rollback_names_the_version_that_runs_again() -> None:
    refused = refuse("release", RELEASE | {"action": "rolled_back", "reason": "Drift."})

    assert refused.problem == "rolled_back_to: absent, expected with action 'rolled_back'"


def test_a_deployment_has_no_disposal() -> None:
    assert "disposal" in refuse("release", RELEASE | {"disposal": "Deleted."}).problem


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"sources": []}, "sources"),
        ({"digest": REMOVED}, "digest"),
        ({"records": 1000.5}, "records"),
        ({"records": -1}, "records"),
        ({"fields": [{"name": "income", "missing": 2}]}, "fields[0].missing"),
        ({"splits.0.purpose": "train"}, "splits[0].purpose"),
        ({"bias_examination.0.found": "yes"}, "bias_examination[0].found"),
        ({"statistics.0.value": None}, "statistics[0].value"),
    ],
)
def test_a_dataset_without_source_digest_or_sizes_is_refused(changes: Changes, place: str) -> None:
    assert refuse("dataset_lineage", changed(DATASET_LINEAGE, changes)).place == place


@pytest.mark.parametrize("condition", ["why_other_data_fail", "safeguards", "access", "transfers", "deletion"])
def test_special_categories_need_every_condition_of_article_4a(condition: str) -> None:
    special = {
        "categories": ["ethnic origin"], "purpose": "Measure bias.", "why_other_data_fail": "No proxy fits.",
        "safeguards": "Pseudonymised.", "access": "Two analysts.", "transfers": "None.", "deletion": "2026-12-31",
    }  # fmt: skip
    body = DATASET_LINEAGE | {"special_categories": special}

    accept("dataset_lineage", body)
    place = f"special_categories.{condition}"
    assert refuse("dataset_lineage", changed(body, {place: REMOVED})).place == place


def test_an_inventory_says_whether_it_is_complete() -> None:
    assert refuse("component_inventory", changed(COMPONENT_INVENTORY, {"complete": REMOVED})).place == "complete"


@pytest.mark.parametrize("basis", ["measured", "estimated", "derived", "supplier_stated"])
def test_an_amount_that_is_known_has_a_value(basis: str) -> None:
    refused = refuse(
        "resource_usage", changed(RESOURCE_USAGE, {"quantities.0.value": REMOVED, "quantities.0.basis": basis})
    )

    assert refused.place == "quantities[0]"
    assert refused.problem == f"value: absent, expected with basis '{basis}'"


def test_an_amount_that_is_not_known_has_no_value_but_says_why() -> None:
    invented = changed(RESOURCE_USAGE, {"quantities.1.value": 12.0})
    silent = changed(RESOURCE_USAGE, {"quantities.1.method": REMOVED})

    assert refuse("resource_usage", invented).problem == "value: present, expected absent with basis 'not_available'"
    assert refuse("resource_usage", silent).place == "quantities[1].method"


def test_amounts_name_their_unit_and_are_not_negative() -> None:
    assert refuse("resource_usage", changed(RESOURCE_USAGE, {"quantities.0.quantity": "energy"})).place
    assert (
        refuse("resource_usage", changed(RESOURCE_USAGE, {"quantities.0.value": -0.1})).place == "quantities[0].value"
    )
