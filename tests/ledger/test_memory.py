"""What is remembered outside the database: it comes back, a damaged file is no first sight, and nothing is torn."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ledger.errors import FormatError, StoreError
from ledger.memory import Memory, Pin, Seen, state_folder
from ledger.verifying.outcomes import Copy, LastVerification, copy_at

ORIGIN = "bank.example/aims/4f1d0c9a8b7e6d5c"
PIN = Pin(ORIGIN, bytes(range(32)), ("bank.example/aims/4f1d0c9a8b7e6d5c+00000000+AAAA",))
HERE = Copy("/srv/evidence.db", 7)
AT = "2026-11-23T10:00:00.000000Z"


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """The memory of a ledger that nothing is known of yet."""
    return Memory(ORIGIN, tmp_path / "state")


def files(tmp_path: Path) -> list[Path]:
    return sorted(path for path in tmp_path.rglob("*") if path.is_file())


def test_at_first_sight_nothing_is_known_and_looking_leaves_nothing(memory: Memory, tmp_path: Path) -> None:
    assert memory.pin() is None
    assert memory.last_verification() is None
    assert files(tmp_path) == []


def test_a_pin_comes_back(memory: Memory, tmp_path: Path) -> None:
    memory.remember(PIN)

    assert Memory(ORIGIN, tmp_path / "state").pin() == PIN


def test_pins_of_two_ledgers_lie_apart(memory: Memory, tmp_path: Path) -> None:
    memory.remember(PIN)

    other = Memory("other.example", tmp_path / "state")
    assert other.pin() is None
    other.remember(Pin("other.example", bytes(32), ("v",)))
    assert memory.pin() == PIN


def test_a_bigger_checkpoint_seen_is_remembered_and_a_smaller_one_changes_nothing(memory: Memory) -> None:
    pin = memory.saw(PIN, 5, bytes(32), AT)
    pin = memory.saw(pin, 9, bytes(range(32)), AT)

    assert memory.saw(pin, 9, b"\xff" * 32, AT) is pin
    assert memory.saw(pin, 7, b"\xff" * 32, AT) is pin
    assert memory.pin() == pin
    assert pin.seen == (Seen(5, bytes(32), AT), Seen(9, bytes(range(32)), AT))


def test_of_many_checkpoints_seen_the_first_and_the_newest_are_kept(memory: Memory) -> None:
    pin = PIN
    for size in range(1, 450):
        pin = memory.saw(pin, size, size.to_bytes(32, "big"), AT)

    stored = memory.pin()

    assert stored is not None
    sizes = [seen.size for seen in stored.seen]
    assert (sizes[0], sizes[-1], len(sizes)) == (1, 449, 400)
    assert sizes == sorted(sizes)


def test_an_outcome_comes_back_good_or_bad(memory: Memory) -> None:
    memory.note_verification(LastVerification(12, bytes(range(32)), AT, "2 × altered", 1, "full", HERE))

    last = memory.last_verification()

    assert last is not None
    assert (last.size, last.root, last.at) == (12, bytes(range(32)), AT)
    assert (last.summary, last.exit_code, last.level) == ("2 × altered", 1, "full")


def outcome(summary: str, copy: Copy | None) -> LastVerification:
    """What a verification of a copy came to."""
    return LastVerification(12, bytes(32), AT, summary, 0, "full", copy)


def test_each_copy_keeps_its_own_outcome(memory: Memory) -> None:
    elsewhere, replaced = Copy("/mnt/copy.db", 8), Copy(HERE.path, 9)
    memory.note_verification(outcome("first", HERE))
    memory.note_verification(outcome("copied", elsewhere))

    last = memory.last_verification()
    assert (last and last.summary, memory.verification_of(HERE)) == ("copied", outcome("first", HERE))
    assert memory.verification_of(replaced) is None

    memory.note_verification(outcome("again", replaced))
    assert memory.verification_of(HERE) is None, "another file lies there now"
    assert [one.summary for one in memory.verifications()] == ["again", "copied"]


def test_of_many_copies_those_verified_last_are_kept(memory: Memory) -> None:
    for number in range(30):
        memory.note_verification(outcome(str(number), Copy(f"/copy-{number}.db", number)))

    assert [one.summary for one in memory.verifications()] == [str(number) for number in range(29, 9, -1)]


def test_what_an_earlier_version_remembered_is_of_no_known_copy(memory: Memory, tmp_path: Path) -> None:
    """Its file has the outcome alone; the next verification of a copy takes its place."""
    memory.note_verification(outcome("sound", None))
    path = next(tmp_path.rglob("verified.json"))
    members = json.loads(path.read_text())
    assert members.pop("others") == []
    assert sorted(members) == ["at", "exit_code", "level", "root", "size", "summary"]
    path.write_text(json.dumps(members))

    assert memory.last_verification() == outcome("sound", None)
    assert memory.verification_of(HERE) is None
    memory.note_verification(outcome("sound", HERE))
    assert memory.verifications() == (outcome("sound", HERE),)


@pytest.mark.parametrize(
    "changes",
    [
        {"size": "12"}, {"size": -1}, {"exit_code": True}, {"at": "yesterday"}, {"summary": 7}, {"path": 7},
        {"file": "8"}, {"others": 7}, {"others": [7]}, {"others": [{}]}, {"others": None},
    ],
    ids=str,
)  # fmt: skip
def test_an_outcome_with_something_else_in_a_member_is_damaged(
    memory: Memory, tmp_path: Path, changes: dict[str, object]
) -> None:
    memory.note_verification(outcome("sound", HERE))
    path = next(tmp_path.rglob("verified.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    with pytest.raises(FormatError, match=r"verified\.json: found "):
        memory.verifications()
    memory.note_verification(outcome("anew", HERE))
    assert memory.verifications() == (outcome("anew", HERE),)


def test_a_copy_is_told_by_its_path_and_its_file(tmp_path: Path) -> None:
    ledger, link, copy = tmp_path / "a.db", tmp_path / "link.db", tmp_path / "copy.db"
    ledger.write_bytes(b"x")
    copy.write_bytes(b"x")
    link.symlink_to(ledger)

    first = copy_at(ledger)
    assert copy_at(link) == first
    assert copy_at(copy) != first
    copy.replace(ledger)
    assert copy_at(ledger).path == first.path
    assert copy_at(ledger).file != first.file
    with pytest.raises(StoreError, match="can't be looked at"):
        copy_at(tmp_path / "absent.db")


BROKEN = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "NaN": b'{"size":NaN}',
    "a name twice": b'{"origin":"a","origin":"b"}',
    "nothing in it": b"{}",
    "not UTF-8": b"\xff",
    "too large": b'"' + b"x" * (1 << 20) + b'"',
    "nested": b"[" * 5_000,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("name", ["pin.json", "verified.json"])
def test_a_damaged_file_is_an_error_and_never_first_sight(
    memory: Memory, tmp_path: Path, name: str, content: bytes
) -> None:
    memory.remember(PIN)
    memory.note_verification(LastVerification(12, bytes(32), AT, "sound", 0, "full", HERE))
    next(tmp_path.rglob(name)).write_bytes(content)

    with pytest.raises(FormatError, match=rf"{name.replace('.', '[.]')}: found ") as caught:
        memory.pin() if name == "pin.json" else memory.last_verification()
    assert str(caught.value).isprintable()


PIN_MEMBERS = [
    {"origin": "other.example"},
    {"origin": 7},
    {"genesis": "ab"},
    {"genesis": 7},
    {"genesis": None},
    {"vkeys": None},
    {"vkeys": 7},
    {"vkeys": "one text"},
    {"vkeys": [7]},
    {"seen": None},
    {"seen": 7},
    {"seen": [{}]},
    {"seen": [7]},
    {"seen": [{"size": "5", "root": "00" * 32, "at": AT}]},
    {"seen": [{"size": -5, "root": "00" * 32, "at": AT}]},
    {"seen": [{"size": 5.0, "root": "00" * 32, "at": AT}]},
    {"seen": [{"size": 5, "root": "zz" * 32, "at": AT}]},
    {"seen": [{"size": 5, "root": None, "at": AT}]},
    {"seen": [{"size": 5, "root": "00" * 32, "at": "yesterday"}]},
    {"seen": [{"size": 5, "root": "00" * 32, "at": 7}]},
]


@pytest.mark.parametrize("changes", PIN_MEMBERS, ids=str)
def test_a_pin_with_something_else_in_a_member_is_damaged(
    memory: Memory, tmp_path: Path, changes: dict[str, object]
) -> None:
    memory.remember(PIN)
    path = next(tmp_path.rglob("pin.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))

    with pytest.raises(FormatError, match=r": found .*, expected ") as caught:
        memory.pin()
    assert str(caught.value).isprintable()


def test_a_file_that_can_not_be_read_is_an_error_and_never_first_sight(memory: Memory, tmp_path: Path) -> None:
    memory.remember(PIN)
    path = next(tmp_path.rglob("pin.json"))
    path.unlink()
    path.mkdir()

    with pytest.raises(StoreError, match=r"pin\.json: can't be read \(Is a directory\)"):
        memory.pin()


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    memory: Memory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    memory.remember(PIN)
    before = {path: path.read_bytes() for path in files(tmp_path)}

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        if call == "fsync":
            patch.setattr("ledger.memory.os.fsync", full)
        else:
            patch.setattr(Path, "replace", full)
        with pytest.raises(
            StoreError, match=r"pin\.json: can't be written \(No space left on device\); check AIMS_STATE"
        ):
            memory.saw(PIN, 9, bytes(32), AT)

    assert {path: path.read_bytes() for path in files(tmp_path)} == before


def test_the_folder_is_the_users_own_or_the_one_asked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("AIMS_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "aims-ledger" in state_folder().parts

    monkeypatch.setenv("AIMS_STATE", str(tmp_path / "own"))
    assert state_folder() == tmp_path / "own"
    Memory(ORIGIN).remember(PIN)
    assert [path.name for path in files(tmp_path / "own")] == ["pin.json"]


def test_an_origin_never_becomes_a_path(tmp_path: Path) -> None:
    hostile = "../../../../etc/cron.d/x"

    Memory(hostile, tmp_path / "state").remember(Pin(hostile, bytes(32), ()))

    assert all(tmp_path / "state" in path.parents for path in files(tmp_path))
