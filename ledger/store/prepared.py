"""Statements of the hot path, compiled once for a dialect and run on the driver's cursor.

SQLAlchemy Core costs about 100 µs for each execution, which is more than everything else in a small append.
Here its compiler writes the SQL, so that it is right for each database, and the driver runs it; rows come back as
the driver gives them, values go in as it takes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

Row = Sequence[Any]


class Statement:
    """One statement with named parameters, given as keyword arguments or mappings."""

    def __init__(self, clause: sa.sql.expression.ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[str, tuple[str, tuple[str, ...]]] = {}  # by the name of the dialect

    def all(self, connection: sa.Connection, **values: object) -> list[Row]:
        """Every row of a query."""
        cursor = self._run(connection, values)
        rows: list[Row] = cursor.fetchall()
        cursor.close()
        return rows

    def one_or_none(self, connection: sa.Connection, **values: object) -> Row | None:
        """The first row of a query, if there is one."""
        cursor = self._run(connection, values)
        row: Row | None = cursor.fetchone()
        cursor.close()
        return row

    def run(self, connection: sa.Connection, **values: object) -> int:
        """Execute a statement; the number of rows it changed."""
        cursor = self._run(connection, values)
        changed: int = cursor.rowcount
        cursor.close()
        return changed

    def run_many(self, connection: sa.Connection, rows: Iterable[Row]) -> None:
        """Execute a statement once for each row: for an insert, the values in the order of the table's columns."""
        sql, _ = self._for(connection.dialect)
        cursor = _driver(connection).cursor()
        cursor.executemany(sql, rows)
        cursor.close()

    def _run(self, connection: sa.Connection, values: Mapping[str, object]) -> Any:
        sql, names = self._for(connection.dialect)
        cursor = _driver(connection).cursor()
        cursor.execute(sql, [values[name] for name in names])
        return cursor

    def _for(self, dialect: sa.Dialect) -> tuple[str, tuple[str, ...]]:
        found = self._compiled.get(dialect.name)
        if found is None:
            compiled = self._clause.compile(dialect=dialect)
            assert isinstance(compiled, SQLCompiler)
            assert compiled.positiontup is not None, "the drivers used here take positional parameters"
            found = self._compiled[dialect.name] = (str(compiled), tuple(compiled.positiontup))
        return found


def _driver(connection: sa.Connection) -> Any:
    # Its own connection, not the pool's stand-in for it, whose every call costs as much as a small query.
    return connection.connection.driver_connection
