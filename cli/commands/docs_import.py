"""`aims docs import`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cli.commands.docs import about_option, pack_option
from cli.lazy import aims_command
from cli.opening import Common, appending_options, json_option, open_for_reading
from cli.screen import out, out_json

NEEDS_PEOPLE: Final = 5


@aims_command(
    "import",
    examples=(
        ("what it would record, and what else differs", "aims docs import review.docx --dry-run"),
        ("bring the texts home", 'aims docs import review.docx --as compliance --author "A. Reviewer"'),
        ("with tracked changes accepted", "aims docs import review.docx --as compliance --tracked accept"),
    ),
    exits=(0, 1, 2, 3, NEEDS_PEOPLE),
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--as", "names", metavar="KEY", multiple=True, help="Sign with this key; may be repeated.")
@click.option("--author", default="", metavar="NAME", help="Who wrote the texts, if it is not who signs.")
@click.option(
    "--tracked", type=click.Choice(("refuse", "accept", "reject")), default="refuse",
    help="What to do with a file that has tracked changes. [refuse]",
)  # fmt: skip
@click.option("--no-comments", is_flag=True, help="Only list comments, do not record them.")
@click.option("--dry-run", is_flag=True, help="Only say what would be recorded.")
@about_option
@pack_option
@appending_options
@json_option
@click.pass_context
def import_document(
    context: click.Context, file: Path, names: tuple[str, ...], author: str, tracked: str, no_comments: bool,
    dry_run: bool, item: str | None, pack: str | None, common: Common,
) -> None:  # fmt: skip
    """Bring the texts of an edited Word file home.

    FILE is a document that was built from this ledger and edited in Word or LibreOffice. Each text that people may
    write is compared with what it was when the file was built and with what the ledger has now: a new text is signed
    and recorded; where somebody else changed it meanwhile, both are shown and neither is recorded. A text that is gone
    from the file is not emptied. Comments become entries of kind communication, open until another one answers them.

    Everything else that differs is named: what comes from the ledger is not changed by editing a document, and what
    Markdown can't say (pictures, footnotes, text boxes) is not recorded without it. It ends with 5 when something in
    the file needs a person.
    """
    from cli.importing import append_records, import_lines, import_value, read_word_file, records_of
    from docgen.merging import plan_import
    from docgen.packs import load_pack

    if not names and not dry_run:
        raise click.UsageError("--as: expected a key to sign with, or --dry-run")
    data = read_word_file(file)
    loaded = load_pack(pack) if pack else None
    how = None if tracked == "refuse" else tracked
    receipts = []
    if dry_run:
        with open_for_reading(common.location) as ledger:
            plan = plan_import(ledger, data, loaded, tracked=how, item=item or "")  # type: ignore[arg-type]
            records = records_of(plan, ledger, author, comments=not no_comments)
    else:
        keyring = common.keyring()
        signers = keyring.signers(names)
        with common.open(keyring) as opened:
            plan = plan_import(opened.ledger, data, loaded, tracked=how, item=item or "")  # type: ignore[arg-type]
            records = records_of(plan, opened.ledger, author, comments=not no_comments)
            receipts = append_records(opened, records, signers)
    if common.as_json:
        out_json(import_value(plan, records, receipts))
    else:
        for line in import_lines(plan, records, receipts):
            out(line)
    if plan.needs_people:
        context.exit(NEEDS_PEOPLE)
