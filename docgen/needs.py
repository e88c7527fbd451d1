"""What a requirement point asks of the ledger: evidence items, as data in the pack.

Every item has an id, unique in its point, and words in the pack's texts: ``need.<point>.<id>``, or
``need.<id>`` where several points ask for the same.  It is one of

- entries: ``kind``, ``where`` (which entries are meant) and ``has`` (what they must state);
- ``any_of``: several of those, of which one is enough;
- ``test``: test plans and the evaluations that answer them (`docgen.trials`);
- ``declared``: the items that an entry names in a list of its own, such as a control's `evidence`.

`docgen.evidence` says which status follows.  A point without needs takes those of its document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from docgen.conditions import Condition, check_kind, check_path, parse_conditions
from docgen.dossier import FoldRules
from docgen.packs import DocumentSpec, Point
from docgen.rulefields import RuleFields, thaw
from ledger.kinds import body_class

__all__ = [
    "Covered",
    "Declared",
    "DocumentRules",
    "Entries",
    "Need",
    "Selector",
    "TestNeed",
    "parse_needs",
    "parse_rules",
]

_VERSIONS = ("this", "named", "so_far", "any")
_BULK: Mapping[str, Any] = {"ai_decision": {}, "runtime_log": {}}
_NOT_APPLICABLE: Mapping[str, Any] = {
    "kind": "applicability",
    "where": [{"field": "requirement", "is": "{point}"}, {"field": "applicable", "is": False}],
}


@dataclass(frozen=True, slots=True)
class Selector:
    """Entries of some kinds that meet conditions."""

    kinds: tuple[str, ...]
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Covered:
    """Every value at `field` must be among those at a place that `found_in` names."""

    field: str
    found_in: tuple[tuple[Selector, str], ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Entries asked for, and what they must be, by the names that packs use.

    `has` is what each must state, `covered` what it names and other entries must hold; with `each` none may
    fall short, else `count` must not.  `version` is ``this`` (about this version or none in particular), ``named``
    (about this version by name), ``so_far`` (earlier ones as well) or ``any``.  `due_field` holds the last day it
    counts, `after` is a kind it must follow, `not_before` what it must not be older than, `signed_by` the
    member that names who must have signed it, or else approved it, and `approved` the scopes of approval that
    count: none means any.
    """

    select: Selector
    has: tuple[Condition, ...] = ()
    covered: tuple[Covered, ...] = ()
    count: int = 1
    each: bool = False
    version: str = "this"
    fresh_days: int | None = None
    due_field: str = ""
    after: str = ""
    not_before: tuple[Event, ...] = ()
    signed_by: str = ""
    approved: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class TestNeed:
    """Tests of these types: a plan, and a run of it for this version."""

    __test__ = False  # not a test class, whatever its name says to pytest

    types: tuple[str, ...]
    where: tuple[Condition, ...] = ()
    fresh_days: int | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """The items in the list member `list` of the entries selected, each with `kind`, `about`, `shows`."""

    select: Selector
    list: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """From `day` on, evidence is due where an entry matches each of `when`."""

    day: date
    when: tuple[Selector, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """Entries after which something must be looked at again; with `first`, only when they were first recorded."""

    select: Selector
    first: bool


@dataclass(frozen=True, slots=True)
class Need:
    """One item of evidence; exactly one of `alternatives`, `test` and `declared` is set.

    It exists only when an entry matches `when`; while nothing is recorded it is not due before one matches
    `due_once`, nor before the day `due_from`; once a `Deadline` has passed it is due whatever `due_once` says.
    """

    id: str
    alternatives: tuple[Entries, ...] = ()
    test: TestNeed | None = None
    declared: Declared | None = None
    when: Selector | None = None
    due_once: tuple[Selector, ...] = ()
    due_from: date | None = None
    deadlines: tuple[Deadline, ...] = ()
    required: bool = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of entry that could provide it, in order."""
        if self.test is not None:
            return ("test_plan", "evaluation")
        kinds = (kind for entries in self.alternatives for kind in entries.select.kinds)
        return tuple(dict.fromkeys(kinds))


@dataclass(frozen=True, slots=True)
class DocumentRules:
    """Everything a document's data says about evidence; `requirements` is the population of its points.

    `roles` are those of an organisation that needs the document (none: any), `twin` says that a
    machine-readable file stands beside it (`docgen.twin`), and `per` is the kind of entry of which one, chosen by
    its name, is what the document is about: conditions name it as ``{item}``.
    """

    needs: Mapping[str, tuple[Need, ...]]
    requirements: tuple[str, ...]
    not_applicable: Selector
    freshness: Mapping[str, int]
    fold: FoldRules
    roles: tuple[str, ...] = ()
    twin: bool = False
    per: str = ""


def parse_rules(pack: str, spec: DocumentSpec) -> DocumentRules:
    """The rules of a document, checked against the kinds' schemas; ``template`` in its data is for its templates.

    Raises:
        PackError: something in them is unknown, misspelt or leads nowhere; it says where.
    """
    top = RuleFields(pack, f"document {spec.id}: data", thaw(spec.data))
    top.tables("needs")
    asked = top.words("requirements", optional=True) or tuple(point.id for point in spec.points)
    for point in spec.points:
        if point.id not in asked:
            raise top.wrong("requirements", f"point {point.id} is not among them")
    if missing := [name for name in asked if name not in {point.id for point in spec.points}]:
        raise top.wrong("requirements", f"{missing[0]} is answered by no point")
    not_applicable = top.table("not_applicable") if "not_applicable" in top else None
    rules = DocumentRules(
        needs={point.id: parse_needs(pack, spec, point) for point in spec.points},
        requirements=asked,
        not_applicable=_selector(
            not_applicable or RuleFields(pack, "not_applicable", thaw(_NOT_APPLICABLE)), done=True
        ),
        freshness=top.numbers("freshness"),
        fold=FoldRules(_bulk(top), top.number("late_days", 7), top.numbers("late_days_by_kind")),
        roles=top.words("roles", optional=True),
        twin=top.flag("twin", default=False),
        per=check_kind(top, "per", top.string("per")) if "per" in top else "",
    )
    # Read by `docgen.soa`, the document's own templates, `docgen.life.rules` and `docgen.audience`.
    for free in ("statement", "template", "publish", "audience"):
        top.free(free)
    top.done()
    for kind in (*rules.freshness, *rules.fold.late_days_by_kind):
        check_kind(top, "freshness", kind)
    return rules


def _bulk(top: RuleFields) -> Mapping[str, tuple[str, ...]]:
    table = top.table("bulk") if "bulk" in top else RuleFields(top.pack, "bulk", thaw(_BULK))
    bulk = {}
    for kind in table.names():
        fields = table.table(check_kind(table, kind, kind))
        bulk[kind] = fields.words("tally", optional=True)
        for member in bulk[kind]:
            check_path(fields, body_class(kind), member)
        fields.done()
    return bulk


def parse_needs(pack: str, spec: DocumentSpec, point: Point) -> tuple[Need, ...]:
    """What a point asks for: its own needs, or else those that its document gives to all.

    Raises:
        PackError: a need is malformed, or there is none.
    """
    place = f"document {spec.id}: point {point.id}"
    needs = thaw(point.needs) or thaw(spec.data.get("needs", ()))
    own = RuleFields(pack, place, {"needs": needs})
    parsed = tuple(_need(table) for table in own.tables("needs"))
    if not parsed:
        raise own.wrong("needs", "asks for no evidence", remedy="give the point needs, or its document")
    own.unique("needs", [need.id for need in parsed])
    return parsed


def _need(table: RuleFields) -> Need:
    ways = [way for way in ("kind", "any_of", "test", "declared") if way in table]
    if len(ways) != 1:
        raise table.wrong("", f"has {len(ways)} of kind, any_of, test, declared; expected one")
    need_id = table.string("id")
    alternatives: tuple[Entries, ...] = ()
    test: TestNeed | None = None
    declared: Declared | None = None
    match ways[0]:
        case "kind":
            alternatives = (_entries(table),)
        case "any_of":
            alternatives = tuple(_entries(inner, done=True) for inner in table.tables("any_of"))
        case "test":
            test = _test(table.table("test"))
        case _:
            declared = _declared(table.table("declared"))
    need = Need(
        need_id,
        alternatives,
        test,
        declared,
        when=_selector(table.table("when"), done=True) if "when" in table else None,
        due_once=tuple(_selector(inner, done=True) for inner in table.tables("due_once")),
        due_from=table.date("due_from") if "due_from" in table else None,
        deadlines=tuple(_deadline(inner) for inner in table.tables("due_at_latest")),
        required=table.flag("required", default=True),
    )
    table.done()
    return need


def _deadline(table: RuleFields) -> Deadline:
    deadline = Deadline(table.date("day"), tuple(_selector(inner, done=True) for inner in table.tables("when")))
    table.done()
    return deadline


def _event(table: RuleFields) -> Event:
    event = Event(_selector(table), table.flag("first", default=False))
    table.done()
    return event


def _selector(table: RuleFields, *, done: bool = False) -> Selector:
    kinds = tuple(check_kind(table, "kind", kind) for kind in table.one_or_more("kind"))
    models = [body_class(kind) for kind in kinds]
    selector = Selector(kinds, parse_conditions(table.tables("where"), models))
    if done:
        table.done()
    return selector


def _entries(table: RuleFields, *, done: bool = False) -> Entries:
    select = _selector(table)
    models = [body_class(kind) for kind in select.kinds]
    version = table.string("version", default="this")
    if version not in _VERSIONS:
        raise table.wrong("version", f"{version!r}, expected one of {', '.join(_VERSIONS)}")
    due_field = table.string("due_field", default="")
    if due_field:
        for model in models:
            check_path(table, model, due_field)
    signed_by = table.string("signed_by", default="")
    if signed_by:
        for model in models:
            check_path(table, model, signed_by)
    approved = _scopes(table) if "approved" in table else None
    entries = Entries(
        select,
        has=parse_conditions(table.tables("has"), models),
        covered=tuple(_covered(inner, models) for inner in table.tables("covered")),
        count=table.number("count", 1),
        each=table.flag("each", default=False),
        version=version,
        fresh_days=table.number("fresh_days", 1) if "fresh_days" in table else None,
        due_field=due_field,
        after=check_kind(table, "after", table.string("after")) if "after" in table else "",
        not_before=tuple(_event(inner) for inner in table.tables("not_before")),
        signed_by=signed_by,
        approved=approved,
    )
    if done:
        table.done()
    return entries


def _scopes(table: RuleFields) -> tuple[str, ...]:
    """The scopes of `approved: [scopes]`; `approved: true` means any, and is an empty tuple."""
    if table.holds("approved", True):
        return ()
    scopes = table.one_or_more("approved")
    condition = {"field": "scope", "in": list(scopes)}
    parse_conditions([RuleFields(table.pack, table.place, condition)], [body_class("approval")])
    return scopes


def _covered(table: RuleFields, models: list[Any]) -> Covered:
    field = table.string("field")
    for model in models:
        check_path(table, model, field)
    places = []
    for inner in table.tables("found_in"):
        selector, place = _selector(inner), inner.string("field")
        for kind in selector.kinds:
            check_path(inner, body_class(kind), place)
        inner.done()
        places.append((selector, place))
    table.done()
    return Covered(field, tuple(places))


def _test(table: RuleFields) -> TestNeed:
    types = table.one_or_more("types")
    model = body_class("test_plan")
    parse_conditions([RuleFields(table.pack, table.place, {"field": "types", "in": list(types)})], [model])
    test = TestNeed(
        types,
        parse_conditions(table.tables("where"), [model]),
        table.number("fresh_days", 1) if "fresh_days" in table else None,
    )
    table.done()
    return test


def _declared(table: RuleFields) -> Declared:
    selector, member = _selector(table), table.string("list")
    for kind in selector.kinds:
        shapes = check_path(table, body_class(kind), member)
        if not shapes:
            raise table.wrong("list", f"{member!r} of {kind} has no items with kind, about and shows")
        for shape in shapes:
            for name in ("kind", "about", "shows"):
                check_path(table, shape, name)
    table.done()
    return Declared(selector, member)
