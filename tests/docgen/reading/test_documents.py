"""Documents of the EU pack read back to the lines of their content digests, in both languages."""

import pytest

from docgen.reading import read_document
from tests.docgen.eu_documents import CASES, PACK, build
from tests.docgen.eu_file_ledger import file_ledger

LEDGER = file_ledger()
# A declaration is not made while anything is open; those about one entry need that entry.
OTHERS = {"declaration-of-conformity", *CASES}
NAMES = [spec.id for spec in PACK.documents if spec.about == "system" and spec.id not in OTHERS]


@pytest.mark.parametrize("language", PACK.languages)
@pytest.mark.parametrize("name", NAMES)
def test_a_document_reads_back_as_it_was_written(name: str, language: str) -> None:
    document = read_document(build(LEDGER, name, language=language).data)

    assert document.carrier is not None
    assert list(document.lines) == document.carrier["blocks"]
    assert (document.missing, document.duplicates) == ((), ())
    assert [problem for problem in document.strange if not problem.lost] == []
