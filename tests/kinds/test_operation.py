"""Bodies made while a system runs, and what went wrong: times, reasons, and nothing personal in clear."""

from __future__ import annotations

from typing import Any

import pytest

from ledger.kinds import erasable_paths
from tests.kinds.bodies import REMOVED, SD, accept, changed, refuse
from tests.kinds.credit import (
    AI_DECISION,
    BODIES,
    COMMUNICATION,
    COMPLAINT,
    CORRECTIVE_ACTION,
    INCIDENT,
    MONITORING,
    OVERSIGHT_ACTION,
    RUNTIME_LOG,
    SECURITY_EVENT,
)
from tests.kinds.from_schema import members, places

Changes = dict[str, Any]
PERSONAL = ("Bob", "Carl", "Eve", "2100", "0.11", "car", "Why was I", "Income and short")


def test_nothing_personal_is_left_when_the_erasable_members_are_gone() -> None:
    for kind in ("ai_decision", "oversight_action", "incident", "complaint"):
        body = BODIES[kind]
        left = changed(body, {pointer[1:].replace("/", "."): REMOVED for pointer in erasable_paths(kind, body)})

        values = " ".join(str(value) for path in places(left) if not isinstance(value := _at(left, path), (dict, list)))
        assert not [word for word in PERSONAL if word in values], kind
        accept(kind, left)


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@pytest.mark.parametrize("kind", ["ai_decision", "oversight_action", "complaint", "communication", "incident"])
def test_free_text_that_stays_for_ever_warns_against_personal_data(kind: str) -> None:
    # Text that people type about a case; what is said about the system or the organisation needs no warning.
    about_cases = {"outcome", "reason_code", "outcome_shown", "subject_matter", "summary", "title", "description"}
    unwarned = {
        path for path, member in members(kind)
        if len(path) == 1 and path[0] in about_cases and "x-erasable" not in member
        and "personal" not in member["description"]
    }  # fmt: skip

    assert unwarned == set()


def test_input_and_output_may_be_values_or_digests_and_both_can_be_erased() -> None:
    digests = changed(AI_DECISION, {"input": REMOVED, "output": REMOVED}) | {
        "input_digest": "4b" * 32,
        "output_digest": "5c" * 32,
    }

    accept("ai_decision", digests)
    assert {"/input_digest", "/output_digest"} <= erasable_paths("ai_decision", digests)
    accept("ai_decision", changed(digests, {"input_digest": REMOVED, "output_digest": REMOVED}) | {"_sd": [SD]})


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"replayed": REMOVED}, "replayed"),
        ({"replayed": 0}, "replayed"),
        ({"model": "scoring-gbm 2.1.0"}, "model"),
        ({"confidence": "0.47"}, "confidence"),
        ({"duration_ms": -1}, "duration_ms"),
        ({"affected_person": "Bob Example"}, "affected_person"),
        ({"decision_id": "Bob Example"}, "decision_id"),
        ({"input_digest": "md5:00"}, "input_digest"),
    ],
)
def test_a_decision_names_its_model_and_whether_it_was_replayed(changes: Changes, place: str) -> None:
    assert refuse("ai_decision", changed(AI_DECISION, changes)).place == place


def test_a_biometric_identification_logs_what_article_12_3_lists() -> None:
    biometric = {
        "use": {"start": "2026-05-01T08:00:00Z", "end": "2026-05-01T08:00:02Z"},
        "reference_database": {"dataset_id": "watchlist", "version": "12"},
        "match": True,
        "matching_input": "6d" * 32,
        "verified_by": ["p-1", "p-2"],
    }
    body = AI_DECISION | {"biometric": biometric}

    accept("ai_decision", body)
    assert "/biometric/matching_input" in erasable_paths("ai_decision", body)
    for member in ("use", "reference_database", "verified_by"):
        assert refuse("ai_decision", changed(body, {f"biometric.{member}": REMOVED})).place == f"biometric.{member}"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"keep_until": REMOVED}, "keep_until"),
        ({"segment": -1}, "segment"),
        ({"period.end": "2026-05-02"}, "period.end"),
        ({"period": REMOVED}, "period"),
        ({"digest": "18" * 31}, "digest"),
        ({"count": "18211"}, "count"),
    ],
)
def test_a_sealed_segment_has_number_period_count_digest_and_an_end_of_keeping(changes: Changes, place: str) -> None:
    assert refuse("runtime_log", changed(RUNTIME_LOG, changes)).place == place


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"actor": REMOVED}, "actor"),
        ({"reason_code": REMOVED}, "reason_code"),
        ({"action": "approved"}, "action"),
        ({"seconds_spent": -3}, "seconds_spent"),
        ({"aim": "stopping"}, "aim"),
    ],
)
def test_an_oversight_action_names_the_person_the_act_and_the_reason(changes: Changes, place: str) -> None:
    assert refuse("oversight_action", changed(OVERSIGHT_ACTION, changes)).place == place


@pytest.mark.parametrize(
    ("changes", "place"),
    [({"conclusion": REMOVED}, "conclusion"), ({"status": "red"}, "status"), ({"period": REMOVED}, "period")],
)
def test_a_monitoring_result_says_what_it_means(changes: Changes, place: str) -> None:
    assert refuse("monitoring", changed(MONITORING, changes)).place == place


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"detected": REMOVED}, "detected"),
        ({"detected": "2026-06-03"}, "detected"),
        ({"aware_provider": "2026-06-03T09:30:00"}, "aware_provider"),
        ({"categories": ["e"]}, "categories[0]"),
        ({"categories": ["(c)"]}, "categories[0]"),
        ({"causal_link": "likely"}, "causal_link"),
        ({"serious": True}, "serious"),
        ({"affected_persons": [{"surname": "Carl"}]}, "affected_persons[0].surname"),
        ({"affected.0.number": -1}, "affected[0].number"),
        ({"reports": [{"type": "initial", "to": "authority"}]}, "reports[0].sent"),
    ],
)
def test_an_incident_keeps_the_times_and_letters_on_which_deadlines_hang(changes: Changes, place: str) -> None:
    assert refuse("incident", changed(INCIDENT, changes)).place == place


@pytest.mark.parametrize(
    ("kind", "body", "member"),
    [
        ("corrective_action", CORRECTIVE_ACTION, "trigger"),
        ("corrective_action", CORRECTIVE_ACTION, "status"),
        ("security_event", SECURITY_EVENT, "threats"),
        ("security_event", SECURITY_EVENT, "status"),
        ("complaint", COMPLAINT, "received"),
        ("complaint", COMPLAINT, "sender"),
        ("communication", COMMUNICATION, "at"),
        ("communication", COMMUNICATION, "channel"),
    ],
)
def test_what_the_handling_of_events_rests_on_can_not_be_left_out(kind: str, body: dict[str, Any], member: str) -> None:
    assert refuse(kind, changed(body, {member: REMOVED})).place == member


def test_a_received_message_has_no_recipients() -> None:
    refused = refuse("communication", COMMUNICATION | {"direction": "received"})

    assert refused.problem == "recipients: present, expected absent with direction 'received'"
