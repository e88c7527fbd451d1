"""Whoever has the database file in hand, and may hold keys: ledgers to attack, and what an attack can do to them.

`tell_story` makes a ledger with something of everything; tests work on copies of it. `rechain` and `install` write a
history of the attacker's choice with every hash, link, counter, tile and index row as the program would have made it,
so that only what can't be forged gives it away.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ledger import Report
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.disclosure import seal
from ledger.envelope import format_envelope, sign_envelope
from ledger.errors import FormatError
from ledger.kinds import KINDS, dataschema, erasable_paths
from ledger.leaf import parse_leaf
from ledger.memory import Pin
from ledger.merkle import RightEdge, leaf_hash
from ledger.signing import Signer
from ledger.statement import LEDGER, id_bytes, parse_statement
from ledger.store.index import row_of
from ledger.strictjson import canonical
from ledger.tiles import TileBuilder
from ledger.times import format_instant
from ledger.uuid7 import new_uuid7
from ledger.verdicts import Verdict
from ledger.verifying.verification import verify_ledger
from tests.ledger.anchored import anchor
from tests.ledger.harness import (
    START,
    SUBJECT,
    Harness,
    approval,
    decision,
    decision_about,
    enrolment,
    oversight,
    signer,
    source_of,
)

ZEROS = "0" * 64
Found = tuple[str, int, str]
"""A finding as (verdict, index or -1, what of it)."""


# A ledger to attack


def tell_story(folder: Path, *, decisions: int = 3, unsigned: int = 4) -> None:
    """A sound ledger in `folder`, closed: something of everything, `decisions` more decisions, an unsigned tail."""
    h = Harness.create(folder)
    report = folder / "report.txt"
    report.write_text("accuracy 0.76")
    photo = folder / "photo.jpg"
    photo.write_bytes(b"\xff\xd8" + bytes(range(256)))
    first = h.record("ai_decision", decision(1))  # entry 7
    h.record("ai_decision", decision_about("Ann Archer", 2))
    erased = h.record("ai_decision", decision_about("Bob Baker", 3))
    h.record("ai_decision", decision(4), attach=[h.ledger.attach(report, role="report")])  # entry 10
    personal = h.ledger.attach(photo, role="photo", personal=True)
    with_photo = h.record("ai_decision", decision(5), attach=[personal])
    h.record("approval", approval(first.statement), "approver")
    h.record("oversight_action", oversight(1), "overseer", subject="hiring")
    h.erase(erased.index, members=["/affected_person/name"])  # entry 14
    h.erase(with_photo.index, attachments=[personal.digest])
    h.record("key", {**enrolment("pipeline-b", "pipeline", principal="pipeline-1", sources=[source_of("pipeline")]),
                     "action": "rotated", "replaces": keyid("pipeline")}, ["admin", "pipeline-b"])  # fmt: skip
    h.record("key", {"action": "revoked", "keyid": keyid("auditor"), "reason": "left"}, "admin")
    with h.ledger.batch() as batch:
        for number in range(decisions):
            batch.record(decision(100 + number), kind="ai_decision", signers=signer("pipeline-b"), subject=SUBJECT)
    h.record("oversight_action", oversight(2), "overseer", subject="hiring")
    anchor(h)
    h.reopen(checkpoint_signer=None)
    for number in range(unsigned):
        h.record("oversight_action", oversight(10 + number), "overseer")
    h.check()
    h.close()


def keyid(name: str) -> str:
    """The key id of the key called `name`."""
    members = enrolment(name, "pipeline")
    return str(members["keyid"])


@dataclass(slots=True)
class Suspect:
    """A copy of a ledger, closed, in the hands of an attacker; `state` is the verifier's and out of reach."""

    folder: Path

    @classmethod
    def copy(cls, story: Path, folder: Path) -> Suspect:
        """A copy of everything in `story`."""
        shutil.copytree(story, folder)
        return cls(folder)

    @property
    def path(self) -> Path:
        """The database file."""
        return self.folder / "ledger.db"

    @property
    def state(self) -> Path:
        """What the verifier remembers."""
        return self.folder / "state"

    def harness(self, **options: Any) -> Harness:
        """The ledger opened again by its owner, who notices nothing."""
        h = Harness.__new__(Harness)
        from ledger import Ledger
        from tests.ledger.harness import Clock

        clock = Clock(START + 3_600_000_000)
        options = {"checkpoint_signer": signer("checkpoint"), "clock": clock, "state": self.state, **options}
        h.folder, h.clock, h.admins, h.acknowledged = self.folder, clock, ("admin",), []
        h.ledger = Ledger.open(self.path, **options)
        return h

    @contextmanager
    def tampering(self) -> Iterator[sqlite3.Connection]:
        """A raw connection with the triggers out of the way; they are back, and all is committed, afterwards."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            yield connection
            for _, sql in triggers:
                connection.execute(sql)

    def sql(self, statement: str, *values: Any) -> int:
        """Run raw SQL without triggers; the number of rows it changed, which is never 0."""
        with self.tampering() as connection:
            changed = connection.execute(statement, values).rowcount
        assert changed, statement
        return changed

    def one(self, query: str, *values: Any) -> Any:
        """The first column of the first row."""
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(query, values).fetchone()[0]

    def leaves(self) -> list[bytes]:
        """The leaf bytes of every entry."""
        with closing(sqlite3.connect(self.path)) as connection:
            return [leaf for (leaf,) in connection.execute("SELECT leaf FROM entry ORDER BY idx")]

    def set_leaf(self, index: int, leaf: object) -> None:
        """Put other bytes where a leaf was."""
        self.sql("UPDATE entry SET leaf = ? WHERE idx = ?", leaf, index)

    def records(self) -> list[Record]:
        """The entries as the attacker would write them again."""
        return [Record(m["envelope"], m["time"]) for m in map(json.loads, self.leaves())]

    @property
    def origin(self) -> str:
        """The origin."""
        return str(self.one("SELECT origin FROM head"))

    def verify(self, **options: Any) -> Report:
        """`verify_ledger` with the verifier's state, which is not changed."""
        return verify_ledger(self.path, **{"state": self.state, "remember": False, **options})

    def at_first_sight(self, **options: Any) -> Report:
        """The same by a verifier who has never seen this ledger."""
        return self.verify(**{"state": self.folder / "nothing remembered", **options})

    def pin(self) -> Pin:
        """The pin an auditor would hold."""
        text = json.loads(next((self.folder / "state").glob("*/pin.json")).read_bytes())
        return Pin(text["origin"], bytes.fromhex(text["genesis"]), tuple(text["vkeys"]))


def found(report: Report, *leave_out: Verdict) -> list[Found]:
    """The findings of a report but for harmless ones (and `leave_out`), after its counts were compared with them.

    That a lower level left something out, which it always says, is left out here too.
    """
    total = sum(count for _, count in report.counts)
    assert total == len(report.findings)
    for verdict, count in report.counts:
        assert count == sum(f.verdict is verdict for f in report.findings)
    return [
        (f.verdict.value, f.place.index, f.place.what)
        for f in report.findings
        if f.verdict not in (Verdict.ERASED, *leave_out) and not f.place.what.startswith("level ")
    ]


# Forging


@dataclass(slots=True)
class Record:
    """One entry as the attacker wants it: envelope, ledger time, and members of the leaf that are to be wrong."""

    envelope: Any
    time: str
    forced: Mapping[str, Any] = field(default_factory=dict)
    disclosures: Sequence[str] = ()

    @property
    def payload(self) -> bytes:
        """The statement's bytes."""
        return base64.b64decode(self.envelope["payload"])


def statement(kind: str, data: Mapping[str, Any], origin: str, by: str = "pipeline-b", **changes: Any) -> bytes:
    """The bytes of a statement that the key called `by` could sign; `changes` replace members."""
    now = START + 600_000_000
    members = {
        "specversion": "1.0",
        "id": new_uuid7(now),
        "source": source_of("pipeline" if by == "pipeline-b" else by),
        "type": f"org.aims-ledger.{kind}.v1",
        "subject": LEDGER if kind in ("ledger", "key") else SUBJECT,
        "time": format_instant(now),
        "ledger": origin,
        "datacontenttype": "application/json",
        "dataschema": dataschema(kind) if kind in KINDS else f"urn:aims-ledger:schema:{kind}:v1:sha256:{ZEROS}",
        "data": data,
        **changes,
    }
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def signed(payload: bytes, by: str | Sequence[str | Signer] = "pipeline-b", **options: Any) -> Record:
    """A record of a payload signed by the named keys, recorded after everything in the story."""
    signers = [signer(k) if isinstance(k, str) else k for k in ([by] if isinstance(by, str) else by)]
    options = {"time": format_instant(START + 600_000_000), **options}
    return Record(format_envelope(sign_envelope(payload, signers)), **options)


def sealed(kind: str, data: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The body with its erasable members sealed, and the disclosures."""
    salts = iter(range(1, 100))
    paths = erasable_paths(kind, data)
    body, disclosures = seal(data, paths, lambda: hashlib.sha256(b"%d" % next(salts)).digest()[:16])
    return body, [d.text for d in disclosures]


def rechain(records: Sequence[Record], origin: str) -> list[bytes]:
    """Leaves with the right index, links and counters, but for what a record forces to be wrong."""
    leaves: list[bytes] = []
    prev, counted = ZEROS, dict[str, tuple[int, str]]()
    for index, record in enumerate(records):
        try:
            subject = json.loads(record.payload)["subject"]
        except (ValueError, KeyError):
            subject = SUBJECT
        nth, nth_prev = counted.get(subject, (0, ZEROS))
        links = {"index": index, "ledger": origin, "nth": nth, "nth_prev": nth_prev, "prev": prev, "time": record.time}
        leaf = canonical({"envelope": record.envelope, **links, "v": 1, **record.forced})
        leaves.append(leaf)
        prev = leaf_hash(leaf).hex()
        counted[subject] = (nth + 1, prev)
    return leaves


def install(suspect: Suspect, leaves: Sequence[bytes], *, indexed: int | None = None) -> None:
    """Make these leaves the ledger, with every other row as the program would have written it.

    Checkpoints and disclosures stay as they are. Entries that nobody can index get no index rows.
    """
    indexed = len(leaves) if indexed is None else indexed
    edge, tiles = RightEdge(), TileBuilder()
    subjects: dict[str, tuple[int, bytes]] = {}
    with suspect.tampering() as c:
        for table in ("entry", "statement_id", "subject", "tile", "statement_recent", "statement_index",
                      "entry_index", "reference_index", "artefact_index"):  # fmt: skip
            c.execute(f"DELETE FROM {table}")
        time = 0
        for index, leaf in enumerate(leaves):
            hashed = leaf_hash(leaf)
            edge.append(hashed)
            c.execute("INSERT INTO entry VALUES (?, ?)", (index, leaf))
            for tile in tiles.append(hashed):
                c.execute("INSERT INTO tile VALUES (?, ?, ?)", (tile.level, tile.index, tile.hashes))
            subject, time = _index(c, index, leaf, time, behind=index >= indexed)
            subjects[subject] = (subjects.get(subject, (0, b""))[0] + 1, hashed)
        for subject, (count, last) in subjects.items():
            c.execute("INSERT INTO subject VALUES (?, ?, ?)", (subject, count, last))
        last_hash = leaf_hash(leaves[-1])
        c.execute(
            "UPDATE head SET size = ?, last_hash = ?, last_time = ?, edge = ?",
            (len(leaves), last_hash, time, edge.to_bytes()),
        )
        c.execute("UPDATE progress SET indexed = ?", (indexed,))


def _index(c: sqlite3.Connection, index: int, raw: bytes, time: int, *, behind: bool) -> tuple[str, int]:
    try:
        leaf = parse_leaf(raw)
        parsed = parse_statement(leaf.envelope.payload)
    except FormatError:
        members = json.loads(raw)
        moment = datetime.fromisoformat(members["time"]).astimezone(UTC)
        return SUBJECT, int(moment.timestamp() * 1_000_000)
    c.execute("INSERT INTO statement_id VALUES (?, ?, ?)", (id_bytes(parsed.id), parsed.source, index))
    table = "statement_recent" if behind else "statement_index"
    c.execute(f"INSERT OR IGNORE INTO {table} VALUES (?, ?)", (parsed.digest, index))
    if behind:
        return parsed.subject, leaf.links.time
    try:
        row = row_of(leaf, parsed)._replace(idx=index)
    except (KeyError, TypeError, ValueError, AttributeError):
        return parsed.subject, leaf.links.time
    c.execute("INSERT INTO entry_index VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row.columns())
    for target, rel in row.references:
        c.execute("INSERT INTO reference_index VALUES (?, ?, ?)", (target, index, rel))
    for digest in row.artefacts:
        c.execute("INSERT INTO artefact_index VALUES (?, ?)", (digest, index))
    return parsed.subject, leaf.links.time


def add(suspect: Suspect, *records: Record) -> int:
    """Append records as the program would have stored them, past its door; the index of the first."""
    before = suspect.records()
    install(suspect, rechain([*before, *records], suspect.origin))
    for place, record in enumerate(records, len(before)):
        for text in record.disclosures:
            digest = hashlib.sha256(text.encode()).digest()
            suspect.sql("INSERT INTO disclosure VALUES (?, ?, ?)", place, digest, text)
    return len(before)


def sign_again(suspect: Suspect, key: str = "checkpoint", *, keep_outside: bool = False) -> None:
    """Replace every checkpoint by one of the ledger as it is now, with a copy of that checkpoint key.

    What outsiders vouch for can't be signed again; it is removed, or left as it is.
    """
    leaves = suspect.leaves()
    edge = RightEdge()
    edge.extend(map(leaf_hash, leaves))
    note = sign_checkpoint(Checkpoint(suspect.origin, edge.size, edge.root()), signer(key))
    if keep_outside:
        suspect.sql("DELETE FROM checkpoint")
    else:
        without_notes(suspect)
    suspect.sql("INSERT INTO checkpoint VALUES (0, ?, ?)", edge.size, note)


def without_notes(suspect: Suspect) -> None:
    """Remove every checkpoint, cosignature and time stamp."""
    with suspect.tampering() as connection:
        for table in ("checkpoint", "cosignature", "timestamp"):
            connection.execute(f"DELETE FROM {table}")
