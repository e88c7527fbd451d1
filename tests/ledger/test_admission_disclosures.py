"""The door, personal values: hidden behind digests that match one to one, and only where they may be."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from ledger.disclosure import seal
from ledger.errors import FormatError, Refused, SchemaError
from tests.ledger.harness import (
    Harness,
    assert_one_clear_line,
    decision,
    decision_about,
)

NewHarness = Callable[..., Harness]


def sealed(harness: Harness, data: dict[str, Any], *paths: str) -> tuple[bytes, list[str]]:
    """The payload of a decision with the members at `paths` sealed, and the disclosures."""
    salts = iter(range(1, 99))
    body, disclosures = seal(data, paths, lambda: sha256(b"%d" % next(salts)).digest()[:16])
    return harness.payload("ai_decision", body), [d.text for d in disclosures]


NAME, WHY = "/affected_person/name", "/explanation"


def test_a_digest_without_its_disclosure_is_refused(harness: Harness) -> None:
    payload, texts = sealed(harness, decision_about("Jane Roe"), NAME, WHY)

    for given in ([], texts[:1], texts[1:]):
        match = r"disclosures: found \d digest\(s\) without a value, expected one for each digest"
        harness.refuse(harness.sign(payload, disclosures=given), error=FormatError, match=match)


def test_a_disclosure_without_its_digest_is_refused(harness: Harness) -> None:
    payload, texts = sealed(harness, decision_about("Jane Roe"), NAME, WHY)
    other = sealed(harness, decision_about("Max Muster"), NAME, WHY)[1]

    harness.refuse(harness.sign(payload, disclosures=[*texts, other[0]]), rule="disclosure",
                   match="disclosure of 'name': its digest .* is in no _sd of the body")  # fmt: skip
    harness.refuse(harness.sign(harness.payload("ai_decision", decision()), disclosures=texts), rule="disclosure",
                   match="is in no _sd of the body")  # fmt: skip


def test_a_disclosure_twice_is_refused(harness: Harness) -> None:
    payload, texts = sealed(harness, decision_about("Jane Roe"), NAME, WHY)

    harness.refuse(
        harness.sign(payload, disclosures=[*texts, texts[0]]), error=FormatError, match="twice, expected each"
    )


@pytest.mark.parametrize("path", ["/outcome", "/affected_person/id", "/model/digest", "/decision_id"])
def test_a_member_that_is_not_erasable_can_not_be_hidden(harness: Harness, path: str) -> None:
    data = decision(outcome="declined", affected_person={"id": "applicant-1"})
    data["model"]["digest"] = "ab" * 32
    payload, texts = sealed(harness, data, path)

    with harness.nothing_stored(), pytest.raises((FormatError, SchemaError)) as caught:
        harness.ledger.append([harness.sign(payload, disclosures=texts)])
    assert_one_clear_line(caught.value)


def test_a_value_disclosed_at_another_place_than_its_own_is_refused(harness: Harness) -> None:
    # The digest of `explanation` stands where only `name` and `contact` are erasable.
    payload, texts = sealed(harness, decision_about("Jane Roe"), WHY)
    body = json.loads(payload)["data"]
    moved = {**body, "affected_person": {"id": "applicant-1", "_sd": body["_sd"]}}
    del moved["_sd"]

    harness.refuse(harness.sign(harness.payload("ai_decision", moved), disclosures=texts), error=SchemaError,
                   match=r"affected_person.*explanation")  # fmt: skip


def test_a_value_that_its_schema_does_not_allow_is_refused_also_when_hidden(harness: Harness) -> None:
    for value in ("", "x" * 301, 7, None, {"first": "Jane"}):
        payload, texts = sealed(harness, decision(affected_person={"id": "a", "name": value}), NAME)
        with harness.nothing_stored(), pytest.raises((FormatError, SchemaError)) as caught:
            harness.ledger.append([harness.sign(payload, disclosures=texts)])
        assert_one_clear_line(caught.value)


def test_a_personal_value_in_clear_is_refused(harness: Harness) -> None:
    payload = harness.payload("ai_decision", decision_about("Jane Roe"))

    harness.refuse(harness.sign(payload), rule="erasable in clear", match="stands in clear, expected its digest in _sd")


@pytest.mark.parametrize("text", ["", "!", "e30", "WyJhIiwibmFtZSIsMV0", "A" * 100_000, "=", "é"])
def test_a_disclosure_that_is_none_is_refused(harness: Harness, text: str) -> None:
    payload, texts = sealed(harness, decision_about("Jane Roe"), NAME, WHY)

    with harness.nothing_stored(), pytest.raises((FormatError, Refused)) as caught:
        harness.ledger.append([harness.sign(payload, disclosures=[texts[0], text])])
    assert_one_clear_line(caught.value)


def test_a_disclosure_for_an_escaped_sd_is_looked_at(harness: Harness) -> None:
    # "\u005fsd" is "_sd" to every parser, but not to a search for the bytes.
    payload, texts = sealed(harness, decision_about("Jane Roe"), NAME, WHY)
    spelled = payload.replace(b'"_sd"', b'"\\u005fsd"')

    harness.refuse(harness.sign(spelled), error=FormatError, match=r"disclosures: found 2 digest\(s\) without a value")
    receipt = harness.append(harness.sign(spelled, disclosures=texts))[0]
    assert harness.entry(receipt.index).data["affected_person"]["name"] == "Jane Roe"
    harness.check()


@pytest.mark.parametrize("name", ["_sd_alg", "..."])
def test_reserved_names_are_refused_everywhere(harness: Harness, name: str) -> None:
    payload = harness.payload("ai_decision", decision(extra={"a": [{name: "sha-256"}], "_sd": ["A" * 43]}))

    with harness.nothing_stored(), pytest.raises((FormatError, SchemaError)) as caught:
        harness.ledger.append([harness.sign(payload, disclosures=[])])
    assert_one_clear_line(caught.value)
