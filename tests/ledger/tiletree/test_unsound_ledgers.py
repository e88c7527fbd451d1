"""What the ledger itself has wrong is not published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.checkpoint import Checkpoint, sign_checkpoint, verify_checkpoint
from ledger.errors import Damaged, Refused
from ledger.note import VerifierKey, format_vkey
from ledger.store.proofs import open_reader
from ledger.tiles import root_at
from ledger.tiletree.exporting import export_tiles
from tests.ledger.harness import Harness, signer
from tests.ledger.tiletree.trees import grow

NewHarness = Callable[..., Harness]


@pytest.fixture
def harness(new_harness: NewHarness) -> Harness:
    """A ledger of 300 entries, all of them indexed."""
    harness = new_harness(roles=("pipeline",))
    grow(harness, 300)
    harness.ledger.rebuild_index()
    return harness


def test_a_damaged_entry_is_named_and_nothing_is_written(harness: Harness, tmp_path: Path) -> None:
    with harness.tampering() as connection:
        connection.execute("UPDATE entry SET leaf = CAST(replace(leaf, 'nth', 'nht') AS BLOB) WHERE idx = 270")

    with pytest.raises(Damaged, match=r"expected [0-9a-f]{64} as signed"):
        export_tiles(harness.ledger, tmp_path / "tree")

    assert not (tmp_path / "tree").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE entry SET leaf = CAST(replace(leaf, 'nth', 'nht') AS BLOB) WHERE idx = 70", "entry 70: not what"),
        ("DELETE FROM entry WHERE idx = 70", "entries 0 to 255: only 255 of them"),
        ("UPDATE tile SET hashes = zeroblob(8192) WHERE n = 0", "expected [0-9a-f]{64} as signed"),
        ("UPDATE tile SET hashes = 'text' WHERE n = 0", "tile 0 on level 0: 0 bytes"),
        ("DELETE FROM tile", "tile 0 on level 0: not in the database"),
        ("UPDATE checkpoint SET note = zeroblob(300) WHERE size = 300", "newest checkpoint is not sound"),
        ("UPDATE checkpoint SET note = 'text' WHERE size = 300", "newest checkpoint is not sound"),
    ],
)
def test_a_damaged_ledger_is_not_published(harness: Harness, tmp_path: Path, change: str, told: str) -> None:
    with harness.tampering() as connection:
        assert connection.execute(change).rowcount == 1

    with pytest.raises(Damaged, match=told):
        export_tiles(harness.ledger, tmp_path / "tree")

    assert not list((tmp_path / "tree").glob("tile/*"))
    assert not (tmp_path / "tree" / "checkpoint").exists()


def test_a_ledger_without_a_checkpoint_has_nothing_to_publish(harness: Harness, tmp_path: Path) -> None:
    with harness.tampering() as connection:
        connection.execute("DELETE FROM checkpoint")

    with pytest.raises(Refused, match="no checkpoint was signed yet; sign one with 'aims checkpoint'"):
        export_tiles(harness.ledger, tmp_path / "tree")


def test_a_checkpoint_by_a_retired_key_is_not_published(harness: Harness, tmp_path: Path) -> None:
    """The thief of an old checkpoint key can write to the database, too."""
    rotate(harness)
    harness.reopen(checkpoint_signer=None)
    grow(harness, 310)
    with harness.ledger.backend.reading("reading") as connection:
        root = root_at(310, open_reader(connection, 310))
    note = sign_checkpoint(Checkpoint(harness.origin, 310, root), signer("checkpoint"))
    harness.sql("INSERT INTO checkpoint SELECT max(seq) + 1, 310, ? FROM checkpoint", note)

    with pytest.raises(Damaged, match=r"checkpoint at size 310: not signed by a key of .* in force there"):
        export_tiles(harness.ledger, tmp_path / "tree")

    assert not (tmp_path / "tree").exists()


def test_a_tree_is_continued_after_the_checkpoint_key_was_rotated(harness: Harness, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    export_tiles(harness.ledger, tree)
    rotate(harness)
    harness.reopen(checkpoint_signer=signer("checkpoint2"))
    harness.ledger.adopt(harness.ledger.newest_checkpoint() or b"", unwitnessed=True)
    grow(harness, 310)

    done = export_tiles(harness.ledger, tree)

    assert (done.before, done.size) == (300, 310)
    assert signer("checkpoint2").public_key == verified_by(harness, tree).public_key


def rotate(harness: Harness) -> None:
    """Add another checkpoint key and retire the first; the last checkpoint by it is of the entry before its end."""
    successor = VerifierKey(harness.origin, signer("checkpoint2").public_key)
    (old,) = harness.ledger.authority.verifier_keys()
    for action, key in (("checkpoint_key_added", successor), ("checkpoint_key_retired", old)):
        body = {"action": action, "checkpoint_key": format_vkey(key), "reason": "yearly"}
        harness.record("ledger", body, "admin")


def verified_by(harness: Harness, tree: Path) -> VerifierKey:
    note = (tree / "checkpoint").read_bytes()
    (key,) = verify_checkpoint(note, harness.ledger.authority.verifier_keys()).signed_by
    return key
