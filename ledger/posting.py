"""Asking a server elsewhere by one HTTP POST, without letting it take more time, memory or trust than was meant.

Redirects are not followed: who answers is who was asked. The answer is read up to a limit and a deadline that holds
for all of it, so that neither a flood nor a trickle keeps the caller. What the environment says about proxies holds.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from threading import Timer
from typing import Any
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPSHandler, OpenerDirector, ProxyHandler, Request

from ledger.errors import BadInput, Unanswered, clip


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status; `content_type` in lower case and without parameters."""

    status: int
    content_type: str
    body: bytes


class _Deadline:
    """Ends a connection when the time is up, in whatever it is waiting for."""

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._sockets: list[socket.socket] = []
        self._timer = Timer(seconds, self._end)
        self._timer.daemon = True

    def start(self) -> None:
        self._timer.start()

    def watch(self, opened: socket.socket) -> None:
        self._sockets.append(opened)
        if self.passed:
            self._end()

    def cancel(self) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        self.passed = True
        for opened in self._sockets:
            with suppress(OSError):  # closed by the other side, or by whoever has read it all
                opened.shutdown(socket.SHUT_RDWR)


class _Plain(http.client.HTTPConnection):
    def __init__(self, host: str, *, deadline: _Deadline, **options: Any) -> None:
        super().__init__(host, **options)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.watch(self.sock)


class _Encrypted(http.client.HTTPSConnection):
    def __init__(self, host: str, *, deadline: _Deadline, **options: Any) -> None:
        super().__init__(host, **options)
        self._deadline = deadline

    def connect(self) -> None:
        super().connect()
        self._deadline.watch(self.sock)


class _PlainHandler(HTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def http_open(self, request: Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_Plain, deadline=self._deadline), request)


class _EncryptedHandler(HTTPSHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._deadline = deadline

    def https_open(self, request: Request) -> http.client.HTTPResponse:
        connection = partial(_Encrypted, deadline=self._deadline)
        return self.do_open(connection, request, context=ssl.create_default_context())


def check_url(url: str, what: str) -> str:
    """`url` itself, if it is an http or https address without a user and password in it.

    Raises:
        BadInput: if it is not.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        raise BadInput(f"{what}: address {clip(url)}, expected one that begins with https:// or http://")
    return url


def post(url: str, body: bytes, content_type: str, *, what: str, timeout: float, limit: int) -> Answer:
    """What the server at `url` answers to `body`, of at most `limit` bytes and within `timeout` seconds in all.

    `what` names the server in messages. TLS certificates are verified, redirects are answers like any other.

    Raises:
        BadInput: for an address that is none.
        Unanswered: if it can't be reached, or does not answer completely, in time and within the limit.
    """
    headers = {"Content-Type": content_type, "User-Agent": "aims-ledger", "Connection": "close"}
    request = Request(check_url(url, what), data=body, headers=headers, method="POST")  # noqa: S310  # checked
    deadline = _Deadline(timeout)
    opener = OpenerDirector()
    for handler in (ProxyHandler(), _PlainHandler(deadline), _EncryptedHandler(deadline)):
        opener.add_handler(handler)
    deadline.start()
    try:
        with opener.open(request, timeout=timeout) as response:
            content = response.read(limit + 1)
            complete = not response.length  # what the announced length still promises
            status, said = response.status, response.headers.get_content_type()
    except (OSError, http.client.HTTPException, ValueError) as error:
        if deadline.passed or isinstance(error, TimeoutError):
            raise Unanswered(what, f"no complete answer within {timeout:g} s") from error
        raise Unanswered(what, _words(error)) from error
    finally:
        deadline.cancel()
    if len(content) > limit:
        raise Unanswered(what, f"an answer of more than {limit} bytes")
    if deadline.passed:
        raise Unanswered(what, f"no complete answer within {timeout:g} s")
    if not complete:
        raise Unanswered(what, f"the connection ended after {len(content)} bytes of the answer")
    return Answer(status, said, content)


def _words(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    cause = reason if isinstance(reason, Exception) else error
    return clip(str(getattr(cause, "strerror", None) or cause) or type(cause).__name__, 160)
