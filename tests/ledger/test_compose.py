"""Drafting: a body becomes the statement that was meant, sealed where it is personal, or is refused before signing."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import pytest

from ledger.admission import read_line
from ledger.compose import Draft, body_data, draft
from ledger.disclosure import parse_disclosure
from ledger.errors import AimsError, FormatError, SchemaError
from ledger.kinds import Actor, AiDecision, ModelIdentity, Person, dataschema
from ledger.statement import parse_statement
from tests.ledger.harness import START, decision, decision_about, signer

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"


def drafted(data: Mapping[str, Any], kind: str = "ai_decision", **changes: Any) -> Draft:
    options = {
        "origin": ORIGIN, "source": "https://bank.example/pipeline", "subject": "credit-scoring", "time": START,
        "now": START, **changes,
    }  # fmt: skip
    return draft(kind, data, **options)


def test_a_draft_is_the_statement_that_was_meant() -> None:
    made = drafted(decision(outcome="declined"), time=START - 5)

    statement = parse_statement(made.payload)
    assert (statement.kind, statement.kind_version, statement.subject) == ("ai_decision", 1, "credit-scoring")
    assert (statement.ledger, statement.source) == (ORIGIN, "https://bank.example/pipeline")
    assert statement.time == START - 5
    assert statement.dataschema == dataschema("ai_decision")
    assert statement.data == decision(outcome="declined")
    assert made.disclosures == ()
    assert made.digest == sha256(made.payload).hexdigest()


def test_every_draft_has_an_id_of_its_own_that_begins_with_the_time_it_was_made() -> None:
    ids = {parse_statement(drafted(decision(), time=0).payload).id for _ in range(50)}

    assert len(ids) == 50
    assert {int(one.replace("-", "")[:12], 16) for one in ids} == {START // 1_000}


def test_personal_values_are_sealed_and_in_no_byte_of_the_payload() -> None:
    made = drafted(decision_about("Jane Roe"))

    assert b"Jane" not in made.payload
    assert {parse_disclosure(d.text).name for d in made.disclosures} == {"name", "explanation"}
    assert all(len(parse_disclosure(d.text).salt) == 16 for d in made.disclosures)


def test_no_salt_is_used_twice() -> None:
    salts = [parse_disclosure(d.text).salt for _ in range(50) for d in drafted(decision_about("Jane Roe")).disclosures]

    assert len(set(salts)) == 100


def test_the_same_personal_value_twice_looks_different() -> None:
    first, second = (parse_statement(drafted(decision_about("Jane Roe")).payload).data for _ in range(2))

    assert first["_sd"] != second["_sd"]


def test_a_signed_draft_is_one_line_that_the_door_reads() -> None:
    made = drafted(decision_about("Jane Roe"))

    line = made.sign([signer("pipeline"), signer("second")])

    assert b"\n" not in line
    read = read_line(line)
    assert read.envelope.payload == made.payload
    assert len(read.envelope.signatures) == len(read.disclosures) == 2
    assert set(json.loads(line)) == {"envelope", "disclosures"}
    assert set(json.loads(drafted(decision()).sign([signer("pipeline")]))) == {"envelope"}


def test_signing_the_same_draft_again_gives_the_same_line() -> None:
    # A retry after an unknown outcome must be the very same envelope.
    made = drafted(decision_about("Jane Roe"))

    assert made.sign([signer("pipeline")]) == made.sign([signer("pipeline")])


@pytest.mark.parametrize(
    ("data", "kind", "changes", "error", "match"),
    [
        ({}, "ai_decision", {}, SchemaError, "^ai_decision: decision_id: missing"),
        (decision(), "unheard_of", {}, SchemaError, "^unheard_of: type: no such kind"),
        (decision(unheard_of=1), "ai_decision", {}, SchemaError, "unheard_of"),
        (decision(affected_person={"name": ""}), "ai_decision", {}, SchemaError, "name"),
        (decision(extra={"a": float("nan")}), "ai_decision", {}, AimsError, "found|expected"),
        (decision(extra={"a": 2**53}), "ai_decision", {}, FormatError, "9007199254740992"),
        (decision(extra={"a": "\ud800"}), "ai_decision", {}, AimsError, "surrogate|JSON|UTF-8|str"),
        (decision(extra={"a": "x" * 41_000}), "ai_decision", {}, FormatError, "expected at most 40960 bytes"),
        (decision(), "ai_decision", {"subject": "credit scoring"}, FormatError, "^statement: subject: found credit"),
        (decision(), "ai_decision", {"subject": ""}, FormatError, "^statement: subject: found"),
        (decision(), "ai_decision", {"source": "pipeline"}, FormatError, "^statement: source: found pipeline"),
        (decision(), "ai_decision", {"origin": "a b"}, FormatError, "^origin: found a b"),
    ],
)  # fmt: skip
def test_what_the_door_would_refuse_is_not_drafted(
    data: dict[str, Any], kind: str, changes: dict[str, Any], error: type[AimsError], match: str
) -> None:
    with pytest.raises(error, match=match) as caught:
        drafted(data, kind, **changes)
    assert str(caught.value).isprintable()


def test_a_deeply_nested_body_is_refused_and_does_not_end_the_program() -> None:
    nested: Any = 1
    for _ in range(5_000):
        nested = [nested]

    with pytest.raises(AimsError, match=r"^statement: found (nesting deeper|Recursion limit)") as caught:
        drafted(decision(extra={"a": nested}))
    assert caught.value.exit_code == 2


def test_a_body_given_as_members_is_not_changed() -> None:
    data = decision_about("Jane Roe")
    before = json.dumps(data)

    drafted(data)

    assert json.dumps(data) == before


def test_a_typed_body_and_its_members_are_the_same_statement() -> None:
    typed = AiDecision(
        decision_id="decision-1",
        model=ModelIdentity(model_id="scorecard", version="1.0"),
        replayed=False,
        actor=Actor(id="operator-1"),
        affected_person=Person(id="applicant-1", name="Jane Roe"),
    )

    kind, members = body_data(typed)

    assert kind == "ai_decision"
    assert parse_statement(drafted(members).payload).data["actor"] == {"id": "operator-1"}
    assert members["affected_person"]["name"] == "Jane Roe"


def test_members_without_a_kind_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match=r"^members without a type need their kind$"):
        body_data(decision())


@pytest.mark.parametrize("body", ["text", 7, ["list"], None, object()])
def test_what_is_neither_body_nor_members_is_refused(body: Any) -> None:
    with pytest.raises(FormatError, match=r"^body: found \w+, expected a body of ledger\.kinds or a mapping$"):
        body_data(body, "ai_decision")


@pytest.mark.parametrize(
    "text", ["R&D <5% {{ 7*7 }} | pipe", "'; DROP TABLE entry; --", "\u202eevil", "\u0000", "a\nb"]
)
def test_any_text_is_kept_as_it_is(text: str) -> None:
    made = drafted(decision(extra={"text": text}, explanation=text))

    assert parse_statement(made.payload).data["extra"]["text"] == text
    assert parse_disclosure(made.disclosures[0].text).value == text


def test_the_payload_in_a_line_is_padded_base64() -> None:
    payload = json.loads(drafted(decision()).sign([signer("pipeline")]))["envelope"]["payload"]

    assert re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", payload)
    assert json.loads(base64.b64decode(payload))["specversion"] == "1.0"
