"""Signatures at the edges of Ed25519: our own arithmetic and the browser's say what OpenSSL says, after our key rules.

OpenSSL takes keys of small order and in non-canonical form; the format refuses those (docs/FORMAT.md section 9).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.errors import FormatError, ProofError
from ledger.signing import check_public_key, verify
from tests.bundle.judges import Browser, browser, load_verifier
from tests.programs import program


class Vector(NamedTuple):
    """A signature of an outside set."""

    name: str
    key: bytes
    message: bytes
    signature: bytes


@pytest.fixture(scope="module")
def edges(vectors: Path) -> list[Vector]:
    folder = vectors / "ed25519"
    if not folder.is_dir():
        pytest.skip(f"outside vectors: {folder.name} is not among them, see README.md")
    return [*_cctv(folder / "cctv.json"), *_wycheproof(folder / "wycheproof.json")]


def _cctv(path: Path) -> Iterator[Vector]:
    for item in json.loads(path.read_bytes()):
        key, signature = bytes.fromhex(item["key"]), bytes.fromhex(item["sig"])
        yield Vector(f"CCTV {item['number']}", key, item["msg"].encode(), signature)


def _wycheproof(path: Path) -> Iterator[Vector]:
    for group in json.loads(path.read_bytes())["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for item in group["tests"]:
            message, signature = bytes.fromhex(item["msg"]), bytes.fromhex(item["sig"])
            yield Vector(f"Wycheproof {item['tcId']}", key, message, signature)


def accepted(vector: Vector) -> bool:
    """What OpenSSL says, behind the program's rules for keys."""
    try:
        verify(check_public_key(vector.key), vector.signature, vector.message)
    except (FormatError, ProofError):
        return False
    return True


def test_the_sets_have_good_and_bad_ones(edges: list[Vector]) -> None:
    verdicts = [accepted(vector) for vector in edges]

    assert len(verdicts) > 1_000
    assert 100 < sum(verdicts) < len(verdicts) - 500


def test_the_arithmetic_of_verify_py_says_what_openssl_says(edges: list[Vector]) -> None:
    verifier = load_verifier()

    def says(vector: Vector) -> bool:
        try:
            verifier.ed25519_key(vector.key).verify(vector.signature, vector.message)
        except (verifier.Bad, verifier.SignatureInvalid):
            return False
        return True

    assert [v.name for v in edges if says(v) != accepted(v)] == []


def test_the_page_says_what_openssl_says(edges: list[Vector], tmp_path: Path) -> None:
    with browser(program("chromium"), tmp_path) as opened:
        said = _in_page(opened, edges)

    assert [v.name for v, one in zip(edges, said, strict=True) if one != accepted(v)] == []


def _in_page(opened: Browser, edges: list[Vector]) -> list[bool]:
    judge = """vectors => Promise.all(vectors.map(async ([key, message, signature]) => {
        try { await new Ed25519Key(unhex(key)).verify(unhex(signature), unhex(message)); return true; } catch (error) {
            if (error instanceof Bad || error instanceof SignatureInvalid) return false;
            throw error;
        }
    }))"""
    said: list[bool] = opened.page.evaluate(judge, [[part.hex() for part in vector[1:]] for vector in edges])
    return said
