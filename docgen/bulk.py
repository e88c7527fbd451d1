"""Entries that documents count and never keep: how many of a kind about a subject, and what their members say.

The counting is the ledger's, by its index.  The tallies take a look at every one of the entries; they are made when a
template asks for one, so that looking for gaps stays quick however long a system has been at work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from docgen.view import LedgerView
from ledger.entry import Entry

__all__ = ["Bulk", "count_bulk"]

_Tally = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Bulk:
    """Entries of one kind and subject that were counted; `tallies` counts the values of some members."""

    kind: str
    subject: str
    count: int
    first: Entry
    last: Entry
    tallies: Mapping[str, Mapping[str, int]]

    def tally(self, member: str, value: object) -> int:
        """How many of them have this value; the member is one that the pack asked to tally."""
        return self.tallies[member].get(str(value), 0)


class _Tallies(Mapping[str, Mapping[str, int]]):
    """Tallies that are made when the first of them is asked for, all in one reading."""

    __slots__ = ("_found", "_members", "_read")

    def __init__(self, members: tuple[str, ...], read: Callable[[], _Tally]) -> None:
        self._members, self._read = members, read
        self._found: _Tally | None = None

    def __getitem__(self, member: str) -> Mapping[str, int]:
        if member not in self._members:
            raise KeyError(member)
        if self._found is None:
            self._found = {name: MappingProxyType(dict(tally)) for name, tally in self._read().items()}
        return self._found[member]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)


def count_bulk(view: LedgerView, kinds: Mapping[str, tuple[str, ...]], subject: str | None) -> tuple[Bulk, ...]:
    """The entries of these kinds (with the members to tally) by kind and subject, as they first come.

    The view must stay open for as long as somebody may ask for a tally.
    """
    if not kinds:
        return ()

    def tallies(kind: str, about: str) -> _Tallies:
        return _Tallies(kinds[kind], lambda: view.tally(kind, about, kinds[kind]))

    return tuple(
        Bulk(one.kind, one.subject, one.count, one.first, one.last, tallies(one.kind, one.subject))
        for one in view.counted(tuple(sorted(kinds)), subject)
    )
