"""Certificates, and DER, as little as a token needs; for tests that make what no authority would."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

STAMPED_AT: Final = datetime(2026, 6, 1, 12, 0, 0, tzinfo=UTC)
"""The time at which an `Authority` says everything happens, unless told otherwise."""


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

    def write(self, folder: Path, name: str) -> None:
        """``<name>.pem`` and ``<name>.key``, for programs that read files."""
        (folder / f"{name}.pem").write_bytes(self.pem)
        key = self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / f"{name}.key").write_bytes(key)


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
    address: str = "",
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
    if address:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
    return Holder(builder.sign(by.key if by else key, hashes.SHA256()), key)


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
