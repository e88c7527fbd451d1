"""A corpus of spoiled bundles: each case is a zip and a trust file, the same bytes in every run.

`FAMILIES` names functions that yield cases; `Case.sound` are those in which nothing is wrong that bundles protect.
Spoiled are containers and files here, what entries say in `spoil_entries`, who vouches for them in `spoil_trust`.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.bundle.workshop import (
    ATTACHED,
    GONE,
    PERSONAL,
    POLICY,
    SYSTEM,
    Bundle,
    Packed,
    Places,
    b64,
    b64url,
    bundle,
    canonical,
    full,
    pack,
)

TRUST = POLICY.encode()


@dataclass(frozen=True)
class Case:
    """One input of the verifiers; `sound`: not worse than the bundle it was made from.

    `beyond`: spoiled in what the two verifiers inside of bundles leave to others, so they say `not checked here`.
    """

    name: str
    zip: bytes
    trust: bytes | None = TRUST
    sound: bool = False
    beyond: bool = False


Files = dict[str, bytes]


def replaced(name: str, change: Callable[[bytes], bytes]) -> Callable[[Files], None]:
    """A step that changes one file."""

    def step(files: Files) -> None:
        files[name] = change(files[name])

    return step


def flipped(data: bytes, at: int) -> bytes:
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# Files

UNPROTECTED = ("scope.txt", "README.txt", "index.html", "timestamps/0.tsr")  # nothing else here can tell of a change
WITHHOLDS = ("scope.txt", "README.txt", "index.html", "disclosures.jsonl", "history.jsonl")  # to leave out is no lie

FILE_CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "first bit": lambda data: flipped(data, 0),
    "middle bit": lambda data: flipped(data, len(data) // 2),
    "last bit": lambda data: flipped(data, -1),
    "cut": lambda data: data[:-1],
    "emptied": lambda data: b"",
    "longer": lambda data: data + b"\n",
    "twice": lambda data: data * 2,
}


def spoiled_files() -> Iterator[Case]:
    """Every file but bundle.json changed, with and without its entry in the manifest; left out; one too many."""
    sound = full(stamped=(11,))
    for name in sorted(sound.make().keys() - {"bundle.json"}):
        for what, change in FILE_CHANGES.items():
            step = replaced(name, change)
            yield Case(f"{name}: {what}", full(stamped=(11,), late=step).zip())
            fits = name in UNPROTECTED or (name, what) in {
                ("disclosures.jsonl", "emptied"),
                ("history.jsonl", "middle bit"),  # of a line of a witness, which is nobody's then
                ("history.jsonl", "twice"),
            }
            yield Case(f"{name}: {what}, manifest follows", full(stamped=(11,), files=step).zip(), sound=fits)

        def gone(files: Files, name: str = name) -> None:
            del files[name]

        yield Case(f"{name}: gone", full(stamped=(11,), late=gone).zip())
        fits = name.startswith("attachments/") or name in WITHHOLDS[:-1]
        yield Case(f"{name}: gone, manifest follows", full(stamped=(11,), files=gone).zip(), sound=fits)
    for name in ("timestamps/7.tsr", f"attachments/{'0' * 64}", "schemas/risk.v1.json", "verify.py", "scope.txt"):

        def more(files: Files, name: str = name) -> None:
            files[name] = b"more"

        fits = name.startswith(("verify", "scope", "schemas"))
        yield Case(f"{name}: one more", full(late=more).zip())
        yield Case(f"{name}: one more, manifest follows", full(files=more).zip(), sound=fits)


def spoiled_attachments() -> Iterator[Case]:
    """Attachments that are there, not there, erased, or others than their names say."""
    yield Case("attachments: none", full(attachments=()).zip(), sound=True)
    yield Case("attachments: personal one withheld", full(attachments=(ATTACHED,)).zip(), sound=True)
    yield Case("attachments: erased one is there", full(attachments=(ATTACHED, PERSONAL, GONE)).zip())
    yield Case(
        "attachments: one that is named as a digest only", full(attachments=(ATTACHED, PERSONAL, b"far away")).zip()
    )
    name = f"attachments/{sha256(ATTACHED).hexdigest()}"
    for what, change in FILE_CHANGES.items():
        yield Case(f"attachment {what}", full(files=replaced(name, change)).zip())


def disclosure_lines(change: Callable[[list[dict[str, Any]]], Any]) -> Callable[[Files], None]:
    def step(files: Files) -> None:
        lines = [json.loads(line) for line in files["disclosures.jsonl"].splitlines()]
        told = change(lines)
        lines = told if isinstance(told, list) else lines
        files["disclosures.jsonl"] = b"".join(
            line if isinstance(line, bytes) else canonical(line) + b"\n" for line in lines
        )

    return step


def disclosure(salt: Any, name: Any, value: Any) -> str:
    return b64url(canonical([salt, name, value]))


def spoiled_disclosures() -> Iterator[Case]:
    """Disclosed values that are not those of the entry, stand elsewhere, or are no disclosures."""
    salt = b64url(bytes(16))
    changes: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
        "none": lambda lines: [],
        "first gone": lambda lines: lines[1:],
        "last gone": lambda lines: lines[:-1],
        "reversed": lambda lines: lines[::-1],
        "one twice": lambda lines: [lines[0], *lines],
        "of another entry": lambda lines: lines[0].update(entry=Places.first),
        "of a decision's neighbour": lambda lines: lines[0].update(entry=Places.withheld),
        "of an entry not carried": lambda lines: lines[-1].update(entry=Places.elsewhere),
        "of an entry beyond": lambda lines: lines[-1].update(entry=9_999),
        "entry is text": lambda lines: lines[0].update(entry="12"),
        "entry is negative": lambda lines: lines[0].update(entry=-1),
        "entry is true": lambda lines: lines[0].update(entry=True),
        "one member more": lambda lines: lines[0].update(more=1),
        "one member less": lambda lines: lines[0].pop("entry"),
        "text is a number": lambda lines: lines[0].update(disclosure=7),
        "text is not ASCII": lambda lines: lines[0].update(disclosure="ä"),
        "text is not base64url": lambda lines: lines[0].update(disclosure="+" + lines[0]["disclosure"]),
        "padded": lambda lines: lines[0].update(disclosure=lines[0]["disclosure"] + "="),
        "not JSON inside": lambda lines: lines[0].update(disclosure=b64url(b"[")),
        "two parts": lambda lines: lines[0].update(disclosure=b64url(canonical([salt, "name"]))),
        "short salt": lambda lines: lines[0].update(disclosure=disclosure("AAAA", "name", "x")),
        "name is a number": lambda lines: lines[0].update(disclosure=disclosure(salt, 1, "x")),
        "made up": lambda lines: lines[0].update(disclosure=disclosure(salt, "name", "Somebody Else")),
        "reserved name": lambda lines: lines[0].update(disclosure=disclosure(salt, "_sd", ["x"])),
        "spaces": lambda lines: [json.dumps(lines[0]).encode() + b"\n", *lines[1:]],
        "no newline": lambda lines: [*lines[:-1], canonical(lines[-1])],
        "empty line": lambda lines: [*lines, b"\n"],
        "not UTF-8": lambda lines: [b"\xff\n"],
        "a member twice": lambda lines: [b'{"disclosure":"AA","entry":1,"entry":12}\n'],
        "a list": lambda lines: [b"[]\n"],
    }
    withheld = {"none", "first gone", "last gone"}
    for what, change in changes.items():
        step = disclosure_lines(change)
        yield Case(f"disclosures: {what}", full(files=step).zip(), sound=what in withheld)
    erased = full(undisclosed=frozenset())
    yield Case("disclosures: of the erased entry", erased.zip())
    yield Case("disclosures: withheld", bundle().zip(), sound=True)


# The manifest


def set_member(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest.update({name: value})


def in_scope(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest["scope"].update(changes)


def spoiled_manifests() -> Iterator[Case]:
    """Members of bundle.json changed, left out, of other types, in other forms."""
    odd: tuple[Any, ...] = (None, True, 1, -1, 0, 1.5, 2**53, "", "x", [], {}, [1], {"a": 1})
    for name in ("format", "origin", "size", "root", "scope", "entries", "context", "files"):
        for value in odd:
            yield Case(f"manifest: {name} = {value!r}", full(manifest=set_member(name, value)).zip())
        yield Case(f"manifest: no {name}", full(manifest=lambda manifest, name=name: manifest.pop(name)).zip())
    sound = full()
    entries, context = sound.entries, sound.context
    for what, change in {
        "one member more": set_member("more", 1),
        "size one more": lambda m: m.update(size=m["size"] + 1),
        "size one less": lambda m: m.update(size=m["size"] - 1),
        "another root": lambda m: m.update(root="0" * 64),
        "root in capitals": lambda m: m.update(root=m["root"].upper()),
        "another origin": lambda m: m.update(origin="other.example/aims/0"),
        "entries reversed": set_member("entries", entries[::-1]),
        "an entry twice": set_member("entries", [entries[0], *entries]),
        "an entry less": set_member("entries", entries[:-1]),
        "an entry more": set_member("entries", sorted([*entries, Places.elsewhere])),
        "an entry beyond the size": set_member("entries", [*entries, 27]),
        "an entry that is text": set_member("entries", [*entries[:-1], str(entries[-1])]),
        "an entry in both lists": set_member("context", sorted([*context, entries[-1]])),
        "an entry moved": lambda m: m.update(entries=entries[:-1], context=[*context, entries[-1]]),
        "everything is context": lambda m: m.update(entries=[], context=sorted(entries + context)),
        "everything is in scope": lambda m: m.update(context=[], entries=sorted(entries + context)),
        "exchanged indexes": lambda m: m.update(entries=[19 if i == 18 else i for i in entries]),
        "a file more": lambda m: m["files"].update({"verify.py": {"bytes": 0, "sha256": "0" * 64}}),
        "itself as a file": lambda m: m["files"].update({"bundle.json": {"bytes": 0, "sha256": "0" * 64}}),
        "a file less": lambda m: m["files"].pop("proof.bin"),
        "a file of negative length": lambda m: m["files"]["proof.bin"].update(bytes=-1),
        "a file with more": lambda m: m["files"]["proof.bin"].update(more=1),
        "a digest in capitals": lambda m: m["files"]["proof.bin"].update(sha256="A" * 64),
        "a wrong length": lambda m: m["files"]["proof.bin"].update(bytes=1),
    }.items():
        moved = what in ("an entry moved", "everything is in scope")
        yield Case(f"manifest: {what}", full(manifest=change).zip(), sound=moved)
    for what, change in {
        "spaces": lambda raw: json.dumps(json.loads(raw)).encode() + b"\n",
        "no newline": lambda raw: raw[:-1],
        "two newlines": lambda raw: raw + b"\n",
        "a mark in front": lambda raw: b"\xef\xbb\xbf" + raw,
        "a member twice": lambda raw: b'{"size":27,' + raw[1:],
        "not UTF-8": lambda raw: raw.replace(b"system", b"syst\xff\xfe"),
        "an escape": lambda raw: raw.replace(b'"system"', b'"s\\u0079stem"'),
        "a lone surrogate": lambda raw: raw.replace(b'"system"', b'"\\ud800"'),
        "deep": lambda raw: raw.replace(b'"by":', b'"a":' + b"[" * 40_000 + b"]" * 40_000 + b',"by":'),
        "1.0": lambda raw: raw.replace(b'"size":27', b'"size":27.0'),
        "minus zero": lambda raw: raw.replace(b'"first_nth":0', b'"first_nth":-0'),
        "leading zero": lambda raw: raw.replace(b'"size":27', b'"size":027'),
        "NaN": lambda raw: raw.replace(b'"size":27', b'"size":NaN'),
        "nothing": lambda raw: b"",
        "newline only": lambda raw: b"\n",
    }.items():
        yield Case(f"manifest bytes: {what}", full(late=replaced("bundle.json", change)).zip())
    yield from _scopes()


def _scopes() -> Iterator[Case]:
    def run(first: int, last: int) -> dict[str, Any]:
        return {"complete": {SYSTEM: {"first_nth": first, "last_nth": last}}}

    at = {
        nth: f"2026-11-23T10:{minute:02}:01.000000Z" for nth, minute in enumerate((7, 11, 12, 13, 14, 15, 16, 17, 18))
    }
    before, after = "2026-11-23T10:00:00.000000Z", "2026-11-23T12:00:00.000000Z"
    for what, scope, fits in (
        ("nothing complete", {"complete": {}}, True),
        ("one number too many", run(0, 14), False),
        ("a huge run", run(0, 2**53 - 1), False),
        ("another system", {"complete": {"other-system": {"first_nth": 0, "last_nth": 0}}}, False),
        ("the subject ledger", {"complete": {"ledger": {"first_nth": 0, "last_nth": 10}}}, True),
        ("reversed", run(3, 2), False),
        ("negative", run(-1, 2), False),
        ("a number is text", {"complete": {SYSTEM: {"first_nth": "0", "last_nth": 1}}}, False),
        ("one bound", {"complete": {SYSTEM: {"first_nth": 0}}}, False),
        ("not from the first, no from", run(2, 5), False),
        ("not from the first, from fits", {**run(2, 13), "from": at[2]}, True),
        ("from is the time of the one before", {**run(2, 13), "from": at[1]}, False),
        ("from after the first", {**run(2, 13), "from": after}, True),
        ("until fits", {**run(0, 5), "until": at[6]}, True),
        ("until too late", {**run(0, 5), "until": after}, False),
        ("until, all", {**run(0, 13), "until": after}, True),
        ("no until", run(0, 5), True),
        ("from without microseconds", {**run(0, 13), "from": "2026-11-23T10:00:00Z"}, False),
        ("from does not exist", {**run(0, 13), "from": "2026-02-30T10:00:00.000000Z"}, False),
        ("from before everything", {**run(0, 13), "from": before}, True),
        ("until is a number", {**run(0, 13), "until": 7}, False),
        ("subject is a number", {**run(0, 13), "subject": 7}, False),
        ("kind is null", {**run(0, 13), "kind": None}, False),
        ("by is a number", {**run(0, 13), "by": 7}, False),
        ("another member", {**run(0, 13), "note": "for the audit"}, False),
        ("from and until", {**run(0, 13), "from": before, "until": after}, True),
    ):
        yield Case(f"scope: {what}", full(manifest=in_scope(**scope)).zip(), sound=fits)
    yield Case("scope: no complete", full(manifest=lambda m: m["scope"].pop("complete")).zip())
    yield Case("scope: no by", full(manifest=lambda m: m["scope"].pop("by")).zip())


# Proof and leaves as files


def spoiled_proofs() -> Iterator[Case]:
    """The shared proof and the lines of leaves."""
    made = full().make()
    proof = made["proof.bin"]
    for at in range(0, len(proof), 32):
        yield Case(f"proof: hash {at // 32}", full(files=replaced("proof.bin", lambda p, at=at: flipped(p, at))).zip())
    for what, change in {
        "reversed": lambda p: p[32:] + p[:32] if len(p) > 32 else p + p,
        "a hash less": lambda p: p[:-32],
        "a hash more": lambda p: p + bytes(32),
        "a byte more": lambda p: p + b"\0",
        "empty": lambda p: b"",
    }.items():
        yield Case(f"proof: {what}", full(files=replaced("proof.bin", change)).zip())
    for what, change in {
        "first line gone": lambda raw: raw.split(b"\n", 1)[1],
        "last line gone": lambda raw: raw[: raw[:-1].rindex(b"\n") + 1],
        "no last newline": lambda raw: raw[:-1],
        "empty line at the end": lambda raw: raw + b"\n",
        "empty line in front": lambda raw: b"\n" + raw,
        "first two exchanged": _exchanged,
        "a line twice": lambda raw: raw.split(b"\n", 1)[0] + b"\n" + raw,
        "carriage returns": lambda raw: raw.replace(b"\n", b"\r\n"),
        "empty": lambda raw: b"",
        "one empty line for each": lambda raw: b"\n" * raw.count(b"\n"),
        "one brace for each": lambda raw: b"{}\n" * raw.count(b"\n"),
        "all lines the same": lambda raw: (raw.split(b"\n", 1)[0] + b"\n") * raw.count(b"\n"),
    }.items():
        yield Case(f"leaves: {what}", full(files=replaced("leaves.jsonl", change)).zip())


def _exchanged(raw: bytes) -> bytes:
    first, second, rest = raw.split(b"\n", 2)
    return b"\n".join((second, first, rest))


# The zip


def members(change: Callable[[list[Packed]], Any]) -> bytes:
    return pack(full().make(), change)


def named(name: bytes, at: int = 1) -> Callable[[list[Packed]], None]:
    def change(packed: list[Packed]) -> None:
        packed[at].name = name

    return change


def each(**values: Any) -> Callable[[list[Packed]], None]:
    """The second member's fields changed."""

    def change(packed: list[Packed]) -> None:
        for name, value in values.items():
            setattr(packed[1], name, value)

    return change


def spoiled_zips() -> Iterator[Case]:
    """Names that lead elsewhere, headers that contradict each other, bytes that no member owns, bombs."""
    sound = full().zip()
    yield Case("zip: stored", members(lambda packed: [setattr(m, "method", 0) for m in packed]), sound=True)
    yield Case("zip: another order", members(lambda packed: packed.append(packed.pop(1))), sound=True)
    for name in (
        b"../leaves.jsonl", b"/etc/passwd", b"..\\leaves.jsonl", b"C:\\leaves.jsonl", b"leaves.jsonl/", b"LEAVES.JSONL",
        b"./leaves.jsonl", b"attachments/../proof.bin", b"timestamps/00.tsr", b"timestamps/1234567.tsr", b"", b"\0",
        b"leaves.jsonl\0", b"schemas/../x.v1.json", b"schemas/A.v1.json", "l\u00e9aves.jsonl".encode(), b"x" * 400,
        b"\xff\xfe",
    ):  # fmt: skip
        yield Case(f"zip: a member named {name[:30]!r}", members(named(name)))
        yield Case(
            f"zip: one more member named {name[:30]!r}", members(lambda p, name=name: p.append(Packed(name, b"")))
        )
    deflated = Packed(b"", b"x" * 1000).body()
    for what, change in {
        "a name twice": lambda packed: packed.append(packed[1]),
        "bundle.json twice": lambda packed: packed.append(packed[0]),
        "bundle.json not first": lambda packed: packed.append(packed.pop(0)),
        "no bundle.json": lambda packed: packed.pop(0),
        "no members": lambda packed: packed.clear(),
        "encrypted": each(flags=1),
        "data descriptor": each(flags=8),
        "UTF-8 flag": each(flags=0x800),
        "level bits": each(flags=2),
        "method 12": each(method=12),
        "method 99": each(method=99),
        "stored, said to be deflated": each(packed=b"x" * 1000),
        "wrong CRC": each(crc=1),
        "size one more": each(data=b"x" * 1000, packed=deflated, size=1001),
        "size one less": each(data=b"x" * 1000, packed=deflated, size=999),
        "size 0": each(data=b"x" * 1000, packed=deflated, size=0),
        "more after its end": lambda packed: setattr(packed[1], "packed", packed[1].body() + b"more"),
        "cut": lambda packed: setattr(packed[1], "packed", packed[1].body()[:-1]),
        "empty deflate stream": each(packed=b""),
        "another local name": each(local_name=b"proof.bin"),
        "a longer local name": each(local_name=b"leaves.jsonl "),
        "an extra field": each(extra=b"\x99\x99\0\0"),
        "a zip64 field": each(extra=struct.pack("<2H2Q", 1, 16, 0, 0)),
        "a symbolic link": each(attributes=0xA1FF0000),
        "a folder's attribute": each(attributes=0x10),
        "a gap": each(gap=b"gap"),
        "a gap in front": lambda packed: setattr(packed[0], "gap", b"#!/bin/sh\n"),
        "a hidden member in a gap": each(gap=pack({"proof.bin": b""})[:60]),
        "a bomb": lambda packed: setattr(packed[1], "data", bytes(20_000_000)),
        "a bomb that lies": lambda packed: packed.__setitem__(
            1, Packed(packed[1].name, b"", packed=Packed(b"", bytes(5_000_000)).body(), size=100)
        ),
        "size 2^32-1": each(size=0xFFFFFFFF),
    }.items():
        yield Case(f"zip: {what}", members(change))
    end = len(sound) - 22
    for what, data in {
        "empty": b"",
        "no zip": b"aims" * 100,
        "a comment": sound[:-2] + b"\5\0hello",
        "bytes in front": b"#!/bin/sh\n" + sound,
        "bytes after the end": sound + b"\0",
        "twice": sound + sound,
        "end only": sound[end:],
        "no end": sound[:end],
        "half": sound[: len(sound) // 2],
        "a count less": sound[: end + 8]
        + struct.pack("<2H", *[struct.unpack_from("<H", sound, end + 8)[0] - 1] * 2)
        + sound[end + 12 :],
        "a count more": sound[: end + 8]
        + struct.pack("<2H", *[struct.unpack_from("<H", sound, end + 8)[0] + 1] * 2)
        + sound[end + 12 :],
        "counts differ": sound[: end + 8] + b"\1\0" + sound[end + 10 :],
        "another disk": sound[: end + 4] + b"\1\0" + sound[end + 6 :],
        "directory elsewhere": sound[: end + 16] + b"\0\0\0\0" + sound[end + 20 :],
        "directory size": sound[: end + 12] + b"\1\0\0\0" + sound[end + 16 :],
        "zip64 count": sound[: end + 8] + b"\xff\xff\xff\xff" + sound[end + 12 :],
        "gap before the directory": _before_directory(sound, b"gap"),
    }.items():
        yield Case(f"zip: {what}", data)


def _before_directory(data: bytes, more: bytes) -> bytes:
    start = struct.unpack_from("<L", data, len(data) - 6)[0]
    return data[:start] + more + data[start:-6] + struct.pack("<L", start + len(more)) + data[-2:]


def flipped_bytes() -> Iterator[Case]:
    """A bit of every 61st byte of the zip flipped; only dates, versions and the like are nobody's business."""
    sound = full().zip()
    for at in range(0, len(sound), 61):
        yield Case(f"zip: bit of byte {at}", flipped(sound, at))
    end = struct.unpack_from("<L", sound, len(sound) - 6)[0]
    for at in range(end, end + 120):
        yield Case(f"zip: bit of byte {at - end} of the directory", flipped(sound, at))
    for at in range(1, 40):
        yield Case(f"zip: bit of byte {at} of the first member", flipped(sound, at))


def sound_bundles() -> Iterator[Case]:
    """Nothing is wrong; what they withhold or lack is said."""
    yield Case("sound", full().zip(), sound=True)
    yield Case("sound, some withheld", bundle().zip(), sound=True)
    yield Case("sound, no trust file", full().zip(), None, sound=True)
    yield Case("sound, no history", full(history=()).zip(), sound=True)
    yield Case("sound, everything carried", _whole().zip(), sound=True)
    yield Case("sound, context only", _selected(lambda index: False).zip(), sound=True)
    for place in (Places.first, Places.erased, Places.approval, Places.last):
        yield Case(f"sound, entry {place} only", _selected(lambda index, place=place: index == place).zip(), sound=True)
    for size in (12, 13, 16, 17, 24):
        yield Case(f"sound, the first {size}", _first(size).zip(), sound=True)


def _whole() -> Bundle:
    made = full()
    made.entries = sorted({*range(27)} - set(made.context))
    made.manifest = lambda m: m["scope"].update(complete={"other-system": {"first_nth": 0, "last_nth": 1}})
    return made


def _selected(wanted: Callable[[int], bool]) -> Bundle:
    made = full(attachments=())
    made.entries = [index for index in made.entries if wanted(index)] or [Places.genesis]
    made.context = [index for index in made.context if index not in made.entries]
    made.manifest = in_scope(complete={})
    return made


def _first(size: int) -> Bundle:
    made = full(size=size, history=(5, 11), attachments=(ATTACHED, PERSONAL)[: max(0, size - 15)][:2])
    made.entries = [index for index in made.entries if index < size]
    made.context = [index for index in made.context if index < size]
    return made


def selections() -> Iterator[Case]:
    """Entries left out that should be carried, with a proof that fits what is left."""
    sound = full()
    for place in sound.context:
        made = full()
        made.context = [index for index in made.context if index != place]
        yield Case(f"without context entry {place}", made.zip())
        yield Case(f"without context entry {place}, no trust file", made.zip(), None)
    for place in sound.entries:
        made = full(manifest=in_scope(complete={SYSTEM: {"first_nth": 0, "last_nth": len(sound.entries) - 1}}))
        made.entries = [index for index in made.entries if index != place]
        yield Case(f"without entry {place} of a complete run", made.zip())
    nothing = full()
    nothing.entries, nothing.context = [], []
    yield Case("nothing carried", nothing.zip())
    lone = full(manifest=in_scope(complete={}))
    lone.entries, lone.context = [Places.disclosed], []
    yield Case("one entry and no keys", lone.zip())
    yield Case("one entry and no keys, no trust file", lone.zip(), None)


def line_of(files: Files, place: int, carried: list[int]) -> bytes:
    return files["leaves.jsonl"].split(b"\n")[carried.index(place)]


def payload_of(leaf: bytes) -> bytes:
    return base64.b64decode(json.loads(leaf)["envelope"]["payload"])


__all__ = ["TRUST", "Case", "Files", "b64", "flipped", "replaced"]
