"""Our client with a witness that others wrote, and our witness with others' client; see tests/go/witnesscheck."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ledger.cosignature import COSIGNER_TYPES
from ledger.encoding import format_base64
from ledger.errors import Refused, Unanswered
from ledger.note import format_vkey, parse_vkey
from ledger.witness.client import request_cosignatures
from tests.ledger.harness import signer
from tests.ledger.witness.logs import KEYS, NAME, NOW, VKEYS, Log, new_witness, serving_witness
from tests.programs import go_program

LOG, FORK = Log(), Log("forged")


@pytest.fixture(scope="module")
def binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program; built here, in the user's build cache."""
    return go_program("witnesscheck", tmp_path_factory.mktemp("go"))


# Their witness, our client


@pytest.fixture(scope="module")
def ml_dsa_key(binary: Path) -> list[str]:
    """A private and a verifier key that they made."""
    return subprocess.run([binary, "key", NAME], capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture
def theirs(binary: Path, ml_dsa_key: list[str]) -> Iterator[str]:
    """The address of their witness of `LOG`, with an Ed25519 and an ML-DSA-44 key."""
    seed = format_base64(b"\x01" + signer("witness").private_key.private_bytes_raw())
    # Go's form of a private key names the key ID of the plain Ed25519 key, type 0x01.
    private = f"PRIVATE+KEY+{Log(origin=NAME, key=signer('witness')).vkey}+{seed}"
    arguments = [binary, "serve", format_vkey(LOG.vkey), private, ml_dsa_key[0]]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.stdin.close()


def test_their_witness_cosigns_what_our_client_brings(theirs: str, ml_dsa_key: list[str]) -> None:
    keys = [VKEYS[0], parse_vkey(ml_dsa_key[1], COSIGNER_TYPES)]

    # The last two begin from a wrong guess, which it corrects.
    for guess, size in ((0, 1), (1, 2), (2, 7), (7, 7), (7, 300), (0, 301), (300, 310)):
        given = request_cosignatures(theirs, keys, LOG.note(size), guess, lambda old, s=size: LOG.prove(old, s))  # type: ignore[misc]
        assert [g.key for g in given] == keys
        assert all(g.time > NOW - 10**9 for g in given)


def test_their_witness_s_refusals_are_understood(theirs: str) -> None:
    def ask(log: Log, size: int, old: int = 0) -> None:
        request_cosignatures(theirs, VKEYS[:1], log.note(size), old, lambda before: log.prove(before, size))

    with pytest.raises(Refused, match="it does not know other"):
        ask(Log(origin="other.example/log"), 5)
    # In the version asked, theirs calls a foreign signature its own failure (500).
    with pytest.raises((Refused, Unanswered), match=r"HTTP status (403|500)"):
        ask(Log(key=signer("stranger")), 5)
    ask(LOG, 5)
    with pytest.raises(Refused, match="has 5 entries on record that are not the beginning of these 8"):
        ask(FORK, 8)
    with pytest.raises(Refused, match="has 5 entries on record that are not the beginning of these 5"):
        ask(FORK, 5)
    with pytest.raises(Refused, match=r"it has 5 entries .* on record, this checkpoint has 4"):
        ask(LOG, 4)


# Our witness, their client


@pytest.fixture
def their_client(binary: Path, tmp_path: Path) -> Iterator[Callable[[bytes], list[str]]]:
    """Sends a request to a new witness of ours with their client; what that prints."""
    with serving_witness(new_witness(tmp_path)) as url:

        def ask(body: bytes) -> list[str]:
            (tmp_path / "body").write_bytes(body)
            arguments = [binary, "ask", url, tmp_path / "body", *map(format_vkey, VKEYS)]
            return subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()

        yield ask


def test_their_client_takes_our_cosignatures(their_client: Callable[[bytes], list[str]]) -> None:
    for old, size in ((0, 1), (1, 2), (2, 7), (7, 7), (7, 300)):
        assert their_client(LOG.body(old, size)) == [f"{NAME} {NOW}"] * len(KEYS)


def test_their_client_understands_our_refusals(their_client: Callable[[bytes], list[str]]) -> None:
    assert their_client(LOG.body(0, 5)) == [f"{NAME} {NOW}"] * 2

    for body, said in (
        (Log(origin="other.example/log").body(0, 5), "unknown log, size 0"),
        (Log(key=signer("stranger")).body(5, 6), "no valid signatures, size 0"),
        (LOG.body(3, 6), "old size != current, size 5"),
        (LOG.body(6, 5, []), "old size > current, size 0"),
        (FORK.body(5, 8), "consistency proof invalid, size 0"),
        (FORK.body(5, 5), "consistency proof invalid, size 0"),
    ):
        assert their_client(body) == [said]
