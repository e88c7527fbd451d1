"""What a checkpoint key has signed: an append-only file outside the database, one line for each checkpoint.

::

    <size> <root, 64 hex> <right edge, hex> <first 16 hex of SHA-256 of what stands before, with its last space>

A line is fsynced before its signature leaves. Behind the last line stand zero bytes: the file grows by 64 KiB at a
time, since a write that makes a file longer takes the disk twice as long as one that does not. What follows the
last newline is a torn write whose signature never left, and is ignored: the beginning of a line, or one in which
whole sectors of 512 bytes are still zero. Anything else that is wrong means the file is damaged, and nothing more
is signed. The file is shortened
to its last line when its lines pass 1 MiB, by writing beside and renaming.
"""

from __future__ import annotations

import errno
import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from io import FileIO
from pathlib import Path
from typing import IO, Final

from ledger.encoding import parse_decimal, parse_hex
from ledger.errors import FormatError, StoreError
from ledger.filelock import file_lock
from ledger.merkle import RightEdge

_SHORTEN: Final = 1 << 20
_STEP: Final = 1 << 16  # more than any line takes
_SECTOR: Final = 512  # what a disk writes whole or not at all
_HOLE: Final = re.compile(rb"\0+")
# Where there is one, the call that leaves out the file's times, which nobody needs here; its size is not left out.
_to_disk = getattr(os, "fdatasync", os.fsync)


@dataclass(frozen=True, slots=True)
class Signed:
    """The last checkpoint signed with a key, and the right edge to continue from."""

    size: int
    root: bytes
    edge: RightEdge


class SignerMemory:
    """The memory of one checkpoint key. `store` only inside `locked`, after `last`; outside it `last` may be behind."""

    def __init__(self, path: Path, origin: str) -> None:
        self._path, self._origin = path, origin
        self.owner = os.getpid()
        self._lock: IO[bytes] | None = None
        self._file: FileIO | None = None
        self._known: tuple[int, Signed] | None = None  # (where its lines end, what the last one says)
        self._room = 0  # bytes of the file that is open here, zeros included
        self._threads = threading.Lock()
        self._holder = 0  # the thread that is inside `locked`

    @property
    def ready(self) -> bool:
        """Whether its lock file is open, and so its folder there."""
        return self._lock is not None

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
                self._holder = threading.get_ident()
                try:
                    yield
                finally:
                    self._holder = 0

    def close(self) -> None:
        """Close the files; they are opened again when they are needed."""
        for file in (self._lock, self._file):
            if file is not None:
                file.close()
        self._lock = self._file = self._known = None

    def last(self, *, wait: bool = True) -> Signed | None:
        """What was signed last, or None if this machine has never signed with the key.

        What looks like damage may be a line that somebody else is just writing; to know, `last` waits for the lock,
        or with `wait` False, for who holds a lock that may be waited for there, takes the line before.

        Raises:
            FormatError: if the file is damaged; signing on would risk a fork.
            StoreError: if it can't be read.
        """
        mine, known = self._holder == threading.get_ident(), self._known
        try:
            if known is not None and self._ends_at(known[0]):
                return known[1]
            # At most 1 MiB and a step: the whole is read, since only zeros may stand behind the lines.
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unusable(error) from error
        written = data[: data.rfind(b"\n", 0, data.find(b"\0") if b"\0" in data else None) + 1]
        torn = data[len(written) :].rstrip(b"\0")
        if torn and b"\0" in data and not _half_written(torn, len(written)):
            if mine or not written:  # the first line comes with the file
                # To take damage for a torn write would forget what was signed.
                raise self._damaged(torn.replace(b"\0", b"?"))
            if wait:
                with self.locked():
                    return self.last()
        if not written:
            return None
        signed = self._parse(written[written.rfind(b"\n", 0, -1) + 1 : -1])
        if mine:  # the others only look
            self._known = None if torn else (len(written), signed)
        return signed

    def store(self, signed: Signed) -> None:
        """Make durable what is about to be signed; the signature may leave only after this returns.

        Raises:
            StoreError: if it can't be written; nothing may be signed then.
        """
        text = f"{signed.size} {signed.root.hex()} {signed.edge.to_bytes().hex()} ".encode()
        line = text + sha256(text).hexdigest()[:16].encode() + b"\n"
        end = self._known[0] if self._known is not None else 0
        try:
            if self._file is None or not 0 < end <= _SHORTEN:
                self._begin_again(line)
                end = 0
            else:
                self._add(line, end)
        except OSError as error:
            self._known = None
            raise self._unusable(error) from error
        self._known = (end + len(line), signed)

    def _add(self, line: bytes, end: int) -> None:
        assert self._file is not None
        if end + len(line) >= self._room:  # one zero at least stays behind the last line
            line += bytes(_STEP)
        try:
            self._file.seek(end)
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            _to_disk(self._file.fileno())
        except OSError:
            # A line that may not be on disk must not be found here later and taken for one that is.
            with suppress(OSError):
                self._file.close()
            self._file = None
            os.truncate(self._path, end)
            raise
        self._room = max(self._room, end + len(line))

    def _begin_again(self, line: bytes) -> None:
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.write(line + bytes(_STEP))
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
        self._file = FileIO(self._path, "r+")
        self._room = len(line) + _STEP

    def _ends_at(self, end: int) -> bool:
        """Whether the file open here is still the one at its path, and no other process has written a line at `end`."""
        file = self._file
        if file is None:
            return False
        found = self._path.stat()
        try:
            same = found.st_size == self._room and os.path.samestat(os.fstat(file.fileno()), found)
            return same and self._byte(file, end) == b"\0"
        except ValueError:  # whoever holds the lock has just closed it
            return False

    def _byte(self, file: FileIO, at: int) -> bytes:
        # Another thread may be writing: its place in the file must not move.
        if sys.platform != "win32":
            return os.pread(file.fileno(), 1, at)
        with self._path.open("rb") as other:
            other.seek(at)
            return other.read(1)

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


def _half_written(torn: bytes, at: int) -> bool:
    """Whether what stands at `at`, behind the last line, can be a line of which some sectors did not reach the disk."""
    holes = [(hole.start() + at, hole.end() + at) for hole in _HOLE.finditer(torn)]
    by_sector = all((start == at or start % _SECTOR == 0) and end % _SECTOR == 0 for start, end in holes)
    return by_sector and b"\n" not in torn[:-1] and (bool(holes) or (at + len(torn)) % _SECTOR == 0)


def _edge(size: int, text: str) -> RightEdge:
    return RightEdge.from_bytes(size, bytes.fromhex(text))
