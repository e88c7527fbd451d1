"""Joining the ranges of a verification in order.

Memory holds one tree edge, one line for each subject, and each distinct attachment; what was found wrong is kept in
bounded form or, where it must be known whole to place the blame, grows only with the damage. What follows from all
ranges together is concluded in `ledger.verifying.concluding`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.leaf import ZERO_HASH
from ledger.merkle import EMPTY_ROOT, RightEdge
from ledger.store.hashscan import RANGE, HashScan
from ledger.store.judging import EntryScan, contradiction, file_size
from ledger.store.notescan import CheckedNote
from ledger.store.scanning import RangeResult
from ledger.tiles import TILE_WIDTH, tile_root
from ledger.verdicts import LEDGER_WIDE, Verdict
from ledger.verifying.findings import MAX_FINDINGS, Findings
from ledger.verifying.locating import runs


@dataclass(slots=True)
class Tree:
    """The Merkle tree over the ranges joined so far: the edge over whole ranges, and that of a last, shorter one.

    A whole range has `unit` entries.
    """

    unit: int = field(default_factory=lambda: RANGE)
    size: int = 0
    ranges: RightEdge = field(default_factory=RightEdge)
    last: tuple[bytes, ...] = ()
    levels: list[list[bytes]] = field(default_factory=list)  # by level above 0: hashes of the unfinished tile
    tiles: dict[tuple[int, int], bytes] = field(default_factory=dict)  # the full tiles above level 0

    def edge_at(self, size: int, part: tuple[bytes, ...]) -> RightEdge:
        """The edge of the tree of `size`, whose last range, not joined yet, has the edge `part` at that size."""
        if size % self.unit == 0:
            whole = self.ranges.copy()
            whole.append(part[0])
            return RightEdge(size, whole.hashes)
        return RightEdge(size, (*self.ranges.hashes, *part))

    def join(self, scan: HashScan) -> None:
        """Take in the next range."""
        if scan.end - scan.start == self.unit:
            self.ranges.append(scan.edge[0])
        else:
            self.last = scan.edge
        self.size = scan.end
        for number, root in enumerate(scan.tiles, scan.start // TILE_WIDTH + 1):
            self._add(1, root, number * TILE_WIDTH)

    def edge(self) -> RightEdge:
        """The edge of the whole tree."""
        return RightEdge(self.size, (*self.ranges.hashes, *self.last))

    def root(self) -> bytes:
        """The root of the whole tree."""
        return self.edge().root() if self.size else EMPTY_ROOT

    def _add(self, level: int, node: bytes, size: int) -> None:
        while len(self.levels) < level:
            self.levels.append([])
        row = self.levels[level - 1]
        row.append(node)
        if len(row) == TILE_WIDTH:
            joined = b"".join(row)
            self.tiles[level, size // TILE_WIDTH ** (level + 1) - 1] = joined
            row.clear()
            self._add(level + 1, tile_root(joined), size)


@dataclass(slots=True)
class Joined:
    """The state after the ranges joined so far; plain values, so that it can be stored and taken up again.

    `wanted` are tree sizes whose root is kept. `resets` gives, for the index of a valid clock_reset, the time that
    the clock runs on from. Entries before `since` were judged by an earlier verification, which the two `earlier_`
    mappings come from.
    """

    wanted: frozenset[int]
    resets: Mapping[int, int]
    findings: Findings = field(default_factory=Findings)
    tree: Tree = field(default_factory=Tree)
    before: bytes = ZERO_HASH  # leaf hash of the last entry joined; empty after a hole
    broken: list[int] = field(default_factory=list)  # links, see `ledger.verifying.locating`
    missing: list[tuple[int, int]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)  # entries whose bytes alone show that they were changed
    noted: dict[int, list[Verdict]] = field(default_factory=dict)  # what was found at entries near a broken link
    differ: set[int] = field(default_factory=set)  # of those, the ones that differ from their tile
    wrong_tiles: dict[int, int] = field(default_factory=dict)  # number -> places that differ
    unusable: set[int] = field(default_factory=set)  # numbers of tiles that are missing or malformed
    roots: dict[int, bytes] = field(default_factory=dict)
    other_roots: list[tuple[str, int, bytes, bytes]] = field(default_factory=list)  # note, size, signed root, own
    other_roots_after: int = 0  # how many more there are than fit
    vouched: int = 0
    time: int | None = None
    time_at: int = -1
    time_breaks: list[tuple[int, int]] = field(default_factory=list)
    subjects: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    counter_breaks: list[tuple[int, str]] = field(default_factory=list)
    state_places: list[int] = field(default_factory=list)
    attachments: dict[str, tuple[int, int, bool]] = field(default_factory=dict)
    erased_blobs: dict[str, int] = field(default_factory=dict)
    erasures: int = 0
    unexplained: list[tuple[int, object, str]] = field(default_factory=list)
    dangling: list[tuple[int, str, bytes]] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    unread: int = 0
    opaque: int = 0
    since: int = 0
    earlier_subjects: Mapping[str, tuple[int, bytes]] = field(default_factory=dict)
    earlier_attachments: Mapping[str, tuple[int, int, bool]] = field(default_factory=dict)

    def join(self, result: RangeResult) -> None:
        """Take in the next range."""
        scan = result.hashes
        roots = {size: self.tree.edge_at(size, part).root() for size, part in scan.edges.items()}
        self.roots.update((size, root) for size, root in roots.items() if size in self.wanted)
        for note in result.notes:
            self.take_note(note, roots.get(note.size, b""))
        if result.entries is not None:
            self._join_entries(scan, result.entries)
        self._join_links(scan, result.entries)
        self.tree.join(scan)
        self.before = scan.last_hash

    def take_note(self, note: CheckedNote, root: bytes) -> None:
        """Compare a checkpoint with the root of the entries at its size."""
        if note.problem:
            self.findings.add(note.verdict, LEDGER_WIDE, note.problem, note.what)
        elif note.root == root:
            self.vouched = max(self.vouched, note.size)
        elif len(self.other_roots) < MAX_FINDINGS:
            self.other_roots.append((note.what, note.size, note.root, root))
        else:
            self.other_roots_after += 1

    def _join_links(self, scan: HashScan, entries: EntryScan | None) -> None:
        links = set(scan.links)
        if self.before and scan.missing[:1] != [scan.start] and scan.first_prev != self.before:
            links.add(scan.start - 1)
        self.broken.extend(sorted(links))
        self.missing.extend(runs(scan.missing))
        self.wrong_tiles.update(scan.wrong_tiles)
        told = set(scan.wrong_tile_entries)
        self.unusable.update(scan.wrong_tiles.keys() - {place // TILE_WIDTH for place in told})
        # Blame is placed at the end, but only near a broken link; the borders may have one in another range.
        suspects = links | {link + 1 for link in links} | set(scan.missing) | {scan.start, scan.end - 1}
        self.differ.update(told & suspects)
        if entries is not None:
            self.noted.update((place, entries.noted[place]) for place in suspects if place in entries.noted)

    def _join_entries(self, hashes: HashScan, scan: EntryScan) -> None:
        self.findings.take(scan.findings, scan.found)
        bytes_tell = {Verdict.ALTERED, Verdict.REORDERED}
        self.changed.update(place for place, verdicts in scan.noted.items() if bytes_tell.intersection(verdicts))
        if scan.first is not None:
            floor = self.resets.get(max(hashes.start, self.since) - 1, self.time)
            if floor is not None and scan.first_time < floor:
                self.time_breaks.append((scan.first, self.time_at))
            self.time, self.time_at = scan.last_time, scan.last
        self.time_breaks.extend(scan.time_breaks)
        for subject, run in scan.subjects.items():
            count, last = self.subjects.get(subject) or self.earlier_subjects.get(subject, (0, ZERO_HASH))
            if (run.first_nth, run.first_prev) != (count, last):
                found = f"it says it is number {run.first_nth} of {subject}, expected {count}"
                self.counter_breaks.append((run.first, found))
            self.subjects[subject] = (count + run.entries, run.last_hash)
        self.counter_breaks.extend(scan.counter_breaks)
        self.state_places.extend(scan.state_places)
        for digest, mention in scan.attachments.items():
            first = self.attachments.setdefault(digest, self.earlier_attachments.get(digest, mention))
            if file_size(first) != file_size(mention):
                found = contradiction(first, mention)
                self.findings.add(Verdict.NOT_PERMITTED, mention[0], found, f"attachment {digest[:16]}")
        self.erased_blobs.update(scan.erased_blobs)
        self.erasures += scan.erasures
        self.unexplained.extend(scan.unexplained)
        self.dangling.extend(scan.dangling)
        for table, rows in scan.rows.items():
            self.rows[table] = self.rows.get(table, 0) + rows
        self.unread += scan.unread
        self.opaque += scan.opaque
