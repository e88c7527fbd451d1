"""Findings in bounded memory."""

from __future__ import annotations

import pytest

from ledger.verdicts import Finding, Place, Verdict
from ledger.verifying.findings import MAX_FINDINGS, Findings


def test_findings_come_in_ledger_order_with_the_whole_ledger_first() -> None:
    findings = Findings()
    findings.add(Verdict.ALTERED, 9, "late")
    findings.add(Verdict.MISSING, 3, "early")
    findings.add(Verdict.FORKED, -1, "history", "history")

    assert [f.place.index for f in findings.in_order()] == [-1, 3, 9]


def test_a_flood_of_one_verdict_does_not_hide_another() -> None:
    findings = Findings()
    for index in range(5_000):
        findings.add(Verdict.INDEX_WRONG, index, "its row")
    findings.add(Verdict.ALTERED, 4_999, "its bytes")

    chosen = findings.in_order()

    assert findings.counts == {Verdict.INDEX_WRONG: 5_000, Verdict.ALTERED: 1}
    assert len(chosen) == MAX_FINDINGS
    assert Finding(Verdict.ALTERED, Place(4_999), "its bytes") in chosen


def test_counts_of_a_range_count_what_was_not_kept() -> None:
    findings = Findings()

    findings.take([Finding(Verdict.ALTERED, Place(1), "x")], {Verdict.ALTERED: 77})

    assert findings.counts == {Verdict.ALTERED: 77}
    assert len(findings.in_order()) == 1


def test_what_is_withdrawn_is_neither_counted_nor_kept() -> None:
    findings = Findings()
    for index in (3, 3, 4):
        findings.add(Verdict.INDEX_WRONG, index, "its row")
    findings.add(Verdict.ALTERED, 3, "its bytes")

    findings.withdraw(3, [Verdict.INDEX_WRONG, Verdict.INDEX_WRONG])

    assert findings.counts == {Verdict.INDEX_WRONG: 1, Verdict.ALTERED: 1}
    assert [(f.verdict, f.place.index) for f in findings.in_order()] == [
        (Verdict.ALTERED, 3),
        (Verdict.INDEX_WRONG, 4),
    ]


def test_a_verdict_that_is_withdrawn_whole_is_not_found() -> None:
    findings = Findings()
    findings.add(Verdict.INDEX_WRONG, 3, "its row")

    findings.withdraw(3, [Verdict.INDEX_WRONG])

    assert not findings.found([Verdict.INDEX_WRONG])
    assert findings.in_order() == ()


@pytest.mark.parametrize("kinds", [1, 2, 3, 7])
def test_never_more_than_the_limit_are_chosen(kinds: int) -> None:
    findings = Findings()
    for verdict in list(Verdict)[:kinds]:
        for index in range(700):
            findings.add(verdict, index, "x")

    assert len(findings.in_order()) == min(MAX_FINDINGS, 700 * kinds)
