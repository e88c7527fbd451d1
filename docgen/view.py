"""What documents read: a ledger at one checkpoint, and nothing else.

Building a document only reads, and everything it reads lies inside the checkpoint, so the same
checkpoint gives the same document for ever.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from ledger.checkpoint import Checkpoint
from ledger.entry import Entry

__all__ = ["LedgerView", "Verified"]


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
