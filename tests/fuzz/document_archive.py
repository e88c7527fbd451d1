"""A Word file's archive, and the seal in it: found, taken out and put back, from whatever somebody sends."""

from __future__ import annotations

import io
import zipfile

from docgen.errors import DocgenError
from docgen.sealing import format_seal, parse_seal
from docgen.word import find_carrier, find_seal, put_seal, take_seal
from docgen.word.archive import rewrite_archive
from docgen.word.carrier import format_carrier
from docgen.word.seal import EMPTY_SEAL
from tests.fuzz.refusing import clear


def _document() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", b"<document/>" * 8)
        archive.writestr("customXml/item1.xml", format_carrier({"v": 1, "slots": []}))
        archive.writestr("customXml/item2.xml", EMPTY_SEAL)
    return rewrite_archive(out.getvalue(), stored=(EMPTY_SEAL,))


_SEAL = {
    "v": 1, "content_digest": "ab" * 32, "file": {"digest": "cd" * 32, "size": 1}, "checkpoint": "note",
    "publication": 1, "approvals": [0], "submissions": [],
    "leaves": [[0, "{}"], [1, "{}"]], "cited": [[3, "ef" * 32]], "proof": "AAAA",
}  # fmt: skip

SEEDS = (_document(), put_seal(_document(), _SEAL))


def check(data: bytes) -> None:
    """Whatever is found was written as we write it; what is taken out can be put back."""
    try:
        find_carrier(data)
        payload = find_seal(data)
        bare = take_seal(data)
    except DocgenError as refused:
        clear(refused)
        return
    assert find_seal(bare) is None
    assert take_seal(bare) == bare
    if payload is None:
        return
    assert find_seal(put_seal(bare, payload)) == payload
    try:
        assert format_seal(parse_seal(payload)) == payload
    except DocgenError as refused:
        clear(refused)
