"""Every tree of up to 300 leaves: every proof checks, and with a bit of any of its hashes flipped it does not.

The nodes are computed once and shared by all trees, as stored tiles are: perfect subtrees never change.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ledger.errors import ProofError
from ledger.merkle import (
    RightEdge,
    check_consistency,
    check_inclusion,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
)

LIMIT = 300


class Nodes:
    """Every perfect subtree over the first 300 leaves."""

    def __init__(self) -> None:
        self.rows = [[leaf_hash(b"leaf %d" % n) for n in range(LIMIT)]]
        while len(self.rows[-1]) > 1:
            below = self.rows[-1]
            self.rows.append([node_hash(left, right) for left, right in zip(below[::2], below[1::2], strict=False)])

    def node(self, level: int, index: int, /) -> bytes:
        return self.rows[level][index]


NODES = Nodes()
LEAVES = NODES.rows[0]


def _roots() -> Iterator[bytes]:
    edge = RightEdge()
    yield edge.root()
    for leaf in LEAVES:
        edge.append(leaf)
        yield edge.root()


ROOTS = list(_roots())


def spoiled(proof: tuple[bytes, ...], salt: int) -> Iterator[tuple[bytes, ...]]:
    """The proof with one bit flipped, once for each of its hashes; which bit changes from call to call."""
    for at, value in enumerate(proof):
        bit = (salt + 7 * at) % 256
        changed = (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(32, "big")
        yield (*proof[:at], changed, *proof[at + 1 :])


def test_every_leaf_of_every_tree_is_proved_and_no_spoiled_hash_passes() -> None:
    for size in range(1, LIMIT + 1):
        root = ROOTS[size]
        for index in range(size):
            proof = prove_inclusion(index, size, NODES)
            check_inclusion(LEAVES[index], index, size, proof, root)
            for wrong in spoiled(proof, index + size):
                with pytest.raises(ProofError):
                    check_inclusion(LEAVES[index], index, size, wrong, root)


def test_every_tree_is_proved_to_begin_every_larger_one_and_no_spoiled_hash_passes() -> None:
    for size in range(1, LIMIT + 1):
        root = ROOTS[size]
        for old in range(1, size + 1):
            proof = prove_consistency(old, size, NODES)
            check_consistency(old, ROOTS[old], size, root, proof)
            for wrong in spoiled(proof, old + size):
                with pytest.raises(ProofError):
                    check_consistency(old, ROOTS[old], size, root, wrong)


def test_no_leaf_is_proved_at_another_place_and_no_root_begins_another_tree() -> None:
    for size in range(2, LIMIT + 1):
        proof = prove_inclusion(size - 1, size, NODES)
        with pytest.raises(ProofError):
            check_inclusion(LEAVES[size - 2], size - 1, size, proof, ROOTS[size])
        growth = prove_consistency(size - 1, size, NODES)
        with pytest.raises(ProofError):
            check_consistency(size - 1, ROOTS[size - 2], size, ROOTS[size], growth)
