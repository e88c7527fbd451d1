"""The database file: missing, damaged, read-only, full, locked by others; and transactions that end as they should."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from ledger import Ledger
from ledger.errors import Refused, StoreError
from ledger.store.backend import open_sqlite, parse_location
from tests.ledger.harness import Harness, assert_one_clear_line, decision, decision_about, signer

NewHarness = Callable[..., Harness]


@contextmanager
def unprivileged() -> Iterator[None]:
    """Whoever runs the tests may be root, whom no permission stops; inside this block nobody is."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that an unprivileged user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


# Where


@pytest.mark.parametrize("location", ["a/b.db", "sqlite:///a/b.db", Path("a/b.db")])
def test_a_ledger_is_named_by_its_path_or_url(location: str | Path) -> None:
    assert parse_location(location) == Path("a/b.db")
    assert parse_location("sqlite:////a/b.db") == Path("/a/b.db")


@pytest.mark.parametrize("url", ["postgresql://user:secret@host/db", "mysql://u:secret@h/d", "http://secret"])
def test_another_database_is_refused_without_repeating_a_password(url: str) -> None:
    with pytest.raises(StoreError, match=r"no store for it, expected a path or sqlite:///PATH$") as caught:
        Ledger.open(url)
    assert "secret" not in str(caught.value)


def test_a_missing_database_is_said_to_be_missing_and_not_made(tmp_path: Path) -> None:
    for options in ({}, {"read_only": True}):
        with pytest.raises(StoreError, match=r"absent\.db: no ledger there; give its path with --ledger") as caught:
            Ledger.open(tmp_path / "absent.db", **options)
        assert_one_clear_line(caught.value)
    with pytest.raises(StoreError, match="no ledger there"):
        Ledger.open(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_is_never_overwritten(harness: Harness, new_harness: NewHarness) -> None:
    before = harness.path.read_bytes()

    with pytest.raises(StoreError, match=r"ledger\.db: exists already; choose another path") as caught:
        Harness.create(harness.folder)
    assert_one_clear_line(caught.value)
    assert harness.path.read_bytes() == before
    harness.check()


def test_a_ledger_in_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"the folder .*absent does not exist; create it first"):
        Harness.create(tmp_path / "absent")


@pytest.mark.parametrize("name", ["with space.db", "query?mark#hash%41.db", "ünïcode.db", "a&mode=memory.db", "~.db"])
def test_a_file_name_is_only_a_file_name(tmp_path: Path, name: str, harness: Harness) -> None:
    harness.close()
    shutil.copy(harness.path, tmp_path / name)

    with Ledger.open(tmp_path / name) as ledger:
        assert ledger.size == 7
    assert {path.name for path in tmp_path.iterdir()} <= {name, f"{name}.lock", "ledger-0"}


# Damage


@pytest.mark.parametrize("content", [b"", b"SQLite format 3", b"text, not a database" * 500, bytes(8_192)])
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, content: bytes, read_only: bool) -> None:
    path = tmp_path / "file.db"
    path.write_bytes(content)

    with pytest.raises(StoreError, match=r"file is not a SQLite database|no ledger in it") as caught:
        Ledger.open(path, read_only=read_only)
    assert_one_clear_line(caught.value)


def test_a_damaged_page_ends_in_a_clear_error(harness: Harness) -> None:
    harness.append(*(harness.line("ai_decision", decision(n)) for n in range(100)))
    harness.close()
    damaged = bytearray(harness.path.read_bytes())
    damaged[8_192 : len(damaged)] = os.urandom(len(damaged) - 8_192)
    harness.path.write_bytes(damaged)

    with pytest.raises(StoreError, match=r"the database file is damaged|disk failed|no ledger in it") as caught:
        Ledger.open(harness.path)
    assert_one_clear_line(caught.value)


# Read-only


def test_a_ledger_opened_read_only_answers_and_stores_nothing(harness: Harness) -> None:
    statement = harness.record("ai_decision", decision()).statement
    line = harness.line("ai_decision", decision(2))

    ledger = harness.reopen(read_only=True, checkpoint_signer=None)

    assert ledger.entry(statement).kind == "ai_decision"
    with (
        harness.nothing_stored(),
        pytest.raises(StoreError, match=r"^appending: the ledger was opened read-only") as caught,
    ):
        ledger.append([line])
    assert_one_clear_line(caught.value)


def test_a_reader_can_not_be_made_to_write(harness: Harness) -> None:
    ledger = harness.reopen(read_only=True, checkpoint_signer=None)

    with pytest.raises(StoreError, match="the database is read-only"), ledger.backend.reading("testing") as connection:
        connection.execute(sa.text("DELETE FROM entry_index"))


def test_a_read_only_file_is_refused_with_what_to_do_and_still_readable(harness: Harness, open_folder: Path) -> None:
    harness.close()
    path = open_folder / "ledger.db"
    shutil.copy(harness.path, path)
    path.chmod(0o444)
    line = harness.line("ai_decision", decision())

    with unprivileged():
        with Ledger.open(path, read_only=True) as ledger:
            assert ledger.size == 7
        with (
            pytest.raises(StoreError, match=r"the database is read-only|can't be opened") as caught,
            Ledger.open(path, state=open_folder / "state") as ledger,
        ):
            ledger.append([line])
    assert_one_clear_line(caught.value)
    with Ledger.open(path, read_only=True) as ledger:
        assert ledger.size == 7


def test_a_read_only_folder_can_be_read_and_not_written(harness: Harness, open_folder: Path) -> None:
    harness.close()
    path = open_folder / "ledger.db"
    shutil.copy(harness.path, path)
    path.chmod(0o644)
    open_folder.chmod(0o555)
    line = harness.line("ai_decision", decision())

    with unprivileged():
        with Ledger.open(path, read_only=True) as ledger:
            assert ledger.entry(0).kind == "ledger"
        with (
            pytest.raises(StoreError, match=r"lock file|read-only|can't be opened") as caught,
            Ledger.open(path) as ledger,
        ):
            ledger.append([line])
    assert_one_clear_line(caught.value)
    assert [p.name for p in open_folder.iterdir()] == ["ledger.db"]


# A full disk


@pytest.fixture
def full_disk(harness: Harness) -> Harness:
    """A ledger whose database can't grow by more than a few pages, as on a full disk."""

    def limited(connection: sqlite3.Connection, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 4}")

    harness.reopen()
    sa.event.listen(harness.ledger.backend.engine, "connect", limited)
    harness.ledger.backend.close()
    return harness


def test_a_full_disk_stores_nothing_and_says_so(full_disk: Harness) -> None:
    lines = [full_disk.line("ai_decision", decision_about("x" * 90, n, extra={"a": "x" * 9_000})) for n in range(50)]

    refused = full_disk.refuse(
        *lines, error=StoreError, match="^appending: the disk is full; free space, then run the command"
    )

    assert refused.exit_code == 2
    full_disk.check()


def test_after_a_full_disk_appending_goes_on(full_disk: Harness) -> None:
    lines = [full_disk.line("ai_decision", decision(n, extra={"a": "x" * 9_000})) for n in range(50)]
    full_disk.refuse(*lines, error=StoreError, match="the disk is full")

    full_disk.reopen()

    assert [r.index for r in full_disk.append(*lines)] == list(range(7, 57))
    full_disk.check()


def test_small_entries_go_in_until_the_disk_is_full_and_each_receipt_is_kept(full_disk: Harness) -> None:
    def fill() -> None:
        for n in range(200):
            full_disk.append(full_disk.line("ai_decision", decision(n, extra={"a": "x" * 2_000})))

    with pytest.raises(StoreError, match="the disk is full"):
        fill()

    assert full_disk.acknowledged
    full_disk.reopen()
    full_disk.check()


# Transactions


def test_an_exception_inside_a_transaction_undoes_it(harness: Harness) -> None:
    def interrupted() -> None:
        with harness.ledger.backend.writing("testing") as connection:
            connection.execute(sa.text("UPDATE progress SET indexed = 99"))
            raise KeyboardInterrupt

    with harness.nothing_stored(), pytest.raises(KeyboardInterrupt):
        interrupted()

    harness.record("ai_decision", decision())
    harness.check()


def test_a_program_that_holds_the_database_is_named(harness: Harness, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.store.backend._BUSY_MS", 50)
    harness.reopen()
    line = harness.line("ai_decision", decision())

    with closing(sqlite3.connect(harness.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        harness.refuse(line, error=StoreError, match="^appending: another program holds the database; stop it, or wait")
        other.execute("ROLLBACK")
    harness.append(line)
    harness.check()


def test_a_reader_sees_one_state_while_others_write(harness: Harness) -> None:
    with harness.ledger.backend.reading("reading") as connection:
        before = connection.execute(sa.text("SELECT size FROM head")).scalar_one()
        harness.record("ai_decision", decision())
        assert connection.execute(sa.text("SELECT COUNT(*) FROM entry")).scalar_one() == before
    assert harness.ledger.size == before + 1


def test_the_database_is_set_up_for_durability(harness: Harness) -> None:
    harness.record("ai_decision", decision())

    with harness.ledger.backend.writing("looking") as connection:
        settings = {
            name: connection.execute(sa.text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "page_size", "secure_delete", "recursive_triggers")
        }
    full = 2
    assert settings == {
        "journal_mode": "wal", "synchronous": full, "page_size": 8_192, "secure_delete": 1, "recursive_triggers": 1,
    }  # fmt: skip


def test_threads_of_one_process_share_a_ledger(harness: Harness) -> None:
    lines = [[harness.line("ai_decision", decision(10 * t + n)) for n in range(10)] for t in range(4)]
    errors: list[BaseException] = []
    barrier = threading.Barrier(4)

    def work(mine: list[bytes]) -> None:
        try:
            barrier.wait()
            for line in mine:
                harness.append(line)
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(mine,)) for mine in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert sorted(r.index for r in harness.acknowledged) == list(range(7, 47))
    harness.check()


def test_two_ledgers_are_open_side_by_side(new_harness: NewHarness) -> None:
    first, second = new_harness(), new_harness()

    for n in range(3):
        first.record("ai_decision", decision(n))
        second.record("ai_decision", decision(n))

    assert first.origin != second.origin
    first.check()
    second.check()


def test_closing_twice_is_harmless_and_leaves_one_file(harness: Harness) -> None:
    harness.record("ai_decision", decision())
    harness.close()
    harness.close()

    assert {path.name for path in harness.folder.iterdir()} == {"ledger.db", "ledger.db.lock", "state"}


def test_opening_needs_no_key_and_appending_no_checkpoint_key(harness: Harness) -> None:
    ledger = harness.reopen(checkpoint_signer=None)

    receipt = ledger.record(decision(), kind="ai_decision", signers=signer("pipeline"), subject="credit-scoring")

    assert receipt.state == "committed"
    with pytest.raises(Refused, match=r"^checkpoint: the ledger was opened without its checkpoint key"):
        ledger.checkpoint()
    assert harness.check().unsigned_tail == 1


def test_a_backend_for_reading_takes_no_lock_and_leaves_no_file(harness: Harness, tmp_path: Path) -> None:
    harness.close()
    folder = tmp_path / "copy"
    folder.mkdir()
    shutil.copy(harness.path, folder / "ledger.db")

    backend = open_sqlite(folder / "ledger.db", read_only=True)
    with backend.reading("reading") as connection:
        connection.execute(sa.text("SELECT COUNT(*) FROM entry"))
    backend.close()

    assert not (folder / "ledger.db.lock").exists()
