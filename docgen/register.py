"""The evidence register: every entry a document cites, in full, so that a reader can find and check it.

A citation needs its row, and a table of thousands of rows helps nobody.  Up to 500 rows each entry
has its own; beyond that those of the most frequent kinds share one row per kind.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from docgen.dossier import Fact, FoldRules
from docgen.facts import FactView
from docgen.functions import Citable
from docgen.narratives import Written
from ledger.entry import Entry

__all__ = ["MAX_ROWS", "RegisterRow", "entry_of", "register_rows"]

MAX_ROWS = 500


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One row: an entry, or several of one kind.  `late` when one of them was recorded long after it happened."""

    entries: tuple[Entry, ...]
    late: bool

    @property
    def first(self) -> Entry:
        """The entry with the lowest index."""
        return self.entries[0]

    @property
    def last(self) -> Entry:
        """The entry with the highest index."""
        return self.entries[-1]

    @property
    def kind(self) -> str:
        """The kind of all of them."""
        return self.first.kind

    @property
    def subjects(self) -> str:
        """What they are filed under."""
        return ", ".join(dict.fromkeys(entry.subject for entry in self.entries))

    @property
    def signers(self) -> str:
        """Who signed, with their roles."""
        signed = (signer for entry in self.entries for signer in entry.signers)
        return "; ".join(dict.fromkeys(f"{one.principal} ({', '.join(one.roles)})" for one in signed))

    @property
    def statement(self) -> str:
        """The statement's digest, hex; empty for a row of several."""
        return self.first.statement if len(self.entries) == 1 else ""


def register_rows(cited: Iterable[Citable], rules: FoldRules) -> tuple[RegisterRow, ...]:
    """The rows for these entries, by their first index; never more than `MAX_ROWS`."""
    entries = sorted((entry_of(one) for one in cited), key=lambda entry: entry.index)
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.kind, []).append(entry)
    together: set[str] = set()
    rows = len(entries)
    for kind in sorted(groups, key=lambda name: (-len(groups[name]), name)):
        if rows <= MAX_ROWS:
            break
        together.add(kind)
        rows -= len(groups[kind]) - 1
    found: list[tuple[Entry, ...]] = [(entry,) for entry in entries if entry.kind not in together]
    found += [tuple(groups[kind]) for kind in together]
    return tuple(
        RegisterRow(row, any(rules.is_late(entry) for entry in row))
        for row in sorted(found, key=lambda row: row[0].index)
    )


def entry_of(cited: Citable) -> Entry:
    """The entry behind something that was cited.

    Raises:
        TypeError: it is none of ours, which a template can't bring about.
    """
    match cited:
        case Entry():
            return cited
        case Fact():
            return cited.entry
        case FactView():
            return cited.meta.entry
        case Written():
            return cited.fact.entry
    raise TypeError(f"{type(cited).__name__} has no entry")
