"""Strict text encodings: accepted is exactly what `format_*` would write.

Python's own decoders are too kind for signed formats: ``int()`` takes ``"1_000"``, ``" 5"`` and
``"٣"``, ``base64.b64decode`` drops junk and, even with ``validate=True``, takes non-canonical
trailing bits. Each parser here decodes, encodes again and compares.
"""

from __future__ import annotations

import base64
import re

import pybase64

from ledger.errors import FormatError

_DECIMAL = re.compile(r"(?:0|[1-9][0-9]*)\Z", re.ASCII)
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*\Z", re.ASCII)
MAX_SIZE = 2**63 - 1


def format_base64(data: bytes) -> str:
    """Standard base64 with padding, RFC 4648 section 4."""
    return pybase64.b64encode_as_string(data)


def parse_base64(text: str | bytes, what: str = "base64") -> bytes:
    """The bytes of padded, canonical standard base64.

    Raises:
        FormatError: for anything `format_base64` would not have written.
    """
    try:
        data = pybase64.b64decode(text, validate=True)
        same = pybase64.b64encode(data) == (text.encode("ascii") if isinstance(text, str) else text)
    except ValueError as error:  # a binascii.Error is one, too
        raise FormatError(what, _shown(text), "padded standard base64") from error
    if not same:
        raise FormatError(what, _shown(text), "canonical base64 (unused bits zero)")
    return data


def _shown(text: str | bytes) -> str:
    return text if isinstance(text, str) else text.decode("latin-1")


def format_base64url(data: bytes) -> str:
    """Unpadded base64url, RFC 4648 section 5."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def parse_base64url(text: str, what: str = "base64url") -> bytes:
    """The bytes of unpadded, canonical base64url.

    Raises:
        FormatError: for anything `format_base64url` would not have written.
    """
    if not _BASE64URL.match(text) or len(text) % 4 == 1:
        raise FormatError(what, text, "unpadded base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if format_base64url(data) != text:
        raise FormatError(what, text, "canonical base64url (unused bits zero)")
    return data


def parse_hex(text: str, length: int, what: str = "hex") -> bytes:
    """`length` bytes from lower-case hex.

    Raises:
        FormatError: for upper case, another length, or other characters.
    """
    # bytes.fromhex skips spaces and takes upper case; writing the bytes again finds both.
    try:
        data = bytes.fromhex(text)
    except ValueError as error:
        raise FormatError(what, text, f"{2 * length} lower-case hex digits") from error
    if len(data) != length or data.hex() != text:
        raise FormatError(what, text, f"{2 * length} lower-case hex digits")
    return data


def parse_decimal(text: str, what: str = "number", maximum: int = MAX_SIZE) -> int:
    """A non-negative integer in ASCII without sign, spaces or leading zeros, at most `maximum`.

    Raises:
        FormatError: for any other text.
    """
    if not _DECIMAL.match(text) or len(text) > 20:
        raise FormatError(what, text, "a decimal number without sign or leading zeros")
    value = int(text)
    if value > maximum:
        raise FormatError(what, text, f"at most {maximum}")
    return value
