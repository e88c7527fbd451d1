"""Counts of entries by subject and kind, from the index alone, held against the counters in the leaves.

The index is derived and may be wrong.  Every leaf says how many entries its subject had before (`nth`), so the
number of index rows of a subject has to be one more than what the leaf of its last entry says; the index of a whole
ledger has to have a row for each entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pybase64
import sqlalchemy as sa

from ledger.errors import Damaged, FormatError, ProofError
from ledger.leaf import parse_links
from ledger.store import index
from ledger.store import tables as t
from ledger.store.entries import called_wrongly
from ledger.store.prepared import Statement as Prepared
from ledger.store.read import column_bytes, read_leaf
from ledger.store.recent import Recent

_PAGE = 1_024
_BEGINNING = b'{"envelope":{"payload":"'
_BY_SUBJECT = Prepared(
    sa.select(t.entry.c.idx, t.entry.c.leaf)
    .join(t.entry_index, t.entry_index.c.idx == t.entry.c.idx)
    .where(
        t.entry_index.c.subject == sa.bindparam("subject"),
        t.entry_index.c.kind == sa.bindparam("kind"),
        t.entry_index.c.idx >= sa.bindparam("start"),
        t.entry_index.c.idx < sa.bindparam("end"),
    )
    .order_by(t.entry_index.c.idx)
    .limit(sa.literal_column(str(_PAGE)))
    .offset(sa.literal_column("0"))  # else the dialect of SQLite adds a parameter of its own
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many entries of one kind one subject has, and the indexes of the first and the last of them."""

    kind: str
    subject: str
    count: int
    first: int
    last: int


def count_places(connection: sa.Connection, recent: Recent, size: int, subject: str | None) -> list[Count]:
    """The counts among the first `size` entries, of every kind, by subject and kind.

    Raises:
        ProofError: if the index has fewer or more rows than the leaves say there are entries.
    """
    covered = min(index.indexed(connection), size)
    c = t.entry_index.c
    query = sa.select(c.kind, c.subject, sa.func.count(), sa.func.min(c.idx), sa.func.max(c.idx))
    query = query.where(c.idx < covered).group_by(c.subject, c.kind)
    if subject is not None:
        query = query.where(c.subject == subject)
    counts = {(row[0], row[1]): Count(*row) for row in connection.execute(query).all()}
    for place in recent.find(connection, covered, size, None, subject):
        kind, about = recent.label(place)
        before = counts.get((kind, about), Count(kind, about, 0, place, place))
        counts[kind, about] = replace(before, count=before.count + 1, last=place)
    _check_total(connection, list(counts.values()), size, subject)
    return sorted(counts.values(), key=lambda one: (one.subject, one.kind))


def _check_total(connection: sa.Connection, counts: Sequence[Count], size: int, subject: str | None) -> None:
    if not counts and subject is not None:
        return
    total = sum(one.count for one in counts)
    expected = size
    if subject is not None:
        last = max(one.last for one in counts)
        try:
            expected = parse_links(read_leaf(connection, last)).nth + 1
        except FormatError as error:
            raise _damaged(last, error) from error
    if total != expected:
        about = f" of {subject}" if subject is not None else ""
        raise ProofError(
            f"the index has {total} entries{about}, expected {expected}",
            remedy="'aims verify' lists what is wrong; 'aims verify --rebuild-index' derives the index again",
        )


def read_bodies(
    connection: sa.Connection, recent: Recent, kind: str, subject: str, start: int, size: int
) -> list[tuple[int, Mapping[str, Any]]]:
    """(index, body as signed) of up to 1,024 entries ``[start, size)`` of this kind and subject, in order.

    A fast look at many: members are as they stand in the leaf, erasable ones not put back, and only what the
    door's strict parsers have seen before is read well.

    Raises:
        ProofError: if the index led to an entry of another kind or subject. Damaged: if bytes can't be read.
    """
    covered = min(index.indexed(connection), size)
    rows = _BY_SUBJECT.all(connection, subject=subject, kind=kind, start=start, end=covered)
    found = [(idx, _body(idx, column_bytes(raw), kind, subject)) for idx, raw in rows]
    if len(found) < _PAGE:
        newer = recent.find(connection, max(start, covered), size, (kind,), subject)[: _PAGE - len(found)]
        found += [(place, _body(place, read_leaf(connection, place), kind, subject)) for place in newer]
    return found


def _body(place: int, raw: bytes, kind: str, subject: str) -> Mapping[str, Any]:
    try:
        event = orjson.loads(pybase64.b64decode(_payload(raw), validate=True))
        said, about, body = event["type"], event["subject"], event["data"]
    except (ValueError, KeyError, TypeError) as error:  # of JSON and of base64 too
        raise _damaged(place, error) from error
    if about != subject or not isinstance(said, str) or not said.startswith(f"org.aims-ledger.{kind}.v"):
        raise called_wrongly(place)
    if not isinstance(body, dict):
        raise _damaged(place, TypeError("its body is no object"))
    return body


def _payload(raw: bytes) -> bytes | str:
    """The base64 text of the payload: where canonical JSON always has it, else wherever it is."""
    if raw.startswith(_BEGINNING):
        return raw[len(_BEGINNING) : raw.index(b'"', len(_BEGINNING))]
    found: str = orjson.loads(raw)["envelope"]["payload"]
    return found


def _damaged(place: int, error: Exception) -> Damaged:
    return Damaged(f"entry {place}: its bytes are damaged ({error})", remedy="'aims verify' says what is wrong")
