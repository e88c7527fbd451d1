"""The statement of applicability: every control of a population exactly once, as declared and as found.

The points of the document are the population; a control beyond it is one that a declaration from
another source brings.  Two things stand beside each other and are never mixed: what the owner
claims in a signed declaration, and what the ledger shows.  Evidence lowers a claim and never raises
it.  ISO/IEC 42001 6.1.3 is the model; any pack whose document has ``[document.data.template.statement]``
can use it for its own population.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from docgen.declarations import AiSystem, Decision, Declarations, find_systems, read_declarations
from docgen.dossier import ORGANISATION, Dossier
from docgen.errors import DocgenError
from docgen.evidence import RANK
from docgen.justification import JustificationRules, find_alike
from docgen.named import Register
from docgen.objections import Objection
from docgen.packdata import LocalText
from docgen.reasons import Reason
from docgen.requirements import Judge, RequirementStatus
from docgen.soa_rows import APPLICABILITY, SHOWN, Row, RowMaker, shown_as
from ledger.entry import Entry

__all__ = ["RiskLine", "RowGroup", "Statement", "UnknownControl", "state_controls"]


_SOURCES = ("annex_a", "law", "contract", "other_framework", "own")


class UnknownControl(DocgenError):
    """A declaration names a control that its source does not have; nothing is built from it."""

    def __init__(self, source: str, control_id: str, entries: tuple[Entry, ...], known: Iterable[str]) -> None:
        where = ", ".join(f"entry {entry.index}" for entry in entries)
        super().__init__(
            f"{where}: declares control {control_id!r} of {source}, which has no such control; "
            f"it has {', '.join(known)}",
            remedy="correct it with an entry that says `corrects`, or declare it with another source",
        )
        self.source, self.control_id, self.entries = source, control_id, entries


@dataclass(frozen=True, slots=True)
class RowGroup:
    """The rows of one control objective."""

    id: str
    title: LocalText
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class RiskLine:
    """A risk and its controls: by the risk register, by the statement, and those that do not carry it."""

    entry: Entry
    by_register: tuple[str, ...]
    by_statement: tuple[str, ...]
    unsupported: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        """Whether both name the same controls."""
        return set(self.by_register) == set(self.by_statement)


@dataclass(frozen=True, slots=True)
class Statement:
    """The whole statement.  `statuses` are the points' statuses with everything lowered that had to be.

    `newest` is the last declaration recorded, `newer` what was recorded after it and can change an
    answer; `changed` is the last such change whenever it was, `behind` the rows declared before it.
    `bought` are AI systems that suppliers deliver and no registration names.
    """

    groups: tuple[RowGroup, ...]
    beyond: tuple[Row, ...]
    systems: tuple[AiSystem, ...]
    unregistered: tuple[str, ...]
    risks: tuple[RiskLine, ...]
    alike: tuple[tuple[str, ...], ...]
    newest: Entry | None
    newer: tuple[tuple[str, int, Entry], ...]
    changed: Entry | None
    behind: tuple[Row, ...]
    bought: tuple[Entry, ...]
    statuses: Mapping[str, RequirementStatus]

    @property
    def population(self) -> tuple[Row, ...]:
        """The rows of the population, in its order."""
        return tuple(row for group in self.groups for row in group.rows)

    @property
    def rows(self) -> tuple[Row, ...]:
        """All rows, those of the population first."""
        return (*self.population, *self.beyond)

    @property
    def applicability(self) -> Mapping[str, int]:
        """How many rows have each answer, zeros included; they add up to the rows."""
        return _counted(APPLICABILITY, (row.applicable for row in self.rows))

    @property
    def states(self) -> Mapping[str, int]:
        """How many rows are shown with each status, zeros included; they add up to the rows."""
        return _counted(SHOWN, (row.shown for row in self.rows))

    @property
    def evidence(self) -> Mapping[str, int]:
        """How many rows have each evidence word; they add up to the rows."""
        words = [row.evidence for row in self.rows]
        return _counted(tuple(dict.fromkeys(words)), words)

    @property
    def excluded(self) -> tuple[tuple[Row, Decision | None], ...]:
        """Every exclusion: with None for all systems, or with the decision for one of them."""
        found: list[tuple[Row, Decision | None]] = []
        for row in self.rows:
            if row.applicable == "no":
                found.append((row, None))
            else:
                found += [(row, one) for one in row.decisions if one.applicable == "no"]
        return tuple(found)

    @property
    def open(self) -> tuple[Row, ...]:
        """Rows somebody has to work on, the worst first, then by target date; those without one last."""
        rows = [row for row in self.rows if row.open]
        return tuple(sorted(rows, key=lambda row: (RANK.index(row.status.status), row.said("target_date") or "9999")))

    def undecided(self, system: AiSystem) -> tuple[Row, ...]:
        """The rows that say nothing about `system`."""
        return tuple(
            row for row in self.rows for one in row.decisions if one.system == system and one.applicable == "undecided"
        )


def state_controls(judge: Judge, statuses: Mapping[str, RequirementStatus], *, names: bool = True) -> Statement:
    """The statement over the points of the judge's document, from its dossier; `names` as in `docgen.record`.

    Raises:
        UnknownControl: a declaration in force names a control that the population does not have.
        PackError: the pack's rules about controls are not usable.
    """
    settings = judge.spec.data["template"]["statement"]
    source = settings["source"]
    systems = find_systems(judge.dossier)
    declared = read_declarations(judge.dossier, systems)
    known = {point.id for point in judge.spec.points}
    for key, declarations in declared.items():
        if key[0] == source and key[1] not in known:
            entries = tuple(fact.entry for fact in declarations.all)
            raise UnknownControl(source, key[1], entries, (point.id for point in judge.spec.points))
    maker = RowMaker(judge, settings, systems, Register.of(judge.dossier), names)
    groups = tuple(
        RowGroup(group.id, group.title, tuple(maker.row(point, declared, statuses[point.id]) for point in group.points))
        for group in judge.spec.groups
    )
    beyond = (one for key, one in declared.items() if key[0] != source)
    return _checked(judge, settings, systems, groups, tuple(map(maker.row_beyond, sorted(beyond, key=_place))))


def _place(declarations: Declarations) -> tuple[object, ...]:
    """Where a control beyond the population stands: by source, then by id with its numbers as numbers."""
    parts = re.split(r"([0-9]+)", declarations.control_id)
    numbers = tuple((int(part), "") if part.isdigit() else (-1, part) for part in parts)
    return _SOURCES.index(declarations.source), numbers


def _checked(
    judge: Judge,
    settings: Mapping[str, Any],
    systems: tuple[AiSystem, ...],
    groups: tuple[RowGroup, ...],
    beyond: tuple[Row, ...],
) -> Statement:
    """The statement after what only shows when all rows are there: copies, and risks without a control."""
    rows = (*(row for group in groups for row in group.rows), *beyond)
    texts = {_key(row): row.said("justification") for row in rows}
    alike = find_alike(texts, JustificationRules.of(settings["justification"]))
    risks = _risk_lines(judge.dossier, rows)
    extra: dict[str, list[Objection]] = {}
    ids = {_key(row): row.id for row in rows}
    for group in alike:
        for key in group:
            near = [ids[other] for other in group if other != key]
            others = ", ".join([*near[:3], *(["…"] if len(near) > 3 else [])])
            extra.setdefault(key, []).append(Objection("alike", MappingProxyType({"others": others})))
    for line in risks:
        for row in rows:
            if row.point is not None and row.id in line.unsupported:
                values = MappingProxyType({"risk": str(line.entry.data["risk_id"])})
                extra.setdefault(_key(row), []).append(Objection("risk_relies", values, (line.entry,)))

    done = {
        _key(row): _settled(judge, replace(row, objections=(*row.objections, *extra.get(_key(row), ()))))
        for row in rows
    }
    groups = tuple(replace(group, rows=tuple(done[_key(row)] for row in group.rows)) for group in groups)
    newest = max(
        (fact.entry for row in rows for fact in row.declarations.all), key=lambda entry: entry.index, default=None
    )
    changed = _last_change(judge.dossier, tuple(settings["drift"]))
    subjects = {fact.entry.subject for fact in judge.dossier.facts} | {bulk.subject for bulk in judge.dossier.bulk}
    known = {ORGANISATION, "ledger", *(system.id for system in systems)}
    return Statement(
        groups=groups,
        beyond=tuple(done[_key(row)] for row in beyond),
        systems=systems,
        unregistered=tuple(sorted(subjects - known)),
        risks=risks,
        alike=tuple(tuple(ids[key] for key in group) for group in alike),
        newest=newest,
        newer=_newer(judge.dossier, tuple(settings["drift"]), newest),
        changed=changed,
        behind=tuple(done[_key(row)] for row in rows if changed and row.declared_by and _before(row, changed)),
        bought=_bought(judge.dossier, systems),
        statuses=MappingProxyType({row.id: row.status for group in groups for row in group.rows}),
    )


def _key(row: Row) -> str:
    return f"{row.source}:{row.id}"


def _settled(judge: Judge, row: Row) -> Row:
    """The row with the status that is shown, and the status word that counts; evidence only lowers a claim."""
    word, why = row.evidence, row.status.reason
    texts = judge.pack.texts[judge.language]
    open_items = [item for item in row.status.items if item.status == word and item.reason]
    why = f"{open_items[0].what}: {open_items[0].reason}" if open_items else ("" if row.status.items else why)
    if row.applicable == "no":
        why = ""
    if row.blocking and word in ("provided", "not applicable", "not due yet"):
        word = "not provided"
    shown = shown_as(row)
    if not row.blocking and word == "provided" and shown not in ("implemented", "excluded"):
        # Evidence for a control that its owner does not claim to be there: somebody still has to do something.
        word, why = "not provided", texts[f"shown.{shown}"]
    if row.nonconformities and word == "not provided" and row.evidence == "provided":
        word = "failed"
    if row.blocking:
        first = row.blocking[0]
        why = Reason(f"objection.{first.code}", tuple(first.values.items())).say(texts)
    return replace(row, shown=shown, status=replace(row.status, status=word, reason=why))


def _risk_lines(dossier: Dossier, rows: tuple[Row, ...]) -> tuple[RiskLine, ...]:
    """Every open risk with its controls, by the register and by the statement."""
    # Risks name controls by id alone; where two sources share one, the population's is meant.
    by_id = {row.id: row for row in reversed(rows)}
    carried = {row.id for row in by_id.values() if row.applicable in ("yes", "per_system")}
    lines = []
    for fact, _ in dossier.standing(("risk",)):
        data = fact.entry.data
        if data["status"] == "closed":
            continue
        named = [*(data.get("controls") or ())]
        named += [one for measure in data.get("measures") or () for one in measure.get("controls") or ()]
        register = tuple(dict.fromkeys(named))
        statement = tuple(row.id for row in rows if data["risk_id"] in (row.main.get("risks") or ()))
        lines.append(RiskLine(fact.entry, register, statement, tuple(one for one in register if one not in carried)))
    return tuple(lines)


def _newer(dossier: Dossier, kinds: tuple[str, ...], newest: Entry | None) -> tuple[tuple[str, int, Entry], ...]:
    """What was recorded after the newest declaration and can change an answer: kind, how many, the last one."""
    found: dict[str, list[Entry]] = {}
    for fact, _ in dossier.standing(kinds):
        if newest is not None and fact.entry.index > newest.index:
            found.setdefault(fact.entry.kind, []).append(fact.entry)
    return tuple((kind, len(entries), entries[-1]) for kind, entries in found.items())


def _last_change(dossier: Dossier, kinds: tuple[str, ...]) -> Entry | None:
    return max((fact.entry for fact, _ in dossier.standing(kinds)), key=lambda entry: entry.index, default=None)


def _before(row: Row, changed: Entry) -> bool:
    return all(entry.index < changed.index for entry in row.declared_by)


def _bought(dossier: Dossier, systems: tuple[AiSystem, ...]) -> tuple[Entry, ...]:
    """Supplier records about AI systems that name no registered system: what inventories usually miss."""
    known = {system.id for system in systems}
    return tuple(
        fact.entry
        for fact, _ in dossier.standing(("supplier",))
        if "ai_system" in (fact.entry.data.get("supplies") or ())
        and fact.entry.data["action"] != "ended"
        and not known & {fact.entry.subject, *(fact.entry.data.get("systems") or ())}
    )


def _counted(keys: Iterable[str], words: Iterable[str]) -> Mapping[str, int]:
    counts = Counter(words)
    return MappingProxyType({key: counts[key] for key in keys})
