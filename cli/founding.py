"""Founding a ledger with keys by name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.signers import Keyring
    from ledger.memory import Pin


def found_ledger(
    path: Path,
    keyring: Keyring,
    *,
    name: str,
    founder: str,
    admins: Sequence[str],
    quorum: int,
    waive_self_approval: bool,
    source: str | None,
    checkpoint_key: str,
    state: Path,
) -> Pin:
    """The pin of a new ledger at `path`; keys of `admins` that do not exist are made.

    Raises:
        BadInput, StoreError: if something of it can't be; no ledger is left behind, keys made may be.
    """
    from ledger import Founder, Policy, create_ledger
    from ledger.founding import genesis_pin
    from ledger.policy import REFUSED, WAIVED
    from ledger.statement import check_origin

    if path.exists():
        raise BadInput(f"{path}: exists already", remedy="choose another path; a ledger is never overwritten")
    if not path.parent.is_dir():
        raise BadInput(f"{path}: the folder {path.parent} does not exist", remedy="make it first")
    policy = Policy(quorum=quorum, self_approval=WAIVED if waive_self_approval else REFUSED)
    sources = (source or f"https://{name}/admin",)
    here = {key.name for key in keyring.store.list()}
    on_token = checkpoint_key in here and keyring.store.linked(checkpoint_key) is not None
    if checkpoint_key in here and not on_token:
        raise BadInput(
            f"key {checkpoint_key}: exists already, expected a new one for checkpoints", remedy="give --checkpoint-key"
        )
    # What can be wrong is said before keys are made.
    check_origin(f"{name}/{'0' * 16}")
    principals = {given: given.partition("=")[2] or f"p-{given}" for given in admins}
    if len(set(principals.values())) < quorum:
        raise BadInput(f"quorum {quorum}: with {len(set(principals.values()))} administrator(s) it is never reached")
    founders = []
    for given in admins:
        key = given.partition("=")[0]
        signer = keyring.signer(key) if key in here else keyring.create(key)
        founders.append(Founder(signer, principals[given], sources))
    with create_ledger(
        path,
        name=name,
        founder=founder,
        admins=founders,
        checkpoint_signer=keyring.signer(checkpoint_key) if on_token else keyring.create(checkpoint_key),
        policy=policy,
        state=state,
    ) as ledger:
        return genesis_pin(ledger)
