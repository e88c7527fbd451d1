"""Showing that a change is found: one byte of an entry is changed in a copy of a ledger."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path
from subprocess import run
from typing import TYPE_CHECKING, Final

from ledger.errors import StoreError

if TYPE_CHECKING:
    from ledger import Ledger, Report

_PIECE: Final = 48


def tampered_copy(ledger: Ledger, index: int, target: Path) -> tuple[int, int]:
    """(offset in the file, old byte) of the one byte changed in `target`, a new copy of the ledger and its blobs.

    The byte lies in the signed payload of entry `index`, and is changed in the file itself, as somebody with
    access to the disk would do it.

    Raises:
        StoreError: if the copy can't be made.
    """
    leaf = ledger.leaf(index)
    ledger.close()  # what is still in the write-ahead log goes into the file
    try:
        shutil.copyfile(ledger.path, target)
        blobs = ledger.path.with_name(ledger.path.name + ".blobs")
        if blobs.is_dir():
            shutil.copytree(blobs, target.with_name(target.name + ".blobs"))
        stored = target.read_bytes()
        offset = _inside(stored, leaf)
        with target.open("r+b") as handle:
            handle.seek(offset)
            handle.write(b"A" if stored[offset : offset + 1] != b"A" else b"B")
    except OSError as error:
        raise StoreError(f"{target}: the copy can't be made ({error.strerror})") from error
    return offset, stored[offset]


def _inside(stored: bytes, leaf: bytes) -> int:
    """The offset in the database file of a byte of the leaf's payload.

    A long leaf is spread over pages, and payloads begin alike, so a piece of it is looked for that is there once.
    """
    start = leaf.index(b'"payload":"') + 100
    for place in range(start, len(leaf) - _PIECE, _PIECE):
        if stored.count(piece := leaf[place : place + _PIECE]) == 1:
            return stored.index(piece)
    raise AssertionError("a leaf that was just read is in the file")


def verify_copy(copy: Path, state: Path) -> Report:
    """What verification says about the copy; nothing is remembered.

    Raises:
        StoreError: if it can't be read at all.
    """
    from ledger import verify_ledger

    return verify_ledger(copy, state=state, remember=False)


def sha256sum(leaf: bytes) -> tuple[str, str]:
    """(hex SHA-256 of a zero byte and the leaf, the program that computed it): the system's own, if it has one."""
    program = shutil.which("sha256sum")
    if program:
        done = run([program], input=b"\0" + leaf, capture_output=True, check=False)  # noqa: S603  # a fixed program
        if done.returncode == 0:
            return done.stdout[:64].decode("ascii", "replace"), "sha256sum"
    return sha256(b"\0" + leaf).hexdigest(), "hashlib"
