"""What follows from all ranges of a verification together, and from what is remembered about the ledger.

First the blame for broken links is placed (`ledger.verifying.locating`); then whatever only follows from changed
entries is left out, so that each change is told once, where it was made; then the head row, tiles, counters, tables,
checkpoints and what was seen here before are compared with the entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from ledger.errors import FormatError
from ledger.memory import Pin
from ledger.merkle import RightEdge
from ledger.store.growthscan import stray_tiles_since, too_many_since, wrong_subjects_since
from ledger.store.integrity import broken_indexes
from ledger.store.judging import Judging
from ledger.store.notescan import notes_beyond
from ledger.store.scanning import Level
from ledger.store.tablescan import (
    Facts,
    HeadRow,
    count_rows,
    find_by_bytes,
    stored_tile,
    stray_tiles,
    wrong_subjects,
)
from ledger.tiles import TILE_WIDTH
from ledger.verdicts import LEDGER_WIDE, Verdict
from ledger.verifying.findings import MAX_FINDINGS
from ledger.verifying.joining import Joined
from ledger.verifying.known import Known, first_vkeys
from ledger.verifying.locating import locate

_FOLLOWS: Final = frozenset(
    {
        Verdict.INDEX_WRONG,
        Verdict.SCHEMA_VIOLATION,
        Verdict.NOT_PERMITTED,
        Verdict.UNSUPPORTED_VERSION,
        Verdict.NOT_CHECKED,
    }
)
"""Verdicts that say nothing more about an entry whose bytes were changed or are gone."""


class Conclusion:
    """Concludes one verification; `conclude` once, after the last range."""

    def __init__(self, joined: Joined, facts: Facts, judging: Judging, level: Level) -> None:
        self._joined, self._facts, self._judging, self._level = joined, facts, judging, level
        self._size = joined.tree.size
        self._add = joined.findings.add
        self._damage: set[int] = set()  # entries that do not have the hash they once had, or are missing
        self._cut = False

    def judge_attachment(self, digest: str, measured: tuple[str, int] | None) -> None:
        """Compare the measured (digest, file size) of an attachment with what its entry says."""
        place, size, salted = self._joined.attachments[digest]
        erased_by = self._joined.erased_blobs.get(digest)
        what = f"attachment {digest[:16]}"
        if place in self._damage:
            return
        if measured is None and erased_by is not None and salted:
            self._add(Verdict.ERASED, place, f"by entry {erased_by}", what)
        elif measured is None and erased_by is not None:
            found = f"entry {erased_by} erased it, but it was never personal and can't be erased"
            self._add(Verdict.MISSING, place, found, what)
        elif measured is None and salted and self._damage:
            self._add(Verdict.NOT_CHECKED, place, "it is gone, and its erasure may be among the damaged entries", what)
        elif measured is None:
            self._add(Verdict.MISSING, place, "not in the blob folder", what)
        elif measured != (digest, size + (32 if salted else 0)):
            found = f"its bytes have digest {measured[0][:16]} and size {measured[1]}"
            self._add(Verdict.ALTERED, place, found, what)

    def conclude(
        self,
        connection: sa.Connection,
        known: Sequence[Known],
        pin: Pin | None,
        genesis: bytes | None,
        *,
        trusted: bool = False,
    ) -> None:
        """Note everything that can be said only of the whole.

        `known` are sizes and roots that this ledger once had, from wherever this machine remembers them. Entry 0 is
        no first sight if it is pinned or `trusted`: under a checkpoint by a key from outside.
        """
        joined, facts = self._joined, self._facts
        for start, end in joined.missing:
            names = f"entry {start}" if end - start == 1 else f"entries {start} to {end - 1}"
            self._add(Verdict.MISSING, start, f"no row for {names}")
            self._damage.update(range(start, end))
        largest = self._judge_notes_beyond(connection)
        self._judge_head_row()
        self._place_blame()
        self._judge_size(largest, known)
        for verdict, what, detail in facts.wrong:
            if what != "progress" or not self._cut:
                self._add(verdict, LEDGER_WIDE, detail, what)
        self._judge_tiles(connection)
        if self._level != "hashes" and self._judging.authority is not None:
            self._judge_order(connection)
        if self._level == "full":
            self._judge_values()
            self._judge_tables(connection)
            self._judge_indexes(connection)
        self._judge_roots(known)
        if pin is not None or not trusted:
            self._judge_pin(pin, genesis)

    def _judge_notes_beyond(self, connection: sa.Connection) -> int:
        """The largest size that a genuine checkpoint signs; those beyond the end prove that entries are gone."""
        largest = 0
        if self._judging.authority is None:
            return largest
        for note in notes_beyond(connection, self._judging, self._facts):
            if note.problem or note.size <= 0:
                self._add(note.verdict, LEDGER_WIDE, note.problem or "no ledger has this size", note.what)
            else:
                largest = max(largest, note.size)
        return largest

    def _judge_head_row(self) -> None:
        head, joined = self._facts.head, self._joined
        if head is None:
            self._add(Verdict.MISSING, LEDGER_WIDE, "the row is gone", "head")
            return
        if self._judging.authority is not None and head.origin != self._judging.authority.origin:
            found = f"it says origin {head.origin!r}, the entries {self._judging.authority.origin!r}"
            self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, found, "head")
        if not self._size:
            return
        if head.size == self._size and joined.before and joined.before != head.last_hash:
            if joined.vouched == self._size or joined.tree.edge().to_bytes() == head.edge:
                self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, "its last_hash differs from the entries", "head")
            else:
                joined.broken.append(self._size - 1)

    def _place_blame(self) -> None:
        joined, findings, broken = self._joined, self._joined.findings, set(self._joined.broken)
        vouched = max(joined.vouched, self._size_of_head())
        for place in locate(joined.broken, vouched, set(joined.changed), self._differs):
            self._damage.add(place)
            if place not in joined.changed:
                joined.changed.add(place)
                found = "its bytes do not have the leaf hash that the next link repeats"
                if place - 1 < vouched and place - 1 in broken:
                    found = "its prev is not the leaf hash of the entry before it, which a later root vouches for"
                self._add(Verdict.ALTERED, place, found)
        for place in sorted(self._damage):
            findings.withdraw(place, [v for v in joined.noted.get(place, ()) if v in _FOLLOWS])
        head = self._facts.head
        if head is not None and not self._damage:
            self._compare_head(head)

    def _size_of_head(self) -> int:
        """The size in the head row, if its edge is that of the entries at that size."""
        head = self._facts.head
        if head is None or head.size > self._size:
            return 0
        try:
            edge = RightEdge.from_bytes(head.size, head.edge)
        except FormatError:
            return 0
        return head.size if edge.root() == self._joined.roots.get(head.size) else 0

    def _compare_head(self, head: HeadRow) -> None:
        joined = self._joined
        if head.size < self._size or (head.size > self._size and joined.before == head.last_hash):
            found = f"it says {head.size} entries, there are {self._size}"
            self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, found, "head")
        if head.size != self._size:
            return
        if joined.tree.edge().to_bytes() != head.edge:
            self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, "its edge differs from the entries", "head")
        if joined.time is not None and joined.time_at == self._size - 1:
            expected = joined.resets.get(self._size - 1, joined.time)
            if head.last_time != expected:
                self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, "its last_time differs from the entries", "head")

    def _differs(self, place: int) -> bool | None:
        number = place // TILE_WIDTH
        if number >= self._size // TILE_WIDTH or number in self._joined.unusable:
            return None
        return place in self._joined.differ

    def _judge_size(self, largest: int, known: Sequence[Known]) -> None:
        head = self._facts.head
        sizes = [(seen.size, f"what was {seen.source} at {seen.at}") for seen in known]
        sizes.append((largest, "a signed checkpoint in the database"))
        if head is not None and head.last_hash != self._joined.before:
            sizes.append((head.size, "the head row"))
        size, source = max(sizes)
        self._cut = size > self._size
        if self._cut:
            self._add(Verdict.TRUNCATED, self._size, f"the ledger ends here; {source} says {size} entries")

    def _judge_tiles(self, connection: sa.Connection) -> None:
        damaged_in: dict[int, int] = {}
        for place in self._damage:
            damaged_in[place // TILE_WIDTH] = damaged_in.get(place // TILE_WIDTH, 0) + 1
        for number, differing in sorted(self._joined.wrong_tiles.items()):
            if differing > damaged_in.get(number, 0):
                unusable = number in self._joined.unusable
                found = "it is missing or malformed" if unusable else "it differs from the entries"
                self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, found, f"tile {number} on level 0")
        if not self._damage:
            for (level, number), hashes in self._joined.tree.tiles.items():
                if stored_tile(connection, level, number) != hashes:
                    what = f"tile {number} on level {level}"
                    self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, "it differs from the tiles below it", what)
        stray = stray_tiles_since if self._facts.since else stray_tiles
        for what, detail in () if self._cut else stray(connection, self._facts):
            self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, detail, what)

    def _judge_order(self, connection: sa.Connection) -> None:
        """Times and counters, which go from entry to entry: beside a damaged one they say nothing."""
        for place, later in self._joined.time_breaks:
            if place not in self._joined.changed and later not in self._joined.changed:
                self._add(Verdict.NOT_PERMITTED, place, "its time is before that of the entry before it")
        if self._damage or self._joined.unread:
            return
        for place, detail in self._joined.counter_breaks:
            self._add(Verdict.ALTERED, place, detail, "counter")
        if self._cut:
            return  # what counts or names the entries that are gone is not wrong
        wrong = wrong_subjects_since if self._facts.since else wrong_subjects
        for what, detail in wrong(connection, self._facts, self._joined.subjects):
            self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, detail, what)

    def _judge_values(self) -> None:
        """Values that are gone, each with the erasure entry noted for it, if any."""
        for place, by_idx, detail in self._joined.unexplained:
            if by_idx in self._damage:
                found = f"{detail}: entry {by_idx}, noted as its erasure, is damaged"
                self._add(Verdict.NOT_CHECKED, place, found, "erasable value")
            elif place not in self._damage:
                self._add(Verdict.MISSING, place, f"{detail}, and no erasure entry names it", "erasable value")
                if by_idx is not None:
                    found = f"entry {by_idx}, noted as its erasure, does not name it"
                    self._add(Verdict.INDEX_WRONG, place, found, "erased")

    def _judge_tables(self, connection: sa.Connection) -> None:
        joined = self._joined
        whole = not self._damage and not joined.opaque
        expected = {name: joined.rows.get(name, 0) for name in ("reference_index", "artefact_index")} if whole else {}
        since, facts = self._facts.since, self._facts
        rows = too_many_since(connection, facts) if since else count_rows(connection, facts, expected)
        for what, detail in () if self._cut else rows:
            self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, detail, what)
        if not joined.dangling:
            return
        # An index that leads nowhere is not yet a reference to nothing: the entries themselves decide.
        wanted = frozenset(digest for _, _, digest in joined.dangling)
        found = find_by_bytes(connection, wanted, self._size)
        for place, rel, digest in joined.dangling:
            if found.get(digest, place) >= place and (whole or digest in found):
                detail = f"reference {rel} to {digest.hex()[:16]}, which is no earlier entry"
                self._add(Verdict.NOT_PERMITTED, place, detail, "reference")

    def _judge_indexes(self, connection: sa.Connection) -> None:
        if self._facts.since:
            return  # a pass over whole tables, which an earlier verification made
        for what, detail in broken_indexes(connection):
            self._add(Verdict.INDEX_WRONG, LEDGER_WIDE, detail, what)

    def _judge_roots(self, known: Sequence[Known]) -> None:
        """Roots that differ although the entries agree with each other: another history under the same name."""
        joined, first_damage = self._joined, min(self._damage, default=self._size + 1)
        for what, size, signed, own in joined.other_roots:
            if size <= first_damage:
                found = f"it signs root {signed.hex()[:16]}, the entries have {own.hex()[:16]}"
                self._add(Verdict.FORKED, LEDGER_WIDE, found, what)
        if joined.other_roots_after and not self._damage:
            found = f"{joined.other_roots_after} more sign other roots"
            self._add(Verdict.FORKED, LEDGER_WIDE, found, f"checkpoints after the first {MAX_FINDINGS}")
        for seen in known:
            if self._facts.since and seen.size not in joined.roots:
                continue  # compared by an earlier verification
            root = joined.roots.get(seen.size, b"")
            if 0 < seen.size <= min(first_damage, self._size) and root != seen.root:
                found = f"at size {seen.size} the root {seen.source} at {seen.at} was {seen.root.hex()[:16]}"
                self._add(Verdict.FORKED, LEDGER_WIDE, f"{found}, now it is {root.hex()[:16]}", "history")

    def _judge_pin(self, pin: Pin | None, genesis: bytes | None) -> None:
        authority = self._judging.authority
        if pin is None:
            self._add(Verdict.FIRST_SIGHT, LEDGER_WIDE, "this ledger was never seen here, and no pin was given")
            return
        if genesis not in (None, pin.genesis) and 0 not in self._damage:
            self._add(Verdict.FORKED, 0, f"its leaf hash is not the pinned {pin.genesis.hex()[:16]}")
        if authority is None:
            return
        if pin.origin != authority.origin:
            found = f"origin {authority.origin}, expected {pin.origin}"
            self._add(Verdict.FORKED, LEDGER_WIDE, found, "pin")
        if pin.vkeys != first_vkeys(self._judging):
            self._add(Verdict.FORKED, LEDGER_WIDE, "other checkpoint keys than the pinned ones", "pin")
