"""Entries that never passed the door, with every hash, link, counter, tile and index row right.

They are judged by what they say. The attacker writes the database as the program would
(`tests.ledger.attacker.add`) and lacks only keys, roles or the right to say it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from ledger.merkle import RightEdge, leaf_hash
from ledger.times import format_instant
from ledger.verdicts import Verdict
from tests.ledger.attacker import (
    Found,
    Record,
    Suspect,
    add,
    found,
    install,
    keyid,
    rechain,
    sealed,
    sign_again,
    signed,
    statement,
)
from tests.ledger.harness import START, approval, decision, decision_about, enrolment, oversight

LATER = START + 600_000_000  # the ledger time of forged entries
END = 26  # where the first forged entry stands


def forged(suspect: Suspect, *records: Record) -> list[Found]:
    """What verification says after the records were added."""
    assert add(suspect, *records) == END
    return found(suspect.verify())


def about(suspect: Suspect, kind: str, data: Any, by: str, **changes: Any) -> Record:
    return signed(statement(kind, data, suspect.origin, by, **changes), by)


def test_the_attacker_is_good_at_it(suspect: Suspect) -> None:
    """What would have been let in is sound: nothing below is found for a slip of the forger."""
    body, disclosures = sealed("ai_decision", decision_about("Eve", 9))
    first = about(suspect, "ai_decision", decision(8), "pipeline-b")
    target = suspect.records()[7].payload
    records = (
        first,
        replace(about(suspect, "ai_decision", body, "pipeline-b"), disclosures=disclosures),
        about(suspect, "oversight_action", oversight(99), "overseer"),
        about(suspect, "approval", approval(hashlib.sha256(target).hexdigest()), "approver"),
    )

    assert forged(suspect, *records) == []


# Who may say it


def test_an_unknown_key_is_not_permitted(suspect: Suspect) -> None:
    """In a full ledger unverifiable must not be a way in."""
    payload = statement("ai_decision", decision(8), suspect.origin)

    assert forged(suspect, signed(payload, "nobody")) == [("not permitted", END, "")]


@pytest.mark.parametrize("name", ["pipeline", "auditor"])
def test_a_key_that_was_rotated_or_revoked_is_not_permitted(suspect: Suspect, name: str) -> None:
    kind, body = ("ai_decision", decision(8)) if name == "pipeline" else ("oversight_action", oversight(8))

    assert forged(suspect, about(suspect, kind, body, name)) == [("not permitted", END, "")]


def test_a_role_that_may_not_sign_the_kind_is_not_permitted(suspect: Suspect) -> None:
    assert forged(suspect, about(suspect, "ai_decision", decision(8), "overseer")) == [("not permitted", END, "")]


def test_a_source_that_is_not_the_keys_is_not_permitted(suspect: Suspect) -> None:
    record = about(suspect, "oversight_action", oversight(8), "overseer", source="https://bank.example/admin")

    assert forged(suspect, record) == [("not permitted", END, "")]


def test_a_signature_over_other_bytes_is_invalid(suspect: Suspect) -> None:
    record = about(suspect, "ai_decision", decision(8), "pipeline-b")
    other = statement("ai_decision", decision(9), suspect.origin)
    record.envelope["payload"] = base64.b64encode(other).decode()

    assert forged(suspect, record) == [("signature invalid", END, "")]


@pytest.mark.parametrize("sig", ["", "AAAA", *(base64.b64encode(bytes(n)).decode() for n in (63, 64, 65))])
def test_a_signature_of_any_shape_is_invalid_and_no_traceback(suspect: Suspect, sig: str) -> None:
    record = about(suspect, "ai_decision", decision(8), "pipeline-b")
    record.envelope["signatures"][0]["sig"] = sig

    assert forged(suspect, record) == [("signature invalid", END, "")]


def test_one_bad_signature_beside_a_good_one_is_invalid(suspect: Suspect) -> None:
    payload = statement("ai_decision", decision(8), suspect.origin)
    record = signed(payload, ["pipeline-b", "compliance"])
    record.envelope["signatures"][1]["sig"] = record.envelope["signatures"][0]["sig"]

    assert ("signature invalid", END, "") in forged(suspect, record)


def erasure(suspect: Suspect, **changes: Any) -> dict[str, Any]:
    return {
        "statement": hashlib.sha256(suspect.records()[8].payload).hexdigest(),
        "attachments": ["0" * 64],
        "legal_basis": "GDPR Art. 17(1)(b)",
        "approved_by": "approver-1",
        **changes,
    }


def test_a_missing_second_principal_is_not_permitted(suspect: Suspect) -> None:
    assert forged(suspect, about(suspect, "erasure", erasure(suspect), "approver")) == [("not permitted", END, "")]


def test_an_approver_who_did_not_sign_is_not_permitted(suspect: Suspect) -> None:
    payload = statement("erasure", erasure(suspect), suspect.origin, "compliance")

    assert forged(suspect, signed(payload, ["compliance", "admin"])) == [("not permitted", END, "")]


@pytest.mark.parametrize("through", ["statement", "references"])
@pytest.mark.parametrize("level", ["full", "signatures"])
def test_an_approval_of_ones_own_is_not_permitted(suspect: Suspect, through: str, level: Any) -> None:
    first = about(suspect, "approval", approval(digest="0" * 64), "approver")
    digest = hashlib.sha256(first.payload).hexdigest()
    body = (
        approval(digest)
        if through == "statement"
        else approval(digest="0" * 64, references=[{"rel": "approves", "statement": digest}])
    )

    add(suspect, first, about(suspect, "approval", body, "approver"))

    assert found(suspect.verify(level=level)) == [("not permitted", END + 1, "")]


def test_hiding_whose_work_it_was_from_the_index_does_not_help(suspect: Suspect) -> None:
    first = about(suspect, "approval", approval(digest="0" * 64), "approver")
    digest = hashlib.sha256(first.payload)
    add(suspect, first, about(suspect, "approval", approval(digest.hexdigest()), "approver"))
    suspect.sql("UPDATE statement_index SET idx = 13 WHERE digest = ?", digest.digest())

    assert suspect.verify().exit_code == 1
    assert found(suspect.verify(level="signatures")) == [("not checked here", END + 1, "")]
    assert suspect.verify(level="signatures").exit_code == 4


def test_keys_and_policy_changed_by_who_may_not_never_become_state(suspect: Suspect) -> None:
    """The forger enrols a key with the overseer's, and everything signed with it is not permitted either."""
    body = enrolment("forger", "pipeline", sources=["https://bank.example/pipeline"])
    payload = statement("key", body, suspect.origin, "overseer")
    enrolled = signed(payload, ["overseer", "forger"])
    used = signed(statement("ai_decision", decision(8), suspect.origin), "forger")

    assert forged(suspect, enrolled, used) == [("not permitted", END, ""), ("not permitted", END + 1, "")]


def test_a_key_enrolled_without_its_own_signature_is_not_permitted(suspect: Suspect) -> None:
    body = enrolment("forger", "pipeline")

    assert forged(suspect, about(suspect, "key", body, "admin")) == [("not permitted", END, "")]


def test_a_bad_signature_under_a_key_entry_is_invalid_and_no_state(suspect: Suspect) -> None:
    body = enrolment("forger", "pipeline", sources=["https://bank.example/pipeline"])
    record = signed(statement("key", body, suspect.origin, "admin"), ["admin", "forger"])
    for signature in record.envelope["signatures"]:
        if signature["keyid"] == keyid("admin"):
            signature["sig"] = base64.b64encode(bytes(64)).decode()
    used = signed(statement("ai_decision", decision(8), suspect.origin), "forger")

    assert forged(suspect, record, used) == [("signature invalid", END, ""), ("not permitted", END + 1, "")]


def test_a_second_genesis_is_not_permitted(suspect: Suspect) -> None:
    genesis = json.loads(suspect.records()[0].payload)
    genesis["id"] = genesis["id"][:-4] + "ffff"

    assert forged(suspect, signed(json.dumps(genesis).encode(), "admin")) == [("not permitted", END, "")]


@pytest.mark.parametrize("kind", ["ai_decision", "approval", "key"])
def test_an_index_that_calls_a_key_entry_something_else_does_not_hide_it(suspect: Suspect, kind: str) -> None:
    """Without the revocation the auditor's key would still be in force, without the rotation the pipeline's."""
    for level in ("full", "signatures"):
        suspect.sql("UPDATE entry_index SET kind = ? WHERE idx = 17", kind)
        expect = [] if kind == "key" else [("index wrong", 17, "entry_index")]
        assert found(suspect.verify(level=level)) == expect

    add(suspect, about(suspect, "oversight_action", oversight(8), "auditor"))
    suspect.sql("UPDATE entry_index SET kind = ? WHERE idx = 17", kind)
    assert ("not permitted", END, "") in found(suspect.verify())


@pytest.mark.parametrize("level", ["full", "signatures"])
def test_an_index_that_calls_something_else_a_key_entry_invents_none(suspect: Suspect, level: Any) -> None:
    suspect.sql("UPDATE entry_index SET kind = 'key' WHERE idx IN (8, 12, 14)")

    assert found(suspect.verify(level=level)) == [("index wrong", place, "entry_index") for place in (8, 12, 14)]


# What it says


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**decision(8), "surprise": 1},
        {**decision(8), "replayed": "no"},
        {**decision(8), "references": "all of them"},
        {**decision(8), "references": [{"rel": "about", "statement": "zz"}]},
        {**decision(8), "references": [7]},
        {**decision(8), "artefacts": [{"attached": True}]},
        {**decision(8), "artefacts": [{"attached": True, "digest": "../../../etc/passwd", "size": 1}]},
        {**decision(8), "artefacts": {"digest": 1}},
        {**decision(8), "_sd": "digests"},
        {**decision(8), "affected_person": {"id": "applicant-1", "name": "in clear"}},
    ],
    ids=lambda body: ",".join(sorted(body))[-30:] or "empty",
)
def test_a_body_its_schema_does_not_allow_is_a_violation_and_no_traceback(suspect: Suspect, body: Any) -> None:
    assert forged(suspect, about(suspect, "ai_decision", body, "pipeline-b")) == [("schema violation", END, "")]


@pytest.mark.parametrize("kind", ["approval", "erasure"])
@pytest.mark.parametrize("body", [{}, {"references": [{}]}, {"statement": 5, "approved_by": []}, {"references": 5}])
@pytest.mark.parametrize("level", ["full", "signatures"])
def test_a_body_that_the_rules_look_into_is_checked_first(suspect: Suspect, kind: str, body: Any, level: Any) -> None:
    add(suspect, about(suspect, kind, body, "approver"))

    assert found(suspect.verify(level=level)) == [("schema violation", END, "")]


@pytest.mark.parametrize("kind", ["ledger", "key"])
@pytest.mark.parametrize("body", [{}, {"action": "revoked"}, {"action": 5}, {"action": "created"}])
@pytest.mark.parametrize("level", ["full", "signatures", "hashes"])
def test_a_malformed_key_entry_is_a_violation_and_no_state(suspect: Suspect, kind: str, body: Any, level: Any) -> None:
    add(suspect, about(suspect, kind, body, "admin"))

    assert found(suspect.verify(level=level)) == [("schema violation", END, "")]


def test_an_unknown_kind_is_of_a_version_not_supported(suspect: Suspect) -> None:
    record = about(suspect, "thought", {"anything": [1]}, "compliance")

    assert forged(suspect, record) == [("unsupported version", END, "")]
    assert suspect.verify().exit_code == 4


def test_an_unknown_kind_by_who_may_not_is_not_permitted(suspect: Suspect) -> None:
    assert ("not permitted", END, "") in forged(suspect, about(suspect, "thought", {}, "pipeline-b"))


def test_a_later_version_of_a_kind_is_not_supported(suspect: Suspect) -> None:
    record = about(suspect, "oversight_action", {}, "overseer", type="org.aims-ledger.oversight_action.v2")

    assert forged(suspect, record) == [("unsupported version", END, "")]


def test_a_later_version_of_a_key_entry_leaves_later_entries_unjudged(suspect: Suspect) -> None:
    """An admin's, for nobody else's would be let in by any version."""
    later = about(suspect, "key", {}, "admin", type="org.aims-ledger.key.v2")
    unknown = signed(statement("ai_decision", decision(8), suspect.origin), "enrolled by version 2")

    assert forged(suspect, later, unknown) == [("unsupported version", END, ""), ("not checked here", END + 1, "")]


def test_a_later_version_of_a_key_entry_by_who_may_not_is_no_way_in(suspect: Suspect) -> None:
    later = about(suspect, "key", {}, "overseer", type="org.aims-ledger.key.v2")
    unknown = signed(statement("ai_decision", decision(8), suspect.origin), "nobody")

    assert forged(suspect, later, unknown) == [("not permitted", END, ""), ("not permitted", END + 1, "")]


def test_another_schema_than_ours_is_a_violation(suspect: Suspect) -> None:
    other = f"urn:aims-ledger:schema:oversight_action:v1:sha256:{'0' * 64}"
    record = about(suspect, "oversight_action", oversight(8), "overseer", dataschema=other)

    assert forged(suspect, record) == [("schema violation", END, "")]


def test_a_subject_that_is_the_ledgers_own_is_a_violation(suspect: Suspect) -> None:
    record = about(suspect, "oversight_action", oversight(8), "overseer", subject="ledger")

    assert forged(suspect, record) == [("schema violation", END, "")]


def test_hidden_members_behind_an_escaped_name_are_looked_at(suspect: Suspect) -> None:
    body, disclosures = sealed("ai_decision", decision_about("Eve", 9))
    payload = statement("ai_decision", body, suspect.origin).replace(b'"_sd"', b'"\\u005fsd"')

    assert forged(suspect, signed(payload, disclosures=disclosures)) == []

    suspect.sql("DELETE FROM disclosure WHERE idx = ?", END)
    assert found(suspect.verify()) == [("missing", END, "erasable value")] * 2


# Times


def test_a_time_that_goes_back_is_not_permitted(suspect: Suspect) -> None:
    early = about(suspect, "ai_decision", decision(8), "pipeline-b", time=format_instant(START))
    records = [about(suspect, "ai_decision", decision(7), "pipeline-b"), replace(early, time=format_instant(START))]

    assert forged(suspect, *records) == [("not permitted", END + 1, "")]


def test_a_time_that_goes_back_over_the_border_of_two_ranges_is_not_permitted(
    tiled: Suspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", 256)
    records = tiled.records()
    records[511] = replace(records[511], time=format_instant(LATER))
    install(tiled, rechain(records, tiled.origin))

    assert ("not permitted", 512, "") in found(tiled.verify())


@pytest.mark.parametrize(("seconds", "verdicts"), [(300, []), (301, [("not permitted", END, "")]), (10**8, None)])
def test_a_statement_from_the_future_is_not_permitted(suspect: Suspect, seconds: int, verdicts: Any) -> None:
    time = format_instant(LATER + seconds * 1_000_000)
    record = about(suspect, "ai_decision", decision(8), "pipeline-b", time=time)

    assert forged(suspect, record) == (verdicts if verdicts is not None else [("not permitted", END, "")])


def test_a_key_entry_from_the_future_is_not_permitted_either(suspect: Suspect) -> None:
    body, time = enrolment("forger", "pipeline"), format_instant(LATER + 400_000_000)
    ahead = signed(statement("key", body, suspect.origin, "admin", time=time), ["admin", "forger"])

    assert forged(suspect, ahead) == [("not permitted", END, "")]


def test_a_changed_time_does_not_accuse_the_entry_after_it(suspect: Suspect) -> None:
    leaf = suspect.leaves()[20]
    suspect.set_leaf(20, leaf.replace(b'"time":"2026-', b'"time":"2099-'))

    assert found(suspect.verify()) == [("altered", 20, "")]


# Where it belongs


def test_a_statement_meant_for_another_ledger_is_not_permitted(suspect: Suspect) -> None:
    record = about(suspect, "ai_decision", decision(8), "pipeline-b", ledger="bank.example/other")

    assert forged(suspect, record) == [("not permitted", END, "")]


def test_a_leaf_that_names_another_ledger_is_not_permitted(suspect: Suspect) -> None:
    record = about(suspect, "ai_decision", decision(8), "pipeline-b")

    assert forged(suspect, replace(record, forced={"ledger": "bank.example/other"})) == [("not permitted", END, "")]


@pytest.mark.parametrize("digest", ["0" * 64, "itself", "later"])
def test_a_reference_to_nothing_earlier_is_not_permitted(suspect: Suspect, digest: str) -> None:
    later = about(suspect, "ai_decision", decision(9), "pipeline-b")
    target = hashlib.sha256(later.payload).hexdigest() if digest == "later" else "0" * 64
    body = {**decision(8), "references": [{"rel": "about", "statement": target}]}

    findings = forged(suspect, about(suspect, "ai_decision", body, "pipeline-b"), later)

    assert findings == [("not permitted", END, "reference")]


def test_a_dangling_reference_dressed_up_in_the_index_is_found(suspect: Suspect) -> None:
    body = {**decision(8), "references": [{"rel": "about", "statement": "00" * 32}]}
    add(suspect, about(suspect, "ai_decision", body, "pipeline-b"))
    suspect.sql("INSERT INTO statement_index VALUES (zeroblob(32), 9)")

    assert suspect.verify().exit_code == 1


@pytest.mark.parametrize(
    "forced",
    [{"nth": 0}, {"nth": 99}, {"nth_prev": "1" * 64}, {"nth": 15, "nth_prev": "0" * 64}],
    ids=",".join,
)
def test_a_counter_that_does_not_follow_is_altered(suspect: Suspect, forced: dict[str, Any]) -> None:
    record = replace(about(suspect, "ai_decision", decision(8), "pipeline-b"), forced=forced)

    assert forged(suspect, record, about(suspect, "ai_decision", decision(9), "pipeline-b")) == [
        ("altered", END, "counter")
    ]


def test_an_entry_left_out_of_its_systems_count_is_altered(suspect: Suspect) -> None:
    """Filed under the system, but not counted: the run of its numbers would hide it."""
    record = replace(about(suspect, "ai_decision", decision(8), "pipeline-b"), forced={"nth": 14})

    assert forged(suspect, record) == [("altered", END, "counter")]


@pytest.mark.parametrize("checkpoint", [False, True], ids=["unsigned", "vouched for by a checkpoint"])
def test_a_prev_that_is_not_the_hash_before_is_altered(suspect: Suspect, checkpoint: bool) -> None:
    records = [about(suspect, "ai_decision", decision(n), "pipeline-b") for n in (8, 9)]
    records[0] = replace(records[0], forced={"prev": "ab" * 32})
    add(suspect, *records)
    if checkpoint:
        sign_again(suspect)

    for level in ("full", "hashes"):
        assert found(suspect.verify(level=level)) == [("altered", END, "")]


@pytest.mark.parametrize("index", [0, 25, 27, 2**40])
def test_a_leaf_that_names_another_index_is_reordered(suspect: Suspect, index: int) -> None:
    record = replace(about(suspect, "ai_decision", decision(8), "pipeline-b"), forced={"index": index})

    assert forged(suspect, record) == [("reordered", END, "")]


@pytest.mark.parametrize(
    "forced", [{"extra": 1}, {"nth": -1}, {"nth": 1.5}, {"nth": 2**60}, {"time": "yesterday"}, {"prev": "AB" * 32}]
)
def test_a_leaf_that_no_writer_of_ours_wrote_is_altered(suspect: Suspect, forced: dict[str, Any]) -> None:
    record = about(suspect, "ai_decision", decision(8), "pipeline-b")
    records = suspect.records()
    leaves = rechain([*records, record], suspect.origin)
    members = {**json.loads(leaves[-1]), **forced}
    leaves[-1] = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    with suspect.tampering() as connection:
        connection.execute("INSERT INTO entry VALUES (?, ?)", (END, leaves[-1]))

    assert ("altered", END, "") in found(suspect.verify())


def test_a_later_version_of_the_leaf_is_not_supported(suspect: Suspect) -> None:
    record = replace(about(suspect, "ai_decision", decision(8), "pipeline-b"), forced={"v": 2})

    findings = forged(suspect, record, about(suspect, "ai_decision", decision(9), "pipeline-b"))

    assert findings == [("unsupported version", END, "")]
    assert suspect.verify().exit_code == 4


def test_the_same_statement_twice_is_found(suspect: Suspect) -> None:
    again = suspect.records()[20]
    records = [*suspect.records(), replace(again, time=format_instant(LATER))]
    leaves = rechain(records, suspect.origin)
    install_without_names(suspect, leaves)

    assert {(verdict, place) for verdict, place, _ in found(suspect.verify())} >= {("index wrong", END)}


def install_without_names(suspect: Suspect, leaves: list[bytes]) -> None:
    """As `install`, for a history whose last statement is there already and can't be named twice."""
    install(suspect, leaves[:-1])
    edge = RightEdge()
    edge.extend(map(leaf_hash, leaves))
    last = leaf_hash(leaves[-1])
    with suspect.tampering() as c:
        c.execute("INSERT INTO entry VALUES (?, ?)", (len(leaves) - 1, leaves[-1]))
        c.execute("UPDATE head SET size = size + 1, last_hash = ?, edge = ?", (last, edge.to_bytes()))
        c.execute("UPDATE head SET last_time = ?", (LATER,))
        c.execute("UPDATE subject SET count = count + 1, last_hash = ? WHERE subject = 'credit-scoring'", (last,))


def test_nothing_said_here_depends_on_the_verifiers_memory(suspect: Suspect) -> None:
    """A stranger who sees the forged ledger first finds the same."""
    add(suspect, signed(statement("ai_decision", decision(8), suspect.origin), "nobody"))

    assert found(suspect.at_first_sight(), Verdict.FIRST_SIGHT) == [("not permitted", END, "")]
