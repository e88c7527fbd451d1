"""The entries that an import records: a `narrative` for each text, a `communication` for each open comment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from docgen.dossier import ORGANISATION
from docgen.merging.plan import ImportPlan, SlotResult
from docgen.notes import CHANNEL
from docgen.reading import Comment
from docgen.view import LedgerView

__all__ = ["Record", "author_of", "comment_records", "text_records"]

_LONGEST = 8000
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/-]{0,199}", re.ASCII)
_TIME = re.compile(r"([12][0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9])(\.[0-9]+)?(Z|$)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Record:
    """A body to be signed and appended, and what it is about for people."""

    kind: str
    subject: str
    body: dict[str, Any]
    about: str


def author_of(name: str) -> dict[str, str]:
    """The author as narratives name them: a pseudonym as it is; another name is erasable beside one made from it."""
    if _SLUG.fullmatch(name):
        return {"id": name}
    made = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    return {"id": f"author-{sha256(name.encode()).hexdigest()[:8]}" if not made else made[:80], "name": name[:300]}


def text_records(plan: ImportPlan, author: str = "") -> Iterator[Record]:
    """A narrative for each slot whose text comes home."""
    for slot in plan.texts:
        yield Record("narrative", plan.origin.system or ORGANISATION, _narrative(plan, slot, author), slot.section)


def _narrative(plan: ImportPlan, slot: SlotResult, author: str) -> dict[str, Any]:
    origin = plan.origin
    body: dict[str, Any] = {
        "document": plan.document,
        "section": slot.section,
        "language": slot.language,
        "text": slot.texts.file,
        "source": "word_import",
        "seen_at": {"size": origin.size, "root": origin.root.hex()},
    }
    if origin.version:
        body["system_version"] = origin.version
    if slot.seen:
        body["seen"] = list(slot.seen)
    if slot.base is not None:
        body["base"] = sha256(slot.texts.base.encode()).hexdigest()
    if author:
        body["author"] = author_of(author)
    if slot.stands is not None:
        # The words for an older version stay with it; the new ones come from them.
        same = (slot.stands.version or None) == (origin.version or None)
        body["references"] = [
            {"rel": "supersedes" if same else "derived_from", "statement": slot.stands.entry.statement}
        ]
    return body


def comment_records(plan: ImportPlan, view: LedgerView, now: str) -> Iterator[Record]:
    """A communication for each comment that is neither settled nor recorded already; `now` is RFC 3339."""
    subject = plan.origin.system or ORGANISATION
    known = {entry.data["communication_id"] for entry in view.entries(kinds=("communication",), subject=subject)}
    for comment in () if plan.refused else plan.comments:
        name = _comment_id(plan, comment)
        if not comment.done and comment.text.strip() and name not in known:
            known.add(name)
            yield Record("communication", subject, _communication(plan, comment, name, now), comment.slot or "document")


def _comment_id(plan: ImportPlan, comment: Comment) -> str:
    """The same for the same comment, however often its file comes in."""
    parts = (plan.document, plan.origin.language, comment.author, comment.date, comment.slot, comment.text)
    return f"word-comment-{sha256(chr(0).join(parts).encode()).hexdigest()[:24]}"


def _communication(plan: ImportPlan, comment: Comment, name: str, now: str) -> dict[str, Any]:
    said = _TIME.match(comment.date)
    body: dict[str, Any] = {
        "communication_id": name,
        "direction": "received",
        "counterpart": "other",
        "topic": "other",
        "summary": comment.text[:_LONGEST],
        "at": f"{said[1]}Z" if said else now,
        "channel": CHANNEL,
        "language": plan.origin.language,
        "extra": {
            "document": plan.document,
            "slot": comment.slot,
            "about": comment.about[:300],
            "checkpoint_size": plan.origin.size,
        },
    }
    if plan.origin.version:
        body["system_version"] = plan.origin.version
    if comment.author.strip():
        body["person"] = comment.author.strip()[:300]
    return body
