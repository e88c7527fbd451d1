"""The checkpoints of the past: the one of a size, the one that was there at a time, one that somebody kept.

Whoever reads the ledger at one of them reads what could be read then, but for what was lawfully erased since.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ledger.checkpoint import Checkpoint, parse_checkpoint, verify_checkpoint
from ledger.errors import Damaged, FormatError, Refused
from ledger.leaf import parse_links
from ledger.note import parse_note
from ledger.store.checkpoints import signed_sizes
from ledger.store.proofs import checkpoint_of, open_reader
from ledger.tiles import root_at
from ledger.times import format_instant

if TYPE_CHECKING:
    from ledger.client import Ledger

__all__ = ["checkpoint_kept", "checkpoint_known_at", "checkpoint_of_size"]


def checkpoint_of_size(ledger: Ledger, size: int) -> Checkpoint:
    """The checkpoint that was signed when the ledger had `size` entries; its signature is not verified here.

    Raises:
        Refused: none was; the message names the nearest ones.
    """
    with ledger.backend.reading("reading checkpoints") as connection:
        note = checkpoint_of(connection, size)
        sizes = signed_sizes(connection) if note is None else []
    if note is None:
        raise Refused("no checkpoint", f"checkpoint {size}: none of that size was signed; {_nearest(sizes, size)}")
    return _read(note)


def checkpoint_known_at(ledger: Ledger, moment: int) -> Checkpoint:
    """The newest checkpoint whose last entry was recorded at or before `moment` (microseconds since 1970).

    Raises:
        Refused: there was none yet.
    """
    with ledger.backend.reading("reading checkpoints") as connection:
        sizes = signed_sizes(connection)
    # The ledger's clock never goes back, so the sizes are in the order of their times too.
    place = bisect_right(sizes, moment, key=lambda size: parse_links(ledger.leaf(size - 1)).time)
    if place == 0:
        first = ""
        if sizes:
            began = format_instant(parse_links(ledger.leaf(sizes[0] - 1)).time)
            first = f"; the first is of {sizes[0]} entries, recorded up to {began}"
        raise Refused("no checkpoint", f"known at {format_instant(moment)}: no checkpoint was there yet{first}")
    return checkpoint_of_size(ledger, sizes[place - 1])


def checkpoint_kept(ledger: Ledger, note: bytes) -> Checkpoint:
    """The checkpoint in a signed note from anywhere, once it is shown to be one of this ledger.

    Raises:
        FormatError: it is no signed checkpoint. ProofError: it was not signed with a checkpoint key of this ledger.
        Refused: it is about another ledger, or about entries that this one does not have.
    """
    authority = ledger.authority
    said = parse_checkpoint(parse_note(note).text)
    if said.origin != authority.origin:
        raise Refused("other ledger", f"checkpoint: of {said.origin}, expected one of {authority.origin}")
    checkpoint = verify_checkpoint(note, authority.verifier_keys()).checkpoint
    if not 0 < checkpoint.size <= ledger.size:
        raise Refused(
            "no such entries", f"checkpoint: of {checkpoint.size} entries, but the ledger has {ledger.size}",
            remedy="this database is an older copy, or another ledger",
        )  # fmt: skip
    with ledger.backend.reading("reading the tree") as connection:
        root = root_at(checkpoint.size, open_reader(connection, checkpoint.size))
    if root != checkpoint.root:
        raise Damaged(
            f"checkpoint: the ledger's first {checkpoint.size} entries have the root {root.hex()[:16]}…, the "
            f"checkpoint says {checkpoint.root.hex()[:16]}…",
            remedy="'aims verify' says what is wrong",
        )
    return checkpoint


def _read(note: bytes) -> Checkpoint:
    try:
        return parse_checkpoint(parse_note(note).text)
    except FormatError as error:
        raise Damaged(
            f"a stored checkpoint can't be read: {error}", remedy="'aims verify' says what is wrong"
        ) from error


def _nearest(sizes: Sequence[int], size: int) -> str:
    place = bisect_left(sizes, size)
    near = [str(one) for one in sizes[max(0, place - 2) : place + 2]]
    return f"the nearest are {', '.join(near)} ('aims checkpoint --list')" if near else "none was signed yet"
