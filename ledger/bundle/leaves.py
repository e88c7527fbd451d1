"""The leaves of a bundle, read line by line as they are unpacked, so that what is no leaf takes no room.

What a line turns out to be is told only if there is one for each entry; docs/FORMAT.md section 20, check 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from ledger.errors import FormatError
from ledger.leaf import Leaf, parse_leaf
from ledger.statement import Statement, parse_statement

MAX_LINE: Final = 65_536
"""A leaf and its newline have at most this many bytes."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line: its leaf hash, and either what it says or why it is no leaf of its place."""

    hash: bytes
    read: tuple[Leaf, Statement] | None
    fault: FormatError | None = None


@dataclass(slots=True)
class Lines:
    """Takes the bytes of `leaves.jsonl` in pieces; `indexes` are those of the entries announced, in order."""

    origin: str
    indexes: Sequence[int]
    lines: list[Line] = field(default_factory=list)
    count: int = 0
    _begun: bytearray = field(default_factory=bytearray)
    _size: int = 0
    _hash: Any = field(default_factory=lambda: sha256(b"\0"))

    @property
    def ended(self) -> bool:
        """Whether the last line has its newline."""
        return self._size == 0

    def take(self, piece: bytes) -> None:
        """Take the next bytes."""
        first, *more = piece.split(b"\n")
        self._extend(first)
        for part in more:
            self._finish()
            self._extend(part)

    def _extend(self, part: bytes) -> None:
        self._size += len(part)
        if self.count < len(self.indexes):
            self._hash.update(part)
            if len(self._begun) <= MAX_LINE:  # enough to see that it is too long
                self._begun += part

    def _finish(self) -> None:
        if self.count < len(self.indexes):
            self.lines.append(_line(self.origin, self.indexes[self.count], bytes(self._begun), self._hash.digest()))
            self._begun.clear()
            self._hash = sha256(b"\0")
        self.count += 1
        self._size = 0


def read_line(origin: str, index: int, raw: bytes) -> Line:
    """What the bytes of one leaf are, at the place `index` of the ledger `origin`."""
    return _line(origin, index, raw, sha256(b"\0" + raw).digest())


def _line(origin: str, index: int, raw: bytes, digest: bytes) -> Line:
    try:
        leaf = parse_leaf(raw)
        if leaf.links.index != index or leaf.links.ledger != origin:
            found = f"entry {leaf.links.index} of {leaf.links.ledger}"
            raise FormatError("leaf", found, f"entry {index} of {origin}")
        return Line(digest, (leaf, parse_statement(leaf.envelope.payload)))
    except FormatError as error:
        return Line(digest, None, error)
