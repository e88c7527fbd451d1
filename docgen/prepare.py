"""A document up to the point where it is judged and not yet written: what `aims docs gaps` needs.

It reads the ledger and imports no writer, so that looking for gaps stays quick.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from docgen.context import template_context
from docgen.dossier import Dossier, fold_dossier
from docgen.errors import DocgenError
from docgen.facts import Facts
from docgen.needs import DocumentRules, parse_rules
from docgen.packs import DocumentSpec, Pack
from docgen.requirements import Judge, RequirementStatus
from docgen.view import LedgerView

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
    view: LedgerView, pack: Pack, spec: DocumentSpec, system: str | None, version: str | None, language: str
) -> Prepared:
    """The document judged by the ledger at the view's checkpoint.

    Raises:
        DocgenError: a system and version are missing, or given where they have no place, or unknown.
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
    return judge_dossier(dossier, pack, spec, rules, language)


def judge_dossier(dossier: Dossier, pack: Pack, spec: DocumentSpec, rules: DocumentRules, language: str) -> Prepared:
    """The statuses of every point by this dossier, and the context of the document's template."""
    judge = Judge(dossier, pack, spec, rules, language)
    statuses = judge.all()
    facts = Facts(dossier, pack.texts[language])
    extra: dict[str, object] = {}
    rows: tuple[tuple[str, str], ...] = ()
    if "statement" in spec.data.get("template", {}):
        # Imported here: only documents about controls need it, and it builds on this package's judging.
        from docgen.soa import state_controls

        statement = state_controls(judge, statuses)
        statuses = statement.statuses
        extra["soa"] = statement
        rows = getattr(statement, "info_rows", ())
    if "statement_of" in spec.data.get("template", {}):
        extra["soa"] = _statement_of(dossier, pack, spec, language)
    context = template_context(dossier, facts, rules, statuses, pack.texts[language]) | extra
    return Prepared(dossier, facts, statuses, context, rows)


def _statement_of(dossier: Dossier, pack: Pack, spec: DocumentSpec, language: str) -> object:
    """The statement about controls of another document of the pack, over this one's dossier.

    Two documents that show the same statement from one dossier can't disagree about it.
    """
    from docgen.soa import state_controls

    other = pack.document(spec.data["template"]["statement_of"])
    judge = Judge(dossier, pack, other, parse_rules(pack.id, other), language)
    return state_controls(judge, judge.all())
