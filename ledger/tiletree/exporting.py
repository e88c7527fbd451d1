"""Bringing an exported tile tree up to the ledger's newest signed checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from ledger.batches import batches
from ledger.checkpoint import Checkpoint, verify_checkpoint
from ledger.errors import AimsError, Damaged, FormatError, ProofError, Refused, Rollback
from ledger.merkle import HASH_SIZE
from ledger.store import tables as t
from ledger.store.anchors import has_table
from ledger.store.proofs import checkpoint_of
from ledger.tiles import (
    TILE_WIDTH,
    TilePath,
    edge_tiles,
    format_bundle,
    format_tile_path,
    grown_tiles,
    parse_tile_path,
    tile_width,
)
from ledger.tiletree.files import tile_files
from ledger.tiletree.folder import TreeFolder, writing_tree
from ledger.tiletree.source import SignedTree

if TYPE_CHECKING:
    from ledger.authority import Authority
    from ledger.client import Ledger
    from ledger.trust import TrustPolicy

Progress = Callable[[int, int], None]

_TRANSACTION: Final = 4
"""Tiles that are read in one transaction: 1,024 entries, at most 64 MiB of them."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export did: the tree had `before` entries and has `size` now, under `root` (32 bytes)."""

    origin: str
    before: int
    size: int
    root: bytes
    written: int
    dropped: int


def export_tiles(
    ledger: Ledger,
    folder: Path,
    *,
    trust: TrustPolicy | None = None,
    check: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Write the tree of the ledger's newest signed checkpoint to `folder`, or what has come since the last time.

    With `trust` it is the newest checkpoint that satisfies this policy, witnesses and all. The cosignatures stored
    for it go out with it; those that come later, with the next export.

    What the last export wrote is trusted once its checkpoint is seen to be ours and a prefix of this one, and the
    partial tiles of its right edge to be there; with `check` every file is read and compared, and what is missing is
    written again. `progress` is called with
    (entries done, entries in all). A failure at any point leaves the tree as valid as it was.

    Raises:
        Refused: no checkpoint (that satisfies `trust`), or the folder holds something else.
        Damaged: a file of the folder, or the ledger, is not what a checkpoint commits to; the message names it.
        Rollback: the folder holds more than this ledger, or another history.
        StoreError: the folder can't be written.
    """
    authority = ledger.authority
    note, checkpoint = _newest(ledger, authority, trust)
    with ledger.backend.reading("reading the tree") as connection:
        tree = SignedTree(connection, checkpoint)
    with writing_tree(folder, ledger.origin) as target:
        published = target.published()
        before = 0 if published is None else _check_published(ledger, authority, tree, published, folder)
        export = _Export(ledger, tree, target, progress)
        if check:
            export.write(0)
            export.check_others()
        else:
            # The right edge too: cheap, and a checkpoint that came without its tiles is noticed.
            export.write(before, edge_tiles(before))
        target.settle()
        if published != note:
            target.publish(note)
        return Exported(ledger.origin, before, tree.size, checkpoint.root, export.written, export.drop())


class _Export:
    """One run: counts what it wrote, and remembers which partial tiles it made superfluous."""

    def __init__(self, ledger: Ledger, tree: SignedTree, target: TreeFolder, progress: Progress | None) -> None:
        self._backend, self._tree, self._target, self._progress = ledger.backend, tree, target, progress
        self._superseded: list[str] = []
        self.written = 0

    def write(self, start: int, first: Sequence[TilePath] = ()) -> None:
        """Put the tiles `first`, and every one that a tree of `start` leaves does not have, with their bundles."""
        for paths in batches(chain(first, grown_tiles(start, self._tree.size)), _TRANSACTION):
            with self._backend.reading("reading entries") as connection:
                contents = [(each, self._content(connection, each)) for path in paths for each in _with_bundle(path)]
            for path, data in contents:
                self._put(path, data)
            if self._progress and paths[-1].level == 0:
                self._progress(paths[-1].index * TILE_WIDTH + paths[-1].width - start, self._tree.size - start)

    def check_others(self) -> None:
        """Compare the partial tiles of sizes published earlier; `write` has compared all that this size needs."""
        for name, regular in tile_files(self._target.path):
            try:
                path = parse_tile_path(name) if regular else None
            except FormatError:
                path = None
            if path is None:
                raise Damaged(
                    f"{self._target.path / name}: not a file of a tile tree",
                    remedy="find out who put it there and remove it",
                )
            if path.width < tile_width(path.level or 0, path.index, self._tree.size) < TILE_WIDTH:
                with self._backend.reading("reading entries") as connection:
                    data = self._content(connection, path)
                self._target.put(name, data)

    def drop(self) -> int:
        """Remove the partial tiles whose full tile is published now; how many there were."""
        return sum(map(self._target.drop, self._superseded))

    def _content(self, connection: sa.Connection, path: TilePath) -> bytes:
        if path.level is None:
            return format_bundle(self._tree.leaves(connection, path.index)[: path.width])
        return self._tree.tile(connection, path.level, path.index)[: HASH_SIZE * path.width]

    def _put(self, path: TilePath, data: bytes) -> None:
        name = format_tile_path(path)
        self.written += self._target.put(name, data)
        if path.width == TILE_WIDTH and self._target.has(f"{name}.p"):
            self._superseded.append(f"{name}.p")


def _with_bundle(path: TilePath) -> tuple[TilePath, ...]:
    """A tile, and before one of level 0 the bundle of the entries under it."""
    return (TilePath(None, path.index, path.width), path) if path.level == 0 else (path,)


def _newest(ledger: Ledger, authority: Authority, trust: TrustPolicy | None) -> tuple[bytes, Checkpoint]:
    """The newest checkpoint stored, with its cosignatures, verified by a key that was in force at its size."""
    try:
        with ledger.backend.reading("reading checkpoints") as connection:
            note = _note(connection, trust)
    except FormatError as error:
        raise _unsound(error) from error
    if note is None and trust is not None:
        raise Refused(
            "no checkpoint", "export: no checkpoint satisfies the trust policy",
            remedy="ask its witnesses with 'aims anchor', or leave the policy out",
        )  # fmt: skip
    if note is None:
        raise Refused("no checkpoint", "export: no checkpoint was signed yet", remedy="sign one with 'aims checkpoint'")
    try:
        checkpoint = _verified(authority, note)
    except (FormatError, ProofError) as error:
        raise _unsound(error) from error
    return note, checkpoint


def _unsound(error: AimsError) -> Damaged:
    return Damaged(f"export: the newest checkpoint is not sound ({error})", remedy="run 'aims verify'")


def _note(connection: sa.Connection, trust: TrustPolicy | None) -> bytes | None:
    for size in _sizes(connection, cosigned=trust is not None):
        note = checkpoint_of(connection, size)
        if trust is None or (note is not None and _satisfies(trust, note)):
            return note
    return None


def _sizes(connection: sa.Connection, *, cosigned: bool) -> list[int]:
    """The size of the newest checkpoint, and if wanted those of the cosigned ones below it, largest first."""
    newest = connection.execute(sa.select(sa.func.max(t.checkpoint.c.size))).scalar_one()
    below = sa.select(t.cosignature.c.size).distinct().order_by(t.cosignature.c.size.desc())
    older = connection.execute(below).scalars() if cosigned and has_table(connection, t.cosignature) else ()
    return [] if newest is None else [newest, *older]


def _satisfies(trust: TrustPolicy, note: bytes) -> bool:
    try:
        judged = trust.judge(note)
    except (FormatError, ProofError):
        return False  # an older one may; what is wrong with this one, verification of the ledger tells
    return judged.log is not None and judged.quorum_met


def _verified(authority: Authority, note: bytes) -> Checkpoint:
    verified = verify_checkpoint(note, authority.verifier_keys())
    size = verified.checkpoint.size
    in_force = [k for k in authority.checkpoint_keys if k.vkey in verified.signed_by and k.start <= size <= k.end]
    if verified.checkpoint.origin != authority.origin or not in_force:
        raise ProofError(f"checkpoint at size {size}: not signed by a key of {authority.origin} in force there")
    return verified.checkpoint


def _check_published(ledger: Ledger, authority: Authority, tree: SignedTree, note: bytes, folder: Path) -> int:
    """The size of the checkpoint in the folder, once it is seen to be this ledger's and a prefix of `tree`."""
    place = folder / "checkpoint"
    try:
        published = _verified(authority, note)
    except (FormatError, ProofError) as error:
        raise Damaged(
            f"{place}: not a checkpoint of this ledger ({error})",
            remedy="find out who wrote it; export to another folder",
        ) from error
    if published.size > tree.size:
        raise Rollback(
            f"{place}: {published.size} entries are published, and the newest checkpoint to publish has {tree.size}",
            remedy="sign or anchor the newer state; if there is none, this ledger is an older copy",
        )
    with ledger.backend.reading("reading the tree") as connection:
        root = tree.root_at(connection, published.size)
    if root != published.root:
        raise Rollback(
            f"{place}: at {published.size} entries its root is {published.root.hex()}, this ledger's {root.hex()}",
            remedy="one of the two is another history; find out who holds which before anything is published",
        )
    return published.size
