"""`aims witness`: making one and being one."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.cosignature import COSIGNER_TYPES
from ledger.note import format_vkey, parse_vkey
from ledger.witness.client import request_cosignatures
from tests.cli.person import ROOT, Person
from tests.ledger.witness.logs import Log

LOG = Log()
LOG_VKEY = format_vkey(LOG.vkey)


def made(nobody: Person, *more: str) -> list[str]:
    """The verifier keys of a new witness."""
    arguments = ["w.example/w1", "--db", "w.db", "--key", "w.pem", *more]
    return nobody.does("witness", "new", *arguments).out.splitlines()


def test_a_new_witness_has_a_key_of_each_kind_that_only_its_owner_can_read(nobody: Person) -> None:
    keys = [parse_vkey(line, COSIGNER_TYPES) for line in made(nobody, "--ml-dsa-key", "m.pem")]

    assert [(key.name, key.type) for key in keys] == [("w.example/w1", 4), ("w.example/w1", 6)]
    for name in ("w.pem", "m.pem"):
        file = nobody.folder / name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert file.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")


def test_nothing_is_overwritten(nobody: Person) -> None:
    made(nobody)
    before = {file: file.read_bytes() for file in nobody.folder.iterdir()}

    again = ["witness", "new", "w.example/w1", "--db"]
    assert "w.pem: exists already" in nobody.refused(*again, "other.db", "--key", "w.pem")
    assert "w.db: exists already" in nobody.refused(*again, "w.db", "--key", "other.pem")
    assert {file: file.read_bytes() for file in before} == before


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["bad name", "--db", "w.db", "--key", "w.pem"], "key name: found bad name"),
        (["w+1", "--db", "w.db", "--key", "w.pem"], "key name: found w+1"),
        (["w", "--db", "w.db"], "--key or --ml-dsa-key: expected at least one"),
        (["w", "--db", "w.db", "--key", "no/w.pem"], "no/w.pem: can't be written"),
    ],
)
def test_what_cannot_be_a_witness_is_refused_and_leaves_nothing(
    nobody: Person, arguments: list[str], match: str
) -> None:
    assert match in nobody.refused("witness", "new", *arguments)
    assert list(nobody.folder.iterdir()) == []


def serve(*arguments: str) -> list[str]:
    return ["witness", "serve", "--db", "w.db", "--log", LOG_VKEY, "--listen", "127.0.0.1:0", *arguments]


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (serve("--key", "missing.pem"), "missing.pem: can't be read"),
        (serve("--key", "w.pem"), r"w.db: this witness cosigns with w.example/w1\+[0-9a-f]{8}; give that key too"),
        (serve("--key", "w.pem", "--key", "m.pem", "--key", "o.pem"), "a key was given that is not this witness's"),
        (serve("--key", "w.pem", "--key", "m.pem", "--db", "none.db"), "none.db: no witness there"),
        (serve("--key", "w.pem", "--key", "m.pem", "--db", "w.pem"), "w.pem: the witness's file can't be opened"),
        (serve("--key", "w.pem", "--key", "m.pem", "--log", "nonsense"), "verifier key: found nonsense"),
        (serve("--key", "w.pem", "--key", "m.pem", "--listen", "here"), "address 'here': expected HOST:PORT"),
        (serve("--key", "w.pem", "--key", "m.pem", "--listen", "127.0.0.1:99999"), "expected HOST:PORT"),
        (serve("--key", "w.pem", "--key", "m.pem", "--listen", "[::1]:x"), "expected HOST:PORT"),
    ],
)
def test_what_does_not_fit_together_does_not_serve(nobody: Person, arguments: list[str], match: str) -> None:
    made(nobody, "--ml-dsa-key", "m.pem")
    nobody.does("witness", "new", "w.example/o", "--db", "o.db", "--key", "o.pem")

    assert re.search(match, nobody.refused(*arguments))


def test_a_wrong_passphrase_opens_no_witness(nobody: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    made(nobody)
    monkeypatch.setenv("AIMS_PASSPHRASE", "wrong")

    assert "w.pem: does not open with this passphrase" in nobody.refused(*serve("--key", "w.pem"))


def test_a_place_that_is_taken_is_told(nobody: Person) -> None:
    made(nobody)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        said = nobody.refused(*serve("--key", "w.pem", "--listen", f"127.0.0.1:{taken.getsockname()[1]}"))

    assert re.search(r"listen on 127\.0\.0\.1:\d+: .*in use", said)


def test_a_witness_serves_until_it_is_interrupted_and_remembers(nobody: Person) -> None:
    keys = [parse_vkey(line, COSIGNER_TYPES) for line in made(nobody, "--ml-dsa-key", "m.pem")]
    sizes = []
    for size in (5, 9):
        with run(nobody.folder, *serve("--key", "w.pem", "--key", "m.pem")) as process:
            assert process.stderr is not None
            url = process.stderr.readline().decode().split()[-1]
            given = request_cosignatures(url, keys, LOG.note(size), 5, lambda old, s=size: LOG.prove(old, s))  # type: ignore[misc]
            sizes.append([g.key for g in given])
            process.send_signal(signal.SIGINT)
            assert process.stderr.read() == b"aims: interrupted\n"
        assert process.returncode == 130

    assert sizes == [keys, keys]


def run(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {"PYTHONPATH": ROOT}
    return subprocess.Popen(
        [sys.executable, "-m", "cli.main", *arguments], cwd=folder, env=environment, stderr=subprocess.PIPE
    )
