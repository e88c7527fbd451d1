"""Bundles made by hand, step by step, so that a test can spoil any step and let the later ones follow or not.

Nothing of the package writes here: statements, envelopes, leaves, tree, notes and the zip are made from
docs/FORMAT.md with Python's standard library and `cryptography`. Everything is fixed, so each run makes the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from tests.bundle.primitives import (
    COSIGNED,
    DIGESTS,
    ORIGIN,
    SCHEMAS,
    SYSTEM,
    TYPE,
    ZEROS,
    b64,
    b64url,
    canonical,
    checkpoint_text,
    consistency,
    instant,
    keyid,
    log_line,
    member,
    multiproof,
    note,
    private,
    tree_root,
    vkey,
    witness_line,
)
from tests.bundle.zipping import pack

# Entries


@dataclass
class Draft:
    """An entry to be made. The functions change what is made of it at each step; what comes after follows."""

    event: dict[str, Any]
    signers: list[str]
    group: str  # the subject that it was drafted for, by which bundles select
    disclosures: list[str] = field(default_factory=list)
    time: float = 0.0
    statement: Callable[[bytes], bytes] = lambda raw: raw
    envelope: Callable[[dict[str, Any]], Any] = lambda members: members
    leaf: Callable[[dict[str, Any]], Any] = lambda members: members
    line: Callable[[bytes], bytes] = lambda raw: raw


def sealed(body: dict[str, Any], *names: str) -> tuple[dict[str, Any], list[str]]:
    """`body` with the named members replaced by digests, and the disclosures."""
    body, texts = dict(body), []
    for name in names:
        salt = b64url(sha256(name.encode() + canonical(body)).digest()[:16])
        texts.append(b64url(canonical([salt, name, body.pop(name)])))
    body["_sd"] = sorted(b64url(sha256(text.encode()).digest()) for text in texts)
    return body, texts


def digest_of(disclosure: str) -> str:
    return b64url(sha256(disclosure.encode()).digest())


@dataclass
class Story:
    """A ledger as drafts, from which a bundle is made."""

    drafts: list[Draft] = field(default_factory=list)
    origin: str = ORIGIN

    def add(self, kind: str, data: dict[str, Any], *signers: str, subject: str = SYSTEM, **more: Any) -> int:
        """Append a draft; its index."""
        index = len(self.drafts)
        event = {
            "specversion": "1.0",
            "id": f"01a207d9-2100-7000-8000-{index:012x}",
            "source": f"https://bank.example/{signers[0]}",
            "type": f"org.aims-ledger.{kind}.v1",
            "subject": "ledger" if kind in ("ledger", "key") else subject,
            "time": instant(60 * index),
            "ledger": self.origin,
            "datacontenttype": "application/json",
            "dataschema": f"urn:aims-ledger:schema:{kind}:v1:sha256:{DIGESTS.get(kind, ZEROS)}",
            "data": data,
        }
        self.drafts.append(Draft(event, list(signers), event["subject"], time=60 * index + 1, **more))
        return index

    def raw(self, index: int) -> bytes:
        """The statement's bytes."""
        draft = self.drafts[index]
        return draft.statement(json.dumps(draft.event, ensure_ascii=False, separators=(",", ":")).encode())

    def digest(self, index: int) -> str:
        return sha256(self.raw(index)).hexdigest()

    def leaves(self) -> list[bytes]:
        """Every leaf, in order; links and counters follow what the earlier ones became."""
        made: list[bytes] = []
        subjects: dict[str, tuple[int, str]] = {}
        for index, draft in enumerate(self.drafts):
            payload = self.raw(index)
            pae = b"DSSEv1 28 %b %d %b" % (TYPE.encode(), len(payload), payload)
            signatures = sorted((keyid(name), b64(private(name).sign(pae))) for name in draft.signers)
            envelope = {
                "payload": b64(payload),
                "payloadType": TYPE,
                "signatures": [{"keyid": who, "sig": sig} for who, sig in signatures],
            }
            subject = str(draft.event.get("subject"))
            nth, nth_prev = subjects.get(subject, (0, ZEROS))
            members = {
                "envelope": draft.envelope(envelope),
                "index": index,
                "ledger": self.origin,
                "nth": nth,
                "nth_prev": nth_prev,
                "prev": hash_of(made[-1]).hex() if made else ZEROS,
                "time": instant(draft.time),
                "v": 1,
            }
            made.append(draft.line(canonical(draft.leaf(members))))
            subjects[subject] = nth + 1, hash_of(made[-1]).hex()
        return made


def hash_of(leaf: bytes) -> bytes:
    return sha256(b"\0" + leaf).digest()


ROLES = ("pipeline", "overseer", "compliance", "approver", "investigator")
ATTACHED = b"a test report\n"
PERSONAL = bytes(range(32)) + b"a letter from a person\n"
GONE = bytes(range(1, 33)) + b"another letter\n"


def decision(number: int) -> dict[str, Any]:
    model = {"model_id": "scorecard", "version": "1.0"}
    return {"decision_id": f"decision-{number}", "model": model, "replayed": False}


def artefact(content: bytes, *, salted: bool = False, attached: bool = True) -> dict[str, Any]:
    return {
        "name": "report.md",
        "role": "test_report",
        "digest": sha256(content).hexdigest(),
        "size": len(content) - 32 * salted,
        "media_type": "text/markdown",
        "attached": attached,
        "salted": salted,
    }


class Places:
    """Where in the story things are."""

    genesis, retired_key, policy_change, added_checkpoint = 0, 8, 9, 10
    first, disclosed, withheld, erased, report, letter, oversight, approval = 11, 12, 13, 14, 15, 16, 17, 18
    elsewhere, erasure, rotated, after, last = 19, 21, 22, 23, 26


def story() -> Story:
    """27 entries in which everything happens that a bundle can show."""
    s = Story()
    policy = {
        "roles": {"*": ["compliance"], "ai_decision": ["pipeline"], "oversight_action": ["overseer"],
                  "approval": ["approver"], "erasure": ["compliance", "approver"]},
        "principals": {"erasure": 2},
        "self_approval": "refused",
        "quorum": 1,
    }  # fmt: skip
    created = {
        "action": "created", "founder": "Example Bank", "origin": ORIGIN,
        "checkpoint_keys": [vkey(ORIGIN, "checkpoint")],
        "keys": [member("admin", "admin"), member("admin2", "admin")], "policy": policy,
    }  # fmt: skip
    s.add("ledger", created, "admin", "admin2")
    for role in ROLES:
        s.add("key", {"action": "enrolled", "keyid": keyid(role), **member(role, role)}, "admin", role)
    s.add("key", {"action": "enrolled", "keyid": keyid("old"), **member("old", "pipeline")}, "admin", "old")
    s.add("ai_decision", decision(7), "old")
    s.add("key", {"action": "revoked", "keyid": keyid("old"), "reason": "left"}, "admin")
    changed = {**policy, "principals": {"erasure": 2, "release": 2}, "quorum": 2}
    s.add("ledger", {"action": "policy_changed", "policy": changed, "reason": "releases"}, "admin", "admin2")
    added = {"action": "checkpoint_key_added", "checkpoint_key": vkey(ORIGIN, "checkpoint2"), "reason": "yearly"}
    s.add("ledger", added, "admin", "admin2")
    s.add("ai_decision", decision(11), "pipeline")
    people = []
    for number in (12, 13, 14):
        person, texts = sealed({"id": f"applicant-{number}", "name": f"Ann {number} Exämple"}, "name")
        people.append(texts)
        body, more = sealed(
            {**decision(number), "affected_person": person, "explanation": f"No {number}"}, "explanation"
        )
        s.add("ai_decision", body, "pipeline", disclosures=[*texts, *more])
    s.add("ai_decision", {**decision(15), "artefacts": [artefact(ATTACHED)]}, "pipeline")
    letters = [artefact(PERSONAL, salted=True), artefact(GONE, salted=True), artefact(b"far away", attached=False)]
    s.add("ai_decision", {**decision(16), "artefacts": letters}, "pipeline")
    action = {"oversight_id": "oversight-1", "action": "overridden", "actor": {"id": "overseer-1"},
              "reason_code": "income verified by hand"}  # fmt: skip
    s.add("oversight_action", action, "overseer")
    approved = {"decision": "approved", "scope": "release", "statement": s.digest(Places.oversight)}
    s.add("approval", approved, "approver")
    s.add("ai_decision", decision(19), "pipeline", subject="other-system")
    s.add("ai_decision", decision(20), "pipeline", subject="other-system")
    [name, explanation] = s.drafts[Places.erased].disclosures
    members = [{"pointer": "/affected_person/name", "digest": digest_of(name)},
               {"pointer": "/explanation", "digest": digest_of(explanation)}]  # fmt: skip
    erasure = {
        "statement": s.digest(Places.erased), "members": members, "attachments": [],
        "legal_basis": "GDPR Art. 17(1)(b)", "approved_by": "approver-1",
    }  # fmt: skip
    s.add("erasure", erasure, "compliance", "approver")
    rotated = {
        "action": "rotated", "keyid": keyid("pipeline2"), "replaces": keyid("pipeline"),
        **member("pipeline2", "pipeline", "pipeline-1"), "sources": ["https://bank.example/pipeline"],
    }  # fmt: skip
    s.add("key", rotated, "admin", "pipeline", "pipeline2")
    s.drafts[-1].event["source"] = "https://bank.example/admin"
    s.add("ai_decision", {**decision(23), "references": [{"rel": "about", "statement": s.digest(11)}]}, "pipeline2")
    s.drafts[-1].event["source"] = "https://bank.example/pipeline"
    second = {**erasure, "statement": s.digest(Places.letter), "members": [],
              "attachments": [sha256(GONE).hexdigest()]}  # fmt: skip
    s.add("erasure", second, "compliance", "approver")
    for number in (25, 26):
        s.add("ai_decision", decision(number), "pipeline2")
        s.drafts[-1].event["source"] = "https://bank.example/pipeline"
    return s


# The bundle


@dataclass
class Bundle:
    """A bundle to be made of a story; `files` and `manifest` change what is made at those steps."""

    story: Story
    entries: list[int]
    context: list[int]
    size: int | None = None
    undisclosed: frozenset[int] = frozenset({Places.withheld, Places.erased})
    attachments: tuple[bytes, ...] = (ATTACHED, PERSONAL)
    history: tuple[int, ...] = (5, 11, 24)
    stamped: tuple[int, ...] = ()
    signed: Callable[[str], list[tuple[str, bytes]]] = lambda text: [
        log_line(text), witness_line(text, "w1"), witness_line(text, "w2", COSIGNED + 60)
    ]  # fmt: skip
    older: Callable[[str, int], list[tuple[str, bytes]]] = lambda text, size: [
        log_line(text), witness_line(text, "w1", COSIGNED - 3_600)
    ]  # fmt: skip
    text: Callable[[str], str] = lambda text: text
    files: Callable[[dict[str, bytes]], Any] = lambda files: None
    manifest: Callable[[dict[str, Any]], Any] = lambda members: None
    late: Callable[[dict[str, bytes]], Any] = lambda files: None  # after the manifest was written

    def make(self) -> dict[str, bytes]:
        """Every file of the bundle by name, bundle.json among them."""
        leaves = self.story.leaves()
        hashes = [hash_of(leaf) for leaf in leaves][: self.size]
        carried = sorted([*self.entries, *self.context])
        text = self.text(checkpoint_text(self.story.origin, hashes))
        made = {
            "leaves.jsonl": b"".join(leaves[index] + b"\n" for index in carried),
            "proof.bin": multiproof(hashes, carried),
            "checkpoint": note(text, *self.signed(text)),
            "scope.txt": b"All entries of credit-scoring.\n",
            "README.txt": b"Run verify.py, or open verify.html.\n",
            "index.html": b"<!doctype html><title>Bundle</title>\n",
        }
        if self.history or self.stamped:
            made["history.jsonl"] = b"".join(self._history(hashes, size, made) for size in self._sizes(hashes))
        disclosed = sorted(
            (index, text)
            for index in carried
            if index not in self.undisclosed
            for text in self.story.drafts[index].disclosures
        )
        lines = [canonical({"entry": index, "disclosure": text}) + b"\n" for index, text in disclosed]
        if lines:
            made["disclosures.jsonl"] = b"".join(lines)
        made.update({f"attachments/{sha256(content).hexdigest()}": content for content in self.attachments})
        types = [str(self.story.drafts[index].event.get("type")).split(".") for index in carried]
        for kind in {parts[2] for parts in types if len(parts) > 2} & set(DIGESTS):
            made[f"schemas/{kind}.v1.json"] = SCHEMAS.joinpath(f"{kind}.v1.json").read_bytes()
        self.files(made)
        manifest = {
            "format": "aims-bundle/v1",
            "origin": self.story.origin,
            "size": len(hashes),
            "root": tree_root(hashes).hex(),
            "scope": {"by": "system", "subject": SYSTEM, "complete": self._complete()},
            "entries": self.entries,
            "context": self.context,
            "files": {
                name: {"bytes": len(data), "sha256": sha256(data).hexdigest()} for name, data in sorted(made.items())
            },
        }
        self.manifest(manifest)
        made = {"bundle.json": canonical(manifest) + b"\n", **dict(sorted(made.items()))}
        self.late(made)
        return made

    def _complete(self) -> dict[str, Any]:
        have = sum(self.story.drafts[index].group == SYSTEM for index in self.entries)
        return {SYSTEM: {"first_nth": 0, "last_nth": have - 1}} if have else {}

    def _sizes(self, hashes: Sequence[bytes]) -> list[int]:
        return [*self.history, *([len(hashes)] if len(hashes) in self.stamped else [])]

    def _history(self, hashes: Sequence[bytes], size: int, made: dict[str, bytes]) -> bytes:
        text = checkpoint_text(self.story.origin, hashes[:size])
        stamps = []
        if size in self.stamped:
            stamps.append(f"timestamps/{sum(name.startswith('timestamps/') for name in made)}.tsr")
            made[stamps[0]] = b"a token"
        line = {
            "note": b64(note(text, *self.older(text, size))),
            "proof": [b64(item) for item in consistency(size, hashes)],
            "timestamps": stamps,
        }
        return canonical(line) + b"\n"

    def zip(self) -> bytes:
        return pack(self.make())


def bundle(story_of: Story | None = None, **changes: Any) -> Bundle:
    """The sound bundle of a story: all entries of one system, and what is needed to judge them."""
    made = changes.pop("story", None) or story_of or story()
    subjects = [draft.group for draft in made.drafts]
    entries = [index for index, subject in enumerate(subjects) if subject == SYSTEM]
    context = [index for index, subject in enumerate(subjects) if subject == "ledger"]
    return Bundle(**{"story": made, "entries": entries, "context": context, **changes})


def full(**changes: Any) -> Bundle:
    """A bundle without anything withheld."""
    undisclosed = frozenset({Places.erased})
    return bundle(**{"undisclosed": undisclosed, **changes})
