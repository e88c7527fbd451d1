"""The Merkle tree of RFC 6962 over SHA-256: hashes, the right edge, and both proofs.

::

    leaf hash  = SHA-256(0x00 || leaf)
    node hash  = SHA-256(0x01 || left || right)
    empty tree = SHA-256("")

A tree of n > 1 leaves splits at the largest power of two below n.  The prefix bytes keep a leaf
from being taken for a node.  A *perfect* subtree has 2^level leaves and never changes once it is
full; it is named by `(level, index)` and covers the leaves `[index << level, (index + 1) << level)`.

Proofs are those of RFC 6962 sections 2.1.1 and 2.1.2 (unchanged in RFC 9162): sibling hashes from
the leaf towards the root.  The hash function and the tree shape carry no version of their own; the
checkpoint format that a root is published in does.

`prove_x` and `RightEdge` are for callers who know their arguments (`ValueError` when wrong);
`check_x` take everything from strangers and raise `ProofError` whatever is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Protocol

from ledger.errors import FormatError, ProofError

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "MAX_SIZE",
    "NodeReader",
    "RightEdge",
    "check_consistency",
    "check_inclusion",
    "leaf_hash",
    "node_hash",
    "prove_consistency",
    "prove_inclusion",
    "split",
    "subtree_root",
]

HASH_SIZE = 32
MAX_SIZE = 2**63 - 1
"""The largest tree size that every database and witness can hold."""

# SHA-256(""), RFC 6962 section 2.1
EMPTY_ROOT = sha256(b"").digest()


class NodeReader(Protocol):
    """Gives the root of the perfect subtree `(level, index)`; `node(0, i)` is the hash of leaf i."""

    def node(self, level: int, index: int, /) -> bytes:
        """The root over the leaves `[index << level, (index + 1) << level)`."""
        ...


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    # SHA-256(0x00 || leaf), RFC 6962 section 2.1
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of the node above two subtrees."""
    # SHA-256(0x01 || left || right), RFC 6962 section 2.1
    return sha256(b"\x01" + left + right).digest()


class RightEdge:
    """The right edge of a growing tree: the roots of the perfect subtrees it splits into, largest first.

    There is one for each bit set in `size`, so 10,000,000 leaves need 24 hashes or fewer, and that is all
    that appending and the root need.  Mutable; `copy()` before a step that may be undone.
    """

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        """Raises `ValueError` unless there is one 32-byte hash for each bit set in `size`."""
        self._size = size
        self._hashes = list(hashes)
        if not 0 <= size <= MAX_SIZE:
            raise ValueError(f"tree size {size} is outside 0..{MAX_SIZE}")
        if len(self._hashes) != size.bit_count() or any(len(h) != HASH_SIZE for h in self._hashes):
            raise ValueError(f"the right edge of a tree of {size} is {size.bit_count()} hashes of 32 bytes")

    @property
    def size(self) -> int:
        """The number of leaves."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """The roots of the perfect subtrees, largest first."""
        return tuple(self._hashes)

    def append(self, leaf_hash: bytes) -> None:
        """Add one leaf; one node hash on average."""
        # The hottest lines of the program: append and verify come through here once for every entry.
        if len(leaf_hash) != HASH_SIZE:
            raise ValueError(f"a leaf hash has 32 bytes, not {len(leaf_hash)}")
        hashes, size, node = self._hashes, self._size, leaf_hash
        self._size = size + 1
        while size & 1:  # a bit set at the low end is a left sibling that waited for the new node
            # SHA-256(0x01 || left || right), RFC 6962 section 2.1
            node = sha256(b"\x01" + hashes.pop() + node).digest()
            size >>= 1
        hashes.append(node)

    def append_completing(self, leaf_hash: bytes) -> list[bytes]:
        """Add one leaf and return the roots of the subtrees it completes; item k has 2^k leaves."""
        if len(leaf_hash) != HASH_SIZE:
            raise ValueError(f"a leaf hash has 32 bytes, not {len(leaf_hash)}")
        completed, size = [leaf_hash], self._size
        self._size = size + 1
        while size & 1:
            completed.append(node_hash(self._hashes.pop(), completed[-1]))
            size >>= 1
        self._hashes.append(completed[-1])
        return completed

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add many leaves, in order."""
        for leaf_hash in leaf_hashes:
            self.append(leaf_hash)

    def root(self) -> bytes:
        """The root of the tree as it is now."""
        return _fold(self._hashes) if self._hashes else EMPTY_ROOT

    def copy(self) -> RightEdge:
        """An independent right edge of the same tree."""
        twin = RightEdge.__new__(RightEdge)
        twin._size, twin._hashes = self._size, self._hashes.copy()
        return twin

    def to_bytes(self) -> bytes:
        """The hashes, one after the other; the size is stored beside them."""
        return b"".join(self._hashes)

    @classmethod
    def from_bytes(cls, size: int, data: bytes) -> RightEdge:
        """The right edge that `to_bytes` wrote for a tree of `size`.

        Raises:
            FormatError: `data` has not 32 bytes for each bit set in `size`.
        """
        if not 0 <= size <= MAX_SIZE or len(data) != HASH_SIZE * size.bit_count():
            expected = f"32 bytes for each of the {max(size, 0).bit_count()} bits set"
            raise FormatError(f"right edge of a tree of {size}", f"{len(data)} bytes", expected)
        return cls(size, (data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RightEdge):
            return NotImplemented
        return self._size == other._size and self._hashes == other._hashes

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"RightEdge(size={self._size}, root={self.root().hex()})"


def prove_inclusion(index: int, size: int, reader: NodeReader) -> tuple[bytes, ...]:
    """The proof that leaf `index` is in the tree of `size` leaves; at most 2 log2(size) reads.

    RFC 6962 section 2.1.1, PATH(m, D[n]), walked from the root down and then turned round.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise ValueError(f"a tree of {size} has no leaf {index}")
    start, end = 0, size
    siblings = []
    while end - start > 1:
        middle = split(start, end)
        if index < middle:
            siblings.append(subtree_root(middle, end, reader))
            end = middle
        else:
            siblings.append(subtree_root(start, middle, reader))
            start = middle
    return tuple(reversed(siblings))


def check_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Guarantees that `leaf_hash` is leaf `index` of the tree of `size` leaves with this `root`.

    Raises:
        ProofError: it is not, or something has the wrong length.
    """
    what = f"inclusion proof of entry {index} in a tree of {size}"
    if not 0 <= index < size <= MAX_SIZE:
        raise ProofError(f"{what}: no such entry, expected an index below the size")
    inner, border = _path_shape(index, size)
    _check_lengths(what, proof, inner + border, {"leaf hash": leaf_hash, "root": root})
    node = leaf_hash
    for level, sibling in enumerate(proof[:inner]):
        node = node_hash(sibling, node) if index >> level & 1 else node_hash(node, sibling)
    node = _fold([*reversed(proof[inner:]), node])
    if node != root:
        raise ProofError(f"{what}: it leads to root {node.hex()}, expected {root.hex()}")


def prove_consistency(size1: int, size2: int, reader: NodeReader) -> tuple[bytes, ...]:
    """The proof that the tree of `size1` leaves is the beginning of the tree of `size2`; empty when equal.

    RFC 6962 section 2.1.2, PROOF(m, D[n]).  From the empty tree there is nothing to prove, so 0 is refused.
    """
    if not 0 < size1 <= size2 <= MAX_SIZE:
        raise ValueError(f"no consistency proof leads from a tree of {size1} to one of {size2}")
    start, end = 0, size2
    siblings = []
    while end != size1:
        middle = split(start, end)
        if size1 <= middle:
            siblings.append(subtree_root(middle, end, reader))
            end = middle
        else:
            siblings.append(subtree_root(start, middle, reader))
            start = middle
    if start:  # otherwise the walk ended at the old tree itself, whose root the checker has
        siblings.append(subtree_root(start, end, reader))
    return tuple(reversed(siblings))


def check_consistency(size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Guarantees that the tree (`size1`, `root1`) is the beginning of the tree (`size2`, `root2`).

    `size1` = 0 is refused: every tree begins with the empty one, so such a proof would prove nothing.

    Raises:
        ProofError: it is not, or something has the wrong length.
    """
    what = f"consistency proof from size {size1} to {size2}"
    if not 0 < size1 <= size2 <= MAX_SIZE:
        raise ProofError(f"{what}: nothing can be proved, expected 0 < first size <= second size")
    if size1 == size2:
        # Nothing is hashed here, so what the roots look like does not matter, only that they are one.
        if proof:
            raise ProofError(f"{what}: {len(proof)} hashes, expected none between equal sizes")
        if root1 != root2:
            raise ProofError(f"{what}: roots {root1.hex()} and {root2.hex()}, expected the same")
        return
    # The proof is the path of the last perfect subtree of the old tree up through the new one.  Where that
    # subtree is the whole old tree, its hash is root1 and the proof leaves it out.
    level = (size1 & -size1).bit_length() - 1
    index = size1 - 1 >> level
    inner, border = _path_shape(size1 - 1, size2)
    inner -= level
    own = 0 if size1 == 1 << level else 1
    _check_lengths(what, proof, own + inner + border, {"first root": root1, "second root": root2})
    seed, *path = proof if own else (root1, *proof)
    old = new = seed
    for height, sibling in enumerate(path[:inner]):
        if index >> height & 1:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
        else:  # a right sibling came after the old tree
            new = node_hash(new, sibling)
    old = _fold([*reversed(path[inner:]), old])
    new = _fold([*reversed(path[inner:]), new])
    if old != root1:
        raise ProofError(f"{what}: it leads to first root {old.hex()}, expected {root1.hex()}")
    if new != root2:
        raise ProofError(f"{what}: it leads to second root {new.hex()}, expected {root2.hex()}")


def split(start: int, end: int) -> int:
    """Where RFC 6962 splits two or more leaves `[start, end)`: after the largest power of two below their number."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def subtree_root(start: int, end: int, reader: NodeReader) -> bytes:
    """The root over the leaves `[start, end)`, a range that the splits of RFC 6962 lead to."""
    return _fold([reader.node(level, index) for level, index in _perfect_subtrees(start, end)])


def _perfect_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """The perfect subtrees that `[start, end)` splits into, largest first."""
    while start < end:
        # `start` is a multiple of every power of two up to the number of leaves: splits are made that way.
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def _fold(hashes: Sequence[bytes]) -> bytes:
    """The root over perfect subtrees given largest first: the smallest two are joined first."""
    node = hashes[-1]
    for left in reversed(hashes[:-1]):
        node = node_hash(left, node)
    return node


def _path_shape(index: int, size: int) -> tuple[int, int]:
    """The two parts of the path from leaf `index` to the root, in hashes.

    Up to where the path meets that of the last leaf there is a sibling on every level (inner part); above it
    the path runs along the right edge, where only left siblings exist (border part): one for each bit set.
    """
    inner = (index ^ size - 1).bit_length()
    return inner, (index >> inner).bit_count()


def _check_lengths(what: str, proof: Sequence[bytes], expected: int, hashes: dict[str, bytes]) -> None:
    """Refuses hashes that are not 32 bytes: of other lengths, two pairs could run together to one input."""
    if len(proof) != expected:
        raise ProofError(f"{what}: {len(proof)} hashes, expected {expected}")
    hashes = hashes | {f"hash {at}": value for at, value in enumerate(proof)}
    for name, value in hashes.items():
        if len(value) != HASH_SIZE:
            raise ProofError(f"{what}: {name} has {len(value)} bytes, expected {HASH_SIZE}")
