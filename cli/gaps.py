"""The gate on the command line: how a document's points stand, as text, as JSON, and as JUnit XML for pipelines.

LATE marks evidence that was recorded long after what it describes, CONFLICT entries that contradict each other and of
which none replaces the other.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from cli.lazy import perhaps
from cli.screen import safe
from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.documents import Wanted
    from docgen.facts import ConflictView
    from docgen.gaps import Gaps
    from docgen.requirements import RequirementStatus
    from docgen.view import CheckpointView
    from ledger import Ledger

OPEN: Final = "open"
LATE: Final = "late"
FORMATS: Final = ("text", "json", "junit")
_SKIPPED: Final = ("not applicable", "not due yet")


def check_statuses(words: Sequence[str]) -> None:
    """Return if each of `words` is a status of a point, ``open`` or ``late``.

    Raises:
        BadInput: for a word that is none; the nearest are offered.
    """
    from docgen.status import STATUS_WORDS

    known = (OPEN, LATE, *STATUS_WORDS)
    for word in words:
        if word not in known:
            raise BadInput(f"--fail-on {word!r}: unknown{perhaps(word, known)}", remedy=f"one of {', '.join(known)}")


def gaps_of(ledger: Ledger, wanted: Wanted, language: str | None, past: CheckpointView | None = None) -> Gaps:
    """How every point of the document stands.

    Raises:
        DocgenError: the pack is wrong, or does not speak the language.
    """
    from cli.documents import view
    from docgen.gaps import find_gaps

    return find_gaps(
        view(ledger, past),
        wanted.pack,
        wanted.document.id,
        system=wanted.system,
        version=wanted.version,
        language=language,
        item=wanted.item,
    )


def failing(found: Gaps, words: Sequence[str]) -> list[str]:
    """The ids of the points that have one of `words`, and ``conflict`` for contradictions that no point rests on."""
    failed = [status.id for status in found.statuses if _fails(found, status, words)]
    return [*failed, "conflict"] if "conflict" in words and found.other_conflicts else failed


def _fails(found: Gaps, status: RequirementStatus, words: Sequence[str]) -> bool:
    return (
        status.status in words
        or (OPEN in words and status.open)
        or (LATE in words and bool(status.late))
        or ("conflict" in words and bool(found.conflicts_of(status)))
    )


def gaps_value(found: Gaps, shown: Sequence[RequirementStatus], failed: Sequence[str], unit: str) -> dict[str, Any]:
    """What there is to tell, as JSON members; `points` are those `shown`."""
    from docgen.requirements import summarise

    summary = summarise({status.id: status for status in found.statuses})
    return {
        "summary": summary_line(found, unit),
        "counts": {**summary.counts, "late": len(found.late), "contradictions": len(found.conflicts)},
        "failed": list(failed),
        "points": [_point_value(found, status) for status in shown],
        "late": [fact.index for fact in found.late],
        "contradictions": [_conflict_value(one) for one in found.conflicts],
        "notes": [{"entry": note.entry.index, "slot": note.slot or None, "text": note.text} for note in found.notes],
        "checkpoint_size": found.checkpoint.size,
        "checkpoint_time": found.checkpoint_time,
    }


def gaps_lines(found: Gaps, shown: Sequence[RequirementStatus], unit: str) -> Iterator[str]:
    """What there is to tell, as lines: the points `shown`, contradictions beside them, the counts."""
    for status in shown:
        yield from _point_lines(found, status)
    for one in found.other_conflicts:
        yield safe(f"{'CONFLICT':<15}  {_conflict_text(one)}; no point rests on it")
    for note in found.notes:
        where = f" on {note.slot}" if note.slot else ""
        yield safe(f"{'open note':<15}  {note.text}{where} (entry {note.entry.index})")
    yield summary_line(found, unit)


def gaps_junit(found: Gaps, document: str, failed: Sequence[str], words: Sequence[str]) -> str:
    """What there is to tell as JUnit XML: a test case for each point, one for contradictions that no point rests on.

    A point fails when it is among `failed` or, where no `words` were asked for, when it is open.
    """
    cases = [_case(found, status, document, status.id in failed if words else status.open) for status in found.statuses]
    if found.other_conflicts:
        case = ET.Element("testcase", {"classname": document, "name": "contradictions", "time": "0"})
        told = "\n".join(_conflict_text(one) for one in found.other_conflicts)
        _tell(case, "failure" if "conflict" in failed or not words else "system-out", "conflict", told)
        cases.append(case)
    counts = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": "0",
        "skipped": str(sum(case.find("skipped") is not None for case in cases)),
        "time": "0",
    }
    suite = ET.Element(
        "testsuite", {"name": document, **counts, "timestamp": found.checkpoint_time[:19], "hostname": "localhost"}
    )
    properties = ET.SubElement(suite, "properties")
    for name, value in (
        ("origin", found.checkpoint.origin),
        ("checkpoint_size", str(found.checkpoint.size)),
        ("checkpoint_root", found.checkpoint.root.hex()),
    ):
        ET.SubElement(properties, "property", {"name": name, "value": value})
    suite.extend(cases)
    root = ET.Element("testsuites", {"name": "aims docs gaps", **counts})
    root.append(suite)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def summary_line(found: Gaps, unit: str) -> str:
    """The counts in a line, with what is late and what contradicts."""
    from docgen.requirements import say_summary, summarise

    line = say_summary(summarise({status.id: status for status in found.statuses}), unit)
    late = f"; {_number(len(found.late), 'entry', 'entries')} LATE" if found.late else ""
    contradictions = _number(len(found.conflicts), "contradiction", "contradictions")
    return line + late + (f"; {contradictions}" if found.conflicts else "")


def _case(found: Gaps, status: RequirementStatus, document: str, fails: bool) -> ET.Element:
    name = _printable(f"{status.id} {status.title}")
    classname = _printable(f"{document}.{status.group}" if status.group else document)
    case = ET.Element("testcase", {"classname": classname, "name": name, "time": "0"})
    told = "\n".join(_point_lines(found, status))
    if fails:
        _tell(case, "failure", status.status, told, status.reason or status.status)
    elif status.status in _SKIPPED:
        _tell(case, "skipped", "", "", status.reason or status.status)
    elif status.open or status.late:
        _tell(case, "system-out", "", told)
    return case


def _tell(case: ET.Element, what: str, kind: str, text: str, message: str = "") -> None:
    element = ET.SubElement(case, what)
    if what == "failure":
        element.set("type", _printable(kind))
    if what != "system-out":
        element.set("message", _printable(message or text))
    element.text = _printable(text)


def _printable(text: str) -> str:
    from docgen.escape import visible

    return visible(text)


def _marks(found: Gaps, status: RequirementStatus) -> str:
    """What a reader has to know about the evidence beside the status word."""
    late = " ".join(f"#{fact.index}" for fact in status.late)
    rivals = " ".join(f"#{rival.index}" for one in found.conflicts_of(status) for rival in one.rivals)
    return (f" · LATE {late}" if late else "") + (f" · CONFLICT {rivals}" if rivals else "")


def _point_lines(found: Gaps, status: RequirementStatus) -> Iterator[str]:
    missing = [item for item in status.items if item.open and item.required]
    head = f"{status.status:<15}  {status.cite}  {status.title}"
    marks = _marks(found, status)
    yield safe(f"{head}{marks}" if missing else f"{head}: {status.reason}{marks}")
    for item in missing:
        yield safe(f"{'':<15}  - {item.what}: {item.reason}")
        if item.record:
            yield safe(f"{'':<15}    {item.record}")


def _point_value(found: Gaps, status: RequirementStatus) -> dict[str, Any]:
    return {
        "id": status.id,
        "cite": status.cite,
        "title": status.title,
        "status": status.status,
        "open": status.open,
        "reason": status.reason,
        "entries": [fact.index for fact in status.entries],
        "late": [fact.index for fact in status.late],
        "contradictions": [_conflict_value(one) for one in found.conflicts_of(status)],
        "items": [
            {
                "id": item.id,
                "what": item.what,
                "status": item.status,
                "required": item.required,
                "reason": item.reason,
                "entries": [fact.index for fact in item.entries],
                "record": item.record,
            }
            for item in status.items
        ],
    }


def _conflict_value(one: ConflictView) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "identity": one.identity,
        "entries": [rival.index for rival in one.rivals],
        "differ_in": [member for member, _ in one.differences],
    }


def _conflict_text(one: ConflictView) -> str:
    rivals = " and ".join(f"#{rival.index}" for rival in one.rivals)
    members = ", ".join(member for member, _ in one.differences)
    named = f"{one.kind} {one.identity}".strip()
    return f"{named}: {rivals} contradict each other{f' in {members}' if members else ''}"


def _number(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
