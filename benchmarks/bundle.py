"""How long a bundle of 10,000 entries takes, to make and to verify, in one process: `python -m benchmarks.bundle`.

A ledger of 15,000 decisions about two systems, every third about the other one, so that the proof has holes; with a
person's name and explanation withheld in each. Timed by the wall clock and by the processor (which other programs
disturb less), the best of three. `--entries` sets how many are in the bundle.

The bounds are those of the project's aims, for one core: making 5 s, verifying 10 s.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ledger import Founder, create_ledger
from ledger.bundle import Request, verify_bundle, write_bundle
from ledger.signing import Ed25519Signer, key_id, key_members
from ledger.statement import LEDGER

SYSTEM, OTHER = "credit-scoring", "fraud-detection"
MAKE, VERIFY = 5.0, 10.0
"""Seconds that a bundle of 10,000 entries may take."""
_BATCH = 1_000


def make_ledger(folder: Path, entries: int) -> Any:
    """A ledger below `folder` with `entries` decisions about one system and half as many about another."""
    admin, pipeline, checkpoint = (Ed25519Signer.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
    founder = Founder(admin, "admin-1", ("https://bank.example/admin",))
    ledger = create_ledger(
        folder / "ledger.db", name="bank.example/aims", founder="Bank", admins=[founder],
        checkpoint_signer=checkpoint, state=folder / "state",
    )  # fmt: skip
    enrolled = {
        "action": "enrolled", "keyid": key_id(pipeline.public_key), **key_members(pipeline.public_key),
        "principal": "pipeline-1", "roles": ["pipeline"], "sources": ["https://bank.example/pipeline"],
    }  # fmt: skip
    ledger.record(enrolled, kind="key", signers=[admin, pipeline], subject=LEDGER)
    total = entries + entries // 2
    for first in range(0, total, _BATCH):
        with ledger.batch() as batch:
            for number in range(first, min(total, first + _BATCH)):
                subject = OTHER if number % 3 == 2 else SYSTEM
                batch.record(_decision(number), kind="ai_decision", signers=pipeline, subject=subject)
    return ledger


def _decision(number: int) -> dict[str, Any]:
    return {
        "decision_id": f"decision-{number}",
        "model": {"model_id": "scorecard", "version": "1.0"},
        "replayed": False,
        "affected_person": {"id": f"applicant-{number}", "name": f"Person {number}"},
        "explanation": f"Income and history of applicant {number} weighed against the amount asked for.",
    }


def best_of_three(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the wall clock and by the processor, each the least of three runs."""
    walls, processors = [], []
    for _ in range(3):
        wall, processor = time.perf_counter(), time.process_time()
        work()
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
    return min(walls), min(processors)


def main() -> int:
    """Print the times as JSON, one line each; 1 if a bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=10_000)
    wanted = parser.parse_args().entries
    missed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with make_ledger(folder, wanted) as ledger:
            target = folder / "bundle.zip"
            works: tuple[tuple[str, float, Callable[[], object]], ...] = (
                ("make", MAKE, lambda: write_bundle(ledger.backend, Request(subject=SYSTEM), target)),
                ("verify", VERIFY, lambda: verify_bundle(target, None)),
            )
            for what, aim, work in works:
                wall, processor = best_of_three(work)
                bound = aim * wanted / 10_000
                missed += processor > bound
                print(
                    json.dumps(
                        {
                            "bundle": what, "entries": wanted, "seconds": round(wall, 2),
                            "processor_seconds": round(processor, 2), "bound": bound, "met": processor <= bound,
                            "bytes": target.stat().st_size,
                        }
                    )
                )  # fmt: skip
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
