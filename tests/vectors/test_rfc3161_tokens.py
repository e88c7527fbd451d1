"""Tokens that real authorities and other people's tests made, as rfc3161-client collected them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from ledger.errors import ProofError, UntrustedAuthority
from ledger.times import to_micros
from ledger.timestamps.timestamp import parse_roots, verify_timestamp

MESSAGE = b"hello"


@pytest.fixture
def tokens(vectors: Path) -> Path:
    """The folder of tokens, one folder within for each authority."""
    folder = vectors / "rfc3161"
    if not folder.is_dir():
        pytest.skip("outside vectors: no folder rfc3161 in them")
    return folder


def verified(folder: Path, name: str, message: bytes = MESSAGE) -> int:
    """The time that a token says, in microseconds; its roots are the certificates beside it."""
    roots = (folder / "ts_chain.pem").read_bytes()
    return verify_timestamp((folder / name).read_bytes(), message, (roots,)).generated


def test_a_token_of_a_public_authority_holds(tokens: Path) -> None:
    said = verified(tokens / "sigstage", "response-sha256.tsr")

    assert said == to_micros(datetime(2025, 5, 9, 11, 58, 55, tzinfo=UTC))


def test_its_signers_certificate_may_come_from_the_reader(tokens: Path) -> None:
    said = verified(tokens / "sigstage", "response-no-embedded-cert.tsr")

    assert said == to_micros(datetime(2025, 6, 18, 8, 13, 2, tzinfo=UTC))


def test_a_token_whose_certificates_have_expired_holds(tokens: Path) -> None:
    folder = tokens / "sigstore.mock"
    expiry = min(c.not_valid_after_utc for c in parse_roots((folder / "ts_chain.pem").read_bytes()))
    assert expiry < datetime.now(UTC)

    said = verified(folder, "response-expired.tsr", (folder / "payload").read_bytes())

    assert said == to_micros(datetime(2023, 2, 1, tzinfo=UTC))


def test_a_token_with_a_broken_signature_is_refused(tokens: Path) -> None:
    with pytest.raises(ProofError, match="signature failure"):
        verified(tokens / "sigstage", "response-invalid-signature.tsr")


def test_tokens_over_another_digest_than_ours_are_refused(tokens: Path) -> None:
    names = {"sigstage": ("response-sha384.tsr", "response-sha512.tsr"), "identrust": ("issue-104.tsr",)}
    names["test_tsa"] = ("response.tsr", "other_response.tsr", "response-injected-certs.tsr")

    for authority, files in names.items():
        for file in files:
            with pytest.raises(ProofError, match="expected 32 bytes by SHA-256"):
                verify_timestamp((tokens / authority / file).read_bytes(), MESSAGE, ())


def test_roots_of_one_authority_vouch_for_no_other(tokens: Path) -> None:
    token = (tokens / "sigstage" / "response-sha256.tsr").read_bytes()

    for authority in ("test_tsa", "sigstore.mock"):
        with pytest.raises(UntrustedAuthority):
            verify_timestamp(token, MESSAGE, ((tokens / authority / "ts_chain.pem").read_bytes(),))
