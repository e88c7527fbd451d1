"""What counts as a justification, and which look copied."""

import pytest

from docgen.justification import JustificationRules, find_alike, find_objection

RULES = JustificationRules(words=6, blocked=("n/a", "not relevant", "no resources"), alike=0.8)
REASON = "Clerks notice odd refusals first and must be able to say so."


@pytest.mark.parametrize(
    ("text", "objection"),
    [
        (None, "missing"),
        ("", "missing"),
        (" … – ", "missing"),
        ("AI Policy.", "title"),
        ("ＡＩ policy", "title"),
        ("N/A", "blocked"),
        ("n / a", "blocked"),
        ("Not relevant for us!", "blocked"),
        ("NO RESOURCES", "blocked"),
        ("Needed because of risk.", "short"),
        (REASON, ""),
        ("Because it is not relevant to any of the systems that the bank runs today.", ""),
        ("審査で拒否された人に影響する", ""),
    ],
)
def test_a_phrase_is_no_justification_and_a_sentence_is(text: str | None, objection: str) -> None:
    assert find_objection(text, title="AI policy", rules=RULES) == objection


def test_texts_that_differ_in_one_word_are_copies_of_each_other() -> None:
    texts = {"A": REASON, "B": "Something else altogether is the case with this one.", "C": REASON + " Always."}

    assert find_alike(texts, RULES) == (("A", "C"),)


def test_copies_of_copies_stand_in_one_group_in_the_order_given() -> None:
    first = "one two three four five six seven eight nine ten"
    texts = {"C": first, "A": first + " eleven", "B": first + " eleven twelve thirteen"}

    assert find_alike(texts, RULES) == (("C", "A", "B"),)


def test_missing_and_short_texts_are_no_copies() -> None:
    assert find_alike({"A": "", "B": "", "C": "too short", "D": "too short"}, RULES) == ()
