"""Which entries a bundle carries: those asked for, and those without which they can't be judged.

The index leads to entries, their bytes decide: what it says of an entry is compared with the entry, and the numbers
that entries of one subject bear show whether it hides one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from ledger.batches import batches
from ledger.bundle.manifest import Run, Scope
from ledger.bundle.request import Request
from ledger.bundle.scope import LATER_WORD, Naming, namings
from ledger.errors import BadInput, Damaged, FormatError, ProofError
from ledger.leaf import Leaf, parse_leaf
from ledger.merkle import leaf_hash
from ledger.policy import STATE_KINDS
from ledger.statement import Statement, read_attributes
from ledger.store import tables as t
from ledger.store.read import column_bytes, parse_entry, read_leaves

_BATCH: Final = 500
_REBUILD: Final = "'aims verify' lists what is wrong; 'aims verify --rebuild-index' derives the index again"


@dataclass(frozen=True, slots=True)
class Carried:
    """One entry of a bundle, read."""

    index: int
    raw: bytes
    leaf: Leaf
    statement: Statement

    @property
    def hash(self) -> bytes:
        """Its leaf hash."""
        return leaf_hash(self.raw)


@dataclass(slots=True)
class Selection:
    """The entries of a bundle by index, which of them are in scope, and what can be claimed of them."""

    carried: dict[int, Carried]
    entries: tuple[int, ...]
    scope: Scope
    others: dict[str, int] = field(default_factory=dict)  # why there is no run, in words, for people

    @property
    def context(self) -> tuple[int, ...]:
        """The carried entries out of scope, ascending."""
        chosen = set(self.entries)
        return tuple(index for index in sorted(self.carried) if index not in chosen)


def select(connection: sa.Connection, request: Request, size: int, indexed: int) -> Selection:
    """What `request` finds among the first `size` entries, of which the index covers `indexed`.

    Raises:
        BadInput: nothing matches, or an entry asked for is not there.
        ProofError: an entry has another leaf hash than was cited.
        Damaged: the index hides or misplaces an entry.
    """
    return _Selector(connection, size, min(indexed, size)).select(request)


class _Selector:
    """One selection in one transaction."""

    def __init__(self, connection: sa.Connection, size: int, indexed: int) -> None:
        self._connection, self._size, self._indexed = connection, size, indexed
        self._read: dict[int, Carried] = {}
        self._tail: list[Carried] | None = None
        self._naming_it: set[int] = set()  # entries whose body names the control or incident asked for

    def select(self, request: Request) -> Selection:
        named = chosen = self._cited(request.entries)
        run: tuple[str, Run, Sequence[int]] | None = None
        if request.filters:
            found, run = self._filtered(request)
            chosen = named | found
        if not chosen:
            timed = request.start is not None or request.until is not None
            recording = "times are those of recording; " if timed else ""
            raise BadInput(
                f"bundle: none of the {self._size} entries under the checkpoint matches",
                remedy=f"{recording}'aims log' lists entries; --checkpoint SIZE stands on a newer checkpoint",
            )
        entries = tuple(sorted(chosen))
        self._load(entries)
        context = set(self._state_places()) | (set(run[2]) if run else set())
        self._load(sorted(context))
        context |= self._naming(chosen)
        context |= self._later(entries, context)
        scope = Scope(
            request.by, request.subject, request.kind, request.control, request.incident, request.start,
            request.until, tuple(sorted(named)) if request.filters else (), {run[0]: run[1]} if run else {},
        )  # fmt: skip
        return Selection({i: self._read[i] for i in sorted(chosen | context)}, entries, scope)

    def _cited(self, entries: Sequence[tuple[int, str]]) -> set[int]:
        for index, _ in entries:
            if not 0 <= index < self._size:
                raise BadInput(
                    f"entry {index}: not under the checkpoint, which has entries 0 to {self._size - 1}",
                    remedy="sign a newer one with 'aims checkpoint'",
                )
        self._load(sorted({index for index, _ in entries}))
        for index, begins in entries:
            found = self._read[index].hash.hex()
            if not found.startswith(begins):
                raise ProofError(
                    f"entry {index}: its leaf hash begins {found[:8]}, the citation says {begins[:64]}",
                    remedy="it was cited from another ledger, or this one was changed; 'aims verify' tells",
                )
        return {index for index, _ in entries}

    def _filtered(self, request: Request) -> tuple[set[int], tuple[str, Run, Sequence[int]] | None]:
        """The entries that match, and the run they are, if they are one: (subject, run, its neighbours)."""
        rows = self._rows(request.subject)
        inside = [
            place
            for place, (_, kind, recorded) in enumerate(rows)
            if (request.kind is None or kind == request.kind)
            and (request.start is None or recorded >= request.start)
            and (request.until is None or recorded < request.until)
        ]
        found = {rows[place][0] for place in inside}
        for naming in namings(request.control, request.incident):
            found &= self._about(naming)
        self._load(sorted(found))
        for index in found:
            self._check_row(request, index)
        simple = request.kind is None and request.control is None and request.incident is None
        if request.subject is None or not simple or not inside or inside[-1] - inside[0] + 1 != len(inside):
            return found, None
        for place in inside:
            entry = self._read[rows[place][0]]
            if entry.leaf.links.nth != place:
                raise Damaged(f"entry {entry.index}: the index hides an entry of {request.subject}", remedy=_REBUILD)
        run = Run(inside[0], inside[-1])
        beside = [rows[place][0] for place in (inside[0] - 1, inside[-1] + 1) if 0 <= place < len(rows)]
        return found, (request.subject, run, beside)

    def _check_row(self, request: Request, index: int) -> None:
        statement = self._read[index].statement
        if request.subject not in (None, statement.subject) or request.kind not in (None, statement.kind):
            raise Damaged(f"entry {index}: the index calls it something else than its bytes do", remedy=_REBUILD)

    def _rows(self, subject: str | None) -> list[tuple[int, str, int]]:
        """(index, kind, leaf time) of all entries of a subject, or of all, in order."""
        c = t.entry_index.c
        query = sa.select(c.idx, c.kind, c.recorded).where(c.idx < self._indexed).order_by(c.idx)
        if subject is not None:
            query = query.where(c.subject == subject)
        rows = [(idx, kind, recorded) for idx, kind, recorded in self._connection.execute(query)]
        return rows + [
            (e.index, e.statement.kind, e.leaf.links.time)
            for e in self._not_indexed()
            if subject in (None, e.statement.subject)
        ]

    def _about(self, naming: Naming) -> set[int]:
        """The entries whose body names the word, what they refer to, and what refers to them."""
        quoted = f'"{naming.word}"'.encode()
        found: set[int] = set()
        for index, raw in read_leaves(self._connection, 0, self._size):
            try:
                payload = parse_leaf(raw).envelope.payload
                # With an escape the word may be spelled otherwise.
                if (quoted in payload or b"\\" in payload) and naming.names(read_attributes(payload).data):
                    found.add(index)
            except FormatError as error:
                raise Damaged(
                    f"entry {index}: its bytes are damaged ({error})", remedy="'aims verify' tells"
                ) from error
        self._load(sorted(found))
        self._naming_it |= found
        digests = {digest for index in found for _, digest in self._read[index].statement.references}
        return found | self._places_of(digests) | {idx for idx, _, _ in self._referring(found)}

    def _naming(self, chosen: set[int]) -> set[int]:
        """The entries out of scope that name what was asked for, and so show why one in scope is."""
        outside = self._naming_it - chosen
        if not outside:
            return set()
        digests = {self._read[index].statement.digest for index in chosen}
        referring = {idx for idx in outside if digests & {d for _, d in self._read[idx].statement.references}}
        return referring | {place for idx, _, place in self._referring(outside) if idx in chosen}

    def _state_places(self) -> list[int]:
        c = t.entry_index.c
        query = sa.select(c.idx).where(c.kind.in_(sorted(STATE_KINDS)), c.idx < self._indexed)
        places = set(self._connection.execute(query).scalars())
        return sorted({0} | places | {e.index for e in self._not_indexed() if e.statement.kind in STATE_KINDS})

    def _later(self, entries: Sequence[int], context: set[int]) -> set[int]:
        """What must not be left out beside what is carried: erasures, and later words about entries in scope."""
        chosen, added, fresh = set(entries), set[int](), set(entries) | context
        while fresh:
            pointing = self._referring(fresh)
            self._load(sorted({idx for idx, _, _ in pointing}))
            fresh = {
                idx
                for idx, rel, target in pointing
                if self._read[idx].statement.kind == "erasure" or (rel in LATER_WORD and target in chosen)
            } - (chosen | added)
            added |= fresh
        return added

    def _referring(self, places: Iterable[int]) -> list[tuple[int, str, int]]:
        """(index, relation, which of `places`) of all references to entries at `places`."""
        by_digest = {self._read[place].statement.digest: place for place in places}
        c = t.reference_index.c
        found = [
            (idx, rel, by_digest[bytes(target)])
            for part in batches(sorted(by_digest), _BATCH)
            for idx, rel, target in self._connection.execute(
                sa.select(c.idx, c.rel, c.target).where(c.target.in_(part), c.idx < self._indexed)
            )
        ]
        for entry in self._not_indexed():
            found += [(entry.index, rel, by_digest[d]) for rel, d in entry.statement.references if d in by_digest]
        return found

    def _places_of(self, digests: Collection[bytes]) -> set[int]:
        found = {
            idx
            for part in batches(sorted(digests), _BATCH)
            for table in (t.statement_index, t.statement_recent)
            for idx in self._connection.execute(sa.select(table.c.idx).where(table.c.digest.in_(part))).scalars()
        }
        return {idx for idx in found if idx < self._size}

    def _not_indexed(self) -> list[Carried]:
        if self._tail is None:
            rows = read_leaves(self._connection, self._indexed, self._size)
            self._tail = [_carried(idx, raw) for idx, raw in rows]
        return self._tail

    def _load(self, places: Sequence[int]) -> None:
        wanted = [place for place in places if place not in self._read]
        c = t.entry.c
        for part in batches(wanted, _BATCH):
            for idx, raw in self._connection.execute(sa.select(c.idx, c.leaf).where(c.idx.in_(part))):
                self._read[idx] = _carried(idx, column_bytes(raw))
        for place in wanted:
            if place not in self._read:
                raise Damaged(f"entry {place}: not in the database", remedy="'aims verify' says what is missing")


def _carried(index: int, raw: bytes) -> Carried:
    leaf, statement = parse_entry(index, raw, read_attributes)
    return Carried(index, raw, leaf, statement)
