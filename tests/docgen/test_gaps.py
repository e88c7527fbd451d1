"""Gaps are exactly what the document shows, without making it."""

import subprocess
import sys
from pathlib import Path

import pytest

from docgen.build import build_document
from docgen.errors import DocgenError
from docgen.gaps import gaps
from docgen.packs import load_pack
from docgen.status import OPEN_WORDS, STATUS_WORDS
from tests.docgen.builders import SYSTEM, VERSION, HandLedger, started
from tests.docgen.eu_ledger import full_ledger

PACK = load_pack("eu_tech_docs")
DOCUMENT = "technical-documentation"


@pytest.mark.parametrize("make", [started, full_ledger])
def test_gaps_and_document_agree(make: object) -> None:
    ledger = make()  # type: ignore[operator]

    alone = gaps(ledger, PACK, DOCUMENT, system=SYSTEM, version=VERSION)
    built = build_document(ledger, PACK, DOCUMENT, system=SYSTEM, version=VERSION)

    assert alone == built.statuses
    assert built.summary.open == sum(status.open for status in alone)


@pytest.mark.parametrize("make", [started, full_ledger])
def test_every_point_and_item_has_exactly_one_word_and_a_reason_when_it_is_open(make: object) -> None:
    for status in gaps(make(), PACK, DOCUMENT, system=SYSTEM, version=VERSION):  # type: ignore[operator]
        assert status.status in STATUS_WORDS
        assert bool(status.reason) == (status.status != "provided")
        for item in status.items:
            assert item.status in STATUS_WORDS
            assert bool(item.reason) == (item.status != "provided")
            assert item.open == (item.status in OPEN_WORDS)
            assert "{" not in item.reason


def test_every_missing_item_says_how_to_record_it() -> None:
    for status in gaps(started(), PACK, DOCUMENT, system=SYSTEM, version=VERSION):
        for item in status.items:
            if item.status in ("not provided", "no test defined", "never run"):
                assert item.record.startswith("aims record ")
                assert item.record.endswith(" --system credit-scoring@1.1 --as KEY")


def test_an_empty_ledger_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(DocgenError, match=r"no entries about a system.*record an ai_system entry first"):
        gaps(HandLedger(now=started().now), PACK, DOCUMENT, system=SYSTEM, version=VERSION)


def test_looking_for_gaps_loads_no_writer() -> None:
    program = "import sys, docgen.gaps; print([m for m in sys.modules if m == 'docx' or m.startswith('docgen.word')])"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True
    )

    assert run.stdout == "[]\n"
