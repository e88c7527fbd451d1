"""The second reader, which follows docs/FORMAT.md, finds in every ledger what the program finds.

A difference is a bug in one of the two, or in the page.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.memory import Memory, Pin
from ledger.note import VerifierKey, format_vkey
from ledger.policy import Policy, format_policy
from ledger.signing import key_id
from ledger.times import format_instant
from ledger.verifying.verification import verify_ledger
from tests.ledger.anchored import anchor
from tests.ledger.harness import Harness, approval, decision, decision_about, enrolment, oversight, signer
from tests.second.verifier import Seen, exit_code, verify

Tamper = Callable[[sqlite3.Connection, dict[str, int]], Any]


class Story:
    """A ledger in which everything happened, and the places where it did."""

    def __init__(self, folder: Path) -> None:
        self.harness = harness = Harness.create(folder, admins=2, policy=Policy(quorum=2))
        self.places: dict[str, int] = {}
        self._people()
        self._keys()
        self._attachments()
        with harness.ledger.batch() as batch:
            for number in range(300):
                batch.record(
                    decision(number), kind="ai_decision", signers=signer("pipeline"), subject=f"s-{number % 3}"
                )
        harness.ledger.rebuild_index()
        for number in range(301, 306):
            harness.record("ai_decision", decision(number))
        anchor(harness)
        harness.verify()
        self.seen = harness.ledger.memory.pin()
        harness.close()

    def _people(self) -> None:
        harness = self.harness
        told = harness.append(*(harness.line("ai_decision", decision_about(n)) for n in ("Ann", "Ben", "Cleo")))
        self.places["sealed"], self.places["erased"] = told[0].index, told[1].index
        harness.erase(told[1].index)
        self.places["erasure"] = told[2].index + 1
        harness.erase(told[2].index, members=["/explanation"])
        human = harness.record("oversight_action", oversight(), "overseer")
        self.places["approval"] = harness.record("approval", approval(human.statement), "approver").index

    def _keys(self) -> None:
        harness, admins = self.harness, self.harness.admins
        harness.enrol("pipeline2", "pipeline")
        self.places["signed by the revoked key"] = harness.record("ai_decision", decision(7), "pipeline2").index
        revoked = {"action": "revoked", "keyid": key_id(signer("pipeline2").public_key), "reason": "left"}
        self.places["revocation"] = harness.record("key", revoked, admins).index
        rotated = {
            **enrolment("auditor2", "auditor", principal="auditor-1"),
            "action": "rotated",
            "sources": ["https://bank.example/auditor"],
            "replaces": key_id(signer("auditor").public_key),
        }
        harness.record("key", rotated, [admins[0], "auditor", "auditor2"])
        policy = format_policy(Policy(principals={"release": 2, "erasure": 2, "pruning": 2}, quorum=2))
        harness.record("ledger", {"action": "policy_changed", "policy": policy, "reason": "releases"}, admins)
        vkey = format_vkey(VerifierKey(harness.origin, signer("checkpoint2").public_key))
        added = {"action": "checkpoint_key_added", "checkpoint_key": vkey, "reason": "yearly"}
        harness.record("ledger", added, admins)
        clock = format_instant(harness.clock.now - 3_600_000_000)
        harness.record("ledger", {"action": "clock_reset", "clock": clock, "reason": "was ahead"}, admins)
        harness.clock.now -= 3_600_000_000

    def _attachments(self) -> None:
        harness = self.harness
        file = harness.folder / "model.bin"
        file.write_bytes(b"weights")
        model = harness.ledger.attach(file, role="model")
        report = harness.ledger.attach(file, role="report", personal=True)
        receipt = harness.record("ai_decision", decision(8), attach=[model, report])
        harness.erase(receipt.index, attachments=[report.digest])
        self.places["attachment"] = receipt.index
        self.model = harness.path.with_name("ledger.db.blobs") / model.digest[:2] / model.digest[2:]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("story"))


@pytest.fixture
def copy(story: Story, tmp_path: Path) -> Path:
    """A copy of the ledger that a test may damage."""
    shutil.copytree(story.harness.folder, tmp_path, dirs_exist_ok=True)
    return tmp_path / "ledger.db"


def tamper(path: Path, places: dict[str, int], change: Tamper) -> None:
    """Change the database with its triggers out of the way."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        change(connection, places)


def compare(path: Path, pin: Pin | None) -> set[tuple[str, int]]:
    """What both say of the ledger; the test fails where they differ."""
    empty = path.with_name("empty-state")
    if pin is not None:
        Memory(pin.origin, empty).remember(pin)  # what a pin from elsewhere has seen proves no times
    report = verify_ledger(path, state=empty, remember=False)
    program = {(found.verdict.value, found.place.index) for found in report.findings}
    seen = Seen(pin.origin, pin.genesis, pin.vkeys, tuple((s.size, s.root, s.at) for s in pin.seen)) if pin else None
    second = verify(path, seen)
    # Bodies are not compared with their schemas by the second reader.
    assert second == {found for found in program if found[0] != "schema violation"}
    assert exit_code(second) == report.exit_code
    return second


def edit_leaf(index: int, old: bytes, new: bytes) -> Tamper:
    def change(connection: sqlite3.Connection, _: dict[str, int]) -> None:
        (leaf,) = connection.execute("SELECT leaf FROM entry WHERE idx = ?", (index,)).fetchone()
        assert old in leaf
        connection.execute("UPDATE entry SET leaf = ? WHERE idx = ?", (leaf.replace(old, new, 1), index))

    return change


def sql(*statements: str) -> Tamper:
    def change(connection: sqlite3.Connection, places: dict[str, int]) -> None:
        for statement in statements:
            assert connection.execute(statement, places).rowcount, statement

    return change


def exchange_values(connection: sqlite3.Connection, places: dict[str, int]) -> None:
    """Two values of one entry under each other's digests: an erasure of one would delete the other."""
    sealed = "SELECT digest, text FROM disclosure WHERE idx = ?"
    (one, its), (other, others) = connection.execute(sealed, (places["sealed"],)).fetchall()
    for digest, text in ((one, others), (other, its)):
        connection.execute("UPDATE disclosure SET text = ? WHERE digest = ?", (text, digest))


def without_checkpoints(other: Tamper) -> Tamper:
    def change(connection: sqlite3.Connection, places: dict[str, int]) -> None:
        connection.execute("DELETE FROM checkpoint")
        other(connection, places)

    return change


def test_both_call_a_good_ledger_sound(story: Story, copy: Path) -> None:
    found = compare(copy, story.seen)

    assert {verdict for verdict, _ in found} == {"erased"}


def test_both_say_first_sight_without_a_pin(copy: Path) -> None:
    assert ("self-consistent, first sight", -1) in compare(copy, None)


TAMPERINGS: dict[str, Tamper] = {
    "a signature was replaced": edit_leaf(40, b'"sig":"', b'"sig":"AAAA'),
    "one character of a payload": edit_leaf(40, b'"payload":"eyJz', b'"payload":"eyJa'),
    "the time of a leaf": edit_leaf(40, b'"time":"20', b'"time":"21'),
    "the place of a leaf": edit_leaf(41, b'"index":41', b'"index":42'),
    "the chain link of a leaf": edit_leaf(50, b'"prev":"', b'"prev":"0'),
    "a leaf that is no JSON": edit_leaf(60, b"{", b"["),
    "the last leaf": sql("UPDATE entry SET leaf = CAST(leaf || ' ' AS BLOB) WHERE idx = (SELECT max(idx) FROM entry)"),
    "another version": edit_leaf(61, b'"v":1}', b'"v":2}'),
    "an entry is gone": sql("DELETE FROM entry WHERE idx = 100"),
    "several entries are gone": sql("DELETE FROM entry WHERE idx BETWEEN 100 AND 120 OR idx = 130"),
    "two entries changed places": sql(
        "UPDATE entry SET idx = -1 WHERE idx = 70",
        "UPDATE entry SET idx = 70 WHERE idx = 71",
        "UPDATE entry SET idx = 71 WHERE idx = -1",
    ),
    "the tail is cut": sql("DELETE FROM entry WHERE idx > 290"),
    "the head is set back": sql("UPDATE head SET size = size - 1"),
    "the head has another hash": sql("UPDATE head SET last_hash = zeroblob(32)"),
    "the head has another edge": sql("UPDATE head SET edge = zeroblob(length(edge))"),
    "the head has another time": sql("UPDATE head SET last_time = last_time + 1"),
    "a tile": sql("UPDATE tile SET hashes = zeroblob(8192)"),
    "a tile is gone": sql("DELETE FROM tile"),
    "a tile too many": sql("INSERT INTO tile VALUES (1, 0, zeroblob(8192))"),
    "a counter": sql("UPDATE subject SET count = count + 1 WHERE subject = 's-1'"),
    "a checkpoint of another text": sql(
        "UPDATE checkpoint SET note = CAST(replace(note, 'bank', 'bonk') AS BLOB) WHERE seq = 1"
    ),
    "a checkpoint of another size": sql("UPDATE checkpoint SET size = size + 1 WHERE seq = 1"),
    "a cosignature on another text": sql(
        "UPDATE cosignature SET note = CAST(replace(note, 'bank', 'bonk') AS BLOB) WHERE seq = 1"
    ),
    "a cosignature of another size": sql("UPDATE cosignature SET size = size - 1 WHERE seq = 1"),
    "a cosignature beyond the end": sql("UPDATE cosignature SET size = size + 1 WHERE seq = 1"),
    "a cosignature under another name": sql("UPDATE cosignature SET witness = 'other' WHERE seq = 1"),
    "a cosignature by nobody but the ledger": sql(
        "UPDATE cosignature SET note = (SELECT note FROM checkpoint ORDER BY seq DESC LIMIT 1) WHERE seq = 1"
    ),
    "a time stamp on another text": sql("UPDATE timestamp SET token = zeroblob(99) WHERE seq = 1"),
    "a time stamp of no note": sql("UPDATE timestamp SET note = zeroblob(99) WHERE seq = 0"),
    "an id": sql("UPDATE statement_id SET id = zeroblob(16) WHERE idx = 30"),
    "a digest": sql("UPDATE statement_index SET digest = zeroblob(32) WHERE idx = 30"),
    "the kind in the index": sql("UPDATE entry_index SET kind = 'risk' WHERE idx = 30"),
    "a key entry hidden by the index": sql("UPDATE entry_index SET kind = 'risk' WHERE idx = :revocation"),
    "a row of the index is gone": sql("DELETE FROM entry_index WHERE idx = 30"),
    "a row of the index too many": sql("INSERT INTO artefact_index VALUES (zeroblob(32), 30)"),
    "a reference is not indexed": sql("DELETE FROM reference_index WHERE idx = :approval"),
    "a row far out": sql("INSERT INTO entry SELECT 1 << 40, leaf FROM entry WHERE idx = 5"),
    "a row below zero": sql("INSERT INTO entry SELECT -5, leaf FROM entry WHERE idx = 5"),
    "the head is gone": sql("DELETE FROM head"),
    "the head names another ledger": sql("UPDATE head SET origin = 'other.example/x'"),
    "the index says it reaches further": sql("UPDATE progress SET indexed = indexed + 1"),
    "entry 0 is another": edit_leaf(0, b'"time":"20', b'"time":"21'),
    "a key entry is damaged": edit_leaf(9, b'"payload":"eyJz', b'"payload":"eyJa'),
    "a key entry is gone": sql("DELETE FROM entry WHERE idx = 9"),
    "a value under another digest": sql(
        "UPDATE disclosure SET digest = zeroblob(32) WHERE idx = :sealed"
        " AND digest = (SELECT max(digest) FROM disclosure WHERE idx = :sealed)"
    ),
    "two values exchanged": exchange_values,
    "a value for nothing": sql("INSERT INTO disclosure VALUES (0, zeroblob(32), 'WyJBIl0')"),
    "a value vanished": sql("DELETE FROM disclosure WHERE idx = :sealed"),
    "a value was replaced": sql(
        "UPDATE disclosure SET text = (SELECT text FROM disclosure WHERE idx = :sealed + 2) WHERE idx = :sealed"
    ),
    "an erased value is back": sql(
        "INSERT INTO disclosure SELECT :erased, digest, 'WyJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBIiwibiIsMV0' FROM erased"
        " WHERE idx = :erased LIMIT 1"
    ),
    "an erasure was forgotten": sql("DELETE FROM erased WHERE idx = :erased"),
    "an erasure by another entry": sql("UPDATE erased SET by_idx = 2 WHERE idx = :erased"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_both_find_the_same_in_a_tampered_copy(story: Story, copy: Path, name: str) -> None:
    tamper(copy, story.places, TAMPERINGS[name])

    assert exit_code(compare(copy, story.seen)) in (1, 4 if name == "another version" else 1)


ABOUT_ENTRIES = [
    name for name in TAMPERINGS if any(word in name for word in ("leaf", "payload", "entr", "tail", "head"))
]


@pytest.mark.parametrize("name", ABOUT_ENTRIES)
def test_both_find_the_same_where_no_checkpoint_helps(story: Story, copy: Path, name: str) -> None:
    tamper(copy, story.places, without_checkpoints(TAMPERINGS[name]))

    assert compare(copy, None)


def test_both_find_a_changed_and_a_lost_attachment(story: Story, copy: Path) -> None:
    model = copy.parent / story.model.relative_to(story.harness.folder)
    model.write_bytes(b"WEIGHTS")
    assert ("altered", story.places["attachment"]) in compare(copy, story.seen)

    model.unlink()
    assert ("missing", story.places["attachment"]) in compare(copy, story.seen)


def test_both_tell_a_compromised_key_by_what_was_seen_before(story: Story, tmp_path: Path) -> None:
    harness = Harness.create(tmp_path)
    old = harness.record("ai_decision", decision(1))
    harness.verify()
    harness.record("ai_decision", decision(2))
    seen = harness.ledger.memory.pin()
    assert seen is not None
    after = {"action": "compromised", "keyid": key_id(signer("pipeline").public_key), "reason": "stolen"}
    harness.record("key", {**after, "since": "2099-01-01T00:00:00Z"}, "admin")

    found = compare(harness.path, seen)
    harness.close()

    assert ("key compromised", old.index + 1) in found
    assert ("key compromised", old.index) not in found


def test_both_refuse_a_forged_entry_by_a_revoked_key(story: Story, copy: Path) -> None:
    """The revocation is cut out of the key history: what the key signed later can't come back by that."""
    found: set[tuple[str, int]] = set()

    def unrevoke(connection: sqlite3.Connection, places: dict[str, int]) -> None:
        place = places["revocation"]
        (leaf,) = connection.execute("SELECT leaf FROM entry WHERE idx = ?", (place - 1,)).fetchone()
        connection.execute("UPDATE entry SET leaf = ? WHERE idx = ?", (leaf, place))

    tamper(copy, story.places, unrevoke)
    found = compare(copy, story.seen)

    assert ("reordered", story.places["revocation"]) in found


def test_both_see_another_ledger_under_the_same_pin(story: Story, copy: Path) -> None:
    assert story.seen is not None
    other = Pin(story.seen.origin, bytes(32), story.seen.vkeys, story.seen.seen)

    assert ("forked", 0) in compare(copy, other)


def test_the_program_remembers_nothing_of_these_comparisons(story: Story, copy: Path) -> None:
    compare(copy, None)

    assert Memory(story.harness.origin, copy.with_name("empty-state")).pin() is None
