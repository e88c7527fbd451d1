"""What only the database itself can say of its file: whether each index leads to the rows of its table.

Verification reads tables. A reader's question goes through an index, which is stored apart: changed in the file, it
would hide rows that are there from every answer, and verification would have read them all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from ledger.store import tables as t

# About values, not about where they are stored; verification compares every value with the entries.
_VALUES: Final = ("NUMERIC value in ", "TEXT value in ", "NULL value in ", "CHECK constraint failed in ")


def broken_indexes(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """(what, detail) of tables whose stored form contradicts itself; about 2 s for 1,000,000 entries.

    `entry` is left out: it has no index, and every row of it was read in order.
    """
    if connection.dialect.name != "sqlite":
        return
    quote = connection.dialect.identifier_preparer.quote_identifier  # it may be anybody's table
    for name in sa.inspect(connection).get_table_names():
        if name == t.entry.name:
            continue
        told = connection.exec_driver_sql(f"PRAGMA integrity_check({quote(name)})").scalars().all()
        wrong = [str(line) for line in told if line != "ok" and not str(line).startswith(_VALUES)]
        if wrong:
            yield f"table {name}", f"as stored in the file it contradicts itself: {wrong[0]}"
