"""Going on with a verification that was interrupted.

What was joined so far (`ledger.verifying.joining.Joined`) is plain values. It is stored in the state folder after
every 64 ranges and when the program is interrupted, as three lines: SHA-256 of the other two, the question, and JSON
in which everything that JSON lacks is tagged with its type. It is taken up again only where a fresh start would have
to give the same answer about what was joined: the same program, file, level, pins and kept checkpoints (the
*question*), the same `ledger` and `key` entries, and a ledger that since then grew at its end at most. Anything else,
and a damaged file, begins anew. Everything behind the place of interruption is read as in a fresh run, new entries
too.

What was read before is not read again, so a change made there since is found by the next verification only; the
report says from where it was resumed and when that reading began.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from hashlib import sha256
from typing import Any, Final

import sqlalchemy as sa

from ledger.errors import FormatError, StoreError
from ledger.memory import Memory
from ledger.merkle import RightEdge, leaf_hash
from ledger.store import tables as t
from ledger.store.notescan import CheckedNote
from ledger.store.read import read_leaves
from ledger.store.tablescan import Facts, HeadRow
from ledger.verdicts import Finding, Place, Verdict
from ledger.verifying.findings import Findings
from ledger.verifying.joining import Joined, Tree

EVERY: Final = 64
"""Ranges after which the state is stored: a quarter of a million entries."""


@dataclass(slots=True)
class Stored:
    """A verification on its way: when it began (RFC 3339), about what, and what was joined so far."""

    began: str
    facts: Facts
    joined: Joined


_NOTES: Final = (t.checkpoint, t.cosignature, t.timestamp)
_CLASSES: Final = {c.__name__: c for c in (CheckedNote, Facts, Finding, Findings, HeadRow, Joined, Place, Stored, Tree)}


class Resuming:
    """Stores the progress of one verification, and takes up that of an earlier one that asked the same."""

    def __init__(self, memory: Memory, question: object, began: str, facts: Facts) -> None:
        """`question` is all that the answer depends on besides the ledger; it is compared by its ``repr``."""
        shape = sorted((name, [field.name for field in fields(c)]) for name, c in _CLASSES.items())
        self._memory, self._facts = memory, facts
        self._question = sha256(f"{shape} {question!r}".encode()).hexdigest().encode()
        self.began = began
        self._ranges = 0
        self._joining = False

    def take_up(self, connection: sa.Connection, wanted: frozenset[int], resets: Mapping[int, int]) -> Joined | None:
        """What an interrupted verification had joined, if all of it holds for the ledger as it is now."""
        stored = self._load()
        if stored is None or not _still_holds(connection, stored, self._facts, wanted):
            return None
        self.began = stored.began
        joined = stored.joined
        joined.wanted, joined.resets = wanted, resets
        return joined

    def joining(self) -> None:
        """To be called before a range is joined: until `joined`, nothing is stored, for it would be half of it."""
        self._joining = True

    def joined(self, joined: Joined) -> None:
        """To be called after a range was joined; stores from time to time."""
        self._joining = False
        self._ranges += 1
        if self._ranges % EVERY == 0:
            self.store(joined)

    def store(self, joined: Joined) -> None:
        """Store what was joined, if that ends between two ranges; a state folder that can't be written keeps nothing.

        That it can't be written is told when the outcome is to be remembered.
        """
        if self._joining or joined.tree.last or not joined.tree.size:
            return
        text = json.dumps(_encode(Stored(self.began, self._facts, joined))).encode()
        checked = self._question + b"\n" + text
        with suppress(StoreError):
            self._memory.keep_progress(sha256(checked).hexdigest().encode() + b"\n" + checked)

    def done(self) -> None:
        """Forget the progress of this question: it was answered."""
        with suppress(StoreError):
            if (self._memory.progress() or b"").split(b"\n", 2)[1:2] == [self._question]:
                self._memory.keep_progress(None)

    def _load(self) -> Stored | None:
        with suppress(StoreError):  # it can't be read: as if there were none
            check, _, checked = (self._memory.progress() or b"").partition(b"\n")
            question, _, text = checked.partition(b"\n")
            if question != self._question or sha256(checked).hexdigest().encode() != check:
                return None
            with suppress(KeyError, TypeError, ValueError, FormatError):
                found = _decode(json.loads(text))
                return found if isinstance(found, Stored) else None
        return None


def _still_holds(connection: sa.Connection, stored: Stored, now: Facts, wanted: frozenset[int]) -> bool:
    """Whether what was joined is what a fresh run would have joined, as far as can be told without reading it."""
    then, joined = stored.facts, stored.joined
    size = joined.tree.size
    newest = list(zip(_NOTES, (then.last_seq, *then.last_anchors), (now.last_seq, *now.last_anchors), strict=True))
    if not 0 < size <= then.end <= now.end or any(before > after for _, before, after in newest):
        return False
    if any(0 < other <= size and other not in joined.roots for other in wanted):
        return False  # a root that has to be compared now was not kept then
    if then.indexed != now.indexed and size > min(then.indexed, now.indexed):
        return False  # rows of the index that were not there then
    for table, before, after in newest:
        late = sa.select(table.c.seq).where(table.c.seq > before, table.c.seq <= after, table.c.size <= size).limit(1)
        if before < after and connection.execute(late).first() is not None:
            return False  # a note about entries that were joined before it came
    last = dict(read_leaves(connection, size - 1, size)).get(size - 1)
    return (b"" if last is None else leaf_hash(last)) == joined.before


def _encode(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, bytes):
        return {"bytes": value.hex()}
    if isinstance(value, Verdict):
        return {"verdict": value.name}
    if isinstance(value, RightEdge):
        return {"edge": [value.size, value.to_bytes().hex()]}
    if is_dataclass(value):
        return {type(value).__name__: [_encode(getattr(value, field.name)) for field in fields(value)]}
    if isinstance(value, Mapping):
        return {"dict": [[_encode(k), _encode(v)] for k, v in value.items()]}
    if isinstance(value, list):
        return [_encode(item) for item in value]
    (kind,) = (kind for kind in (tuple, set, frozenset) if isinstance(value, kind))
    return {kind.__name__: [_encode(item) for item in value]}


_DECODERS: Final[dict[str, Callable[[Any], Any]]] = {
    "bytes": bytes.fromhex,
    "verdict": Verdict.__getitem__,
    "edge": lambda parts: RightEdge.from_bytes(parts[0], bytes.fromhex(parts[1])),
    "dict": lambda items: {_decode(k): _decode(v) for k, v in items},
    "tuple": lambda items: tuple(map(_decode, items)),
    "set": lambda items: set(map(_decode, items)),
    "frozenset": lambda items: frozenset(map(_decode, items)),
}


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((tag, content),) = value.items()
    decoder = _DECODERS.get(tag)
    return decoder(content) if decoder is not None else _CLASSES[tag](*map(_decode, content))
