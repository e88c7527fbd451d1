"""Keys over ten years: what is lawful stays sound, what a thief writes is rejected, what was seen before stands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from ledger import Report
from ledger.errors import Refused
from ledger.store.scanning import Level
from tests.attacks.decade import (
    STOLEN,
    YEAR,
    Decade,
    certify,
    forged,
    opened,
    report_theft,
    rewrite,
    sign_again_with,
    witness,
)  # fmt: skip
from tests.ledger.attacker import Suspect, found, install, rechain
from tests.ledger.harness import START, decision, source_of

FIRST_SIGHT: Final = "self-consistent, first sight"


def compromised(report: Report) -> set[int]:
    """The entries called so; whatever else is found must be harmless, or follows from nobody having seen it."""
    told = found(report)
    assert {verdict for verdict, _, _ in told} <= {"key compromised", FIRST_SIGHT}, told
    return {place for verdict, place, _ in told if verdict == "key compromised"}


# What is lawful


@pytest.mark.parametrize("level", ["full", "signatures", "hashes"])
def test_ten_years_of_lawful_changes_read_as_sound(lawful: Suspect, decade: Decade, level: Level) -> None:
    for report in (lawful.verify(level=level), certify(lawful, decade, level=level)):
        assert found(report) == []
        assert report.exit_code == (0 if level == "full" else 4)
        assert report.size == decade.sizes[10]


@pytest.mark.parametrize("year", range(1, 11))
def test_a_certifier_who_was_there_in_any_year_finds_nothing_wrong_ten_years_later(
    lawful: Suspect, decade: Decade, year: int
) -> None:
    """With the pin of the beginning and the checkpoint of that year, kept on paper."""
    report = lawful.at_first_sight(trust=lawful.pin(), checkpoints=[decade.notes[year]])

    assert (report.exit_code, found(report)) == (0, [])


def test_a_policy_of_before_the_checkpoint_key_was_rotated_covers_what_that_key_signed(
    lawful: Suspect, decade: Decade
) -> None:
    """A certifier who missed the rotation learns less, and is not told of tampering where there is none."""
    report = certify(lawful, decade, policy=decade.policy(keys=("checkpoint",)))

    assert (report.exit_code, found(report)) == (0, [])
    assert report.witnessed is not None
    assert report.witnessed.size == decade.sizes[2], "the last that both the old key and two witnesses signed"


def test_the_year_without_witnesses_is_covered_by_its_time_stamp(lawful: Suspect, decade: Decade) -> None:
    report = certify(lawful, decade)

    assert report.stamped is not None
    assert report.stamped.size == decade.sizes[7]
    assert report.stamped.time is not None
    assert START + 6 * YEAR < report.stamped.time < START + 7 * YEAR
    assert report.witnessed is not None
    assert report.witnessed.size == decade.sizes[10]


# What a thief leaves


def test_what_was_witnessed_before_the_theft_stands_and_what_came_after_does_not(
    stolen: Suspect, decade: Decade
) -> None:
    year_5 = sorted(decade.by("pipeline-b", 5))

    report = certify(stolen, decade)

    # Of year 5 two decisions were witnessed the day before the theft, the third was recorded the day after.
    assert compromised(report) == {year_5[-1], *decade.by("pipeline-b", 6)}
    assert decade.by("pipeline-b", 2, 3, 4) | set(year_5[:2]), "these stand"
    assert report.exit_code == 1


def test_who_knows_no_witness_believes_nothing_that_the_key_signed(stolen: Suspect, decade: Decade) -> None:
    report = stolen.at_first_sight()

    assert compromised(report) == decade.by("pipeline-b", 2, 3, 4, 5, 6)


@pytest.mark.parametrize(("quorum", "stand"), [(1, True), (2, True), (3, False)])
def test_what_stands_depends_on_the_quorum_that_the_certifier_asks_for(
    stolen: Suspect, decade: Decade, quorum: int, stand: bool
) -> None:
    report = certify(stolen, decade, policy=decade.policy(quorum=quorum))

    blamed = {place for verdict, place, _ in found(report) if verdict == "key compromised"}
    assert (decade.by("pipeline-b", 3) & blamed == set()) == stand
    assert (("not witnessed", -1, "trust policy") in found(report)) == (quorum == 3)


def test_a_time_stamp_alone_is_as_good(decade: Decade, tmp_path: Path) -> None:
    """The key of the years after is reported stolen since year 9: what year 7's time stamp covers stands."""
    suspect = decade.copy(tmp_path / "copy")
    report_theft(suspect, "pipeline-c", START + 7 * YEAR + YEAR // 2)
    with suspect.tampering() as connection:
        connection.execute("DELETE FROM cosignature")

    with_stamp = suspect.at_first_sight(timestamp_roots=decade.roots)
    without = suspect.at_first_sight()

    assert compromised(with_stamp) == decade.by("pipeline-c", 8, 9, 10)
    assert compromised(without) == decade.by("pipeline-c", 6, 7, 8, 9, 10)


def test_a_witness_who_says_later_that_it_was_earlier_is_one_of_two(stolen: Suspect, decade: Decade) -> None:
    """A bribed witness cosigns a late checkpoint with an early time; the quorum's time is that of the second one."""
    with opened(stolen) as h:
        witness(h, h.ledger.checkpoint(), "w1", at=STOLEN - YEAR)

    told = compromised(certify(stolen, decade))

    assert decade.by("pipeline-b", 6) <= told


def test_a_theft_that_is_dated_back_takes_more_with_it(stolen: Suspect, decade: Decade) -> None:
    report_theft(stolen, since=START + 2 * YEAR + YEAR // 2)

    told = compromised(certify(stolen, decade))

    # Year 2 was witnessed at its end; year 3 at its end only, and that was after the new date.
    assert told == decade.by("pipeline-b", 3, 4, 5, 6)
    assert not told & decade.by("pipeline-b", 2)


# Forged past entries


@pytest.mark.parametrize("key", ["checkpoint", "checkpoint-b"])
def test_a_past_rewritten_with_stolen_keys_contradicts_what_witnesses_signed(
    stolen: Suspect, decade: Decade, key: str
) -> None:
    """The thief has the pipeline's key, the database, and either checkpoint key, and rewrites an entry of year 4."""
    place = min(decade.by("pipeline-b", 4))
    rewrite(stolen, place, forged(stolen, START + 3 * YEAR))
    sign_again_with(stolen, key)

    told = {(verdict, what.partition(" ")[0]) for verdict, _, what in found(certify(stolen, decade))}
    assert ("forked", "cosignature") in told


def test_a_past_rewritten_without_the_witnesses_answers_is_not_witnessed(stolen: Suspect, decade: Decade) -> None:
    """With every cosignature and time stamp deleted nothing contradicts the thief, and nobody vouches for them."""
    rewrite(stolen, min(decade.by("pipeline-b", 4)), forged(stolen, START + 3 * YEAR))
    sign_again_with(stolen, "checkpoint-b")
    with stolen.tampering() as connection:
        connection.execute("DELETE FROM cosignature")
        connection.execute("DELETE FROM timestamp")

    told = found(certify(stolen, decade))

    assert ("not witnessed", -1, "trust policy") in told
    assert {place for verdict, place, _ in told if verdict == "key compromised"} == decade.by(
        "pipeline-b", 2, 3, 4, 5, 6
    )
    assert ("forked", -1, "history") in found(stolen.verify()), "and who was here before remembers another history"


@pytest.mark.parametrize("year", [3, 5, 9])
def test_an_entry_added_today_with_a_past_time_is_not_permitted(stolen: Suspect, decade: Decade, year: int) -> None:
    """The statement's time is anybody's to choose; its place is not, and there the key has ended."""
    records = [*stolen.records(), forged(stolen, START + 10 * YEAR, START + year * YEAR)]
    install(stolen, rechain(records, stolen.origin))

    told = found(certify(stolen, decade))

    assert ("not permitted", len(records) - 1, "") in told


def test_what_the_thief_appended_through_the_door_before_the_report_is_compromised(
    decade: Decade, tmp_path: Path
) -> None:
    """The third key was stolen, too, and used in year 10; the door could not know."""
    suspect = decade.copy(tmp_path / "copy")
    since = START + 9 * YEAR + YEAR // 2
    with opened(suspect) as h:
        options = {"source": source_of("pipeline"), "time": None}
        late = h.record("ai_decision", decision(666), "pipeline-c", **options).index
        with pytest.raises(Refused, match="rotated by entry"):
            h.record("ai_decision", decision(667), "pipeline-b", **options)
    report_theft(suspect, "pipeline-c", since)

    told = compromised(certify(suspect, decade))

    assert late in told
    assert decade.by("pipeline-c", 6, 7, 8, 9) & told == set()
