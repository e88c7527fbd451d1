"""Declarations of controls, and what each means for each AI system.

A control is declared for the organisation, by an entry under ``management-system``, or for one
system, by an entry under that system.  What is said for one system goes before what is said for
all: first the system's own declaration, then an exception in the organisation's, then its answer.

An organisation's declaration covers the systems it lists; one that lists none covers those that
were registered before it.  A later system is not decided: nobody can have meant it.  Where a declaration
says "per system", exceptions that only exclude leave the other systems applicable; exceptions that
answer system by system leave the ones they do not name undecided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from docgen.dossier import Dossier, Fact
from ledger.entry import Entry

__all__ = ["AiSystem", "Decision", "Declarations", "decide", "find_systems", "read_declarations"]

_OUT_OF_USE = frozenset({"no_longer_supplied", "withdrawn", "recalled", "retired"})


@dataclass(frozen=True, slots=True)
class AiSystem:
    """A registered system; `entry` is the latest registration of a version in use, or the latest of all.

    `first` is the index of its first registration.  `in_use` says that some version is neither retired
    nor taken back, so that somebody must decide about the system.
    """

    id: str
    entry: Entry
    first: int
    versions: tuple[str, ...]
    in_use: bool


@dataclass(frozen=True, slots=True)
class Declarations:
    """Everything declared about one control: for the organisation, and under single systems.

    More than one for the organisation, or for one system, is a conflict.
    """

    source: str
    control_id: str
    wide: tuple[Fact, ...]
    single: tuple[Fact, ...]

    @property
    def all(self) -> tuple[Fact, ...]:
        """All of them, the organisation's first."""
        return (*self.wide, *self.single)

    @property
    def in_conflict(self) -> bool:
        """Whether two that stand speak about the same thing."""
        subjects = [fact.entry.subject for fact in self.single]
        return len(self.wide) > 1 or len(subjects) > len(set(subjects))


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether a control applies to one system: "yes", "no", "undecided" or "conflict", and who said so."""

    system: AiSystem
    applicable: str
    justification: str = ""
    ground: str = ""
    claim: str = ""
    entry: Entry | None = None
    differs: bool = False


def find_systems(dossier: Dossier) -> tuple[AiSystem, ...]:
    """Every registered system, in the order of first registration."""
    found: dict[str, list[Fact]] = {}
    for fact, _ in dossier.standing(("ai_system",)):
        found.setdefault(fact.entry.subject, []).append(fact)
    systems = []
    for subject, facts in found.items():
        # An old version may be retired after the new one was registered: each version has its own fact.
        used = [fact for fact in facts if fact.entry.data.get("status") not in _OUT_OF_USE]
        system = AiSystem(
            id=subject,
            entry=(used or facts)[-1].entry,
            first=min(entry.index for fact in facts for entry in (*fact.replaces, fact.entry)),
            versions=tuple(dict.fromkeys(fact.version for fact in facts if fact.version)),
            in_use=bool(used),
        )
        systems.append(system)
    return tuple(sorted(systems, key=lambda system: system.first))


def read_declarations(dossier: Dossier, systems: Iterable[AiSystem]) -> Mapping[tuple[str, str], Declarations]:
    """The declarations that stand, by source and id of the control, in the ledger's order."""
    known = {system.id for system in systems}
    found: dict[tuple[str, str], list[Fact]] = {}
    for fact, _ in dossier.standing(("control",)):
        data = fact.entry.data
        found.setdefault((data["source"], data["control_id"]), []).append(fact)
    return {
        key: Declarations(
            *key,
            wide=tuple(fact for fact in facts if fact.entry.subject not in known),
            single=tuple(fact for fact in facts if fact.entry.subject in known),
        )
        for key, facts in found.items()
    }


def decide(declarations: Declarations, system: AiSystem) -> Decision:
    """What the declarations say for `system`."""
    own = [fact.entry for fact in declarations.single if fact.entry.subject == system.id]
    if len(own) > 1 or len(declarations.wide) > 1:
        return Decision(system, "conflict")
    wide = declarations.wide[0].entry if declarations.wide else None
    exceptions = exceptions_for(wide, system.id) if wide else ()
    if own:
        answer = _answer(system, own[0].data, own[0], differs=len(declarations.all) > 1)
        disagree = any(exception["applicable"] != answer.applicable for exception in exceptions)
        return Decision(system, "conflict") if disagree else answer
    if wide is None:
        return Decision(system, "undecided")
    if len({exception["applicable"] for exception in exceptions}) > 1:
        return Decision(system, "conflict")
    if exceptions:
        return _answer(system, exceptions[0], wide, differs=True)
    listed = wide.data.get("systems")
    covered = system.id in listed if listed else system.first < wide.index
    answer = _answer(system, wide.data, wide, differs=False)
    return answer if covered else Decision(system, "undecided")


def exceptions_for(entry: Entry, system: str) -> tuple[Mapping[str, Any], ...]:
    """The exceptions that a declaration makes for `system`; one, or it contradicts itself."""
    return tuple(one for one in entry.data.get("exceptions") or () if one["system"] == system)


def _answer(system: AiSystem, data: Mapping[str, Any], entry: Entry, *, differs: bool) -> Decision:
    applicable = data["applicable"]
    if applicable == "per_system":
        # "Differs, as the exceptions say": where they only exclude, the rest applies; where they answer one by
        # one, a system they leave out has no answer.
        only_excludes = all(one["applicable"] == "no" for one in data.get("exceptions") or ())
        applicable = "yes" if only_excludes else "undecided"
    return Decision(
        system=system,
        applicable=applicable,
        justification=data.get("justification", ""),
        ground=data.get("ground", ""),
        claim=data.get("implementation_status", ""),
        entry=entry,
        differs=differs,
    )
