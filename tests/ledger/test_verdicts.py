"""The words of a report and the exit codes they add up to."""

from __future__ import annotations

import pytest

from ledger.verdicts import LEDGER_WIDE, REMEDIES, Finding, Place, Report, Verdict

TAMPERING = [
    Verdict.ALTERED, Verdict.MISSING, Verdict.REORDERED, Verdict.TRUNCATED, Verdict.FORKED, Verdict.SIGNATURE_INVALID,
    Verdict.NOT_PERMITTED, Verdict.KEY_COMPROMISED, Verdict.SCHEMA_VIOLATION, Verdict.INDEX_WRONG,
    Verdict.ERASED_BUT_PRESENT, Verdict.KEY_UNKNOWN, Verdict.NOT_WITNESSED,
]  # fmt: skip
UNCHECKED = [Verdict.FIRST_SIGHT, Verdict.UNSUPPORTED_VERSION, Verdict.WITHHELD, Verdict.NOT_CHECKED]


def report(*counts: tuple[Verdict, int], size: int = 10, checkpoint_size: int = 8) -> Report:
    return Report(
        origin="bank.example/aims", size=size, root=bytes(32), checkpoint_size=checkpoint_size,
        checked_at="2026-11-23T10:00:00.000000Z", level="full", trust="pin", counts=counts, findings=(),
    )  # fmt: skip


def test_every_verdict_is_tampering_unchecked_or_harmless() -> None:
    assert {*TAMPERING, *UNCHECKED, Verdict.ERASED} == set(Verdict)


@pytest.mark.parametrize("verdict", TAMPERING)
def test_tampering_is_exit_1_whatever_else_was_found(verdict: Verdict) -> None:
    found = report((verdict, 1), (Verdict.ERASED, 3), (Verdict.FIRST_SIGHT, 1))

    assert found.tampered
    assert found.exit_code == 1
    assert found.summary == f"1 × {verdict.value}", "what was altered is not self-consistent, first sight or not"


@pytest.mark.parametrize("verdict", UNCHECKED)
def test_what_could_not_be_checked_is_exit_4(verdict: Verdict) -> None:
    found = report((Verdict.ERASED, 3), (verdict, 1))

    assert not found.tampered
    assert (found.exit_code, found.summary) == (4, verdict.value)


def test_nothing_found_is_sound() -> None:
    assert (report().exit_code, report().summary, report().tampered) == (0, "sound", False)


def test_lawful_erasures_are_sound() -> None:
    assert (report((Verdict.ERASED, 3)).exit_code, report((Verdict.ERASED, 3)).summary) == (0, "sound")


def test_the_unsigned_tail_is_what_no_checkpoint_covers() -> None:
    assert report().unsigned_tail == 2
    assert report(checkpoint_size=10).unsigned_tail == 0


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in (Verdict.ERASED, Verdict.NOT_CHECKED)])
def test_every_verdict_that_asks_for_something_has_a_remedy(verdict: Verdict) -> None:
    assert Finding(verdict, Place(1), "x").remedy == REMEDIES[verdict] != ""


def test_every_verdict_is_in_the_table_of_remedies() -> None:
    assert REMEDIES.keys() == set(Verdict)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Place(7), "entry 7"),
        (Place(7, "counter"), "entry 7, counter"),
        (Place(LEDGER_WIDE, "head"), "head"),
        (Place(LEDGER_WIDE), "ledger"),
    ],
)
def test_a_place_reads_as_one_would_say_it(place: Place, text: str) -> None:
    assert str(place) == text


def test_a_finding_is_one_line_place_verdict_detail() -> None:
    finding = Finding(Verdict.ALTERED, Place(41), "its bytes differ")

    assert str(finding) == "entry 41: altered: its bytes differ"


def test_places_sort_by_entry_then_by_what() -> None:
    places = [Place(2), Place(1, "b"), Place(1, "a"), Place(LEDGER_WIDE, "z"), Place(1)]

    assert sorted(places) == [Place(LEDGER_WIDE, "z"), Place(1), Place(1, "a"), Place(1, "b"), Place(2)]
