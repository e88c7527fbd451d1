"""Entries for readers: found by kind, subject or digest, read from bytes, with what their disclosures still tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from ledger.entry import Entry, SignedBy
from ledger.errors import AimsError, BadInput, ProofError
from ledger.signing import key_id
from ledger.store import index
from ledger.store.entries import erasable_digests, find_entry, read_entries, select_entries, signed_by
from ledger.store.read import parse_entry, read_leaf
from tests.ledger.erasures import NAME, WHY, attach
from tests.ledger.harness import SUBJECT, Harness, decision, decision_about, enrolment, oversight, signer


def select(harness: Harness, **question: Any) -> list[int]:
    """The indexes of what `select_entries` finds."""
    authority = harness.ledger.authority
    question = {"size": harness.ledger.size, **question}
    with harness.ledger.backend.reading("reading entries") as connection:
        return [entry.index for entry in select_entries(connection, authority, **question)]


def index_up_to(harness: Harness, size: int) -> None:
    with harness.ledger.backend.writing("indexing") as connection:
        index.catch_up(connection, size)


@pytest.fixture
def mixed(harness: Harness) -> Harness:
    """Decisions at 7, 9, 11, 13 and overseers' actions about another system at 8, 10, 12."""
    for n in range(7):
        if n % 2:
            harness.record("oversight_action", oversight(n), by="overseer", subject="hiring")
        else:
            harness.record("ai_decision", decision(n))
    return harness


# Selecting


@pytest.mark.parametrize("indexed", [7, 8, 10, 14])
def test_what_is_found_does_not_depend_on_how_far_the_index_is(mixed: Harness, indexed: int) -> None:
    index_up_to(mixed, indexed)

    assert select(mixed, kinds={"ai_decision"}) == [7, 9, 11, 13]
    assert select(mixed, subject="hiring", newest_first=True) == [12, 10, 8]
    assert select(mixed, start=8, kinds={"ai_decision", "oversight_action"}, limit=3) == [8, 9, 10]
    assert select(mixed, subject="hiring", newest_first=True, limit=2) == [12, 10]
    assert select(mixed, start=9, size=12, subject=SUBJECT) == [9, 11]
    assert select(mixed, start=9, size=12, subject=SUBJECT, newest_first=True) == [11, 9]
    assert select(mixed, kinds={"ai_decision"}, subject="hiring") == []


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_page_has_at_most_512_entries_and_the_ledger_goes_on_from_it(harness: Harness, newest_first: bool) -> None:
    harness.append(*(harness.line("ai_decision", decision(n)) for n in range(600)))
    index_up_to(harness, 300)
    places = list(range(607))[::-1] if newest_first else list(range(607))

    assert select(harness, newest_first=newest_first) == places[:512]
    assert select(harness, newest_first=newest_first, limit=10_000) == places[:512]
    assert [entry.index for entry in harness.ledger.entries(newest_first=newest_first)] == places


@pytest.mark.parametrize(
    ("sql", "question"),
    [
        ("UPDATE entry_index SET kind = 'incident' WHERE idx = 9", {"kinds": {"incident"}}),
        ("UPDATE entry_index SET subject = 'other' WHERE idx = 9", {"subject": "other"}),
    ],
)
def test_an_index_that_calls_an_entry_something_else_gives_an_error_and_no_answer(
    mixed: Harness, sql: str, question: dict[str, Any]
) -> None:
    index_up_to(mixed, 14)
    mixed.sql(sql)

    with pytest.raises(ProofError, match=r"^entry 9: the index calls it something else than its bytes do; 'aims ver"):
        select(mixed, **question)


def test_an_entry_whose_bytes_were_changed_is_an_error_and_no_answer(mixed: Harness) -> None:
    index_up_to(mixed, 14)  # else every answer is an error, since the entry might have been one about keys
    with mixed.tampering() as connection:
        connection.execute("UPDATE entry SET leaf = substr(leaf, 2) WHERE idx = 9")

    with pytest.raises(AimsError, match=r"^entry 9: its bytes are damaged"):
        select(mixed)
    with pytest.raises(AimsError, match=r"^entry 9: its bytes are damaged"):
        mixed.entry(9)
    assert mixed.entry(8).kind == "oversight_action"


# One entry by its digest


def find(harness: Harness, prefix: str, size: int | None = None) -> int:
    with harness.ledger.backend.reading("finding an entry") as connection:
        return find_entry(connection, prefix, harness.ledger.size if size is None else size)


@pytest.mark.parametrize("indexed", [7, 10, 14])
def test_every_statement_is_found_by_its_digest_and_by_the_beginning_of_it(mixed: Harness, indexed: int) -> None:
    index_up_to(mixed, indexed)

    for entry in mixed.ledger.entries():
        assert find(mixed, entry.statement) == entry.index
        assert find(mixed, entry.statement[:12]) == entry.index
        assert mixed.entry(entry.statement[:13]) == entry


@pytest.mark.parametrize("prefix", ["", "abc", "ABCD", "xyz1", "12 4", "０１２３", "ab" * 33, "-123", "0x12"])
def test_what_is_no_beginning_of_a_digest_is_refused(harness: Harness, prefix: str) -> None:
    with pytest.raises(BadInput, match=r"^entry '.*': expected an index, or at least 4 lower-case hex digits of a dig"):
        find(harness, prefix)


def test_a_digest_that_is_not_there_or_came_later_is_not_found(mixed: Harness) -> None:
    last = mixed.entry(13).statement
    changed = last[:-1] + ("0" if last[-1] != "0" else "1")

    for prefix, size in ((changed, 14), (last, 13), ("abcd" * 16, 14)):
        with pytest.raises(BadInput, match=rf"^entry {prefix}: no statement digest begins with it; give more digits"):
            find(mixed, prefix, size)


@pytest.mark.parametrize("table", ["statement_index", "statement_recent"])
def test_a_beginning_that_two_share_is_refused(mixed: Harness, table: str) -> None:
    # One that is indexed and one that may not be: both places are looked at.
    index_up_to(mixed, 10)
    digest = bytes.fromhex(mixed.entry(7).statement)
    twin = digest[:-1] + bytes([digest[-1] ^ 1])
    mixed.sql(f"INSERT INTO {table} VALUES (?, ?)", twin, 8)

    with pytest.raises(BadInput, match=r"^entry \w{12}: several statement digests begin with it; give more digits"):
        find(mixed, digest.hex()[:12])
    assert find(mixed, digest.hex()) == 7


# What an entry says


def read(harness: Harness, *places: int) -> list[Entry]:
    authority = harness.ledger.authority
    with harness.ledger.backend.reading("reading entries") as connection:
        rows = [(place, read_leaf(connection, place)) for place in places]
        return read_entries(connection, authority, rows)


def test_values_are_put_back_where_they_were(harness: Harness) -> None:
    first = harness.record("ai_decision", decision_about("Jane Roe", 1, outcome="declined")).index
    second = harness.record("ai_decision", decision_about("Max Muster", 2)).index

    one, two = read(harness, first, second)

    assert one.data == decision_about("Jane Roe", 1, outcome="declined")
    assert two.data["affected_person"]["name"] == "Max Muster"
    assert (one.erased, two.erased) == ((), ())


def test_a_value_that_is_gone_is_named_with_the_entry_that_erased_it_or_without_one(harness: Harness) -> None:
    place = harness.record("ai_decision", decision_about("Jane Roe")).index
    by = harness.erase(place, members=[WHY]).receipt.index
    with harness.tampering() as connection:
        connection.execute("DELETE FROM disclosure")

    (entry,) = read(harness, place)

    # Whose value was merely deleted is not known by name any more, only where it was.
    assert [(gone.path, gone.by_index) for gone in entry.erased] == [("/affected_person/?", None), (WHY, by)]


def test_an_erasure_that_is_no_erasure_does_not_name_the_value(harness: Harness) -> None:
    place = harness.record("ai_decision", decision_about("Jane Roe")).index
    harness.erase(place, members=[WHY])
    with harness.tampering() as connection:
        connection.execute("UPDATE erased SET by_idx = 0")

    (entry,) = read(harness, place)

    assert [(gone.path, gone.by_index) for gone in entry.erased] == [("/?", 0)]


def test_a_disclosure_that_is_damaged_is_an_error_and_no_answer(harness: Harness) -> None:
    place = harness.record("ai_decision", decision_about("Jane Roe")).index
    with harness.tampering() as connection:
        connection.execute("UPDATE disclosure SET text = 'e30'")

    with pytest.raises(AimsError, match="disclosure"):
        read(harness, place)


def test_signers_are_named_by_the_key_history(harness: Harness) -> None:
    harness.enrol("both", "approver", "compliance", principal="person-1")
    place = harness.record("ai_decision", decision()).index
    harness.record("key", {"action": "revoked", "keyid": key_id(signer("pipeline").public_key), "reason": "left"},
                   by="admin")  # fmt: skip

    keyid = key_id(signer("pipeline").public_key)
    assert read(harness, place)[0].signers == (SignedBy(keyid, "pipeline-1", ("pipeline",)),)
    enrolled = read(harness, 7)[0].signers
    assert {(s.principal, s.roles) for s in enrolled} == {
        ("admin-1", ("admin",)), ("person-1", ("approver", "compliance")),
    }  # fmt: skip


def test_a_signer_that_the_history_does_not_know_is_called_unknown(harness: Harness) -> None:
    stranger = harness.record("ai_decision", decision()).index
    with harness.ledger.backend.reading("looking") as connection:
        leaf, _ = parse_entry(stranger, read_leaf(connection, stranger))
    unknown = replace(harness.ledger.authority, keys={})

    assert signed_by(unknown, leaf) == (SignedBy(key_id(signer("pipeline").public_key), "unknown", ()),)


# What can be erased


def erasable(harness: Harness, place: int) -> dict[str, str]:
    with harness.ledger.backend.reading("reading erasable members") as connection:
        return erasable_digests(connection, place)


def test_what_can_be_erased_is_what_is_still_there(harness: Harness) -> None:
    place = harness.record("ai_decision", decision_about("Jane Roe")).index
    stored = {digest for _, digest, _ in harness.rows()["disclosure"]}

    before = erasable(harness, place)
    harness.erase(place, members=[NAME])

    assert set(before) == {NAME, WHY}
    assert len(stored) == len(set(before.values())) == 2
    assert erasable(harness, place) == {WHY: before[WHY]}


def places_without(harness: Harness) -> Sequence[int]:
    """Entries without an erasable member: the first one, a plain decision, one with a personal attachment."""
    return [0, harness.record("ai_decision", decision()).index, attach(harness, personal=True)[0]]


def test_an_entry_without_erasable_members_has_none(harness: Harness) -> None:
    assert [erasable(harness, place) for place in places_without(harness)] == [{}, {}, {}]


def test_the_name_of_a_key_holder_can_be_erased(harness: Harness) -> None:
    place = harness.append(
        harness.line("key", enrolment("new", "pipeline", principal_name="Jane Roe"), by=["admin", "new"])
    )[0].index

    assert set(erasable(harness, place)) == {"/principal_name"}


def test_reading_many_entries_asks_for_their_disclosures_together(harness: Harness) -> None:
    for n in range(12):
        harness.record("ai_decision", decision_about(f"Person {n}", n))
    asked: list[str] = []
    engine = harness.ledger.backend.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *event: asked.append(event[2]))

    entries = list(harness.ledger.entries(kinds={"ai_decision"}))

    assert [entry.data["affected_person"]["name"] for entry in entries] == [f"Person {n}" for n in range(12)]
    assert sum("disclosure" in sql for sql in asked) <= 2
