"""${message}

Rules: numbered, small, never edited after release, no import from ledger; every database is made by running
them all. A downgrade of a ledger is not offered: it would drop evidence.
"""

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    ${upgrades if upgrades else "raise NotImplementedError"}
