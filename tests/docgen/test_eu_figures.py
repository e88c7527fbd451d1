"""Small amounts are printed in a unit in which they can be read, and short boxes stay on one page."""

import re

import pytest

from tests.docgen.eu_ledger import full_ledger
from tests.docgen.test_build import part
from tests.docgen.test_eu_pack import build, read


@pytest.mark.parametrize(("hours", "printed"), [(0.001, "3.6 s"), (0.0, "0"), (1.5, "1.5")])
def test_a_few_seconds_are_not_printed_as_parts_of_an_hour(hours: float, printed: str) -> None:
    ledger = full_ledger()
    quantity = {"quantity": "cpu_hours", "basis": "measured", "value": hours, "method": "by stopwatch"}
    ledger.add("resource_usage", {"usage_id": "small", "phase": "training", "quantities": [quantity]})

    assert f"| {printed} | measured | by stopwatch [#" in read(build(ledger).markdown)


def test_the_paragraphs_of_a_short_box_stay_together() -> None:
    document = part(build(full_ledger()).data)
    boxes = re.findall(r'<w:pPr><w:pStyle w:val="(?:Missing|Caveat|Note)"/>(<w:keepNext/>)?', document)

    assert "<w:keepNext/>" in boxes
