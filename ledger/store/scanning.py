"""One range of a ledger verified from its database: what a worker process does, and what it hands back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from ledger.errors import StoreError
from ledger.store.backend import Backend, open_sqlite
from ledger.store.blobs import Blobs
from ledger.store.entryscan import scan_entries
from ledger.store.hashscan import HashScan, scan_hashes
from ledger.store.judging import EntryScan, Judging
from ledger.store.notescan import CheckedNote, notes_inside
from ledger.store.read import read_leaves

Level = Literal["hashes", "signatures", "full"]


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
    last_seq: int  # of the checkpoint rows that were there when the verification began
    sizes: tuple[int, ...]  # tree sizes whose root is wanted beside those of stored checkpoints
    since: int = 0  # entries before it are only hashed: an earlier verification judged them

    def __call__(self, bounds: tuple[int, int]) -> RangeResult:
        """The result of the range ``bounds``, in a process that has the database not open yet."""
        return self.scan(_opened(self.path), bounds)

    def scan(self, backend: Backend, bounds: tuple[int, int]) -> RangeResult:
        """The result of the range ``bounds``."""
        start, end = bounds
        with backend.reading(f"verifying entries {start} to {end - 1}") as connection:
            notes = tuple(notes_inside(connection, self.judging, start, end, self.last_seq))
            sizes = {note.size for note in notes if not note.problem} | {
                size for size in self.sizes if start < size <= end
            }
            if self.level == "hashes":
                return RangeResult(scan_hashes(connection, start, end, sorted(sizes)), None, notes)
            leaves = list(read_leaves(connection, start, end))
            leaf_hashes: list[bytes] = []
            hashes = scan_hashes(connection, start, end, sorted(sizes), leaves, leaf_hashes)
            fresh = [leaf for leaf in leaves if leaf[0] >= self.since] if start < self.since else leaves
            blobs = Blobs(backend.blob_folder)
            entries = scan_entries(connection, blobs, self.judging, start, fresh, leaf_hashes)
        return RangeResult(hashes, entries, notes)


@dataclass(frozen=True, slots=True)
class BlobChecker:
    """Measures attachments; can be sent to another process."""

    path: Path

    def __call__(self, digest: str) -> tuple[str, int] | None:
        """The real digest and file size of an attachment, or None if it is not there."""
        return self.measure(_opened(self.path), digest)

    def measure(self, backend: Backend, digest: str) -> tuple[str, int] | None:
        """The same with a database that is open."""
        try:
            return Blobs(backend.blob_folder).measure(digest)
        except StoreError:
            return None


@lru_cache(maxsize=1)
def _opened(path: Path) -> Backend:
    # Once per worker process, since opening costs more than scanning a small range; never in the process that
    # verifies, where another database may stand at the same path the next time.
    return open_sqlite(path, read_only=True)
