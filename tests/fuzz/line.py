"""Append lines: an envelope and its disclosures, signed statement and body included."""

from __future__ import annotations

import json

from ledger.admission import read_line
from ledger.envelope import format_envelope
from ledger.errors import BadInput
from ledger.statement import id_bytes
from tests.fuzz.refusing import clear
from tests.fuzz.statement import SEEDS as STATEMENTS
from tests.ledger.attacker import sealed, signed, statement
from tests.ledger.harness import decision_about

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"
_BODY, _TEXTS = sealed("ai_decision", decision_about("Ann Archer", 3))
_SEALED = signed(statement("ai_decision", _BODY, ORIGIN, "pipeline"), "pipeline").envelope
SEEDS = (
    *(json.dumps({"envelope": signed(payload, "pipeline").envelope}).encode() for payload in STATEMENTS),
    json.dumps({"envelope": _SEALED, "disclosures": _TEXTS}).encode(),
    json.dumps({"envelope": signed(STATEMENTS[0], ["pipeline", "overseer"]).envelope, "disclosures": []}).encode(),
)


def check(data: bytes) -> None:
    """Read the line; what it says of itself must be what is in it."""
    try:
        line = read_line(data)
    except BadInput as refused:
        clear(refused)
        return
    members = json.loads(data)
    assert format_envelope(line.envelope) == members["envelope"] == line.members
    assert sorted(d.text for _, d in line.disclosures) == sorted(members.get("disclosures", ()))
    assert line.statement.raw == line.envelope.payload
    assert len(id_bytes(line.statement.id)) == 16
