"""Verifying a whole ledger: streaming, in constant memory, by default everything, from the bytes.

Ranges of 4,096 entries are scanned, by one process or several, and joined here in order. First the key state is
folded from the `ledger` and `key` entries, each judged at its place; after the scans, the places of such entries
as the bytes show them are compared with the ones used, so an index that hides one is found and corrected for.

Memory holds one tree edge, one line for each subject, each key, and each distinct attachment; nothing grows with
the number of entries but at most 1,000 findings.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from ledger.admission import advance, check_schema, check_signatures, judge
from ledger.authority import Authority
from ledger.encoding import parse_base64
from ledger.errors import BadInput, FormatError, ProofError, StoreError
from ledger.joining import Joined, Stored
from ledger.leaf import parse_leaf
from ledger.memory import Memory, Pin, Seen
from ledger.merkle import leaf_hash
from ledger.policy import STATE_KINDS
from ledger.signing import key_id, parse_spki
from ledger.statement import Statement, parse_statement
from ledger.store import index, schema
from ledger.store import tables as t
from ledger.store.append import read_head
from ledger.store.backend import Backend, open_sqlite, parse_location
from ledger.store.entryscan import Judging
from ledger.store.hashscan import RANGE
from ledger.store.read import read_leaves
from ledger.store.scanning import BlobChecker, Level, RangeResult, RangeScanner, scanning_with
from ledger.times import format_instant, parse_instant
from ledger.verdicts import Report, Verdict

Progress = Callable[[int, int], None]
"""Called with (entries done, entries in all)."""


def verify_ledger(
    location: str | Path,
    *,
    trust: Pin | None = None,
    level: Level = "full",
    jobs: int = 1,
    progress: Progress | None = None,
    state: Path | None = None,
    remember: bool = True,
) -> Report:
    """What the ledger at `location` shows; it is opened read-only and never changed.

    `trust` is a pin from outside; without one the pin this machine remembers is used, and at first sight the
    ledger is only compared with itself. `level` ``hashes`` checks chain, tree and checkpoints only,
    ``signatures`` also signatures, keys and policy, ``full`` everything. `jobs` processes share the work; with
    more than one, call this from a script that guards its main module. `remember` stores pin, newest state and
    outcome in `state` (default: `AIMS_STATE`), unless tampering was found.

    Raises:
        StoreError: if there is no ledger, or its state can't be read at all.
    """
    path = parse_location(location)
    backend = open_sqlite(path, read_only=True)
    try:
        with backend.reading(f"opening {path}") as connection:
            schema.check_revision(connection, str(path))
            stored = _stored(connection)
        memory = Memory(stored.head.origin, state)
        pin = trust or memory.pin()
        return _Verification(backend, stored, memory, pin, level, jobs, progress).run(remember=remember)
    finally:
        backend.close()


def _stored(connection: sa.Connection) -> Stored:
    head = read_head(connection)
    if head is None:
        raise StoreError("verifying: the head row is gone", remedy="restore it from a backup")
    last = connection.execute(sa.select(sa.func.max(t.entry.c.idx))).scalar_one()
    newest = connection.execute(sa.select(sa.func.max(t.checkpoint.c.size))).scalar_one()
    tables = (t.entry, t.statement_id, t.entry_index, t.statement_recent, t.statement_index, t.reference_index,
              t.artefact_index, t.disclosure, t.erased, t.tile, t.subject)  # fmt: skip
    counts = {
        table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in tables
    }
    return Stored(
        head=head,
        end=0 if last is None else last + 1,
        newest_checkpoint=newest or 0,
        indexed=index.indexed(connection),
        counts=counts,
    )


class _Verification:
    """One run."""

    def __init__(
        self,
        backend: Backend,
        stored: Stored,
        memory: Memory,
        pin: Pin | None,
        level: Level,
        jobs: int,
        progress: Progress | None,
    ) -> None:
        self._backend, self._stored, self._memory, self._pin = backend, stored, memory, pin
        self._level, self._jobs, self._progress = level, jobs, progress

    def run(self, *, remember: bool) -> Report:
        """Everything in order."""
        places = self._state_places_by_index()
        joined = self._pass(places)
        if self._level != "hashes" and joined.state_places != places:
            # The index hid or invented an entry that changes who may sign: judge all again with the truth.
            truth = joined.state_places
            joined = self._pass(truth)
            for place in sorted(set(truth) ^ set(places)):
                joined.add(Verdict.INDEX_WRONG, place, "the index calls its kind something else", "entry_index")
        if self._level == "full":
            self._check_attachments(joined)
        report = joined.report(self._level, self._trust_words(), format_instant(time.time_ns() // 1_000))
        if remember:
            self._remember(report, joined)
        return report

    def _pass(self, places: Sequence[int]) -> Joined:
        joined = Joined(self._stored, self._pin, full=self._level == "full", entries=self._level != "hashes")
        authority = self._fold_authority(places, joined)
        if authority is None:
            return joined
        joined.resets = authority.clock_resets
        judging = Judging(authority, frozenset(places), self._known(), self._stored.indexed, full=self._level == "full")
        sizes = tuple({seen.size for seen in self._pin.seen} if self._pin else ())
        scanner = RangeScanner(self._backend.path, self._level, judging, sizes)
        end = self._stored.end
        ranges = [(start, min(start + RANGE, end)) for start in range(0, end, RANGE)]
        with self._mapped() as mapped:
            for (_, upto), result in zip(ranges, mapped(scanner, ranges), strict=True):
                joined.join(result)
                if self._progress:
                    self._progress(upto, end)
        joined.finish(authority, judging, self._backend)
        return joined

    def _known(self) -> tuple[tuple[int, int], ...]:
        seen: tuple[Seen, ...] = self._pin.seen if self._pin else ()
        return tuple((s.size, parse_instant(s.at)) for s in seen)

    def _state_places_by_index(self) -> list[int]:
        """Where the index says `ledger` and `key` entries are, and, not yet indexed, where the bytes do."""
        with self._backend.reading("reading the keys") as connection:
            c = t.entry_index.c
            query = sa.select(c.idx).where(c.kind.in_(sorted(STATE_KINDS))).order_by(c.idx)
            places = list(connection.execute(query).scalars())
            for idx, raw in read_leaves(connection, self._stored.indexed, self._stored.end):
                statement = _statement(raw)
                if statement is not None and statement.kind in STATE_KINDS:
                    places.append(idx)
        return sorted({0, *places} if self._stored.end else places)

    def _fold_authority(self, places: Sequence[int], joined: Joined) -> Authority | None:
        authority: Authority | None = None
        for place in places:
            with self._backend.reading("reading the keys") as connection:
                raw = connection.execute(sa.select(t.entry.c.leaf).where(t.entry.c.idx == place)).scalar_one_or_none()
            if raw is None:
                continue  # missing; said where the hole is
            if place == 0:
                joined.genesis = leaf_hash(bytes(raw))
            authority = _fold_one(authority, place, bytes(raw), joined)
            if authority is None:
                joined.add(Verdict.NOT_PERMITTED, 0, "no valid genesis entry; nothing can be judged without it")
                return None
        return authority

    def _check_attachments(self, joined: Joined) -> None:
        wanted = joined.attachments
        checker = BlobChecker(self._backend.path)
        digests = list(wanted)
        with self._mapped() as mapped:
            for digest, measured in zip(digests, mapped(checker, digests), strict=True):
                place, size, salted = wanted[digest]
                joined.judge_attachment(digest, place, size + (32 if salted else 0), measured)

    @contextmanager
    def _mapped(self) -> Iterator[Callable[[Callable[[Any], Any], Sequence[Any]], Iterator[Any]]]:
        """`map` in this process, or over a pool with a bounded number of results in memory."""
        if self._jobs <= 1 or self._stored.end <= RANGE:
            with scanning_with(self._backend):
                yield map
            return
        # Never fork: an open database and its locks must not be shared with a child.
        with ProcessPoolExecutor(self._jobs, mp_context=get_context("spawn")) as pool:
            yield lambda function, items: _in_order(pool, function, items, ahead=2 * self._jobs)

    def _trust_words(self) -> str:
        if self._pin is None:
            return "first sight: nothing to compare with"
        return f"pin of genesis {self._pin.genesis.hex()[:16]}, {len(self._pin.seen)} checkpoint(s) seen before"

    def _remember(self, report: Report, joined: Joined) -> None:
        self._memory.note_verification(
            report.size, report.root, report.checked_at, report.summary, report.exit_code, report.level
        )
        if report.tampered or joined.genesis is None:
            return
        pin = self._pin or Pin(report.origin, joined.genesis, joined.first_vkeys)
        if self._pin is None:
            self._memory.remember(pin)
        self._memory.saw(pin, report.size, report.root, report.checked_at)


def _fold_one(authority: Authority | None, place: int, raw: bytes, joined: Joined) -> Authority | None:
    """The key state after a `ledger` or `key` entry, or the one before it if the entry is not valid."""
    try:
        leaf = parse_leaf(raw)
        statement = parse_statement(leaf.envelope.payload)
    except FormatError as error:
        joined.add(Verdict.ALTERED, place, str(error))
        return authority
    keyids = [s.keyid for s in leaf.envelope.signatures]
    try:
        check_schema(statement)
        after = advance(authority, place, statement, keyids)
        before = authority or after
        check_signatures(leaf.envelope, lambda keyid: _public_key(before, statement, keyid, place))
        judge(before, place, statement, keyids, lambda _: frozenset())
    except ProofError as error:
        joined.add(Verdict.SIGNATURE_INVALID, place, str(error))
        return authority
    except BadInput as error:
        joined.add(Verdict.NOT_PERMITTED, place, str(error))
        return authority
    return after


def _public_key(authority: Authority, statement: Statement, keyid: str, place: int) -> bytes:
    if statement.kind == "key" and statement.data.get("public_key") and statement.data["keyid"] == keyid:
        public_key = parse_spki(parse_base64(statement.data["public_key"], "key: public_key"))
        assert key_id(public_key) == keyid, "advance has compared them"
        return public_key
    return authority.key_at(keyid, place).public_key


def _statement(raw: bytes) -> Statement | None:
    try:
        return parse_statement(parse_leaf(raw).envelope.payload)
    except FormatError:
        return None  # reported as altered when its range is scanned


def _in_order(
    pool: ProcessPoolExecutor, function: Callable[[Any], RangeResult], items: Sequence[Any], *, ahead: int
) -> Iterator[RangeResult]:
    waiting: list[Future[RangeResult]] = []
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) > ahead:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()
