"""Checkpoints on the command line: signing them, and what is handed to those who verify."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from cli.project import ledger_location, state_folder
from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.signers import Keyring
    from ledger import Ledger
    from ledger.authority import Authority
    from ledger.memory import Pin
    from ledger.trust import TrustPolicy

_Command = TypeVar("_Command", bound=Callable[..., Any])
_MAX_NOTE_BYTES: Final = 1 << 20


def open_for_signing(location: str | None, keyring: Keyring) -> Ledger:
    """The ledger with its checkpoint key.

    Raises:
        BadInput, StoreError: if there is no ledger, or its checkpoint key is not in the key folder.
    """
    from ledger import Ledger

    path, state = ledger_location(location), state_folder()
    with Ledger.open(path, read_only=True, state=state) as ledger:
        key = keyring.checkpoint_key(ledger.authority)
    if key is None:
        raise BadInput(
            f"checkpoint: no checkpoint key of {ledger.origin} in {keyring.store.folder}",
            remedy="sign where the key is, or set AIMS_KEYS",
        )
    return Ledger.open(path, checkpoint_signer=keyring.signer(key.name), state=state)


def handed_pin(ledger: Ledger) -> Pin:
    """The pin to hand to those who verify: the one remembered here, with the last checkpoint seen."""
    from ledger.founding import genesis_pin

    pin = ledger.memory.pin() or genesis_pin(ledger)
    return replace(pin, seen=pin.seen[-1:])


def policy_text(authority: Authority) -> str:
    """A trust policy that names every checkpoint key, retired ones too, and asks for no witness.

    So it serves for what was handed out before a key was replaced. A comment says which are retired: a receipt carries
    no key history, so whoever learns that an old key was stolen takes its line out.
    """
    lines: list[str] = []
    for key in authority.checkpoint_keys:
        if not key.in_force:
            lines.append(f"# retired, signed up to {key.end} entries; take it out if it was stolen:")
        lines.append(f"log {key.text}")
    first = f"# {authority.origin}: compare these keys with what somebody else has before you rely on them."
    return "".join(f"{line}\n" for line in (first, *lines, "quorum none"))


def checkpoint_value(note: bytes) -> dict[str, Any]:
    """What a stored note says, without verifying it: size and root, whose keys are named, and the note itself."""
    from ledger.checkpoint import parse_checkpoint
    from ledger.note import parse_note

    parsed = parse_note(note)
    said = parse_checkpoint(parsed.text)
    signers = [f"{line.name}+{line.key_id.hex()}" for line in parsed.signatures]
    return {"size": said.size, "root": said.root.hex(), "signers": signers, "note": note.decode()}


def read_note(file: Path) -> bytes:
    """The bytes of a signed note.

    Raises:
        BadInput: if the file can't be read or is too large for one.
    """
    try:
        with file.open("rb") as handle:
            note = handle.read(_MAX_NOTE_BYTES + 1)
    except OSError as error:
        raise BadInput(f"checkpoint {file}: can't be read ({error.strerror})") from error
    if len(note) > _MAX_NOTE_BYTES:
        raise BadInput(f"checkpoint {file}: more than {_MAX_NOTE_BYTES} bytes, no checkpoint is")
    return note


def adoption_options(command: _Command) -> _Command:
    """What vouches for the checkpoint of `--adopt`."""
    unwitnessed = click.option(
        "--unwitnessed",
        is_flag=True,
        help="Adopt it though no witness cosigned it; if this is an old copy, a fork gets signed.",
    )
    trust = click.option(
        "--trust",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="The trust policy whose witnesses cosigned what --adopt names.",
    )
    return trust(unwitnessed(command))


def check_adoption(adopt: Path | None, trust: Path | None, *, unwitnessed: bool) -> None:
    """Return if the options about what is adopted go together."""
    if adopt is None and (trust is not None or unwitnessed):
        raise click.UsageError("--trust and --unwitnessed: expected --adopt with them")
    if trust is not None and unwitnessed:
        raise click.UsageError("--trust and --unwitnessed: expected one of them")


def adoption_policy(trust: Path | None) -> TrustPolicy | None:
    """The policy in the file, if one was named.

    Raises:
        BadInput: it is none.
    """
    from cli.handed import policy_of, read_trust

    return None if trust is None else policy_of(read_trust(trust))
