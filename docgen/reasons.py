"""Why a status is what it is, in plain words: English here, other languages in a pack's texts.

A reason is a key and values; `Reason.say` puts them into words.  A pack overrides the sentence of a
key with its text ``reason.<key>``, so a new language needs only texts.  The result is plain text
and is escaped like any other value when it is printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from docgen.formats import Formats
from ledger.entry import Entry
from ledger.errors import SchemaError
from ledger.kinds import body_class

__all__ = ["REASONS", "Kind", "Reason", "name_entry", "reason"]

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")

REASONS: Mapping[str, str] = MappingProxyType(
    {
        "absent": "no entry records it",
        "absent_version": "no entry about version {version} records it",
        "too_few": "{found} of at least {count} entries are recorded",
        "other_version": "{entry} is about version {other}, and nothing is recorded for version {version}",
        "lacks": "{entry} {lack}",
        "lacks_field": "does not state `{field}`",
        "each_lacks": "{failing} of {total} entries fall short: {entry} {lack}",
        "uncovered": "{entry} names {values}, for which no {kinds} entry is recorded",
        "not_signed": "{entry} is neither signed by {person}, whom it names as responsible, nor approved",
        "not_approved": "{entry} has no approval by a second person",
        "not_approved_scope": "{entry} has no approval of the kind asked for ({scopes}) by a second person",
        "approval_ended": "the approval of {entry} ended on {day}",
        "by_author": "approved by its author, no second person: the policy allows it",
        "due": "{entry} was to be renewed or looked at again by {day}",
        "too_old": "{entry} is of {day}, older than {days} days when the ledger stood here ({source})",
        "before_change": "{entry} was recorded before {change}, and nothing newer is",
        "passed_by": "since {event} it has not been looked at again; {entry} is older",
        "other_model": "{entry} is about another model than the one that {change} put in place",
        "conflict": "{entries} say different things about the same and neither replaces the other",
        "not_due_once": "nothing is recorded yet, and it falls due only after {kinds}",
        "not_due_from": "nothing is recorded yet, and it is not due before {day}",
        "no_plan": "no test plan for {types} is recorded for version {version}",
        "run_without_plan": "{entry} answers no test plan, so nothing shows that its limits were set beforehand",
        "plan_after_run": "{plan} came after {entry}, so nothing shows that its limits were set beforehand",
        "never_run": "{plan}, due on {day}, has no evaluation of version {version}",
        "never_run_at_all": "{plan}, due on {day}, has no evaluation",
        "never_run_released": "{plan}, planned before release, has no evaluation of version {version}, and the version "
        "was released without it ({release})",
        "repeat": "{plan} asks for a run every {days} days; the last, {entry}, was on {day}",
        "failed": "{entry} failed",
        "inconclusive": "{entry} came to no conclusion",
        "limits_missed": "{entry} missed its limits: {misses}",
        "miss": "{metric} is {value}, limit {direction} {limit}",
        "metric_missing": "{entry} does not report {metric}, which {plan} asks for",
        "too_few_cases": "in {entry}, {metric} rests on {n} cases; {plan} asks for at least {smallest}",
        "not_declared": "nothing declares which evidence there should be",
        "none_named": "{entry} names no evidence",
        "declared_absent": "no {kinds} entry{about} is recorded",
        "about": " about {about}",
        "not_applicable": "{entry} declares it not applicable: {justification}",
        "narrative": "text written for this section",
        "translation": "its text exists in {languages}, not in {language}",
        "text_other_version": "{entry} was written for version {other}, and nobody has read it again for {version}",
        "text_replaced": "{entry} rests on an entry that {event} has replaced since",
        "text_passed_by": "{entry} was written before {event}, and nobody has read it again since",
        "at_least": "at least",
        "at_most": "at most",
        "source_policy": "the organisation's policy",
        "source_pack": "the document's rule",
        "erased": "erased (entry {index})",
        "erased_missing": "missing, without an erasure on record",
        "entry": "{kind} {name} (entry {index})",
        "entry_unnamed": "{kind} (entry {index})",
    }
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A sentence to be said in some language; a value that is a `Reason` is said first.

    `key` is one of `REASONS`, or a text that only the pack has.
    """

    key: str
    values: tuple[tuple[str, object], ...] = ()

    def say(self, texts: Mapping[str, str]) -> str:
        """The sentence, in the language of `texts`."""
        values = dict(self.values)
        sentence = texts.get(f"reason.{self.key}") or REASONS.get(self.key) or texts[self.key]
        return _PLACEHOLDER.sub(lambda match: _in_place(match[1], values[match[1]], texts), sentence)


class Kind(str):
    """A kind of entry among the values of a reason: said in the pack's word for it."""

    __slots__ = ()


def reason(key: str, **values: object) -> Reason:
    """The reason `key`, which must be one of `REASONS`."""
    assert key in REASONS, key
    return Reason(key, tuple(values.items()))


def name_entry(entry: Entry) -> Reason:
    """The entry for people: its kind, its name where its kind has one, and its index."""
    try:
        members = body_class(entry.kind).identity
    except SchemaError:
        members = ()
    names = [str(entry.data[member]) for member in members if member in entry.data]
    kind = Kind(entry.kind)
    if not names:
        return reason("entry_unnamed", kind=kind, index=entry.index)
    return reason("entry", kind=kind, name=" ".join(names), index=entry.index)


def _in_place(name: str, value: object, texts: Mapping[str, str]) -> str:
    """The value as it stands in a sentence; what is called ``day`` is one."""
    if name == "day" and isinstance(value, str):
        return Formats.of(texts).say_day(value)
    return _said(value, texts)


def _said(value: object, texts: Mapping[str, str]) -> str:
    if isinstance(value, Reason):
        return value.say(texts)
    if isinstance(value, Kind):
        return texts.get(f"word.{value}", value.replace("_", " "))
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return Formats.of(texts).say_figure(value)
    if isinstance(value, Iterable):
        said = [_said(one, texts) for one in value]
        return ("; " if any(", " in one for one in said) else ", ").join(said)
    return str(value)
