"""The key state of a ledger as its verification folds it: from `ledger` and `key` entries, each judged at its place.

An entry that breaks the rules never becomes state. One that was *damaged* after it was stored (its bytes do not
have the leaf hash that the next link repeats) is another matter: what it said is lost, so what later entries may do
can no longer be judged, and none of them is accused for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from ledger.authority import Authority
from ledger.errors import BadInput, FormatError, ProofError
from ledger.leaf import parse_leaf
from ledger.merkle import leaf_hash
from ledger.policy import STATE_KINDS
from ledger.statefold import judge_refusal, judge_state_entry
from ledger.statement import parse_statement
from ledger.store import tables as t
from ledger.store.backend import Backend
from ledger.store.hashscan import prev_of
from ledger.store.read import read_leaves
from ledger.verdicts import Verdict


@dataclass(slots=True)
class KeyFold:
    """The state after every valid entry, and what was wrong with the others.

    `read` are (place, leaf hash) of the entries it was made of; the hash is empty if there is no row. `authority` is
    None if entry 0 founds nothing. `unsure_after` is the first state entry that is lost: damaged, missing, or of a
    version that is not known here. `invented` are places that the index calls state entries and the bytes do not.
    """

    authority: Authority | None = None
    read: list[tuple[int, bytes]] = field(default_factory=list)
    genesis: bytes | None = None
    unsure_after: int | None = None
    invented: list[int] = field(default_factory=list)
    findings: list[tuple[Verdict, int, str]] = field(default_factory=list)


def state_places(backend: Backend, indexed: int, end: int) -> list[int]:
    """Where the index says `ledger` and `key` entries are, and, not yet indexed, where the bytes do; entry 0 always."""
    with backend.reading("reading the keys") as connection:
        c = t.entry_index.c
        query = sa.select(c.idx).where(c.kind.in_(sorted(STATE_KINDS)), c.idx >= 0, c.idx < end)
        places = set(connection.execute(query).scalars())
        for idx, raw in read_leaves(connection, indexed, end):
            try:
                if parse_statement(parse_leaf(raw).envelope.payload).kind in STATE_KINDS:
                    places.add(idx)
            except FormatError:
                continue  # reported when its range is scanned
    return sorted({0, *places})


def fold_keys(backend: Backend, places: Sequence[int], end: int, last_hash: bytes) -> KeyFold:
    """The key state after the entries at `places`; `last_hash` is what the head row says of the last entry."""
    fold = KeyFold()
    for place in places:
        with backend.reading("reading the keys") as connection:
            rows = dict(read_leaves(connection, place, place + 2))
        raw = rows.get(place)
        fold.read.append((place, b"" if raw is None else leaf_hash(raw)))
        if raw is None:
            _lost(fold, place)
        else:
            if place == 0:
                fold.genesis = leaf_hash(raw)
            following = prev_of(rows[place + 1]) if place + 1 in rows else last_hash if place + 1 == end else b""
            _fold_one(fold, place, raw, intact=following in (leaf_hash(raw), b""))
        if fold.authority is None:
            break  # nothing later can be judged
    return fold


def _lost(fold: KeyFold, place: int) -> None:
    if fold.unsure_after is None:
        fold.unsure_after = place


def _fold_one(fold: KeyFold, place: int, raw: bytes, *, intact: bool) -> None:
    try:
        leaf = parse_leaf(raw)
        statement = parse_statement(leaf.envelope.payload)
        if leaf.links.index != place:
            raise FormatError("leaf: index", str(leaf.links.index), str(place))
    except FormatError:
        _lost(fold, place)  # reported when its range is scanned
        return
    if statement.kind not in STATE_KINDS and place:
        fold.invented.append(place)
        return
    try:
        after = judge_state_entry(fold.authority, place, leaf, statement)
    except ProofError as error:
        fold.findings.append((Verdict.SIGNATURE_INVALID, place, str(error)))
    except BadInput as error:
        verdict = judge_refusal(fold.authority, place, leaf, error)
        if fold.unsure_after is not None:
            fold.findings.append((Verdict.NOT_CHECKED, place, f"entry {fold.unsure_after} is lost ({error})"))
        elif intact:
            fold.findings.append((verdict, place, str(error)))
        if verdict is Verdict.UNSUPPORTED_VERSION:
            _lost(fold, place)
    else:
        fold.authority = after
        return
    if not intact:
        _lost(fold, place)
