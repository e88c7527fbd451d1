"""What a checkpoint key has signed: an append-only file outside the database, one line for each checkpoint.

::

    <size> <root, 64 hex> <right edge, hex> <first 16 hex of SHA-256 of what stands before, with its last space>

A line is fsynced before its signature leaves. What follows the last newline is a torn write whose signature
never left, and is ignored; a whole line that is wrong means the file is damaged, and nothing more is signed. The
file is shortened to its last line when it passes 1 MiB, by writing beside and renaming.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, Final

from ledger.encoding import parse_decimal, parse_hex
from ledger.errors import FormatError, StoreError
from ledger.filelock import file_lock
from ledger.merkle import RightEdge

_TAIL: Final = 8_192  # more than two lines of the largest tree
_SHORTEN: Final = 1 << 20
# Where there is one, the call that leaves out the file's times, which nobody needs here; its size is not left out.
_to_disk = getattr(os, "fdatasync", os.fsync)


@dataclass(frozen=True, slots=True)
class Signed:
    """The last checkpoint signed with a key, and the right edge to continue from."""

    size: int
    root: bytes
    edge: RightEdge


class SignerMemory:
    """The memory of one checkpoint key. `store` only inside `locked`; outside it `last` may be behind at once."""

    def __init__(self, path: Path, origin: str) -> None:
        self._path, self._origin = path, origin
        self.owner = os.getpid()
        self._lock: IO[bytes] | None = None
        self._file: IO[bytes] | None = None
        self._known: tuple[int, Signed] | None = None  # (file size, what it ends with)
        self._threads = threading.Lock()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the key against every other thread and process.

        Raises:
            StoreError: if the lock file can't be opened.
        """
        with self._threads:  # the file lock is the process's, not the thread's
            if self._lock is None:
                try:
                    self._lock = self._path.with_suffix(".lock").open("a+b")
                except OSError as error:
                    raise self._unusable(error) from error
            with file_lock(self._lock):
                yield

    def close(self) -> None:
        """Close the files; they are opened again when they are needed."""
        for file in (self._lock, self._file):
            if file is not None:
                file.close()
        self._lock = self._file = self._known = None

    def last(self) -> Signed | None:
        """What was signed last, or None if this machine has never signed with the key.

        Raises:
            FormatError: if the file is damaged; signing on would risk a fork.
            StoreError: if it can't be read.
        """
        try:
            if self._known is not None and self._same_file() == self._known[0]:
                return self._known[1]
            size = self._path.stat().st_size
            with self._path.open("rb") as file:
                file.seek(max(0, size - _TAIL))
                lines = file.read().split(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        # The last piece is what follows the last newline: nothing, or a torn write.
        if len(lines) < 2:
            return None
        signed = self._parse(lines[-2])
        self._known = None if lines[-1] else (size, signed)
        return signed

    def store(self, signed: Signed) -> None:
        """Make durable what is about to be signed; the signature may leave only after this returns.

        Raises:
            StoreError: if it can't be written; nothing may be signed then.
        """
        text = f"{signed.size} {signed.root.hex()} {signed.edge.to_bytes().hex()} ".encode()
        line = text + sha256(text).hexdigest()[:16].encode() + b"\n"
        try:
            if self._known is None or self._known[0] > _SHORTEN or not self._same_file():
                self._begin_again(line)
                size = len(line)
            else:
                self._add(line, self._known[0])
                size = self._known[0] + len(line)
        except OSError as error:
            self._known = None
            raise self._unusable(error) from error
        self._known = (size, signed)

    def _add(self, line: bytes, size: int) -> None:
        assert self._file is not None
        try:
            self._file.write(line)
            self._file.flush()
            _to_disk(self._file.fileno())
        except OSError:
            # A line that may not be on disk must not be found here later and taken for one that is.
            with suppress(OSError):
                self._file.close()
            self._file = None
            os.truncate(self._path, size)
            raise

    def _begin_again(self, line: bytes) -> None:
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)
        if os.name != "nt":  # a rename is durable once its folder is
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        if self._file is not None:
            self._file.close()
        self._file = self._path.open("ab")

    def _same_file(self) -> int:
        """The size of the file, or 0 if the one that is open here is not the one at its path."""
        if self._file is None:
            return 0
        found = self._path.stat()
        return found.st_size if os.path.samestat(os.fstat(self._file.fileno()), found) else 0

    def _parse(self, line: bytes) -> Signed:
        text, space, check = line.rpartition(b" ")
        try:
            size, root, edge = text.decode("ascii").split(" ")
            signed = Signed(parse_decimal(size), parse_hex(root, 32), _edge(parse_decimal(size), edge))
        except (ValueError, FormatError) as error:
            raise self._damaged(line) from error
        if sha256(text + space).hexdigest()[:16].encode() != check or signed.edge.root() != signed.root:
            raise self._damaged(line)
        return signed

    def _unusable(self, error: OSError) -> StoreError:
        return StoreError(
            f"signer memory {self._path}: can't be used ({error.strerror})", remedy="check AIMS_STATE and the disk"
        )

    def _damaged(self, line: bytes) -> FormatError:
        return FormatError(
            str(self._path),
            line[:60].decode("ascii", "replace"),
            f"what was signed for {self._origin}",
            remedy="restore the file, or remove it and run 'aims checkpoint --adopt' with a witnessed one",
        )


def _edge(size: int, text: str) -> RightEdge:
    return RightEdge.from_bytes(size, bytes.fromhex(text))
