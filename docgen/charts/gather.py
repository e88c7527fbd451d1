"""Shapes gathered from what templates hold: facts of the ledger, results, limits of freshness."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from docgen.charts.shapes import (
    Age,
    Course,
    Edge,
    Freshness,
    Lineage,
    Measured,
    Metrics,
    Milestone,
    Node,
    Panel,
    RatedRisk,
    RiskMatrix,
    Timeline,
)
from docgen.record import ErasedValue, Record

__all__ = ["MILESTONES", "freshness", "incidents", "lineage", "metrics", "risk_matrix"]

_MOST_PANELS = 6
MILESTONES: tuple[str, ...] = ("occurred", "detected", "aware", "reported", "corrected", "closed")
_SCALE = range(1, 6)


def metrics(table: Any) -> Metrics | None:
    """The numbers of a table of results (`docgen.results.ResultTable`), a panel per metric.

    Metrics with the most numbers to compare come into the picture, in the table's order.
    """
    panels: dict[str, Panel] = {}
    for row in table.rows:
        for version, cell in zip(table.versions, row.cells, strict=True):
            if cell and math.isfinite(cell[-1].value):
                result = cell[-1]
                point = Measured(version, row.group, result.value, result.n, result.low, result.high)
                limit, direction = _limit(result.run, row.metric, row.group)
                known = panels.get(row.metric)
                if known is None:
                    panels[row.metric] = Panel(row.metric, result.unit, (point,), limit, direction)
                else:
                    both = (limit, direction) if known.limit is None else (known.limit, known.direction)
                    panels[row.metric] = Panel(row.metric, known.unit, (*known.points, point), *both)
    ranked = sorted(panels.values(), key=lambda panel: -len(panel.points))[:_MOST_PANELS]
    shown = tuple(panel for panel in panels.values() if panel in ranked)
    return Metrics(shown, len(panels) - len(shown)) if shown else None


def _limit(run: Any, metric: str, group: str) -> tuple[float | None, str]:
    for one in run.entry.data.get("metrics", ()):
        own = one.get("group")
        if one["metric"] == metric and group == (f"{own['attribute']}: {own['value']}" if own else ""):
            return one.get("threshold"), one.get("direction") or ""
    return None, ""


def risk_matrix(risks: Iterable[Any]) -> RiskMatrix | None:
    """The risks among `risks` that are rated by likelihood and severity."""
    rated = (
        RatedRisk(str(risk["risk_id"]), _text(risk["title"]), _rating(risk["before"]), _rating(risk["after"]))
        for risk in risks
    )
    shown = tuple(risk for risk in rated if risk.before or risk.after)
    return RiskMatrix(shown) if shown else None


def _rating(rating: Any) -> tuple[int, int] | None:
    if not isinstance(rating, Record):  # absent or erased
        return None
    likelihood, severity = rating["likelihood"], rating["severity"]
    if not (isinstance(likelihood, int) and isinstance(severity, int)):
        return None
    return (likelihood, severity) if likelihood in _SCALE and severity in _SCALE else None


def incidents(found: Iterable[Any], fixes: Iterable[Any] = ()) -> Timeline | None:
    """The course of each incident, with the corrective actions among `fixes` that name it."""
    done: dict[str, list[str]] = {}
    for fix in fixes:
        if isinstance(fix["trigger_id"], str) and (time := _time(fix["completed"])):
            done.setdefault(fix["trigger_id"], []).append(time)
    courses = tuple(_course(one, done.get(str(one["incident_id"]), ())) for one in found)
    return Timeline(courses) if courses else None


def _course(incident: Any, fixed: Iterable[str]) -> Course:
    occurred = incident["occurred"]
    happened = occurred["start"] if isinstance(occurred, Record) else None
    times = [
        ("occurred", happened),
        ("detected", incident["detected"]),
        ("aware", incident["aware_provider"] or incident["aware_deployer"]),
        *(("reported", report["sent"]) for report in _list(incident["reports"])),
        *(("corrected", time) for time in fixed),
        ("closed", incident["closed_on"]),
    ]
    said = (Milestone(what, when) for what, time in times if (when := _time(time)))
    order = {what: place for place, what in enumerate(MILESTONES)}
    ordered = sorted(said, key=lambda step: (step.time[:10], order[step.what], step.time))
    return Course(str(incident["incident_id"]), _text(incident["title"]), tuple(ordered))


def freshness(facts: Any, limits: Mapping[str, Any], at: str, word: Any = str) -> Freshness | None:
    """How old the newest fact of each kind in `limits` was at the time `at`; `word` names a kind."""
    today = date.fromisoformat(at[:10])
    ages = []
    for kind, limit in limits.items():
        found = facts.so_far(kind) or facts.organisation(kind)
        newest = max((fact.meta.time[:10] for fact in found), default=None)
        days = max(0, (today - date.fromisoformat(newest)).days) if newest else None
        ages.append(Age(str(word(kind)), days, limit.days))
    return Freshness(at[:10], tuple(ages)) if ages else None


def lineage(datasets: Iterable[Any] = (), changes: Iterable[Any] = (), inventory: Any = None) -> Lineage | None:
    """From the sources of data over their parts and models to components."""
    nodes: dict[str, Node] = {}
    by_digest: dict[str, Node] = {}
    edges: dict[Edge, None] = {}

    def join(source: Node, target: Node) -> None:
        nodes.setdefault(source.id, source)
        nodes.setdefault(target.id, target)
        if source.id != target.id:
            edges.setdefault(Edge(source.id, target.id))

    for data in datasets:
        node = Node(
            _data_id(data["dataset_id"], data["dataset_version"]), _versioned(data, "dataset_version"), "dataset"
        )
        by_digest[str(data["digest"])] = node
        for source in _list(data["sources"]):
            join(Node(f"source:{source['name']}", str(source["name"]), "source"), node)
        for split in _list(data["splits"]):
            join(node, Node(f"{node.id}:{split['name']}", f"{split['name']} ({split['records']})", "split"))
    for change in changes:
        model = change["model"]
        if not isinstance(model, Record) or not isinstance(change["training"], Record):
            continue
        label = f"{model['model_id']} {model['version']}"
        for used in _list(change["training"]["datasets"]):
            data_id = _data_id(used["dataset_id"], used["version"])
            part = f"{data_id}:{used['split']}"
            source = nodes.get(part) or nodes.get(data_id) or Node(data_id, str(used["dataset_id"]), "dataset")
            made = Node(f"model:{label}", label, "model")
            by_digest[str(model["digest"])] = made
            join(source, made)
    if inventory is not None:
        _join_components(inventory, by_digest, join)
    return Lineage(tuple(nodes.values()), tuple(edges)) if edges else None


def _join_components(inventory: Any, by_digest: Mapping[str, Node], join: Any) -> None:
    """The components that others build on or that build on others; one with the digest of a model or data set is it."""
    known = {str(one["component_id"]): one for one in _list(inventory["components"])}

    def node(component: Any) -> Node:
        label = f"{component['name']} {component['version']}"
        same = by_digest.get(str(component["digest"])) if component["digest"] else None
        return same or Node(f"component:{component['component_id']}", label, "component")

    for component in known.values():
        for below in _list(component["builds_on"]):
            if below in known:
                join(node(known[below]), node(component))


def _data_id(dataset: Any, version: Any) -> str:
    return f"data:{dataset}@{version}"


def _versioned(data: Any, member: str) -> str:
    return f"{data['name']} {data[member]}"


def _list(value: Any) -> tuple[Any, ...]:
    """The members of a list; none of one that is absent or erased."""
    return value if isinstance(value, tuple) else ()


def _time(value: Any) -> str:
    """A time that is there; nothing for one that is absent or erased."""
    return value if isinstance(value, str) and not isinstance(value, ErasedValue) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
