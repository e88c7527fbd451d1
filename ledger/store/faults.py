"""Database faults in the words of `ledger.errors`: one place turns the driver's exceptions into ours."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from ledger.errors import Damaged, OutcomeUnknown, StoreError, clip

_RESTORE = "restore a copy and verify that"
_REMEDIES = (
    ("database or disk is full", "the disk is full", "free space, then run the command again"),
    ("disk i/o error", "the disk failed", "check the disk and its free space, then run the command again"),
    (
        "readonly database",
        "the database is read-only",
        "open it with an account that may write, or use read_only",
    ),
    ("unable to open database", "the database can't be opened", "check the path and its permissions"),
    ("file is not a database", "the file is not a SQLite database", "check the path"),
    ("no such table", "the database has no ledger in it", "check the path; if it was a ledger, restore a copy"),
    ("database is locked", "another program holds the database", "stop it, or wait, then try again"),
)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Raise `StoreError` for what the driver raised while `doing` something that was rolled back.

    Raises:
        StoreError: with the fault and its remedy.
    """
    try:
        yield
    except (IntegrityError, sqlite3.IntegrityError) as error:
        raise StoreError(
            f"{doing}: the database refused it ({_words(error)})",
            remedy="the schema keeps the ledger append-only",
        ) from error
    except (DBAPIError, sqlite3.Error) as error:
        raise _store_error(doing, error) from error
    except UnicodeDecodeError as error:
        # The driver can't even tell what the database said of its own damaged schema.
        raise Damaged(f"{doing}: the database file is damaged", remedy=_RESTORE) from error


@contextmanager
def committing(doing: str) -> Iterator[None]:
    """As `translated`, but a fault now leaves open whether the commit happened.

    A full disk is the exception: SQLite reports it before the commit record is written, and rolls back.

    Raises:
        StoreError: if the commit did not happen.
        OutcomeUnknown: if nobody can tell before asking again.
    """
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        if "full" in _words(error):
            raise _store_error(doing, error) from error
        raise OutcomeUnknown(
            f"{doing}: the commit was sent and failed ({_words(error)}); it may or may not be in the ledger",
            remedy="send the same envelopes again: those stored give their receipt, the others are stored",
        ) from error


def _store_error(doing: str, error: Exception) -> StoreError:
    text = _words(error).lower()
    if "malformed" in text:
        return Damaged(f"{doing}: the database file is damaged", remedy=_RESTORE)
    for sign, fault, remedy in _REMEDIES:
        if sign in text:
            return StoreError(f"{doing}: {fault}", remedy=remedy)
    return StoreError(f"{doing}: {_words(error)}")


def _words(error: Exception) -> str:
    """What the driver itself said, on one line; prepared statements raise its exceptions as they are."""
    return clip(str(error.orig) if isinstance(error, DBAPIError) else str(error), 300)
