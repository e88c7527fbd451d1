"""`make bench`: measures appending, verifying and starting, and prints each beside a bound of the same run.

Nothing here is a test: a slow machine gives small numbers, not a failure. What is printed is also written as
JSON. ``--entries 1000000`` (the default is 100,000) measures the large ledger; it takes some minutes and 3 GB.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from benchmarks.bounds import bare_fsync, bare_verify, bare_verify_on, rate
from benchmarks.workload import Setting, found, found_again, lines
from ledger.client import Ledger, system_clock
from ledger.verifying.verification import verify_ledger

BATCH = 256
WINDOW = 8_192  # one write-behind cycle of the index


@dataclass(frozen=True, slots=True)
class Result:
    """One measured number: what, its value and unit, the bound it is held against, and the aim."""

    what: str
    value: float
    unit: str
    bound: str = ""
    ratio: float | None = None
    aim: str = ""


def main() -> None:
    """Measure everything and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=100_000, help="size of the large ledger")
    options.add_argument("--json", type=Path, help="where to write the results as JSON")
    options.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    options.add_argument("--keep", type=Path, help="where the large ledger lies, or is made and kept")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        results = measure(Path(folder), chosen.entries, chosen.keep)
    machine = {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.system(),
        "entries": chosen.entries,
    }
    print_table(machine, results)
    if chosen.json:
        text = json.dumps({"machine": machine, "results": [asdict(r) for r in results]}, indent=1)
        chosen.json.write_text(text + "\n", encoding="utf-8")


def measure(folder: Path, entries: int, kept: Path | None = None) -> list[Result]:
    """Every result, in the order of the table."""
    one = bare_verify()
    cores = os.cpu_count() or 1
    all_cores = bare_verify_on(cores)
    fsync = bare_fsync(folder)
    results = [
        Result("bare Ed25519 verification, one process", one, "/s"),
        Result(f"bare Ed25519 verification, {cores} processes", all_cores, "/s"),
        Result("bare write of 48 KiB and fsync", fsync, "/s"),
    ]
    results += _appends(folder, one, fsync)
    setting = _grow(kept or folder / "large", entries)
    results += _costs(folder, setting)
    results += _verifications(setting, all_cores, cores)
    results += _starts(setting)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    results.append(Result("peak memory of this process", peak, "MiB"))
    return results


def _appends(folder: Path, one: float, fsync: float) -> list[Result]:
    results = []
    for helper in (False, True):
        setting = found(folder / f"batches-{helper}")
        ready = list(lines(setting, 40 * BATCH, 0, system_clock()))
        with setting.open(checkpoints=True, helper=helper) as ledger:
            ledger.append(ready[:BATCH])  # starts the helper
            pieces = [ready[at : at + BATCH] for at in range(BATCH, len(ready), BATCH)]
            value = rate(len(ready) - BATCH, partial(_append_all, ledger, pieces))
        what = f"signed appends, batches of {BATCH}" + (", signatures on a helper process" if helper else "")
        aim = "60 % of bare verification" if helper else "5,000 and 40 % of bare verification"
        results.append(Result(what, value, "/s", "bare verification", value / one, aim))
    for checkpoints, aim in ((False, "1,500"), (True, "1,000")):
        setting = found(folder / f"single-{checkpoints}")
        ready = list(lines(setting, WINDOW + 2_000, 0, system_clock()))
        with setting.open(checkpoints=checkpoints) as ledger:
            # First the write-ahead log gets the size it keeps: while it grows, each fsync costs up to twice as much.
            for at in range(0, WINDOW, BATCH):
                ledger.append(ready[at : at + BATCH])
            value = rate(len(ready) - WINDOW, partial(_append_all, ledger, [[line] for line in ready[WINDOW:]]))
        fsyncs = 2 if checkpoints else 1
        what = "signed appends, one commit each" + (" and a checkpoint" if checkpoints else "")
        bound = 1 / (fsyncs / fsync + 1 / one)
        named = f"{fsyncs} bare fsync and 1 bare verification each"
        results.append(Result(what, value, "/s", named, value / bound, aim))
    return results


def _append_all(ledger: Ledger, pieces: Sequence[Sequence[bytes]]) -> None:
    for piece in pieces:
        ledger.append(piece)


def _grow(folder: Path, entries: int) -> Setting:
    """A ledger of at least `entries`; one that an earlier run left in `folder` is taken as it is, or grown on."""
    setting = found_again(folder) if folder.exists() else found(folder)
    with setting.open(checkpoints=True, helper=True) as ledger:
        size = ledger.size
        while size < entries:
            start = time.perf_counter()
            _append_window(ledger, setting, size)
            size += WINDOW
            _progress(f"{size:,} entries, {WINDOW / (time.perf_counter() - start):,.0f}/s with making them")
    return setting


def _costs(folder: Path, large: Setting) -> list[Result]:
    """What a batch costs near 10,000 entries and on the large ledger, measured in turn, the better of three each."""
    small = found(folder / "small")
    costs: dict[str, list[float]] = {"early": [], "late": []}
    with small.open(checkpoints=True, helper=True) as near, large.open(checkpoints=True, helper=True) as far:
        for ledger, setting in ((near, small), (far, large)):  # started, warm, and on the same phase of the index
            _append_window(ledger, setting, ledger.size)
        for _ in range(3):
            costs["early"].append(_append_window(near, small, near.size))
            costs["late"].append(_append_window(far, large, far.size))
        size = far.size
    ratio = min(costs["late"]) / min(costs["early"])
    what = f"append cost at {size:,} entries against 10,000 to 30,000"
    return [Result(what, ratio, "×", "cost on the small ledger", ratio, "at most 1.2 ×")]


def _append_window(ledger: Ledger, setting: Setting, start: int) -> float:
    """Seconds for each entry of one write-behind cycle of the index, appended in batches; making them not counted."""
    spent = 0.0
    for at in range(start, start + WINDOW, BATCH):
        ready = list(lines(setting, BATCH, at, system_clock()))
        begun = time.perf_counter()
        ledger.append(ready)
        spent += time.perf_counter() - begun
    return spent / WINDOW


def _verifications(setting: Setting, all_cores: float, cores: int) -> list[Result]:
    results = []
    for level, jobs, bound, aim in (
        ("hashes", 1, 0.0, "150,000"),
        ("signatures", cores, all_cores, "80 % of bare verification"),
        ("full", cores, all_cores, "60 % of bare verification"),
    ):
        report = None

        def work(level: str = level, jobs: int = jobs) -> None:
            nonlocal report
            report = verify_ledger(setting.path, level=level, jobs=jobs, state=setting.state)  # type: ignore[arg-type]

        seconds = 1 / rate(1, work)
        assert report is not None and not report.tampered, report  # noqa: PT018
        value = report.size / seconds
        what = f"verify, {level}, {jobs} process{'es' if jobs > 1 else ''}"
        named = f"bare verification on {jobs}" if bound else ""
        results.append(Result(what, value, "entries/s", named, value / bound if bound else None, aim))
        _progress(f"{what}: {value:,.0f}/s")
    return results


def _starts(setting: Setting) -> list[Result]:
    results = []
    environment = {**os.environ, "AIMS_STATE": str(setting.state)}
    for what, command, aim in (
        ("aims --help", ["--help"], "0.25 s"),
        ("aims log -n 20 on the large ledger", ["log", "-n", "20", "--ledger", str(setting.path)], "0.5 s"),
    ):
        times = []
        for _ in range(7):
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "cli.main", *command], env=environment, check=True, stdout=subprocess.DEVNULL
            )
            times.append(time.perf_counter() - start)
        results.append(Result(f"{what}, median of 7", sorted(times)[3], "s", aim=aim))
    return results


def print_table(machine: dict[str, object], results: list[Result]) -> None:
    """The results as a Markdown table."""
    print(f"\n{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}, {machine['system']}\n")
    print("| what | measured | ratio to its bound | aim |")
    print("|---|---|---|---|")
    for result in results:
        number = f"{result.value:,.0f}" if result.value >= 100 else f"{result.value:.2f}"
        against = f"{result.ratio:.2f} of {result.bound}" if result.ratio is not None else ""
        print(f"| {result.what} | {number} {result.unit} | {against} | {result.aim} |")


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or "unknown processor"
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _progress(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
