"""The key state of a ledger as its verification folds it: from `ledger` and `key` entries, each judged at its place.

An entry that breaks the rules never becomes state. One that was *damaged* after it was stored (its bytes do not
have the leaf hash that the next link repeats) is another matter: what it said is lost, so what later entries may do
can no longer be judged, and none of them is accused for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from ledger.admission import advance, check_schema, check_signatures, judge
from ledger.authority import Authority
from ledger.encoding import parse_base64
from ledger.errors import BadInput, FormatError, ProofError, Refused, SchemaError
from ledger.leaf import Leaf, parse_leaf
from ledger.merkle import leaf_hash
from ledger.policy import ADMIN, STATE_KINDS
from ledger.signing import parse_spki
from ledger.statement import Statement, parse_statement
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
        after = _judged(fold.authority, place, leaf, statement)
    except ProofError as error:
        fold.findings.append((Verdict.SIGNATURE_INVALID, place, str(error)))
    except BadInput as error:
        verdict = _verdict(fold.authority, place, leaf, error)
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


def _verdict(authority: Authority | None, place: int, leaf: Leaf, error: BadInput) -> Verdict:
    if isinstance(error, SchemaError | FormatError):
        return Verdict.SCHEMA_VIOLATION
    if not isinstance(error, Refused) or error.rule != "unknown kind" or authority is None:
        return Verdict.NOT_PERMITTED
    # A later version's entry about keys, if a quorum of admins signed it: the others are refused in every version.
    try:
        keys = [authority.key_at(s.keyid, place) for s in leaf.envelope.signatures]
        check_signatures(leaf.envelope, lambda keyid: authority.key_at(keyid, place).public_key)
    except (Refused, ProofError):
        return Verdict.NOT_PERMITTED
    admins = {key.principal for key in keys if ADMIN in key.roles}
    # Fewer than the quorum could not have changed who may sign, so they can't make later entries uncheckable either.
    return Verdict.UNSUPPORTED_VERSION if len(admins) >= authority.policy.quorum else Verdict.NOT_PERMITTED


def _judged(authority: Authority | None, place: int, leaf: Leaf, statement: Statement) -> Authority:
    check_schema(statement)
    keyids = [s.keyid for s in leaf.envelope.signatures]
    after = advance(authority, place, statement, keyids)
    before = authority or after
    check_signatures(leaf.envelope, lambda keyid: _public_key(before, statement, keyid, place))
    judge(before, place, statement, keyids, lambda _: frozenset())
    return after


def _public_key(authority: Authority, statement: Statement, keyid: str, place: int) -> bytes:
    if statement.kind == "key" and statement.data.get("public_key") and statement.data["keyid"] == keyid:
        # `advance` has seen that the key id is that of this key.
        return parse_spki(parse_base64(statement.data["public_key"], "key: public_key"))
    return authority.key_at(keyid, place).public_key
