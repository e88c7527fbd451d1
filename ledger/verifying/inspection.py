"""One run of a verification, from the facts it begins with to its report and what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from importlib.metadata import version

import sqlalchemy as sa

from ledger.checkpoint import Checkpoint, verify_checkpoint
from ledger.errors import ProofError, Refused, StoreError
from ledger.memory import Memory, Pin
from ledger.store.backend import Backend
from ledger.store.hashscan import RANGE
from ledger.store.judging import Judging
from ledger.store.scanning import BlobChecker, Level, RangeScanner
from ledger.store.tablescan import Facts
from ledger.tiles import TILE_WIDTH
from ledger.times import format_instant, parse_instant
from ledger.trust import TrustPolicy
from ledger.verdicts import LEDGER_WIDE, Report, Resumed, Since, Verdict
from ledger.verifying.baseline import Baseline, format_baseline, next_baseline, next_slice, oldest, read_again
from ledger.verifying.concluding import Conclusion
from ledger.verifying.findings import Findings
from ledger.verifying.joining import Joined
from ledger.verifying.keyfold import KeyFold, fold_keys, state_places
from ledger.verifying.known import SEEN_HERE, VERIFIED_HERE, first_vkeys, what_is_known
from ledger.verifying.outcomes import LastVerification, copy_at
from ledger.verifying.rereading import judge_earlier
from ledger.verifying.resuming import Resuming
from ledger.verifying.workers import mapped
from ledger.vouching import Vouched, read_vouched

Progress = Callable[[int, int], None]
"""Called with (entries done, entries in all)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a verification was asked to do; the members are those of `verify_ledger`."""

    trust: Pin | None
    level: Level
    jobs: int
    progress: Progress | None
    kept: tuple[tuple[bytes, Checkpoint], ...]
    policy: TrustPolicy | None
    timestamp_roots: tuple[bytes, ...]
    rounds: int
    clock: Callable[[], int]


class NeedsEverything(Exception):
    """What is new changes what was said of the old entries; the message says why."""


class Inspection:
    """One run; with a baseline, of what is new since."""

    def __init__(
        self, backend: Backend, facts: Facts, memory: Memory, asked: Asked, base: Baseline | None = None
    ) -> None:
        self._backend, self._facts, self._memory, self._asked, self._base = backend, facts, memory, asked, base
        self._remembered = memory.pin()
        self._pin = asked.trust or self._remembered
        self._began = self._now()
        self._vouched = self._read_vouched()
        kept = [checkpoint for _, checkpoint in asked.kept]
        self._known = what_is_known(memory, self._remembered, self._pin, base, self._vouched.trusted, kept)
        self._resumed: Resumed | None = None
        self._resuming: Resuming | None = None

    def run(self, *, remember: bool, resume: bool = False) -> Report:
        """Everything in order.

        Raises:
            NeedsEverything: with a baseline, if more than what is new must be judged.
        """
        facts, base, full = self._facts, self._base, self._asked.level == "full"
        places = state_places(self._backend, max(facts.indexed, facts.since), facts.end)
        if base:
            places = sorted({*places, *(place for place, _ in base.state)})
        fold, judging, joined = self._pass(places, keep=remember and base is None, resume=resume)
        hidden = sorted(set(joined.state_places) - set(places))
        if hidden:
            # The index hid an entry that changes who may sign: judge all again with the truth.
            self._resumed = None
            fold, judging, joined = self._pass(sorted({*places, *hidden}))
        if self._asked.level == "signatures":  # "full" compares every column
            for place in (*hidden, *fold.invented):
                joined.findings.add(Verdict.INDEX_WRONG, place, "the index calls it something else", "entry_index")
        again = next_slice(base, self._asked.rounds) if base else (0, 0)
        conclusion = Conclusion(joined, facts, judging, self._asked.level)
        with self._backend.reading("comparing tables") as connection:
            if base:
                self._judge_earlier(connection, joined, fold, judging, again)
            trusted = self._vouched.trusted is not None
            conclusion.conclude(connection, self._known, self._pin, fold.genesis, trusted=trusted)
        for verdict, what, detail in self._vouched.findings:
            joined.findings.add(verdict, LEDGER_WIDE, detail, what)
        self._judge_memory(joined.findings, fold)
        self._judge_kept(judging)
        if full:
            self._check_attachments(joined, conclusion)
        if self._resuming:
            self._resuming.done()
        report = self._report(joined, again)
        return self._outcome(report, joined, fold, judging, again) if remember and full else report

    def question(self) -> str:
        """What the answer depends on besides the ledger and what is compared in every run, as a digest."""
        return sha256(repr(self._circumstances()).encode()).hexdigest()

    def _now(self) -> str:
        return format_instant(self._asked.clock())

    def _circumstances(self) -> tuple[object, ...]:
        pin, file = self._pin, self._backend.path.stat()
        return (
            version("aims-ledger"),
            (str(self._backend.path.absolute()), file.st_dev, file.st_ino),
            pin and (pin.origin, pin.genesis, pin.vkeys),
            (self._asked.policy, self._asked.timestamp_roots),
        )

    def _read_vouched(self) -> Vouched:
        asked, base = self._asked, self._base
        after = (base.newest[1], base.newest[2]) if base else (-1, -1)
        before = (base.witnessed, base.stamped) if base else (None, None)
        with self._backend.reading("reading what others vouch for") as connection:
            return read_vouched(
                connection, self._memory.origin, self._facts.end, asked.policy, asked.timestamp_roots,
                after=after, before=before,
            )  # fmt: skip

    def _pass(
        self, places: Sequence[int], *, keep: bool = False, resume: bool = False
    ) -> tuple[KeyFold, Judging, Joined]:
        """Fold the keys from `places`, then scan and join every range.

        `keep` stores from time to time what was joined, `resume` begins with what was stored.
        """
        facts, level = self._facts, self._asked.level
        fold = fold_keys(self._backend, places, facts.end, facts.head.last_hash if facts.head else b"")
        if self._base and _compromised(fold) != self._base.compromised:
            raise NeedsEverything("a key was reported compromised, which speaks of old entries too")
        known = tuple((k.size, parse_instant(k.at)) for k in self._known if k.source == SEEN_HERE)
        known = (*known, *self._vouched.times)
        judging = Judging(fold.authority, fold.unsure_after, known, facts.indexed, full=level == "full")
        sizes = frozenset(k.size for k in self._known) | {facts.head.size if facts.head else 0}
        resets = fold.authority.clock_resets if fold.authority else {}
        joined = self._base.joined(sizes, resets) if self._base else Joined(sizes, resets)
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
        self._scan(RangeScanner(self._backend.path, level, judging, facts.last_seq, tuple(sizes), facts.since), joined)
        return fold, judging, joined

    def _scan(self, scanner: RangeScanner, joined: Joined) -> None:
        """Scan and join every range that is not joined yet."""
        end, unit, resuming, progress = self._facts.end, joined.tree.unit, self._resuming, self._asked.progress
        ranges = [(start, min(start + unit, end)) for start in range(joined.tree.size, end, unit)]
        jobs = self._asked.jobs if len(ranges) > 1 and unit > TILE_WIDTH else 1
        try:
            with mapped(jobs, scanner, partial(scanner.scan, self._backend), ranges) as results:
                for (_, upto), result in zip(ranges, results, strict=True):
                    if resuming:
                        resuming.joining()
                    joined.join(result)
                    if resuming:
                        resuming.joined(joined)
                    if progress:
                        progress(upto, end)
        except KeyboardInterrupt:
            if resuming:
                resuming.store(joined)
            raise

    def _question(self, fold: KeyFold, judging: Judging) -> tuple[object, ...]:
        """What the findings up to any place depend on, besides the entries before it and their tables."""
        return (
            (*self._circumstances(), RANGE, self._asked.level),
            [note for note, _ in self._asked.kept],
            (fold.read, fold.unsure_after, [(verdict.name, place) for verdict, place, _ in fold.findings]),
            judging.seen if _compromised(fold) else (),  # nothing else asks when a checkpoint was seen
        )

    def _judge_earlier(
        self, connection: sa.Connection, joined: Joined, fold: KeyFold, judging: Judging, again: tuple[int, int]
    ) -> None:
        assert self._base is not None
        if self._began < self._base.at:
            found = f"it says {self._began}, before the last verification at {self._base.at}"
            joined.findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, found, "this machine's clock")
        unsure = [known for known in self._known if known.source not in (SEEN_HERE, VERIFIED_HERE)]
        sizes = [known.size for known in unsure if known.size <= self._base.aligned]
        judge_earlier(
            connection, self._backend.blob_folder, self._base, self._facts, joined, fold, judging, sizes, again
        )

    def _check_attachments(self, joined: Joined, conclusion: Conclusion) -> None:
        digests, checker = list(joined.attachments), BlobChecker(self._backend.path)
        jobs = self._asked.jobs if self._facts.end > RANGE else 1
        with mapped(jobs, checker, partial(checker.measure, self._backend), digests) as results:
            for digest, measured in zip(digests, results, strict=True):
                conclusion.judge_attachment(digest, measured)

    def _judge_memory(self, findings: Findings, fold: KeyFold) -> None:
        """A pin from outside must not silently replace what this machine has seen under the same origin."""
        if self._remembered and self._pin and self._remembered.genesis != self._pin.genesis == fold.genesis:
            found = f"this machine remembers genesis {self._remembered.genesis.hex()[:16]} under the same origin"
            findings.add(Verdict.FORKED, LEDGER_WIDE, found, "memory")

    def _judge_kept(self, judging: Judging) -> None:
        """Refuse a kept checkpoint that no key of this ledger signed; it would say nothing about it."""
        for note, _ in self._asked.kept:
            if judging.authority is None:
                return  # without keys everything is `not checked here` already
            try:
                verify_checkpoint(note, judging.authority.verifier_keys())
            except ProofError as error:
                raise Refused("checkpoint", f"kept checkpoint: {error}", remedy="it is of another ledger") from error

    def _report(self, joined: Joined, again: tuple[int, int]) -> Report:
        counts = sorted(joined.findings.counts.items(), key=lambda item: list(Verdict).index(item[0]))
        base, since = self._base, None
        if base:
            since = Since(base.size, base.full_at, again, oldest(read_again(base.stretches, *again, self._began)).at)
        return Report(
            origin=self._memory.origin,
            size=joined.tree.size,
            root=joined.tree.root(),
            checkpoint_size=joined.vouched,
            checked_at=self._now(),
            level="new" if base else self._asked.level,
            trust=self._trust_words(),
            counts=tuple(counts),
            findings=joined.findings.in_order(),
            erasures=joined.erasures + (base.erasures if base else 0),
            resumed=self._resumed,
            since=since,
            witnessed=self._vouched.witnessed,
            stamped=self._vouched.stamped,
            notes=self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        unread = self._vouched.unread
        return (f"{unread} time stamp(s) not verified: no authority's certificates were named",) if unread else ()

    def _trust_words(self) -> str:
        trusted = self._vouched.trusted
        if trusted is not None:
            return f"trust policy: its log key signed {trusted.size} entries, {len(self._known)} state(s) known"
        if self._pin is None:
            return "first sight: nothing to compare with"
        return f"pin of genesis {self._pin.genesis.hex()[:16]}, {len(self._known)} state(s) known from before"

    def _outcome(
        self, report: Report, joined: Joined, fold: KeyFold, judging: Judging, again: tuple[int, int]
    ) -> Report:
        """The report, after what is to be remembered of it was stored."""
        try:
            if self._base:
                self._remember(report, joined, fold, judging, again)
            else:
                with self._memory.building():
                    self._remember(report, joined, fold, judging, again)
        except StoreError as error:
            # What was found must not be lost with it.
            joined.findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, f"the outcome can't be remembered: {error}", "memory")
            return self._report(joined, again)
        return report

    def _remember(
        self, report: Report, joined: Joined, fold: KeyFold, judging: Judging, again: tuple[int, int]
    ) -> None:
        last = self._memory.last_verification()
        if last and last.exit_code == 1 and self._began <= last.at <= report.checked_at and not report.tampered:
            return  # another run found something wrong while this one was on its way; the next reads everything
        copy = copy_at(self._backend.path)
        self._memory.note_verification(
            LastVerification(
                report.size, report.root, report.checked_at, report.summary, report.exit_code, report.level, copy
            )
        )
        if report.tampered or fold.genesis is None or judging.authority is None:
            self._memory.keep_baseline(None)
            return
        pin = self._remembered or self._pin or Pin(report.origin, fold.genesis, first_vkeys(judging))
        if self._remembered is None:
            self._memory.remember(replace(pin, seen=()))
        self._pin = self._pin or pin
        self._memory.saw(pin, report.size, report.root, report.checked_at)
        base = next_baseline(
            self._base, joined, self._facts, fold.read, _compromised(fold), report,
            question=self.question(), began=self._resumed.began if self._resumed else self._began, again=again,
        )  # fmt: skip
        self._memory.keep_baseline(format_baseline(base))


def _compromised(fold: KeyFold) -> dict[str, int]:
    """The keys reported compromised, each with the time since when."""
    keys = fold.authority.keys.values() if fold.authority else ()
    return {key.keyid: key.compromised_since for key in keys if key.compromised_since is not None}
