"""`aims docs gaps`."""

from __future__ import annotations

import click

from cli.commands.docs import GAP_FOUND, about_option, language_option, pack_option, system_option
from cli.gaps import FORMATS
from cli.lazy import aims_command
from cli.opening import ledger_option, open_for_reading
from cli.past import past_options
from cli.screen import out, out_json


@aims_command(
    "gaps",
    examples=(
        ("what is open", "aims docs gaps technical-documentation --system credit-scoring@1.1"),
        ("a gate in a pipeline", "aims docs gaps statement-of-applicability --fail-on conflict --fail-on failed"),
        ("test results for a pipeline", "aims docs gaps statement-of-applicability --format junit > gaps.xml"),
    ),
    exits=(0, 1, 2, GAP_FOUND),
)
@click.argument("document")
@system_option
@about_option
@language_option
@click.option("--all", "everything", is_flag=True, help="Also the points that are answered.")
@click.option(
    "--fail-on",
    "words",
    metavar="STATUS",
    multiple=True,
    help="End with 5 if a point has it; 'open' for any open, 'late' for LATE evidence.",
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How to print.")
@past_options
@pack_option
@ledger_option
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.pass_context
def gaps(
    context: click.Context, document: str, system: str | None, item: str | None, language: str | None, everything: bool,
    words: tuple[str, ...], form: str, checkpoint: str | None, known_at: str | None, pack: str | None,
    location: str | None, as_json: bool,
) -> None:  # fmt: skip
    """List what a document still needs, and how to record it.

    One line for each open point with the reason, and the command that records what is missing. LATE marks evidence
    that was recorded long after what it describes, CONFLICT entries that contradict each other. JUnit has a test
    case for each point: with --fail-on those fail that have one of the words, else the open ones.
    """
    from cli.documents import check_language, choose, unit_of
    from cli.gaps import check_statuses, failing, gaps_junit, gaps_lines, gaps_of, gaps_value
    from cli.past import check_past, view_past

    check_statuses(words)
    check_past(checkpoint, known_at)
    check_language(document, pack, language)
    with open_for_reading(location) as ledger:
        wanted = choose(ledger, document, pack, system, item)
        found = gaps_of(ledger, wanted, language, view_past(ledger, checkpoint, known_at))
    failed = failing(found, words)
    shown = [
        status for status in found.statuses if everything or status.open or status.late or found.conflicts_of(status)
    ]
    unit = unit_of(wanted.pack, wanted.document.id, language)
    if as_json or form == "json":
        out_json(gaps_value(found, shown, failed, unit))
    elif form == "junit":
        out(gaps_junit(found, document, failed, words))
    else:
        out("\n".join(gaps_lines(found, shown, unit)))
    if failed:
        context.exit(GAP_FOUND)
