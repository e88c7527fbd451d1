"""What a sound verification leaves behind, so that the next one need only read what is new.

It is one file in the state folder, two lines: the SHA-256 of the second, and JSON with the right edge of the tree and
its unfinished tiles, the `ledger` and `key` entries by leaf hash, each subject's counter, each attachment's size, the
numbers of the newest notes, and when each part of the ledger was read last. Whoever can write there can make a
verification believe anything, as with the pin beside it; the digest is against damage, not against them.

A *stretch* ``[start, end)`` of entries was read last at one time. Together the stretches cover the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeVar

import orjson

from ledger.encoding import parse_hex
from ledger.errors import FormatError
from ledger.merkle import HASH_SIZE, RightEdge
from ledger.store.tablescan import Facts
from ledger.tiles import TILE_WIDTH
from ledger.times import parse_instant
from ledger.verdicts import Outside, Report, Verdict
from ledger.verifying.joining import Joined, Tree

FORMAT: Final = "aims-baseline/v1"

_STAYS: Final = frozenset({Verdict.NOT_CHECKED, Verdict.UNSUPPORTED_VERSION})
EARLIER: Final = "earlier verification"
_PASSES: Final = (EARLIER, "this machine's clock", "memory")
"""What can't be checked in one run and may be checked in the next."""
_KEEP_UNCHECKED: Final = 100

_Kept = TypeVar("_Kept")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Entries ``[start, end)``, read last at `at` (RFC 3339)."""

    start: int
    end: int
    at: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """A verification that found no tampering, and what the next one needs of it.

    `question` is the digest of what its answer depended on besides the ledger. `full_at` is when the last
    verification that read everything began, `at` when the last one at all ended. `rows` are by level above 0 the
    hashes of the unfinished tile. `newest` are the numbers of the last rows of `checkpoint`, `cosignature` and
    `timestamp`. `state` are (place, leaf hash) of the `ledger` and `key` entries, `compromised` the keys that were
    reported, with the time since when. `subjects`, `attachments` and `erased_blobs` are as in `Joined`, but as JSON
    has them, since few are looked at. `unchecked` are words of what could not be checked.
    """

    question: str
    full_at: str
    at: str
    edge: RightEdge
    rows: tuple[tuple[bytes, ...], ...]
    before: bytes
    time: int
    vouched: int
    newest: tuple[int, int, int]
    state: tuple[tuple[int, bytes], ...]
    compromised: Mapping[str, int]
    subjects: Mapping[str, list[Any]]
    attachments: Mapping[str, list[Any]]
    erased_blobs: Mapping[str, int]
    erasures: int
    unread: int
    unchecked: tuple[str, ...]
    witnessed: Outside | None
    stamped: Outside | None
    stretches: tuple[Stretch, ...]

    @property
    def size(self) -> int:
        """How many entries it is about."""
        return self.edge.size

    @property
    def aligned(self) -> int:
        """The size of the tree without its unfinished tile on level 0."""
        return self.size - self.size % TILE_WIDTH

    def joined(self, wanted: frozenset[int], resets: Mapping[int, int]) -> Joined:
        """The state that goes on with the tree without its unfinished tile, and judges what is new."""
        whole = self.aligned // TILE_WIDTH
        ranges = RightEdge(whole, self.edge.hashes[: whole.bit_count()])
        before = self.before if self.aligned == self.size else b""
        tree = Tree(TILE_WIDTH, self.aligned, ranges, levels=[list(row) for row in self.rows])
        return Joined(
            wanted, resets, tree=tree, before=before, since=self.size, time=self.time, time_at=self.size - 1,
            vouched=min(self.vouched, self.aligned),  # checkpoints of what is hashed again vouch for it again
            unread=self.unread, erased_blobs=dict(self.erased_blobs),
            earlier_subjects=_Lazy(self.subjects, lambda kept: (kept[0], bytes.fromhex(kept[1]))),
            earlier_attachments=_Lazy(self.attachments, lambda kept: (kept[0], kept[1], kept[2])),
        )  # fmt: skip


class _Lazy(Mapping[str, _Kept]):
    """A mapping whose values are made when they are asked for."""

    def __init__(self, kept: Mapping[str, list[Any]], make: Callable[[list[Any]], _Kept]) -> None:
        self._kept, self._make = kept, make

    def __getitem__(self, key: str) -> _Kept:
        return self._make(self._kept[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)


def format_baseline(base: Baseline) -> bytes:
    """The file of a baseline."""
    members = {
        "format": FORMAT,
        "question": base.question,
        "full_at": base.full_at,
        "at": base.at,
        "size": base.size,
        "edge": base.edge.to_bytes().hex(),
        "rows": [b"".join(row).hex() for row in base.rows],
        "before": base.before.hex(),
        "time": base.time,
        "vouched": base.vouched,
        "newest": base.newest,
        "state": [[place, hashed.hex()] for place, hashed in base.state],
        "compromised": dict(base.compromised),
        "subjects": dict(base.subjects),
        "attachments": dict(base.attachments),
        "erased_blobs": dict(base.erased_blobs),
        "erasures": base.erasures,
        "unread": base.unread,
        "unchecked": base.unchecked,
        "witnessed": _format_outside(base.witnessed),
        "stamped": _format_outside(base.stamped),
        "stretches": [[stretch.start, stretch.end, stretch.at] for stretch in base.stretches],
    }
    text = orjson.dumps(members)
    return sha256(text).hexdigest().encode() + b"\n" + text


def parse_baseline(data: bytes) -> Baseline:
    """The baseline in a file.

    Raises:
        FormatError: if it is damaged, or of another version.
    """
    check, _, text = data.partition(b"\n")
    if sha256(text).hexdigest().encode() != check:
        raise FormatError("baseline", "another digest", check.decode("ascii", "replace")[:64])
    try:
        members = orjson.loads(text)
        if members["format"] != FORMAT:
            raise FormatError("baseline", str(members["format"]), FORMAT)
        return _baseline(members)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FormatError("baseline", str(error), f"what {FORMAT} has") from error


def _baseline(members: Mapping[str, Any]) -> Baseline:
    for at in (members["full_at"], members["at"]):
        parse_instant(at)
    checkpoint, cosignature, timestamp = members["newest"]
    return Baseline(
        question=members["question"],
        full_at=members["full_at"],
        at=members["at"],
        edge=RightEdge.from_bytes(members["size"], bytes.fromhex(members["edge"])),
        rows=tuple(_hashes(row) for row in members["rows"]),
        before=parse_hex(members["before"], HASH_SIZE),
        time=members["time"],
        vouched=members["vouched"],
        newest=(checkpoint, cosignature, timestamp),
        state=tuple((place, parse_hex(hashed, HASH_SIZE)) for place, hashed in members["state"]),
        compromised=members["compromised"],
        subjects=members["subjects"],
        attachments=members["attachments"],
        erased_blobs=members["erased_blobs"],
        erasures=members["erasures"],
        unread=members["unread"],
        unchecked=tuple(members["unchecked"]),
        witnessed=_parse_outside(members["witnessed"]),
        stamped=_parse_outside(members["stamped"]),
        stretches=tuple(Stretch(start, end, at) for start, end, at in members["stretches"]),
    )


def _format_outside(outside: Outside | None) -> list[Any] | None:
    return None if outside is None else [outside.size, outside.time, outside.authority]


def _parse_outside(members: list[Any] | None) -> Outside | None:
    return None if members is None else Outside(*members)


def _hashes(text: str) -> tuple[bytes, ...]:
    data = bytes.fromhex(text)
    return tuple(data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE))


def read_again(stretches: Iterable[Stretch], start: int, end: int, at: str) -> tuple[Stretch, ...]:
    """The stretches after ``[start, end)`` was read at `at`; neighbours of one time become one."""
    parts = [Stretch(start, end, at)] if start < end else []
    for old in stretches:
        rest = (old.start, min(old.end, start)), (max(old.start, end), old.end)
        parts += [Stretch(first, last, old.at) for first, last in rest if first < last] if start < end else [old]
    joined: list[Stretch] = []
    for part in sorted(parts, key=lambda stretch: stretch.start):
        if joined and joined[-1].at == part.at and joined[-1].end == part.start:
            joined[-1] = Stretch(joined[-1].start, part.end, part.at)
        else:
            joined.append(part)
    return tuple(joined)


def oldest(stretches: Iterable[Stretch]) -> Stretch:
    """The first of the stretches whose last reading is the longest ago."""
    return min(stretches, key=lambda stretch: (stretch.at, stretch.start))


def next_slice(base: Baseline, rounds: int) -> tuple[int, int]:
    """The entries ``[start, end)`` to read again now, from whole tiles, so that `rounds` runs read all of them."""
    tiles = -(-base.size // (rounds * TILE_WIDTH))
    start = oldest(base.stretches).start // TILE_WIDTH * TILE_WIDTH
    return start, min(start + tiles * TILE_WIDTH, base.size)


def next_baseline(
    base: Baseline | None,
    joined: Joined,
    facts: Facts,
    state: Iterable[tuple[int, bytes]],
    compromised: Mapping[str, int],
    report: Report,
    *,
    question: str,
    began: str,
    again: tuple[int, int],
) -> Baseline:
    """What this verification, which found no tampering, leaves behind; it read `again` besides what is new."""
    assert joined.time is not None, "there is an entry 0 that could be read"
    stretches = read_again(base.stretches if base else (), facts.since, joined.tree.size, began)
    unchecked = [
        f"{f.place}: {f.detail}" for f in report.findings if f.verdict in _STAYS and f.place.what not in _PASSES
    ]
    return Baseline(
        question=question,
        full_at=base.full_at if base else began,
        at=max(report.checked_at, base.at if base else ""),
        edge=joined.tree.edge(),
        rows=tuple(map(tuple, joined.tree.levels)),
        before=joined.before,
        time=joined.time,
        vouched=joined.vouched,
        newest=(facts.last_seq, *facts.last_anchors),
        state=tuple(state),
        compromised=compromised,
        subjects={
            **(base.subjects if base else {}),
            **{name: [count, last.hex()] for name, (count, last) in joined.subjects.items()},
        },
        attachments={
            **(base.attachments if base else {}),
            **{digest: list(mention) for digest, mention in joined.attachments.items()},
        },
        erased_blobs=joined.erased_blobs,
        erasures=report.erasures,
        unread=joined.unread,
        witnessed=report.witnessed,
        stamped=report.stamped,
        unchecked=tuple(dict.fromkeys((*(base.unchecked if base else ()), *unchecked)))[:_KEEP_UNCHECKED],
        stretches=read_again(stretches, *again, began),
    )
