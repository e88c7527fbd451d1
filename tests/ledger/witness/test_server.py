"""The HTTP interface of a witness: what it answers to whom, requests at once, and a process that is killed."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ledger.checkpoint import parse_checkpoint
from ledger.errors import StoreError, Unanswered
from ledger.note import parse_note
from ledger.witness import server as server_module
from ledger.witness.client import request_cosignatures
from ledger.witness.records import Records
from ledger.witness.witness import MAX_REQUEST, Witness
from tests.ledger.witness.logs import KEYS, NOW, ORIGIN, VKEYS, Log, new_witness, serving_witness

LOG = Log()
CHECKPOINT = f"/{sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


@pytest.fixture
def witness(tmp_path: Path) -> Witness:
    return new_witness(tmp_path)


@pytest.fixture
def address(witness: Witness) -> Iterator[str]:
    """A witness that has 5 entries on record, answering."""
    assert witness.add_checkpoint(LOG.body(0, 5)).status == 200
    with serving_witness(witness) as url:
        yield url


def connect(url: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)


def say(url: str, raw: bytes) -> bytes:
    """What the server says to these bytes until it closes the connection."""
    parts = urlsplit(url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as plain:
        plain.sendall(raw)
        plain.shutdown(socket.SHUT_WR)
        received = b""
        while more := plain.recv(65_536):
            received += more
    return received


def test_one_connection_serves_several_requests(address: str) -> None:
    connection = connect(address)
    for method, path, body, status, kind in (
        ("POST", "/add-checkpoint", LOG.body(5, 6), 200, "text/plain; charset=utf-8"),
        ("POST", "/add-checkpoint", LOG.body(5, 7), 409, "text/x.tlog.size"),
        ("GET", CHECKPOINT, None, 200, "text/plain; charset=utf-8"),
        ("POST", "/add-checkpoint", LOG.body(6, 7, []), 422, "text/plain; charset=utf-8"),
        ("GET", "/elsewhere", None, 404, "text/plain; charset=utf-8"),
        ("GET", "/add-checkpoint", None, 405, "text/plain; charset=utf-8"),
    ):
        connection.request(method, path, body)
        answer = connection.getresponse()
        content = answer.read()
        assert (answer.status, answer.headers["Content-Type"]) == (status, kind)
        assert len(content) == int(answer.headers["Content-Length"])
    connection.close()


def test_the_checkpoint_on_record_is_there_for_monitors(address: str) -> None:
    connection = connect(address)
    connection.request("GET", CHECKPOINT)
    note = parse_note(connection.getresponse().read())
    connection.close()

    assert parse_checkpoint(note.text).size == 5
    assert [line.name for line in note.signatures] == [ORIGIN, VKEYS[0].name, VKEYS[1].name]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n\r\n", 411),
        (
            b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
            411,
        ),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: -1\r\n\r\n", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: +3\r\n\r\nabc", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 1_0\r\n\r\nabc", 411),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % (MAX_REQUEST + 1), 413),
        (b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 99999999999999\r\n\r\n", 411),
        (b"POST /add-checkpoint/ HTTP/1.1\r\nHost: w\r\nContent-Length: 3\r\n\r\nabc", 404),
        (b"PUT /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 3\r\n\r\nabc", 501),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"nonsense\r\n\r\n", 400),
    ],
)
def test_what_is_no_proper_request_is_refused_and_the_connection_closed(address: str, raw: bytes, status: int) -> None:
    said = say(address, raw)

    assert f" {status} ".encode() in said.split(b"\r\n")[0] or str(status).encode() in said


def test_what_was_sent_beyond_a_refused_request_is_no_request(address: str) -> None:
    smuggled = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % len(LOG.body(5, 6))
    raw = b"POST /other HTTP/1.1\r\nHost: w\r\nContent-Length: 3\r\n\r\nabc" + smuggled + LOG.body(5, 6)

    assert say(address, raw).count(b"HTTP/1.1") == 1


def test_a_request_that_breaks_off_is_not_taken(address: str, witness: Witness) -> None:
    body = LOG.body(5, 6)
    head = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: %d\r\n\r\n" % len(body)

    assert say(address, head + body[:-1]) == b""
    assert parse_checkpoint(parse_note(witness.checkpoint(CHECKPOINT[1:65]).body).text).size == 5


def test_a_silent_connection_is_closed(witness: Witness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module._Handler, "timeout", 0.1)
    with serving_witness(witness) as url:
        parts = urlsplit(url)
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as silent:
            assert silent.recv(10) == b""


def test_what_cannot_be_stored_is_500_and_not_cosigned(
    address: str, witness: Witness, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> bool:
        raise StoreError("witness.db: the disk is full")

    monkeypatch.setattr(witness._records, "advance", full)

    with pytest.raises(Unanswered, match=r"HTTP status 500, saying .it can't be put on record"):
        request_cosignatures(address, VKEYS, LOG.note(6), 5, lambda old: LOG.prove(old, 6))
    assert "the disk is full" in capsys.readouterr().err


def test_requests_at_once_leave_one_history(address: str, witness: Witness) -> None:
    def ask(size: int) -> int:
        given = request_cosignatures(address, VKEYS, LOG.note(size), 5, lambda old: LOG.prove(old, size))
        assert [g.key for g in given] == list(VKEYS)
        return size

    # Only growing, one after the other, or told the size on record and asked again: nobody is lost.
    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(ask, size) for size in range(6, 30)]
        told = [future.exception() for future in futures]

    largest = parse_checkpoint(parse_note(witness.checkpoint(CHECKPOINT[1:65]).body).text).size
    cosigned = [size for size, error in zip(range(6, 30), told, strict=True) if error is None]
    assert largest == max(cosigned)
    for error in told:
        assert error is None or "on record" in str(error), error


_KILLED = """
import os, signal, sys
from pathlib import Path
from ledger.witness.records import Records
from ledger.witness.server import WitnessServer
from ledger.witness.witness import Witness
from tests.ledger.witness.logs import KEYS, NOW, Log

records, when = Records.open(Path(sys.argv[1])), sys.argv[2]
real = records.advance
def advance(*arguments):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    assert real(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)
records.advance = advance
server = WitnessServer(("127.0.0.1", 0), Witness(records, [Log().vkey], KEYS, lambda: NOW))
print(server.port, flush=True)
server.serve_forever()
"""


@pytest.mark.parametrize(("when", "size"), [("before", 5), ("after", 8)])
def test_a_witness_killed_around_its_record_loses_an_answer_and_nothing_else(
    tmp_path: Path, witness: Witness, when: str, size: int
) -> None:
    assert witness.add_checkpoint(LOG.body(0, 5)).status == 200
    arguments = [sys.executable, "-c", _KILLED, str(tmp_path / "witness.db"), when]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, cwd=Path.cwd()) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        with pytest.raises(Unanswered):
            request_cosignatures(f"http://127.0.0.1:{port}", VKEYS, LOG.note(8), 5, lambda old: LOG.prove(old, 8))
    assert process.returncode == -9

    records = Records.open(tmp_path / "witness.db")
    found = records.latest(ORIGIN)
    assert found is not None
    assert found.size == size
    # A fork of the log that comes now is not cosigned, and the log itself gets its answer.
    again = Witness(records, [LOG.vkey], KEYS, lambda: NOW)
    assert again.add_checkpoint(Log("forged").body(size, 8)).status == 422
    with serving_witness(again) as url:
        assert len(request_cosignatures(url, VKEYS, LOG.note(8), 5, lambda old: LOG.prove(old, 8))) == 2
