"""Measured numbers side by side: per metric and group, version by version, with what is known against them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from docgen.dossier import Dossier, Fact
from docgen.trials import MetricRow

__all__ = [
    "GroupTable", "Result", "ResultRow", "ResultTable", "by_group", "compare_versions", "find_caveats", "find_gaps",
    "interval_methods",
]  # fmt: skip

_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Result:
    """One number of one run."""

    run: Fact
    value: float
    n: int
    unit: str
    low: float | None
    high: float | None
    level: float | None


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A metric for one group, or for all cases when `group` is empty; the results of each version, by run."""

    metric: str
    group: str
    cells: tuple[tuple[Result, ...], ...]


@dataclass(frozen=True, slots=True)
class ResultTable:
    """Rows in the order in which runs report them, a cell for each of `versions` ("" is no version in particular)."""

    versions: tuple[str, ...]
    rows: tuple[ResultRow, ...]


def compare_versions(dossier: Dossier, types: Collection[str] = ()) -> ResultTable:
    """Every number of every uncontested evaluation about this version, an earlier one, or none in particular.

    With `types` only those of evaluations of these types; rows of one metric stand together.
    """
    found: dict[tuple[str, str], dict[str, list[Result]]] = {}
    seen: dict[str, None] = {}
    for fact in dossier.facts:
        reached = dossier.is_about(fact) or dossier.is_earlier(fact.version)
        if fact.entry.kind != "evaluation" or not reached:
            continue
        if types and not set(types) & set(fact.entry.data.get("types", ())):
            continue
        version = fact.version or ""
        for metric in fact.entry.data.get("metrics", ()):
            seen.setdefault(version)
            key = metric["metric"], _group(metric)
            found.setdefault(key, {}).setdefault(version, []).append(_result(fact, metric))
    order = ("", *dossier.versions)
    versions = tuple(version for version in order if version in seen)
    names = list(dict.fromkeys(metric for metric, _ in found))
    rows = (
        ResultRow(metric, group, tuple(tuple(cells.get(version, ())) for version in versions))
        for (metric, group), cells in sorted(found.items(), key=lambda item: names.index(item[0][0]))
    )
    return ResultTable(versions, tuple(rows))


def _group(metric: Mapping[str, Any]) -> str:
    group = metric.get("group")
    return f"{group['attribute']}: {group['value']}" if group else ""


def _result(run: Fact, metric: Mapping[str, Any]) -> Result:
    interval = metric.get("interval") or {}
    return Result(
        run=run,
        value=metric["value"],
        n=metric["n"],
        unit=metric.get("unit") or "",
        low=interval.get("low"),
        high=interval.get("high"),
        level=interval.get("level"),
    )


@dataclass(frozen=True, slots=True)
class GroupTable:
    """The numbers of one run per group of persons: a row for each group, a cell for each of `metrics`."""

    metrics: tuple[str, ...]
    rows: tuple[tuple[str, tuple[MetricRow | None, ...]], ...]


def by_group(rows: Iterable[MetricRow], columns: int = 4) -> tuple[GroupTable, ...]:
    """The numbers about groups, at most so many metrics to a table, each table with every group."""
    cells: dict[str, dict[str, MetricRow]] = {}
    metrics: dict[str, None] = {}
    for row in rows:
        if row.group:
            metrics.setdefault(row.metric)
            cells.setdefault(row.group, {})[row.metric] = row
    names = tuple(metrics)
    tables = []
    for start in range(0, len(names), columns):
        chunk = names[start : start + columns]
        lines = tuple((group, tuple(found.get(metric) for metric in chunk)) for group, found in cells.items())
        tables.append(GroupTable(chunk, lines))
    return tuple(tables)


def interval_methods(rows: Iterable[MetricRow]) -> tuple[str, ...]:
    """How the intervals of these numbers came about, each way once."""
    return tuple(dict.fromkeys(row.method for row in rows if row.method and row.low is not None))


def find_gaps(dossier: Dossier, names: Iterable[str]) -> tuple[tuple[Fact, int], ...]:
    """Known gaps of data sets that speak of a characteristic in `names`, which are metrics and groups.

    Only words by which some recorded number divides people count, so that "rate" in a metric's name finds nothing.
    """
    grouped = {
        word
        for fact in dossier.facts
        if fact.entry.kind in ("evaluation", "monitoring", "ai_system", "dataset_lineage")
        for member in ("metrics", "declared_performance", "statistics", "quality")
        for one in fact.entry.data.get(member) or ()
        if one.get("group")
        for word in _words(one["group"]["attribute"])
    }
    wanted = grouped & {word for name in names for word in _words(name)}
    return tuple(
        (fact, place)
        for fact in dossier.facts
        if fact.entry.kind == "dataset_lineage"
        for place, gap in enumerate(fact.entry.data.get("gaps") or ())
        if wanted & _words(f"{gap['gap']} {gap.get('effect') or ''}")
    )


def _words(text: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(text)}


def find_caveats(dossier: Dossier, run: Fact) -> tuple[tuple[Fact, int], ...]:
    """Known gaps of the data behind a run that speak of a characteristic it divides people by.

    Each is the data set's entry and the gap's place in it.  A gap speaks of a characteristic when it
    contains a word of its name, such as "sex".
    """
    words = {
        word.lower()
        for metric in run.entry.data.get("metrics", ())
        if metric.get("group")
        for word in _WORD.findall(metric["group"]["attribute"])
    }
    used = {(one["dataset_id"], one["version"]) for one in run.entry.data.get("datasets") or ()}
    return tuple(
        (fact, place)
        for fact in dossier.facts
        if fact.entry.kind == "dataset_lineage"
        and (fact.entry.data["dataset_id"], fact.entry.data["dataset_version"]) in used
        for place, gap in enumerate(fact.entry.data.get("gaps") or ())
        if words & {word.lower() for word in _WORD.findall(f"{gap['gap']} {gap.get('effect') or ''}")}
    )
