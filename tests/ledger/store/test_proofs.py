"""Proofs from stored tiles, at every size around the borders of tiles, and from damaged stores."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.proofs import measure_tree
from ledger import Ledger
from ledger.bundle.multiproof import root_of_leaves
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.errors import Damaged, ProofError, Refused, StoreError
from ledger.merkle import (
    RightEdge,
    check_consistency,
    check_inclusion,
    leaf_hash,
    prove_consistency,
    prove_inclusion,
)
from ledger.note import parse_note
from ledger.proof_file import parse_proof_file
from ledger.proving import (
    checkpoint_history,
    make_receipt,
    make_receipts,
    prove_entries,
    show_consistency,
    show_inclusion,
)
from ledger.store.anchors import add_cosignature
from ledger.store.checkpoints import newest_checkpoint
from ledger.store.proofs import best_checkpoint, checkpoint_of, open_reader
from ledger.tiles import root_at
from tests.ledger.anchored import cosigned
from tests.ledger.attacker import Suspect
from tests.ledger.harness import SUBJECT, Harness, oversight, signer

BORDERS = (1, 2, 3, 127, 128, 129, 254, 255, 256, 257, 258, 383, 384, 385, 511, 512, 513, 514, 600)


@pytest.fixture
def ledger(tiled: Suspect) -> Iterator[Ledger]:
    with Ledger.open(tiled.path, read_only=True, state=tiled.state) as opened:
        yield opened


@pytest.fixture
def connection(ledger: Ledger) -> Iterator[sa.Connection]:
    with ledger.backend.reading("testing") as opened:
        yield opened


def root_of(hashes: list[bytes]) -> bytes:
    edge = RightEdge()
    edge.extend(hashes)
    return edge.root()


def test_proofs_at_the_borders_of_tiles_check(tiled: Suspect, connection: sa.Connection) -> None:
    hashes = [leaf_hash(leaf) for leaf in tiled.leaves()]
    for size in (*BORDERS, len(hashes)):
        reader, root = open_reader(connection, size), root_of(hashes[:size])

        assert root_at(size, reader) == root
        for index in {0, size // 2, size - 1, *(at for at in BORDERS if at < size)}:
            check_inclusion(hashes[index], index, size, prove_inclusion(index, size, reader), root)
        for old in (at for at in BORDERS if at <= size):
            assert root_at(old, reader) == root_of(hashes[:old])
            check_consistency(old, root_of(hashes[:old]), size, root, prove_consistency(old, size, reader))


def test_every_entry_is_proved_in_the_whole_ledger(tiled: Suspect, connection: sa.Connection) -> None:
    hashes = [leaf_hash(leaf) for leaf in tiled.leaves()]
    size = len(hashes)
    reader, root = open_reader(connection, size), root_of(hashes)

    for index, hashed in enumerate(hashes):
        check_inclusion(hashed, index, size, prove_inclusion(index, size, reader), root)


def test_a_proof_reads_few_rows(tiled: Suspect, ledger: Ledger) -> None:
    rng, read = random.Random(1), []
    size = ledger.size
    with ledger.backend.reading("testing") as connection:
        reader = open_reader(connection, size)
        prove_inclusion(size - 1, size, reader)  # the right edge is read once
        sa.event.listen(connection, "before_cursor_execute", lambda *call: read.append(call[2]))
        for _ in range(50):
            prove_inclusion(rng.randrange(512), size, reader)

    assert len(read) <= 2, "the full tiles of level 0, each at most once"


@pytest.mark.parametrize("size", [65_536, 65_537, 70_000])
def test_proofs_in_a_tree_with_tiles_on_three_levels_check(tmp_path: Path, size: int) -> None:
    kept, new = measure_tree(tmp_path, size, count=60)  # checks every proof that it times

    assert (kept.entries, kept.proofs, new.proofs) == (size, 60, 6)


def test_a_ledger_has_the_empty_root_before_its_first_entry(connection: sa.Connection) -> None:
    assert root_at(0, open_reader(connection, 0)) == RightEdge().root()


def test_many_receipts_are_those_of_each(ledger: Ledger) -> None:
    places = [0, 300, 5, 300]

    assert make_receipts(ledger, places) == [make_receipt(ledger, place) for place in places]
    assert make_receipts(ledger, []) == []
    with pytest.raises(Refused, match="entry 9999: expected 0 to"):
        make_receipts(ledger, [1, 9999])


def test_one_proof_shows_many_entries(ledger: Ledger) -> None:
    places = (0, 5, 255, 256, 300)
    shared = prove_entries(ledger, [300, 5, 0, 256, 255, 5])

    found = root_of_leaves(places, [leaf_hash(leaf) for leaf in shared.leaves], shared.checkpoint.size, shared.proof)
    assert (shared.indexes, found) == (places, shared.checkpoint.root)
    assert [ledger.leaf(place) for place in places] == list(shared.leaves)
    with pytest.raises(Refused, match="entry 9999: expected 0 to"):
        prove_entries(ledger, [1, 9999])
    with pytest.raises(Refused, match="no checkpoint of 77 entries is stored"):
        prove_entries(ledger, [1], 77)
    with pytest.raises(ValueError, match="at least one entry"):
        prove_entries(ledger, [])


# Damage


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("DELETE FROM tile WHERE level = 0 AND n = 1", "tile 1 on level 0: not in the database"),
        ("DELETE FROM entry WHERE idx = 520", r"tile 2 on level 0: entries are missing in 512\.\."),
    ],
)
def test_a_missing_tile_or_entry_gives_no_proof(tiled: Suspect, change: str, found: str) -> None:
    tiled.sql(change)

    with (
        Ledger.open(tiled.path, read_only=True, state=tiled.state) as ledger,
        pytest.raises(StoreError, match=found),
    ):
        show_inclusion(ledger, 300)


def test_a_damaged_tile_gives_no_proof_but_those_that_do_not_rest_on_it(tiled: Suspect) -> None:
    tile = bytearray(tiled.one("SELECT hashes FROM tile WHERE level = 0 AND n = 0"))
    tile[32 * 7] ^= 1
    tiled.sql("UPDATE tile SET hashes = ? WHERE level = 0 AND n = 0", bytes(tile))

    with Ledger.open(tiled.path, read_only=True, state=tiled.state) as ledger:
        for entry in (6, 5, 200, 300):
            with pytest.raises(Damaged, match=r"no proof can be made: .*'aims verify' says what is wrong"):
                make_receipt(ledger, entry)
        # The hash of entry 7 comes from its bytes, and its path has all the others.
        assert parse_proof_file(make_receipt(ledger, 7)).index == 7


def test_a_changed_entry_gives_no_shared_proof_either(tiled: Suspect) -> None:
    tiled.set_leaf(5, tiled.leaves()[5].replace(b'"v":1', b'"v":2'))

    with (
        Ledger.open(tiled.path, read_only=True, state=tiled.state) as ledger,
        pytest.raises(Damaged, match="no proof can be made: 2 entries lead to root"),
    ):
        prove_entries(ledger, [4, 5])


def test_a_changed_entry_gives_no_proof_though_its_tile_is_right(tiled: Suspect) -> None:
    leaf = tiled.leaves()[9]
    tiled.set_leaf(9, leaf.replace(b'"v":1', b'"v":2'))

    with (
        Ledger.open(tiled.path, read_only=True, state=tiled.state) as ledger,
        pytest.raises(Damaged, match="no proof can be made") as caught,
    ):
        show_inclusion(ledger, 9)
    assert isinstance(caught.value.__cause__, ProofError)


def test_a_tile_of_another_length_gives_no_proof(tiled: Suspect) -> None:
    tiled.sql("UPDATE tile SET hashes = x'00' WHERE level = 0 AND n = 1")

    with (
        Ledger.open(tiled.path, read_only=True, state=tiled.state) as ledger,
        pytest.raises(Damaged, match="1 bytes, expected 8192"),
    ):
        show_consistency(ledger, 300)


@pytest.mark.parametrize(
    ("note", "found"),
    [
        (b"nonsense", "no empty line"),
        (sign_checkpoint(Checkpoint("bank.example/other", 1, bytes(32)), signer("a")), "of bank.example/other"),
    ],
)  # fmt: skip
def test_a_checkpoint_that_is_none_of_this_ledger_gives_no_receipt(suspect: Suspect, note: bytes, found: str) -> None:
    suspect.sql("UPDATE checkpoint SET note = ?", note)

    with (
        Ledger.open(suspect.path, read_only=True, state=suspect.state) as ledger,
        pytest.raises(Damaged, match=found),
    ):
        make_receipt(ledger, 0)


# Which checkpoint


def witnessed(harness: Harness, *keys: str) -> int:
    """Store cosignatures by these keys on the newest checkpoint; its size."""
    with harness.ledger.backend.writing("anchoring") as connection:
        note = newest_checkpoint(connection)
        assert note is not None
        size = int(parse_note(note).text.split("\n")[1])
        for key in keys:
            line = cosigned(note, 1_800_000_000, name=f"{key}.example", key=key)
            add_cosignature(connection, size=size, witness=key, note=line, received=0)
    return size


def signers(note: bytes | None) -> list[str]:
    assert note is not None
    return [line.name for line in parse_note(note).signatures]


def test_the_checkpoint_with_most_cosigners_is_handed_out_and_of_those_the_newest(harness: Harness) -> None:
    sizes = []
    for keys in ("ab", "cd", "e", ""):
        harness.record("oversight_action", oversight(), "overseer")
        sizes.append(witnessed(harness, *keys))

    with harness.ledger.backend.reading("testing") as connection:
        assert signers(best_checkpoint(connection, 1)) == [harness.origin, "c.example", "d.example"]
        assert signers(best_checkpoint(connection, sizes[1] + 1)) == [harness.origin, "e.example"]
        assert signers(best_checkpoint(connection, sizes[2] + 1)) == [harness.origin]
        assert best_checkpoint(connection, sizes[3] + 1) is None


def test_a_witness_that_answered_twice_has_one_line(harness: Harness) -> None:
    size = witnessed(harness, "a", "a", "b")

    with harness.ledger.backend.reading("testing") as connection:
        assert signers(checkpoint_of(connection, size)) == [harness.origin, "a.example", "b.example"]


def test_the_history_has_every_checkpoint_with_its_cosigners(harness: Harness) -> None:
    witnessed(harness, "a", "b")
    harness.record("oversight_action", oversight(), "overseer")

    history = checkpoint_history(harness.ledger)

    assert [note.split(b"\n\n")[0] for note in history] == [
        note.split(b"\n\n")[0] for note in harness.ledger.checkpoints()
    ]
    assert [signers(note)[1:] for note in history[-2:]] == [["a.example", "b.example"], []]


def test_a_damaged_cosignature_adds_nothing(harness: Harness) -> None:
    size = witnessed(harness, "a", "b")
    with harness.tampering() as raw:
        raw.execute("UPDATE cosignature SET note = x'ff' WHERE seq = 0")
        raw.execute("UPDATE cosignature SET note = replace(note, char(10) || size, char(10) || '9') WHERE seq = 1")

    with harness.ledger.backend.reading("testing") as connection:
        assert signers(checkpoint_of(connection, size)) == [harness.origin]


def test_there_is_no_checkpoint_between_two(harness: Harness) -> None:
    with harness.ledger.batch() as batch:
        for number in range(3):
            batch.record(oversight(number), kind="oversight_action", signers=signer("overseer"), subject=SUBJECT)

    with harness.ledger.backend.reading("testing") as connection:
        assert checkpoint_of(connection, harness.ledger.size - 1) is None
        assert signers(checkpoint_of(connection, harness.ledger.size)) == [harness.origin]
