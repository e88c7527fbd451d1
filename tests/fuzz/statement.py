"""Statements: strict attributes, and a body that is whatever strict JSON says it is."""

from __future__ import annotations

from ledger.errors import FormatError
from ledger.statement import format_statement, parse_statement, read_attributes
from tests.fuzz.refusing import clear
from tests.ledger.attacker import statement
from tests.ledger.harness import decision, decision_about

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"
SEEDS = (
    statement("ai_decision", decision(1), ORIGIN, "pipeline"),
    statement("ai_decision", decision_about("Ann Archer", 2), ORIGIN, "pipeline"),
    statement("release", {"references": [{"rel": "about", "statement": "ab" * 32}]}, ORIGIN, "approver"),
    statement("key", {"action": "revoked", "keyid": "ab" * 32, "reason": "left"}, ORIGIN, "admin"),
)


def check(data: bytes) -> None:
    """Parse; write the same again and parse that; the fast reader for stored bytes sees the same."""
    try:
        parsed = parse_statement(data)
    except FormatError as refused:
        clear(refused)
        return
    again = format_statement(
        id=parsed.id,
        source=parsed.source,
        kind=parsed.kind,
        kind_version=parsed.kind_version,
        subject=parsed.subject,
        time=parsed.time,
        ledger=parsed.ledger,
        dataschema=parsed.dataschema,
        data=parsed.data,
    )
    assert parse_statement(again)._replace(raw=data) == parsed
    assert read_attributes(data) == parsed
