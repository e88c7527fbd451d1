"""`aims docs` and its commands."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Final

import click

from cli.lazy import LazyGroup, Listed, aims_command
from cli.opening import json_option, ledger_option, open_for_reading
from cli.past import past_options
from cli.screen import out, out_json, out_rows

_HERE: Final = "cli.commands.docs"
_LIFE: Final = "cli.commands.docs_life"
_FILE: Final = "cli.commands.docs_file"

GAP_FOUND: Final = 5

SECTIONS: Final = {
    "Commands": (
        Listed("list", _HERE, "List the documents that can be built.", "list_documents"),
        Listed("build", _HERE, "Build a document as a Word file."),
        Listed(
            "template", "cli.commands.docs_template", "Check a company's Word template, or write one to start from."
        ),
        Listed("gaps", f"{_HERE}_gaps", "List what a document still needs, and how to record it."),
        Listed("diff", f"{_HERE}_diff", "Show what changed, as a Word file with tracked changes."),
        Listed("import", f"{_HERE}_import", "Bring the texts of an edited Word file home.", "import_document"),
        Listed("submit", _LIFE, "Put a document up for review."),
        Listed("review", _LIFE, "Write what is in review, to read before approving."),
        Listed("approve", _LIFE, "Approve a document, by signing its content digest."),
        Listed("publish", _LIFE, "Publish what is approved, as a sealed Word file."),
        Listed("withdraw", _LIFE, "Withdraw a version, or what is in review."),
        Listed("seal", _LIFE, "Write the sealed file of a published version again."),
        Listed("register-signed", _FILE, "Register a PDF file that was signed elsewhere.", "register_signed"),
        Listed("pack", _FILE, "Put together the technical file of a system.", "pack_file"),
        Listed("status", _LIFE, "List how every document stands: state, version, owner, review, approvals."),
    )
}

system_option = click.option("--system", metavar="NAME@VERSION", help="What it is about. [.aims.toml]")
language_option = click.option("--lang", "language", metavar="LANG", help="Its language (the pack's first).")
about_option = click.option(
    "--about", "item", metavar="NAME", help="The one incident or other entry, for documents that are about one."
)
AUDIENCES: Final = ("internal", "notified-body", "authority", "deployer", "public")
audience_option = click.option(
    "--audience", type=click.Choice(AUDIENCES), default="internal", help="For whom: sections and names. (internal)"
)
pack_option = click.option("--pack", metavar="ID|FOLDER", help="The pack it is in (any that is shipped).")


@click.group("docs", cls=LazyGroup, sections=SECTIONS)
def docs() -> None:
    """Build documents from the ledger, and list their gaps.

    A document shows the ledger at its newest checkpoint: the same checkpoint and the same pack give the same
    bytes. A missing fact is printed as missing.
    """
    # Documents are made of very many small values and few circles: looking for circles is a tenth of the time.
    gc.set_threshold(200_000, 50, 100)


@aims_command(
    "list",
    examples=(
        ("what there is", "aims docs list"),
        ("what is for our roles towards a system", "aims docs list --system credit-scoring@1.1"),
    ),
    exits=(0, 2),
)
@click.option("--system", metavar="NAME@VERSION", help="Only those for the roles we have towards it.")
@pack_option
@ledger_option
@json_option
def list_documents(system: str | None, pack: str | None, location: str | None, as_json: bool) -> None:
    """List the documents that can be built."""
    from cli.documents import all_documents, offered

    if system is None:
        found = list(all_documents(pack))
    else:
        with open_for_reading(location) as ledger:
            found = list(offered(ledger, system, pack))
    rows = [
        {
            "document": spec.id,
            "about": spec.data.get("per", spec.about),
            "pack": loaded.id,
            "title": spec.title.say(loaded.languages[0]),
        }
        | ({"roles": list(spec.data.get("roles", ()))} if as_json else {})
        for loaded, spec in found
    ]
    if as_json:
        out_json(rows)
    else:
        out_rows(tuple(row.values()) for row in rows)


@aims_command(
    "build",
    examples=(
        ("Annex IV", "aims docs build technical-documentation --system credit-scoring@1.1 --lang en -o out/"),
        ("ISO/IEC 42001", "aims docs build statement-of-applicability -o out/"),
        ("one incident", "aims docs build serious-incident-report --system credit-scoring@1.1 --about INC-2"),
        ("what was published, built again", "aims docs build statement-of-applicability --checkpoint 412 --check"),
        ("in a company's looks", "aims docs build statement-of-applicability --template corporate.docx"),
        ("what was known then", "aims docs build statement-of-applicability --known-at 2026-03-01T00:00:00Z -o then/"),
    ),
    exits=(0, 1, 2, 4),
)
@click.argument("document")
@system_option
@about_option
@language_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path(),
    help="A folder, or a file ending in the format (here).",
)
@click.option("--format", "form", metavar="FORMAT", help="docx, html, pdf or md (docx).")
@click.option("--template", type=click.Path(path_type=Path), help="A .docx whose styles the Word file gets.")
@click.option("--page-numbers", is_flag=True, help="In the contents; needs LibreOffice, as --format pdf does.")
@audience_option
@click.option("--marking", default="", metavar="TEXT", help="Printed on every page, like EXAMPLE.")
@past_options
@click.option("--check", is_flag=True, help="Compare it with what was published from the same checkpoint.")
@pack_option
@ledger_option
@json_option
@click.pass_context
def build(
    context: click.Context, document: str, system: str | None, item: str | None, language: str | None, output: Path,
    form: str | None, template: Path | None, page_numbers: bool, audience: str, marking: str, checkpoint: str | None,
    known_at: str | None, check: bool, pack: str | None, location: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Build a document as a Word file.

    DOCUMENT is one that `aims docs list` names. An existing file is replaced at once or not at all. A document
    with a machine-readable twin, such as the EU declaration of conformity, gets a .json file beside it.

    The same checkpoint and the same pack give the same content digest for ever, except where something was
    lawfully erased since: --check names the entry. It ends with 1 if nothing explains a difference, and with 4 if
    an erasure, another pack or another version of this program does.
    """
    from cli.documents import build_file, built_lines, built_value, check_language, choose, form_of
    from cli.past import check_past, compared, mention_versions, said_time, view_past

    check_past(checkpoint, known_at)
    check_language(document, pack, language)  # what can be wrong without a ledger is said before one is looked for
    shape = form_of(output, form, template, page_numbers=page_numbers)
    with open_for_reading(location) as ledger:
        wanted = choose(ledger, document, pack, system, item)
        path, built = build_file(
            ledger, wanted, output, language=language, marking=marking, audience=audience, form=shape,
            past=view_past(ledger, checkpoint, known_at), known_at=said_time(known_at),
        )  # fmt: skip
        comparison = compared(ledger, built, wanted.pack, audience) if check else None
        if comparison is None and (checkpoint is not None or known_at is not None):
            mention_versions(ledger, built, wanted.pack, audience)
    if as_json:
        out_json(built_value(path, built, comparison))
    else:
        out("\n".join(built_lines(path, built, comparison)))
    if comparison is not None and comparison.exit_code:
        context.exit(comparison.exit_code)
