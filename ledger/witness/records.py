"""What a witness remembers: who it is, and of each log the newest checkpoint that it cosigned. One SQLite file.

The whole worth of a witness lies in this file: put back from a backup, it would cosign a fork from there on. It only
moves forward, by compare-and-swap on what was read before the proof was checked, so that of two requests at once one
finds that the other was first. What is written is on disk (WAL, synchronous FULL) before anybody hears of it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledger.checkpoint import Checkpoint
from ledger.cosignature import COSIGNER_TYPES
from ledger.errors import BadInput, FormatError, StoreError
from ledger.note import VerifierKey, format_vkey, parse_vkey

_APPLICATION: Final = 0x61776974  # "awit"
_VERSION: Final = 1
_BUSY_SECONDS: Final = 30.0
_TABLES: Final = """
CREATE TABLE cosigner (vkey TEXT PRIMARY KEY) STRICT;
CREATE TABLE latest (
    origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note BLOB NOT NULL
) STRICT;
CREATE TRIGGER latest_update BEFORE UPDATE ON latest
    WHEN NEW.origin <> OLD.origin OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root)
    BEGIN SELECT RAISE(ABORT, 'a witness only moves forward'); END;
CREATE TRIGGER latest_delete BEFORE DELETE ON latest BEGIN SELECT RAISE(ABORT, 'a witness forgets nothing'); END;
CREATE TRIGGER latest_insert BEFORE INSERT ON latest WHEN EXISTS (SELECT 1 FROM latest WHERE origin = NEW.origin)
    BEGIN SELECT RAISE(ABORT, 'a witness only moves forward'); END;
"""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The newest checkpoint cosigned of a log; `note` has the log's line and the cosignatures given for it."""

    size: int
    root: bytes
    note: bytes


class Records:
    """The open file; may be used from several threads, and by several processes at once."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @classmethod
    def create(cls, file: Path, cosigners: Sequence[VerifierKey]) -> Records:
        """A new file for the witness with these keys.

        Raises:
            StoreError: it exists already or can't be written.
        """
        if file.exists():
            raise StoreError(f"{file}: exists already", remedy="a witness is never overwritten; choose another path")
        records = cls(file)
        with records._connection("created", create=True) as connection:
            connection.execute("PRAGMA journal_mode = WAL")  # stays with the file
            connection.executescript(
                f"BEGIN; PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION}; {_TABLES} COMMIT;"
            )
            with _transaction(connection):
                connection.executemany("INSERT INTO cosigner VALUES (?)", [(format_vkey(key),) for key in cosigners])
        return records

    @classmethod
    def open(cls, file: Path) -> Records:
        """The file of an existing witness.

        Raises:
            StoreError: there is none, or it is something else.
        """
        records = cls(file)
        if not file.is_file():
            raise StoreError(f"{file}: no witness there", remedy="make one with 'aims witness new'")
        with records._connection("opened") as connection:
            ((application,),) = connection.execute("PRAGMA application_id").fetchall()
            ((version,),) = connection.execute("PRAGMA user_version").fetchall()
        if application != _APPLICATION:
            raise StoreError(f"{file}: not the file of a witness", remedy="make one with 'aims witness new'")
        if version != _VERSION:
            raise StoreError(
                f"{file}: version {version} of a witness's file, expected {_VERSION}", remedy="update the program"
            )
        return records

    def cosigners(self) -> tuple[VerifierKey, ...]:
        """The keys this witness cosigns with."""
        with self._connection("read") as connection:
            rows = connection.execute("SELECT vkey FROM cosigner ORDER BY rowid").fetchall()
        try:
            return tuple(parse_vkey(vkey, COSIGNER_TYPES) for (vkey,) in rows)
        except FormatError as error:
            raise StoreError(f"{self.file}: {error}", remedy="the file is damaged; make a new witness") from error

    def latest(self, origin: str) -> Recorded | None:
        """What was cosigned last of a log."""
        with self._connection("read") as connection:
            row = connection.execute("SELECT size, root, note FROM latest WHERE origin = ?", (origin,)).fetchone()
        return None if row is None else Recorded(*row)

    def origins(self) -> list[str]:
        """The logs of which something was cosigned."""
        with self._connection("read") as connection:
            return [origin for (origin,) in connection.execute("SELECT origin FROM latest ORDER BY origin")]

    def advance(self, before: Recorded | None, checkpoint: Checkpoint, note: bytes) -> bool:
        """Whether `checkpoint` took the place of `before`; if not, another did meanwhile. Durable when it returns."""
        new = (checkpoint.size, checkpoint.root, note)
        with self._connection("written") as connection, _transaction(connection):
            if before is None:
                insert = "INSERT INTO latest SELECT ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM latest WHERE origin = ?)"
                return connection.execute(insert, (checkpoint.origin, *new, checkpoint.origin)).rowcount == 1
            # Not only the size: where it stayed the same, so has the root, or this is another witness's history.
            update = "UPDATE latest SET size = ?, root = ?, note = ? WHERE origin = ? AND size = ? AND root = ?"
            return connection.execute(update, (*new, checkpoint.origin, before.size, before.root)).rowcount == 1

    @contextmanager
    def _connection(self, doing: str, *, create: bool = False) -> Iterator[sqlite3.Connection]:
        # One for each use: threads share nothing then, and opening costs less than the fsync.
        mode = "rwc" if create else "rw"
        try:
            uri = f"{self.file.absolute().as_uri()}?mode={mode}"
            opened = sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
            with closing(opened) as connection:
                connection.execute("PRAGMA synchronous = FULL")
                yield connection
        except sqlite3.Error as error:
            raise StoreError(
                f"{self.file}: the witness's file can't be {doing} ({error})", remedy="check the file and its folder"
            ) from error


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.rollback()
        raise
    connection.commit()


def check_cosigners(known: Sequence[VerifierKey], held: Sequence[bytes], file: Path) -> None:
    """Return if the public keys `held` are exactly those of the witness.

    Raises:
        BadInput: one is missing or not this witness's.
    """
    for key in known:
        if key.public_key not in held:
            raise BadInput(f"{file}: this witness cosigns with {key}", remedy="give that key too, with --key")
    if len(set(held)) != len(known):
        raise BadInput(
            f"{file}: a key was given that is not this witness's", remedy=f"expected {', '.join(map(str, known))}"
        )
