"""`aims docs pack` and `aims docs register-signed`: what is handed over together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cli.commands.docs import language_option, pack_option, system_option
from cli.commands.docs_life import named_options, signers_option
from cli.lazy import aims_command
from cli.opening import Common, appending_options, json_option, ledger_option, open_for_reading
from cli.screen import out, out_json, safe


@aims_command(
    "register-signed",
    examples=(
        (
            "a declaration with a qualified electronic signature",
            (
                "aims docs register-signed declaration-of-conformity signed.pdf --system credit-scoring@1.1 \\\n"
                "    --as compliance"
            ),
        ),
    ),
    exits=(0, 1, 2, 3),
)
@named_options
@click.argument("file", type=click.Path(path_type=Path))
@signers_option
@appending_options
@json_option
def register_signed(named: Any, file: Path, names: tuple[str, ...], common: Common) -> None:
    """Register a PDF file that was signed elsewhere.

    Keeps FILE and appends a `document` entry with its digest, about the published version of DOCUMENT if there is one.
    The signature in it is looked for and not checked: a validation service for electronic signatures does that.
    """
    from cli.desk import open_desk
    from cli.receipts import out_receipt
    from cli.signedfile import register

    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        desk = open_desk(opened.ledger, named)
        receipt = register(opened, desk, signers, file)
        out_receipt(receipt, f"signed file of {named.document}", as_json=common.as_json)


@aims_command(
    "pack",
    examples=(
        ("for a notified body", "aims docs pack technical-file.zip --system credit-scoring@1.1"),
        ("as a folder, quickly", "aims docs pack out/technical-file --system credit-scoring@1.1 --no-pdf"),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("output", metavar="OUT", type=click.Path(path_type=Path))
@system_option
@language_option
@click.option("--no-pdf", is_flag=True, help="Leave out PDF files (made where LibreOffice is installed).")
@pack_option
@ledger_option
@json_option
def pack_file(
    output: Path, system: str | None, language: str | None, no_pdf: bool, pack: str | None, location: str | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Put together the technical file of a system.

    OUT is a zip if it ends in .zip, else a folder: sealed Word files of what is published and drafts of the rest, the
    test reports themselves with receipts, files that were signed elsewhere, an evidence bundle, and an index. Whatever
    is missing is named in the index and here.
    """
    from cli.documents import wanted_system
    from cli.technicalfile import make_technical_file

    with open_for_reading(location) as ledger:
        about = wanted_system(system)
        index = make_technical_file(ledger, about, output, pack=pack, language=language, pdf=not no_pdf)
    if as_json:
        out_json(index)
    else:
        for file in index["files"]:
            out(f"{safe(file['file'])}  {safe(file['title'])}")
        for line in index["missing"]:
            out(f"MISSING  {safe(line)}")
        out(f"{output}: {len(index['files'])} files, {len(index['missing'])} missing")
