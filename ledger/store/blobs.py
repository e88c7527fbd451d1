"""Attachments: files named by their SHA-256 in a folder beside the database, streamed in and out.

A blob is written under a temporary name, fsynced, renamed to its digest, and its folder fsynced, before an
entry may name it: a crash leaves either the whole blob or a temporary file that nobody refers to. A personal
attachment is stored under SHA-256(32-byte salt || file), salt first in the file, so that its name reveals
nothing and deleting the file deletes both.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from ledger.errors import StoreError

_CHUNK = 1 << 20
SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Stored:
    """A blob in the folder: its name (64 hex digits), and the size of the file in bytes without salt."""

    digest: str
    size: int


class Blobs:
    """The blob folder of one ledger."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, digest: str) -> Path:
        """Where the blob `digest` lies, if it exists."""
        return self._folder / digest[:2] / digest[2:]

    def has(self, digest: str) -> bool:
        """Whether the blob exists; its bytes are checked on verify, not here."""
        return self.path(digest).is_file()

    def size(self, digest: str) -> int | None:
        """The size of the blob's file in bytes, with the salt if it has one; None if there is no such file."""
        path = self.path(digest)
        return path.stat().st_size if path.is_file() else None

    def put(self, source: BinaryIO, *, personal: bool = False) -> Stored:
        """Copy `source` into the folder in pieces of 1 MiB; durable when this returns.

        Raises:
            StoreError: if the folder can't be written or the disk is full; nothing is left behind.
        """
        temporary = self._folder / f"incoming-{secrets.token_hex(8)}"
        try:
            if not self._folder.is_dir():
                self._folder.mkdir(parents=True, exist_ok=True)
                _sync_folder(self._folder.parent)
            digest, size = self._copy(source, temporary, secrets.token_bytes(SALT_BYTES) if personal else b"")
            target = self.path(digest)
            if target.exists():
                temporary.unlink()
            else:
                target.parent.mkdir(exist_ok=True)
                temporary.replace(target)
            # Also for a blob that was there: the process that wrote it may have died before this fsync.
            _sync_folder(target.parent)
            _sync_folder(self._folder)
        except OSError as error:
            with suppress(OSError):  # it may never have come to be; what went wrong first is what counts
                temporary.unlink()
            raise StoreError(
                f"attachment: can't be written to {self._folder.name} ({error.strerror})",
                remedy="check free space and permissions, then try again",
            ) from error
        return Stored(digest, size)

    def _copy(self, source: BinaryIO, temporary: Path, salt: bytes) -> tuple[str, int]:
        digest, size = sha256(salt), 0
        with temporary.open("xb") as target:
            target.write(salt)
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                size += len(chunk)
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        return digest.hexdigest(), size

    @contextmanager
    def open(self, digest: str, *, salted: bool = False) -> Iterator[BinaryIO]:
        """The blob for reading, positioned after the salt if it has one.

        Raises:
            StoreError: if it is not there.
        """
        path = self.path(digest)
        try:
            # Not a device or a pipe put in its place: reading one of those may never end.
            if not path.is_file():
                raise FileNotFoundError(errno.ENOENT, "no regular file of that name")
            handle = path.open("rb")
        except OSError as error:
            raise StoreError(f"attachment {digest[:16]}: not in {self._folder.name} ({error.strerror})") from error
        with handle:
            handle.seek(SALT_BYTES if salted else 0)
            yield handle

    def measure(self, digest: str) -> tuple[str, int]:
        """The real digest and file size (with salt) of the blob's bytes, streamed.

        Raises:
            StoreError: if it is not there or can't be read.
        """
        measured, size = sha256(), 0
        with self.open(digest) as handle:
            while chunk := handle.read(_CHUNK):
                measured.update(chunk)
                size += len(chunk)
        return measured.hexdigest(), size

    def remove(self, digest: str) -> None:
        """Delete a blob after an erasure entry named it; absent already is fine (a repeated erasure).

        Raises:
            StoreError: if it is there and stays.
        """
        try:
            self.path(digest).unlink(missing_ok=True)
            if self.path(digest).parent.is_dir():
                _sync_folder(self.path(digest).parent)
        except OSError as error:
            raise StoreError(
                f"attachment {digest[:16]}: can't be removed from {self._folder.name} ({error.strerror})",
                remedy="check the folder's permissions, then run 'aims erase --finish'",
            ) from error


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # Windows has no fsync for folders; the rename is journalled by the file system
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
