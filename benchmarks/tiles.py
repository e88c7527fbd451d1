"""Measures exporting and verifying a tile tree: ``python -m benchmarks.tiles [--entries N] [--folder DIR]``.

The bound, in the same run: the very files of the tree, from memory, each opened, written, fsynced and closed. What is
above it is reading the database, hashing every entry and checking it against the signed root.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks.run import BATCH, Result, print_table
from benchmarks.workload import Setting, found, lines
from ledger.client import system_clock
from ledger.tiletree.exporting import export_tiles
from ledger.tiletree.verifying import verify_tiles

AIM = "100,000"
NEW = 1_000


def main() -> None:
    """Measure everything and print the table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=51_200, help="size of the ledger")
    options.add_argument("--folder", type=Path, help="where to work (default: a temporary folder)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
        results = measure(Path(folder), chosen.entries)
    machine = {
        "cpu": platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()}, {chosen.entries:,} entries",
    }
    print_table(machine, results)


def measure(folder: Path, entries: int) -> list[Result]:
    """Every result, in the order of the table."""
    setting, tree = found(folder / "ledger"), folder / "tree"
    grow(setting, entries)
    with setting.open(checkpoints=False) as ledger:
        exported = clocked(partial(export_tiles, ledger, tree))
        files = {file.relative_to(tree): file.read_bytes() for file in tree.rglob("*") if file.is_file()}
        bound = clocked(partial(write_plainly, folder / "plain", files))
        checked = clocked(partial(export_tiles, ledger, tree, check=True))
        verified = clocked(partial(verify_tiles, tree, None))
    grow(setting, NEW)
    with setting.open(checkpoints=False) as ledger:
        later = clocked(partial(export_tiles, ledger, tree))
        nothing = clocked(partial(export_tiles, ledger, tree))
    size = sum(map(len, files.values())) / 2**20
    named = "writing the same files plainly"
    return [
        Result(f"writing {size:,.0f} MiB in {len(files):,} files plainly", entries / bound[0], "entries/s"),
        Result("export, by the clock", entries / exported[0], "entries/s", named, bound[0] / exported[0], AIM),
        Result("export, by processor time (one core)", entries / exported[1], "entries/s", aim=AIM),
        Result("export --check", entries / checked[0], "entries/s"),
        Result("verify, from the files", entries / verified[0], "entries/s"),
        Result(f"export of {NEW:,} new entries", later[0], "s"),
        Result("export of nothing new", nothing[0], "s"),
    ]


def clocked(work: Callable[[], object]) -> tuple[float, float]:
    """(seconds by the clock, seconds of processor time of all threads)."""
    wall, processor = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - processor


def write_plainly(folder: Path, files: dict[Path, bytes]) -> None:
    """Each file opened, written, fsynced and closed."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("wb", buffering=0) as handle:
            handle.write(data)
            os.fsync(handle.fileno())


def grow(setting: Setting, count: int) -> None:
    """Append `count` entries, the last batch of them under a checkpoint."""
    with setting.open(checkpoints=True, helper=True) as ledger:
        size = ledger.size
        for start in range(size, size + count, BATCH):
            ledger.append(list(lines(setting, min(BATCH, size + count - start), start, system_clock())))
        ledger.rebuild_index()


if __name__ == "__main__":
    main()
