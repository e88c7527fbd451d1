"""What the machine can do at best, measured in the same run: the bounds that results are held against."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from ledger.signing import Ed25519Signer, verify

_MESSAGE = b"x" * 1_000


def rate(count: int, work: Callable[[], object]) -> float:
    """`count` divided by the seconds that `work` takes."""
    start = time.perf_counter()
    work()
    return count / (time.perf_counter() - start)


def bare_verify(count: int = 8_000) -> float:
    """Ed25519 verifications of 1,000 bytes per second, one process, nothing else."""
    signer = Ed25519Signer.generate()
    signature = signer.sign(_MESSAGE)

    def work() -> None:
        for _ in range(count):
            verify(signer.public_key, signature, _MESSAGE)

    return rate(count, work)


def bare_verify_on(processes: int, count: int = 16_000) -> float:
    """The same on several processes at once, their rates added up."""
    if processes == 1:
        return bare_verify(count)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        list(pool.map(bare_verify, [100] * processes))  # started and warm
        return sum(pool.map(bare_verify, [count] * processes))


def bare_fsync(folder: Path, count: int = 400) -> float:
    """Writes of 48 KiB (about what one commit writes to the log), each followed by fdatasync, per second.

    Into a file that has its size already, as the log of a ledger that has been appended to for a while.
    """
    path = folder / "fsync.bin"
    block = b"x" * 49_152
    to_disk = getattr(os, "fdatasync", os.fsync)
    with path.open("wb", buffering=0) as file:
        for _ in range(count):
            file.write(block)
        os.fsync(file.fileno())
        file.seek(0)

        def work() -> None:
            for _ in range(count):
                file.write(block)
                to_disk(file.fileno())

        result = rate(count, work)
    path.unlink()
    return result
