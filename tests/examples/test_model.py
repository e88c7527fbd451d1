"""The scorecard: the same numbers for the same seed, and the file is the model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from model import (
    CATEGORIES,
    NUMBERS,
    SEED,
    Rule,
    Splits,
    format_scorecard,
    parse_scorecard,
    propose,
    read_applications,
    split,
    train,
)

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "credit_scoring" / "data" / "german_credit.csv"


@pytest.fixture(scope="module")
def splits() -> Splits:
    return split(read_applications(DATA.read_bytes()))


def test_splits_cover_every_application_once(splits: Splits) -> None:
    rows = [a.row for part in (splits.train, splits.validation, splits.test) for a in part]

    assert sorted(rows) == list(range(1, 1001))
    assert [len(splits.train), len(splits.validation), len(splits.test)] == [500, 200, 300]


def test_splits_depend_on_nothing_but_the_seed(splits: Splits) -> None:
    applications = read_applications(DATA.read_bytes())

    assert split(applications, SEED) == splits
    assert split(applications, SEED + 1) != splits


def test_training_twice_gives_the_same_file(splits: Splits) -> None:
    assert format_scorecard(train(splits.train, "1.0")) == format_scorecard(train(splits.train, "1.0"))


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_training_gives_the_numbers_of_the_recorded_story(splits: Splits, version: str) -> None:
    recorded = parse_scorecard((ROOT / "cli" / "story" / "files" / f"scorecard-{version}.json").read_bytes())
    applications = splits.train if version == "1.0" else splits.train + splits.validation

    trained = train(applications, version)

    # Another build of the linear algebra may differ in the last digits, not in what is proposed.
    assert trained.intercept == pytest.approx(recorded.intercept, abs=1e-3)
    for name in CATEGORIES:
        assert trained.categories[name] == pytest.approx(recorded.categories[name], abs=1e-3)
    for name in NUMBERS:
        assert trained.numbers[name].weight == pytest.approx(recorded.numbers[name].weight, abs=1e-3)


def test_the_scorecard_scores_like_the_model_it_was_read_from(splits: Splits) -> None:
    import pandas as pd
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    columns = [("n", StandardScaler(), list(NUMBERS)), ("c", OneHotEncoder(), list(CATEGORIES))]
    model = make_pipeline(ColumnTransformer(columns), LogisticRegression(max_iter=2000, random_state=SEED))
    model.fit(pd.DataFrame([dict(a.inputs) for a in splits.train]), [a.good for a in splits.train])

    expected = model.predict_proba(pd.DataFrame([dict(a.inputs) for a in splits.test]))[:, 1]
    card = train(splits.train, "1.0")

    assert [card.score(a.inputs) for a in splits.test] == pytest.approx(list(expected), abs=1e-5)


def test_the_average_training_application_contributes_nothing(splits: Splits) -> None:
    card = train(splits.train, "1.0")

    total = sum(sum(card.contributions(a.inputs).values()) for a in splits.train)

    assert total / len(splits.train) == pytest.approx(0, abs=1e-5)


def test_neither_sex_nor_age_is_an_input(splits: Splits) -> None:
    assert {"sex", "age"}.isdisjoint(splits.train[0].inputs)


def test_a_lost_status_raises_the_score_of_the_first_rule_and_is_not_scored_by_the_second(splits: Splits) -> None:
    card = train(splits.train, "1.0")
    poor = next(a for a in splits.test if a.inputs["checking_account"] == "little")
    lost = {**poor.inputs, "checking_account": None}

    before = propose(card, Rule("1.0", 0.5, "read as not_known"), lost)
    after = propose(card, Rule("1.1", 0.5, "not scored"), lost)

    assert before.score is not None
    assert before.score > card.score(poor.inputs)
    assert (after.outcome, after.score) == ("incomplete_input", None)


def test_a_scorecard_of_another_format_is_refused(splits: Splits) -> None:
    members = json.loads(format_scorecard(train(splits.train, "1.0")))
    members["format"] = "scorecard 2"

    with pytest.raises(ValueError, match="expected 'scorecard 1'"):
        parse_scorecard(json.dumps(members).encode())
