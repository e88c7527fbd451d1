"""Founding a ledger: its genesis entry, first checkpoint and pin."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ledger.admission import judge_genesis, read_line
from ledger.client import Clock, Ledger, system_clock
from ledger.compose import draft
from ledger.memory import Memory, Pin
from ledger.merkle import leaf_hash
from ledger.note import VerifierKey, format_vkey
from ledger.policy import ADMIN, Policy, format_policy
from ledger.signing import Signer, key_id, key_members
from ledger.statement import LEDGER, check_origin
from ledger.store import schema
from ledger.store.backend import open_sqlite, parse_location


@dataclass(frozen=True, slots=True)
class Founder:
    """A first administrator: the signing key, who holds it, and the sources it speaks for."""

    signer: Signer
    principal: str
    sources: tuple[str, ...]
    roles: tuple[str, ...] = (ADMIN,)


def create_ledger(
    location: str | Path,
    *,
    name: str,
    founder: str,
    admins: Sequence[Founder],
    checkpoint_signer: Signer,
    policy: Policy | None = None,
    clock: Clock = system_clock,
    state: Path | None = None,
) -> Ledger:
    """A new ledger, open, with its genesis entry, first checkpoint and pin.

    `name` becomes the origin, with 64 random bits added so that no two ledgers share one: a URL without
    scheme such as ``bank.example/aims``. `founder` is the organisation. `state` overrides `AIMS_STATE`.

    Raises:
        StoreError: if the database exists or can't be made, or the state folder can't be written.
        Refused: if policy, founders and keys don't fit together; then no database is left behind.
        ValueError: without an admin, or a source of the first.
    """
    if not admins or not admins[0].sources:
        raise ValueError("a ledger is founded by at least one admin, who speaks for at least one source")
    origin = check_origin(f"{name}/{secrets.token_hex(8)}")
    vkey = format_vkey(VerifierKey(origin, checkpoint_signer.public_key))
    data = {
        "action": "created",
        "founder": founder,
        "origin": origin,
        "checkpoint_keys": [vkey],
        "keys": [
            {**key_members(a.signer.public_key), "principal": a.principal, "roles": list(a.roles),
             "sources": list(a.sources)}
            for a in admins
        ],
        "policy": format_policy(policy or Policy()),
    }  # fmt: skip
    now = clock()
    genesis = draft("ledger", data, origin=origin, source=admins[0].sources[0], subject=LEDGER, time=now, now=now)
    signers = [a.signer for a in admins]
    line = read_line(genesis.sign(signers))
    # Judged before anything exists, so that a refused genesis leaves no empty database.
    judge_genesis(line)
    backend = open_sqlite(parse_location(location), create=True)
    memory = Memory(origin, state)
    with memory.signing(key_id(checkpoint_signer.public_key)):
        pass  # the state folder can be written, or this has said that it can't
    with backend.writing("creating the ledger") as connection:
        schema.migrate(connection)
    ledger = Ledger(backend, origin, checkpoint_signer=checkpoint_signer, clock=clock, memory=memory)
    receipt = ledger.append([genesis.sign(signers)])[0]
    memory.remember(Pin(origin, receipt.leaf_hash, (vkey,)))
    return ledger


def genesis_pin(ledger: Ledger) -> Pin:
    """The pin of a ledger as its own entries say it; trust it only where the ledger itself is trusted."""
    authority = ledger.authority
    return Pin(
        ledger.origin,
        leaf_hash(ledger.leaf(0)),
        tuple(k.text for k in authority.checkpoint_keys if not k.start),
    )
