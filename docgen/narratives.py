"""What people wrote into a document: which text stands in a section now, and whether it is suspect.

A text belongs to a document, a section and a language, and to a version of the system; until somebody writes
one for a newer version, the newer document keeps the older words.  The human slot ``<section>.text`` shows
the text of that section; a human slot of another name is a section of its own.

A text is suspect when the evidence of its section is not what its writer had before them: an entry that they
saw was replaced, one came after the checkpoint they had, or the text is about an earlier version.  Its words
stay; that they have to be read again is said with the status `stale`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from docgen.dossier import Conflict, Dossier, Fact
from docgen.evidence import Finding, conflicting
from docgen.reasons import Reason, name_entry, reason

__all__ = ["Written", "document_of", "find_text", "judge_text", "section_of", "show_text", "suspicion"]

_SUFFIX = ".text"


def section_of(slot_id: str) -> str:
    """The section whose text a human slot shows."""
    return slot_id.removesuffix(_SUFFIX)


def document_of(document: str, item: str = "") -> str:
    """What `document` says in a narrative: the document's id, and which entry it is about if it is made per entry."""
    return f"{document}/{item}" if item else document  # as publications name it (`docgen.life`)


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a section as templates see it; it can be cited.

    `reason` is why it is `suspect`, in the document's language.  Texts that contradict each other are `rivals`,
    and none of them is the text.
    """

    fact: Fact
    text: str
    version: str
    suspect: bool
    reason: str
    rivals: tuple[Fact, ...] = ()

    @property
    def index(self) -> int:
        """The entry's place in the ledger."""
        return self.fact.index

    @property
    def leaf_hash(self) -> bytes:
        """The entry's leaf hash."""
        return self.fact.leaf_hash

    @property
    def plain(self) -> str:
        """The words alone, for places where only plain text can stand."""
        # Imported here: who only looks for gaps needs no parser of Markdown.
        from docgen.digest import slot_text
        from docgen.markdown import parse_prose
        from docgen.tree import Slot

        return slot_text(Slot("text", "human", parse_prose(self.text)))


def find_text(dossier: Dossier, document: str, section: str, language: str) -> tuple[Fact, Conflict | None] | None:
    """The text that stands there for this version, with the conflict it is part of; None when nobody wrote one."""
    meant = [
        (fact, conflict)
        for fact, conflict in dossier.standing(("narrative",))
        if (fact.entry.data["document"], fact.entry.data["section"]) == (document, section)
        and fact.entry.data["language"] == language
    ]
    own = [pair for pair in meant if dossier.is_about(pair[0], named=True)]
    older = [pair for pair in meant if pair[0].version is None or dossier.is_earlier(pair[0].version)]
    chosen = own or older
    return chosen[-1] if chosen else None


def suspicion(dossier: Dossier, text: Fact, evidence: Iterable[Fact]) -> Finding | None:
    """Why the text is suspect given what its section rests on now, or None.

    What its writer saw is what it lists in `seen` and everything before the state `seen_at`, or before the text
    itself when it does not say.
    """
    data = text.entry.data
    name = name_entry(text.entry)
    if text.version is not None and not dossier.about_organisation and text.version != dossier.version:
        why = reason("text_other_version", entry=name, other=text.version, version=dossier.version)
        return Finding("stale", why, (text,), since=text)
    for statement in data.get("seen") or ():
        replaced_by = dossier.replaced_by.get(statement)
        if replaced_by is not None:
            why = reason("text_replaced", entry=name, event=name_entry(replaced_by))
            return Finding("stale", why, (text,), since=Fact(replaced_by, replaced_by.version, late=False))
    horizon = (data.get("seen_at") or {}).get("size", text.entry.index)
    seen = set(data.get("seen") or ())
    newer = [
        fact
        for fact in evidence
        if fact.entry.index >= horizon and fact.entry.statement not in seen and fact.entry.kind != "narrative"
    ]
    if not newer:
        return None
    why = reason("text_passed_by", entry=name, event=name_entry(newer[-1].entry))
    return Finding("stale", why, (text,), since=newer[-1])


def judge_text(dossier: Dossier, text: Fact, conflict: Conflict | None, evidence: Iterable[Fact]) -> Finding | None:
    """What is to be said about a text: that it is contested, or suspect; None when neither."""
    return conflicting(conflict) if conflict is not None else suspicion(dossier, text, evidence)


def show_text(text: Fact, conflict: Conflict | None, finding: Finding | None, texts: Mapping[str, str]) -> Written:
    """The text for a template; `texts` are the pack's, in its language."""
    why: Reason | None = finding.why if finding is not None else None
    return Written(
        fact=text,
        text="" if conflict is not None else str(text.entry.data["text"]),
        version=text.version or "",
        suspect=finding is not None,
        reason=why.say(texts) if why is not None else "",
        rivals=conflict.rivals if conflict is not None else (),
    )
