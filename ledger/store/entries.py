"""Entries for readers: found through the index, read from leaf bytes, erasable members put back.

What is printed comes from the bytes. Where the index led to an entry that it describes wrongly, that is an
error and not an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from ledger.admission import may_have_digests
from ledger.authority import Authority
from ledger.batches import batches
from ledger.disclosure import Disclosure, open_disclosures
from ledger.encoding import parse_base64url
from ledger.entry import Entry, ErasedMember, SignedBy
from ledger.errors import BadInput, ProofError
from ledger.leaf import Leaf
from ledger.merkle import leaf_hash
from ledger.statement import Statement
from ledger.store import index
from ledger.store import tables as t
from ledger.store.read import column_bytes, parse_entry, read_leaf
from ledger.store.recent import Recent
from ledger.times import format_instant

_PAGE = 512
_PLACES = 16_384  # sorting what matches costs more than a page of entries, and numbers are small


def select_entries(
    connection: sa.Connection,
    authority: Authority,
    *,
    size: int,
    start: int = 0,
    kinds: Collection[str] | None = None,
    subject: str | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> list[Entry]:
    """At most `limit` (and at most 512) entries ``[start, size)`` that match, in order."""
    places = find_places(
        connection, Recent(), size=size, start=start, kinds=kinds, subject=subject, newest_first=newest_first,
        limit=min(limit or _PAGE, _PAGE),
    )  # fmt: skip
    return entries_at(connection, authority, places, kinds, subject)


def find_places(
    connection: sa.Connection,
    recent: Recent,
    *,
    size: int,
    start: int = 0,
    kinds: Collection[str] | None = None,
    subject: str | None = None,
    newest_first: bool = False,
    limit: int | None = None,
) -> list[int]:
    """The indexes of at most `limit` (and at most 16,384) entries ``[start, size)`` that match, in order."""
    wanted = min(limit or _PLACES, _PLACES)
    covered = min(index.indexed(connection), size)
    newer = recent.find(connection, max(start, covered), size, kinds, subject)
    places = newer[::-1][:wanted] if newest_first else []
    if len(places) < wanted:
        c = t.entry_index.c
        query = sa.select(c.idx).where(c.idx >= start, c.idx < covered)
        if kinds is not None:
            query = query.where(c.kind.in_(sorted(kinds)))
        if subject is not None:
            query = query.where(c.subject == subject)
        query = query.order_by(c.idx.desc() if newest_first else c.idx).limit(wanted - len(places))
        places += connection.execute(query).scalars().all()
    return places if newest_first else places + newer[: wanted - len(places)]


def entries_at(
    connection: sa.Connection,
    authority: Authority,
    places: Sequence[int],
    kinds: Collection[str] | None = None,
    subject: str | None = None,
) -> list[Entry]:
    """The entries at these places, in their order; all are of these kinds and this subject.

    Raises:
        ProofError: if one is not, which the index said it was.
    """
    rows: dict[int, bytes] = {}
    for part in batches(places, _PAGE):
        found = connection.execute(sa.select(t.entry.c.idx, t.entry.c.leaf).where(t.entry.c.idx.in_(part)))
        rows |= {idx: column_bytes(raw) for idx, raw in found.all()}
    entries = read_entries(connection, authority, [(place, rows[place]) for place in places if place in rows])
    for entry in entries:
        if (kinds is not None and entry.kind not in kinds) or (subject is not None and entry.subject != subject):
            raise called_wrongly(entry.index)
    return entries


def called_wrongly(place: int) -> ProofError:
    """The error of an entry that the index describes differently from its bytes."""
    return ProofError(
        f"entry {place}: the index calls it something else than its bytes do",
        remedy="'aims verify' lists what is wrong; 'aims verify --rebuild-index' derives the index again",
    )


def read_entries(connection: sa.Connection, authority: Authority, rows: Sequence[tuple[int, bytes]]) -> list[Entry]:
    """The entries of (index, leaf bytes) rows, with everything their disclosures still tell."""
    disclosed = _disclosures(connection, [idx for idx, _ in rows])
    return [_entry(connection, authority, idx, raw, disclosed.get(idx, [])) for idx, raw in rows]


def find_entry(connection: sa.Connection, prefix: str, size: int) -> int:
    """The index of the one entry whose statement digest begins with the hex `prefix` (at least 4 digits).

    Raises:
        BadInput: if none or several do.
    """
    if len(prefix) < 4 or len(prefix) > 64 or any(c not in "0123456789abcdef" for c in prefix):
        raise BadInput(f"entry {prefix!r}: expected an index, or at least 4 lower-case hex digits of a digest")
    low = bytes.fromhex(prefix.ljust(64, "0"))
    high = bytes.fromhex(prefix.ljust(64, "f"))
    found = [
        idx
        for table in (t.statement_index, t.statement_recent)
        for idx in connection.execute(
            sa.select(table.c.idx).where(table.c.digest >= low, table.c.digest <= high, table.c.idx < size).limit(2)
        ).scalars()
    ]
    if len(found) != 1:
        what = "no statement digest begins" if not found else "several statement digests begin"
        raise BadInput(f"entry {prefix}: {what} with it", remedy="give more digits, or the index")
    return int(found[0])


def _disclosures(connection: sa.Connection, places: Sequence[int]) -> dict[int, list[str]]:
    texts: dict[int, list[str]] = {}
    c = t.disclosure.c
    for part in batches(places, 500):
        for idx, text in connection.execute(sa.select(c.idx, c.text).where(c.idx.in_(part))):
            texts.setdefault(idx, []).append(text)
    return texts


def _entry(connection: sa.Connection, authority: Authority, idx: int, raw: bytes, texts: list[str]) -> Entry:
    leaf, statement = parse_entry(idx, raw)
    data: Mapping[str, Any] = statement.data
    gone: tuple[ErasedMember, ...] = ()
    if texts or may_have_digests(statement):
        opened, unresolved, _ = open_disclosures(statement.data, tuple(Disclosure(x) for x in texts))
        data, gone = opened, _erased_members(connection, leaf.links.index, unresolved)
    return Entry(
        index=leaf.links.index,
        leaf_hash=leaf_hash(raw),
        recorded=format_instant(leaf.links.time),
        statement=statement.digest.hex(),
        id=statement.id,
        source=statement.source,
        kind=statement.kind,
        subject=statement.subject,
        time=format_instant(statement.time),
        data=data,
        erased=gone,
        signers=signed_by(authority, leaf),
    )


def signed_by(authority: Authority, leaf: Leaf) -> tuple[SignedBy, ...]:
    """The signers of a leaf as the key history knows them."""
    keys = [authority.keys.get(s.keyid) for s in leaf.envelope.signatures]
    return tuple(
        SignedBy(s.keyid, k.principal if k else "unknown", tuple(sorted(k.roles)) if k else ())
        for s, k in zip(leaf.envelope.signatures, keys, strict=True)
    )


def _erased_members(connection: sa.Connection, place: int, unresolved: Mapping[str, str]) -> tuple[ErasedMember, ...]:
    """`unresolved` maps each digest without a value to the pointer of the object it is in."""
    gone = []
    for digest, container in unresolved.items():
        c = t.erased.c
        by_idx = connection.execute(
            sa.select(c.by_idx).where(c.idx == place, c.digest == parse_base64url(digest))
        ).scalar_one_or_none()
        gone.append(ErasedMember(_erased_pointer(connection, by_idx, digest) or f"{container}/?", by_idx))
    return tuple(gone)


def _erased_pointer(connection: sa.Connection, by_idx: int | None, digest: str) -> str | None:
    if by_idx is None:
        return None
    erasure = _statement(connection, by_idx)
    if erasure.kind != "erasure":
        return None
    return next((m["pointer"] for m in erasure.data.get("members", ()) if m["digest"] == digest), None)


def _statement(connection: sa.Connection, place: int) -> Statement:
    return parse_entry(place, read_leaf(connection, place))[1]


def erasable_digests(connection: sa.Connection, place: int) -> dict[str, str]:
    """JSON pointer -> base64url digest of every erasable member of entry `place` whose value is still there."""
    statement = _statement(connection, place)
    texts = _disclosures(connection, [place]).get(place, [])
    _, _, matched = open_disclosures(statement.data, tuple(Disclosure(x) for x in texts))
    return {pointer: digest for digest, pointer in matched.items()}
