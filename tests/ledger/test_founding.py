"""Founding a ledger: its genesis entry, first checkpoint and pin, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ledger import Founder, create_ledger
from ledger.checkpoint import verify_checkpoint
from ledger.errors import AimsError, FormatError, Refused, SchemaError, StoreError
from ledger.founding import genesis_pin
from ledger.memory import Memory
from ledger.note import parse_vkey
from ledger.policy import Policy
from tests.ledger.harness import Clock, Harness, signer, source_of

NewHarness = Callable[..., Harness]


def found(folder: Path, **options: Any) -> Any:
    return create_ledger(
        folder / "ledger.db",
        **{
            "name": "bank.example/aims",
            "founder": "Bank",
            "admins": [Founder(signer("admin"), "admin-1", (source_of("admin"),))],
            "checkpoint_signer": signer("checkpoint"),
            "clock": Clock(),
            "state": folder / "state",
            **options,
        },
    )


def test_a_new_ledger_has_its_genesis_entry_a_checkpoint_and_a_pin(tmp_path: Path) -> None:
    with found(tmp_path) as ledger:
        genesis = ledger.entry(0)
        note = ledger.newest_checkpoint()
        pin = Memory(ledger.origin, tmp_path / "state").pin()

        assert ledger.size == 1
        assert (genesis.kind, genesis.subject, genesis.data["founder"]) == ("ledger", "ledger", "Bank")
        assert pin is not None
        assert pin == genesis_pin(ledger)
        assert pin.genesis == genesis.leaf_hash
        assert verify_checkpoint(note, [parse_vkey(key) for key in pin.vkeys]).checkpoint.size == 1


def test_no_two_ledgers_have_the_same_origin(tmp_path: Path) -> None:
    origins = set()
    for n in range(5):
        (tmp_path / str(n)).mkdir()
        with found(tmp_path / str(n)) as ledger:
            origins.add(ledger.origin)

    assert len(origins) == 5
    assert all(re.fullmatch(r"bank\.example/aims/[0-9a-f]{16}", origin) for origin in origins)


def test_a_ledger_created_here_is_known_here(new_harness: NewHarness) -> None:
    harness = new_harness(roles=[])

    report = harness.verify()

    assert (report.exit_code, report.summary) == (0, "sound"), "not first sight: the pin was stored at creation"


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        (
            {"policy": Policy(quorum=2)},
            Refused,
            r"^after this, 1 admin principal\(s\) would remain, expected at least 2",
        ),
        ({"checkpoint_signer": signer("admin")}, Refused, "signs entries and checkpoints, expected two different keys"),
        (
            {"admins": [Founder(signer("a"), "a-1", (source_of("a"),), ("pipeline",))]},
            SchemaError,
            "none has the role admin",
        ),
        ({"admins": [Founder(signer("a"), "a 1", (source_of("a"),))]}, SchemaError, "principal"),
        ({"admins": [Founder(signer("a"), "a-1", ("no uri",))]}, AimsError, "source|sources"),
        ({"founder": ""}, SchemaError, "founder"),
        ({"name": "bank example"}, FormatError, "^origin: found bank example/"),
        ({"name": "bank+example"}, FormatError, r"^origin: found bank\+example/"),
        ({"name": "b" * 250}, FormatError, "^origin: found b"),
        ({"policy": Policy(quorum=0)}, SchemaError, "quorum"),
        ({"policy": Policy(quorum=9)}, SchemaError, "quorum"),
        ({"policy": Policy(self_approval="maybe")}, SchemaError, "self_approval"),
        ({"policy": Policy(roles={"*": ("emperor",)})}, SchemaError, "roles"),
    ],
)
def test_what_does_not_fit_together_founds_nothing(
    tmp_path: Path, options: dict[str, Any], error: type[AimsError], match: str
) -> None:
    with pytest.raises(error, match=match) as caught:
        found(tmp_path, **options)
    assert str(caught.value).isprintable()
    assert list(tmp_path.iterdir()) == [], "no database is left behind"


def test_the_same_key_cannot_be_two_founders(tmp_path: Path) -> None:
    twice = [Founder(signer("admin"), name, (source_of("admin"),)) for name in ("admin-1", "admin-2")]

    with pytest.raises((Refused, ValueError), match=r"twice|each key once"):
        found(tmp_path, admins=twice)
    assert list(tmp_path.iterdir()) == []


def test_several_founders_all_sign(new_harness: NewHarness) -> None:
    harness = new_harness(admins=3, policy=Policy(quorum=2), roles=[])

    assert {s.principal for s in harness.entry(0).signers} == {"admin-1", "admin2-1", "admin3-1"}
    harness.check()


def test_an_existing_ledger_is_not_founded_again(new_harness: NewHarness) -> None:
    harness = new_harness()
    before = harness.rows()

    with pytest.raises(StoreError, match=r"ledger\.db: exists already"):
        found(harness.folder)
    assert harness.rows() == before
    harness.check()


def test_an_existing_file_of_any_kind_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("a letter to my mother")

    with pytest.raises(StoreError, match="exists already"):
        found(tmp_path)
    assert (tmp_path / "ledger.db").read_text() == "a letter to my mother"


def test_a_state_folder_that_can_not_be_written_founds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StoreError, match=r"^state folder .*: can't be made \(Not a directory\); set AIMS_STATE"):
        found(tmp_path, state=tmp_path / "file" / "state")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_founders_nothing_is_founded(tmp_path: Path) -> None:
    for admins in ([], [Founder(signer("admin"), "admin-1", ())]):
        with pytest.raises(
            ValueError, match=r"^a ledger is founded by at least one admin, who speaks for at least one"
        ):
            found(tmp_path, admins=admins)
    assert list(tmp_path.iterdir()) == []
