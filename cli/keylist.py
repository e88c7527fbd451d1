"""Keys as a person sees them: those in the key folder beside those enrolled in the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.lazy import perhaps
from cli.opening import open_for_reading
from cli.project import key_folder, ledger_location
from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.signers import Keyring
    from ledger import Ledger, Signer
    from ledger.authority import Authority


def key_rows(location: str | None) -> list[dict[str, Any]]:
    """One mapping a key: name (None for somebody else's), keyid, principal, roles, sources, state.

    Raises:
        BadInput, StoreError: if a ledger is named and can't be read.
    """
    from ledger.keys.keystore import KeyStore

    names = {key.keyid: key.name for key in KeyStore(key_folder()).list()}
    try:
        location = ledger_location(location)
    except BadInput:
        return [_row(name, keyid, "no ledger named") for keyid, name in names.items()]
    with open_for_reading(location) as ledger:
        authority, size = ledger.authority, ledger.size
    rows = []
    for keyid, key in authority.keys.items():
        state = f"{key.ended_by} (entry {key.end - 1})" if key.end <= size else "enrolled"
        rows.append(_row(names.pop(keyid, None), keyid, state, key.principal, sorted(key.roles), sorted(key.sources)))
    checkpoint_keys = _checkpoint_keys(authority)
    for keyid, state in checkpoint_keys.items():
        rows.append(_row(names.pop(keyid, None), keyid, state))
    return rows + [_row(name, keyid, "not enrolled") for keyid, name in names.items()]


def find_keyid(ledger: Ledger, keyring: Keyring, name: str) -> str:
    """The id of the enrolled key that `name` means: a name in the key folder, or the first digits of an id.

    Raises:
        BadInput: if no enrolled key is meant, or several.
    """
    here = {key.name: key.keyid for key in keyring.store.list()}
    enrolled = ledger.authority.keys
    if name in here:
        if here[name] not in enrolled:
            raise BadInput(f"key {name}: not enrolled in this ledger")
        return here[name]
    found = [keyid for keyid in enrolled if len(name) >= 8 and keyid.startswith(name.lower())]
    if len(found) != 1:
        what = "several enrolled keys begin so" if found else f"no such key{perhaps(name, here)}"
        raise BadInput(f"key {name}: {what}", remedy="'aims key list' shows names and ids")
    return found[0]


def rotation(ledger: Ledger, keyring: Keyring, old: str, new: Signer) -> dict[str, Any]:
    """The members of a `key` entry that replaces the key called `old` by `new`.

    Raises:
        BadInput: if `old` is no enrolled key.
    """
    from ledger.signing import key_id, key_members

    replaced = ledger.authority.keys[find_keyid(ledger, keyring, old)]
    return {
        "action": "rotated",
        "keyid": key_id(new.public_key),
        **key_members(new.public_key),
        "principal": replaced.principal,
        "roles": sorted(replaced.roles),
        "sources": sorted(replaced.sources),
        "replaces": replaced.keyid,
    }


def _checkpoint_keys(authority: Authority) -> dict[str, str]:
    from ledger.signing import key_id

    return {
        key_id(key.vkey.public_key): "signs checkpoints" if key.in_force else f"retired (entry {key.end - 1})"
        for key in authority.checkpoint_keys
    }


def _row(
    name: str | None, keyid: str, state: str, principal: str | None = None, roles: list[str] | None = None,
    sources: list[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "name": name,
        "keyid": keyid,
        "principal": principal,
        "roles": roles or [],
        "sources": sources or [],
        "state": state,
    }
