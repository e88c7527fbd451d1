"""Bodies of the ledger's own entries: creation, policy, keys, erasures, cases, holds, pruning, attestations."""

from typing import Any

import pytest

from ledger.kinds import erasable_paths
from tests.kinds.bodies import REMOVED, SD, A, B, C, accept, changed, refuse

Json = dict[str, Any]

PUBLIC_KEY = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="  # RFC 8032, test 1
VKEY = "ledger.example/aims+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
POLICY: Json = {
    "roles": {"*": ["compliance"], "key": ["admin"]},
    "principals": {"erasure": 2},
    "self_approval": "refused",
    "quorum": 2,
    "freshness": {"evaluation": 365},
    "retention": {"technical-file-10y": 3653},
}
FOUNDER: Json = {
    "public_key": PUBLIC_KEY,
    "algorithm": "ed25519",
    "principal": "p-1",
    "roles": ["admin", "compliance"],
    "sources": ["urn:example:compliance"],
}
CREATED: Json = {
    "action": "created",
    "founder": "Example Bank AG",
    "origin": "ledger.example/aims",
    "checkpoint_keys": [VKEY],
    "keys": [FOUNDER | {"principal_name": "Ada"}],
    "policy": POLICY,
    "predecessor": {"origin": "old.example/aims", "size": 12, "root": A, "vkey": VKEY},
}
ENROLLED: Json = {
    "action": "enrolled",
    "keyid": A,
    "public_key": PUBLIC_KEY,
    "algorithm": "ed25519",
    "principal": "p-2",
    "principal_name": "Grace",
    "roles": ["overseer"],
    "sources": ["https://example.org/desk"],
}
ERASURE: Json = {
    "statement": A,
    "members": [{"pointer": "/affected_persons/0/name", "digest": SD}],
    "attachments": [B],
    "legal_basis": "GDPR Art. 17(1)(b)",
    "requested_by": {"id": "subject-9"},
    "approved_by": "dpo",
}
HOLD: Json = {
    "hold_id": "H-1", "action": "set", "reason": "Court case 7 C 12/26", "subjects": ["credit-scoring"],
}  # fmt: skip
CASE: Json = {
    "case_id": "I-1",
    "action": "closed",
    "findings": "The threshold was changed two days before; nobody had approved it.",
    "outcome": "confirmed",
    "queries": [{"query": "state of credit-scoring at 2026-10-02T08:00:00Z", "size": 900, "root": A, "results": 3}],
    "entries": [A, B],
    "holds": ["H-1"],
}  # fmt: skip
PRUNING: Json = {
    "segments": [{"statement": A, "digest": B}],
    "rule": "logs-6m",
    "kept_until": "2026-05-31",
    "approved_by": "dpo",
}
ATTESTATION: Json = {
    "artefacts": [
        {"name": "model.sigstore.json", "role": "attestation", "digest": A, "size": 900,
         "media_type": "application/vnd.dev.sigstore.bundle.v0.3+json", "attached": True, "salted": False}
    ],
    "format": "model-signing",
    "predicate_type": "https://model_signing/signature/v1.0",
    "about": [{"name": "model.bin", "digest": C}],
    "checked": "signature_valid",
    "checked_how": "model-signing 1.1, identity ci@example.org",
}  # fmt: skip

GOOD: list[tuple[str, str, Json]] = [
    ("ledger", "created", CREATED),
    ("ledger", "created without predecessor", changed(CREATED, {"predecessor": REMOVED})),
    ("ledger", "policy changed", {"action": "policy_changed", "policy": POLICY, "reason": "A second admin."}),
    ("ledger", "key added", {"action": "checkpoint_key_added", "checkpoint_key": VKEY, "reason": "Yearly."}),
    ("ledger", "key retired", {"action": "checkpoint_key_retired", "checkpoint_key": VKEY, "reason": "Old."}),
    ("ledger", "clock", {"action": "clock_reset", "clock": "2026-11-23T10:00:00Z", "reason": "Ran ahead."}),
    ("ledger", "closed", {"action": "closed", "reason": "Moved."}),
    ("ledger", "continued", {"action": "closed", "reason": "Moved.", "successor": {"origin": "b", "vkey": VKEY}}),
    ("key", "enrolled", ENROLLED),
    ("key", "name redacted", changed(ENROLLED, {"principal_name": REMOVED}) | {"_sd": [SD]}),
    ("key", "rotated", ENROLLED | {"action": "rotated", "replaces": B}),
    ("key", "revoked", {"action": "revoked", "keyid": A, "reason": "Left the firm."}),
    ("key", "compromised",
     {"action": "compromised", "keyid": A, "since": "2026-11-01T00:00:00Z", "reason": "Laptop stolen."}),
    ("erasure", "both", ERASURE),
    ("erasure", "members", changed(ERASURE, {"attachments": REMOVED})),
    ("erasure", "attachments", changed(ERASURE, {"members": REMOVED})),
    ("hold", "set", HOLD),
    ("hold", "everything", changed(HOLD, {"subjects": REMOVED}) | {"everything": True}),
    ("hold", "lifted", {"hold_id": "H-1", "action": "lifted", "reason": "Settled."}),
    ("case", "opened", {"case_id": "I-1", "action": "opened", "question": "Who changed the threshold?"}),
    ("case", "extended", {"case_id": "I-1", "action": "extended"}),
    ("case", "closed", CASE),
    ("pruning", "segments", PRUNING),
    ("pruning", "attachments", {"attachments": [A], "rule": "drafts-1y", "approved_by": "dpo"}),
    ("attestation", "full", ATTESTATION),
    ("attestation", "minimal", {"artefacts": ATTESTATION["artefacts"], "format": "spdx"}),
]  # fmt: skip

BAD: list[tuple[str, Json, Json, str, str]] = [
    ("ledger", CREATED, {"founder": REMOVED}, "body", "founder: absent, expected with action 'created'"),
    ("ledger", CREATED, {"policy": REMOVED}, "body", "policy: absent, expected with action 'created'"),
    ("ledger", CREATED, {"keys.0.roles": ["compliance"]}, "body", "keys: none has the role admin"),
    ("ledger", CREATED, {"keys": []}, "keys", "at least 1"),
    ("ledger", CREATED, {"keys.0.roles.0": "root"}, "keys[0].roles[0]", "'root'"),
    ("ledger", CREATED, {"keys.0.algorithm": "rsa"}, "keys[0].algorithm", "'rsa'"),
    ("ledger", CREATED, {"origin": "has space"}, "origin", "printable ASCII"),
    ("ledger", CREATED, {"origin": "a+b"}, "origin", "printable ASCII"),
    ("ledger", CREATED, {"origin": "é"}, "origin", "printable ASCII"),
    ("ledger", CREATED, {"origin": "x" * 256}, "origin", "printable ASCII"),
    ("ledger", CREATED, {"checkpoint_keys.0": "just-a-name"}, "checkpoint_keys[0]", "a verifier key"),
    ("ledger", CREATED, {"policy.quorum": 0}, "policy.quorum", "at least 1"),
    ("ledger", CREATED, {"policy.quorum": True}, "policy.quorum", "an integer"),
    ("ledger", CREATED, {"policy.principals.erasure": 9}, "policy.principals.erasure", "at most 8"),
    ("ledger", CREATED, {"policy.self_approval": "fine"}, "policy.self_approval", "'fine'"),
    ("ledger", CREATED, {"policy.roles.*": ["boss"]}, "policy.roles.*[0]", "'boss'"),
    ("ledger", CREATED, {"predecessor.size": 0}, "predecessor.size", "at least 1"),
    ("ledger", CREATED, {"reason": "because"}, "body", "reason: present, expected absent with action 'created'"),
    ("ledger", CREATED, {"action": "closed"}, "body", "reason: absent, expected with action 'closed'"),
    ("ledger", CREATED, {"action": "exploded"}, "action", "'exploded'"),
    ("key", ENROLLED, {"sources": []}, "sources", "at least 1"),
    ("key", ENROLLED, {"sources.0": "desk"}, "sources[0]", "an absolute URI"),
    ("key", ENROLLED, {"keyid": A.upper()}, "keyid", "64 lower-case hex digits"),
    ("key", ENROLLED, {"public_key": "not base64!"}, "public_key", "padded base64"),
    ("key", ENROLLED, {"action": "rotated"}, "body", "replaces: absent, expected with action 'rotated'"),
    ("key", ENROLLED, {"replaces": B}, "body", "replaces: present, expected absent with action 'enrolled'"),
    ("key", ENROLLED, {"since": "2026-11-01T00:00:00Z"}, "body", "since: present"),
    ("key", {"action": "revoked", "keyid": A, "reason": "x"}, {"_sd": [SD]}, "body", "_sd: present"),
    ("key", {"action": "revoked", "keyid": A, "reason": "x"}, {"principal_name": "Ada"}, "body",
     "principal_name: present, expected absent with action 'revoked'"),
    ("key", {"action": "revoked", "keyid": A, "reason": "x"}, {"action": "compromised"}, "body",
     "since: absent, expected with action 'compromised'"),
    ("erasure", ERASURE, {"members": [], "attachments": []}, "body", "members, attachments: all absent"),
    ("erasure", ERASURE, {"members.0.pointer": "name"}, "members[0].pointer", "a JSON pointer"),
    ("erasure", ERASURE, {"members.0.pointer": "/a~2"}, "members[0].pointer", "a JSON pointer"),
    ("erasure", ERASURE, {"members.0.digest": SD + "="}, "members[0].digest", "43 characters"),
    ("erasure", ERASURE, {"legal_basis": REMOVED}, "legal_basis", "missing"),
    ("erasure", ERASURE, {"approved_by": REMOVED}, "approved_by", "missing"),
    ("hold", HOLD, {"subjects": []}, "body", "all absent, expected at least one with action 'set'"),
    ("hold", HOLD, {"action": "lifted"}, "body", "subjects: present, expected absent with action 'lifted'"),
    ("hold", HOLD, {"everything": False}, "everything", "True"),
    ("case", CASE, {"findings": REMOVED}, "body", "findings: absent, expected with action 'closed'"),
    ("case", CASE, {"action": "opened"}, "body", "question: absent, expected with action 'opened'"),
    ("case", CASE, {"queries.0.size": REMOVED}, "queries[0].size", "missing"),
    ("pruning", PRUNING, {"segments": []}, "body", "segments, attachments: all absent"),
    ("pruning", PRUNING, {"rule": REMOVED}, "rule", "missing"),
    ("attestation", ATTESTATION, {"artefacts": []}, "artefacts", "at least 1"),
    ("attestation", ATTESTATION, {"artefacts": REMOVED}, "artefacts", "missing"),
    ("attestation", ATTESTATION, {"format": "home-made"}, "format", "'home-made'"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "data"), [case[::2] for case in GOOD], ids=[f"{k}: {n}" for k, n, _ in GOOD])
def test_what_happens_to_a_ledger_can_be_said(kind: str, data: Json) -> None:
    accept(kind, data)


@pytest.mark.parametrize(("kind", "good", "changes", "place", "words"), BAD)
def test_a_wrong_body_is_refused_at_its_place(kind: str, good: Json, changes: Json, place: str, words: str) -> None:
    error = refuse(kind, changed(good, changes))

    assert (error.place or "body") == place
    assert words in error.problem


def test_a_policy_that_says_little_gets_the_strict_answers() -> None:
    from ledger.kinds.own import PolicyBody

    policy = PolicyBody(roles={"*": ["admin"]})

    assert (policy.self_approval, policy.quorum, policy.principals) == ("refused", 1, {})


def test_names_of_principals_can_be_erased_and_what_names_their_keys_cannot() -> None:
    assert erasable_paths("key", ENROLLED) == {"/principal_name"}
    assert erasable_paths("ledger", CREATED) == {"/keys/0/principal_name"}
