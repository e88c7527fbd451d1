"""Drawings as bytes: the same everywhere, without metadata, and said where they can't be made."""

import hashlib
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from docgen.charts import Drawings, can_draw
from docgen.charts.draw import draw
from docgen.charts.layers import drawn_edges, place_nodes
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
    Shape,
    Timeline,
)
from docgen.labels import Labels
from docgen.markdown import parse_markdown
from docgen.word import write_word
from tests.docgen.charts.test_shapes import rated, record
from tests.docgen.samples import VERY_HOSTILE, info
from tests.docgen.wordfile import WordFile, text_of

ROOT = Path(__file__).parents[3]
ENGLISH = Labels.of()


def shapes(words: str = "words") -> tuple[Shape, ...]:
    """One drawing of each kind, `words` in each of their texts."""
    points = tuple(Measured(version, group, 0.5, 9, 0.4, 0.6) for version in ("", "1") for group in ("", words))
    steps = (Milestone("occurred", "2026-01-01T00:00:00Z"), Milestone("closed", "2026-03-01"))
    return (
        Metrics((Panel(words, words, points, 0.4, "at_least"), Panel("b", "", points[:1]))),
        RiskMatrix(tuple(RatedRisk(f"R-{n}", words, (n % 5 + 1, 3), None) for n in range(40))),
        Timeline((Course(words, words, steps), Course("I", "", ()))),
        Freshness("2026-01-01", (Age(words, 10, 5), Age("b", None, 5), Age("c", 0, 0))),
        Lineage((Node("a", words, "source"), Node("b", "x" * 200, "model")), (Edge("a", "b"),)),
    )  # fmt: skip


SCRIPT = """
import hashlib, sys
from docgen.charts.draw import draw
from docgen.labels import Labels
from tests.docgen.charts.test_drawing import shapes
sys.stdout.write(" ".join(hashlib.sha256(draw(shape, Labels.of())).hexdigest() for shape in shapes()))
"""


def test_another_process_with_other_settings_gives_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nsavefig.dpi: 30\nbackend: svg\naxes.facecolor: red\n")
    environment = {
        **os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "MATPLOTLIBRC": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == [hashlib.sha256(draw(shape, ENGLISH)).hexdigest() for shape in shapes()]


@pytest.mark.parametrize("shape", shapes(), ids=lambda shape: type(shape).__name__)
def test_a_drawing_is_a_png_that_says_nothing_of_who_made_it_when(shape: Shape) -> None:
    data, place, kinds = draw(shape, ENGLISH), 8, []
    while place < len(data):
        size, kind = struct.unpack(">I4s", data[place : place + 8])
        kinds.append(kind)
        place += 12 + size

    assert data.startswith(b"\x89PNG")
    assert set(kinds) <= {b"IHDR", b"IDAT", b"IEND", b"pHYs"}


@pytest.mark.parametrize("shape", shapes("$\\frac{a}$ _x_ " + VERY_HOSTILE), ids=lambda shape: type(shape).__name__)
def test_hostile_words_are_drawn_and_not_obeyed(shape: Shape) -> None:
    assert draw(shape, ENGLISH).startswith(b"\x89PNG")


def test_nodes_stand_to_the_right_of_what_goes_into_them_also_in_circles() -> None:
    nodes = tuple(Node(name, name, "component") for name in "abcde")
    straight = Lineage(nodes, (Edge("a", "b"), Edge("b", "c"), Edge("a", "c"), Edge("d", "c")))
    places = place_nodes(straight)

    assert [places[name][0] for name in "abcd"] == [0, 1, 2, 1]
    assert len({places[name] for name in "abcde"}) == 5
    assert drawn_edges(straight) == (Edge("a", "b"), Edge("b", "c"), Edge("d", "c"))
    circle = Lineage(nodes, (Edge("a", "b"), Edge("b", "a"), Edge("b", "c")))
    assert place_nodes(circle)["a"][0] == place_nodes(circle)["b"][0] < place_nodes(circle)["c"][0]
    assert drawn_edges(circle) == circle.edges


def test_where_nothing_can_be_drawn_the_document_says_so_and_prints_the_numbers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("docgen.charts.find_spec", lambda name: None)
    drawings = Drawings(ENGLISH)
    body = parse_markdown(drawings.chart("risk_matrix", [record(risk_id="R-1", before=rated(4, 5))]))
    file = WordFile(write_word(body, info(), pictures=drawings.pictures()))

    assert not can_draw()
    text = text_of(file.document)
    assert "Not drawn: the program's extra “charts” was not installed" in text
    assert "R-1likelihood 4, severity 5not rated" in text
    assert "Figure 1: Risks by likelihood" in text
    assert not file.find("//w:drawing")


def test_events_within_the_same_second_and_years_apart_can_be_drawn() -> None:
    def timeline(*times: str) -> Timeline:
        return Timeline((Course("I", "", tuple(Milestone("reported", time) for time in times)),))

    assert draw(timeline("2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000002Z"), ENGLISH)
    assert draw(timeline("2026-01-01T00:00:00Z"), ENGLISH)
    assert draw(timeline("0001-01-01", "9999-12-30"), ENGLISH)
