"""Sections 11 to 14: one ledger in SQLite, read and judged."""

from __future__ import annotations

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
    instant,
    leaf_hash,
    need,
    parse_checkpoint,
    parse_leaf,
    parse_note,
    parse_statement,
    parse_vkey,
    right_edge,
    root,
)
from tests.second.state import NotPermitted, SignatureInvalid, State, apply, enrolled_by, judge, verify_signature
from tests.second.tables import TABLES, WHOLE, check_head, check_rows, check_subjects, check_tiles, read_tables
from tests.second.values import check_attachments, check_values

FOLLOWS = {"index wrong", "schema violation", "not permitted", "unsupported version", "not checked here"}
UNCHECKED = {"self-consistent, first sight", "unsupported version", "not checked here"}
Found = tuple[str, int]  # verdict, index


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
        bound = 2 * len(self.tables["entry"]) + 4_096
        self.rows = {idx: bytes(raw) for idx, raw in self.tables["entry"] if 0 <= idx < bound}
        if len(self.rows) != len(self.tables["entry"]):
            self.add("index wrong")
        self.end = max(self.rows, default=WHOLE) + 1
        head = self.tables["head"][0] if self.tables["head"] else (1, "", WHOLE, b"", WHOLE, b"")
        self.head = dict(zip(TABLES["head"].split(", "), head, strict=True))
        self.hashes = {idx: leaf_hash(raw) for idx, raw in self.rows.items()}
        self.all_hashes = [self.hashes.get(idx, bytes(32)) for idx in range(self.end)]
        self.last_hash = self.hashes.get(self.end - 1, b"")
        self.entries = {idx: entry for idx, raw in self.rows.items() if (entry := self.read(idx, raw))}
        self.digests = {entry.statement.digest: idx for idx, entry in sorted(self.entries.items(), reverse=True)}
        self.lost: int | None = None
        self.state = self.fold()
        if self.state is None:
            self.add("not checked here")
        roots = self.checkpoints()
        self.cut = self.end < self.known_size(roots)
        self.damaged = self.damage()
        for entry in self.entries.values():
            if self.state is not None:
                self.judge(entry, self.state)
        check_values(self)
        check_rows(self)
        self.found -= {(verdict, index) for index in self.damaged for verdict in FOLLOWS}
        self.references()
        self.times_and_counters()
        check_attachments(self)
        self.the_whole(roots)
        check_head(self)
        check_tiles(self)
        check_subjects(self)
        return self.found

    def read(self, index: int, raw: bytes) -> Read | None:
        try:
            leaf = parse_leaf(raw)
            if leaf.links["index"] == index:
                return Read(index, self.hashes[index], leaf, parse_statement(leaf.payload))
            self.add("reordered", index)
        except UnknownVersion:
            self.add("unsupported version", index)
        except Bad:
            self.add("altered", index)
        return None

    def prev_of(self, index: int) -> str:
        """What an entry repeats of the one before, read even where the rest is damaged."""
        raw = self.rows[index]
        mark = raw.rfind(b'"prev":"')
        return raw[mark + 8 : mark + 72].decode("ascii", "replace")

    def fold(self) -> State | None:
        state: State | None = None
        state_kinds = [i for i, e in self.entries.items() if e.statement.kind in ("ledger", "key")]
        indexed = [row[0] for row in self.tables["entry_index"] if row[2] in ("ledger", "key")]
        for index in sorted({0, *state_kinds, *indexed}):
            entry = self.entries.get(index)
            if entry is None:
                self.lost = index if self.lost is None else self.lost
            elif entry.statement.kind in ("ledger", "key") or index == 0:
                state = self.fold_one(state, entry)
            if state is None:
                return None
        return state

    def fold_one(self, state: State | None, entry: Read) -> State | None:
        following = self.prev_of(entry.index + 1) if entry.index + 1 in self.rows else None
        if entry.index + 1 == self.end:
            following = bytes(self.head["last_hash"]).hex()
        intact = following in (entry.hash.hex(), None)
        try:
            return apply(state, entry.index, entry.statement, entry.leaf)
        except SignatureInvalid:
            self.add("signature invalid", entry.index)
        except (NotPermitted, Bad, KeyError, TypeError) as error:
            if self.lost is not None:
                self.add("not checked here", entry.index)
            elif intact:
                self.add("not permitted" if isinstance(error, NotPermitted) else "schema violation", entry.index)
        if not intact and self.lost is None:
            self.lost = entry.index
        return state

    def refused(self, index: int) -> None:
        self.add("not checked here" if self.lost is not None and index > self.lost else "not permitted", index)

    def checkpoints(self) -> list[tuple[int, bool]]:
        """(size, whether the root agrees) of genuine checkpoints; sets `vouched`."""
        roots, self.vouched = [], 0
        checkpoint_keys = self.state.checkpoint_keys if self.state else []
        keys = {parse_vkey(c.text)[:2]: (parse_vkey(c.text)[2], c) for c in checkpoint_keys}
        rows = [(name, row) for name in ("checkpoint", "cosignature", "timestamp") for row in self.tables[name]]
        for table, (_, size, raw, *rest) in rows:
            try:
                text, signatures = parse_note(bytes(raw))
                known = [(keys[name, key_id], sig) for name, key_id, sig in signatures if (name, key_id) in keys]
                late = self.state is None or (self.lost is not None and size > self.lost)
                if not known:
                    self.add("not checked here" if late else "not permitted")
                    continue
                for (public_key, _), signature in known:
                    verify_signature(public_key, signature, text.encode())
                origin, says, signed = parse_checkpoint(text)
                if table == "cosignature":
                    need(len(signatures) > 1, "a witness")
                if table == "timestamp":
                    need(sha256(text.encode()).digest() in bytes(rest[0]), "the text's digest in the token")
            except Bad:
                self.add("altered")
                continue
            except SignatureInvalid:
                self.add("signature invalid")
                continue
            if self.state and origin != self.state.origin:
                self.add("not permitted")
            elif says != size or (
                table == "cosignature" and rest[0] != f"{signatures[-1][0]}+{signatures[-1][1].hex()}"
            ):
                self.add("index wrong")
            elif not any(c.start <= size <= c.end for (_, c), _ in known):
                self.add("not checked here" if late else "not permitted")
            else:
                roots.append((size, size > self.end or signed == root(self.all_hashes[:size])))
                if size <= self.end and roots[-1][1]:
                    self.vouched = max(self.vouched, size)
        return roots

    def damage(self) -> set[int]:
        missing = [idx for idx in range(self.end) if idx not in self.rows]
        for place, index in enumerate(missing):
            if not place or missing[place - 1] != index - 1:
                self.add("missing", index)
        own = {WHOLE: ZEROS} | {index: hashed.hex() for index, hashed in self.hashes.items()}
        broken = {i - 1 for i in self.rows if i - 1 in own and own[i - 1] != self.prev_of(i)}
        agrees = self.vouched == self.end or b"".join(right_edge(self.all_hashes)) == bytes(self.head["edge"])
        if self.last_hash not in (b"", self.head["last_hash"]) and self.head["size"] == self.end and not agrees:
            broken.add(self.end - 1)
        accused = {link + 1 for link in broken if link < self.vouched}
        for _, group in groupby(enumerate(sorted(i for i in broken if i >= self.vouched)), lambda at: at[1] - at[0]):
            run = [link for _, link in group]
            told = {index: self.differs_from_tile(index) for index in run}
            settled = any(told.values())
            for index in run:
                by_tile = told[index] if settled else None
                if len(run) == 1 or (index > run[0] if by_tile is None else by_tile):
                    accused.add(index)
        for index in accused:
            if ("reordered", index) not in self.found:
                self.add("altered", index)
        return accused | set(missing)

    def differs_from_tile(self, index: int) -> bool | None:
        for level, number, joined in self.tables["tile"]:
            if (level, number) == (0, index // 256) and len(joined) == 8_192 and (number + 1) * 256 <= self.end:
                at = 32 * (index % 256)
                return bytes(joined[at : at + 32]) != self.all_hashes[index]
        return None

    def judge(self, entry: Read, state: State) -> None:
        statement, index = entry.statement, entry.index
        if entry.leaf.links["ledger"] != state.origin:
            self.add("not permitted", index)
        if statement.kind not in ("ledger", "key"):
            try:
                for keyid, signature in entry.leaf.signatures.items():
                    verify_signature(state.key_at(keyid, index).public_key, signature, entry.leaf.signed)
                judge(state, index, statement, list(entry.leaf.signatures), self.signed)
            except SignatureInvalid:
                self.add("signature invalid", index)
            except NotPermitted:
                self.refused(index)
            if statement.time > entry.leaf.time + 300 * 1_000_000:
                self.add("not permitted", index)
        enrolled = enrolled_by(statement) if {"action", "keyid"} <= statement.data.keys() else None
        for key in [state.keys[k] for k in entry.leaf.signatures if k in state.keys and k != enrolled]:
            if key.compromised is not None and not self.known_before(index, key.compromised):
                self.add("key compromised", index)

    def signed(self, digest: bytes) -> set[str]:
        entry = self.entries.get(self.digests.get(digest, WHOLE))
        keys = self.state.keys if self.state else {}
        return {keys[k].principal for k in entry.leaf.signatures if k in keys} if entry else set()

    def known_before(self, index: int, since: int) -> bool:
        seen = self.seen.checkpoints if self.seen else ()
        return any(size > index and instant(at) < since for size, _, at in seen)

    def references(self) -> None:
        for index, entry in self.entries.items():
            for _, digest in entry.statement.references:
                nowhere = digest not in self.digests and self.damaged
                if self.digests.get(digest, index) >= index and not nowhere:
                    self.add("not permitted", index)

    def times_and_counters(self) -> None:
        self.subjects: dict[str, tuple[int, bytes]] = {}
        self.time, before = 0, WHOLE
        changed = {index for verdict, index in self.found if verdict in ("altered", "reordered")}
        self.countable = not self.damaged and len(self.entries) == self.end
        resets = self.state.resets if self.state else {}
        for index, entry in sorted(self.entries.items()):
            links, subject = entry.leaf.links, entry.statement.event["subject"]
            if entry.leaf.time < resets.get(index - 1, self.time) and not changed & {index, before}:
                self.add("not permitted", index)
            self.time, before = entry.leaf.time, index
            count, last = self.subjects.get(subject, (0, bytes(32)))
            if (links["nth"], links["nth_prev"]) != (count, last.hex()) and self.countable:
                self.add("altered", index)
            self.subjects[subject] = (count + 1, entry.hash)

    def known_size(self, roots: list[tuple[int, bool]]) -> int:
        """The largest size that was signed, seen, or is in a head row of other entries."""
        sizes = [*(size for size, _ in roots), *(size for size, _, _ in (self.seen.checkpoints if self.seen else ()))]
        if self.head["last_hash"] != self.last_hash:
            sizes.append(self.head["size"])
        return max(sizes, default=0)

    def the_whole(self, roots: list[tuple[int, bool]]) -> None:
        seen, whole_before = self.seen.checkpoints if self.seen else (), min(self.damaged, default=self.end + 1)
        if self.cut:
            self.add("truncated", self.end)
        if any(not agrees and size <= whole_before for size, agrees in roots):
            self.add("forked")
        for size, signed, _ in seen:
            if size <= min(whole_before, self.end) and root(self.all_hashes[:size]) != signed:
                self.add("forked")
        if self.seen is None:
            self.add("self-consistent, first sight")
        elif self.state is not None:
            first = tuple(c.text for c in self.state.checkpoint_keys if c.start == 0)
            if (self.seen.origin, self.seen.vkeys) != (self.state.origin, first):
                self.add("forked")
        if self.seen and self.hashes.get(0, self.seen.genesis) != self.seen.genesis and 0 not in self.damaged:
            self.add("forked", 0)


def verify(path: Path, seen: Seen | None = None) -> set[Found]:
    """The findings about the ledger at `path`."""
    tables = read_tables(path)
    return Verifier(tables, path.with_name(path.name + ".blobs"), seen).run()


def exit_code(found: set[Found]) -> int:
    verdicts = {verdict for verdict, _ in found} - {"erased"}
    return 1 if verdicts - UNCHECKED else 4 if verdicts else 0
