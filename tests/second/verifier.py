"""Sections 11 to 14: one ledger in SQLite, read and judged."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from typing import Any

from tests.second.parsing import (
    ZEROS,
    Bad,
    Leaf,
    Statement,
    UnknownVersion,
    base64url,
    disclosure_digest,
    instant,
    leaf_hash,
    open_body,
    parse_checkpoint,
    parse_leaf,
    parse_note,
    parse_statement,
    parse_vkey,
    perfect,
    right_edge,
    root,
)
from tests.second.state import NotPermitted, SignatureInvalid, State, apply, judge, verify_signature

WHOLE = -1
STRUCTURAL = {"altered", "missing", "reordered", "truncated"}
CONSEQUENCES = {"forked", "index wrong"}
UNCHECKED = {"self-consistent, first sight", "unsupported version"}
Found = tuple[str, int]  # verdict, index
TABLES = {
    "entry": "idx, leaf",
    "checkpoint": "seq, size, note",
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


@dataclass(frozen=True)
class Seen:
    """A pin and what this verifier remembers: (size, root, instant)."""

    origin: str
    genesis: bytes
    vkeys: tuple[str, ...]
    checkpoints: tuple[tuple[int, bytes, str], ...] = ()


@dataclass
class Read:
    """An entry that could be read."""

    index: int
    hash: bytes
    leaf: Leaf
    statement: Statement


@dataclass
class Verifier:
    """One run; `found` are the findings."""

    tables: dict[str, list[tuple[Any, ...]]]
    blobs: Path
    seen: Seen | None
    found: set[Found] = field(default_factory=set)

    def add(self, verdict: str, index: int = WHOLE) -> None:
        self.found.add((verdict, index))

    def run(self) -> set[Found]:
        rows = {idx: bytes(raw) for idx, raw in self.tables["entry"]}
        self.end = max(rows, default=-1) + 1
        self.head = dict(zip(TABLES["head"].split(", "), self.tables["head"][0], strict=True))
        self.hashes = {idx: leaf_hash(raw) for idx, raw in rows.items()}
        self.all_hashes = [self.hashes.get(idx, bytes(32)) for idx in range(self.end)]
        self.entries = {idx: entry for idx, raw in rows.items() if (entry := self.read(idx, raw))}
        self.digests = {bytes(d): i for t in ("statement_recent", "statement_index") for d, i in self.tables[t]}
        state = self.fold()
        if state is None:
            return self.found
        self.state, self.vouched = state, 0
        self.holes(rows)
        self.checkpoints()
        self.links(rows)
        for entry in self.entries.values():
            self.judge(entry)
        self.counters_and_times()
        self.disclosures()
        self.attachments()
        self.memory()
        self.tables_follow()
        changed = {i for v, i in self.found if v in ("altered", "reordered")}
        self.found -= {("index wrong", i) for i in changed}
        if any(v in STRUCTURAL for v, _ in self.found):
            self.found = {(v, i) for v, i in self.found if i != WHOLE or v not in CONSEQUENCES}
        return self.found

    def read(self, index: int, raw: bytes) -> Read | None:
        try:
            leaf = parse_leaf(raw)
            statement = parse_statement(leaf.payload)
        except UnknownVersion:
            self.add("unsupported version", index)
            return None
        except Bad:
            self.add("altered", index)
            return None
        if leaf.links["index"] != index:
            self.add("reordered", index)
            return None
        return Read(index, self.hashes[index], leaf, statement)

    def fold(self) -> State | None:
        state: State | None = None
        for entry in [e for e in self.entries.values() if e.index == 0 or e.statement.kind in ("ledger", "key")]:
            try:
                state = apply(state, entry.index, entry.statement, entry.leaf)
            except SignatureInvalid:
                self.add("signature invalid", entry.index)
            except (NotPermitted, Bad, KeyError, TypeError):
                self.add("not permitted", entry.index)
            if state is None:
                break
        if state is None:
            self.add("not permitted", 0)
        return state

    def holes(self, rows: dict[int, bytes]) -> None:
        missing = [idx for idx in range(self.end) if idx not in rows]
        for place, index in enumerate(missing):
            if not place or missing[place - 1] != index - 1:
                self.add("missing", index)

    def checkpoints(self) -> None:
        keys = {parse_vkey(c.text)[:2]: (parse_vkey(c.text)[2], c) for c in self.state.checkpoint_keys}
        for _, size, raw in self.tables["checkpoint"]:
            try:
                text, signatures = parse_note(bytes(raw))
                known = [(keys[name, key_id], sig) for name, key_id, sig in signatures if (name, key_id) in keys]
                for (public_key, _), signature in known:
                    verify_signature(public_key, signature, text.encode())
                origin, says, signed = parse_checkpoint(text)
            except (Bad, SignatureInvalid):
                self.add("signature invalid")
                continue
            if not known or (origin == self.state.origin and says != size):
                self.add("signature invalid")
            elif origin != self.state.origin or not any(c.start <= size <= c.end for (_, c), _ in known):
                self.add("not permitted")
            elif size > self.end:
                continue  # `truncated`, said below
            elif signed != root(self.all_hashes[:size]):
                self.add("forked")
            else:
                self.vouched = max(self.vouched, size)

    def links(self, rows: dict[int, bytes]) -> None:
        repeated = {}
        for index, raw in rows.items():
            mark = raw.rfind(b'"prev":"')
            repeated[index - 1] = raw[mark + 8 : mark + 72].decode("ascii", "replace")
        repeated[self.end - 1] = bytes(self.head["last_hash"]).hex()
        own = {WHOLE: ZEROS} | {index: hashed.hex() for index, hashed in self.hashes.items()}
        broken = sorted(i for i, text in repeated.items() if i in own and own[i] != text)
        accused: set[int] = set()
        for _, group in groupby(enumerate(broken), lambda pair: pair[1] - pair[0]):
            run = [i for _, i in group]
            accused.update(run if len(run) == 1 else run[1:])
        for level, number, joined in self.tables["tile"]:
            if level == 0 and (number + 1) * 256 <= self.end and len(joined) == 8_192:
                accused.update(
                    number * 256 + i
                    for i in range(256)
                    if self.all_hashes[number * 256 + i] != bytes(joined[32 * i : 32 * i + 32])
                )
        for index in accused:
            if index >= self.vouched:
                self.add("altered", index)

    def judge(self, entry: Read) -> None:
        statement, index, state = entry.statement, entry.index, self.state
        if statement.kind not in ("ledger", "key"):
            try:
                for keyid, signature in entry.leaf.signatures.items():
                    verify_signature(state.key_at(keyid, index).public_key, signature, entry.leaf.signed)
                judge(state, index, statement, list(entry.leaf.signatures), self.signed)
                if statement.time > entry.leaf.time + 300 * 1_000_000:
                    raise NotPermitted("time")
            except SignatureInvalid:
                self.add("signature invalid", index)
            except NotPermitted:
                self.add("not permitted", index)
            for key in [state.keys[k] for k in entry.leaf.signatures if k in state.keys]:
                if key.compromised is not None and not self.known_before(index, key.compromised):
                    self.add("key compromised", index)
        for _, digest in statement.references:
            if self.digests.get(digest, index) >= index:
                self.add("not permitted", index)

    def signed(self, digest: bytes) -> set[str]:
        entry = self.entries.get(self.digests.get(digest, WHOLE))
        keys = self.state.keys
        return {keys[k].principal for k in entry.leaf.signatures if k in keys} if entry else set()

    def known_before(self, index: int, since: int) -> bool:
        seen = self.seen.checkpoints if self.seen else ()
        return any(size > index and instant(at) < since for size, _, at in seen)

    def counters_and_times(self) -> None:
        self.subjects: dict[str, tuple[int, bytes]] = {}
        self.time = 0
        structural = any(v in STRUCTURAL for v, _ in self.found)
        for index, entry in sorted(self.entries.items()):
            links, subject = entry.leaf.links, entry.statement.event["subject"]
            if links["ledger"] != self.state.origin:
                self.add("not permitted", index)
            if entry.leaf.time < self.state.resets.get(index - 1, self.time):
                self.add("not permitted", index)
            self.time = entry.leaf.time
            count, last = self.subjects.get(subject, (0, bytes(32)))
            if (links["nth"], links["nth_prev"]) != (count, last.hex()) and not structural:
                self.add("altered", index)
            self.subjects[subject] = (links["nth"] + 1, entry.hash)

    def disclosures(self) -> None:
        texts: dict[int, list[str]] = defaultdict(list)
        gone: dict[int, dict[str, int]] = defaultdict(dict)
        stored = {(index, base64url(bytes(digest))) for index, digest, _ in self.tables["disclosure"]}
        for index, _, text in self.tables["disclosure"]:
            texts[index].append(text)
        for index, digest, by in self.tables["erased"]:
            gone[index][base64url(bytes(digest))] = by
        for index, entry in self.entries.items():
            try:
                _, unresolved = open_body(entry.statement.data, texts[index])
            except (Bad, TypeError):
                self.add("altered", index)
                continue
            for digest in unresolved:
                named = digest in gone[index] and self.names(gone[index][digest], entry, digest)
                self.add("erased" if named else "missing", index)
            for digest in gone[index]:
                if digest in {disclosure_digest(text) for text in texts[index]}:
                    self.add("erased but present", index)
                elif digest not in unresolved:
                    self.add("index wrong", index)
        for erasure in [e for e in self.entries.values() if e.statement.kind == "erasure"]:
            target = self.digests.get(bytes.fromhex(erasure.statement.data["statement"]), WHOLE)
            for member in erasure.statement.data.get("members", ()):
                if (target, member["digest"]) in stored:
                    self.add("erased but present", target)
                if member["digest"] not in gone[target]:
                    self.add("index wrong", erasure.index)

    def names(self, by: int, entry: Read, digest: str) -> bool:
        erasure = self.entries.get(by)
        if erasure is None or erasure.statement.kind != "erasure":
            return False
        data = erasure.statement.data
        members = [member["digest"] for member in data.get("members", ())]
        return data["statement"] == entry.statement.digest.hex() and digest in members

    def attachments(self) -> None:
        erased = {}
        for entry in self.entries.values():
            if entry.statement.kind == "erasure":
                erased.update(dict.fromkeys(entry.statement.data.get("attachments", ()), entry.statement))
        judged = set()
        for index, entry in sorted(self.entries.items()):
            for artefact in entry.statement.data.get("artefacts") or ():
                digest = artefact["digest"]
                if not artefact.get("attached") or digest in judged:
                    continue
                judged.add(digest)
                path = self.blobs / digest[:2] / digest[2:]
                if not path.is_file():
                    self.add("erased" if digest in erased else "missing", index)
                    continue
                raw = path.read_bytes()
                salt = 32 if artefact.get("salted") else 0
                if sha256(raw).hexdigest() != digest or len(raw) != artefact["size"] + salt:
                    self.add("altered", index)
                if digest in erased:
                    self.add("erased but present", self.digests[bytes.fromhex(erased[digest].data["statement"])])

    def memory(self) -> None:
        seen = self.seen.checkpoints if self.seen else ()
        sizes = [self.head["size"], *(size for _, size, _ in self.tables["checkpoint"]), *(size for size, _, _ in seen)]
        if self.end < max(sizes):
            self.add("truncated", self.end)
        if self.seen is None:
            self.add("self-consistent, first sight")
            return
        first = tuple(c.text for c in self.state.checkpoint_keys if c.start == 0)
        if (self.seen.origin, self.seen.vkeys) != (self.state.origin, first):
            self.add("forked")
        if self.seen.genesis != self.hashes.get(0) and ("altered", 0) not in self.found:
            self.add("forked", 0)
        for size, signed, _ in seen:
            if size <= self.end and root(self.all_hashes[:size]) != signed:
                self.add("forked")

    def tables_follow(self) -> None:
        """Head, tiles, subjects, ids and the derived tables are what follows from the leaves."""
        last = self.hashes.get(self.end - 1, b"")
        time = self.state.resets.get(self.end - 1, self.time)
        head = (1, self.state.origin, self.end, last, time, b"".join(right_edge(self.all_hashes)))
        self.whole("head", {head})
        self.whole("tile", set(tiles(self.all_hashes)))
        self.whole("subject", {(name, *count) for name, count in self.subjects.items()})
        (indexed,) = [row[1] for row in self.tables["progress"]]
        expected: dict[str, dict[int, set[tuple[Any, ...]]]] = defaultdict(lambda: defaultdict(set))
        for index, entry in self.entries.items():
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
        self.tables["statement_index"] += self.tables["statement_recent"]
        for table, column in (("statement_id", 2), ("statement_index", 1), ("entry_index", 0),
                              ("reference_index", 1), ("artefact_index", 1)):  # fmt: skip
            stored: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
            for stored_row in self.tables[table]:
                stored[stored_row[column]].append(stored_row)
            for index in expected[table].keys() | stored.keys():
                if not expected[table][index] <= set(stored[index]):
                    self.add("index wrong", index)
                elif len(stored[index]) > len(expected[table][index]):
                    self.add("index wrong")

    def whole(self, table: str, expected: set[tuple[Any, ...]]) -> None:
        if set(self.tables[table]) != expected:
            self.add("index wrong")


def tiles(hashes: list[bytes]) -> Iterable[tuple[int, int, bytes]]:
    level = 0
    while len(hashes) >= 256:
        full = [hashes[i : i + 256] for i in range(0, len(hashes) - 255, 256)]
        yield from ((level, number, b"".join(tile)) for number, tile in enumerate(full))
        hashes, level = [perfect(tile) for tile in full], level + 1


def verify(path: Path, seen: Seen | None = None) -> set[Found]:
    """The findings about the ledger at `path`."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        connection.execute("BEGIN")  # one state of the ledger
        tables = {
            table: connection.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2").fetchall()
            for table, columns in TABLES.items()
        }
    return Verifier(tables, path.with_name(path.name + ".blobs"), seen).run()


def exit_code(found: set[Found]) -> int:
    verdicts = {verdict for verdict, _ in found} - {"erased"}
    return 1 if verdicts - UNCHECKED else 4 if verdicts else 0
