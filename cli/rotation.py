"""Replacing a checkpoint key: the old one vouches for the new one before it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.opening import open_for_appending
from cli.project import state_folder
from ledger.errors import BadInput, Refused

if TYPE_CHECKING:
    from cli.signers import Keyring
    from ledger import Ledger, Receipt, Signer
    from ledger.authority import CheckpointKey
    from ledger.trust import TrustPolicy


@dataclass(frozen=True, slots=True)
class Adopted:
    """A checkpoint to go on from, and what vouches for it: witnesses of a policy, or whoever asks."""

    note: bytes
    trust: TrustPolicy | None
    unwitnessed: bool


REASON = "rotation of the checkpoint key"


def find_checkpoint_key(ledger: Ledger, keyring: Keyring, name: str) -> CheckpointKey | None:
    """The checkpoint key that `name` means: a name in the key folder, or the first digits (8) of an id; or None."""
    from ledger.signing import key_id

    here = {key.name: key.keyid for key in keyring.store.list()}
    wanted = here.get(name, name.lower())
    keys = [k for k in ledger.authority.checkpoint_keys if key_id(k.vkey.public_key).startswith(wanted)]
    return keys[0] if len(keys) == 1 and len(wanted) >= 8 else None


def rotate_checkpoint_key(
    location: str | None, keyring: Keyring, old: CheckpointKey, new: Signer, admins: Sequence[Signer],
    adopted: Adopted | None, reason: str,
) -> Receipt:  # fmt: skip
    """The receipt of the entry that retires `old`, under a checkpoint that `new` signed.

    First the entry that adds `new`; then a last checkpoint by `old`, which covers that entry and is what `new`
    continues from, as a signer without memory must; then the entry that retires `old`. A run that broke off can be
    run again. Where `old` is lost, `adopted` is a checkpoint from elsewhere.

    Raises:
        BadInput: if `old` was retired before, or is not in the key folder and nothing is adopted.
        AimsError: as appending and signing do.
    """
    from ledger import Ledger
    from ledger.note import VerifierKey, format_vkey

    with open_for_appending(location, keyring, checkpoints=False) as opened:
        ledger = opened.ledger
        if not old.in_force:
            raise BadInput(f"checkpoint key {old.text}: retired by entry {old.end - 1}", remedy="'aims key list'")
        last = None if adopted is not None else _here(keyring, old)
        vkey = format_vkey(VerifierKey(ledger.origin, new.public_key))
        if vkey not in (key.text for key in ledger.authority.checkpoint_keys if key.in_force):
            _record(ledger, "checkpoint_key_added", vkey, reason, admins)
        if last is not None:
            with Ledger.open(ledger.path, checkpoint_signer=last, state=state_folder()) as signing:
                # The memory of the old key, on this machine, vouches for it.
                adopted = Adopted(signing.checkpoint(), None, unwitnessed=True)
        assert adopted is not None, "either the old key signed, or a checkpoint was given"
        with Ledger.open(ledger.path, checkpoint_signer=new, state=state_folder()) as signing:
            try:
                signing.adopt(adopted.note, adopted.trust, unwitnessed=adopted.unwitnessed)
            except Refused as error:
                if error.rule != "memory":  # an earlier run that broke off got this far
                    raise
            receipt = _record(ledger, "checkpoint_key_retired", old.text, reason, admins)
            signing.checkpoint()
    return receipt


def _record(ledger: Ledger, action: str, vkey: str, reason: str, admins: Sequence[Signer]) -> Receipt:
    data = {"action": action, "checkpoint_key": vkey, "reason": reason}
    return ledger.record(data, kind="ledger", subject="ledger", signers=admins)


def _here(keyring: Keyring, old: CheckpointKey) -> Signer:
    for key in keyring.store.list():
        if key.public_key == old.vkey.public_key:
            return keyring.signer(key.name)
    raise BadInput(
        f"checkpoint key {old.text}: not in {keyring.store.folder}, and it signs once more",
        remedy="if it is lost, give a checkpoint that a witness or an auditor has: --adopt FILE",
    )
