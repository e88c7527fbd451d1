"""A drawing in words: the alternative text, which says its numbers, and a table that can stand in for it."""

from __future__ import annotations

from collections.abc import Iterable

from docgen.charts.shapes import (
    NAMES,
    Freshness,
    Lineage,
    Measured,
    Metrics,
    RatedRisk,
    RiskMatrix,
    Shape,
    Timeline,
)
from docgen.labels import Labels
from docgen.tree import Align, Table, Text

__all__ = ["alternative_text", "default_caption", "stand_in"]


def default_caption(shape: Shape, labels: Labels) -> str:
    """The caption where a template gives none."""
    return labels[f"chart.{NAMES[type(shape)]}"]


def alternative_text(shape: Shape, labels: Labels) -> str:
    """Everything the drawing shows, in sentences."""
    match shape:
        case Metrics(panels=panels, left_out=left_out):
            said = [_panel(panel.metric, panel.unit, panel.points, panel.limit, panel.direction, labels)
                    for panel in panels]  # fmt: skip
            said += [labels["chart.left_out"].format(n=left_out)] if left_out else []
        case RiskMatrix(risks=risks):
            said = [_risk(risk, labels) for risk in risks]
        case Timeline(incidents=incidents):
            said = [
                f"{one.id}: " + ", ".join(f"{labels[f'chart.{step.what}']} {_when(step.time, labels)}"
                                          for step in one.milestones)
                for one in incidents
            ]  # fmt: skip
        case Freshness(ages=ages):
            said = [f"{age.what}: {_age(age.days, age.limit, labels)}" for age in ages]
        case Lineage(nodes=nodes, edges=edges):
            names = {node.id: node.label for node in nodes}
            into: dict[str, list[str]] = {}
            for edge in edges:
                into.setdefault(edge.target, []).append(names[edge.source])
            said = [labels["chart.from"].format(what=names[one], sources=", ".join(into[one])) for one in into]
    return f"{default_caption(shape, labels)}. " + " ".join(f"{sentence}." for sentence in said)


def stand_in(shape: Shape, labels: Labels) -> Table:
    """The numbers of the drawing as a table, printed where nothing could be drawn."""
    names: tuple[str, ...]
    rows: list[tuple[str, ...]]
    match shape:
        case Metrics(panels=panels):
            names = ("metric", "group", "version", "value", "cases", "limit")
            rows = [
                (panel.metric, point.group or labels["chart.overall"], point.version or "–",
                 _number(point, panel.unit, labels), str(point.n), _limit(panel.limit, panel.direction, labels) or "–")
                for panel in panels for point in panel.points
            ]  # fmt: skip
        case RiskMatrix(risks=risks):
            names = ("risk", "before", "after")
            rows = [(_named(risk), _rated(risk.before, labels), _rated(risk.after, labels)) for risk in risks]
        case Timeline(incidents=incidents):
            names = ("incident", "step", "time")
            rows = [
                (one.id, labels[f"chart.{step.what}"], _when(step.time, labels))
                for one in incidents for step in one.milestones
            ]  # fmt: skip
        case Freshness(ages=ages):
            names = ("evidence", "age")
            rows = [(age.what, _age(age.days, age.limit, labels)) for age in ages]
        case Lineage(nodes=nodes, edges=edges):
            names = ("source", "target")
            labelled = {node.id: node.label for node in nodes}
            rows = [(labelled[edge.source], labelled[edge.target]) for edge in edges]
    header = tuple((Text(labels[f"chart.{name}"]),) for name in names)
    align: tuple[Align, ...] = tuple("left" for _ in names)
    return Table(header, tuple(tuple((Text(cell),) for cell in row) for row in rows), align, dense=True)


def _panel(
    metric: str, unit: str, points: Iterable[Measured], limit: float | None, direction: str, labels: Labels
) -> str:
    said = []
    for point in points:
        where = [point.group or labels["chart.overall"]]
        where += [labels["chart.of_version"].format(version=point.version)] if point.version else []
        said.append(f"{_number(point, unit, labels)} ({', '.join(where)})")
    bound = _limit(limit, direction, labels)
    return f"{metric}: {'; '.join(said)}" + (f"; {bound}" if bound else "")


def _number(point: Measured, unit: str, labels: Labels) -> str:
    figure = labels.formats.say_figure
    text = " ".join(part for part in (figure(point.value), unit) if part)
    if point.low is not None and point.high is not None:
        text += " " + labels["chart.interval"].format(low=figure(point.low), high=figure(point.high))
    return text


def _limit(limit: float | None, direction: str, labels: Labels) -> str:
    if limit is None or direction not in ("at_least", "at_most"):
        return ""
    return labels[f"chart.{direction}"].format(limit=labels.formats.say_figure(limit))


def _named(risk: RatedRisk) -> str:
    return f"{risk.id} {risk.title}".strip()


def _risk(risk: RatedRisk, labels: Labels) -> str:
    before, after = _rated(risk.before, labels), _rated(risk.after, labels)
    return f"{_named(risk)}: {labels['chart.before']} {before}, {labels['chart.after']} {after}"


def _rated(rating: tuple[int, int] | None, labels: Labels) -> str:
    if rating is None:
        return labels["chart.unrated"]
    return labels["chart.rating"].format(likelihood=rating[0], severity=rating[1])


def _when(time: str, labels: Labels) -> str:
    return labels.formats.say_moment(time)


def _age(days: int | None, limit: int, labels: Labels) -> str:
    if days is None:
        return labels["chart.no_evidence"].format(limit=limit)
    return labels["chart.stale_age" if days > limit else "chart.fresh_age"].format(days=days, limit=limit)
