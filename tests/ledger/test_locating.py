"""Placing the blame: which entries were changed, from the links, tiles and roots that no longer agree."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ledger.verifying.locating import locate, runs

SIZE = 12


def no_tile(_: int) -> bool | None:
    return None


def blamed(
    *broken: int, vouched: int = 0, strangers: tuple[int, ...] = (), differ: set[int] | None = None
) -> list[int]:
    tell = no_tile if differ is None else (lambda place: place in differ)
    return list(locate(broken, vouched, strangers, tell))


def test_no_broken_link_blames_nobody() -> None:
    assert blamed() == []


def test_a_single_broken_link_blames_the_entry_before_it() -> None:
    assert blamed(5) == [5]


def test_two_broken_links_in_a_row_blame_the_entry_between() -> None:
    assert blamed(5, 6) == [6]


def test_links_apart_blame_one_entry_each() -> None:
    assert blamed(1, 5, 9) == [1, 5, 9]


def test_a_run_of_broken_links_blames_all_but_the_first() -> None:
    assert blamed(3, 4, 5, 6) == [4, 5, 6]


def test_a_tile_settles_who_of_a_run_it_was() -> None:
    assert blamed(3, 4, 5, 6, differ={3, 5}) == [3, 5]


def test_a_tile_that_accuses_nobody_was_changed_too() -> None:
    assert blamed(3, 4, differ=set()) == [4]
    assert blamed(3, differ=set()) == [3]


def test_before_a_signed_size_the_entry_after_the_link_is_wrong() -> None:
    assert blamed(3, vouched=4) == [4]
    assert blamed(3, 4, vouched=5) == [4, 5]


def test_after_a_signed_size_the_blame_goes_on_as_usual() -> None:
    assert blamed(3, 4, vouched=4) == [4]
    assert blamed(3, 7, vouched=4) == [4, 7]


def test_a_stranger_explains_the_link_to_it() -> None:
    assert blamed(7, strangers=(8,)) == [8]
    assert blamed(6, 7, 8, strangers=(7, 8)) == [7, 8]


def test_a_stranger_does_not_hide_its_neighbour_from_a_tile() -> None:
    assert blamed(7, strangers=(8,), differ={7, 8}) == [7, 8]


def test_runs_are_half_open() -> None:
    assert runs([]) == []
    assert runs([1, 2, 3, 7, 9, 10]) == [(1, 4), (7, 8), (9, 11)]


@dataclass
class Entry:
    prev: bytes
    text: bytes

    def hash(self) -> bytes:
        return hashlib.sha256(self.prev + self.text).digest()


def chain() -> list[Entry]:
    entries, prev = [], b""
    for number in range(SIZE):
        entries.append(Entry(prev, b"%d" % number))
        prev = entries[-1].hash()
    return entries


@given(st.dictionaries(st.integers(0, SIZE - 1), st.sampled_from(["text", "prev", "both"]), max_size=SIZE))
def test_with_tiles_exactly_the_changed_entries_are_blamed(changes: dict[int, str]) -> None:
    entries = chain()
    tile, head = [entry.hash() for entry in entries], entries[-1].hash()
    for place, what in changes.items():
        if what != "prev":
            entries[place].text += b"!"
        if what != "text":
            entries[place].prev = b"another"
    hashes = [entry.hash() for entry in entries]
    follows = [*(entry.prev for entry in entries[1:]), head]
    broken = [link for link in range(SIZE) if hashes[link] != follows[link]]
    broken += [-1] if entries[0].prev else []

    found = list(locate(broken, 0, (), lambda place: hashes[place] != tile[place] if place >= 0 else None))

    assert found == sorted(changes)


@given(st.sets(st.integers(0, SIZE - 1), max_size=4))
def test_without_tiles_lone_changes_are_blamed_exactly(places: set[int]) -> None:
    lone = {place for place in places if not {place - 1, place + 1} & places}

    found = set(locate(sorted(lone), 0, (), no_tile))

    assert found == lone
