"""The zip file of a bundle, read as if an enemy had made it; `ledger.bundle.packing` writes it.

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

from ledger.bundle.manifest import ATTACHMENTS, LEAVES, MANIFEST, NAMES, limit_of
from ledger.errors import BadInput, FormatError

STORED, DEFLATED = 0, 8
MAX_FILE: Final = 2**32 - 2
MAX_MEMBERS: Final = 65_534
MAX_UNPACKED_ALL: Final = 1 << 29  # of all but attachments and leaves
MAX_RATIO: Final = 1_000
CHUNK: Final = 1 << 20
LOCAL: Final = struct.Struct("<4s5H3L2H")
RECORD: Final = struct.Struct("<4s6H3L5H2L")
END: Final = struct.Struct("<4s4H2LH")
LOCAL_MARK, RECORD_MARK, END_MARK = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
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


class Container:
    """An open bundle file whose directory was found in order; members are read and checked one by one."""

    def __init__(self, source: BinaryIO, size: int) -> None:
        """Raises `FormatError` if the file is not laid out as a bundle."""
        self._source = source
        self.members: Mapping[str, Member] = MappingProxyType(_read_directory(source, size))

    def read(self, name: str) -> bytes:
        """The bytes of a member.

        Raises:
            FormatError: it does not unpack, or is not what its header says.
        """
        pieces: list[bytes] = []
        self._unpack(self.members[name], pieces.append)
        return b"".join(pieces)

    def measure(self, name: str, take: Callable[[bytes], object] = len) -> tuple[int, str]:
        """The size and hex SHA-256 of a member, unpacked in pieces that `take` is given.

        Raises:
            FormatError: it does not unpack, or is not what its header says.
        """
        member, digest = self.members[name], sha256()

        def both(piece: bytes) -> None:
            digest.update(piece)
            take(piece)

        self._unpack(member, both)
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
            piece = self._source.read(min(left, CHUNK))
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
                out = engine.decompress(rest, min(left + 1, CHUNK))
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
    if size < END.size or size > MAX_FILE + 1:
        raise FormatError("zip", f"{size} bytes", f"{END.size} to {MAX_FILE + 1}")
    source.seek(size - END.size)
    mark, disk, first, here, count, length, start, comment = END.unpack(_exactly(source, END.size))
    if mark != END_MARK or disk or first or comment or here != count or not 1 <= count <= MAX_MEMBERS:
        raise FormatError("zip", "no end record in its place", "one at the end of the file, without comment and zip64")
    if start + length + END.size != size or length > count * (RECORD.size + _MAX_NAME):
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
    if sum(m.size for m in members.values() if m.name != LEAVES and m.name[:12] != ATTACHMENTS) > MAX_UNPACKED_ALL:
        raise FormatError("zip", "over 512 MiB unpacked beside leaves and attachments", "less")
    return members


def _read_record(
    source: BinaryIO, directory: bytes, at: int, header: int, limit: int
) -> tuple[Member, int, int]:  # fmt: skip
    """The member of the record at `at`, whose local header must be at `header`; and where the next ones begin."""
    if at + RECORD.size > len(directory):
        raise FormatError("zip", "a directory that ends early", "a record for each member")
    (mark, _, _, flags, method, _, _, crc, packed, size, name_length, extra, comment, disk, _, attributes, place) = (
        RECORD.unpack_from(directory, at)
    )
    raw = directory[at + RECORD.size : at + RECORD.size + name_length]
    name = raw.decode("ascii", "replace")
    if mark != RECORD_MARK or len(raw) != name_length or NAMES.fullmatch(name) is None:
        raise FormatError("zip: name", name, "a name that bundles have")
    if flags or method not in (STORED, DEFLATED) or extra or comment or disk or attributes:
        found = f"flags {flags:04x}, method {method}, attributes {attributes:08x}, {extra + comment} bytes more"
        raise FormatError(f"zip: {name}", found, "stored or deflated, nothing else set")
    if not name.startswith(ATTACHMENTS) and size > limit_of(name):
        raise FormatError(f"zip: {name}", f"{size} bytes", f"at most {limit_of(name)}")
    if size != packed if method == STORED else size > MAX_RATIO * packed:
        raise FormatError(f"zip: {name}", f"{packed} bytes that unpack to {size}", f"at most {MAX_RATIO} times as many")
    end = header + LOCAL.size + name_length + packed
    if place != header or end > limit:
        raise FormatError(f"zip: {name}", f"its header at {place}", f"{header}, after the member before it")
    source.seek(header)
    local = _exactly(source, LOCAL.size + name_length)
    mark, _, *told, name_length_again, extra = LOCAL.unpack_from(local)
    del told[2:4]  # the date
    same = told == [flags, method, crc, packed, size] and name_length_again == name_length
    if mark != LOCAL_MARK or not same or extra or local[LOCAL.size :] != raw:
        raise FormatError(f"zip: {name}", "a local header that says something else", "the same as the directory")
    data = header + LOCAL.size + name_length
    return Member(name, method, crc, packed, size, data), at + RECORD.size + name_length, end


def _exactly(source: BinaryIO, size: int) -> bytes:
    data = source.read(size)
    if len(data) != size:
        raise FormatError("zip", "the end of the file", f"{size - len(data)} more bytes")
    return data
