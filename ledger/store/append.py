"""Appending: one transaction, one head row, all of a batch or nothing.

Before the lock (`ledger.admission.read_line`, `check_signatures`): everything that needs no ledger. Inside it,
in this order: read the head; bring the key state up to date; find duplicates; judge each line at its place;
resolve references; look for attachments; build leaves; write entries, ids, digests, subjects, tiles, disclosures
and the head; commit. Only then is anything acknowledged. A crash before the commit leaves the old head, one
after it the new head; attachments were durable before, and one that no entry names is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import sqlalchemy as sa

from ledger.admission import MAX_CLOCK_AHEAD, Line, advance, judge
from ledger.authority import Authority
from ledger.errors import Conflict, OutcomeUnknown, Refused, StoreError
from ledger.leaf import ZERO_HASH, Leaf, Links, format_leaf, parse_leaf
from ledger.merkle import RightEdge, leaf_hash
from ledger.policy import STATE_KINDS
from ledger.statement import LEDGER, Statement, id_bytes
from ledger.store import index
from ledger.store import tables as t
from ledger.store.backend import Backend
from ledger.store.blobs import SALT_BYTES, Blobs
from ledger.store.erasures import Planned, carry_out, plan_erasure
from ledger.store.heads import Head, head_and_subjects
from ledger.store.prepared import Row
from ledger.store.prepared import Statement as Prepared
from ledger.store.read import load_authority, read_leaf, read_tile
from ledger.tiles import Tile, TileBuilder
from ledger.times import format_instant

MAX_CLOCK_BACK: Final = 10 * 1_000_000
"""How far (microseconds) the clock may be behind the head; the leaf then gets the head's time."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was stored: position (from 0), statement digest (hex), leaf hash (32 bytes), ledger time (RFC 3339).

    `state` is ``committed`` once durable and ``checkpointed`` once a signed checkpoint covers it; `duplicate`
    says that the same envelope had been stored before and this is the earlier entry.
    """

    index: int
    statement: str
    leaf_hash: bytes
    time: str
    origin: str
    state: Literal["committed", "checkpointed"] = "committed"
    duplicate: bool = False

    def checkpointed(self) -> Receipt:
        """The same, once a signed checkpoint covers the entry."""
        # `dataclasses.replace` takes four times as long, for every entry of a batch.
        return Receipt(
            self.index, self.statement, self.leaf_hash, self.time, self.origin, "checkpointed", self.duplicate
        )


_ADD_ENTRY, _ADD_ID, _ADD_DIGEST, _ADD_DISCLOSURE, _ADD_TILE, _ADD_SUBJECT, _ADD_HEAD = (
    Prepared(sa.insert(table))
    for table in (t.entry, t.statement_id, t.statement_recent, t.disclosure, t.tile, t.subject, t.head)
)
_MOVE_SUBJECT = Prepared(
    sa.update(t.subject)
    .where(t.subject.c.subject == sa.bindparam("name"))
    .values(count=sa.bindparam("count"), last_hash=sa.bindparam("last_hash"))
)
_MOVE_HEAD = Prepared(
    sa.update(t.head)
    .where(t.head.c.size == sa.bindparam("before"))
    .values({name: sa.bindparam(name) for name in ("size", "last_hash", "last_time", "edge")})
)

Guard = Callable[[sa.Connection, RightEdge, Authority | None], None]
"""Called in the transaction with tree and key state before the append; raises if nothing may be stored now."""


@dataclass(frozen=True, slots=True)
class Grown:
    """The right edge of the tree before and after an append, the latter hashed from the bytes just written."""

    before: RightEdge
    after: RightEdge


@dataclass(slots=True)
class _Work:
    """What one batch has gathered for its commit."""

    authority_before: Authority | None
    authority: Authority | None
    tiles: TileBuilder
    head: Head
    before: RightEdge
    now: int
    subjects: dict[str, tuple[int, bytes]]
    touched: set[str] = field(default_factory=set)  # subjects whose counter moves
    placed: dict[bytes, tuple[int, tuple[str, ...]]] = field(default_factory=dict)  # this batch's own digests
    entries: list[Row] = field(default_factory=list)
    ids: list[Row] = field(default_factory=list)
    digests: list[Row] = field(default_factory=list)
    rows: list[index.IndexRow] = field(default_factory=list)
    disclosures: list[Row] = field(default_factory=list)
    full_tiles: list[Tile] = field(default_factory=list)
    erasures: list[tuple[int, Planned]] = field(default_factory=list)  # with the index of the erasure entry
    statements: list[tuple[int, Statement]] = field(default_factory=list)  # of `entries`, each with its index


@dataclass(frozen=True, slots=True)
class _Known:
    """What the last append left: key state, how many entries it was made of, and the unfinished tiles.

    One value, never changed in place: it is set after the lock is released, so of two threads the slower one may
    put back an older value, and `_begin` sees by comparing that it is behind.
    """

    authority: Authority | None = None
    state_entries: int = -1
    tiles: TileBuilder = field(default_factory=TileBuilder)


class Appender:
    """Appends to one ledger. Threads of a process share one; processes line up at the backend's lock.

    `clock` gives microseconds since 1970. It keeps the key state and the unfinished tiles between calls, and
    notices through the head row when another process has moved on.
    """

    def __init__(self, backend: Backend, clock: Callable[[], int]) -> None:
        self._backend = backend
        self._blobs = Blobs(backend.blob_folder)
        self._clock = clock
        self._known = _Known()
        self._indexed = 0  # at least so many entries are indexed
        self._unindexed: dict[int, index.IndexRow] = {}  # rows of own appends, until they are written
        self.grown: Grown | None = None  # by the last append of this object

    @property
    def authority(self) -> Authority:
        """The key state after the last append of this object."""
        assert self._known.authority is not None, "asked before the first append"
        return self._known.authority

    def authority_or_none(self) -> Authority | None:
        """The key state this object knows, perhaps behind the ledger's; None before the first append."""
        return self._known.authority

    def append(self, lines: Sequence[Line], guard: Guard | None = None) -> list[Receipt]:
        """Store every line, or none, and return their receipts once the commit is durable.

        An erasure deletes its values in the same transaction. `guard` runs inside it, before anything is written.
        Lines must have been read by `read_line` and their signatures checked.

        Raises:
            Refused, Conflict, StoreError: nothing was stored.
            OutcomeUnknown: the commit was sent and its answer was lost.
        """
        try:
            with self._backend.writing("appending") as connection:
                work, receipts = self._build(connection, lines)
                if work.entries:
                    if guard is not None:
                        guard(connection, work.before, work.authority_before)
                    _write(connection, work)
                    for by_index, planned in work.erasures:
                        carry_out(connection, planned, by_index)
                    self._index_behind(connection, work)
        except OutcomeUnknown:
            self._known = _Known()
            raise
        # Only now: whatever was cached must be what the database holds.
        if work.entries:
            if work.head.size > self._indexed:
                self._unindexed.update((row.idx, row) for row in work.rows)
            self.grown = Grown(work.before, work.tiles.edge.copy())
        self._known = _Known(work.authority, work.subjects.get(LEDGER, (0, b""))[0], work.tiles)
        return receipts

    def _index_behind(self, connection: sa.Connection, work: _Work) -> None:
        size = work.head.size
        if size - self._indexed >= index.BEHIND:
            self._indexed = index.indexed(connection)
            # Another process may have indexed them; then nobody asks for these rows any more.
            self._unindexed = {idx: row for idx, row in self._unindexed.items() if idx >= self._indexed}
        if size - self._indexed >= index.BEHIND:
            # What this process appended it need not read and parse again. Rows are taken out at once: should the
            # commit fail, they are derived from the leaves the next time.
            ready, self._unindexed = self._unindexed, {}
            ready.update((row.idx, row) for row in work.rows)
            index.catch_up(connection, size, ready)
            self._indexed = size

    def _build(self, connection: sa.Connection, lines: Sequence[Line]) -> tuple[_Work, list[Receipt]]:
        work = self._begin(connection, lines)
        names = [(id_bytes(line.statement.id), line.statement.source) for line in lines]
        known = index.known_ids(connection, sorted({name[0] for name in names}))
        wanted = {digest for line in lines for _, digest in line.statement.references}
        targets = index.find_statements(connection, list(wanted)) if wanted else {}
        receipts: list[Receipt] = []
        own: dict[tuple[bytes, str], Receipt] = {}
        for number, (line, name) in enumerate(zip(lines, names, strict=True)):
            try:
                if name in known:
                    receipt = _same_again(connection, known[name], line)
                elif name in own:
                    receipt = _same_in_batch(own[name], line, lines)
                else:
                    receipt = own[name] = self._place(connection, work, line, name, targets)
            except Refused as error:
                if len(lines) > 1:
                    error.args = (f"line {number + 1} of {len(lines)}: {error.args[0]}",)
                raise
            receipts.append(receipt)
        return work, receipts

    def _begin(self, connection: sa.Connection, lines: Sequence[Line]) -> _Work:
        head, subjects = head_and_subjects(connection, {line.statement.subject for line in lines})
        head = head or Head(lines[0].statement.ledger, 0, ZERO_HASH, 0, RightEdge())
        known = self._known
        authority, tiles = known.authority, known.tiles
        if subjects.get(LEDGER, (0, b""))[0] != known.state_entries:
            index.catch_up(connection, head.size)
            authority = load_authority(connection, head.size, head.size) if head.size else None
        if tiles.edge != head.edge:
            # Another process appended (or this is the first call). The reader is asked for hashes of the
            # partial tiles only when such a tile becomes full, inside some later transaction.
            tiles = TileBuilder(head.edge, self._read_tile)
        now = self._leaf_time(head, lines)
        return _Work(authority, authority, tiles.copy(), head, head.edge.copy(), now, subjects)

    def _read_tile(self, level: int, number: int, width: int) -> bytes:
        with self._backend.reading("reading a tile") as connection:
            return read_tile(connection, level, number, width)

    def _leaf_time(self, head: Head, lines: Sequence[Line]) -> int:
        now = self._clock()
        first = lines[0].statement
        if len(lines) == 1 and first.kind == "ledger" and first.data["action"] == "clock_reset":
            return max(now, head.last_time)  # the one entry that may come when the clock is far behind
        if now < head.last_time - MAX_CLOCK_BACK:
            raise Refused(
                "clock behind",
                f"clock: {format_instant(now)}, expected at most {MAX_CLOCK_BACK // 1_000_000} s before the head's "
                f"time {format_instant(head.last_time)}",
                remedy="set this machine's clock; a wrong head time is undone by a quorum-signed clock_reset entry",
            )
        return max(now, head.last_time)

    def _place(
        self, connection: sa.Connection, work: _Work, line: Line, name: tuple[bytes, str], targets: dict[bytes, int]
    ) -> Receipt:
        statement, place = line.statement, work.head.size
        keyids = [s.keyid for s in line.envelope.signatures]
        self._check_time(statement, work)
        authority = work.authority
        if authority is None:
            authority = advance(None, place, statement, keyids)

        def signers_of(digest: bytes) -> frozenset[str]:
            assert authority is not None
            return _principals(connection, authority, digest, work, targets)

        judge(authority, place, statement, keyids, signers_of)
        if work.authority is not None and statement.kind in STATE_KINDS:
            authority = advance(work.authority, place, statement, keyids)
        _check_references(statement, work, targets)
        self._check_attachments(statement)
        if statement.kind == "erasure":
            work.erasures.append((place, _plan(connection, statement, targets, work)))
        work.authority = authority
        return _add(work, line, name, keyids)

    def _check_time(self, statement: Statement, work: _Work) -> None:
        if statement.time > work.now + MAX_CLOCK_AHEAD:
            raise Refused(
                "time ahead",
                f"statement: time {format_instant(statement.time)}, expected at most 300 s after the ledger's clock "
                f"{format_instant(work.now)}",
                remedy="check the clock of the machine that made it",
            )

    def _check_attachments(self, statement: Statement) -> None:
        for artefact in statement.data.get("artefacts", ()):
            if not artefact.get("attached"):
                continue
            found = self._blobs.size(artefact["digest"])
            if found is None:
                raise Refused(
                    "missing attachment",
                    f"artefact {artefact['name']}: no attachment {artefact['digest'][:16]} in the blob folder",
                    remedy="attach the file first, or say attached: false",
                )
            # Verification holds the file against what the entry says, so a wrong size must not come in.
            expected = artefact["size"] + (SALT_BYTES if artefact.get("salted") else 0)
            if found != expected:
                raise Refused(
                    "attachment size",
                    f"artefact {artefact['name']}: the stored file has {found} bytes, expected {expected} from its "
                    f"size and salted",
                    remedy="use the artefact that attaching the file returned",
                )


def _plan(connection: sa.Connection, statement: Statement, targets: dict[bytes, int], work: _Work) -> Planned:
    digest = bytes.fromhex(statement.data["statement"])
    if digest not in targets or any(planned.target == targets[digest] for _, planned in work.erasures):
        raise Refused(
            "nothing to erase",
            f"erasure: statement {digest.hex()[:16]} is of the same batch, or erased from twice in it",
            remedy="append the erasure by itself, after what it erases",
        )
    stored = work.head.size - len(work.entries)  # the batch itself is not in the tables yet
    return plan_erasure(connection, statement, targets[digest], stored, work.statements)


def _same_again(connection: sa.Connection, place: int, line: Line) -> Receipt:
    raw = read_leaf(connection, place)
    stored = parse_leaf(raw)
    _check_same(place, line, stored.envelope.payload, [s.keyid for s in stored.envelope.signatures])
    return Receipt(
        place,
        line.statement.digest.hex(),
        leaf_hash(raw),
        format_instant(stored.links.time),
        line.statement.ledger,
        duplicate=True,
    )


def _same_in_batch(first: Receipt, line: Line, lines: Sequence[Line]) -> Receipt:
    twin = next(other for other in lines if other.statement.digest.hex() == first.statement)
    _check_same(first.index, line, twin.envelope.payload, [s.keyid for s in twin.envelope.signatures])
    return Receipt(first.index, first.statement, first.leaf_hash, first.time, first.origin, duplicate=True)


def _check_same(place: int, line: Line, payload: bytes, keyids: list[str]) -> None:
    if payload != line.envelope.payload:
        raise Conflict(line.statement.source, line.statement.id, place, "other content")
    if keyids != [s.keyid for s in line.envelope.signatures]:
        raise Conflict(line.statement.source, line.statement.id, place, "other signers")


def _check_references(statement: Statement, work: _Work, targets: dict[bytes, int]) -> None:
    for rel, digest in statement.references:
        if digest not in targets and digest not in work.placed:
            raise Refused(
                "dangling reference",
                f"reference {rel}: no statement {digest.hex()[:16]} in this ledger, expected an earlier entry or one "
                f"before it in the batch",
                remedy="references are SHA-256 of the other statement's bytes, as its receipt says",
            )


def _principals(
    connection: sa.Connection, authority: Authority, digest: bytes, work: _Work, targets: dict[bytes, int]
) -> frozenset[str]:
    if digest in work.placed:
        keyids: Sequence[str] = work.placed[digest][1]
    elif digest in targets:
        keyids = [s.keyid for s in parse_leaf(read_leaf(connection, targets[digest])).envelope.signatures]
    else:
        return frozenset()  # refused as a dangling reference in a moment
    return frozenset(authority.keys[k].principal for k in keyids if k in authority.keys)


def _add(work: _Work, line: Line, name: tuple[bytes, str], keyids: Sequence[str]) -> Receipt:
    statement, head = line.statement, work.head
    nth, nth_prev = work.subjects.get(statement.subject, (0, ZERO_HASH))
    links = Links(head.size, head.origin, nth, nth_prev, head.last_hash, work.now)
    leaf = format_leaf(line.members, links)
    hashed = leaf_hash(leaf)
    digest = statement.digest
    work.full_tiles.extend(work.tiles.append(hashed))
    work.entries.append((head.size, leaf))
    work.ids.append((*name, head.size))
    work.digests.append((digest, head.size))
    work.rows.append(index.row_of(Leaf(line.envelope, links), statement))
    if line.disclosures:
        work.disclosures.extend((head.size, d, v.text) for d, v in line.disclosures)
    work.statements.append((head.size, statement))
    work.placed[digest] = (head.size, tuple(keyids))
    work.subjects[statement.subject] = (nth + 1, hashed)
    work.touched.add(statement.subject)
    # After a clock_reset the clock runs on from the time it names; the reset itself still carries the old time.
    assert work.authority is not None
    last_time = work.authority.clock_resets.get(head.size, work.now)
    work.head = Head(head.origin, head.size + 1, hashed, last_time, work.tiles.edge)
    return Receipt(head.size, digest.hex(), hashed, format_instant(work.now), head.origin)


def _write(connection: sa.Connection, work: _Work) -> None:
    _ADD_ENTRY.run_many(connection, work.entries)
    _ADD_ID.run_many(connection, work.ids)
    _ADD_DIGEST.run_many(connection, work.digests)
    if work.disclosures:
        _ADD_DISCLOSURE.run_many(connection, work.disclosures)
    if work.full_tiles:
        _ADD_TILE.run_many(connection, [(tile.level, tile.index, tile.hashes) for tile in work.full_tiles])
    for name in sorted(work.touched):
        count, last = work.subjects[name]
        if not _MOVE_SUBJECT.run(connection, name=name, count=count, last_hash=last):
            _ADD_SUBJECT.run(connection, subject=name, count=count, last_hash=last)
    head, before = work.head, work.before.size
    edge = work.tiles.edge.to_bytes()
    values = {"size": head.size, "last_hash": head.last_hash, "last_time": head.last_time, "edge": edge}
    if before == 0:
        _ADD_HEAD.run(connection, id=1, origin=head.origin, **values)
    elif not _MOVE_HEAD.run(connection, before=before, **values):
        raise StoreError("appending: the head moved under the lock", remedy="another program writes without it")
