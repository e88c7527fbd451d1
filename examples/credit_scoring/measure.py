"""Measures a scorecard on applications it has not seen: accuracy, groups, robustness, and what a threshold costs.

Point values per group come from fairlearn. Intervals are Wilson's for shares and a seeded percentile bootstrap
for everything else, at 95 %.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from model import SEED, Application, Inputs, Rule, Scorecard, propose, train

COST_OF_BAD_APPROVED = 5  # the cost matrix documented with the data set: a bad risk taken for a good one
COST_OF_GOOD_DECLINED = 1
SMALLEST_GROUP = 30  # below this a value is shown but judges nothing
RESAMPLES = 1000
SEX_CODE = "sex code (unsound)"  # the caveat is part of the name, so that no table can lose it
GROUPINGS: Mapping[str, Callable[[Application], str]] = {
    SEX_CODE: lambda a: a.sex,
    "age band": lambda a: a.age_band,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """One number: overall or for one group, with the cases it rests on and its 95 % interval."""

    metric: str
    value: float
    n: int
    group: tuple[str, str] | None = None  # (attribute, value)
    low: float | None = None
    high: float | None = None
    method: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a threshold would do, by five-fold cross-validation on training and validation data."""

    threshold: float
    cost: float
    approval_rate: float
    ratios: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Groups:
    """Cases with the group each belongs to, whether it is a good risk and whether it was proposed for approval."""

    labels: tuple[str, ...]
    good: tuple[bool, ...]
    approved: tuple[bool, ...]

    def at(self, rows: Sequence[int]) -> Groups:
        """The cases at `rows`, which may repeat."""
        return Groups(
            tuple(self.labels[i] for i in rows),
            tuple(self.good[i] for i in rows),
            tuple(self.approved[i] for i in rows),
        )

    def of_at_least(self, smallest: int) -> Groups:
        """The cases of groups that have at least `smallest` cases."""
        return self.at([i for i, label in enumerate(self.labels) if self.labels.count(label) >= smallest])

    def counted(self, label: str) -> dict[str, int]:
        """How many cases of a group each metric rests on."""
        good = [g for g, other in zip(self.good, self.labels, strict=True) if other == label]
        return {
            "approval_rate": len(good),
            "true_positive_rate": sum(good),
            "false_positive_rate": len(good) - sum(good),
            "accuracy": len(good),
        }

    def frame(self) -> Any:
        """The table, by fairlearn, of the four metrics per group."""
        from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate
        from sklearn.metrics import accuracy_score

        metrics = {
            "approval_rate": selection_rate,
            "true_positive_rate": true_positive_rate,
            "false_positive_rate": false_positive_rate,
            "accuracy": accuracy_score,
        }
        return MetricFrame(
            metrics=metrics, y_true=self.good, y_pred=self.approved, sensitive_features=list(self.labels)
        )

    def gaps(self, attribute: str) -> dict[str, float]:
        """By fairlearn: the lowest approval rate over the highest, and the largest gap in true positive rates."""
        frame = self.frame()
        ratio, opportunity = gap_names(attribute)
        return {
            ratio: float(frame.ratio()["approval_rate"]),
            opportunity: float(frame.difference()["true_positive_rate"]),
        }

    def quick_gaps(self, attribute: str) -> dict[str, float]:
        """The same as `gaps`, counted by hand: fairlearn takes too long for a thousand resamples."""
        ratio, opportunity = gap_names(attribute)
        caught = [i for i, good in enumerate(self.good) if good]
        rates = _rates([self.labels[i] for i in caught], [self.approved[i] for i in caught])
        return {ratio: _ratio(_rates(self.labels, self.approved)), opportunity: max(rates) - min(rates)}


def gap_names(attribute: str) -> tuple[str, str]:
    """The names of the two metrics that compare the groups of `attribute`."""
    name = attribute.translate({ord(" "): "_", ord("("): None, ord(")"): None})  # the caveat stays in the name
    return f"approval_ratio_by_{name}", f"opportunity_difference_by_{name}"


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of the share `hits` of `n`; the whole range for no cases."""
    if n == 0:
        return 0.0, 1.0
    z, share = 1.959964, hits / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n))


def mean_cost(approved: Sequence[bool], good: Sequence[bool]) -> float:
    """Cost per application by the cost matrix of the data set."""
    wrong = (
        COST_OF_BAD_APPROVED if a else COST_OF_GOOD_DECLINED for a, g in zip(approved, good, strict=True) if a != g
    )
    return sum(wrong) / len(good)


def measure_accuracy(card: Scorecard, rule: Rule, cases: Sequence[Application]) -> tuple[Measured, ...]:
    """Area under the ROC curve, accuracy, balanced accuracy and cost per application, each with its interval."""
    from sklearn.metrics import accuracy_score, balanced_accuracy_score, roc_auc_score

    good = [a.good for a in cases]
    scores = [card.score(a.inputs) for a in cases]
    approved = [s >= rule.threshold for s in scores]

    def values(rows: Sequence[int]) -> dict[str, float]:
        g, s, d = [good[i] for i in rows], [scores[i] for i in rows], [approved[i] for i in rows]
        return {
            "roc_auc": float(roc_auc_score(g, s)),
            "balanced_accuracy": float(balanced_accuracy_score(g, d)),
            "cost_per_application": mean_cost(d, g),
        }

    bounds = _bootstrap(values, len(cases), resamples=300)
    hits = round(float(accuracy_score(good, approved)) * len(cases))
    return (
        _bootstrapped("roc_auc", values(range(len(cases))), bounds, len(cases), 300),
        _share("accuracy", hits, len(cases)),
        _bootstrapped("balanced_accuracy", values(range(len(cases))), bounds, len(cases), 300),
        _bootstrapped("cost_per_application", values(range(len(cases))), bounds, len(cases), 300),
    )


def measure_groups(card: Scorecard, rule: Rule, cases: Sequence[Application]) -> tuple[Measured, ...]:
    """Per sex code and age band: approvals, good and bad risks approved, accuracy; then ratios and differences.

    Groups with fewer than `SMALLEST_GROUP` cases are given, and left out of ratios and differences.
    """
    found: list[Measured] = []
    for attribute, group_of in GROUPINGS.items():
        groups = Groups(
            tuple(group_of(a) for a in cases),
            tuple(a.good for a in cases),
            tuple(card.score(a.inputs) >= rule.threshold for a in cases),
        )
        by_group = groups.frame().by_group
        for label in sorted(set(groups.labels)):
            for metric, n in groups.counted(label).items():
                hits = round(float(by_group[metric][label]) * n)
                found.append(_share(metric, hits, n, (attribute, label)))
        large = groups.of_at_least(SMALLEST_GROUP)
        whole = large.gaps(attribute)
        bounds = _bootstrap(partial(_resampled_gaps, large, attribute), len(large.labels), RESAMPLES)
        found += [_bootstrapped(metric, whole, bounds, len(large.labels), RESAMPLES) for metric in whole]
    return tuple(found)


def measure_robustness(
    card: Scorecard, rule: Rule, cases: Sequence[Application], seed: int = SEED
) -> tuple[Measured, ...]:
    """Proposals that change under 5 % noise, and what lost checking-account data does to the share of approvals."""
    draw = random.Random(seed)  # noqa: S311 - a simulation, no secret
    before = [propose(card, rule, a.inputs).outcome for a in cases]
    repeats = 20
    changed = sum(
        propose(card, rule, _noisy(a.inputs, draw)).outcome != outcome
        for _ in range(repeats)
        for a, outcome in zip(cases, before, strict=True)
    )
    lost = set(draw.sample(range(len(cases)), len(cases) // 5))
    after = [
        propose(card, rule, {**a.inputs, "checking_account": None} if i in lost else a.inputs).outcome
        for i, a in enumerate(cases)
    ]
    gained = sum(now == "approval_proposed" != was for was, now in zip(before, after, strict=True))
    return (
        _share("proposals_changed_by_noise", changed, repeats * len(cases)),
        _share("approvals_gained_by_lost_data", gained, len(lost)),
    )


def candidate_thresholds(cases: Sequence[Application], seed: int = SEED) -> tuple[Candidate, ...]:
    """Thresholds 0.50 to 0.90 in steps of 0.01 with their cost and approval ratios; never sees the held-out split."""
    from sklearn.model_selection import StratifiedKFold

    scores = [0.0] * len(cases)
    folds = StratifiedKFold(5, shuffle=True, random_state=seed).split(cases, [a.good for a in cases])
    for learn, check in folds:
        card = train([cases[i] for i in learn], "fold", seed)
        for i in check:
            scores[i] = card.score(cases[i].inputs)
    good = [a.good for a in cases]
    found = []
    for step in range(50, 91):
        approved = [s >= step / 100 for s in scores]
        ratios = {
            attribute: _ratio(_rates([group_of(a) for a in cases], approved, SMALLEST_GROUP))
            for attribute, group_of in GROUPINGS.items()
        }
        rate = sum(approved) / len(cases)
        found.append(Candidate(step / 100, mean_cost(approved, good), rate, ratios))
    return tuple(found)


def choose_threshold(candidates: Sequence[Candidate], floor: float) -> Candidate:
    """The cheapest candidate whose approval ratios between groups are all at least `floor`."""
    return min((c for c in candidates if min(c.ratios.values()) >= floor), key=lambda c: (c.cost, c.threshold))


def _noisy(inputs: Inputs, draw: random.Random) -> Inputs:
    amount, months = float(inputs["credit_amount"] or 0), float(inputs["duration"] or 0)
    return {
        **inputs,
        "credit_amount": max(1, round(amount * draw.gauss(1, 0.05))),
        "duration": max(1, round(months * draw.gauss(1, 0.05))),
    }


def _rates(labels: Sequence[str], hits: Sequence[bool], smallest: int = 1) -> list[float]:
    """The share of hits in each group of at least `smallest` cases."""
    groups: dict[str, list[bool]] = {}
    for label, hit in zip(labels, hits, strict=True):
        groups.setdefault(label, []).append(hit)
    return [sum(group) / len(group) for group in groups.values() if len(group) >= smallest]


def _ratio(rates: Sequence[float]) -> float:
    return min(rates) / max(rates) if max(rates) else 1.0


def _resampled_gaps(groups: Groups, attribute: str, rows: Sequence[int]) -> dict[str, float]:
    return groups.at(rows).quick_gaps(attribute)


def _bootstrap(
    values: Callable[[Sequence[int]], Mapping[str, float]], n: int, resamples: int
) -> dict[str, tuple[float, float]]:
    draw = random.Random(SEED)  # noqa: S311 - a simulation, no secret
    runs = [values(draw.choices(range(n), k=n)) for _ in range(resamples)]
    bounds = {}
    for metric in runs[0]:
        ordered = sorted(run[metric] for run in runs)
        bounds[metric] = (ordered[int(0.025 * resamples)], ordered[int(0.975 * resamples) - 1])
    return bounds


def _share(metric: str, hits: int, n: int, group: tuple[str, str] | None = None) -> Measured:
    low, high = wilson(hits, n)
    return Measured(metric, round(hits / n, 4), n, group, round(low, 4), round(high, 4), "Wilson")


def _bootstrapped(
    metric: str, whole: Mapping[str, float], bounds: Mapping[str, tuple[float, float]], n: int, resamples: int
) -> Measured:
    low, high = bounds[metric]
    method = f"percentile bootstrap, {resamples} resamples, seed {SEED}"
    return Measured(metric, round(whole[metric], 4), n, None, round(low, 4), round(high, 4), method)
