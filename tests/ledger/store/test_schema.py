"""The schema: migrations, table definitions and the revisions this program knows say the same."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import ledger.migrations
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from ledger import Ledger
from ledger.errors import StoreError
from ledger.store import tables
from ledger.store.schema import REVISIONS, check_revision, migrate
from tests.ledger.harness import Harness, assert_one_clear_line

SCRIPTS = Path(ledger.migrations.__path__[0])


@pytest.fixture
def migrated(tmp_path: Path) -> sa.Engine:
    """An empty database brought up by the real migrations."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'empty.db'}", poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        migrate(connection)
    return engine


def test_the_migrations_make_exactly_the_tables_of_the_program(migrated: sa.Engine) -> None:
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        differences = [
            difference
            for difference in compare_metadata(context, tables.metadata)
            if difference[0] != "remove_index"  # indexes speed queries up; no code names them
        ]

    assert differences == []


def test_columns_have_the_same_keys_and_nullability(migrated: sa.Engine) -> None:
    with migrated.connect() as connection:
        inspector = sa.inspect(connection)
        assert set(inspector.get_table_names()) == {*tables.metadata.tables, "alembic_version"}
        for name, table in tables.metadata.tables.items():
            stored = {column["name"]: column["nullable"] for column in inspector.get_columns(name)}
            assert stored == {c.name: bool(c.nullable) for c in table.columns}, name
            key = inspector.get_pk_constraint(name)["constrained_columns"]
            assert key == [c.name for c in table.primary_key], name


def test_the_revisions_known_are_the_scripts_in_order() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())

    assert [script.revision for script in reversed(scripts)] == list(REVISIONS)


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("versions/0*.py")), ids=lambda path: path.stem)
def test_a_migration_imports_nothing_of_the_program(script: Path) -> None:
    # A released migration must do the same for ever, whatever becomes of the code.
    imports = re.findall(r"^\s*(?:from|import)\s+(\w+)", script.read_text(encoding="utf-8"), re.MULTILINE)

    assert set(imports) <= {"sqlalchemy", "alembic", "__future__"}


def test_migrating_twice_changes_nothing(migrated: sa.Engine) -> None:
    with migrated.begin() as connection:
        before = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()
        migrate(connection)
        assert connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all() == before
        check_revision(connection, "here")


def test_a_database_of_a_newer_version_is_refused(harness: Harness) -> None:
    harness.close()
    harness.sql("UPDATE alembic_version SET version_num = '9999'")

    for options in ({}, {"read_only": True}):
        with pytest.raises(
            StoreError, match=r"database revision 9999, newest known here is \d{4}; .*update the program"
        ) as e:
            Ledger.open(harness.path, **options)
        assert_one_clear_line(e.value)
    with pytest.raises(StoreError, match="database revision 9999"):
        harness.verify()


@pytest.mark.parametrize(
    ("sql", "shown"), [("DELETE FROM alembic_version", "none"), ("INSERT INTO alembic_version VALUES ('0000')", "0000")]
)
def test_a_database_of_no_known_version_is_refused(harness: Harness, sql: str, shown: str) -> None:
    harness.close()
    harness.sql(sql)

    with pytest.raises(StoreError, match=rf"database revision .*{shown}"):
        Ledger.open(harness.path)


@pytest.mark.parametrize(
    "table", [None, "CREATE TABLE entry (idx, leaf)", "CREATE TABLE alembic_version (version_num)"]
)
def test_a_database_without_a_ledger_is_refused(tmp_path: Path, table: str | None) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(table or "CREATE TABLE other (id)")

    with pytest.raises(
        StoreError,
        match=r"other\.db: a database, but no ledger in it; check the path; if it was a ledger, restore a copy",
    ) as caught:
        Ledger.open(path)
    assert_one_clear_line(caught.value)


def test_a_ledger_whose_creation_was_interrupted_is_refused(tmp_path: Path, migrated: sa.Engine) -> None:
    migrated.dispose()
    shutil.copy(tmp_path / "empty.db", tmp_path / "started.db")

    with pytest.raises(
        StoreError, match=r"started\.db: a ledger without entries; its creation was interrupted"
    ) as caught:
        Ledger.open(tmp_path / "started.db")
    assert_one_clear_line(caught.value)
