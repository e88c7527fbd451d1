"""One proof for many leaves: every shape of tree and choice, and nothing but the right bytes."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.bundle.multiproof import prove_leaves, root_of_leaves
from ledger.errors import ProofError
from ledger.merkle import RightEdge, leaf_hash, node_hash


class Tree:
    """All leaf hashes of a tree, and its nodes by the definition."""

    def __init__(self, size: int) -> None:
        self.leaves = [leaf_hash(b"%d" % n) for n in range(size)]
        edge = RightEdge()
        edge.extend(self.leaves)
        self.root = edge.root()

    def node(self, level: int, index: int, /) -> bytes:
        if level == 0:
            return self.leaves[index]
        return node_hash(self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1))

    def proof(self, indexes: tuple[int, ...]) -> bytes:
        return prove_leaves(indexes, len(self.leaves), self)

    def lead(self, indexes: tuple[int, ...], proof: bytes) -> bytes:
        return root_of_leaves(indexes, [self.leaves[i] for i in indexes], len(self.leaves), proof)


@pytest.mark.parametrize("size", range(1, 10))
def test_every_choice_of_leaves_of_a_small_tree_leads_to_its_root(size: int) -> None:
    tree = Tree(size)

    for count in range(1, size + 1):
        for indexes in combinations(range(size), count):
            assert tree.lead(indexes, tree.proof(indexes)) == tree.root


@given(st.integers(1, 700).flatmap(lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1))))
def test_any_choice_of_leaves_leads_to_the_root(case: tuple[int, set[int]]) -> None:
    tree, indexes = Tree(case[0]), tuple(sorted(case[1]))

    assert tree.lead(indexes, tree.proof(indexes)) == tree.root


def test_a_proof_of_all_leaves_is_empty_and_one_of_a_run_has_no_more_than_its_two_paths() -> None:
    tree = Tree(1_000)

    assert tree.proof(tuple(range(1_000))) == b""
    assert len(tree.proof(tuple(range(300, 500)))) <= 32 * 2 * 10


def test_a_changed_leaf_or_any_changed_bit_of_the_proof_leads_elsewhere() -> None:
    tree, indexes = Tree(21), (0, 5, 6, 20)
    proof = tree.proof(indexes)

    for at in range(8 * len(proof)):
        changed = bytearray(proof)
        changed[at // 8] ^= 1 << at % 8
        assert tree.lead(indexes, bytes(changed)) != tree.root
    for at in range(len(indexes)):
        hashes = [tree.leaves[i] for i in indexes]
        hashes[at] = bytes(32)
        assert root_of_leaves(indexes, hashes, 21, proof) != tree.root


def test_a_proof_for_other_places_does_not_hold() -> None:
    tree = Tree(21)
    proof, hashes = tree.proof((5, 6)), [tree.leaves[5], tree.leaves[6]]

    for indexes in combinations(range(21), 2):
        if indexes != (5, 6):
            assert _root_or_none(indexes, hashes, 21, proof) != tree.root


@pytest.mark.parametrize("change", [lambda p: p[:-1], lambda p: p[:-32], lambda p: p + bytes(32), lambda p: p + b"x"])
def test_a_proof_that_is_too_short_or_too_long_is_refused(change: object) -> None:
    tree = Tree(21)

    with pytest.raises(ProofError, match=r"proof of 2 leaves in a tree of 21: \d+ bytes, expected"):
        tree.lead((5, 6), change(tree.proof((5, 6))))  # type: ignore[operator]


@pytest.mark.parametrize("indexes", [(), (-1,), (21,), (0, 10**18)])
def test_a_leaf_outside_of_the_tree_has_no_proof(indexes: tuple[int, ...]) -> None:
    tree = Tree(21)

    with pytest.raises(ValueError, match="no such leaves"):
        prove_leaves(indexes, 21, tree)
    with pytest.raises(ProofError, match="outside of it"):
        root_of_leaves(indexes, [bytes(32)] * len(indexes), 21, b"")


def _root_or_none(indexes: tuple[int, ...], hashes: list[bytes], size: int, proof: bytes) -> bytes | None:
    try:
        return root_of_leaves(indexes, hashes, size, proof)
    except ProofError:
        return None
