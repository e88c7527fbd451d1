"""For whom a document is built: which sections and slots they see, and whose names.

A pack says it by patterns over the ids of headings (points) and slots; the first that matches holds::

    [document.data.audience]
    "AnnexIV-2-h" = ["internal", "notified-body", "authority"]
    "ifu-*" = ["internal", "deployer", "public"]

What no pattern matches, everyone sees but the public, which sees only what is named for it.  A heading's
pattern is about its whole section; sections and slots inside may have their own.  A section that is not
shown keeps its heading and says so, so that nobody takes an edition for the whole.

Names: those of affected persons are in no document (`docgen.record`).  Other people are named by their
pseudonym in editions for deployers and the public, but for those who answer for something: whoever
is `responsible`, and the signers on the cover.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

from docgen.errors import DocgenError
from docgen.packs import DocumentSpec, Pack
from docgen.rulefields import RuleFields, thaw
from docgen.tree import (
    Anchor,
    Block,
    Body,
    Cite,
    Contents,
    Emphasis,
    Heading,
    Inline,
    InlineSlot,
    Landscape,
    Language,
    PageBreak,
    Paragraph,
    Ref,
    Slot,
    Strong,
    Table,
    Text,
    map_inlines,
    walk,
    walk_inlines,
)

__all__ = ["AUDIENCES", "AudienceRules", "audience_rules", "check_audience", "for_audience", "shows_names"]

AUDIENCES: Final = ("internal", "notified-body", "authority", "deployer", "public")
PUBLIC: Final = "public"
_NAMELESS: Final = frozenset({"deployer", PUBLIC})


@dataclass(frozen=True, slots=True)
class AudienceRules:
    """Patterns over ids with the audiences that see what they match, in the pack's order."""

    patterns: tuple[tuple[str, frozenset[str]], ...] = ()

    def shows(self, name: str, audience: str) -> bool | None:
        """Whether the audience sees what has this id; None if no pattern is about it."""
        for pattern, seen_by in self.patterns:
            if name and fnmatchcase(name, pattern):
                return audience in seen_by
        return None


def check_audience(audience: str) -> str:
    """The audience itself, if there is such a one.

    Raises:
        DocgenError: there is not.
    """
    if audience not in AUDIENCES:
        raise DocgenError(f"audience {audience!r}: unknown", remedy=f"one of {', '.join(AUDIENCES)}")
    return audience


def audience_rules(pack: Pack, spec: DocumentSpec) -> AudienceRules:
    """The rules of a document.

    Raises:
        PackError: one names an audience that there is not.
    """
    table = RuleFields(pack.id, f"document {spec.id}: data: audience", thaw(spec.data.get("audience", {})))
    patterns = []
    for pattern in table.names():
        named = table.words(pattern)
        for one in named:
            if one not in AUDIENCES:
                raise table.wrong(pattern, f"{one!r} is no audience", remedy=f"one of {', '.join(AUDIENCES)}")
        patterns.append((pattern, frozenset(named)))
    return AudienceRules(tuple(patterns))


def shows_names(audience: str) -> bool:
    """Whether an edition for this audience names people who do not answer for what they are named with."""
    return audience not in _NAMELESS


def for_audience(body: Body, rules: AudienceRules, audience: str, words: Mapping[str, str]) -> Body:
    """The document as this audience sees it; `words` has ``not_for`` (a sentence) and ``withheld``."""
    if audience == "internal":
        return body
    edition = _Edition(rules, audience, words)
    kept = edition.blocks(body.blocks)
    anchors = {inline.index for inline in walk_inlines(kept) if isinstance(inline, Anchor)}
    targets = {block.id for block in walk(kept) if isinstance(block, Heading | Table) and block.id}
    return Body(_Unlinked(anchors, targets).blocks(kept), body.source)


class _Edition:
    """One pass over the blocks, in reading order, through containers."""

    def __init__(self, rules: AudienceRules, audience: str, words: Mapping[str, str]) -> None:
        self._rules, self._audience, self._words = rules, audience, words
        self._open: list[tuple[int, bool]] = []  # the sections around this place: level, whether shown
        self._told = True

    def blocks(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(kept for block in blocks for kept in self._block(block))

    @property
    def _shown(self) -> bool:
        return self._open[-1][1] if self._open else self._audience != PUBLIC

    def _block(self, block: Block) -> tuple[Block, ...]:
        match block:
            case Heading():
                return self._heading(block)
            case Landscape() | Language():
                inside = self.blocks(block.blocks)
                return (replace(block, blocks=inside),) if inside else ()
            case Slot():
                said = self._rules.shows(block.id, self._audience)
                if said is None and self._shown:
                    return (self._within(block),)
                return (self._within(block),) if said else self._left_out()
            case Contents() | PageBreak():
                return (block,)
            case _ if self._shown:
                return (self._within(block),)
            case _:
                return self._left_out()

    def _heading(self, heading: Heading) -> tuple[Block, ...]:
        while self._open and self._open[-1][0] >= heading.level:
            self._open.pop()
        around, inside = self._shown, bool(self._open)
        said = self._rules.shows(heading.id, self._audience)
        self._open.append((heading.level, around if said is None else said))
        if inside and not around and not said:
            return ()  # the section around it has said already that this is no part of the edition
        self._told = False
        return (heading,)

    def _left_out(self) -> tuple[Block, ...]:
        if self._told:
            return ()
        self._told = True
        return (Paragraph((Emphasis((Text(self._words["not_for"]),)),)),)

    def _within(self, block: Block) -> Block:
        """The block without inline slots that others see."""
        return map_inlines(block, self._inline)

    def _inline(self, inline: Inline) -> Inline:
        if isinstance(inline, InlineSlot) and self._rules.shows(inline.id, self._audience) is False:
            return Text(self._words["withheld"])
        return inline


class _Unlinked:
    """Links to what is not in this edition become words."""

    def __init__(self, anchors: set[int], targets: set[str]) -> None:
        self._anchors, self._targets = anchors, targets

    def blocks(self, blocks: tuple[Block, ...]) -> tuple[Block, ...]:
        return tuple(map_inlines(block, self._inline) for block in blocks)

    def _inline(self, inline: Inline) -> Inline:
        if isinstance(inline, Cite) and inline.index not in self._anchors:
            return Text(inline.text)
        if isinstance(inline, Ref) and inline.target not in self._targets:
            return Strong(inline.children) if len(inline.children) != 1 else inline.children[0]
        return inline
