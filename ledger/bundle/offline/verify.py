#!/usr/bin/env python3
"""Verifies an evidence bundle offline, with nothing but Python (3.9 or newer) and this one file.

    python3 verify.py [BUNDLE.zip | FOLDER] [--trust POLICY] [--json]

Without a path: the unpacked bundle that this file lies in, or the one zip beside it.  POLICY is a C2SP tlog-policy
file: the keys of logs and witnesses that *you* trust, which you got by another way than this bundle.  Without one the
bundle is checked against itself only, and the outcome says so ("self-consistent, first sight").

Exit codes: 0 sound; 1 tampering or damage; 2 wrong use, or no bundle; 3 too little memory; 4 sound as far as it
could be checked.

This file shares no code with the program that wrote the bundle.  It follows docs/FORMAT.md of aims-ledger; section
numbers in comments are of that page.  What it leaves to others, and says so: RFC 3161 time stamps, ML-DSA signatures
("not checked here", never counted).  Don't trust the copy inside a bundle that you distrust: take one from the
project's release, the two are byte for byte the same.

Reading order: words, Ed25519, text and JSON, zip, manifest, leaf and statement, tree, notes and trust, keys and policy,
schemas, values, the judge, the report.

Copyright The aims-ledger authors.  SPDX-License-Identifier: Apache-2.0
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import stat
import struct
import sys
import textwrap
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, NamedTuple

# ----------------------------------------------------------------------------------------------------------- words

ALTERED, MISSING, FORKED = "altered", "missing", "forked"
SIGNATURE_INVALID, NOT_PERMITTED = "signature invalid", "not permitted"
KEY_COMPROMISED, KEY_UNKNOWN, NOT_WITNESSED = "key compromised", "key unknown", "not witnessed"
SCHEMA_VIOLATION, ERASED_BUT_PRESENT, ERASED = "schema violation", "erased but present", "erased"
INDEX_WRONG = "index wrong"
WITHHELD, FIRST_SIGHT = "withheld", "self-consistent, first sight"
UNSUPPORTED_VERSION, NOT_CHECKED = "unsupported version", "not checked here"

HARMLESS = {ERASED}
UNCHECKED = {WITHHELD, FIRST_SIGHT, UNSUPPORTED_VERSION, NOT_CHECKED}

ASKED = ("subject", "kind", "control", "incident", "from", "until")
ZEROS = "0" * 64
FOREVER = 2**63
STATE_KINDS = ("ledger", "key")

PROVES = """What a pass proves: the entries in this bundle are, byte for byte, entries of the ledger whose checkpoint is
in it; that checkpoint was signed by a log key of your trust file and seen by the witnesses it asks for; each entry was
signed by keys that were in force at its place; each entry in scope is what the scope line says; nothing is left out of
the runs that "complete" names."""
PROVES_NOT = """What it does not prove: that what was recorded is true; that everything was recorded; that no entry was
filed under another system's name; that no entry about a system follows the last one of its run before the checkpoint;
that all entries of a kind, a time, a control or an incident are here, or all that a document cites; what keys did after
the last key entry carried here; anything about entries after the checkpoint; that what the scope line says is what was
asked for.  It is not a conformity assessment."""


class BadInput(Exception):
    """This is no bundle, or no trust file: nothing can be judged (exit 2)."""


class Bad(Exception):
    """Bytes are not what the format says; what that means is for the caller to say."""


class NotPermitted(Exception):
    """A rule of the ledger says no."""


class KeyUnknown(NotPermitted):
    """A signing key that the key history does not have."""


class SignatureInvalid(Exception):
    """A signature does not verify."""


def need(condition: object, what: str) -> None:
    """Guarantees `condition`."""
    if not condition:
        raise Bad(what)


def ascending(items: list[Any]) -> bool:
    """Whether each item is smaller than the next."""
    return all(a < b for a, b in zip(items, items[1:]))


def permit(condition: object, rule: str) -> None:
    """Guarantees that a rule holds."""
    if not condition:
        raise NotPermitted(rule)


# --------------------------------------------------------------------------------------------- Ed25519, RFC 8032
#
# Doubling and adding is fine for a hundred signatures and not for ten thousand.  So multiples of the base point, and of
# keys that sign much, are tabulated: row i of a table holds d * 2^(8i) * point for every d from 0 to 255, and a
# multiplication is one addition for each byte of the scalar.  Only public values pass through here, so nothing needs to
# run in constant time.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]  # extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z
Table = list[list[tuple[int, int, int]]]  # rows; for each digit y + x, y - x, 2dxy of an affine point

WORTH_A_TABLE = 64  # signatures of one key; its table takes 30 ms to make and halves the time of each check
MOST_TABLES = 64  # of 2 MB each


def decompress(encoded: bytes) -> tuple[int, int]:
    """The affine point in 32 bytes, RFC 8032 section 5.1.3; refused: not reduced, not on the curve, of small order."""
    need(len(encoded) == 32, "public key: not 32 bytes")
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    need(y < P, "public key: y is not reduced")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * SQRT_MINUS_1 % P
    need(x * x % P == square, "public key: no point of the curve")
    if x & 1 != sign:
        x = P - x
    point = (x, y, 1, x * y % P)
    for _ in range(3):
        point = add(point, point)
    # Eight times a point of small order is the neutral element; such a "key" verifies signatures of many messages.
    need(point[0] % P or (point[1] - point[2]) % P, "public key: of small order")
    return x, y


def add(p: Point, q: Point) -> Point:
    """The sum of two points, RFC 8032 section 5.1.4; also where they are equal."""
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(point: Point, scalar: int) -> Point:
    """The point times the scalar, four bits at a time."""
    multiples = [(0, 1, 1, 0)]
    for _ in range(15):
        multiples.append(add(multiples[-1], point))
    product = multiples[0]
    for shift in range(252, -1, -4):
        for _ in range(4):
            product = add(product, product)
        product = add(product, multiples[scalar >> shift & 15])
    return product


def make_table(point: Point) -> Table:
    """The table of a point, for scalars below 2^256."""
    points: list[Point] = []
    for _ in range(32):
        multiple: Point = (0, 1, 1, 0)
        for _ in range(256):
            points.append(multiple)
            multiple = add(multiple, point)
        point = multiple
    # All Z are inverted at the price of one: the inverse of their product, taken apart again from the end.
    products, product = [], 1
    for point in points:
        products.append(product)
        product = product * point[2] % P
    inverse = pow(product, -1, P)
    affine: list[tuple[int, int, int]] = []
    for point, before in zip(reversed(points), reversed(products)):
        z = inverse * before % P
        inverse = inverse * point[2] % P
        x, y = point[0] * z % P, point[1] * z % P
        affine.append(((y + x) % P, (y - x) % P, 2 * D * x * y % P))
    affine.reverse()
    return [affine[at : at + 256] for at in range(0, len(affine), 256)]


def multiply_by_table(table: Table, scalar: int) -> Point:
    """The point of the table times the scalar."""
    x, y, z, t = 0, 1, 1, 0
    for row, digit in zip(table, scalar.to_bytes(32, "little")):
        if digit:
            plus, minus, product = row[digit]
            a, b, c, d = (y - x) * minus % P, (y + x) * plus % P, t * product % P, 2 * z
            e, f, g, h = b - a, d - c, d + c, b + a
            x, y, z, t = e * f % P, g * h % P, f * g % P, e * h % P
    return x, y, z, t


def compress(point: Point) -> bytes:
    """The encoding of a point, RFC 8032 section 5.1.2."""
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


@lru_cache(maxsize=1)
def base_table() -> Table:
    """The table of the base point B."""
    x, y = decompress((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
    return make_table((x, y, 1, x * y % P))


class Ed25519Key:
    """A public key; made only from 32 bytes that `decompress` accepts, by `ed25519_key`."""

    tables = 0

    def __init__(self, encoded: bytes) -> None:
        self.encoded = encoded
        x, y = decompress(encoded)
        self.minus = P - x, y, 1, (P - x) * y % P  # -A
        self.uses = 0
        self.table: Table | None = None

    def verify(self, signature: bytes, message: bytes) -> None:
        """Return if the signature verifies: cofactorless, S < L, the encoding of R compared as it is."""
        scalar = int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or scalar >= L:
            raise SignatureInvalid
        challenge = int.from_bytes(sha512(signature[:32] + self.encoded + message).digest(), "little") % L
        # R = S*B - k*A, RFC 8032 section 5.1.7
        if compress(add(multiply_by_table(base_table(), scalar), self.multiple(challenge))) != signature[:32]:
            raise SignatureInvalid

    def multiple(self, scalar: int) -> Point:
        """-A times the scalar; from a table for a key that signed much."""
        self.uses += 1
        if self.uses == WORTH_A_TABLE and Ed25519Key.tables < MOST_TABLES:
            Ed25519Key.tables += 1
            self.table = make_table(self.minus)
        return multiply(self.minus, scalar) if self.table is None else multiply_by_table(self.table, scalar)


@lru_cache(maxsize=1024)
def ed25519_key(encoded: bytes) -> Ed25519Key:
    """The key in 32 bytes, with the tables that it has by now."""
    return Ed25519Key(encoded)


# ------------------------------------------------------------------------------- 1 Notation, 2 Strict JSON


def unbase64(text: Any) -> bytes:
    """The bytes of padded, canonical base64."""
    need(isinstance(text, str) and text.isascii(), "base64")
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Bad("base64") from error
    need(base64.b64encode(data).decode() == text, "base64 that is not canonical")
    return data


def base64url(data: bytes) -> str:
    """Unpadded base64url."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unbase64url(text: Any) -> bytes:
    """The bytes of unpadded, canonical base64url."""
    need(isinstance(text, str) and re.fullmatch("[A-Za-z0-9_-]*", text) and len(text) % 4 != 1, "base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    need(base64url(data) == text, "base64url that is not canonical")
    return data


def is_hex(text: Any) -> bool:
    """Whether `text` is the hex of 32 bytes."""
    return isinstance(text, str) and re.fullmatch("[0-9a-f]{64}", text) is not None


def is_count(value: Any) -> bool:
    """Whether `value` is an integer from 0 on (`True` is none)."""
    return type(value) is int and value >= 0


INSTANT = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})\.([0-9]{6})Z")


def instant(text: Any, padded: bool = False) -> int:
    """Microseconds since 1970; `padded` for instants of bodies, which may have fewer fraction digits."""
    need(isinstance(text, str), "instant")
    if padded:
        whole, _, fraction = text.removesuffix("Z").partition(".")
        text = f"{whole}.{fraction:0<6}Z"
    match = INSTANT.fullmatch(text)
    need(match, "instant")
    assert match is not None
    try:
        since = datetime(*map(int, match.groups())) - datetime(1970, 1, 1)  # type: ignore[arg-type]  # noqa: DTZ001
    except ValueError as error:
        raise Bad("instant that does not exist") from error
    return since // timedelta(microseconds=1)


def strict_json(data: bytes, limit: int, what: str = "JSON") -> Any:
    """The value of `data`, as section 2 accepts it."""
    need(len(data) <= limit, f"{what}: too long")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Bad(f"{what}: not UTF-8") from error
    if data.count(b"[") + data.count(b"{") > 32:
        need(depth(text) <= 32, f"{what}: nested deeper than 32")
    try:
        value = DECODE(text)
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate does not encode
    except ValueError as error:
        raise Bad(f"{what}: {error}") from error
    return value


def depth(text: str) -> int:
    """How deep the JSON in `text` nests; it need not be well-formed."""
    deepest = level = 0
    for character in re.sub(r'"(?:[^"\\]|\\.)*"?', "", text, flags=re.DOTALL):
        if character in "[{":
            level += 1
            deepest = max(deepest, level)
        elif character in "]}":
            level -= 1
    return deepest


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    need(len(members) == len(pairs), "a member name twice")
    return members


def _integer(text: str) -> int:
    need(len(text) < 20 and abs(int(text)) < 2**53, "integer out of range")
    return int(text)


def _number(text: str) -> float:
    need(abs(float(text)) != float("inf"), "number out of range")
    return float(text)


def _constant(text: str) -> float:
    raise Bad(text)


DECODE = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_number, parse_constant=_constant
).decode


def canonical(value: Any) -> bytes:
    """RFC 8785 of objects, arrays, strings, integers and booleans with ASCII member names."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")


# ------------------------------------------------------------------------------------------------------ 20 The zip

MOST_FILE = (1 << 32) - 1  # of the zip, and of an attachment
MOST_TOGETHER = 1 << 29  # of all other members but the leaves
MOST_MANIFEST = 1 << 23
MOST_HISTORY, MOST_DISCLOSURES = 1 << 25, 1 << 28
MOST_OF = {
    "bundle.json": MOST_MANIFEST, "leaves.jsonl": 1 << 30, "proof.bin": 1 << 26, "checkpoint": 1 << 20,
    "history.jsonl": MOST_HISTORY, "disclosures.jsonl": MOST_DISCLOSURES, "scope.txt": 1 << 26, "index.html": 1 << 26,
    "README.txt": 1 << 20,
}  # fmt: skip
MOST_TOKEN = 65_536
MOST_SMALL = 1 << 22  # of a schema or a verifier
MOST_LINES = {"history.jsonl": 10_000, "disclosures.jsonl": 1_000_000}
MOST_LINE = 65_536  # of the leaves, with its newline
MOST_FINDINGS = 1_000  # shown; all of them count
MOST_RATIO = 1_000
MOST_TRUST = 1_000_000
MEMBER_NAME = re.compile(
    r"bundle\.json|leaves\.jsonl|proof\.bin|checkpoint|history\.jsonl|disclosures\.jsonl|scope\.txt|index\.html"
    r"|README\.txt|verify\.py|verify\.html|timestamps/(?:0|[1-9][0-9]{0,4})\.tsr|attachments/[0-9a-f]{64}"
    r"|schemas/[a-z][a-z_]{0,63}\.v1\.json"
)


def good(condition: object, what: str) -> None:
    """Guarantees something without which this is no bundle."""
    if not condition:
        raise BadInput(what)


def most_of(name: str) -> int:
    """How long a member may be."""
    if name.startswith("attachments/"):
        return MOST_FILE
    return MOST_TOKEN if name.startswith("timestamps/") else MOST_OF.get(name, MOST_SMALL)


def counts(name: str) -> bool:
    """Whether the size of a member counts for what may be held together."""
    return name != "leaves.jsonl" and not name.startswith("attachments/")


class Member(NamedTuple):
    """Where a member of the zip lies, and what its headers say of it."""

    method: int
    start: int
    packed: int
    size: int
    crc: int


class ZipFiles:
    """The members of a bundle's zip.

    Nothing lies in the file but these members: they follow each other from its first byte to the central directory,
    each once, under names that a bundle may have.  So two readers can't see two different bundles in one file.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.members: dict[str, Member] = {}
        together, start, count, at = 0, 0, *self._directory()
        end = self.end
        for _ in range(count):
            name, member, offset, at = self._central(at)
            good(offset == start, f"zip: {name} does not begin where the one before ends")
            good(name not in self.members, f"zip: {name} twice")
            start = member.start + member.packed
            together += member.size if counts(name) else 0
            good(together <= MOST_TOGETHER, "zip: unpacks to too much")
            good(start <= self.directory, f"zip: {name} reaches into the directory")
            self.members[name] = member
        good(at == end and start == self.directory, "zip: bytes between the members, or after the directory")
        good(next(iter(self.members), "") == "bundle.json", "zip: bundle.json is not its first member")

    def _unpack(self, form: str, at: int, signature: bytes) -> tuple[Any, ...]:
        size = struct.calcsize(form)
        good(at >= 0 and at + size <= len(self.data), "zip: ends too early")
        fields = struct.unpack_from(form, self.data, at)
        good(fields[0] == signature, "zip: not a zip file, or damaged")
        return fields

    def _directory(self) -> tuple[int, int]:
        """How many members there are, and where the directory begins."""
        self.end = len(self.data) - 22
        _, *numbers = self._unpack("<4s4H2LH", self.end, b"PK\5\6")
        disk, start_disk, here, count, size, start, comment = numbers
        good((disk, start_disk, here, comment) == (0, 0, count, 0), "zip: several disks, or a comment")
        good(count != 0xFFFF and 0xFFFFFFFF not in (size, start), "zip: zip64, which no bundle needs")
        good(start + size == self.end, "zip: its directory is not where its end says")
        self.directory = int(start)
        return int(count), int(start)

    def _central(self, at: int) -> tuple[str, Member, int, int]:
        """Name, member, offset of the local header, and where the next directory record begins."""
        fields = self._unpack("<4s6H3L5H2L", at, b"PK\1\2")
        _, _, _, flags, method, _, _, crc, packed, size, names, extras, comment, disk, _, attributes, offset = fields
        name_at, next_at = at + 46, at + 46 + names
        good(next_at <= self.end, "zip: ends too early")
        raw = bytes(self.data[name_at:next_at])
        name = raw.decode("ascii", "replace")
        good(MEMBER_NAME.fullmatch(name), f"zip: a member named {name!a}, which no bundle has")
        good((flags, extras, comment, disk, attributes) == (0, 0, 0, 0, 0), f"zip: {name}: flags or extra fields")
        good(0xFFFFFFFF not in (packed, size, offset) and method in (0, 8), f"zip: {name}: zip64 or method")
        local = self._unpack("<4s5H3L2H", offset, b"PK\3\4")
        start = offset + 30 + names
        good(start <= self.directory, "zip: ends too early")
        same_name = bytes(self.data[offset + 30 : start]) == raw
        same_fields = (local[2], local[3], *local[6:]) == (0, method, crc, packed, size, names, 0)
        good(same_name and same_fields, f"zip: {name}: its two headers differ")
        good(size <= most_of(name), f"zip: {name}: {size} bytes, at most {most_of(name)}")
        good(method == 0 or size <= MOST_RATIO * packed, f"zip: {name}: unpacks to too much")
        good(method == 8 or size == packed, f"zip: {name}: sizes")
        return name, Member(method, start, packed, size, crc), offset, next_at

    def names(self) -> set[str]:
        """Every member's name."""
        return set(self.members)

    def size(self, name: str) -> int:
        """How many bytes a member has, as its headers say."""
        return self.members[name].size

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, piece by piece; more than was announced is never unpacked."""
        member = self.members[name]
        inflater, crc, left = zlib.decompressobj(-15), 0, member.size
        for at in range(member.start, member.start + member.packed, 1 << 18):
            piece = bytes(self.data[at : min(at + (1 << 18), member.start + member.packed)])
            while piece:
                try:
                    out = inflater.decompress(piece, 1 << 20) if member.method == 8 else piece
                except zlib.error as error:
                    raise BadInput(f"zip: {name}: damaged") from error
                piece = inflater.unconsumed_tail if member.method == 8 else b""
                crc, left = zlib.crc32(out, crc), left - len(out)
                good(left >= 0 and not inflater.unused_data, f"zip: {name}: longer than it says")
                yield out
        good(left == 0 and crc == member.crc and (member.method == 0 or inflater.eof), f"zip: {name}: damaged")


class FolderFiles:
    """The files of an unpacked bundle; what else lies in the folder is not looked at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        good((folder / "bundle.json").is_file(), f"{folder}: no bundle.json in it")
        # Nothing else is walked through: the folder may be a whole disk.
        parts = [folder, *(folder / name for name in ("attachments", "schemas", "timestamps"))]
        paths = [path for part in parts if part.is_dir() for path in part.iterdir() if path.is_file()]
        names = (path.relative_to(folder).as_posix() for path in paths)
        self.found = {name for name in names if MEMBER_NAME.fullmatch(name)}
        sizes = {name: (folder / name).stat().st_size for name in self.found}
        for name, size in sizes.items():
            good(size <= most_of(name), f"{name}: {size} bytes, at most {most_of(name)}")
        together = sum(size for name, size in sizes.items() if counts(name))
        good(together <= MOST_TOGETHER, f"{folder}: {together} bytes in its files, at most {MOST_TOGETHER}")

    def names(self) -> set[str]:
        """Every file that a bundle may have."""
        return self.found

    def size(self, name: str) -> int:
        """How many bytes a file has."""
        return (self.folder / name).stat().st_size

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of a file, piece by piece."""
        left = most_of(name)
        with (self.folder / name).open("rb") as file:
            while piece := file.read(1 << 20):
                left -= len(piece)  # it may have grown since
                good(left >= 0, f"{name}: more than {most_of(name)} bytes")
                yield piece


# -------------------------------------------------------------------------------------------- 20 The manifest


class Manifest:
    """What bundle.json says."""

    def __init__(self, raw: bytes, names: set[str]) -> None:
        try:
            told = strict_json(raw[:-1], MOST_MANIFEST, "bundle.json")
            members = {"format", "origin", "size", "root", "scope", "entries", "context", "files"}
            need(isinstance(told, dict), "bundle.json: no object")
            need(told.get("format") == "aims-bundle/v1", f"bundle.json: format {told.get('format')!a}")
            need(set(told) == members, "bundle.json: members")
            need(raw == canonical(told) + b"\n" and not has_number(told), "bundle.json: not canonical")
            self.origin, self.size, self.root = told["origin"], told["size"], told["root"]
            need(isinstance(self.origin, str) and ORIGIN.fullmatch(self.origin), "bundle.json: origin")
            need(is_count(self.size) and self.size and is_hex(self.root), "bundle.json: size and root")
            self.entries, self.context = told["entries"], told["context"]
            for places in (self.entries, self.context):
                need(isinstance(places, list) and all(is_count(i) and i < self.size for i in places), "indexes")
                need(ascending(places), "bundle.json: indexes out of order")
            self.carried: list[int] = sorted(self.entries + self.context)
            need(len(set(self.carried)) == len(self.carried), "bundle.json: an entry in scope and context")
            need(self.entries, "bundle.json: no entry in scope")
            self.files: dict[str, dict[str, Any]] = told["files"]
            need(isinstance(self.files, dict), "bundle.json: files")
            need(all(set(file) == {"bytes", "sha256"} for file in self.files.values()), "bundle.json: files")
            well = (is_count(file["bytes"]) and is_hex(file["sha256"]) for file in self.files.values())
            need(all(well), "bundle.json: files")
            self.scope = told["scope"]
            texts = {"by", "subject", "kind", "control", "incident"}
            need(isinstance(self.scope, dict) and {"by", "complete"} <= set(self.scope), "bundle.json: scope")
            need(set(self.scope) <= texts | {"from", "until", "named", "complete"}, "bundle.json: scope")
            need(all(isinstance(self.scope[name], str) for name in texts & set(self.scope)), "bundle.json: scope")
            self.bounds = {name: instant(self.scope[name]) for name in ("from", "until") if name in self.scope}
            self.complete: dict[str, dict[str, int]] = self.scope["complete"]
            need(isinstance(self.complete, dict), "bundle.json: complete")
            for run in self.complete.values():
                need(isinstance(run, dict) and set(run) == {"first_nth", "last_nth"}, "bundle.json: complete")
                first, last = run["first_nth"], run["last_nth"]
                need(is_count(first) and is_count(last) and first <= last, "bundle.json: complete")
            self._read_scope()
        except (Bad, AttributeError, TypeError) as error:
            raise BadInput(str(error)) from error
        different = names - {"bundle.json"} ^ set(self.files)
        good(not different, f"bundle.json and the files differ: {', '.join(sorted(different)[:3])}")
        for name in ("leaves.jsonl", "proof.bin", "checkpoint"):
            good(name in names, f"{name} is not there")

    def _read_scope(self) -> None:
        """What was asked for: one word must say what leads, single entries stand beside it, a run is of a subject."""
        scope = self.scope
        leads = {"incident": "incident", "control": "control", "system": "subject", "kind": "kind"}
        by = [word for word, name in leads.items() if name in scope] or (["time"] if self.bounds else [])
        self.filtered = bool(by)
        need(scope["by"] in (by[:1] or ["citations", "entries"]), "bundle.json: scope: by")
        self.named = scope.get("named", [])
        if "named" in scope:
            need(isinstance(self.named, list) and self.named and all(map(is_count, self.named)), "scope: named")
            need(ascending(self.named) and set(self.named) <= set(self.entries), "bundle.json: scope: named")
            need(self.filtered, "bundle.json: scope: named, where all are")
        self.whole_subject = by == ["system"]
        need(set(self.complete) <= ({scope["subject"]} if self.whole_subject else set()), "bundle.json: complete")


def has_number(value: Any) -> bool:
    """Whether a number with fraction or exponent is somewhere in `value`; those have no canonical form here."""
    if isinstance(value, dict):
        return any(map(has_number, value.values()))
    return any(map(has_number, value)) if isinstance(value, list) else isinstance(value, float)


# ------------------------------------------------------------------ 3 Statement, 5 Envelope, 6 Leaf

PAYLOAD_TYPE = "application/cloudevents+json"
ORIGIN = re.compile(r"[!#-*,-\[\]-~]{1,255}")
STATEMENT = {
    "specversion": re.compile(r"1\.0"),
    "id": re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"),
    "source": re.compile(r"(?=.{1,500}\Z)[A-Za-z][A-Za-z0-9+.-]*:[!-~]+"),
    "type": re.compile(r"org\.aims-ledger\.[a-z][a-z_]{0,63}\.v[1-9][0-9]{0,3}"),
    "subject": re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}"),
    "time": INSTANT,
    "ledger": ORIGIN,
    "datacontenttype": re.compile("application/json"),
    "dataschema": re.compile(".*", re.DOTALL),
}


class UnknownVersion(Exception):
    """A leaf whose `v` is not 1."""


class Entry:
    """One entry, read: its leaf, envelope and statement. `known` and `valid` are set when its body was judged."""

    def __init__(self, index: int, raw: bytes, hashed: bytes, origin: str) -> None:
        self.index, self.hash = index, hashed
        leaf = self._parse_leaf(raw)
        self.nth, self.nth_prev, self.prev = leaf["nth"], leaf["nth_prev"], leaf["prev"]
        self.time = instant(leaf["time"])
        need(leaf["index"] == index, f"its leaf says it is entry {leaf['index']}")
        need(leaf["ledger"] == origin, f"its leaf names ledger {leaf['ledger']}")
        self._parse_envelope(leaf["envelope"])
        self._parse_statement()
        self.valid = False

    @staticmethod
    def _parse_leaf(raw: bytes) -> dict[str, Any]:
        leaf: dict[str, Any] = strict_json(raw, 65_535, "leaf")
        need(isinstance(leaf, dict), "leaf: no object")
        if type(leaf.get("v")) is int and leaf["v"] != 1:
            raise UnknownVersion(f"leaf: version {leaf['v']}")
        need(set(leaf) == {"envelope", "index", "ledger", "nth", "nth_prev", "prev", "time", "v"}, "leaf: members")
        need(canonical(leaf) == raw, "leaf: not canonical")
        need(is_count(leaf["index"]) and is_count(leaf["nth"]) and is_count(leaf["v"]), "leaf: numbers")
        need(is_hex(leaf["nth_prev"]) and is_hex(leaf["prev"]), "leaf: links")
        return leaf

    def _parse_envelope(self, envelope: Any) -> None:
        need(isinstance(envelope, dict) and set(envelope) == {"payload", "payloadType", "signatures"}, "envelope")
        listed = envelope["signatures"]
        need(envelope["payloadType"] == PAYLOAD_TYPE, "envelope: payloadType")
        need(isinstance(listed, list) and 1 <= len(listed) <= 8, "envelope: number of signatures")
        need(all(isinstance(item, dict) and set(item) == {"keyid", "sig"} for item in listed), "envelope: signatures")
        self.signatures: dict[str, bytes] = {}
        for item in listed:
            need(is_hex(item["keyid"]), "envelope: keyid")
            self.signatures[item["keyid"]] = unbase64(item["sig"])
        order = [item["keyid"] for item in listed]
        need(ascending(order), "envelope: order of keyids")
        need(sum(len(item["sig"]) for item in listed) <= 8_192, "envelope: signatures too long")
        self.payload = unbase64(envelope["payload"])
        self.digest = sha256(self.payload).hexdigest()
        # PAE of DSSE v1, section 5
        length = str(len(self.payload)).encode()
        self.signed = b"DSSEv1 28 " + PAYLOAD_TYPE.encode() + b" " + length + b" " + self.payload

    def _parse_statement(self) -> None:
        event = strict_json(self.payload, 40_960, "statement")
        need(isinstance(event, dict) and set(event) == {*STATEMENT, "data"}, "statement: members")
        for name, pattern in STATEMENT.items():
            need(isinstance(event[name], str) and pattern.fullmatch(event[name]), f"statement: {name}")
        need(isinstance(event["data"], dict), "statement: data")
        self.data: dict[str, Any] = event["data"]
        self.source, self.subject, self.ledger = event["source"], event["subject"], event["ledger"]
        self.dataschema, self.stated = event["dataschema"], instant(event["time"])
        _, _, self.kind, version = event["type"].split(".")
        self.version = int(version[1:])

    @property
    def references(self) -> list[tuple[str, str]]:
        """(relation, statement digest) of a valid body, section 4."""
        found = [(item["rel"], item["statement"]) for item in self.data.get("references") or ()]
        if self.data.get("statement") is not None:
            found.append(("approves" if self.kind == "approval" else "about", self.data["statement"]))
        return found

    @property
    def newcomer(self) -> str | None:
        """The keyid that a `key` entry itself enrols."""
        if self.kind == "key" and self.data.get("action") in ("enrolled", "rotated"):
            return str(self.data.get("keyid"))
        return None


# ---------------------------------------------------------------------------------------- 7 Tree, 20 Multiproof


def leaf_hash(raw: bytes) -> bytes:
    """SHA-256(0x00 || leaf)."""
    return sha256(b"\0" + raw).digest()


def node(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\1" + left + right).digest()


def multiproof_root(size: int, indexes: list[int], hashes: list[bytes], proof: bytes) -> bytes:
    """The root that the carried leaves and the shared proof lead to; every byte of the proof must be used."""
    at = 0

    def take() -> bytes:
        nonlocal at
        at += 32
        need(at <= len(proof), "proof: too short")
        return proof[at - 32 : at]

    def subtree(start: int, end: int, low: int, high: int) -> bytes:
        """The root over [start, end), in which indexes[low:high] lie."""
        if low == high:
            return take()
        if end - start == 1:
            return hashes[low]
        middle = start + (1 << ((end - start - 1).bit_length() - 1))
        split = bisect_left(indexes, middle, low, high)
        left = subtree(start, middle, low, split)
        return node(left, subtree(middle, end, split, high))

    need(not indexes or indexes[-1] < size, "proof: an entry beyond the checkpoint")
    found = subtree(0, size, 0, len(indexes)) if size else sha256(b"").digest()
    need(at == len(proof), "proof: bytes left over")
    return found


def check_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: list[bytes]) -> None:
    """Guarantees that the first tree is the beginning of the second, RFC 9162 section 2.1.4.2."""
    need(0 < size1 <= size2 and all(len(item) == 32 for item in proof), "consistency: sizes")
    if size1 == size2:
        need(not proof and root1 == root2, "consistency: two roots of one size")
        return
    path = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    first, second = size1 - 1, size2 - 1
    while first & 1:
        first, second = first >> 1, second >> 1
    need(path, "consistency: no proof")
    old = new = path[0]
    for sibling in path[1:]:
        need(second, "consistency: too long")
        if first & 1 or first == second:
            old, new = node(sibling, old), node(sibling, new)
            while first and not first & 1:
                first, second = first >> 1, second >> 1
        else:
            new = node(new, sibling)
        first, second = first >> 1, second >> 1
    need(second == 0 and old == root1 and new == root2, "consistency: it leads elsewhere")


# --------------------------------------------------------------------------------- 8 Checkpoint, 17 Trust policy

ED25519, COSIGNATURE, ML_DSA_44 = 1, 4, 6
KEY_BYTES = {ED25519: 32, COSIGNATURE: 32, ML_DSA_44: 1_312}
KeyName = tuple[str, bytes]  # name and key ID, by which a signature line names its key


class VerifierKey:
    """A key that signs notes; `key` is None for ML-DSA, which is not checked here."""

    def __init__(self, text: Any, kinds: tuple[int, ...] = (ED25519,)) -> None:
        need(isinstance(text, str) and text.count("+") >= 2, "vkey")
        self.text = text
        self.name, hexed, encoded = text.split("+", 2)
        blob = unbase64(encoded)
        need(self.name and not re.search(r"\s", self.name), "vkey: name")
        need(blob and blob[0] in kinds and len(blob) == 1 + KEY_BYTES[blob[0]], "vkey: type or length of the key")
        self.kind, self.material = blob[0], blob[1:]
        self.key_id = sha256(self.name.encode() + b"\n" + blob).digest()[:4]
        need(self.key_id.hex() == hexed, "vkey: key ID")
        self.key = None if self.kind == ML_DSA_44 else ed25519_key(self.material)

    def verify(self, signature: bytes, text: str) -> int | None:
        """Return if the signature verifies; for a cosignature its time in seconds (0: none claimed)."""
        assert self.key is not None
        if self.kind == ED25519:
            self.key.verify(signature, text.encode())
            return None
        time = int.from_bytes(signature[:8], "big")
        if len(signature) != 72 or time >= 2**63:
            raise SignatureInvalid
        self.key.verify(signature[8:], f"cosignature/v1\ntime {time}\n{text}".encode())
        return time


class Note:
    """A signed note and the checkpoint in its text; nothing in it is verified."""

    def __init__(self, raw: bytes) -> None:
        need(len(raw) <= 1_000_000, "note: too long")
        try:
            whole = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Bad("note: not UTF-8") from error
        need(not re.search("[\0-\x09\x0b-\x1f]", whole), "note: a control character")
        text, blank, below = whole.rpartition("\n\n")
        need(blank and below.endswith("\n"), "note: no signatures")
        lines = below[:-1].split("\n")
        need(1 <= len(lines) <= 100, "note: number of signatures")
        self.text = text + "\n"
        self.lines: list[tuple[KeyName, bytes]] = []
        for line in lines:
            match = re.fullmatch("\u2014 ([^\\s+]+) ([A-Za-z0-9+/=]+)", line)
            need(match, "note: signature line")
            assert match is not None
            blob = unbase64(match[2])
            need(len(blob) > 4, "note: signature line")
            self.lines.append(((match[1], blob[:4]), blob[4:]))
        match = re.fullmatch(r"([!#-*,-\[\]-~]{1,255})\n(0|[1-9][0-9]{0,18})\n([^\n]+)\n", self.text)
        need(match, "checkpoint: not three lines")
        assert match is not None
        self.origin, self.size, self.root = match[1], int(match[2]), unbase64(match[3])
        need(self.size < 2**63 and len(self.root) == 32, "checkpoint: size or root")
        need(self.size or self.root == sha256(b"").digest(), "checkpoint: root of the empty tree")


class Judged(NamedTuple):
    """What known keys say of a note."""

    log: VerifierKey | None  # the first log key named like the origin
    quorum: bool
    could_be: bool  # the quorum would be met if ML-DSA cosignatures were good
    time: int | None  # seconds since 1970 by which the quorum had signed
    unchecked: bool  # a known ML-DSA key has a line here


PIN = (
    "JSON, like the pin that 'aims checkpoint --pin' prints; expected a policy (C2SP tlog-policy), as "
    "'aims checkpoint --policy' prints it"
)


class Trust:
    """A C2SP tlog-policy file: which logs and witnesses count, and how many of them."""

    def __init__(self, data: bytes) -> None:
        self.keys: dict[KeyName, VerifierKey] = {}
        self.witnesses: dict[KeyName, str] = {}
        self.groups: list[tuple[str, int, list[str]]] = []
        self.free: dict[str, bool] = {}  # names defined so far; whether no group has them yet
        self.quorum: str | None = None
        self.materials: set[tuple[bool, bytes]] = set()
        need(len(data) <= MOST_TRUST, f"more than {MOST_TRUST} bytes")
        need(data.lstrip()[:1] != b"{", PIN)
        need(not re.search(rb"[\0-\x08\x0b-\x1f\x7f]", data), "a control character")
        need(data.endswith(b"\n"), "the last line has no end")
        for line in data[:-1].split(b"\n"):
            words = [word.decode("utf-8", "surrogateescape") for word in line.split()]
            if words and not words[0].startswith("#"):
                self._read(words)
        need(self.quorum is not None, "no quorum line")

    def _read(self, words: list[str]) -> None:
        kind, count = words[0], len(words)
        if kind == "log" and count in (2, 3):
            self._key(words[1], (ED25519,))
        elif kind == "witness" and count in (3, 4):
            self._define(words[1])
            self.witnesses[self._key(words[2], (COSIGNATURE, ML_DSA_44))] = words[1]
        elif kind == "group" and count >= 4:
            name, asked, members = words[1], words[2], words[3:]
            for member in members:
                need(self.free.get(member), f"group {name}: {member} is not defined, or in a group already")
                self.free[member] = False
            need(re.fullmatch("all|any|[1-9][0-9]{0,8}", asked), f"group {name}: threshold")
            threshold = len(members) if asked == "all" else 1 if asked == "any" else int(asked)
            need(threshold <= len(members), f"group {name}: threshold")
            self._define(name)
            self.groups.append((name, threshold, members))
        elif kind == "quorum" and count == 2:
            need(self.quorum is None, "two quorum lines")
            need(words[1] == "none" or words[1] in self.free, f"quorum {words[1]} is not defined")
            self.quorum = words[1]
        else:
            raise Bad(f"a line that begins with {kind!a}")

    def _key(self, text: str, kinds: tuple[int, ...]) -> KeyName:
        try:
            key = VerifierKey(text, kinds)
        except UnicodeEncodeError as error:
            raise Bad("a key name that is not UTF-8") from error
        need((key.kind == ED25519, key.material) not in self.materials, "a public key twice")
        need((key.name, key.key_id) not in self.keys, "two keys with one name and key ID")
        self.materials.add((key.kind == ED25519, key.material))
        self.keys[key.name, key.key_id] = key
        return key.name, key.key_id

    def _define(self, name: str) -> None:
        need(name != "none" and name not in self.free, f"the name {name!a} is taken")
        self.free[name] = True

    def met(self, signed: Iterable[str]) -> bool:
        """Whether these witnesses make up the quorum."""
        have = set(signed)
        for name, threshold, members in self.groups:  # members come before their group
            if len(have.intersection(members)) >= threshold:
                have.add(name)
        return self.quorum == "none" or self.quorum in have

    def judge(self, note: Note) -> Judged:
        """What the signatures amount to; a known key's line that does not verify raises `SignatureInvalid`."""
        times: dict[str, int] = {}
        hoped: set[str] = set()
        log: VerifierKey | None = None
        for name, signature in note.lines:
            key = self.keys.get(name)
            if key is None:
                continue
            if key.key is None:
                hoped.add(self.witnesses[name])
                continue
            time = key.verify(signature, note.text)
            if time is None:
                log = log or (key if key.name == note.origin else None)  # a log vouches for itself only
            else:
                witness = self.witnesses[name]
                times[witness] = min(time, times.get(witness, time), key=_untimed_last)
        ordered = sorted(times.items(), key=lambda item: _untimed_last(item[1]))
        enough = (
            time
            for place, (_, time) in enumerate(ordered)
            if time and self.quorum != "none" and self.met(name for name, _ in ordered[: place + 1])
        )
        return Judged(log, self.met(times), self.met({*times, *hoped}), next(enough, None), bool(hoped))


def _untimed_last(time: int) -> tuple[bool, int]:
    return time == 0, time


# --------------------------------------------------------------------------------------------- 9 Keys and policy

SPKI = bytes.fromhex("302a300506032b6570032100")


class Key:
    """An enrolled key; it may sign entries [start, end)."""

    def __init__(self, member: dict[str, Any], start: int) -> None:
        need(member.get("algorithm", "ed25519") == "ed25519", "algorithm")
        der = unbase64(member["public_key"])
        need(len(der) == 44 and der[:12] == SPKI, "public key")
        self.key = ed25519_key(der[12:])
        self.keyid = sha256(der).hexdigest()
        self.principal: str = member["principal"]
        self.roles, self.sources = set(member["roles"]), set(member["sources"])
        self.start, self.end = start, FOREVER
        self.compromised: int | None = None

    def ended(self, end: int, compromised: int | None = None) -> Key:
        """A copy that ends earlier, or is known to be compromised."""
        copy = Key.__new__(Key)
        copy.__dict__.update(self.__dict__, end=min(self.end, end))
        if compromised is not None:
            known = FOREVER if self.compromised is None else self.compromised
            copy.compromised = min(compromised, known)
        return copy


class CheckpointKey:
    """A key that signs checkpoints of sizes start <= size <= end."""

    def __init__(self, text: Any, start: int, end: int = FOREVER) -> None:
        self.vkey, self.start, self.end = VerifierKey(text), start, end


class State:
    """What the valid `ledger` and `key` entries so far add up to; `after` makes the next one and changes nothing."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.keys: dict[str, Key] = {}
        self.policies: list[tuple[int, dict[str, Any]]] = []
        self.checkpoint_keys: list[CheckpointKey] = []
        self.resets: dict[int, int] = {}
        self.closed = FOREVER

    def copy(self) -> State:
        """A state with the same content."""
        copy = State(self.origin)
        copy.keys, copy.policies, copy.resets = dict(self.keys), list(self.policies), dict(self.resets)
        copy.checkpoint_keys, copy.closed = list(self.checkpoint_keys), self.closed
        return copy

    @property
    def quorum(self) -> int:
        """Number of admin principals that the last policy asks for."""
        return int(self.policies[-1][1].get("quorum", 1))

    def policy_at(self, index: int) -> dict[str, Any]:
        """The policy that judges entry `index`: the last one set by an entry before it."""
        return next((policy for by, policy in reversed(self.policies) if by < index), self.policies[0][1])

    def key_at(self, keyid: str, index: int) -> Key:
        """The key, if it may sign entry `index`."""
        key = self.keys.get(keyid)
        if key is None or index < key.start:
            raise KeyUnknown(f"key {keyid[:16]} is not enrolled")
        permit(index < key.end, f"key {keyid[:16]} of {key.principal} is not in force")
        return key

    def check(self) -> None:
        """Guarantees that the quorum can be reached, and that no key signs entries and checkpoints."""
        admins = {key.principal for key in self.keys.values() if "admin" in key.roles and key.end == FOREVER}
        permit(len(admins) >= self.quorum, f"{len(admins)} admin principals are left, the quorum is {self.quorum}")
        apart = {sha256(SPKI + key.vkey.material).hexdigest() for key in self.checkpoint_keys}
        permit(not apart & set(self.keys), "one key for entries and checkpoints")

    def after(self, entry: Entry) -> State:
        """The state after a `ledger` or `key` entry whose body is valid."""
        permit(entry.index <= self.closed, "the ledger was closed")
        after = self.copy()
        (self._key if entry.kind == "key" else self._ledger)(after, entry)
        return after

    def _key(self, after: State, entry: Entry) -> None:
        data, index, signers = entry.data, entry.index, list(entry.signatures)
        action, keyid = data["action"], data["keyid"]
        if entry.newcomer:
            new = Key(data, index + 1)
            permit(new.keyid == keyid, "keyid is not that of the public key")
            permit(keyid not in self.keys and keyid in signers, "a key is enrolled once, and signs its enrolment")
            touched = [new]
            if action == "rotated":
                old = self.key_at(data["replaces"], index)
                permit(new.principal == old.principal, "a rotation keeps the principal")
                permit(new.roles <= old.roles and new.sources <= old.sources, "a rotation adds no role or source")
                after.keys[old.keyid] = old.ended(index + 1)
                touched.append(old)
            after.keys[keyid] = new
        else:
            permit(keyid in self.keys, f"key {keyid[:16]} is not enrolled")
            known = self.keys[keyid]
            permit(action != "revoked" or known.end > index, "the key has ended already")
            since = instant(data["since"], padded=True) if action == "compromised" else None
            after.keys[keyid] = known.ended(index + 1, since)
            touched = [known]
        quorum = self.quorum if any("admin" in key.roles for key in touched) else 1
        others = [signer for signer in signers if signer != entry.newcomer]
        self._admins(others, index, quorum)
        if entry.newcomer and any(key.principal == data["principal"] for key in self.keys.values()):
            theirs = any(self.key_at(keyid, index).principal == data["principal"] for keyid in others)
            self._admins(others, index, 1 if theirs else self.quorum)
        after.check()

    def _ledger(self, after: State, entry: Entry) -> None:
        data, index = entry.data, entry.index
        action = data["action"]
        permit(action != "created", "a ledger is created once")
        self._admins(list(entry.signatures), index, self.quorum)
        if action == "policy_changed":
            check_floor(data["policy"], self.policies[0][1])
            after.policies.append((index, data["policy"]))
            after.check()
        elif action == "checkpoint_key_added":
            added = checkpoint_key(data["checkpoint_key"], self.origin, index + 1)
            known = {key.vkey.material for key in self.checkpoint_keys}
            permit(added.vkey.material not in known, "a checkpoint key is added once")
            after.checkpoint_keys.append(added)
            after.check()
        elif action == "checkpoint_key_retired":
            current = [key for key in self.checkpoint_keys if key.end == FOREVER]
            retired = [key for key in current if key.vkey.text == data["checkpoint_key"]]
            permit(retired and len(current) > 1, "a checkpoint key that is not in force, or the last one")
            place = self.checkpoint_keys.index(retired[0])
            after.checkpoint_keys[place] = CheckpointKey(retired[0].vkey.text, retired[0].start, index + 1)
        elif action == "clock_reset":
            after.resets[index] = instant(data["clock"], padded=True)
        else:
            need(action == "closed", "action")
            after.closed = index

    def _admins(self, signers: list[str], index: int, needed: int) -> None:
        keys = [self.key_at(keyid, index) for keyid in signers]
        admins = {key.principal for key in keys if "admin" in key.roles}
        permit(len(admins) >= needed, f"signed by {len(admins)} admin principals, expected {needed}")


def created(entry: Entry) -> State:
    """The state after entry 0."""
    data = entry.data
    permit(entry.kind == "ledger" and data["action"] == "created", "entry 0 creates the ledger")
    permit(data["origin"] == entry.ledger, "origin")
    state = State(data["origin"])
    for member in data["keys"]:
        key = Key(member, 0)
        permit(key.keyid not in state.keys, "a founder's key twice")
        state.keys[key.keyid] = key
    permit(set(entry.signatures) == set(state.keys), "signed by exactly the founders' keys")
    state.policies.append((0, data["policy"]))
    state.checkpoint_keys = [checkpoint_key(text, state.origin, 0) for text in data["checkpoint_keys"]]
    state.check()
    return state


def checkpoint_key(text: Any, origin: str, start: int) -> CheckpointKey:
    """A checkpoint key, which is named like the origin."""
    key = CheckpointKey(text, start)
    permit(key.vkey.name == origin, "a checkpoint key is named like the origin")
    return key


def asked(policy: dict[str, Any], kind: str) -> int:
    """How many principals must sign a kind; the star is for kinds not listed, `ledger` and `key` apart."""
    listed = policy.get("principals") or {}
    return int(listed.get(kind, 1 if kind in STATE_KINDS else listed.get("*", 1)))


def check_floor(policy: dict[str, Any], floor: dict[str, Any]) -> None:
    """Guarantees that a policy is nowhere below that of entry 0."""
    kinds = {*(policy.get("principals") or {}), *(floor.get("principals") or {}), "*"}
    permit(all(asked(policy, kind) >= asked(floor, kind) for kind in kinds), "below the floor: principals")
    permit(policy.get("quorum", 1) >= floor.get("quorum", 1), "below the floor: quorum")
    waived = policy.get("self_approval", "refused") == "waived"
    permit(not waived or floor.get("self_approval", "refused") == "waived", "below the floor: self-approval")


def judge_signers(state: State, entry: Entry, signers_of: Callable[[str], set[str]]) -> None:
    """Section 10.5, for an entry whose body is valid where the rule looks into it."""
    policy = state.policy_at(entry.index)
    permit(entry.ledger == state.origin, "meant for another ledger")
    permit(entry.index <= state.closed, "the ledger was closed")
    roles = policy["roles"]
    allowed = {"admin"} if entry.kind in STATE_KINDS else set(roles.get(entry.kind, roles.get("*", ())))
    keys = [state.key_at(keyid, entry.index) for keyid in entry.signatures if keyid != entry.newcomer]
    holder = entry.data["principal"] if entry.newcomer else None  # may agree to a key of their own
    may = all(key.roles & allowed or key.principal == holder for key in keys)
    permit(may, f"no role of a signer may sign {entry.kind}")
    permit(any(entry.source in key.sources for key in keys), f"source {entry.source} is of none of the signers")
    principals = {key.principal for key in keys}
    needed = asked(policy, entry.kind)
    permit(len(principals) >= needed, f"signed by {len(principals)} principals, expected {needed}")
    if entry.kind == "approval" and policy.get("self_approval", "refused") != "waived":
        own = [digest for relation, digest in entry.references if relation == "approves"]
        permit(not any(principals & signers_of(digest) for digest in own), "approved by one who signed it")
    if entry.kind == "erasure":
        permit(entry.data["approved_by"] in principals, "approved_by did not sign")


# ------------------------------------------------------------------------------------------------ 4 Body and schema
#
# Only the part of JSON Schema 2020-12 that the kinds' schemas use; another word makes the schema unusable here.

Check = Callable[[Any], bool]
Node = dict[str, Any]
NOTHING = object()
ANNOTATIONS = {"$schema", "$id", "$defs", "title", "description", "default", "x-erasable", "x-identity"}
JSON_TYPES: dict[str, Check] = {
    "object": lambda value: type(value) is dict,
    "array": lambda value: type(value) is list,
    "string": lambda value: type(value) is str,
    "integer": lambda value: type(value) is int,  # FORMAT 4: written without fraction or exponent
    "number": lambda value: type(value) in (int, float),
    "boolean": lambda value: type(value) is bool,
    "null": lambda value: value is None,
}


class Schema:
    """One kind's schema, compiled to functions that say whether a value is valid."""

    def __init__(self, raw: bytes) -> None:
        self.whole: Node = strict_json(raw, 1 << 24, "schema")
        self.compiled: dict[str, Check] = {}
        self.valid = self.compile(self.whole)

    def resolve(self, reference: str) -> Node:
        """What a $ref leads to."""
        need(reference.startswith("#/$defs/"), "schema: $ref")
        found: Node = self.whole["$defs"][reference[8:]]
        return found

    def compile(self, schema: Any) -> Check:
        """The function for one schema."""
        if isinstance(schema, bool):
            return lambda _: schema
        checks: list[Check] = []
        for word, told in schema.items():
            if word in ANNOTATIONS:
                continue
            if word == "$ref":
                checks.append(self._reference(told))
            elif word in ("if", "then", "else"):
                if word == "if":
                    checks.append(self._condition(schema))
            elif word in ("properties", "patternProperties", "additionalProperties"):
                if word == next(name for name in schema if name in ("properties", "patternProperties", word)):
                    checks.append(self._properties(schema))
            else:
                checks.append(self._word(word, told))
        return checks[0] if len(checks) == 1 else lambda value: all(check(value) for check in checks)

    def _reference(self, reference: str) -> Check:
        def check(value: Any) -> bool:  # compiled when first met: definitions may contain themselves
            if reference not in self.compiled:
                self.compiled[reference] = self.compile(self.resolve(reference))
            return self.compiled[reference](value)

        return check

    def _condition(self, schema: Node) -> Check:
        test = self.compile(schema["if"])
        then, other = self.compile(schema.get("then", True)), self.compile(schema.get("else", True))
        return lambda value: then(value) if test(value) else other(value)

    def _properties(self, schema: Node) -> Check:
        named = {name: self.compile(inner) for name, inner in schema.get("properties", {}).items()}
        patterns = [(pattern(text), self.compile(inner)) for text, inner in schema.get("patternProperties", {}).items()]
        others = self.compile(schema.get("additionalProperties", True))

        def check(value: Any) -> bool:
            if type(value) is not dict:
                return True
            for name, item in value.items():
                matched = [inner for regex, inner in patterns if regex.search(name)]
                if name in named:
                    matched.append(named[name])
                if not all(inner(item) for inner in matched or [others]):
                    return False
            return True

        return check

    def _word(self, word: str, told: Any) -> Check:
        if word == "type":
            kinds = [JSON_TYPES[name] for name in ([told] if isinstance(told, str) else told)]
            return kinds[0] if len(kinds) == 1 else lambda value: any(kind(value) for kind in kinds)
        if word in ("anyOf", "allOf"):
            inner, combine = [self.compile(item) for item in told], any if word == "anyOf" else all
            return lambda value: combine(check(value) for check in inner)
        if word in ("not", "items", "contains", "propertyNames"):
            one = self.compile(told)
            return {
                "not": lambda value: not one(value),
                "items": lambda value: type(value) is not list or all(one(item) for item in value),
                "contains": lambda value: type(value) is not list or any(one(item) for item in value),
                "propertyNames": lambda value: type(value) is not dict or all(one(name) for name in value),
            }[word]
        if word == "pattern":
            regex = pattern(told)
            return lambda value: type(value) is not str or regex.search(value) is not None
        simple: dict[str, Check] = {
            "enum": lambda value: any(same(value, item) for item in told),
            "const": lambda value: same(value, told),
            "required": lambda value: type(value) is not dict or all(name in value for name in told),
            "minLength": lambda value: type(value) is not str or len(value) >= told,
            "maxLength": lambda value: type(value) is not str or len(value) <= told,
            "minItems": lambda value: type(value) is not list or len(value) >= told,
            "maxItems": lambda value: type(value) is not list or len(value) <= told,
            "minimum": lambda value: type(value) not in (int, float) or value >= told,
            "maximum": lambda value: type(value) not in (int, float) or value <= told,
        }
        need(word in simple, f"schema: {word}")
        return simple[word]

    def erasable(self, value: Any) -> tuple[set[str], bool]:
        """Pointers of the erasable members in clear, and whether every `_sd` is as section 4 has it."""
        found: set[str] = set()
        sound = True

        def walk(schema: Any, value: Any, at: str) -> None:
            nonlocal sound
            if not isinstance(schema, dict):
                return
            if "$ref" in schema:
                walk(self.resolve(schema["$ref"]), value, at)
            for inner in schema.get("anyOf", ()):
                walk(inner, value, at)
            if type(value) is list and "items" in schema:
                for place, item in enumerate(value):
                    walk(schema["items"], item, f"{at}/{place}")
            if type(value) is dict and "properties" in schema:
                absent = 0
                for name, inner in schema["properties"].items():
                    if inner.get("x-erasable"):
                        absent += value.get(name) is None
                        if value.get(name) is not None:
                            found.add(f"{at}/{name}")
                    elif name in value:
                        walk(inner, value[name], f"{at}/{name}")
                digests = value.get("_sd") or []
                ordered = ascending(digests)
                sound = sound and len(digests) <= absent and ordered

        walk(self.whole, value, "")
        return found, sound


def pattern(text: str) -> Any:
    """A schema's regular expression; `$` there is the very end, in Python it also is before a last newline."""
    return re.compile(re.sub(r"\$$", r"\\Z", text))


def same(a: Any, b: Any) -> bool:
    """Whether two JSON values are equal; `True` is not 1."""
    return type(a) is type(b) and a == b


# SHA-256 of the schema of each kind, version 1; a released schema never changes, so these are part of the format.
SCHEMAS = {
    "ai_decision": "e48de8c38dd212fad4aeb3e036204094f2ee2dbd580166ba502d8e36c1a0bce4",
    "ai_system": "a6b963caa1ccbbce81a4564e65b17038f89ae434581b67618cf992e7029944ec",
    "applicability": "a2ffaf34f664e155b4a5128dec6a174f32ef7b19e866aca1666e5c397743b159",
    "approval": "2be206928293aa911ed7f58ff94fa610da8519d8d7fbc70f26d3d8684baad39f",
    "attestation": "ed937792232fdb4c4528710ab4df4335972a5a6cf9d90de794cff5caac24479b",
    "audit": "68d361f64a71e348fe0677c3d5092dcfa1a1ed1c53863800055eef63b8b1cd0b",
    "case": "b832fbb009943215f5be6dbdfa7cdc453df0875ff34dd954ce3145a897d7d871",
    "certificate": "066919c73d965607c9339ed0b27ad4ccb1fb9fb5a8e7b0e780dd24d13e65f3b9",
    "classification": "cfbf3ac7fd8a2148dcf1424fd1be477f6a10a2c5296e0117d6772d3c5628a06c",
    "communication": "3f3532aa14e01b5cad10d0b10ada0e3edf5a5dbb185a6b8dfffa563f5d7b9169",
    "complaint": "f781221a2a6ca7e57517740430469d0e5bffab2d761938d465c72460831946c5",
    "component_inventory": "158a2f668d21100ce620ef3b256d51a290b3a8bad30da6adc69fd5c82f771140",
    "context": "eb02c96c5a9ece2568d750082081f3240c7157f1a9ac2b759645e0579bf0431a",
    "control": "d7e83e9144529d15a38ff4642c8edcd5c97db6989dc5f85aaf3800c2b8585fc6",
    "corrective_action": "32f6eb7e058f0842c4b54a45cdc9edf60236fbd6cfee970818283cfbf3f93c90",
    "dataset_lineage": "89f4d15d09388602b89db2d8c026588d133d4685ccb5c0aaa0592a4c8e77e9ee",
    "decision": "fa6b64b4387162b363b9bc7720926e771abc28fd64a404371b451db93bd3c5f8",
    "document": "840582d7f4d55bd06d2e78fa4bbed91c5ee97579ea8a6094708527f69ef39478",
    "erasure": "0a5ac0493a6d3769bd1491b8e4f26c5200eccb5e3c99b8e3084f842f9c27ab75",
    "evaluation": "247ac954dceb687770ef2444be5eb6f7f92e3e0c38ffc50c28249b5e2090fd60",
    "hold": "e7426d7263f75d1750a061484d2a83c34cd89b65d443fa0eef35b124ede103a7",
    "impact_assessment": "67d58310639798228e1cf8085c190aa32582ac07d11abd46396e07ed1b39e351",
    "incident": "619165b492efc59025742bbc70d394b54531ecbe37395cb4a2982eaf1eaa6699",
    "key": "98efec2ce35d3aac60331b4ba322b5b5f510b2bc28b2235dfdd1ea2f970fee83",
    "ledger": "5904c6b6da2eb8f3ef3468382dbaa5219ad5f1c0b9cf36c7499ebc4422a99cc1",
    "management_review": "e7bc6397d157c6841362e7e871f06d0fd46b3ffce30de15adcbdd8195e879867",
    "model_change": "735e38507f2c0f4ac917f750f59d6383034982c319a401211c6ea38281d61118",
    "monitoring": "3226b895090e7f9d5260b147ea275b26910c83dd8c5684627d177454d5d00176",
    "narrative": "f426bb8eeffa0dc7d5e4d3d3b6673fd8923cf00d5cc58e14fa52f68778cc6f2c",
    "nonconformity": "5cd3b44eef203541af5c3b38090ce116884e98ee61665eafcb0cfb3ad7f97c0d",
    "objective": "409bb58c7817ca3e6953c9eab24473a420ef9b56fb9ed577542d815b449ac157",
    "oversight_action": "2d50582c023695a606f1e7a746e80839cd524dba993dd72b3a6039ca6f086946",
    "party": "9c2ca8a043403216beb3cf4fefd531576f89628a6bd4891befd22601cf1122e1",
    "pruning": "36b42894690431fc97657b6eef28215ed4a0f2666fa7186a9d42752027604b7a",
    "publication": "a69b0a1f8789ea9ac0fda2281924402806aba3af2e4355ac123687f6ffb9b82b",
    "release": "82a3f040a549236a86ca04291b7ca09794e0c3cda1bd68a107ec9676f3cb0487",
    "requirement": "71aba191a200a49bb8e1c7946329920379884fb2e32b7a8297360858a6947417",
    "resource_usage": "c24714fccb6e3906919526365b8067e52665748c9e4c93adf0efc5f5bb5e5e1c",
    "risk": "0dba27d5557fdc93a8d683f9ceff06f1064d7951630b111e096b34267af2c237",
    "role_assignment": "e472d9e1cc2e61890099a58ddcd05fbb0fe6a0b216af07f16e56ba450caa91e5",
    "runtime_log": "b86fe51e1bcb42fc7ebe80f465fffe551b8fdd0b8234bc67aa4b51f44277801e",
    "security_event": "1aebc5c1cbce38a81a8381a7c1eb26622cf5c52a1c45b815d7334944f5ac7cdb",
    "standard_applied": "e4d4d2680a342155741dd8e6f0097b77b9859281a52ddb0a3faf7fc547152d3d",
    "supplier": "2d3213599a15b886c017a7b2380e90a2c5ae5e772bf09c7a0654923575afdbbf",
    "test_plan": "a5af56af446bba7b770b9c93dd51a9e10be8fa3b8b59b7461b292d69099cf186",
    "training_record": "f113b69ee58425cc49ec4f7c92a23f9a2e0e3a738c341d2bc4557e3a4a0d04de",
}

# ---------------------------------------------------------------------------------------- 4 Erasable values


def open_body(body: Node, disclosures: Iterable[str]) -> tuple[Node, set[str], set[str]]:
    """The opened body, the digests left unresolved, and the pointers of what the disclosures put back."""
    given: dict[str, list[Any]] = {}
    for text in disclosures:
        raw = unbase64url(text)
        parts = strict_json(raw, 40_960, "disclosure")
        need(isinstance(parts, list) and len(parts) == 3 and isinstance(parts[1], str), "disclosure")
        need(len(unbase64url(parts[0])) == 16, "disclosure: salt")
        no_reserved({parts[1]: parts[2]})
        given[base64url(sha256(text.encode("ascii")).digest())] = parts
    used: set[str] = set()
    left: set[str] = set()
    places: set[str] = set()

    def opened(value: Any, at: str) -> Any:
        if isinstance(value, list):
            return [opened(item, f"{at}/{place}") for place, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        members: Node = {}
        for name, item in value.items():
            need(name not in ("_sd_alg", "..."), "a reserved name")
            if name != "_sd":
                members[name] = opened(item, f"{at}/{escape(name)}")
        digests = value.get("_sd", [])
        need(isinstance(digests, list) and ("_sd" not in value or digests), "_sd")
        need(all(len(unbase64url(digest)) == 32 for digest in digests), "_sd")
        need(ascending(digests), "_sd: not sorted")
        for digest in digests:
            need(digest not in used and digest not in left, "a digest twice")
            (used if digest in given else left).add(digest)
            if digest in given:
                _, name, item = given[digest]
                need(name not in members, "a disclosed name that is taken")
                members[name] = item
                places.add(f"{at}/{escape(name)}")
        return members

    body = opened(body, "")
    need(used == set(given), "a disclosure without its digest")
    return body, left, places


def escape(name: str) -> str:
    """A name in a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def no_reserved(value: Any) -> None:
    """Guarantees that nothing in a disclosed value is named as only digests are."""
    if isinstance(value, dict):
        need(not {"_sd", "_sd_alg", "..."} & set(value), "a reserved name")
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        no_reserved(item)


def has_shape(entry: Entry) -> bool:
    """Whether a body that no schema was there for has the members that other checks look at, as they expect them."""
    data = entry.data

    def objects(name: str, **types: type) -> bool:
        listed = data.get(name, [])
        return type(listed) is list and all(
            type(item) is dict and all(type(item.get(member)) is kind for member, kind in types.items())
            for item in listed
        )

    return (
        objects("references", rel=str, statement=str)
        and objects("artefacts", digest=str, size=int)
        and objects("members", digest=str)
        and all(
            type(data.get(name, None if entry.kind == "erasure" else "")) is str
            for name in ("statement", "approved_by")
        )
        and type(data.get("attachments", [])) is list
        and all(type(digest) is str for digest in data.get("attachments", []))
    )


# --------------------------------------------------------------------------------------------------- 20 The judge


class Word:
    """A control or an incident, and where bodies name it."""

    def __init__(self, what: str, text: str) -> None:
        self.text = text
        self.members = {"control": {"control_id"}, "incident": {"incident_id", "trigger_id"}}[what]
        self.lists = {"controls"} if what == "control" else set()

    def in_body(self, value: Any) -> bool:
        """Whether a member at any depth is the word, or a list that has it."""
        if isinstance(value, list):
            return any(map(self.in_body, value))
        if not isinstance(value, dict):
            return False
        is_it = any(value.get(name) == self.text for name in self.members)
        has_it = any(isinstance(value.get(name), list) and self.text in value[name] for name in self.lists)
        return is_it or has_it or any(map(self.in_body, value.values()))


class Links:
    """Some entries by what they refer to and how they are referred to; `unsure` if that is not known of all."""

    def __init__(self, some: Iterable[Entry]) -> None:
        self.digests: set[str] = set()
        self.targets: set[str] = set()
        self.unsure = False
        for entry in some:
            self.digests.add(entry.digest)
            self.unsure = self.unsure or not entry.valid
            self.targets.update(digest for _, digest in (entry.references if entry.valid else ()))

    def touch(self, entry: Entry) -> bool:
        """Whether an entry refers to one of them, or one of them to it."""
        to_them = entry.valid and any(digest in self.digests for _, digest in entry.references)
        return to_them or entry.digest in self.targets


class Signed:
    """What is known of who signed a checkpoint, before it is known how far trust reaches.

    `settled` is the outcome where it does not depend on that; else `since` is the size from which on a checkpoint key
    that signed it may sign, `fault` why there is none.
    """

    def __init__(self, place: str, size: int) -> None:
        self.place, self.size = place, size
        self.judged: Judged | None = None
        self.settled: bool | None = None
        self.since: int | None = None
        self.fault: tuple[str, str] | None = None


class Leaves:
    """The leaves, read line by line as they are unpacked; what is no leaf is not kept."""

    def __init__(self, manifest: Manifest) -> None:
        self.places, self.origin = manifest.carried, manifest.origin
        self.count = 0  # of whole lines
        self.hashes: list[bytes] = []
        self.entries: dict[int, Entry] = {}
        self.faults: list[tuple[str, int, str]] = []
        self._begin()

    def _begin(self) -> None:
        self.rest, self.kept, self.hash = 0, bytearray(), sha256(b"\0")

    def take(self, piece: bytes) -> None:
        """Take the next bytes."""
        first, *more = piece.split(b"\n")
        self._extend(first)
        for part in more:
            if self.count < len(self.places):
                self._finish(self.places[self.count])
            self.count += 1
            self._begin()
            self._extend(part)

    def _extend(self, part: bytes) -> None:
        self.rest += len(part)
        if self.count < len(self.places):
            self.hash.update(part)
            if len(self.kept) <= MOST_LINE:  # enough to see that it is too long
                self.kept += part

    def _finish(self, index: int) -> None:
        hashed = self.hash.digest()
        self.hashes.append(hashed)
        try:
            self.entries[index] = Entry(index, bytes(self.kept), hashed, self.origin)
        except UnknownVersion as error:
            self.faults.append((UNSUPPORTED_VERSION, index, str(error)))
        except Bad as error:
            self.faults.append((ALTERED, index, str(error)))


class Judge:
    """One verification; `found` has the findings by (verdict, place), each with a detail for people."""

    def __init__(self, files: Any, trust: Trust | None) -> None:
        self.files, self.trust = files, trust
        self.found: dict[tuple[str, str], str] = {}
        self.manifest = Manifest(b"".join(files.chunks("bundle.json")), files.names())
        self.leaves = Leaves(self.manifest)
        self.whole = False
        self.entries: dict[int, Entry] = {}
        self.state: State | None = None
        self.lost: int | None = None  # entries after this one may lack a key, a role or a policy
        self.schemas: dict[str, Schema | None] = {}
        self.seen: list[tuple[int, int | None, bool]] = []  # size, quorum time, whether more could be known
        self.note: Note | None = None
        self.reach = 0  # the largest size that trust in the keys of the trust file extends to

    def add(self, verdict: str, place: Any, detail: str) -> None:
        """Note a finding; entries are named by their index."""
        self.found.setdefault((verdict, f"entry {place}" if isinstance(place, int) else place), detail)

    def run(self) -> None:
        """All of it, in an order in which each step has what it needs."""
        self.read_files()
        whole = self.read_leaves()
        try:
            self.note = Note(self.content["checkpoint"])
        except Bad as error:
            self.add(ALTERED, "checkpoint", str(error))
        self.proved = whole and self.check_tree()
        self.fold()
        self.check_checkpoint()
        if whole:
            self.digests: dict[str, Entry] = {}
            for entry in self.entries.values():
                self.digests.setdefault(entry.digest, entry)
            for entry in self.entries.values():
                self.judge_entry(entry)
            self.check_links()
            self.check_values()
            self.check_attachments()
            self.check_scope()

    # ------------------------------------------------------------------------------------------------- files

    def read_files(self) -> None:
        """Compare every file with the manifest; keep what is judged further."""
        self.content: dict[str, bytes] = {"history.jsonl": b"", "disclosures.jsonl": b""}
        self.sums: dict[str, tuple[str, int]] = {}
        for name, told in sorted(self.manifest.files.items()):
            keep = re.fullmatch(r"proof\.bin|checkpoint|history\.jsonl|disclosures\.jsonl|schemas/.*", name)
            summed, length, lines, kept = sha256(), 0, 0, []
            most = len(self.manifest.carried) * MOST_LINE if name == "leaves.jsonl" else most_of(name)
            good(self.files.size(name) <= most, f"{name}: {self.files.size(name)} bytes, at most {most}")
            for piece in self.files.chunks(name):
                summed.update(piece)
                length += len(piece)
                good(length <= most, f"{name}: more than {most} bytes")
                if name == "leaves.jsonl":
                    self.leaves.take(piece)
                if keep:
                    kept.append(piece)
                if name in MOST_LINES:
                    lines += piece.count(b"\n")
                    good(lines <= MOST_LINES[name], f"{name}: more than {MOST_LINES[name]} lines")
            self.sums[name] = summed.hexdigest(), length
            if keep:
                self.content[name] = b"".join(kept)
            if self.sums[name] != (told["sha256"], told["bytes"]):
                self.add(
                    ALTERED, f"file {name}", f"SHA-256 {self.sums[name][0][:16]}, {length} bytes; bundle.json differs"
                )

    def read_leaves(self) -> bool:
        """Whether there is one line for each announced entry; tells which of them are no leaves."""
        leaves, expected = self.leaves, len(self.manifest.carried)
        self.whole = leaves.rest == 0 and leaves.count == expected
        if not self.whole:
            self.add(ALTERED, "leaves", f"{leaves.count} whole lines, expected {expected}")
            return False
        self.hashes, self.entries = leaves.hashes, leaves.entries
        for verdict, index, detail in leaves.faults:
            self.add(verdict, index, detail)
            if self.lost is None:
                self.lost = index
        return True

    # -------------------------------------------------------------------------------------------- keys, policy

    def fold(self) -> None:
        """The key state after every valid `ledger` and `key` entry, section 14 "The state"."""
        before: Entry | None = None
        for entry in self.entries.values():
            if entry.subject == "ledger":
                expected = before.nth + 1 if before else 0
                if entry.nth > expected:
                    self.add(MISSING, entry.index, f"entries {expected} to {entry.nth - 1} about keys and policy")
                    self.lose(before.index if before else -1)
                before = entry
        for entry in self.entries.values():
            if entry.index == 0 or entry.kind in STATE_KINDS:
                self._fold_one(entry)
        if self.whole and 0 not in self.manifest.carried:
            self.add(MISSING, 0, "the entry that founds the ledger")
        if self.state is None:
            self.add(NOT_CHECKED, "keys", "without a valid entry 0 no signature can be judged")

    def lose(self, index: int) -> None:
        """Note that what entries may do after `index` is not known for certain."""
        self.lost = index if self.lost is None else min(self.lost, index)

    def _fold_one(self, entry: Entry) -> None:
        index, usable = entry.index, self.check_body(entry)
        if self.state is None and index != 0:
            if usable is not None:
                self.add(usable, index, "its kind or body")
            return
        if usable is None and entry.kind in STATE_KINDS and not entry.valid:
            self.lose(index)
            return
        unsure = self.lost is not None and index > self.lost
        if usable is not None:
            if usable == UNSUPPORTED_VERSION:
                usable = self.unknown_state_entry(entry)
            unsure = unsure and usable == NOT_PERMITTED
            self.add(NOT_CHECKED if unsure else usable, index, "its kind or body")
            return
        try:
            self.state = self.after(entry)
        except SignatureInvalid:
            self.add(SIGNATURE_INVALID, index, "a signature does not verify")
        except NotPermitted as error:
            verdict = KEY_UNKNOWN if isinstance(error, KeyUnknown) else NOT_PERMITTED
            self.add(NOT_CHECKED if unsure else verdict, index, str(error))
        except (Bad, KeyError, TypeError, AttributeError, ValueError) as error:
            self.add(SCHEMA_VIOLATION, index, str(error))

    def after(self, entry: Entry) -> State:
        """The state after an entry: known signers, its effect, its signatures, the rules of 10.5."""
        before = self.state
        if before is not None:
            for keyid in entry.signatures:
                known = before.keys.get(keyid)
                if keyid != entry.newcomer and (known is None or entry.index < known.start):
                    raise KeyUnknown(f"key {keyid[:16]} is not enrolled")
        try:
            after = created(entry) if before is None else before.after(entry)
        except KeyUnknown as error:  # of a key that the body names
            raise NotPermitted(str(error)) from error
        before = before or after
        for keyid, signature in entry.signatures.items():
            key = after.keys[keyid] if keyid == entry.newcomer else before.key_at(keyid, entry.index)
            key.key.verify(signature, entry.signed)
        judge_signers(before, entry, lambda _: set())
        return after

    def unknown_state_entry(self, entry: Entry) -> str:
        """The verdict for a state entry of a later version: believed only if a quorum of admins signed it."""
        if self.state is None:
            return NOT_PERMITTED
        try:
            keys = [self.state.key_at(keyid, entry.index) for keyid in entry.signatures]
            for key in keys:
                key.key.verify(entry.signatures[key.keyid], entry.signed)
        except (NotPermitted, SignatureInvalid):
            return NOT_PERMITTED
        if len({key.principal for key in keys if "admin" in key.roles}) < self.state.quorum:
            return NOT_PERMITTED
        self.lose(entry.index)
        return UNSUPPORTED_VERSION

    # ----------------------------------------------------------------------------------------------- bodies

    def schema(self, kind: str) -> Schema | None:
        """The frozen schema of a kind, from the bundle; None if it is not there as it was frozen."""
        if kind not in self.schemas:
            name = f"schemas/{kind}.v1.json"
            self.schemas[kind] = None
            if name not in self.content:
                self.add(MISSING, f"file {name}", "the schema of a kind that is carried")
            elif self.sums[name][0] != SCHEMAS[kind]:
                self.add(ALTERED, f"file {name}", "not the schema that was released for this kind")
            else:
                self.schemas[kind] = Schema(self.content[name])
        return self.schemas[kind]

    def check_body(self, entry: Entry) -> str | None:
        """Sets `entry.valid`; the verdict if the body is not what the format allows."""
        schema = self.schema(entry.kind) if entry.kind in SCHEMAS else None
        if entry.kind not in SCHEMAS or entry.version != 1:
            return UNSUPPORTED_VERSION
        wanted = f"urn:aims-ledger:schema:{entry.kind}:v1:sha256:{SCHEMAS[entry.kind]}"
        if entry.dataschema != wanted or (entry.kind in STATE_KINDS) != (entry.subject == "ledger"):
            return SCHEMA_VIOLATION
        if schema is None:
            self.add(NOT_CHECKED, entry.index, "its body: there is no schema to compare it with")
            # What depends on the body is judged as well as it can be; a state is not built on it.
            entry.valid = entry.kind not in STATE_KINDS and has_shape(entry)
            return None
        if not schema.valid(entry.data):
            return SCHEMA_VIOLATION
        in_clear, sound = schema.erasable(entry.data)
        if in_clear or not sound:
            return SCHEMA_VIOLATION
        entry.valid = True
        return None

    # -------------------------------------------------------------------------------------- checkpoint, tree

    def check_checkpoint(self) -> None:
        """Whether the checkpoint is the one of bundle.json; who signed it, and the older ones."""
        note, told = self.note, self.manifest
        if self.trust is None:
            self.add(FIRST_SIGHT, "bundle", "no trust file was given")
        if note is not None and (note.origin, note.size, note.root.hex()) != (told.origin, told.size, told.root):
            self.add(ALTERED, "bundle.json", "origin, size or root are not those of the checkpoint")
        own = None if note is None else self.look(note, "checkpoint")
        lines = self.read_history()
        if self.proved:
            self.extend([*([own] if own else []), *(signed for signed, older, _ in lines if older)])
        if own is not None:
            outcome, verdict = self.settle(own), own.judged
            if outcome is not False and verdict is not None:
                if verdict.unchecked:
                    self.add(NOT_CHECKED, "checkpoint", "ML-DSA cosignatures")
                if not verdict.quorum and not verdict.could_be:
                    self.add(NOT_WITNESSED, "checkpoint", "too few of the witnesses that the trust file asks for")
                if self.proved and outcome:
                    self.seen.append((own.size, verdict.time, verdict.unchecked))
        for signed, older, stamped in lines:
            good_line, verdict = self.settle(signed), signed.judged
            more = stamped or (verdict is not None and good_line is not False and verdict.unchecked)
            if more:
                self.add(NOT_CHECKED, signed.place, "RFC 3161 time stamps and ML-DSA cosignatures")
            if good_line and verdict is not None and older and self.proved:
                self.seen.append((signed.size, verdict.time, more))

    def look(self, note: Note, place: str) -> Signed:
        """Who signed a note; what follows from nothing else is told at once."""
        signed = Signed(place, note.size)
        keys = self.state.checkpoint_keys if self.state else []
        try:
            if self.trust is None:
                signed.settled = self.judge_by_history(note, signed)
                return signed
            signed.judged = self.trust.judge(note)
        except SignatureInvalid:
            self.add(SIGNATURE_INVALID, place, "a known key's signature does not verify")
            signed.settled = False
            return signed
        if signed.judged.log is None:
            self.look_in_state(note, signed)
            return signed
        text = signed.judged.log.text
        known = [key for key in keys if key.vkey.text == text]
        signed.settled = not known or any(key.start <= note.size <= key.end for key in known)
        if not signed.settled:
            self.add(NOT_PERMITTED, place, "signed by a checkpoint key that was not in force at its size")
        return signed

    def look_in_state(self, note: Note, signed: Signed) -> None:
        """Since when a checkpoint key of the bundle's own entries that signed it may sign, or why there is none."""
        keys = {(key.vkey.name, key.vkey.key_id): key for key in (self.state.checkpoint_keys if self.state else [])}
        found = []
        try:
            for name, signature in note.lines:
                if name in keys:
                    keys[name].vkey.verify(signature, note.text)
                    found.append(keys[name])
        except SignatureInvalid:
            signed.fault = SIGNATURE_INVALID, "the signature of a checkpoint key does not verify"
            return
        starts = [key.start for key in found if key.start <= note.size <= key.end]
        if starts:
            signed.since = min(starts)
        elif found:
            signed.fault = NOT_PERMITTED, "signed by a checkpoint key that was not in force at its size"
        else:
            signed.fault = KEY_UNKNOWN, "signed by no log key of the trust file, and no checkpoint key of this ledger"

    def extend(self, proven: list[Signed]) -> None:
        """Find the largest size that trust extends to: a trusted checkpoint proves the entries that add more keys."""
        self.reach = max((signed.size for signed in proven if signed.settled), default=0)
        steps = [(one.since, one.size) for one in proven if one.settled is None and one.since is not None]
        for since, size in sorted(steps):  # a later key can't vouch for an earlier one
            if self.reach and since <= self.reach and not self.unsure_at(size):
                self.reach = max(self.reach, size)

    def unsure_at(self, size: int) -> bool:
        """Whether something said about keys below this size is lost."""
        return self.lost is not None and size > self.lost

    def settle(self, signed: Signed) -> bool | None:
        """Whether trusted keys signed a note, told if not; None where that can't be said."""
        if signed.settled is not None:
            return signed.settled
        if not self.reach or self.state is None:
            self.add(KEY_UNKNOWN, signed.place, "signed by no log key of the trust file that is named like the origin")
            return False
        if self.unsure_at(signed.size):
            self.add(NOT_CHECKED, signed.place, "who might sign it: what an entry about keys said is lost")
            return None
        if signed.since is None:
            assert signed.fault is not None
            self.add(signed.fault[0], signed.place, signed.fault[1])
            return False
        if signed.since > self.reach:
            rotation = f"the checkpoint key was rotated by entry {signed.since - 1}; bring the newer trust file"
            self.add(NOT_CHECKED, signed.place, rotation)
            return None
        return True

    def judge_by_history(self, note: Note, signed: Signed) -> bool:
        """The same without a trust file: by the checkpoint keys of the bundle's own entries."""
        if self.state is None:
            self.add(NOT_CHECKED, signed.place, "no key is known that could have signed it")
            return False
        self.look_in_state(note, signed)
        if signed.fault is not None:
            self.add(signed.fault[0], signed.place, signed.fault[1])
            return False
        signed.judged = Judged(None, True, True, None, False)
        return True

    def check_tree(self) -> bool:
        """Whether the carried leaves and the proof lead to the root of a checkpoint that can be read."""
        told = self.manifest
        size, root = (self.note.size, self.note.root) if self.note else (told.size, bytes.fromhex(told.root))
        try:
            found = multiproof_root(size, told.carried, self.hashes, self.content["proof.bin"])
            need(found == root, f"the entries lead to root {found.hex()[:16]}, the checkpoint says {root.hex()[:16]}")
        except Bad as error:
            self.add(ALTERED, "proof", str(error))
            return False
        return self.note is not None

    def read_history(self) -> list[tuple[Signed, bool, bool]]:
        """Older checkpoints: who signed them, whether they begin the same tree, whether they have time stamps."""
        *lines, rest = self.content["history.jsonl"].split(b"\n")
        if rest:
            self.add(ALTERED, "history", "its last line has no end")
            lines.append(rest)
        named: set[str] = set()
        found = [self._read_history_line(f"history {number}", line, named) for number, line in enumerate(lines)]
        for name in self.manifest.files:
            if name.startswith("timestamps/") and name not in named:
                self.add(ALTERED, f"file {name}", "a time stamp of no checkpoint here")
        return [line for line in found if line is not None]

    def _read_history_line(self, place: str, line: bytes, named: set[str]) -> tuple[Signed, bool, bool] | None:
        try:
            told = strict_json(line, MOST_HISTORY, "history")
            need(isinstance(told, dict) and set(told) == {"note", "proof", "timestamps"}, "history: members")
            need(canonical(told) == line and isinstance(told["proof"], list), "history: not canonical")
            raw, proof, stamps = unbase64(told["note"]), [unbase64(item) for item in told["proof"]], told["timestamps"]
            need(isinstance(stamps, list) and all(isinstance(name, str) for name in stamps), "history: time stamps")
            need(all(name.startswith("timestamps/") for name in stamps), "history: time stamps")
            named.update(stamps)
            note = Note(raw)
            need(note.origin == self.manifest.origin, "history: a checkpoint of another ledger")
            need(set(stamps) <= set(self.manifest.files), "history: a time stamp that is not there")
        except Bad as error:
            self.add(ALTERED, place, str(error))
            return None
        signed = self.look(note, place)
        older = self.note is not None
        try:
            if self.note is not None:
                check_consistency(note.size, note.root, self.note.size, self.note.root, proof)
        except Bad as error:
            self.add(FORKED, place, str(error))
            older = False
        return signed, older, bool(stamps)

    # ------------------------------------------------------------------------------------------------ entries

    def judge_entry(self, entry: Entry) -> None:
        """Body, signatures, keys and policy of one entry; state entries were judged in `fold`."""
        index, state = entry.index, self.state
        if entry.kind not in STATE_KINDS:
            verdict = self.check_body(entry)
            if verdict is not None:
                self.add(verdict, index, "its kind or body")
        if state is None:
            return
        if entry.kind not in STATE_KINDS and index != 0:
            self._judge_signatures(entry, state)
        if entry.stated > entry.time + 300 * 1_000_000:
            self.add(NOT_PERMITTED, index, "its statement's time is over 300 s after the ledger's clock")
        for keyid in entry.signatures:
            key = state.keys.get(keyid)
            if key is None or key.compromised is None or keyid == (entry.newcomer if entry.valid else None):
                continue
            since = key.compromised
            older = [(time, more) for size, time, more in self.seen if size > index]
            if any(time is not None and time * 1_000_000 < since for time, _ in older):
                continue
            if any(more for _, more in older):
                self.add(NOT_CHECKED, index, "whether a time stamp shows that it is older than the compromise of a key")
            else:
                self.add(KEY_COMPROMISED, index, f"key {keyid[:16]} of {key.principal}")
        if entry.valid:
            for _, digest in entry.references:
                if digest in self.digests and self.digests[digest].index >= index:
                    self.add(NOT_PERMITTED, index, "a reference to itself, or to a later entry")

    def _judge_signatures(self, entry: Entry, state: State) -> None:
        unsure = self.lost is not None and entry.index > self.lost
        try:
            for keyid, signature in entry.signatures.items():
                state.key_at(keyid, entry.index).key.verify(signature, entry.signed)
            if entry.valid or entry.kind not in ("approval", "erasure"):
                judge_signers(state, entry, self.signers_of)
        except SignatureInvalid:
            self.add(SIGNATURE_INVALID, entry.index, "a signature does not verify")
        except NotPermitted as error:
            verdict = KEY_UNKNOWN if isinstance(error, KeyUnknown) else NOT_PERMITTED
            self.add(NOT_CHECKED if unsure else verdict, entry.index, str(error))

    def signers_of(self, digest: str) -> set[str]:
        """The principals that signed a statement, as far as it is carried here."""
        entry = self.digests.get(digest)
        keys = self.state.keys if self.state else {}
        return {keys[keyid].principal for keyid in entry.signatures if keyid in keys} if entry else set()

    def check_links(self) -> None:
        """Chain, counters and times between carried entries."""
        hashes = dict(zip(self.manifest.carried, self.hashes))
        latest: dict[str, Entry] = {}
        before: Entry | None = None
        for index, entry in self.entries.items():
            prev = ZEROS if index == 0 else hashes[index - 1].hex() if index - 1 in hashes else entry.prev
            if entry.prev != prev:
                self.add(ALTERED, index, "its prev is not the leaf hash of the entry before")
            if entry.nth > index or (entry.nth == 0) != (entry.nth_prev == ZEROS):
                self.add(ALTERED, index, f"nth {entry.nth} can't be")
            last = latest.get(entry.subject)
            if last is not None:
                step = entry.nth - last.nth
                follows = entry.nth_prev == last.hash.hex() or step != 1
                if not (0 < step <= index - last.index and follows):
                    self.add(ALTERED, index, f"nth {entry.nth} of {entry.subject} does not follow {last.nth}")
            latest[entry.subject] = entry
            if before is not None:
                resets = self.state.resets if self.state else {}
                if entry.time < resets.get(before.index, before.time):
                    self.add(NOT_PERMITTED, index, "its time is before that of an earlier entry")
            before = entry

    def check_scope(self) -> None:
        """That every run that is called complete is carried without a gap, and why it begins and ends where it does."""
        times: dict[str, dict[int, int]] = {}  # leaf times of carried entries by subject and nth
        for entry in self.entries.values():
            times.setdefault(entry.subject, {})[entry.nth] = entry.time
        since, until = self.manifest.bounds.get("from"), self.manifest.bounds.get("until")
        for subject, run in self.manifest.complete.items():
            first, last, have = run["first_nth"], run["last_nth"], times.get(subject, {})
            whole = sum(first <= nth <= last for nth in have) == last - first + 1
            # Leaf times never decrease, so an entry before `from` shows that all before it are, too.
            begins = first == 0 or (since is not None and have.get(first - 1, since) < since)
            ends = until is None or have.get(last + 1, until) >= until
            if not (whole and begins and ends):
                self.add(MISSING, "scope", f"entries of {subject} that the scope says are here")

        self.check_membership()

    def check_membership(self) -> None:
        """That what is in scope is what the scope asks for, and that the rest is carried because those need it."""
        told = self.manifest
        chosen, named = set(told.entries), set(told.named)
        self.links = Links(entry for entry in self.entries.values() if entry.index in chosen)
        self.words = [
            (word, Links(entry for entry in self.entries.values() if word.in_body(entry.data)))
            for word in (Word(name, told.scope[name]) for name in ("control", "incident") if name in told.scope)
        ]
        numbers = []
        for entry in self.entries.values():
            asked, why = self.asked_for(entry)
            if asked:
                numbers.append(entry.nth)
            if entry.index not in chosen:
                self._check_context(entry, asked)
            elif told.filtered and entry.index not in named and not asked:
                self.add(NOT_CHECKED if asked is None else INDEX_WRONG, entry.index, why)
        if not told.whole_subject:
            return
        run = told.complete.get(told.scope["subject"])
        if run is not None:
            if not all(run["first_nth"] <= nth <= run["last_nth"] for nth in numbers):
                self.add(MISSING, "scope", "there are more entries in scope than those that are said to be all")
        elif numbers:
            # What a clock that was set back leaves in a time need not be one run.
            reset = any(e.kind == "ledger" and e.data.get("action") == "clock_reset" for e in self.entries.values())
            if not (told.bounds and reset):
                self.add(MISSING, "scope", "everything about one subject is asked for, and nothing is called complete")

    def asked_for(self, entry: Entry) -> tuple[bool | None, str]:
        """Whether the scope asks for an entry, and if not, why; None if an entry that could tell is not readable."""
        scope, bounds = self.manifest.scope, self.manifest.bounds
        if not self.manifest.filtered:
            return False, "nothing but single entries was asked for"
        if scope.get("subject", entry.subject) != entry.subject:
            return False, f"it is about {entry.subject}, the scope says {scope['subject']}"
        if scope.get("kind", entry.kind) != entry.kind:
            return False, f"it is of the kind {entry.kind}, the scope says {scope['kind']}"
        if not bounds.get("from", entry.time) <= entry.time < bounds.get("until", entry.time + 1):
            return False, "it was recorded outside of the time that the scope says"
        sure = True
        for word, links in self.words:
            if not (word.in_body(entry.data) or links.touch(entry)):
                if self.unreadable or links.unsure or not entry.valid:
                    sure = False
                else:
                    return False, f"it does not name {word.text}, and none that does is linked with it by a reference"
        return (True, "") if sure else (None, "whether the scope asks for it: an entry here can't be read or judged")

    def _check_context(self, entry: Entry, asked: bool | None) -> None:
        if asked:
            self.add(INDEX_WRONG, entry.index, "the scope asks for it, yet it is carried as context only")
            return
        if entry.index == 0 or entry.kind in STATE_KINDS:
            return
        run = self.manifest.complete.get(entry.subject)
        if run is not None and entry.nth in (run["first_nth"] - 1, run["last_nth"] + 1):
            return
        for relation, digest in entry.references if entry.valid else ():
            if entry.kind == "erasure" and digest in self.digests:
                return
            if relation in ("corrects", "supersedes") and digest in self.links.digests:
                return
        names = any(word.in_body(entry.data) for word, _ in self.words)
        if names and self.links.touch(entry):
            return
        if self.unreadable or not entry.valid or (names and self.links.unsure):
            self.add(NOT_CHECKED, entry.index, "whether it is needed here: an entry here can't be read or judged")
        else:
            self.add(INDEX_WRONG, entry.index, "it is carried as context, and no entry in scope needs it")

    @property
    def unreadable(self) -> bool:
        """Whether a carried entry could not be read."""
        return len(self.entries) < len(self.manifest.carried)

    # ------------------------------------------------------------------------------------------------- values

    def erasures(self) -> Iterator[Entry]:
        """The carried erasures."""
        return (entry for entry in self.entries.values() if entry.kind == "erasure" and entry.valid)

    def check_values(self) -> None:
        """Disclosed, withheld and erased values."""
        texts: dict[int, list[str]] = {}
        carried = set(self.manifest.carried)
        try:
            *lines, rest = self.content["disclosures.jsonl"].split(b"\n")
            need(not rest, "its last line has no end")
            last: tuple[int, str] = (-1, "")
            for line in lines:
                told = strict_json(line, MOST_DISCLOSURES, "disclosure")
                need(isinstance(told, dict) and set(told) == {"disclosure", "entry"}, "members")
                at, text = told["entry"], told["disclosure"]
                need(is_count(at) and isinstance(text, str) and text.isascii(), "entry or text")
                need(canonical(told) == line, "not canonical")
                need(last < (at, text), "out of order")
                need(at in carried, f"entry {at} is not carried")
                last = (at, text)
                texts.setdefault(at, []).append(text)
        except Bad as error:
            self.add(ALTERED, "disclosures", str(error))
            return
        named = set()
        for erasure in self.erasures():
            for member in erasure.data.get("members") or ():
                named.add((erasure.data["statement"], member["digest"]))
        scope = set(self.manifest.entries)
        for entry in self.entries.values():
            if entry.valid:
                self._check_entry_values(entry, texts.get(entry.index, []), named, entry.index in scope)

    def _check_entry_values(self, entry: Entry, texts: list[str], named: set[tuple[str, str]], in_scope: bool) -> None:
        schema = self.schema(entry.kind)
        try:
            body, left, places = open_body(entry.data, texts)
            if schema is not None:
                allowed, _ = schema.erasable(body)
                need(places <= allowed, "a disclosed member that is not erasable there")
                need(not (texts or left) or schema.valid(body), "the disclosed values are not what the schema allows")
        except Bad as error:
            self.add(ALTERED, entry.index, f"disclosures: {error}")
            return
        for digest in left:
            if (entry.digest, digest) in named:
                self.add(ERASED, entry.index, "a value is erased, and a signed entry here says why")
            elif in_scope:
                self.add(WITHHELD, entry.index, "a value is not in this bundle")
        for text in texts:
            if (entry.digest, base64url(sha256(text.encode("ascii")).digest())) in named:
                self.add(ERASED_BUT_PRESENT, entry.index, "a value that was erased is in this bundle")

    def check_attachments(self) -> None:
        """Attached files, by their digests."""
        erased = {digest for erasure in self.erasures() for digest in erasure.data.get("attachments") or ()}
        sizes: dict[str, int] = {}
        scope = set(self.manifest.entries)
        for entry in self.entries.values():
            for artefact in (entry.data.get("artefacts") or ()) if entry.valid else ():
                if not artefact.get("attached"):
                    continue
                digest, salted = artefact["digest"], bool(artefact.get("salted"))
                size = artefact["size"] + (32 if salted else 0)
                if sizes.setdefault(digest, size) != size:
                    self.add(NOT_PERMITTED, entry.index, "it says another size of an attachment than an earlier entry")
                place, name = f"attachment {digest[:16]}", f"attachments/{digest}"
                if name in self.sums:
                    if self.sums[name] != (digest, sizes[digest]):
                        self.add(ALTERED, place, "its digest or size is not what the entry says")
                    if digest in erased:
                        self.add(ERASED_BUT_PRESENT, place, "it was erased, and is in this bundle")
                elif entry.index in scope:
                    gone = salted and digest in erased
                    self.add(ERASED if gone else WITHHELD, place, "it is not in this bundle")
        for name in self.sums:
            if name.startswith("attachments/") and name[12:] not in sizes:
                self.add(ALTERED, f"file {name}", "a file that no entry here names")

    # ------------------------------------------------------------------------------------------------- outcome

    @property
    def exit_code(self) -> int:
        """0 sound; 1 tampering; 4 sound as far as it could be checked."""
        verdicts = {verdict for verdict, _ in self.found} - HARMLESS
        return 1 if verdicts - UNCHECKED else 4 if verdicts else 0


# --------------------------------------------------------------------------------------------------- the report


def open_bundle(path: Path | None) -> Any:
    """The files of the bundle at `path`, or of the one that this file lies in or beside."""
    if path is None:
        here = Path(__file__).resolve().parent
        zips = sorted(here.glob("*.zip"))
        good((here / "bundle.json").is_file() or len(zips) == 1, "name the bundle: there is not exactly one here")
        path = here if (here / "bundle.json").is_file() else zips[0]
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            return FolderFiles(path)
        # A device or a pipe has no size, and may have no end.
        good(stat.S_ISREG(found.st_mode), f"{path}: not a file, expected a zip")
        good(found.st_size <= MOST_FILE, f"{path}: {found.st_size} bytes, a bundle has at most {MOST_FILE}")
        with path.open("rb") as file:
            return ZipFiles(file.read(found.st_size))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error


def read_trust(path: Path | None) -> Trust | None:
    """The trust file, if one was named."""
    if path is None:
        return None
    try:
        with path.open("rb") as file:
            return Trust(file.read(MOST_TRUST + 1))
    except Bad as error:
        raise BadInput(f"trust file: {error}") from error
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}") from error


def shown(found: Mapping[tuple[str, str], str]) -> tuple[dict[tuple[str, str], str], int]:
    """At most 1,000 findings, of each verdict its share, so that no flood hides another; and how many are left out."""
    if len(found) <= MOST_FINDINGS:
        return dict(found), 0
    share = MOST_FINDINGS // len({verdict for verdict, _ in found})
    kept: dict[tuple[str, str], str] = {}
    told: dict[str, int] = {}
    for (verdict, place), detail in found.items():
        told[verdict] = told.get(verdict, 0) + 1
        if told[verdict] <= share:
            kept[verdict, place] = detail
    return kept, len(found) - len(kept)


def told_together(found: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """The findings, what is wrong first; places of which the same is to be said share a line."""
    together: dict[tuple[bool, str, str], list[str]] = {}
    kept, more = shown(found)
    for (verdict, place), detail in kept.items():
        together.setdefault((verdict in HARMLESS | UNCHECKED, verdict, detail), []).append(place)
    for (_, verdict, detail), places in sorted(together.items()):
        line = f"{verdict.upper()}  {', '.join(runs(places))}: {detail}"
        yield textwrap.fill(line, 118, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
    if more:
        yield f"and {more} more findings"


def runs(places: Iterable[str]) -> Iterator[str]:
    """The places, entries in ascending order and neighbours as one."""
    numbers = []
    for place in sorted(places):
        word, _, number = place.partition(" ")
        if word == "entry" and number.isdecimal():
            numbers.append(int(number))
        else:
            yield place
    numbers.sort()
    while numbers:
        length = 1
        while length < len(numbers) and numbers[length] == numbers[0] + length:
            length += 1
        yield f"entry {numbers[0]}" if length == 1 else f"entries {numbers[0]} to {numbers[length - 1]}"
        del numbers[:length]


def report(judge: Judge) -> Iterator[str]:
    """The outcome in words, line by line."""
    told, code = judge.manifest, judge.exit_code
    yield f"ledger      {told.origin}"
    yield f"checkpoint  {told.size} entries, root {told.root}"
    yield f"in here     {len(told.entries)} entries in scope, {len(told.context)} more for context"
    asked = [f"{name} {told.scope[name]}" for name in ASKED if name in told.scope]
    asked = asked or ["what a document cites" if told.scope["by"] == "citations" else "entries named one by one"]
    asked += [f"and named one by one: {', '.join(runs(f'entry {index}' for index in told.named))}"] * bool(told.named)
    yield f"scope       {', '.join(asked)} (its maker's words)"
    numbered = [f"{name}, number {run['first_nth']} to {run['last_nth']}" for name, run in told.complete.items()]
    claim = "said to be complete: " if code == 1 and numbered else ""
    yield f"complete    {claim}{'; '.join(numbered) or 'nothing: the entries in scope are a choice'}"
    yield ""
    yield from told_together(judge.found)
    yield ""
    yield {0: "SOUND.", 1: "NOT SOUND: tampering or damage.", 4: "SOUND AS FAR AS IT COULD BE CHECKED HERE."}[code]
    yield ""
    yield PROVES
    yield PROVES_NOT


def answer(code: int, judge: Judge | None, error: str = "") -> str:
    """The outcome as JSON."""
    kept, more = shown(judge.found) if judge else ({}, 0)
    told: dict[str, Any] = {
        "exit_code": code,
        "findings": [{"verdict": verdict, "place": place} for verdict, place in sorted(kept)],
        "size": judge.manifest.size if judge else None,
        "root": judge.manifest.root if judge else None,
        "origin": judge.manifest.origin if judge else None,
    }
    told.update({"more_findings": more} if more else {}, **({"error": error} if error else {}))
    return json.dumps(told, sort_keys=True)


def main(arguments: list[str] | None = None) -> int:
    """Verify one bundle, print the outcome, return the exit code."""
    parser = argparse.ArgumentParser(
        description="Verifies an evidence bundle offline.", epilog="Exit codes: 0, 1, 2, 3, 4."
    )
    parser.add_argument("bundle", nargs="?", type=Path, help="the zip, or the folder it was unpacked to")
    parser.add_argument("--trust", type=Path, metavar="POLICY", help="tlog-policy file with the keys that you trust")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    judge: Judge | None = None
    try:
        trust = read_trust(options.trust)
        judge = Judge(open_bundle(options.bundle), trust)
        judge.run()
        code, lines = judge.exit_code, list(report(judge))
        printed = answer(code, judge)
    except BadInput as error:
        code, lines, printed = 2, [f"NO BUNDLE, or no trust file: {error}"], answer(2, None, str(error))
    except (MemoryError, RecursionError) as error:
        judge = None  # what it holds is given back
        why = "more memory" if isinstance(error, MemoryError) else "a deeper stack"
        code, failed = 3, f"NOT VERIFIED: this computer's Python needs {why} for this bundle; nothing is said of it"
        lines, printed = [failed], answer(3, None, failed)
    # What entries say must not reach a terminal as control characters.
    text = "\n".join([printed] if options.json else lines)
    clean = "".join(character if character.isprintable() or character == "\n" else "?" for character in text)
    sys.stdout.buffer.write(clean.encode("utf-8", "replace") + b"\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
