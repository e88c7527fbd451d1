"""The walk over a tile tree, from its root down to every entry.

The partial tiles of the right edge lead to the root of the checkpoint, or not; a tile has the hash that the tile above
names, or not; an entry has the hash that its tile of level 0 names, or not. Where a tile is missing or wrong, what it
should hold is made from the entries below it, so that the blame falls on one file and not on all that are under it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Final

from ledger.checkpoint import Checkpoint
from ledger.errors import FormatError
from ledger.merkle import HASH_SIZE
from ledger.tiles import (
    MAX_ENTRY_SIZE,
    TILE_WIDTH,
    TilePath,
    edge_from_tiles,
    edge_tiles,
    format_bundle,
    format_tile_path,
    parse_bundle,
    parse_tile_path,
    tile_root,
    tile_width,
)
from ledger.tiletree.files import CHECKPOINT, read_regular, tile_files
from ledger.verdicts import LEDGER_WIDE, Verdict
from ledger.verifying.findings import Findings

_MAX_MISSING: Final = 1_000
_MAX_BUNDLE: Final = TILE_WIDTH * (2 + MAX_ENTRY_SIZE)
Progress = Callable[[int, int], None]
"""Called with (entries done, entries in all)."""


def walk_tree(folder: Path, checkpoint: Checkpoint, findings: Findings, progress: Progress | None) -> None:
    """Look at every tile and entry of a tree that is not empty, and note what is wrong."""
    try:
        _Walk(folder, checkpoint, findings, progress).run()
    except _TooManyMissing:
        # A checkpoint can claim more entries than could ever be listed one by one.
        found = f"more than {_MAX_MISSING} files are missing; the rest was not looked for"
        findings.add(Verdict.NOT_CHECKED, LEDGER_WIDE, found, "tile")


class _TooManyMissing(Exception):
    """Ends the walk."""


@dataclass(slots=True)
class _Walk:
    """One tree, from the root down; `hashes` that are not None are those that the checkpoint commits to."""

    folder: Path
    checkpoint: Checkpoint
    findings: Findings
    progress: Progress | None

    def run(self) -> None:
        """Every tile from the top, then what this size does not need."""
        for path, hashes in self._edge():
            assert path.level is not None
            self._below(path.level, path.index, path.width, hashes)
        for name, regular in tile_files(self.folder):
            self._other(name, regular=regular)

    def _other(self, name: str, *, regular: bool) -> None:
        """Check a file that this size does not need: a partial tile of an earlier size, still to be served.

        What lies beyond this size, or is full already, belongs to an export that has not ended; nothing rests on it.
        """
        try:
            path = parse_tile_path(name)
        except FormatError:
            verdict = Verdict.NOT_CHECKED if regular else Verdict.ALTERED
            self.findings.add(verdict, LEDGER_WIDE, "no file of a tile tree", name)
            return
        width = tile_width(path.level or 0, path.index, self.checkpoint.size)
        if path.width >= width:
            return
        limit = _MAX_BUNDLE if path.level is None else HASH_SIZE * TILE_WIDTH
        earlier = self._read(path, limit, report=True)
        now = self._read(replace(path, width=width), limit, report=False)
        if earlier is not None and now is not None and earlier != _beginning(now, path, width):
            self._altered(path, f"not the beginning of {format_tile_path(replace(path, width=width))}")

    def _edge(self) -> Iterator[tuple[TilePath, bytes | None]]:
        """The partial tiles and their hashes, from the highest level down.

        If those that are there do not lead to the root, those made from what is below them may.
        """
        size, root = self.checkpoint.size, self.checkpoint.root
        paths = edge_tiles(size)
        stored = [self._tile(path) for path in paths]
        made: list[bytes | None] = [None] * len(paths)
        choices = [stored]
        if None in stored or edge_from_tiles(size, _by_level(paths, stored)).root() != root:
            made = [self._from_below(path.level or 0, path.index, path.width) for path in paths]
            choices = [list(chosen) for chosen in product(*zip(stored, made, strict=True))]
        for chosen in choices:
            if None not in chosen and edge_from_tiles(size, _by_level(paths, chosen)).root() == root:
                break
        else:
            found = f"neither the tiles nor the entries lead to the root {root.hex()} that it signs"
            self.findings.add(Verdict.ALTERED, LEDGER_WIDE, found, CHECKPOINT)
            chosen = stored
        for path, hashes, was in zip(paths, chosen, stored, strict=True):
            if was is not None and hashes != was:
                self._altered(path, "its hashes do not lead to the signed root, those of the entries do")
        yield from reversed(list(zip(paths, chosen, strict=True)))

    def _below(self, level: int, index: int, width: int, hashes: bytes | None) -> None:
        """Check what is under a tile against its hashes, or only with itself where those are not known."""
        if level == 0:
            self._bundle(TilePath(None, index, width), hashes, None)
            return
        for place in range(width):
            expected = hashes[HASH_SIZE * place : HASH_SIZE * (place + 1)] if hashes is not None else None
            self._full(level - 1, index * TILE_WIDTH + place, expected)

    def _full(self, level: int, index: int, expected: bytes | None) -> None:
        """Check a full tile, and all that is under it, against the hash that the tile above names."""
        path = TilePath(level, index)
        hashes = self._tile(path)
        if hashes is not None and expected is not None and tile_root(hashes) != expected:
            self._altered(
                path, f"its hash is {tile_root(hashes).hex()}, expected {expected.hex()} as the tile above has"
            )
            hashes = None
        if hashes is None and level and expected is not None:
            hashes = self._from_below(level, index, TILE_WIDTH)
            if hashes is not None and tile_root(hashes) != expected:
                hashes = None
        if level == 0:
            self._bundle(TilePath(None, index), hashes, expected)
        else:
            self._below(level, index, TILE_WIDTH, hashes)

    def _bundle(self, path: TilePath, hashes: bytes | None, expected: bytes | None) -> None:
        """Check the entries of a bundle against the hashes of its tile, or else against the hash over all of them."""
        start = path.index * TILE_WIDTH
        found = self._entries(path, report=True)
        if found is None:
            return
        if hashes is None:
            if expected is not None and tile_root(found) != expected:
                self._altered(path, f"its entries lead to {tile_root(found).hex()}, expected {expected.hex()}")
        elif found != hashes:
            for place in range(path.width):
                own, named = (h[HASH_SIZE * place : HASH_SIZE * (place + 1)] for h in (found, hashes))
                if own != named:
                    detail = f"its leaf hash is {own.hex()}, expected {named.hex()} as its tile has"
                    self.findings.add(Verdict.ALTERED, start + place, detail, format_tile_path(path))
        if self.progress:
            self.progress(start + path.width, self.checkpoint.size)

    def _from_below(self, level: int, index: int, width: int) -> bytes | None:
        """The hashes of a tile made from the entries under it; None if they are not all there."""
        if level == 0:
            return self._entries(TilePath(None, index, width), report=False)
        roots = []
        for child in range(index * TILE_WIDTH, index * TILE_WIDTH + width):
            hashes = self._from_below(level - 1, child, TILE_WIDTH)
            if hashes is None:
                return None
            roots.append(tile_root(hashes))
        return b"".join(roots)

    def _tile(self, path: TilePath) -> bytes | None:
        data = self._read(path, HASH_SIZE * TILE_WIDTH, report=True)
        if data is None:
            return None
        if len(data) != HASH_SIZE * path.width:
            self._altered(path, f"{len(data)} bytes, expected {HASH_SIZE * path.width}")
            return None
        return data

    def _entries(self, path: TilePath, *, report: bool) -> bytes | None:
        """The leaf hashes of a bundle's entries."""
        data = self._read(path, _MAX_BUNDLE, report=report)
        if data is None:
            return None
        try:
            entries = parse_bundle(data, path.width)
        except FormatError as error:
            if report:
                self._altered(path, str(error))
            return None
        # SHA-256(0x00 || entry), RFC 6962 section 2.1
        return b"".join([sha256(b"\x00" + entry).digest() for entry in entries])

    def _read(self, path: TilePath, limit: int, *, report: bool) -> bytes | None:
        name = format_tile_path(path)
        try:
            data = read_regular(self.folder / name, limit)
            if data is None and path.width < TILE_WIDTH:
                # A partial tile may be gone once the full one is there, which begins with the same hashes.
                data = read_regular(self.folder / format_tile_path(replace(path, width=TILE_WIDTH)), limit)
                data = None if data is None else _beginning(data, path, TILE_WIDTH)
        except OSError as error:
            if report:
                self._altered(path, f"can't be read: {error.strerror}")
            return None
        if data is None and report:
            self.findings.add(Verdict.MISSING, LEDGER_WIDE, "there is no such file", name)
            if self.findings.counts[Verdict.MISSING] > _MAX_MISSING:
                raise _TooManyMissing
        return data

    def _altered(self, path: TilePath, detail: str) -> None:
        self.findings.add(Verdict.ALTERED, LEDGER_WIDE, detail, format_tile_path(path))


def _by_level(paths: tuple[TilePath, ...], hashes: list[bytes | None]) -> dict[int, bytes]:
    return {path.level or 0: row or b"" for path, row in zip(paths, hashes, strict=True)}


def _beginning(data: bytes, path: TilePath, width: int) -> bytes:
    """What a partial tile or bundle holds, from one of `width`; the whole of it where that can't be told."""
    if path.level is not None:
        return data[: HASH_SIZE * path.width]
    try:
        return format_bundle(parse_bundle(data, width)[: path.width])
    except FormatError:
        return data
