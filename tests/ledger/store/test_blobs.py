"""Attachments: whole or not there, streamed, named by their bytes, and gone when they are removed."""

from __future__ import annotations

import errno
import os
import tracemalloc
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import StoreError
from ledger.store.blobs import Blobs
from tests.ledger.harness import Harness, decision

MIB = 1 << 20


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    """An empty blob folder that does not exist yet."""
    return Blobs(tmp_path / "ledger.db.blobs")


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


class Breaking(BytesIO):
    """A source that fails after its first piece."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(content=st.binary(max_size=5_000), personal=st.booleans())
def test_every_file_comes_back(blobs: Blobs, content: bytes, personal: bool) -> None:
    stored = blobs.put(BytesIO(content), personal=personal)

    with blobs.open(stored.digest, salted=personal) as handle:
        assert handle.read() == content
    assert stored.size == len(content)
    assert blobs.measure(stored.digest) == (stored.digest, len(content) + 32 * personal)


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_a_file_is_named_by_its_sha_256_whatever_its_size(blobs: Blobs, size: int) -> None:
    content = os.urandom(size)

    stored = blobs.put(BytesIO(content))

    assert (stored.digest, stored.size) == (sha256(content).hexdigest(), size)
    assert blobs.path(stored.digest).read_bytes() == content


def test_a_personal_file_has_a_name_that_its_content_does_not_reveal(blobs: Blobs) -> None:
    first, second = (blobs.put(BytesIO(b"payslip"), personal=True) for _ in range(2))

    assert len({first.digest, second.digest, sha256(b"payslip").hexdigest()}) == 3
    raw = blobs.path(first.digest).read_bytes()
    assert sha256(raw).hexdigest() == first.digest, "SHA-256(32-byte salt || file)"
    assert raw[32:] == b"payslip"


def test_the_same_file_twice_is_kept_once(blobs: Blobs, tmp_path: Path) -> None:
    first, second = (blobs.put(BytesIO(b"model")) for _ in range(2))

    assert first == second
    assert len(files(tmp_path)) == 1


def test_a_large_file_does_not_enter_memory(blobs: Blobs, tmp_path: Path) -> None:
    source = tmp_path / "model.bin"
    with source.open("wb") as file:
        file.truncate(200 * MIB)  # sparse: takes no room, reads as zeros

    tracemalloc.start()
    try:
        with source.open("rb") as handle:
            stored = blobs.put(handle)
        measured = blobs.measure(stored.digest)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert measured == (stored.digest, 200 * MIB)
    assert peak < 8 * MIB


def test_an_interrupted_copy_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(
        StoreError, match=r"^attachment: can't be written to ledger\.db\.blobs \(Input/output error\); check"
    ):
        blobs.put(Breaking(b"x" * 3 * MIB))

    assert files(tmp_path) == []


def test_a_full_disk_leaves_nothing(blobs: Blobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(
        StoreError, match=r"can't be written to ledger\.db\.blobs \(No space left on device\); check free space"
    ):
        blobs.put(BytesIO(b"x" * 3 * MIB))
    assert files(tmp_path) == []


def test_a_folder_that_can_not_be_made_is_an_error_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(
        StoreError, match=r"^attachment: can't be written to blobs \(Not a directory\); check free space"
    ):
        Blobs(tmp_path / "file" / "blobs").put(BytesIO(b"x"))


def test_a_file_is_under_its_name_only_when_it_is_whole_and_on_disk(
    blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    digest = sha256(b"model").hexdigest()
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        seen.append("fsync folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "fsync file")  # noqa: PTH112
        assert blobs.has(digest) == ("rename" in seen)
        fsync(handle)

    def renamed(path: Path, target: Path) -> Path:
        seen.append("rename")
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    blobs.put(BytesIO(b"model"))

    assert seen == ["fsync folder", "fsync file", "rename", "fsync folder", "fsync folder"]


def test_a_missing_blob_is_named(blobs: Blobs) -> None:
    assert not blobs.has("ab" * 32)
    with pytest.raises(StoreError, match=r"^attachment abababababababab: not in ledger\.db\.blobs \(no regular file"):
        blobs.measure("ab" * 32)


def test_removing_is_repeatable(blobs: Blobs, tmp_path: Path) -> None:
    stored = blobs.put(BytesIO(b"payslip"), personal=True)

    for _ in range(2):
        blobs.remove(stored.digest)

    assert not blobs.has(stored.digest)
    assert files(tmp_path) == []


# In a ledger


def attach(harness: Harness, content: bytes, **options: bool) -> str:
    source = harness.folder / "model.bin"
    source.write_bytes(content)
    artefact = harness.ledger.attach(source, role="model", **options)
    harness.record("ai_decision", decision(), attach=[artefact])
    return artefact.digest


@pytest.mark.parametrize("personal", [False, True])
def test_an_attachment_is_checked_on_verify(harness: Harness, personal: bool) -> None:
    digest = attach(harness, b"weights", personal=personal)
    harness.check()

    path = harness.ledger.blobs.path(digest)
    path.write_bytes(path.read_bytes()[:-1] + b"S")

    report = harness.verify()
    assert (report.exit_code, report.summary) == (1, "1 × altered")
    assert str(report.findings[0].place) == f"entry 7, attachment {digest[:16]}"


@pytest.mark.parametrize("change", ["longer", "shorter", "gone"])
def test_an_attachment_of_another_size_or_gone_is_noticed(harness: Harness, change: str) -> None:
    path = harness.ledger.blobs.path(attach(harness, b"weights"))
    if change == "gone":
        path.unlink()
    else:
        path.write_bytes(b"weights+" if change == "longer" else b"weight")

    assert harness.verify().summary == ("1 × missing" if change == "gone" else "1 × altered")


def test_a_file_that_no_entry_names_does_no_harm(harness: Harness) -> None:
    harness.ledger.blobs.put(BytesIO(b"attached, then the process died"))

    harness.check()


def test_a_file_that_can_not_be_read_is_refused_and_nothing_stored(harness: Harness) -> None:
    with (
        harness.nothing_stored(),
        pytest.raises(StoreError, match=r"^attachment .*absent\.bin: can't be read \(No such file"),
    ):
        harness.ledger.attach(harness.folder / "absent.bin", role="model")


def test_the_artefact_says_name_type_and_size(harness: Harness) -> None:
    source = harness.folder / "report.pdf"
    source.write_bytes(b"%PDF-1.7")

    artefact = harness.ledger.attach(source, role="test_report")

    assert artefact.model_dump() == {
        "name": "report.pdf",
        "role": "test_report",
        "digest": sha256(b"%PDF-1.7").hexdigest(),
        "size": 8,
        "media_type": "application/pdf",
        "attached": True,
        "salted": False,
    }
