"""A validator of the file format has nothing to say about what we write."""

from pathlib import Path

import pytest
from openxml_audit import OpenXmlValidator

from docgen.markdown import parse_markdown
from docgen.word import write_word
from tests.docgen.samples import PICTURES, VERY_HOSTILE, body, info

DOCUMENTS = {
    "everything": body(),
    "hostile": body(VERY_HOSTILE),
    "empty": parse_markdown(""),
    "landscape only": parse_markdown("::: landscape\n# A\n\n| a |\n|---|\n| b |\n:::"),
    "table last": parse_markdown("| a |\n|---|\n| b |"),
    "slot of a table": parse_markdown("::: slot id=a kind=derived\n| a |\n|---|\n| b |\n:::"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_validator_finds_nothing(tmp_path: Path, name: str) -> None:
    file = tmp_path / "a.docx"
    file.write_bytes(write_word(DOCUMENTS[name], info(), pictures=PICTURES))

    result = OpenXmlValidator().validate(str(file))

    assert [str(error) for error in result.errors] == []
