"""A process that appends to a ledger until it is told to stop, is done, or is killed.

``python -m tests.ledger.store.writer PATH STATE NAME COUNT BATCH SIGN`` prints ``ready``, waits for a line on its
input, and then appends COUNT batches of BATCH lines signed by the key NAME. Only after `append` has returned it
prints ``<index> <leaf hash>`` for each line: whoever reads that may rely on it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from ledger import Ledger
from tests.ledger.harness import SECOND, START, Clock, decision, signer


def main(path: str, state: str, name: str, count: int, batch: int, sign: bool) -> None:
    """Append, and say so."""
    # An hour after everything the test itself did, so that nobody's clock is far behind the head.
    ledger = Ledger.open(
        path,
        checkpoint_signer=signer("checkpoint") if sign else None,
        clock=Clock(START + 3_600 * SECOND),
        state=Path(state),
    )
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(count):
        with ledger.batch() as block:
            pending = [
                block.record(
                    decision(number, outcome=f"{name} {line}"),
                    kind="ai_decision",
                    signers=signer(name),
                    subject=f"system-{name}",
                )
                for line in range(batch)
            ]
        for one in pending:
            print(one.receipt.index, one.receipt.leaf_hash.hex(), flush=True)
    ledger.close()


if __name__ == "__main__":
    path, state, name, count, batch, sign = sys.argv[1:]
    main(path, state, name, int(count), int(batch), sign == "sign")
