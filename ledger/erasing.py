"""Erasing: a signed `erasure` entry, and in the same transaction the values it names.

Afterwards the files hold the value no more: SQLite overwrites deleted rows (secure_delete) and the write-ahead
log is emptied. What was handed out before (backups, exports) is not reached, and the result says so. A crash
between commit and clean-up is finished by `finish_erasures`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from ledger.encoding import parse_base64url
from ledger.errors import Refused
from ledger.statement import MANAGEMENT_SYSTEM
from ledger.store import tables as t
from ledger.store.append import Receipt
from ledger.store.entries import erasable_digests

if TYPE_CHECKING:
    from ledger.client import Ledger
    from ledger.entry import Entry
    from ledger.signing import Signer

NOT_REACHED: Final = "backups, exports and copies handed out before still hold the value; erase it there too"


@dataclass(frozen=True, slots=True)
class Erasure:
    """What was erased: the erasure's receipt, the pointers of the members, digests of the attachments."""

    receipt: Receipt
    entry: int
    members: tuple[str, ...]
    attachments: tuple[str, ...]


def erase(
    ledger: Ledger,
    entry: int,
    *,
    members: Sequence[str] = (),
    attachments: Sequence[str] = (),
    legal_basis: str,
    reason: str,
    approved_by: str,
    signers: Sequence[Signer],
) -> Erasure:
    """Erase members (JSON pointers such as ``/affected_person/name``) and personal attachments of one entry.

    `approved_by` is the principal of one of the `signers`. With neither members nor attachments, every erasable
    member of the entry is erased.

    Raises:
        Refused: nothing to erase, a hold forbids it, or the policy does not let these signers erase.
    """
    target = ledger.entry(entry)
    check_holds(ledger, target)
    with ledger.backend.reading("reading erasable members") as connection:
        present = erasable_digests(connection, target.index)
    wanted = list(members) if members or attachments else sorted(present)
    for pointer in wanted:
        if pointer not in present:
            known = ", ".join(sorted(present)) or "none"
            raise Refused("nothing to erase", f"entry {entry}: no erasable value at {pointer}; there are: {known}")
    personal = {a["digest"] for a in target.data.get("artefacts", ()) if a.get("attached") and a.get("salted")}
    for digest in attachments:
        if digest not in personal:
            raise Refused("nothing to erase", f"entry {entry}: {digest[:16]} is no personal attachment of it")
    if not wanted and not attachments:
        raise Refused("nothing to erase", f"entry {entry}: has no erasable value left")
    digests = {pointer: present[pointer] for pointer in wanted}
    data = {
        "statement": target.statement,
        **({"members": [{"pointer": p, "digest": d} for p, d in digests.items()]} if digests else {}),
        **({"attachments": list(attachments)} if attachments else {}),
        "legal_basis": legal_basis,
        "reason": reason,
        "approved_by": approved_by,
    }

    def delete(connection: sa.Connection, receipts: Sequence[Receipt]) -> None:
        for digest in map(parse_base64url, digests.values()):
            connection.execute(sa.insert(t.erased).values(idx=target.index, digest=digest, by_idx=receipts[0].index))
            connection.execute(
                sa.delete(t.disclosure).where(t.disclosure.c.idx == target.index, t.disclosure.c.digest == digest)
            )

    with ledger.batch(also=delete) as batch:
        pending = batch.record(data, kind="erasure", signers=signers, subject=_subject(target.subject))
    finish_erasures(ledger)
    return Erasure(pending.receipt, target.index, tuple(wanted), tuple(attachments))


def finish_erasures(ledger: Ledger) -> None:
    """Remove what erasure entries name and a crash left: attachments, and deleted rows in the write-ahead log."""
    for entry in ledger.entries(kinds={"erasure"}):
        for digest in entry.data.get("attachments") or ():
            ledger.blobs.remove(digest)
    ledger.backend.forget_deleted()


def check_holds(ledger: Ledger, target: Entry) -> None:
    """Return if no legal hold in force covers the entry.

    Raises:
        Refused: naming the hold.
    """
    in_force: dict[str, int] = {}
    for entry in ledger.entries(kinds={"hold"}):
        hold = entry.data["hold_id"]
        if entry.data["action"] == "lifted":
            in_force.pop(hold, None)
        elif _covers(entry.data, target):
            in_force[hold] = entry.index
    if in_force:
        hold, place = next(iter(in_force.items()))
        raise Refused("hold", f"erasing: legal hold {hold} (entry {place}) covers it", remedy="lift the hold first")


def _covers(hold: Mapping[str, Any], target: Entry) -> bool:
    attached = {artefact["digest"] for artefact in target.data.get("artefacts", ())}
    return bool(
        hold.get("everything")
        or target.statement in (hold.get("statements") or ())
        or target.subject in (hold.get("subjects") or ())
        or target.kind in (hold.get("kinds") or ())
        or attached.intersection(hold.get("attachments") or ())
    )


def _subject(subject: str) -> str:
    return subject if subject != "ledger" else MANAGEMENT_SYSTEM
