"""The life of one document, folded from its `publication` entries and the approvals of its content.

::

    draft ──submit──▶ in review ──approve──▶ approved ──publish──▶ published ──▶ superseded
      ▲                   │                      │                     └───────▶ withdrawn
      └──── draft, withdrawn, approval taken back ┘

What is reviewed, approved and published is content, named by its content digest; a version number is
given when it is submitted, and counts per document, subject and language over all versions of the
system and all audiences: no two entries of different content ever bear one.  A later published
version of the same document about the same version of the system, for the same audience, supersedes
the one before.  An approval by nobody but those who put the content up for review (or, where nobody
did, who published it) counts only where the ledger's policy waives the second person.  An entry that
can't follow on what stands changes nothing and is told as `Void`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

from docgen.approvals import Judged, judge_approvals, names_of
from docgen.dossier import ORGANISATION, policy_of
from docgen.life.rules import PublishRules
from docgen.view import LedgerView
from ledger.entry import Entry

__all__ = ["APPROVING", "AUDIENCES", "Life", "Version", "Void", "audience_of", "document_name", "fold_life"]

APPROVING: Final = ("document", "publication", "declaration")
"""The scopes of approvals that are about a whole document."""

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}\Z", re.ASCII)
_REPLACING: Final = ("corrects", "supersedes")


AUDIENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "internal": "staff",
        "notified-body": "notified_body",
        "authority": "authorities",
        "deployer": "deployers",
        "public": "public",
    }
)
"""For whom a document can be built, and what `publication` entries call them."""


def audience_of(entry: Entry) -> str:
    """For whom a `publication` entry is, in its own word; for the organisation itself if it says nothing."""
    said = entry.data.get("audience") or [AUDIENCES["internal"]]
    return str(said[0])


@dataclass(frozen=True, slots=True)
class Void:
    """A `publication` entry that changed nothing, and why."""

    entry: Entry
    reason: str


@dataclass(frozen=True, slots=True)
class Version:
    """A published version: the entry that published it, its approvals, and the entry that ended it, if one did.

    `approvals` were in force then; `by_author` says that none of them is by a second person; `taken_back` are
    those that somebody rejected or withdrew later, which does not undo a publication.
    """

    entry: Entry
    state: str
    approvals: tuple[Judged, ...]
    ended_by: Entry | None = None
    taken_back: tuple[Entry, ...] = ()

    @property
    def version(self) -> str:
        """Its number."""
        return str(self.entry.data["version"])

    @property
    def content_digest(self) -> str:
        """The digest of its content."""
        return str(self.entry.data["content_digest"])

    @property
    def on(self) -> str:
        """The day printed on it, YYYY-MM-DD."""
        return str(self.entry.data.get("issued_on") or self.entry.time[:10])

    @property
    def by_author(self) -> bool:
        """Whether it was approved, and by nobody but its author."""
        return bool(self.approvals) and all(one.by_author for one in self.approvals)


@dataclass(frozen=True, slots=True)
class Life:
    """How a document stands.

    `pending` is the entry whose content is in review or approved; `approvals` are those in force of it that
    count, `uncounted` those by its author alone.  `step` is the last entry about the coming version, which the
    next one replaces.  `versions` are oldest first.
    """

    document: str
    subject: str
    system_version: str
    language: str
    audience: str
    state: str
    next_version: str
    pending: Entry | None
    approvals: tuple[Judged, ...]
    uncounted: tuple[Judged, ...]
    ended: tuple[Judged, ...]
    waived: bool
    versions: tuple[Version, ...]
    void: tuple[Void, ...]
    step: Entry | None
    said: Mapping[str, Any]

    @property
    def item(self) -> str:
        """The entry that a document made per entry is about; empty for others."""
        return self.document.partition("/")[2]

    @property
    def current(self) -> Version | None:
        """The published version in force."""
        return next((one for one in reversed(self.versions) if one.state == "published"), None)

    @property
    def in_review(self) -> bool:
        """Whether somebody put the pending content up for review; else it was approved at once."""
        return self.pending is not None and self.pending.data["state"] == "in_review"

    @property
    def approved(self) -> bool:
        """Whether the pending content may be published."""
        return self.state == "approved"

    @property
    def by_author(self) -> bool:
        """Whether the pending content is approved by nobody but its author."""
        return bool(self.approvals) and all(one.by_author for one in self.approvals)

    @property
    def pending_digest(self) -> str:
        """The digest of the content that is in review or approved; empty if there is none."""
        return str(self.pending.data["content_digest"]) if self.pending is not None else ""

    def version(self, number: str) -> Version | None:
        """The published version with this number."""
        return next((one for one in self.versions if one.version == number), None)


def document_name(document: str, item: str) -> str:
    """What entries call a document of the pack that is made per entry: ``<document>/<item>``; others by their id."""
    return f"{document}/{item}" if item else document


def fold_life(
    view: LedgerView,
    document: str,
    subject: str = ORGANISATION,
    version: str = "",
    language: str = "en",
    rules: PublishRules | None = None,
    audience: str = "internal",
) -> Life:
    """The life of a document about a version of a system, or about the organisation, at the view's checkpoint."""
    entries = _standing(view.entries(kinds=("publication", "approval"), subject=subject))
    policy, _ = policy_of(view.entries(kinds=("ledger",)))
    waived = policy is not None and policy.self_approval
    approvals = [entry for entry in entries if entry.kind == "approval" and _may_approve(entry, document)]
    fold = _Fold(version, AUDIENCES[audience], approvals, waived, view.checkpoint_time[:10])
    for entry in entries:
        data = entry.data
        if entry.kind == "publication" and (data["document"], data["language"]) == (document, language):
            fold.add(entry)
    return fold.life(document, subject, language, audience, (rules or PublishRules()).approvals)


def _standing(entries: Iterable[Entry]) -> list[Entry]:
    """The entries but for approvals that were replaced and publications that were corrected."""
    listed = list(entries)
    kinds = {entry.statement: entry.kind for entry in listed}
    gone = {
        reference["statement"]
        for entry in listed
        for reference in entry.data.get("references", ())
        if kinds.get(reference["statement"]) == entry.kind
        and reference["rel"] in (_REPLACING if entry.kind == "approval" else _REPLACING[:1])
    }
    return [entry for entry in listed if entry.statement not in gone]


def _may_approve(entry: Entry, document: str) -> bool:
    """Whether the approval is about a whole document, and not about another one."""
    data = entry.data
    return data.get("document") in (None, document) and not data.get("section") and data["scope"] in APPROVING


@dataclass(slots=True)
class _Fold:
    """The entries taken in so far; versions of the same document about other versions of the system only count."""

    system_version: str
    audience: str
    approving: list[Entry]
    waived: bool
    today: str
    numbers: set[str] = field(default_factory=set)
    reserved: set[str] = field(default_factory=set)
    versions: list[Version] = field(default_factory=list)
    pending: Entry | None = None
    step: Entry | None = None
    void: list[Void] = field(default_factory=list)
    said: dict[str, Any] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take in the next entry, in the ledger's order."""
        data, state = entry.data, entry.data["state"]
        own = (entry.version or "", audience_of(entry)) == (self.system_version, self.audience)
        number = str(data["version"])
        if state == "published" and number in self.numbers:
            if own:
                self.void.append(Void(entry, f"version {number} was published before"))
            return
        if state == "published":
            self.numbers.add(number)
        if not own:
            self.reserved.add(number)
            return
        problem = self._change(entry, state, number)
        if problem:
            self.void.append(Void(entry, problem))
            return
        self.said |= {name: data[name] for name in ("number", "owner") if data.get(name)}

    def _change(self, entry: Entry, state: str, number: str) -> str:
        """What is wrong with the entry; nothing when it changed the state."""
        if state in ("superseded", "withdrawn"):
            return self._end(entry, state, number)
        if number in self.numbers and state != "published":
            return f"version {number} is published, and can only be superseded or withdrawn"
        if state == "published":
            self._publish(entry)
        elif state == "draft":
            self.pending, self.step = None, entry
        elif state == "in_review" or self.pending is None:  # what is approved at once was in no review before
            self.pending = self.step = entry
        elif self.pending.data["content_digest"] != entry.data["content_digest"]:
            return "it approves other content than that in review"
        else:
            self.step = entry
        return ""

    def _end(self, entry: Entry, state: str, number: str) -> str:
        for place, one in enumerate(self.versions):
            if one.version == number:
                if one.state == "withdrawn" or (one.state, state) == ("superseded", "superseded"):
                    return f"version {number} is {one.state} already"
                self.versions[place] = replace(one, state=state, ended_by=entry)
                return ""
        if state == "superseded" or self.pending is None:
            return f"version {number} was not published"
        self.pending, self.step = None, entry
        return ""

    def _publish(self, entry: Entry) -> None:
        for place, one in enumerate(self.versions):
            if one.state == "published":
                self.versions[place] = replace(one, state="superseded", ended_by=entry)
        authors = self._authors(entry)
        earlier = [one for one in self.approving if one.index < entry.index]
        judged = self._judged(entry, earlier, authors, str(entry.data.get("issued_on") or entry.time[:10]))
        named = set(entry.data.get("approvals") or ())
        counted = tuple(one for one in judged if one.entry.statement in named and not one.ended)
        still = {one.entry.statement for one in self._judged(entry, self.approving, authors, self.today)}
        taken = tuple(one.entry for one in counted if one.entry.statement not in still)
        self.versions.append(Version(entry, "published", counted, taken_back=taken))
        self.pending = self.step = None

    def _authors(self, entry: Entry) -> frozenset[str]:
        """Who put this content up for review, else who published it."""
        pending = self.pending
        submitted = (
            pending is not None
            and pending.data["state"] == "in_review"
            and pending.data["content_digest"] == entry.data["content_digest"]
        )
        made = pending if submitted and pending is not None else entry
        return frozenset(signer.principal for signer in made.signers)

    @staticmethod
    def _judged(entry: Entry, approvals: Iterable[Entry], authors: frozenset[str], day: str) -> tuple[Judged, ...]:
        return judge_approvals(approvals, names_of(entry), authors, day, APPROVING)

    def life(self, document: str, subject: str, language: str, audience: str, needed: int) -> Life:
        """How the document stands, with so many approvals needed."""
        pending, judged, authors = self.pending, tuple[Judged, ...](), frozenset[str]()
        if pending is not None:
            signers = frozenset(signer.principal for signer in pending.signers)
            # Nobody put up for review what was approved at once; who publishes it will be its author.
            authors = signers if pending.data["state"] == "in_review" else authors
            judged = self._judged(pending, self.approving, authors, self.today)
        counted = tuple(one for one in judged if not one.ended and (self.waived or not one.by_author))
        people = {signer.principal for one in counted for signer in one.entry.signers}
        people -= frozenset() if self.waived else authors
        return Life(
            document=document,
            subject=subject,
            system_version=self.system_version,
            language=language,
            audience=audience,
            state=self._state(enough=len(people) >= needed),
            next_version=self._next_version(),
            pending=pending,
            approvals=counted,
            uncounted=tuple(one for one in judged if not one.ended and one not in counted),
            ended=tuple(one for one in judged if one.ended),
            waived=self.waived,
            versions=tuple(self.versions),
            void=tuple(self.void),
            step=self.step,
            said=dict(self.said),
        )

    def _next_version(self) -> str:
        """The number given when it was submitted, else the next that nobody has."""
        given = str(self.step.data["version"]) if self.step is not None else ""
        if _NUMBER.match(given) and given not in self.numbers | self.reserved:
            return given
        taken = (int(number) for number in self.numbers | self.reserved if _NUMBER.match(number))
        return str(1 + max(taken, default=0))

    def _state(self, *, enough: bool) -> str:
        if self.pending is not None:
            return "approved" if enough else "in review"
        states = [one.state for one in self.versions]
        if "published" in states:
            return "published"
        return states[-1] if states and self.step is None else "draft"
