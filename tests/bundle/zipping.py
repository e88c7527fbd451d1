"""Zips written by hand, so that every field of every header can be wrong."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Packed:
    """One member of a zip, to be changed before it is written; what is None follows from the rest."""

    name: bytes
    data: bytes
    method: int = 8
    flags: int = 0
    crc: int | None = None
    size: int | None = None
    packed: bytes | None = None
    local_name: bytes | None = None
    extra: bytes = b""
    attributes: int = 0
    gap: bytes = b""  # before its local header

    def body(self) -> bytes:
        if self.packed is not None:
            return self.packed
        packer = zlib.compressobj(6, zlib.DEFLATED, -15)
        return packer.compress(self.data) + packer.flush() if self.method == 8 else self.data


def pack(made: dict[str, bytes], change: Callable[[list[Packed]], Any] = lambda members: None) -> bytes:
    """A zip of these files in their order; `change` may spoil the members first."""
    members = [Packed(name.encode(), data) for name, data in made.items()]
    change(members)
    out, central = b"", b""
    for m in members:
        body = m.body()
        crc = zlib.crc32(m.data) if m.crc is None else m.crc
        size = len(m.data) if m.size is None else m.size
        fields = struct.pack("<4H3L", m.flags, m.method, 0, 0x21, crc, len(body), size)
        out += m.gap
        at, local_name = len(out), m.name if m.local_name is None else m.local_name
        lengths = struct.pack("<2H", len(local_name), len(m.extra))
        out += b"PK\3\4" + struct.pack("<H", 20) + fields + lengths + local_name + m.extra + body
        lengths = struct.pack("<5H2L", len(m.name), len(m.extra), 0, 0, 0, m.attributes, at)
        central += b"PK\1\2" + struct.pack("<2H", 20, 20) + fields + lengths + m.name + m.extra
    end = struct.pack("<4H2LH", 0, 0, len(members), len(members), len(central), len(out), 0)
    return out + central + b"PK\5\6" + end
