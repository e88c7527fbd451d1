"""Verifying a whole ledger: streaming, in constant memory, by default everything, from the bytes.

Ranges of 4,096 entries are scanned, by one process or several, and joined in order (`ledger.verifying.joining`). First
the key state is folded from the `ledger` and `key` entries, each judged at its place (`ledger.verifying.keyfold`);
after the scans the places of such entries as the bytes show them are compared with the ones used, so an index that
hides one is found and corrected for. What follows from the whole is concluded at the end
(`ledger.verifying.concluding`). `ledger.verifying.inspection` is one run of that. A run may go on with one that was
interrupted (`ledger.verifying.resuming`), or build on one that found nothing wrong and read only what is new, and a
slice of what is not (`ledger.verifying.baseline`, `ledger.verifying.rereading`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ledger.checkpoint import parse_checkpoint
from ledger.errors import FormatError, StoreError
from ledger.leaf import parse_leaf
from ledger.memory import Memory, Pin
from ledger.note import parse_note
from ledger.statement import read_attributes
from ledger.store import schema
from ledger.store.backend import Backend, open_sqlite, parse_location
from ledger.store.growthscan import read_growth
from ledger.store.read import read_leaves
from ledger.store.scanning import Level
from ledger.store.tablescan import read_facts, read_head
from ledger.trust import TrustPolicy
from ledger.verdicts import Report
from ledger.verifying.baseline import Baseline, parse_baseline
from ledger.verifying.inspection import Asked, Inspection, NeedsEverything, Progress

ROUNDS = 672
"""Incremental runs that together read every entry again: a week of one each quarter of an hour."""


def now_in_micros() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1_000


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
    new: bool = False,
    rounds: int = ROUNDS,
    policy: TrustPolicy | None = None,
    timestamp_roots: Sequence[bytes] = (),
    clock: Callable[[], int] = now_in_micros,
) -> Report:
    """What the ledger at `location` shows; it is opened read-only and never changed.

    `trust` is a pin from outside; without one the pin this machine remembers is used, and at first sight the
    ledger is only compared with itself. What was seen or signed here before is compared in any case. `level`
    ``hashes`` checks chain, tree and checkpoints only, ``signatures`` also signatures, keys and policy, ``full``
    everything. `jobs` processes share the work; with more than one, call this from a script that guards its main
    module. `remember` stores pin, newest state and outcome of a full verification in `state` (default:
    `AIMS_STATE`), the pin and the state only if no tampering was found. `checkpoints` are signed checkpoint notes
    that somebody kept: the ledger must contain what they sign. `resume` goes on with a verification that asked the
    same and was interrupted; without one, or if the ledger did more than grow since, it begins anew.

    `new` builds on the last sound full verification remembered here: it reads what was added since, sees that the
    stored tiles still lead to the root verified then, and reads a slice of the old entries again, so that `rounds`
    such runs read all. The report then has level ``new`` and says in `since` what was not read. Where there is
    nothing to build on, everything is verified, and the report's notes say why.

    `policy` is whose keys count outside this ledger: a stored checkpoint must be signed by a log key that it names,
    which makes a pin unnecessary, and one with the cosignatures of its quorum. `timestamp_roots` are certificates
    (PEM) of time-stamping authorities. What witnesses and authorities saw before a key was compromised stands; the
    report says how many entries that is. `clock` gives microseconds since 1970.

    Raises:
        StoreError: if there is no ledger, or its state can't be read at all.
        FormatError, Refused: for a kept checkpoint that is malformed, or not signed by a key of this ledger.
    """
    if new and (level != "full" or resume):
        raise ValueError("an incremental verification is of level full, and is not resumed")
    if rounds < 1:
        raise ValueError(f"{rounds} rounds, expected at least 1")
    path = parse_location(location)
    backend = open_sqlite(path, read_only=True)
    try:
        with backend.reading(f"opening {path}") as connection:
            schema.check_revision(connection, str(path))
            genesis, head = dict(read_leaves(connection, 0, 1)).get(0), read_head(connection)
        memory = Memory(_origin(genesis) or (head.origin if head else ""), state)
        kept = tuple((note, parse_checkpoint(parse_note(note).text)) for note in checkpoints)
        asked = Asked(trust, level, jobs, progress, kept, policy, tuple(timestamp_roots), rounds, clock)
        if not new:
            return _verify_all(backend, memory, asked, remember=remember, resume=resume)
        found = _verify_new(backend, memory, asked, remember=remember)
        if isinstance(found, Report):
            return found
        report = _verify_all(backend, memory, asked, remember=remember, resume=False)
        return replace(report, notes=(f"everything was verified: {found}", *report.notes))
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


def _verify_all(backend: Backend, memory: Memory, asked: Asked, *, remember: bool, resume: bool) -> Report:
    with backend.reading(f"opening {backend.path}") as connection:
        facts = read_facts(connection)
    if facts.head is None and not facts.end:
        raise StoreError(f"{backend.path}: a ledger without head row and entries", remedy="restore it from a backup")
    return Inspection(backend, facts, memory, asked).run(remember=remember, resume=resume)


def _verify_new(backend: Backend, memory: Memory, asked: Asked, *, remember: bool) -> Report | str:
    """The report of an incremental verification, or why everything must be verified."""
    if not memory.baseline():
        return "no sound verification is remembered here to build on"
    with memory.building():
        base = _baseline(memory)
        if base is None:
            return "what an earlier verification left here is damaged"
        with backend.reading(f"opening {backend.path}") as connection:
            facts = read_growth(connection, base.size, base.newest)
        if facts.end < base.size:
            return "the ledger is shorter than it was"
        inspection = Inspection(backend, facts, memory, asked, base)
        if inspection.question() != base.question:
            return "the last verification was of another file, against another pin, or by another version"
        try:
            return inspection.run(remember=remember)
        except NeedsEverything as reason:
            return str(reason)


def _baseline(memory: Memory) -> Baseline | None:
    try:
        return parse_baseline(memory.baseline() or b"")
    except FormatError:
        return None
