"""Verifying one range of entries, last part: the derived tables against what the bytes say.

`ledger.store.index.row_of` says what the rows of an entry are. Rows too many can't be seen from one range; those
are counted over whole tables, by `ledger.store.tablescan`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import repeat

import sqlalchemy as sa

from ledger.batches import batches
from ledger.statement import id_bytes
from ledger.store import tables as t
from ledger.store.index import INDEX_COLUMNS, IndexRow, find_statements, known_ids, row_of
from ledger.store.judging import EntryScan, Judging, ReadEntry
from ledger.store.prepared import Statement as Prepared
from ledger.store.read import column_bytes
from ledger.verdicts import Verdict

_INDEX_ROWS = Prepared(
    sa.select(*(t.entry_index.c[name] for name in INDEX_COLUMNS)).where(
        t.entry_index.c.idx >= sa.bindparam("low"), t.entry_index.c.idx <= sa.bindparam("high")
    )
)


def check_rows(
    connection: sa.Connection,
    scan: EntryScan,
    judging: Judging,
    entries: Sequence[ReadEntry],
    understood: Sequence[ReadEntry],
) -> None:
    """Compare the rows of statement_id, the digest tables, entry_index and the reference and artefact indexes.

    Of entries that are not `understood` only id and digest are known.
    """
    expected = [row_of(entry.leaf, entry.statement) for entry in understood]
    digests = {row.idx: row.statement for row in expected}
    digests.update((entry.index, entry.statement.digest) for entry in entries if entry.index not in digests)
    wanted = set(digests.values()) | {digest for row in expected for digest, _ in row.references}
    # A damaged row may hold text for a number, and that does not compare.
    found = find_statements(connection, list(wanted)).items()
    places = {digest: place for digest, place in found if type(place) is int}
    _check_names(connection, scan, entries, digests, places)
    if not expected:
        return
    low, high = expected[0].idx, expected[-1].idx
    stored = {row[0]: tuple(row) for row in _INDEX_ROWS.all(connection, low=low, high=high)}
    links = _links(connection, expected)
    for row in expected:
        for digest, rel in row.references:
            if places.get(digest, row.idx) >= row.idx:
                scan.dangling.append((row.idx, rel, digest))
        if row.idx < judging.indexed:
            _compare_row(scan, row, stored.get(row.idx), links)


def _check_names(
    connection: sa.Connection,
    scan: EntryScan,
    entries: Sequence[ReadEntry],
    digests: dict[int, bytes],
    places: dict[bytes, int],
) -> None:
    names = [(id_bytes(entry.statement.id), entry.statement.source) for entry in entries]
    ids = known_ids(connection, sorted({name[0] for name in names}))
    for entry, name in zip(entries, names, strict=True):
        if ids.get(name) != entry.index:
            scan.add(Verdict.INDEX_WRONG, entry.index, "the table of ids leads elsewhere", "statement_id")
        if places.get(digests[entry.index]) != entry.index:
            scan.add(Verdict.INDEX_WRONG, entry.index, "the table of digests leads elsewhere", "statement_index")


def _compare_row(
    scan: EntryScan, row: IndexRow, found: tuple[object, ...] | None, links: Collection[tuple[str, bytes, int, str]]
) -> None:
    own = row.columns()
    if found != own:
        differ = [name for name, a, b in zip(INDEX_COLUMNS, own, found or repeat(None), strict=False) if a != b]
        scan.add(Verdict.INDEX_WRONG, row.idx, f"{', '.join(differ)} differ from the bytes", "entry_index")
    for digest, rel in row.references:
        scan.rows["reference_index"] = scan.rows.get("reference_index", 0) + 1
        if ("reference", digest, row.idx, rel) not in links:
            scan.add(Verdict.INDEX_WRONG, row.idx, f"reference {rel} is not indexed", "reference_index")
    for digest in row.artefacts:
        scan.rows["artefact_index"] = scan.rows.get("artefact_index", 0) + 1
        if ("artefact", digest, row.idx, "") not in links:
            scan.add(Verdict.INDEX_WRONG, row.idx, f"artefact {digest.hex()[:16]} is not indexed", "artefact_index")


def _links(connection: sa.Connection, rows: Sequence[IndexRow]) -> set[tuple[str, bytes, int, str]]:
    found: set[tuple[str, bytes, int, str]] = set()
    low, high = rows[0].idx, rows[-1].idx
    r, a = t.reference_index.c, t.artefact_index.c
    for part in batches(sorted({digest for row in rows for digest, _ in row.references}), 500):
        query = sa.select(r.target, r.idx, r.rel).where(r.target.in_(part), r.idx >= low, r.idx <= high)
        found.update(("reference", column_bytes(digest), idx, rel) for digest, idx, rel in connection.execute(query))
    for part in batches(sorted({digest for row in rows for digest in row.artefacts}), 500):
        artefacts = sa.select(a.digest, a.idx).where(a.digest.in_(part), a.idx >= low, a.idx <= high)
        found.update(("artefact", column_bytes(digest), idx, "") for digest, idx in connection.execute(artefacts))
    return found
