"""Erasing on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.entries import find_entry
from cli.project import ledger_location, state_folder
from cli.receipts import receipt_value
from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.opening import Appending
    from ledger import Ledger, Signer


def erase_values(
    opened: Appending,
    place: str,
    pointers: Sequence[str],
    *,
    attachments: Sequence[str],
    basis: str,
    reason: str,
    signers: Sequence[Signer],
    approved_by: str | None,
) -> dict[str, Any]:
    """What was erased, as JSON members.

    Raises:
        BadInput: nothing was erased.
    """
    from ledger.erasing import NOT_REACHED, erase

    ledger = opened.ledger
    erasure = erase(
        ledger,
        find_entry(ledger, place).index,
        members=pointers,
        attachments=attachments,
        legal_basis=basis,
        reason=reason,
        approved_by=approved_by or _principal(ledger, signers[-1]),
        signers=signers,
    )
    (receipt,) = opened.sign([erasure.receipt])
    return {
        "entry": erasure.entry,
        "members": list(erasure.members),
        "attachments": list(erasure.attachments),
        "receipt": receipt_value(receipt),
        "not_reached": NOT_REACHED,
    }


def finish(location: str | None) -> None:
    """Complete erasures that were interrupted between their commit and the clean-up.

    Raises:
        StoreError: if a reader still keeps the old pages.
    """
    from ledger import Ledger
    from ledger.erasing import finish_erasures

    with Ledger.open(ledger_location(location), state=state_folder()) as ledger:
        finish_erasures(ledger)


def _principal(ledger: Ledger, signer: Signer) -> str:
    from ledger.signing import key_id

    key = ledger.authority.keys.get(key_id(signer.public_key))
    if key is None:
        raise BadInput(f"key {key_id(signer.public_key)[:16]}: not enrolled in this ledger")
    return key.principal
