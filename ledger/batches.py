"""Cutting a stream into pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """`items` in order, in tuples of `size`, the last one shorter; holds one tuple at a time."""
    remaining = iter(items)
    while piece := tuple(islice(remaining, size)):
        yield piece
