"""Statements of the hot path, compiled once for a dialect and run on the driver's cursor.

SQLAlchemy Core costs about 100 µs for each execution, which is more than everything else in a small append.
Here its compiler writes the SQL, so that it is right for each database, and the driver runs it; rows come back as
the driver gives them, values go in as it takes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler

Row = Sequence[Any]


class Statement:
    """One statement with named parameters, given as keyword arguments or mappings."""

    def __init__(self, clause: sa.sql.expression.ClauseElement) -> None:
        self._clause = clause

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

    def run_many(self, connection: sa.Connection, rows: Iterable[Mapping[str, object]]) -> None:
        """Execute a statement once for each mapping of values."""
        sql, names = _compiled(self, connection.dialect)
        cursor = connection.connection.cursor()
        cursor.executemany(sql, [tuple(row[name] for name in names) for row in rows])
        cursor.close()

    def _run(self, connection: sa.Connection, values: Mapping[str, object]) -> Any:
        sql, names = _compiled(self, connection.dialect)
        cursor = connection.connection.cursor()
        cursor.execute(sql, tuple(values[name] for name in names))
        return cursor

    @property
    def clause(self) -> sa.sql.expression.ClauseElement:
        """The statement as SQLAlchemy has it."""
        return self._clause


@lru_cache(maxsize=256)
def _compiled(statement: Statement, dialect: sa.Dialect) -> tuple[str, tuple[str, ...]]:
    compiled = statement.clause.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    assert compiled.positiontup is not None, "the drivers used here take positional parameters"
    return str(compiled), tuple(compiled.positiontup)
