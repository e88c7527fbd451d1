"""A key state and the entries that change it, without a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ledger.authority import Authority, apply_state_entry, create_authority
from ledger.errors import Refused
from ledger.note import VerifierKey, format_vkey
from ledger.policy import Policy, format_policy
from ledger.signing import key_id, key_members
from tests.ledger.harness import enrolment, signer, source_of

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"


def keyid(name: str) -> str:
    return key_id(signer(name).public_key)


def vkey(name: str, origin: str = ORIGIN) -> str:
    return format_vkey(VerifierKey(origin, signer(name).public_key))


def founder(name: str, principal: str | None = None, roles: Sequence[str] = ("admin",)) -> dict[str, Any]:
    return {
        **key_members(signer(name).public_key),
        "principal": principal or f"{name}-1",
        "roles": list(roles),
        "sources": [source_of(name)],
    }


def genesis(*names: str, policy: Policy | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "action": "created",
        "founder": "Bank",
        "origin": ORIGIN,
        "checkpoint_keys": [vkey("checkpoint")],
        "keys": [founder(name) for name in names],
        "policy": format_policy(policy or Policy()),
        **changes,
    }


def created(*names: str, **options: Any) -> Authority:
    return create_authority(ORIGIN, genesis(*names, **options), [keyid(name) for name in names])


class Fold:
    """An authority and the entries that change it, from index 1 on."""

    def __init__(self, authority: Authority) -> None:
        self.authority, self.next = authority, 1

    def apply(self, kind: str, data: dict[str, Any], *by: str) -> Authority:
        signers = sorted(keyid(name) for name in by)
        self.authority = apply_state_entry(self.authority, self.next, kind, data, signers)
        self.next += 1
        return self.authority

    def refuse(self, rule: str, match: str, kind: str, data: dict[str, Any], *by: str) -> None:
        before = self.authority
        with pytest.raises(Refused, match=match) as caught:
            self.apply(kind, data, *by)
        assert caught.value.rule == rule
        assert self.authority is before

    def enrol(self, name: str, *roles: str, by: Sequence[str] = ("admin",), **changes: Any) -> Authority:
        return self.apply("key", enrolment(name, *roles, **changes), *by, name)
