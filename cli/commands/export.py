"""`aims export` and its commands."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from cli.lazy import LazyGroup, Listed, aims_command
from cli.opening import json_option, ledger_option, open_for_reading
from cli.screen import out, out_json, safe
from cli.verifying import progress_bar

_HERE: Final = "cli.commands.export"

SECTIONS: Final = {"Commands": (Listed("tiles", _HERE, "Write the ledger's tree as static files."),)}


@click.group("export", cls=LazyGroup, sections=SECTIONS)
def export() -> None:
    """Write the ledger as files for other people's tools."""


@aims_command(
    "tiles",
    examples=(
        ("what a web server is to serve; again whenever there is more", "aims export tiles public/"),
        ("only what your witnesses have cosigned", "aims export tiles public/ --trust policy"),
        ("read everything that is there, and write what is missing", "aims export tiles public/ --check"),
    ),
    exits=(0, 1, 2),
)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--trust", metavar="FILE", type=click.Path(path_type=Path),
    help="Publish the newest checkpoint that satisfies this trust policy (C2SP tlog-policy), witnesses and all.",
)  # fmt: skip
@click.option("--check", is_flag=True, help="Compare every file that is there, not only its checkpoint.")
@ledger_option
@json_option
def tiles(folder: Path, trust: Path | None, check: bool, location: str | None, as_json: bool) -> None:
    """Write the ledger's tree as static files.

    DIR gets a C2SP tlog-tiles tree at the newest signed checkpoint: checkpoint, hash tiles, entry bundles. Any web
    server or object store can serve it, and other programs for transparency logs read it. What an earlier export
    wrote there is continued; a file is never changed, except `checkpoint`, which is written last. Entries go out as
    they are: whoever can read DIR can read them.
    """
    from cli.handed import policy_of, read_trust
    from ledger.tiletree.exporting import export_tiles

    policy = policy_of(read_trust(trust)) if trust else None
    with open_for_reading(location) as ledger, progress_bar() as progress:
        done = export_tiles(ledger, folder, trust=policy, check=check, progress=progress)
    if as_json:
        value = {"origin": done.origin, "before": done.before, "size": done.size, "root": done.root.hex()}
        out_json({**value, "files_written": done.written, "files_dropped": done.dropped})
    else:
        out(f"{safe(done.origin)}: {done.size} entries in {safe(folder)}, {done.size - done.before} of them new")
        out(f"  {done.written} file(s) written, {done.dropped} superseded partial tile(s) removed")
        out(f"  root {done.root.hex()}")
