"""Creating the tables by running the real migrations, and refusing a database of another version."""

from __future__ import annotations

from importlib.resources import as_file, files

import sqlalchemy as sa

from ledger.errors import Damaged, StoreError
from ledger.store.tables import metadata

REVISIONS = ("0001",)
"""The revisions this program knows, oldest first; a test compares them with the migrations."""


def migrate(connection: sa.Connection) -> None:
    """Bring the database up to the newest revision, inside the connection's transaction."""
    # Imported here because only `init` needs it and it is slow to import.
    from alembic import command
    from alembic.config import Config

    with as_file(files("ledger.migrations")) as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_revision(connection: sa.Connection, place: str) -> None:
    """Return if the database is of the newest revision this program knows.

    Raises:
        StoreError: if it holds no ledger, or is older or newer.
    """
    tables = sa.inspect(connection).get_table_names()
    if "alembic_version" not in tables or "entry" not in tables:
        raise StoreError(f"{place}: a database, but no ledger in it", remedy="create one with 'aims init'")
    gone = sorted(set(metadata.tables) - set(tables))
    if gone:
        raise Damaged(f"{place}: table {', '.join(gone)} is gone", remedy="restore a copy and verify that")
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    if list(found) == [REVISIONS[-1]]:
        return
    shown = ", ".join(found) or "none"
    raise StoreError(
        f"{place}: database revision {shown}, newest known here is {REVISIONS[-1]}",
        remedy="it was made by a newer version of aims-ledger; update the program",
    )
