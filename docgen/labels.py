"""The fixed words of the writers.  A pack's texts override them, so a new language needs only texts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from docgen.formats import Formats
from docgen.info import DOCUMENT_STATES
from docgen.status import STATUS_WORDS

__all__ = ["Labels"]

_ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        "contents": "Contents",
        "control": "Document control",
        "history": "Change history",
        "number": "Document number",
        "version": "Version",
        "state": "State",
        "organisation": "Organisation",
        "system": "AI system",
        "basis": "Law or standard",
        "as_of": "as of",
        "ledger": "Ledger",
        "checkpoint": "Checkpoint",
        "checkpoint_value": "{size} entries, root {root}",
        "checkpoint_time": "Evidence up to",
        "known_at": "As known at",
        "audience": "Built for",
        "not_for": "Not part of the edition for this audience.",
        "withheld": "withheld",
        "approved": "Approved",
        "approval_value": "{by}, {on} [#{index} {digest}]",
        "no_second_person": "approved by its author, no second person",
        "on_condition": "on condition: {what}",
        "owner": "Owner",
        "review_due": "Review due",
        "changed_on": "Date",
        "change": "Change",
        "changed_by": "By",
        "pack": "Built from",
        "pack_value": "pack {pack} {version}, aims-ledger {tool}",
        "language": "Language",
        "classification": "Classification",
        "page": "Page {page} of {pages}",
        "table": "Table",
        "figure": "Figure",
        "status": "Status",
        "note": "Note",
        "caveat": "Caveat",
        "summary": "Summary",
        "empty_slot": "NOT PROVIDED: nothing has been written here yet.",
        "optional_slot": "Words may be added here.",
        "content_digest": "content digest",
        "example_note": "EXAMPLE. Everything in this example was recorded within {n} {unit}, on {day}.",
        "unit.seconds": "seconds",
        "unit.minutes": "minutes",
        "unit.hours": "hours",
        "unit.days": "days",
        "yes": "yes",
        "no": "no",
        "language.en": "English",
        "language.de": "German",
        "language.fr": "French",
        "audience.internal": "internal",
        "audience.notified-body": "notified body",
        "audience.authority": "authority",
        "audience.deployer": "deployer",
        "audience.public": "the public",
        "chart_missing": "Not drawn: the program's extra “charts” was not installed when this file was made. "
        "What the drawing would show:",
        "chart.metrics": "Metrics per version and group",
        "chart.risk_matrix": "Risks by likelihood and severity, before and after measures",
        "chart.incidents": "Course of the incidents",
        "chart.freshness": "Age of the newest evidence against its limit",
        "chart.lineage": "Where data come from and what is built on them",
        "chart.nothing": "No drawing: nothing that is recorded has the numbers for it.",
        "chart.too_much": "No drawing: there is too much to be read in one; the tables list it.",
        "chart.left_out": "{n} more metrics are in the tables only",
        "chart.overall": "all cases",
        "chart.of_version": "version {version}",
        "chart.interval": "[{low} to {high}]",
        "chart.at_least": "limit at least {limit}",
        "chart.at_most": "limit at most {limit}",
        "chart.metric": "Metric",
        "chart.group": "Group",
        "chart.version": "Version",
        "chart.value": "Value",
        "chart.cases": "Cases",
        "chart.limit": "Limit",
        "chart.risk": "Risk",
        "chart.likelihood": "Likelihood (1 rare, 5 almost certain)",
        "chart.severity": "Severity (1 lowest, 5 highest)",
        "chart.before": "before measures",
        "chart.after": "after measures",
        "chart.rating": "likelihood {likelihood}, severity {severity}",
        "chart.unrated": "not rated",
        "chart.incident": "Incident",
        "chart.step": "What happened",
        "chart.time": "When",
        "chart.occurred": "occurred",
        "chart.detected": "detected",
        "chart.aware": "known to provider or deployer",
        "chart.reported": "reported",
        "chart.corrected": "corrected",
        "chart.closed": "closed",
        "chart.evidence": "Evidence",
        "chart.age": "Age",
        "chart.days": "days",
        "chart.fresh_age": "{days} days old, stale after {limit}",
        "chart.stale_age": "{days} days old, stale since it passed {limit}",
        "chart.no_evidence": "none recorded (stale after {limit} days)",
        "chart.source": "From",
        "chart.target": "Into",
        "chart.from": "{what} is made from or builds on {sources}",
        "watermark.draft": "DRAFT",
        "watermark.superseded": "SUPERSEDED",
        "watermark.withdrawn": "WITHDRAWN",
    }
)


@dataclass(frozen=True, slots=True)
class Labels:
    """Fixed words in one language; English where a language has none of its own."""

    words: Mapping[str, str]
    formats: Formats = field(default_factory=Formats)

    @classmethod
    def of(cls, texts: Mapping[str, str] = MappingProxyType({})) -> Labels:
        """English words, overridden by the keys ``labels.*``, ``status.*`` and ``state.*`` of `texts`.

        Dates and numbers follow its keys ``format.*``.
        """
        words = dict(_ENGLISH)
        words |= {f"status.{word}": word for word in STATUS_WORDS}
        words |= {f"state.{state}": state for state in DOCUMENT_STATES}
        for key, text in texts.items():
            name = key.removeprefix("labels.")
            if name in words and (key.startswith(("labels.", "status.", "state."))):
                words[name] = text
        return cls(MappingProxyType(words), Formats.of(texts))

    def __getitem__(self, key: str) -> str:
        return self.words[key]

    def status(self, word: str) -> str:
        """The status word as printed."""
        return self.words[f"status.{word}"]

    def audience(self, audience: str) -> str:
        """For whom a document is, as printed; nothing for nobody in particular."""
        return self.words.get(f"audience.{audience}", audience)

    def language(self, tag: str) -> str:
        """A language's name, or its tag when it has none here."""
        return self.words.get(f"language.{tag}", tag)
