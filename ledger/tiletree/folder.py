"""The folder of a tile tree while it is written: one writer at a time, valid at every moment.

A file is written under a temporary name in `.incoming`, fsynced, and renamed to its own; its folder is fsynced
before a checkpoint may rest on it. So a name stands for the whole content, or does not exist. Files are fsynced in
batches by a thread of their own, while the next ones are made. The order of a run: everything `put`, then `settle`,
then `publish` with the checkpoint, then `drop` for what it made superfluous. A crash before `publish` leaves files that
no checkpoint names yet; the next run finds them, compares them and goes on.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import portalocker

from ledger.errors import Damaged, StoreError
from ledger.note import MAX_NOTE_SIZE
from ledger.tiletree.files import CHECKPOINT, cannot_write, read_regular, reading, sync_folder, write_all
from ledger.tiletree.ownership import MARKER, admit, mark_folder

INCOMING: Final = ".incoming"
_BATCH_FILES: Final = 64
_BATCH_BYTES: Final = 32 << 20
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class TreeFolder:
    """A locked folder, made by `writing_tree`. Names are those below it, with ``/``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folders: dict[str, None] = {"": None}  # seen to be real folders; to be fsynced before publishing
        self._batch: list[tuple[int, Path, Path]] = []
        self._bytes = 0
        self._count = 0
        self._pool = ThreadPoolExecutor(1, "fsync")
        self._settling: Future[None] | None = None

    def published(self) -> bytes | None:
        """The bytes of the checkpoint that is there."""
        with reading(self.path / CHECKPOINT):
            return read_regular(self.path / CHECKPOINT, MAX_NOTE_SIZE)

    def put(self, name: str, data: bytes) -> bool:
        """Make the immutable file `name`, durable after `settle`; False if it is there with this very content.

        Raises:
            Damaged: if it is there with other content.
        """
        folder = name.rpartition("/")[0]
        self._make(folder)
        target = self.path / name
        with reading(target):
            found = read_regular(target, len(data))
        if found is not None:
            if found != data:
                raise Damaged(
                    f"{target}: its content differs from what the checkpoint commits to, and a tile never changes",
                    remedy="find out who wrote it; export to another folder, or remove this file to have it made again",
                )
            return False
        with self._writing(name):
            temporary = self.path / INCOMING / str(self._count)
            self._count += 1
            handle = os.open(temporary, _CREATE, 0o666)
            self._batch.append((handle, temporary, target))
            write_all(handle, data)
        self._bytes += len(data)
        if len(self._batch) >= _BATCH_FILES or self._bytes >= _BATCH_BYTES:
            self._hand_over()
        return True

    def has(self, name: str) -> bool:
        """Whether anything of that name is there."""
        return os.path.lexists(self.path / name)

    def settle(self) -> None:
        """Return when every file put so far, written or found, is durable under its name."""
        self._hand_over()
        self._wait()
        # Also the folders of files that were found: whoever wrote them may have died before this fsync.
        for folder in reversed(self._folders):
            with self._writing(folder):
                sync_folder(self.path / folder)

    def publish(self, note: bytes) -> None:
        """Replace the checkpoint, durably; `settle` comes first."""
        with self._writing(CHECKPOINT):
            temporary = self.path / INCOMING / CHECKPOINT
            handle = os.open(temporary, _CREATE, 0o666)
            try:
                write_all(handle, note)
                os.fsync(handle)
            finally:
                os.close(handle)
            temporary.replace(self.path / CHECKPOINT)
            sync_folder(self.path)

    def drop(self, folder: str) -> int:
        """Remove the partial tiles in a folder ``<number>.p``; how many there were.

        Nothing rests on the removal being durable: should they be back after a crash, they are as right as before.
        """
        place = self.path / folder
        with self._writing(folder):
            if place.is_symlink():
                return 0  # what is behind it is not ours
            files = [item for item in place.iterdir() if item.name.isdecimal() and item.is_file()]
            for file in files:
                file.unlink()
            with suppress(OSError):  # something of others is in it
                place.rmdir()
        return len(files)

    def close(self) -> None:
        """Give up what is not settled, and leave no temporary file behind if that can be helped."""
        try:
            with suppress(StoreError):  # the error that ends the run is another, and on its way
                self._wait()
        finally:
            self._pool.shutdown()
            for handle, _, _ in self._batch:
                os.close(handle)
        with suppress(OSError):
            clear(self.path / INCOMING)
            (self.path / INCOMING).rmdir()

    def _make(self, folder: str) -> None:
        if folder in self._folders:
            return
        self._make(folder.rpartition("/")[0])
        place = self.path / folder
        with self._writing(folder):
            try:
                place.mkdir()
            except FileExistsError as error:
                # A link would lead the files of this tree, and the next writer's, to somewhere else.
                if not stat.S_ISDIR(place.lstat().st_mode):
                    raise Damaged(
                        f"{place}: a link or a file, expected a folder of this tile tree",
                        remedy="find out who put it there and remove it",
                    ) from error
        self._folders[folder] = None

    def _hand_over(self) -> None:
        """Let the other thread make the batch durable; at most one waits while the next is written."""
        self._wait()
        if self._batch:
            batch, self._batch, self._bytes = self._batch, [], 0
            self._settling = self._pool.submit(self._settle, batch)

    def _wait(self) -> None:
        settling, self._settling = self._settling, None
        if settling is not None:
            settling.result()

    def _settle(self, batch: list[tuple[int, Path, Path]]) -> None:
        try:
            for handle, _, target in batch:
                with self._writing(target):
                    os.fsync(handle)
        finally:
            for handle, _, _ in batch:
                os.close(handle)
        # Only now: of a batch that failed nothing gets its name, and the next run writes all of it again.
        for _, temporary, target in batch:
            with self._writing(target):
                temporary.replace(target)

    @contextmanager
    def _writing(self, name: str | Path) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            name = name.relative_to(self.path).as_posix() if isinstance(name, Path) else name
            raise cannot_write(self.path, name, error) from error


@contextmanager
def writing_tree(path: Path, origin: str) -> Iterator[TreeFolder]:
    """The folder for the tile tree of `origin`, made if need be, locked until the block ends.

    Raises:
        Refused: if it holds something else, or the tree of another ledger.
        StoreError: if another export has it, or it can't be written.
    """
    admit(path, origin)
    try:
        if not path.is_dir():
            path.mkdir()
            sync_folder(path.absolute().parent)
        marker = os.fdopen(os.open(path / MARKER, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666), "r+b")
    except OSError as error:
        raise cannot_write(path, MARKER, error) from error
    with marker:
        try:
            portalocker.lock(marker, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.exceptions.LockException as error:
            raise StoreError(
                f"tile tree {path}: another export is writing to it", remedy="wait until it ends"
            ) from error
        admit(path, origin, marker.fileno())  # again, now that nobody else changes it
        folder = TreeFolder(path)
        try:
            with folder._writing(MARKER):
                mark_folder(marker.fileno(), origin)
                incoming = path / INCOMING
                incoming.mkdir(exist_ok=True)
                clear(incoming)
            yield folder
        finally:
            folder.close()


def clear(folder: Path) -> None:
    """Remove the files that an earlier run left in its temporary folder."""
    if folder.is_symlink():
        raise NotADirectoryError(errno.ENOTDIR, "a symbolic link")
    for item in folder.iterdir():
        item.unlink()
