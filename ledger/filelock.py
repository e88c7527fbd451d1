"""A lock on an open file that holds against other processes, and lets them wait in line.

On POSIX systems ``flock(2)`` itself: portalocker's checks around it take ten times as long as the call, twice in
every append. Elsewhere portalocker, which knows what each system offers.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ledger.errors import StoreError

if sys.platform == "win32":
    import portalocker

    def _lock(file: IO[bytes]) -> None:
        portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)

    def _unlock(file: IO[bytes]) -> None:
        portalocker.unlock(file)

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX)

    def _unlock(file: IO[bytes]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def file_lock(file: IO[bytes]) -> Iterator[None]:
    """Hold the exclusive lock on `file`, waiting for it as long as it takes.

    Raises:
        StoreError: if the file system has no locks to give.
    """
    try:
        _lock(file)
    except OSError as error:
        raise StoreError(
            f"lock file {file.name}: can't be locked ({error.strerror})",
            remedy="keep the ledger on a local disk; some network file systems have no locks",
        ) from error
    try:
        yield
    finally:
        _unlock(file)
