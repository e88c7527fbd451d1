"""Drawings as PNG files, by matplotlib: the same bytes for the same shape under the same version of it.

Its Agg renderer and the fonts it ships, none of the machine's; no settings of the user, no metadata,
no random numbers, no clock.  Colours differ in lightness too, and every series has its own marker.
"""

from __future__ import annotations

import io
import textwrap
import warnings
from datetime import UTC, datetime
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, DateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from docgen.charts.gather import MILESTONES
from docgen.charts.layers import drawn_edges, place_nodes
from docgen.charts.shapes import Freshness, Lineage, Metrics, Panel, RatedRisk, RiskMatrix, Shape, Timeline
from docgen.escape import visible
from docgen.labels import Labels

__all__ = ["draw"]

_WIDTH, _DPI = 6.5, 200  # inches of an A4 page's text
_INK, _GREY, _LINE = "#1F2A37", "#56606B", "#C5CED8"
_SERIES = (("#1F4E79", "o"), ("#B3541E", "s"), ("#5B8C5A", "^"), ("#7A4E9E", "D"), ("#8A8A00", "v"), ("#A61B1B", "P"))
_SORTS = {"source": "#EDF0F3", "dataset": "#DFE7F0", "split": "#EEF4FA", "model": "#E7F4EC", "component": "#FFF4E0"}
_SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans", "font.size": 8, "axes.edgecolor": _GREY, "axes.labelcolor": _INK,
    "axes.titlesize": 8.5, "axes.titleweight": "bold", "axes.linewidth": 0.6, "xtick.color": _GREY,
    "ytick.color": _INK, "text.color": _INK, "axes.spines.top": False, "axes.spines.right": False,
    "text.usetex": False, "text.parse_math": False, "svg.hashsalt": "", "axes.unicode_minus": False,
    "figure.facecolor": "white", "axes.grid": False,
}  # fmt: skip


def draw(shape: Shape, labels: Labels) -> bytes:
    """The PNG file of a drawing, its words in the language of `labels`."""
    with mpl.rc_context({**mpl.rcParamsDefault, **_SETTINGS, "backend": "agg"}), warnings.catch_warnings():
        # Letters that the shipped font lacks are drawn as boxes; the alternative text has the words.
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        match shape:
            case Metrics():
                figure = _metrics(shape, labels)
            case RiskMatrix():
                figure = _risks(shape, labels)
            case Timeline():
                figure = _timeline(shape, labels)
            case Freshness():
                figure = _freshness(shape, labels)
            case Lineage():
                figure = _lineage(shape)
        out = io.BytesIO()
        FigureCanvasAgg(figure).print_png(out, metadata={"Software": None})
        return out.getvalue()


def _figure(height: float) -> Figure:
    return Figure(figsize=(_WIDTH, height), dpi=_DPI, layout="constrained")


def _short(text: str, width: int = 30) -> str:
    text = " ".join(visible(text).split())
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _metrics(shape: Metrics, labels: Labels) -> Figure:
    panels = shape.panels
    columns = 2 if len(panels) > 1 else 1
    rows = -(-len(panels) // columns)
    groups = [list(dict.fromkeys(point.group for point in panel.points)) for panel in panels]
    heights = [
        0.62 + 0.185 * max(len(group) for group in groups[row * columns : (row + 1) * columns]) for row in range(rows)
    ]
    versions = sorted({point.version for panel in panels for point in panel.points})
    figure = _figure(sum(heights) + 0.35)
    axes = figure.subplots(rows, columns, squeeze=False, gridspec_kw={"height_ratios": heights})
    for place, panel in enumerate(panels):
        _panel(axes[place // columns][place % columns], panel, groups[place], versions, labels)
    for place in range(len(panels), rows * columns):
        axes[place // columns][place % columns].set_axis_off()
    if versions != [""]:
        named = [labels["chart.of_version"].format(version=version) if version else "–" for version in versions]
        handles = [_marker(number, name) for number, name in enumerate(named)]
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    return figure


def _marker(number: int, label: str) -> Any:
    from matplotlib.lines import Line2D

    color, marker = _SERIES[number % len(_SERIES)]
    return Line2D([], [], color=color, marker=marker, linestyle="none", markersize=5, label=label)


def _panel(axes: Any, panel: Panel, groups: list[str], versions: list[str], labels: Labels) -> None:
    step = 0.6 / max(1, len(versions))
    for point in panel.points:
        number = versions.index(point.version)
        color, marker = _SERIES[number % len(_SERIES)]
        height = groups.index(point.group) + (number - (len(versions) - 1) / 2) * step
        if point.low is not None and point.high is not None:
            axes.plot([point.low, point.high], [height, height], color=color, linewidth=1.2, alpha=0.55)
        axes.plot([point.value], [height], color=color, marker=marker, markersize=4.5, linestyle="none")
    if panel.limit is not None:
        axes.axvline(panel.limit, color="#A61B1B", linewidth=0.9, linestyle=(0, (4, 2)))
        if panel.direction in ("at_least", "at_most"):
            said = labels[f"chart.{panel.direction}"].format(limit=labels.formats.say_figure(panel.limit))
            axes.set_xlabel(said, color="#A61B1B", fontsize=7)
    axes.set_title(_short(f"{panel.metric}{f' [{panel.unit}]' if panel.unit else ''}", 44), loc="left")
    axes.set_yticks(range(len(groups)), [_short(group or labels["chart.overall"]) for group in groups])
    axes.set_ylim(len(groups) - 0.4, -0.6)
    axes.margins(x=0.08)
    axes.grid(axis="x", color=_LINE, linewidth=0.4)
    axes.set_axisbelow(True)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, _: labels.formats.say_figure(float(f"{value:.10g}")))


def _risks(shape: RiskMatrix, labels: Labels) -> Figure:
    figure = _figure(3.3)
    pair = figure.subplots(1, 2, sharey=True)
    for axes, moment in zip(pair, ("before", "after"), strict=True):
        _matrix(axes, shape.risks, moment)
        axes.set_title(labels[f"chart.{moment}"], loc="left")
        axes.set_xlabel(labels["chart.likelihood"])
    pair[0].set_ylabel(labels["chart.severity"])
    return figure


def _matrix(axes: Any, risks: tuple[RatedRisk, ...], moment: str) -> None:
    cells: dict[tuple[int, int], list[str]] = {}
    for risk in risks:
        rating = risk.before if moment == "before" else risk.after
        if rating is not None:
            cells.setdefault(rating, []).append(risk.id)
    # Shaded by the product, without steps: which cells are acceptable is the organisation's to say.
    shades = [[likelihood * severity for likelihood in range(1, 6)] for severity in range(1, 6)]
    axes.imshow(shades, origin="lower", extent=(0.5, 5.5, 0.5, 5.5), cmap="Oranges", vmin=-2, vmax=38, aspect="auto")
    for edge in range(1, 5):
        axes.axhline(edge + 0.5, color="white", linewidth=1)
        axes.axvline(edge + 0.5, color="white", linewidth=1)
    for (likelihood, severity), ids in cells.items():
        shown = ids if len(ids) <= 6 else [*ids[:5], f"+{len(ids) - 5}"]
        text = "\n".join(" ".join(shown[start : start + 2]) for start in range(0, len(shown), 2))
        axes.text(likelihood, severity, text, ha="center", va="center", fontsize=6.5, fontweight="bold")
    axes.set_xticks(range(1, 6))
    axes.set_yticks(range(1, 6))
    axes.tick_params(length=0)


def _timeline(shape: Timeline, labels: Labels) -> Figure:
    lanes = shape.incidents
    figure = _figure(0.95 + 0.38 * len(lanes))
    axes = figure.subplots()
    seen: list[str] = []
    for lane, incident in enumerate(lanes):
        moments = [(step.what, _moment(step.time)) for step in incident.milestones if _drawable(step.time)]
        if moments:
            axes.plot([min(t for _, t in moments), max(t for _, t in moments)], [lane, lane], color=_GREY, linewidth=1)
        for what, time in moments:
            color, marker = _SERIES[MILESTONES.index(what)]
            axes.plot([time], [lane], color=color, marker=marker, markersize=6, linestyle="none")
            seen += [what] if what not in seen else []
    axes.set_yticks(range(len(lanes)), [_short(incident.id, 24) for incident in lanes])
    axes.set_ylim(len(lanes) - 0.4, -0.6)
    locator = AutoDateLocator(tz=UTC, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    times = [_moment(step.time) for one in lanes for step in one.milestones if _drawable(step.time)]
    days = (max(times) - min(times)) if times else 0.0
    date = labels.formats.date.replace("{year}", "%Y").replace("{month}", "%m").replace("{day}", "%d")
    axes.xaxis.set_major_formatter(DateFormatter(date if days > 5 else f"{date}\n%H:%M:%S", tz=UTC))
    if times:  # some room on both sides, also around events within the same second
        room = max(days * 0.05, 1 / 1440)
        axes.set_xlim(min(times) - room, max(times) + room)
    axes.grid(axis="x", color=_LINE, linewidth=0.4)
    order = [what for what in MILESTONES if what in seen]
    handles = [_marker(MILESTONES.index(what), labels[f"chart.{what}"]) for what in order]
    if handles:
        figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), frameon=False)
    return figure


def _drawable(time: str) -> bool:
    """Whether an axis can reach there; a slip of the year is in the words, not in the picture."""
    return "1900" <= time[:4] <= "2200"


def _moment(time: str) -> float:
    """The place of a time on the axis; a day stands at its end, behind all that happened in it."""
    moment = datetime.fromisoformat(time if "T" in time else f"{time}T23:59:59Z")
    return float(date2num(moment))


def _freshness(shape: Freshness, labels: Labels) -> Figure:
    ages = shape.ages
    figure = _figure(0.8 + 0.27 * len(ages))
    axes = figure.subplots()
    widest = max(1, *(max(age.days or 0, age.limit) for age in ages))
    for place, age in enumerate(ages):
        stale = age.days is not None and age.days > age.limit
        if age.days is not None:
            color, hatch = ("#E6A4A4", "////") if stale else ("#A9D3B6", "")
            axes.barh(place, age.days, height=0.55, color=color, edgecolor=_GREY, linewidth=0.5, hatch=hatch)
        axes.plot([age.limit, age.limit], [place - 0.38, place + 0.38], color="#A61B1B", linewidth=1.4)
        axes.text(
            widest * 1.03, place, _verdict(age.days, age.limit, labels), va="center", fontsize=7,
            fontweight="bold" if stale or age.days is None else "normal",
        )  # fmt: skip
    axes.set_yticks(range(len(ages)), [_short(age.what) for age in ages])
    axes.set_ylim(len(ages) - 0.4, -0.6)
    axes.set_xlim(0, widest * 1.45)
    axes.set_xlabel(labels["chart.days"])
    axes.grid(axis="x", color=_LINE, linewidth=0.4)
    axes.set_axisbelow(True)
    return figure


def _verdict(days: int | None, limit: int, labels: Labels) -> str:
    if days is None:
        return labels.status("not provided")
    return f"{days} / {limit}" + (f": {labels.status('stale')}" if days > limit else "")


def _lineage(shape: Lineage) -> Figure:
    places = place_nodes(shape)
    columns = 1 + max(column for column, _ in places.values())
    tallest = 1 + max(height for _, height in places.values()) - min(height for _, height in places.values())
    figure = _figure(0.4 + 0.55 * tallest)
    axes = figure.subplots()
    axes.set_axis_off()
    width, height = 0.78, 0.62
    letters = max(10, round(115 * width / columns))
    for edge in drawn_edges(shape):
        (left, low), (right, high) = places[edge.source], places[edge.target]
        axes.annotate(
            "", xy=(right - width / 2, -high), xytext=(left + width / 2, -low),
            arrowprops={"arrowstyle": "-|>", "color": _GREY, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0,
                        "mutation_scale": 7}, zorder=1,
        )  # fmt: skip
    for node in shape.nodes:
        column, level = places[node.id]
        corner = (column - width / 2, -level - height / 2)
        axes.add_patch(
            FancyBboxPatch(corner, width, height, boxstyle="round,pad=0,rounding_size=0.06", linewidth=0.7,
                           facecolor=_SORTS[node.sort], edgecolor=_GREY, zorder=2)
        )  # fmt: skip
        lines = textwrap.wrap(visible(node.label), letters, break_long_words=True)
        text = "\n".join(lines if len(lines) <= 3 else [*lines[:2], _short(lines[2] + " …", letters)])
        axes.text(column, -level, text, ha="center", va="center", fontsize=6, zorder=3)
    axes.set_xlim(-width / 2 - 0.05, columns - 1 + width / 2 + 0.05)
    lows = [-level for _, level in places.values()]
    axes.set_ylim(min(lows) - 0.5, max(lows) + 0.5)
    return figure
