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
