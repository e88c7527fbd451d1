"""What appending needs of what came before: the head row, and how many entries there are of a subject."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from ledger.errors import Damaged, FormatError
from ledger.merkle import RightEdge
from ledger.statement import LEDGER
from ledger.store import tables as t
from ledger.store.prepared import Row
from ledger.store.prepared import Statement as Prepared
from ledger.store.read import column_bytes

_HEAD_COLUMNS = (t.head.c.origin, t.head.c.size, t.head.c.last_hash, t.head.c.last_time, t.head.c.edge)
_HEAD = Prepared(sa.select(*_HEAD_COLUMNS))
_OWN, _STATE = t.subject.alias("own"), t.subject.alias("state")
# For most appends everything that is needed of what came before; a statement costs more than the row it finds.
_HEAD_AND_SUBJECT = Prepared(
    sa.select(*_HEAD_COLUMNS, _OWN.c.count, _OWN.c.last_hash, _STATE.c.count, _STATE.c.last_hash).select_from(
        t.head.outerjoin(_OWN, _OWN.c.subject == sa.bindparam("subject")).outerjoin(
            _STATE, _STATE.c.subject == sa.bindparam("state")
        )
    )
)
_SUBJECT = Prepared(
    sa.select(t.subject.c.count, t.subject.c.last_hash).where(t.subject.c.subject == sa.bindparam("subject"))
)


@dataclass(frozen=True, slots=True)
class Head:
    """The head row: everything appending needs of what came before; time in microseconds since 1970."""

    origin: str
    size: int
    last_hash: bytes
    last_time: int
    edge: RightEdge


def read_head(connection: sa.Connection) -> Head | None:
    """The head row, or None before the first entry."""
    row = _HEAD.one_or_none(connection)
    return None if row is None else _head(row)


def _head(row: Row) -> Head:
    origin, size, last_hash, last_time, edge = row
    if not (isinstance(origin, str) and type(size) is type(last_time) is int):
        raise Damaged("head row: a column of another type", remedy="'aims verify' says what is wrong")
    try:
        right_edge = RightEdge.from_bytes(size, column_bytes(edge))
    except FormatError as error:
        raise Damaged(f"head row: {error}", remedy="'aims verify' says what is wrong") from error
    return Head(origin, size, column_bytes(last_hash), last_time, right_edge)


def head_and_subjects(connection: sa.Connection, names: set[str]) -> tuple[Head | None, dict[str, tuple[int, bytes]]]:
    """The head row; how many entries there are of each subject and of the ledger itself, with the last one's hash."""
    first, *others = sorted(names)
    row = _HEAD_AND_SUBJECT.one_or_none(connection, subject=first, state=LEDGER)
    if row is None:
        return None, {}
    found = {first: row[5:7], LEDGER: row[7:9]}
    for name in others:
        found[name] = _SUBJECT.one_or_none(connection, subject=name) or (None, None)
    return _head(row[:5]), {name: (n, column_bytes(last)) for name, (n, last) in found.items() if n is not None}
