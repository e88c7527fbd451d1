"""The ledger as it was: at a checkpoint that is named by its size, its file or a time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from cli.checkpoints import read_note
from cli.moments import format_moment, parse_moment
from cli.screen import note
from ledger.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from docgen.view import CheckpointView
    from ledger import Ledger
    from ledger.checkpoint import Checkpoint

_SIZE: Final = re.compile(r"[1-9][0-9]{0,14}\Z", re.ASCII)


def past_options(function: Callable[..., None]) -> Callable[..., None]:
    """A decorator: the options that name a checkpoint of the past, handed over as `checkpoint` and `known_at`."""
    function = click.option(
        "--known-at", metavar="TIME", help="As it was known then: the newest checkpoint recorded by TIME."
    )(function)
    return click.option("--checkpoint", metavar="SIZE|FILE", help="As at this checkpoint (the newest one).")(function)


def check_past(checkpoint: str | None, known_at: str | None) -> None:
    """Return if at most one of the two is given and the time is one.

    Raises:
        BadInput: otherwise.
    """
    if checkpoint is not None and known_at is not None:
        raise click.UsageError("--checkpoint and --known-at: expected at most one")
    if known_at is not None:
        parse_moment(known_at)


def named_checkpoint(ledger: Ledger, named: str) -> Checkpoint:
    """The checkpoint of this size, or the one in this file once it is shown to be one of the ledger's.

    Raises:
        BadInput: there is none; sizes near by are named. ProofError: the file's checkpoint is not the ledger's.
    """
    from ledger.past import checkpoint_kept, checkpoint_of_size

    if _SIZE.match(named):
        return checkpoint_of_size(ledger, int(named))
    if not Path(named).is_file():
        raise BadInput(f"checkpoint {named!r}: neither a size nor a file", remedy="'aims checkpoint --list' lists them")
    return checkpoint_kept(ledger, read_note(Path(named)))


def view_at(ledger: Ledger, named: str) -> CheckpointView:
    """The ledger at the checkpoint that a size, a file or a time names.

    Raises:
        BadInput: there is none.
    """
    from docgen.view import view_ledger
    from ledger.past import checkpoint_known_at
    from ledger.times import to_micros

    if _SIZE.match(named) or Path(named).is_file():
        return view_ledger(ledger, named_checkpoint(ledger, named))
    try:
        moment = parse_moment(named)
    except BadInput as error:
        raise BadInput(
            f"{named!r}: expected the size of a checkpoint, its file, or a time like 2026-11-23T10:00:00Z",
            remedy="'aims checkpoint --list' lists the checkpoints",
        ) from error
    return view_ledger(ledger, checkpoint_known_at(ledger, to_micros(moment)))


def view_past(ledger: Ledger, checkpoint: str | None, known_at: str | None) -> CheckpointView | None:
    """The ledger at the checkpoint that the options name; None if they name none.

    Raises:
        BadInput: there is none.
    """
    named = checkpoint if checkpoint is not None else known_at
    if named is None:
        return None
    if checkpoint is not None:
        from docgen.view import view_ledger

        return view_ledger(ledger, named_checkpoint(ledger, checkpoint))
    return view_at(ledger, named)


def said_time(known_at: str | None) -> str:
    """The time as documents print it; empty if none was asked for."""
    return format_moment(parse_moment(known_at)) if known_at is not None else ""


def compared(ledger: Ledger, built: Any, pack: Any, audience: str = "internal") -> Any:
    """What was published from the same checkpoint, and what explains a difference.

    Raises:
        BadInput: nothing was published from it.
    """
    from docgen.rebuild import compare_with_published, find_publication

    info = built.info
    publication = find_publication(ledger, built, info.subject, info.subject_version, audience)
    if publication is None:
        raise BadInput(
            f"--check: document {built.document} was not published as built at checkpoint {built.checkpoint.size}",
            remedy="'aims log --kind publication' lists what was, each with its checkpoint",
        )
    return compare_with_published(ledger, built, pack, publication)


def mention_versions(ledger: Ledger, built: Any, pack: Any, audience: str) -> None:
    """Say on stderr that what was published from the same checkpoint was made by another pack or program."""
    from docgen.rebuild import compare_with_published, find_publication

    info = built.info
    publication = find_publication(ledger, built, info.subject, info.subject_version, audience)
    if publication is not None:
        for version in compare_with_published(ledger, built, pack, publication).versions:
            note(f"published as entry #{publication.index}, made then by {version}")
