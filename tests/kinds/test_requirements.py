"""Every fact that the AI Act asks for has a place in the shipped schemas."""

from __future__ import annotations

from functools import cache

import pytest

from tests.kinds.from_schema import members
from tests.kinds.requirements import ANNEX_IV, ANNEX_VIII, ANNEXES_XI_XII, ARTICLES, Facts


@cache
def carried_by(kind: str) -> frozenset[str]:
    return frozenset(".".join(map(str, path)) for path, _ in members(kind))


def missing_from(facts: Facts) -> list[str]:
    return [
        f"{fact}: {carrier}"
        for fact, carriers in facts.items()
        for carrier in carriers.split()
        if carrier.partition(".")[2] not in carried_by(carrier.partition(".")[0])
    ]


@pytest.mark.parametrize("point", ANNEX_IV)
def test_each_fact_of_annex_iv_has_a_member(point: str) -> None:
    assert missing_from(ANNEX_IV[point]) == []


@pytest.mark.parametrize("point", ANNEX_VIII)
def test_each_fact_of_annex_viii_has_a_member(point: str) -> None:
    assert missing_from(ANNEX_VIII[point]) == []


@pytest.mark.parametrize("point", ANNEXES_XI_XII)
def test_each_fact_about_general_purpose_models_has_a_member(point: str) -> None:
    assert missing_from(ANNEXES_XI_XII[point]) == []


@pytest.mark.parametrize("article", ARTICLES)
def test_each_fact_of_the_articles_has_a_member(article: str) -> None:
    assert missing_from(ARTICLES[article]) == []


def test_all_points_of_annex_iv_are_looked_at() -> None:
    first, second = "abcdefgh", "abcdefgh"

    assert list(ANNEX_IV) == [*(f"1({c})" for c in first), *(f"2({c})" for c in second), *"3456789"]


def test_a_fact_without_a_member_is_noticed() -> None:
    assert missing_from({"colour": "ai_system.colour ai_system.name.colour"}) == [
        "colour: ai_system.colour",
        "colour: ai_system.name.colour",
    ]
