"""A ledger somebody changed by hand in places no writer of ours would: one line or a finding, and no traceback."""

import sqlite3
from pathlib import Path

import pytest

from tests.cli.person import Person

DAMAGE = {
    "text for the tree's edge": ("head", "UPDATE head SET edge = 'x'"),
    "text for the size": ("head", "UPDATE head SET size = 'y'"),
    "a fraction for the size": ("head", "UPDATE head SET size = 1.5"),
    "text for how far the index is": ("progress", "UPDATE progress SET indexed = 'q'"),
    "text for the leaf of the system": ("entry", "UPDATE entry SET leaf = 'hello' WHERE idx = 5"),
    "text for the leaf of a key": ("entry", "UPDATE entry SET leaf = 'hello' WHERE idx = 2"),
    "text for every leaf": ("entry", "UPDATE entry SET leaf = 'hello'"),
    "text for the checkpoints": ("checkpoint", "UPDATE checkpoint SET note = 'hello'"),
    "bytes that are no note": ("checkpoint", "UPDATE checkpoint SET note = X'FF00'"),
    "text for a kept digest": ("entry_index", "UPDATE entry_index SET statement = 'x'"),
    "text for the times of the index": ("entry_index", "UPDATE entry_index SET time = 'x', recorded = 'x'"),
}
COMMANDS = (
    ("log",),
    ("log", "--json"),
    ("log", "--kind", "ai_system", "--system", "credit-scoring@1.0"),
    ("show", "5"),
    ("show", "2", "--json"),
    ("show", "5", "--leaf"),
    ("docs", "build", "statement-of-applicability"),
    ("docs", "gaps", "technical-documentation", "--system", "credit-scoring@1.0"),
    ("checkpoint",),
    ("checkpoint", "--list"),
    ("checkpoint", "--pin"),
    ("verify", "--jobs", "1"),
    ("verify", "--jobs", "1", "--rebuild-index"),
    ("key", "list"),
    ("record", "ai_system", "system.yaml", "--system", "credit-scoring@1.1", "--as", "compliance"),
)


def damage(file: Path, table: str, statement: str) -> None:
    """Change a table as somebody with the file would: without its triggers."""
    with sqlite3.connect(file) as connection:
        triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", [table])
        for (name,) in triggers.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount > 0
    connection.close()


@pytest.mark.parametrize("case", DAMAGE)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_damaged_ledger_is_a_line_and_an_exit_code(clerk: Person, case: str, command: tuple[str, ...]) -> None:
    damage(clerk.folder / "evidence.db", *DAMAGE[case])

    seen = clerk.runs(*command)

    assert seen.code in (0, 1, 2, 4), seen.err
    if seen.code == 2:
        assert seen.err.startswith("aims")
        assert seen.err.rstrip("\n").splitlines()[-1].startswith("aims: "), seen.err


@pytest.mark.parametrize("case", ["text for the tree's edge", "text for the size", "text for the leaf of the system"])
def test_damage_to_evidence_is_never_called_sound(clerk: Person, case: str) -> None:
    damage(clerk.folder / "evidence.db", *DAMAGE[case])

    assert clerk.runs("verify", "--jobs", "1").code in (1, 2)
