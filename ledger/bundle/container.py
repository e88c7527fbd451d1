"""The zip file of a bundle: written in one way, read as if an enemy had made it.

Every byte of the file belongs to one member or to the directory: members lie from the beginning without gaps in the
order of the directory, each local header repeats its record there, and the end record ends the file.  So there is
no place for a second truth that another program would unpack.  No zip64, encryption, extra fields, comments,
attributes or folders; docs/FORMAT.md section 20 has every rule.

Sizes in headers are never trusted: what is inflated is counted, and stops at what the header said.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import BinaryIO, Final

from ledger.bundle.manifest import ATTACHMENTS, MANIFEST, NAMES
from ledger.errors import BadInput, FormatError, StoreError

STORED, DEFLATED = 0, 8
MAX_FILE: Final = 2**32 - 2
MAX_MEMBERS: Final = 65_534
MAX_UNPACKED: Final = 1 << 30
MAX_UNPACKED_ALL: Final = 1 << 32
MAX_RATIO: Final = 1_000
_CHUNK: Final = 1 << 20
_VERSION: Final = 20
_TIME, _DATE = 0, 0x21  # 1980-01-01 00:00, the first that a zip can name
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_RECORD: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")
_LOCAL_MARK, _RECORD_MARK, _END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_MAX_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Member:
    """A member as the directory describes it; `data` is where its packed bytes begin."""

    name: str
    method: int
    crc: int
    packed: int
    size: int
    data: int


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
        while chunk := source.read(_CHUNK):
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
                _RECORD.pack(
                    _RECORD_MARK, _VERSION, _VERSION, 0, member.method, _TIME, _DATE, member.crc, member.packed,
                    member.size, len(name), 0, 0, 0, 0, 0, header,
                ) + name
            )  # fmt: skip
        count = len(self._members)
        self._write(_END.pack(_END_MARK, 0, 0, count, count, self._at - start, start, 0))

    def _begin(self, member: Member) -> None:
        assert NAMES.fullmatch(member.name), member.name
        if not member.name.startswith(ATTACHMENTS) and member.size > MAX_UNPACKED:
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
        _LOCAL.pack(
            _LOCAL_MARK, _VERSION, 0, member.method, _TIME, _DATE, member.crc, member.packed, member.size, len(name), 0
        )
        + name
    )


class Container:
    """An open bundle file whose directory was found in order; members are read and checked one by one."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        """Raises `FormatError` if the file is not laid out as a bundle."""
        self._source = source
        self.members: Mapping[str, Member] = MappingProxyType(_read_directory(source, size))

    def read(self, name: str, most: int = MAX_UNPACKED) -> bytes:
        """The bytes of a member, at most `most` of them.

        Raises:
            FormatError: it is larger, does not unpack, or is not what its header says.
        """
        member = self.members[name]
        if member.size > most:
            raise FormatError(f"zip: {name}", f"{member.size} bytes", f"at most {most}")
        pieces: list[bytes] = []
        self._unpack(member, pieces.append)
        return b"".join(pieces)

    def measure(self, name: str) -> tuple[int, str]:
        """The size and hex SHA-256 of a member, unpacked in pieces.

        Raises:
            FormatError: it does not unpack, or is not what its header says.
        """
        member, digest = self.members[name], sha256()
        self._unpack(member, digest.update)
        return member.size, digest.hexdigest()

    def _unpack(self, member: Member, take: Callable[[bytes], object]) -> None:
        what = f"zip: {member.name}"
        crc = size = 0
        for piece in _inflated(what, member, self._pieces(member)) if member.method else self._pieces(member):
            crc = zlib.crc32(piece, crc)
            size += len(piece)
            take(piece)
        if size != member.size or crc != member.crc:
            found = f"{size} bytes with CRC {crc:08x}"
            raise FormatError(what, found, f"{member.size} with CRC {member.crc:08x} as its header says")

    def _pieces(self, member: Member) -> Iterator[bytes]:
        left, at = member.packed, member.data
        while left:
            self._source.seek(at)
            piece = self._source.read(min(left, _CHUNK))
            if not piece:
                raise FormatError(f"zip: {member.name}", "the end of the file", f"{left} more bytes")
            yield piece
            left, at = left - len(piece), at + len(piece)


@contextmanager
def open_container(path: Path) -> Iterator[Container]:
    """The bundle file at `path`.

    Raises:
        BadInput: it can't be read.
        FormatError: it is not laid out as a bundle.
    """
    try:
        source = path.open("rb")
    except OSError as error:
        raise BadInput(f"bundle {path}: can't be read ({error.strerror})") from error
    with source:
        yield Container(source, os.fstat(source.fileno()).st_size)


def _inflated(what: str, member: Member, packed: Iterator[bytes]) -> Iterator[bytes]:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    left = member.size
    for piece in packed:
        rest = piece
        while rest or engine.unconsumed_tail:
            if engine.eof:
                raise FormatError(what, "bytes after the deflate stream", "none")
            try:
                # One byte more than may come shows a member that is larger than it says.
                out = engine.decompress(rest, min(left + 1, _CHUNK))
            except zlib.error as error:
                raise FormatError(what, f"a broken deflate stream ({error})", "one that inflates") from error
            rest = engine.unconsumed_tail
            left -= len(out)
            if left < 0:
                raise FormatError(what, "more bytes than its header says", str(member.size))
            yield out
            if not out and not rest:
                break
    if not engine.eof or engine.unused_data:
        found = "bytes after its end" if engine.eof else "no end"
        raise FormatError(what, f"a deflate stream with {found}", "one that fills the member")


def _read_directory(source: BinaryIO, size: int) -> dict[str, Member]:
    if size < _END.size or size > MAX_FILE + 1:
        raise FormatError("zip", f"{size} bytes", f"{_END.size} to {MAX_FILE + 1}")
    source.seek(size - _END.size)
    mark, disk, first, here, count, length, start, comment = _END.unpack(_exactly(source, _END.size))
    if mark != _END_MARK or disk or first or comment or here != count or not 1 <= count <= MAX_MEMBERS:
        raise FormatError("zip", "no end record in its place", "one at the end of the file, without comment and zip64")
    if start + length + _END.size != size or length > count * (_RECORD.size + _MAX_NAME):
        raise FormatError("zip", "a directory out of place", "it just before the end record")
    source.seek(start)
    directory = _exactly(source, length)
    members: dict[str, Member] = {}
    at = header = 0
    for _ in range(count):
        member, at, header = _read_record(source, directory, at, header, start)
        if member.name in members:
            raise FormatError("zip", f"{member.name} twice", "each name once")
        if not members and member.name != MANIFEST:
            raise FormatError("zip", f"{member.name} first", f"{MANIFEST} first")
        members[member.name] = member
    if at != length or header != start:
        raise FormatError("zip", "bytes that belong to no member", "members and directory without gaps")
    if sum(m.size for m in members.values() if not m.name.startswith(ATTACHMENTS)) > MAX_UNPACKED_ALL:
        raise FormatError("zip", "over 4 GiB unpacked", "less")
    return members


def _read_record(
    source: BinaryIO, directory: bytes, at: int, header: int, limit: int
) -> tuple[Member, int, int]:  # fmt: skip
    """The member of the record at `at`, whose local header must be at `header`; and where the next ones begin."""
    if at + _RECORD.size > len(directory):
        raise FormatError("zip", "a directory that ends early", "a record for each member")
    (mark, _, _, flags, method, _, _, crc, packed, size, name_length, extra, comment, disk, _, attributes, place) = (
        _RECORD.unpack_from(directory, at)
    )
    raw = directory[at + _RECORD.size : at + _RECORD.size + name_length]
    name = raw.decode("ascii", "replace")
    if mark != _RECORD_MARK or len(raw) != name_length or NAMES.fullmatch(name) is None:
        raise FormatError("zip: name", name, "a name that bundles have")
    if flags or method not in (STORED, DEFLATED) or extra or comment or disk or attributes:
        found = f"flags {flags:04x}, method {method}, attributes {attributes:08x}, {extra + comment} bytes more"
        raise FormatError(f"zip: {name}", found, "stored or deflated, nothing else set")
    small = size <= MAX_UNPACKED or name.startswith(ATTACHMENTS)
    if not small or (size != packed if method == STORED else size > MAX_RATIO * packed):
        raise FormatError(f"zip: {name}", f"{packed} bytes that unpack to {size}", f"at most {MAX_RATIO} times as many")
    end = header + _LOCAL.size + name_length + packed
    if place != header or end > limit:
        raise FormatError(f"zip: {name}", f"its header at {place}", f"{header}, after the member before it")
    source.seek(header)
    local = _exactly(source, _LOCAL.size + name_length)
    mark, _, *told, name_length_again, extra = _LOCAL.unpack_from(local)
    del told[2:4]  # the date
    same = told == [flags, method, crc, packed, size] and name_length_again == name_length
    if mark != _LOCAL_MARK or not same or extra or local[_LOCAL.size :] != raw:
        raise FormatError(f"zip: {name}", "a local header that says something else", "the same as the directory")
    data = header + _LOCAL.size + name_length
    return Member(name, method, crc, packed, size, data), at + _RECORD.size + name_length, end


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise FormatError("zip", "the end of the file", f"{size - len(data)} more bytes")
    return data
