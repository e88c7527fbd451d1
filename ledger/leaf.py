"""A leaf: the bytes of one entry, everything there is of it, and the hash that chains and proves it.

RFC 8785 JSON in one line, at most 65,535 bytes (tlog-tiles), of exactly these members ::

    {"envelope":{...},                    DSSE envelope, see ledger.envelope
     "index":41,                          position in the ledger, from 0
     "ledger":"bank.example/aims/4f1d…",  origin
     "nth":7,                             number of earlier entries with the same subject
     "nth_prev":"<64 hex>",               leaf hash of the last of those, or 64 zeros
     "prev":"<64 hex>",                   leaf hash of entry index-1, or 64 zeros
     "time":"2026-11-23T10:00:00.000000Z",the ledger's clock at commit, never decreasing
     "v":1}

    leaf_hash = SHA-256(0x00 || leaf)      RFC 6962 section 2.1; chain link and Merkle leaf in one

Nothing of an entry lies outside its leaf, so nothing of it can be changed without changing the hash, and
anyone can walk the chain with ``sha256sum``: ``(printf '\\0'; cat leaf) | sha256sum``. Version 2 would say
``"v":2``; a reader that meets a version it does not know says so (`unsupported version`) and stops.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from ledger.encoding import parse_hex
from ledger.envelope import Envelope, parse_envelope
from ledger.errors import FormatError
from ledger.strictjson import MAX_INTEGER, canonical
from ledger.times import format_instant, parse_instant

LEAF_VERSION: Final = 1
MAX_LEAF_BYTES: Final = 65_535
ZERO_HASH: Final = bytes(32)

_TEXTS = ("ledger", "nth_prev", "prev", "time")
_MEMBERS = frozenset(("envelope", "index", "ledger", "nth", "nth_prev", "prev", "time", "v"))
# The end of a canonical leaf: no quote can stand unescaped inside the envelope's strings, and the members
# after it are fixed, so this reads the links of a leaf without parsing the rest of it.
_LINKS = re.compile(
    rb',"index":(0|[1-9][0-9]{0,15}),"ledger":"([^"\\]{1,255})","nth":(0|[1-9][0-9]{0,15}),"nth_prev":"([0-9a-f]{64})"'
    rb',"prev":"([0-9a-f]{64})","time":"([0-9T:.Z-]{27})","v":(0|[1-9][0-9]{0,3})\}\Z'
)
_LINKS_MAX = 560


class UnsupportedVersion(FormatError):
    """A leaf of a version this program does not know."""


@dataclass(frozen=True, slots=True)
class Links:
    """The members of a leaf outside its envelope; `time` in microseconds since 1970."""

    index: int
    ledger: str
    nth: int
    nth_prev: bytes
    prev: bytes
    time: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """A parsed leaf."""

    envelope: Envelope
    links: Links


def format_leaf(envelope: Mapping[str, Any], links: Links) -> bytes:
    """The leaf's bytes; `envelope` is what `ledger.envelope.format_envelope` returns.

    Raises:
        FormatError: if the leaf is over 65,535 bytes.
    """
    data = canonical(
        {
            "envelope": envelope,
            "index": links.index,
            "ledger": links.ledger,
            "nth": links.nth,
            "nth_prev": links.nth_prev.hex(),
            "prev": links.prev.hex(),
            "time": format_instant(links.time),
            "v": LEAF_VERSION,
        }
    )
    if len(data) > MAX_LEAF_BYTES:
        raise FormatError("leaf", f"{len(data)} bytes", f"at most {MAX_LEAF_BYTES} bytes")
    return data


def parse_links(leaf: bytes) -> Links:
    """The links of a leaf, read from its end; the envelope before them is not looked at.

    Raises:
        UnsupportedVersion: for a ``v`` other than 1.
        FormatError: if the leaf does not end as `format_leaf` writes it.
    """
    match = _LINKS.search(leaf, max(0, len(leaf) - _LINKS_MAX))
    if match is None:
        return _parse_members(leaf)[1]
    index, origin, nth, nth_prev, prev, time, version = match.groups()
    if version != b"1":
        raise UnsupportedVersion("leaf: v", version.decode(), str(LEAF_VERSION))
    return Links(
        index=int(index),
        ledger=origin.decode("ascii", "strict") if origin.isascii() else _parse_members(leaf)[1].ledger,
        nth=int(nth),
        nth_prev=bytes.fromhex(nth_prev.decode()),
        prev=bytes.fromhex(prev.decode()),
        time=parse_instant(time.decode(), "leaf: time"),
    )


def parse_leaf(leaf: bytes) -> Leaf:
    """The envelope and links of a leaf.

    Raises:
        UnsupportedVersion: for a ``v`` other than 1.
        FormatError: for anything `format_leaf` would not have written, byte for byte.
    """
    envelope, links = _parse_members(leaf)
    return Leaf(envelope, links)


def _parse_members(leaf: bytes) -> tuple[Envelope, Links]:
    if len(leaf) > MAX_LEAF_BYTES:
        raise FormatError("leaf", f"{len(leaf)} bytes", f"at most {MAX_LEAF_BYTES} bytes")
    # orjson is lenient about duplicate names and huge integers; writing the value again and comparing finds
    # both, and every other spelling, so the faster parser is safe here and nowhere else.
    try:
        members = orjson.loads(leaf)
    except orjson.JSONDecodeError as error:
        raise FormatError("leaf", str(error), "one JSON object") from error
    if isinstance(members, dict) and type(members.get("v")) is int and members["v"] != LEAF_VERSION:
        raise UnsupportedVersion("leaf: v", str(members["v"]), str(LEAF_VERSION))
    try:
        same = canonical(members) == leaf
    except TypeError as error:  # it reads deeper nesting than it writes
        raise FormatError("leaf", str(error), "RFC 8785 canonical JSON") from error
    if not same:
        raise FormatError("leaf", "another order, spacing or escape", "RFC 8785 canonical JSON")
    if not isinstance(members, dict) or members.keys() != _MEMBERS:
        found = ", ".join(sorted(members)) if isinstance(members, dict) else type(members).__name__
        raise FormatError("leaf", found, f"exactly the members {', '.join(sorted(_MEMBERS))}")
    index, nth, version = members["index"], members["nth"], members["v"]
    # `type is int` also keeps True and 1.0 out, which compare equal to 1.
    if not (type(index) is type(nth) is type(version) is int and 0 <= index <= MAX_INTEGER and 0 <= nth <= MAX_INTEGER):
        raise FormatError("leaf: index, nth, v", f"{index}, {nth}, {version}", f"integers from 0 to {MAX_INTEGER}")
    for name in _TEXTS:
        if type(members[name]) is not str:
            raise FormatError(f"leaf: {name}", type(members[name]).__name__, "a string")
    links = Links(
        index=index,
        ledger=members["ledger"],
        nth=nth,
        nth_prev=parse_hex(members["nth_prev"], 32, "leaf: nth_prev"),
        prev=parse_hex(members["prev"], 32, "leaf: prev"),
        time=parse_instant(members["time"], "leaf: time"),
    )
    return parse_envelope(members["envelope"]), links
