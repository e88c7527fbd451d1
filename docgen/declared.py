"""Evidence that an entry asks for itself: a control's declaration names what must be in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docgen.dossier import Conflict, Fact
from docgen.evidence import Context, Finding, conflicting, matching, staleness
from docgen.needs import Declared
from docgen.reasons import Kind, name_entry, reason
from ledger.entry import Entry

__all__ = ["DeclaredItem", "find_declared", "mentions"]


@dataclass(frozen=True, slots=True)
class DeclaredItem:
    """One item a declaration names: what it has to show, by which kind of entry, and what was found."""

    finding: Finding
    kinds: tuple[str, ...]
    shows: str = ""


def find_declared(context: Context, need: Declared) -> tuple[DeclaredItem, ...]:
    """Every item that the declarations selected by `need` name; one that says so when they name none."""
    declarations = [
        (fact, conflict) for fact, conflict in matching(context, need.select) if context.dossier.is_about(fact)
    ]
    if not declarations:
        return (DeclaredItem(Finding("not provided", reason("not_declared")), need.select.kinds),)
    items: list[DeclaredItem] = []
    for fact, conflict in declarations:
        if conflict is not None:
            return (DeclaredItem(conflicting(conflict), need.select.kinds),)
        named = fact.entry.data.get(need.list) or ()
        items += [_item(context, element) for element in named]
        if not named:
            why = reason("none_named", entry=name_entry(fact.entry))
            items.append(DeclaredItem(Finding("no test defined", why, (fact,)), need.select.kinds))
    return tuple(items)


def _item(context: Context, element: Mapping[str, Any]) -> DeclaredItem:
    kind, about = element["kind"], element.get("about") or ""
    found = list(_candidates(context, kind, about))
    return DeclaredItem(_found(context, kind, about, found), (kind,), element.get("shows") or "")


def _found(context: Context, kind: str, about: str, found: list[tuple[Fact, Conflict | None]]) -> Finding:
    for _, conflict in found:
        if conflict is not None:
            return conflicting(conflict)
    facts = tuple(fact for fact, _ in found)
    if not facts:
        suffix = reason("about", about=about) if about else ""
        return Finding("not provided", reason("declared_absent", kinds=Kind(kind), about=suffix))
    old = [stale for fact in facts if (stale := staleness(context, fact)) is not None]
    return old[-1] if len(old) == len(facts) else Finding("provided", None, facts)


def _candidates(context: Context, kind: str, about: str) -> Iterator[tuple[Fact, Conflict | None]]:
    for fact, conflict in context.dossier.standing((kind,)):
        if mentions(fact.entry, about):
            yield fact, conflict


def mentions(entry: Entry, about: str) -> bool:
    """Whether the entry is about what a declaration calls `about`: its subject, or any id, type or topic it states."""
    if not about or about == entry.subject:
        return True
    return any(value == about or (isinstance(value, list | tuple) and about in value) for value in entry.data.values())
