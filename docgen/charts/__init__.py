"""Charts: shapes gathered from facts, said in words, and drawn where the extra ``charts`` is installed.

What a document says does not depend on that: its content digest covers the shape.  Where nothing can
be drawn, the writers print a sentence that says so, and the numbers as a table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from docgen.charts.gather import freshness, incidents, lineage, metrics, risk_matrix
from docgen.charts.shapes import Lineage, Shape, Timeline, canonical
from docgen.charts.words import alternative_text, default_caption, stand_in
from docgen.escape import Markdown, escape_markdown
from docgen.labels import Labels
from docgen.pictures import Picture

__all__ = ["Drawings", "can_draw"]

_GATHERED: Mapping[str, Callable[..., Shape | None]] = {
    "metrics": metrics, "risk_matrix": risk_matrix, "incidents": incidents, "freshness": freshness, "lineage": lineage,
}  # fmt: skip
_WIDTH_MM = 165.0
_MOST = 40  # nodes of a graph or lanes of a timeline that can still be read


def can_draw() -> bool:
    """Whether what drawings need is installed."""
    return all(find_spec(name) is not None for name in ("matplotlib", "networkx"))


class Drawings:
    """The drawings that one document shows."""

    def __init__(self, labels: Labels) -> None:
        self._labels = labels
        self._shapes: dict[str, Shape] = {}

    def chart(self, what: str, *data: Any, key: str = "", caption: str = "", **more: Any) -> Markdown:
        """A drawing in a paragraph of its own, with what it shows as alternative text.

        `what` is metrics, risk_matrix, incidents, freshness or lineage; `key` is its name for references,
        by default `what`.  Where there is nothing to draw, it says so.

        Raises:
            ValueError: there is no such drawing, or another one of this name.
        """
        if what not in _GATHERED:
            raise ValueError(f"chart {what!r}, expected one of {', '.join(_GATHERED)}")
        shape = _GATHERED[what](*data, **more)
        if shape is None:
            return self._none("chart.nothing")
        if (isinstance(shape, Lineage) and len(shape.nodes) > _MOST) or (
            isinstance(shape, Timeline) and len(shape.incidents) > _MOST
        ):
            return self._none("chart.too_much")
        key = key or what
        if self._shapes.setdefault(key, shape) != shape:
            raise ValueError(f"two charts are called {key!r}; give one of them another key")
        alt = escape_markdown(alternative_text(shape, self._labels))
        said = escape_markdown(caption or default_caption(shape, self._labels))
        return Markdown(f'![{alt}](<image:{escape_markdown(key)}> "{said}")')

    def _none(self, why: str) -> Markdown:
        return Markdown(f"*{escape_markdown(self._labels[why])}*")

    def pictures(self) -> Mapping[str, Picture]:
        """The pictures of the drawings by key, without bytes where nothing can be drawn."""
        drawn = can_draw() and bool(self._shapes)
        pictures = {}
        for key, shape in self._shapes.items():
            data = _draw(shape, self._labels) if drawn else b""
            table = None if drawn else stand_in(shape, self._labels)
            pictures[key] = Picture(data, _WIDTH_MM, canonical(shape), table)
        return pictures


def _draw(shape: Shape, labels: Labels) -> bytes:
    from docgen.charts.draw import draw

    return draw(shape, labels)
