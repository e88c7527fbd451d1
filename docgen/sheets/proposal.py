"""What people propose to record, held against what the ledger holds: what is new, what changes, what stands.

A proposal is looked at before it is signed: the ledger is read as if the proposed entries followed its
last one, so that the rules of documents judge a file of drafts in the words in which they judge entries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from docgen.dossier import Dossier, Fact, FoldRules, fold_dossier
from docgen.errors import DocgenError
from docgen.view import LedgerView, Verified
from ledger.checkpoint import Checkpoint
from ledger.counting import Counted
from ledger.entry import Entry, SignedBy
from ledger.errors import SchemaError
from ledger.kinds import body_class, validate_body

__all__ = ["Change", "Draft", "DraftError", "ProposedView", "find_changes", "place_of", "wrong_drafts"]

_NOT_COMPARED = ("references", "artefacts")


class DraftError(DocgenError):
    """Something that was proposed can't be an entry; `place` says where it stands in the file."""

    def __init__(self, place: str, problem: str, *, remedy: str = "") -> None:
        super().__init__(f"{place}: {problem}", remedy=remedy)
        self.place, self.problem = place, problem


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that somebody proposes; `places` says where each member stands, "" where the whole does."""

    kind: str
    subject: str
    body: Mapping[str, Any]
    places: Mapping[str, str]

    @property
    def identity(self) -> tuple[str, ...]:
        """What it is about, by the identity members of its kind."""
        return tuple(str(self.body.get(member, "")) for member in body_class(self.kind).identity)

    @property
    def name(self) -> str:
        """Its identity for people."""
        return " ".join(part for part in self.identity if part) or self.subject


@dataclass(frozen=True, slots=True)
class Change:
    """A draft beside the entries that it would replace: none for something new, several for a contradiction."""

    draft: Draft
    replaces: tuple[Entry, ...]
    same: bool

    @property
    def word(self) -> str:
        """What recording it would do: "new", "changed", "settled" (a contradiction) or "unchanged"."""
        if self.same:
            return "unchanged"
        return ("new", "changed")[len(self.replaces)] if len(self.replaces) < 2 else "settled"

    @property
    def members(self) -> tuple[str, ...]:
        """The members that differ from the entry replaced."""
        if len(self.replaces) != 1:
            return ()
        old, new = _plain(self.replaces[0].data), _plain(self.draft.body)
        return tuple(name for name in dict.fromkeys((*new, *old)) if old.get(name) != new.get(name))

    @property
    def body(self) -> dict[str, Any]:
        """The body to record, with its references."""
        references = [{"rel": "supersedes", "statement": entry.statement} for entry in self.replaces]
        body = dict(self.draft.body)
        if references:
            body["references"] = [*body.get("references", ()), *references]
        return body


def find_changes(view: LedgerView, drafts: Sequence[Draft]) -> tuple[Change, ...]:
    """Each draft with what it replaces, in the order given.

    Raises:
        DraftError: a draft that its kind's schema does not allow, or two about the same thing.
    """
    for error in wrong_drafts(drafts):
        raise error
    seen: dict[tuple[str, str, tuple[str, ...]], Draft] = {}
    for draft in drafts:
        key = draft.kind, draft.subject, draft.identity
        if draft.identity and key in seen:
            raise DraftError(draft.places[""], f"{draft.name} is in {seen[key].places['']} as well")
        seen[key] = draft
    standing = _standing(view, {draft.kind for draft in drafts})
    return tuple(_change(draft, standing) for draft in drafts)


def wrong_drafts(drafts: Iterable[Draft]) -> Iterator[DraftError]:
    """For each draft that its kind's schema does not allow, the first thing wrong with it."""
    for draft in drafts:
        try:
            validate_body(draft.kind, dict(draft.body))
        except SchemaError as error:
            yield DraftError(place_of(draft, error.place), error.problem)


def place_of(draft: Draft, member: str) -> str:
    """Where a member stands in the file, or the nearest thing around it."""
    steps = member.replace("[", ".").replace("]", "").lstrip(".").split(".")
    for end in range(len(steps), 0, -1):
        if ".".join(steps[:end]) in draft.places:
            return draft.places[".".join(steps[:end])]
    return draft.places[""]


_Key = tuple[str, str, tuple[str, ...]]


def _standing(view: LedgerView, kinds: set[str]) -> Mapping[_Key, tuple[Fact, ...]]:
    # Only what can be replaced is read: a ledger may hold millions of other entries.
    rules = FoldRules(MappingProxyType({}), 36_500, MappingProxyType({}))
    dossier: Dossier = fold_dossier(_Kinds(view, frozenset(kinds)), rules)
    found: dict[_Key, tuple[Fact, ...]] = {}
    for fact, _ in dossier.standing(kinds):
        members = body_class(fact.entry.kind).identity
        key = fact.entry.kind, fact.entry.subject, tuple(str(fact.entry.data.get(member, "")) for member in members)
        found[key] = (*found.get(key, ()), fact)
    return found


def _change(draft: Draft, standing: Mapping[_Key, tuple[Fact, ...]]) -> Change:
    rivals = standing.get((draft.kind, draft.subject, draft.identity), ())
    if not draft.identity:
        # Nothing tells two entries of such a kind apart but what they say.
        return Change(draft, (), any(_says_the_same(draft, fact.entry) for fact in rivals))
    same = len(rivals) == 1 and _says_the_same(draft, rivals[0].entry)
    return Change(draft, tuple(fact.entry for fact in rivals), same)


def _says_the_same(draft: Draft, entry: Entry) -> bool:
    """Whether the entry says what the draft says; a value that was erased is not asked for again."""
    new: Any = _plain(draft.body)
    old: Any = _plain(entry.data)
    for member in entry.erased:
        steps = [step.replace("~1", "/").replace("~0", "~") for step in member.path.split("/")[1:]]
        new = _without(new, steps)
    return bool(new == old)


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _listed(value) for name, value in body.items() if name not in _NOT_COMPARED and value is not None}


def _listed(value: Any) -> Any:
    """The value with lists and objects as JSON has them, whatever kept them."""
    if isinstance(value, Mapping):
        return {name: _listed(inner) for name, inner in value.items() if name != "_sd"}
    return [_listed(inner) for inner in value] if isinstance(value, list | tuple) else value


def _without(value: Any, steps: Sequence[str]) -> Any:
    if isinstance(value, list) and steps and steps[0].isdigit():
        return [_without(one, steps[1:]) if str(at) == steps[0] else one for at, one in enumerate(value)]
    if not isinstance(value, dict) or not steps:
        return value
    if len(steps) == 1:
        return {name: inner for name, inner in value.items() if name != steps[0]}
    return {name: _without(inner, steps[1:]) if name == steps[0] else inner for name, inner in value.items()}


@dataclass(frozen=True, slots=True)
class _Kinds:
    """A ledger as if it held entries of these kinds only."""

    base: LedgerView
    kinds: frozenset[str]

    @property
    def origin(self) -> str:
        return self.base.origin

    @property
    def checkpoint(self) -> Checkpoint:
        return self.base.checkpoint

    @property
    def checkpoint_time(self) -> str:
        return self.base.checkpoint_time

    @property
    def last_verified(self) -> Verified | None:
        return self.base.last_verified

    def entries(self, *, kinds: Collection[str] | None = None, subject: str | None = None) -> Iterator[Entry]:
        wanted = self.kinds if kinds is None else self.kinds & frozenset(kinds)
        return self.base.entries(kinds=sorted(wanted), subject=subject) if wanted else iter(())

    def counted(self, kinds: Collection[str], subject: str | None = None) -> tuple[Counted, ...]:
        return self.base.counted(self.kinds & frozenset(kinds), subject)

    def tally(self, kind: str, subject: str, members: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        return self.base.tally(kind, subject, members)


@dataclass(frozen=True, slots=True)
class ProposedView:
    """A ledger as if these changes had been recorded after its checkpoint."""

    base: LedgerView
    changes: tuple[Change, ...]

    @property
    def origin(self) -> str:
        """The ledger's name."""
        return self.base.origin

    @property
    def checkpoint(self) -> Checkpoint:
        """A checkpoint that nobody signed: so large as if everything had been recorded."""
        known = self.base.checkpoint
        return Checkpoint(known.origin, known.size + len(self.changes), known.root)

    @property
    def checkpoint_time(self) -> str:
        """The time of the ledger's own checkpoint."""
        return self.base.checkpoint_time

    @property
    def last_verified(self) -> Verified | None:
        """That of the ledger."""
        return self.base.last_verified

    def entries(self, *, kinds: Collection[str] | None = None, subject: str | None = None) -> Iterator[Entry]:
        """The ledger's entries, then the proposed ones."""
        yield from self.base.entries(kinds=kinds, subject=subject)
        for entry in self.proposed():
            if (kinds is None or entry.kind in kinds) and subject in (None, entry.subject):
                yield entry

    def counted(self, kinds: Collection[str], subject: str | None = None) -> tuple[Counted, ...]:
        """As in the ledger: kinds that are only counted are never proposed."""
        return self.base.counted(kinds, subject)

    def tally(self, kind: str, subject: str, members: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
        """As in the ledger."""
        return self.base.tally(kind, subject, members)

    def proposed(self) -> Iterable[Entry]:
        """The changes as entries that do not exist."""
        for number, change in enumerate(self.changes):
            digest = hashlib.sha256(f"proposed {number}".encode())
            yield Entry(
                index=self.base.checkpoint.size + number,
                leaf_hash=digest.digest(),
                recorded=self.checkpoint_time,
                statement=digest.hexdigest(),
                id=f"proposed-{number}",
                source="proposed",
                kind=change.draft.kind,
                subject=change.draft.subject,
                time=self.checkpoint_time,
                data=change.body,
                erased=(),
                signers=(SignedBy("0" * 64, "proposed", ("compliance",)),),
            )
