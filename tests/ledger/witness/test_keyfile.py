"""A witness's private keys as files."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from ledger.errors import BadInput, StoreError
from ledger.witness.keyfile import CosignerKey, read_key, write_key
from ledger.witness.records import Records
from tests.ledger.harness import signer
from tests.ledger.witness.logs import ML_DSA, VKEYS


@pytest.mark.parametrize("key", [signer("witness"), ML_DSA], ids=["Ed25519", "ML-DSA-44"])
def test_a_key_of_each_kind_is_read_back(tmp_path: Path, key: CosignerKey) -> None:
    write_key(tmp_path / "w.pem", key, "secret")

    found = read_key(tmp_path / "w.pem", "secret")

    assert (type(found), found.public_key) == (type(key), key.public_key)


def test_no_key_is_written_without_a_passphrase_or_over_another(tmp_path: Path) -> None:
    file = tmp_path / "w.pem"
    with pytest.raises(BadInput, match=r"an empty passphrase; a private key is never written without one"):
        write_key(file, signer("witness"), "")
    assert not file.exists()
    write_key(file, signer("witness"), "secret")
    before = file.read_bytes()

    with pytest.raises(BadInput, match=r"w\.pem: exists already"):
        write_key(file, signer("other"), "secret")
    assert file.read_bytes() == before
    with pytest.raises(StoreError, match=r"missing/w\.pem: can't be written"):
        write_key(tmp_path / "missing" / "w.pem", signer("witness"), "secret")


@pytest.mark.parametrize("content", [b"", b"text", b"-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n"])
def test_what_is_no_key_does_not_open(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.pem").write_bytes(content)

    with pytest.raises(BadInput, match=r"w\.pem: does not open with this passphrase"):
        read_key(tmp_path / "w.pem", "secret")


def test_a_key_without_encryption_is_not_taken(tmp_path: Path) -> None:
    key = signer("witness").private_key
    plain = serialization.NoEncryption()
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    (tmp_path / "w.pem").write_bytes(pem)

    with pytest.raises(BadInput, match="does not open with this passphrase"):
        read_key(tmp_path / "w.pem", "secret")


def test_a_key_of_another_algorithm_is_named(tmp_path: Path) -> None:
    pem = generate_private_key(SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    (tmp_path / "w.pem").write_bytes(pem)

    with pytest.raises(BadInput, match=r"ECPrivateKey, expected Ed25519 or ML-DSA-44"):
        read_key(tmp_path / "w.pem", "secret")


def test_a_witness_whose_keys_can_t_be_read_is_damaged(tmp_path: Path) -> None:
    records = Records.create(tmp_path / "w.db", VKEYS)
    with closing(sqlite3.connect(tmp_path / "w.db")) as connection, connection:
        connection.execute("UPDATE cosigner SET vkey = replace(vkey, '+', '-')")

    with pytest.raises(StoreError, match=r"w\.db: verifier key: .*the file is damaged"):
        records.cosigners()
