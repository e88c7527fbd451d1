"""Dates and numbers read as people of the language write them."""

import pytest

from docgen.formats import Formats
from docgen.labels import Labels
from docgen.packs import load_pack
from docgen.reasons import reason
from docgen.status import STATUS_WORDS

GERMAN = {
    "format.date": "{day}.{month}.{year}", "format.moment": "{date}, {time} UTC", "format.decimal": ",",
    "format.thousands": ".",
}  # fmt: skip


def test_german_dates_and_numbers_have_points_and_commas() -> None:
    german = Formats.of(GERMAN)

    assert german.say_day("2026-11-23") == "23.11.2026"
    assert german.say_day("2026-11-23T10:00:00.5Z") == "23.11.2026"
    assert german.say_moment("2026-11-23T10:00:00.5Z") == "23.11.2026, 10:00:00 UTC"
    assert german.say_percent(12.345) == "1.234,5\u00a0%"
    assert (german.say_number(1234567.891, 2), german.say_number(-1234, 0)) == ("1.234.567,89", "-1.234")
    assert (german.say_figure(0.123456), german.say_figure(1000)) == ("0,1235", "1.000")


def test_without_texts_they_are_written_the_international_way() -> None:
    plain = Formats.of({})

    assert plain.say_moment("2026-11-23T10:00:00Z") == "2026-11-23 10:00:00 UTC"
    assert (plain.say_number(1234.5, 1), plain.say_percent(0.1)) == ("1234.5", "10.0\u00a0%")


@pytest.mark.parametrize("time", ["", "23.11.2026", "2026-11-23T10:00:00+01:00", "2026-11-23\n"])
def test_what_is_no_time_is_refused(time: str) -> None:
    with pytest.raises(ValueError, match="is no time such as"):
        Formats().say_moment(time)


def test_a_reason_says_days_and_measured_values_in_its_language() -> None:
    texts = {**GERMAN, "reason.miss": "{metric}: {value} statt {limit} {direction}", "reason.at_least": "mindestens",
             "reason.due": "{entry} bis {day}"}  # fmt: skip

    missed = reason("miss", metric="x", value=1.5, limit=0.25, direction=reason("at_least"))
    assert missed.say(texts) == "x: 1,5 statt 0,25 mindestens"
    assert reason("due", entry="E", day="2026-01-02").say(texts) == "E bis 02.01.2026"


def test_every_fixed_word_of_the_writers_is_there_in_german() -> None:
    texts = next(pack.texts["de"] for pack in map(load_pack, ("eu_tech_docs", "iso42001")) if "de" in pack.languages)
    english, german = Labels.of(), Labels.of(texts)

    same = {key for key in english.words if german.words[key] == english.words[key]}
    assert same <= {"version", "status", "organisation", "approval_value", "chart.version"}
    assert all(german.status(word) != word for word in STATUS_WORDS)
    assert german.formats == Formats.of(GERMAN)
