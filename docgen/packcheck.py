"""Checks a pack as a whole before anything real is built from it.

Loading finds what is malformed; this finds what does not fit together: a need about a member that no
kind has, evidence without words, a point that no section or two sections answer, and a template that
breaks when the ledger is empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType

from docgen.audience import audience_rules
from docgen.build import draft_document
from docgen.conditions import Condition
from docgen.dossier import ORGANISATION, Dossier
from docgen.errors import PackError
from docgen.life import publish_rules
from docgen.needs import DocumentRules, parse_rules
from docgen.packs import DocumentSpec, Pack
from docgen.prepare import judge_dossier
from docgen.textcheck import check_texts
from ledger.checkpoint import Checkpoint
from ledger.merkle import EMPTY_ROOT

__all__ = ["check_pack"]


def check_pack(pack: Pack) -> None:
    """Return only if every document of the pack can be built, in every language, from an empty ledger.

    Raises:
        PackError: something does not fit together. TemplateError: a template is wrong.
    """
    check_texts(pack)
    for spec in pack.documents:
        rules = parse_rules(pack.id, spec)
        publish_rules(pack, spec)
        audience_rules(pack, spec)
        for language in pack.languages:
            _check_words(pack, spec, rules, language)
            prepared = judge_dossier(_empty_dossier(spec), pack, spec, rules, language)
            draft_document(prepared, pack, spec, language)


def _check_words(pack: Pack, spec: DocumentSpec, rules: DocumentRules, language: str) -> None:
    texts = pack.texts[language]
    for point, needs in rules.needs.items():
        for need in needs:
            if not {f"need.{point}.{need.id}", f"need.{need.id}"} & texts.keys():
                raise PackError(
                    pack.id,
                    f"texts/{language}.toml",
                    f"no words for the evidence {need.id!r} of {point}",
                    remedy=f"add need.{point}.{need.id} or need.{need.id}",
                )
            conditions = (one for entries in need.alternatives for one in entries.has)
            for lack in _lacks(conditions):
                if f"lack.{lack}" not in texts:
                    raise PackError(
                        pack.id, f"texts/{language}.toml", f"no text lack.{lack}, which {spec.id} uses for {point}"
                    )


def _lacks(conditions: Iterator[Condition]) -> Iterator[str]:
    for condition in conditions:
        if condition.lack:
            yield condition.lack


def _empty_dossier(spec: DocumentSpec) -> Dossier:
    """A dossier without a single fact."""
    about_system = spec.about == "system"
    return Dossier(
        subject="system" if about_system else ORGANISATION,
        version="1" if about_system else "",
        checkpoint=Checkpoint("example.org/empty", 0, EMPTY_ROOT),
        checkpoint_time="2000-01-01T00:00:00.000000Z",
        facts=(),
        conflicts=(),
        aside=(),
        bulk=(),
        policy=None,
        founder="",
        versions=(),
        replaced_by=MappingProxyType({}),
    )
