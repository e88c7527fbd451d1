"""Asking authorities over HTTP: honest ones, absent ones, and such as answer with something else."""

import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger.errors import BadInput, ProofError, Unanswered
from ledger.timestamps.stamping import make_request, request_timestamp
from ledger.timestamps.timestamp import MAX_TOKEN, verify_timestamp
from tests.ledger.tsa import Authority, OpensslAuthority, Reply, serving
from tests.ledger.x509made import certify

TEXT = b"bank.example/aims/4f1d0c9a8b7e6d5c\n3\nWqx3HImawpLnS/Gv4ubjAvi1WIOy0b8Ze0amvqbavKk=\n"
BROADLY = (datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1))


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The servers of these tests are on this machine, whatever the network around it is like."""
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """A server's side of TLS, under a root that no system knows: `web.pem` in the test's folder."""
    certify("127.0.0.1", address="127.0.0.1", authority=True, valid=BROADLY).write(tmp_path, "web")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "web.pem", tmp_path / "web.key")
    return context


def problem(answer: Callable[[bytes], Reply], timeout: float = 20, tls: ssl.SSLContext | None = None) -> str:
    with serving(answer, tls=tls) as served, pytest.raises(Unanswered) as caught:
        request_timestamp(served.url, TEXT, timeout)
    assert str(caught.value).startswith(f"time-stamping authority {served.url}: ")
    return caught.value.problem


def test_the_token_is_kept_as_it_was_received(authority: Authority) -> None:
    sent: list[bytes] = []

    def answer(request: bytes) -> Reply:
        reply = authority(request)
        sent.append(reply.body)
        return reply

    with serving(answer) as served:
        token = request_timestamp(served.url, TEXT, roots=authority.roots)

    assert [token] == sent
    ((path, headers, body),) = served.requests
    assert path == "/tsa"
    assert headers["Content-Type"] == "application/timestamp-query"
    assert TEXT not in body  # only its digest leaves


def test_openssls_authority_can_be_asked(tmp_path: Path) -> None:
    somebody = OpensslAuthority(tmp_path)

    with serving(somebody) as served:
        token = request_timestamp(served.url, TEXT, roots=somebody.roots)

    assert verify_timestamp(token, TEXT, somebody.roots).authority == "CN=Test stamps"


def test_every_request_has_a_nonce_of_its_own() -> None:
    nonces = {make_request(TEXT)[1] for _ in range(50)}

    assert len(nonces) == 50
    assert max(nonces).bit_length() > 48


def test_an_answer_to_an_earlier_request_is_not_taken(authority: Authority) -> None:
    recorded = authority(make_request(TEXT)[0])

    assert "it answers another request" in problem(lambda _: recorded)


def test_a_token_without_the_nonce_is_not_taken(authority: Authority) -> None:
    assert "nonce None" in problem(lambda _: Reply(authority.stamp(TEXT)))


def test_a_token_of_another_text_is_not_taken(authority: Authority) -> None:
    assert "it is of the text" in problem(lambda _: authority(make_request(b"else")[0]))


def test_with_roots_a_token_of_somebody_else_is_a_failed_proof(authority: Authority) -> None:
    stranger = Authority(name="Mallory")

    with serving(stranger) as served, pytest.raises(ProofError, match="no certificates lead from it"):
        request_timestamp(served.url, TEXT, roots=authority.roots)


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 400, 404, 429, 500, 503])
def test_a_status_other_than_200_is_said_and_nothing_is_followed(authority: Authority, status: int) -> None:
    with serving(authority) as elsewhere:
        moved = Reply(b"", status=status, headers={"Location": elsewhere.url})
        assert problem(lambda _: moved) == f"HTTP status {status}, expected 200"

    assert elsewhere.requests == []


def test_a_refusal_is_handed_on_in_the_authoritys_words(authority: Authority) -> None:
    assert "status 2 (not today)" in problem(lambda _: Reply(authority.response(b"", status=2)))


def test_another_content_type_is_not_taken(authority: Authority) -> None:
    def page(request: bytes) -> Reply:
        return Reply(authority(request).body, content_type="text/html; charset=utf-8")

    assert problem(page) == "an answer of type text/html, expected application/timestamp-reply"


def test_parameters_of_the_content_type_do_not_matter(authority: Authority) -> None:
    def precise(request: bytes) -> Reply:
        return Reply(authority(request).body, content_type="Application/Timestamp-Reply; charset=binary")

    with serving(precise) as served:
        assert request_timestamp(served.url, TEXT, roots=authority.roots)


@pytest.mark.parametrize("body", [b"", b"garbage", b"\x30\x03\x30\x01\x00"])
def test_garbage_is_not_taken(body: bytes) -> None:
    assert "expected a DER TimeStampResp" in problem(lambda _: Reply(body))


def test_a_huge_answer_is_cut_off_at_the_limit() -> None:
    endless = Reply(pieces=itertools.repeat(b"\x30" * 65_536))

    assert problem(lambda _: endless) == f"an answer of more than {MAX_TOKEN} bytes"


def test_an_answer_that_breaks_off_is_said(authority: Authority) -> None:
    def broken(request: bytes) -> Reply:
        return Reply(pieces=iter([authority(request).body[:100]]), headers={"Content-Length": "5000"})

    assert problem(broken) == "the connection ended after 100 bytes of the answer"


@pytest.mark.parametrize("encrypted", [False, True])
def test_an_answer_that_trickles_is_given_up_when_the_time_for_all_of_it_is_over(
    encrypted: bool, tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "web.pem"))
    given_up = threading.Event()

    def trickle() -> Iterator[bytes]:
        # Each byte comes long before a single read would time out.
        while not given_up.wait(0.05):
            yield b"\x30"

    began = time.monotonic()
    said = problem(lambda _: Reply(pieces=trickle()), timeout=0.4, tls=tls if encrypted else None)
    given_up.set()

    assert said == "no complete answer within 0.4 s"
    assert time.monotonic() - began < 5


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(Unanswered, match=r"no complete answer within 0\.2 s"):
            request_timestamp(url, TEXT, 0.2)


def test_a_server_that_is_not_there_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    with pytest.raises(Unanswered, match="Connection refused; ask again later"):
        request_timestamp(f"http://127.0.0.1:{port}/", TEXT)


def test_a_server_that_speaks_something_else_is_said() -> None:
    def speak(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"220 mail.example ESMTP\r\n")

    with socket.create_server(("127.0.0.1", 0)) as mail:
        thread = threading.Thread(target=speak, args=(mail,))
        thread.start()
        with pytest.raises(Unanswered, match="time-stamping authority http://127"):
            request_timestamp(f"http://127.0.0.1:{mail.getsockname()[1]}/", TEXT, 5)
        thread.join()


def test_an_authority_can_be_asked_over_tls(
    authority: Authority, tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "web.pem"))

    with serving(authority, tls=tls) as served:
        assert request_timestamp(served.url, TEXT, roots=authority.roots)


def test_a_server_whose_tls_certificate_nobody_vouches_for_is_not_asked(
    authority: Authority, tls: ssl.SSLContext
) -> None:
    authority.seen.clear()

    with serving(authority, tls=tls) as served, pytest.raises(Unanswered, match="CERTIFICATE_VERIFY_FAILED"):
        request_timestamp(served.url, TEXT)

    assert authority.seen == []


def test_a_tls_certificate_of_another_host_is_not_enough(
    authority: Authority, tls: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "web.pem"))

    with serving(authority, tls=tls) as served, pytest.raises(Unanswered, match="not valid for 'localhost'"):
        request_timestamp(served.url.replace("127.0.0.1", "localhost"), TEXT)


def test_a_tls_address_without_tls_behind_it_is_said(authority: Authority) -> None:
    with serving(authority) as served, pytest.raises(Unanswered, match=r"(?i)ssl|record layer"):
        request_timestamp(served.url.replace("http:", "https:"), TEXT, 5)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "stamps.example",
        "ftp://stamps.example/",
        "file:///etc/passwd",
        "http://",
        "https://user:pin@stamps.example/",
        "http://stamps.example:port/",
        "http://[::1",
        "http://stamps.example/\nHost: evil",
        "http://stämps.example/",
    ],
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(BadInput, match="expected one that begins with https:// or http://"):
        request_timestamp(url, TEXT)
