"""What is gathered for a drawing, what is said of it in words, and what its digest covers."""

from collections.abc import Mapping
from types import MappingProxyType, SimpleNamespace

import pytest

from docgen.charts import Drawings
from docgen.charts.gather import freshness, incidents, lineage, metrics, risk_matrix
from docgen.charts.shapes import Age, Freshness, Measured, Metrics, Panel, RatedRisk, RiskMatrix, canonical
from docgen.charts.words import alternative_text, stand_in
from docgen.digest import content_digest
from docgen.labels import Labels
from docgen.markdown import parse_markdown
from docgen.packs import load_pack
from docgen.pictures import Picture
from docgen.record import ErasedValue, Record
from docgen.tree import Figure, plain_text
from tests.docgen.samples import HOSTILE

ENGLISH = Labels.of()
EMPTY = dict.fromkeys(
    ("title", "before", "after", "occurred", "aware_provider", "aware_deployer", "reports", "closed_on", "detected",
     "splits", "sources", "digest", "builds_on", "trigger_id", "completed", "training", "model", "components"), None
)  # fmt: skip


def record(**members: object) -> Record:
    return Record(MappingProxyType(dict(members)), EMPTY)


def rated(likelihood: int, severity: int) -> Record:
    return record(likelihood=likelihood, severity=severity)


def table(*cells: tuple[str, str, str, float], **run: object) -> SimpleNamespace:
    """A table of results from (metric, group, version, value)."""
    versions = tuple(dict.fromkeys(version for _, _, version, _ in cells))
    rows = []
    for metric, group in dict.fromkeys((metric, group) for metric, group, _, _ in cells):
        found = {v: x for m, g, v, x in cells if (m, g) == (metric, group)}
        results = tuple(
            (
                SimpleNamespace(
                    run=SimpleNamespace(entry=SimpleNamespace(data=run)), value=found[version], n=30, unit="", low=0.1,
                    high=0.9, level=0.95,
                ),
            ) if version in found else ()
            for version in versions
        )  # fmt: skip
        rows.append(SimpleNamespace(metric=metric, group=group, cells=results))
    return SimpleNamespace(versions=versions, rows=rows)


def test_metrics_are_compared_by_version_and_group_with_their_limit() -> None:
    limited: Mapping[str, object] = {"metrics": [{"metric": "auc", "threshold": 0.7, "direction": "at_least"}]}
    shape = metrics(table(("auc", "", "1.0", 0.8), ("auc", "", "1.1", 0.6), ("auc", "sex: f", "1.1", 0.5), **limited))

    assert shape is not None
    (panel,) = shape.panels
    assert (panel.limit, panel.direction) == (0.7, "at_least")
    assert [(p.version, p.group, p.value) for p in panel.points] == [
        ("1.0", "", 0.8), ("1.1", "", 0.6), ("1.1", "sex: f", 0.5),
    ]  # fmt: skip


def test_metrics_that_do_not_fit_are_counted() -> None:
    shape = metrics(table(*((f"m{n}", "", "1", 0.5) for n in range(9))))

    assert shape is not None
    assert (len(shape.panels), shape.left_out) == (6, 3)
    assert "3 more metrics are in the tables only." in alternative_text(shape, ENGLISH)


def test_a_number_that_is_none_is_not_drawn() -> None:
    assert metrics(table(("m", "", "1", float("nan")), ("m", "", "2", float("inf")))) is None


def test_risks_are_placed_by_their_ratings_and_erased_ones_are_not_placed() -> None:
    shape = risk_matrix(
        [
            record(risk_id="R-1", title="One", before=rated(4, 5), after=rated(2, 5)),
            record(risk_id="R-2", before=ErasedValue("erased"), after=rated(1, 1)),
            record(risk_id="R-3", before=rated(0, 6)),
            record(risk_id="R-4"),
        ]
    )

    assert shape == RiskMatrix((RatedRisk("R-1", "One", (4, 5), (2, 5)), RatedRisk("R-2", "", None, (1, 1))))


def test_an_incident_runs_from_what_happened_to_its_close() -> None:
    incident = record(
        incident_id="INC-1", detected="2026-03-02T10:00:00Z", occurred=record(start="2026-03-01T00:00:00Z"),
        reports=(record(sent="2026-03-09T00:00:00Z"),), closed_on="2026-03-09", aware_provider=ErasedValue("erased"),
    )  # fmt: skip
    fix = record(trigger_id="INC-1", completed="2026-03-08T00:00:00Z")
    shape = incidents([incident], [fix])

    assert shape is not None
    assert [step.what for step in shape.incidents[0].milestones] == [
        "occurred", "detected", "corrected", "reported", "closed",
    ]  # fmt: skip
    assert "INC-1: occurred 2026-03-01 00:00:00 UTC, detected" in alternative_text(shape, ENGLISH)


def test_evidence_is_as_old_as_its_newest_entry_and_none_is_said() -> None:
    def so_far(kind: str) -> list[SimpleNamespace]:
        times = {"risk": ("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z")}.get(kind, ())
        return [SimpleNamespace(meta=SimpleNamespace(time=time)) for time in times]

    facts = SimpleNamespace(so_far=so_far, organisation=so_far)
    limits = {"risk": SimpleNamespace(days=30), "audit": SimpleNamespace(days=365)}
    shape = freshness(facts, limits, "2026-03-02T00:00:00Z")

    assert shape == Freshness("2026-03-02", (Age("risk", 60, 30), Age("audit", None, 365)))
    said = alternative_text(shape, ENGLISH)
    assert "risk: 60 days old, stale since it passed 30." in said
    assert "audit: none recorded (stale after 365 days)." in said


def test_lineage_runs_from_sources_over_splits_and_models_to_components() -> None:
    data = record(
        dataset_id="d", dataset_version="1", name="Data", digest="aa", sources=(record(name="Origin"),),
        splits=(record(name="train", records=5), record(name="test", records=2)),
    )  # fmt: skip
    change = record(
        model=record(model_id="m", version="2", digest="bb"),
        training=record(datasets=(record(dataset_id="d", version="1", split="train"),)),
    )
    parts = record(
        components=(
            record(component_id="c1", name="other name", version="2", digest="bb"),
            record(component_id="c2", name="service", version="3", builds_on=("c1", "unknown")),
        )
    )
    shape = lineage([data], [change], parts)

    assert shape is not None
    labels = {node.id: node.label for node in shape.nodes}
    assert [(labels[edge.source], labels[edge.target]) for edge in shape.edges] == [
        ("Origin", "Data 1"), ("Data 1", "train (5)"), ("Data 1", "test (2)"), ("train (5)", "m 2"),
        ("m 2", "service 3"),
    ]  # fmt: skip


def test_the_alternative_text_says_every_number_in_the_language_of_the_document() -> None:
    german = Labels.of(load_pack("iso42001").texts["de"])
    shape = Metrics((Panel("auc", "", (Measured("1.1", "", 0.75, 30, 0.7, 0.8),), 0.5, "at_least"),))

    said = alternative_text(shape, german)

    assert said == (
        "Messgrößen je Version und Gruppe. auc: 0,75 [0,7 bis 0,8] (alle Fälle, Version 1.1); Grenze mindestens 0,5."
    )
    assert plain_text(stand_in(shape, german).rows[0][3]) == "0,75 [0,7 bis 0,8]"


@pytest.mark.parametrize(
    "other", [Measured("1.1", "", 0.76, 30), Measured("1.2", "", 0.75, 30), Measured("1.1", "", 0.75, 31)]
)
def test_every_number_changes_the_bytes_for_the_digest(other: Measured) -> None:
    one = Metrics((Panel("auc", "", (Measured("1.1", "", 0.75, 30),)),))

    assert canonical(Metrics((Panel("auc", "", (other,)),))) != canonical(one)
    assert canonical(one).startswith(b'{"chart":"metrics","left_out":0,')


def test_a_chart_becomes_a_figure_with_its_numbers_in_words() -> None:
    drawings = Drawings(ENGLISH)
    risks = [record(risk_id="R-1", title=HOSTILE, before=rated(4, 5))]
    body = parse_markdown(drawings.chart("risk_matrix", risks, caption=HOSTILE))

    assert body.blocks == (
        Figure(
            "risk_matrix",
            "Risks by likelihood and severity, before and after measures. "
            f"R-1 {HOSTILE}: before measures likelihood 4, severity 5, after measures not rated.",
            HOSTILE,
        ),
    )


def test_nothing_to_draw_and_too_much_to_draw_are_said() -> None:
    drawings = Drawings(ENGLISH)
    many = [record(incident_id=f"I-{n}", detected="2026-01-01T00:00:00Z") for n in range(41)]

    assert "nothing that is recorded" in parse_text(drawings.chart("risk_matrix", []))
    assert "too much to be read" in parse_text(drawings.chart("incidents", many))


def parse_text(markdown: str) -> str:
    return plain_text(parse_markdown(markdown).blocks[0].children)  # type: ignore[union-attr]


def test_two_charts_need_two_keys_and_a_chart_needs_a_name_that_is_known() -> None:
    drawings = Drawings(ENGLISH)
    one, two = ([record(risk_id=f"R-{n}", before=rated(4, n))] for n in (1, 2))
    drawings.chart("risk_matrix", one)
    drawings.chart("risk_matrix", one)
    drawings.chart("risk_matrix", two, key="second")

    assert set(drawings.pictures()) == {"risk_matrix", "second"}
    with pytest.raises(ValueError, match="two charts are called 'risk_matrix'"):
        drawings.chart("risk_matrix", two)
    with pytest.raises(ValueError, match="chart 'pie', expected one of metrics"):
        drawings.chart("pie", ())


def test_what_a_document_says_does_not_depend_on_whether_it_could_be_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawings = Drawings(ENGLISH)
    body = parse_markdown(drawings.chart("risk_matrix", [record(risk_id="R-1", before=rated(4, 5))]))
    drawn = drawings.pictures()
    monkeypatch.setattr("docgen.charts.can_draw", lambda: False)
    undrawn = drawings.pictures()

    assert drawn["risk_matrix"].data != undrawn["risk_matrix"].data == b""
    assert content_digest(body, drawn) == content_digest(body, undrawn)
    assert content_digest(body, {"risk_matrix": Picture(b"other", drawn=b"other")}) != content_digest(body, drawn)
