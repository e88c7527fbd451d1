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
from threading import Thread
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client._rust import parse_timestamp_request

from tests.programs import program

REPLY_TYPE: Final = "application/timestamp-reply"
STAMPED_AT: Final = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
"""The time at which `Authority` says everything happens, unless told otherwise."""

SHA256_OID: Final = "2.16.840.1.101.3.4.2.1"
_SHA1_OID: Final = "1.3.14.3.2.26"
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"


# --- certificates -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Holder:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)


def certify(
    name: str,
    *,
    by: Holder | None = None,
    authority: bool = False,
    purposes: Sequence[x509.ObjectIdentifier] = (),
    critical: bool = True,
    valid: tuple[datetime, datetime] | None = None,
    serial: int | None = None,
    key: EllipticCurvePrivateKey | None = None,
) -> Holder:
    """A certificate, for a new key if none is given; its own issuer if nobody else is."""
    key = key or generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start, end = valid or (STAMPED_AT - timedelta(days=365), STAMPED_AT + timedelta(days=3650))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(serial or x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    return Holder(builder.sign(by.key if by else key, hashes.SHA256()), key)


# --- DER, as little as a token needs ----------------------------------------------------------------------------------


def der(tag: int, *parts: bytes) -> bytes:
    """One DER value with the concatenated parts as content."""
    content = b"".join(parts)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True))


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    content = bytearray([40 * first + second])
    for arc in rest:
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        content += bytes(reversed(groups))
    return der(0x06, bytes(content))


def signed_with_sha1(certificate: x509.Certificate, key: EllipticCurvePrivateKey) -> bytes:
    """The same certificate in DER, signed by `key` in the way of twenty years ago."""
    old, new = (sequence(oid(f"1.2.840.10045.4.{end}")) for end in ("3.2", "1"))
    signed = certificate.tbs_certificate_bytes
    header = 2 + (signed[1] & 0x7F if signed[1] & 0x80 else 0)
    signed = sequence(signed[header:].replace(old, new, 1))
    return sequence(signed, new, der(0x03, b"\0", key.sign(signed, ECDSA(hashes.SHA1()))))


def sequence(*parts: bytes) -> bytes:
    return der(0x30, *parts)


def set_of(*parts: bytes) -> bytes:
    return der(0x31, *sorted(parts))


def generalized_time(moment: datetime, fraction: str = "") -> bytes:
    return der(0x18, f"{moment:%Y%m%d%H%M%S}{fraction}Z".encode())


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

    def __init__(self, folder: Path, *, valid: tuple[datetime, datetime] | None = None) -> None:
        self._openssl, self._folder = program("openssl"), folder
        now = datetime.now(UTC)
        wide = (now - timedelta(days=1), now + timedelta(days=365))
        self.root = certify("Test root", authority=True, valid=wide)
        self.holder = certify(
            "Test stamps", by=self.root, purposes=[ExtendedKeyUsageOID.TIME_STAMPING], valid=valid or wide
        )
        key = self.holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tsa.pem").write_bytes(self.holder.pem)
        (folder / "tsa.key").write_bytes(key)
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))

    @property
    def roots(self) -> tuple[bytes, ...]:
        return (self.root.pem,)

    def __call__(self, request: bytes) -> Reply:
        query = self._folder / "request.tsq"
        query.write_bytes(request)
        arguments = ["ts", "-reply", "-config", str(self._folder / "tsa.cnf"), "-queryfile", str(query)]
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
def serving(answer: Callable[[bytes], Reply]) -> Iterator[Served]:
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
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.server_port}/tsa", requests)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
