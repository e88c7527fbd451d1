"""`aims checkpoint`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.checkpoints import (
    adoption_options,
    adoption_policy,
    check_adoption,
    checkpoint_value,
    handed_pin,
    open_for_signing,
    policy_text,
    read_note,
)
from cli.lazy import aims_command
from cli.opening import ledger_option, open_for_reading, passphrase_option
from cli.pins import pin_value
from cli.screen import out, out_bytes, out_json
from cli.signers import Keyring


@aims_command(
    "checkpoint",
    examples=(
        ("sign now, and keep a copy where the operator can't reach it", "aims checkpoint > /media/auditor/checkpoint"),
        ("what others need to verify this ledger", "aims checkpoint --pin > pin.json"),
        ("and its receipts, without the ledger", "aims checkpoint --policy > policy"),
        ("after the signer's memory was lost", "aims checkpoint --adopt checkpoint-of-the-witness --trust policy"),
    ),
    exits=(0, 1, 2, 3),
)
@click.option("--adopt", metavar="FILE", type=click.Path(path_type=Path), help="Continue from this checkpoint.")
@adoption_options
@click.option(
    "--list", "listed", is_flag=True, help="Every checkpoint signed so far: size, root and signers, as JSON Lines."
)
@click.option("--pin", is_flag=True, help="Print the pin: origin, genesis, verifier keys.")
@click.option("--policy", is_flag=True, help="Print a trust policy (C2SP tlog-policy) with its keys and no witness.")
@passphrase_option
@ledger_option
def checkpoint(
    adopt: Path | None, trust: Path | None, unwitnessed: bool, listed: bool, pin: bool, policy: bool,
    passphrase_file: Path | None, location: str | None,
) -> None:  # fmt: skip
    """Sign what the ledger is now.

    Prints the signed note (C2SP tlog-checkpoint). A signer refuses what does not extend all that it signed
    before; if its memory in AIMS_STATE is lost, --adopt brings back the newest checkpoint that witnesses cosigned.
    A ledger without witnesses says --unwitnessed: then nobody vouches that this is the newest copy of it.
    """
    check_adoption(adopt, trust, unwitnessed=unwitnessed)
    if (adopt is not None) + listed + pin + policy > 1:
        raise click.UsageError("--adopt, --list, --pin and --policy: expected at most one")
    if policy:
        with open_for_reading(location) as ledger:
            out(policy_text(ledger.authority).removesuffix("\n"))
    elif pin:
        with open_for_reading(location) as ledger:
            out_json(pin_value(handed_pin(ledger)))
    elif listed:
        from ledger.proving import checkpoint_history

        with open_for_reading(location) as ledger:
            for value in map(checkpoint_value, checkpoint_history(ledger)):
                out_json(value, lines=True)
    else:
        with open_for_signing(location, Keyring(passphrase_file)) as ledger:
            if adopt is not None:
                ledger.adopt(read_note(adopt), adoption_policy(trust), unwitnessed=unwitnessed)
            out_bytes(ledger.checkpoint())
