"""The ledger: entries, head, tiles, checkpoints, disclosures, and the indexes written behind.

Tables in two groups. Evidence (entry, statement_id, tile, checkpoint, erased, and disclosure but for erasure)
is append-only by triggers. Derived tables (the `*_index` ones) can be dropped and rebuilt from the leaf bytes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# INTEGER PRIMARY KEY is SQLite's rowid; elsewhere positions need 64 bits.
BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _evidence()
    _derived()
    _append_only()
    op.execute("INSERT INTO progress (id, indexed) VALUES (1, 0)")


def _evidence() -> None:
    op.create_table(
        "head",
        sa.Column("id", BIGINT, sa.CheckConstraint("id = 1"), primary_key=True),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("last_hash", sa.LargeBinary, nullable=False),
        sa.Column("last_time", sa.BigInteger, nullable=False),
        sa.Column("edge", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "entry",
        sa.Column("idx", BIGINT, primary_key=True, autoincrement=False),
        sa.Column("leaf", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "statement_id",
        sa.Column("id", sa.LargeBinary, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("idx", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "subject",
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("last_hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("hashes", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoint",
        sa.Column("seq", BIGINT, primary_key=True, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("note", sa.LargeBinary, nullable=False),
    )
    op.create_index("checkpoint_by_size", "checkpoint", ["size", "seq"])
    op.create_table(
        "disclosure",
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "erased",
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("by_idx", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def _derived() -> None:
    op.create_table(
        "progress",
        sa.Column("id", BIGINT, sa.CheckConstraint("id = 1"), primary_key=True),
        sa.Column("indexed", sa.BigInteger, nullable=False),
    )
    # statement_recent is small and hot; its rows move into statement_index in large sorted batches, since
    # random inserts into a large B-tree would make each commit dearer as the ledger grows.
    for name in ("statement_recent", "statement_index"):
        op.create_table(
            name,
            sa.Column("digest", sa.LargeBinary, primary_key=True),
            sa.Column("idx", sa.BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )
    op.create_table(
        "entry_index",
        sa.Column("idx", BIGINT, primary_key=True, autoincrement=False),
        sa.Column("statement", sa.LargeBinary, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("version", sa.Text),
        sa.Column("time", sa.BigInteger, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("keyids", sa.Text, nullable=False),
    )
    op.create_index("entry_index_by_kind", "entry_index", ["kind", "idx"])
    op.create_index("entry_index_by_subject", "entry_index", ["subject", "kind", "idx"])
    op.create_table(
        "reference_index",
        sa.Column("target", sa.LargeBinary, primary_key=True),
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("rel", sa.Text, primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "artefact_index",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("idx", sa.BigInteger, primary_key=True, autoincrement=False),
        sqlite_with_rowid=False,
    )


# What a row's identity is, for the triggers against inserting over an existing row: INSERT OR REPLACE
# deletes without firing DELETE triggers unless recursive_triggers is on, so the insert itself is refused.
_IDENTITY = {
    "entry": "idx = NEW.idx",
    "statement_id": "id = NEW.id AND source = NEW.source",
    "tile": "level = NEW.level AND n = NEW.n",
    "checkpoint": "seq = NEW.seq",
    "disclosure": "idx = NEW.idx AND digest = NEW.digest",
    "erased": "idx = NEW.idx AND digest = NEW.digest",
    "head": "id = NEW.id",
    "subject": "subject = NEW.subject",
}


def _append_only() -> None:
    dialect = op.get_bind().dialect.name
    if dialect != "sqlite":
        raise NotImplementedError(f"no append-only triggers are written for {dialect} yet")
    for table, same in _IDENTITY.items():
        _refuse(table, "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE {same})", f"{table}: row exists")  # noqa: S608
        if table not in ("head", "subject"):
            _refuse(table, "UPDATE", "1", f"{table} is append-only")
        if table != "disclosure":
            _refuse(table, "DELETE", "1", f"{table} is append-only")
    # The head moves forward by exactly what is in `entry`, and keeps its name.
    _refuse(
        "head",
        "UPDATE",
        "NEW.origin <> OLD.origin OR NEW.id <> OLD.id OR NEW.size <= OLD.size"
        " OR NEW.size <> (SELECT COALESCE(MAX(idx), -1) + 1 FROM entry)",
        "head only moves forward over entries",
    )
    _refuse(
        "subject",
        "UPDATE",
        "NEW.subject <> OLD.subject OR NEW.count <= OLD.count",
        "the count of a subject only grows",
    )
    # A disclosure goes only after a signed erasure entry has named it.
    _refuse(
        "disclosure",
        "DELETE",
        "NOT EXISTS (SELECT 1 FROM erased WHERE idx = OLD.idx AND digest = OLD.digest)",
        "a disclosure is deleted only after an erasure entry",
    )


def _refuse(table: str, event: str, condition: str, message: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_{event.lower()} BEFORE {event} ON {table} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )
