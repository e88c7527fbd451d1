"""Processes that append to a ledger, each stopped before it begins, so that a tracer can take hold of it.

``python -m tests.attacks.appender WARM`` does everything once in the folder WARM, so that nothing is left to import.
Then for each folder named on its input it forks a process, prints its number, and prints what that process said and
how it ended. The process stops itself, and, once it is continued, attaches a file, appends the lines in
``lines.jsonl``, signs a checkpoint and closes. It says ``acknowledged <index> <leaf hash>`` after `append` returned.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path

from ledger import Ledger
from ledger.errors import AimsError
from tests.ledger.harness import SECOND, START, Clock, signer


def append(folder: Path, out: int) -> None:
    """Append what lies ready in `folder`, and say so."""

    def say(*words: object) -> None:
        with suppress(OSError):  # a word that can't be said acknowledges nothing
            os.write(out, " ".join(map(str, words)).encode() + b"\n")

    try:
        clock = Clock(START + 3_600 * SECOND)
        options = {"checkpoint_signer": signer("checkpoint"), "clock": clock, "state": folder / "state"}
        with Ledger.open(folder / "ledger.db", **options) as ledger:  # type: ignore[arg-type]
            ledger.attach(folder / "report.txt", role="report")
            for receipt in ledger.append((folder / "lines.jsonl").read_bytes().splitlines()):
                say("acknowledged", receipt.index, receipt.leaf_hash.hex())
            say("checkpoint", len(ledger.checkpoint()))
        say("closed")
    except AimsError as error:
        say("error", type(error).__name__, str(error))


def main(warm: str) -> None:
    """Serve until the input ends."""
    append(Path(warm), 2)
    print("ready", flush=True)
    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if not child:
            os.close(read)
            os.kill(os.getpid(), signal.SIGSTOP)
            append(Path(line.rstrip("\n")), write)
            os._exit(0)
        os.close(write)
        os.waitpid(child, os.WUNTRACED)
        print("stopped", child, flush=True)
        with os.fdopen(read, "rb") as said:
            sys.stdout.write(said.read().decode())
        _, status = os.waitpid(child, 0)
        print("ended", os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
