"""Counting and tallying agree with reading every entry, however far the index is, and notice an index that lies."""

import pytest

from ledger.counting import count_entries, tally_entries, tally_values
from ledger.errors import AimsError, ProofError
from ledger.store import index
from tests.ledger.harness import SUBJECT, Harness, decision, decision_about, oversight

KINDS = {"ai_decision", "oversight_action"}


@pytest.fixture
def mixed(harness: Harness) -> Harness:
    """Decisions about one system from 7, every third by a person about another."""
    for n in range(9):
        if n % 3 == 2:
            harness.record("oversight_action", oversight(n), by="overseer", subject="hiring")
        else:
            harness.record("ai_decision", decision(n, outcome="granted" if n % 2 else "refused"))
    return harness


def index_up_to(harness: Harness, size: int) -> None:
    with harness.ledger.backend.writing("indexing") as connection:
        index.catch_up(connection, size)


def counted(harness: Harness, subject: str | None = None, size: int | None = None) -> list[tuple[object, ...]]:
    found = count_entries(harness.ledger, kinds=KINDS, subject=subject, size=size)
    return [(one.kind, one.subject, one.count, one.first.index, one.last.index) for one in found]


def read(harness: Harness, subject: str | None = None, size: int | None = None) -> list[tuple[object, ...]]:
    """The same by reading every entry."""
    groups: dict[tuple[str, str], list[int]] = {}
    for entry in harness.ledger.entries(kinds=KINDS, subject=subject, size=size):
        groups.setdefault((entry.kind, entry.subject), []).append(entry.index)
    return [(*key, len(places), places[0], places[-1]) for key, places in groups.items()]


@pytest.mark.parametrize("indexed", [7, 8, 11, 16])
@pytest.mark.parametrize("size", [None, 10, 8, 7, 3])
@pytest.mark.parametrize("subject", [None, SUBJECT, "hiring", "nobody"])
def test_a_count_is_what_reading_every_entry_would_count(
    mixed: Harness, indexed: int, size: int | None, subject: str | None
) -> None:
    index_up_to(mixed, indexed)

    assert counted(mixed, subject, size) == read(mixed, subject, size)


@pytest.mark.parametrize("indexed", [7, 11, 16])
@pytest.mark.parametrize("size", [None, 10])
def test_a_tally_is_what_reading_every_entry_would_tally(mixed: Harness, indexed: int, size: int | None) -> None:
    index_up_to(mixed, indexed)
    members = ["outcome", "replayed", "system_version"]

    entries = mixed.ledger.entries(kinds=["ai_decision"], subject=SUBJECT, size=size)
    expected = tally_values((entry.data for entry in entries), members)

    assert tally_entries(mixed.ledger, "ai_decision", SUBJECT, members, size=size) == expected
    assert sum(expected["outcome"].values()) == (6 if size is None else 2)
    assert expected["system_version"] == {}


def test_a_tally_of_more_than_a_page_counts_each_entry_once(harness: Harness) -> None:
    harness.append(*(harness.line("ai_decision", decision(n, outcome=f"o{n % 2}")) for n in range(2_100)))
    index_up_to(harness, 2_000)

    assert tally_entries(harness.ledger, "ai_decision", SUBJECT, ["outcome"]) == {"outcome": {"o0": 1050, "o1": 1050}}


def test_a_member_that_can_be_erased_is_read_where_its_value_lies(harness: Harness) -> None:
    harness.record("ai_decision", decision_about("Ada"))

    assert tally_entries(harness.ledger, "ai_decision", SUBJECT, ["explanation"]) == {
        "explanation": {"Ada earns too little": 1}
    }


def test_truth_and_one_are_tallied_apart_and_other_values_not_at_all() -> None:
    bodies = [{"a": True}, {"a": 1}, {"a": "1"}, {"a": 1.5}, {"a": None}, {"a": ["x"]}, {}]

    assert tally_values(bodies, ["a"]) == {"a": {"1": 2, "True": 1}}


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM entry_index WHERE idx = 8",
        "UPDATE entry_index SET subject = 'hiring' WHERE idx = 8",
        "UPDATE entry_index SET subject = 'credit-scoring' WHERE idx = 12",
    ],
)
def test_an_index_that_leaves_an_entry_out_or_calls_one_its_own_gives_an_error_and_no_count(
    mixed: Harness, sql: str
) -> None:
    index_up_to(mixed, 16)
    mixed.sql(sql)

    with pytest.raises(ProofError, match=r"^the index has \d+ entries of credit-scoring, expected 6; 'aims verify' li"):
        counted(mixed, SUBJECT)


def test_an_index_of_the_whole_ledger_has_a_row_for_each_entry(mixed: Harness) -> None:
    index_up_to(mixed, 16)
    mixed.sql("DELETE FROM entry_index WHERE idx = 8")

    with pytest.raises(ProofError, match=r"^the index has 15 entries, expected 16; "):
        counted(mixed)


@pytest.mark.parametrize("column", ["kind = 'incident'", "subject = 'hiring'"])
def test_a_tally_of_an_entry_that_the_index_calls_something_else_is_refused(mixed: Harness, column: str) -> None:
    index_up_to(mixed, 16)
    mixed.sql(f"UPDATE entry_index SET {column} WHERE idx = 8")
    kind, subject = ("incident", SUBJECT) if column.startswith("kind") else ("ai_decision", "hiring")

    with pytest.raises(ProofError, match=r"^entry 8: the index calls it something else than its bytes do"):
        tally_entries(mixed.ledger, kind, subject, ["outcome"])


def test_a_tally_over_damaged_bytes_is_an_error(mixed: Harness) -> None:
    index_up_to(mixed, 16)
    with mixed.tampering() as connection:
        connection.execute("UPDATE entry SET leaf = substr(leaf, 2) WHERE idx = 8")

    with pytest.raises(AimsError, match=r"^entry 8: its bytes are damaged"):
        tally_entries(mixed.ledger, "ai_decision", SUBJECT, ["outcome"])
