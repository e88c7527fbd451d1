"""Creating the tables by running the real migrations, and refusing a database of another version."""

from __future__ import annotations

from importlib.resources import as_file, files
from typing import Final

import sqlalchemy as sa

from ledger.errors import Damaged, StoreError
from ledger.store.backend import Backend
from ledger.store.tables import metadata

REVISIONS: Final = ("0001", "0002")
"""The revisions this program knows, oldest first; a test compares them with the migrations."""

_ADDED: Final = {"0002": frozenset({"cosignature", "timestamp", "anchor_pending"})}
"""The tables that a later revision added; all others are from the first."""


def migrate(connection: sa.Connection) -> None:
    """Bring the database up to the newest revision, inside the connection's transaction."""
    # Imported here because only `init` and upgrades need it and it is slow to import.
    from alembic import command
    from alembic.config import Config

    if not connection.in_transaction():
        # Alembic commits after each migration, unless it finds itself inside a transaction; `writing` begins its own
        # below SQLAlchemy, where nobody sees it.
        connection.begin()
    with as_file(files("ledger.migrations")) as scripts:
        config = Config()
        config.set_main_option("script_location", str(scripts).replace("%", "%%"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def bring_up(backend: Backend) -> None:
    """Bring a ledger that was opened for writing up to the newest revision; one opened for reading stays as it is.

    Whoever comes second finds it done: the revision is asked for again inside the writer's transaction.

    Raises:
        StoreError: as `check_revision` does.
    """
    with backend.reading(f"opening {backend.path}") as connection:
        revision = check_revision(connection, str(backend.path))
    if revision == REVISIONS[-1] or backend.read_only:
        return
    with backend.writing(f"upgrading {backend.path} from revision {revision}") as connection:
        migrate(connection)


def check_revision(connection: sa.Connection, place: str) -> str:
    """The revision of a database that this program can read: the newest, or an older one with all that it had.

    Raises:
        StoreError: if it holds no ledger, or is newer.
        Damaged: if a table of its revision is gone, or one of a later revision is there.
    """
    tables = set(sa.inspect(connection).get_table_names())
    if "alembic_version" not in tables or "entry" not in tables:
        raise StoreError(
            f"{place}: a database, but no ledger in it", remedy="check the path; if it was a ledger, restore a copy"
        )
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all()
    revision = found[0] if len(found) == 1 and found[0] in REVISIONS else REVISIONS[-1]
    later = _added_after(revision)
    gone = sorted(metadata.tables.keys() - later - tables)
    if gone:
        raise Damaged(f"{place}: table {', '.join(gone)} is gone", remedy="restore a copy and verify that")
    if list(found) != [revision]:
        shown = ", ".join(map(str, found)) or "none"
        raise StoreError(
            f"{place}: database revision {shown}, newest known here is {REVISIONS[-1]}",
            remedy="it was made by a newer version of aims-ledger; update the program",
        )
    if later & tables:
        # Otherwise whoever sets the revision back hides these tables from every reader.
        raise Damaged(
            f"{place}: table {', '.join(sorted(later & tables))} in a database of revision {revision}, which has none",
            remedy="restore a copy and verify that",
        )
    return revision


def _added_after(revision: str) -> frozenset[str]:
    later = REVISIONS[REVISIONS.index(revision) + 1 :]
    return frozenset().union(*(_ADDED[name] for name in later))
