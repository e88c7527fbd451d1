"""Verifier keys of all three types."""

from __future__ import annotations

from ledger.cosignature import MlDsa44Signer, cosigner_key
from ledger.errors import FormatError
from ledger.note import SignatureType, VerifierKey, format_vkey, parse_vkey
from tests.fuzz.refusing import clear
from tests.fuzz.statement import ORIGIN
from tests.ledger.harness import signer

SEEDS = tuple(
    format_vkey(key).encode()
    for key in (
        VerifierKey(ORIGIN, signer("checkpoint").public_key),
        cosigner_key("witness.example/w1", signer("witness")),
        cosigner_key("w2", MlDsa44Signer.from_seed(bytes(range(32)))),
    )
)


def check(data: bytes) -> None:
    """Parse and write again."""
    try:
        text = data.decode()
        key = parse_vkey(text, tuple(SignatureType))
    except FormatError as refused:
        clear(refused)
        return
    except UnicodeDecodeError:
        return
    assert format_vkey(key) == text
    assert parse_vkey(text, (key.type,)) == key
