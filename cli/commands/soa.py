"""`aims soa` and its commands."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from cli.lazy import LazyGroup, Listed, aims_command
from cli.opening import Common, appending_options, json_option, ledger_option, open_for_reading
from cli.screen import note, out, out_json, safe

if TYPE_CHECKING:
    from docgen.sheets.proposal import Change
    from docgen.view import LedgerView

_HERE: Final = "cli.commands.soa"
OBJECTED: Final = 5

SECTIONS: Final = {
    "Commands": (
        Listed("new", _HERE, "Write a starting file from what the ledger holds."),
        Listed("check", _HERE, "Say what an auditor would object to in a file, line by line."),
        Listed("record", _HERE, "Record what changed in a file; without --yes only show it."),
        Listed("export", _HERE, "Write the statement as a spreadsheet."),
    )
}

language_option = click.option("--lang", "language", metavar="LANG", help="Language of hints (the pack's first).")
pack_option = click.option("--pack", metavar="ID|FOLDER", default="iso42001", help="The pack with the controls.")
output_option = click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The file.")


@click.group("soa", cls=LazyGroup, sections=SECTIONS)
def soa() -> None:
    """Declare controls: the rows of the statement of applicability.

    A file holds the declarations while people work on them, in YAML or as a spreadsheet (with the extra `xlsx`);
    what is signed are the entries recorded from it.
    """


@aims_command(
    "new",
    examples=(
        ("to be written by hand", "aims soa new -o controls.yaml"),
        ("to be filled in at a table", "aims soa new -o controls.xlsx --lang de"),
    ),
    exits=(0, 1, 2),
)
@output_option
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@language_option
@pack_option
@ledger_option
def new(output: Path, force: bool, language: str | None, pack: str, location: str | None) -> None:
    """Write a starting file from what the ledger holds.

    It has every control once: as it is declared, or with the risks that name it and the evidence that is usual.
    The ending .xlsx makes it a spreadsheet.
    """
    from cli.controlfile import new_file
    from cli.proposing import whole_view
    from docgen.files import replace_file
    from docgen.packs import load_pack
    from docgen.sheets.controls import to_workbook
    from ledger.errors import BadInput

    if output.exists() and not force:
        raise BadInput(f"{output}: is there already", remedy="--force replaces it")
    loaded = load_pack(pack)
    spoken = loaded.language(language or loaded.languages[0])
    with open_for_reading(location) as ledger:
        view = whole_view(ledger)
        if output.suffix.lower() == ".xlsx":
            data = to_workbook(view, loaded, spoken)
        else:
            data = new_file(view, loaded, spoken).encode()
    replace_file(output, data)
    out(f"{output}")


@aims_command(
    "check",
    examples=(("before anything is signed", "aims soa check controls.yaml"),),
    exits=(0, 1, 2, OBJECTED),
)
@click.argument("file")
@language_option
@pack_option
@ledger_option
@json_option
@click.pass_context
def check(
    context: click.Context, file: str, language: str | None, pack: str, location: str | None, as_json: bool
) -> None:
    """Say what an auditor would object to in a file, line by line.

    The rules are those of the document itself, held against the ledger as if the file had been recorded. It ends
    with 5 if an objection would keep a control of the file open; warnings and missing evidence do not count.
    """
    from cli.controlfile import read_controls
    from cli.proposing import counts, whole_view
    from docgen.packs import load_pack
    from docgen.sheets.controls import check_drafts

    loaded = load_pack(pack)
    drafts = read_controls(file)
    with open_for_reading(location) as ledger:
        changes, problems = check_drafts(
            whole_view(ledger), loaded, drafts, loaded.language(language or loaded.languages[0])
        )
    here = [one for one in problems if one.place]
    missing = [one.control for one in problems if not one.place and one.code == "not_declared"]
    if as_json:
        found = [
            {"place": p.place, "control": p.control, "code": p.code, "text": p.text, "blocking": p.blocking}
            for p in here
        ]
        out_json({"summary": counts(changes), "problems": found, "not_declared": missing})
    else:
        for one in here:
            out(safe(f"{one.place}: {one.control}: {one.text}{'' if one.blocking else ' (warning)'}"))
        if missing:
            out(f"not declared: {', '.join(missing)}")
        out(counts(changes))
    if any(one.blocking for one in here):
        context.exit(OBJECTED)


@aims_command(
    "record",
    examples=(
        ("what would be recorded", "aims soa record controls.yaml"),
        ("record it", "aims soa record controls.yaml --as compliance --yes"),
    ),
    exits=(0, 1, 2, 3),
)
@click.argument("file")
@click.option("--as", "names", metavar="KEY", multiple=True, help="Sign with this key; may be repeated.")
@click.option("--yes", "confirmed", is_flag=True, help="Record it; without this it is only shown.")
@click.option("--all", "everything", is_flag=True, help="Show unchanged ones as well.")
@pack_option
@appending_options
@json_option
def record(file: str, names: tuple[str, ...], confirmed: bool, everything: bool, pack: str, common: Common) -> None:
    """Record what changed in a file; without --yes only show it.

    A declaration that says the same as the one in force is left alone; a changed one supersedes it. All are recorded
    or none. What `aims soa check` objects to can be recorded all the same: the document prints the objection.
    """
    from cli.controlfile import read_controls
    from cli.proposing import record_changes
    from docgen.packs import load_pack
    from docgen.sheets.controls import check_drafts

    loaded = load_pack(pack)
    drafts = read_controls(file)

    def propose(view: LedgerView) -> Sequence[Change]:
        changes, problems = check_drafts(view, loaded, drafts, loaded.languages[0])
        objected = sorted({one.control for one in problems if one.blocking and one.place})
        if objected:
            note(f"objected to: {', '.join(objected)}; 'aims soa check {file}' says why")
        return changes

    record_changes(common, names, propose, confirmed=confirmed, as_json=common.as_json, everything=everything)


@aims_command(
    "export",
    examples=(("for a meeting", "aims soa export -o statement.xlsx"),),
    exits=(0, 1, 2),
)
@output_option
@click.option("--xlsx", "as_xlsx", is_flag=True, help="As a spreadsheet; also by the file's ending.")
@language_option
@pack_option
@ledger_option
def export(output: Path, as_xlsx: bool, language: str | None, pack: str, location: str | None) -> None:
    """Write the statement as a spreadsheet.

    The columns are those of `aims soa new`, so that the file can be edited and recorded again; columns in brackets
    show what the ledger holds and are not read back.
    """
    from cli.proposing import whole_view
    from docgen.files import replace_file
    from docgen.packs import load_pack
    from docgen.sheets.controls import to_workbook
    from ledger.errors import BadInput

    if not as_xlsx and output.suffix.lower() != ".xlsx":
        raise BadInput(f"{output}: expected a file ending in .xlsx", remedy="or give --xlsx")
    loaded = load_pack(pack)
    with open_for_reading(location) as ledger:
        data = to_workbook(whole_view(ledger), loaded, loaded.language(language or loaded.languages[0]))
    replace_file(output, data)
    out(f"{output}")
