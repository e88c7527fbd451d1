"""A ledger of twelve entries with a row in every table but `tile`, and a verifier that is quick to ask again."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from ledger.cosignature import cosigner_key
from ledger.store.anchors import add_cosignature, add_timestamp, enqueue
from ledger.store.backend import Backend, open_sqlite
from tests.ledger.anchored import AUTHORITY, WITNESS, cosigned, token_for
from tests.ledger.attacker import Suspect
from tests.ledger.harness import Harness, approval, decision, decision_about, signer

ALL: Final = bool(os.environ.get("AIMS_TEST_REQUIRE"))
"""Whether every byte has its turn, as on continuous integration, or every so many."""

ROLES: Final = ("pipeline", "compliance", "approver")
OPENED, ERASED, PLAIN, PERSONAL, APPROVAL, ERASURE, FILE_ERASURE, TAIL = 4, 5, 6, 7, 8, 9, 10, 11
"""Entries: with values, with one erased, with a file, with an erased file, their approval and erasures, unsigned."""


def make_small(folder: Path) -> None:
    """Make the ledger in `folder`, found sound, and close it."""
    h = Harness.create(folder, roles=ROLES)
    report, photo = folder / "report.txt", folder / "photo.jpg"
    report.write_text("accuracy 0.76")
    photo.write_bytes(b"\xff\xd8 a face")
    plain = h.ledger.attach(report, role="report").model_dump(exclude_none=True)
    personal = h.ledger.attach(photo, role="photo", personal=True).model_dump(exclude_none=True)
    h.append(
        h.line("ai_decision", decision_about("Ann Archer", 1, system_version="1.0")),
        h.line("ai_decision", decision_about("Bob Baker", 2)),
        h.line("ai_decision", decision(3, artefacts=[plain])),
        h.line("ai_decision", decision(4, artefacts=[personal])),
    )
    h.record("approval", approval(h.entry(OPENED).statement), "approver", subject="hiring")
    h.erase(ERASED, members=["/affected_person/name"])
    h.erase(PERSONAL, attachments=[personal["digest"]])
    _anchor(h)
    h.reopen(checkpoint_signer=None)
    h.record("ai_decision", decision(5))
    h.check()
    h.close()


def _anchor(h: Harness) -> None:
    """Two cosignatures and two time stamps of the newest checkpoint, and one more to ask for."""
    note, now = h.ledger.checkpoint(), h.clock()
    size, target = FILE_ERASURE + 1, str(cosigner_key(WITNESS, signer("witness")))
    with h.ledger.backend.writing("anchoring") as connection:
        for later in (0, 60):
            witnessed = cosigned(note, now // 1_000_000 + later)
            add_cosignature(connection, size=size, witness=target, note=witnessed, received=now)
            add_timestamp(
                connection, size=size, authority=AUTHORITY, note=note, token=token_for(note), received=now + later
            )
        enqueue(connection, "witness.example/w2+00000000", size, note, now)


def every(items: Sequence[Any], stride: int) -> Sequence[Any]:
    """All of them where everything is required, else every so many."""
    return items if ALL else items[::stride]


class _Kept(Backend):
    """A database that stays open between verifications, so that each statement is compiled once."""

    __slots__ = ()

    def close(self) -> None:
        """Nothing; the test closes it."""


@contextmanager
def kept_open(path: Path, *, fresh: bool = False) -> Iterator[Backend]:
    """The database for reading; `fresh` reads the file anew each time, for changes that go past SQLite."""
    opened = open_sqlite(path, read_only=True)
    engine = opened.engine
    if fresh:
        engine = sa.create_engine(engine.url, poolclass=sa.pool.NullPool)
        for event, listener in (("connect", _configure), ("begin", _begin)):
            sa.event.listen(engine, event, listener)
    try:
        yield _Kept(engine, path, read_only=True)
    finally:
        engine.dispose()
        opened.close()


def _configure(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA query_only = ON").close()


def _begin(connection: sa.Connection) -> None:
    connection.connection.cursor().execute("BEGIN").close()


@dataclass(slots=True)
class Tables:
    """The rows of a database, to be changed one at a time and put back."""

    path: Path
    connection: sqlite3.Connection = field(init=False)
    rows: dict[str, list[dict[str, Any]]] = field(init=False)

    def __post_init__(self) -> None:
        self.connection = sqlite3.connect(self.path, isolation_level=None)
        run = self.connection.execute
        run("PRAGMA synchronous = OFF")
        for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            run(f"DROP TRIGGER {name}")
        names = [name for (name,) in run("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        self.rows = {name: self.read(name) for name in names}

    def read(self, table: str) -> list[dict[str, Any]]:
        """The rows as they are."""
        cursor = self.connection.execute(f"SELECT * FROM {table}")
        columns = [column for column, *_ in cursor.description]
        return [dict(zip(columns, row, strict=True)) for row in cursor]

    def key(self, table: str) -> list[str]:
        """The columns of the table's primary key."""
        return [row[1] for row in self.connection.execute(f"PRAGMA table_info({table})") if row[5]]

    @contextmanager
    def replaced(self, table: str, rows: Sequence[dict[str, Any]]) -> Iterator[bool]:
        """A block in which the table has these rows; False if the table itself refuses them."""
        try:
            self._put(table, rows)
        except sqlite3.IntegrityError:
            self.connection.execute("ROLLBACK")
            yield False
            return
        yield True
        self._put(table, self.rows[table])

    def _put(self, table: str, rows: Sequence[dict[str, Any]]) -> None:
        self.connection.execute("BEGIN")
        self.connection.execute(f"DELETE FROM {table}")
        for row in rows:
            places = ", ".join("?" * len(row))
            self.connection.execute(f"INSERT INTO {table} VALUES ({places})", tuple(row.values()))
        self.connection.execute("COMMIT")

    def changed(self, table: str, at: int, **values: object) -> list[dict[str, Any]]:
        """The rows with some values of row `at` changed."""
        return [{**row, **values} if number == at else row for number, row in enumerate(self.rows[table])]

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def bytes_of(value: object) -> int:
    """How many bytes a value has: of an integer those that SQLite stores, and NULL has one to be."""
    if isinstance(value, (bytes, str)):
        return len(value if isinstance(value, bytes) else value.encode())
    if isinstance(value, int):
        return max(1, (value.bit_length() + 8) // 8)
    return 1


def with_a_bit_changed(value: object, at: int) -> object:
    """The value with one bit of byte `at` changed; which bit depends on the place, and text stays ASCII."""
    bit = 1 << at % 7
    if isinstance(value, int):
        return value ^ bit << 8 * (at % 8)
    if isinstance(value, bytes):
        return value[:at] + bytes([value[at] ^ bit]) + value[at + 1 :]
    if isinstance(value, str):
        return with_a_bit_changed(value.encode(), at).decode()  # type: ignore[attr-defined]
    return "1.0"


@contextmanager
def tables_of(victim: Suspect) -> Iterator[Tables]:
    """The victim's tables."""
    with closing(Tables(victim.path)) as tables:
        yield tables
