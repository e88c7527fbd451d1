"""Who may say what, at every place of the ledger: keys, principals, policy, checkpoint keys.

An `Authority` is the fold of the valid `ledger` and `key` entries. It keeps for each key the half-open range
of entries ``[start, end)`` it may sign, so one value answers for every place: the door asks about the next
index, verification about any earlier one. An entry that breaks the rules here never becomes state.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from ledger.encoding import parse_base64
from ledger.errors import FormatError, Refused
from ledger.note import VerifierKey, parse_vkey
from ledger.policy import ADMIN, STATE_KINDS, WAIVED, Policy, check_floor, parse_policy
from ledger.signing import ED25519, key_id, parse_spki
from ledger.times import parse_instant

_FOREVER = 2**63 - 1
GO_ON_ELSEWHERE: Final = "go on in the successor that the closing entry names"
_NEW_KEY: Final = "make another one with 'aims key new'"
_FOUND_AGAIN: Final = "create the ledger with 'aims init'"


@dataclass(frozen=True, slots=True)
class Key:
    """An enrolled signing key; it may sign entries ``[start, end)``."""

    keyid: str
    public_key: bytes
    principal: str
    roles: frozenset[str]
    sources: frozenset[str]
    start: int
    end: int = _FOREVER
    ended_by: str = ""  # rotated, revoked or compromised
    compromised_since: int | None = None  # microseconds since 1970


@dataclass(frozen=True, slots=True)
class CheckpointKey:
    """A key that signs checkpoints of sizes ``start <= size <= end``; entry ``end - 1`` retires it."""

    vkey: VerifierKey
    text: str
    start: int
    end: int = _FOREVER

    @property
    def in_force(self) -> bool:
        """Whether it was not retired."""
        return self.end == _FOREVER


@dataclass(frozen=True, slots=True)
class Authority:
    """The state after the `ledger` and `key` entries seen so far."""

    origin: str
    keys: Mapping[str, Key]
    policies: tuple[tuple[int, Policy], ...]  # (index of the entry, policy in force after it)
    checkpoint_keys: tuple[CheckpointKey, ...]
    clock_resets: Mapping[int, int]  # index -> microseconds
    closed_at: int | None = None

    @property
    def policy(self) -> Policy:
        """The policy now in force."""
        return self.policies[-1][1]

    @property
    def floor(self) -> Policy:
        """The genesis policy, below which nothing goes."""
        return self.policies[0][1]

    def policy_at(self, index: int) -> Policy:
        """The policy that judges entry `index`: the last one set by an entry before it."""
        for set_by, policy in reversed(self.policies):
            if set_by < index:
                return policy
        return self.floor

    def key_at(self, keyid: str, index: int) -> Key:
        """The key `keyid`, if it may sign entry `index`.

        Raises:
            Refused: `unknown key` or `revoked key`.
        """
        key = self.keys.get(keyid)
        if key is None or index < key.start:
            raise unknown_key(keyid)
        if index >= key.end:
            raise Refused(
                "revoked key",
                f"key {keyid[:16]} of {key.principal}: {key.ended_by} by entry {key.end - 1}, expected a key in force",
                remedy="sign with the principal's current key",
            )
        return key

    def admins(self) -> frozenset[str]:
        """The principals that hold an admin key now."""
        return frozenset(k.principal for k in self.keys.values() if ADMIN in k.roles and k.end == _FOREVER)

    def verifier_keys(self) -> tuple[VerifierKey, ...]:
        """Every checkpoint key there ever was."""
        return tuple(key.vkey for key in self.checkpoint_keys)


def unknown_key(keyid: str) -> Refused:
    """The error for a key that is not enrolled."""
    return Refused(
        "unknown key",
        f"key {keyid[:16]}: not enrolled in this ledger, expected an enrolled key",
        remedy="enrol it with 'aims key enroll'",
    )


def create_authority(origin: str, data: Mapping[str, Any], signers: Sequence[str]) -> Authority:
    """The state after a genesis body `data` signed by the keyids `signers`.

    Raises:
        Refused: if the genesis contradicts itself, or a founder's key did not sign it.
        FormatError: for keys that are not proper Ed25519 keys.
    """
    if data["origin"] != origin:
        raise Refused(
            "genesis", f"genesis: origin {data['origin']!r} in the body, expected {origin!r}", remedy=_FOUND_AGAIN
        )
    keys: dict[str, Key] = {}
    for founder in data["keys"]:
        key = _enrolled(founder, index=0)
        if key.keyid in keys:
            raise Refused("genesis", f"genesis: key {key.keyid[:16]} twice", remedy="give each founder a key")
        keys[key.keyid] = key
    if set(signers) != set(keys):
        raise Refused("genesis", "genesis: must be signed by exactly the founders' keys it lists", remedy=_FOUND_AGAIN)
    policy = parse_policy(data["policy"])
    checkpoint_keys = tuple(_checkpoint_key(text, origin, 0) for text in data["checkpoint_keys"])
    authority = Authority(origin, keys, ((0, policy),), checkpoint_keys, {})
    _check_quorum_reachable(authority)
    _check_keys_apart(authority)
    return authority


def apply_state_entry(
    authority: Authority, index: int, kind: str, data: Mapping[str, Any], signers: Sequence[str]
) -> Authority:
    """The state after entry `index`, a `ledger` or `key` body signed by the keyids `signers`.

    Raises:
        Refused: if the entry is not permitted; it must then not become state.
        FormatError: for a key that is not a proper Ed25519 key.
    """
    assert kind in STATE_KINDS
    if authority.closed_at is not None:
        raise Refused(
            "closed", f"entry {index}: the ledger was closed by entry {authority.closed_at}", remedy=GO_ON_ELSEWHERE
        )
    return (
        _apply_key(authority, index, data, signers) if kind == "key" else _apply_ledger(authority, index, data, signers)
    )


def _apply_key(authority: Authority, index: int, data: Mapping[str, Any], signers: Sequence[str]) -> Authority:
    action, keyid = data["action"], data["keyid"]
    keys = dict(authority.keys)
    if action in ("enrolled", "rotated"):
        new = _enrolled(data, index + 1)
        if new.keyid != keyid:
            raise Refused(
                "key",
                f"key {keyid[:16]}: is not the digest of the given public key",
                remedy="'aims key enroll' works it out",
            )
        if keyid in keys:
            raise Refused(
                "key",
                f"key {keyid[:16]}: was enrolled by entry {max(0, keys[keyid].start - 1)}, a key is used once",
                remedy=_NEW_KEY,
            )
        if keyid not in signers:
            raise Refused(
                "key",
                f"key {keyid[:16]}: did not sign its own enrolment, expected proof of possession",
                remedy="let the new key sign the entry too",
            )
        touched = [new]
        if action == "rotated":
            old = authority.key_at(data["replaces"], index)
            if new.principal != old.principal or not new.roles <= old.roles or not new.sources <= old.sources:
                raise Refused(
                    "key",
                    f"key {keyid[:16]}: rotation must keep the principal and add no role or source",
                    remedy="enrol a key of its own for what is new",
                )
            keys[old.keyid] = replace(old, end=index + 1, ended_by="rotated")
            touched.append(old)
        keys[keyid] = new
    else:
        known = keys.get(keyid)
        if known is None:
            raise Refused(
                "unknown key",
                f"key {keyid[:16]}: is not enrolled and can't be {action}",
                remedy="'aims key list' shows the enrolled keys",
            )
        touched = [known]
        ended = replace(known, end=min(known.end, index + 1), ended_by=known.ended_by or action)
        if action == "compromised":
            since = parse_instant(pad_instant(data["since"]), "key: since")
            if known.compromised_since is not None:
                since = min(since, known.compromised_since)
            ended = replace(ended, compromised_since=since)
        elif known.end <= index:
            raise Refused(
                "revoked key",
                f"key {keyid[:16]}: {known.ended_by} by entry {known.end - 1} already",
                remedy="nothing is left to do; report a compromise as 'compromised'",
            )
        keys[keyid] = ended
    needed = authority.policy.quorum if any(ADMIN in key.roles for key in touched) else 1
    known_signers = [s for s in signers if s != keyid or s in authority.keys]
    _check_admins(authority, index, known_signers, needed, f"key {action}")
    if keyid not in authority.keys:
        _check_theirs(authority, index, keys[keyid], known_signers)
    after = replace(authority, keys=keys)
    _check_quorum_reachable(after)
    _check_keys_apart(after)
    return after


def _apply_ledger(authority: Authority, index: int, data: Mapping[str, Any], signers: Sequence[str]) -> Authority:
    action = data["action"]
    if action == "created":
        raise Refused(
            "genesis", f"entry {index}: a ledger is created once, by entry 0", remedy="change it with policy_changed"
        )
    _check_admins(authority, index, signers, authority.policy.quorum, action)
    if action == "policy_changed":
        policy = parse_policy(data["policy"])
        check_floor(policy, authority.floor)
        after = replace(authority, policies=(*authority.policies, (index, policy)))
        _check_quorum_reachable(after)
        return after
    if action == "checkpoint_key_added":
        added = _checkpoint_key(data["checkpoint_key"], authority.origin, index + 1)
        if any(added.vkey.public_key == k.vkey.public_key for k in authority.checkpoint_keys):
            raise Refused("key", "checkpoint key: was added before, a key is used once", remedy=_NEW_KEY)
        after = replace(authority, checkpoint_keys=(*authority.checkpoint_keys, added))
        _check_keys_apart(after)
        return after
    if action == "checkpoint_key_retired":
        current = [k for k in authority.checkpoint_keys if k.end == _FOREVER]
        retired = next((k for k in current if k.text == data["checkpoint_key"]), None)
        if retired is None or len(current) < 2:
            raise Refused("key", "checkpoint key: not in force, or the last one", remedy="add its successor first")
        return replace(
            authority,
            checkpoint_keys=tuple(replace(k, end=index + 1) if k is retired else k for k in authority.checkpoint_keys),
        )
    if action == "clock_reset":
        clock = parse_instant(pad_instant(data["clock"]), "ledger: clock")
        return replace(authority, clock_resets={**authority.clock_resets, index: clock})
    assert action == "closed", action
    return replace(authority, closed_at=index)


def _enrolled(data: Mapping[str, Any], index: int) -> Key:
    algorithm = data.get("algorithm", ED25519)  # the schema lets a founder's key leave it out
    if algorithm != ED25519:
        raise FormatError("key: algorithm", algorithm, ED25519)
    public_key = parse_spki(parse_base64(data["public_key"], "key: public_key"))
    return Key(
        keyid=key_id(public_key),
        public_key=public_key,
        principal=data["principal"],
        roles=frozenset(data["roles"]),
        sources=frozenset(data["sources"]),
        start=index,
    )


def _checkpoint_key(text: str, origin: str, start: int) -> CheckpointKey:
    vkey = parse_vkey(text)
    if vkey.name != origin:
        raise Refused(
            "key",
            f"checkpoint key: is named {vkey.name}, expected the ledger's origin {origin}",
            remedy="write its verifier key with that name",
        )
    return CheckpointKey(vkey, text, start)


def _check_keys_apart(authority: Authority) -> None:
    for checkpoint_key in authority.checkpoint_keys:
        keyid = key_id(checkpoint_key.vkey.public_key)
        if keyid in authority.keys:
            raise Refused(
                "key", f"key {keyid[:16]}: signs entries and checkpoints, expected two different keys", remedy=_NEW_KEY
            )


def _check_admins(authority: Authority, index: int, signers: Sequence[str], needed: int, what: str) -> None:
    principals = {key.principal for key in (authority.key_at(s, index) for s in signers) if ADMIN in key.roles}
    if len(principals) < needed:
        raise Refused(
            "quorum",
            f"{what.replace('_', ' ')}: signed by {len(principals)} admin principal(s), expected {needed}",
            remedy="two keys of one principal count once",
        )


def _check_theirs(authority: Authority, index: int, new: Key, signers: Sequence[str]) -> None:
    """Return if a principal that had a key before gets this one by a key of theirs, or by the quorum.

    Otherwise one administrator could speak for the other principals, and meet every rule that counts them.
    """
    if all(key.principal != new.principal for key in authority.keys.values()):
        return
    signing = [authority.key_at(s, index) for s in signers]
    admins = {key.principal for key in signing if ADMIN in key.roles}
    if len(admins) < authority.policy.quorum and all(key.principal != new.principal for key in signing):
        raise Refused(
            "principal",
            f"key {new.keyid[:16]}: {new.principal} has had a key before; signed by none of theirs in force and by "
            f"{len(admins)} admin principal(s), expected one of theirs or {authority.policy.quorum} admin principals",
            remedy="let a key of that principal sign too (--as), or as many administrators as the quorum",
        )


def _check_quorum_reachable(authority: Authority) -> None:
    admins = len(authority.admins())
    if admins < authority.policy.quorum:
        raise Refused(
            "quorum",
            f"after this, {admins} admin principal(s) would remain, expected at least {authority.policy.quorum}",
            remedy="enrol another admin first",
        )


def pad_instant(text: str) -> str:
    """An instant of a body, which may have fewer fraction digits, in the full form."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return f"{whole}.{fraction:0<6}Z"


def waives_self_approval(policy: Policy) -> bool:
    """Whether the policy lets someone approve their own work (documents then say so)."""
    return policy.self_approval == WAIVED
