"""The credit scorecard: reads applications, splits them, trains, scores and proposes.

Only training needs scikit-learn. What it learns is written as a scorecard, a small JSON file that anybody can
read and recompute; that file is the model, and every proposal and every measurement comes from it.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Literal

SEED = 42
NUMBERS = ("credit_amount", "duration", "job")
CATEGORIES = ("housing", "saving_accounts", "checking_account", "purpose")
INPUTS = (*NUMBERS, *CATEGORIES)  # `sex` and `age` are left out on purpose and only used for measuring
DIGITS = 6  # of the weights in the file; the last bits differ between machines

Inputs = Mapping[str, str | int | None]
Outcome = Literal["approval_proposed", "decline_proposed", "incomplete_input"]


@dataclass(frozen=True, slots=True)
class Application:
    """One application of the data set; `row` counts from 1 in the file."""

    row: int
    inputs: Inputs
    sex: str
    age: int
    good: bool

    @property
    def age_band(self) -> str:
        """The band that results are given for."""
        return next(name for name, below in AGE_BANDS.items() if self.age < below)


AGE_BANDS: Mapping[str, int] = MappingProxyType({"under 25": 25, "25-39": 40, "40-59": 60, "60 and over": 999})


@dataclass(frozen=True, slots=True)
class Splits:
    """Three parts that share no application."""

    train: tuple[Application, ...]
    validation: tuple[Application, ...]
    test: tuple[Application, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A numeric input: its mean and spread in training, and its weight per standard deviation."""

    mean: float
    spread: float
    weight: float


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A logistic model; every weight is relative to the average training application (`intercept`)."""

    version: str
    intercept: float
    numbers: Mapping[str, Number]
    categories: Mapping[str, Mapping[str, float]]

    def contributions(self, inputs: Inputs) -> dict[str, float]:
        """What each input adds to the log odds of a good risk, against the average application.

        Raises:
            KeyError: for a missing input, or a category that was not in the training data.
        """
        parts = {
            name: (float(inputs[name] or 0) - number.mean) / number.spread * number.weight
            for name, number in self.numbers.items()
        }
        return parts | {name: weights[str(inputs[name])] for name, weights in self.categories.items()}

    def score(self, inputs: Inputs) -> float:
        """The estimated probability of a good risk, 0 to 1."""
        return 1 / (1 + math.exp(-self.intercept - math.fsum(self.contributions(inputs).values())))


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of a score, and of an application whose checking account status did not arrive."""

    version: str
    threshold: float
    missing_checking_account: Literal["read as not_known", "not scored"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the system says about one application; `score` and `contributions` are absent if it was not scored."""

    outcome: Outcome
    score: float | None
    contributions: Mapping[str, float]


def read_applications(data: bytes) -> tuple[Application, ...]:
    """The applications in a CSV file with the columns of the data set."""
    return tuple(
        Application(
            row=row,
            inputs=MappingProxyType({**{n: int(line[n]) for n in NUMBERS}, **{n: line[n] for n in CATEGORIES}}),
            sex=line["sex"],
            age=int(line["age"]),
            good=line["risk"] == "1",
        )
        for row, line in enumerate(csv.DictReader(io.StringIO(data.decode("utf-8"))), start=1)
    )


def split(applications: Sequence[Application], seed: int = SEED) -> Splits:
    """500 for training, 200 for validation, 300 held out, stratified by risk and sex code, drawn with `seed`."""
    from sklearn.model_selection import train_test_split

    def drawn(pool: Sequence[Application], size: int) -> tuple[list[Application], list[Application]]:
        strata = [f"{a.good} {a.sex}" for a in pool]
        kept, taken = train_test_split(list(pool), test_size=size, random_state=seed, stratify=strata)
        return kept, taken

    development, test = drawn(applications, 300)
    train, validation = drawn(development, 200)
    return Splits(tuple(train), tuple(validation), tuple(test))


def train(applications: Sequence[Application], version: str, seed: int = SEED) -> Scorecard:
    """The scorecard that a logistic regression learns from `applications`, its weights rounded to `DIGITS`."""
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pd.DataFrame([dict(a.inputs) for a in applications])
    prepare = ColumnTransformer(
        [("numbers", StandardScaler(), list(NUMBERS)), ("categories", OneHotEncoder(), list(CATEGORIES))]
    )
    classify = LogisticRegression(max_iter=2000, random_state=seed)
    make_pipeline(prepare, classify).fit(table, [a.good for a in applications])

    weights = [float(w) for w in classify.coef_[0]]
    scaler, encoder = prepare.named_transformers_["numbers"], prepare.named_transformers_["categories"]
    numbers = {
        name: Number(round(float(mean), DIGITS), round(float(spread), DIGITS), round(weight, DIGITS))
        for name, mean, spread, weight in zip(NUMBERS, scaler.mean_, scaler.scale_, weights, strict=False)
    }
    intercept, categories, at = float(classify.intercept_[0]), {}, len(NUMBERS)
    for name, values in zip(CATEGORIES, encoder.categories_, strict=True):
        found = dict(zip((str(v) for v in values), weights[at : at + len(values)], strict=True))
        at += len(values)
        # Moved so that the average training application adds nothing: contributions then explain a case.
        average = math.fsum(found[str(a.inputs[name])] for a in applications) / len(applications)
        intercept += average
        categories[name] = {value: round(weight - average, DIGITS) for value, weight in found.items()}
    return Scorecard(version, round(intercept, DIGITS), numbers, categories)


def propose(card: Scorecard, rule: Rule, inputs: Inputs) -> Proposal:
    """What the released system (`card` and `rule`) proposes for one application."""
    if inputs["checking_account"] is None:
        if rule.missing_checking_account == "not scored":
            return Proposal("incomplete_input", None, {})
        inputs = {**inputs, "checking_account": "not_known"}
    score = card.score(inputs)
    outcome: Outcome = "approval_proposed" if score >= rule.threshold else "decline_proposed"
    return Proposal(outcome, score, card.contributions(inputs))


def format_scorecard(card: Scorecard) -> bytes:
    """The scorecard as a JSON file."""
    return _json({"format": "scorecard 1", **asdict(card)})


def parse_scorecard(data: bytes) -> Scorecard:
    """The scorecard in a file of `format_scorecard`.

    Raises:
        ValueError: for another format.
    """
    members = json.loads(data)
    if members.pop("format", None) != "scorecard 1":
        raise ValueError("scorecard: another format, expected 'scorecard 1'")
    members["numbers"] = {name: Number(**number) for name, number in members["numbers"].items()}
    return Scorecard(**members)


def format_rule(rule: Rule) -> bytes:
    """The decision rule as a JSON file."""
    return _json({"format": "decision rule 1", **asdict(rule)})


def format_split(applications: Sequence[Application]) -> bytes:
    """Which rows of the data set a split holds, as a JSON file; its digest names the split."""
    return _json({"format": "rows 1", "rows": sorted(a.row for a in applications)})


def _json(members: Mapping[str, object]) -> bytes:
    return (json.dumps(members, indent=1, sort_keys=True) + "\n").encode()
