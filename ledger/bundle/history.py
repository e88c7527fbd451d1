"""Which older checkpoints a bundle brings: those that show since when its entries have been there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from ledger.authority import CheckpointKey
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import FormatError
from ledger.note import join_notes, parse_note
from ledger.store import tables as t
from ledger.store.anchors import stored_cosignatures, stored_timestamps
from ledger.store.proofs import checkpoint_of
from ledger.store.read import column_bytes

_CONSIDERED: Final = 64


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint that outsiders vouch for: its note with every cosignature, and its time stamp tokens."""

    size: int
    note: bytes
    tokens: tuple[bytes, ...]


def choose_anchored(
    connection: sa.Connection, checkpoint: Checkpoint, note: bytes, carried: Sequence[int], sizes: Collection[int]
) -> list[Anchored]:
    """For each carried entry the first anchored checkpoint it is in, and the bundle's own if it is time-stamped.

    Besides, those stored of `sizes`.
    """
    notes: dict[str, list[bytes]] = {}
    tokens: dict[str, list[bytes]] = {}
    for cosigned in stored_cosignatures(connection):
        notes.setdefault(_text(cosigned.note), []).append(cosigned.note)
    for stamped in stored_timestamps(connection):
        text = _text(stamped.note)
        notes.setdefault(text, []).append(stamped.note)
        tokens.setdefault(text, []).append(stamped.token)
    own = _text(note)
    found: dict[int, list[Anchored]] = {}
    for text, parts in sorted(notes.items()):
        if not text:
            continue  # damaged; it shows nothing, and verification of the ledger tells it
        said = parse_checkpoint(text)
        if said.origin != checkpoint.origin or not 0 < said.size <= checkpoint.size:
            continue
        if text == own and text not in tokens:
            continue  # its cosignatures are on the bundle's checkpoint
        joined = join_notes([note] if text == own else parts)
        found.setdefault(said.size, []).append(Anchored(said.size, joined, tuple(tokens.get(text, ()))))
    anchored = sorted(found)
    first = {anchored[place] for index in carried if (place := bisect_right(anchored, index)) < len(anchored)}
    for size in {size for size in sizes if 0 < size < checkpoint.size} - found.keys():
        if (stored := checkpoint_of(connection, size)) is not None:
            found[size] = [Anchored(size, stored, ())]
    wanted = sorted(first | ({checkpoint.size, *sizes} & found.keys()))
    return [older for size in wanted for older in found[size]]


def last_signed(connection: sa.Connection, keys: Iterable[CheckpointKey], size: int) -> set[int]:
    """For each checkpoint key that ended, the size of the last checkpoint below `size` that it signed.

    It covers the entry that added the key which came after: so who knows the old one can follow to the new one.
    """
    return {
        found
        for key in keys
        if not key.in_force and (found := _last_signed(connection, key, min(size, key.end))) is not None
    }


def _last_signed(connection: sa.Connection, key: CheckpointKey, most: int) -> int | None:
    c = t.checkpoint.c
    query = sa.select(c.size, c.note).where(c.size > 0, c.size <= most).order_by(c.size.desc(), c.seq.desc())
    for found, stored in connection.execute(query.limit(_CONSIDERED)):
        note = column_bytes(stored)
        try:
            lines = parse_note(note).signatures if _text(note) else ()
        except FormatError:
            continue
        if any((line.name, line.key_id) == (key.vkey.name, key.vkey.key_id) for line in lines):
            return int(found)
    return None


def _text(note: bytes) -> str:
    try:
        text = parse_note(note).text
        parse_checkpoint(text)
    except FormatError:
        return ""
    return text
