"""`aims classify`: every question asked once, every answer recorded."""

import json

import pytest
import yaml

from tests.cli.person import Person
from tests.docgen.test_classification import answered

ABOUT = ("--system", "credit-scoring@1.0", "--as", "compliance")


def write(clerk: Person, *, more: dict[str, object] | None = None, **yes: str) -> None:
    """A file of answers."""
    said = [
        {"step": a.step, "answer": a.answer, "reason": a.reason} | ({"finding": a.finding} if a.finding else {})
        for a in answered(**yes)
    ]
    body = {"decided_by": {"id": "staff-1", "role": "compliance"}, **(more or {}), "answers": said}
    (clerk.folder / "answers.yaml").write_text(yaml.safe_dump(body), encoding="utf-8")


def test_answers_from_a_file_become_one_entry(clerk: Person) -> None:
    write(clerk, S7="yes", S8="yes", more={"review_on": "2030-01-01", "member_states": ["DE"]})

    told = clerk.does("classify", *ABOUT, "--answers", "answers.yaml", "--json").json
    shown = clerk.does("show", told["index"], "--json").json

    assert told["body"]["results"] == ["high_risk_annex_iii"]
    assert shown["kind"] == "classification"
    assert shown["data"]["system_version"] == "1.0"
    assert shown["data"]["review_on"] == "2030-01-01"
    assert shown["data"]["answers"][0]["step"] == "S0"


def test_a_second_run_supersedes_the_first(clerk: Person) -> None:
    write(clerk)
    first = clerk.does("classify", *ABOUT, "--answers", "answers.yaml", "--json").json
    write(clerk, Art50_1="yes")
    second = clerk.does("classify", *ABOUT, "--answers", "answers.yaml", "--json").json

    references = clerk.does("show", second["index"], "--json").json["data"]["references"]
    assert references == [{"rel": "supersedes", "statement": first["statement"]}]


def test_text_says_the_class_and_the_entry(clerk: Person) -> None:
    write(clerk)

    lines = clerk.does("classify", *ABOUT, "--answers", "answers.yaml").out.splitlines()
    assert lines[0] == "credit-scoring 1.0: minimal_risk"
    assert "classification" in lines[1]


def test_the_questions_can_be_read_before(nobody: Person) -> None:
    english = nobody.does("classify", "--questions").out
    listed = json.loads(nobody.does("classify", "--questions", "--json").out)

    assert "Art5-1-a  (Article 5(1)(a); yes | no)" in english
    assert len(listed) == 33


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"answers": "none"}, "expected a list 'answers'"),
        ({"results": ["minimal_risk"]}, "results follows from the answers"),
        ({"answers": [{"step": "S0", "answer": "yes"}]}, "answer 1: expected step, answer, reason"),
        ({"answers": [{"step": "S0", "answer": True, "reason": "r"}]}, "answer 1: expected texts"),
        ({"answers": [{"step": "S0", "answer": "yes", "reason": "r"}]}, "is not answered"),
    ],
)
def test_a_file_that_is_none_is_refused_and_nothing_is_stored(
    clerk: Person, change: dict[str, object], said: str
) -> None:
    write(clerk)
    body = yaml.safe_load((clerk.folder / "answers.yaml").read_text(encoding="utf-8")) | change
    (clerk.folder / "answers.json").write_text(json.dumps(body), encoding="utf-8")

    refused = clerk.refused("classify", *ABOUT, "--answers", "answers.json")

    assert said in refused


def test_a_point_that_annex_iii_does_not_have_is_refused(clerk: Person) -> None:
    write(clerk, S7="yes", S8="yes")
    file = clerk.folder / "answers.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("AnnexIII-5-b", "AnnexIII-5-e"), encoding="utf-8")

    assert "AnnexIII-5-e is none" in clerk.refused("classify", *ABOUT, "--answers", "answers.yaml")


def test_who_decided_must_be_said(clerk: Person) -> None:
    write(clerk, more={"decided_on": "2026-01-01"})
    file = clerk.folder / "answers.yaml"
    body = yaml.safe_load(file.read_text(encoding="utf-8"))
    del body["decided_by"]
    file.write_text(yaml.safe_dump(body), encoding="utf-8")

    assert "who decided is missing" in clerk.refused("classify", *ABOUT, "--answers", "answers.yaml")
    clerk.does("classify", *ABOUT, "--answers", "answers.yaml", "--by", "staff-2", "--role", "board")


def test_in_a_terminal_it_asks_only_what_follows_from_the_answers(
    clerk: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.commands.classify.interactive", lambda: True)
    typed = []
    for answer in answered(S7="yes", S8="yes"):
        typed += [answer.answer] if answer.answer != "stated" else []
        typed += [answer.finding] if answer.finding else []
        typed += [answer.reason]

    seen = clerk.runs("classify", *ABOUT, "--by", "staff-1", stdin="\n".join(typed) + "\n")

    assert seen.code == 0, seen.err
    assert "credit-scoring 1.0: high_risk_annex_iii" in seen.out
    assert "AnnexIII-5-b  creditworthiness" in seen.err
    assert "S9  " not in seen.err


def test_without_answers_and_without_a_terminal_it_says_what_to_give(clerk: Person) -> None:
    assert "give --answers FILE" in clerk.refused("classify", *ABOUT)


def test_it_needs_a_key_and_a_version(clerk: Person) -> None:
    write(clerk)

    assert "give --as KEY" in clerk.refused("classify", "--answers", "answers.yaml")
    told = clerk.refused("classify", "--system", "credit-scoring", "--as", "compliance", "--answers", "answers.yaml")
    assert "in which version?" in told
