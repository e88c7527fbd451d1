"""Evidence about checkpoints from outside: cosignatures of witnesses, time stamps, and what is still to be asked for.

`cosignature` and `timestamp` are append-only by triggers, as the evidence of 0001 is. `anchor_pending` is a list of
things to do: rows come, change and go.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# INTEGER PRIMARY KEY is SQLite's rowid; elsewhere positions need 64 bits.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cosignature",
        sa.Column("seq", BIGINT, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("witness", sa.Text, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
    )
    op.create_index("cosignature_by_size", "cosignature", ["size", "seq"])
    op.create_table(
        "timestamp",
        sa.Column("seq", BIGINT, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("token", sa.LargeBinary, nullable=False),
        sa.Column("received", sa.BigInteger, nullable=False),
    )
    op.create_index("timestamp_by_size", "timestamp", ["size", "seq"])
    op.create_table(
        "anchor_pending",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("size", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.BigInteger, nullable=False),
        sa.Column("next_try", sa.BigInteger, nullable=False),
        sa.Column("last_error", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    dialect = op.get_bind().dialect.name
    if dialect != "sqlite":
        raise NotImplementedError(f"no append-only triggers are written for {dialect} yet")
    for table in ("cosignature", "timestamp"):
        _refuse(table, "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE seq = NEW.seq)", f"{table}: row exists")  # noqa: S608
        _refuse(table, "UPDATE", "1", f"{table} is append-only")
        _refuse(table, "DELETE", "1", f"{table} is append-only")


def _refuse(table: str, event: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )
