"""Several processes on one ledger: one chain, nothing lost or doubled, nobody starves, and kill -9 at any moment."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

import tests
from ledger import Ledger
from ledger.merkle import leaf_hash
from ledger.signing import key_id
from tests.ledger.harness import SECOND, START, Harness, decision, signer

ROOT = Path(tests.__file__).parents[1]
NAMES = ("pipeline", "second", "third", "fourth")
NewHarness = Callable[..., Harness]


@pytest.fixture
def shared(new_harness: NewHarness) -> Harness:
    """A ledger with a key for each process; the test itself has closed it."""
    harness = new_harness(roles=["pipeline"])
    for name in NAMES[1:]:
        harness.enrol(name, "pipeline")
    harness.acknowledged.clear()
    harness.close()
    return harness


class Writer:
    """A `tests.ledger.store.writer` process and what it has acknowledged."""

    def __init__(self, harness: Harness, name: str, *, count: int, batch: int = 1, sign: bool = False) -> None:
        words = [str(harness.path), str(harness.state), name, str(count), str(batch), "sign" if sign else "-"]
        self.name = name
        self.receipts: list[tuple[int, str]] = []
        self._complaints = harness.folder / f"{name}.err"
        with self._complaints.open("wb") as complaints:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.ledger.store.writer", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=complaints,
                text=True,
                cwd=ROOT,
            )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout

    def ready(self) -> None:
        assert self._output.readline() == "ready\n", self._complaints.read_text()

    def go(self) -> None:
        self._input.write("go\n")
        self._input.flush()

    def read(self, count: int) -> None:
        """Read `count` acknowledgements, or those there are before the process ends."""
        for _ in range(count):
            self._take(self._output.readline())

    def finish(self) -> None:
        """Wait until it is done; it must end without complaint."""
        self._take_the_rest()
        assert (self._process.returncode, self._complaints.read_text()) == (0, "")

    def kill(self) -> None:
        """Kill -9; what it said before counts."""
        self._process.kill()
        self._take_the_rest()

    def _take_the_rest(self) -> None:
        for line in self._output:
            self._take(line)
        self._process.wait()
        self._input.close()
        self._output.close()

    def _take(self, line: str) -> None:
        index, _, digest = line.partition(" ")
        if digest.endswith("\n"):  # a line cut short by the kill acknowledges nothing
            self.receipts.append((int(index), digest.strip()))


@contextmanager
def writers(harness: Harness, *, count: int, batch: int = 1, sign: bool = False) -> Iterator[list[Writer]]:
    """Four processes that begin at the same moment."""
    started = [Writer(harness, name, count=count, batch=batch, sign=sign) for name in NAMES]
    for writer in started:
        writer.ready()
    for writer in started:
        writer.go()
    yield started
    for writer in started:
        writer.finish()


def see_acknowledged(harness: Harness, receipts: list[tuple[int, str]]) -> None:
    """See that every receipt given by a process is in the ledger, and that the ledger is sound."""
    harness.reopen(checkpoint_signer=None)
    for index, digest in receipts:
        assert leaf_hash(harness.ledger.leaf(index)).hex() == digest
    harness.check()


@pytest.mark.parametrize("sign", [False, True], ids=["append", "append and sign"])
def test_four_processes_append_to_one_chain(shared: Harness, sign: bool) -> None:
    with writers(shared, count=25, sign=sign) as all_writers:
        pass

    receipts = [receipt for writer in all_writers for receipt in writer.receipts]
    first = 2 + len(NAMES) - 1
    assert sorted(index for index, _ in receipts) == list(range(first, first + 100)), "contiguous, none lost or doubled"
    see_acknowledged(shared, receipts)
    assert shared.ledger.size == first + 100
    if sign:
        assert shared.check().unsigned_tail == 0


def test_four_processes_append_batches_that_stay_whole(shared: Harness) -> None:
    with writers(shared, count=4, batch=30) as all_writers:
        pass

    receipts = [receipt for writer in all_writers for receipt in writer.receipts]
    assert len(receipts) == 4 * 4 * 30
    for writer in all_writers:
        for start in range(0, 120, 30):
            block = [index for index, _ in writer.receipts[start : start + 30]]
            assert block == list(range(block[0], block[0] + 30)), "nobody's line lies inside another's batch"
    see_acknowledged(shared, receipts)


def test_no_process_starves(shared: Harness) -> None:
    with writers(shared, count=60) as all_writers:
        pass

    # Waiting is counted in other processes' appends, not in seconds: between two appends of one process, the other
    # three get many turns only if the queue passes somebody over. A whole run of the others would be 180.
    for writer in all_writers:
        places = [index for index, _ in writer.receipts]
        assert max(later - earlier for earlier, later in pairwise(places)) < 90, writer.name


def test_a_reader_finds_every_state_sound_while_others_write(shared: Harness) -> None:
    with writers(shared, count=15, batch=5) as all_writers:
        sizes = []
        while not sizes or sizes[-1] < 5 + 4 * 15 * 5:
            report = shared.verify()
            assert report.exit_code == 0, report.summary
            sizes.append(report.size)

    assert sizes == sorted(sizes)
    see_acknowledged(shared, [receipt for writer in all_writers for receipt in writer.receipts])


def test_a_process_sees_at_once_what_another_changed(shared: Harness) -> None:
    # This process's memory of keys and tree is behind after another one enrolled a key and appended.
    mine = shared.reopen(checkpoint_signer=None)
    shared.record("ai_decision", decision(1))
    with Ledger.open(shared.path, clock=shared.clock, state=shared.state) as theirs:
        theirs.enroll(
            signer("new"), principal="new-1", roles=["pipeline"], sources=["https://bank.example/new"],
            admins=signer("admin"),
        )  # fmt: skip
        for n in range(300):
            theirs.append([shared.line("ai_decision", decision(n))])

    receipt = mine.append([shared.line("ai_decision", decision(2), by="new")])[0]

    assert receipt.index == 5 + 1 + 1 + 300
    shared.check()


def test_a_process_sees_at_once_that_another_revoked_a_key(shared: Harness) -> None:
    shared.reopen(checkpoint_signer=None)
    shared.record("ai_decision", decision(1))
    line = shared.line("ai_decision", decision(2))
    with Ledger.open(shared.path, clock=shared.clock, state=shared.state) as theirs:
        revoked = {"action": "revoked", "keyid": key_id(signer("pipeline").public_key), "reason": "left"}
        theirs.append([shared.line("key", revoked, by="admin")])

    shared.refuse(line, rule="revoked key", match="of pipeline-1: revoked by entry 6")
    shared.check()


@pytest.mark.parametrize(("batch", "sign"), [(1, False), (1, True), (40, False), (40, True)])
def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged(shared: Harness, batch: int, sign: bool) -> None:
    chance = random.Random(f"{batch} {sign}")
    receipts: list[tuple[int, str]] = []
    for _ in range(4):
        writer = Writer(shared, "pipeline", count=10_000, batch=batch, sign=sign)
        writer.ready()
        writer.go()
        writer.read(chance.randrange(1, 3 * batch + 10))
        writer.kill()
        receipts += writer.receipts
        assert writer.receipts

        see_acknowledged(shared, receipts)
        shared.reopen()
        shared.clock.now = START + 3_600 * SECOND
        shared.record("ai_decision", decision(0), by="second")
        assert shared.check().unsigned_tail == 0
        shared.close()
