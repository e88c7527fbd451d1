"""Sections 1 to 8: bytes to values, or `Bad`."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from hashlib import sha256
from typing import Any

ZEROS = "0" * 64
TYPE = "application/cloudevents+json"


class Bad(Exception):
    """Bytes are not what the format says."""


def need(condition: object, what: str) -> None:
    if not condition:
        raise Bad(what)


# 1 Notation


def unbase64(text: Any) -> bytes:
    need(isinstance(text, str) and text.isascii(), "base64")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Bad("base64") from error
    need(base64.b64encode(data).decode() == text, "base64")
    return data


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unbase64url(text: Any) -> bytes:
    need(isinstance(text, str) and re.fullmatch("[A-Za-z0-9_-]*", text) and len(text) % 4 != 1, "base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(base64url(data) == text, "base64url")
    return data


def unhex(text: Any) -> bytes:
    need(isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text), "hex of 32 bytes")
    return bytes.fromhex(text)


def instant(text: Any, *, padded: bool = False) -> int:
    """Microseconds since 1970; `padded` for instants of bodies."""
    need(isinstance(text, str) and text.isascii(), "instant")
    if padded:
        whole, _, fraction = text.removesuffix("Z").partition(".")
        text = f"{whole}.{fraction:0<6}Z"
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text), "instant")
    try:
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise Bad("instant") from error
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


# 2 Strict JSON


def strict_json(data: bytes, limit: int) -> Any:
    need(len(data) <= limit, "too long")

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len({name for name, _ in pairs}) == len(pairs), "a member twice")
        return dict(pairs)

    def integer(text: str) -> int:
        need(len(text) < 20 and abs(int(text)) < 2**53, "integer out of range")
        return int(text)

    def number(text: str) -> float:
        need(abs(float(text)) != float("inf"), "number out of range")
        return float(text)

    def refuse(text: str) -> float:
        raise Bad(text)

    try:
        text = data.decode("utf-8")
        value = json.JSONDecoder(
            object_pairs_hook=members, parse_int=integer, parse_float=number, parse_constant=refuse
        ).decode(text)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate does not encode
    except (ValueError, RecursionError) as error:
        raise Bad("JSON") from error
    need(depth(value) <= 32, "nesting")
    return value


def depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def canonical(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# 3 Statement, 4 references

MEMBERS = {
    "specversion": "1.0",
    "id": "[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "source": "(?=.{0,500}$)[A-Za-z][A-Za-z0-9+.-]*:[!-~]+",
    "type": r"org\.aims-ledger\.[a-z][a-z_]{0,63}\.v[1-9][0-9]{0,3}",
    "subject": "[A-Za-z0-9][A-Za-z0-9._:-]{0,199}",
    "time": ".*",
    "ledger": r"[!#-*,-\[\]-~]{1,255}",
    "datacontenttype": "application/json",
    "dataschema": ".*",
}


@dataclass
class Statement:
    """A parsed statement."""

    raw: bytes
    event: dict[str, Any]
    kind: str
    version: int
    time: int

    @property
    def data(self) -> dict[str, Any]:
        data: dict[str, Any] = self.event["data"]
        return data

    @property
    def digest(self) -> bytes:
        return sha256(self.raw).digest()

    @property
    def references(self) -> list[tuple[str, bytes]]:
        found = [(r["rel"], unhex(r["statement"])) for r in self.data.get("references") or ()]
        if self.data.get("statement") is not None:
            found.append(("approves" if self.kind == "approval" else "about", unhex(self.data["statement"])))
        return found


def parse_statement(raw: bytes) -> Statement:
    event = strict_json(raw, 40_960)
    need(isinstance(event, dict) and set(event) == {*MEMBERS, "data"}, "members of a statement")
    for name, pattern in MEMBERS.items():
        need(isinstance(event[name], str) and re.fullmatch(pattern, event[name], re.DOTALL), name)
    need(isinstance(event["data"], dict), "data")
    _, _, kind, version = event["type"].split(".")
    return Statement(raw, event, kind, int(version[1:]), instant(event["time"]))


# 4 Disclosures


def disclosure_digest(text: str) -> str:
    return base64url(sha256(text.encode("ascii")).digest())


def open_body(body: Any, disclosures: Iterable[str]) -> tuple[Any, dict[str, str]]:
    """The opened body, and unresolved digests with the pointer of their object."""
    given = {}
    for text in disclosures:
        parts = strict_json(unbase64url(text), 40_960)
        need(isinstance(parts, list) and len(parts) == 3 and isinstance(parts[1], str), "disclosure")
        need(len(unbase64url(parts[0])) == 16, "salt")
        need(disclosure_digest(text) not in given, "a disclosure twice")
        given[disclosure_digest(text)] = parts
        no_reserved({parts[1]: parts[2]})
    used: set[str] = set()
    left: dict[str, str] = {}

    def opened(value: Any, pointer: str) -> Any:
        if isinstance(value, list):
            return [opened(item, f"{pointer}/{place}") for place, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        digests = value.get("_sd", [])
        no_reserved({name: None for name in value if name != "_sd"})
        members = {
            name: opened(item, f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}")
            for name, item in value.items()
            if name != "_sd"
        }
        if "_sd" in value:
            need(isinstance(digests, list) and digests and all(len(unbase64url(d)) == 32 for d in digests), "_sd")
            need(digests == sorted(set(digests)), "_sd is not sorted")
        for digest in digests:
            need(digest not in used and digest not in left, "a digest twice")
            if digest not in given:
                left[digest] = pointer
                continue
            used.add(digest)
            _, name, item = given[digest]
            need(name not in members, "a name that is taken")
            members[name] = item
        return members

    body = opened(body, "")
    need(used == set(given), "a disclosure without digest")
    return body, left


def no_reserved(value: Any) -> None:
    if isinstance(value, dict):
        need(not {"_sd", "_sd_alg", "..."} & set(value), "a reserved name")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        no_reserved(item)


# 5 Envelope, 6 Leaf


@dataclass
class Leaf:
    """A parsed leaf; `signatures` by keyid."""

    links: dict[str, Any]
    time: int
    payload: bytes
    signatures: dict[str, bytes]

    @property
    def signed(self) -> bytes:
        return b"DSSEv1 28 " + TYPE.encode() + b" " + str(len(self.payload)).encode() + b" " + self.payload


class UnknownVersion(Exception):
    """A leaf whose `v` is not 1."""


def leaf_hash(raw: bytes) -> bytes:
    return sha256(b"\0" + raw).digest()


def parse_leaf(raw: bytes) -> Leaf:
    need(len(raw) <= 65_535, "too long")
    leaf = strict_json(raw, 65_535)
    if isinstance(leaf, dict) and type(leaf.get("v")) is int and leaf["v"] != 1:
        raise UnknownVersion
    names = {"envelope", "index", "ledger", "nth", "nth_prev", "prev", "time", "v"}
    need(isinstance(leaf, dict) and set(leaf) == names and canonical(leaf) == raw, "leaf")
    need(all(type(leaf[name]) is int and leaf[name] >= 0 for name in ("index", "nth", "v")), "numbers of a leaf")
    need(isinstance(leaf["ledger"], str), "ledger")
    unhex(leaf["prev"]), unhex(leaf["nth_prev"])
    envelope = leaf.pop("envelope")
    need(isinstance(envelope, dict) and set(envelope) == {"payload", "payloadType", "signatures"}, "envelope")
    listed = envelope["signatures"]
    need(envelope["payloadType"] == TYPE and isinstance(listed, list) and 1 <= len(listed) <= 8, "envelope")
    need(all(isinstance(item, dict) and set(item) == {"keyid", "sig"} for item in listed), "signatures")
    signatures = {}
    for item in listed:
        unhex(item["keyid"])
        signatures[item["keyid"]] = unbase64(item["sig"])
    need(list(signatures) == sorted(signatures) and len(signatures) == len(listed), "order of signatures")
    need(sum(len(item["sig"]) for item in listed) <= 8_192, "signatures too long")
    return Leaf(leaf, instant(leaf["time"]), unbase64(envelope["payload"]), signatures)


# 7 Tree


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


def right_edge(hashes: list[bytes]) -> list[bytes]:
    """The roots of the perfect subtrees, largest first; written as RFC 6962 has it, not incrementally."""
    edge: list[bytes] = []
    while hashes:
        size = 1 << (len(hashes).bit_length() - 1)
        edge.append(perfect(hashes[:size]))
        hashes = hashes[size:]
    return edge


def perfect(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [node(hashes[i], hashes[i + 1]) for i in range(0, len(hashes), 2)]
    return hashes[0]


def root(hashes: list[bytes]) -> bytes:
    edge = right_edge(hashes)
    return reduce(lambda right, left: node(left, right), reversed(edge)) if edge else sha256().digest()


# 8 Checkpoint


def parse_vkey(text: Any) -> tuple[str, bytes, bytes]:
    """(name, key ID, 32-byte public key)."""
    need(isinstance(text, str) and text.count("+") >= 2, "vkey")
    name, hexed, encoded = text.split("+", 2)
    blob = unbase64(encoded)
    need(name and not re.search(r"\s", name) and blob[:1] == b"\1" and len(blob) == 33, "vkey")
    key_id = sha256(name.encode() + b"\n" + blob).digest()[:4]
    need(key_id.hex() == hexed, "key ID")
    return name, key_id, blob[1:]


def parse_note(raw: bytes) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """(text, signature lines as name, key ID, signature)."""
    need(len(raw) <= 1_000_000, "note too long")
    try:
        whole = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Bad("note") from error
    need(not re.search("[\0-\x09\x0b-\x1f]", whole) and "\n\n" in whole and whole.endswith("\n"), "note")
    text, _, below = whole.rpartition("\n\n")
    lines = below.removesuffix("\n").split("\n")
    need(1 <= len(lines) <= 100, "signatures of a note")
    signatures = []
    for line in lines:
        match = re.fullmatch(r"\u2014 ([^\s+]+) (\S+)", line)
        need(match, "signature line")
        assert match
        blob = unbase64(match[2])
        need(len(blob) > 4, "signature line")
        signatures.append((match[1], blob[:4], blob[4:]))
    return text + "\n", signatures


def parse_checkpoint(text: str) -> tuple[str, int, bytes]:
    """(origin, size, root)."""
    match = re.fullmatch(r"([!#-*,-\[\]-~]{1,255})\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n", text)
    need(match, "checkpoint")
    assert match
    size, found = int(match[2]), unbase64(match[3])
    need(size < 2**63 and len(found) == 32 and (size or found == sha256().digest()), "checkpoint")
    return match[1], size, found
