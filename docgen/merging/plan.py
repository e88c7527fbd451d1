"""What an edited Word file brings home: the merge of its texts, and everything else that differs.  Only reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from docgen.build import build_document
from docgen.digest import slot_text, text_digest
from docgen.dossier import Conflict, Dossier, Fact
from docgen.errors import DocgenError
from docgen.markdown import parse_prose
from docgen.merging.differences import Difference, find_differences
from docgen.merging.echo import echo
from docgen.merging.origin import Origin, read_origin
from docgen.merging.three_way import Outcome, Texts, merge_texts
from docgen.narratives import document_of, find_text, section_of
from docgen.packs import Pack
from docgen.prepare import Prepared, prepare_document
from docgen.reading import Change, Comment, Problem, ReadDocument, ReadSlot, Resolution, read_document, to_markdown
from docgen.tree import InlineSlot, Slot
from docgen.view import CheckpointView, view_ledger
from ledger.checkpoint import Checkpoint
from ledger.errors import Refused

if TYPE_CHECKING:
    from ledger.client import Ledger

__all__ = ["ImportPlan", "SlotResult", "plan_import"]

LONGEST_TEXT = 30000
"""Characters that the kind `narrative` allows."""


@dataclass(frozen=True, slots=True)
class SlotResult:
    """What became of one human slot.

    `texts` are the three it was merged from; `stands` is the entry whose text is in the ledger now, `rivals` others
    that contradict it; `seen` the statements that the section rested on when the file was built.
    """

    slot: str
    section: str
    language: str
    outcome: Outcome
    texts: Texts
    found_by: str = ""
    problems: tuple[Problem, ...] = ()
    stands: Fact | None = None
    rivals: tuple[Fact, ...] = ()
    base: Fact | None = None
    seen: tuple[str, ...] = ()

    @property
    def records(self) -> bool:
        """Whether a new text is to be recorded."""
        return self.outcome in ("recorded", "cleared")

    @property
    def needs_people(self) -> bool:
        """Whether somebody has to decide what is to be done."""
        return self.outcome in ("conflict", "vanished", "not kept", "unclear")


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything that differs between an edited file and what was built, and what is to be recorded of it.

    With `refused`, the file has tracked changes and nobody said what to do with them: nothing is to be recorded.
    `compared` says how cover and texts could be compared; `document` is what narratives call it.
    """

    origin: Origin
    document: str
    slots: tuple[SlotResult, ...]
    differences: tuple[Difference, ...]
    comments: tuple[Comment, ...]
    changes: tuple[Change, ...]
    tracked: str
    refused: bool
    compared: str

    @property
    def texts(self) -> tuple[SlotResult, ...]:
        """The slots whose new text is to be recorded."""
        return () if self.refused else tuple(slot for slot in self.slots if slot.records)

    @property
    def needs_people(self) -> bool:
        """Whether something in the file was not and can't be brought home."""
        return self.refused or bool(self.differences) or any(slot.needs_people for slot in self.slots)


@dataclass(frozen=True, slots=True)
class _State:
    """The document judged at one state of the ledger."""

    prepared: Prepared
    document: str

    @property
    def dossier(self) -> Dossier:
        return self.prepared.dossier

    def text(self, section: str, language: str) -> tuple[Fact, Conflict | None] | None:
        return find_text(self.dossier, self.document, section, language)

    def evidence(self, section: str) -> tuple[str, ...]:
        status = self.prepared.statuses.get(section)
        facts = status.entries if status is not None else ()
        return tuple(sorted(fact.entry.statement for fact in facts if fact.entry.kind != "narrative"))


def plan_import(
    ledger: Ledger, data: bytes, pack: Pack | None = None, *, tracked: Resolution | None = None, item: str = ""
) -> ImportPlan:
    """What the file in `data` brings home; `pack` is needed for one that is not shipped, `item` for older files.

    Raises:
        DocgenError: the file is no document of this ledger, or cannot be read, or has a slot twice.
    """
    document = read_document(data, tracked=tracked or "accept")
    origin = read_origin(document)
    pack = pack or _pack(origin)
    if document.duplicates:
        raise DocgenError(
            f"the file has slot {document.duplicates[0]} more than once: which one counts can't be told",
            remedy="delete the copy in Word (with its content control), then import again",
        )
    item = item or origin.item
    then_view = _view_then(ledger, origin)
    then, now = (_state(view, pack, origin, item) for view in (then_view, _view_now(ledger)))
    built = _built_again(then_view, pack, origin, item)
    plain = origin.state == "draft" and not origin.restyled and document.seal is None
    refused = bool(document.changes) and tracked is None
    return ImportPlan(
        origin=origin,
        document=then.document,
        slots=_slots(document, origin, then, now),
        differences=find_differences(document, origin.lines, built, edges=plain),
        comments=document.comments,
        changes=document.changes,
        tracked=tracked or "refuse",
        refused=refused,
        compared=_compared(built, plain=plain),
    )


def _compared(built: ReadDocument | None, *, plain: bool) -> str:
    if built is None:
        return "digests only: this version of pack or program does not build the document again"
    return "everything" if plain else "everything but cover, headers and footers"


def _pack(origin: Origin) -> Pack:
    from docgen.packs import available_packs, load_pack

    if origin.pack not in available_packs():
        remedy = "name its folder with --pack"
        raise DocgenError(f"the file was built from pack {origin.pack!r}, which is not shipped", remedy=remedy)
    return load_pack(origin.pack)


def _view_then(ledger: Ledger, origin: Origin) -> CheckpointView:
    """The ledger as the file saw it, once its root is shown to be the ledger's."""
    from ledger.past import checkpoint_of_size

    if origin.ledger != ledger.origin:
        raise DocgenError(f"the file was built from {origin.ledger}, and this ledger is {ledger.origin}")
    try:
        checkpoint = checkpoint_of_size(ledger, origin.size)
    except Refused as error:
        raise DocgenError(
            f"the file was built at {origin.size} entries, where this ledger has no checkpoint",
            remedy="this copy of the ledger is older than the file, or the file was changed",
        ) from error
    if checkpoint.root != origin.root:
        raise DocgenError(
            f"the file says that the first {origin.size} entries have the root {origin.root.hex()[:16]}…, the ledger "
            f"has {checkpoint.root.hex()[:16]}…",
            remedy="somebody changed the file, or the ledger: 'aims verify' says which",
        )
    return view_ledger(ledger, checkpoint)


def _view_now(ledger: Ledger) -> CheckpointView:
    """The ledger with every entry, also those that no checkpoint covers yet: a text recorded a minute ago counts."""
    size = ledger.size
    # Nothing here asks for the root; only the entries are read.
    return CheckpointView(ledger, Checkpoint(ledger.origin, size, bytes(32)), ledger.entry(size - 1).recorded)


def _state(view: CheckpointView, pack: Pack, origin: Origin, item: str) -> _State:
    spec = pack.document(origin.document)
    language = pack.language(origin.language)
    prepared = prepare_document(view, pack, spec, origin.system, origin.version, language, item)
    return _State(prepared, document_of(spec.id, item))


def _built_again(view: CheckpointView, pack: Pack, origin: Origin, item: str) -> ReadDocument | None:
    """The document built and read again, or None when that gives something else than the file was built as."""
    try:
        built = build_document(
            view, pack, origin.document, system=origin.system, version=origin.version, language=origin.language,
            marking=origin.marking, item=item, audience=origin.audience,
        )  # fmt: skip
    except DocgenError:
        return None
    return read_document(built.data) if built.content_digest == origin.content_digest else None


def _slots(document: ReadDocument, origin: Origin, then: _State, now: _State) -> tuple[SlotResult, ...]:
    kinds = {str(slot["id"]): str(slot["kind"]) for slot in (document.carrier or {}).get("slots", ())}
    human = [slot_id for slot_id, kind in kinds.items() if kind == "human"]
    before = {slot_id: _base(slot_id, origin, then) for slot_id in human}
    echoes = echo({slot_id: text for slot_id, (_, text) in before.items()})
    return tuple(
        _slot(slot_id, document.slot(slot_id), origin, then, now, before[slot_id], echoes.get(slot_id))
        for slot_id in human
    )


def _base(slot_id: str, origin: Origin, then: _State) -> tuple[Fact | None, str]:
    found = then.text(section_of(slot_id), origin.languages[slot_id])
    if found is None or found[1] is not None:
        return None, ""
    return found[0], str(found[0].entry.data["text"])


def _slot(
    slot_id: str,
    slot: ReadSlot | None,
    origin: Origin,
    then: _State,
    now: _State,
    before: tuple[Fact | None, str],
    echoed: ReadSlot | None,
) -> SlotResult:
    base, base_text = before
    section, language = section_of(slot_id), origin.languages[slot_id]
    current = now.text(section, language)
    stands, conflict = current if current is not None else (None, None)
    texts = Texts(base_text, base_text, str(stands.entry.data["text"]) if stands is not None else "")
    result = SlotResult(
        slot=slot_id,
        section=section,
        language=language,
        outcome="unchanged",
        texts=texts,
        stands=stands,
        rivals=conflict.rivals if conflict is not None else (),
        base=base,
        seen=then.evidence(section),
    )
    if slot is None:
        return replace(result, outcome="vanished")
    result = replace(result, found_by=slot.found_by, problems=slot.problems)
    known = origin.digests[slot_id] == _base_digest(base_text, inline=slot.inline)
    if slot.digest == origin.digests[slot_id] and (not known or _alike(slot, echoed)):
        return result
    result = replace(result, texts=replace(texts, file=to_markdown(slot.blocks)))
    return replace(result, outcome=_outcome(slot, result, known=known, contested=conflict is not None))


def _outcome(slot: ReadSlot, result: SlotResult, *, known: bool, contested: bool) -> Outcome:
    if slot.inline and result.texts.file.split() == result.texts.base.split():
        return "looks only"
    if any(not problem.lost for problem in slot.problems) or len(result.texts.file) > LONGEST_TEXT:
        return "not kept"
    if not known:
        return "unclear"
    return "conflict" if contested else merge_texts(result.texts)


def _base_digest(text: str, *, inline: bool) -> str:
    """The digest that a slot has which shows this text and nothing else."""
    blocks = parse_prose(text)
    words = slot_text(Slot("text", "human", blocks))
    return text_digest(slot_text(InlineSlot("text", "human", words)) if inline else words)


def _alike(slot: ReadSlot, echoed: ReadSlot | None) -> bool:
    """Whether the slot also looks as the text does when it is written and read back."""
    return slot.inline or echoed is None or slot.blocks == echoed.blocks


def slots_by_outcome(slots: Sequence[SlotResult]) -> Mapping[str, int]:
    """How many slots came to each outcome, in the order in which they first do."""
    counts: dict[str, int] = {}
    for slot in slots:
        counts[slot.outcome] = counts.get(slot.outcome, 0) + 1
    return counts
