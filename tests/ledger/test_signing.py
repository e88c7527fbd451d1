"""Ed25519 keys and signatures: the standard's vector, forgeries, and keys under which anything verifies."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from ledger.encoding import parse_base64
from ledger.errors import FormatError, ProofError
from ledger.signing import (
    Ed25519Signer,
    Signer,
    check_public_key,
    format_spki,
    key_id,
    key_members,
    parse_spki,
    read_private_key,
    verify,
    write_private_key,
)

SIGNER = Ed25519Signer.from_seed(b"an example key, not for real use")
FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
SPKI, DER, PEM = (
    serialization.PublicFormat.SubjectPublicKeyInfo,
    serialization.Encoding.DER,
    serialization.Encoding.PEM,
)

# The eight points of small order, as y with the sign of x in the last bit; the test below shows that they are.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]


def test_the_vector_of_rfc_8032_signs_and_verifies() -> None:
    signer = Ed25519Signer.from_seed(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    expected = bytes.fromhex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )

    assert signer.public_key.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert signer.sign(b"\x72") == expected
    verify(signer.public_key, expected, b"\x72")


def test_a_signature_with_any_bit_flipped_does_not_verify() -> None:
    good = SIGNER.sign(b"message")
    for bit in range(8 * len(good)):
        forged = bytearray(good)
        forged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ProofError, match=rf"^signature by key {key_id(SIGNER.public_key)[:16]} does not verify$"):
            verify(SIGNER.public_key, bytes(forged), b"message")


@pytest.mark.parametrize("length", [0, 1, 32, 63, 65, 128])
def test_a_signature_of_another_length_does_not_verify(length: int) -> None:
    with pytest.raises(ProofError, match=r"does not verify$"):
        verify(SIGNER.public_key, (SIGNER.sign(b"message") * 2)[:length], b"message")


def test_a_second_signature_made_from_the_first_does_not_verify() -> None:
    good = SIGNER.sign(b"message")
    shifted = int.from_bytes(good[32:], "little") + ORDER

    with pytest.raises(ProofError, match=r"does not verify$"):
        verify(SIGNER.public_key, good[:32] + shifted.to_bytes(32, "little"), b"message")


def test_a_signature_says_nothing_about_another_message_or_key() -> None:
    good = SIGNER.sign(b"message")

    for key, message in ((SIGNER.public_key, b"massage"), (Ed25519Signer.generate().public_key, b"message")):
        with pytest.raises(ProofError, match=r"does not verify$"):
            verify(key, good, message)


def test_the_keyid_is_that_of_the_der_everyone_else_writes() -> None:
    der = SIGNER.private_key.public_key().public_bytes(DER, SPKI)

    assert format_spki(SIGNER.public_key) == der
    assert key_id(SIGNER.public_key) == sha256(der).hexdigest()
    assert parse_spki(der) == SIGNER.public_key
    assert key_members(SIGNER.public_key)["algorithm"] == "ed25519"
    assert parse_base64(key_members(SIGNER.public_key)["public_key"]) == der


def test_a_signer_in_memory_keeps_the_protocol() -> None:
    assert isinstance(SIGNER, Signer)


@pytest.mark.parametrize(
    "der",
    [
        b"",
        SIGNER.public_key,
        format_spki(SIGNER.public_key)[:-1],
        format_spki(SIGNER.public_key) + b"\x00",
        x25519.X25519PrivateKey.generate().public_key().public_bytes(DER, SPKI),
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(DER, SPKI),
        rsa.generate_private_key(65537, 2048).public_key().public_bytes(DER, SPKI),
    ],
    ids=["nothing", "raw", "short", "trailing", "X25519", "P-256", "RSA"],
)
def test_another_kind_of_key_is_refused(der: bytes) -> None:
    with pytest.raises(FormatError, match=rf"^public key: found {len(der)} bytes of DER, expected an Ed25519 Subject"):
        parse_spki(der)


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_a_key_of_small_order_is_refused(point: str) -> None:
    key = bytes.fromhex(point)
    assert _times_eight(_decoded(key)) == (0, 1), "8 P is the neutral element"

    with pytest.raises(
        FormatError, match=r"^public key: found a point of small order, expected a key made by RFC 8032"
    ):
        check_public_key(key)
    with pytest.raises(FormatError, match="small order"):
        parse_spki(format_spki(key))


def test_there_are_eight_points_of_small_order_and_all_are_listed() -> None:
    points = {_decoded(bytes.fromhex(point)) for point in SMALL_ORDER}

    assert len(points) == 8
    assert {_added(left, right) for left in points for right in points} == points, "they are the whole subgroup"


def test_under_a_key_of_small_order_one_signature_would_fit_every_message() -> None:
    key, signature = bytes.fromhex(SMALL_ORDER[0]), bytes.fromhex(SMALL_ORDER[0]) + bytes(32)

    # This is why such keys are refused at enrolment: the library verifies with them.
    for message in (b"approved", b"rejected"):
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)


@pytest.mark.parametrize("sign", [0, 1])
def test_every_second_spelling_of_a_point_is_refused(sign: int) -> None:
    for y in range(FIELD, 2**255):
        with pytest.raises(
            FormatError, match=r"^public key: found a point in non-canonical form, expected a reduced y"
        ):
            check_public_key((y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("y", [1, FIELD - 1])
def test_a_zero_with_a_sign_is_refused(y: int) -> None:
    # x is 0 there, so the sign bit makes a second spelling of the same point.
    with pytest.raises(FormatError, match=r"^public key: found a point of small order"):
        check_public_key((y | 1 << 255).to_bytes(32, "little"))


@given(st.binary(min_size=32, max_size=32))
def test_a_key_is_taken_exactly_if_it_is_a_point_of_large_order(key: bytes) -> None:
    try:
        good = _times_eight(_decoded(key)) != (0, 1)
    except ValueError:
        good = False

    if good:
        assert check_public_key(key) == key
    else:
        with pytest.raises(FormatError, match=r"^public key: found (32 bytes that are no point|a point)"):
            check_public_key(key)


@given(st.binary(min_size=32, max_size=32))
def test_every_key_made_as_the_standard_says_is_taken(seed: bytes) -> None:
    signer = Ed25519Signer.from_seed(seed)

    assert check_public_key(signer.public_key) == signer.public_key


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(FormatError, match=rf"^public key: found {length} bytes, expected 32 bytes$"):
        check_public_key(bytes(length))


def test_a_private_key_comes_back_from_its_encrypted_file() -> None:
    pem = write_private_key(SIGNER, "pässword".encode())

    assert pem.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n")
    assert read_private_key(pem, "pässword".encode()).public_key == SIGNER.public_key


def test_the_same_key_is_encrypted_differently_each_time() -> None:
    assert write_private_key(SIGNER, b"secret") != write_private_key(SIGNER, b"secret")


def test_a_private_key_is_never_written_in_clear() -> None:
    with pytest.raises(ValueError, match=r"^a private key is never written without a passphrase$"):
        write_private_key(SIGNER, b"")


@pytest.mark.parametrize("passphrase", [b"", b"wrong", b"secret "])
def test_a_wrong_passphrase_is_said_to_be_one(passphrase: bytes) -> None:
    with pytest.raises(
        FormatError, match=r"^private key: found a key that does not open, expected .*right passphrase$"
    ):
        read_private_key(write_private_key(SIGNER, b"secret"), passphrase)


def test_a_key_file_in_clear_is_not_taken_for_an_encrypted_one() -> None:
    pem = SIGNER.private_key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    with pytest.raises(FormatError, match=r"^private key: found a key that does not open"):
        read_private_key(pem, b"secret")


@pytest.mark.parametrize("pem", [b"", b"no key", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n", b"\xff" * 100])
def test_what_is_no_key_file_is_refused(pem: bytes) -> None:
    with pytest.raises(FormatError, match=r"^private key: found a key that does not open, expected PKCS#8"):
        read_private_key(pem, b"secret")


def test_a_private_key_of_another_kind_is_refused() -> None:
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )

    with pytest.raises(FormatError, match=r"^private key: found .*, expected an Ed25519 key$"):
        read_private_key(pem, b"secret")


# Edwards arithmetic as in RFC 8032 section 5.1, for judging the points above.


def _decoded(key: bytes) -> tuple[int, int]:
    number = int.from_bytes(key, "little")
    y, sign = number & (2**255 - 1), number >> 255
    d = -121665 * pow(121666, -1, FIELD)
    square = (y * y - 1) * pow(d * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if x * x % FIELD != square:
        x = x * pow(2, (FIELD - 1) // 4, FIELD) % FIELD
    if x * x % FIELD != square or y >= FIELD:
        raise ValueError("not on the curve, or not reduced")
    return (-x if x & 1 != sign else x) % FIELD, y


def _added(left: tuple[int, int], right: tuple[int, int]) -> tuple[int, int]:
    (x1, y1), (x2, y2) = left, right
    product = -121665 * pow(121666, -1, FIELD) * x1 * x2 * y1 * y2
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, FIELD) % FIELD
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, FIELD) % FIELD
    return x, y


def _times_eight(point: tuple[int, int]) -> tuple[int, int]:
    for _ in range(3):
        point = _added(point, point)
    return point
