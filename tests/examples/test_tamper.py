"""The attack of the demo: exactly one byte changes, what it changes reads well, and a plain hash sees it."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path

import pytest
from tamper import edit_number, hash_leaf


def _leaf(value: str, padding: str) -> bytes:
    payload = f'{{"x":"{padding}","metrics":[{{"metric":"ratio","n":288,"value":{value}}}]}}'.encode()
    return json.dumps({"envelope": {"payload": base64.b64encode(payload).decode()}, "index": 7}).encode()


@pytest.mark.parametrize("padding", ["", "a", "ab"])
def test_one_byte_makes_the_number_a_better_one(tmp_path: Path, padding: str) -> None:
    leaf = _leaf("0.2541", padding)
    file = tmp_path / "database"
    before = b"page one" + leaf + b"page two"
    file.write_bytes(before)

    edit = edit_number(file, leaf, "ratio")

    after = file.read_bytes()
    changed = [i for i, (a, b) in enumerate(zip(before, after, strict=True)) if a != b]
    assert changed == [edit.offset]
    payload = json.loads(after[8:-8])["envelope"]["payload"]
    number = json.loads(base64.b64decode(payload, validate=True))["metrics"][0]["value"]
    assert str(number) == edit.number_after != edit.number_before == "0.2541"


def test_a_leaf_that_is_not_in_the_file_is_not_guessed_at(tmp_path: Path) -> None:
    file = tmp_path / "database"
    file.write_bytes(b"something else entirely")

    with pytest.raises(ValueError, match="does not stand in the file"):
        edit_number(file, _leaf("0.2541", ""), "ratio")


def test_the_shell_hashes_a_leaf_as_rfc_6962_says(tmp_path: Path) -> None:
    leaf = _leaf("0.5", "")
    file = tmp_path / "leaf with space.json"
    file.write_bytes(leaf)

    assert hash_leaf(file).value == sha256(b"\x00" + leaf).hexdigest()
