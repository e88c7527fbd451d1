"""The HTTP interface of a witness: ``POST /add-checkpoint`` and ``GET /<SHA-256 of the origin, hex>/checkpoint``.

Plain HTTP, for behind a proxy that ends TLS. Nobody is let to keep it busy: requests are small, at most
`MAX_CONNECTIONS` are served at once, each has `PATIENCE` seconds for every read, and says its length first.
"""

from __future__ import annotations

import re
import socket
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any, Final

from ledger.errors import StoreError
from ledger.witness.witness import MAX_REQUEST, Reply, Witness

MAX_CONNECTIONS: Final = 64
PATIENCE: Final = 30.0
_CHECKPOINT: Final = re.compile(r"/([0-9a-f]{64})/checkpoint\Z", re.ASCII)
_LENGTH: Final = re.compile(r"(?:0|[1-9][0-9]{0,9})\Z", re.ASCII)


class WitnessServer(ThreadingHTTPServer):
    """Listens at `address` from the moment it is made; `serve_forever` answers."""

    daemon_threads = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, address: tuple[str, int], witness: Witness) -> None:
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self.witness = witness
        self._places = BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, _Handler)

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread, once there is a place; the others wait in the queue of the socket."""
        self._places.acquire()
        try:
            super().process_request(request, client_address)
        except BaseException:
            self._places.release()
            raise

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Serve a connection and give its place to another."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Leave connections that break off to themselves; what is a bug goes on to the standard handler."""
        import sys

        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "aims-ledger"
    sys_version = ""
    timeout = PATIENCE
    server: WitnessServer

    def do_POST(self) -> None:
        if self.path != "/add-checkpoint":
            self._answer(_plain(404, "POST /add-checkpoint is what there is"), close=True)
            return
        stated = self.headers.get("Content-Length", "")
        if not _LENGTH.match(stated) or self.headers.get("Transfer-Encoding"):
            self._answer(_plain(411, "say the length of the request"), close=True)
            return
        if int(stated) > MAX_REQUEST:
            self._answer(_plain(413, f"at most {MAX_REQUEST} bytes"), close=True)
            return
        body = self.rfile.read(int(stated))
        if len(body) < int(stated):
            self.close_connection = True  # whoever asked has gone
            return
        try:
            reply = self.server.witness.add_checkpoint(body)
        except StoreError as error:
            self.log_error("%s", str(error))
            reply = _plain(500, "it can't be put on record, so it is not cosigned")
        self._answer(reply)

    def do_GET(self) -> None:
        match = _CHECKPOINT.match(self.path)
        if match is None:
            allowed = "POST only" if self.path == "/add-checkpoint" else "nothing is here"
            self._answer(_plain(405 if self.path == "/add-checkpoint" else 404, allowed))
            return
        try:
            reply = self.server.witness.checkpoint(match[1])
        except StoreError as error:
            self.log_error("%s", str(error))
            reply = _plain(500, "the record can't be read")
        self._answer(reply)

    def _answer(self, reply: Reply, *, close: bool = False) -> None:
        self.send_response(reply.status, HTTPStatus(reply.status).phrase)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(reply.body)))
        self.send_header("Cache-Control", "no-store")
        if reply.status == 405:
            self.send_header("Allow", "POST")
        if close:  # what was sent besides is not read, so that it must not be taken for the next request
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(reply.body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing of requests that went well or ill; who watches a witness watches its checkpoints."""


def _plain(status: int, words: str) -> Reply:
    return Reply(status, f"{words}\n".encode())
