"""Sections 9 and 10.5: keys, policy, and who may say what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.second.parsing import Bad, Leaf, Statement, instant, need, parse_vkey, unbase64, unhex

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
SPKI = bytes.fromhex("302a300506032b6570032100")
FOREVER = 2**63


class NotPermitted(Exception):
    """A rule of the ledger says no."""


class SignatureInvalid(Exception):
    """A signature does not verify."""


def permit(condition: object, rule: str) -> None:
    if not condition:
        raise NotPermitted(rule)


def verify_signature(public_key: bytes, signature: bytes, message: bytes) -> None:
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except InvalidSignature as error:
        raise SignatureInvalid from error


def keyid_of(public_key: bytes) -> str:
    return sha256(SPKI + public_key).hexdigest()


def parse_public_key(encoded: Any) -> bytes:
    der = unbase64(encoded)
    need(len(der) == 44 and der[:12] == SPKI, "public key")
    return check_point(der[12:])


def check_point(public_key: bytes) -> bytes:
    """A reduced point of the curve whose order does not divide 8 (RFC 8032 section 5.1)."""
    y = int.from_bytes(public_key, "little") & (2**255 - 1)
    need(len(public_key) == 32 and y < P, "public key is not reduced")
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(x * x % P == square, "public key is no point")
    for _ in range(3):  # three doublings: times 8
        k = D * x * x * y * y % P
        x, y = 2 * x * y * pow(1 + k, -1, P) % P, (y * y + x * x) * pow(1 - k, -1, P) % P
    need((x, y) != (0, 1), "public key of small order")
    return public_key


@dataclass
class Key:
    """An enrolled key; it may sign entries [start, end)."""

    public_key: bytes
    principal: str
    roles: set[str]
    sources: set[str]
    start: int
    end: int = FOREVER
    compromised: int | None = None


@dataclass
class CheckpointKey:
    """A key that signs checkpoints of sizes start <= size <= end."""

    text: str
    start: int
    end: int = FOREVER


@dataclass
class State:
    """What the `ledger` and `key` entries so far add up to."""

    origin: str
    keys: dict[str, Key] = field(default_factory=dict)
    policies: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    checkpoint_keys: list[CheckpointKey] = field(default_factory=list)
    resets: dict[int, int] = field(default_factory=dict)
    closed: int = FOREVER

    def policy_at(self, index: int) -> dict[str, Any]:
        return next((policy for by, policy in reversed(self.policies) if by < index), self.policies[0][1])

    def key_at(self, keyid: str, index: int) -> Key:
        key = self.keys.get(keyid)
        permit(key and key.start <= index < key.end, "key not in force")
        assert key
        return key

    def admins(self) -> set[str]:
        return {k.principal for k in self.keys.values() if "admin" in k.roles and k.end == FOREVER}

    def check(self) -> None:
        """Reachable, and apart."""
        permit(len(self.admins()) >= self.policies[-1][1].get("quorum", 1), "quorum can't be reached")
        apart = {keyid_of(parse_vkey(c.text)[2]) for c in self.checkpoint_keys}
        permit(not apart & set(self.keys), "one key for entries and checkpoints")


def enrolled_by(statement: Statement) -> str | None:
    """The keyid that an entry itself enrols."""
    data = statement.data
    return data["keyid"] if statement.kind == "key" and data["action"] in ("enrolled", "rotated") else None


def apply(state: State | None, index: int, statement: Statement, leaf: Leaf) -> State:
    """The state after a `ledger` or `key` entry; the rules of 10.5 and the signatures are checked too."""
    data, signers = statement.data, list(leaf.signatures)
    if state is None:
        after = created(statement, signers)
        before = after
    else:
        before, after = state, deepcopy(state)
        permit(index <= state.closed, "closed")
        (apply_key if statement.kind == "key" else apply_ledger)(after, before, index, data, signers)
    own = enrolled_by(statement)
    for keyid, signature in leaf.signatures.items():
        key = after.keys[keyid] if keyid == own else before.key_at(keyid, index)
        verify_signature(key.public_key, signature, leaf.signed)
    judge(before, index, statement, signers, lambda _: set())
    return after


def created(statement: Statement, signers: list[str]) -> State:
    data = statement.data
    permit(statement.kind == "ledger" and data["action"] == "created", "entry 0 creates the ledger")
    permit(data["origin"] == statement.event["ledger"], "origin")
    state = State(data["origin"])
    for member in data["keys"]:
        key = new_key(member, 0)
        permit(keyid_of(key.public_key) not in state.keys, "a key twice")
        state.keys[keyid_of(key.public_key)] = key
    permit(set(signers) == set(state.keys), "signed by exactly the founders' keys")
    state.policies.append((0, data["policy"]))
    for text in data["checkpoint_keys"]:
        add_checkpoint_key(state, text, 0)
    state.check()
    return state


def new_key(member: dict[str, Any], start: int) -> Key:
    need(member.get("algorithm", "ed25519") == "ed25519", "algorithm")
    public_key = parse_public_key(member["public_key"])
    return Key(public_key, member["principal"], set(member["roles"]), set(member["sources"]), start)


def add_checkpoint_key(state: State, text: str, start: int) -> None:
    name, _, public_key = parse_vkey(text)
    check_point(public_key)
    permit(name == state.origin, "name of a checkpoint key")
    state.checkpoint_keys.append(CheckpointKey(text, start))


def apply_key(after: State, before: State, index: int, data: dict[str, Any], signers: list[str]) -> None:
    action, keyid = data["action"], data["keyid"]
    unhex(keyid)
    own = keyid if action in ("enrolled", "rotated") else None
    if own:
        new = new_key(data, index + 1)
        permit(keyid_of(new.public_key) == keyid, "keyid")
        permit(keyid not in before.keys and keyid in signers, "a new key, which signs")
        touched = [new]
        if action == "rotated":
            old = before.key_at(data["replaces"], index)
            permit(new.principal == old.principal and new.roles <= old.roles and new.sources <= old.sources, "rotation")
            after.keys[data["replaces"]].end = index + 1
            touched.append(old)
        after.keys[keyid] = new
    else:
        permit(keyid in before.keys, "unknown key")
        known = before.keys[keyid]
        if action == "revoked":
            permit(known.end > index, "ended already")
        else:
            since = instant(data["since"], padded=True)
            after.keys[keyid].compromised = min(since, FOREVER if known.compromised is None else known.compromised)
        after.keys[keyid].end = min(known.end, index + 1)
        touched = [known]
    quorum = before.policies[-1][1].get("quorum", 1) if any("admin" in key.roles for key in touched) else 1
    others = [s for s in signers if s != own]
    permit_admins(before, index, others, quorum)
    had_one = own and any(key.principal == data["principal"] for key in before.keys.values())
    if had_one and all(before.key_at(keyid, index).principal != data["principal"] for keyid in others):
        permit_admins(before, index, others, before.policies[-1][1].get("quorum", 1))
    after.check()


def apply_ledger(after: State, before: State, index: int, data: dict[str, Any], signers: list[str]) -> None:
    action = data["action"]
    permit(action != "created", "created once")
    permit_admins(before, index, signers, before.policies[-1][1].get("quorum", 1))
    if action == "policy_changed":
        check_floor(data["policy"], before.policies[0][1])
        after.policies.append((index, data["policy"]))
        after.check()
    elif action == "checkpoint_key_added":
        known = {parse_vkey(c.text)[2] for c in before.checkpoint_keys}
        permit(parse_vkey(data["checkpoint_key"])[2] not in known, "a checkpoint key is added once")
        add_checkpoint_key(after, data["checkpoint_key"], index + 1)
        after.check()
    elif action == "checkpoint_key_retired":
        current = [c for c in after.checkpoint_keys if c.end == FOREVER]
        retired = [c for c in current if c.text == data["checkpoint_key"]]
        permit(retired and len(current) > 1, "retiring")
        retired[0].end = index + 1
    elif action == "clock_reset":
        after.resets[index] = instant(data["clock"], padded=True)
    else:
        need(action == "closed", "action")
        after.closed = index


def asked(policy: dict[str, Any], kind: str) -> int:
    """How many principals section 9 asks for; the star is for kinds not listed, `ledger` and `key` apart."""
    listed = policy.get("principals", {})
    if kind in listed or kind in ("ledger", "key"):
        return int(listed.get(kind, 1))
    return int(listed.get("*", 1))


def check_floor(policy: dict[str, Any], floor: dict[str, Any]) -> None:
    listed = {*policy.get("principals", {}), *floor.get("principals", {}), "*"}
    permit(all(asked(policy, kind) >= asked(floor, kind) for kind in listed), "floor: principals")
    permit(policy.get("quorum", 1) >= floor.get("quorum", 1), "floor: quorum")
    waived = policy.get("self_approval", "refused") == "waived"
    permit(not waived or floor.get("self_approval", "refused") == "waived", "floor: self-approval")


def permit_admins(state: State, index: int, signers: Iterable[str], needed: int) -> None:
    keys = [state.key_at(keyid, index) for keyid in signers]
    permit(len({key.principal for key in keys if "admin" in key.roles}) >= needed, "quorum")


def judge(
    state: State, index: int, statement: Statement, signers: list[str], signed: Callable[[bytes], set[str]]
) -> None:
    """Section 10.5; `signed` gives the principals that signed the statement with a digest."""
    kind, policy = statement.kind, state.policy_at(index)
    permit(statement.event["ledger"] == state.origin, "another ledger")
    permit(index <= state.closed, "closed")
    roles = policy["roles"]
    allowed = {"admin"} if kind in ("ledger", "key") else set(roles.get(kind, roles.get("*", ())))
    keys = [state.key_at(keyid, index) for keyid in signers if keyid != enrolled_by(statement)]
    holder = statement.data["principal"] if enrolled_by(statement) else None
    permit(all(key.roles & allowed or key.principal == holder for key in keys), "role")
    permit(any(statement.event["source"] in key.sources for key in keys), "source")
    principals = {key.principal for key in keys}
    permit(len(principals) >= asked(policy, kind), "principals")
    if kind == "approval" and policy.get("self_approval", "refused") != "waived":
        own = [digest for rel, digest in statement.references if rel == "approves"]
        permit(all(not principals & signed(digest) for digest in own), "own work")
    if kind == "erasure":
        permit(statement.data["approved_by"] in principals, "approver")


__all__ = ["Bad", "NotPermitted", "SignatureInvalid", "State", "apply", "judge", "keyid_of", "verify_signature"]
