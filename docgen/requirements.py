"""Exactly one status word for every requirement point of a document, and for each item of its evidence.

A point is `not applicable` only by the signed entry that the pack's rules name.  Otherwise it has the
word of its worst required item; items that are not due yet count only when nothing else is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from docgen.declared import find_declared
from docgen.dossier import ORGANISATION, Conflict, Dossier, Fact
from docgen.evidence import RANK, Context, Finding, conflicting, find_entries, find_tests, matching
from docgen.narratives import document_of, find_text, judge_text
from docgen.needs import Deadline, DocumentRules, Need, parse_needs
from docgen.packs import DocumentSpec, Pack, Point
from docgen.reasons import Kind, Reason, name_entry, reason
from docgen.status import OPEN_WORDS, STATUS_WORDS

__all__ = ["ItemStatus", "Judge", "RequirementStatus", "Summary", "say_summary", "summarise"]

assert set(RANK) == set(STATUS_WORDS), "every status word has its rank, and no other word has"


@dataclass(frozen=True, slots=True)
class ItemStatus:
    """One item of evidence: what it is, its status word and why, in the document's language.

    `entries` are the facts it rests on, `since` the one since which it is stale; `record` is the command
    that would record it, empty when there is nothing to record.
    """

    id: str
    what: str
    kinds: tuple[str, ...]
    status: str
    reason: str
    entries: tuple[Fact, ...]
    required: bool
    since: Fact | None
    record: str

    @property
    def open(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.status in OPEN_WORDS


@dataclass(frozen=True, slots=True)
class RequirementStatus:
    """One requirement point: its status word and why, and the items it follows from."""

    id: str
    cite: str
    title: str
    requirement: str
    group: str
    status: str
    reason: str
    items: tuple[ItemStatus, ...]
    entries: tuple[Fact, ...]

    @property
    def open(self) -> bool:
        """Whether somebody has to do something about it."""
        return self.status in OPEN_WORDS

    @property
    def late(self) -> tuple[Fact, ...]:
        """The facts it rests on that were recorded long after what they describe."""
        return tuple(fact for fact in self.entries if fact.late)


@dataclass(frozen=True, slots=True)
class Summary:
    """How often each status word stands in a document; `counts` has every word, and their sum is `total`."""

    total: int
    counts: Mapping[str, int]

    @property
    def provided(self) -> int:
        """Points with the word `provided`."""
        return self.counts["provided"]

    @property
    def open(self) -> int:
        """Points somebody has to do something about."""
        return sum(count for word, count in self.counts.items() if word in OPEN_WORDS)

    @property
    def not_applicable(self) -> int:
        """Points declared not applicable."""
        return self.counts["not applicable"]

    @property
    def not_due_yet(self) -> int:
        """Points that are not due yet."""
        return self.counts["not due yet"]


def say_summary(summary: Summary, unit: str = "points") -> str:
    """The counts in a line; `unit` is what the document's points are called.  Open ones stand in brackets by word."""
    open_ones = ", ".join(f"{count} {word}" for word, count in summary.counts.items() if count and word in OPEN_WORDS)
    line = f"{summary.total} {unit}: {summary.provided} provided, {summary.open} open"
    rest = ((summary.not_applicable, "not applicable"), (summary.not_due_yet, "not due yet"))
    return line + (f" ({open_ones})" if open_ones else "") + "".join(f", {n} {words}" for n, words in rest if n)


def summarise(statuses: Mapping[str, RequirementStatus]) -> Summary:
    """The counts over all points."""
    words = [status.status for status in statuses.values()]
    return Summary(len(words), MappingProxyType({word: words.count(word) for word in STATUS_WORDS}))


@dataclass(frozen=True, slots=True)
class Judge:
    """Says how the points of one document stand by one dossier, in one language.

    `item` is the entry that a document made per entry is about, by its name.
    """

    dossier: Dossier
    pack: Pack
    spec: DocumentSpec
    rules: DocumentRules
    language: str
    item: str = ""

    def all(self) -> Mapping[str, RequirementStatus]:
        """Every point of the document, in its order, by id."""
        return MappingProxyType({point.id: self.point(point) for point in self.spec.points})

    def point(self, point: Point) -> RequirementStatus:
        """How a point stands; it may be one that the pack does not have, such as an organisation's own control."""
        needs = self.rules.needs.get(point.id) or parse_needs(self.pack.id, self.spec, point)
        names = {"point": point.id, "system": self.dossier.subject, "version": self.dossier.version}
        names["item"] = self.item
        context = Context(self.dossier, self.rules.freshness, names)
        declared = self._not_applicable(context)
        if declared is None:
            items = tuple(item for need in needs for item in self._items(context, point, need))
            items += self._texts(point, items)
            status, why = _combined(items)
        else:
            items = ()
            status, why = declared.status, self._say(declared.why)
        facts = {fact.entry.index: fact for item in items for fact in item.entries}
        facts |= {fact.entry.index: fact for fact in (declared.facts if declared else ())}
        return RequirementStatus(
            id=point.id,
            cite=point.place.say(self.language),
            title=point.title.say(self.language),
            requirement=point.requirement.say(self.language),
            group=point.group,
            status=status,
            reason=why,
            items=items,
            entries=tuple(facts[index] for index in sorted(facts)),
        )

    def _say(self, why: Reason | None) -> str:
        return why.say(self.pack.texts[self.language]) if why is not None else ""

    def _not_applicable(self, context: Context) -> Finding | None:
        """The entry that declares the point not applicable; contested or overdue it decides nothing."""
        found = [
            (fact, conflict)
            for fact, conflict in matching(context, self.rules.not_applicable)
            if self.dossier.is_about(fact)
        ]
        if not found:
            return None
        fact, conflict = found[-1]
        if conflict is not None:
            return conflicting(conflict)
        entry = fact.entry
        due = entry.data.get("review_due") or ""
        if due and due < context.today.isoformat():
            return Finding("stale", reason("due", entry=name_entry(entry), day=due), (fact,), since=fact)
        why = reason("not_applicable", entry=name_entry(entry), justification=entry.data.get("justification", ""))
        return Finding("not applicable", why, (fact,))

    def _items(self, context: Context, point: Point, need: Need) -> tuple[ItemStatus, ...]:
        if need.when is not None and not any(self.dossier.is_about(fact) for fact, _ in matching(context, need.when)):
            return ()
        what = need_words(self.pack, self.language, point.id, need.id)
        if need.declared is not None:
            return tuple(
                self._item(need, found.finding, f"{need.id}-{number}", found.shows or what, found.kinds)
                for number, found in enumerate(find_declared(context, need.declared), 1)
            )
        if need.test is not None:
            finding = find_tests(context, need.test)
        else:
            finding = _best([find_entries(context, entries) for entries in need.alternatives])
        return (self._item(need, self._due(context, point, need, finding), need.id, what, need.kinds),)

    def _due(self, context: Context, point: Point, need: Need, finding: Finding) -> Finding:
        """The finding, or `not due yet` while there is nothing and the pack's rule says when it falls due."""
        if finding.facts or finding.status not in ("not provided", "no test defined", "never run"):
            return finding
        if need.due_from is not None and context.today < need.due_from:
            return Finding("not due yet", reason("not_due_from", day=need.due_from.isoformat()))
        happened = any(self.dossier.is_about(fact) for select in need.due_once for fact, _ in matching(context, select))
        overdue = any(self._passed(context, deadline) for deadline in need.deadlines)
        if need.due_once and not happened and not overdue:
            key = f"due.{point.id}.{need.id}"
            if key in self.pack.texts[self.language]:
                return Finding("not due yet", Reason(key))
            kinds = tuple(Kind(kind) for select in need.due_once for kind in select.kinds)
            return Finding("not due yet", reason("not_due_once", kinds=kinds))
        return finding

    def _passed(self, context: Context, deadline: Deadline) -> bool:
        """Whether the deadline has come, and is one for this system and version."""
        return context.today >= deadline.day and all(
            any(self.dossier.is_about(fact) for fact, _ in matching(context, select)) for select in deadline.when
        )

    def _item(self, need: Need, finding: Finding, item_id: str, what: str, kinds: tuple[str, ...]) -> ItemStatus:
        missing = finding.status in OPEN_WORDS and finding.status not in ("conflict", "failed")
        return ItemStatus(
            id=item_id,
            what=what,
            kinds=kinds,
            status=finding.status,
            reason=self._say(finding.why),
            entries=finding.facts,
            required=need.required,
            since=finding.since,
            record=self._command(_wanted(finding.status, kinds)) if missing and kinds else "",
        )

    def _command(self, kind: str) -> str:
        about = f"--system {self.dossier.subject}@{self.dossier.version}"
        if self.dossier.about_organisation:
            about = f"--subject {ORGANISATION}"
        return f"aims record {kind} {kind}.yaml {about} --as KEY"

    def text_of(
        self, section: str, evidence: Iterable[Fact] = ()
    ) -> tuple[Fact, Conflict | None, Finding | None] | None:
        """What people wrote for a section of this document, and whether it is contested or suspect."""
        found = find_text(self.dossier, document_of(self.spec.id, self.item), section, self.language)
        return None if found is None else (*found, judge_text(self.dossier, *found, evidence))

    def _texts(self, point: Point, items: tuple[ItemStatus, ...]) -> tuple[ItemStatus, ...]:
        """The text that people wrote for this point, when it is suspect, contested or in other languages only."""
        found = self.text_of(point.id, (fact for item in items for fact in item.entries))
        if found is not None:
            _, _, finding = found
            return () if finding is None else (self._text_item(finding),)
        named = (document_of(self.spec.id, self.item), point.id)
        written = {
            fact.entry.data["language"]: fact
            for fact, _ in self.dossier.standing(("narrative",))
            if (fact.entry.data["document"], fact.entry.data["section"]) == named and self.dossier.is_about(fact)
        }
        if not written:
            return ()
        # By its digest a translator says which text was translated, and a reader sees whether it still is that one.
        named_texts = tuple(f"{code} (SHA-256 {_text_digest(written[code])})" for code in sorted(written))
        why = reason("translation", languages=named_texts, language=self.language)
        return (self._text_item(Finding("translation missing", why, tuple(written.values()))),)

    def _text_item(self, finding: Finding) -> ItemStatus:
        return ItemStatus(
            id="narrative",
            what=reason("narrative").say(self.pack.texts[self.language]),
            kinds=("narrative",),
            status=finding.status,
            reason=self._say(finding.why),
            entries=finding.facts,
            required=True,
            since=finding.since,
            record="" if finding.status == "conflict" else self._command("narrative"),
        )


def need_words(pack: Pack, language: str, point: str, need: str) -> str:
    """What an item of evidence is, in the pack's words.

    Raises:
        KeyError: the pack has none, which `check_pack` finds before anything is built.
    """
    texts = pack.texts[language]
    return texts.get(f"need.{point}.{need}") or texts[f"need.{need}"]


def _wanted(status: str, kinds: tuple[str, ...]) -> str:
    """The kind of entry to record: for tests a run, unless there is no plan to answer."""
    return "evaluation" if "test_plan" in kinds and status != "no test defined" else kinds[0]


def _best(found: Sequence[Finding]) -> Finding:
    """The alternative that counts: one that answers, else one that is contested, else the one that lacks least."""
    best = max(found, key=lambda one: RANK.index(one.status))
    if best.status in OPEN_WORDS:
        return next((one for one in found if one.status == "conflict"), best)
    return best


def _text_digest(text: Fact) -> str:
    """The first digits of the SHA-256 of a text's Markdown, which a text that changes it names as `base`."""
    return sha256(str(text.entry.data["text"]).encode()).hexdigest()[:16]


def _combined(items: tuple[ItemStatus, ...]) -> tuple[str, str]:
    """The status word and reason of a point with these items."""
    required = [item for item in items if item.required]
    counting = [item for item in required if item.status != "not due yet"] or required
    if not counting:
        return "provided", ""
    first = min(counting, key=lambda item: RANK.index(item.status))
    return first.status, f"{first.what}: {first.reason}" if first.reason else ""
