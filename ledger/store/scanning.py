"""One range of a ledger verified from its database: what a worker process does, and what it hands back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from ledger.checkpoint import verify_checkpoint
from ledger.errors import FormatError, ProofError, StoreError
from ledger.store import tables as t
from ledger.store.backend import Backend, open_sqlite
from ledger.store.blobs import Blobs
from ledger.store.entryscan import EntryScan, Judging, scan_entries
from ledger.store.hashscan import HashScan, scan_hashes
from ledger.store.read import read_leaves

Level = Literal["hashes", "signatures", "full"]


@dataclass(frozen=True, slots=True)
class CheckedNote:
    """A stored checkpoint: its row, and either the root it signs or what is wrong with it."""

    seq: int
    size: int
    root: bytes = b""
    problem: str = ""
    permitted: bool = True


@dataclass(frozen=True, slots=True)
class RangeResult:
    """Everything one range ``[start, end)`` showed."""

    hashes: HashScan
    entries: EntryScan | None
    notes: tuple[CheckedNote, ...]


@dataclass(frozen=True, slots=True)
class RangeScanner:
    """Scans ranges of one database; plain values, so that it can be sent to another process."""

    path: Path
    level: Level
    judging: Judging
    sizes: tuple[int, ...]  # tree sizes whose root is wanted beside those of stored checkpoints

    def __call__(self, bounds: tuple[int, int]) -> RangeResult:
        """The result of the range ``bounds``."""
        start, end = bounds
        backend = _opened(self.path)
        with backend.reading(f"verifying entries {start} to {end - 1}") as connection:
            notes = tuple(self._notes(connection, start, end))
            sizes = {note.size for note in notes} | {size for size in self.sizes if start < size <= end}
            if self.level == "hashes":
                return RangeResult(scan_hashes(connection, start, end, sorted(sizes)), None, notes)
            leaves = list(read_leaves(connection, start, end))
            hashes = scan_hashes(connection, start, end, sorted(sizes), leaves)
            entries = scan_entries(connection, Blobs(backend.blob_folder), self.judging, leaves)
        return RangeResult(hashes, entries, notes)

    def _notes(self, connection: sa.Connection, start: int, end: int) -> Sequence[CheckedNote]:
        c = t.checkpoint.c
        query = sa.select(c.seq, c.size, c.note).where(c.size > start, c.size <= end).order_by(c.seq)
        return [check_note(self.judging, seq, size, bytes(raw)) for seq, size, raw in connection.execute(query)]


def check_note(judging: Judging, seq: int, size: int, raw: bytes) -> CheckedNote:
    """A stored checkpoint note, verified with the checkpoint keys of the ledger's own history."""
    authority = judging.authority
    try:
        verified = verify_checkpoint(raw, authority.verifier_keys())
    except (FormatError, ProofError) as error:
        return CheckedNote(seq, size, problem=str(error))
    found = verified.checkpoint
    if found.origin != authority.origin:
        return CheckedNote(seq, size, problem=f"it is a checkpoint of {found.origin}", permitted=False)
    if found.size != size:
        return CheckedNote(seq, size, problem=f"it is stored as size {size} and says {found.size}")
    keys = [k for k in authority.checkpoint_keys if k.vkey in verified.signed_by]
    if not any(k.start <= size and size <= k.end for k in keys):
        return CheckedNote(seq, size, problem="its key was not in force at this size", permitted=False)
    return CheckedNote(seq, size, root=found.root)


@dataclass(frozen=True, slots=True)
class BlobChecker:
    """Measures attachments; can be sent to another process."""

    path: Path

    def __call__(self, digest: str) -> tuple[str, int] | None:
        """The real digest and file size of an attachment, or None if it is not there."""
        blobs = Blobs(_opened(self.path).blob_folder)
        try:
            return blobs.measure(digest)
        except StoreError:
            return None


_SHARED: ContextVar[Backend | None] = ContextVar("the verification's own backend", default=None)


@contextmanager
def scanning_with(backend: Backend) -> Iterator[None]:
    """Let scanners of this thread read through `backend`, which its owner closes."""
    token = _SHARED.set(backend)
    try:
        yield
    finally:
        _SHARED.reset(token)


def _opened(path: Path) -> Backend:
    shared = _SHARED.get()
    return shared if shared is not None else _opened_once(path)


@lru_cache(maxsize=4)
def _opened_once(path: Path) -> Backend:
    # In a worker process, which ends with its verification: opening costs more than scanning a small range. In a
    # process that lives on, this would read the old file again after somebody put another one in its place.
    return open_sqlite(path, read_only=True)
