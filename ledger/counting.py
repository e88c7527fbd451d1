"""How many entries there are of a kind about a subject, and how often a member of their bodies has which value.

Counting reads the index and two entries of each kind; tallying reads the bytes of every entry that is counted, some
millions in a minute, and holds none of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.entry import Entry
from ledger.store.counting import count_places, read_bodies
from ledger.store.entries import entries_at

if TYPE_CHECKING:
    from ledger.client import Ledger

__all__ = ["Counted", "count_entries", "tally_entries", "tally_values"]


@dataclass(frozen=True, slots=True)
class Counted:
    """The entries of one kind about one subject: how many, the first and the last."""

    kind: str
    subject: str
    count: int
    first: Entry
    last: Entry


def count_entries(
    ledger: Ledger, *, kinds: Collection[str], subject: str | None = None, size: int | None = None
) -> tuple[Counted, ...]:
    """The entries of these kinds among the first `size` (default: all), in the order in which they first come.

    Raises:
        ProofError: the index differs from the leaves in what it counts.
    """
    end = ledger.size if size is None else min(size, ledger.size)
    authority = ledger.authority
    found = []
    with ledger.backend.reading("counting entries") as connection:
        for one in count_places(connection, ledger.recent, end, subject):
            if one.kind in kinds:
                ends = entries_at(connection, authority, [one.first, one.last], (one.kind,), one.subject)
                found.append(Counted(one.kind, one.subject, one.count, ends[0], ends[-1]))
    return tuple(sorted(found, key=lambda one: one.first.index))


def tally_entries(
    ledger: Ledger, kind: str, subject: str, members: Sequence[str], *, size: int | None = None
) -> dict[str, dict[str, int]]:
    """For each of `members`, how many entries of this kind and subject have which value, as `tally_values` counts.

    Raises:
        ProofError: the index led to an entry of another kind or subject.
    """
    end = ledger.size if size is None else min(size, ledger.size)
    if _has_erasable(kind, members):
        entries = ledger.entries(size=end, kinds=(kind,), subject=subject)
        return tally_values((entry.data for entry in entries), members)
    return tally_values(_bodies(ledger, kind, subject, end), members)


def tally_values(bodies: Iterable[Mapping[str, Any]], members: Sequence[str]) -> dict[str, dict[str, int]]:
    """For each of `members`, how many bodies have which text, number or truth value, as text and sorted by it.

    Bodies without the member, or with something else in it, are not counted there.
    """
    # Whole rows of values are counted first: there are few different ones, and a row costs one step.
    rows = Counter(tuple(map(_text, map(body.get, members))) for body in bodies)
    tallies: dict[str, Counter[str]] = {member: Counter() for member in members}
    for row, count in rows.items():
        for member, value in zip(members, row, strict=True):
            if value is not None:
                tallies[member][value] += count
    return {member: dict(sorted(tally.items())) for member, tally in tallies.items()}


def _text(value: object) -> str | None:
    return value if type(value) is str else str(value) if isinstance(value, int) else None


def _bodies(ledger: Ledger, kind: str, subject: str, end: int) -> Iterator[Mapping[str, Any]]:
    start = 0
    while True:
        with ledger.backend.reading("tallying entries") as connection:
            page = read_bodies(connection, ledger.recent, kind, subject, start, end)
        if not page:
            return
        for _, body in page:
            yield body
        start = page[-1][0] + 1


def _has_erasable(kind: str, members: Sequence[str]) -> bool:
    """Whether one of the members can be erased, so that its value does not stand in the leaf."""
    from ledger.kinds import body_class
    from ledger.kinds.erasable import plan_of

    return not plan_of(body_class(kind)).erasable.isdisjoint(members)
