"""`python -m benchmarks.documents`: what documents and their gaps cost over many entries about one system.

The ledger is the example story with more of its life after it: AI decisions, segments of the runtime log, and of every
hundred entries one action of a person who watched (of 10,000 entries and fewer: of every two one, since there the kept
ones are what costs).  Each command is a process of its own, as it is for people; its time and peak memory are printed.
``--keep FOLDER`` keeps the ledgers and finds them again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cli.demo import load_story, replay
from ledger import Ed25519Signer, Ledger
from ledger.client import system_clock
from ledger.compose import draft

SYSTEM, VERSION = "credit-scoring", "1.1"
_BATCH = 512
_MODEL = {"model_id": "credit-scorecard", "version": VERSION, "digest": "ab" * 32}


def main() -> None:
    """Make the ledgers that are missing, measure, and print a line for each command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("sizes", type=int, nargs="*", default=[10_000, 100_000], help="entries after the story")
    options.add_argument("--keep", type=Path, help="where the ledgers lie, or are made and kept")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for size in chosen.sizes:
            place = (chosen.keep or Path(folder)) / f"documents-{size}"
            if not (place / "ready").exists():
                make(place, size)
            for what, seconds, worked, peak in measure(place):
                times = f"{seconds:6.2f} s  {worked:6.2f} s of the processor"
                print(f"{size:>9,} entries  {what:<44} {times}  {peak:5.0f} MiB", flush=True)


def make(folder: Path, entries: int) -> None:
    """A ledger in `folder` with the story and `entries` more, under one checkpoint."""
    folder.mkdir(parents=True)
    keys = {name: Ed25519Signer.generate() for name in ("scoring", "overseer")}
    checkpoint = Ed25519Signer.generate()
    story = load_story()
    path, state = folder / "ledger.db", folder / "state"
    replay(story, path, state, keys=keys, checkpoint_signer=checkpoint).close()
    sources = {name: holder["sources"][0] for name, holder in story.manifest["holders"].items()}
    with Ledger.open(path, state=state, helper=True) as ledger:
        batch: list[bytes] = []
        for line in _lines(ledger.origin, sources, keys, entries):
            batch.append(line)
            if len(batch) == _BATCH:
                ledger.append(batch)
                batch = []
        if batch:
            ledger.append(batch)
    with Ledger.open(path, state=state, checkpoint_signer=checkpoint) as ledger:
        ledger.checkpoint()
    (folder / ".aims.toml").write_text(f'ledger = "ledger.db"\nstate = "state"\nsystem = "{SYSTEM}@{VERSION}"\n')
    (folder / "ready").write_text(json.dumps({"entries": entries}))


def measure(folder: Path) -> Iterator[tuple[str, float, float, float]]:
    """Each command with its seconds, those that the processor worked, and the MiB it needed at most."""
    for command in (
        ("gaps", "technical-documentation"),
        ("build", "technical-documentation", "-o", "out"),
        ("build", "statement-of-applicability", "-o", "out"),
    ):
        started = time.perf_counter()
        worked, peak = _run(folder, ("docs", *command))
        yield f"aims docs {' '.join(command[:2])}", time.perf_counter() - started, worked, peak


def _run(folder: Path, arguments: tuple[str, ...]) -> tuple[float, float]:
    """The processor's seconds and the peak memory in MiB of one run of the program.

    Raises:
        SystemExit: it failed.
    """
    program = [sys.executable, "-c", "from cli.main import main; main()", *arguments]
    out = os.open(folder / "output", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    before = Path.cwd()
    os.chdir(folder)
    try:
        child = os.posix_spawn(sys.executable, program, dict(os.environ), file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)])
    finally:
        os.chdir(before)
        os.close(out)
    _, status, usage = os.wait4(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(arguments)}: exit code {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def _lines(origin: str, sources: dict[str, str], keys: dict[str, Ed25519Signer], entries: int) -> Iterator[bytes]:
    """Signed append lines, all of today."""
    every = 2 if entries <= 10_000 else 100
    for number in range(entries):
        now = system_clock()
        who = "scoring"
        if number % every == every - 1:
            who, kind, body = "overseer", "oversight_action", _watched(number)
        elif number % 97 == 0:
            kind, body = "runtime_log", _segment(number)
        else:
            kind, body = "ai_decision", _decided(number)
        made = draft(kind, body, origin=origin, source=sources[who], subject=SYSTEM, time=now, now=now)
        yield made.sign([keys[who]])


def _decided(number: int) -> dict[str, object]:
    return {
        "system_version": VERSION,
        "decision_id": f"bench-{number}",
        "model": _MODEL,
        "replayed": number % 50 == 0,
        "outcome": "approval_proposed" if number % 3 else "decline_proposed",
        "confidence": round(number % 997 / 997, 4),
        "threshold": 0.5,
        "mode": "normal",
        "duration_ms": 12,
    }


def _watched(number: int) -> dict[str, object]:
    return {
        "system_version": VERSION,
        "oversight_id": f"bench-{number}",
        "action": "confirmed" if number % 7 else "overridden",
        "actor": {"id": "staff-130", "role": "senior credit officer"},
        "decision_id": f"bench-{number - 1}",
        "measure_id": "OM-1",
        "outcome_shown": "approval_proposed",
        "outcome_after": "approved" if number % 7 else "declined",
        "reason_code": "file_supports_the_proposal",
    }


def _segment(number: int) -> dict[str, object]:
    return {
        "system_version": VERSION,
        "log_id": "bench",
        "segment": number,
        "period": {"start": "2026-11-01T00:00:00Z", "end": "2026-11-01T01:00:00Z"},
        "count": 1000,
        "digest": "cd" * 32,
        "media_type": "application/jsonl",
        "keep_until": "2027-12-31",
    }


if __name__ == "__main__":
    main()
