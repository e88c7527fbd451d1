"""Writing the zip file of a bundle, whose layout `ledger.bundle.container` describes and reads."""

from __future__ import annotations

import zlib
from hashlib import sha256
from typing import BinaryIO, Final

from ledger.bundle.container import (
    CHUNK,
    DEFLATED,
    END,
    END_MARK,
    LOCAL,
    LOCAL_MARK,
    MAX_FILE,
    MAX_MEMBERS,
    MAX_RATIO,
    RECORD,
    RECORD_MARK,
    STORED,
    Member,
)
from ledger.bundle.manifest import ATTACHMENTS, NAMES, limit_of
from ledger.errors import BadInput, StoreError

_VERSION: Final = 20
_TIME, _DATE = 0, 0x21  # 1980-01-01 00:00, the first that a zip can name


class ContainerWriter:
    """Writes members in the order they are added; `finish` ends the file."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._at = 0
        self._members: list[tuple[Member, int]] = []  # with the place of its local header

    def add(self, name: str, data: bytes) -> None:
        """Add a member, deflated where that makes it smaller and a reader will take it."""
        engine = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = engine.compress(data) + engine.flush()
        deflate = len(packed) < len(data) <= MAX_RATIO * len(packed)
        body = packed if deflate else data
        member = Member(name, DEFLATED if deflate else STORED, zlib.crc32(data), len(body), len(data), 0)
        self._begin(member)
        self._write(body)

    def add_file(self, name: str, size: int, source: BinaryIO) -> str:
        """Add `size` bytes read from `source`, stored; returns their hex SHA-256.

        Raises:
            StoreError: there are more or fewer.
        """
        header = self._at
        self._begin(Member(name, STORED, 0, size, size, 0))
        digest, crc, left = sha256(), 0, size
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            crc = zlib.crc32(chunk, crc)
            left -= len(chunk)
            self._write(chunk)
        if left:
            raise StoreError(f"{name}: its file changed its size while it was read", remedy="'aims verify' tells")
        member = Member(name, STORED, crc, size, size, 0)
        self._members[-1] = (member, header)
        self._target.seek(header)
        self._target.write(_local_header(member))
        self._target.seek(self._at)
        return digest.hexdigest()

    def finish(self) -> None:
        """Write the directory and the end record.

        Raises:
            BadInput: the bundle is larger than its format can hold.
        """
        start = self._at
        for member, header in self._members:
            name = member.name.encode("ascii")
            self._write(
                RECORD.pack(
                    RECORD_MARK, _VERSION, _VERSION, 0, member.method, _TIME, _DATE, member.crc, member.packed,
                    member.size, len(name), 0, 0, 0, 0, 0, header,
                ) + name
            )  # fmt: skip
        count = len(self._members)
        self._write(END.pack(END_MARK, 0, 0, count, count, self._at - start, start, 0))

    def _begin(self, member: Member) -> None:
        assert NAMES.fullmatch(member.name), member.name
        if not member.name.startswith(ATTACHMENTS) and member.size > limit_of(member.name):
            raise _too_large(f"{member.name} has {member.size} bytes")
        if len(self._members) == MAX_MEMBERS:
            raise _too_large(f"over {MAX_MEMBERS} files")
        if self._at + member.packed > MAX_FILE:
            raise _too_large("over 4 GiB")
        self._members.append((member, self._at))
        self._write(_local_header(member))

    def _write(self, data: bytes) -> None:
        self._at += len(data)
        if self._at > MAX_FILE:
            raise _too_large("over 4 GiB")
        self._target.write(data)


def _too_large(found: str) -> BadInput:
    return BadInput(f"bundle: {found}, more than its format holds", remedy="ask for less, or leave the attachments out")


def _local_header(member: Member) -> bytes:
    name = member.name.encode("ascii")
    return (
        LOCAL.pack(
            LOCAL_MARK, _VERSION, 0, member.method, _TIME, _DATE, member.crc, member.packed, member.size, len(name), 0
        )
        + name
    )
