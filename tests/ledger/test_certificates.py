"""Certificates behind a time stamp: signatures lead to a root that the reader named, or nobody is trusted."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from ledger.errors import FormatError, UntrustedAuthority
from ledger.timestamps.certificates import parse_roots
from ledger.timestamps.timestamp import verify_timestamp
from tests.ledger.stamped import AT, GENUINE, TEXT, TOKEN, refusal
from tests.ledger.tsa import Authority
from tests.ledger.x509made import STAMPED_AT, certify, der, oid, signed_with_sha1


def test_a_chain_may_lead_over_certificates_that_the_token_carries() -> None:
    authority = Authority(intermediate=True)

    assert verify_timestamp(authority.stamp(TEXT), TEXT, authority.roots).generated == AT


def test_certificates_that_a_token_lacks_can_be_given_beside_the_root() -> None:
    authority = Authority(intermediate=True, send_chain=False)
    bare = authority.response(sha256(TEXT).digest(), certificates=())
    given_together = authority.root.pem + authority.issuer.pem + authority.holder.pem

    assert verify_timestamp(authority.stamp(TEXT), TEXT, (*authority.roots, authority.issuer.pem)).generated == AT
    assert verify_timestamp(bare, TEXT, (given_together,)).generated == AT


def test_an_authority_may_be_its_own_root() -> None:
    authority = Authority()
    authority.holder = certify("Test stamps", purposes=[ExtendedKeyUsageOID.TIME_STAMPING])

    assert verify_timestamp(authority.stamp(TEXT), TEXT, (authority.holder.pem,)).generated == AT
    with pytest.raises(UntrustedAuthority):
        verify_timestamp(authority.stamp(TEXT), TEXT, authority.roots)


def test_two_roots_of_one_name_are_told_apart_by_their_signatures() -> None:
    for _ in range(10):
        authorities = [Authority(), Authority()]
        roots = tuple(root for authority in authorities for root in authority.roots)
        for authority in authorities:
            assert verify_timestamp(authority.stamp(TEXT), TEXT, roots).generated == AT


def test_decoys_of_an_issuers_name_in_the_token_change_nothing() -> None:
    authority = Authority(intermediate=True)
    decoys = [certify("Test issuer", authority=True).der, certify("Test root", authority=True).der]
    chain = (authority.holder.der, authority.issuer.der)

    for certificates in ((*decoys, *chain), (*chain, *decoys)):
        token = authority.response(sha256(TEXT).digest(), certificates=certificates)
        assert verify_timestamp(token, TEXT, authority.roots).generated == AT


def test_of_two_certificates_of_one_issuer_the_one_valid_then_counts() -> None:
    # A root renewed under the same key; the older one had expired before the token was made.
    authority = Authority()
    old = certify(
        "Test root",
        authority=True,
        key=authority.root.key,
        valid=(STAMPED_AT - timedelta(9), STAMPED_AT - timedelta(1)),
    )

    for roots in ((old.pem, *authority.roots), (*authority.roots, old.pem)):
        assert verify_timestamp(authority.stamp(TEXT), TEXT, roots).generated == AT
    assert refusal(authority.stamp(TEXT), (old.pem,)).endswith("certificate has expired")


@pytest.mark.parametrize(
    ("authority", "said"),
    [
        (Authority(purposes=()), "unsuitable certificate purpose"),
        (Authority(purposes=(ExtendedKeyUsageOID.CODE_SIGNING,)), "unsuitable certificate purpose"),
        (
            Authority(purposes=(ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)),
            "unsuitable certificate purpose",
        ),
        (Authority(critical=False), "unsuitable certificate purpose"),
        (
            Authority(valid=(STAMPED_AT - timedelta(days=2), STAMPED_AT - timedelta(seconds=1))),
            "certificate has expired",
        ),
        (
            Authority(valid=(STAMPED_AT + timedelta(seconds=1), STAMPED_AT + timedelta(days=2))),
            "certificate is not yet valid or the system clock is incorrect",
        ),
    ],
)
def test_a_certificate_that_may_not_stamp_or_not_then_is_refused(authority: Authority, said: str) -> None:
    assert refusal(authority.stamp(TEXT), authority.roots).endswith(said)


@pytest.mark.parametrize("name", ["Test", "Other"])
def test_an_authority_under_another_root_is_not_trusted_even_if_the_root_has_the_same_name(name: str) -> None:
    with pytest.raises(UntrustedAuthority, match="no certificates lead from it to a given root") as caught:
        verify_timestamp(TOKEN, TEXT, Authority(name=name).roots)

    assert caught.value.authority == "CN=Test stamps"


def test_a_missing_link_of_the_chain_is_an_untrusted_authority() -> None:
    authority = Authority(intermediate=True, send_chain=False)

    with pytest.raises(UntrustedAuthority, match="no certificates lead from it"):
        verify_timestamp(authority.stamp(TEXT), TEXT, authority.roots)


def test_a_token_without_its_signers_certificate_is_an_untrusted_authority() -> None:
    token = GENUINE.response(sha256(TEXT).digest(), certificates=())

    with pytest.raises(UntrustedAuthority, match="its signer's certificate is not there"):
        verify_timestamp(token, TEXT, GENUINE.roots)


def test_an_intermediate_certificate_alone_is_no_root() -> None:
    authority = Authority(intermediate=True)

    with pytest.raises(UntrustedAuthority, match="no certificates lead from it"):
        verify_timestamp(authority.stamp(TEXT), TEXT, (authority.issuer.pem,))


def test_without_roots_nobody_is_trusted() -> None:
    with pytest.raises(UntrustedAuthority, match="no certificates lead from it"):
        verify_timestamp(TOKEN, TEXT, ())


def test_a_root_inside_the_token_is_not_trusted_for_being_there() -> None:
    stranger = Authority(name="Mallory")
    token = stranger.response(sha256(TEXT).digest(), certificates=(stranger.holder.der, stranger.root.der))

    with pytest.raises(UntrustedAuthority):
        verify_timestamp(token, TEXT, GENUINE.roots)


def test_a_second_certificate_of_the_signers_name_and_number_is_refused() -> None:
    # Signed with a key that may not stamp; a forged twin of its certificate says it may.
    authority = Authority(purposes=())
    twin = certify(
        "Test stamps",
        by=certify("Test root", authority=True),
        purposes=[ExtendedKeyUsageOID.TIME_STAMPING],
        serial=authority.holder.certificate.serial_number,
    )
    token = authority.response(sha256(TEXT).digest(), certificates=(authority.holder.der, twin.der))

    assert "two certificates have the issuer and serial number" in refusal(token, authority.roots)


def test_a_token_with_a_crowd_of_certificates_is_refused_before_they_are_looked_at() -> None:
    crowd = [certify("Test root", authority=True).der for _ in range(17)]

    assert "it carries 18 certificates" in refusal(
        GENUINE.response(sha256(TEXT).digest(), certificates=(GENUINE.holder.der, *crowd)), GENUINE.roots
    )


def test_a_signature_over_a_digest_that_collides_is_refused() -> None:
    assert "signed over a digest by 1.3.14.3.2.26, expected SHA-2" in refusal(
        GENUINE.stamp(TEXT, sha1=True), GENUINE.roots
    )


def test_a_chain_over_a_digest_that_collides_is_no_chain() -> None:
    authority = Authority(intermediate=True)
    weak = signed_with_sha1(authority.issuer.certificate, authority.root.key)
    token = authority.response(sha256(TEXT).digest(), certificates=(authority.holder.der, weak))

    with pytest.raises(UntrustedAuthority, match="no certificates lead from it to a given root"):
        verify_timestamp(token, TEXT, authority.roots)


def test_a_certificate_in_der_is_refused_with_the_way_to_convert_it() -> None:
    with pytest.raises(FormatError, match="openssl x509 -inform der"):
        verify_timestamp(TOKEN, TEXT, (GENUINE.root.der,))


@pytest.mark.filterwarnings("error")
def test_an_odd_name_in_a_certificate_warns_nobody() -> None:
    # A country of nine letters; the parser complains about it each time somebody looks.
    odd = GENUINE.response(sha256(TEXT).digest(), certificates=(GENUINE.holder.der, odd_certificate()))

    assert verify_timestamp(odd, TEXT, GENUINE.roots).generated == AT


def odd_certificate() -> bytes:
    plain = certify("Nowhere12").der
    name = der(0x0C, b"Nowhere12")
    assert oid("2.5.4.3") + name in plain
    return plain.replace(oid("2.5.4.3") + name, oid("2.5.4.6") + name)


@pytest.mark.parametrize("damage", [lambda pem: b"", lambda pem: pem[:100], lambda pem: b"x" * (5 << 20)])
def test_roots_that_are_no_certificates_are_bad_input_and_not_a_failed_proof(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FormatError, match="time-stamp roots"):
        verify_timestamp(TOKEN, TEXT, (damage(GENUINE.root.pem),))


def test_a_file_may_hold_several_roots() -> None:
    assert len(parse_roots(GENUINE.root.pem + b"\nof others\n" + Authority(name="Other").root.pem)) == 2
