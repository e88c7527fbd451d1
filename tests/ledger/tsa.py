"""Time-stamping authorities for tests: one made here, one by `openssl ts`, either behind a local HTTP server.

`Authority` writes its tokens itself, so that it can be told what to get wrong and at what time to have lived; that
`openssl ts -verify` takes its tokens for good is a test of its own. `OpensslAuthority` is somebody else's.

::

    authority = Authority()
    with serving(authority) as served:
        request_timestamp(served.url, text)        # verify with authority.roots
    with serving(lambda request: Reply(b"", status=503)) as served: ...
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from threading import Thread
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.x509.oid import ExtendedKeyUsageOID
from rfc3161_client._rust import parse_timestamp_request

from tests.ledger.x509made import STAMPED_AT, certify, der, generalized_time, integer, oid, sequence
from tests.programs import program

REPLY_TYPE: Final = "application/timestamp-reply"
SHA256_OID: Final = "2.16.840.1.101.3.4.2.1"
_SHA1_OID: Final = "1.3.14.3.2.26"
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"


# --- an authority made here -------------------------------------------------------------------------------------------


@dataclass
class Authority:
    """Answers requests with tokens; what it says and who vouches for it can be chosen.

    `seen` are the requests it was sent.
    """

    name: str = "Test"
    at: datetime = STAMPED_AT
    valid: tuple[datetime, datetime] | None = None
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,)
    critical: bool = True
    intermediate: bool = False
    send_chain: bool = True
    seen: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = certify(f"{self.name} root", authority=True)
        self.issuer = certify(f"{self.name} issuer", by=self.root, authority=True) if self.intermediate else self.root
        self.holder = certify(
            f"{self.name} stamps", by=self.issuer, purposes=self.purposes, critical=self.critical, valid=self.valid
        )

    @property
    def roots(self) -> tuple[bytes, ...]:
        """What `verify_timestamp` and --timestamp-roots take."""
        return (self.root.pem,)

    def __call__(self, request: bytes) -> Reply:
        self.seen.append(request)
        asked = parse_timestamp_request(request)
        return Reply(self.response(asked.message_imprint.message, nonce=asked.nonce))

    def stamp(self, text: bytes, **choices: object) -> bytes:
        """The response to a request for `text` without nonce."""
        return self.response(sha256(text).digest(), **choices)  # type: ignore[arg-type]

    def response(
        self,
        digest: bytes,
        *,
        nonce: int | None = None,
        status: int = 0,
        hash_algorithm: str = SHA256_OID,
        fraction: str = "",
        accuracy: int | None = None,
        content_type: str = _TST_INFO,
        certificates: Sequence[bytes] | None = None,
        sha1: bool = False,
    ) -> bytes:
        """A TimeStampResp, RFC 3161 section 2.4.2; without a token if `status` says that there is none."""
        if status > 1:
            return sequence(sequence(integer(status), sequence(der(0x0C, b"not today"))))
        info = sequence(
            integer(1),
            oid("1.3.6.1.4.1.57264.2"),
            sequence(sequence(oid(hash_algorithm), der(0x05)), der(0x04, digest)),
            integer(x509.random_serial_number()),
            generalized_time(self.at, fraction),
            b"" if accuracy is None else sequence(integer(accuracy)),
            b"" if nonce is None else integer(nonce),
        )
        if certificates is None:
            chain = [self.holder.der, *([self.issuer.der] if self.intermediate else [])]
            certificates = chain if self.send_chain else chain[:1]
        token = self._signed_data(info, content_type, certificates, sha1=sha1)
        return sequence(sequence(integer(status)), sequence(oid("1.2.840.113549.1.7.2"), der(0xA0, token)))

    def _signed_data(self, info: bytes, content_type: str, certificates: Sequence[bytes], *, sha1: bool) -> bytes:
        algorithm = sequence(oid(_SHA1_OID if sha1 else SHA256_OID), der(0x05))
        digest = hashlib.sha1(info) if sha1 else sha256(info)
        certificate_hash = sequence(sequence(sequence(der(0x04, sha256(self.holder.der).digest()))))
        attributes = {
            "1.2.840.113549.1.9.3": oid(content_type),
            "1.2.840.113549.1.9.4": der(0x04, digest.digest()),
            "1.2.840.113549.1.9.16.2.47": certificate_hash,  # ESSCertIDv2, RFC 5816
        }
        signed = sorted(sequence(oid(name), der(0x31, value)) for name, value in attributes.items())
        signature = self.holder.key.sign(der(0x31, *signed), ECDSA(hashes.SHA1() if sha1 else hashes.SHA256()))
        certificate = self.holder.certificate
        signer = sequence(
            integer(1),
            sequence(certificate.issuer.public_bytes(), integer(certificate.serial_number)),
            algorithm,
            der(0xA0, *signed),
            sequence(oid("1.2.840.10045.4.1" if sha1 else "1.2.840.10045.4.3.2")),
            der(0x04, signature),
        )
        carried = der(0xA0, *sorted(certificates)) if certificates else b""
        content = sequence(oid(content_type), der(0xA0, der(0x04, info)))
        return sequence(integer(3), der(0x31, algorithm), content, carried, der(0x31, signer))


# --- openssl's --------------------------------------------------------------------------------------------------------

_CONFIG: Final = """
[tsa]
default_tsa = stamps
[stamps]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.57264.2
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


class OpensslAuthority:
    """`openssl ts -reply` in a folder of its own; the tokens say the time at which they are made."""

    def __init__(
        self, folder: Path, *, valid: tuple[datetime, datetime] | None = None, chain: bool = False
    ) -> None:  # fmt: skip
        self._openssl, self._folder = program("openssl"), folder
        now = datetime.now(UTC)
        wide = (now - timedelta(days=1), now + timedelta(days=365))
        self.root = certify("Test root", authority=True, valid=wide)
        self.holder = certify(
            "Test stamps", by=self.root, purposes=[ExtendedKeyUsageOID.TIME_STAMPING], valid=valid or wide
        )
        self.holder.write(folder, "tsa")
        (folder / "root.pem").write_bytes(self.root.pem)
        self._more = ["-chain", str(folder / "root.pem")] if chain else []
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))

    @property
    def roots(self) -> tuple[bytes, ...]:
        return (self.root.pem,)

    def __call__(self, request: bytes) -> Reply:
        query = self._folder / "request.tsq"
        query.write_bytes(request)
        arguments = ["ts", "-reply", "-config", str(self._folder / "tsa.cnf"), "-queryfile", str(query)]
        arguments += self._more
        return Reply(subprocess.run([self._openssl, *arguments], check=True, capture_output=True).stdout)


# --- HTTP -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reply:
    """What the server answers; `pieces` instead of `body` are sent one by one, without a length."""

    body: bytes = b""
    status: int = 200
    content_type: str = REPLY_TYPE
    headers: Mapping[str, str] = field(default_factory=dict)
    pieces: Iterator[bytes] | None = None


@dataclass(frozen=True)
class Served:
    """An authority that can be reached at `url`; `requests` are (path, headers, body) of what it was asked."""

    url: str
    requests: list[tuple[str, Mapping[str, str], bytes]]


@contextmanager
def serving(answer: Callable[[bytes], Reply], *, tls: SSLContext | None = None) -> Iterator[Served]:
    """A server on this machine that answers each POST with what `answer` makes of its body."""
    requests: list[tuple[str, Mapping[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            requests.append((self.path, dict(self.headers), body))
            reply = answer(body)
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.content_type)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.pieces is None:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            try:
                for piece in (reply.body,) if reply.pieces is None else reply.pieces:
                    self.wfile.write(piece)
                    self.wfile.flush()
            except (BrokenPipeError, ConnectionResetError):
                pass  # whoever asked has heard enough

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is pytest's."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Served(f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}/tsa", requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
