"""The door: everything it refuses, with the rule's word, one clear line, and nothing stored."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from ledger.admission import MAX_CLOCK_AHEAD, MAX_LINE_BYTES, read_line
from ledger.disclosure import Disclosure, seal
from ledger.encoding import format_base64
from ledger.envelope import PAYLOAD_TYPE, pae
from ledger.errors import Conflict, FormatError, Refused, SchemaError
from ledger.kinds import dataschema
from ledger.policy import WAIVED, Policy, format_policy
from ledger.signing import key_id
from ledger.times import format_instant
from tests.ledger.harness import (
    NO_VALUE,
    SECOND,
    START,
    Harness,
    approval,
    assert_one_clear_line,
    decision,
    decision_about,
    enrolment,
    oversight,
    signer,
    source_of,
)

NewHarness = Callable[..., Harness]


def keyid(name: str) -> str:
    return key_id(signer(name).public_key)


def members_of(line: bytes) -> dict[str, Any]:
    return json.loads(line)  # type: ignore[no-any-return]


# What a line is


def test_a_line_that_is_right_is_stored(harness: Harness) -> None:
    size = harness.ledger.size

    receipt = harness.append(harness.line("ai_decision", decision_about("Jane Roe")))[0]

    assert (receipt.index, receipt.duplicate, receipt.state) == (size, False, "checkpointed")
    assert harness.entry(size).data["affected_person"]["name"] == "Jane Roe"
    harness.check()


@pytest.mark.parametrize(
    ("line", "match"),
    [
        (b"", "append line: found .*, expected one JSON value"),
        (b"{", "append line: found .*, expected one JSON value"),
        (b"\xff{}", "append line: found byte 0xff at 0, expected UTF-8"),
        (b"\xef\xbb\xbf{}", "append line: found .*, expected one JSON value"),
        (b"[]", "append line: found list, expected the members envelope and, if any, disclosures"),
        (b"{}", "append line: found , expected the members envelope"),
        (b'{"envelope":{},"more":1}', "append line: found envelope, more, expected the members envelope"),
        (b'{"envelope":{},"envelope":{}}', "append line: found member 'envelope' twice"),
        (b'{"envelope":NaN}', "append line: found NaN, expected a finite number"),
        (b'{"envelope":{}}', "envelope: found nothing, expected exactly payload, payloadType and signatures"),
        (b'{"envelope":' + b"[" * 5_000, "append line: found nesting deeper than 32"),
        (b'{"envelope":{},"disclosures":{}}', "append line: disclosures: found something else, expected a list"),
        (b'{"envelope":{},"disclosures":[1]}', "append line: disclosures: found something else, expected a list"),
        (b'"' + b"x" * MAX_LINE_BYTES, rf"append line: found {MAX_LINE_BYTES + 1} bytes, expected at most"),
    ],
)
def test_a_line_that_is_not_an_envelope_and_disclosures_is_refused(harness: Harness, line: bytes, match: str) -> None:
    harness.refuse(line, error=FormatError, match=f"^line 1: {match}")


def test_the_largest_statement_with_its_values_disclosed_fits_into_a_line(harness: Harness) -> None:
    data = decision(1, explanation="x" * 8_000, input=["y" * 1_000] * 24, extra={"z": "z" * 30_000})

    receipt = harness.append(harness.line("ai_decision", data))[0]

    assert harness.entry(receipt.index).data["input"] == ["y" * 1_000] * 24


@pytest.mark.parametrize(
    ("payload", "match"),
    [
        (b'{"a":1,"a":2}', "statement: found member 'a' twice"),
        (b'{"a":' * 5_000, "statement: found nesting deeper than 32"),
        (b'{"a":1e400}', "statement: found 1e400, expected a finite number"),
        (b"\xed\xa0\x80", "statement: found byte 0xed at 0, expected UTF-8"),
        (b"x" * 40_961, "statement: found 40961 bytes, expected at most 40960 bytes"),
        (b"[]", "statement: found a list, expected exactly the members"),
    ],
)
def test_a_payload_that_is_no_statement_is_refused(harness: Harness, payload: bytes, match: str) -> None:
    harness.refuse(harness.sign(payload), error=FormatError, match=f"^line 1: {match}")


@pytest.mark.parametrize("missing", ["id", "time", "dataschema", "subject"])
def test_a_statement_without_one_of_its_members_is_refused(harness: Harness, missing: str) -> None:
    line = harness.line("ai_decision", decision(), **{missing: NO_VALUE})

    harness.refuse(line, error=FormatError, match=f"^line 1: statement: found missing {missing}, expected exactly")


def test_the_line_that_is_wrong_is_named_and_the_good_ones_are_not_stored(harness: Harness) -> None:
    good = [harness.line("ai_decision", decision(n)) for n in (1, 2)]

    harness.refuse(*good, b"{}", error=FormatError, match="^line 3: append line: found ")
    harness.refuse(*good, harness.line("ai_decision", {}), error=SchemaError, match="^line 3: ai_decision: ")
    harness.refuse(
        *good, harness.line("ai_decision", decision(3), by="stranger"), rule="unknown key", match="^line 3: "
    )
    harness.refuse(*good, harness.line("ai_decision", decision(3), by="overseer"), rule="role not allowed",
                   match="^line 3 of 3: ")  # fmt: skip
    harness.check()


# Kind, schema, subject, ledger


@pytest.mark.parametrize("kind", ["unheard_of", "statement", "aidecision"])
def test_an_unknown_kind_is_refused(harness: Harness, kind: str) -> None:
    harness.refuse(harness.line(kind, {}), rule="unknown kind", match=rf"^line 1: statement: kind {kind}\.v1, expected")


def test_an_unknown_version_of_a_kind_is_refused(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), type="org.aims-ledger.ai_decision.v2")

    harness.refuse(line, rule="unknown kind", match=r"^line 1: statement: kind ai_decision\.v2, expected one of this")


@pytest.mark.parametrize(
    "schema",
    ["", "urn:x", dataschema("release"), dataschema("ai_decision")[:-1], dataschema("ai_decision").upper()],
)
def test_another_schema_than_the_shipped_one_is_refused(harness: Harness, schema: str) -> None:
    assert schema != dataschema("ai_decision")
    line = harness.line("ai_decision", decision(), dataschema=schema)

    harness.refuse(line, error=FormatError, match="^line 1: statement: dataschema: found .*, expected urn:aims-ledger:")


@pytest.mark.parametrize(
    ("data", "match"),
    [
        ({}, "decision_id: missing"),
        (decision(replayed="no"), "replayed: .*true or false"),
        (decision(unheard_of=1), "unheard_of: "),
        (decision(decision_id="customer 4711"), "decision_id: "),
        (decision(confidence="high"), "confidence: "),
        (decision(model={"model_id": "m"}), r"model\.version: missing"),
        (decision(references=[{"rel": "like", "statement": "ab" * 32}]), r"references\[0\]\.rel: "),
        (decision(references=[{"rel": "about", "statement": "AB" * 32}]), r"references\[0\]\.statement: "),
        (decision(artefacts=[{"name": "f", "role": "model", "digest": "../../etc/passwd", "size": 1}]), "digest: "),
    ],
)
def test_a_body_that_its_schema_does_not_allow_is_refused(harness: Harness, data: dict[str, Any], match: str) -> None:
    line = harness.sign(harness.payload("ai_decision", data))

    harness.refuse(line, error=SchemaError, match=rf"^line 1: ai_decision: .*{match}")


@pytest.mark.parametrize(
    ("kind", "subject", "by"),
    [("ai_decision", "ledger", "pipeline"), ("key", "credit-scoring", "admin"), ("key", "management-system", "admin")],
)
def test_only_the_ledgers_own_entries_have_the_ledger_as_subject(
    harness: Harness, kind: str, subject: str, by: str
) -> None:
    data = decision() if kind == "ai_decision" else {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}
    line = harness.line(kind, data, by=by, subject=subject)

    harness.refuse(
        line, rule="subject", match=rf"^line 1: statement: subject '{subject}' with kind {kind}; 'ledger' is"
    )


def test_a_statement_meant_for_another_ledger_can_not_be_replayed_here(new_harness: NewHarness) -> None:
    ours, theirs = new_harness(), new_harness()
    line = theirs.line("ai_decision", decision())

    ours.refuse(
        line, rule="other ledger", match=rf"^statement: is meant for ledger {theirs.origin}, expected {ours.origin}"
    )
    assert theirs.append(line)[0].index == theirs.ledger.size - 1


def test_another_ledgers_genesis_is_not_taken(new_harness: NewHarness) -> None:
    ours, theirs = new_harness(), new_harness()
    genesis = json.loads(theirs.ledger.leaf(0))["envelope"]

    ours.refuse(json.dumps({"envelope": genesis}).encode(), rule="other ledger", match="is meant for ledger")


def test_a_second_genesis_is_refused(harness: Harness) -> None:
    data = json.loads(base64.b64decode(json.loads(harness.ledger.leaf(0))["envelope"]["payload"]))["data"]

    harness.refuse(
        harness.line("ledger", data, by="admin"), rule="genesis", match="a ledger is created once, by entry 0"
    )


# Keys and signatures


def test_a_key_nobody_enrolled_is_refused(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), by="stranger")

    harness.refuse(line, rule="unknown key", match=rf"key {keyid('stranger')[:16]}: not enrolled in this ledger")


def test_a_key_beside_a_good_one_must_be_known_too(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), by=["pipeline", "stranger"])

    harness.refuse(line, rule="unknown key", match=rf"key {keyid('stranger')[:16]}: not enrolled in this ledger")


def test_a_payload_changed_after_it_was_signed_is_refused(harness: Harness) -> None:
    members = members_of(harness.line("ai_decision", decision(outcome="declined")))
    payload = base64.b64decode(members["envelope"]["payload"]).replace(b"declined", b"approved")
    members["envelope"]["payload"] = format_base64(payload)

    harness.refuse(json.dumps(members).encode(), rule="bad signature",
                   match=rf"^line 1: signature by key {keyid('pipeline')[:16]} does not verify")  # fmt: skip


def test_a_signature_under_another_keyid_is_refused(harness: Harness) -> None:
    members = members_of(harness.line("ai_decision", decision()))
    members["envelope"]["signatures"][0]["keyid"] = keyid("overseer")

    harness.refuse(json.dumps(members).encode(), rule="bad signature", match=rf"key {keyid('overseer')[:16]} does not")


def test_every_signature_must_verify_not_only_one(harness: Harness) -> None:
    members = members_of(harness.line("incident", {}, by=["compliance", "overseer"]))
    payload = harness.payload("oversight_action", oversight(), by="overseer")
    members["envelope"]["payload"] = format_base64(payload)
    for signature in members["envelope"]["signatures"]:
        if signature["keyid"] == keyid("overseer"):
            signature["sig"] = format_base64(signer("overseer").sign(pae(PAYLOAD_TYPE, payload)))

    harness.refuse(
        json.dumps(members).encode(), rule="bad signature", match=rf"key {keyid('compliance')[:16]} does not"
    )


@pytest.mark.parametrize("length", [0, 63, 65])
def test_a_signature_of_another_length_is_refused(harness: Harness, length: int) -> None:
    members = members_of(harness.line("ai_decision", decision()))
    members["envelope"]["signatures"][0]["sig"] = format_base64(bytes(length))

    harness.refuse(json.dumps(members).encode(), rule="bad signature", match="does not verify")


def test_a_signature_over_the_bare_payload_is_refused(harness: Harness) -> None:
    # DSSE signs the type too; a signature made for something else with the same bytes says nothing here.
    members = members_of(harness.line("ai_decision", decision()))
    payload = base64.b64decode(members["envelope"]["payload"])
    for message in (payload, pae("application/json", payload), sha256(payload).digest()):
        members["envelope"]["signatures"][0]["sig"] = format_base64(signer("pipeline").sign(message))
        harness.refuse(json.dumps(members).encode(), rule="bad signature", match="does not verify")


def test_nine_signatures_are_refused(harness: Harness) -> None:
    members = members_of(harness.line("ai_decision", decision(), by=[f"key{n}" for n in range(8)]))
    members["envelope"]["signatures"].append({"keyid": "ff" * 32, "sig": "AA=="})

    harness.refuse(
        json.dumps(members).encode(), error=FormatError, match="found 9 signatures, expected a list of 1 to 8"
    )


def test_the_checkpoint_key_signs_no_entries(harness: Harness) -> None:
    harness.refuse(harness.line("ai_decision", decision(), by="checkpoint"), rule="unknown key", match="not enrolled")


def test_a_revoked_key_no_longer_signs_and_what_it_signed_stays_good(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    before = harness.line("ai_decision", decision(2))
    harness.record("key", {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}, by="admin")

    for line in (before, harness.line("ai_decision", decision(3))):
        harness.refuse(
            line, rule="revoked key", match=rf"^key {keyid('pipeline')[:16]} of pipeline-1: revoked by entry"
        )
    harness.check()


def test_a_rotated_key_hands_over_to_the_new_one(harness: Harness) -> None:
    harness.record("ai_decision", decision(1))
    data = enrolment("pipeline2", "pipeline", principal="pipeline-1", action="rotated", replaces=keyid("pipeline"),
                     sources=[source_of("pipeline")])  # fmt: skip
    harness.record("key", data, by=["admin", "pipeline2"])

    harness.refuse(harness.line("ai_decision", decision(2)), rule="revoked key", match="rotated by entry")
    harness.record("ai_decision", decision(2), by="pipeline2", source=source_of("pipeline"))
    harness.check()


def test_a_key_that_was_revoked_in_a_batch_does_not_sign_later_in_it(harness: Harness) -> None:
    revoked = {"action": "revoked", "keyid": keyid("pipeline"), "reason": "left"}
    lines = [harness.line("ai_decision", decision(1)), harness.line("key", revoked, by="admin")]

    harness.refuse(*lines, harness.line("ai_decision", decision(2)), rule="revoked key", match="^line 3 of 3: key")
    assert len(harness.append(*lines)) == 2
    harness.check()


def test_a_key_that_is_enrolled_in_a_batch_signs_later_in_it_but_not_earlier(harness: Harness) -> None:
    enrolled = harness.line("key", enrolment("new", "pipeline"), by=["admin", "new"])
    used = harness.line("ai_decision", decision(), by="new")

    harness.refuse(used, enrolled, rule="unknown key", match="^line 1 of 2: key")
    assert len(harness.append(enrolled, used)) == 2
    harness.check()


@pytest.mark.parametrize("victim", ["admin", "approver", "nobody yet"])
def test_an_enrolment_brings_no_key_but_the_one_that_is_enrolled(harness: Harness, victim: str) -> None:
    # The line says that it enrols somebody else's key, so that the attacker's would stand in for it.
    line = harness.line("key", {**enrolment("attacker", "admin"), "keyid": keyid(victim)}, by=["admin", "attacker"])
    match = rf"^key {keyid('attacker')[:16]}: not enrolled in this ledger"
    harness.refuse(line, rule="unknown key", match=match)

    members = members_of(line)
    for signature in members["envelope"]["signatures"]:
        signature["keyid"] = keyid(victim) if signature["keyid"] == keyid("attacker") else signature["keyid"]
    members["envelope"]["signatures"].sort(key=lambda s: s["keyid"])
    with harness.nothing_stored(), pytest.raises((Refused, FormatError), match=r"^(line 1|envelope|key)"):
        harness.ledger.append([json.dumps(members).encode()])


def test_an_enrolment_signed_by_the_newcomer_alone_is_refused(harness: Harness) -> None:
    line = harness.line("key", enrolment("puppet", "admin"), by="puppet")

    harness.refuse(
        line, rule="source not allowed", match=r"^statement: source .*/puppet is not among the sources of any"
    )


@pytest.mark.parametrize("source", ["https://bank.example/overseer", "https://bank.example/pipeline/", "urn:x"])
def test_a_source_that_is_not_the_keys_is_refused(harness: Harness, source: str) -> None:
    line = harness.line("ai_decision", decision(), source=source)

    harness.refuse(
        line, rule="source not allowed", match=rf"^statement: source {source} is not among the sources of pipe"
    )


@pytest.mark.parametrize(
    ("kind", "data", "by"),
    [
        ("ai_decision", decision(), "overseer"),
        ("oversight_action", oversight(), "pipeline"),
        ("approval", approval(digest="ab" * 32), "compliance"),
        ("ai_decision", decision(), "admin"),
        ("key", {"action": "revoked", "keyid": keyid("auditor"), "reason": "left"}, "approver"),
        ("ledger", {"action": "closed", "reason": "done"}, "compliance"),
    ],
)
def test_a_role_that_may_not_sign_the_kind_is_refused(harness: Harness, kind: str, data: Any, by: str) -> None:
    harness.refuse(
        harness.line(kind, data, by=by), rule="role not allowed", match=rf"^{kind}: signed by {by}-1 as {by}, exp"
    )


def test_a_second_signer_without_the_role_is_refused_too(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), by=["pipeline", "auditor"])

    harness.refuse(
        line, rule="role not allowed", match="^ai_decision: signed by auditor-1 as auditor, expected pipeline"
    )


# Principals


def test_two_keys_of_one_principal_are_one_principal(new_harness: NewHarness) -> None:
    harness = new_harness(policy=Policy(principals={"ai_decision": 2, "erasure": 2}))
    harness.enrol("spare", "pipeline", principal="pipeline-1")
    harness.enrol("other", "pipeline")

    harness.refuse(harness.line("ai_decision", decision(), by=["pipeline", "spare"]), rule="too few principals",
                   match=r"^ai_decision: signed by 1 principal\(s\), expected 2 different ones")  # fmt: skip
    harness.refuse(harness.line("ai_decision", decision()), rule="too few principals", match="signed by 1 principal")
    harness.record("ai_decision", decision(), by=["pipeline", "other"])
    harness.check()


def test_an_erasure_needs_two_principals_and_the_approvers_own_signature(harness: Harness) -> None:
    statement = harness.record("ai_decision", decision()).statement
    data = {
        "statement": statement,
        "attachments": ["ab" * 32],
        "legal_basis": "GDPR Art. 17",
        "approved_by": "approver-1",
    }

    harness.refuse(
        harness.line("erasure", data, by="approver"), rule="too few principals", match="expected 2 different"
    )
    harness.refuse(harness.line("erasure", {**data, "approved_by": "admin-1"}, by=["approver", "compliance"]),
                   rule="approver", match="^erasure: approved_by admin-1 did not sign it")  # fmt: skip


def test_one_admin_can_not_enrol_a_sock_puppet_where_two_are_needed(new_harness: NewHarness) -> None:
    harness = new_harness(admins=2, policy=Policy(quorum=2))
    puppet = enrolment("puppet", "admin")

    harness.refuse(harness.line("key", puppet, by=["admin", "puppet"]), rule="quorum",
                   match=r"^key enrolled: signed by 1 admin principal\(s\), expected 2")  # fmt: skip
    harness.enrol("spare", "admin", principal="admin-1")
    harness.refuse(harness.line("key", puppet, by=["admin", "spare", "puppet"]), rule="quorum",
                   match=r"signed by 1 admin principal\(s\), expected 2")  # fmt: skip
    harness.check()


def test_a_policy_needs_the_quorum_before_it_and_stays_above_the_floor(new_harness: NewHarness) -> None:
    harness = new_harness(admins=2, policy=Policy(quorum=2))
    same = {"action": "policy_changed", "policy": format_policy(Policy(quorum=2)), "reason": "review"}
    lower = {"action": "policy_changed", "policy": format_policy(Policy(quorum=1)), "reason": "review"}

    harness.refuse(harness.line("ledger", same, by="admin"), rule="quorum", match="policy changed: signed by 1 admin")
    harness.refuse(
        harness.line("ledger", lower, by=["admin", "admin2"]), rule="policy floor", match="lowers quorum from 2"
    )
    harness.record("ledger", same, by=["admin", "admin2"])
    harness.check()


def test_a_changed_policy_judges_what_comes_after_it_also_within_a_batch(harness: Harness) -> None:
    policy = Policy(principals={"ai_decision": 2, "erasure": 2, "pruning": 2})
    changed = {"action": "policy_changed", "policy": format_policy(policy), "reason": "review"}
    lines = [harness.line("ai_decision", decision(1)), harness.line("ledger", changed, by="admin")]

    harness.refuse(
        *lines, harness.line("ai_decision", decision(2)), rule="too few principals", match="^line 3 of 3: ai_d"
    )
    harness.append(*lines)
    harness.check()


def test_a_checkpoint_key_and_a_signing_key_are_never_the_same(harness: Harness) -> None:
    text = harness.ledger.authority.checkpoint_keys[0].text
    assert text
    harness.refuse(harness.line("key", enrolment("checkpoint", "pipeline"), by=["admin", "checkpoint"]), rule="key",
                   match="signs entries and checkpoints, expected two different keys")  # fmt: skip

    from ledger.note import VerifierKey, format_vkey

    vkey = format_vkey(VerifierKey(harness.origin, signer("pipeline").public_key))
    added = {"action": "checkpoint_key_added", "checkpoint_key": vkey, "reason": "spare"}
    harness.refuse(harness.line("ledger", added, by="admin"), rule="key", match="signs entries and checkpoints")


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19, 2**255 - 18])
def test_a_key_under_which_anything_verifies_is_not_enrolled(harness: Harness, y: int) -> None:
    from ledger.signing import format_spki

    key = y.to_bytes(32, "little")
    data = {**enrolment("weak", "admin"), "public_key": format_base64(format_spki(key)), "keyid": key_id(key)}
    payload = harness.payload("key", data, by="admin")
    members = members_of(harness.sign(payload, by="admin"))
    # R = the neutral element, S = 0: under a key of small order this verifies for many a message.
    forged = {"keyid": key_id(key), "sig": format_base64((1).to_bytes(32, "little") + bytes(32))}
    members["envelope"]["signatures"] = sorted([*members["envelope"]["signatures"], forged], key=lambda s: s["keyid"])

    harness.refuse(json.dumps(members).encode(), error=FormatError, match="public key: found a point")


# Nobody approves their own


@pytest.fixture
def one_person(new_harness: NewHarness) -> Harness:
    """A ledger with a person who may both decide and approve, under two keys."""
    harness = new_harness()
    harness.enrol("both", "pipeline", "approver")
    harness.enrol("both2", "approver", principal="both-1")
    return harness


@pytest.mark.parametrize("by", ["both", "both2"])
def test_nobody_approves_their_own_neither_by_statement_nor_by_reference_nor_with_a_second_key(
    one_person: Harness, by: str
) -> None:
    statement = one_person.record("ai_decision", decision(), by="both").statement
    referring = approval(digest="ab" * 32, references=[{"rel": "approves", "statement": statement}])

    for data in (approval(statement), referring):
        match = rf"^approval: both-1 signed statement {statement[:16]}, expected another approver"
        one_person.refuse(one_person.line("approval", data, by=by), rule="own work", match=match)
    one_person.record("approval", approval(statement), by="approver")
    one_person.check()


def test_nobody_approves_their_own_within_a_batch(one_person: Harness) -> None:
    work = one_person.line("ai_decision", decision(), by="both")
    digest = sha256(base64.b64decode(members_of(work)["envelope"]["payload"])).hexdigest()
    own = one_person.line("approval", approval(digest), by="both2")

    one_person.refuse(work, own, rule="own work", match="^line 2 of 2: approval: both-1 signed statement")


def test_nobody_approves_what_they_only_co_signed(one_person: Harness) -> None:
    one_person.enrol("third", "pipeline")
    statement = one_person.record("ai_decision", decision(), by=["third", "both"]).statement

    one_person.refuse(
        one_person.line("approval", approval(statement), by="both2"), rule="own work", match="both-1 signed"
    )


def test_an_approval_with_a_stranger_beside_the_author_is_refused_too(one_person: Harness) -> None:
    statement = one_person.record("ai_decision", decision(), by="both").statement
    line = one_person.line("approval", approval(statement), by=["approver", "both2"])

    one_person.refuse(line, rule="own work", match="^approval: both-1 signed statement")


def test_the_author_is_known_after_the_key_was_rotated(one_person: Harness) -> None:
    statement = one_person.record("ai_decision", decision(), by="both").statement
    data = enrolment("both3", "approver", action="rotated", replaces=keyid("both"), principal="both-1",
                     sources=[source_of("both")])  # fmt: skip
    one_person.record("key", data, by=["admin", "both3"])

    line = one_person.line("approval", approval(statement), by=["both3"], source=source_of("both"))
    one_person.refuse(line, rule="own work", match="both-1 signed statement")


def test_a_one_person_firm_waives_it_visibly(new_harness: NewHarness) -> None:
    harness = new_harness(policy=Policy(self_approval=WAIVED))
    harness.enrol("both", "pipeline", "approver")
    statement = harness.record("ai_decision", decision(), by="both").statement

    receipt = harness.record("approval", approval(statement), by="both")

    assert harness.ledger.authority.policy.self_approval == "waived"
    assert harness.entry(0).data["policy"]["self_approval"] == "waived"
    assert harness.entry(receipt.index).signers[0].principal == "both-1"
    harness.check()


# Time


def test_a_statement_from_too_far_ahead_is_refused_and_an_old_one_is_not(harness: Harness) -> None:
    def at(time: int) -> bytes:
        return harness.line("ai_decision", decision(), time=format_instant(time))

    now = harness.clock.now
    harness.refuse(
        at(now + 301 * SECOND), rule="time ahead", match="^statement: time .*, expected at most 300 s after the"
    )
    harness.append(at(now + 299 * SECOND))
    harness.append(at(now - 10 * 365 * 86_400 * SECOND))
    harness.check()


def test_the_limit_ahead_is_exact(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(), time=format_instant(START + MAX_CLOCK_AHEAD + 10 * SECOND))

    harness.clock.now = START + 10 * SECOND - 1_001  # the clock moves by 1,000 with each reading
    harness.refuse(line, rule="time ahead", match="^statement: time ")
    harness.clock.now = START + 10 * SECOND - 1_000
    harness.append(line)
    harness.check()


# Closing


def test_after_the_closing_entry_nothing_is_taken(harness: Harness) -> None:
    harness.record("ledger", {"action": "closed", "reason": "moved"}, by="admin")

    for line in (
        harness.line("ai_decision", decision()),
        harness.line("key", enrolment("new", "pipeline"), by=["admin", "new"]),
        harness.line("ledger", {"action": "closed", "reason": "again"}, by="admin"),
    ):
        harness.refuse(line, rule="closed", match="closed by entry 7")
    harness.check()


def test_nothing_follows_the_closing_entry_in_its_own_batch(harness: Harness) -> None:
    closed = harness.line("ledger", {"action": "closed", "reason": "moved"}, by="admin")

    harness.refuse(
        closed, harness.line("ai_decision", decision()), rule="closed", match="^line 2 of 2: ledger: closed by"
    )


# Disclosures


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
    body = members_of(payload)["data"]
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


# The pure half


def test_a_line_is_read_without_a_ledger(harness: Harness) -> None:
    line = read_line(harness.line("ai_decision", decision_about("Jane Roe")))

    assert line.statement.kind == "ai_decision"
    assert [s.keyid for s in line.envelope.signatures] == [keyid("pipeline")]
    assert {digest for digest, _ in line.disclosures} == {
        base64.urlsafe_b64decode(Disclosure(d.text).digest + "=") for _, d in line.disclosures
    }


def test_the_same_id_of_two_sources_is_no_conflict(harness: Harness) -> None:
    line = harness.line("ai_decision", decision(1))
    name = members_of(base64.b64decode(members_of(line)["envelope"]["payload"]))["id"]
    harness.append(line)

    harness.refuse(
        harness.line("ai_decision", decision(2), id=name), error=Conflict, match="but other content, expected"
    )
    harness.append(harness.line("oversight_action", oversight(), by="overseer", id=name))
    harness.check()
