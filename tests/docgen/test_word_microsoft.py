"""Microsoft's own validator (Open XML SDK) has nothing to say about what we write."""

import json
import subprocess
from pathlib import Path

import pytest

from docgen.info import ApprovalLine, HistoryLine
from docgen.pictures import Picture
from docgen.word import check_template, put_seal, write_word
from docgen.word.starter import starter_template
from tests.docgen.samples import PICTURES, VERY_HOSTILE, body, info
from tests.docgen.test_word_template import corporate, labelled
from tests.docgen.test_word_valid import DOCUMENTS
from tests.programs import program

FULL = info(
    history=(HistoryLine("1", "published", "2026-10-01", VERY_HOSTILE, "x"),),
    approvals=(ApprovalLine(7, "ab" * 32, "staff-110", "2026-11-23"),),
    audience="authority",
)


def judged(file: Path, data: bytes) -> list[str]:
    file.write_bytes(data)
    done = subprocess.run([program("ooxml-validator"), str(file)], capture_output=True, text=True, check=False)
    return [f"{error['path']} {error['xPath']}: {error['description']}" for error in json.loads(done.stdout)["errors"]]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_finds_nothing_in_any_document(tmp_path: Path, name: str) -> None:
    assert judged(tmp_path / "a.docx", write_word(DOCUMENTS[name], FULL, pictures=PICTURES)) == []


@pytest.mark.parametrize("data", [corporate(), labelled(), starter_template()], ids=["corporate", "labelled", "ours"])
def test_it_finds_nothing_in_restyled_documents(tmp_path: Path, data: bytes) -> None:
    template = check_template(data, "x")

    assert judged(tmp_path / "a.docx", write_word(body(), FULL, pictures=PICTURES, template=template)) == []


def test_it_finds_nothing_in_sealed_numbered_and_undrawn_documents_nor_in_our_template(tmp_path: Path) -> None:
    stand_in = DOCUMENTS["table last"].blocks[0]
    undrawn = {"chart": Picture(b"", drawn=b"1", stand_in=stand_in)}  # type: ignore[arg-type]
    pages = tuple(range(2, 16))

    assert judged(tmp_path / "a.docx", put_seal(write_word(body(), FULL, pictures=PICTURES), {"v": 1})) == []
    assert judged(tmp_path / "b.docx", write_word(body(), FULL, pictures=PICTURES, pages=pages)) == []
    assert judged(tmp_path / "c.docx", write_word(body(), FULL, pictures=undrawn)) == []
    assert judged(tmp_path / "d.docx", starter_template()) == []


def test_it_does_find_what_is_wrong(tmp_path: Path) -> None:
    assert judged(tmp_path / "a.docx", b"no zip") != []
