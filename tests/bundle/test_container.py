"""The zip of a bundle: what we write is read, by us and by others; every other layout is refused."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable
from copy import copy
from hashlib import sha256
from pathlib import Path

import pytest

from ledger.bundle.container import Container, open_container
from ledger.bundle.packing import ContainerWriter
from ledger.errors import BadInput, FormatError, StoreError

ATTACHED = "attachments/" + "ab" * 32
MEMBERS = {
    "bundle.json": b'{"a":1}\n',
    "checkpoint": b"a note\n" * 40,
    "leaves.jsonl": bytes(1_000_000),
    "proof.bin": random.Random(1).randbytes(3_000),
    "scope.txt": b"",
}


def written(members: dict[str, bytes], attached: bytes | None = None) -> bytes:
    target = io.BytesIO()
    writer = ContainerWriter(target)
    for name, data in members.items():
        writer.add(name, data)
    if attached is not None:
        writer.add_file(ATTACHED, len(attached), io.BytesIO(attached))
    writer.finish()
    return target.getvalue()


def read(data: bytes) -> dict[str, bytes]:
    """Every member, as the reader gives it."""
    container = Container(io.BytesIO(data), len(data))
    for name in container.members:
        content = container.read(name)
        assert container.measure(name) == (len(content), sha256(content).hexdigest())
    return {name: container.read(name) for name in container.members}


def test_what_is_written_is_read_again_by_us_and_by_other_programs() -> None:
    attached = b"attached " * 200_000
    data = written(MEMBERS, attached)

    assert read(data) == {**MEMBERS, ATTACHED: attached}
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert other.testzip() is None
        assert {name: other.read(name) for name in other.namelist()} == {**MEMBERS, ATTACHED: attached}
        assert {info.date_time for info in other.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_same_members_give_the_same_bytes() -> None:
    assert written(MEMBERS, b"x") == written(MEMBERS, b"x")


def test_an_attachment_that_shrinks_while_it_is_read_is_an_error() -> None:
    writer = ContainerWriter(io.BytesIO())

    with pytest.raises(StoreError, match="changed its size"):
        writer.add_file(ATTACHED, 10, io.BytesIO(b"nine byte"))


def test_a_member_over_one_gibibyte_is_not_written() -> None:
    class Long(bytes):
        def __len__(self) -> int:
            return (1 << 30) + 1

    with pytest.raises(BadInput, match="ask for less"):
        ContainerWriter(io.BytesIO()).add("leaves.jsonl", Long(b"x"))


@pytest.mark.parametrize("cut", [1, 5, 21, 22, 23, 60, 2_000])
def test_a_file_that_ends_early_is_refused(cut: int) -> None:
    with pytest.raises(FormatError, match=r"^zip"):
        read(written(MEMBERS)[:-cut])


@pytest.mark.parametrize("size", [0, 1, 21])
def test_a_file_too_short_for_a_zip_is_refused(size: int) -> None:
    with pytest.raises(FormatError, match="zip: found"):
        read(b"P" * size)


def test_any_changed_byte_is_noticed_but_in_dates_and_versions() -> None:
    """Or the content is what it was: no byte can change what a reader unpacks."""
    members = {"bundle.json": b"{}\n" * 9, "checkpoint": b"note" * 9}
    data = written(members)
    unnoticed = set()

    for at in range(len(data)):
        try:
            assert read(data[:at] + bytes([data[at] ^ 0x41]) + data[at + 1 :]) == members
            unnoticed.add(at)
        except FormatError:
            continue

    assert unnoticed <= _dates_and_versions(data)


def _dates_and_versions(data: bytes) -> set[int]:
    places = set()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        start, infos = archive.start_dir, archive.infolist()
    for info in infos:
        places |= {info.header_offset + n for n in (4, 5, 10, 11, 12, 13)}
        places |= {start + n for n in (4, 5, 6, 7, 12, 13, 14, 15, 36, 37)}
        start += 46 + len(info.filename)
    return places


# Zips that other programs make


def zipped(*members: tuple[zipfile.ZipInfo, bytes], comment: bytes = b"", **options: int) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", **options) as archive:  # type: ignore[call-overload]
        archive.comment = comment
        for info, data in members:
            archive.writestr(copy(info), data)
            archive.filelist[-1].external_attr = info.external_attr  # the library puts permissions in the place of 0
    return target.getvalue()


def named(name: str, **attributes: object) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 0
    info.external_attr = 0
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info


FIRST = (named("bundle.json"), b"{}\n")
NAMES = [
    "../checkpoint", "/checkpoint", "a/../checkpoint", "attachments/../checkpoint", "..\\checkpoint", "c:checkpoint",
    "C:\\checkpoint", "checkpoint/", "attachments/", "CHECKPOINT", "Bundle.json", "readme.txt", "./checkpoint",
    "checkpoint ", " checkpoint", "checkpoint\n", "verify.py.exe", f"attachments/{'AB' * 32}",
    f"attachments/{'ab' * 31}",
    "timestamps/00.tsr", "timestamps/-1.tsr", "timestamps/100000.tsr", "schemas/../x.v1.json", "schemas/a.v2.json",
    "CON", "é", "\u202echeckpoint", "",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_bundle_has_is_refused(name: str) -> None:
    with pytest.raises(FormatError, match=r"^zip"):
        read(zipped(FIRST, (named(name), b"x")))


def test_a_zip_that_another_program_wrote_plainly_is_read() -> None:
    assert read(zipped(FIRST, (named("checkpoint"), b"x"))) == {"bundle.json": b"{}\n", "checkpoint": b"x"}


def linked(data: bytes) -> bytes:
    return zipped(FIRST, (named("checkpoint", create_system=3, external_attr=0o120777 << 16), data))


def encrypted(_: bytes) -> bytes:
    data = bytearray(zipped(FIRST, (named("checkpoint"), b"x")))
    start = data.rindex(b"PK\x03\x04")
    data[start + 6] |= 1
    start = data.rindex(b"PK\x01\x02")
    data[start + 8] |= 1
    return bytes(data)


def with_descriptor(_: bytes) -> bytes:
    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError

        def tell(self) -> int:
            raise OSError

    target = Unseekable()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(copy(FIRST[0]), FIRST[1])
    return target.getvalue()


def renamed_locally(_: bytes) -> bytes:
    data = zipped(FIRST, (named("checkpoint"), b"x"))
    return data.replace(b"checkpoint", b"scope.txt?", 1)


def twice(_: bytes) -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return zipped(FIRST, (named("checkpoint"), b"x"), (named("checkpoint"), b"y"))


def bomb(_: bytes) -> bytes:
    return zipped(FIRST, (named("checkpoint", compress_type=zipfile.ZIP_DEFLATED), bytes(40_000_000)))


def lying_bomb(_: bytes) -> bytes:
    """It says it is small, and unpacks to 40 MB."""
    data = bytearray(zipped(FIRST, (named("checkpoint", compress_type=zipfile.ZIP_DEFLATED), bytes(40_000_000))))
    struct.pack_into("<L", data, data.rindex(b"PK\x03\x04") + 22, 1_000)
    struct.pack_into("<L", data, data.rindex(b"PK\x01\x02") + 24, 1_000)
    return bytes(data)


def trailing_in_member(_: bytes) -> bytes:
    """Bytes after the end of a deflate stream, inside its member."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = engine.compress(b"x" * 99) + engine.flush() + b"hidden"
    data = bytearray(zipped(FIRST, (named("checkpoint"), packed)))
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        start = data.rindex(mark)
        struct.pack_into("<H", data, start + at, 8)
        struct.pack_into("<L", data, start + at + 6, zlib.crc32(b"x" * 99))
        struct.pack_into("<L", data, start + at + 14, 99)
    return bytes(data)


def wrong_crc(_: bytes) -> bytes:
    data = bytearray(zipped(FIRST, (named("checkpoint"), b"x")))
    for mark, at in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        data[data.rindex(mark) + at] ^= 1
    return bytes(data)


def hidden_between(_: bytes) -> bytes:
    """A gap between two members, with the offsets put right."""
    data = zipped(FIRST, (named("checkpoint"), b"x"))
    second = data.rindex(b"PK\x03\x04")
    moved = bytearray(data[:second] + b"hidden" + data[second:])
    struct.pack_into("<L", moved, moved.rindex(b"PK\x01\x02") + 42, second + 6)
    end = moved.rindex(b"PK\x05\x06")
    struct.pack_into("<L", moved, end + 16, struct.unpack_from("<L", moved, end + 16)[0] + 6)
    return bytes(moved)


HOSTILE: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a symbolic link": ("attributes a1ff0000", linked),
    "a folder": ("attributes 00000010", lambda _: zipped(FIRST, (named("checkpoint", external_attr=0x10), b""))),
    "encryption": ("flags 0001", encrypted),
    "a data descriptor": ("flags 0008", with_descriptor),
    "a local header with another name": ("a local header that says something else", renamed_locally),
    "a name twice": ("checkpoint twice", twice),
    "a bomb": ("40000000 bytes", bomb),
    "a bomb that denies it": ("more bytes than its header says, expected 1000", lying_bomb),
    "bytes after a deflate stream": ("bytes after", trailing_in_member),
    "a wrong CRC": ("with CRC", wrong_crc),
    "bytes between members": ("its header at", hidden_between),
    "bytes after the end": ("no end record", lambda _: zipped(FIRST) + b"x"),
    "bytes before the start": ("out of place", lambda _: b"x" + zipped(FIRST)),
    "a comment": ("no end record", lambda _: zipped(FIRST, comment=b"hello")),
    "a comment of a member": ("1 bytes more", lambda _: zipped((named("bundle.json", comment=b"x"), b"{}\n"))),
    "an extra field": ("4 bytes more", lambda _: zipped((named("bundle.json", extra=b"\x99\x99\0\0"), b"{}\n"))),
    "another method": ("method 12", lambda _: zipped((named("bundle.json", compress_type=zipfile.ZIP_BZIP2), b"{}\n"))),
    "another member first": ("checkpoint first", lambda _: zipped((named("checkpoint"), b"x"), FIRST)),
    "no member": ("no end record", lambda _: zipped()),
    "two zips in one": ("out of place", lambda _: zipped(FIRST) + zipped(FIRST)),
}


@pytest.mark.parametrize(("why", "make"), HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_zip_is_refused_in_one_line(why: str, make: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(make(b""))

    with pytest.raises(FormatError, match=why) as refused:
        unpack(path)

    assert refused.value.exit_code == 2
    assert str(refused.value).startswith("zip")
    assert str(refused.value).isprintable()


def unpack(path: Path) -> None:
    with open_container(path) as container:
        for name in container.members:
            container.measure(name)


def test_a_file_that_can_not_be_read_is_bad_input(tmp_path: Path) -> None:
    for path in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(BadInput, match="can't be read"), open_container(path):
            pass
