"""The procedure of classification: what is asked after which answers, and what they come to."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docgen.classification import Answer, conclude, next_step, results_of, steps_of
from docgen.errors import DocgenError
from docgen.packs import load_pack
from ledger.kinds import validate_body
from ledger.kinds.systems import RiskClass

PROCEDURE: Mapping[str, Any] = load_pack("eu_tech_docs").data["classification"]
FINDINGS = {
    "S1": "provider", "S2": "research", "S4-A": "AnnexI-A-11", "S4-B": "AnnexI-B-18", "S5": "stops the press",
    "S7": "AnnexIII-5-b", "S9": "a, d", "S10": "annex_vi", "S14": "not yet",
}  # fmt: skip


def answered(**yes: str) -> tuple[Answer, ...]:
    """Every question that is asked, answered no but for these; S0 and S1 are yes unless told."""
    told = {"S0": "yes", "S1": "yes", **{name.replace("_", "-"): answer for name, answer in yes.items()}}
    answers: list[Answer] = []
    while (step := next_step(PROCEDURE, answers)) is not None:
        answer = told.get(step.id, step.answers[-1])
        finding = FINDINGS[step.id] if step.wants_finding(answer) else ""
        answers.append(Answer(step.id, answer, f"because of {step.id}", finding))
    return tuple(answers)


def results(**yes: str) -> tuple[str, ...]:
    return results_of(PROCEDURE, answered(**yes))


@pytest.mark.parametrize(
    ("yes", "come_to"),
    [
        ({}, ("minimal_risk",)),
        ({"S0": "no"}, ("out_of_scope",)),
        ({"S0": "no", "S0_gpai": "yes"}, ("gpai",)),
        ({"S1": "no"}, ("out_of_scope",)),
        ({"S2": "yes"}, ("out_of_scope",)),
        ({"Art5_1_c": "yes"}, ("prohibited",)),
        ({"S4_A": "yes"}, ("minimal_risk",)),
        ({"S4_A": "yes", "S5": "yes"}, ("minimal_risk",)),
        ({"S4_A": "yes", "S5": "yes", "S6": "yes"}, ("high_risk_annex_i_a",)),
        ({"S4_B": "yes", "S5": "yes", "S6": "yes"}, ("high_risk_annex_i_b",)),
        ({"S7": "yes", "S8": "yes"}, ("high_risk_annex_iii",)),
        ({"S7": "yes"}, ("high_risk_annex_iii",)),
        ({"S7": "yes", "S9": "yes", "S9_influence": "yes"}, ("annex_iii_exempt_6_3",)),
        ({"S7": "yes", "S9": "yes"}, ("high_risk_annex_iii",)),
        ({"Art50_1": "yes"}, ("limited_risk",)),
        ({"S7": "yes", "S8": "yes", "Art50_2": "yes"}, ("high_risk_annex_iii", "limited_risk")),
        ({"S0_gpai": "yes", "S12_open": "yes"}, ("gpai_open_source",)),
        ({"S0_gpai": "yes", "S12_open": "yes", "S12_systemic": "yes"}, ("gpai_systemic",)),
    ],
)
def test_answers_come_to_the_class_of_the_law(yes: dict[str, str], come_to: tuple[str, ...]) -> None:
    found = results(**yes)

    assert tuple(one for one in found if one != "minimal_risk" or come_to == ("minimal_risk",)) == come_to


def test_a_prohibited_practice_ends_the_run() -> None:
    asked = [one.step for one in answered(Art5_1_c="yes")]

    assert asked[-1] == "Art5-1-c"


def test_an_annex_iii_system_that_profiles_is_not_asked_for_an_exemption() -> None:
    asked = [one.step for one in answered(S7="yes", S8="yes")]

    assert "S9" not in asked
    assert "S10-fria" in asked


def test_every_point_of_annex_iii_letter_of_article_5_and_act_of_annex_i_is_there() -> None:
    assert len(PROCEDURE["annex_iii"]) == 25
    assert len([step for step in steps_of(PROCEDURE) if step.id.startswith("Art5-1-")]) == 10
    assert [one["id"] for one in PROCEDURE["annex_i"]] == [
        *(f"AnnexI-A-{n}" for n in range(2, 13)), *(f"AnnexI-B-{n}" for n in range(13, 22))
    ]  # fmt: skip


def test_every_text_is_there_in_both_languages() -> None:
    for step in steps_of(PROCEDURE):
        assert step.question["en"] != step.question["de"]
    for one in (*PROCEDURE["annex_iii"], *PROCEDURE["annex_i"]):
        assert set(one["label"]) == {"en", "de"}


@given(st.lists(st.sampled_from(["yes", "no"]), min_size=40, max_size=40))
def test_whatever_is_answered_the_run_ends_and_its_body_is_an_entry(choices: list[str]) -> None:
    answers: list[Answer] = []
    while (step := next_step(PROCEDURE, answers)) is not None:
        answer = choices[len(answers)] if len(step.answers) > 1 else step.answers[0]
        finding = FINDINGS[step.id] if step.wants_finding(answer) else ""
        answers.append(Answer(step.id, answer, "why", finding))

    body = conclude(PROCEDURE, answers, "en")
    decided = {"decided_by": {"id": "p"}, "decided_on": "2026-11-23"}
    validate_body("classification", {**body, **decided, "system_version": "1"})
    assert set(body["results"]) <= set(RiskClass.__args__)  # type: ignore[attr-defined]
    assert len(answers) == len({one.step for one in answers})


class TestBody:
    def test_findings_fill_the_members_they_stand_for(self) -> None:
        body = conclude(PROCEDURE, answered(S7="yes", S8="yes", S10_fria="yes", Art50_1="yes"), "en")

        assert body["annex_iii_points"] == ["AnnexIII-5-b"]
        assert (body["profiling"], body["conformity_route"], body["fria_due"]) == (True, "annex_vi", True)
        assert body["transparency_duties"] == ["50(1)"]
        assert body["organisation_roles"] == ["provider"]
        assert "first_supplied_on" not in body

    def test_an_exemption_has_its_conditions_and_both_reasons(self) -> None:
        body = conclude(PROCEDURE, answered(S7="yes", S9="yes", S9_influence="yes"), "en")

        assert body["exemption"] == {
            "conditions": ["a", "d"],
            "no_significant_risk": "because of S9",
            "no_material_influence": "because of S9-influence",
        }

    def test_with_material_influence_there_is_no_exemption(self) -> None:
        body = conclude(PROCEDURE, answered(S7="yes", S9="yes", S9_influence="no"), "en")

        assert "exemption" not in body

    def test_the_questions_stand_in_it_as_they_were_asked(self) -> None:
        english, german = (conclude(PROCEDURE, answered(), language)["answers"][0] for language in ("en", "de"))

        assert english["question"].startswith("Is it an AI system")
        assert german["question"].startswith("Ist es ein KI-System")


class TestRefused:
    def refuse(self, answers: tuple[Answer, ...]) -> str:
        with pytest.raises(DocgenError) as refused:
            conclude(PROCEDURE, answers, "en")
        return str(refused.value)

    def test_a_question_left_out(self) -> None:
        assert "S14 (Articles 111 and 113) is not answered" in self.refuse(answered()[:-1])

    def test_an_answer_out_of_turn(self) -> None:
        first, second, *rest = answered()
        assert "'S0-gpai': is asked elsewhere; S0 is asked here" in self.refuse((second, first, *rest))

    def test_an_answer_after_the_end(self) -> None:
        ended = (*answered(Art5_1_a="yes"), Answer("S7", "no", "why"))
        assert "the run is over before it" in self.refuse(ended)

    def test_an_unknown_step(self) -> None:
        assert "'S99': is no step of the procedure" in self.refuse((Answer("S99", "yes", "why"),))

    @pytest.mark.parametrize(
        ("answer", "said"),
        [
            (Answer("S0", "maybe", "why"), "'maybe'; one of yes, no"),
            (Answer("S0", "yes", " "), "has no reason"),
        ],
    )
    def test_an_answer_that_is_none(self, answer: Answer, said: str) -> None:
        assert said in self.refuse((answer,))

    def test_a_yes_that_names_nothing(self) -> None:
        answers = tuple(Answer(a.step, a.answer, a.reason, "") for a in answered(S7="yes", S8="yes"))
        assert "answer to S1: has no finding" in self.refuse(answers)
