"""Spoiled bundles: entries about keys and policy that the rules refuse, and entries by keys that they leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from tests.bundle.primitives import ORIGIN, SPKI, b64, instant, keyid, member, vkey
from tests.bundle.spoil import Case, flipped
from tests.bundle.spoil_entries import draft, told
from tests.bundle.workshop import Places, Story, decision, story

Step = Callable[[Story], Any]
ADMINS = ("admin", "admin2")
POINTS = {
    "zero": bytes(32),
    "one": b"\1" + bytes(31),
    "minus one": (2**255 - 20).to_bytes(32, "little"),
    "order 8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "order 8 too": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "p": (2**255 - 19).to_bytes(32, "little"),
    "p + 3": (2**255 - 16).to_bytes(32, "little"),
    "no point": b"\2" + bytes(31),
    "with sign and x = 0": b"\1" + bytes(30) + b"\x80",
}


def entry(kind: str, data: dict[str, Any], *signers: str, source: str = "", **event: Any) -> Step:
    """One more entry at the end of the story."""

    def step(made: Story) -> None:
        made.add(kind, data, *signers)
        speaks = source or ("pipeline" if signers[0] == "pipeline2" else signers[0])
        made.drafts[-1].event.update({"source": f"https://bank.example/{speaks}", **event})

    return step


def key(data: dict[str, Any], *signers: str, **event: Any) -> Step:
    return entry("key", data, *signers, **event)


def law(action: str, *signers: str, **data: Any) -> Step:
    """An entry of the kind `ledger`, by the quorum where nobody is named."""
    return entry("ledger", {"action": action, "reason": "x", **data}, *(signers or ADMINS))


def by(*signers: str, **event: Any) -> Step:
    return entry("ai_decision", decision(1), *signers, **event)


def steps(*each: Step) -> Step:
    def step(made: Story) -> None:
        for one in each:
            one(made)

    return step


def enrolled(name: str, role: str = "pipeline", **changes: Any) -> dict[str, Any]:
    return {"action": "enrolled", "keyid": keyid(name), **member(name, role), **changes}


def rotated(old: str, role: str, **changes: Any) -> dict[str, Any]:
    body = {**enrolled("new", role), "action": "rotated", "replaces": keyid(old), "principal": f"{old}-1"}
    return {**body, "sources": [f"https://bank.example/{old}"], **changes}


def revoked(name: str) -> dict[str, Any]:
    return {"action": "revoked", "keyid": keyid(name), "reason": "x"}


def compromised(name: str, since: str) -> dict[str, Any]:
    return {"action": "compromised", "keyid": keyid(name), "since": since, "reason": "stolen"}


EARLY, LATE = instant(300), instant(600 * 60)
POLICY_NOW: dict[str, Any] = story().drafts[Places.policy_change].event["data"]["policy"]
GENESIS: dict[str, Any] = story().drafts[Places.genesis].event["data"]

LAWFUL: dict[str, Step] = {
    "enrolled": key(enrolled("new"), "admin", "new"),
    "an admin enrolled by the quorum": key(enrolled("new", "admin"), *ADMINS, "new"),
    "rotated": key(rotated("overseer", "overseer"), "admin", "overseer", "new"),
    "rotated by the quorum": key(rotated("overseer", "overseer"), *ADMINS, "new"),
    "a second key, agreed to by its principal": key(
        enrolled("new", "approver", principal="overseer-1"), "admin", "overseer", "new"
    ),
    "a second key by the quorum": key(enrolled("new", "approver", principal="overseer-1"), *ADMINS, "new"),
    "a key after the only one ended, by the quorum": key(enrolled("new", principal="old-1"), *ADMINS, "new"),
    "an admin rotated by the quorum": key(rotated("admin2", "admin"), *ADMINS, "new"),
    "revoked": key(revoked("overseer"), "admin"),
    "compromised since late": key(compromised("overseer", LATE), "admin"),
    "policy changed": law("policy_changed", policy=POLICY_NOW),
    "quorum left out": law("policy_changed", policy={n: v for n, v in POLICY_NOW.items() if n != "quorum"}),
    "other checkpoint key retired": law("checkpoint_key_retired", checkpoint_key=vkey(ORIGIN, "checkpoint2")),
    "the signing checkpoint key retired": law("checkpoint_key_retired", checkpoint_key=vkey(ORIGIN, "checkpoint")),
    "closed": law("closed"),
    "a key of version 2 by the quorum": key({"x": 1}, *ADMINS, type="org.aims-ledger.key.v2"),
    "a key of version 2, then a key it may have enrolled": steps(
        key({"x": 1}, *ADMINS, type="org.aims-ledger.key.v2"), by("nobody"), key(enrolled("new"), "nobody", "new")
    ),
    "an approval of what is not here": draft(
        Places.approval, lambda d: d.event["data"].update(statement="1" * 64)
    ),
    "the same time": draft(Places.last, lambda d: setattr(d, "time", 60 * 25 + 1)),
}  # fmt: skip


def policy(**changes: Any) -> Step:
    return law("policy_changed", policy={**POLICY_NOW, **changes})


def checkpoint_key(text: str) -> Step:
    return law("checkpoint_key_added", checkpoint_key=text)


def genesis(change: Callable[[dict[str, Any]], Any]) -> Step:
    """The body of entry 0 changed."""
    return draft(0, lambda d: change(d.event["data"]))


REFUSED: dict[str, Step] = {
    "enrolled by a pipeline": key(enrolled("new"), "pipeline2", "new"),
    "enrolled by nobody": key(enrolled("new"), "nobody", "new"),
    "enrolled by itself": key(enrolled("new"), "new"),
    "enrolled without its signature": key(enrolled("new"), "admin"),
    "enrolled twice": key(enrolled("pipeline"), "admin", "pipeline"),
    "a second key by one of two admins": key(enrolled("new", principal="overseer-1"), "admin", "new"),
    "a key in the other admin's name": key(enrolled("new", "compliance", principal="admin2-1"), "admin", "new"),
    "a key in the other admin's name, used": steps(
        key(enrolled("new", principal="admin2-1"), "admin", "new"), by("new", source="new")
    ),
    "a second key, agreed to by another principal": key(
        enrolled("new", principal="overseer-1"), "admin", "approver", "new"
    ),
    "a second key without an admin": key(enrolled("new", principal="overseer-1"), "overseer", "new"),
    "a second admin key of a principal and one admin": key(
        enrolled("new", "admin", principal="overseer-1"), "admin", "overseer", "new"
    ),
    "a key after the only one ended, by one admin": key(enrolled("new", principal="old-1"), "admin", "new"),
    "a key after the only one ended, with the ended one": key(
        enrolled("new", principal="old-1"), "admin", "old", "new"
    ),
    "rotated by one of two admins": key(rotated("overseer", "overseer"), "admin", "new"),
    "an admin enrolled by one of two": key(enrolled("new", "admin"), "admin", "new"),
    "another keyid": key(enrolled("new", keyid=keyid("other")), "admin", "new"),
    "another algorithm": key(enrolled("new", algorithm="rsa"), "admin", "new"),
    "the checkpoint key": key(enrolled("checkpoint"), "admin", "checkpoint"),
    "no source": key(enrolled("new", sources=[]), "admin", "new"),
    "an unknown role": key(enrolled("new", "king"), "admin", "new"),
    "rotated, another principal": key(rotated("overseer", "overseer", principal="x"), "admin", "new"),
    "rotated, one role more": key(rotated("overseer", "approver"), "admin", "new"),
    "rotated, one source more": key(rotated("overseer", "overseer", sources=["a:b"]), "admin", "new"),
    "rotated, unknown old key": key(rotated("nobody", "overseer"), "admin", "new"),
    "rotated, ended old key": key(rotated("old", "pipeline"), "admin", "new"),
    "an admin rotated by one": key(rotated("admin2", "admin"), "admin", "new"),
    "revoked twice": key(revoked("old"), "admin"),
    "revoked unknown": key(revoked("nobody"), "admin"),
    "the quorum revoked": key(revoked("admin2"), *ADMINS),
    "an unknown action": key({**revoked("old"), "action": "lost"}, "admin"),
    "compromised since early": key(compromised("overseer", EARLY), "admin"),
    "compromised without fraction": key(compromised("overseer", "2026-11-23T10:05:00Z"), "admin"),
    "compromised, then earlier": steps(
        key(compromised("overseer", LATE), "admin"), key(compromised("overseer", EARLY), "admin")
    ),
    "compromised, then later": steps(
        key(compromised("overseer", EARLY), "admin"), key(compromised("overseer", LATE), "admin")
    ),
    "the approver compromised early": key(compromised("approver", EARLY), "admin"),
    "a founder compromised early": steps(
        key(enrolled("third", "admin"), *ADMINS, "third"), key(compromised("admin2", EARLY), *ADMINS)
    ),
    "policy changed by one": law("policy_changed", "admin", policy=POLICY_NOW),
    "policy below the floor": policy(principals={}),
    "policy star below": policy(principals={"*": 0, "erasure": 2}),
    "policy waives": policy(self_approval="waived"),
    "quorum of three": policy(quorum=3),
    "quorum of zero": policy(quorum=0),
    "policy without roles": law("policy_changed", policy={"quorum": 2}),
    "policy takes a role away": draft(
        Places.policy_change, lambda d: d.event["data"]["policy"]["roles"].update(ai_decision=["compliance"])
    ),
    "policy asks for two": draft(
        Places.policy_change, lambda d: d.event["data"]["policy"]["principals"].update(ai_decision=2)
    ),
    "checkpoint key twice": checkpoint_key(vkey(ORIGIN, "checkpoint2")),
    "checkpoint key of another name": checkpoint_key(vkey("x", "new")),
    "checkpoint key that signs entries": checkpoint_key(vkey(ORIGIN, "overseer")),
    "checkpoint key with a wrong ID": checkpoint_key(vkey(ORIGIN, "new").replace("+", "+0", 1)),
    "checkpoint key of small order": checkpoint_key(vkey(ORIGIN, "new", 1, POINTS["one"])),
    "unknown checkpoint key retired": law("checkpoint_key_retired", checkpoint_key=vkey(ORIGIN, "new")),
    "both checkpoint keys retired": steps(
        law("checkpoint_key_retired", checkpoint_key=vkey(ORIGIN, "checkpoint2")),
        law("checkpoint_key_retired", checkpoint_key=vkey(ORIGIN, "checkpoint")),
    ),
    "the signing checkpoint key retired before": steps(
        law("checkpoint_key_retired", checkpoint_key=vkey(ORIGIN, "checkpoint")), by("pipeline2")
    ),
    "created again": entry("ledger", GENESIS, *ADMINS),
    "closed, and more": steps(law("closed"), by("pipeline2")),
    "closed, and a key": steps(law("closed"), key(enrolled("new"), "admin", "new")),
    "a key of version 2 by one": key({"x": 1}, "admin", type="org.aims-ledger.key.v2"),
    "a key of version 2 by nobody": key({"x": 1}, "nobody", type="org.aims-ledger.key.v2"),
    "by a revoked key": by("old"),
    "by a rotated key": by("pipeline"),
    "by an unknown key": by("nobody"),
    "by a key enrolled later": steps(by("new"), key(enrolled("new"), "admin", "new")),
    "by a wrong role": by("overseer"),
    "by one of a wrong role too": by("pipeline2", "overseer"),
    "of another's source": by("pipeline2", source="overseer"),
    "an erasure by one": draft(Places.erasure, lambda d: d.signers.remove("compliance")),
    "an erasure without its approver": draft(Places.erasure, lambda d: d.event["data"].update(approved_by="x")),
    "an earlier time": draft(Places.last, lambda d: setattr(d, "time", 30.0)),
    "a founder's signature is missing": draft(0, lambda d: d.signers.remove("admin2")),
    "a founder too many": draft(0, lambda d: d.signers.append("overseer")),
    "a founder twice": genesis(lambda body: body["keys"].append(body["keys"][0])),
    "a founder without admin": genesis(lambda body: body["keys"][1].update(roles=["auditor"])),
    "another origin in the body": genesis(lambda body: body.update(origin="x")),
    "entry 0 is a decision": draft(0, lambda d: d.event.update(story().drafts[Places.first].event)),
    "entry 0 is of an unknown kind": draft(0, lambda d: d.event.update(type="org.aims-ledger.x.v1")),
    "entry 0 changes the policy": draft(
        0, lambda d: d.event.update(data={"action": "policy_changed", "policy": POLICY_NOW, "reason": "x"})
    ),
    "no checkpoint key": genesis(lambda body: body.update(checkpoint_keys=[])),
    "the checkpoint key is a founder's": genesis(lambda body: body.update(checkpoint_keys=[vkey(ORIGIN, "admin")])),
    "the quorum can't be reached": genesis(lambda body: body["policy"].update(quorum=3)),
}


def spoiled_keys() -> Iterator[Case]:
    """Entries about keys and policy, refused ones and lawful ones, with a trust file and without."""
    lawful = {**LAWFUL, "clock reset": _clock_reset(True)}
    refused = {**REFUSED, "clock reset by one": _clock_reset(False), "an approval of one's own": _own_approval}
    for what, change in {**lawful, **refused}.items():
        yield told(f"keys: {what}", change, sound=what in lawful)
        # Without witnesses nobody outside says how old the entries of a compromised key are.
        fits = what in lawful and what != "compromised since late"
        yield told(f"keys: {what}, no trust file", change, trust=None, sound=fits)
    for what, encoded in POINTS.items():
        der = SPKI + encoded
        body = enrolled("new", public_key=b64(der), keyid=sha256(der).hexdigest())
        yield told(f"keys: a point, {what}", key(body, "admin"))
        founder = genesis(lambda body, der=der: body["keys"][1].update(public_key=b64(der)))
        yield told(f"keys: a founder's point, {what}", founder)
    for what, der in {"short": SPKI + bytes(31), "another curve": flipped(SPKI, 8) + bytes(32), "none": b""}.items():
        yield told(f"keys: {what} public key", key(enrolled("new", public_key=b64(der)), "admin", "new"))


def _own_approval(made: Story) -> None:
    made.drafts[2].event["data"]["roles"] = ["overseer", "approver"]
    made.drafts[Places.approval].signers = ["overseer"]
    made.drafts[Places.approval].event["source"] = "https://bank.example/overseer"


def _clock_reset(quorum: bool) -> Step:
    """A reset by an hour, and an entry after it that only the reset allows."""

    def step(made: Story) -> None:
        law("clock_reset", *(ADMINS if quorum else ADMINS[:1]), clock=instant(-3_600))(made)
        by("pipeline2", time=instant(-3_000))(made)
        made.drafts[-1].time = -3_000

    return step
