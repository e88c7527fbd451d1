"""Every file of a small ledger changed: the database as raw bytes, its write-ahead log, attachments, the memory.

SQLite is what stands between the bytes of the database file and its rows. So the question here is another one than for
tables: a change is found, or else no row that anybody can read, by whatever index, is other than it was.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import AimsError
from ledger.verdicts import Verdict
from tests.attacks.small import FILE_ERASURE, PERSONAL, PLAIN, every, kept_open
from tests.ledger.attacker import Found, Suspect, found
from tests.ledger.harness import decision


def outcome(victim: Suspect) -> str:
    """The verdicts, or ``error`` for an error in one clear line."""
    told: AimsError | None = None
    try:
        report = victim.verify()
    except AimsError as error:
        told = error
    if told is not None:
        assert str(told).isprintable()
        return "error"
    return "sound" if report.exit_code == 0 else ", ".join(sorted({f.verdict.value for f in report.findings}))


def found_out(victim: Suspect) -> bool:
    """Whether the change is found: a verdict that is not sound, or an error that says what is damaged."""
    return outcome(victim) != "sound"


UNREAD = {
    "anchor_pending": "what is still to be asked for follows from checkpoints and answers",
    "cosignature": "a witness's signature is for those who know its key; when it came, for nobody",
    "timestamp": "a token is for those who know the authority's certificate; when it came and from where, for nobody",
}
"""Tables of which some bytes say nothing here; `test_every_byte` tells which, column for column."""


def readable(path: Path) -> dict[str, list[Any]]:
    """Everything that can be read of a database: each table, and the same through each of its indexes."""
    told: dict[str, list[Any]] = {}
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            if table in UNREAD:
                continue
            told[table] = connection.execute(f"SELECT {_columns(table)} FROM {table} NOT INDEXED").fetchall()
            for _, index, *_ in connection.execute(f"PRAGMA index_list({table})").fetchall():
                columns = [row[2] for row in connection.execute(f"PRAGMA index_info({index})")]
                whole = f"SELECT {', '.join(columns)} FROM {table} INDEXED BY {index} ORDER BY {', '.join(columns)}"
                told[index] = connection.execute(whole).fetchall()
                for value in {row[0] for row in told[index]}:
                    exact = f"SELECT * FROM {table} INDEXED BY {index} WHERE {columns[0]} = ?"
                    told[f"{index} {value!r}"] = connection.execute(exact, (value,)).fetchall()
    return told


def _columns(table: str) -> str:
    """Of the tables of one row, not the column `id`: nobody asks for it by its number."""
    return {"head": "origin, size, last_hash, last_time, edge", "progress": "indexed"}.get(table, "*")


# Where bytes mean something


def used(raw: bytes) -> tuple[list[int], list[int]]:
    """The offsets of bytes that give the file its structure, and one in each stored value.

    https://www.sqlite.org/fileformat2.html: section 1.3 (header), 1.6 (pages), 2.1 (records).
    """
    size = int.from_bytes(raw[16:18], "big")
    structure, values = list(range(100)), []
    for page in range(len(raw) // size):
        start = page * size
        at = start + (100 if page == 0 else 0)
        kind = raw[at]
        if kind not in (2, 5, 10, 13):
            values += range(start, start + size, 97)  # an overflow page, or a free one
            continue
        header = 12 if kind in (2, 5) else 8
        cells = int.from_bytes(raw[at + 3 : at + 5], "big")
        structure += range(at, at + header + 2 * cells)
        for cell in range(cells):
            pointer = at + header + 2 * cell
            first = start + int.from_bytes(raw[pointer : pointer + 2], "big")
            head, stored = _cell(raw, first, kind)
            structure += head
            values += stored
    return structure, values


def _cell(raw: bytes, first: int, kind: int) -> tuple[list[int], list[int]]:
    at = first + (4 if kind in (2, 5) else 0)
    if kind == 5:
        _, at = _varint(raw, at)
        return list(range(first, at)), []
    _, at = _varint(raw, at)  # the payload's length
    if kind == 13:
        _, at = _varint(raw, at)  # the row's number
    length, after = _varint(raw, at)
    body, values = at + length, []
    place = body
    while after < body:
        serial, after = _varint(raw, after)
        width = (serial - 12) // 2 if serial >= 12 else (0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)[serial]
        if width:
            values.append(place + width // 2)
        place += width
    return list(range(first, body)), [v for v in values if v < len(raw)]


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = 0
    for offset in range(9):
        value = value << 7 | raw[at + offset] & 0x7F
        if raw[at + offset] < 0x80:
            return value, at + offset + 1
    return value, at + 9


# The database file


@pytest.fixture
def compact(victim: Suspect) -> Suspect:
    """The victim with everything in one file."""
    with closing(sqlite3.connect(victim.path, isolation_level=None)) as connection:
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    assert [path.name for path in victim.folder.glob("ledger.db*") if path.is_file()] == ["ledger.db", "ledger.db.lock"]
    return victim


@pytest.mark.parametrize("part", range(4))
def test_every_byte_of_the_database_file(compact: Suspect, part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = compact.path.read_bytes()
    structure, values = used(raw)
    before = readable(compact.path)
    places = [*every(structure, 11), *every(values, 11)][part::4]
    unread = 0
    with kept_open(compact.path, fresh=True) as backend:
        monkeypatch.setattr("ledger.verifying.verification.open_sqlite", lambda *_, **__: backend)
        for at in places:
            _write(compact.path, at, bytes([raw[at] ^ (0x80 if at % 2 else 1 << at % 7)]))
            if not found_out(compact):
                unread += 1
                assert readable(compact.path) == before, f"byte {at}: what is read is another, and that is not found"
            _write(compact.path, at, raw[at : at + 1])
            for left in ("-wal", "-shm", "-journal"):
                compact.path.with_name(compact.path.name + left).unlink(missing_ok=True)
    assert compact.path.read_bytes() == raw
    assert found_out(compact) is False
    assert unread < len(places) / 2, "most of these bytes are read"


def _write(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as handle:
        handle.seek(at)
        handle.write(data)


def test_a_database_file_of_any_other_length(compact: Suspect) -> None:
    raw = compact.path.read_bytes()
    page = int.from_bytes(raw[16:18], "big")

    for length in (0, 1, 99, 100, page - 1, page, *range(2 * page, len(raw), page), len(raw) - 1):
        compact.path.write_bytes(raw[:length])
        assert found_out(compact), length
    compact.path.write_bytes(raw + bytes(page))
    assert found_out(compact) is False, "what follows the last page is no part of the database"


def test_pages_that_were_exchanged_emptied_or_doubled(compact: Suspect) -> None:
    raw, before = compact.path.read_bytes(), readable(compact.path)
    size = int.from_bytes(raw[16:18], "big")
    pages = [raw[at : at + size] for at in range(0, len(raw), size)]

    for number in range(len(pages)):
        other = (number + 7) % len(pages)
        exchanged, emptied, doubled = list(pages), list(pages), list(pages)
        exchanged[number], exchanged[other] = pages[other], pages[number]
        emptied[number] = bytes(size)
        doubled[number] = pages[other]
        for changed in (exchanged, emptied, doubled):
            compact.path.write_bytes(b"".join(changed))
            assert found_out(compact) or readable(compact.path) == before, number


# The write-ahead log


def test_every_part_of_the_write_ahead_log(small: Path, tmp_path: Path) -> None:
    """What is damaged in the log is lost, with all after it; the signer on this machine remembers what was signed."""
    victim = Suspect.copy(small, tmp_path / "victim")
    h = victim.harness()
    for number in range(3):
        h.record("ai_decision", decision(90 + number))
    copy = Suspect(tmp_path / "copy")
    shutil.copytree(victim.folder, copy.folder)  # as a machine leaves it that lost its power
    h.check()
    h.close()
    log = copy.path.with_name("ledger.db-wal")
    raw, sound = log.read_bytes(), copy.path.read_bytes()
    assert len(raw) > 3 * 8192
    assert found_out(copy) is False
    before = readable(copy.path)

    def nothing_less() -> bool:
        # The newest checkpoint is written by itself, last: that one may be lost with the end of the log.
        return {k: v for k, v in readable(copy.path).items() if "checkpoint" not in k} == {
            k: v for k, v in before.items() if "checkpoint" not in k
        }

    offsets = sorted({*range(56), *every(range(56, len(raw), 409), 4)})
    for at in offsets:
        for name in ("ledger.db-wal", "ledger.db-shm"):
            copy.path.with_name(name).unlink(missing_ok=True)
        copy.path.write_bytes(sound)
        log.write_bytes(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])
        assert found_out(copy) or nothing_less(), at
    for length in (0, 31, 32, *range(32, len(raw), 3 * 8216)):
        copy.path.with_name("ledger.db-shm").unlink(missing_ok=True)
        copy.path.write_bytes(sound)
        log.write_bytes(raw[:length])
        assert found_out(copy) or nothing_less(), length


# Attachments


def blob(victim: Suspect) -> Path:
    (path,) = (p for p in victim.folder.glob("ledger.db.blobs/*/*") if p.is_file())
    return path


def of_file(path: Path, verdict: str, place: int = PLAIN) -> list[Found]:
    return [(verdict, place, f"attachment {(path.parent.name + path.name)[:16]}")]


def test_every_byte_of_an_attachment(victim: Suspect) -> None:
    path = blob(victim)
    content = path.read_bytes()

    for at in range(len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        assert found(victim.verify()) == of_file(path, "altered")
        path.write_bytes(content[:at])
        assert found(victim.verify()) == of_file(path, "altered")
    for longer in (content + b"\x00", content * 2):
        path.write_bytes(longer)
        assert found(victim.verify()) == of_file(path, "altered")


def test_an_attachment_that_is_gone_moved_or_no_file(victim: Suspect, tmp_path: Path) -> None:
    path = blob(victim)
    kept = tmp_path / "kept"
    shutil.copyfile(path, kept)

    path.unlink()
    assert found(victim.verify()) == of_file(path, "missing")
    path.mkdir()
    assert found(victim.verify()) == of_file(path, "missing")
    path.rmdir()
    shutil.copyfile(kept, path.with_name("0" * 62))
    assert found(victim.verify()) == of_file(path, "missing")
    path.symlink_to(kept)
    assert found(victim.verify()) == [], "the same bytes by another way are the same attachment"


def test_a_file_that_no_entry_names_changes_nothing(victim: Suspect) -> None:
    path = blob(victim)

    path.with_name("f" * 62).write_bytes(b"nobody's")
    path.parent.with_name("incoming-0123456789abcdef").write_bytes(b"left by a crash")

    assert found(victim.verify()) == []


def test_an_erased_attachment_that_is_back(victim: Suspect) -> None:
    h = victim.harness()
    digest = h.entry(FILE_ERASURE).data["attachments"][0]
    h.close()
    back = victim.path.with_name("ledger.db.blobs") / digest[:2] / digest[2:]
    back.parent.mkdir(exist_ok=True)
    back.write_bytes(b"anything")

    told = found(victim.verify())

    assert ("erased but present", PERSONAL, f"attachment {digest[:16]}") in told


# The verifier's and the signer's memory


REMARKS = re.compile(rb'"at": ?"[^"]*"')
"""In `pin.json`: when something was seen. It is the verifier's own clock, and nothing can be compared with it."""


def memory_files(victim: Suspect, pattern: str) -> Iterator[Path]:
    paths = [path for path in victim.state.glob(f"*/{pattern}") if path.is_file()]
    assert paths
    yield from paths


def test_every_byte_of_the_pin(victim: Suspect) -> None:
    (path,) = memory_files(victim, "pin.json")
    content = path.read_bytes()
    remarks = {at for span in REMARKS.finditer(content) for at in range(*span.span())}

    for at in every(range(len(content)), 5):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        told = outcome(victim)
        assert told != "sound" or at in remarks or chr(content[at]).isspace(), (at, content[max(0, at - 20) : at + 20])


def test_every_byte_of_the_signers_memory(victim: Suspect) -> None:
    (path,) = memory_files(victim, "signer-*.log")
    room = path.read_bytes()
    content = room.rstrip(b"\0")
    assert len(room) - len(content) > 60_000
    last = content.rindex(b"\n", 0, -1) + 1

    for at in every(range(last, len(content) + 3), 3):
        for new in (room[at] ^ 1, 0 if room[at] else 9):
            path.write_bytes(room[:at] + bytes([new]) + room[at + 1 :])
            assert outcome(victim) == "error", at
    path.write_bytes(content[:-1])
    assert outcome(victim) == "sound", "cut inside its last line, it is as if that had never been signed here"
    path.write_bytes(b"x" * (last - 1) + content[last - 1 :])
    assert outcome(victim) == "sound", "what was signed before the last line, the last line covers"


def test_a_memory_that_is_gone_is_first_sight_and_not_sound(victim: Suspect) -> None:
    shutil.rmtree(victim.state)

    report = victim.verify()

    assert (report.exit_code, {f.verdict for f in report.findings} - {Verdict.ERASED}) == (4, {Verdict.FIRST_SIGHT})
