"""The certificates behind a time stamp: whose they are, and whether they lead to a root that the reader named.

Roots are given as PEM: self-signed certificates, and beside them intermediate ones that tokens lack, which alone are
trusted for nothing. Dates and purposes are checked by whoever verifies the token (`ledger.timestamps.timestamp`).
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from ledger.errors import FormatError, ProofError, UntrustedAuthority

if TYPE_CHECKING:
    from rfc3161_client import TimeStampResponse

__all__ = ["MALFORMED", "Chain", "find_chain", "parse_roots", "without_warnings"]

MAX_ROOTS: Final = 4 << 20
_MAX_CARRIED: Final = 16
_CONVERT: Final = "convert others: openssl x509 -inform der -in FILE -out FILE.pem"
# SHA-256, SHA-384, SHA-512. With a digest that collides, an authority's answer to one request would be one of another
# time; the nonce, which the asker chooses, has room for what a collision needs.
_SHA2: Final = frozenset({"2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"})
_COLLIDING: Final = ("md5", "sha1")
# What the parsers of certificates and names raise for bytes that are none; each was provoked by the tests.
MALFORMED: Final = (
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


@lru_cache(maxsize=64)
def parse_roots(pem: bytes) -> tuple[x509.Certificate, ...]:
    """The certificates in one PEM file, at least one.

    Raises:
        FormatError: if there is none, or one that can't be read.
    """
    if len(pem) > MAX_ROOTS:
        raise FormatError("time-stamp roots", f"{len(pem)} bytes", f"at most {MAX_ROOTS}")
    try:
        with without_warnings():
            return tuple(x509.load_pem_x509_certificates(pem))
    except MALFORMED as error:
        raise FormatError("time-stamp roots", "no certificates", "PEM certificates", remedy=_CONVERT) from error


@dataclass(frozen=True, slots=True)
class Chain:
    """The certificate of a token's signer, whether the token carries it, and its issuers up to a trusted root."""

    signer: x509.Certificate
    carried: bool
    issuers: tuple[x509.Certificate, ...]


def find_chain(response: TimeStampResponse, trusted: Sequence[x509.Certificate]) -> Chain:
    """The certificates from the token's one signer to a self-signed one of `trusted`.

    Each is signed by the next. Where several chains lead there, one that is valid at the time of the token goes before
    others. This tells an authority that is not trusted from a token that is wrong, and makes the answer depend on
    signatures where certificates share a name; dates, purposes and the token itself are for the library to verify.

    Raises:
        UntrustedAuthority: there is no such chain.
        ProofError: the signer is not one, or not named by one certificate.
    """
    signers = list(response.signed_data.signer_infos)
    if len(signers) != 1:
        raise ProofError(f"time stamp: {len(signers)} signers, expected one")
    # A digest that the signer uses and this list lacks does not verify.
    if weak := {algorithm.dotted_string for algorithm in response.signed_data.digest_algorithms} - _SHA2:
        raise ProofError(f"time stamp: signed over a digest by {', '.join(sorted(weak))}, expected SHA-2")
    wanted = (signers[0].issuer, signers[0].serial_number)
    encoded = response.signed_data.certificates
    if len(encoded) > _MAX_CARRIED:
        raise ProofError(f"time stamp: it carries {len(encoded)} certificates, expected at most {_MAX_CARRIED}")
    carried = [x509.load_der_x509_certificate(der) for der in sorted(encoded)]
    known = list(dict.fromkeys([*trusted, *carried]))
    found = [certificate for certificate in known if (certificate.issuer, certificate.serial_number) == wanted]
    if not found:
        raise UntrustedAuthority(wanted[0].rfc4514_string(), "its signer's certificate is not there")
    if len(found) > 1:
        # Which of the two was looked at must not depend on who looks.
        raise ProofError("time stamp: two certificates have the issuer and serial number of its signer, expected one")
    moment = response.tst_info.gen_time
    valid = [c for c in known if c.not_valid_before_utc <= moment <= c.not_valid_after_utc]
    issuers = _issuers(found[0], valid, trusted) or _issuers(found[0], known, trusted)
    if issuers is None:
        raise UntrustedAuthority(found[0].subject.rfc4514_string(), "no certificates lead from it to a given root")
    return Chain(found[0], found[0] in carried, issuers)


def _issuers(
    start: x509.Certificate, known: Collection[x509.Certificate], trusted: Sequence[x509.Certificate]
) -> tuple[x509.Certificate, ...] | None:
    """The shortest way from `start` (which is left out) to a self-signed certificate of `trusted`; None if none."""
    reached: dict[x509.Certificate, tuple[x509.Certificate, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        certificate = waiting.popleft()
        if certificate.issuer == certificate.subject and certificate in trusted:
            return reached[certificate]
        # Each is looked at once, so that many of one name can't make this search long.
        for issuer in known:
            if issuer not in reached and _issued(certificate, issuer):
                reached[issuer] = (*reached[certificate], issuer)
                waiting.append(issuer)
    return None


@lru_cache(maxsize=1_024)
def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        digest = certificate.signature_hash_algorithm
        if digest is not None and digest.name in _COLLIDING:
            return False
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, *MALFORMED):
        return False
    return True


@contextmanager
def without_warnings() -> Iterator[None]:
    """Certificates that are odd but not wrong make the parser warn; whose they are can't mend them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
