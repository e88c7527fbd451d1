"""Erasing: a signed `erasure` entry, and in the same transaction the values it names.

Afterwards the files hold the value no more: SQLite overwrites deleted rows (secure_delete) and the write-ahead
log is emptied. What was handed out before (backups, exports) is not reached, and the result says so. A crash
between commit and clean-up is finished by `finish_erasures`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ledger.errors import Refused, StoreError
from ledger.statement import MANAGEMENT_SYSTEM
from ledger.store.append import Receipt
from ledger.store.entries import erasable_digests

if TYPE_CHECKING:
    from ledger.client import Ledger
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
    with ledger.backend.reading("reading erasable members") as connection:
        present = erasable_digests(connection, target.index)
    wanted = list(members) if members or attachments else sorted(present)
    if not wanted and not attachments:
        raise Refused("nothing to erase", f"entry {entry}: has no erasable value left")
    for pointer in wanted:
        if pointer not in present:
            known = ", ".join(sorted(present)) or "none"
            raise Refused("nothing to erase", f"entry {entry}: no erasable value at {pointer}; there are: {known}")
    data = {
        "statement": target.statement,
        **({"members": [{"pointer": p, "digest": present[p]} for p in wanted]} if wanted else {}),
        **({"attachments": list(attachments)} if attachments else {}),
        "legal_basis": legal_basis,
        "reason": reason,
        "approved_by": approved_by,
    }
    receipt = ledger.record(data, kind="erasure", signers=signers, subject=_subject(target.subject))
    finish_erasures(ledger)
    return Erasure(receipt, target.index, tuple(wanted), tuple(attachments))


def finish_erasures(ledger: Ledger) -> None:
    """Remove what erasure entries name and a crash left: attachments, and deleted rows in the write-ahead log.

    Raises:
        StoreError: a reader keeps the log or a file can't be removed: the entries are stored, the value may still be
            there.
    """
    if not ledger.clean_up_erasures():
        raise StoreError(
            "erasing: a reader keeps the write-ahead log, the value may still be in it",
            remedy="end other readers and run 'aims erase --finish'",
        )


def _subject(subject: str) -> str:
    return subject if subject != "ledger" else MANAGEMENT_SYSTEM
