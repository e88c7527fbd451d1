"""One ledger with a key for every role, and `check()`, which verifies every invariant after each step.

`check()` asks two judges: `ledger.verifying.verification`, and `second_opinion`, which knows nothing of the package and
reads the database with ``sqlite3``, ``hashlib``, ``json``, ``rfc8785`` and ``cryptography`` alone.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ledger import Entry, Founder, Ledger, Receipt, Report, create_ledger
from ledger.disclosure import seal
from ledger.envelope import format_envelope, sign_envelope
from ledger.errors import AimsError, Damaged, FormatError, Refused
from ledger.kinds import KINDS, dataschema, erasable_paths
from ledger.policy import Policy
from ledger.signing import Ed25519Signer, Signer, key_id, key_members
from ledger.statement import LEDGER
from ledger.times import format_instant
from ledger.uuid7 import new_uuid7
from ledger.verifying.verification import verify_ledger

SECOND = 1_000_000
START = 1_795_428_000 * SECOND  # 2026-11-23T10:00:00Z
SUBJECT = "credit-scoring"
ROLES = ("pipeline", "overseer", "compliance", "approver", "investigator", "auditor")
NO_VALUE = object()
"""In `Harness.payload`: leave this member of the statement out."""


def signer(name: str) -> Ed25519Signer:
    """The same key for the same name in every run."""
    return Ed25519Signer.from_seed(sha256(name.encode()).digest())


def source_of(name: str) -> str:
    """The one source that the key called `name` may speak for."""
    return f"https://bank.example/{name}"


@dataclass(slots=True)
class Clock:
    """A clock that a test sets; each reading moves it by a millisecond."""

    now: int = START

    def __call__(self) -> int:
        self.now += 1_000
        return self.now


# Small valid bodies


def decision(number: int = 1, **more: Any) -> dict[str, Any]:
    """An `ai_decision` (role pipeline) without erasable members."""
    model = {"model_id": "scorecard", "version": "1.0"}
    return {"decision_id": f"decision-{number}", "model": model, "replayed": False, **more}


def decision_about(name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    """An `ai_decision` with two erasable members: the person's name, and an explanation that repeats it."""
    person = {"id": f"applicant-{number}", "name": name}
    return decision(number, affected_person=person, explanation=f"{name} earns too little", **more)


def oversight(number: int = 1, **more: Any) -> dict[str, Any]:
    """An `oversight_action` (role overseer)."""
    return {
        "oversight_id": f"oversight-{number}",
        "action": "overridden",
        "actor": {"id": "overseer-1"},
        "reason_code": "income verified by hand",
        **more,
    }


def approval(statement: str | None = None, **more: Any) -> dict[str, Any]:
    """An `approval` (role approver) of a statement, or of the file digest in `more`."""
    return {"decision": "approved", "scope": "release", **({"statement": statement} if statement else {}), **more}


def enrolment(name: str, *roles: str, principal: str | None = None, **changes: Any) -> dict[str, Any]:
    """A `key` body that enrols the key called `name`."""
    public_key = signer(name).public_key
    return {
        "action": "enrolled",
        "keyid": key_id(public_key),
        **key_members(public_key),
        "principal": principal or f"{name}-1",
        "roles": list(roles),
        "sources": [source_of(name)],
        **changes,
    }


@dataclass(slots=True)
class Harness:
    """A ledger in `folder` with keys: ``admin`` (further: ``admin2``, ...), one for each role, ``checkpoint``.

    The key called NAME belongs to principal ``NAME-1``, has the role NAME and the source `source_of(NAME)`.
    """

    folder: Path
    ledger: Ledger
    clock: Clock
    admins: tuple[str, ...]
    acknowledged: list[Receipt] = field(default_factory=list)

    @classmethod
    def create(
        cls,
        folder: Path,
        *,
        policy: Policy | None = None,
        admins: int = 1,
        roles: Sequence[str] = ROLES,
        name: str = "bank.example/aims",
    ) -> Harness:
        """A new ledger below `folder`, open, its keys enrolled; every append also signs a checkpoint."""
        names = ("admin", *(f"admin{n}" for n in range(2, admins + 1)))
        clock = Clock()
        ledger = create_ledger(
            folder / "ledger.db",
            name=name,
            founder="Bank",
            admins=[Founder(signer(n), f"{n}-1", (source_of(n),)) for n in names],
            checkpoint_signer=signer("checkpoint"),
            policy=policy,
            clock=clock,
            state=folder / "state",
        )
        harness = cls(folder, ledger, clock, names)
        if roles:
            with ledger.batch() as batch:
                for role in roles:
                    signers = [*map(signer, names), signer(role)]
                    batch.record(enrolment(role, role), kind="key", signers=signers, subject=LEDGER)
        return harness

    @property
    def path(self) -> Path:
        """The database file."""
        return self.folder / "ledger.db"

    @property
    def state(self) -> Path:
        """What is remembered outside the database."""
        return self.folder / "state"

    @property
    def origin(self) -> str:
        """The ledger's origin."""
        return self.ledger.origin

    # Making what goes in

    def payload(
        self, kind: str, data: Mapping[str, Any], by: str | Sequence[str] = "pipeline", **changes: Any
    ) -> bytes:
        """The bytes of a statement; `changes` replace its members, or leave them out with `NO_VALUE`."""
        first = by if isinstance(by, str) else by[0]
        now = self.clock()
        members = {
            "specversion": "1.0",
            "id": new_uuid7(now),
            "source": source_of(first),
            "type": f"org.aims-ledger.{kind}.v1",
            "subject": LEDGER if kind in ("ledger", "key") else SUBJECT,
            "time": format_instant(now),
            "ledger": self.origin,
            "datacontenttype": "application/json",
            "dataschema": dataschema(kind) if kind in KINDS else f"urn:aims-ledger:schema:{kind}:v1:sha256:00",
            "data": data,
            **changes,
        }
        members = {name: value for name, value in members.items() if value is not NO_VALUE}
        return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()

    def sign(
        self, payload: bytes, by: str | Sequence[str | Signer] = "pipeline", disclosures: Sequence[str] = ()
    ) -> bytes:
        """The append line of a payload, signed by the named keys, or by signers that have no name here."""
        signers = [signer(k) if isinstance(k, str) else k for k in ([by] if isinstance(by, str) else by)]
        members: dict[str, Any] = {"envelope": format_envelope(sign_envelope(payload, signers))}
        if disclosures:
            members["disclosures"] = list(disclosures)
        return json.dumps(members).encode()

    def line(self, kind: str, data: Mapping[str, Any], by: str | Sequence[str] = "pipeline", **changes: Any) -> bytes:
        """A signed append line; erasable members of `data` are sealed if the kind has any."""
        paths = erasable_paths(kind, data) if kind in KINDS else frozenset()
        salts = iter(range(1, 100))
        sealed, disclosures = seal(data, paths, lambda: sha256(b"%d" % next(salts)).digest()[:16])
        return self.sign(self.payload(kind, sealed, by, **changes), by, [d.text for d in disclosures])

    # Doing

    def record(
        self, kind: str, data: Mapping[str, Any], by: str | Sequence[str] = "pipeline", **options: Any
    ) -> Receipt:
        """`Ledger.record` with the named keys; the receipt is remembered for `check`."""
        names = [by] if isinstance(by, str) else list(by)
        subject = LEDGER if kind in ("ledger", "key") else SUBJECT
        options = {"subject": subject, **options}
        receipt = self.ledger.record(data, kind=kind, signers=[signer(n) for n in names], **options)
        self.acknowledged.append(receipt)
        return receipt

    def append(self, *lines: bytes) -> list[Receipt]:
        """`Ledger.append`; the receipts are remembered for `check`."""
        receipts = self.ledger.append(lines)
        self.acknowledged += receipts
        return receipts

    def enrol(self, name: str, *roles: str, by: Sequence[str] | None = None, **changes: Any) -> Receipt:
        """Enrol the key called `name`; `by` are the admins that sign beside it, by default all."""
        return self.record("key", enrolment(name, *roles, **changes), [*(by or self.admins), name])

    def erase(self, entry: int, **options: Any) -> Any:
        """`ledger.erasing.erase`, approved by the approver and signed by compliance too."""
        from ledger.erasing import erase

        options = {
            "legal_basis": "GDPR Art. 17(1)(b)", "reason": "consent withdrawn", "approved_by": "approver-1",
            "signers": [signer("compliance"), signer("approver")], **options,
        }  # fmt: skip
        return erase(self.ledger, entry, **options)

    def refuse(self, *lines: bytes, match: str, rule: str = "", error: type[AimsError] = Refused) -> AimsError:
        """Append `lines` and see them refused: the right error, one clear line, exit code 2, nothing stored."""
        with self.nothing_stored(), pytest.raises(error, match=match) as caught:
            self.ledger.append(lines)
        refused = caught.value
        assert type(refused) is error
        assert getattr(refused, "rule", "") == rule
        assert_one_clear_line(refused)
        return refused

    @contextmanager
    def nothing_stored(self) -> Iterator[None]:
        """A block after which every row of every table is what it was before."""
        before = self.rows()
        yield
        assert self.rows() == before

    def reopen(self, **options: Any) -> Ledger:
        """Close the ledger and open it again; without options as before."""
        self.ledger.close()
        options = {"checkpoint_signer": signer("checkpoint"), "clock": self.clock, "state": self.state, **options}
        self.ledger = Ledger.open(self.path, **options)
        return self.ledger

    def close(self) -> None:
        """Close the ledger."""
        self.ledger.close()

    # Looking

    def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table."""
        with closing(sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)) as connection:
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
            return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names.fetchall()}

    def sql(self, statement: str, *values: Any) -> int:
        """Run raw SQL, as anyone with the file can, and commit; the number of rows it changed."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            return connection.execute(statement, values).rowcount

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

    def entry(self, place: int | str) -> Entry:
        """One entry."""
        return self.ledger.entry(place)

    def verify(self, **options: Any) -> Report:
        """`verify_ledger` with this harness's state folder, which then remembers what was seen."""
        return verify_ledger(self.path, **{"state": self.state, **options})

    def check(self) -> Report:
        """See that both judges find the ledger sound and everything acknowledged is in it."""
        report = self.verify()
        assert (report.exit_code, report.summary) == (0, "sound"), "\n".join(map(str, report.findings))
        hashes, root = second_opinion(self.path)
        assert (report.size, report.root) == (len(hashes), root)
        for receipt in self.acknowledged:
            assert hashes[receipt.index] == receipt.leaf_hash, f"receipt of entry {receipt.index}"
        return report


def assert_one_clear_line(error: AimsError) -> None:
    """See that an error is one line that a terminal can show, says what to do, and has exit code 2 (damage: 1)."""
    assert str(error).isprintable()
    assert 20 < len(str(error)) < 600
    # What a format expected is what to do about it; everything else names the remedy.
    assert error.remedy or (isinstance(error, FormatError) and error.expected)
    assert error.exit_code == (1 if isinstance(error, Damaged) else 2)


def second_opinion(path: Path) -> tuple[list[bytes], bytes]:
    """The leaf hashes and root of a ledger's database, after everything that can be said from its bytes was checked.

    Not checked, since it needs the meaning of bodies: roles, policy, schemas, disclosures.
    """
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        leaves = [bytes(leaf) for (leaf,) in connection.execute("SELECT leaf FROM entry ORDER BY idx")]
        places = [idx for (idx,) in connection.execute("SELECT idx FROM entry ORDER BY idx")]
        head = connection.execute("SELECT origin, size, last_hash FROM head").fetchone()
        subjects = {s: (c, bytes(h)) for s, c, h in connection.execute("SELECT subject, count, last_hash FROM subject")}
        tiles = {(lv, n): bytes(h) for lv, n, h in connection.execute("SELECT level, n, hashes FROM tile")}
        notes = connection.execute("SELECT size, note FROM checkpoint ORDER BY seq").fetchall()
    assert places == list(range(len(leaves)))
    hashes = [sha256(b"\x00" + leaf).digest() for leaf in leaves]
    counted: dict[str, tuple[int, bytes]] = {}
    keys: dict[str, str] = {}
    time = ""
    for place, leaf in enumerate(leaves):
        members = json.loads(leaf)
        assert rfc8785.dumps(members) == leaf
        statement = json.loads(base64.b64decode(members["envelope"]["payload"]))
        nth, nth_prev = counted.get(statement["subject"], (0, bytes(32)))
        expected = {
            "envelope": members["envelope"],
            "index": place,
            "ledger": head[0],
            "nth": nth,
            "nth_prev": nth_prev.hex(),
            "prev": (hashes[place - 1] if place else bytes(32)).hex(),
            "time": max(members["time"], time),
            "v": 1,
        }
        assert members == expected
        time = statement["data"]["clock"] if statement["data"].get("action") == "clock_reset" else members["time"]
        counted[statement["subject"]] = (nth + 1, hashes[place])
        _collect_keys(keys, statement["data"])
        _check_signatures(members["envelope"], keys)
    assert head == (head[0], len(leaves), hashes[-1])
    assert subjects == counted
    assert tiles == _tiles(hashes)
    for size, note in notes:
        origin, stated, root = bytes(note).split(b"\n")[:3]
        assert (origin.decode(), int(stated), base64.b64decode(root)) == (head[0], size, _root(hashes[:size]))
    return hashes, _root(hashes)


def _collect_keys(keys: dict[str, str], data: Mapping[str, Any]) -> None:
    for listed in (data, *data.get("keys", ())):
        if "public_key" in listed:
            keys[sha256(base64.b64decode(listed["public_key"])).hexdigest()] = listed["public_key"]


def _check_signatures(envelope: Mapping[str, Any], keys: Mapping[str, str]) -> None:
    body, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"]
    message = f"DSSEv1 {len(kind)} {kind} {len(body)} ".encode() + body
    assert envelope["signatures"]
    for signature in envelope["signatures"]:
        public_key: Any = load_der_public_key(base64.b64decode(keys[signature["keyid"]]))
        public_key.verify(base64.b64decode(signature["sig"]), message)


def _root(hashes: Sequence[bytes]) -> bytes:
    # RFC 6962 section 2.1, as it is written there.
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\x01" + _root(hashes[:half]) + _root(hashes[half:])).digest()


def _tiles(hashes: Sequence[bytes]) -> dict[tuple[int, int], bytes]:
    # tlog-tiles: full tiles of 256 hashes; a level holds the roots of the full tiles below it.
    tiles, level, row = {}, 0, list(hashes)
    while len(row) >= 256:
        full = [row[at : at + 256] for at in range(0, len(row) - 255, 256)]
        tiles.update({(level, n): b"".join(tile) for n, tile in enumerate(full)})
        level, row = level + 1, [_root(tile) for tile in full]
    return tiles
