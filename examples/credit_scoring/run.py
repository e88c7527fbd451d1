"""Tells the whole story: trains, measures, records, verifies, writes two Word documents, and tries to cheat.

Usage: python examples/credit_scoring/run.py [--out DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import ending
from bank import SYSTEM, Bank
from holders import Keys, found_ledger
from story import Told, tell

from ledger import AimsError, verify_ledger

MARK = ".made-by-the-credit-scoring-example"
PROJECT = ".aims.toml"
FILES = ("technical-documentation.docx", "statement-of-applicability.docx", "chapters.json")
OURS = ("ledger", "files", "state", "edited-copy")  # the folders that a run writes into its own


@dataclass(frozen=True, slots=True)
class Folders:
    """Where a run puts things; `state` is its own memory of the ledger, never the user's."""

    out: Path

    @property
    def database(self) -> Path:
        """The ledger."""
        return self.out / "ledger" / "ledger.db"

    @property
    def files(self) -> Path:
        """What is attached to entries."""
        return self.out / "files"

    @property
    def state(self) -> Path:
        """What this machine remembers of the ledger."""
        return self.out / "state"


class Chapters:
    """Prints what happens now, and how many entries each chapter brought."""

    def __init__(self) -> None:
        self.begun: list[tuple[str, int]] = []  # title, index of its first entry
        self._started = time.monotonic()

    def begin(self, title: str, size: int) -> None:
        """A new chapter begins at entry `size`."""
        self.close(size)
        self.begun.append((title, size))
        print(f"  {len(self.begun):2d}  {title:<62}", end="", flush=True)

    def close(self, size: int) -> None:
        """The chapter that is running has ended."""
        if self.begun:
            print(f" {size - self.begun[-1][1]:4d} entries", flush=True)

    @property
    def seconds(self) -> float:
        """How long it took so far."""
        return time.monotonic() - self._started


def prepare(out: Path) -> Folders:
    """The folders of a new run; an earlier run's own output is replaced, anything else is left alone.

    Raises:
        SystemExit: if the folder holds something that no run of this example wrote.
    """
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        sys.exit(f"{out}: is not empty and not from an earlier run; choose another folder with --out")
    for name in OURS:
        shutil.rmtree(out / name, ignore_errors=True)
    for name in FILES:
        (out / name).unlink(missing_ok=True)
    folders = Folders(out)
    for folder in (out, folders.database.parent, folders.files, folders.state):
        folder.mkdir(parents=True, exist_ok=True)
    # With this file, `aims log` and `aims verify` need no flags in this folder, and use the run's own memory.
    (out / PROJECT).write_text(
        f'ledger = "ledger/ledger.db"\nstate = "state"\nsystem = "{SYSTEM}@1.1"\n', encoding="utf-8"
    )
    (out / MARK).write_text("Delete this folder or run the example again; a run replaces it.\n", encoding="utf-8")
    return folders


def record(folders: Folders, chapters: Chapters) -> Told:
    """The story, recorded in a new ledger that is closed again."""
    keys = Keys.generate()
    with found_ledger(folders.database, folders.state, keys) as ledger:
        bank = Bank(ledger, keys, folders.files, datetime.now(UTC).date())
        told = tell(bank, lambda title: chapters.begin(title, ledger.size))
        chapters.close(ledger.size)
    (folders.out / "chapters.json").write_text(json.dumps(chapters.begun), encoding="utf-8")
    return told


def _aims(folder: Path) -> str:
    """How to call `aims` from `folder`, also when its environment is not active."""
    if shutil.which("aims"):
        return "aims"
    return os.path.relpath(Path(sys.executable).with_name("aims"), folder)


def main() -> int:
    """The exit code: 0 if the ledger verified and the edited copy did not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="folder for everything it writes")
    folders = prepare(parser.parse_args().out)
    print("A credit scorecard, from the training run to two Word documents.")
    print("EXAMPLE: the bank and its people are invented; the 1,000 applications are real (Statlog German Credit).\n")
    chapters = Chapters()
    told = record(folders, chapters)
    report = verify_ledger(folders.database, state=folders.state)
    print(f"\nVerified {report.size} entries: {report.summary} ({chapters.seconds:.0f} s so far)")
    if report.exit_code:
        for finding in report.findings:
            print(f"  {finding}")
        return 1
    ending.print_documents(ending.build_documents(folders.database, folders.state, folders.out))
    number, metric = told.fairness.receipt.index, told.measured("opportunity_difference_by_age_band")
    caught = ending.try_to_cheat(folders.database, folders.state, folders.out, number, metric)
    print(f"\nLook around:  cd {folders.out} && {_aims(folders.out)} log -n 20    (also: show 0, verify, docs gaps)")
    return 0 if caught else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AimsError as error:
        sys.exit(f"error: {error}")
