"""The string and number types that every kind builds on."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter, ValidationError

from ledger.kinds import KINDS, body_class
from ledger.kinds.base import (
    PATTERNS,
    Actor,
    Count,
    Country,
    Date,
    Fraction,
    Hex256,
    Instant,
    Language,
    Name,
    Slug,
    Url,
)
from ledger.kinds.evaluation import Evaluation
from ledger.kinds.parts import Metric
from tests.kinds.from_schema import SAMPLES as SHORT

for kind in KINDS:
    body_class(kind)  # every module enters its patterns when it is loaded
SAMPLES = ("0" * 64, "A" * 43, *SHORT)
STRICT = ConfigDict(strict=True, allow_inf_nan=False)


def accepts(type_: Any, value: object) -> bool:
    try:
        TypeAdapter(type_, config=STRICT).validate_python(value)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(
    ("type_", "good"),
    [
        (Hex256, "0123456789abcdef" * 4),
        (Instant, "2026-11-23T10:00:00Z"),
        (Instant, "2026-11-23T10:00:00.5Z"),
        (Instant, "2024-02-29T23:59:59.999999Z"),
        (Date, "2000-02-29"),
        (Slug, "credit-scoring@2.1/eu"),
        (Country, "DE"),
        (Language, "zh-Hant-TW"),
        (Url, "urn:example:a"),
        (Fraction, 1),
        (Count, 0),
        (Name, "ß" * 300),
    ],
)
def test_what_we_would_write_is_accepted(type_: Any, good: object) -> None:
    assert accepts(type_, good)


@pytest.mark.parametrize(
    ("type_", "bad"),
    [
        (Hex256, "0" * 63),
        (Hex256, "0" * 65),
        (Hex256, "A" * 64),
        (Hex256, "0" * 64 + "\n"),
        (Hex256, "٣" * 64),
        (Instant, "2026-11-23"),
        (Instant, "2026-11-23T10:00:00"),
        (Instant, "2026-11-23T10:00:00+00:00"),
        (Instant, "2026-11-23 10:00:00Z"),
        (Instant, "2026-11-23T24:00:00Z"),
        (Instant, "2026-11-23T10:00:60Z"),
        (Instant, "2026-11-23T10:00:00.Z"),
        (Instant, "2026-11-23T10:00:00Z\n"),
        (Instant, "2026-02-30T10:00:00Z"),
        (Instant, datetime(2026, 11, 23, tzinfo=UTC)),
        (Date, "2026-13-01"),
        (Date, "2026-04-31"),
        (Date, "2026-02-29"),
        (Date, "1900-02-29"),
        (Date, "0000-01-01"),
        (Date, "26-01-01"),
        (Date, "٢٠٢٦-01-01"),
        (Date, date(2026, 1, 1)),
        (Slug, ""),
        (Slug, "-a"),
        (Slug, "a b"),
        (Slug, "a" * 201),
        (Slug, "größe"),
        (Country, "de"),
        (Country, "DEU"),
        (Language, "EN"),
        (Url, "/path"),
        (Url, "https://example.org/a b"),
        (Fraction, 1.0000001),
        (Fraction, "0.5"),
        (Fraction, True),
        (Fraction, float("nan")),
        (Count, -1),
        (Count, 1.0),
        (Count, True),
        (Name, ""),
        (Name, "x" * 301),
        (Name, 5),
    ],
)
def test_what_we_would_not_write_is_refused(type_: Any, bad: object) -> None:
    assert not accepts(type_, bad)


@given(st.integers(1000, 2999), st.integers(1, 12), st.integers(1, 31))
def test_a_date_is_accepted_exactly_when_it_exists(year: int, month: int, day: int) -> None:
    exists = day <= monthrange(year, month)[1]

    assert accepts(Date, f"{year}-{month:02}-{day:02}") == exists
    assert accepts(Instant, f"{year}-{month:02}-{day:02}T00:00:00Z") == exists


@pytest.mark.parametrize("pattern", sorted(PATTERNS))
def test_a_pattern_covers_the_whole_string(pattern: str) -> None:
    # An alternation without brackets ("^a|b$") would let anything follow a or go before b.
    inner = pattern.removeprefix("^").removesuffix("$")
    samples = [sample for sample in SAMPLES if re.fullmatch(inner, sample)]

    assert samples, "no sample shows what the pattern is for"
    for text in (shown for sample in samples for shown in (sample, f"\0{sample}", f"{sample}\0")):
        assert bool(re.search(pattern, text)) == bool(re.fullmatch(inner, text))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf"), "0.5", True, None])
def test_a_measured_value_is_a_finite_number(number: object) -> None:
    with pytest.raises(ValidationError):
        Metric(metric="recall", value=number, n=10)  # type: ignore[arg-type]


def test_numbers_of_scientific_libraries_are_written_as_plain_numbers() -> None:
    class Float64(float):
        """Stands for numpy.float64, which is a float with a class of its own."""

    data = Metric(metric="recall", value=Float64(0.25), n=4).model_dump(mode="json", exclude_none=True)

    assert data == {"metric": "recall", "value": 0.25, "n": 4}
    assert type(data["value"]) is float


def test_a_body_can_not_be_changed_after_it_was_made() -> None:
    actor = Actor(id="p-17", name="Ada")

    with pytest.raises(ValidationError, match="frozen"):
        actor.name = "Eve"


def test_digests_of_erasable_members_have_no_second_name() -> None:
    # "sd" is only Python's name for "_sd"; in JSON it would be a member that the schema does not know.
    with pytest.raises(ValidationError, match="sd"):
        Actor.model_validate({"id": "p-17", "sd": ["A" * 43]})


def test_absent_members_are_left_out_and_empty_lists_with_a_meaning_are_kept() -> None:
    body = Evaluation(
        evaluation_id="e1", types=["red_team"], protocol="as planned", metrics=[], result="observed",
        responsible=Actor(id="p-17"), findings=[],
    )  # fmt: skip

    assert body.to_data() == {
        "evaluation_id": "e1", "types": ["red_team"], "protocol": "as planned", "metrics": [],
        "result": "observed", "responsible": {"id": "p-17"}, "findings": [],
    }  # fmt: skip
