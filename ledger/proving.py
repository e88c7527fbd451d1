"""Proofs and receipts of a ledger, each checked before it is handed out.

A receipt (`.tlog-proof`, `ledger.proof_file`) shows to anyone with a trust file that an entry is in the ledger: the
entry's bytes, the path to the root, and a signed checkpoint. A consistency proof shows that one checkpoint is the
beginning of another.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from ledger.bundle.multiproof import prove_leaves, root_of_leaves
from ledger.checkpoint import Checkpoint, parse_checkpoint
from ledger.errors import Damaged, FormatError, ProofError, Refused
from ledger.merkle import NodeReader, check_consistency, check_inclusion, leaf_hash, prove_consistency, prove_inclusion
from ledger.note import parse_note
from ledger.proof_file import ConsistencyFile, ProofFile, format_consistency_file, format_proof_file
from ledger.store.heads import read_head
from ledger.store.proofs import best_checkpoint, checkpoint_of, open_reader
from ledger.store.proofs import checkpoint_history as stored_history
from ledger.store.read import read_leaf
from ledger.tiles import root_at

if TYPE_CHECKING:
    from ledger.client import Ledger

__all__ = [
    "Consistency",
    "Inclusion",
    "SharedProof",
    "make_consistency_file",
    "make_receipt",
    "make_receipts",
    "prove_entries",
    "show_consistency",
    "show_inclusion",
]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That the entry `index` with `leaf_hash` is among the first `size` entries, whose root is `root`."""

    origin: str
    index: int
    size: int
    leaf_hash: bytes
    root: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the first `old_size` entries, with `old_root`, are the beginning of the first `size`, with `root`."""

    origin: str
    old_size: int
    size: int
    old_root: bytes
    root: bytes
    proof: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class SharedProof:
    """One proof (`ledger.bundle.multiproof`) that the leaves at `indexes` are in the tree that `note` signs."""

    checkpoint: Checkpoint
    note: bytes
    indexes: tuple[int, ...]
    leaves: tuple[bytes, ...]
    proof: bytes


def show_inclusion(ledger: Ledger, index: int, size: int | None = None) -> Inclusion:
    """The inclusion proof of an entry in the tree of the first `size` entries (default: all).

    Raises:
        Refused: there are fewer entries. Damaged: the store does not hold together.
    """
    with _reading(ledger) as connection:
        size = _entries(connection) if size is None else _checked_size(connection, size)
        reader = open_reader(connection, size)
        return _inclusion(connection, reader, index, Checkpoint(ledger.origin, size, root_at(size, reader)))


def make_receipt(ledger: Ledger, index: int, size: int | None = None) -> bytes:
    """The receipt of an entry; as `make_receipts`."""
    return make_receipts(ledger, [index], size)[0]


def make_receipts(ledger: Ledger, indexes: Sequence[int], size: int | None = None) -> list[bytes]:
    """The receipts of entries, all under the checkpoint of `size` entries or the one with the most cosigners.

    Many at once cost less each: what the first reads of the tree's right edge serves for all.

    Raises:
        Refused: no such entry, or no checkpoint covers it. Damaged: the store does not hold together.
    """
    if not indexes:
        return []
    with _reading(ledger) as connection:
        for index in indexes:
            if not 0 <= index < _entries(connection):
                raise _no_entry(index, _entries(connection))
        last = max(indexes)
        note = best_checkpoint(connection, last + 1) if size is None else checkpoint_of(connection, size)
        if note is None:
            missing = "covers it yet" if size is None else f"of {size} entries is stored"
            raise Refused("no checkpoint", f"receipt of entry {last}: no checkpoint {missing}", remedy=_HOW)
        under = _read(connection, ledger.origin, note)
        reader = open_reader(connection, under.size)
        found = [_inclusion(connection, reader, index, under) for index in indexes]
        return [format_proof_file(ProofFile(f.index, f.proof, note, read_leaf(connection, f.index))) for f in found]


def prove_entries(ledger: Ledger, indexes: Sequence[int], size: int | None = None) -> SharedProof:
    """One proof for many entries, under the checkpoint of `size` entries or the one with the most cosigners.

    Raises:
        Refused: no such entry, or no checkpoint covers it. Damaged: the store does not hold together.
    """
    if not indexes:
        raise ValueError("a proof takes at least one entry")
    places = tuple(sorted(set(indexes)))
    with _reading(ledger) as connection:
        for index in (places[0], places[-1]):
            if not 0 <= index < _entries(connection):
                raise _no_entry(index, _entries(connection))
        note = best_checkpoint(connection, places[-1] + 1) if size is None else checkpoint_of(connection, size)
        if note is None:
            missing = f"covers entry {places[-1]} yet" if size is None else f"of {size} entries is stored"
            raise Refused("no checkpoint", f"proof of {len(places)} entries: no checkpoint {missing}", remedy=_SIGN)
        under = _read(connection, ledger.origin, note)
        if places[-1] >= under.size:
            raise _no_entry(places[-1], under.size)
        leaves = tuple(read_leaf(connection, place) for place in places)
        proof = prove_leaves(places, under.size, open_reader(connection, under.size))
        found = root_of_leaves(places, [leaf_hash(leaf) for leaf in leaves], under.size, proof)
        if found != under.root:
            raise Damaged(
                f"no proof can be made: {len(places)} entries lead to root {found.hex()[:16]}, expected "
                f"{under.root.hex()[:16]}",
                remedy="'aims verify' says what is wrong",
            )
    return SharedProof(under, note, places, leaves, proof)


def show_consistency(ledger: Ledger, old_size: int, size: int | None = None) -> Consistency:
    """The proof that the first `old_size` entries are the beginning of the first `size` (default: all).

    Raises:
        Refused: there are fewer entries, or `old_size` is not 1 to `size`. Damaged: the store does not hold together.
    """
    with _reading(ledger) as connection:
        size = _entries(connection) if size is None else _checked_size(connection, size)
        reader = open_reader(connection, size)
        return _consistency(reader, old_size, Checkpoint(ledger.origin, size, root_at(size, reader)))


def make_consistency_file(ledger: Ledger, old_size: int, size: int | None = None) -> bytes:
    """The consistency proof file from `old_size` to the checkpoint of `size` entries or the one with most cosigners.

    Raises:
        Refused: there is no such checkpoint, or `old_size` is not 1 to its size. Damaged: the store does not hold
            together.
    """
    with _reading(ledger) as connection:
        note = best_checkpoint(connection, old_size) if size is None else checkpoint_of(connection, size)
        if note is None:
            missing = f"of {old_size} entries or more" if size is None else f"of {size} entries"
            raise Refused("no checkpoint", f"consistency proof: no checkpoint {missing} is stored", remedy=_HOW)
        under = _read(connection, ledger.origin, note)
        found = _consistency(open_reader(connection, under.size), old_size, under)
        return format_consistency_file(ConsistencyFile(old_size, found.proof, note))


def checkpoint_history(ledger: Ledger) -> list[bytes]:
    """Every stored checkpoint in the order they were signed, with all cosignatures stored for it; none verified.

    Raises:
        Damaged: one that witnesses cosigned can't be read.
    """
    with _reading(ledger) as connection:
        return stored_history(connection)


_SIGN = "'aims checkpoint' signs one"
_HOW = "'aims checkpoint' signs one, 'aims checkpoint --list' shows those there are; --json needs none"


@contextmanager
def _reading(ledger: Ledger) -> Iterator[sa.Connection]:
    """A transaction; what its rows say wrongly becomes `Damaged`, since nobody could check such a proof."""
    with ledger.backend.reading("making a proof") as connection:
        try:
            yield connection
        except (FormatError, ProofError) as error:
            raise Damaged(f"no proof can be made: {error}", remedy="'aims verify' says what is wrong") from error


def _read(connection: sa.Connection, origin: str, note: bytes) -> Checkpoint:
    checkpoint = parse_checkpoint(parse_note(note).text)
    if checkpoint.origin != origin or checkpoint.size > _entries(connection):
        raise Damaged(
            f"a checkpoint of {checkpoint.size} entries of {checkpoint.origin} is stored in a ledger of "
            f"{_entries(connection)} entries of {origin}",
            remedy="'aims verify' says what is wrong",
        )
    return checkpoint


def _inclusion(connection: sa.Connection, reader: NodeReader, index: int, under: Checkpoint) -> Inclusion:
    if not 0 <= index < under.size:
        raise _no_entry(index, under.size)
    proof = prove_inclusion(index, under.size, reader)
    # From the entry's bytes and not from a tile, so that a damaged one can't get a proof that fails elsewhere.
    hashed = leaf_hash(read_leaf(connection, index))
    check_inclusion(hashed, index, under.size, proof, under.root)
    return Inclusion(under.origin, index, under.size, hashed, under.root, proof)


def _consistency(reader: NodeReader, old_size: int, under: Checkpoint) -> Consistency:
    if not 0 < old_size <= under.size:
        raise Refused("size", f"no consistency proof from {old_size} entries, expected 1 to {under.size}")
    proof, old_root = prove_consistency(old_size, under.size, reader), root_at(old_size, reader)
    check_consistency(old_size, old_root, under.size, under.root, proof)
    return Consistency(under.origin, old_size, under.size, old_root, under.root, proof)


def _entries(connection: sa.Connection) -> int:
    head = read_head(connection)
    return head.size if head else 0


def _checked_size(connection: sa.Connection, size: int) -> int:
    if not 0 < size <= _entries(connection):
        raise Refused(
            "size", f"no proof for {size} entries, expected 1 to {_entries(connection)}, as many as there are"
        )
    return size


def _no_entry(index: int, size: int) -> Refused:
    return Refused("no such entry", f"entry {index}: expected 0 to {size - 1}, those of the {size} entries")
