"""One Merkle proof for many leaves, which shares the hashes that their single proofs would repeat.

::

    hash(start, end), from hash(0, size) on:
        no leaf of the proof in [start, end)   the next 32 bytes
        end - start = 1                        the leaf hash
        else                                   SHA-256(0x01 || hash(start, m) || hash(m, end))

m is where RFC 6962 splits; left comes first, all bytes are used, the result is the root.  The shape follows
from the places of the leaves and the size, so nothing but hashes is in the proof.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from ledger.errors import ProofError
from ledger.merkle import HASH_SIZE, NodeReader, node_hash, split, subtree_root


def prove_leaves(indexes: Sequence[int], size: int, reader: NodeReader) -> bytes:
    """The proof that the leaves at `indexes` (ascending, at least one) are in the tree of `size` leaves."""
    if not indexes or indexes[0] < 0 or indexes[-1] >= size:
        raise ValueError(f"a tree of {size} has no such leaves")
    hashes: list[bytes] = []

    def walk(start: int, end: int, first: int, last: int) -> None:
        if first == last:
            hashes.append(subtree_root(start, end, reader))
        elif end - start > 1:
            middle = split(start, end)
            border = bisect_left(indexes, middle, first, last)
            walk(start, middle, first, border)
            walk(middle, end, border, last)

    walk(0, size, 0, len(indexes))
    return b"".join(hashes)


def root_of_leaves(indexes: Sequence[int], leaf_hashes: Sequence[bytes], size: int, proof: bytes) -> bytes:
    """The root that the proof leads to from `leaf_hashes` at `indexes` (ascending); compare it with a signed one.

    Raises:
        ProofError: the proof is too short or too long, or there is no such leaf.
    """
    what = f"proof of {len(indexes)} leaves in a tree of {size}"
    if not indexes or indexes[0] < 0 or indexes[-1] >= size:
        raise ProofError(f"{what}: a leaf outside of it, expected indexes below the size")
    at = 0

    def walk(start: int, end: int, first: int, last: int) -> bytes:
        nonlocal at
        if first == last:
            at += HASH_SIZE
            if at > len(proof):
                raise ProofError(f"{what}: {len(proof)} bytes, expected more")
            return proof[at - HASH_SIZE : at]
        if end - start == 1:
            return leaf_hashes[first]
        middle = split(start, end)
        border = bisect_left(indexes, middle, first, last)
        left = walk(start, middle, first, border)
        return node_hash(left, walk(middle, end, border, last))

    root = walk(0, size, 0, len(indexes))
    if at != len(proof):
        raise ProofError(f"{what}: {len(proof)} bytes, expected {at}")
    return root
