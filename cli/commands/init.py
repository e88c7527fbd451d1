"""`aims init`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.lazy import aims_command
from cli.opening import json_option, passphrase_option
from cli.pins import pin_value
from cli.project import current_project, state_folder, write_project
from cli.screen import note, out, out_json
from cli.signers import Keyring


@aims_command(
    "init",
    examples=(
        ("a ledger in this folder", 'aims init evidence.db --name bank.example/aims --founder "Example Bank"'),
        (
            "two administrators, both needed for changes of policy",
            (
                "aims key new anna ben\n"
                'aims init evidence.db --name bank.example/aims --founder "Example Bank" \\\n'
                "    --admin anna=p-anna --admin ben=p-ben --quorum 2"
            ),
        ),
    ),
)
@click.argument("path", default="evidence.db", type=click.Path(path_type=Path))
@click.option("--name", required=True, help="Name of the ledger, like bank.example/aims; 64 random bits are added.")
@click.option("--founder", required=True, help="The organisation that keeps it.")
@click.option(
    "--admin", "admins", metavar="KEY[=PRINCIPAL]", multiple=True, default=("admin",),
    help="Key of an administrator (admin), made if it does not exist; may be repeated.",
)  # fmt: skip
@click.option(
    "--quorum",
    type=click.IntRange(1, 8),
    default=1,
    metavar="N",
    help="Administrators needed for changes of policy (1).",
)
@click.option("--waive-self-approval", is_flag=True, help="One may approve one's own work; documents will say so.")
@click.option("--source", metavar="URI", help="What administrators speak for (https://NAME/admin).")
@click.option("--checkpoint-key", metavar="KEY", help="Name for the new checkpoint key (FILE-checkpoint).")
@passphrase_option
@json_option
def init(
    path: Path, name: str, founder: str, admins: tuple[str, ...], quorum: int, waive_self_approval: bool,
    source: str | None, checkpoint_key: str | None, passphrase_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Create a ledger, its first administrator and its checkpoint key.

    PATH (evidence.db) must not exist. Prints the pin: hand it to those who will verify the ledger, by
    another way than the ledger itself. A project file is written here, so that other commands find the ledger.
    """
    from cli.founding import found_ledger

    keyring = Keyring(passphrase_file)
    pin = found_ledger(
        path, keyring, name=name, founder=founder, admins=admins, quorum=quorum, source=source,
        waive_self_approval=waive_self_approval, checkpoint_key=checkpoint_key or f"{path.stem}-checkpoint",
        state=state_folder(),
    )  # fmt: skip
    if current_project().file is None:
        note(f"wrote {write_project(path)}")
    if as_json:
        out_json(pin_value(pin))
    else:
        out(f"{path}: {pin.origin}\ngenesis {pin.genesis.hex()}\n" + "\n".join(f"vkey    {v}" for v in pin.vkeys))
