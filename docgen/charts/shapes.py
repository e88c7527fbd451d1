"""What a drawing shows, as data: the same whoever draws it, and what the content digest covers.

`canonical` gives the bytes for the digest: RFC 8785 JSON of the shape, with the members ``chart``
(its name in `NAMES`) and ``v`` = 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, TypeAlias

import rfc8785

__all__ = [
    "NAMES", "Age", "Course", "Edge", "Freshness", "Lineage", "Measured", "Metrics", "Milestone", "Node", "Panel",
    "RatedRisk", "RiskMatrix", "Shape", "Timeline", "canonical",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """One measured number; `group` is empty for all cases, `version` for none in particular."""

    version: str
    group: str
    value: float
    n: int
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """One metric: its numbers, and its limit if one is set ("at_least" or "at_most")."""

    metric: str
    unit: str
    points: tuple[Measured, ...]
    limit: float | None = None
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Metrics side by side; `left_out` counts those that are in tables only."""

    panels: tuple[Panel, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class RatedRisk:
    """A risk's likelihood and severity, 1 to 5 each, before and after measures; None where it is not rated."""

    id: str
    title: str
    before: tuple[int, int] | None
    after: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class RiskMatrix:
    """Risks by likelihood and severity."""

    risks: tuple[RatedRisk, ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that happened in the course of an incident; `what` is a word of `docgen.charts.gather.MILESTONES`."""

    what: str
    time: str


@dataclass(frozen=True, slots=True)
class Course:
    """One incident, from what happened to its close."""

    id: str
    title: str
    milestones: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """Incidents one below the other."""

    incidents: tuple[Course, ...]


@dataclass(frozen=True, slots=True)
class Age:
    """How old the newest evidence of a kind is, in days, and after how many it is stale; None where there is none."""

    what: str
    days: int | None
    limit: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old evidence was on the day `at`."""

    at: str
    ages: tuple[Age, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A source, data set, part of one, model or component; `sort` is one of these words."""

    id: str
    label: str
    sort: str


@dataclass(frozen=True, slots=True)
class Edge:
    """What goes into what, by ids of nodes."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where data come from and where they go."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


Shape: TypeAlias = Metrics | RiskMatrix | Timeline | Freshness | Lineage

NAMES: Mapping[type, str] = MappingProxyType(
    {Metrics: "metrics", RiskMatrix: "risk_matrix", Timeline: "incidents", Freshness: "freshness", Lineage: "lineage"}
)


def canonical(shape: Shape) -> bytes:
    """The bytes that stand for the drawing in a digest."""
    return rfc8785.dumps({"chart": NAMES[type(shape)], "v": 1, **_plain(asdict(shape))})


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
