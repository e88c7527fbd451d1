"""The entries of one range, judged by themselves: what a scan says without knowing the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ledger.store.backend import open_sqlite
from ledger.store.blobs import Blobs
from ledger.store.entryscan import scan_entries
from ledger.store.hashscan import scan_hashes
from ledger.store.judging import MAX_FINDINGS, EntryScan, Judging
from ledger.store.read import read_leaves
from ledger.verdicts import Verdict
from tests.ledger.attacker import Suspect, add, signed, statement
from tests.ledger.harness import decision

Scan = Callable[..., EntryScan]


@pytest.fixture
def judging(suspect: Suspect) -> Judging:
    h = suspect.harness(read_only=True, checkpoint_signer=None)
    judging = Judging(h.ledger.authority, None, (), indexed=22, full=True)
    h.close()
    return judging


@pytest.fixture
def scan(suspect: Suspect, judging: Judging) -> Iterator[Scan]:
    """`scan_entries` of a range of the small ledger; `changes` are to what it knows of the whole."""

    def run(start: int = 0, end: int = 26, **changes: object) -> EntryScan:
        backend = open_sqlite(suspect.path, read_only=True)
        try:
            with backend.reading("testing") as connection:
                leaves = list(read_leaves(connection, start, end))
                knowing = replace(judging, **changes)  # type: ignore[arg-type]
                hashes: list[bytes] = []
                scan_hashes(connection, start, end, (), leaves, hashes)
                return scan_entries(connection, Blobs(backend.blob_folder), knowing, start, leaves, hashes)
        finally:
            backend.close()

    return run


def test_a_sound_range_says_what_the_whole_needs(scan: Scan) -> None:
    found = scan()

    assert found.found == {Verdict.ERASED: 1}
    assert found.state_places == [0, 1, 2, 3, 4, 5, 6, 16, 17]
    assert {name: run.entries for name, run in found.subjects.items()} == {
        "ledger": 9, "credit-scoring": 15, "hiring": 2,
    }  # fmt: skip
    assert (found.first, found.last, found.unread, found.opaque) == (0, 25, 0, 0)
    assert [place for place, _, _ in found.attachments.values()] == [10, 11]
    assert list(found.erased_blobs.values()) == [15]
    assert found.rows == {"reference_index": 3, "artefact_index": 2}


def test_a_part_says_where_its_counters_begin(scan: Scan) -> None:
    run = scan(9, 12).subjects["credit-scoring"]

    assert (run.first, run.first_nth, run.entries) == (9, 2, 3)


def test_an_empty_range_says_nothing(scan: Scan) -> None:
    assert scan(26, 30) == EntryScan()


def test_without_keys_bytes_and_bodies_are_judged_and_no_signer(scan: Scan, suspect: Suspect) -> None:
    suspect.set_leaf(20, b"{}")
    suspect.set_leaf(21, suspect.leaves()[22])

    found = scan(authority=None)

    assert found.found[Verdict.ALTERED] == found.found[Verdict.REORDERED] == 1
    assert Verdict.NOT_PERMITTED not in found.found
    assert found.subjects == {}, "origin and clock resets are the keys' to say"


def test_after_lost_keys_a_refusal_is_not_an_accusation(scan: Scan, suspect: Suspect) -> None:
    add(suspect, signed(statement("ai_decision", decision(9), suspect.origin), "stranger"))

    assert scan(0, 27).found[Verdict.NOT_PERMITTED] == 1
    assert scan(0, 27, unsure_after=3).found[Verdict.NOT_CHECKED] == 1
    assert scan(0, 27, unsure_after=26).found[Verdict.NOT_PERMITTED] == 1, "the damage came later"


def test_what_can_not_be_read_is_counted_apart_from_what_can_not_be_understood(scan: Scan, suspect: Suspect) -> None:
    add(suspect, signed(statement("thought", {}, suspect.origin, "compliance"), "compliance"))
    suspect.set_leaf(20, b"{}")

    found = scan(0, 27)

    assert (found.unread, found.opaque) == (1, 2)
    assert found.found[Verdict.UNSUPPORTED_VERSION] == 1


def test_findings_are_kept_up_to_the_limit_and_counted_beyond() -> None:
    found = EntryScan()
    for index in range(MAX_FINDINGS + 50):
        found.add(Verdict.ALTERED, index, "x")

    assert len(found.findings) == MAX_FINDINGS
    assert found.found == {Verdict.ALTERED: MAX_FINDINGS + 50}
    assert found.noted[MAX_FINDINGS + 49] == [Verdict.ALTERED]
