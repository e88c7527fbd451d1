"""Joining ranges: the tree over them, the links between them, and what is carried from one to the next."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.leaf import ZERO_HASH
from ledger.merkle import EMPTY_ROOT, RightEdge
from ledger.store.hashscan import RANGE, HashScan
from ledger.store.judging import EntryScan, SubjectRun
from ledger.store.notescan import CheckedNote
from ledger.store.scanning import RangeResult
from ledger.tiles import TILE_WIDTH, tile_root
from ledger.verdicts import Verdict
from ledger.verifying import joining
from ledger.verifying.joining import Joined, Tree

SMALL = 256


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges of 256 entries."""
    monkeypatch.setattr(joining, "RANGE", SMALL)


def leaf_hash(number: int) -> bytes:
    return sha256(b"%d" % number).digest()


def scanned(start: int, end: int, sizes: tuple[int, ...] = ()) -> HashScan:
    """What a scan of sound entries [start, end) hands back."""
    edge, tiles = RightEdge(), []
    edges = {}
    for number in range(start, end):
        done = edge.append_completing(leaf_hash(number))
        if (number + 1) % TILE_WIDTH == 0:
            tiles.append(done[8])
        if number + 1 in sizes:
            edges[number + 1] = edge.hashes
    first_prev = leaf_hash(start - 1) if start else ZERO_HASH
    return HashScan(
        start, end, first_prev=first_prev, last_hash=leaf_hash(end - 1), rows=end - start, edge=edge.hashes,
        edges=edges, tiles=tiles,
    )  # fmt: skip


def whole(size: int) -> RightEdge:
    edge = RightEdge()
    edge.extend(leaf_hash(number) for number in range(size))
    return edge


def ranges(size: int) -> list[tuple[int, int]]:
    return [(start, min(start + SMALL, size)) for start in range(0, size, SMALL)]


def result(scan: HashScan, entries: EntryScan | None = None, *notes: CheckedNote) -> RangeResult:
    return RangeResult(scan, entries, notes)


def test_a_range_is_a_whole_subtree_and_whole_tiles() -> None:
    assert RANGE.bit_count() == 1
    assert RANGE % TILE_WIDTH == 0


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 700, 1024, 1025])
def test_the_tree_over_ranges_is_the_tree_over_entries(size: int) -> None:
    tree = Tree()
    for start, end in ranges(size):
        tree.join(scanned(start, end))

    assert tree.edge() == whole(size)
    assert tree.root() == whole(size).root()


def test_the_root_of_no_entries_is_that_of_the_empty_tree() -> None:
    assert Tree().root() == EMPTY_ROOT


@pytest.mark.usefixtures("small")
@given(st.integers(1, 900), st.data())
def test_the_root_at_any_size_is_that_of_its_entries(size: int, data: st.DataObject) -> None:
    wanted = data.draw(st.integers(1, size))
    joined = Joined(frozenset({wanted}), {})
    for start, end in ranges(size):
        joined.join(result(scanned(start, end, (wanted,))))

    assert joined.roots == {wanted: whole(wanted).root()}


def test_a_tile_on_level_1_is_full_with_256_roots_of_level_0() -> None:
    """That takes 65,536 entries; here the roots are made up."""
    tree = Tree()
    roots = [leaf_hash(number) for number in range(TILE_WIDTH + 3)]
    for number, root in enumerate(roots):
        scan = scanned(0, 1)
        scan.start, scan.tiles = number * TILE_WIDTH, [root]
        tree.join(scan)

    assert tree.tiles == {(1, 0): b"".join(roots[:TILE_WIDTH])}
    assert tree.levels == [roots[TILE_WIDTH:], [tile_root(tree.tiles[1, 0])]]


@pytest.mark.usefixtures("small")
def test_ranges_that_follow_each_other_break_no_link() -> None:
    joined = Joined(frozenset(), {})
    for start, end in ranges(700):
        joined.join(result(scanned(start, end)))

    assert (joined.broken, joined.missing, joined.before) == ([], [], leaf_hash(699))


@pytest.mark.usefixtures("small")
def test_a_link_between_ranges_is_judged_when_the_second_one_joins() -> None:
    joined = Joined(frozenset(), {})
    joined.join(result(scanned(0, 256)))
    second = scanned(256, 512)
    second.first_prev = bytes(32)
    joined.join(result(second))

    assert joined.broken == [255]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("where", ["before", "after"])
def test_beside_a_hole_there_is_no_link_to_judge(where: str) -> None:
    joined = Joined(frozenset(), {})
    first, second = scanned(0, 256), scanned(256, 512)
    if where == "before":
        first.missing, first.last_hash = [255], b""
    else:
        second.missing, second.first_prev = [256], b""
    joined.join(result(first))
    joined.join(result(second))

    assert joined.broken == []
    assert joined.missing == [(255, 256) if where == "before" else (256, 257)]


@pytest.mark.usefixtures("small")
def test_a_checkpoint_is_compared_with_the_root_at_its_size() -> None:
    joined = Joined(frozenset(), {})
    right, wrong = CheckedNote(0, 200, root=whole(200).root()), CheckedNote(1, 201, root=bytes(32))

    joined.join(result(scanned(0, 256, (200, 201)), None, right, wrong))

    assert joined.vouched == 200
    assert joined.other_roots == [("checkpoint 1 of size 201", 201, bytes(32), whole(201).root())]
    assert joined.roots == {}, "a root is kept only where it is wanted: there is a checkpoint for every entry"


def test_a_checkpoint_with_a_problem_is_a_finding() -> None:
    joined = Joined(frozenset(), {})

    joined.take_note(CheckedNote(4, 9, problem="no key", verdict=Verdict.NOT_PERMITTED), b"")

    (finding,) = joined.findings.in_order()
    assert str(finding) == "checkpoint 4 of size 9: not permitted: no key"


def entries(first: int, times: tuple[int, int], **members: object) -> EntryScan:
    scan = EntryScan(first=first, first_time=times[0], last=first + 1, last_time=times[1])
    for name, value in members.items():
        setattr(scan, name, value)
    return scan


@pytest.mark.usefixtures("small")
def test_time_is_carried_over_the_border() -> None:
    joined = Joined(frozenset(), {})
    joined.join(result(scanned(0, 256), entries(0, (10, 20))))
    joined.join(result(scanned(256, 512), entries(256, (19, 30))))
    joined.join(result(scanned(512, 768), entries(512, (30, 40))))

    assert joined.time_breaks == [(256, 1)]


@pytest.mark.usefixtures("small")
def test_a_clock_reset_at_the_border_sets_the_time_that_counts() -> None:
    joined = Joined(frozenset(), {255: 5})
    joined.join(result(scanned(0, 256), entries(0, (10, 20))))
    joined.join(result(scanned(256, 512), entries(256, (6, 30))))

    assert joined.time_breaks == []


@pytest.mark.usefixtures("small")
def test_counters_are_carried_over_the_border() -> None:
    joined = Joined(frozenset(), {})
    runs = [{"a": SubjectRun(0, 0, ZERO_HASH, 3, b"x" * 32)}, {"a": SubjectRun(300, 3, b"x" * 32, 2, b"y" * 32)}]
    for (start, end), subjects in zip(ranges(512), runs, strict=True):
        joined.join(result(scanned(start, end), entries(start, (1, 1), subjects=subjects)))

    assert joined.subjects == {"a": (5, b"y" * 32)}
    assert joined.counter_breaks == []


@pytest.mark.parametrize("run", [SubjectRun(300, 4, ZERO_HASH, 1, b""), SubjectRun(300, 0, b"z" * 32, 1, b"")])
def test_a_counter_that_does_not_begin_where_the_last_range_ended_is_a_break(run: SubjectRun) -> None:
    joined = Joined(frozenset(), {})

    joined.join(result(scanned(0, 9), entries(0, (1, 1), subjects={"a": run})))

    assert [place for place, _ in joined.counter_breaks] == [300]
    assert joined.subjects["a"][0] == 1, "counted by what is there, so that the next one is not blamed too"


def test_only_places_near_a_broken_link_are_kept_in_mind() -> None:
    joined = Joined(frozenset(), {})
    scan = scanned(0, 100)
    scan.links = [40]
    scan.wrong_tile_entries = [40, 41, 70]
    found = EntryScan()
    for place in (40, 41, 70, 99):
        found.add(Verdict.INDEX_WRONG, place, "its row")

    joined.join(result(scan, found))

    assert joined.noted.keys() == {40, 41, 99}, "99 is the last of the range: its link is judged with the next one"
    assert joined.differ == {40, 41}
    assert joined.findings.counts == {Verdict.INDEX_WRONG: 4}
