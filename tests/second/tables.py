"""Section 12: what follows from the leaves, compared with what is stored."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.second.parsing import perfect, right_edge

WHOLE = -1

if TYPE_CHECKING:
    from tests.second.verifier import Verifier

TABLES = {
    "entry": "idx, leaf",
    "checkpoint": "seq, size, note",
    "cosignature": "seq, size, note, witness, received",
    "timestamp": "seq, size, note, token, authority, received",
    "disclosure": "idx, digest, text",
    "erased": "idx, digest, by_idx",
    "head": "id, origin, size, last_hash, last_time, edge",
    "statement_id": "id, source, idx",
    "subject": "subject, count, last_hash",
    "tile": "level, n, hashes",
    "progress": "id, indexed",
    "statement_recent": "digest, idx",
    "statement_index": "digest, idx",
    "entry_index": "idx, statement, kind, subject, version, time, recorded, keyids",
    "reference_index": "target, idx, rel",
    "artefact_index": "digest, idx",
}


def read_tables(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table, in one state of the ledger."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")
        there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}  # 0001 has no evidence
        return {
            table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            if table in there
            else []
            for table, columns in TABLES.items()
        }


def check_head(v: Verifier) -> None:
    if not v.tables["head"]:
        v.add("missing")
        return
    head, right = v.head, v.last_hash == v.head["last_hash"]
    wrong = v.state is not None and head["origin"] != v.state.origin
    wrong |= head["size"] < v.end or (head["size"] > v.end and right)
    if head["size"] == v.end and not v.damaged:
        time = (v.state.resets if v.state else {}).get(v.end - 1, v.time)
        wrong |= not right or head["edge"] != b"".join(right_edge(v.all_hashes))
        wrong |= v.end - 1 in v.entries and head["last_time"] != time
    if wrong:
        v.add("index wrong")


def check_tiles(v: Verifier) -> None:
    stored = {(level, number): bytes(joined) for level, number, joined in v.tables["tile"]}
    for level, number, joined in tiles(v.all_hashes):
        found = stored.pop((level, number), b"")
        if found == joined or (level and v.damaged):
            continue
        differ = 256
        if level == 0 and len(found) == 8_192:
            differ = sum(found[at : at + 32] != joined[at : at + 32] for at in range(0, 8_192, 32))
        if level or differ > sum(number * 256 <= place < number * 256 + 256 for place in v.damaged):
            v.add("index wrong")
    if stored and not v.cut:
        v.add("index wrong")


def check_subjects(v: Verifier) -> None:
    if v.countable and not v.cut and set(v.tables["subject"]) != {(name, *last) for name, last in v.subjects.items()}:
        v.add("index wrong")


def check_rows(v: Verifier) -> None:
    """The tables with rows for each entry."""
    digests = v.tables["statement_index"] + v.tables["statement_recent"]
    indexed = check_progress(v)
    expected: dict[str, dict[int, set[tuple[Any, ...]]]] = defaultdict(lambda: defaultdict(set))
    for index, entry in v.entries.items():
        data, event = entry.statement.data, entry.statement.event
        uuid = bytes.fromhex(event["id"].replace("-", ""))
        expected["statement_id"][index].add((uuid, event["source"], index))
        expected["statement_index"][index].add((entry.statement.digest, index))
        if index >= indexed:
            continue
        row = (index, entry.statement.digest, entry.statement.kind, event["subject"], data.get("system_version"),
               entry.statement.time, entry.leaf.time, " ".join(entry.leaf.signatures))  # fmt: skip
        expected["entry_index"][index].add(row)
        for rel, digest in entry.statement.references:
            expected["reference_index"][index].add((digest, index, rel))
        for artefact in data.get("artefacts") or ():
            expected["artefact_index"][index].add((bytes.fromhex(artefact["digest"]), index))
    for table, column, bound in (
        ("statement_id", 2, v.end), ("statement_index", 1, v.end), ("entry_index", 0, indexed),
        ("reference_index", 1, indexed), ("artefact_index", 1, indexed),
    ):  # fmt: skip
        stored = set(digests if table == "statement_index" else v.tables[table])
        for index, wanted in expected[table].items():
            if not wanted <= stored:
                v.add("index wrong", index)
        per_entry = table in ("statement_id", "statement_index", "entry_index")
        right = bound if per_entry else sum(map(len, expected[table].values()))
        inside = sum(0 <= row[column] < bound for row in stored)
        countable = per_entry or (len(v.entries) == v.end and not v.damaged)
        if not v.cut and (len(stored) > inside or (inside > right and countable)):
            v.add("index wrong")
    if not v.cut and any(not 0 <= row[0] < v.end for row in v.tables["disclosure"] + v.tables["erased"]):
        v.add("index wrong")


def check_progress(v: Verifier) -> int:
    """How many entries the derived tables cover."""
    ((_, indexed),) = v.tables["progress"]
    reach = max((row[0] for row in v.tables["entry_index"] if row[0] < v.end), default=WHOLE) + 1
    moved = len(v.tables["statement_index"])
    if indexed in (moved, reach) and indexed <= v.end:
        return int(indexed)
    if not v.cut:
        v.add("index wrong")
    return min(v.end, moved, reach)


def tiles(hashes: list[bytes]) -> Iterable[tuple[int, int, bytes]]:
    level = 0
    while len(hashes) >= 256:
        full = [hashes[i : i + 256] for i in range(0, len(hashes) - 255, 256)]
        yield from ((level, number, b"".join(tile)) for number, tile in enumerate(full))
        hashes, level = [perfect(tile) for tile in full], level + 1
