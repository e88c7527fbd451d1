"""Files of a tile tree, read and written so that neither links nor crashes can mislead."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ledger.errors import Damaged, StoreError

# A link is never followed, and a pipe or device in the place of a file can't make us wait.
_READ: Final = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


CHECKPOINT: Final = "checkpoint"


class NotAFile(OSError):
    """There is something under the name, but no regular file."""


def read_regular(path: Path, limit: int) -> bytes | None:
    """The first `limit` + 1 bytes of a file at most, or None if there is nothing of that name.

    Raises:
        NotAFile: for a symbolic link, folder, pipe or device. OSError: if it can't be read.
    """
    try:
        handle = os.open(path, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO):
            raise NotAFile(error.errno, "not a regular file") from error
        raise
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise NotAFile(errno.EINVAL, "not a regular file")
        pieces, left = [], limit + 1
        while left and (piece := os.read(handle, left)):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)
    finally:
        os.close(handle)


def write_all(handle: int, data: bytes) -> None:
    """Write all of it; one call may write less than it was given."""
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    if os.name == "nt":  # Windows has no fsync for folders; the rename is journalled by the file system
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def tile_files(folder: Path) -> Iterator[tuple[str, bool]]:
    """Every file below `tile` in a tree as (name, whether it is a regular file); links are told, not followed."""
    waiting = ["tile"]
    while waiting:
        below = waiting.pop()
        try:
            found = sorted(os.scandir(folder / below), key=lambda item: item.name)
        except (FileNotFoundError, NotADirectoryError):
            continue
        for item in found:
            name = f"{below}/{item.name}"
            if item.is_dir(follow_symlinks=False):
                waiting.append(name)
            else:
                yield name, item.is_file(follow_symlinks=False)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Around reading a file of a tree that is to be written.

    Raises:
        Damaged: if it is none. StoreError: if it can't be read.
    """
    try:
        yield
    except NotAFile as error:
        raise Damaged(
            f"{path}: a link or something else that is no file, expected a file of this tile tree",
            remedy="find out who put it there and remove it",
        ) from error
    except OSError as error:
        raise StoreError(f"{path}: can't be read ({error.strerror})", remedy="check its permissions") from error


def cannot_write(path: Path, name: str, error: OSError) -> StoreError:
    """What a failed attempt to write `name` in the tree at `path` is told as."""
    return StoreError(
        f"tile tree {path}: {name or 'the folder'} can't be written ({error.strerror}); what was there is still valid",
        remedy="check free space and permissions, then export again",
    )
