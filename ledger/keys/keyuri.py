"""Names of keys on hardware tokens: URIs as RFC 7512 defines them.

For example ::

    pkcs11:token=aims;object=checkpoint?module-path=/usr/lib/softhsm/libsofthsm2.so

Of its attributes these are known: `token`, `serial`, `manufacturer`, `model` (which token), `object`, `id` (which key
on it), `type` (only `private`), and in the query `module-path` (the maker's PKCS#11 module). At least one of `token`
and `serial` and one of `object` and `id` is there. A PIN does not belong into a name: `pin-value` and `pin-source` are
refused. What else RFC 7512 knows is refused too, since to ignore an attribute could find another key than was meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ledger.errors import BadInput, clip

__all__ = ["SCHEME", "KeyUri", "format_key_uri", "parse_key_uri"]

SCHEME: Final = "pkcs11:"
TOKEN_ATTRIBUTES: Final = ("token", "serial", "manufacturer", "model")
_PATH: Final = (*TOKEN_ATTRIBUTES, "object", "id", "type")
_QUERY: Final = ("module-path",)
_PINS: Final = ("pin-value", "pin-source")
# RFC 7512 section 2.3: these characters stand for themselves, everything else is escaped. `&` ends an attribute of the
# query, so that there it is escaped too.
_VALUE: Final = re.compile(r"(?:[A-Za-z0-9._~\-:\[\]@!$'()*+,=&/?|]|%[0-9A-Fa-f]{2})*\Z", re.ASCII)
_PLAIN: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_MAX_URI: Final = 1_024


@dataclass(frozen=True, slots=True)
class KeyUri:
    """Which key on which token, through which module; empty is not said."""

    token: str = ""
    serial: str = ""
    manufacturer: str = ""
    model: str = ""
    object: str = ""
    id: bytes = b""
    module_path: str = ""

    def __str__(self) -> str:
        return format_key_uri(self)


def parse_key_uri(text: str) -> KeyUri:
    """The key that a ``pkcs11:`` URI names.

    Raises:
        BadInput: for another form, an attribute that is not known here, or a PIN in it.
    """
    if len(text) > _MAX_URI or not text.startswith(SCHEME):
        raise BadInput(f"key {clip(text, 16)}: expected a URI of at most {_MAX_URI} characters that begins {SCHEME}")
    path, question, query = text.removeprefix(SCHEME).partition("?")
    given: dict[str, bytes] = {}
    pieces: list[tuple[str, tuple[str, ...]]] = [(piece, _PATH) for piece in path.split(";") if path]
    pieces += [(piece, _QUERY) for piece in query.split("&") if question]
    if any(piece.partition("=")[0] in _PINS for piece in re.split("[;?&]", text.removeprefix(SCHEME))):
        # Looked for first and everywhere: no message below may repeat it.
        raise BadInput(f"key {SCHEME}…: found a PIN in it", remedy="set AIMS_PIN, or wait to be asked")
    for piece, known in pieces:
        name, equals, value = piece.partition("=")
        if name not in known or not equals:
            raise BadInput(f"key {clip(text)}: found {clip(name)!r}, expected one of {', '.join(known)}")
        if name in given or not value or not _VALUE.match(value):
            raise BadInput(f"key {clip(text)}: {name}: expected it once, with a value in the characters of RFC 7512")
        given[name] = _unescaped(value)
    if given.pop("type", b"private") != b"private":
        raise BadInput(f"key {clip(text)}: type: expected private")
    if not given.keys() & {"token", "serial"} or not given.keys() & {"object", "id"}:
        raise BadInput(f"key {clip(text)}: expected a token (or serial) and an object (or id)")
    key = given.pop("id", b"")
    try:
        words = {name.replace("-", "_"): value.decode("utf-8") for name, value in given.items()}
    except UnicodeDecodeError as error:
        raise BadInput(f"key {clip(text)}: escapes that are not UTF-8") from error
    if not all(word.isprintable() for word in words.values()):
        raise BadInput(f"key {clip(text)}: escapes of control characters")
    uri = KeyUri(id=key, **words)
    if len(format_key_uri(uri)) > _MAX_URI:  # what is kept is written by us, and must be read again
        raise BadInput(f"key {clip(text, 16)}: expected at most {_MAX_URI} characters, with all escapes that are due")
    return uri


def format_key_uri(uri: KeyUri) -> str:
    """The URI, with attributes in the order of this module's docstring."""
    named = [(name, getattr(uri, name).encode()) for name in (*TOKEN_ATTRIBUTES, "object")]
    path = ";".join(f"{name}={_escaped(value)}" for name, value in [*named, ("id", uri.id)] if value)
    return f"{SCHEME}{path}" + (f"?module-path={_escaped(uri.module_path.encode(), '/')}" if uri.module_path else "")


def _escaped(value: bytes, also: str = "") -> str:
    plain = _PLAIN + also.encode()
    return "".join(chr(octet) if octet in plain else f"%{octet:02X}" for octet in value)


def _unescaped(value: str) -> bytes:
    return re.sub(rb"%(..)", lambda found: bytes.fromhex(found[1].decode()), value.encode())
