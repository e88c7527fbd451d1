"""Requirement points: what a document must answer, as data.

A file of points, YAML or TOML::

    group:                      # optional; every point then names one
    - {id: general, title: General description}
    point:
    - id: AnnexIV-1-a           # also the id of its heading and slot
      cite: Annex IV, point 1(a)   # a text, as title and requirement
      group: general
      title: Purpose, provider, version
      requirement: what is asked, in own words
      needs: []                 # tables; `docgen.evidence` gives them a meaning
      data: {}                  # free
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

from docgen.packdata import Fields, LocalText, read_data

__all__ = ["Group", "Point", "read_points"]

_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,59}")


@dataclass(frozen=True, slots=True)
class Point:
    """One requirement.  `needs` is the evidence it takes, frozen as written in the pack.

    `cite` names its place in the law or standard in the pack's first language, `place` in each.
    """

    id: str
    cite: str
    place: LocalText
    group: str
    title: LocalText
    requirement: LocalText
    needs: tuple[Mapping[str, Any], ...]
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Group:
    """Points that belong together, in the file's order; the id is empty in a file without groups."""

    id: str
    title: LocalText
    points: tuple[Point, ...]


def read_points(folder: Traversable, pack: str, file: str, languages: tuple[str, ...]) -> tuple[Group, ...]:
    """The points of a file, in their groups.

    Raises:
        PackError: the file is not what this module's docstring says.
    """
    top = Fields(pack, file, read_data(folder, pack, file))
    groups = [_group(fields, languages) for fields in top.tables("group")]
    points = [_point(fields, languages, bool(groups)) for fields in top.tables("point")]
    top.done()
    top.unique("group", [group.id for group in groups])
    top.unique("point", [point.id for point in points])
    if not points:
        raise top.wrong("point", "the file has no point")
    if not groups:
        groups = [Group("", LocalText(MappingProxyType(dict.fromkeys(languages, ""))), ())]
    for point in points:
        if point.group not in {group.id for group in groups}:
            raise top.wrong("point", f"{point.id} is in group {point.group!r}, which is not there")
    return tuple(replace(group, points=tuple(point for point in points if point.group == group.id)) for group in groups)


def _group(fields: Fields, languages: tuple[str, ...]) -> Group:
    group = Group(fields.name("id", _ID), fields.text("title", languages), ())
    fields.done()
    return group


def _point(fields: Fields, languages: tuple[str, ...], grouped: bool) -> Point:
    place = fields.text("cite", languages)
    point = Point(
        id=fields.name("id", _ID),
        cite=place.say(languages[0]),
        place=place,
        group=fields.string("group") if grouped else fields.string("group", default=""),
        title=fields.text("title", languages),
        requirement=fields.text("requirement", languages),
        needs=fields.free_tables("needs"),
        data=fields.free("data"),
    )
    fields.done()
    return point
