"""Verifying a tile tree from its files: what is sound, what is found, and who is blamed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from ledger.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from ledger.cosignature import cosigner_key, sign_cosignature
from ledger.errors import FormatError, Refused
from ledger.note import Note, format_note, format_vkey, parse_note
from ledger.tiletree.verifying import verify_tiles
from tests.ledger.harness import signer
from tests.ledger.tiletree.trees import ORIGIN, flip, found, told, trusting, vkey, write_tree

SMALL, LARGE = 600, 66_000
ENTRIES = [b"entry %d" % i for i in range(LARGE)]
SMALL_FILES = (
    "tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2",
    "tile/entries/000", "tile/entries/001", "tile/entries/002.p/88",
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two trees, for copying only: ``small`` with 600 entries, ``large`` with 66,000, three levels high."""
    folder = tmp_path_factory.mktemp("trees")
    write_tree(folder / "small", ENTRIES[:SMALL])
    write_tree(folder / "large", ENTRIES)
    return folder


@pytest.fixture
def small(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "small", tmp_path / "small"))


@pytest.fixture
def large(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made / "large", tmp_path / "large"))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 128, 255, 256, 257, 511, 512, 600, 1024])
def test_a_sound_tree_of_any_size_is_sound(tmp_path: Path, size: int) -> None:
    checkpoint = write_tree(tmp_path / "tree", ENTRIES[:size])

    report = verify_tiles(tmp_path / "tree", trusting())

    assert (report.exit_code, report.summary, report.level) == (0, "sound", "tiles")
    assert (report.origin, report.size, report.root) == (ORIGIN, size, checkpoint.root)
    assert report.trust == f"trust policy: signed by {vkey().rpartition('+')[0]}"


def test_a_tree_of_three_levels_is_sound(large: Path) -> None:
    assert found(large) == []


def test_without_a_policy_it_is_first_sight_and_never_sound(small: Path) -> None:
    report = verify_tiles(small, None)

    assert (report.exit_code, told(report)) == (4, [("self-consistent, first sight", "checkpoint")])


@pytest.mark.parametrize("name", SMALL_FILES)
@pytest.mark.parametrize("at", [0, 1, 2, 31, 32, 500, -1])
def test_a_changed_byte_of_any_file_is_found_there(small: Path, name: str, at: int) -> None:
    file = small / name
    flip(file, at % file.stat().st_size)

    places = {place for verdict, place in found(small) if verdict == "altered"}

    assert places
    assert all(place.endswith(name) for place in places)


@pytest.mark.parametrize("name", SMALL_FILES)
def test_a_file_that_is_gone_is_missing(small: Path, name: str) -> None:
    (small / name).unlink()

    assert found(small) == [("missing", name)]


@pytest.mark.parametrize("name", SMALL_FILES)
def test_a_file_that_is_cut_or_longer_is_altered(small: Path, name: str) -> None:
    data = (small / name).read_bytes()
    for changed in (data[:-1], data + b"\0", b"", data + data):
        (small / name).write_bytes(changed)
        assert found(small) == [("altered", name)]


def test_entries_that_changed_places_are_both_named(small: Path) -> None:
    swapped = [*ENTRIES[:300], ENTRIES[301], ENTRIES[300], *ENTRIES[302:SMALL]]
    write_tree(small.parent / "other", swapped)
    shutil.copy(small.parent / "other/tile/entries/001", small / "tile/entries/001")

    assert found(small) == [
        ("altered", "entry 300, tile/entries/001"),
        ("altered", "entry 301, tile/entries/001"),
    ]


def test_an_entry_changed_together_with_its_tile_is_found(small: Path) -> None:
    write_tree(small.parent / "other", [*ENTRIES[:10], b"forged", *ENTRIES[11:SMALL]])
    for name in ("tile/entries/000", "tile/0/000"):
        shutil.copy(small.parent / "other" / name, small / name)

    assert found(small) == [("altered", "tile/0/000"), ("altered", "tile/entries/000")]


def test_another_history_under_the_same_checkpoint_is_found(small: Path) -> None:
    note = (small / "checkpoint").read_bytes()
    shutil.rmtree(small)
    write_tree(small, [b"forged", *ENTRIES[1:SMALL]])
    (small / "checkpoint").write_bytes(note)

    assert ("altered", "checkpoint") in found(small)


@pytest.mark.parametrize("name", ["tile/2/000.p/1", "tile/1/000", "tile/1/001.p/1", "tile/0/200"])
@pytest.mark.parametrize("harm", ["flipped", "gone"])
def test_one_wrong_tile_high_up_is_blamed_alone(large: Path, name: str, harm: str) -> None:
    if harm == "flipped":
        flip(large / name, 7)
    else:
        (large / name).unlink()

    assert found(large) == [("altered" if harm == "flipped" else "missing", name)]


def test_a_wrong_tile_hides_no_wrong_entry_under_it(large: Path) -> None:
    flip(large / "tile/1/000", 40)
    flip(large / "tile/entries/100", 5)

    assert found(large) == [("altered", "tile/1/000"), ("altered", "entry 25600, tile/entries/100")]


def test_a_wrong_edge_and_a_wrong_entry_elsewhere_are_told_apart(small: Path) -> None:
    flip(small / "tile/1/000.p/2", 3)
    flip(small / "tile/entries/002.p/88", 9)

    assert found(small) == [("altered", "tile/1/000.p/2"), ("altered", "entry 512, tile/entries/002.p/88")]


def test_a_partial_tile_may_be_gone_when_the_full_one_is_there(small: Path) -> None:
    larger = small.parent / "larger"
    write_tree(larger, ENTRIES[:800])
    for kind in ("0", "entries"):
        shutil.rmtree(small / f"tile/{kind}/002.p")
        shutil.copy(larger / f"tile/{kind}/002", small / f"tile/{kind}/002")

    assert found(small) == []


def test_partial_tiles_of_earlier_sizes_are_checked_too(small: Path) -> None:
    earlier = small.parent / "earlier"
    write_tree(earlier, ENTRIES[:520])
    for kind in ("0", "entries"):
        shutil.copy(earlier / f"tile/{kind}/002.p/8", small / f"tile/{kind}/002.p/8")
    assert found(small) == []

    (small / "tile/0/002.p/8").write_bytes((small / "tile/0/002.p/8").read_bytes()[:-32])
    flip(small / "tile/entries/002.p/8", -1)

    assert sorted(found(small)) == [("altered", "tile/0/002.p/8"), ("altered", "tile/entries/002.p/8")]


def test_files_of_an_export_that_has_not_ended_change_nothing(small: Path) -> None:
    larger = small.parent / "larger"
    write_tree(larger, ENTRIES[:800])
    shutil.copytree(larger / "tile", small / "tile", dirs_exist_ok=True)

    assert found(small) == []


def test_what_is_no_file_of_a_tile_tree_is_not_passed_over(small: Path) -> None:
    (small / "tile/0/notes.txt").write_text("see me")

    report = verify_tiles(small, trusting())

    assert (report.exit_code, told(report)) == (4, [("not checked here", "tile/0/notes.txt")])


@pytest.mark.parametrize("target", ["/dev/zero", "{here}", "nowhere"])
def test_a_link_in_the_place_of_a_file_is_not_followed(small: Path, target: str) -> None:
    kept = small.parent / "kept"
    (small / "tile/0/001").rename(kept)
    (small / "tile/0/001").symlink_to(target.format(here=kept))

    assert found(small) == [("altered", "tile/0/001")]


def test_a_pipe_in_the_place_of_a_file_does_not_make_it_wait(small: Path) -> None:
    for name in ("tile/0/001", "tile/entries/000"):
        (small / name).unlink()
        os.mkfifo(small / name)

    assert found(small) == [("altered", "tile/0/001"), ("altered", "tile/entries/000")]


def test_a_linked_folder_is_altered(small: Path) -> None:
    (small / "tile/entries").rename(small.parent / "elsewhere")
    (small / "tile/entries").symlink_to(small.parent / "elsewhere")

    assert found(small) == [("altered", "tile/entries")]


@pytest.mark.parametrize("size", [2**40, 2**63 - 1])
def test_a_checkpoint_that_claims_more_than_exists_ends_soon(small: Path, size: int) -> None:
    (small / "checkpoint").write_bytes(sign_checkpoint(Checkpoint(ORIGIN, size, bytes(32)), signer("log")))

    findings = found(small)

    assert ("altered", "checkpoint") in findings
    assert ("not checked here", "tile") in findings
    assert len(findings) <= 1_000


def test_a_folder_without_a_checkpoint_is_no_tree(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no checkpoint in it"):
        verify_tiles(tmp_path, None)

    (tmp_path / "checkpoint").symlink_to("/dev/zero")
    with pytest.raises(Refused, match="there is no checkpoint in it"):
        verify_tiles(tmp_path, None)


@pytest.mark.parametrize("note", [b"", b"hello\n", b"a" * 2_000_000, "x\n600\nAA==\n\n— x AAAAAAA=\n".encode()])
def test_a_checkpoint_that_is_none_is_bad_input(small: Path, note: bytes) -> None:
    (small / "checkpoint").write_bytes(note)

    with pytest.raises(FormatError):
        verify_tiles(small, trusting())


def test_a_checkpoint_by_an_unknown_key_is_told(small: Path) -> None:
    other = trusting(f"log {vkey('somebody')}")

    assert found(small, other) == [("key unknown", "checkpoint")]


def test_a_wrong_signature_of_a_known_key_is_told(small: Path) -> None:
    note = (small / "checkpoint").read_bytes()
    (small / "checkpoint").write_bytes(note.replace(b"\n600\n", b"\n599\n"))

    assert ("signature invalid", "checkpoint") in found(small)


def test_the_quorum_of_witnesses_is_asked_for(small: Path) -> None:
    names = ("w1", "w2", "w3")
    keys = [cosigner_key(f"{name}.example", signer(name)) for name in names]
    witnesses = [f"witness {name} {format_vkey(key)}" for name, key in zip(names, keys, strict=True)]
    policy = trusting(f"log {vkey()}", *witnesses, "group two 2 w1 w2 w3", quorum="two")
    cosign(small, "w1")
    one = verify_tiles(small, policy)
    cosign(small, "w3")
    two = verify_tiles(small, policy)

    assert (told(one), one.exit_code) == ([("not witnessed", "checkpoint")], 1)
    assert "cosigned by w1, not by a quorum" in one.findings[0].detail
    assert (told(two), two.exit_code) == ([], 0)
    assert two.trust.endswith("cosigned by w1, w3")


def kept(folder: Path, size: int, *, first: bytes = ENTRIES[0]) -> bytes:
    """A checkpoint that somebody kept from when the log had `size` entries, and `first` was its first."""
    write_tree(folder, [first, *ENTRIES[1:size]] if size else [])
    return (folder / "checkpoint").read_bytes()


@pytest.mark.parametrize("size", [0, 1, 255, 256, 300, 599, 600])
def test_a_kept_checkpoint_of_the_same_history_is_in_the_tree(small: Path, tmp_path: Path, size: int) -> None:
    report = verify_tiles(small, trusting(), checkpoints=[kept(tmp_path / "kept", size)])

    assert (told(report), report.exit_code) == ([], 0)


@pytest.mark.parametrize("size", [1, 300, 600])
def test_a_kept_checkpoint_of_another_history_is_a_fork(small: Path, tmp_path: Path, size: int) -> None:
    report = verify_tiles(small, trusting(), checkpoints=[kept(tmp_path / "kept", size, first=b"another")])

    assert told(report) == [("forked", "checkpoint")]


def test_a_tree_with_fewer_entries_than_were_seen_is_truncated(small: Path, tmp_path: Path) -> None:
    report = verify_tiles(small, trusting(), checkpoints=[kept(tmp_path / "kept", 601)])

    assert told(report) == [("truncated", "checkpoint")]


def test_a_kept_checkpoint_is_not_compared_with_a_broken_tree(small: Path, tmp_path: Path) -> None:
    flip(small / "tile/0/000", 0)

    report = verify_tiles(small, trusting(), checkpoints=[kept(tmp_path / "kept", 300)])

    assert sorted(told(report)) == [("altered", "tile/0/000"), ("not checked here", "kept checkpoint")]


def test_a_kept_checkpoint_that_nobody_trusted_signed_proves_nothing(small: Path, tmp_path: Path) -> None:
    note = kept(tmp_path / "kept", 300)
    unsigned = sign_checkpoint(parse_checkpoint(parse_note(note).text), signer("somebody"))
    forged = note.replace(b"\n300\n", b"\n301\n")

    assert told(verify_tiles(small, trusting(), checkpoints=[unsigned])) == [("not checked here", "kept checkpoint")]
    assert told(verify_tiles(small, trusting(), checkpoints=[forged])) == [("signature invalid", "kept checkpoint")]


def test_a_kept_checkpoint_of_another_log_is_refused(small: Path, tmp_path: Path) -> None:
    write_tree(tmp_path / "other", ENTRIES[:3], origin="other.example/log")

    with pytest.raises(Refused, match=r"of other\.example/log, expected one of log\.example/tiles"):
        verify_tiles(small, trusting(), checkpoints=[(tmp_path / "other/checkpoint").read_bytes()])


def cosign(tree: Path, name: str) -> None:
    note = parse_note((tree / "checkpoint").read_bytes())
    line = sign_cosignature(note.text, f"{name}.example", signer(name), 1_795_428_000)
    (tree / "checkpoint").write_bytes(format_note(Note(note.text, (*note.signatures, line))))
