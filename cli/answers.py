"""How an answer says what it rests on: up to which size, and when, this copy of the ledger was last verified here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cli.screen import format_json, note, out_bytes

if TYPE_CHECKING:
    from ledger import Ledger


def last_verified(ledger: Ledger) -> dict[str, Any] | None:
    """The last verification of this copy here as JSON members, or None if there was none."""
    from ledger.verifying.outcomes import copy_at

    last = ledger.memory.verification_of(copy_at(ledger.path))
    if last is None:
        return None
    return {"size": last.size, "at": last.at, "level": last.level, "outcome": last.summary}


def note_verified(ledger: Ledger) -> None:
    """Say on stderr how far the ledger was verified."""
    last, size = last_verified(ledger), ledger.size
    if last is None:
        note(f"not verified on this machine: {size} entries; 'aims verify' checks them")
    else:
        after = f", {size - last['size']} since" if size > last["size"] else ""
        note(f"last verified {last['at'][:19]}Z: {last['size']} entries, {last['outcome']}{after}")


def out_answer(ledger: Ledger, name: str, items: Iterable[Any]) -> None:
    """Write one JSON object: the ledger, how far it was verified, and `items` under `name`, one a line.

    The items are written as they come, so that an answer of any length needs little memory.
    """
    head = format_json({"origin": ledger.origin, "size": ledger.size, "last_verified": last_verified(ledger)})
    # As bytes: JSON is UTF-8 whatever the terminal's encoding is.
    out_bytes(f"{head[:-1]}, {format_json(name)}: [".encode())
    separator = "\n"
    for item in items:
        out_bytes(f"{separator} {format_json(item)}".encode())
        separator = ",\n"
    out_bytes(b"\n]}\n")
