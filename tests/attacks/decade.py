"""Ten years of a ledger: people come and go, keys are rotated and revoked, one is stolen and nobody notices at first.

Three administrators, two of whom are needed. Three witnesses, two of whom a certifier asks for; they cosign at the end
of each year, but of the seventh, when a time stamp is all there is. The key ``pipeline-b`` is in use in the years 2 to
6; it was stolen in the middle of year 5, which is found out in year 10 at the earliest (`report_theft`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ledger import Report
from ledger.cosignature import cosigner_key
from ledger.note import VerifierKey, format_vkey, parse_note
from ledger.policy import Policy, format_policy
from ledger.store.anchors import add_cosignature, add_timestamp
from ledger.times import format_instant
from ledger.trust import TrustPolicy, parse_trust_policy
from tests.ledger.anchored import cosigned
from tests.ledger.attacker import Record, Suspect, install, keyid, rechain, sign_again, signed, statement
from tests.ledger.harness import SECOND, START, Harness, decision, enrolment, oversight, signer, source_of
from tests.ledger.tsa import Authority

YEAR: Final = 365 * 86_400 * SECOND
STOLEN: Final = START + 4 * YEAR + YEAR // 2
"""In the middle of year 5, in microseconds since 1970."""
WITNESSES: Final = ("w1", "w2", "w3")
ADMINS: Final = ("admin", "admin2")
KEYS: Final = ("checkpoint", "checkpoint-b")


@dataclass(slots=True)
class Decade:
    """The ledger's folder, and where what happened: entries by the name of the pipeline's key and the year."""

    folder: Path
    origin: str = ""
    roots: tuple[bytes, ...] = ()
    decisions: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    notes: dict[int, bytes] = field(default_factory=dict)  # the checkpoint at the end of each year
    sizes: dict[int, int] = field(default_factory=dict)

    def by(self, key: str, *years: int) -> set[int]:
        """The entries that a key signed in these years."""
        return {index for year in years for index in self.decisions.get((key, year), [])}

    def policy(self, *, quorum: int = 2, keys: tuple[str, ...] = KEYS) -> TrustPolicy:
        """What a certifier trusts: the checkpoint keys of the ledger, and so many of the three witnesses."""
        vkeys = [format_vkey(VerifierKey(self.origin, signer(key).public_key)) for key in keys]
        lines = [f"log {vkey}" for vkey in vkeys]
        lines += [f"witness {name} {format_vkey(witness_key(name))}" for name in WITNESSES]
        lines += [f"group enough {quorum} {' '.join(WITNESSES)}", "quorum enough", ""]
        return parse_trust_policy("\n".join(lines).encode())

    def copy(self, folder: Path) -> Suspect:
        """A copy in somebody's hands."""
        return Suspect.copy(self.folder, folder)


def witness_key(name: str) -> VerifierKey:
    """The key of a witness."""
    return cosigner_key(f"{name}.example", signer(name))


def witness(h: Harness, note: bytes, *names: str, at: int) -> None:
    """Store what witnesses say of a checkpoint at the instant `at`."""
    size = int(parse_note(note).text.split("\n")[1])
    with h.ledger.backend.writing("anchoring") as connection:
        for name in names:
            said = cosigned(note, at // SECOND, name=f"{name}.example", key=name)
            add_cosignature(connection, size=size, witness=str(witness_key(name)), note=said, received=at)


def live(folder: Path) -> Decade:
    """Let ten years go by in `folder`, checking after each, and close the ledger."""
    h = Harness.create(folder, admins=3, policy=Policy(quorum=2), name="bank.example/decade")
    decade = Decade(folder, h.origin)
    _Years(h, decade).go_by()
    h.close()
    return decade


class _Years:
    """One year after the other."""

    def __init__(self, harness: Harness, decade: Decade) -> None:
        self.h, self.decade, self.year = harness, decade, 1
        self.pipeline, self.overseer = "pipeline", "overseer"

    def go_by(self) -> None:
        for change in (
            self._nothing, self._first_rotation, self._checkpoint_rotation, self._new_admin, self._theft,
            self._second_rotation, self._stricter, self._lost_memory, self._new_overseer, self._nothing,
        ):  # fmt: skip
            self._decide(2)
            change()
            self._decide(1)
            self._end()

    def _decide(self, count: int) -> None:
        made = self.decade.decisions.setdefault((self.pipeline, self.year), [])
        for _ in range(count):
            options = {"source": source_of("pipeline")}
            made.append(self.h.record("ai_decision", decision(self.h.ledger.size), self.pipeline, **options).index)

    def _end(self) -> None:
        h, note = self.h, self.h.ledger.checkpoint()
        h.clock.now = START + self.year * YEAR - 86_400 * SECOND
        self.decade.notes[self.year], self.decade.sizes[self.year] = note, h.ledger.size
        if self.year == 7:
            self._stamp(note)
        else:
            witness(h, note, "w1", "w3" if self.year % 2 else "w2", at=h.clock.now)
        h.check()
        self.year += 1
        h.clock.now = START + (self.year - 1) * YEAR

    def _stamp(self, note: bytes) -> None:
        now = datetime.fromtimestamp(self.h.clock.now // SECOND, UTC)
        authority = Authority(at=now, valid=(now.replace(year=now.year - 1), now.replace(year=now.year + 1)))
        self.decade.roots = authority.roots
        token = authority.stamp(parse_note(note).text.encode())
        with self.h.ledger.backend.writing("stamping") as connection:
            options: dict[str, Any] = {"authority": "https://tsa.example/", "received": self.h.clock.now}
            add_timestamp(connection, size=self.h.ledger.size, note=note, token=token, **options)

    def _rotate(self, new: str, *by: str) -> None:
        body = enrolment(new, "pipeline", principal="pipeline-1", sources=[source_of("pipeline")])
        body |= {"action": "rotated", "replaces": keyid(self.pipeline)}
        self.h.record("key", body, [*by, new])
        self.pipeline = new

    def _nothing(self) -> None:
        self.h.record("oversight_action", oversight(self.year), self.overseer)

    def _first_rotation(self) -> None:
        self._rotate("pipeline-b", "admin", self.pipeline)

    def _checkpoint_rotation(self) -> None:
        h = self.h
        vkey = format_vkey(VerifierKey(h.origin, signer("checkpoint-b").public_key))
        (old,) = (key.text for key in h.ledger.authority.checkpoint_keys)
        h.record("ledger", {"action": "checkpoint_key_added", "checkpoint_key": vkey, "reason": "rotation"}, ADMINS)
        note = h.ledger.checkpoint()
        h.reopen(checkpoint_signer=signer("checkpoint-b"))
        h.ledger.adopt(note, unwitnessed=True)
        h.record("ledger", {"action": "checkpoint_key_retired", "checkpoint_key": old, "reason": "rotation"}, ADMINS)

    def _new_admin(self) -> None:
        self.h.record("key", enrolment("admin4", "admin"), [*ADMINS, "admin4"])
        self.h.record("key", {"action": "revoked", "keyid": keyid("admin3"), "reason": "left"}, ADMINS)

    def _theft(self) -> None:
        # The last that a quorum saw before the theft: what is recorded from here on is known to nobody in time.
        note, before = self.h.ledger.checkpoint(), STOLEN - 86_400 * SECOND
        witness(self.h, note, "w1", "w2", at=before)
        self.h.clock.now = STOLEN + 86_400 * SECOND

    def _second_rotation(self) -> None:
        self._rotate("pipeline-c", *ADMINS)

    def _stricter(self) -> None:
        policy = format_policy(Policy(quorum=2, principals={"erasure": 2, "pruning": 2, "approval": 1}))
        self.h.record("ledger", {"action": "policy_changed", "policy": policy, "reason": "review"}, ADMINS)

    def _lost_memory(self) -> None:
        note = self.h.ledger.checkpoint()
        for file in self.h.state.glob("*/signer-*"):
            file.unlink()
        self.h.reopen(checkpoint_signer=signer("checkpoint-b"))
        witnessed = cosigned(note, self.h.clock.now // SECOND, name="w1.example", key="w1")
        self.h.ledger.adopt(witnessed, replace(self.decade, origin=self.h.origin).policy(quorum=1))

    def _new_overseer(self) -> None:
        self.h.record("key", {"action": "revoked", "keyid": keyid("overseer"), "reason": "left"}, "admin")
        self.h.enrol("overseer-b", "overseer", by=["admin"])
        self.overseer = "overseer-b"


@contextmanager
def opened(suspect: Suspect) -> Iterator[Harness]:
    """The ledger at the end of year 10, opened by its owner."""
    h = suspect.harness(checkpoint_signer=signer("checkpoint-b"))
    h.clock.now = START + 10 * YEAR
    yield h
    h.close()


def report_theft(suspect: Suspect, key: str = "pipeline-b", since: int = STOLEN) -> int:
    """The theft is found out, and reported; the index of the report."""
    body = {"action": "compromised", "keyid": keyid(key), "since": format_instant(since), "reason": "stolen"}
    with opened(suspect) as h:
        return h.record("key", body, "admin").index


def certify(suspect: Suspect, decade: Decade, **options: Any) -> Report:
    """A certifier's verification: never here before, and with a policy, certificates, or what `options` say."""
    return suspect.at_first_sight(**{"policy": decade.policy(), "timestamp_roots": decade.roots, **options})


def forged(suspect: Suspect, recorded: int, happened: int | None = None) -> Record:
    """An entry that the thief says was recorded, and happened, when it suits, signed with the stolen key."""
    options = {"source": source_of("pipeline"), "time": format_instant(recorded if happened is None else happened)}
    payload = statement("ai_decision", decision(666), suspect.origin, "pipeline-b", **options)
    return signed(payload, "pipeline-b", time=format_instant(recorded))


def rewrite(suspect: Suspect, place: int, record: Record) -> None:
    """Put a record in the place of another, and make every hash, link, tile, counter and index agree with it."""
    records = suspect.records()
    records[place] = record
    install(suspect, rechain(records, suspect.origin))


def sign_again_with(suspect: Suspect, key: str) -> None:
    """Replace every checkpoint by one of the ledger as it is, signed with a copy of that checkpoint key."""
    sign_again(suspect, key, keep_outside=True)
