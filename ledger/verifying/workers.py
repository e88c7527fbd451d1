"""Doing the same with many items in order, in this process or over several with a bounded number of results waiting."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@contextmanager
def mapped(
    jobs: int, elsewhere: Callable[[_Item], _Result], here: Callable[[_Item], _Result], items: Sequence[_Item]
) -> Iterator[Iterator[_Result]]:
    """The results in order: of `here` in this process, or with more `jobs` than one of `elsewhere` in others."""
    if jobs <= 1:
        yield map(here, items)
        return
    # Never fork: an open database and its locks must not be shared with a child.
    with ProcessPoolExecutor(jobs, get_context("spawn"), initializer=_without_pauses) as pool:
        yield _in_order(pool, elsewhere, items, ahead=2 * jobs)


def _without_pauses() -> None:
    """Let this worker's collector of reference cycles look rarely: scans make many values and no cycles."""
    gc.set_threshold(200_000, 50, 100)


def _in_order(
    pool: ProcessPoolExecutor, function: Callable[[_Item], _Result], items: Sequence[_Item], *, ahead: int
) -> Iterator[_Result]:
    waiting: list[Future[_Result]] = []
    for item in items:
        waiting.append(pool.submit(function, item))
        if len(waiting) > ahead:
            yield waiting.pop(0).result()
    for future in waiting:
        yield future.result()
