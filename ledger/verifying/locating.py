"""Which entries were changed, concluded from the links, tiles and checkpoints that no longer agree.

Entry i+1 repeats the leaf hash of entry i as `prev`; *link i* is broken if it does not match. If just link i is
broken, entry i was changed, since a changed `prev` in entry i+1 would also have changed its leaf hash and broken
link i+1. If links i to j are broken, entries i+1 to j were changed, and perhaps entry i. Stored tiles hold each
leaf hash once more and settle who of a run it was. A checkpoint whose root is that of the entries vouches for
every leaf hash before its size; what disagrees with such an entry is wrong itself. So is an entry whose bytes alone
show that it does not belong there, and no link to it accuses the entry before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator


def locate(
    broken: Iterable[int], vouched: int, strangers: Collection[int], differs: Callable[[int], bool | None]
) -> Iterator[int]:
    """The entries that were changed, in order.

    `broken` are link numbers; a link after the last entry, to the head row, may be among them. `vouched` is the
    size of the largest checkpoint that agrees with the entries; `strangers` show by their bytes that they do not
    belong there. `differs` says whether an entry's leaf hash is another than the one in its tile, or None without a
    full tile.
    """
    links = sorted(set(broken))
    explained = {link for link in links if link < vouched or link + 1 in strangers}
    guilty = {link + 1 for link in explained} | {link for link in explained if link >= vouched and differs(link)}
    unsettled = [link for link in links if link not in explained]
    for first, end in runs(unsettled):
        if end - first == 1:
            guilty.add(first)
        else:
            # The first of a run is open, unless the link before it accuses it already.
            guilty.update(_of_run(range(first, end), differs))
    return iter(sorted(guilty))


def _of_run(run: range, differs: Callable[[int], bool | None]) -> Iterator[int]:
    told = {place: differs(place) for place in run}
    settled = any(told.values())
    for place in run:
        by_tile = told[place]
        if by_tile if settled and by_tile is not None else place > run.start:
            yield place


def runs(places: Iterable[int]) -> list[tuple[int, int]]:
    """Consecutive numbers of a sorted sequence as half-open ranges."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place:
            found[-1] = (found[-1][0], place + 1)
        else:
            found.append((place, place + 1))
    return found
