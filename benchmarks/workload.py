"""The entries that are measured: signed AI decisions of 200 systems, about 1.2 kB a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ledger import Ed25519Signer, Founder, Ledger, create_ledger
from ledger.compose import draft

SOURCE = "https://bank.example/pipelines/scoring"
SYSTEMS = 200
RUN = 256  # entries that one system writes in a row, as a pipeline's batch does
MODEL_DIGEST = "ab" * 32
_KEYS = "keys.json"


@dataclass(frozen=True, slots=True)
class Setting:
    """A ledger to measure and the keys that write to it."""

    path: Path
    state: Path
    origin: str
    pipeline: Ed25519Signer
    checkpoint: Ed25519Signer

    def open(self, *, checkpoints: bool, helper: bool = False) -> Ledger:
        """The ledger, signing checkpoints after each append or not."""
        signer = self.checkpoint if checkpoints else None
        return Ledger.open(self.path, checkpoint_signer=signer, state=self.state, helper=helper)


def found(folder: Path) -> Setting:
    """A new ledger in `folder` with one enrolled pipeline key."""
    folder.mkdir(parents=True)
    admin, pipeline, checkpoint = (Ed25519Signer.generate() for _ in range(3))
    path, state = folder / "ledger.db", folder / "state"
    with create_ledger(
        path,
        name="bank.example/bench",
        founder="Benchmark",
        admins=[Founder(admin, "admin-1", ("https://bank.example/admin",))],
        checkpoint_signer=checkpoint,
        state=state,
    ) as ledger:
        ledger.enroll(pipeline, principal="pipeline-1", roles=["pipeline"], sources=[SOURCE], admins=admin)
        origin = ledger.origin
    keys = {
        name: key.private_key.private_bytes_raw().hex()
        for name, key in (("pipeline", pipeline), ("checkpoint", checkpoint))
    }
    (folder / _KEYS).write_text(json.dumps({"origin": origin, **keys}), encoding="utf-8")
    return Setting(path, state, origin, pipeline, checkpoint)


def found_again(folder: Path) -> Setting:
    """What an earlier run left in `folder`; its keys lie beside the ledger, since they protect nothing."""
    kept = json.loads((folder / _KEYS).read_text(encoding="utf-8"))
    pipeline, checkpoint = (Ed25519Signer.from_seed(bytes.fromhex(kept[name])) for name in ("pipeline", "checkpoint"))
    return Setting(folder / "ledger.db", folder / "state", kept["origin"], pipeline, checkpoint)


def lines(setting: Setting, count: int, start: int, now: int) -> Iterator[bytes]:
    """`count` signed append lines, 256 in a row for each of 200 systems. `now` is in microseconds since 1970."""
    for i in range(start, start + count):
        body = {
            "system_version": "1.1",
            "decision_id": f"d-{i}",
            "model": {"model_id": "credit-scorecard", "version": "1.1", "digest": MODEL_DIGEST},
            "replayed": False,
            "outcome": "granted" if i % 3 else "refused",
            "confidence": round(i % 997 / 997, 4),
            "threshold": 0.5,
            "duration_ms": 12,
            "mode": "normal",
        }
        statement = draft(
            "ai_decision",
            body,
            origin=setting.origin,
            source=SOURCE,
            subject=f"system-{i // RUN % SYSTEMS:03}",
            time=now,
            now=now + i,
        )
        yield statement.sign([setting.pipeline])
