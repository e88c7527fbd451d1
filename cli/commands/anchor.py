"""`aims anchor`."""

from __future__ import annotations

import time

import click

from cli.anchoring import Given, anchor_options, outcome_value, outcome_words, state_value, state_words
from cli.lazy import aims_command
from cli.opening import json_option, ledger_option, open_for_reading
from cli.project import ledger_location, state_folder
from cli.screen import note, out, out_json, out_rows, safe

NOT_ANSWERED = 3


@aims_command(
    "anchor",
    examples=(
        ("ask the witnesses of the policy, and come back", "aims anchor --once --witnesses trust-policy"),
        ("keep asking, for as long as this runs", "aims anchor --timestamp https://stamps.example/tsa"),
        ("how far each of them is", "aims anchor --status"),
        ("an authority that is not used any more", "aims anchor --forget https://stamps.example/tsa"),
    ),
    exits=(0, 2, 3),
)
@click.option("--once", is_flag=True, help="Ask everybody now, once; ends with 3 if somebody did not answer.")
@click.option("--status", is_flag=True, help="Only say who vouches for how much, and what waits.")
@click.option("--forget", metavar="TARGET", help="Drop what waits for a target, named as --status does, and end.")
@click.option(
    "--every", metavar="SECONDS", type=click.IntRange(1, 86_400), default=60, show_default=True,
    help="Look this often for something to ask for.",
)  # fmt: skip
@anchor_options
@ledger_option
@json_option
def anchor(
    given: Given, once: bool, status: bool, forget: str | None, every: int, location: str | None, as_json: bool
) -> None:  # fmt: skip
    """Have witnesses and authorities vouch for the newest checkpoint.

    Witnesses cosign it (C2SP tlog-witness), time-stamping authorities stamp it (RFC 3161); what they answer is
    stored in the ledger's database and handed over with receipts and bundles. What nobody answers stays in a queue,
    with the reason, and is asked for again, later and later, up to an hour apart. A target that is asked no more
    stays there until --forget; what it has vouched for is kept.
    """
    from ledger import Ledger
    from ledger.anchoring import anchor as ask_all
    from ledger.anchoring import forget_target, read_anchor_state
    from ledger.client import system_clock

    if forget is not None:
        if once or status:
            raise click.UsageError("--forget: ends after that, expected neither --once nor --status")
        with Ledger.open(ledger_location(location), state=state_folder()) as ledger:
            forget_target(ledger, forget)
    elif status:
        with open_for_reading(location) as ledger:
            states = read_anchor_state(ledger)
        if as_json:
            out_json([state_value(state) for state in states])
        else:
            out_rows(state_words(states)) if states else out("nobody vouches for anything yet")
    if status or forget is not None:
        return
    targets, stamp = given.targets(), given.stamper()
    while True:
        with Ledger.open(ledger_location(location), state=state_folder()) as ledger:
            outcomes = ask_all(ledger, targets, system_clock, only_due=not once, stamp=stamp)
        for outcome in outcomes:
            if as_json:
                out_json(outcome_value(outcome), lines=True)
            else:
                (note if outcome.error else out)(safe(outcome_words(outcome)))
        if once:
            raise click.exceptions.Exit(NOT_ANSWERED if any(outcome.error for outcome in outcomes) else 0)
        time.sleep(every)
