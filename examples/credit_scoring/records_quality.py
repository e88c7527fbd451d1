"""Chapter 4, second part: the quality of the data set, tested against requirements set beforehand."""

from __future__ import annotations

from bank import SYSTEM, Bank, now, person, refer
from model import CATEGORIES
from records_data import Data

from ledger import Receipt
from ledger.kinds import Evaluation, TestPlan
from ledger.kinds.evaluation import PlannedMetric
from ledger.kinds.parts import Metric, Period

_LIMITS = {
    "rows_in_two_splits": "Rows that stand in more than one split.",
    "duplicate_rows": "Rows equal to another row in every column.",
    "categories_only_in_test": "Categories of the held-out split that training has never seen.",
}


def record_data_quality(bank: Bank, data: Data) -> Receipt:
    """The receipt of the data-quality test; its plan goes before it."""
    plan = bank.ledger.record(
        TestPlan(
            plan_id="data-quality-1",
            types=["data_quality"],
            protocol="Count over all 1,000 rows and the three splits.",
            metrics=[
                PlannedMetric(
                    metric=metric,
                    definition=definition,
                    justification="Each one would make results on the held-out split look better or worse "
                    "than they are.",
                    threshold=0.0,
                    direction="at_most",
                    judged_on="value",
                    threshold_reason="one is too many in a data set of this size",
                )
                for metric, definition in _LIMITS.items()
            ],
            due=bank.day(7),
            datasets=[data.used("train"), data.used("validation"), data.used("test")],
            acceptance="every limit is met",
            responsible=person("staff-140"),
        ),
        signers=bank.keys.scientist,
        subject=SYSTEM,
    )
    started = now()
    counted = _count(data)
    rows = sum(len(part) for part in (data.splits.train, data.splits.validation, data.splits.test))
    return bank.ledger.record(
        Evaluation(
            evaluation_id="data-quality-1",
            types=["data_quality"],
            protocol="As planned.",
            metrics=[
                Metric(
                    metric=metric,
                    value=float(count),
                    n=rows,
                    threshold=0.0,
                    direction="at_most",
                    passed=count == 0,
                )
                for metric, count in counted.items()
            ],
            result="failed" if any(counted.values()) else "passed",
            responsible=person("staff-140"),
            plan_id="data-quality-1",
            datasets=[data.used("train"), data.used("validation"), data.used("test")],
            period=Period(start=started, end=now()),
            limitations="Says nothing about whether the values are right; the sex codes are not, see the known gaps.",
        ),
        signers=[bank.keys.pipeline, bank.keys.scientist],
        subject=SYSTEM,
        references=[refer("answers", plan), refer("about", data.lineage)],
    )


def _count(data: Data) -> dict[str, int]:
    """The three numbers that the plan asks for."""
    parts = (data.splits.train, data.splits.validation, data.splits.test)
    rows = [a.row for part in parts for a in part]
    contents = [(*sorted(a.inputs.items()), a.sex, a.age, a.good) for part in parts for a in part]
    seen = {(name, a.inputs[name]) for a in data.splits.train for name in CATEGORIES}
    return {
        "rows_in_two_splits": len(rows) - len(set(rows)),
        "duplicate_rows": len(contents) - len(set(contents)),
        "categories_only_in_test": len(
            {(name, a.inputs[name]) for a in data.splits.test for name in CATEGORIES} - seen
        ),
    }
