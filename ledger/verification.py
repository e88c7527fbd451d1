"""Verifying a whole ledger: streaming, in constant memory, by default everything, from the bytes.

Ranges of 4,096 entries are scanned, by one process or several, and joined in order (`ledger.joining`). First the key
state is folded from the `ledger` and `key` entries, each judged at its place (`ledger.keyfold`); after the scans the
places of such entries as the bytes show them are compared with the ones used, so an index that hides one is found and
corrected for. What follows from the whole is concluded at the end (`ledger.concluding`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from ledger.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from ledger.concluding import Conclusion, Known, first_vkeys
from ledger.errors import FormatError, ProofError, Refused, StoreError
from ledger.findings import Findings
from ledger.joining import Joined
from ledger.keyfold import KeyFold, fold_keys, state_places
from ledger.leaf import parse_leaf
from ledger.memory import Memory, Pin, Seen
from ledger.note import parse_note
from ledger.resuming import Resuming
from ledger.statement import read_attributes
from ledger.store import schema
from ledger.store.backend import Backend, open_sqlite, parse_location
from ledger.store.hashscan import RANGE
from ledger.store.judging import Judging
from ledger.store.read import read_leaves
from ledger.store.scanning import BlobChecker, Level, RangeScanner
from ledger.store.tablescan import Facts, read_facts
from ledger.times import format_instant, parse_instant
from ledger.verdicts import LEDGER_WIDE, Report, Resumed, Verdict

Progress = Callable[[int, int], None]
"""Called with (entries done, entries in all)."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def verify_ledger(
    location: str | Path,
    *,
    trust: Pin | None = None,
    level: Level = "full",
    jobs: int = 1,
    progress: Progress | None = None,
    state: Path | None = None,
    remember: bool = True,
    checkpoints: Sequence[bytes] = (),
    resume: bool = False,
) -> Report:
    """What the ledger at `location` shows; it is opened read-only and never changed.

    `trust` is a pin from outside; without one the pin this machine remembers is used, and at first sight the
    ledger is only compared with itself. What was seen or signed here before is compared in any case. `level`
    ``hashes`` checks chain, tree and checkpoints only, ``signatures`` also signatures, keys and policy, ``full``
    everything. `jobs` processes share the work; with more than one, call this from a script that guards its main
    module. `remember` stores pin, newest state and outcome of a full verification in `state` (default:
    `AIMS_STATE`), the pin and the state only if no tampering was found. `checkpoints` are signed checkpoint notes
    that somebody kept: the ledger must contain what they sign. `resume` goes on with a verification that asked the
    same and was interrupted (`ledger.resuming`); without one, or if the ledger did more than grow since, it begins
    anew.

    Raises:
        StoreError: if there is no ledger, or its state can't be read at all.
        FormatError, Refused: for a kept checkpoint that is malformed, or not signed by a key of this ledger.
    """
    path = parse_location(location)
    backend = open_sqlite(path, read_only=True)
    try:
        with backend.reading(f"opening {path}") as connection:
            schema.check_revision(connection, str(path))
            facts = read_facts(connection)
            genesis = dict(read_leaves(connection, 0, 1)).get(0)
        if facts.head is None and not facts.end:
            raise StoreError(f"{path}: a ledger without head row and entries", remedy="restore it from a backup")
        memory = Memory(_origin(genesis) or (facts.head.origin if facts.head else ""), state)
        kept = tuple((note, parse_checkpoint(parse_note(note).text)) for note in checkpoints)
        run = _Verification(backend, facts, memory, trust, level, jobs, progress, kept)
        return run.run(remember=remember, resume=resume)
    finally:
        backend.close()


def _origin(genesis: bytes | None) -> str:
    """The origin that entry 0 names; the head row can be changed without a trace, its bytes can't."""
    if genesis is None:
        return ""
    try:
        return read_attributes(parse_leaf(genesis).envelope.payload).ledger
    except FormatError:
        return ""


def _seen(pin: Pin | None) -> tuple[Seen, ...]:
    return pin.seen if pin else ()


class _Verification:
    """One run."""

    def __init__(
        self,
        backend: Backend,
        facts: Facts,
        memory: Memory,
        trust: Pin | None,
        level: Level,
        jobs: int,
        progress: Progress | None,
        kept: tuple[tuple[bytes, Checkpoint], ...],
    ) -> None:
        self._kept = kept
        self._backend, self._facts, self._memory = backend, facts, memory
        self._remembered = memory.pin()
        self._pin = trust or self._remembered
        self._level, self._jobs, self._progress = level, jobs, progress
        self._known = self._what_is_known()
        self._began = format_instant(time.time_ns() // 1_000)
        self._resumed: Resumed | None = None
        self._resuming: Resuming | None = None

    def run(self, *, remember: bool, resume: bool) -> Report:
        """Everything in order."""
        facts = self._facts
        places = state_places(self._backend, facts.indexed, facts.end)
        fold, judging, joined = self._pass(places, keep=remember, resume=resume)
        hidden = sorted(set(joined.state_places) - set(places))
        if hidden:
            # The index hid an entry that changes who may sign: judge all again with the truth.
            self._resumed = None
            fold, judging, joined = self._pass(sorted({*places, *hidden}))
        if self._level == "signatures":  # "full" compares every column
            for place in (*hidden, *fold.invented):
                joined.findings.add(Verdict.INDEX_WRONG, place, "the index calls it something else", "entry_index")
        conclusion = Conclusion(joined, facts, judging, self._level)
        with self._backend.reading("comparing tables") as connection:
            conclusion.conclude(connection, self._known, self._pin, fold.genesis)
        self._judge_memory(joined.findings, fold)
        self._judge_kept(judging)
        if self._level == "full":
            self._check_attachments(joined, conclusion)
        if self._resuming:
            self._resuming.done()
        report = self._report(joined)
        if not remember or self._level != "full":
            return report
        try:
            self._remember(report, fold, judging)
        except StoreError as error:
            # What was found must not be lost with it.
            joined.findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, f"the outcome can't be remembered: {error}", "memory")
            report = self._report(joined)
        return report

    def _what_is_known(self) -> list[Known]:
        # What a pin from outside says it has seen is held against the ledger, but its times prove nothing here.
        known = {(s.size, s.root): Known(s.size, s.root, s.at, "named by the pin") for s in _seen(self._pin)}
        known |= {(s.size, s.root): Known(s.size, s.root, s.at, "seen here") for s in _seen(self._remembered)}
        for _, kept in self._kept:
            known.setdefault((kept.size, kept.root), Known(kept.size, kept.root, "an earlier time", "signed and kept"))
        for at, signed in self._memory.signed_here():
            known.setdefault((signed.size, signed.root), Known(signed.size, signed.root, at, "signed here"))
        return sorted(known.values(), key=lambda k: (k.size, k.at))

    def _pass(
        self, places: Sequence[int], *, keep: bool = False, resume: bool = False
    ) -> tuple[KeyFold, Judging, Joined]:
        """Fold the keys from `places`, then scan and join every range.

        `keep` stores from time to time what was joined, `resume` begins with what was stored.
        """
        facts = self._facts
        fold = fold_keys(self._backend, places, facts.end, facts.head.last_hash if facts.head else b"")
        known = tuple((k.size, parse_instant(k.at)) for k in self._known if k.source == "seen here")
        judging = Judging(fold.authority, fold.unsure_after, known, facts.indexed, full=self._level == "full")
        sizes = frozenset(k.size for k in self._known) | {facts.head.size if facts.head else 0}
        resets = fold.authority.clock_resets if fold.authority else {}
        joined = Joined(sizes, resets)
        for verdict, place, detail in fold.findings:
            joined.findings.add(verdict, place, detail)
        if fold.authority is None:
            found = "without entry 0 there are no keys to judge them by"
            joined.findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, found, "signatures and checkpoints")
        resuming = Resuming(self._memory, self._question(fold, judging), self._began, facts)
        if resume:
            with self._backend.reading("resuming") as connection:
                joined = resuming.take_up(connection, sizes, resets) or joined
            if joined.tree.size:
                self._resumed = Resumed(joined.tree.size, resuming.began)
        self._resuming = resuming if keep or resume else None
        self._scan(RangeScanner(self._backend.path, self._level, judging, facts.last_seq, tuple(sizes)), joined)
        return fold, judging, joined

    def _scan(self, scanner: RangeScanner, joined: Joined) -> None:
        """Scan and join every range that is not joined yet."""
        end, resuming = self._facts.end, self._resuming
        ranges = [(start, min(start + RANGE, end)) for start in range(joined.tree.size, end, RANGE)]
        try:
            with self._mapped(scanner, partial(scanner.scan, self._backend), ranges) as results:
                for (_, upto), result in zip(ranges, results, strict=True):
                    if resuming:
                        resuming.joining()
                    joined.join(result)
                    if resuming:
                        resuming.joined(joined)
                    if self._progress:
                        self._progress(upto, end)
        except KeyboardInterrupt:
            if resuming:
                resuming.store(joined)
            raise

    def _question(self, fold: KeyFold, judging: Judging) -> tuple[object, ...]:
        """What the findings up to any place depend on, besides the entries before it and their tables."""
        authority, pin, file = judging.authority, self._pin, self._backend.path.stat()
        compromised = authority and any(k.compromised_since is not None for k in authority.keys.values())
        return (
            (version("aims-ledger"), RANGE, self._level),
            (str(self._backend.path.absolute()), file.st_dev, file.st_ino),
            pin and (pin.origin, pin.genesis, pin.vkeys),
            [note for note, _ in self._kept],
            (fold.read, fold.unsure_after, [(verdict.name, place) for verdict, place, _ in fold.findings]),
            judging.seen if compromised else (),  # nothing else asks when a checkpoint was seen
        )

    def _check_attachments(self, joined: Joined, conclusion: Conclusion) -> None:
        digests, checker = list(joined.attachments), BlobChecker(self._backend.path)
        with self._mapped(checker, partial(checker.measure, self._backend), digests) as results:
            for digest, measured in zip(digests, results, strict=True):
                conclusion.judge_attachment(digest, measured)

    @contextmanager
    def _mapped(
        self, elsewhere: Callable[[_Item], _Result], here: Callable[[_Item], _Result], items: Sequence[_Item]
    ) -> Iterator[Iterator[_Result]]:
        """`map` in this process, or over a pool with a bounded number of results in memory."""
        if self._jobs <= 1 or self._facts.end <= RANGE:
            yield map(here, items)
            return
        # Never fork: an open database and its locks must not be shared with a child.
        with ProcessPoolExecutor(self._jobs, mp_context=get_context("spawn")) as pool:
            yield _in_order(pool, elsewhere, items, ahead=2 * self._jobs)

    def _judge_memory(self, findings: Findings, fold: KeyFold) -> None:
        """A pin from outside must not silently replace what this machine has seen under the same origin."""
        if self._remembered and self._pin and self._remembered.genesis != self._pin.genesis == fold.genesis:
            found = f"this machine remembers genesis {self._remembered.genesis.hex()[:16]} under the same origin"
            findings.add(Verdict.FORKED, LEDGER_WIDE, found, "memory")

    def _judge_kept(self, judging: Judging) -> None:
        """Refuse a kept checkpoint that no key of this ledger signed; it would say nothing about it."""
        for note, _ in self._kept:
            if judging.authority is None:
                return  # without keys everything is `not checked here` already
            try:
                verify_checkpoint(note, judging.authority.verifier_keys())
            except ProofError as error:
                raise Refused("checkpoint", f"kept checkpoint: {error}", remedy="it is of another ledger") from error

    def _report(self, joined: Joined) -> Report:
        counts = sorted(joined.findings.counts.items(), key=lambda item: list(Verdict).index(item[0]))
        return Report(
            origin=self._memory.origin,
            size=joined.tree.size,
            root=joined.tree.root(),
            checkpoint_size=joined.vouched,
            checked_at=format_instant(time.time_ns() // 1_000),
            level=self._level,
            trust=self._trust_words(),
            counts=tuple(counts),
            findings=joined.findings.in_order(),
            erasures=joined.erasures,
            resumed=self._resumed,
        )

    def _trust_words(self) -> str:
        if self._pin is None:
            return "first sight: nothing to compare with"
        return f"pin of genesis {self._pin.genesis.hex()[:16]}, {len(self._known)} state(s) known from before"

    def _remember(self, report: Report, fold: KeyFold, judging: Judging) -> None:
        self._memory.note_verification(
            report.size, report.root, report.checked_at, report.summary, report.exit_code, report.level
        )
        if report.tampered or fold.genesis is None or judging.authority is None:
            return
        pin = self._remembered or self._pin or Pin(report.origin, fold.genesis, first_vkeys(judging))
        if self._remembered is None:
            self._memory.remember(replace(pin, seen=()))
        self._memory.saw(pin, report.size, report.root, report.checked_at)


def _in_order(
    pool: ProcessPoolExecutor, function: Callable[[_Item], _Result], items: Sequence[_Item], *, ahead: int
) -> Iterator[_Result]:
    waiting: list[Future[_Result]] = []
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) > ahead:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()
