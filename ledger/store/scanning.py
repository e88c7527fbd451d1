"""One range of a ledger verified from its database: what a worker process does, and what it hands back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import sqlalchemy as sa

from ledger.checkpoint import verify_checkpoint
from ledger.errors import FormatError, ProofError, StoreError
from ledger.note import parse_note
from ledger.store import tables as t
from ledger.store.backend import Backend, open_sqlite
from ledger.store.blobs import Blobs
from ledger.store.entryscan import scan_entries
from ledger.store.hashscan import HashScan, scan_hashes
from ledger.store.judging import EntryScan, Judging
from ledger.store.read import column_bytes, read_leaves
from ledger.verdicts import Verdict

Level = Literal["hashes", "signatures", "full"]


@dataclass(frozen=True, slots=True)
class CheckedNote:
    """A stored checkpoint: its row, and either the root it signs or what is wrong with it."""

    seq: int
    size: int
    root: bytes = b""
    problem: str = ""
    verdict: Verdict = Verdict.SIGNATURE_INVALID


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

    def __call__(self, bounds: tuple[int, int]) -> RangeResult:
        """The result of the range ``bounds``, in a process that has the database not open yet."""
        return self.scan(_opened(self.path), bounds)

    def scan(self, backend: Backend, bounds: tuple[int, int]) -> RangeResult:
        """The result of the range ``bounds``."""
        start, end = bounds
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
        if self.judging.authority is None:
            return []  # no key to verify them with
        c = t.checkpoint.c
        note = sa.type_coerce(c.note, sa.types.NullType())
        query = sa.select(c.seq, c.size, note).where(c.size > start, c.size <= end, c.seq <= self.last_seq)
        rows = connection.execute(query.order_by(c.size, c.seq)).all()
        return [check_note(self.judging, seq, size, column_bytes(raw)) for seq, size, raw in rows]


def check_note(judging: Judging, seq: int, size: int, raw: bytes) -> CheckedNote:
    """A stored checkpoint note, verified with the checkpoint keys of the ledger's own history."""
    authority = judging.authority
    assert authority is not None, "nobody asks without keys"
    if type(size) is not int:
        return CheckedNote(seq, size, problem="its size is no whole number", verdict=Verdict.INDEX_WRONG)
    unsure = judging.unsure_after is not None and size > judging.unsure_after
    refused = Verdict.NOT_CHECKED if unsure else Verdict.NOT_PERMITTED
    try:
        note = parse_note(raw)
        known = {(key.name, key.key_id) for key in authority.verifier_keys()}
        if not known.intersection((s.name, s.key_id) for s in note.signatures):
            return CheckedNote(seq, size, problem="no key of this ledger signed it", verdict=refused)
        verified = verify_checkpoint(raw, authority.verifier_keys())
    except FormatError as error:
        return CheckedNote(seq, size, problem=str(error), verdict=Verdict.ALTERED)
    except ProofError as error:
        return CheckedNote(seq, size, problem=str(error))
    found = verified.checkpoint
    if found.origin != authority.origin:
        problem = f"it is a checkpoint of {found.origin}"
        return CheckedNote(seq, size, problem=problem, verdict=Verdict.NOT_PERMITTED)
    if found.size != size:
        problem = f"it is stored as size {size} and says {found.size}"
        return CheckedNote(seq, size, problem=problem, verdict=Verdict.INDEX_WRONG)
    keys = [k for k in authority.checkpoint_keys if k.vkey in verified.signed_by]
    if not any(k.start <= size <= k.end for k in keys):
        return CheckedNote(seq, size, problem="its key was not in force at this size", verdict=refused)
    return CheckedNote(seq, size, root=found.root)


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
