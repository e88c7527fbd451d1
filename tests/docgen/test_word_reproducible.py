"""The same document, pictures and control block give the same bytes, whenever and wherever."""

import hashlib
import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from docgen.word import write_word
from tests.docgen.samples import PICTURES, body, info

ROOT = Path(__file__).parents[2]
SCRIPT = """
import hashlib, sys
from docgen.word import write_word
from tests.docgen.samples import PICTURES, body, info
sys.stdout.write(hashlib.sha256(write_word(body(), info(), pictures=PICTURES)).hexdigest())
"""


@pytest.mark.parametrize(("seed", "zone"), [("0", "UTC"), ("1", "Pacific/Auckland"), ("4711", "America/New_York")])
def test_another_process_gives_the_same_bytes(seed: str, zone: str) -> None:
    here = hashlib.sha256(write_word(body(), info(), pictures=PICTURES)).hexdigest()
    environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C", "PYTHONPATH": str(ROOT)}

    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout == here


def test_another_checkpoint_gives_other_bytes() -> None:
    one = write_word(body(), info(), pictures=PICTURES)

    assert write_word(body(), info(checkpoint_size=413), pictures=PICTURES) != one
    assert write_word(body("other words"), info(), pictures=PICTURES) != one


def test_the_archive_is_sorted_and_shows_no_clock() -> None:
    with zipfile.ZipFile(BytesIO(write_word(body(), info(), pictures=PICTURES))) as archive:
        members = archive.infolist()

    assert [member.filename for member in members] == sorted(member.filename for member in members)
    assert {member.date_time for member in members} == {(1980, 1, 1, 0, 0, 0)}
    assert {member.create_system for member in members} == {3}
