"""The Merkle tree against a naive reading of RFC 6962, for every size, leaf and older size up to 64."""

from __future__ import annotations

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import FormatError, ProofError
from ledger.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    RightEdge,
    check_consistency,
    check_inclusion,
    leaf_hash,
    node_hash,
    prove_consistency,
    prove_inclusion,
)

LIMIT = 64
LEAVES = [b"leaf %d" % n for n in range(2100)]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]


# RFC 6962 section 2.1, written down as it stands there, without any of the cleverness of ledger.merkle.


def largest_power_below(n: int) -> int:
    power = 1
    while power * 2 < n:
        power *= 2
    return power


def mth(leaves: list[bytes]) -> bytes:
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = largest_power_below(len(leaves))
    return sha256(b"\x01" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = largest_power_below(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), mth(leaves[k:])]
    return [*path(m - k, leaves[k:]), mth(leaves[:k])]


def subproof(m: int, leaves: list[bytes], whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [mth(leaves)]
    k = largest_power_below(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], whole), mth(leaves[k:])]
    return [*subproof(m - k, leaves[k:], False), mth(leaves[:k])]


ROOTS = [mth(LEAVES[:size]) for size in range(LIMIT + 1)]


class PerfectSubtrees:
    """A `NodeReader` over a tree of `size` leaves that refuses any subtree that is not full."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.reads = 0

    def node(self, level: int, index: int, /) -> bytes:
        start, end = index << level, index + 1 << level
        assert 0 <= start < end <= self.size, f"subtree ({level}, {index}) is not full at size {self.size}"
        self.reads += 1
        return mth(LEAVES[start:end])


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, "big") ^ 1 << bit).to_bytes(len(value), "big")


def resized(proof: list[bytes]) -> list[list[bytes]]:
    return [[*proof, bytes(32)], [bytes(32), *proof], proof[:-1], proof[1:], []]


def test_leaf_and_node_hashes_are_separated_by_their_prefix() -> None:
    left, right = HASHES[0], HASHES[1]

    assert leaf_hash(b"") == sha256(b"\x00").digest()
    assert node_hash(left, right) == sha256(b"\x01" + left + right).digest()
    assert leaf_hash(left + right) != node_hash(left, right)


def test_the_empty_root_is_the_hash_of_nothing() -> None:
    assert RightEdge().root() == EMPTY_ROOT == sha256(b"").digest()


def test_the_root_after_every_append_is_that_of_the_rfc() -> None:
    edge = RightEdge()
    for size in range(LIMIT + 1):
        assert (edge.size, edge.root()) == (size, ROOTS[size])
        edge.append(HASHES[size])


def test_a_right_edge_continues_from_its_bytes_at_every_size() -> None:
    for size in range(LIMIT):
        edge = RightEdge()
        edge.extend(HASHES[:size])

        restored = RightEdge.from_bytes(size, edge.to_bytes())

        assert restored == edge
        assert restored.hashes == edge.hashes
        restored.append(HASHES[size])
        assert restored.root() == ROOTS[size + 1]
        assert edge.root() == ROOTS[size], "appending to one right edge changed another"


@given(st.integers(0, 2000), st.integers(0, 100))
def test_a_right_edge_extended_in_two_steps_equals_one_extended_at_once(first: int, second: int) -> None:
    stepwise = RightEdge()
    stepwise.extend(HASHES[:first])
    stepwise.extend(HASHES[first : first + second])

    at_once = RightEdge()
    at_once.extend(HASHES[: first + second])

    assert stepwise == at_once
    assert len(at_once.hashes) == (first + second).bit_count()


def test_append_completing_names_every_perfect_subtree_that_the_leaf_fills() -> None:
    edge, plain = RightEdge(), RightEdge()
    for index in range(LIMIT):
        completed = edge.append_completing(HASHES[index])
        plain.append(HASHES[index])

        assert edge == plain
        assert completed[0] == HASHES[index]
        # The number of trailing zeros of the new size, plus the leaf itself.
        assert len(completed) == ((index + 1) & -(index + 1)).bit_length()
        for level, node in enumerate(completed):
            assert node == mth(LEAVES[index + 1 - (1 << level) : index + 1])


def test_a_copied_right_edge_leaves_the_original_alone() -> None:
    edge = RightEdge()
    edge.extend(HASHES[:7])

    twin = edge.copy()
    twin.extend(HASHES[7:9])

    assert (edge.size, edge.root()) == (7, ROOTS[7])
    assert (twin.size, twin.root()) == (9, ROOTS[9])
    assert edge != twin
    assert edge != "a right edge"
    assert repr(twin) == f"RightEdge(size=9, root={ROOTS[9].hex()})"


def test_right_edges_are_equal_when_both_size_and_hashes_are() -> None:
    assert RightEdge(2, HASHES[:1]) == RightEdge(2, HASHES[:1])
    assert RightEdge(2, HASHES[:1]) != RightEdge(4, HASHES[:1])
    assert RightEdge(2, HASHES[:1]) != RightEdge(2, HASHES[1:2])


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_a_right_edge_refuses_a_leaf_hash_of_another_length_and_stays_as_it_was(length: int) -> None:
    edge = RightEdge()
    edge.extend(HASHES[:3])

    for add in (edge.append, edge.append_completing):
        with pytest.raises(ValueError, match=f"a leaf hash has 32 bytes, not {length}"):
            add(bytes(length))

    assert (edge.size, edge.root()) == (3, ROOTS[3])


@pytest.mark.parametrize(
    ("size", "length"),
    [(0, 32), (1, 0), (1, 31), (1, 33), (1, 64), (3, 32), (3, 63), (3, 96), (4, 64), (-1, 32), (2**63, 32)],
)
def test_right_edge_bytes_must_match_the_bits_of_the_size(size: int, length: int) -> None:
    with pytest.raises(FormatError, match=f"right edge of a tree of {size}: found {length} bytes"):
        RightEdge.from_bytes(size, bytes(length))


@pytest.mark.parametrize(
    ("size", "hashes"),
    [(-1, []), (MAX_SIZE + 1, [bytes(32)]), (1, []), (2, [bytes(32)] * 2), (1, [bytes(31)])],
)
def test_a_right_edge_is_not_built_from_the_wrong_hashes(size: int, hashes: list[bytes]) -> None:
    with pytest.raises(ValueError, match=f"tree (size|of) {size}"):
        RightEdge(size, hashes)


def test_every_inclusion_proof_is_the_path_of_the_rfc_and_checks() -> None:
    for size in range(1, LIMIT + 1):
        for index in range(size):
            proof = prove_inclusion(index, size, PerfectSubtrees(size))

            assert list(proof) == path(index, LEAVES[:size])
            check_inclusion(HASHES[index], index, size, proof, ROOTS[size])


def test_every_consistency_proof_is_the_subproof_of_the_rfc_and_checks() -> None:
    for size2 in range(1, LIMIT + 1):
        for size1 in range(1, size2 + 1):
            proof = prove_consistency(size1, size2, PerfectSubtrees(size2))

            assert list(proof) == subproof(size1, LEAVES[:size2], True)
            check_consistency(size1, ROOTS[size1], size2, ROOTS[size2], proof)


def test_every_bit_flipped_in_an_inclusion_proof_of_a_small_tree_is_noticed() -> None:
    for size in range(1, 10):
        for index in range(size):
            parts = [HASHES[index], ROOTS[size], *path(index, LEAVES[:size])]
            for part in range(len(parts)):
                for bit in range(256):
                    leaf, root, *proof = [flipped(p, bit) if n == part else p for n, p in enumerate(parts)]
                    with pytest.raises(ProofError, match="leads to root"):
                        check_inclusion(leaf, index, size, proof, root)


def test_every_bit_flipped_in_a_consistency_proof_of_a_small_tree_is_noticed() -> None:
    for size2 in range(1, 8):
        for size1 in range(1, size2 + 1):
            parts = [ROOTS[size1], ROOTS[size2], *subproof(size1, LEAVES[:size2], True)]
            for part in range(len(parts)):
                for bit in range(256):
                    root1, root2, *proof = [flipped(p, bit) if n == part else p for n, p in enumerate(parts)]
                    with pytest.raises(ProofError, match=r"first root|second root|expected the same"):
                        check_consistency(size1, root1, size2, root2, proof)


@given(st.data())
def test_a_bit_flipped_in_a_proof_of_a_large_tree_is_noticed(data: st.DataObject) -> None:
    size = data.draw(st.integers(65, 2000))
    index, bit = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, 255))
    tree = LEAVES[:size]
    root, old_root = mth(tree), mth(tree[: index + 1])
    inclusion, consistency = path(index, tree), subproof(index + 1, tree, True)
    check_inclusion(HASHES[index], index, size, inclusion, root)
    check_consistency(index + 1, old_root, size, root, consistency)

    broken = data.draw(st.integers(0, len(inclusion) - 1))
    inclusion[broken] = flipped(inclusion[broken], bit)
    with pytest.raises(ProofError, match="leads to root"):
        check_inclusion(HASHES[index], index, size, inclusion, root)

    if consistency:
        broken = data.draw(st.integers(0, len(consistency) - 1))
        consistency[broken] = flipped(consistency[broken], bit)
        with pytest.raises(ProofError, match=r"leads to (first|second) root"):
            check_consistency(index + 1, old_root, size, root, consistency)


def test_an_inclusion_proof_holds_for_no_other_index_or_size() -> None:
    for size in range(1, 34):
        for index in range(size):
            proof = path(index, LEAVES[:size])
            for other in range(-1, size + 2):
                if other != index:
                    with pytest.raises(ProofError):
                        check_inclusion(HASHES[index], other, size, proof, ROOTS[size])
            for other in set(range(index + 1, 70)) - {size}:
                # The path says nothing about where the tree ends: sizes that give the leaf a path of the
                # same shape are told apart by their root alone.
                with pytest.raises(ProofError):
                    check_inclusion(HASHES[index], index, other, proof, ROOTS[other] if other < 65 else bytes(32))


def test_a_consistency_proof_holds_between_no_other_two_roots() -> None:
    for size1, size2 in pairwise(range(1, LIMIT + 1)):
        proof = subproof(size1, LEAVES[:size2], True)
        with pytest.raises(ProofError, match=r"(first|second) root"):
            check_consistency(size1, ROOTS[size2], size2, ROOTS[size2], proof)
        with pytest.raises(ProofError, match="second root"):
            check_consistency(size1, ROOTS[size1], size2, ROOTS[size1], proof)


def test_a_proof_with_a_hash_too_many_or_too_few_is_refused_before_hashing() -> None:
    inclusion, consistency = path(5, LEAVES[:13]), subproof(6, LEAVES[:13], True)
    for extra in resized(inclusion):
        with pytest.raises(ProofError, match=rf"entry 5 in a tree of 13: {len(extra)} hashes, expected 4"):
            check_inclusion(HASHES[5], 5, 13, extra, ROOTS[13])
    for extra in resized(consistency):
        with pytest.raises(ProofError, match=rf"from size 6 to 13: {len(extra)} hashes, expected 4"):
            check_consistency(6, ROOTS[6], 13, ROOTS[13], extra)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_hashes_of_another_length_are_refused_wherever_they_stand(length: int) -> None:
    odd, inclusion, consistency = bytes(length), path(5, LEAVES[:13]), subproof(6, LEAVES[:13], True)

    with pytest.raises(ProofError, match=f"leaf hash has {length} bytes, expected 32"):
        check_inclusion(odd, 5, 13, inclusion, ROOTS[13])
    with pytest.raises(ProofError, match=f"root has {length} bytes, expected 32"):
        check_inclusion(HASHES[5], 5, 13, inclusion, odd)
    with pytest.raises(ProofError, match=f"hash 2 has {length} bytes, expected 32"):
        check_inclusion(HASHES[5], 5, 13, [*inclusion[:2], odd, *inclusion[3:]], ROOTS[13])
    with pytest.raises(ProofError, match=f"first root has {length} bytes, expected 32"):
        check_consistency(6, odd, 13, ROOTS[13], consistency)
    with pytest.raises(ProofError, match=f"second root has {length} bytes, expected 32"):
        check_consistency(6, ROOTS[6], 13, odd, consistency)
    with pytest.raises(ProofError, match=f"hash 0 has {length} bytes, expected 32"):
        check_consistency(6, ROOTS[6], 13, ROOTS[13], [odd, *consistency[1:]])


def test_moving_the_border_between_two_hashes_does_not_pass() -> None:
    """The concatenation stays the same, so a checker without a length check would accept it."""
    root = node_hash(HASHES[0], HASHES[1])
    joined = HASHES[0] + HASHES[1]

    with pytest.raises(ProofError, match="leaf hash has 31 bytes"):
        check_inclusion(joined[:31], 0, 2, [joined[31:]], root)


@pytest.mark.parametrize(("size1", "size2"), [(0, 0), (0, 1), (-1, 1), (2, 1), (1, MAX_SIZE + 1)])
def test_consistency_is_not_proved_between_sizes_that_allow_no_proof(size1: int, size2: int) -> None:
    with pytest.raises(ProofError, match="nothing can be proved"):
        check_consistency(size1, EMPTY_ROOT, size2, EMPTY_ROOT, [])
    with pytest.raises(ValueError, match="no consistency proof leads"):
        prove_consistency(size1, size2, PerfectSubtrees(0))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 1), (5, 3), (0, MAX_SIZE + 1)])
def test_inclusion_is_not_proved_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ProofError, match="no such entry"):
        check_inclusion(HASHES[0], index, size, [], HASHES[0])
    with pytest.raises(ValueError, match="has no leaf"):
        prove_inclusion(index, size, PerfectSubtrees(0))


def test_equal_sizes_need_equal_roots_and_no_proof() -> None:
    check_consistency(3, ROOTS[3], 3, ROOTS[3], [])
    with pytest.raises(ProofError, match="expected the same"):
        check_consistency(3, ROOTS[3], 3, ROOTS[4], [])
    with pytest.raises(ProofError, match="expected none between equal sizes"):
        check_consistency(3, ROOTS[3], 3, ROOTS[3], [ROOTS[3]])


def test_proofs_in_a_tree_of_the_largest_size_stay_short() -> None:
    class Zeros:
        reads = 0

        def node(self, level: int, index: int, /) -> bytes:
            assert index + 1 << level <= MAX_SIZE
            self.reads += 1
            return bytes(32)

    reader = Zeros()
    assert len(prove_inclusion(0, MAX_SIZE, reader)) == 63
    assert len(prove_inclusion(MAX_SIZE - 1, MAX_SIZE, reader)) == 62
    assert len(prove_consistency(MAX_SIZE // 2 - 1, MAX_SIZE, reader)) <= 64
    assert reader.reads < 3 * 2 * 64
