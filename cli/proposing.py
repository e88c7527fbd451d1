"""Proposals on the command line: what would be recorded, and recording it, all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cli.receipts import receipt_value
from cli.screen import note, out, out_json, safe
from ledger.errors import BadInput

if TYPE_CHECKING:
    from cli.opening import Common
    from docgen.sheets.proposal import Change
    from docgen.view import CheckpointView
    from ledger import Ledger, Signer

_BATCH = 500


def whole_view(ledger: Ledger) -> CheckpointView:
    """The ledger with everything in it, also what no checkpoint covers yet: what is there is not recorded again.

    Raises:
        BadInput: the ledger is empty.
    """
    from docgen.view import CheckpointView
    from ledger.checkpoint import Checkpoint
    from ledger.merkle import EMPTY_ROOT

    size = ledger.size
    if size == 0:
        raise BadInput(f"{ledger.origin}: has no entries")
    return CheckpointView(ledger, Checkpoint(ledger.origin, size, EMPTY_ROOT), ledger.entry(size - 1).recorded)


def change_lines(changes: Sequence[Change], *, everything: bool = False) -> None:
    """Print what recording would do, one line for each change, and the counts."""
    for change in changes:
        if change.same and not everything:
            continue
        replaced = ", ".join(f"#{entry.index}" for entry in change.replaces)
        what = f"{change.word:<9}  {change.draft.kind} {change.draft.name}"
        if change.draft.subject != "management-system":
            what += f" about {change.draft.subject}"
        if change.word == "changed":
            what += f": {', '.join(change.members)} (replaces {replaced})"
        elif change.word == "settled":
            what += f" (replaces {replaced}, which contradict each other)"
        out(safe(f"{what}  [{change.draft.places['']}]"))
    out(counts(changes))


def counts(changes: Sequence[Change]) -> str:
    """How many changes there are of each sort, in a line."""
    words = [change.word for change in changes]
    found = [f"{words.count(word)} {word}" for word in ("new", "changed", "settled", "unchanged") if word in words]
    return ", ".join(found) or "nothing in the file"


def change_value(change: Change) -> dict[str, Any]:
    """A change as JSON members."""
    return {
        "change": change.word,
        "kind": change.draft.kind,
        "subject": change.draft.subject,
        "identity": list(change.draft.identity),
        "place": change.draft.places[""],
        "replaces": [entry.index for entry in change.replaces],
        "members": list(change.members),
        "body": change.body,
    }


def record_changes(
    common: Common, names: Sequence[str], propose: Any, *, confirmed: bool, as_json: bool, everything: bool = False
) -> None:
    """Print what would be recorded and, if confirmed, record it in one piece.

    `propose` takes the view of the ledger and gives the changes. Without a key and confirmation nothing is signed.

    Raises:
        BadInput: recording was confirmed without a key.
    """
    if confirmed and not names:
        raise BadInput("--yes: nobody signs", remedy="give --as KEY")
    if not confirmed:
        from cli.opening import open_for_reading

        with open_for_reading(common.location) as ledger:
            changes = propose(whole_view(ledger))
        _show(changes, (), as_json=as_json, everything=everything)
        if any(not change.same for change in changes):
            note("nothing was recorded; the same command with --as KEY --yes records it")
        return
    keyring = common.keyring()
    signers = keyring.signers(names)
    with common.open(keyring) as opened:
        changes = propose(whole_view(opened.ledger))
        wanted = [change for change in changes if not change.same]
        receipts = opened.append(_lines(opened.ledger, signers, wanted)) if wanted else []
        _show(changes, receipts, as_json=as_json, everything=everything)


def _lines(ledger: Ledger, signers: Sequence[Signer], changes: Sequence[Change]) -> list[bytes]:
    from ledger.client import system_clock
    from ledger.compose import draft

    now = system_clock()
    source = ledger.source_of(signers[0])
    return [
        draft(
            change.draft.kind, change.body, origin=ledger.origin, source=source, subject=change.draft.subject,
            time=now, now=now,
        ).sign(signers)
        for change in changes
    ]  # fmt: skip


def _show(changes: Sequence[Change], receipts: Sequence[Any], *, as_json: bool, everything: bool) -> None:
    if as_json:
        shown = [change_value(change) for change in changes if everything or not change.same]
        out_json({"summary": counts(changes), "changes": shown, "receipts": [receipt_value(one) for one in receipts]})
        return
    change_lines(changes, everything=everything)
    if receipts:
        out(f"recorded as entries {receipts[0].index} to {receipts[-1].index}, {receipts[-1].state}")
