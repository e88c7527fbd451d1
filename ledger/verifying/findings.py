"""Findings gathered in bounded memory: every one is counted, and of each verdict the first 1,000 are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from ledger.verdicts import Finding, Place, Verdict

MAX_FINDINGS: Final = 1_000


@dataclass(slots=True)
class Findings:
    """Everything found so far."""

    counts: dict[Verdict, int] = field(default_factory=dict)
    kept: dict[Verdict, list[Finding]] = field(default_factory=dict)

    def add(self, verdict: Verdict, index: int, detail: str, what: str = "") -> None:
        """Note a finding."""
        self.take([Finding(verdict, Place(index, what), detail)], {verdict: 1})

    def take(self, findings: Iterable[Finding], counts: Mapping[Verdict, int]) -> None:
        """Note what a range found: `counts` are all of it, `findings` those that were kept."""
        for verdict, count in counts.items():
            self.counts[verdict] = self.counts.get(verdict, 0) + count
        for finding in findings:
            kept = self.kept.setdefault(finding.verdict, [])
            if len(kept) < MAX_FINDINGS:
                kept.append(finding)

    def withdraw(self, place: int, verdicts: Sequence[Verdict]) -> None:
        """Take back findings at an entry, one for each of `verdicts`, that follow from what else was found there."""
        for verdict in verdicts:
            self.counts[verdict] -= 1
            if not self.counts[verdict]:
                del self.counts[verdict]
        for verdict in set(verdicts):
            self.kept[verdict] = [f for f in self.kept[verdict] if f.place.index != place]

    def found(self, verdicts: Collection[Verdict]) -> bool:
        """Whether anything with one of these verdicts was found."""
        return any(self.counts.get(verdict) for verdict in verdicts)

    def in_order(self) -> tuple[Finding, ...]:
        """At most 1,000 findings in ledger order.

        If there are more, each verdict has its share, so that a flood of one can't hide another.
        """
        by_place = {verdict: sorted(found, key=lambda f: f.place) for verdict, found in self.kept.items() if found}
        share = MAX_FINDINGS // max(1, len(by_place))
        chosen = [finding for found in by_place.values() for finding in found[:share]]
        rest = sorted((finding for found in by_place.values() for finding in found[share:]), key=lambda f: f.place)
        return tuple(sorted(chosen + rest[: MAX_FINDINGS - len(chosen)], key=lambda f: f.place))
