"""An erasure does the same whoever made its line, and nothing that its statement does not have."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ledger.harness import Harness

TWO = ("compliance", "approver")


@pytest.fixture
def named(harness: Harness) -> tuple[Harness, int]:
    """A ledger with one decision about a person, and its index."""
    receipt = harness.record(
        "ai_decision",
        {
            "decision_id": "d-1",
            "model": {"model_id": "m", "version": "1"},
            "replayed": False,
            "affected_person": {"id": "p-1", "name": "Ada Example"},
            "explanation": "too little income",
        },
    )
    return harness, receipt.index


def erasure(harness: Harness, index: int, *pointers: str, **changes: Any) -> bytes:
    """An erasure of entry `index`, made by hand as another program would make it."""
    from ledger.store.entries import erasable_digests

    with harness.ledger.backend.reading("looking") as connection:
        digests = erasable_digests(connection, index)
    data = {
        "statement": harness.ledger.entry(index).statement,
        "members": [{"pointer": p, "digest": digests[p]} for p in pointers],
        "legal_basis": "GDPR Art. 17(1)(b)",
        "approved_by": "approver-1",
        **changes,
    }
    return harness.line("erasure", data, by=TWO)


def stored(harness: Harness, value: bytes) -> bool:
    """Whether any file of the ledger still holds `value`, plain or as a disclosure."""
    folder = harness.ledger.path.parent
    return any(value in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_an_erasure_appended_as_a_line_deletes_the_value_from_every_file(named: tuple[Harness, int]) -> None:
    harness, index = named
    with harness.ledger.backend.reading("looking") as connection:
        texts = [text for (text,) in connection.exec_driver_sql("SELECT text FROM disclosure").all()]
    assert all(stored(harness, text.encode()) for text in texts)

    harness.append(erasure(harness, index, "/affected_person/name", "/explanation"))

    assert [m.path for m in harness.ledger.entry(index).erased] == ["/affected_person/name", "/explanation"]
    assert not any(stored(harness, text.encode()) for text in texts)
    harness.check()


def test_a_digest_at_another_place_than_the_erasure_says_is_refused(named: tuple[Harness, int]) -> None:
    harness, index = named
    good = harness.ledger.entry(index).statement
    other = [{"pointer": "/explanation", "digest": "A" * 43}]

    harness.refuse(
        harness.line(
            "erasure",
            {"statement": good, "members": other, "legal_basis": "law", "approved_by": "approver-1"},
            by=TWO,
        ),
        match="no such erasable value at /explanation; there are: /affected_person/name, /explanation",
        rule="nothing to erase",
    )


def test_what_is_erased_already_is_refused(named: tuple[Harness, int]) -> None:
    harness, index = named
    first = erasure(harness, index, "/explanation")
    second = erasure(harness, index, "/explanation")
    harness.append(first)

    harness.refuse(second, match="no such erasable value at /explanation", rule="nothing to erase")
    harness.check()


def test_two_erasures_of_one_statement_in_a_batch_are_refused(named: tuple[Harness, int]) -> None:
    harness, index = named

    harness.refuse(
        erasure(harness, index, "/explanation"),
        erasure(harness, index, "/affected_person/name"),
        match="erased from twice",
        rule="nothing to erase",
    )


def test_a_legal_hold_stops_an_appended_erasure(named: tuple[Harness, int]) -> None:
    harness, index = named
    hold = {"hold_id": "h-1", "action": "set", "reason": "court order", "kinds": ["ai_decision"]}
    held = harness.record("hold", hold, by="compliance")

    harness.refuse(
        erasure(harness, index, "/explanation"), match=f"legal hold h-1 .entry {held.index}. covers it", rule="hold"
    )


def test_a_file_that_is_no_personal_attachment_is_not_erased(named: tuple[Harness, int]) -> None:
    harness, index = named

    harness.refuse(
        erasure(harness, index, members=[], attachments=["ab" * 32]),
        match="abababababababab is no personal attachment of it",
        rule="nothing to erase",
    )
