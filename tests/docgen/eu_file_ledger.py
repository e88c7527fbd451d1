"""The hand-made ledger of `eu_ledger`, with what the other documents of the pack ask for besides Annex IV."""

from typing import Any

from tests.docgen.builders import ORGANISATION, SYSTEM, HandLedger, digest, started
from tests.docgen.eu_ledger import full_ledger

ABOUT = {"system_version": "1.1"}


def file_ledger() -> HandLedger:
    """Every point of every document about a system in version 1.1 is provided."""
    ledger = full_ledger()
    now, ledger.now = ledger.now, None
    _supply(ledger)
    ledger.now = now
    return ledger


def wide(ledger: HandLedger, kind: str, **body: Any) -> Any:
    """An organisation-wide entry that names the system."""
    return ledger.add(kind, {"systems": [SYSTEM], **body}, subject=ORGANISATION)


def _supply(ledger: HandLedger) -> None:
    pointer = {"document_id": "manual", "version": "1", "digest": digest("manual")}
    ledger.add("release", {**ABOUT, "release_id": "rel-1.1-b", "action": "deployed", "environment": "branches",
                           "effective": "2026-09-02T10:00:00Z", "instructions_for_use": pointer})  # fmt: skip


def bare_ledger() -> HandLedger:
    """A register entry with what its kind demands, and nothing else."""
    return started()
