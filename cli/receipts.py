"""Receipts on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.screen import out, out_json

if TYPE_CHECKING:
    from ledger import Receipt


def receipt_value(receipt: Receipt) -> dict[str, Any]:
    """A receipt as JSON members; both hashes in hex."""
    return {
        "index": receipt.index,
        "statement": receipt.statement,
        "leaf_hash": receipt.leaf_hash.hex(),
        "time": receipt.time,
        "origin": receipt.origin,
        "state": receipt.state,
        "duplicate": receipt.duplicate,
    }


def out_receipt(receipt: Receipt, what: str, *, as_json: bool) -> None:
    """Print a receipt; `what` says in a word or two what was recorded."""
    if as_json:
        out_json(receipt_value(receipt))
        return
    state = "in the ledger already" if receipt.duplicate else receipt.state
    out(f"#{receipt.index} {receipt.leaf_hash.hex()[:8]}  {what}  statement {receipt.statement[:16]}  {state}")
