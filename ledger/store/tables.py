"""The tables as the migrations leave them; a test compares the two. What they mean: `migrations/`."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()
_BIGINT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _position(name: str, kind: sa.types.TypeEngine[int] = _BIGINT) -> sa.Column[int]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


head = sa.Table(
    "head",
    metadata,
    sa.Column("id", _BIGINT, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("last_hash", sa.LargeBinary, nullable=False),
    sa.Column("last_time", sa.BigInteger, nullable=False),
    sa.Column("edge", sa.LargeBinary, nullable=False),
)
entry = sa.Table("entry", metadata, _position("idx"), sa.Column("leaf", sa.LargeBinary, nullable=False))
statement_id = sa.Table(
    "statement_id",
    metadata,
    sa.Column("id", sa.LargeBinary, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("idx", sa.BigInteger, nullable=False),
)
subject = sa.Table(
    "subject",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("count", sa.BigInteger, nullable=False),
    sa.Column("last_hash", sa.LargeBinary, nullable=False),
)
tile = sa.Table(
    "tile",
    metadata,
    _position("level", sa.Integer()),
    _position("n", sa.BigInteger()),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)
checkpoint = sa.Table(
    "checkpoint",
    metadata,
    _position("seq"),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
)
cosignature = sa.Table(
    "cosignature",
    metadata,
    _position("seq"),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("witness", sa.Text, nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
)
timestamp = sa.Table(
    "timestamp",
    metadata,
    _position("seq"),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.Column("token", sa.LargeBinary, nullable=False),
    sa.Column("received", sa.BigInteger, nullable=False),
)
anchor_pending = sa.Table(
    "anchor_pending",
    metadata,
    sa.Column("target", sa.Text, primary_key=True),
    _position("size", sa.BigInteger()),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.BigInteger, nullable=False),
    sa.Column("next_try", sa.BigInteger, nullable=False),
    sa.Column("last_error", sa.Text, nullable=False),
)
disclosure = sa.Table(
    "disclosure",
    metadata,
    _position("idx", sa.BigInteger()),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)
erased = sa.Table(
    "erased",
    metadata,
    _position("idx", sa.BigInteger()),
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("by_idx", sa.BigInteger, nullable=False),
)
progress = sa.Table(
    "progress",
    metadata,
    sa.Column("id", _BIGINT, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("indexed", sa.BigInteger, nullable=False),
)
statement_recent, statement_index = (
    sa.Table(
        name,
        metadata,
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("idx", sa.BigInteger, nullable=False),
    )
    for name in ("statement_recent", "statement_index")
)
entry_index = sa.Table(
    "entry_index",
    metadata,
    _position("idx"),
    sa.Column("statement", sa.LargeBinary, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("version", sa.Text),
    sa.Column("time", sa.BigInteger, nullable=False),
    sa.Column("recorded", sa.BigInteger, nullable=False),
    sa.Column("keyids", sa.Text, nullable=False),
)
reference_index = sa.Table(
    "reference_index",
    metadata,
    sa.Column("target", sa.LargeBinary, primary_key=True),
    _position("idx", sa.BigInteger()),
    sa.Column("rel", sa.Text, primary_key=True),
)
artefact_index = sa.Table(
    "artefact_index",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    _position("idx", sa.BigInteger()),
)
