"""Asking a time-stamping authority to vouch for a checkpoint, RFC 3161 over HTTP (its section 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ledger.errors import FormatError, ProofError, Unanswered
from ledger.posting import post
from ledger.timestamps.timestamp import MAX_TOKEN, check_answer, parse_response, require_library, verify_timestamp

REQUEST_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"
TIMEOUT: Final = 20.0
"""Seconds an authority has to answer, unless told otherwise."""


def make_request(note_text: bytes) -> tuple[bytes, int]:
    """A DER TimeStampReq for the SHA-256 of `note_text`, and its nonce: 64 random bits that the answer must repeat.

    It asks for the authority's certificates, without which a token could not be verified alone.

    Raises:
        BadInput: if the extra `timestamps` is not installed.
    """
    require_library()
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    builder = TimestampRequestBuilder().data(note_text).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    assert request.nonce is not None, "a nonce was asked for"
    return request.as_bytes(), request.nonce


def request_timestamp(
    url: str, note_text: bytes, timeout: float = TIMEOUT, *, roots: Sequence[bytes] = ()
) -> bytes:  # fmt: skip
    """The token that the authority at `url` gives for `note_text`, as it was received.

    It grants a token for this very request and text. With `roots` (PEM) it is also verified; without, whoever
    verifies the ledger finds out, so that an authority asked over plain http should be asked with its roots.

    Raises:
        BadInput: for an address that is none, or if the extra `timestamps` is not installed.
        Unanswered: if the authority can't be reached, refuses, or answers with anything else than a token for this.
        ProofError: with `roots`, if the token does not verify.
    """
    what = f"time-stamping authority {url}"
    request, nonce = make_request(note_text)
    answer = post(url, request, REQUEST_TYPE, what=what, timeout=timeout, limit=MAX_TOKEN)
    if answer.status != 200:
        raise Unanswered(what, f"HTTP status {answer.status}, expected 200")
    if answer.content_type != REPLY_TYPE:
        raise Unanswered(what, f"an answer of type {answer.content_type}, expected {REPLY_TYPE}")
    try:
        check_answer(parse_response(answer.body), note_text, nonce)
    except (FormatError, ProofError) as error:
        raise Unanswered(what, str(error)) from error
    if roots:
        verify_timestamp(answer.body, note_text, roots, nonce=nonce)
    return answer.body
