"""Cosignatures with a time on checkpoints, C2SP tlog-cosignature: what a witness says, and how it is checked.

A cosigner says: as of this time, the largest consistent tree of this origin that I have seen has this size and
root.  A cosignature is one more signature line on the checkpoint's note (`ledger.note`), whose signature is ::

    time        8 bytes, big-endian: seconds since 1970, at most 2^63 - 1
    signature   64 bytes (Ed25519, type 0x04) or 2,420 bytes (ML-DSA-44, FIPS 204, type 0x06)

Type 0x04 signs two lines and the whole text of the note: ::

    cosignature/v1
    time <seconds, decimal>
    <the text, with its last newline>

The name of the cosigner is not in it, so a key must belong to one cosigner only.  Type 0x06 signs, with an empty
context, one structure with the numbers big-endian: ::

    "subtree/v1" 0x0A 0x00
    length (1 byte) and name of the cosigner, 1 to 255 bytes
    time (8 bytes)
    length (1 byte) and origin of the log, 1 to 255 bytes
    start (8 bytes), 0 for a checkpoint
    end (8 bytes), the size for a checkpoint
    root (32 bytes)

A time of 0 says that no statement about time is made.  Which format a signature has is told by the type of its
key; a new version gets a new type or a new first line.

Example: on the checkpoint of `ledger.checkpoint`, at 1795428000, the line of the Ed25519 cosigner whose 32-byte seed is
`an example witness one, not real`,

::

    — witness.example/x1 kGb0vwAAAABrBA6g0XTvGCzWW2RCQ0lyWJS73LpzdWfi2CGHZj4mlxtziT9beUC4NH+m6zX15vSyO63MpFzHfeyRxCjc84sWUwpkCg==

whose vkey is `witness.example/x1+9066f4bf+BJPWSxBt5hn6sC3xiRI8WsvCYWumixGcBOJtwDO/wc7x`.
"""  # noqa: E501  # a signature line is one line

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.encoding import MAX_SIZE
from ledger.errors import BadInput, FormatError, ProofError
from ledger.note import ML_DSA_44_KEY_SIZE, NoteSignature, SignatureType, VerifierKey
from ledger.signing import Signer, verify

__all__ = [
    "COSIGNER_TYPES",
    "Cosignature",
    "MlDsa44Signer",
    "cosigner_key",
    "format_cosignature_message",
    "format_subtree_message",
    "parse_cosignature",
    "sign_cosignature",
    "verify_cosignature",
]

COSIGNER_TYPES: Final[Collection[SignatureType]] = (SignatureType.COSIGNATURE, SignatureType.ML_DSA_44)
MAX_TIME: Final = MAX_SIZE
_SIGNATURE_SIZES: Final = {SignatureType.COSIGNATURE: 64, SignatureType.ML_DSA_44: 2_420}
_LABEL: Final = b"subtree/v1\n\0"
_MAX_NAME: Final = 255


@dataclass(frozen=True, slots=True)
class Cosignature:
    """The two parts of a cosignature; nothing in it is verified. `time` is in seconds, 0 if none is claimed."""

    time: int
    signature: bytes


class MlDsa44Signer:
    """A signer (`ledger.signing.Signer`, with ML-DSA-44) whose private key is in this process's memory."""

    def __init__(self, private_key: MLDSA44PrivateKey) -> None:
        self._private_key = private_key
        self._public_key = private_key.public_key().public_bytes_raw()

    @classmethod
    def generate(cls) -> MlDsa44Signer:
        """A signer with a new key from the system's random source."""
        return cls(MLDSA44PrivateKey.generate())

    @classmethod
    def from_seed(cls, seed: bytes) -> MlDsa44Signer:
        """The signer of the 32-byte seed of FIPS 204 key generation."""
        return cls(MLDSA44PrivateKey.from_seed_bytes(seed))

    @property
    def public_key(self) -> bytes:
        """The key's 1,312 raw bytes."""
        return self._public_key

    @property
    def private_key(self) -> MLDSA44PrivateKey:
        """The key itself, for writing it to a key file."""
        return self._private_key

    def sign(self, message: bytes) -> bytes:
        """The 2,420-byte signature over `message` with an empty context; another one each time."""
        return self._private_key.sign(message)


def cosigner_key(name: str, signer: Signer) -> VerifierKey:
    """The verifier key of a cosigner; the size of the public key tells whether it is Ed25519 or ML-DSA-44.

    Raises:
        FormatError: for what is no name of a cosigner or no public key.
    """
    ml_dsa = len(signer.public_key) == ML_DSA_44_KEY_SIZE
    return VerifierKey(name, signer.public_key, SignatureType.ML_DSA_44 if ml_dsa else SignatureType.COSIGNATURE)


def format_cosignature_message(text: str, time: int) -> bytes:
    """What an Ed25519 cosigner signs at `time` for the note text of a checkpoint."""
    _check_time(time)
    # tlog-cosignature "Ed25519 signed message"
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def format_subtree_message(cosigner: str, time: int, origin: str, start: int, end: int, root: bytes) -> bytes:
    """What an ML-DSA-44 cosigner signs at `time` for the entries ``[start, end)`` of the log `origin`.

    Raises:
        FormatError: a name has more than 255 bytes, or there is a time and `start` is not 0.
    """
    _check_time(time)
    if start and time:
        raise FormatError("subtree cosignature: time", str(time), "0 where the subtree does not begin at entry 0")
    # tlog-cosignature "ML-DSA-44 signed message"
    return b"".join(
        (
            _LABEL,
            _opaque(cosigner, "cosigner's name"),
            time.to_bytes(8, "big"),
            _opaque(origin, "log's origin"),
            start.to_bytes(8, "big"),
            end.to_bytes(8, "big"),
            root,
        )
    )


def sign_cosignature(text: str, name: str, signer: Signer, time: int) -> NoteSignature:
    """The cosignature, as a signature line, of the cosigner `name` at `time` on the note text of a checkpoint.

    Nothing here remembers what was signed before: whoever calls this has checked that the checkpoint is consistent
    with the last one cosigned, and stored it.

    Raises:
        FormatError: `text` is not that of a checkpoint, or `name` not that of a cosigner.
    """
    key = cosigner_key(name, signer)
    message = _message(key, text, parse_checkpoint(text), time)
    return NoteSignature(name, key.key_id, time.to_bytes(8, "big") + signer.sign(message))


def parse_cosignature(key: VerifierKey, signature: bytes) -> Cosignature:
    """The time and signature in a signature line by a cosigner's key.

    Raises:
        FormatError: it has another length, or a time beyond the format's.
    """
    if key.type not in COSIGNER_TYPES:
        raise ValueError(f"{key} is of type 0x{key.type:02x}, not a cosigner's")
    expected = 8 + _SIGNATURE_SIZES[key.type]
    if len(signature) != expected:
        raise FormatError(f"cosignature of {key}", f"{len(signature)} bytes", f"{expected}")
    time = int.from_bytes(signature[:8], "big")
    if time > MAX_TIME:
        raise FormatError(f"cosignature of {key}: time", str(time), f"at most {MAX_TIME}")
    return Cosignature(time, signature[8:])


def verify_cosignature(key: VerifierKey, line: NoteSignature, text: str) -> int:
    """The time (in seconds; 0: none claimed) at which the cosigner `key` signed the checkpoint in `text`.

    Raises:
        FormatError: `text` is not that of a checkpoint.
        ProofError: the line is of another key, malformed, or its signature does not verify.
        BadInput: the installed `cryptography` has no ML-DSA-44, so nothing can be said.
    """
    if (line.name, line.key_id) != (key.name, key.key_id):
        raise ProofError(f"cosignature: by {line.name}+{line.key_id.hex()}, expected {key}")
    checkpoint = parse_checkpoint(text)
    try:
        cosignature = parse_cosignature(key, line.signature)
        message = _message(key, text, checkpoint, cosignature.time)
    except FormatError as error:
        # Known keys' signatures are never ignored, and one that can't be read verifies no more than a wrong one.
        raise ProofError(f"note: the signature of {key} does not verify ({error})") from error
    try:
        if key.type is SignatureType.ML_DSA_44:
            _loaded(key.public_key).verify(cosignature.signature, message)
        else:
            verify(key.public_key, cosignature.signature, message)
    except (InvalidSignature, ProofError) as error:
        raise ProofError(f"note: the signature of {key} does not verify") from error
    return cosignature.time


@lru_cache(maxsize=64)
def _loaded(public_key: bytes) -> MLDSA44PublicKey:
    try:
        return MLDSA44PublicKey.from_public_bytes(public_key)
    except UnsupportedAlgorithm as error:
        raise BadInput(
            "ML-DSA-44: the installed 'cryptography' was built without it",
            remedy="install the wheel from PyPI, or one built with OpenSSL 3.5 or newer",
        ) from error


def _message(key: VerifierKey, text: str, checkpoint: Checkpoint, time: int) -> bytes:
    if key.type is SignatureType.ML_DSA_44:
        return format_subtree_message(key.name, time, checkpoint.origin, 0, checkpoint.size, checkpoint.root)
    return format_cosignature_message(text, time)


def _check_time(time: int) -> None:
    if not 0 <= time <= MAX_TIME:
        raise ValueError(f"time {time} is outside 0..{MAX_TIME}")


def _opaque(text: str, what: str) -> bytes:
    data = text.encode()
    if not 1 <= len(data) <= _MAX_NAME:
        raise FormatError(f"cosignature: {what}", f"{len(data)} bytes", f"1 to {_MAX_NAME}")
    return bytes([len(data)]) + data
