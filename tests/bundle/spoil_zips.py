"""Spoiled bundles: names that lead elsewhere, headers that contradict each other, bytes that nothing owns, bombs."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from tests.bundle.spoil import Case, flipped
from tests.bundle.workshop import full
from tests.bundle.zipping import Packed, pack


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
