"""Evidence from outside about checkpoints, and the queue of what is still to be asked for.

A *target* is a witness, by `<key name>+<key ID, hex>`, or a time-stamping authority, by its address. Evidence is added
once and never changed. A row of the queue says that a target has not answered for a checkpoint yet, how often it was
asked, when to ask again, and what went wrong. Nothing is lost with the queue: it follows from checkpoints and evidence.

Reading works on a ledger of before these tables too: it has no evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from ledger.store import tables as t
from ledger.store.read import column_bytes

FIRST_WAIT: Final = 60_000_000
"""Microseconds until a target that failed once is asked again; doubled with each failure up to `LONGEST_WAIT`."""
LONGEST_WAIT: Final = 3_600_000_000


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A checkpoint with the log's signature and, last, that of one witness key: `<name>+<key ID>`; `seq` from 0."""

    seq: int
    size: int
    witness: str
    note: bytes
    received: int


@dataclass(frozen=True, slots=True)
class StampedRow:
    """A checkpoint and the RFC 3161 token for its text, from the authority at address `authority`; `seq` from 0."""

    seq: int
    size: int
    authority: str
    note: bytes
    token: bytes
    received: int


@dataclass(frozen=True, slots=True)
class Pending:
    """A checkpoint that a target has not answered for; instants are microseconds since 1970."""

    target: str
    size: int
    note: bytes
    since: int
    tries: int = 0
    next_try: int = 0
    last_error: str = ""


@dataclass(frozen=True, slots=True)
class TargetState:
    """How far a target is: the largest size it vouches for, and what waits for it.

    `waiting` is the size that is to be asked for, None if nothing is; the rest is about that.
    """

    target: str
    kind: str
    size: int
    received: int | None
    waiting: int | None
    since: int = 0
    tries: int = 0
    next_try: int = 0
    last_error: str = ""


def stored_cosignatures(connection: sa.Connection) -> list[Cosigned]:
    """Every cosigned checkpoint, in the order they were stored, but for rows that no program of ours wrote.

    Those have a size that is no number, or the like, and are reported where they are scanned.
    """
    return _cosigned(_rows(connection, t.cosignature, sa.true()))


def stored_timestamps(connection: sa.Connection) -> list[StampedRow]:
    """Every time-stamped checkpoint, in the order they were stored, but for rows as above."""
    return _stamped(_rows(connection, t.timestamp, sa.true()))


def cosignatures_after(connection: sa.Connection, seq: int, size: int) -> list[Cosigned]:
    """The cosigned checkpoints in rows after number `seq`, and all of more than `size` entries."""
    return _cosigned(_rows(connection, t.cosignature, sa.or_(t.cosignature.c.seq > seq, t.cosignature.c.size > size)))


def timestamps_after(connection: sa.Connection, seq: int) -> list[StampedRow]:
    """The time-stamped checkpoints in rows after number `seq`."""
    return _stamped(_rows(connection, t.timestamp, t.timestamp.c.seq > seq))


def _cosigned(rows: Iterable[sa.Row[Any]]) -> list[Cosigned]:
    return [
        Cosigned(row.seq, row.size, row.witness, column_bytes(row.note), row.received)
        for row in rows
        if type(row.size) is type(row.received) is int and isinstance(row.witness, str)
    ]


def _stamped(rows: Iterable[sa.Row[Any]]) -> list[StampedRow]:
    return [
        StampedRow(row.seq, row.size, row.authority, column_bytes(row.note), column_bytes(row.token), row.received)
        for row in rows
        if type(row.size) is type(row.received) is int and isinstance(row.authority, str)
    ]


def _rows(connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> list[sa.Row[Any]]:
    """Rows as they are: SQLite keeps whatever it is given."""
    if not has_table(connection, table):
        return []
    columns = [sa.type_coerce(column, sa.types.NullType()).label(column.name) for column in table.c]
    return list(connection.execute(sa.select(*columns).where(where).order_by(*table.primary_key)))


def add_cosignature(connection: sa.Connection, *, size: int, witness: str, note: bytes, received: int) -> None:
    """Store the note of a checkpoint with the log's line(s) and the one line of `witness`, verified by the caller.

    It also takes from the queue what it answers: this checkpoint and smaller ones.
    """
    values = {"size": size, "witness": witness, "note": note, "received": received}
    connection.execute(sa.insert(t.cosignature).values(seq=_next_seq(connection, t.cosignature), **values))
    _answered(connection, witness, size)


def add_timestamp(
    connection: sa.Connection, *, size: int, authority: str, note: bytes, token: bytes, received: int
) -> None:
    """Store the token that the authority at address `authority` gave for the text of `note`, verified by the caller.

    It also takes from the queue what it answers: this checkpoint and smaller ones.
    """
    values = {"size": size, "authority": authority, "note": note, "token": token, "received": received}
    connection.execute(sa.insert(t.timestamp).values(seq=_next_seq(connection, t.timestamp), **values))
    _answered(connection, authority, size)


def enqueue(connection: sa.Connection, target: str, size: int, note: bytes, now: int) -> None:
    """Have `target` asked for a checkpoint: instead of smaller ones, which it covers.

    What is known of the target's failures stays, so that a new checkpoint does not hurry an authority that is out.
    """
    p = t.anchor_pending
    waiting = pending_of(connection, target)
    if waiting and waiting[-1].size >= size:
        return
    last = waiting[-1] if waiting else Pending(target, size, note, now)
    connection.execute(sa.delete(p).where(p.c.target == target))
    connection.execute(
        sa.insert(p).values(
            target=target, size=size, note=note, since=min((w.since for w in waiting), default=now),
            tries=last.tries, next_try=last.next_try, last_error=last.last_error,
        )
    )  # fmt: skip


def forget(connection: sa.Connection, target: str) -> bool:
    """Take what waits for `target` from the queue, whether anything did; what it vouched for stays."""
    if not pending_of(connection, target):
        return False
    p = t.anchor_pending
    connection.execute(sa.delete(p).where(p.c.target == target))
    return True


def pending_of(connection: sa.Connection, target: str) -> list[Pending]:
    """What waits for a target, smallest first."""
    return [row for row in pending(connection) if row.target == target]


def pending(connection: sa.Connection) -> list[Pending]:
    """The whole queue, by target and size, but for rows that no program of ours wrote."""
    return [
        Pending(r.target, r.size, column_bytes(r.note), r.since, r.tries, r.next_try, r.last_error)
        for r in _rows(connection, t.anchor_pending, sa.true())
        if all(isinstance(text, str) for text in (r.target, r.last_error))
        and all(type(number) is int for number in (r.size, r.since, r.tries, r.next_try))
    ]


def note_failure(connection: sa.Connection, target: str, error: str, now: int) -> Pending | None:
    """Remember that asking `target` failed, and when to ask again; None if nothing waits for it."""
    waiting = pending_of(connection, target)
    if not waiting:
        return None
    tries = waiting[-1].tries + 1
    wait = min(LONGEST_WAIT, FIRST_WAIT << min(tries - 1, 16))
    p = t.anchor_pending
    connection.execute(
        sa.update(p).where(p.c.target == target).values(tries=tries, next_try=now + wait, last_error=error)
    )
    return pending_of(connection, target)[-1]


def anchor_state(connection: sa.Connection) -> list[TargetState]:
    """How far each target is that has vouched for something or is waited for, by kind and name."""
    waiting = {row.target: row for row in pending(connection)}
    states = [
        _state(name, kind, size, received, waiting.pop(name, None))
        for kind, column in (("witness", t.cosignature.c.witness), ("time stamp", t.timestamp.c.authority))
        for name, (size, received) in sorted(_reached(connection, column).items())
    ]
    # The name of a key is no address, so that it has no scheme.
    states += [_state(n, "time stamp" if "://" in n else "witness", 0, None, waiting[n]) for n in sorted(waiting)]
    return states


def _reached(connection: sa.Connection, name: sa.Column[str]) -> dict[str, tuple[int, int]]:
    """For each name the largest size it vouched for, and when that was first received."""
    table = name.table
    assert isinstance(table, sa.Table)
    if not has_table(connection, table):
        return {}
    columns = [sa.type_coerce(column, sa.types.NullType()) for column in (name, table.c.size, table.c.received)]
    found: dict[str, tuple[int, int]] = {}
    for row in connection.execute(sa.select(*columns).order_by(table.c.size, table.c.seq.desc())):
        values: tuple[object, ...] = tuple(row)
        target, size, received = values
        if isinstance(target, str) and isinstance(size, int) and isinstance(received, int):
            found[target] = size, received
    return found


def _state(name: str, kind: str, size: int, received: int | None, row: Pending | None) -> TargetState:
    if row is None:
        return TargetState(name, kind, size, received, None)
    return TargetState(name, kind, size, received, row.size, row.since, row.tries, row.next_try, row.last_error)


def _answered(connection: sa.Connection, target: str, size: int) -> None:
    p = t.anchor_pending
    connection.execute(sa.delete(p).where(p.c.target == target, p.c.size <= size))


def _next_seq(connection: sa.Connection, table: sa.Table) -> int:
    newest = connection.execute(sa.select(sa.func.max(table.c.seq))).scalar_one()
    return 0 if newest is None else int(newest) + 1


def has_table(connection: sa.Connection, table: sa.Table) -> bool:
    """Whether the ledger is of a revision that has this table."""
    return sa.inspect(connection).has_table(table.name)
