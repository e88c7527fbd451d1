"""What differs between databases: how to connect, how writers line up, where the blobs lie.

Everything else in `ledger.store` is SQLAlchemy Core and runs unchanged on another database. Here is SQLite.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import sqlalchemy as sa

from ledger.errors import StoreError
from ledger.filelock import file_lock
from ledger.store.faults import committing, translated

_SQLITE = "sqlite:///"
_CACHE_KIB = 65_536
_BUSY_MS = 60_000
_WAL_PAGES = 4_096  # 32 MiB: the last pages of each table are then rewritten in the database less often


@dataclass(slots=True)
class Backend:
    """One open database. `path` is the SQLite file; its blobs lie in `<path>.blobs` beside it."""

    engine: sa.Engine
    path: Path
    read_only: bool
    _threads: threading.Lock = field(default_factory=threading.Lock)
    _writer: sa.Connection | None = None
    _lock_file: IO[bytes] | None = None
    _owner: int = 0  # the process that opened the two above

    @property
    def blob_folder(self) -> Path:
        """Where attachments are kept."""
        return self.path.with_name(self.path.name + ".blobs")

    @contextmanager
    def writing(self, doing: str, *, durable: bool = True) -> Iterator[sa.Connection]:
        """A transaction that no other writer, thread or process, can overlap; commits at the end.

        The order matters: an operating system lock first, then ``BEGIN IMMEDIATE``. SQLite's own busy handler
        sleeps and retries, so under load some writers starve; waiting for a file lock is a queue. A commit that
        is not `durable` may be lost with the power (never torn): only for what can be made again.
        """
        if self.read_only:
            raise StoreError(f"{doing}: the ledger was opened read-only", remedy="open it for writing")
        with self._threads, self._file_lock(doing), translated(doing):
            connection = self._write_connection()
            # On the driver's connection: SQLAlchemy's own begin and commit cost as much as the inserts between them.
            driver = connection.connection.driver_connection
            assert driver is not None
            if not durable:
                driver.execute("PRAGMA synchronous = NORMAL")
            try:
                driver.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                except BaseException:
                    connection.rollback()
                    driver.rollback()
                    raise
                with committing(doing):
                    try:
                        if connection.in_transaction():
                            connection.commit()
                        driver.commit()
                    except BaseException:
                        # Nobody knows what state it is in; the next transaction begins on another connection.
                        self._writer = None
                        connection.invalidate()
                        connection.close()
                        raise
            finally:
                if not durable and self._writer is connection:
                    driver.execute("PRAGMA synchronous = FULL")

    def _write_connection(self) -> sa.Connection:
        """One connection for all writing, since taking one from the pool costs as much as a small insert.

        A forked child must not use what its parent opened: the lock would be shared and the database damaged.
        """
        if self._writer is None or self._owner != os.getpid():
            self._writer = self.engine.connect().execution_options(aims_write=True)
            self._owner = os.getpid()
        return self._writer

    @contextmanager
    def reading(self, doing: str) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the ledger; keep it short, or the WAL grows."""
        with translated(doing), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def _file_lock(self, doing: str) -> Iterator[None]:
        # The lock file is never deleted: two processes could then hold locks on two files of one name.
        if self._lock_file is None or self._owner != os.getpid():
            try:
                self._lock_file = self.path.with_name(self.path.name + ".lock").open("a+b")
            except OSError as error:
                raise StoreError(
                    f"{doing}: the lock file beside {self.path.name} can't be opened ({error.strerror})",
                    remedy="check that the folder is writable",
                ) from error
        with file_lock(self._lock_file):
            yield

    def empty_log(self) -> bool:
        """Move the write-ahead log into the database and cut it to nothing; False if a reader still needs it."""
        with self._threads, self._file_lock("erasing"), translated("erasing"):
            connection = self.engine.raw_connection()
            try:
                busy, _, _ = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                connection.close()
        return not busy

    def close(self) -> None:
        """Close every connection."""
        if self._writer is not None and self._owner == os.getpid():
            self._writer.close()
        if self._lock_file is not None:
            self._lock_file.close()
        self._writer = self._lock_file = None
        self.engine.dispose()


def parse_location(location: str | Path) -> Path:
    """The file of a ledger given as a path or as ``sqlite:///PATH``.

    Raises:
        StoreError: for a database this version has no store for.
    """
    text = str(location)
    if text.startswith(_SQLITE):
        return Path(text[len(_SQLITE) :])
    if "://" in text:
        raise StoreError(
            f"ledger {text.split('://', maxsplit=1)[0]}://…: no store for it, expected a path or {_SQLITE}PATH"
        )
    return Path(text)


def open_sqlite(path: Path, *, create: bool = False, read_only: bool = False) -> Backend:
    """The database at `path`, which must exist unless `create`.

    Raises:
        StoreError: if it is missing, exists already, or can't be opened.
    """
    if create and path.exists():
        raise StoreError(f"{path}: exists already", remedy="choose another path; a ledger is never overwritten")
    if not create and not path.is_file():
        raise StoreError(
            f"{path}: no ledger there", remedy="give its path with --ledger or AIMS_LEDGER, or 'aims init'"
        )
    if create and not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist", remedy="create it first")
    engine = sa.create_engine(_url(path, create=create, read_only=read_only), poolclass=sa.pool.QueuePool)
    sa.event.listen(engine, "connect", _configure_reader if read_only else _configure_writer)
    sa.event.listen(engine, "begin", _begin)
    return Backend(engine, path, read_only)


def _url(path: Path, *, create: bool, read_only: bool) -> sa.URL:
    query = {"uri": "true", "mode": "ro" if read_only else "rwc" if create else "rw"}
    may_write = os.access(path.parent, os.W_OK, effective_ids=os.access in os.supports_effective_ids)
    if read_only and not may_write and not path.with_name(path.name + "-wal").exists():
        # On a read-only medium SQLite can't make its shared-memory file; nothing can change there either.
        query["immutable"] = "1"
    uri = path.absolute().as_uri()
    return sa.URL.create("sqlite+pysqlite", database=uri, query=query)


def _configure_writer(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we write BEGIN ourselves
    cursor = connection.cursor()
    cursor.execute("PRAGMA page_size = 8192")
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    cursor.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}")
    cursor.execute("PRAGMA secure_delete = ON")
    # Replacing rows would pass DELETE triggers by; with this, it does not.
    cursor.execute("PRAGMA recursive_triggers = ON")
    cursor.close()


def _configure_reader(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {_BUSY_MS}")
    cursor.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    cursor.execute("PRAGMA query_only = ON")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get("aims_write"):  # `writing` has begun already
        connection.connection.cursor().execute("BEGIN").close()
