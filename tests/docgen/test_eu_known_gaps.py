"""What is known against the data stands before every table of numbers that it touches; and what an example is."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from docgen.build import build_document
from tests.docgen.builders import START, SYSTEM, VERSION, started
from tests.docgen.eu_ledger import full_ledger
from tests.docgen.test_build import words
from tests.docgen.test_eu_pack import DOCUMENT, PACK, build, read

GAP = "The sex code merges groups."


def test_every_table_of_numbers_per_sex_has_the_known_gap_right_before_it() -> None:
    markdown = read(build(full_ledger()).markdown)
    parts = markdown.split("::: table")
    tables = [(before, after.split("\n:::")[0]) for before, after in pairwise(parts)]
    touched = [before.split(":::")[-2] for before, table in tables if "sex: female" in table]

    assert len(touched) >= 5
    assert all(GAP in before for before in touched)


def test_numbers_that_the_gap_does_not_touch_have_no_such_note() -> None:
    ledger = full_ledger()
    gap = {"gap": "The rate of old loans is unknown.", "effect": "The auc may shift."}
    ledger.held = [
        replace(entry, data={**entry.data, "gaps": [gap]}) if entry.kind == "dataset_lineage" else entry
        for entry in ledger.held
    ]

    assert "Known gap of the data" not in read(build(ledger).markdown)


@pytest.mark.parametrize(
    ("later", "said"),
    [
        (timedelta(seconds=11), "within 11 seconds, on 2026-"),
        (timedelta(minutes=4, seconds=1), "within 5 minutes, on 2026-"),
        (timedelta(days=40), "within 40 days, on 2026-"),
    ],
)
def test_an_example_says_in_how_short_a_time_it_was_recorded(later: timedelta, said: str) -> None:
    ledger = started()
    ledger.add("ai_system", ledger.held[0].data, recorded=START + later, refs=(("supersedes", ledger.held[0]),))

    marked = build_document(ledger, PACK, DOCUMENT, system=SYSTEM, version=VERSION, marking="EXAMPLE")

    assert said in words(marked.data)
    assert "Everything in this example" not in words(build(ledger).data)
