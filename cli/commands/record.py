"""`aims record`."""

from __future__ import annotations

from typing import Any

import click

from cli.lazy import aims_command
from cli.opening import Common, appending_options, json_option
from cli.receipts import out_receipt
from cli.screen import out_bytes


@aims_command(
    "record",
    examples=(
        (
            "an evaluation from a file, with its report",
            (
                "aims record evaluation result.yaml --system credit-scoring@1.1 --as pipeline \\\n"
                "    --attach report.html:test_report"
            ),
        ),
        (
            "an approval by hand",
            (
                "aims record approval --system credit-scoring@1.1 --as anna \\\n"
                "    --ref approves=12 --set scope=release --set decision=approved"
            ),
        ),
        (
            "sign here, append elsewhere",
            "aims record risk risk.yaml --system credit-scoring --as anna --sign-only > risk.jsonl",
        ),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("kind")
@click.argument("body", required=False)
@click.option("--as", "names", metavar="KEY", multiple=True, required=True, help="Sign with this key; may be repeated.")
@click.option("--system", metavar="NAME[@VERSION]", help="The AI system it is about. [.aims.toml]")
@click.option(
    "--subject", type=click.Choice(("management-system", "ledger")), help="What it is about if it is no system."
)
@click.option("--new-system", is_flag=True, help="The ledger has nothing about this system yet.")
@click.option("--set", "members", metavar="PATH=VALUE", multiple=True, help="A member of the body; may be repeated.")
@click.option("--time", metavar="TIME", help="When it happened, with its zone (now).")
@click.option("--ref", "references", metavar="REL=ENTRY", multiple=True, help="An earlier entry; may be repeated.")
@click.option("--attach", "files", metavar="FILE[:ROLE]", multiple=True, help="Keep this file; may be repeated.")
@click.option("--attach-personal", "personal_files", metavar="FILE[:ROLE]", multiple=True, help="The same, erasable.")
@click.option("--source", metavar="URI", help="Who says it (the first source of the first key).")
@click.option("--sign-only", is_flag=True, help="Print the signed line instead of appending it.")
@appending_options
@json_option
def record(names: tuple[str, ...], sign_only: bool, common: Common, **typed: Any) -> None:
    """Sign and append one entry.

    KIND is one of those that `aims schema` lists. BODY is a file in JSON or YAML, or - for standard input;
    --set adds to it or replaces what it says: dots separate steps, numbers are places in a list, and
    PATH:=JSON gives a value that is not text. Members that the schema marks as erasable are sealed. An entry
    is stored even where no checkpoint can be signed: the receipt says `committed`, and stderr why.
    """
    from cli.recording import Typed, append_line, make_line

    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        line = make_line(Typed(**typed), opened.ledger, signers)
        if sign_only:
            out_bytes(line + b"\n")
        else:
            out_receipt(append_line(opened, line), typed["kind"], as_json=common.as_json)
