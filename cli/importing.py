"""Bringing an edited Word file home on the command line: what is recorded, and what is told of the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.screen import safe, safe_lines
from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.opening import Appending
    from docgen.merging import Difference, ImportPlan, Record, SlotResult
    from ledger import Ledger, Receipt, Signer

_MAX_BYTES: Final = 128 * 1024 * 1024
_LINE, _CONTEXT = 160, 40
_WORDS: Final = {
    "recorded": "new text",
    "cleared": "emptied",
    "already there": "the ledger has this text already",
    "conflict": "CONFLICT: two people changed it; nothing is recorded for it",
    "vanished": "GONE from the file; its text stays as it is",
    "not kept": "NOT RECORDED: it holds what the ledger's Markdown can't say",
    "unclear": "NOT RECORDED: what it printed was not the ledger's text",
    "looks only": "only spaces differ; nothing is recorded",
}


def read_word_file(file: Path) -> bytes:
    """The bytes of the file.

    Raises:
        BadInput: it can't be read, or is larger than any document.
    """
    try:
        with file.open("rb") as handle:
            data = handle.read(_MAX_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{file}: can't be read ({error.strerror})") from error
    if len(data) > _MAX_BYTES:
        raise BadInput(f"{file}: larger than {_MAX_BYTES} bytes", remedy="compress its pictures")
    return data


def records_of(plan: ImportPlan, ledger: Ledger, author: str, *, comments: bool) -> list[Record]:
    """What is to be recorded: texts first, then comments."""
    from docgen.merging import comment_records, text_records
    from docgen.view import CheckpointView
    from ledger.checkpoint import Checkpoint
    from ledger.client import system_clock
    from ledger.times import format_instant

    size = ledger.size
    view = CheckpointView(ledger, Checkpoint(ledger.origin, size, bytes(32)), ledger.entry(size - 1).recorded)
    found = list(text_records(plan, author))
    return found + (list(comment_records(plan, view, format_instant(system_clock()))) if comments else [])


def append_records(opened: Appending, records: Sequence[Record], signers: Sequence[Signer]) -> list[Receipt]:
    """The receipts of the records, signed and stored together or not at all.

    Raises:
        BadInput, StoreError: nothing was stored.
    """
    from ledger.client import system_clock
    from ledger.compose import draft

    now, origin = system_clock(), opened.ledger.origin
    source = opened.ledger.source_of(signers[0])
    lines = [
        draft(one.kind, one.body, origin=origin, source=source, subject=one.subject, time=now, now=now).sign(signers)
        for one in records
    ]
    return opened.append(lines) if lines else []


def import_value(plan: ImportPlan, records: Sequence[Record], receipts: Sequence[Receipt]) -> dict[str, Any]:
    """What came of the file, as JSON members."""
    origin = plan.origin
    return {
        "document": plan.document,
        "system": f"{origin.system}@{origin.version}" if origin.system else None,
        "language": origin.language,
        "checkpoint_size": origin.size,
        "compared": plan.compared,
        "tracked": plan.tracked,
        "refused": plan.refused,
        "needs_people": plan.needs_people,
        "slots": [_slot_value(slot) for slot in plan.slots if slot.outcome != "unchanged"],
        "unchanged": [slot.slot for slot in plan.slots if slot.outcome == "unchanged"],
        "differences": [_difference_value(difference) for difference in plan.differences],
        "comments": [
            {"text": one.text, "author": one.author, "date": one.date, "slot": one.slot or None, "about": one.about,
             "settled": one.done}
            for one in plan.comments
        ],
        "changes": [
            {"what": one.what, "text": one.text, "author": one.author, "date": one.date} for one in plan.changes
        ],
        "records": [{"kind": one.kind, "about": one.about, "body": one.body} for one in records],
        "entries": [receipt.index for receipt in receipts],
    }  # fmt: skip


def _slot_value(slot: SlotResult) -> dict[str, Any]:
    return {
        "slot": slot.slot,
        "section": slot.section,
        "outcome": slot.outcome,
        "found_by": slot.found_by or None,
        "base": slot.texts.base,
        "file": slot.texts.file,
        "current": slot.texts.current,
        "current_entry": slot.stands.index if slot.stands is not None else None,
        "rivals": [fact.index for fact in slot.rivals],
        "problems": [{"what": one.what, "lost": one.lost} for one in slot.problems],
    }


def _difference_value(difference: Difference) -> dict[str, Any]:
    return {
        "what": difference.what,
        "heading": difference.heading or None,
        "old_digest": difference.old or None,
        "new_digest": difference.new or None,
        "before": difference.before or None,
        "now": difference.now or None,
    }


def import_lines(plan: ImportPlan, records: Sequence[Record], receipts: Sequence[Receipt]) -> Iterator[str]:
    """What came of the file, as lines: every difference between it and what was built."""
    origin = plan.origin
    about = f" of {origin.system}@{origin.version}" if origin.system else ""
    yield safe(f"{plan.document}{about} ({origin.language}), built at {origin.size} entries; compared: {plan.compared}")
    if plan.changes:
        yield from _change_lines(plan)
    for slot in plan.slots:
        if slot.outcome != "unchanged":
            yield from _slot_lines(slot)
    if plan.differences:
        yield "These were changed in the file and come from the ledger; the next build writes them anew:"
        for difference in plan.differences:
            yield from _difference_lines(difference)
    for comment in plan.comments:
        where = f" on {comment.slot}" if comment.slot else ""
        settled = " (settled)" if comment.done else ""
        yield safe(f"comment{where}{settled} by {comment.author or 'nobody named'}: {comment.text}")
    unchanged = sum(slot.outcome == "unchanged" for slot in plan.slots)
    yield f"{unchanged} of {len(plan.slots)} texts read as they did"
    yield from _record_lines(records, receipts)


def _record_lines(records: Sequence[Record], receipts: Sequence[Receipt]) -> Iterator[str]:
    if not receipts:
        for record in records:
            yield safe(f"would record: {record.kind} {record.about}")
    for record, receipt in zip(records, receipts, strict=False):
        yield safe(f"recorded: {record.kind} {record.about} as entry {receipt.index} ({receipt.state})")
    if not records:
        yield "nothing to record"


def _change_lines(plan: ImportPlan) -> Iterator[str]:
    if plan.refused:
        yield "The file has tracked changes, so nothing is recorded; --tracked accept or reject says how to read it:"
    else:
        yield f"Tracked changes, read as if each was {plan.tracked}ed:"
    for change in plan.changes:
        yield safe(f"  {change.what} by {change.author or 'nobody named'} {change.date}: {change.text}")


def _slot_lines(slot: SlotResult) -> Iterator[str]:
    yield safe(f"{slot.slot}: {_WORDS[slot.outcome]}" + (f" (found by its {slot.found_by})" if slot.found_by else ""))
    for problem in slot.problems:
        yield safe(f"  {'lost' if problem.lost else 'not kept'}: {problem.what}")
    if slot.records:
        yield from _text("in the file", slot.texts.file)
    if slot.outcome in ("conflict", "unclear", "not kept"):
        yield from _text("when the file was built", slot.texts.base)
        yield from _text("in the file", slot.texts.file)
        entry = f" (entry {slot.stands.index})" if slot.stands is not None else ""
        yield from _text(f"in the ledger now{entry}", slot.texts.current)
        for rival in slot.rivals:
            yield from _text(f"contested, entry {rival.index}", str(rival.entry.data["text"]))


def _text(where: str, text: str) -> Iterator[str]:
    yield f"  {where}:"
    yield from (f"    {line}" for line in safe_lines(text or "(no text)"))


def _difference_lines(difference: Difference) -> Iterator[str]:
    under = f" under {difference.heading!r}" if difference.heading else ""
    old, new = difference.old[:8] or "nothing", difference.new[:8] or "nothing"
    digests = f": {old} -> {new}" if difference.old or difference.new else ""
    yield safe(f"  {difference.what}{under}{digests}")
    before, now = _around(difference.before, difference.now)
    if before:
        yield safe(f"    before: {before}")
    if now:
        yield safe(f"    now:    {now}")


def _around(before: str, now: str) -> tuple[str, str]:
    """Both texts on one line each, long ones from a little before the place where they part."""
    old, new = " ".join(before.split()), " ".join(now.split())
    pairs = enumerate(zip(old, new, strict=False))
    parting = next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))
    start = max(0, parting - _CONTEXT) if max(len(old), len(new)) > _LINE else 0
    return _cut(old, start), _cut(new, start)


def _cut(text: str, start: int) -> str:
    cut = text[start : start + _LINE]
    return f"{'…' if start and cut else ''}{cut}{'…' if start + _LINE < len(text) else ''}"
