"""`aims erase`."""

from __future__ import annotations

import click

from cli.erasures import erase_values, finish
from cli.lazy import aims_command
from cli.opening import Common, appending_options, json_option
from cli.screen import note, out_json, out_rows


@aims_command(
    "erase",
    examples=(
        (
            "a name, with the two signatures that the policy asks for",
            (
                'aims erase 41 /affected_person/name --basis "GDPR Art. 17(1)(b)" \\\n'
                '    --reason "consent withdrawn" --as compliance --as anna'
            ),
        ),
        ("after a crash in the middle", "aims erase --finish"),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("entry", required=False)
@click.argument("pointers", metavar="[POINTER]...", nargs=-1)
@click.option("--basis", help="The legal basis; it is kept, so no personal data.")
@click.option("--reason", help="The circumstances; kept, too.")
@click.option(
    "--attachment", "attachments", metavar="DIGEST", multiple=True, help="A personal attachment; may be repeated."
)
@click.option("--as", "names", metavar="KEY", multiple=True, help="Sign with this key; may be repeated.")
@click.option("--approved-by", metavar="PRINCIPAL", help="Who of the signers approves (the last one).")
@click.option("--finish", "finishing", is_flag=True, help="Only complete erasures that a crash interrupted.")
@appending_options
@json_option
def erase(
    entry: str | None, pointers: tuple[str, ...], basis: str | None, reason: str | None, attachments: tuple[str, ...],
    names: tuple[str, ...], approved_by: str | None, finishing: bool, common: Common,
) -> None:  # fmt: skip
    """Delete personal values, with a signed reason that stays.

    ENTRY is an index, a citation, or the first digits of a statement digest; POINTER names an erasable member
    of its body, like /actor/name (default: all of them). The entry verifies as before, and the values read
    `erased`. Backups and copies handed out before are not reached.
    """
    if finishing:
        finish(common.location)
        return
    if entry is None or basis is None or reason is None or not names:
        raise click.UsageError("expected ENTRY, --basis, --reason and --as KEY, or --finish")
    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        erased = erase_values(
            opened, entry, pointers, attachments=attachments, basis=basis, reason=reason, signers=signers,
            approved_by=approved_by,
        )  # fmt: skip
        if common.as_json:
            out_json(erased)
        else:
            out_rows((f"#{erased['entry']}", what, "erased") for what in (*erased["members"], *erased["attachments"]))
            note(erased["not_reached"])
