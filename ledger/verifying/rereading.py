"""Reading a part of a ledger again that an earlier verification found sound.

Its bytes are compared with the tree that was verified then. From the hashes of the unfinished tiles, which were
remembered, the stored tiles above level 0 are verified, and from those each tile of level 0: an entry that was changed
is found even where its tile was changed to match. Values, rows and schemas are then compared with the bytes as
always. Signatures are not verified again: they were, over the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa

from ledger.merkle import HASH_SIZE, RightEdge, leaf_hash
from ledger.store.blobs import Blobs
from ledger.store.entryscan import scan_entries
from ledger.store.hashscan import HashScan, scan_hashes
from ledger.store.judging import EntryScan, Judging
from ledger.store.notescan import CheckedNote, notes_late
from ledger.store.read import read_leaves
from ledger.store.tablescan import Facts, stored_tile
from ledger.tiles import TILE_WIDTH, tile_root
from ledger.verdicts import LEDGER_WIDE, Verdict
from ledger.verifying.baseline import EARLIER, Baseline
from ledger.verifying.findings import Findings
from ledger.verifying.joining import Joined
from ledger.verifying.keyfold import KeyFold
from ledger.verifying.locating import locate


class OldTiles:
    """The stored tiles above level 0 of the tree that was verified, those of them that are as they were."""

    def __init__(self, connection: sa.Connection, base: Baseline, findings: Findings) -> None:
        """Read and verify them from the top; one that is not as it was is noted in `findings`."""
        self._base = base
        self._tiles: dict[tuple[int, int], bytes] = {}
        for level in range(len(base.rows), 0, -1):
            full = base.size // TILE_WIDTH ** (level + 1)
            self._tiles[level, full] = b"".join(base.rows[level - 1])
            for number in range(full):
                expected = self.root_of(level, number)
                hashes = stored_tile(connection, level, number)
                if expected is None:
                    continue  # the one above it was reported
                if len(hashes) == TILE_WIDTH * HASH_SIZE and tile_root(hashes) == expected:
                    self._tiles[level, number] = hashes
                else:
                    found = f"it does not lead to the root that was verified at {base.at}"
                    findings.add(Verdict.INDEX_WRONG, LEDGER_WIDE, found, f"tile {number} on level {level}")

    def root_of(self, level: int, number: int) -> bytes | None:
        """The root of a full tile as it was verified, or None if it can't be told any more."""
        above = self._tiles.get((level + 1, number // TILE_WIDTH), b"")
        at = number % TILE_WIDTH * HASH_SIZE
        return above[at : at + HASH_SIZE] or None

    def root_at(self, connection: sa.Connection, size: int) -> bytes | None:
        """The root of the first `size` entries, whole tiles being there, or None if it can't be told any more."""
        whole = size // TILE_WIDTH
        hashes = []
        for height in reversed(range(whole.bit_length())):
            if whole >> height & 1:
                node = self._node(height, (whole >> height) - 1)
                if node is None:
                    return None
                hashes.append(node)
        edge = RightEdge(whole * TILE_WIDTH, hashes)
        if size % TILE_WIDTH:
            first = whole * TILE_WIDTH
            leaves = [leaf_hash(raw) for _, raw in read_leaves(connection, first, first + TILE_WIDTH)]
            if len(leaves) != TILE_WIDTH or tile_root(b"".join(leaves)) != self.root_of(0, whole):
                return None
            edge.extend(leaves[: size % TILE_WIDTH])
        return edge.root()

    def _node(self, height: int, index: int) -> bytes | None:
        """The root over 2^height level-0 tiles."""
        level, height = height // 8 + 1, height % 8
        number, start = divmod(index << height, TILE_WIDTH)
        hashes = self._tiles.get((level, number), b"")[start * HASH_SIZE : (start + (1 << height)) * HASH_SIZE]
        return tile_root(hashes) if len(hashes) == HASH_SIZE << height else None


def judge_earlier(
    connection: sa.Connection,
    blob_folder: Path,
    base: Baseline,
    facts: Facts,
    joined: Joined,
    fold: KeyFold,
    judging: Judging,
    sizes: Iterable[int],
    again: tuple[int, int],
) -> None:
    """Note in `joined` what is wrong with the part that `base` is about, as far as an incremental run looks at it.

    `sizes`, up to `base.aligned`, are those whose root is wanted; ``again`` are the entries to read again.
    """
    findings = joined.findings
    for detail in base.unchecked:
        findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, detail, EARLIER)
    found = dict(fold.read)
    for place, expected in base.state:
        if found.get(place) == b"":
            findings.add(Verdict.MISSING, place, f"no row for entry {place}")
        elif place in found and found[place] != expected:
            findings.add(Verdict.ALTERED, place, f"it is not the entry about keys that was verified at {base.at}")
    old = OldTiles(connection, base, findings)
    for note in notes_late(connection, judging, facts, base.newest, base.aligned):
        _take_late(connection, joined, old, note)
    for size in sizes:
        root = old.root_at(connection, size)
        if root is not None:
            joined.roots[size] = root
        elif size:
            lost = "the entries or tiles that its root comes from are not what they were"
            findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, lost, f"the checkpoint of size {size}")
    result = reread(connection, Blobs(blob_folder), old, base, facts.indexed, again)
    findings.take((f for kept in result.kept.values() for f in kept), result.counts)


def _take_late(connection: sa.Connection, joined: Joined, old: OldTiles, note: CheckedNote) -> None:
    """A note that came after the entries it is about were verified."""
    root = b"" if note.problem else old.root_at(connection, note.size)
    if root is None:
        found = "the entries or tiles that its root comes from are not what they were"
        joined.findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, found, note.what)
    else:
        joined.take_note(note, root)


def reread(
    connection: sa.Connection, blobs: Blobs, old: OldTiles, base: Baseline, indexed: int, bounds: tuple[int, int]
) -> Findings:
    """What is wrong with the entries ``bounds``, which begin with a whole tile and were sound in `base`."""
    findings, (start, end) = Findings(), bounds
    leaves = list(read_leaves(connection, start, end))
    hashes: list[bytes] = []
    scan = scan_hashes(connection, start, end, (), leaves, hashes)
    for number, root in enumerate(scan.tiles, start // TILE_WIDTH):
        expected = old.root_of(0, number)
        if expected is not None and root != expected:
            _blame(connection, findings, scan, base, number, expected)
        elif number in scan.wrong_tiles:
            findings.add(Verdict.INDEX_WRONG, LEDGER_WIDE, "it differs from the entries", f"tile {number} on level 0")
    if not findings.counts:
        judging = Judging(None, None, (), indexed, full=True)
        _compare_tables(findings, scan_entries(connection, blobs, judging, start, leaves, hashes))
    return findings


def _blame(
    connection: sa.Connection, findings: Findings, scan: HashScan, base: Baseline, number: int, expected: bytes
) -> None:
    """Name the entries of a tile that are not what they were, as near as the stored tile and the links can tell."""
    places = range(number * TILE_WIDTH, (number + 1) * TILE_WIDTH)
    missing = [place for place in scan.missing if place in places]
    stored = stored_tile(connection, 0, number)
    if len(stored) == TILE_WIDTH * HASH_SIZE and tile_root(stored) == expected:
        changed = [place for place in scan.wrong_tile_entries if place in places]
    else:
        links = [link for link in scan.links if link in places]
        changed = [place for place in locate(links, 0, (), lambda _: None) if place in places] or [places.start]
    for place in missing:
        findings.add(Verdict.MISSING, place, f"no row for entry {place}")
    for place in sorted(set(changed) - set(missing)):
        found = f"entries {places.start} to {places.stop - 1} do not lead to the root that was verified at {base.at}"
        findings.add(Verdict.ALTERED, place, found)


def _compare_tables(findings: Findings, scan: EntryScan) -> None:
    """Take in what was found of values, rows and schemas; what the scan of a whole ledger would ask about, is wrong."""
    findings.take(scan.findings, scan.found)
    for place, _, detail in scan.unexplained:
        findings.add(Verdict.MISSING, place, f"{detail}, and no erasure entry names it", "erasable value")
    for place, rel, digest in scan.dangling:
        found = f"reference {rel} to {digest.hex()[:16]} leads nowhere any more"
        findings.add(Verdict.INDEX_WRONG, place, found, "reference")
