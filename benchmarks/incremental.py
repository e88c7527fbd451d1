"""How long an incremental verification takes: `python -m benchmarks.incremental --entries 1000000 --new 1000`.

A ledger is made in a temporary folder and verified once in full, which leaves what an incremental verification builds
on. Then, several times, new entries are appended in batches
of 256, each with a checkpoint, and verified in one process: in this one, and by `aims verify --new`, whose time has
the start of the program in it. Beside the new entries each run reads a slice of the old ones again, and says how many.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.workload import Setting, found, found_again, lines
from ledger.verifying.verification import ROUNDS, verify_ledger

AIM = 1.0
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Run:
    """One incremental verification: what it read, and the seconds it took."""

    how: str
    entries: int
    new: int
    read_again: int
    seconds: float


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=1_000_000)
    options.add_argument("--new", type=int, default=1_000)
    options.add_argument("--times", type=int, default=3)
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--keep", type=Path, help="the ledger that 'benchmarks.run --keep' left there")
    options.add_argument("--json", type=Path, help="where to write the results as JSON")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        setting = found_again(chosen.keep) if chosen.keep else _made(Path(folder), chosen.entries)
        runs = measure(setting, chosen.new, chosen.times, chosen.rounds)
    for run in runs:
        reached = "yes" if run.seconds < AIM else "no"
        print(
            f"{run.how}: {run.new} new of {run.entries} entries, {run.read_again} old ones again: {run.seconds:.3f} s "
            f"(under {AIM:g} s: {reached})"
        )
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(run) for run in runs], indent=2) + "\n", encoding="utf-8")


def measure(setting: Setting, new: int, times: int, rounds: int) -> list[Run]:
    """The incremental verifications of a ledger, `times` in this process and as often in another."""
    report = verify_ledger(setting.path, state=setting.state, new=True, jobs=os.cpu_count() or 1, progress=_progress)
    if report.exit_code not in (0, 4):
        raise SystemExit(f"the ledger is not sound: {report.summary}")
    runs, size = [], report.size
    for number in range(2 * times):
        append(setting, size, new)
        began = time.perf_counter()
        if number < times:
            report = verify_ledger(setting.path, state=setting.state, new=True, rounds=rounds)
            seconds, again = time.perf_counter() - began, report.since.reread if report.since else (0, 0)
            size, outcome, how = report.size, report.exit_code, "in this process"
        else:
            command = [sys.executable, "-m", "cli.main", "verify", str(setting.path), "--new", "--jobs", "1", "--json"]
            environment = {**os.environ, "AIMS_STATE": str(setting.state)}
            ended = subprocess.run(command, check=False, capture_output=True, env=environment)
            seconds = time.perf_counter() - began
            told = json.loads(ended.stdout)
            again, size, outcome, how = (
                tuple(told["since"]["read_again"]),
                told["size"],
                ended.returncode,
                "as a command",
            )
        if outcome:
            raise SystemExit(f"the ledger is not sound: {outcome}")
        runs.append(Run(how, size, new, again[1] - again[0], seconds))
    return runs


def append(setting: Setting, start: int, count: int) -> None:
    """Append entries, with a checkpoint after each batch."""
    with setting.open(checkpoints=True) as ledger:
        made = list(lines(setting, count, start, time.time_ns() // 1_000))
        for first in range(0, count, _BATCH):
            ledger.append(made[first : first + _BATCH])


def _made(folder: Path, entries: int) -> Setting:
    setting = found(folder / "bench")
    with setting.open(checkpoints=False, helper=True) as ledger:
        for start in range(0, entries, 16 * _BATCH):
            count = min(16 * _BATCH, entries - start)
            made = list(lines(setting, count, start, time.time_ns() // 1_000))
            for first in range(0, count, _BATCH):
                ledger.append(made[first : first + _BATCH])
            _progress(start + count, entries)
    return setting


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {total}", end="", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
