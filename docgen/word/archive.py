"""The zip file around the parts, the same bytes for the same parts."""

from __future__ import annotations

import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Collection

from docgen.errors import DocgenError
from ledger.errors import clip

__all__ = ["BROKEN", "replace_stored", "rewrite_archive"]

# The earliest date a zip file can hold; no clock shows through.
_DATE = (1980, 1, 1, 0, 0, 0)


BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError, OSError, NotImplementedError, RuntimeError,
    ValueError,
)  # fmt: skip
"""What `zipfile` raises over archives that are none, or were cut, encrypted or changed."""
_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"


def rewrite_archive(data: bytes, stored: Collection[bytes] = ()) -> bytes:
    """The same members, names sorted, all dated 1980-01-01, compressed alike on every system.

    Members with one of the contents in `stored` are not compressed, so that `replace_stored` can change them.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in sorted(old.namelist()):
            member = zipfile.ZipInfo(name, _DATE)
            content = old.read(name)
            member.compress_type = zipfile.ZIP_STORED if content in stored else zipfile.ZIP_DEFLATED
            member.create_system = 3  # else it tells Windows from the rest
            member.external_attr = 0o644 << 16
            new.writestr(member, content, compresslevel=9)
    return out.getvalue()


def replace_stored(data: bytes, name: str, content: bytes) -> bytes:
    """The archive with other content in a member that is not compressed; no other byte of a member changes.

    Doing it again with the old content gives the old archive.

    Raises:
        DocgenError: the archive is not built as `rewrite_archive` builds them, or has no such member.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members, directory = archive.infolist(), archive.start_dir
        return _replaced(data, members, directory, name, content)
    except BROKEN as error:
        raise DocgenError(f"not a Word file: {clip(str(error))}") from error


def _replaced(data: bytes, members: list[zipfile.ZipInfo], directory: int, name: str, content: bytes) -> bytes:
    starts = [member.header_offset for member in members]
    ends = [*starts[1:], directory]
    ours = all(_is_ours(data, *one) for one in zip(members, starts, ends, strict=True)) and starts[:1] == [0]
    if not ours or [member.filename for member in members].count(name) != 1:
        raise DocgenError("the archive was written by another program", remedy="use the file as it was built")
    local, central, at = bytearray(), bytearray(), directory
    for member, start, end in zip(members, starts, ends, strict=True):
        own, at = _record(data, at)
        segment = data[start:end]
        if member.filename == name:
            if member.compress_type != zipfile.ZIP_STORED:
                raise DocgenError(f"{name} is compressed", remedy="use the file as it was built")
            numbers = struct.pack("<III", zlib.crc32(content), len(content), len(content))
            segment = segment[:14] + numbers + segment[26 : len(segment) - member.file_size] + content
            own = own[:16] + numbers + own[28:]
        central += own[:42] + struct.pack("<I", len(local)) + own[46:]
        local += segment
    if data[at : at + 4] != _END or len(data) != at + 22:
        raise DocgenError("the archive was written by another program", remedy="use the file as it was built")
    end_record = data[at : at + 12] + struct.pack("<II", len(central), len(local)) + data[at + 20 :]
    return bytes(local + central + end_record)


def _is_ours(data: bytes, member: zipfile.ZipInfo, start: int, end: int) -> bool:
    """Whether the local record is the one that `rewrite_archive` writes for what the directory says of a member."""
    if data[start : start + 4] != _LOCAL or member.flag_bits & ~0x800:
        return False
    crc, packed, size, name, extra = struct.unpack_from("<IIIHH", data, start + 14)
    said = (crc, packed, size) == (member.CRC, member.compress_size, member.file_size)
    named = data[start + 30 : start + 30 + name] == member.filename.encode()
    return said and named and extra == 0 and start + 30 + name + packed == end


def _record(data: bytes, at: int) -> tuple[bytes, int]:
    """The record of the central directory at a place, and where the next begins."""
    if data[at : at + 4] != _CENTRAL:
        raise DocgenError("the archive was written by another program", remedy="use the file as it was built")
    length = 46 + sum(struct.unpack_from("<HHH", data, at + 28))
    return data[at : at + length], at + length
