"""RFC 3161 time stamps on checkpoints: what an authority answered, and until when that says the checkpoint existed.

A token is the authority's whole answer as it was received, a DER ``TimeStampResp`` of at most 64 KiB (what
``openssl ts`` reads, by custom a ``.tsr`` file). Its message imprint is the SHA-256 of the checkpoint's note *text*,
the bytes that log and witnesses sign, with the final newline; so it holds whatever signatures join the note later.

A token is verified at the time it says it was made at: every certificate from its signer's to a trusted root must have
been valid then, and may have expired since. The signer's must be for time stamping and nothing else (a critical
extended key usage, RFC 3161 section 2.3). Trusted roots are given by whoever verifies, as PEM: self-signed
certificates, and beside them intermediate ones that a token lacks, which alone are trusted for nothing. Without roots a
token says nothing. In which order a token carries its certificates does not matter; it is stored as it was received.

Not checked: whether a certificate was revoked, and the identifier of the signer's certificate among the signed
attributes (ESSCertID, RFC 5816), as the certificate is found by issuer and serial number, and leads to a root.

RFC 3161 has a version in each of its structures, always 1; another is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from ledger.errors import BadInput, FormatError, ProofError, UntrustedAuthority, clip
from ledger.note import parse_note
from ledger.times import parse_instant, to_micros
from ledger.timestamps.certificates import MALFORMED, find_chain, parse_roots, without_warnings
from ledger.timestamps.ordering import sort_certificates
from ledger.verdicts import Verdict

if TYPE_CHECKING:
    from rfc3161_client import Accuracy, TimeStampResponse, TimeStampTokenInfo

__all__ = [
    "JudgedStamp",
    "Stamped",
    "StampedNote",
    "TimestampResponse",
    "judge_timestamps",
    "parse_response",
    "parse_roots",
    "verify_timestamp",
]

MAX_TOKEN: Final = 65_536
_GRANTED: Final = 0
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_SECOND: Final = 1_000_000
_MAX_ACCURACY: Final = 86_400 * _SECOND
_END: Final = parse_instant("9999-01-01T00:00:00.000000Z")


class StampedNote(Protocol):
    """A stored token and the checkpoint note it is for, such as a row of the ledger's `timestamp` table."""

    @property
    def note(self) -> bytes:
        """The signed note."""

    @property
    def token(self) -> bytes:
        """The authority's answer for the note's text."""


@dataclass(frozen=True, slots=True)
class Stamped:
    """A verified time stamp: at `time` at the latest (microseconds since 1970) the text existed.

    `generated` is the second the authority wrote. It may have cut off a fraction and claims an accuracy, so that
    `time`, which evidence rests on, is that much later. `authority` is the subject of its certificate.
    """

    time: int
    authority: str
    generated: int


@dataclass(frozen=True, slots=True)
class TimestampResponse:
    """An authority's answer, read but not verified; a refusal has no token, and then everything below is empty."""

    raw: bytes
    status: int
    words: str
    digest: bytes = b""
    nonce: int | None = None
    generated: int = 0
    accuracy: int = 0
    _parsed: TimeStampResponse | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class JudgedStamp:
    """What one stored token is worth: a verified time, or what is wrong and how bad that is."""

    row: StampedNote
    stamped: Stamped | None
    verdict: Verdict | None = None
    problem: str = ""


def parse_response(data: bytes) -> TimestampResponse:
    """What the authority answered.

    Raises:
        FormatError: for anything but one DER TimeStampResp over a SHA-256 digest.
        BadInput: if the extra `timestamps` is not installed.
    """
    require_library()
    from rfc3161_client import decode_timestamp_response

    if len(data) > MAX_TOKEN:
        raise FormatError("time stamp", f"{len(data)} bytes", f"at most {MAX_TOKEN}")
    try:
        parsed = decode_timestamp_response(sort_certificates(data))
        words = clip(" ".join(parsed.status_string))
        if parsed.status != _GRANTED:
            return TimestampResponse(data, parsed.status, words)
        info = parsed.tst_info
        algorithm, digest = info.message_imprint.hash_algorithm.dotted_string, info.message_imprint.message
        nonce, generated, accuracy, version = info.nonce, to_micros(info.gen_time), _accuracy(info), info.version
    except MALFORMED as error:
        raise FormatError("time stamp", f"{len(data)} bytes ({error})", "a DER TimeStampResp (RFC 3161)") from error
    if version != 1:
        raise FormatError("time stamp", f"version {version}", "version 1")
    if algorithm != _SHA256 or len(digest) != 32:
        raise FormatError("time stamp", f"a digest of {len(digest)} bytes by {algorithm}", "32 bytes by SHA-256")
    if accuracy > _MAX_ACCURACY or generated > _END:
        raise FormatError("time stamp", f"{info.gen_time} give or take {accuracy // _SECOND} s", "a time within a day")
    return TimestampResponse(data, parsed.status, words, digest, nonce, generated, accuracy, parsed)


def _accuracy(info: TimeStampTokenInfo) -> int:
    """The claimed accuracy in microseconds; none claimed counts as none needed."""
    claimed: Accuracy | None = info.accuracy
    if claimed is None:
        return 0
    return (claimed.seconds or 0) * _SECOND + (claimed.millis or 0) * 1_000 + (claimed.micros or 0)


def verify_timestamp(token: bytes, note_text: bytes, roots: Sequence[bytes], *, nonce: int | None = None) -> Stamped:
    """The time by which `note_text` existed, as an authority under one of `roots` (PEM) vouches; and that authority.

    `nonce` is that of the request, for whoever made it.

    Raises:
        UntrustedAuthority: no chain of certificates leads from the token's signer to one of `roots`; the token may be
            genuine, and says nothing here.
        ProofError: the token is malformed, a refusal, of another text, or does not verify at the time it names.
        FormatError: for roots that are no certificates.
        BadInput: if the extra `timestamps` is not installed.
    """
    trusted = [certificate for pem in roots for certificate in parse_roots(pem)]
    try:
        response = parse_response(token)
    except FormatError as error:
        raise ProofError(str(error)) from error
    check_answer(response, note_text, nonce)
    assert response._parsed is not None, "a granted response has a token"
    from rfc3161_client import VerificationError, VerifierBuilder

    try:
        with without_warnings():
            chain = find_chain(response._parsed, trusted)
            # Nothing but the chain, so that no other certificate of the same name is tried instead; and a signer's
            # certificate that the token does not carry has to be named to the library.
            verifier = VerifierBuilder(
                roots=list(chain.issuers or (chain.signer,)),
                nonce=nonce,
                tsa_certificate=None if chain.carried else chain.signer,
            ).build()
            verifier.verify(response._parsed, sha256(note_text).digest())
            name = chain.signer.subject.rfc4514_string()
    except (VerificationError, *MALFORMED) as error:
        raise ProofError(f"time stamp: it does not verify at its own time: {_reason(error)}") from error
    # A fraction of the second may have been cut off, here or by the authority.
    latest = response.generated + response.accuracy + _SECOND
    return Stamped(latest, name, response.generated)


def check_answer(response: TimestampResponse, note_text: bytes, nonce: int | None = None) -> None:
    """Return if `response` grants a token for this text and request; its signature is not looked at.

    Raises:
        ProofError: if it is a refusal, or a token of something else.
    """
    if response.status != _GRANTED:
        said = f" ({response.words})" if response.words else ""
        raise ProofError(f"time stamp: status {response.status}{said}, expected 0, granted")
    expected = sha256(note_text).digest()
    if response.digest != expected:
        raise ProofError(f"time stamp: it is of the text {response.digest.hex()[:16]}, expected {expected.hex()[:16]}")
    if nonce is not None and response.nonce != nonce:
        raise ProofError(f"time stamp: nonce {response.nonce}, expected {nonce}: it answers another request")


def judge_timestamps(rows: Iterable[StampedNote], roots: Sequence[bytes]) -> tuple[JudgedStamp, ...]:
    """What each stored token is worth under `roots` (PEM), in the order of `rows`.

    A token of something else or that is none is `altered`; one that does not verify is `signature invalid`; one of an
    authority that `roots` don't name, and every token without `roots`, is `not checked here`.

    Raises:
        FormatError: for roots that are no certificates.
        BadInput: if there are roots, and the extra `timestamps` is not installed.
    """
    for pem in roots:
        parse_roots(pem)
    return tuple(_judge(row, roots) for row in rows)


def require_library() -> None:
    """Return if the extra `timestamps` is installed.

    Raises:
        BadInput: if it is not.
    """
    try:
        import rfc3161_client  # noqa: F401  # an extra: who stamps and checks nothing needs none
    except ImportError as error:
        raise BadInput(
            "time stamps: rfc3161-client is not installed", remedy="pip install 'aims-ledger[timestamps]'"
        ) from error


def _judge(row: StampedNote, roots: Sequence[bytes]) -> JudgedStamp:
    if not roots:
        return JudgedStamp(row, None, Verdict.NOT_CHECKED, "no roots were named to verify it with (--timestamp-roots)")
    try:
        text = parse_note(row.note).text.encode()
        response = parse_response(row.token)
        if response.status == _GRANTED and response.digest != sha256(text).digest():
            return JudgedStamp(row, None, Verdict.ALTERED, "its token is of another text")
        return JudgedStamp(row, verify_timestamp(row.token, text, roots))
    except FormatError as error:
        return JudgedStamp(row, None, Verdict.ALTERED, str(error))
    except UntrustedAuthority as error:
        return JudgedStamp(row, None, Verdict.NOT_CHECKED, str(error))
    except ProofError as error:
        return JudgedStamp(row, None, Verdict.SIGNATURE_INVALID, str(error))


def _reason(error: Exception) -> str:
    """The sentence among what OpenSSL says."""
    text = str(error)
    for marker in ('data: "Verify error: ', 'reason: "'):
        *_, last = text.split(marker)
        if last != text:
            return last.partition('"')[0]
    return clip(text, 160)
