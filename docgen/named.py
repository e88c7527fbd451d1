"""What declarations of controls can name by id, and whether the ledger has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from docgen.approvals import sign_offs
from docgen.dossier import Dossier, Fact
from ledger.entry import Entry

__all__ = ["Named", "Register"]

_LISTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "risks": ("risk", "risk_id"),
        "objectives": ("objective", "objective_id"),
        "impact_assessments": ("impact_assessment", "assessment_id"),
        "documents": ("document", "document_id"),
    }
)


@dataclass(frozen=True, slots=True)
class Named:
    """Something a declaration names by id, with the entries of that id: none when the ledger has none."""

    list: str
    id: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Register:
    """What declarations can name, by list and id, and the dossier it comes from."""

    ids: Mapping[tuple[str, str], tuple[Entry, ...]]
    dossier: Dossier

    @classmethod
    def of(cls, dossier: Dossier) -> Register:
        """The register of a dossier; contested facts can be named as well."""
        ids: dict[tuple[str, str], tuple[Entry, ...]] = {}
        for name, (kind, member) in _LISTS.items():
            for fact, _ in dossier.standing((kind,)):
                key = name, str(fact.entry.data[member])
                ids[key] = (*ids.get(key, ()), fact.entry)
        return cls(MappingProxyType(ids), dossier)

    def named_by(self, entry: Entry) -> tuple[Named, ...]:
        """Everything that a declaration names in its lists; an obligation has no entry to be found."""
        return tuple(
            Named(name, one, self.ids.get((name, one), ()))
            for name in (*_LISTS, "obligations")
            for one in entry.data.get(name) or ()
        )

    def is_confirmed(self, entry: Entry) -> bool:
        """Whether this exclusion has an approval in force, by somebody else unless the policy waives that."""
        policy = self.dossier.policy
        waived = policy is not None and policy.self_approval
        approvals = sign_offs(self.dossier, Fact(entry, None, late=False), ("exclusion", "exception"))
        return any(not one.ended and (waived or not one.by_author) for one in approvals)
