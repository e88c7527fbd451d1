"""Ed25519 keys and signatures (RFC 8032), and the one protocol a key holder implements.

``keyid`` is the lower-case hex SHA-256 of the key's SubjectPublicKeyInfo (DER). The algorithm of a key
comes from its enrolment, never from what it signed.
"""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from typing import Final, Protocol, runtime_checkable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.encoding import format_base64
from ledger.errors import FormatError, ProofError

ED25519: Final = "ed25519"
_FIELD = 2**255 - 19
# RFC 8410 section 4: the fixed DER prefix of an Ed25519 SubjectPublicKeyInfo; 32 key bytes follow.
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")
# The five y coordinates of the eight points of small order. A signature by such a "key" verifies for many
# messages, so one signed entry could stand for another; OpenSSL accepts them, we refuse them at enrolment.
_LOW_ORDER_Y = frozenset(
    {
        0,
        1,
        _FIELD - 1,
        2707385501144840649318225287225658788936804267575313519463743609750303402022,
        55188659117513257062467267217118295137698188065244968500265048394206261417927,
    }
)


@runtime_checkable
class Signer(Protocol):
    """Holds one private key. Implementations: a file, later a token, a key service or an agent."""

    @property
    def public_key(self) -> bytes:
        """The key's 32 raw Ed25519 bytes."""

    def sign(self, message: bytes) -> bytes:
        """The 64-byte Ed25519 signature over `message`."""


class Ed25519Signer:
    """A signer whose private key is in this process's memory."""

    def __init__(self, private_key: Ed25519PrivateKey) -> None:
        self._private_key = private_key
        self._public_key = private_key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> Ed25519Signer:
        """A signer with a new key from the system's random source."""
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> Ed25519Signer:
        """The signer of a 32-byte seed; for test vectors and imported keys."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    @property
    def public_key(self) -> bytes:
        """The key's 32 raw bytes."""
        return self._public_key

    @property
    def private_key(self) -> Ed25519PrivateKey:
        """The key itself, for writing it to a key file."""
        return self._private_key

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature over `message`."""
        return self._private_key.sign(message)


def format_spki(public_key: bytes) -> bytes:
    """SubjectPublicKeyInfo DER of 32 raw Ed25519 bytes, RFC 8410 section 4."""
    return _SPKI_PREFIX + public_key


def parse_spki(der: bytes) -> bytes:
    """The 32 raw bytes of an Ed25519 SubjectPublicKeyInfo.

    Raises:
        FormatError: if it is another kind of key, or a key `check_public_key` refuses.
    """
    if len(der) != 44 or not der.startswith(_SPKI_PREFIX):
        raise FormatError("public key", f"{len(der)} bytes of DER", "an Ed25519 SubjectPublicKeyInfo (44 bytes)")
    return check_public_key(der[12:])


@lru_cache(maxsize=4096)
def check_public_key(public_key: bytes) -> bytes:
    """`public_key` itself, if it is the canonical form of a point whose order is not small.

    Raises:
        FormatError: for 32 bytes that are not on the curve, not reduced, or of small order.
    """
    if len(public_key) != 32:
        raise FormatError("public key", f"{len(public_key)} bytes", "32 bytes")
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    if y >= _FIELD:
        raise FormatError("public key", "a point in non-canonical form", "a reduced y coordinate (RFC 8032 5.1.3)")
    if y in _LOW_ORDER_Y:
        raise FormatError("public key", "a point of small order", "a key made by RFC 8032 key generation")
    if not _on_curve(y):
        raise FormatError("public key", "32 bytes that are no point of the curve", "an Ed25519 public key")
    return public_key


def _on_curve(y: int) -> bool:
    # x^2 = (y^2 - 1) / (d y^2 + 1) must be a square modulo 2^255 - 19, RFC 8032 section 5.1.3.
    d = -121665 * pow(121666, -1, _FIELD) % _FIELD
    x_squared = (y * y - 1) * pow(d * y * y + 1, -1, _FIELD) % _FIELD
    return x_squared == 0 or pow(x_squared, (_FIELD - 1) // 2, _FIELD) == 1


def key_id(public_key: bytes) -> str:
    """Lower-case hex SHA-256 of the SubjectPublicKeyInfo of 32 raw bytes."""
    return sha256(format_spki(public_key)).hexdigest()


@lru_cache(maxsize=1024)
def _loaded(public_key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public_key)


def verify(public_key: bytes, signature: bytes, message: bytes) -> None:
    """Return if `signature` is `public_key`'s over `message`; OpenSSL checks S < L.

    Raises:
        ProofError: if it is not.
    """
    try:
        _loaded(public_key).verify(signature, message)
    except InvalidSignature as error:
        raise ProofError(f"signature by key {key_id(public_key)[:16]} does not verify") from error


def write_private_key(signer: Ed25519Signer, passphrase: bytes) -> bytes:
    """PKCS#8 PEM of the key, encrypted under a non-empty `passphrase` (PBES2, AES-256-CBC, scrypt or PBKDF2)."""
    if not passphrase:
        raise ValueError("a private key is never written without a passphrase")
    return signer.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase),
    )


def read_private_key(pem: bytes, passphrase: bytes) -> Ed25519Signer:
    """The signer of an encrypted PKCS#8 PEM.

    Raises:
        FormatError: for a wrong passphrase, another format, or a key that is not Ed25519.
    """
    try:
        key = serialization.load_pem_private_key(pem, passphrase)
    except (ValueError, TypeError) as error:
        raise FormatError("private key", "a key that does not open", "PKCS#8 and the right passphrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise FormatError("private key", type(key).__name__, "an Ed25519 key")
    return Ed25519Signer(key)


def key_members(public_key: bytes) -> dict[str, str]:
    """`public_key` and `algorithm` as a `key` or `ledger` body names them."""
    return {"public_key": format_base64(format_spki(public_key)), "algorithm": ED25519}
