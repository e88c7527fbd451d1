"""A corpus of spoiled bundles: each case is a zip and a trust file, the same bytes in every run.

Each function without an underscore yields the cases of a family. Here files, disclosures, proofs and selections are
spoiled; `bundle.json` in `spoil_manifests`, the container in `spoil_zips`, what entries say in `spoil_entries`, keys
and policy in `spoil_keys`, who vouches for it all in `spoil_trust`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from tests.bundle.primitives import POLICY, SYSTEM, b64url, canonical
from tests.bundle.workshop import ATTACHED, GONE, PERSONAL, Bundle, Places, bundle, full

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


def in_scope(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: manifest["scope"].update(changes)


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
    schemas = ("schemas/risk.v1.json", "schemas/risk.v2.json")
    for name in ("timestamps/7.tsr", f"attachments/{'0' * 64}", *schemas, "verify.py", "scope.txt"):

        def more(files: Files, name: str = name) -> None:
            files[name] = b"more"

        fits = name in ("verify.py", "scope.txt", "schemas/risk.v1.json")
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
        "text is very long": lambda lines: lines[0].update(disclosure="A" * 70_000),
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
    made.entries, made.context = list(range(27)), []
    made.manifest = lambda m: m.update(scope={"by": "time", "from": "2026-01-01T00:00:00.000000Z", "complete": {}})
    return made


def _selected(wanted: Callable[[int], bool]) -> Bundle:
    made = full(attachments=())
    made.entries = [index for index in made.entries if wanted(index)] or [Places.genesis]
    made.context = [index for index in made.context if index not in made.entries]
    made.manifest = lambda m: m.update(scope={"by": "entries", "complete": {}})
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
