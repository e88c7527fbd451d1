"""Two states of a document compared: the redline, and what changed by requirement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from docgen.build import BuiltDocument
from docgen.errors import DocgenError
from docgen.markdown import parse_markdown
from docgen.redline import Redline, write_redline
from docgen.redline.summary import Section, SectionChange, compare_sections, sections_of_body, sections_of_file
from docgen.word.carrier import find_carrier

_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[.0-9]{0,7}Z\Z", re.ASCII)

__all__ = ["Compared", "Side", "compare_built", "compare_files"]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two: its name, the checkpoint it shows (0 and empty when the file does not say), its digest."""

    name: str
    checkpoint_size: int
    checkpoint_time: str
    content_digest: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The redline and the changes, section by section; `sections` is how many the new one has."""

    old: Side
    new: Side
    redline: Redline
    changes: tuple[SectionChange, ...]
    sections: int


def compare_built(old: BuiltDocument, new: BuiltDocument) -> Compared:
    """What changed between two builds of one document."""
    points = [status.id for status in new.statuses]
    sections = _sections(old, points), _sections(new, points)
    statuses = [{status.id: status for status in one.statuses} for one in (old, new)]
    sides = [
        Side(f"checkpoint {one.checkpoint.size}", one.checkpoint.size, one.info.checkpoint_time, one.content_digest)
        for one in (old, new)
    ]
    return Compared(
        old=sides[0],
        new=sides[1],
        redline=write_redline(old.data, new.data, date=sides[1].checkpoint_time, about=_about(*sides)),
        changes=compare_sections(*sections, (statuses[0], statuses[1])),
        sections=len(sections[1]),
    )


def compare_files(old: bytes, new: bytes, names: tuple[str, str] = ("the old file", "the new file")) -> Compared:
    """What changed between two Word files, ours or not; changes are dated when the new one says its checkpoint.

    Raises:
        DocgenError: one of them is no Word file.
    """
    sections = sections_of_file(old, names[0]), sections_of_file(new, names[1])
    sides = [_side(data, name) for data, name in zip((old, new), names, strict=True)]
    return Compared(
        old=sides[0],
        new=sides[1],
        redline=write_redline(old, new, date=sides[1].checkpoint_time, about=_about(*sides)),
        changes=compare_sections(*sections),
        sections=len(sections[1]),
    )


def _sections(built: BuiltDocument, points: list[str]) -> tuple[Section, ...]:
    return sections_of_body(parse_markdown(built.markdown, source=built.document), points)


def _about(old: Side, new: Side) -> str:
    return f"Changes from {old.name} to {new.name}"


def _side(data: bytes, name: str) -> Side:
    try:
        carried = find_carrier(data)
    except DocgenError:  # a damaged part says nothing about when, and the words can be compared all the same
        carried = None
    said = carried.get("checkpoint") if carried is not None else None
    if carried is None or not isinstance(said, dict):
        return Side(name, 0, "", "")
    size, time = said.get("size"), said.get("time")
    dated = isinstance(time, str) and _INSTANT.match(time) is not None
    return Side(
        name,
        size if isinstance(size, int) else 0,
        str(time) if dated else "",
        str(carried.get("content_digest") or ""),
    )
