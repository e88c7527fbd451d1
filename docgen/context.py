"""What a template sees: one document's dossier, statuses and ledger, under fixed names.

``system version item facts points summary ledger bulk policy freshness late_rule plain figure word by_group
interval_methods period_end is_erased register_rows late_among`` and, for documents about controls, ``soa``
(`docgen.soa`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from docgen.dossier import Dossier, Fact
from docgen.facts import Facts
from docgen.formats import Formats
from docgen.functions import Citable
from docgen.needs import DocumentRules
from docgen.periods import period_end
from docgen.record import ErasedValue, plain
from docgen.register import RegisterRow, entry_of, register_rows
from docgen.requirements import RequirementStatus, summarise
from docgen.results import by_group, interval_methods
from ledger.entry import Entry

__all__ = ["Freshness", "LateRule", "LedgerFacts", "template_context"]


@dataclass(frozen=True, slots=True)
class LedgerFacts:
    """The ledger as the document saw it; `root` is hex, `time` RFC 3339."""

    origin: str
    size: int
    root: str
    time: str


@dataclass(frozen=True, slots=True)
class Freshness:
    """After how many days evidence of a kind is stale, and whose rule that is: "policy" or "pack"."""

    days: int
    source: str


@dataclass(frozen=True, slots=True)
class LateRule:
    """How many days after it happened an entry counts as LATE, and the kinds with another limit."""

    days: int
    by_kind: Mapping[str, int]


def template_context(
    dossier: Dossier,
    facts: Facts,
    rules: DocumentRules,
    points: Mapping[str, RequirementStatus],
    texts: Mapping[str, str],
) -> dict[str, object]:
    """The names a template can use besides those of `docgen.render`; `texts` are the pack's, in its language."""
    checkpoint = dossier.checkpoint
    policy = dossier.policy

    def rows(cited: Iterable[Citable]) -> tuple[RegisterRow, ...]:
        return register_rows(cited, rules.fold)

    def late_among(cited: Iterable[Citable]) -> tuple[Entry, ...]:
        return tuple(entry for entry in map(entry_of, cited) if rules.fold.is_late(entry))

    def word(value: object) -> str:
        """The word for one of a schema's fixed values: the pack's, else the value with spaces."""
        return texts.get(f"word.{value}", str(value).replace("_", " "))

    return {
        "system": "" if dossier.about_organisation else dossier.subject,
        "version": dossier.version,
        "facts": facts,
        "points": points,
        "summary": summarise(points),
        "ledger": LedgerFacts(checkpoint.origin, checkpoint.size, checkpoint.root.hex(), dossier.checkpoint_time),
        "bulk": dossier.bulk,
        "policy": facts.view(Fact(policy.entry, None, late=False)) if policy is not None else None,
        "freshness": _freshness(dossier, rules),
        "late_rule": LateRule(rules.fold.late_days, rules.fold.late_days_by_kind),
        "late_among": late_among,
        "register_rows": rows,
        "word": word,
        "figure": Formats.of(texts).say_figure,
        "by_group": by_group,
        "interval_methods": interval_methods,
        "period_end": period_end,
        "plain": plain,
        "is_erased": lambda value: isinstance(value, ErasedValue),
    }


def _freshness(dossier: Dossier, rules: DocumentRules) -> Mapping[str, Freshness]:
    """The limit of every kind that has one: the shorter of the organisation's and the pack's."""
    limits = {kind: Freshness(days, "pack") for kind, days in rules.freshness.items()}
    if dossier.policy is not None:
        for kind, days in dossier.policy.freshness.items():
            if kind not in limits or days <= limits[kind].days:
                limits[kind] = Freshness(days, "policy")
    return MappingProxyType(dict(sorted(limits.items())))
