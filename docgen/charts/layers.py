"""Places for the nodes of a lineage: in columns, each to the right of all that goes into it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from docgen.charts.shapes import Edge, Lineage

__all__ = ["drawn_edges", "place_nodes"]

_SWEEPS = 8


def place_nodes(lineage: Lineage) -> Mapping[str, tuple[int, float]]:
    """Column and height of each node, by id; the same for the same lineage.

    Nodes of a circle stand in one column.  Within a column nodes are ordered by the middle of what they
    are joined to, which keeps most lines from crossing.
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(node.id for node in lineage.nodes)
    graph.add_edges_from((edge.source, edge.target) for edge in lineage.edges)
    circles = nx.condensation(graph)
    members = {number: sorted(circles.nodes[number]["members"]) for number in circles}
    columns = [
        [node for number in sorted(layer) for node in members[number]] for layer in nx.topological_generations(circles)
    ]
    columns = _near_what_they_go_into(columns, graph)
    given = {node.id: place for place, node in enumerate(lineage.nodes)}
    columns = [sorted(column, key=given.__getitem__) for column in columns]
    heights = _heights(columns)
    for sweep in range(_SWEEPS):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            near = graph.pred if sweep % 2 == 0 else graph.succ
            middles = {node: _middle([heights[one] for one in near[node]], heights[node]) for node in column}
            column.sort(key=lambda node, middles=middles: (middles[node], given[node]))  # type: ignore[misc]
            heights |= _heights([column])
    return {node: (place, heights[node]) for place, column in enumerate(columns) for node in column}


def drawn_edges(lineage: Lineage) -> tuple[Edge, ...]:
    """The edges without those that a longer way says too: these would run behind nodes they do not touch."""
    graph = nx.DiGraph((edge.source, edge.target) for edge in lineage.edges)
    if not nx.is_directed_acyclic_graph(graph):
        return lineage.edges
    kept = set(nx.transitive_reduction(graph).edges)
    return tuple(edge for edge in lineage.edges if (edge.source, edge.target) in kept)


def _near_what_they_go_into(columns: list[list[str]], graph: Any) -> list[list[str]]:
    """Nodes that nothing goes into moved right, next to the first that they go into: long lines cross much."""
    column_of = {node: place for place, column in enumerate(columns) for node in column}
    for node in columns[0] if columns else ():
        if graph.succ[node] and not graph.pred[node]:
            column_of[node] = max(0, min(column_of[after] for after in graph.succ[node]) - 1)
    return [[node for node in column_of if column_of[node] == place] for place in range(len(columns))]


def _heights(columns: list[list[str]]) -> dict[str, float]:
    """Evenly spaced around the middle line."""
    return {node: place - (len(column) - 1) / 2 for column in columns for place, node in enumerate(column)}


def _middle(heights: list[float], otherwise: float) -> float:
    return sum(heights) / len(heights) if heights else otherwise
