"""What the scan of a range needs to know of the whole ledger, and what it hands back.

Both are plain values, so that they can go to another process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from ledger.authority import Authority
from ledger.leaf import Leaf
from ledger.statement import Statement
from ledger.store.blobs import SALT_BYTES
from ledger.verdicts import Finding, Place, Verdict

MAX_FINDINGS: Final = 1_000


@dataclass(frozen=True, slots=True)
class Judging:
    """What a scan needs to know of the whole ledger.

    `authority` is the key state after every valid `ledger` and `key` entry, or None if entry 0 is damaged and
    nothing can be judged. After entry `unsure_after`, the first damaged one of those, a refusal may be owed to the
    damage. `seen` are (size, time) of checkpoints known to have existed by that time.
    """

    authority: Authority | None
    unsure_after: int | None
    seen: tuple[tuple[int, int], ...]
    indexed: int
    full: bool


class ReadEntry(NamedTuple):
    """One entry, read."""

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs
    hash: bytes
    leaf: Leaf
    statement: Statement


@dataclass(slots=True)
class SubjectRun:
    """The entries of one subject in a range: how many, the first one's `nth` and `nth_prev`, the last one's hash."""

    first: int
    first_nth: int
    first_prev: bytes
    entries: int
    last_hash: bytes


@dataclass(slots=True)
class EntryScan:
    """What the entries of a range showed; `findings` at most 1,000, `found` all of them by verdict.

    `unread` counts entries that could not be read at all; `opaque` those and the ones whose derived rows can't be
    known, since their body is not what a schema of this version allows.
    """

    findings: list[Finding] = field(default_factory=list)
    found: dict[Verdict, int] = field(default_factory=dict)
    noted: dict[int, list[Verdict]] = field(default_factory=dict)  # by index, what was found there
    state_places: list[int] = field(default_factory=list)
    subjects: dict[str, SubjectRun] = field(default_factory=dict)
    counter_breaks: list[tuple[int, str]] = field(default_factory=list)  # entries whose nth does not follow
    time_breaks: list[tuple[int, int]] = field(default_factory=list)  # (index, index of a later time before it)
    first: int | None = None  # index and time of the first entry that could be read
    first_time: int = 0
    last: int = 0
    last_time: int = 0
    attachments: dict[str, tuple[int, int, bool]] = field(default_factory=dict)  # digest -> index, size, salted
    erased_blobs: dict[str, int] = field(default_factory=dict)  # digest -> index of the erasure
    erasures: int = 0
    unexplained: list[tuple[int, object, str]] = field(default_factory=list)  # values gone: index, erasure noted, what
    dangling: list[tuple[int, str, bytes]] = field(default_factory=list)  # (index, relation, statement digest)
    rows: dict[str, int] = field(default_factory=dict)  # derived rows accounted for, by table
    unread: int = 0
    opaque: int = 0

    def mention(self, digest: str, mention: tuple[int, int, bool]) -> None:
        """Note that an entry names an attachment: (index, size, salted)."""
        first = self.attachments.setdefault(digest, mention)
        if file_size(first) != file_size(mention):
            self.add(Verdict.NOT_PERMITTED, mention[0], contradiction(first, mention), f"attachment {digest[:16]}")

    def add(self, verdict: Verdict, index: int, detail: str, what: str = "") -> None:
        """Note a finding."""
        self.found[verdict] = self.found.get(verdict, 0) + 1
        self.noted.setdefault(index, []).append(verdict)
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(verdict, Place(index, what), detail))


def file_size(mention: tuple[int, int, bool]) -> int:
    """The size in bytes of the file that a mention (index, size, salted) of an attachment speaks of."""
    _, size, salted = mention
    return size + (SALT_BYTES if salted else 0)


def contradiction(first: tuple[int, int, bool], mention: tuple[int, int, bool]) -> str:
    """What is wrong with a mention of an attachment that says another size than the first one."""
    return f"it says its file has {file_size(mention)} bytes, entry {first[0]} says {file_size(first)}"
