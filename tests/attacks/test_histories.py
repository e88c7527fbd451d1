"""Other histories in the place of the real one: found by a plain `aims verify`, with nothing kept and nothing asked."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import Ledger
from tests.cli.conftest import clerk, founded  # noqa: F401  # fixtures
from tests.cli.person import Person
from tests.ledger.attacker import Suspect, install

DATABASE = "evidence.db"


class Evidence(Suspect):
    """The person's ledger in an attacker's hands."""

    __slots__ = ()

    @property
    def path(self) -> Path:
        """The database file."""
        return self.folder / DATABASE


@pytest.fixture
def owner(clerk: Person) -> Person:  # noqa: F811
    """Somebody who recorded three actions, and verified the ledger with the second."""
    clerk.overrides(1)
    shutil.copytree(clerk.folder, clerk.folder.with_name("backup"))
    clerk.overrides(2)
    assert clerk.does("verify").code == 0
    clerk.overrides(3)
    return clerk


def backup_of(owner: Person) -> Path:
    """Everything as it was after the first action: database, keys, memory."""
    return owner.folder.with_name("backup")


def restore(owner: Person, folder: Path) -> None:
    """Put the database of `folder` where the owner's is."""
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (owner.folder / name).unlink(missing_ok=True)
        if (folder / name).exists():
            shutil.copyfile(folder / name, owner.folder / name)


def restored_backup(owner: Person, patch: pytest.MonkeyPatch) -> str:
    restore(owner, backup_of(owner))
    return "truncated"


def cut_tail(owner: Person, patch: pytest.MonkeyPatch) -> str:
    evidence = Evidence(owner.folder)
    leaves = evidence.leaves()
    install(evidence, leaves[:-1])
    with evidence.tampering() as connection:
        connection.execute("DELETE FROM disclosure WHERE idx >= ?", (len(leaves) - 1,))
        connection.execute("DELETE FROM checkpoint WHERE size >= ?", (len(leaves),))
    return "truncated"


def fork(actions: int) -> Callable[[Person, pytest.MonkeyPatch], str]:
    """On another machine, with a copy of the key files, the passphrase and the memory of then, others are recorded."""

    def attack(owner: Person, patch: pytest.MonkeyPatch) -> str:
        with pytest.MonkeyPatch.context() as elsewhere:
            thief = Person.at(backup_of(owner), elsewhere)
            for number in range(actions):
                assert thief.overrides(100 + number)["state"] == "checkpointed"
            assert thief.does("verify").code == 0, "to the thief everything is sound"
        restore(owner, backup_of(owner))
        return "forked"

    return attack


def fork_without_memory(owner: Person, patch: pytest.MonkeyPatch) -> str:
    """The same with the key files alone: the signer there has no memory, and is given the newest checkpoint."""
    shutil.rmtree(backup_of(owner) / "state")
    with pytest.MonkeyPatch.context() as elsewhere:
        thief = Person.at(backup_of(owner), elsewhere)
        newest = thief.folder / "note.txt"
        with Ledger.open(thief.folder / DATABASE, read_only=True) as ledger:
            newest.write_bytes(ledger.checkpoints()[-1])
        thief.does("checkpoint", "--adopt", newest, "--unwitnessed")
        for number in range(3):
            thief.overrides(100 + number)
    restore(owner, backup_of(owner))
    return "forked"


ATTACKS = {
    "an older copy restored": restored_backup,
    "the tail cut off": cut_tail,
    "a fork of the same length": fork(2),
    "a longer fork": fork(4),
    "a fork with the key files alone": fork_without_memory,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_another_history_is_found_by_default(owner: Person, monkeypatch: pytest.MonkeyPatch, attack: str) -> None:
    expected = ATTACKS[attack](owner, monkeypatch)
    monkeypatch.chdir(owner.folder)

    seen = owner.runs("verify", "--json")

    assert seen.code == 1, seen.out
    assert expected in {finding["verdict"] for finding in seen.json["findings"]}, seen.out


@pytest.mark.parametrize("attack", ATTACKS)
def test_another_history_gets_no_signature_from_the_owner(
    owner: Person, monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    ATTACKS[attack](owner, monkeypatch)
    monkeypatch.chdir(owner.folder)

    seen = owner.runs("checkpoint")

    assert (seen.code, seen.out) == (1, ""), seen
    assert seen.err.count("\n") == 1


def test_a_dropped_write_ahead_log_is_found_by_default(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of a process that still has the database open is lost with its machine."""
    with Ledger.open(owner.folder / DATABASE, read_only=True) as ledger:
        before = ledger.size
        owner.overrides(4)
        assert (owner.folder / f"{DATABASE}-wal").stat().st_size
        copy = owner.folder.with_name("copy")
        copy.mkdir()
        shutil.copyfile(owner.folder / DATABASE, copy / DATABASE)
    restore(owner, copy)

    seen = owner.runs("verify", "--json")

    assert seen.code == 1
    assert [finding["verdict"] for finding in seen.json["findings"]] == ["truncated"]
    assert seen.json["size"] == before
