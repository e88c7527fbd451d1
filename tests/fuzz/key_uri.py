"""Names of keys on tokens, RFC 7512."""

from __future__ import annotations

from ledger.errors import BadInput
from ledger.keys.keyuri import format_key_uri, parse_key_uri

SEEDS = (
    b"pkcs11:token=aims;object=checkpoint;id=%01%02?module-path=/usr/lib/softhsm/libsofthsm2.so",
    b"pkcs11:serial=0123;id=%FF;type=private",
)


def check(data: bytes) -> None:
    """Parse; the same key is meant by what is written again."""
    try:
        uri = parse_key_uri(data.decode())
    except (BadInput, UnicodeDecodeError):
        return
    assert parse_key_uri(format_key_uri(uri)) == uri
