"""Documents that are not made while something is missing, as their pack says (`docgen.life.rules`)."""

from __future__ import annotations

from collections.abc import Iterable

from docgen.dossier import ORGANISATION
from docgen.errors import DocgenError
from docgen.life.fold import fold_life
from docgen.life.rules import PublishRules, publish_rules
from docgen.packs import DocumentSpec, Pack
from docgen.requirements import RequirementStatus
from docgen.view import LedgerView

__all__ = ["check_gate"]


def check_gate(
    view: LedgerView, pack: Pack, spec: DocumentSpec, about: tuple[str, str], statuses: Iterable[RequirementStatus]
) -> PublishRules:
    """The document's rules, if it may be made; `about` is subject and version.

    Raises:
        DocgenError: it never prints with open points and has some, or a document that it requires is not there.
        PackError: its rules are wrong.
    """
    rules = publish_rules(pack, spec)
    missing = [name for name in rules.requires if not _is_there(view, pack, name, about)]
    if missing:
        raise DocgenError(
            f"document {spec.id}: requires {', '.join(missing)}, approved or published for the same version",
            remedy=f"'aims docs approve {missing[0]}' comes first",
        )
    gaps = [status.cite for status in statuses if status.open] if rules.no_open else []
    if gaps:
        shown = ", ".join(gaps[:5]) + (f" and {len(gaps) - 5} more" if len(gaps) > 5 else "")
        raise DocgenError(
            f"document {spec.id}: is never printed with gaps, and {len(gaps)} points are open: {shown}",
            remedy=f"'aims docs gaps {spec.id}' says how to record what is missing",
        )
    return rules


def _is_there(view: LedgerView, pack: Pack, name: str, about: tuple[str, str]) -> bool:
    """Whether the document is approved or published for this version, in some language of the pack."""
    spec = pack.document(name)
    rules = publish_rules(pack, spec)
    subject, version = about if spec.about == "system" else (ORGANISATION, "")
    lives = (fold_life(view, name, subject, version, language, rules) for language in pack.languages)
    return any(life.approved or life.current is not None for life in lives)
