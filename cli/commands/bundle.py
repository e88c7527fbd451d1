"""`aims bundle`."""

from __future__ import annotations

from pathlib import Path

import click

from cli.lazy import aims_command
from cli.opening import json_option, ledger_option, open_for_reading
from cli.screen import note, out, out_json


@aims_command(
    "bundle",
    examples=(
        ("everything about one system, for a certifier", "aims bundle --system credit-scoring -o credit-scoring.zip"),
        (
            "what was recorded about it in the first quarter",
            "aims bundle --system credit-scoring --from 2026-01-01T00:00:00Z --until 2026-04-01T00:00:00Z -o q1.zip",
        ),
        ("what a document cites", "aims bundle --citations technical-documentation.docx -o evidence.zip"),
        (
            "for an authority that may see the persons concerned",
            "aims bundle --incident incident-7 --disclose all --with-attachments -o incident-7.zip",
        ),
        ("which is checked without the ledger", "aims verify credit-scoring.zip --trust policy"),
    ),
    exits=(0, 1, 2),
)
@click.option("--system", metavar="NAME", help="Entries about this system, or management-system, or ledger.")
@click.option("--from", "start", metavar="TIME", help="Recorded at this time or later.")
@click.option("--until", metavar="TIME", help="Recorded before this time.")
@click.option("--kind", metavar="KIND", help="Entries of this kind.")
@click.option("--control", metavar="ID", help="Entries that name this control, and what they and it refer to.")
@click.option("--incident", metavar="ID", help="Entries that name this incident, and what they and it refer to.")
@click.option("--entry", "entries", metavar="N", multiple=True, help="This entry too; may be repeated.")
@click.option(
    "--citations", metavar="FILE", type=click.Path(path_type=Path),
    help="What a document cites: a Word file of ours, or what 'aims docs build --json' printed.",
)  # fmt: skip
@click.option("--with-attachments", is_flag=True, help="With the attached files, not only their digests.")
@click.option(
    "--disclose", type=click.Choice(("none", "all")), default="none",
    help="Whether personal values, and personal attachments, go along (none).",
)  # fmt: skip
@click.option("--checkpoint", type=click.IntRange(min=1), metavar="SIZE", help="Stand on this one (the newest).")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The zip to write."
)
@ledger_option
@json_option
def bundle(
    system: str | None, start: str | None, until: str | None, kind: str | None, control: str | None,
    incident: str | None, entries: tuple[str, ...], citations: Path | None, with_attachments: bool, disclose: str,
    checkpoint: int | None, output: Path, location: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Hand over a part of the ledger that others can check without it.

    Entries for which all of --system, --from, --until, --kind, --control and --incident hold; those of --entry and
    --citations besides. One zip with the entries, the proof that they are in the ledger, the key history, a list and a
    scope in plain words, and two verifiers. The same ledger and options give the same bytes.

    For --system, with or without a time, it also shows that no entry is left out between its first and its last; that
    none follows before the checkpoint can't be shown. Times are those of recording, since only their order can be
    proven. An existing FILE is replaced at once or not at all.
    """
    from cli.bundling import bundled_hints, bundled_lines, bundled_value, named_entries, read_citations
    from cli.entries import check_kind, check_system
    from cli.moments import parse_moment
    from ledger.bundle import Request, write_bundle
    from ledger.times import to_micros

    times = [to_micros(parse_moment(text)) if text else None for text in (start, until)]
    with open_for_reading(location) as ledger:
        cited, size = read_citations(citations, ledger.origin) if citations else ((), 0)
        request = Request(
            subject=check_system(ledger, system) if system else None,
            kind=check_kind(kind) if kind else None,
            start=times[0],
            until=times[1],
            control=control,
            incident=incident,
            entries=named_entries(ledger, entries) + cited,
            cited=bool(citations) and not entries,
            attachments=with_attachments,
            disclose=disclose == "all",
            checkpoint=checkpoint,
            older=(size,) if size else (),
        )
        if not request.filters and not request.entries:
            raise click.UsageError("nothing is asked for, expected --system, --entry or another choice")
        bundled = write_bundle(ledger.backend, request, output)
    if as_json:
        out_json(bundled_value(bundled))
    else:
        out("\n".join(bundled_lines(bundled)))
    for hint in bundled_hints(bundled):
        note(hint)
