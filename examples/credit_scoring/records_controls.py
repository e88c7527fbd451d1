"""Chapter 10: the answers to the controls of Annex A and three more, from `controls.yaml`; claims, not findings."""

from __future__ import annotations

from typing import Any

import yaml
from bank import BOTH, HERE, ORGANISATION, Bank

from ledger import Receipt
from ledger.kinds import Control


def record_controls(bank: Bank) -> list[Receipt]:
    """The receipts of the declarations, in the order of the file, stored together."""
    rows = read_controls()
    with bank.ledger.batch() as batch:
        pending = [
            batch.record(_control(bank, row), signers=bank.keys.compliance, subject=ORGANISATION) for row in rows
        ]
    return [p.receipt for p in pending]


def read_controls() -> list[dict[str, Any]]:
    """The rows of `controls.yaml`."""
    rows: list[dict[str, Any]] = yaml.safe_load((HERE / "controls.yaml").read_text(encoding="utf-8"))
    return rows


def controls_against(risk_id: str) -> list[str]:
    """The controls that are declared because of a risk, so that register and declarations cannot differ."""
    return [row["control_id"] for row in read_controls() if risk_id in row.get("risks", ())]


def _control(bank: Bank, row: dict[str, Any]) -> Control:
    """A row of the file as a body; a control with exceptions differs per system."""
    members = {"source": "annex_a", **row}
    members.setdefault("applicable", "per_system" if row.get("exceptions") else "yes")
    if "in_days" in members:
        members["target_date"] = bank.day(members.pop("in_days"))
    members["evidence"] = [
        {"kind": kind, "shows": shows, **({"about": about} if about else {})} for kind, about, shows in row["evidence"]
    ]
    return Control.model_validate(
        {**members, "systems": BOTH, "last_reviewed": bank.day(), "review_due": bank.day(365)}
    )
