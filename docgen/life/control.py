"""What cover and control block say of a document's life: number, version, state, owner, approvals, changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from docgen.approvals import Judged
from docgen.info import ApprovalLine, HistoryLine
from docgen.labels import Labels
from docgen.life.fold import Life, Version, document_name, fold_life
from docgen.life.rules import Settings, document_settings, publish_rules
from docgen.packs import DocumentSpec, Pack
from docgen.view import LedgerView
from ledger.entry import Entry

__all__ = [
    "Control",
    "control_of",
    "draft_control",
    "publish_control",
    "published_control",
    "review_due",
    "signer_names",
]


@dataclass(frozen=True, slots=True)
class Control:
    """What is printed of a document's life; days are YYYY-MM-DD, empty where nothing is said."""

    number: str
    version: str
    state: str
    owner: str = ""
    review_due: str = ""
    approvals: tuple[ApprovalLine, ...] = ()
    history: tuple[HistoryLine, ...] = ()

    def rows(self, labels: Labels) -> tuple[tuple[str, str], ...]:
        """The rows of the control block that only documents with a life have."""
        due = labels.formats.say_day(self.review_due) if self.review_due else ""
        return ((labels["owner"], self.owner), (labels["review_due"], due))


def draft_control(
    view: LedgerView,
    pack: Pack,
    spec: DocumentSpec,
    about: tuple[str, str],
    language: str,
    digest: str,
    *,
    item: str = "",
    audience: str = "internal",
) -> Control:
    """What a file with this content prints as long as it is not published; `about` is subject and version.

    Raises:
        PackError: the pack's rules of publication are wrong.
    """
    rules = publish_rules(pack, spec)
    life = fold_life(view, document_name(spec.id, item), *about, language, rules, audience)
    settings = document_settings(view, spec, rules)
    return control_of(life, settings, digest, signer_names(view), Labels.of(pack.texts[language]))


def control_of(life: Life, settings: Settings, digest: str, names: Mapping[str, str], labels: Labels) -> Control:
    """What a document with this content prints that is not published: its state is that of its content."""
    pending = life.pending if life.pending_digest == digest else None
    return Control(
        number=_number(life, settings),
        version=life.next_version,
        state=life.state if pending is not None else "draft",
        owner=str(life.said.get("owner") or settings.owner),
        approvals=_lines(life.approvals, names, labels) if pending is not None else (),
        history=_history(life.versions, names),
    )


def publish_control(
    life: Life, settings: Settings, names: Mapping[str, str], labels: Labels, *, on: str, change: str, by: Iterable[str]
) -> Control:
    """What the coming version prints when it is published on this day by these principals."""
    current = life.current
    before = tuple(replace(one, state="superseded") if one is current else one for one in life.versions)
    line = HistoryLine(life.next_version, "published", on, change, _people(by, names))
    return Control(
        number=_number(life, settings),
        version=life.next_version,
        state="published",
        owner=str(life.said.get("owner") or settings.owner),
        review_due=review_due(on, settings),
        approvals=_lines(life.approvals, names, labels),
        history=(*_history(before, names), line),
    )


def published_control(
    life: Life, version: Version, settings: Settings, names: Mapping[str, str], labels: Labels
) -> Control:
    """What a published version printed: `life` is that before its entry, to which the view must have been cut."""
    data: Mapping[str, Any] = version.entry.data
    signers = [signer.principal for signer in version.entry.signers]
    made = publish_control(
        life, settings, names, labels, on=version.on, change=str(data.get("change") or ""), by=signers
    )  # fmt: skip
    return replace(
        made,
        number=str(data.get("number") or made.number),
        version=version.version,
        owner=str(data.get("owner") or ""),
        review_due=str(data.get("review_due") or ""),
    )


def review_due(on: str, settings: Settings) -> str:
    """The day on which a document that was published on a day is looked at again; empty without an interval."""
    if not settings.review_days:
        return ""
    try:
        return (date.fromisoformat(on) + timedelta(days=settings.review_days)).isoformat()
    except OverflowError:  # an interval of thousands of years is none
        return ""


def signer_names(view: LedgerView) -> dict[str, str]:
    """The names of principals by their pseudonyms, where their enrolment says one and it was not erased."""
    names: dict[str, str] = {}
    for entry in view.entries(kinds=("ledger", "key")):
        for key in (entry.data, *(entry.data.get("keys") or ())):
            if key.get("principal") and key.get("principal_name"):
                names[str(key["principal"])] = str(key["principal_name"])
    return names


def _number(life: Life, settings: Settings) -> str:
    return str(life.said.get("number") or settings.number_of(life.subject, life.system_version, life.item))


def _lines(approvals: Iterable[Judged], names: Mapping[str, str], labels: Labels) -> tuple[ApprovalLine, ...]:
    return tuple(
        ApprovalLine(
            index=one.entry.index,
            leaf_hash=one.entry.leaf_hash.hex(),
            by=_signer(one.entry, names),
            on=one.entry.time[:10],
            note="; ".join(_notes(one, labels)),
        )
        for one in approvals
    )


def _notes(one: Judged, labels: Labels) -> Iterator[str]:
    if one.by_author:
        yield labels["no_second_person"]
    for condition in one.entry.data.get("conditions") or ():
        yield labels["on_condition"].replace("{what}", condition)


def _signer(entry: Entry, names: Mapping[str, str]) -> str:
    """Who signed an approval: the name it gives itself, else those of the enrolments; with the function, if said."""
    actor = entry.data.get("actor") or {}
    name = actor.get("name") or _people((signer.principal for signer in entry.signers), names)
    return f"{name}, {actor['role']}" if actor.get("role") else str(name)


def _history(versions: Iterable[Version], names: Mapping[str, str]) -> tuple[HistoryLine, ...]:
    return tuple(
        HistoryLine(
            version=one.version,
            state=one.state,
            on=one.on,
            change=str(one.entry.data.get("change") or ""),
            by=_people((signer.principal for signer in one.entry.signers), names),
        )
        for one in versions
    )


def _people(principals: Iterable[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(principal, principal) for principal in principals)
