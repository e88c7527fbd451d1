"""Verification of ledgers that live: values erased, keys ended, checkpoints signed, entries appended meanwhile."""

from __future__ import annotations

import hashlib
import random
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ledger import Report
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.errors import StoreError
from ledger.memory import Memory, Seen
from ledger.merkle import RightEdge, leaf_hash
from ledger.note import VerifierKey, format_vkey
from ledger.store.scanning import Level
from ledger.times import format_instant
from ledger.verdicts import Verdict
from ledger.verifying.verification import verify_ledger
from tests.ledger.attacker import (
    Found,
    Record,
    Suspect,
    add,
    found,
    install,
    keyid,
    rechain,
    signed,
    statement,
    without_notes,
)
from tests.ledger.harness import (
    SECOND,
    START,
    SUBJECT,
    Harness,
    decision,
    decision_about,
    oversight,
    second_opinion,
    signer,
)

ERASED_VALUE, ERASED_PHOTO = 14, 15  # the erasure entries of the small story, of entries 9 and 11


def verdicts(report: Report) -> dict[str, int]:
    return {verdict.value: count for verdict, count in report.counts}


# Sound


@pytest.mark.parametrize("level", ["full", "signatures", "hashes"])
def test_the_root_is_the_one_that_a_second_opinion_computes(tiled: Suspect, level: Level) -> None:
    report = tiled.verify(level=level)
    hashes, root = second_opinion(tiled.path)

    assert (report.size, report.root, report.level) == (len(hashes), root, level)
    assert found(report) == []
    assert (report.checkpoint_size, report.unsigned_tail) == (619, 20)


@pytest.mark.parametrize("size", [256, 512, 1024])
def test_ranges_of_any_size_lead_to_the_same_report(tiled: Suspect, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = tiled.verify()
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", size)

    assert replace(tiled.verify(), checked_at="") == replace(whole, checked_at="")


def test_progress_is_told_after_each_range(tiled: Suspect, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", 256)
    told: list[tuple[int, int]] = []

    tiled.verify(progress=lambda done, of: told.append((done, of)))

    assert told == [(256, 639), (512, 639), (639, 639)]


def test_a_ledger_of_one_entry_is_sound(tmp_path: Path) -> None:
    h = Harness.create(tmp_path, roles=())
    h.close()

    assert (h.verify().exit_code, h.verify().size) == (0, 1)


def test_verification_changes_nothing(suspect: Suspect) -> None:
    before = suspect.path.read_bytes()

    suspect.verify()

    assert suspect.path.read_bytes() == before


def test_a_replaced_file_is_read_anew(suspect: Suspect, tmp_path: Path) -> None:
    """Nothing of an earlier verification in this process stays open."""
    assert suspect.verify().exit_code == 0
    other = Suspect.copy(suspect.folder, tmp_path / "other")
    other.set_leaf(10, b"{}")

    other.path.replace(suspect.path)

    assert found(suspect.verify()) == [("altered", 10, "")]


# Erasure


def test_what_was_lawfully_erased_is_sound_and_counted(suspect: Suspect) -> None:
    report = suspect.verify()

    assert report.exit_code == 0
    assert report.erasures == 2
    assert verdicts(report) == {"erased": 2}
    assert [(f.place.index, f.detail) for f in report.findings] == [(9, "by entry 14"), (11, "by entry 15")]


def test_a_value_deleted_without_an_erasure_is_missing(suspect: Suspect) -> None:
    suspect.sql("DELETE FROM disclosure WHERE idx = 8")

    assert found(suspect.verify()) == [("missing", 8, "erasable value")] * 2


def test_a_value_put_back_is_erased_but_present(small_story: Path, tmp_path: Path) -> None:
    h = Harness.create(tmp_path)
    h.record("ai_decision", decision_about("Bob Baker", 3))
    with h.ledger.backend.reading("looking") as connection:
        rows = connection.exec_driver_sql("SELECT idx, digest, text FROM disclosure").all()
    h.erase(7)
    h.close()
    suspect = Suspect(tmp_path)
    for row in rows:
        suspect.sql("INSERT INTO disclosure VALUES (?, ?, ?)", *row)

    report = suspect.verify()

    assert found(report) == [("erased but present", 7, "erasable value")] * 2
    assert report.exit_code == 1

    suspect.sql("DELETE FROM erased")
    assert set(found(suspect.verify())) == {("erased but present", 7, "erasable value"), ("index wrong", 8, "erased")}


def test_an_erasure_that_is_not_noted_is_still_an_erasure(suspect: Suspect) -> None:
    """The entry is the evidence, the note only leads to it."""
    suspect.sql("DELETE FROM erased")

    report = suspect.verify()

    assert found(report) == [("index wrong", ERASED_VALUE, "erased")]
    assert verdicts(report)["erased"] == 2


def test_a_note_of_an_erasure_does_not_make_one(suspect: Suspect) -> None:
    """Deleting a value and pointing at somebody else's erasure is no lawful erasure."""
    with suspect.tampering() as connection:
        rows = connection.execute("SELECT idx, digest FROM disclosure WHERE idx = 8").fetchall()
        connection.execute("DELETE FROM disclosure WHERE idx = 8")
        connection.executemany(f"INSERT INTO erased VALUES (?, ?, {ERASED_VALUE})", rows)

    findings = set(found(suspect.verify()))

    assert findings == {("missing", 8, "erasable value"), ("index wrong", 8, "erased")}


def test_a_value_of_someone_else_is_altered(suspect: Suspect) -> None:
    text = suspect.one("SELECT text FROM disclosure WHERE idx = 8")
    suspect.sql("UPDATE disclosure SET text = ? WHERE idx = 9", text)

    assert found(suspect.verify()) == [("altered", 9, "erasable value")]


@pytest.mark.parametrize("text", ["", "é", "W10", "WyJhIl0", "x" * 60_000, "\N{PILE OF POO}"])
def test_a_disclosure_of_any_shape_is_altered_and_no_traceback(suspect: Suspect, text: str) -> None:
    suspect.sql("UPDATE disclosure SET text = ? WHERE idx = 9", text)

    assert found(suspect.verify()) == [("altered", 9, "erasable value")]


def erasure_of(suspect: Suspect, place: int, **changes: Any) -> Record:
    """An erasure entry of an attachment nobody has, signed by those who may."""
    body = {
        "statement": hashlib.sha256(suspect.records()[place].payload).hexdigest(),
        "attachments": ["0" * 64],
        "legal_basis": "GDPR Art. 17(1)(b)",
        "approved_by": "approver-1",
        **changes,
    }
    payload = statement("erasure", body, suspect.origin, "compliance")
    return signed(payload, ["compliance", "approver"])


def hold(suspect: Suspect, **changes: Any) -> Record:
    body = {"hold_id": "h-1", "action": "set", "reason": "court", "subjects": [SUBJECT], **changes}
    return signed(statement("hold", body, suspect.origin, "compliance"), "compliance")


@pytest.mark.parametrize("indexed", [22, 28], ids=["not indexed yet", "indexed"])
def test_an_erasure_under_a_legal_hold_is_not_permitted(suspect: Suspect, indexed: int) -> None:
    records = [*suspect.records(), hold(suspect), erasure_of(suspect, 8)]
    install(suspect, rechain(records, suspect.origin), indexed=indexed)

    assert found(suspect.verify()) == [("not permitted", 27, "")]


def test_an_erasure_after_a_hold_was_lifted_is_lawful(suspect: Suspect) -> None:
    body = {"hold_id": "h-1", "action": "lifted", "reason": "over"}
    lifted = signed(statement("hold", body, suspect.origin, "compliance"), "compliance")

    assert forged(suspect, hold(suspect), lifted, erasure_of(suspect, 8)) == []


@pytest.mark.parametrize("body", [{}, {"action": "set"}, {"action": 5, "hold_id": []}, {"subjects": 7}])
def test_a_malformed_hold_holds_nothing_and_is_no_traceback(suspect: Suspect, body: dict[str, Any]) -> None:
    malformed = signed(statement("hold", body, suspect.origin, "compliance"), "compliance")

    assert forged(suspect, malformed, erasure_of(suspect, 8)) == [("schema violation", 26, "")]


def forged(suspect: Suspect, *records: Record) -> list[Found]:
    add(suspect, *records)
    return found(suspect.verify())


# Attachments


def blob(suspect: Suspect) -> Path:
    """The file of the attachment of entry 10."""
    (path,) = (path for path in Path(f"{suspect.path}.blobs").rglob("*") if path.is_file())
    return path


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "a byte changed": (lambda p: p.write_bytes(b"A" + p.read_bytes()[1:]), "altered"),
    "truncated": (lambda p: p.write_bytes(p.read_bytes()[:-1]), "altered"),
    "longer": (lambda p: p.write_bytes(p.read_bytes() + b"\n"), "altered"),
    "empty": (lambda p: p.write_bytes(b""), "altered"),
    "deleted": (Path.unlink, "missing"),
    "a folder": (lambda p: (p.unlink(), p.mkdir()), "missing"),
    "a link to nothing": (lambda p: (p.unlink(), p.symlink_to("/nowhere")), "missing"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_attachment_is_found(suspect: Suspect, change: str) -> None:
    act, verdict = CHANGES[change]
    path = blob(suspect)
    digest = path.parent.name + path.name
    act(path)

    assert found(suspect.verify()) == [(verdict, 10, f"attachment {digest[:16]}")]


def test_an_erased_attachment_that_is_back_is_erased_but_present(suspect: Suspect) -> None:
    h = suspect.harness()
    digest = next(a["digest"] for a in h.entry(11).data["artefacts"])
    h.close()
    path = Path(f"{suspect.path}.blobs") / digest[:2] / digest[2:]
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"back")

    assert ("erased but present", 11, f"attachment {digest[:16]}") in found(suspect.verify())


# Keys


def test_keys_that_were_lawfully_rotated_and_revoked_are_no_tampering(suspect: Suspect) -> None:
    h = suspect.harness()
    h.record("ai_decision", decision(700), "pipeline-b")
    h.enrol("auditor-b", "auditor")
    h.record("key", {"action": "revoked", "keyid": keyid("overseer"), "reason": "left"}, "admin")
    report = h.check()
    h.close()

    assert report.exit_code == 0


@pytest.fixture
def compromised(tmp_path: Path) -> Harness:
    """A ledger whose pipeline key was compromised after entry 8 and before entry 9, and known to be so in entry 11."""
    h = Harness.create(tmp_path)
    h.record("ai_decision", decision(1))
    h.record("ai_decision", decision(2))
    h.clock.now += 3_600 * SECOND
    since = format_instant(h.clock.now)
    h.clock.now += 3_600 * SECOND
    h.record("ai_decision", decision(3))
    h.record("oversight_action", oversight(1), "overseer")
    body = {"action": "compromised", "keyid": keyid("pipeline"), "since": since, "reason": "laptop stolen"}
    h.record("key", body, "admin")
    h.close()
    return h


def test_entries_by_a_compromised_key_are_named_unless_known_to_be_older(compromised: Harness) -> None:
    h = compromised

    assert found(h.verify(remember=False)) == [("key compromised", place, "") for place in (7, 8, 9)]


@pytest.mark.parametrize(("size", "left"), [(8, [8, 9]), (9, [9]), (10, [])])
def test_entries_inside_a_checkpoint_seen_before_the_compromise_are_not_named(
    compromised: Harness, size: int, left: list[int]
) -> None:
    see(compromised, size, START + 1_800 * SECOND)

    report = compromised.verify()

    assert found(report) == [("key compromised", place, "") for place in left]
    assert report.exit_code == (1 if left else 0)


def test_a_checkpoint_seen_after_the_compromise_does_not_help(compromised: Harness) -> None:
    see(compromised, 10, START + 5_000 * SECOND)

    assert found(compromised.verify()) == [("key compromised", place, "") for place in (7, 8, 9)]


def test_a_key_entry_by_a_compromised_admin_is_named_too(tmp_path: Path) -> None:
    h = Harness.create(tmp_path, admins=2)
    since = format_instant(h.clock.now)
    h.enrol("forger", "pipeline", by=["admin2"])
    body = {"action": "compromised", "keyid": keyid("admin2"), "since": since, "reason": "stolen"}
    h.record("key", body, "admin")
    h.close()
    see(h, 7, START - SECOND)

    assert ("key compromised", 7, "") in found(h.verify())


def see(h: Harness, size: int, at: int) -> None:
    """Let the verifier have seen the ledger at `size`, at a time in microseconds."""
    hashes, _ = second_opinion(h.path)
    edge = RightEdge()
    edge.extend(hashes[:size])
    memory = Memory(h.ledger.origin, h.state)
    pin = memory.pin()
    assert pin is not None
    memory.remember(replace(pin, seen=(Seen(size, edge.root(), format_instant(at)),)))


# Checkpoints


def root_of(suspect: Suspect, size: int) -> bytes:
    edge = RightEdge()
    edge.extend(leaf_hash(leaf) for leaf in suspect.leaves()[:size])
    return edge.root()


def add_note(suspect: Suspect, size: int, note: object) -> None:
    suspect.sql("INSERT INTO checkpoint VALUES (15, ?, ?)", size, note)


def note_of(suspect: Suspect, size: int, *, by: str = "checkpoint", **changes: Any) -> bytes:
    members = {"origin": suspect.origin, "size": size, "root": root_of(suspect, size), **changes}
    return sign_checkpoint(Checkpoint(**members), signer(by))


def test_a_genuine_checkpoint_counts(suspect: Suspect) -> None:
    add_note(suspect, 26, note_of(suspect, 26))

    report = suspect.verify()

    assert (report.exit_code, report.checkpoint_size, report.unsigned_tail) == (0, 26, 0)


@pytest.mark.parametrize("level", ["full", "hashes"])
@pytest.mark.parametrize(
    ("verdict", "changes", "stored"),
    [
        ("not permitted", {"by": "stranger"}, 20),
        ("not permitted", {"origin": "bank.example/other"}, 20),
        ("forked", {"root": bytes(32)}, 20),
        ("index wrong", {}, 19),
        ("index wrong", {}, 900),
        ("index wrong", {}, 0),
    ],
    ids=["unknown key", "other origin", "other root", "smaller size", "larger size", "size 0"],
)
def test_a_checkpoint_that_is_not_the_ledgers_is_found(
    suspect: Suspect, verdict: str, changes: dict[str, Any], stored: int, level: Level
) -> None:
    add_note(suspect, stored, note_of(suspect, 20, **changes))

    assert found(suspect.verify(level=level)) == [(verdict, -1, f"checkpoint 15 of size {stored}")]


def test_a_checkpoint_larger_than_the_ledger_shows_that_it_was_cut(suspect: Suspect) -> None:
    add_note(suspect, 30, note_of(suspect, 30, root=bytes(32)))

    assert found(suspect.verify()) == [("truncated", 26, "")]


@pytest.mark.parametrize(
    "note", [b"", b"garbage", "text", 7, b"\xff" * 9, b"\n\n", "a\n1\nAAAA\n\n— a AAAA\n".encode()]
)
def test_a_garbage_checkpoint_is_found_and_no_traceback(suspect: Suspect, note: object) -> None:
    add_note(suspect, 20, note)

    (finding,) = found(suspect.verify())

    assert finding[1:] == (-1, "checkpoint 15 of size 20")
    assert finding[0] in ("altered", "not permitted")


def test_a_checkpoint_with_a_broken_signature_is_invalid(suspect: Suspect) -> None:
    note = note_of(suspect, 20)
    add_note(suspect, 20, note.replace(b"\n20\n", b"\n21\n"))

    assert found(suspect.verify()) == [("signature invalid", -1, "checkpoint 15 of size 20")]


def test_a_retired_checkpoint_key_may_not_sign_what_came_later(tmp_path: Path) -> None:
    h = Harness.create(tmp_path)
    vkey = format_vkey(VerifierKey(h.origin, signer("checkpoint-b").public_key))
    old = format_vkey(VerifierKey(h.origin, signer("checkpoint").public_key))
    body = {"action": "checkpoint_key_added", "checkpoint_key": vkey, "reason": "yearly"}
    h.record("ledger", body, "admin")
    h.reopen(checkpoint_signer=None)
    h.record("ledger", {"action": "checkpoint_key_retired", "checkpoint_key": old, "reason": "yearly"}, "admin")
    h.record("oversight_action", oversight(1), "overseer")
    h.close()
    suspect = Suspect(tmp_path)
    assert found(suspect.verify()) == []
    seq = suspect.one("SELECT max(seq) + 1 FROM checkpoint")

    suspect.sql("INSERT INTO checkpoint VALUES (?, 10, ?)", seq, note_of(suspect, 10))
    assert found(suspect.verify()) == [("not permitted", -1, f"checkpoint {seq} of size 10")]

    suspect.sql("UPDATE checkpoint SET note = ? WHERE seq = ?", note_of(suspect, 10, by="checkpoint-b"), seq)
    assert found(suspect.verify()) == []


def test_a_genesis_of_a_later_version_leaves_everything_unjudged(suspect: Suspect) -> None:
    records = suspect.records()
    records[0] = replace(records[0], forced={"v": 2})
    install(suspect, rechain(records, suspect.origin))
    suspect.sql("DELETE FROM checkpoint")

    report = suspect.at_first_sight(remember=True)

    assert report.exit_code == 4
    assert set(found(report, Verdict.FIRST_SIGHT)) == {
        ("not checked here", -1, "signatures and checkpoints"),
        ("unsupported version", 0, ""),
    }


# Levels, processes, memory


def test_levels_below_full_look_at_less(suspect: Suspect) -> None:
    suspect.sql("DELETE FROM disclosure WHERE idx = 8")
    suspect.sql("DELETE FROM entry_index WHERE idx = 12")
    payload = statement(
        "oversight_action", oversight(9), suspect.origin, "overseer", time="2026-11-23T10:00:00.025000Z"
    )
    records = suspect.records()
    records[20] = replace(signed(payload, "stranger"), time=records[20].time)
    install(suspect, rechain(records, suspect.origin))
    suspect.sql("DELETE FROM entry_index WHERE idx = 12")
    without_notes(suspect)

    by_level = {level: set(found(suspect.at_first_sight(level=level))) for level in ("full", "signatures", "hashes")}

    assert ("missing", 8, "erasable value") in by_level["full"] - by_level["signatures"]
    assert ("index wrong", 12, "entry_index") in by_level["full"] - by_level["signatures"]
    assert ("not permitted", 20, "") in by_level["signatures"] - by_level["hashes"]
    assert by_level["hashes"] == {("self-consistent, first sight", -1, "")}


@pytest.fixture(scope="session")
def long_story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of 4,500 entries: more than one range."""
    folder = tmp_path_factory.mktemp("long-story")
    h = Harness.create(folder)
    with h.ledger.batch() as batch:
        for number in range(4_493):
            batch.record(decision(number), kind="ai_decision", signers=signer("pipeline"), subject=SUBJECT)
    h.check()
    h.close()
    return folder


_IN_A_PROCESS = """
import sys
from pathlib import Path
from ledger.verifying.verification import verify_ledger
if __name__ == "__main__":
    report = verify_ledger(sys.argv[1], state=Path(sys.argv[2]), remember=False, jobs=int(sys.argv[3]))
    print(report.size, report.root.hex(), report.counts, *report.findings, sep="\\n")
"""


def test_two_processes_tell_the_very_same(long_story: Path, tmp_path: Path) -> None:
    suspect = Suspect.copy(long_story, tmp_path / "long")
    suspect.set_leaf(4_095, suspect.leaves()[4_095].replace(b'"time":"2', b'"time":"3'))
    suspect.sql("DELETE FROM entry WHERE idx = 4200")
    suspect.sql("DELETE FROM statement_id WHERE idx = 17")
    script = tmp_path / "verify.py"
    script.write_text(_IN_A_PROCESS)

    def told(jobs: int) -> str:
        command = [sys.executable, str(script), str(suspect.path), str(suspect.state), str(jobs)]
        environment = {"PYTHONPATH": str(Path(__file__).parents[2])}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout

    alone, together = told(1), told(2)

    assert alone == together
    assert "entry 4095: altered" in alone
    assert "entry 4200: missing" in alone
    assert "entry 17, statement_id: index wrong" in alone


def test_memory_does_not_grow_with_the_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", 256)
    h = Harness.create(tmp_path)
    peaks = []
    for upto in (600, 1_800):
        with h.ledger.batch() as batch:
            for number in range(upto - h.ledger.size):
                batch.record(decision(number), kind="ai_decision", signers=signer("pipeline"), subject=SUBJECT)
        h.verify()  # once before, for what is kept by caches
        tracemalloc.start()
        report = h.verify()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert report.size == upto
    h.close()

    assert peaks[1] < 1.1 * peaks[0], peaks


def test_a_checkpoint_for_every_entry_takes_no_memory_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", 256)
    joined = []
    from ledger.verifying import inspection

    class Kept(inspection.Joined):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            joined.append(self)

    monkeypatch.setattr(inspection, "Joined", Kept)
    h = Harness.create(tmp_path)
    for number in range(300):
        h.record("oversight_action", oversight(number), "overseer")
    h.check()
    h.close()

    assert len(joined[-1].roots) <= 3
    assert joined[-1].vouched == 307


# Meanwhile


def test_the_ledger_can_be_used_while_a_verification_of_a_fixed_size_runs(
    tiled: Suspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries, values, tiles, counters, an erasure and the index all move on; none of it looks like tampering."""
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", 256)
    h = tiled.harness()

    def meanwhile(done: int, of: int) -> None:
        if done == 256:
            h.erase(8, members=["/affected_person/name"])
        for number in range(70):
            h.ledger.record(decision(done + number), kind="ai_decision", signers=signer("pipeline-b"), subject=SUBJECT)
        h.record("ai_decision", decision_about("Carol", done), "pipeline-b", subject=f"system-{done}")
        h.enrol(f"pipeline-{done}", "pipeline")

    report = tiled.verify(progress=meanwhile)
    after = tiled.verify()
    h.close()

    assert (report.exit_code, found(report), report.size) == (0, [], 639)
    assert (after.exit_code, found(after), after.size) == (0, [], 639 + 3 * 72 + 1)


def test_what_is_tampered_with_meanwhile_is_found_all_the_same(tiled: Suspect, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("ledger.verifying.joining", "ledger.verifying.inspection"):
        monkeypatch.setattr(f"{module}.RANGE", 256)
    leaf = tiled.leaves()[600]

    def meanwhile(done: int, of: int) -> None:
        if done == 256:
            tiled.set_leaf(600, leaf[:-20] + b"9" + leaf[-19:])

    assert found(tiled.verify(progress=meanwhile)) == [("altered", 600, "")]


# Damage of the file


def test_a_file_damaged_anywhere_is_an_error_or_a_finding_and_never_a_traceback(tiled: Suspect, tmp_path: Path) -> None:
    """Blocks of random bytes over each page in turn. Pages that hold nothing, or only an index, may pass."""
    whole = tiled.path.read_bytes()
    page = int.from_bytes(whole[16:18], "big")
    chance = random.Random(7)
    passed: list[int] = []
    for number in range(0, len(whole) // page, 3):
        start = number * page + chance.choice((0, 100, page // 2, page - 300))
        victim = tmp_path / "victim.db"
        victim.write_bytes(whole[:start] + chance.randbytes(200) + whole[start + 200 :])
        try:
            report = verify_ledger(victim, state=tiled.state, remember=False)
        except StoreError:
            continue
        if report.exit_code == 0:
            passed.append(number)
    kinds = pages_of(tiled.path)
    assert {kinds.get(number + 1, "free") for number in passed} <= {
        "free", "entry_index_by_kind", "entry_index_by_subject", "checkpoint_by_size", "sqlite_autoindex_subject_1",
    }  # fmt: skip


def pages_of(path: Path) -> dict[int, str]:
    """Page number (from 1) -> the table or index it belongs to."""
    with closing(sqlite3.connect(path)) as connection:
        try:
            return dict(connection.execute("SELECT pageno, name FROM dbstat"))
        except sqlite3.OperationalError:
            pytest.fail("this SQLite has no dbstat; the test needs it to know what a page is for")


@pytest.mark.parametrize("size", [0, 50, 4_096, 20_000])
def test_a_truncated_file_is_an_error_and_never_a_pass(suspect: Suspect, size: int) -> None:
    suspect.path.write_bytes(suspect.path.read_bytes()[:size])

    with pytest.raises(StoreError):
        suspect.verify()


def test_no_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no ledger there"):
        verify_ledger(tmp_path / "nothing.db", state=tmp_path)


# Memory of the outcome


def test_the_outcome_is_remembered(suspect: Suspect) -> None:
    memory = Memory(suspect.origin, suspect.state)

    report = suspect.verify(remember=True)

    last = memory.last_verification()
    assert last is not None
    assert (last.size, last.root, last.at, last.summary, last.exit_code, last.level) == (
        report.size, report.root, report.checked_at, "sound", 0, "full",
    )  # fmt: skip


def test_a_state_folder_that_can_not_be_read_is_an_error_and_not_first_sight(suspect: Suspect, tmp_path: Path) -> None:
    file = tmp_path / "a file"
    file.write_text("")

    with pytest.raises(StoreError, match="can't be read"):
        verify_ledger(suspect.path, state=file)


def test_an_outcome_that_can_not_be_remembered_is_told_all_the_same(
    suspect: Suspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreError("pin.json: can't be written", remedy="check AIMS_STATE")

    monkeypatch.setattr(Memory, "_write", refuse)
    (sound, memory) = suspect.verify(remember=True), ("not checked here", -1, "memory")
    suspect.set_leaf(10, b"{}")
    altered = suspect.verify(remember=True)

    assert (sound.exit_code, found(sound)) == (4, [memory])
    assert (altered.exit_code, found(altered)) == (1, [memory, ("altered", 10, "")])


def test_remembering_nothing_writes_nothing(suspect: Suspect, tmp_path: Path) -> None:
    verify_ledger(suspect.path, state=tmp_path / "mine", remember=False)

    assert not (tmp_path / "mine").exists()


def test_no_verdict_is_left_untested() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("test_*.py"))

    untested = [v.value for v in Verdict if f'"{v.value}"' not in text]

    assert untested == []
