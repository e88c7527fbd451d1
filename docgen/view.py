"""What documents read: a ledger at one checkpoint, and nothing else.

Building a document only reads, and everything it reads lies inside the checkpoint, so the same
checkpoint gives the same document for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from docgen.errors import DocgenError
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.counting import Counted, count_entries, tally_entries
from ledger.entry import Entry
from ledger.note import parse_note
from ledger.verifying.outcomes import copy_at

if TYPE_CHECKING:
    from ledger.client import Ledger

__all__ = ["CheckpointView", "LedgerView", "Verified", "view_ledger"]


@dataclass(frozen=True, slots=True)
class Verified:
    """The last verification known of: the first `size` entries, at `time` (RFC 3339)."""

    size: int
    time: str


class LedgerView(Protocol):
    """A ledger's first `checkpoint.size` entries, read-only."""

    @property
    def origin(self) -> str:
        """The ledger's name in its checkpoints."""
        ...

    @property
    def checkpoint(self) -> Checkpoint:
        """What the document will rest on."""
        ...

    @property
    def checkpoint_time(self) -> str:
        """When the ledger stood there, RFC 3339 in UTC: the document's only clock."""
        ...

    @property
    def last_verified(self) -> Verified | None:
        """The last verification, for whoever asked for the document.

        It is printed beside the result and never in it: a later verification would change the file.
        """
        ...

    def entries(self, *, kinds: Collection[str] | None = None, subject: str | None = None) -> Iterator[Entry]:
        """The entries inside the checkpoint, by index, of these kinds and this subject."""
        ...

    def counted(self, kinds: Collection[str], subject: str | None = None) -> tuple[Counted, ...]:
        """How many of these kinds there are inside the checkpoint, by kind and subject, as they first come."""
        ...

    def tally(self, kind: str, subject: str, members: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """How many entries of this kind and subject have which value of each member (`ledger.counting`)."""
        ...


@dataclass(frozen=True, slots=True)
class CheckpointView:
    """An open ledger, read up to a checkpoint."""

    ledger: Ledger
    checkpoint: Checkpoint
    checkpoint_time: str
    last_verified: Verified | None = None

    @property
    def origin(self) -> str:
        """The ledger's name in its checkpoints."""
        return self.checkpoint.origin

    def entries(self, *, kinds: Collection[str] | None = None, subject: str | None = None) -> Iterator[Entry]:
        """The entries inside the checkpoint, by index, of these kinds and this subject."""
        return self.ledger.entries(size=self.checkpoint.size, kinds=kinds, subject=subject)

    def counted(self, kinds: Collection[str], subject: str | None = None) -> tuple[Counted, ...]:
        """How many of these kinds there are inside the checkpoint, by kind and subject, as they first come."""
        return count_entries(self.ledger, kinds=kinds, subject=subject, size=self.checkpoint.size)

    def tally(self, kind: str, subject: str, members: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """How many entries of this kind and subject have which value of each member."""
        return tally_entries(self.ledger, kind, subject, members, size=self.checkpoint.size)


def view_ledger(ledger: Ledger, checkpoint: Checkpoint | None = None) -> CheckpointView:
    """The ledger at this checkpoint (`ledger.past` finds old ones), or at its newest signed one.

    A checkpoint carries no time of its own: its time is that of the last entry in it.  Its signature is not
    verified here: `aims verify` does that.

    Raises:
        DocgenError: no checkpoint was signed yet.
    """
    if checkpoint is None:
        note = ledger.newest_checkpoint()
        if note is None:
            raise DocgenError(f"{ledger.origin} has no signed checkpoint", remedy="sign one with 'aims checkpoint'")
        checkpoint = parse_checkpoint(parse_note(note).text)
    if checkpoint.size == 0:
        raise DocgenError(f"{ledger.origin} has no entries inside a checkpoint", remedy="record something first")
    last = ledger.memory.verification_of(copy_at(ledger.path))
    verified = Verified(last.size, last.at) if last is not None else None
    return CheckpointView(ledger, checkpoint, ledger.entry(checkpoint.size - 1).recorded, verified)
