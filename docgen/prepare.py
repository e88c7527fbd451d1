"""A document up to the point where it is judged and not yet written: what `aims docs gaps` needs.

It reads the ledger and imports no writer, so that looking for gaps stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from docgen.context import template_context
from docgen.dossier import Dossier, fold_dossier
from docgen.errors import DocgenError
from docgen.facts import Facts
from docgen.narratives import Written, show_text
from docgen.needs import DocumentRules, parse_rules
from docgen.packs import DocumentSpec, Pack
from docgen.requirements import Judge, RequirementStatus
from docgen.view import LedgerView
from ledger.kinds import body_class

__all__ = ["Prepared", "judge_dossier", "prepare_document"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """The statuses of a document's points, and what its template will see; `rows` go into the control block."""

    dossier: Dossier
    facts: Facts
    statuses: Mapping[str, RequirementStatus]
    context: Mapping[str, object]
    rows: tuple[tuple[str, str], ...] = ()


def prepare_document(
    view: LedgerView,
    pack: Pack,
    spec: DocumentSpec,
    system: str | None,
    version: str | None,
    language: str,
    item: str = "",
    *,
    names: bool = True,
) -> Prepared:
    """The document judged by the ledger at the view's checkpoint; `names` as in `docgen.record.record_of`.

    Raises:
        DocgenError: a system and version are missing, or given where they have no place, or unknown; or `item` is
            not the name of what a document made per entry is about.
    """
    rules = parse_rules(pack.id, spec)
    if spec.about == "organisation":
        if system or version:
            raise DocgenError(f"document {spec.id} is about the organisation", remedy="leave out the system")
        dossier = fold_dossier(view, rules.fold)
    elif not system or not version:
        raise DocgenError(
            f"document {spec.id} is about a system in one version", remedy="name both, as in NAME@VERSION"
        )
    else:
        dossier = fold_dossier(view, rules.fold, system, version)
    check_item(dossier, spec, rules.per, item)
    return judge_dossier(dossier, pack, spec, rules, language, item, names=names)


def check_item(dossier: Dossier, spec: DocumentSpec, per: str, item: str) -> None:
    """Return only if `item` names an entry of the kind `per` in the dossier, or the document is made per nothing.

    Raises:
        DocgenError: it does not; the message names those there are.
    """
    if not per:
        if item:
            raise DocgenError(f"document {spec.id} is not made per entry, found {item!r}", remedy="leave it out")
        return
    member = body_class(per).identity[0]
    meant = (fact for fact, _ in dossier.standing((per,)) if dossier.is_about(fact))
    known = dict.fromkeys(str(fact.entry.data.get(member)) for fact in meant)
    if item not in known:
        listed = ", ".join(list(known)[-10:]) or f"none; record one with 'aims record {per}'"
        problem = f"has no {per} {item!r}" if item else f"is about one {per}, and none is named"
        raise DocgenError(f"document {spec.id}: {dossier.subject} {problem}", remedy=f"it has: {listed}")


def _written(judge: Judge, statuses: Mapping[str, RequirementStatus]) -> Callable[[str], Written | None]:
    """``written(section)`` of templates: what people wrote there, or None."""

    def written(section: str) -> Written | None:
        evidence = statuses[section].entries if section in statuses else ()
        found = judge.text_of(section, evidence)
        return show_text(*found, judge.pack.texts[judge.language]) if found is not None else None

    return written


def judge_dossier(
    dossier: Dossier,
    pack: Pack,
    spec: DocumentSpec,
    rules: DocumentRules,
    language: str,
    item: str = "",
    *,
    names: bool = True,
) -> Prepared:
    """The statuses of every point by this dossier, and the context of the document's template."""
    judge = Judge(dossier, pack, spec, rules, language, item)
    statuses = judge.all()
    facts = Facts(dossier, pack.texts[language], names=names)
    extra: dict[str, object] = {}
    if "statement" in spec.data.get("template", {}):
        # Imported here: only documents about controls need it, and it builds on this package's judging.
        from docgen.soa import state_controls

        statement = state_controls(judge, statuses, names=names)
        statuses = statement.statuses
        extra["soa"] = statement
    if "statement_of" in spec.data.get("template", {}):
        extra["soa"] = _statement_of(dossier, pack, spec, language, names)
    extra["item"] = item
    extra["written"] = _written(judge, statuses)
    context = template_context(dossier, facts, rules, statuses, pack.texts[language]) | extra
    return Prepared(dossier, facts, statuses, context)


def _statement_of(dossier: Dossier, pack: Pack, spec: DocumentSpec, language: str, names: bool) -> object:
    """The statement about controls of another document of the pack, over this one's dossier.

    Two documents that show the same statement from one dossier can't disagree about it.
    """
    from docgen.soa import state_controls

    other = pack.document(spec.data["template"]["statement_of"])
    judge = Judge(dossier, pack, other, parse_rules(pack.id, other), language)
    return state_controls(judge, judge.all(), names=names)
