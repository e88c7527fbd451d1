"""What an auditor would object to in the declaration of a control, found before the auditor does.

Each objection is a code and its values; the words are the pack's texts ``objection.<code>``.  A
warning is shown and leaves the control's status alone; any other objection keeps it open.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from docgen.declarations import AiSystem, Decision, Declarations
from docgen.dossier import ORGANISATION, Dossier
from docgen.formats import Formats
from docgen.justification import JustificationRules, find_objection
from docgen.named import Register
from ledger.entry import Entry

__all__ = ["CODES", "WARNINGS", "Objection", "Subject", "find_objections", "in_words"]

_TEXTS = ("missing", "title", "blocked", "short")
CODES = frozenset(
    {
        "not_declared", "conflict", "system_conflict", "undecided", "unknown_system",
        *(f"justification_{one}" for one in _TEXTS), *(f"exception_{one}" for one in _TEXTS),
        "level_never", "level_practically_never", "contradicted", "excluded_with_claim", "applicable_without_claim",
        "no_trace", "driver_risk", "driver_law", "driver_contract", "driver_objective",
        "unknown_risks", "unknown_objectives", "unknown_impact_assessments", "unknown_documents",
        "no_owner", "no_claim", "no_target_date", "overdue", "review_overdue", "risk_relies", "alike",
        "nonconformity", "exclusion_unfounded",
    }
)  # fmt: skip
"""Every code there is; a pack has words for each."""

WARNINGS = frozenset({"alike", "exclusion_unfounded", "no_owner", "review_overdue", "undecided"})
"""Codes that are shown and change nothing: the declaration itself may still be right."""

# What a flag must name to be more than a flag; good practice and baseline are reasons by themselves.
_DRIVERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "risk": ("risks", "impact_assessments"),
        "law": ("obligations",),
        "contract": ("obligations",),
        "objective": ("objectives",),
    }
)
_TRACES = ("risks", "impact_assessments", "objectives", "obligations")
_HARD_TO_EXCLUDE = frozenset({"never", "practically_never"})


@dataclass(frozen=True, slots=True)
class Objection:
    """Something wrong with a declaration: its code, the values of its sentence, the entries it is about."""

    code: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    entries: tuple[Entry, ...] = ()

    def __post_init__(self) -> None:
        assert self.code in CODES, self.code

    @property
    def warning(self) -> bool:
        """Whether it only warns."""
        return self.code in WARNINGS


@dataclass(frozen=True, slots=True)
class Subject:
    """The control that a declaration is about, as far as objections need it.

    `level` says how hard an exclusion is to defend; `against` are kinds of entries that speak against one.
    """

    id: str
    title: str
    level: str = ""
    against: tuple[str, ...] = ()


def find_objections(
    subject: Subject,
    declarations: Declarations,
    decisions: tuple[Decision, ...],
    *,
    register: Register,
    rules: JustificationRules,
) -> tuple[Objection, ...]:
    """Everything to object to in what is declared about a control; nothing is declared is one objection."""
    today = register.dossier.checkpoint_time[:10]
    if not declarations.all:
        return (Objection("not_declared"),)
    if declarations.in_conflict:
        rivals = tuple(fact.entry for fact in declarations.all)
        return (Objection("conflict", _values(count=len(rivals)), rivals),)
    found: list[Objection] = []
    for fact in declarations.all:
        found.extend(_about_reasons(subject, fact.entry, rules))
        found.extend(_about_references(fact.entry, register))
        found.extend(_about_status(fact.entry, today))
    found.extend(_about_exclusions(subject, declarations, decisions, register))
    found.extend(_about_grounds(declarations, decisions, register))
    found.extend(_about_nonconformities(subject, register.dossier))
    found.extend(_about_systems(declarations, decisions))
    return tuple(_once(found))


def in_words(objection: Objection, texts: Mapping[str, str]) -> Objection:
    """The objection with its codes of claims, states and kinds said in the language of `texts`."""

    def said(name: str, value: str) -> str:
        match name:
            case "claim":
                return texts.get(f"claim.{value}", value)
            case "day":
                return Formats.of(texts).say_day(value)
            case "status":
                return _word(value, texts)
            case "kinds":
                return ", ".join(_word(kind, texts) for kind in value.split())
            case "system" if not value:
                return texts.get("soa.any_system", "any system")
        return value

    return replace(objection, values=_values(**{name: said(name, value) for name, value in objection.values.items()}))


def _word(value: str, texts: Mapping[str, str]) -> str:
    return texts.get(f"word.{value}", value.replace("_", " "))


def _once(found: Iterable[Objection]) -> Iterator[Objection]:
    seen = set()
    for one in found:
        key = one.code, tuple(one.values.items()), tuple(entry.index for entry in one.entries)
        if key not in seen:
            seen.add(key)
            yield one


def _about_reasons(subject: Subject, entry: Entry, rules: JustificationRules) -> Iterator[Objection]:
    """The justification of the declaration, and of each exception; one of them must be there."""
    data = entry.data
    text = data.get("justification", "")
    if text or data["applicable"] != "per_system":
        objection = find_objection(text, title=data.get("title", subject.title), rules=rules)
        if objection:
            yield Objection(f"justification_{objection}", _quoted(objection, text), (entry,))
    for exception in data.get("exceptions") or ():
        shares = data["applicable"] in ("per_system", exception["applicable"])
        own = exception.get("justification") or (text if shares else "")
        objection = find_objection(own, title=data.get("title", subject.title), rules=rules)
        if objection:
            values = {**_quoted(objection, own), **_values(system=exception["system"])}
            yield Objection(f"exception_{objection}", MappingProxyType(values), (entry,))


def _quoted(objection: str, text: str) -> Mapping[str, str]:
    """What is objected to, where its sentence quotes it."""
    return _values(text=text) if objection in ("blocked", "short") else _values()


def _about_references(entry: Entry, register: Register) -> Iterator[Objection]:
    """An applicable control leads back to something; what it names is in the ledger."""
    data = entry.data
    named = register.named_by(entry)
    for one in named:
        if one.list != "obligations" and not one.entries:
            yield Objection(f"unknown_{one.list}", _values(id=one.id), (entry,))
    if data["applicable"] == "no":
        return
    drivers = data.get("drivers") or ()
    lists = {one.list for one in named if one.entries or one.list == "obligations"}
    for driver in drivers:
        if driver in _DRIVERS and not lists & set(_DRIVERS[driver]):
            yield Objection(f"driver_{driver}", _values(), (entry,))
    if not lists & set(_TRACES) and "baseline" not in drivers:
        yield Objection("no_trace", _values(), (entry,))


def _about_status(entry: Entry, today: str) -> Iterator[Objection]:
    """Claim, owner and dates fit the answer and each other."""
    data = entry.data
    claim = data.get("implementation_status")
    if data.get("review_due", today) < today:
        yield Objection("review_overdue", _values(day=data["review_due"]), (entry,))
    if data["applicable"] == "no":
        if claim not in (None, "not_applicable"):
            yield Objection("excluded_with_claim", _values(claim=claim), (entry,))
        return
    if not data.get("owner"):
        yield Objection("no_owner", _values(), (entry,))
    if claim is None and not _claimed_for_all(data):
        yield Objection("no_claim", _values(), (entry,))
    if claim == "not_applicable":
        yield Objection("applicable_without_claim", _values(), (entry,))
    if claim in ("partial", "planned", "not_started"):
        if "target_date" not in data:
            yield Objection("no_target_date", _values(claim=claim), (entry,))
        elif data["target_date"] < today:
            yield Objection("overdue", _values(day=data["target_date"]), (entry,))


def _claimed_for_all(data: Mapping[str, object]) -> bool:
    """Whether a declaration per system claims a status for each system it says yes to."""
    exceptions = data.get("exceptions")
    if data["applicable"] != "per_system" or not isinstance(exceptions, list | tuple):
        return False
    return all(one["applicable"] == "no" or one.get("implementation_status") for one in exceptions)


def _about_exclusions(
    subject: Subject, declarations: Declarations, decisions: tuple[Decision, ...], register: Register
) -> Iterator[Objection]:
    """An exclusion is not one that a clause forbids, and no entry of the system speaks against it."""
    if subject.level in _HARD_TO_EXCLUDE:
        for fact in declarations.all:
            data = fact.entry.data
            answers = (data["applicable"], *(one["applicable"] for one in data.get("exceptions") or ()))
            if "no" in answers and not register.is_confirmed(fact.entry):
                yield Objection(f"level_{subject.level}", _values(), (fact.entry,))
    for decision in decisions:
        if decision.applicable != "no" or decision.entry is None:
            continue
        against = _against(subject.against, decision.system, register.dossier)
        if against:
            kinds = " ".join(dict.fromkeys(kind for kind, _ in against))
            values = _values(system=decision.system.id, count=sum(count for _, count in against), kinds=kinds)
            yield Objection("contradicted", values, (decision.entry,))


def _about_grounds(
    declarations: Declarations, decisions: tuple[Decision, ...], register: Register
) -> Iterator[Objection]:
    """An exclusion because the risk assessment shows no need names the risk or assessment that shows it."""
    for fact in declarations.all:
        data = fact.entry.data
        if (
            data["applicable"] == "no"
            and data.get("ground") == "risk_assessment"
            and not _assessed(fact.entry, register)
        ):
            yield Objection("exclusion_unfounded", _values(system=""), (fact.entry,))
    for one in decisions:
        if one.differs and one.entry is not None and one.applicable == "no" and one.ground == "risk_assessment":
            found = _assessed(one.entry, register)
            if not any(_concerns(entry, one.system.id) for entry in found):
                yield Objection("exclusion_unfounded", _values(system=one.system.id), (one.entry,))


def _assessed(entry: Entry, register: Register) -> tuple[Entry, ...]:
    """The risks and impact assessments that a declaration names."""
    named = register.named_by(entry)
    found = [known for one in named if one.list in ("risks", "impact_assessments") for known in one.entries]
    pointed = {one["statement"] for one in entry.data.get("references") or ()}
    assessments = register.dossier.standing(("risk", "impact_assessment"))
    return (*found, *(fact.entry for fact, _ in assessments if fact.entry.statement in pointed))


def _concerns(entry: Entry, system: str) -> bool:
    systems = entry.data.get("systems") or ()
    return entry.subject == system or system in systems or (entry.subject == ORGANISATION and not systems)


def _about_nonconformities(subject: Subject, dossier: Dossier) -> Iterator[Objection]:
    """Nonconformities against the control that are not closed."""
    name = re.compile(rf"(?<![\w.]){re.escape(subject.id)}(?!\w|\.\w)")
    for fact, _ in dossier.standing(("nonconformity",)):
        data = fact.entry.data
        if data["status"] in ("open", "corrected") and name.search(data["requirement"]):
            values = _values(id=data["nonconformity_id"], status=data["status"], finding=data["finding"])
            yield Objection("nonconformity", values, (fact.entry,))


def _against(kinds: tuple[str, ...], system: AiSystem, dossier: Dossier) -> list[tuple[str, int]]:
    """How many entries of these kinds are about the system."""
    counts: dict[str, int] = {}
    counted = {bulk.kind for bulk in dossier.bulk}
    for fact, _ in dossier.standing(kinds):
        entry = fact.entry
        if entry.kind in counted:
            continue
        if entry.subject == system.id or system.id in (entry.data.get("systems") or ()):
            counts[entry.kind] = counts.get(entry.kind, 0) + 1
    for bulk in dossier.bulk:
        if bulk.kind in kinds and bulk.subject == system.id:
            counts[bulk.kind] = counts.get(bulk.kind, 0) + bulk.count
    return list(counts.items())


def _about_systems(declarations: Declarations, decisions: tuple[Decision, ...]) -> Iterator[Objection]:
    """Every system is decided once, and exceptions are about systems there are."""
    known = {decision.system.id for decision in decisions}
    for fact in declarations.wide:
        exceptions = fact.entry.data.get("exceptions") or ()
        unknown = [one["system"] for one in exceptions if one["system"] not in known]
        unknown += [one for one in fact.entry.data.get("systems") or () if one not in known]
        for system in dict.fromkeys(unknown):
            yield Objection("unknown_system", _values(system=system), (fact.entry,))
    for decision in decisions:
        if decision.applicable == "conflict":
            entries = tuple(fact.entry for fact in declarations.all)
            yield Objection("system_conflict", _values(system=decision.system.id), entries)
    open_systems = [one.system.id for one in decisions if one.applicable == "undecided" and one.system.in_use]
    if open_systems:
        yield Objection("undecided", _values(systems=", ".join(open_systems)))


def _values(**values: object) -> Mapping[str, str]:
    return MappingProxyType({name: str(value) for name, value in values.items()})
