"""Joining the ranges of a verification in order, and what follows from all of them together.

Locating a change: entry i+1 repeats the leaf hash of entry i as `prev`, and the head row repeats that of the
last entry. If just link i is broken, entry i was changed; if links i to j are, entries i+1 to j were, since a
changed `prev` breaks the link before it too. Stored tiles hold each leaf hash once more and settle it exactly
where they are full. If a signed checkpoint over the entries has the root computed from them, then the entries
are right and what disagrees with them (head, tile, counter) is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from ledger.authority import Authority
from ledger.leaf import ZERO_HASH
from ledger.memory import Pin
from ledger.merkle import EMPTY_ROOT, RightEdge
from ledger.store import tables as t
from ledger.store.append import Head
from ledger.store.backend import Backend
from ledger.store.entryscan import MAX_FINDINGS, EntryScan, Judging
from ledger.store.hashscan import RANGE, HashScan
from ledger.store.scanning import CheckedNote, RangeResult, check_note
from ledger.tiles import TILE_WIDTH, tile_root
from ledger.verdicts import LEDGER_WIDE, Finding, Place, Report, Verdict

_STRUCTURAL: Final = (Verdict.ALTERED, Verdict.MISSING, Verdict.REORDERED, Verdict.TRUNCATED)


@dataclass(frozen=True, slots=True)
class Stored:
    """What the database says of itself: head row, `end` = last row's index + 1, row counts by table."""

    head: Head
    end: int
    newest_checkpoint: int
    indexed: int
    counts: Mapping[str, int]


class Joined:
    """The state after the ranges joined so far, and everything found."""

    def __init__(self, stored: Stored, pin: Pin | None, *, full: bool, entries: bool) -> None:
        self._stored, self._pin, self._full, self._entries = stored, pin, full, entries
        self._findings: list[Finding] = []
        self._found: dict[Verdict, int] = {}
        self._ranges = RightEdge()  # over the roots of whole ranges
        self._last: tuple[bytes, ...] = ()  # the right edge of the last, shorter range
        self._size = 0
        self._before = ZERO_HASH  # leaf hash of the last entry joined; empty after a hole
        self._time = 0
        self._broken: list[int] = []
        self._tile_entries: set[int] = set()
        self._wrong_tiles: list[int] = []
        self._levels: list[list[bytes]] = []  # by level above 0: hashes of the unfinished tile
        self._upper_tiles: dict[tuple[int, int], bytes] = {}
        self._subjects: dict[str, tuple[int, bytes]] = {}
        self._notes: list[tuple[CheckedNote, bytes]] = []  # with the root computed at that size
        self._roots: dict[int, bytes] = {}
        self._rows: dict[str, int] = {}
        self._erased_blobs: dict[str, int] = {}
        self._counter_breaks: list[tuple[int, str]] = []
        self._right_up_to = 0
        self._checkpoint_size = 0
        self.resets: Mapping[int, int] = {}  # index of a valid clock_reset -> the time the clock runs on from
        self.erasures = 0
        self.state_places: list[int] = []
        self.attachments: dict[str, tuple[int, int, bool]] = {}
        self.genesis: bytes | None = None
        self.first_vkeys: tuple[str, ...] = ()

    def add(self, verdict: Verdict, index: int, detail: str, what: str = "") -> None:
        """Note a finding."""
        self._found[verdict] = self._found.get(verdict, 0) + 1
        if len(self._findings) < MAX_FINDINGS:
            self._findings.append(Finding(verdict, Place(index, what), detail))

    # One range after the other

    def join(self, result: RangeResult) -> None:
        """Take in the next range."""
        self._join_hashes(result.hashes)
        for note in result.notes:
            root = self._roots_in(result.hashes).get(note.size, b"")
            self._take_note(note, root)
        if result.entries is not None:
            self._join_entries(result.hashes, result.entries)

    def _roots_in(self, scan: HashScan) -> dict[int, bytes]:
        return {size: self._roots[size] for size in scan.edges}

    def _join_hashes(self, scan: HashScan) -> None:
        if scan.first_prev != self._before and scan.start not in scan.missing[:1] and self._before:
            self._broken.append(scan.start - 1)
        for size, edge in scan.edges.items():
            self._roots[size] = self._edge_with(edge, size).root()
        if scan.end - scan.start == RANGE:
            self._ranges.append(scan.edge[0])
        else:
            self._last = scan.edge
        self._size = scan.end
        self._before = scan.last_hash
        self._broken.extend(scan.links)
        for hole_start, hole_end in _runs(scan.missing):
            names = f"entry {hole_start}" if hole_end - hole_start == 1 else f"entries {hole_start} to {hole_end - 1}"
            self.add(Verdict.MISSING, hole_start, f"{names}: no row, expected {hole_end - hole_start}")
        self._wrong_tiles.extend(scan.wrong_tiles)
        self._tile_entries.update(scan.wrong_tile_entries[: MAX_FINDINGS - len(self._tile_entries)])
        for root in scan.tiles:
            self._add_to_level(1, root)

    def _edge_with(self, last: tuple[bytes, ...], size: int) -> RightEdge:
        """The edge of a tree of whole ranges followed by `last`."""
        if size % RANGE == 0 and len(last) == 1:
            whole = self._ranges.copy()
            whole.append(last[0])
            return RightEdge(size, whole.hashes)
        return RightEdge(size, (*self._ranges.hashes, *last))

    def _add_to_level(self, level: int, node: bytes) -> None:
        while len(self._levels) < level:
            self._levels.append([])
        row = self._levels[level - 1]
        row.append(node)
        if len(row) == TILE_WIDTH:
            number = sum(1 for at in self._upper_tiles if at[0] == level)
            joined = b"".join(row)
            self._upper_tiles[level, number] = joined
            row.clear()
            self._add_to_level(level + 1, tile_root(joined))

    def _take_note(self, note: CheckedNote, root: bytes) -> None:
        what = f"checkpoint {note.seq} of size {note.size}"
        if note.problem:
            verdict = Verdict.SIGNATURE_INVALID if note.permitted else Verdict.NOT_PERMITTED
            self.add(verdict, LEDGER_WIDE, note.problem, what)
        elif note.root == root:
            self._checkpoint_size = max(self._checkpoint_size, note.size)
            self._right_up_to = max(self._right_up_to, note.size)
        else:
            self._notes.append((note, root))

    def _join_entries(self, hashes: HashScan, scan: EntryScan) -> None:
        self._findings.extend(scan.findings[: max(0, MAX_FINDINGS - len(self._findings))])
        for verdict, count in scan.found.items():
            self._found[verdict] = self._found.get(verdict, 0) + count
        if scan.first_time is not None and scan.first_time < self.resets.get(hashes.start - 1, self._time):
            self.add(Verdict.NOT_PERMITTED, hashes.start, "its time is before that of the entry before it")
        if scan.first_time is not None:
            self._time = scan.last_time
        for subject, run in scan.subjects.items():
            count, last = self._subjects.get(subject, (0, ZERO_HASH))
            if (run.first_nth, run.first_prev) != (count, last):
                self._counter_breaks.append((run.first, f"nth of {subject} is {run.first_nth}, expected {count}"))
            self._subjects[subject] = (run.last_nth + 1, run.last_hash)
        self._counter_breaks.extend(scan.counter_breaks)
        self.state_places.extend(scan.state_places)
        for digest, found in scan.attachments.items():
            self.attachments.setdefault(digest, found)
        self._erased_blobs.update(scan.erased_blobs)
        self.erasures += scan.erasures
        for table, rows in scan.rows.items():
            self._rows[table] = self._rows.get(table, 0) + rows

    # At the end

    def finish(self, authority: Authority, judging: Judging, backend: Backend) -> None:
        """What can be said only of the whole."""
        self.first_vkeys = tuple(key.text for key in authority.checkpoint_keys if key.start == 0)
        head = self._stored.head
        if self._before and self._before != head.last_hash:
            self._broken.append(self._size - 1)
        self._judge_size()
        self._judge_links(head)
        with backend.reading("comparing tiles and counters") as connection:
            self._judge_beyond(connection, judging)
            self._judge_tiles(connection)
            if self._entries:
                self._judge_subjects(connection)
        if self._full:
            self._judge_counts()
        self._judge_pin()
        self._judge_roots()
        self._drop_consequences()

    def _judge_size(self) -> None:
        head, end = self._stored.head, self._stored.end
        known = max(
            [(head.size, "the head row"), (self._stored.newest_checkpoint, "a stored checkpoint")]
            + [(seen.size, "what was seen here before") for seen in (self._pin.seen if self._pin else ())]
        )
        if end < known[0]:
            self.add(Verdict.TRUNCATED, end, f"the ledger ends here; {known[1]} says {known[0]} entries")
        if end > head.size:
            self.add(Verdict.INDEX_WRONG, LEDGER_WIDE, f"it says {head.size} entries, there are {end}", "head")

    def _judge_links(self, head: Head) -> None:
        for first, end in _runs(sorted(set(self._broken))):
            # A single broken link accuses its entry, a run of them all but the first.
            for place in (first,) if end - first == 1 else range(first + 1, end):
                if place < self._right_up_to or self._has(Verdict.ALTERED, place):
                    continue  # a signed checkpoint vouches for these bytes; what disagrees is judged below
                self._tile_entries.discard(place)
                self.add(Verdict.ALTERED, place, "its bytes do not have the leaf hash that the next link repeats")
        for place in sorted(self._tile_entries):
            if place >= self._right_up_to and not self._has(Verdict.ALTERED, place):
                self.add(Verdict.ALTERED, place, "its bytes do not have the leaf hash stored in its tile")
        if self._size == head.size:
            edge = self._whole_edge()
            wrong = [name for name, same in (("last_hash", not self._before or self._before == head.last_hash),
                                             ("edge", edge == head.edge)) if not same]  # fmt: skip
            if self._entries and self._time and head.last_time != self.resets.get(self._size - 1, self._time):
                wrong.append("last_time")
            if wrong and not self._found_any(_STRUCTURAL):
                self.add(Verdict.INDEX_WRONG, LEDGER_WIDE, f"{', '.join(wrong)} differ from the entries", "head")

    def _judge_beyond(self, connection: sa.Connection, judging: Judging) -> None:
        """Checkpoints larger than the ledger, or of size 0: genuine ones prove that entries are gone."""
        c = t.checkpoint.c
        query = sa.select(c.seq, c.size, c.note).where(sa.or_(c.size > self._size, c.size <= 0)).limit(MAX_FINDINGS)
        for seq, size, raw in connection.execute(query).all():
            note = check_note(judging, seq, size, bytes(raw))
            if note.problem or size <= 0:
                self._take_note(CheckedNote(seq, size, problem=note.problem or "no ledger has this size"), b"")

    def _judge_tiles(self, connection: sa.Connection) -> None:
        c = t.tile.c
        for number in self._wrong_tiles[:MAX_FINDINGS]:
            if (number + 1) * TILE_WIDTH <= self._right_up_to or not self._found_any(_STRUCTURAL):
                self.add(Verdict.INDEX_WRONG, LEDGER_WIDE, "it differs from the entries", f"tile {number} on level 0")
        extra = self._stored.counts["tile"]
        for (level, number), hashes in self._upper_tiles.items():
            found = connection.execute(sa.select(c.hashes).where(c.level == level, c.n == number)).scalar_one_or_none()
            if (found is None or bytes(found) != hashes) and not self._found_any(_STRUCTURAL):
                what = f"tile {number} on level {level}"
                self.add(Verdict.INDEX_WRONG, LEDGER_WIDE, "it differs from the tiles below it", what)
        expected = self._size // TILE_WIDTH + len(self._upper_tiles)
        if extra > expected and not self._found_any(_STRUCTURAL):
            self.add(Verdict.INDEX_WRONG, LEDGER_WIDE, f"{extra} rows, expected {expected}", "table tile")

    def _judge_subjects(self, connection: sa.Connection) -> None:
        c = t.subject.c
        stored = {
            name: (count, bytes(last))
            for name, count, last in connection.execute(sa.select(c.subject, c.count, c.last_hash))
        }
        if self._found_any(_STRUCTURAL):
            return  # the counters follow from the entries; what is wrong with those is said already
        for place, detail in self._counter_breaks[:MAX_FINDINGS]:
            self.add(Verdict.ALTERED, place, detail, "counter")
        for name in sorted(stored.keys() | self._subjects.keys()):
            if stored.get(name) != self._subjects.get(name):
                self.add(Verdict.INDEX_WRONG, LEDGER_WIDE, "its counter differs from the entries", f"subject {name}")

    def _judge_counts(self) -> None:
        """Rows too many in a table whose right rows were all found: something was slipped in."""
        counts, indexed = self._stored.counts, self._stored.indexed
        whole = counts["statement_index"] + counts["statement_recent"]
        expected = {
            "statement_id": (counts["statement_id"], self._rows.get("statement_id", 0)),
            "statement_index": (whole, self._size),
            "entry_index": (counts["entry_index"], min(indexed, self._size)),
            "reference_index": (counts["reference_index"], self._rows.get("reference_index", 0)),
            "artefact_index": (counts["artefact_index"], self._rows.get("artefact_index", 0)),
            "disclosure": (counts["disclosure"], self._rows.get("disclosure", 0)),
            "erased": (counts["erased"], self._rows.get("erased", 0)),
        }
        for table, (found, wanted) in expected.items():
            if found > wanted and not self._found_any(_STRUCTURAL):
                self.add(Verdict.INDEX_WRONG, LEDGER_WIDE, f"{found} rows, expected {wanted}", f"table {table}")

    def _judge_pin(self) -> None:
        if self._pin is None:
            self.add(Verdict.FIRST_SIGHT, LEDGER_WIDE, "this ledger was never seen here, and no pin was given")
            return
        if self._pin.origin != self._stored.head.origin:
            self.add(
                Verdict.FORKED, LEDGER_WIDE, f"origin {self._stored.head.origin}, expected {self._pin.origin}", "pin"
            )
        if self.genesis is not None and self.genesis != self._pin.genesis and not self._has(Verdict.ALTERED, 0):
            self.add(Verdict.FORKED, 0, f"its leaf hash is not the pinned {self._pin.genesis.hex()[:16]}")
        if self.genesis is not None and self._pin.vkeys != self.first_vkeys:
            self.add(Verdict.FORKED, LEDGER_WIDE, "other checkpoint keys than the pinned ones", "pin")

    def _judge_roots(self) -> None:
        """Roots that differ although the entries are consistent: another history under the same name."""
        if self._found_any(_STRUCTURAL):
            return
        for note, root in self._notes:
            self.add(
                Verdict.FORKED,
                LEDGER_WIDE,
                f"it signs root {note.root.hex()[:16]}, the entries have {root.hex()[:16]}",
                f"checkpoint {note.seq} of size {note.size}",
            )
        for seen in self._pin.seen if self._pin else ():
            root = self._roots.get(seen.size, b"")
            if seen.size <= self._size and root != seen.root:
                self.add(
                    Verdict.FORKED,
                    LEDGER_WIDE,
                    f"at size {seen.size} the root was {seen.root.hex()[:16]} when seen at {seen.at}, "
                    f"now it is {root.hex()[:16]}",
                    "history",
                )

    def _drop_consequences(self) -> None:
        """Leave out index rows that differ only because the entry they describe was changed."""
        changed = {f.place.index for f in self._findings if f.verdict in (Verdict.ALTERED, Verdict.REORDERED)}
        kept = [f for f in self._findings if f.verdict is not Verdict.INDEX_WRONG or f.place.index not in changed]
        dropped = len(self._findings) - len(kept)
        if dropped:
            self._findings = kept
            self._found[Verdict.INDEX_WRONG] -= dropped
            if not self._found[Verdict.INDEX_WRONG]:
                del self._found[Verdict.INDEX_WRONG]

    def judge_attachment(self, digest: str, place: int, size: int, measured: tuple[str, int] | None) -> None:
        """Compare an attachment's measured (digest, file size) with what entry `place` says."""
        what = f"attachment {digest[:16]}"
        if measured is None:
            if digest in self._erased_blobs:
                self.add(Verdict.ERASED, place, f"by entry {self._erased_blobs[digest]}", what)
            else:
                self.add(Verdict.MISSING, place, "not in the blob folder", what)
        elif measured != (digest, size):
            self.add(Verdict.ALTERED, place, f"its bytes have digest {measured[0][:16]} and size {measured[1]}", what)

    def report(self, level: str, trust: str, checked_at: str) -> Report:
        """Everything found, in ledger order."""
        edge = self._whole_edge()
        return Report(
            origin=self._stored.head.origin,
            size=self._size,
            root=edge.root() if self._size else EMPTY_ROOT,
            checkpoint_size=self._checkpoint_size,
            checked_at=checked_at,
            level=level,
            trust=trust,
            counts=tuple(sorted(self._found.items(), key=lambda item: list(Verdict).index(item[0]))),
            findings=tuple(sorted(self._findings, key=lambda finding: finding.place)),
            erasures=self.erasures,
        )

    def _whole_edge(self) -> RightEdge:
        last = self._last if self._size % RANGE else ()
        return RightEdge(self._size, (*self._ranges.hashes, *last))

    def _found_any(self, verdicts: Sequence[Verdict]) -> bool:
        return any(self._found.get(verdict) for verdict in verdicts)

    def _has(self, verdict: Verdict, index: int) -> bool:
        return any(f.verdict is verdict and f.place.index == index for f in self._findings)


def _runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Consecutive numbers of a sorted sequence as half-open ranges."""
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs
