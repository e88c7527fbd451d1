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

import binascii
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import orjson

from ledger.encoding import parse_base64, parse_hex
from ledger.envelope import Envelope, Signature, parse_envelope
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
_LINKS_TEXT: Final = (
    rb',"index":(0|[1-9][0-9]{0,15}),"ledger":"([ !#-\[\]-~]{1,255})","nth":(0|[1-9][0-9]{0,15})'
    rb',"nth_prev":"([0-9a-f]{64})","prev":"([0-9a-f]{64})","time":"([0-9T:.Z-]{27})","v":(0|[1-9][0-9]{0,3})\}\Z'
)
_LINKS: Final = re.compile(_LINKS_TEXT)
_LINKS_MAX = 560
# What most leaves are: one signature of 64 bytes.  The last digit before the padding has four unused bits.
_START: Final = b'{"envelope":{"payload":"'
_PAYLOAD_START: Final = len(_START)
_REST: Final = re.compile(
    rb'","payloadType":"application/cloudevents\+json","signatures":\[\{"keyid":"([0-9a-f]{64})"'
    rb',"sig":"([A-Za-z0-9+/]{85}[AQgw]==)"\}\]\}' + _LINKS_TEXT
)


class UnsupportedVersion(FormatError):
    """A leaf of a version this program does not know."""


class Links(NamedTuple):
    """The members of a leaf outside its envelope; `time` in microseconds since 1970.

    A named tuple like the other values made for every entry: a frozen dataclass takes three times as long.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs
    ledger: str
    nth: int
    nth_prev: bytes
    prev: bytes
    time: int


class Leaf(NamedTuple):
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
    return _links(index, origin, nth, nth_prev, prev, time)


def parse_leaf(leaf: bytes) -> Leaf:
    """The envelope and links of a leaf.

    Raises:
        UnsupportedVersion: for a ``v`` other than 1.
        FormatError: for anything `format_leaf` would not have written, byte for byte.
    """
    # The commonest form of a canonical leaf is read in half the time that any other takes.
    end = leaf.find(b'"', _PAYLOAD_START)
    match = _REST.match(leaf, end) if end > 0 and len(leaf) <= MAX_LEAF_BYTES and leaf.startswith(_START) else None
    if match is None:
        return Leaf(*_parse_members(leaf))
    keyid, sig, index, origin, nth, nth_prev, prev, time, version = match.groups()
    links = _links(index, origin, nth, nth_prev, prev, time)
    if version != b"1" or links.index > MAX_INTEGER or links.nth > MAX_INTEGER:
        return Leaf(*_parse_members(leaf))
    signature = Signature(keyid.decode("ascii"), binascii.a2b_base64(sig))
    return Leaf(Envelope(parse_base64(leaf[_PAYLOAD_START:end], "envelope: payload"), (signature,)), links)


def _links(index: bytes, origin: bytes, nth: bytes, nth_prev: bytes, prev: bytes, time: bytes) -> Links:
    return Links(
        int(index),
        origin.decode("ascii"),
        int(nth),
        binascii.a2b_hex(nth_prev),
        binascii.a2b_hex(prev),
        parse_instant(time.decode("ascii"), "leaf: time"),
    )


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
