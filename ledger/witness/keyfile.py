"""A witness's private keys: one encrypted PKCS#8 PEM file each, Ed25519 or ML-DSA-44."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from ledger.cosignature import MlDsa44Signer
from ledger.errors import BadInput, StoreError
from ledger.signing import Ed25519Signer

CosignerKey = Ed25519Signer | MlDsa44Signer
_MAX_BYTES: Final = 65_536


def write_key(file: Path, signer: CosignerKey, passphrase: str) -> None:
    """Store the key of `signer` in a new file that only its owner can read.

    Raises:
        BadInput: without a passphrase, or if the file exists.
        StoreError: it can't be written.
    """
    if not passphrase:
        raise BadInput(f"key {file}: an empty passphrase", remedy="a private key is never written without one")
    pem = signer.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as opened:
            opened.write(pem)
            opened.flush()
            os.fsync(opened.fileno())
    except FileExistsError as error:
        raise BadInput(
            f"key {file}: exists already", remedy="choose another path; a key is never overwritten"
        ) from error
    except OSError as error:
        raise StoreError(f"key {file}: can't be written ({error.strerror})", remedy="check the folder") from error


def read_key(file: Path, passphrase: str) -> CosignerKey:
    """The signer whose key is in `file`.

    Raises:
        BadInput: there is none, it does not open with the passphrase, or it is of another algorithm.
    """
    try:
        with file.open("rb") as opened:
            pem = opened.read(_MAX_BYTES)
    except OSError as error:
        raise BadInput(
            f"key {file}: can't be read ({error.strerror})", remedy="'aims witness new' makes one"
        ) from error
    try:
        key = serialization.load_pem_private_key(pem, passphrase.encode())
    except (ValueError, TypeError) as error:
        raise BadInput(
            f"key {file}: does not open with this passphrase", remedy="give the passphrase it was made with"
        ) from error
    if isinstance(key, Ed25519PrivateKey):
        return Ed25519Signer(key)
    if isinstance(key, MLDSA44PrivateKey):
        return MlDsa44Signer(key)
    raise BadInput(f"key {file}: {type(key).__name__}, expected Ed25519 or ML-DSA-44", remedy="'aims witness new'")
