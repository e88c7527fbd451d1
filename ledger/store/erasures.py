"""What an erasure entry does to the store, in the transaction that appends it, whoever made the line.

The door checks that the values are there and belong to the statement, and that no legal hold covers it; then
the rows go together with the entry, or not at all. Attachments are files: they go after the commit, and a crash
in between is finished by the next clean-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from ledger.admission import check_schema
from ledger.encoding import parse_base64url
from ledger.errors import FormatError, Refused, SchemaError
from ledger.statement import Statement
from ledger.store import index
from ledger.store import tables as t
from ledger.store.entries import erasable_digests
from ledger.store.read import parse_entry, read_leaf, read_leaves


@dataclass(frozen=True, slots=True)
class Planned:
    """The values an erasure deletes: the entry they belong to, and the 32-byte digests of their disclosures."""

    target: int
    digests: tuple[bytes, ...]


Placed = tuple[int, Statement]
"""A statement and the index of its entry."""


def plan_erasure(
    connection: sa.Connection, erasure: Statement, target: int, size: int, batch: Sequence[Placed] = ()
) -> Planned:
    """What the erasure of a statement, which is entry `target`, deletes in a ledger of `size` entries.

    `batch` are the entries that the same transaction puts between those and the erasure; a hold among them counts.

    Raises:
        Refused: a value is not there, is not where the erasure says, or a legal hold covers the statement.
    """
    statement = _statement(connection, target)
    indexed = index.indexed(connection)
    holds = [*read_holds(connection, size, indexed), *_valid_holds(batch)]
    judge_holds(holds, target, statement)
    present = erasable_digests(connection, target)
    for member in erasure.data.get("members") or ():
        if present.get(member["pointer"]) != member["digest"]:
            known = ", ".join(sorted(present)) or "none"
            raise Refused(
                "nothing to erase",
                f"entry {target}: no such erasable value at {member['pointer']}; there are: {known}",
                remedy="'aims show' lists what an entry holds",
            )
    personal = {a["digest"] for a in statement.data.get("artefacts") or () if a.get("attached") and a.get("salted")}
    for digest in erasure.data.get("attachments") or ():
        if digest not in personal:
            raise Refused(
                "nothing to erase",
                f"entry {target}: {digest[:16]} is no personal attachment of it",
                remedy="only attachments stored as personal (salted) can be erased",
            )
        others = [*_naming(connection, digest, size, indexed), *batch]
        _check_other_mentions(digest, target, others, holds)
    return Planned(target, tuple(parse_base64url(m["digest"]) for m in erasure.data.get("members") or ()))


def carry_out(connection: sa.Connection, planned: Planned, by_index: int) -> None:
    """Note the values as erased by entry `by_index`, and delete them; the triggers ask for that order."""
    c = t.disclosure.c
    for digest in planned.digests:
        connection.execute(sa.insert(t.erased).values(idx=planned.target, digest=digest, by_idx=by_index))
        connection.execute(sa.delete(t.disclosure).where(c.idx == planned.target, c.digest == digest))


def read_holds(connection: sa.Connection, before: int, indexed: int) -> Iterator[Placed]:
    """The `hold` entries before `before` with their places, those whose body its schema does not allow left out."""
    c = t.entry_index.c
    query = sa.select(c.idx).where(c.kind == "hold", c.idx >= 0, c.idx < before).order_by(c.idx)
    holds = [(place, _statement(connection, place)) for place in connection.execute(query).scalars().all()]
    holds += _not_indexed(connection, indexed, before)
    yield from _valid_holds(holds)


def _valid_holds(statements: Iterable[Placed]) -> Iterator[Placed]:
    for place, hold in statements:
        try:
            if hold.kind == "hold":
                check_schema(hold)
                yield place, hold
        except (SchemaError, FormatError, Refused):
            continue  # no door let it in; verification says so where it stands


def judge_holds(holds: Sequence[Placed], target: int, statement: Statement, before: int | None = None) -> None:
    """Return if none of the `holds`, in order, (before `before`) and not lifted by then covers entry `target`.

    Raises:
        Refused: naming the hold.
    """
    in_force: dict[str, int] = {}
    for place, hold in holds:
        if before is not None and place >= before:
            break
        if hold.data["action"] == "lifted":
            in_force.pop(hold.data["hold_id"], None)
        elif _covers(hold.data, statement):
            in_force[hold.data["hold_id"]] = place
    for name, place in in_force.items():
        raise Refused(
            "hold", f"entry {target}: legal hold {name} (entry {place}) covers it", remedy="lift the hold first"
        )


def _naming(connection: sa.Connection, digest: str, before: int, indexed: int) -> Iterator[Placed]:
    """The entries before `before` that name the attachment, and, not looked into, all that are not indexed yet."""
    c = t.artefact_index.c
    query = sa.select(c.idx).where(c.digest == bytes.fromhex(digest), c.idx < before)
    for place in connection.execute(query).scalars().all():
        yield place, _statement(connection, place)
    yield from _not_indexed(connection, indexed, before)


def _check_other_mentions(digest: str, target: int, others: Sequence[Placed], holds: Sequence[Placed]) -> None:
    """The file goes for every entry that names it, so none of them may be held or call it not personal."""
    for place, other in others:
        mentions = [a for a in other.data.get("artefacts") or () if a["digest"] == digest and a.get("attached")]
        if place == target or not mentions:
            continue
        if not all(a.get("salted") for a in mentions):
            raise Refused(
                "nothing to erase",
                f"entry {target}: {digest[:16]} is also attached to entry {place}, which does not call it personal",
                remedy="only attachments stored as personal (salted) can be erased",
            )
        judge_holds(holds, place, other)


def _not_indexed(connection: sa.Connection, indexed: int, before: int) -> Iterator[Placed]:
    for place, raw in read_leaves(connection, indexed, before):
        yield place, parse_entry(place, raw)[1]


def _covers(hold: Mapping[str, Any], statement: Statement) -> bool:
    attached = {artefact["digest"] for artefact in statement.data.get("artefacts") or ()}
    return bool(
        hold.get("everything")
        or statement.digest.hex() in (hold.get("statements") or ())
        or statement.subject in (hold.get("subjects") or ())
        or statement.kind in (hold.get("kinds") or ())
        or attached.intersection(hold.get("attachments") or ())
    )


def _statement(connection: sa.Connection, place: int) -> Statement:
    return parse_entry(place, read_leaf(connection, place))[1]
