"""A process killed, or told of a fault, at each write and fsync of an append with its checkpoint.

Afterwards every acknowledged entry is there, the ledger is sound, the same lines again give the same entries, and the
next append works. The faults are injected by strace, so that SQLite itself meets them. What is lost, and what is kept
but reported lost, at the level of our own writes: `tests/ledger/store/test_faults.py`, and `FAULTS` below.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest

import tests
from ledger.errors import OutcomeUnknown, StoreError
from tests.attacks.small import every
from tests.ledger.attacker import Suspect
from tests.ledger.harness import Harness, decision, decision_about, second_opinion
from tests.programs import program

ROOT: Final = Path(tests.__file__).parents[1]
WRITES: Final = ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "mkdir")
CALL: Final = re.compile(r"^\d+ +(\w+)\(", re.MULTILINE)
SIZE: Final = 2
"""Entries before: the genesis entry and one key."""


@dataclass(slots=True)
class Ended:
    """What a process said before its end, and how that was."""

    acknowledged: list[tuple[int, str]] = field(default_factory=list)
    error: str = ""
    message: str = ""
    closed: bool = False
    code: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    injected: bool = False


class Appenders:
    """The server of processes that append, and strace to spoil what they do."""

    def __init__(self, warm: Path, strace: str) -> None:
        self._strace, self._log = strace, warm / "strace.log"
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.attacks.appender", str(warm)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT,
        )  # fmt: skip
        assert self._line() == "ready"

    def run(self, folder: Path, inject: str = "") -> Ended:
        """Have a process append in `folder` with the fault `inject`, as strace's option of that name has it."""
        assert self._server.stdin is not None
        self._server.stdin.write(f"{folder}\n")
        self._server.stdin.flush()
        word, child = self._line().split()
        assert word == "stopped"
        options = ["-f", "-qq", "-o", str(self._log), "-e", f"trace={','.join(WRITES)}", "-p", child]
        with subprocess.Popen([self._strace, *options, *(["-e", f"inject={inject}"] if inject else [])]) as tracer:
            _wait_until_traced(child, tracer)
            os.kill(int(child), signal.SIGCONT)
            ended = self._listen()
        log = self._log.read_text(errors="replace")
        ended.calls.update(CALL.findall(log))
        ended.injected = "INJECTED" in log or ended.code == -signal.SIGKILL
        return ended

    def _listen(self) -> Ended:
        ended = Ended()
        while True:
            word, _, rest = self._line().partition(" ")
            if word == "ended":
                ended.code = int(rest)
                return ended
            if word == "acknowledged":
                index, digest = rest.split()
                ended.acknowledged.append((int(index), digest))
            elif word == "error":
                ended.error, _, ended.message = rest.partition(" ")
            ended.closed |= word == "closed"

    def _line(self) -> str:
        assert self._server.stdout is not None
        line = self._server.stdout.readline()
        assert line.endswith("\n"), "the server has ended"
        return line.rstrip("\n")

    def close(self) -> None:
        """End the server."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()


def _wait_until_traced(child: str, tracer: subprocess.Popen[bytes]) -> None:
    status, deadline = Path(f"/proc/{child}/status"), time.monotonic() + 60
    while "TracerPid:\t0\n" in status.read_text():
        assert tracer.poll() is None, "strace can't attach: are processes allowed to trace others here?"
        assert time.monotonic() < deadline


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with two lines and an attachment that wait to be appended; only for copying."""
    folder = tmp_path_factory.mktemp("ready")
    h = Harness.create(folder, roles=("pipeline",))
    content = b"accuracy 0.76"
    (folder / "report.txt").write_bytes(content)
    report = {"name": "report.txt", "role": "report", "digest": sha256(content).hexdigest(), "size": len(content)}
    lines = [
        h.line("ai_decision", decision_about("Ann Archer", 1)),
        h.line("ai_decision", decision(2, artefacts=[{**report, "attached": True}])),
    ]
    (folder / "lines.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    h.check()
    h.close()
    return folder


@pytest.fixture(scope="module")
def appenders(ready: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Appenders]:
    """The server, warmed up on a copy."""
    strace = program("strace")
    warm = tmp_path_factory.mktemp("warm")
    shutil.copytree(ready, warm, dirs_exist_ok=True)
    server = Appenders(warm, strace)
    yield server
    server.close()


@pytest.fixture
def attempt(ready: Path, tmp_path: Path, appenders: Appenders) -> Callable[[str], Ended]:
    """Appends to a fresh copy with a fault, and sees that nothing acknowledged is lost; what the process said."""

    def run(inject: str = "") -> Ended:
        folder = tmp_path / "attempt"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(ready, folder)
        ended = appenders.run(folder, inject)
        survived(Suspect(folder), ended, inject)
        return ended

    return run


def survived(left: Suspect, ended: Ended, fault: str) -> None:
    """See that what is left is a sound ledger with everything acknowledged, in which everything works."""
    assert ended.code in (0, -signal.SIGKILL), f"{fault}: a traceback"
    report = left.verify()
    assert report.exit_code == 0, (fault, *map(str, report.findings))
    hashes, _ = second_opinion(left.path)
    for index, digest in ended.acknowledged:
        assert hashes[index].hex() == digest, fault
    assert len(hashes) in (SIZE, SIZE + 2), f"{fault}: half a batch"
    if ended.error and not ended.acknowledged and ended.error != OutcomeUnknown.__name__:
        assert len(hashes) == SIZE, f"{fault}: {ended.error} says that nothing was stored"

    h = left.harness()
    h.ledger.attach(left.folder / "report.txt", role="report")
    again = h.append(*(left.folder / "lines.jsonl").read_bytes().splitlines())
    assert {receipt.duplicate for receipt in again} == {len(hashes) == SIZE + 2}, fault
    assert [receipt.index for receipt in again] == [SIZE, SIZE + 1]
    (more,) = h.append(h.line("ai_decision", decision(3)))
    assert (more.index, more.state) == (SIZE + 2, "checkpointed"), fault
    h.check()
    h.close()


def places(attempt: Callable[[str], Ended], calls: tuple[str, ...]) -> Iterator[tuple[str, int]]:
    """Each of these calls that an append makes, by name and number."""
    sound = attempt("")
    assert sound.closed
    assert len(sound.acknowledged) == 2
    for name in calls:
        yield from ((name, number) for number in every(range(1, sound.calls[name] + 1), 4))


def test_an_append_with_its_checkpoint_writes_what_is_spoiled_below(attempt: Callable[[str], Ended]) -> None:
    calls = attempt("").calls

    # Database pages; entry, attachment, its folders, the signer's memory; the log emptied at the end.
    assert calls["pwrite64"] > 20
    assert calls["fsync"] + calls["fdatasync"] >= 6


def test_killed_at_every_write_nothing_acknowledged_is_lost(attempt: Callable[[str], Ended]) -> None:
    killed = 0
    for name, number in places(attempt, WRITES):
        ended = attempt(f"{name}:signal=KILL:when={number}")
        killed += ended.code == -signal.SIGKILL
    assert killed >= len(every(range(30), 4))


@pytest.mark.parametrize(
    ("fault", "calls"),
    [
        ("EIO", ("write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "mkdir")),
        ("ENOSPC", ("write", "pwrite64", "ftruncate", "rename", "mkdir")),
    ],
)
def test_a_disk_that_fails_at_any_write_is_told_of_and_nothing_acknowledged_is_lost(
    attempt: Callable[[str], Ended], fault: str, calls: tuple[str, ...]
) -> None:
    told = 0
    for name, number in places(attempt, calls):
        ended = attempt(f"{name}:error={fault}:when={number}")
        assert ended.injected, (name, number)
        told += bool(ended.error)
    assert told


@pytest.mark.parametrize("name", ["fsync", "fdatasync", "pwrite64"])
def test_a_disk_that_goes_on_failing_acknowledges_nothing_more(attempt: Callable[[str], Ended], name: str) -> None:
    for number in every(range(1, attempt("").calls[name] + 1), 5):
        ended = attempt(f"{name}:error=EIO:when={number}+")
        assert ended.injected
        # What was acknowledged was durable before: only then may more follow.
        assert ended.error or len(ended.acknowledged) == 2, (name, number)


# Our own writes: those of files beside the database


@dataclass(slots=True)
class Broken:
    """Breaks the `nth` call of a function of `os`, once: before it is done (lost) or after (kept, reported lost)."""

    nth: int
    kept: bool
    code: int
    seen: int = 0

    @contextmanager
    def at(self, patch: pytest.MonkeyPatch, name: str) -> Iterator[None]:
        """A block in which ``os.<name>`` is broken."""
        do = getattr(os, name)

        def broken(*arguments: Any, **options: Any) -> Any:
            self.seen += 1
            result = do(*arguments, **options) if self.kept or self.seen != self.nth else None
            if self.seen == self.nth:
                raise OSError(self.code, os.strerror(self.code))
            return result

        with patch.context() as context:
            context.setattr(os, name, broken)
            yield


FAULTS: Final = {
    # what is written: (call, its number, whether a receipt may still say that the entries are stored)
    "the folder beside the database": ("fsync", 1, False),
    "an attachment's bytes": ("fsync", 2, False),
    "the name of an attachment": ("replace", 1, False),
    "the folder of an attachment": ("fsync", 3, False),
    "the folder of all attachments": ("fsync", 4, False),
    "the signer's memory": ("fsync", 5, True),
    "the name of the signer's memory": ("replace", 2, True),
    "the folder of the signer's memory": ("fsync", 6, True),
}
"""Each write of ours × {lost, kept but reported lost}; those of SQLite are in the table of `test_faults.py`."""


@pytest.mark.parametrize("kept", [False, True], ids=["lost", "kept but reported lost"])
@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("what", FAULTS)
def test_each_write_of_ours_lost_or_kept_but_reported_lost(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str, code: int, kept: bool
) -> None:
    call, nth, stored = FAULTS[what]
    left = Suspect.copy(ready, tmp_path / "left")
    lines = (left.folder / "lines.jsonl").read_bytes().splitlines()
    h, broken = left.harness(), Broken(nth, kept, code)
    ended = Ended()
    with broken.at(monkeypatch, call):
        try:
            h.ledger.attach(left.folder / "report.txt", role="report")
            receipts = h.ledger.append(lines)
            ended.acknowledged = [(receipt.index, receipt.leaf_hash.hex()) for receipt in receipts]
            assert {receipt.state for receipt in receipts} == {"committed"}
        except StoreError as error:
            ended.error, ended.message = type(error).__name__, str(error)
    h.close()

    assert broken.seen >= nth
    assert bool(ended.acknowledged) == stored
    assert ("can't be" in ended.message) != stored
    survived(left, ended, what)


def test_the_lines_that_wait_are_those_of_two_entries(ready: Path) -> None:
    lines = [json.loads(line) for line in (ready / "lines.jsonl").read_bytes().splitlines()]

    assert [len(line.get("disclosures", ())) for line in lines] == [2, 0]
