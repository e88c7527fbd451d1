"""Having the newest checkpoint vouched for from outside: by the witnesses of a policy and by time-stamping authorities.

What is to be asked for is put in the queue first, in a transaction of its own, and leaves it together with the answer
that is stored. So an outage delays an anchor, is shown by `ledger.store.anchors.anchor_state`, and loses nothing; a
crash costs at most asking twice. Checkpoints that were made while nobody anchored need no row of their own: the newest
covers them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledger.checkpoint import parse_checkpoint
from ledger.errors import AimsError, BadInput, Damaged, FormatError, StoreError, Unanswered, clip
from ledger.merkle import prove_consistency
from ledger.note import Note, VerifierKey, format_note, parse_note
from ledger.store.anchors import (
    TargetState,
    add_cosignature,
    add_timestamp,
    anchor_state,
    enqueue,
    forget,
    note_failure,
    pending,
)
from ledger.store.checkpoints import newest_checkpoint
from ledger.store.proofs import open_reader
from ledger.trust import TrustPolicy
from ledger.witness.client import Given, Prover, request_cosignatures

if TYPE_CHECKING:
    from ledger.client import Ledger

__all__ = ["Asker", "Outcome", "Stamper", "TargetState", "Targets", "anchor", "forget_target", "read_anchor_state"]

Asker = Callable[[str, Sequence[VerifierKey], bytes, int, Prover], tuple[Given, ...]]
Stamper = Callable[[str, bytes], bytes]


@dataclass(frozen=True, slots=True)
class Targets:
    """Who is asked: the witnesses of a policy that have an address there, and authorities by theirs."""

    policy: TrustPolicy | None = None
    authorities: tuple[str, ...] = ()

    def witnesses(self) -> dict[str, tuple[VerifierKey, ...]]:
        """The keys of the witnesses by address: a witness with two keys is asked once and answers with both."""
        found: dict[str, tuple[VerifierKey, ...]] = {}
        for witness in self.policy.witnesses if self.policy else ():
            if witness.url:
                found[witness.url] = (*found.get(witness.url, ()), witness.vkey)
        return found

    def names(self) -> tuple[str, ...]:
        """Every target as the queue names it."""
        return (*(str(key) for keys in self.witnesses().values() for key in keys), *self.authorities)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What asking one target for the checkpoint of `size` came to; `error` is empty where it answered."""

    target: str
    size: int
    error: str = ""
    next_try: int = 0


def anchor(
    ledger: Ledger,
    targets: Targets,
    clock: Callable[[], int],
    *,
    only_due: bool = False,
    ask: Asker = request_cosignatures,
    stamp: Stamper | None = None,
) -> list[Outcome]:
    """Ask every target that has not vouched for the newest checkpoint yet; with `only_due`, those whose time has come.

    `clock` gives microseconds since 1970. `stamp` asks an authority; by default that is
    `ledger.timestamps.stamping.request_timestamp`, which needs the extra `timestamps`. What targets answer wrongly, or
    not at all, is in the outcomes and in the queue.

    Raises:
        StoreError: the ledger can't be read or written.
    """
    due = _plan(ledger, targets, clock(), only_due=only_due)
    run = _Run(ledger, clock, due)
    for url, keys in targets.witnesses().items():
        wanted = [key for key in keys if str(key) in due.waiting]
        if wanted:
            run.ask_witness(url, wanted, ask)
    for url in targets.authorities:
        if url in due.waiting:
            run.ask_authority(url, stamp)
    return run.outcomes


@dataclass(frozen=True, slots=True)
class _Plan:
    note: bytes
    size: int
    waiting: frozenset[str]
    reached: Mapping[str, int]  # the size each target vouches for already


def _plan(ledger: Ledger, targets: Targets, now: int, *, only_due: bool) -> _Plan:
    """Put into the queue what is missing, and see whose turn it is."""
    with ledger.backend.writing("queueing anchors") as connection:
        note = newest_checkpoint(connection)
        reached = {state.target: state.size for state in anchor_state(connection)}
        if note is None:
            return _Plan(b"", 0, frozenset(), reached)
        size = _size(note)
        missing = [name for name in targets.names() if reached.get(name, 0) < size]
        for name in missing:
            enqueue(connection, name, size, note, now)
        later = {row.target for row in pending(connection) if only_due and row.next_try > now}
    return _Plan(note, size, frozenset(missing) - later, reached)


def _size(note: bytes) -> int:
    try:
        return parse_checkpoint(parse_note(note).text).size
    except FormatError as error:
        raise Damaged(f"the newest checkpoint: {error}", remedy="'aims verify' says what is wrong") from error


class _Run:
    """One pass over the targets; each is asked outside of any transaction."""

    def __init__(self, ledger: Ledger, clock: Callable[[], int], plan: _Plan) -> None:
        self._ledger, self._clock, self._plan = ledger, clock, plan
        self.outcomes: list[Outcome] = []

    def ask_witness(self, url: str, keys: Sequence[VerifierKey], ask: Asker) -> None:
        """Ask the witness at `url`, once for all its keys."""
        plan, names = self._plan, [str(key) for key in keys]
        known = min(plan.reached.get(name, 0) for name in names)
        try:
            given = {str(g.key): g for g in ask(url, keys, plan.note, known, self._prove)}
        except StoreError:
            raise  # our own ledger, from which the proof is made
        except AimsError as error:
            for name in names:
                self._failed(name, error)
            return
        for name in names:
            if name in given:
                self._answered(name, partial(self._store_cosignature, name, given[name]))
            else:
                self._failed(
                    name, Unanswered(f"witness {url}", f"no cosignature by {name}, but by another of its keys")
                )

    def ask_authority(self, url: str, stamp: Stamper | None) -> None:
        """Ask the authority at `url`."""
        text = parse_note(self._plan.note).text.encode()
        try:
            token = (stamp or _request_timestamp)(url, text)
        except AimsError as error:
            self._failed(url, error)
            return
        self._answered(url, partial(self._store_timestamp, url, token))

    def _prove(self, old_size: int) -> tuple[bytes, ...]:
        with self._ledger.backend.reading("proving consistency") as connection:
            return prove_consistency(old_size, self._plan.size, open_reader(connection, self._plan.size))

    def _store_cosignature(self, name: str, given: Given, connection: sa.Connection, now: int) -> None:
        note = parse_note(self._plan.note)
        cosigned = format_note(Note(note.text, (*note.signatures, given.line)))
        add_cosignature(connection, size=self._plan.size, witness=name, note=cosigned, received=now)

    def _store_timestamp(self, url: str, token: bytes, connection: sa.Connection, now: int) -> None:
        plan = self._plan
        add_timestamp(connection, size=plan.size, authority=url, note=plan.note, token=token, received=now)

    def _answered(self, name: str, store: Callable[[sa.Connection, int], None]) -> None:
        with self._ledger.backend.writing("storing an anchor") as connection:
            store(connection, self._clock())
        self.outcomes.append(Outcome(name, self._plan.size))

    def _failed(self, name: str, error: AimsError) -> None:
        with self._ledger.backend.writing("noting a failed anchor") as connection:
            row = note_failure(connection, name, str(error), self._clock())
        self.outcomes.append(Outcome(name, self._plan.size, str(error), row.next_try if row else 0))


def read_anchor_state(ledger: Ledger) -> list[TargetState]:
    """How far each target is that has vouched for something or is waited for."""
    with ledger.backend.reading("reading the anchors") as connection:
        return anchor_state(connection)


def forget_target(ledger: Ledger, target: str) -> None:
    """Ask `target` no more for what waits for it: it left the policy, or its address was wrong.

    Evidence stays. If it is among the targets of a later `anchor`, it is asked again.

    Raises:
        BadInput: nothing waits for it.
    """
    with ledger.backend.writing("forgetting a target") as connection:
        if not forget(connection, target):
            waiting = ", ".join(clip(row.target, 120) for row in pending(connection)) or "nothing"
            raise BadInput(f"anchor {clip(target, 120)}: not in the queue, where {waiting} waits")


def _request_timestamp(url: str, text: bytes) -> bytes:
    # Needs an extra; a ledger with witnesses alone works without it.
    from ledger.timestamps.stamping import request_timestamp

    return request_timestamp(url, text)
