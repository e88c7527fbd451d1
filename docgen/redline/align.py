"""Which of two sequences' members are the same, which were changed into which, which came and which went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

__all__ = ["Step", "align", "likeness"]

_LARGEST_GAP: Final = 40_000  # pairs looked at between two anchors; beyond that nothing is paired
_ALIKE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Step:
    """One step from the old sequence to the new: `old` and `new` are places, None where there is none.

    `same` says that the two are equal.
    """

    old: int | None
    new: int | None
    same: bool = False


def align(
    old: Sequence[Hashable], new: Sequence[Hashable], alike: Callable[[int, int], float] | None = None
) -> list[Step]:
    """The steps from `old` to `new`, in order; what goes stands before what comes in its place.

    `alike` says how much a member of each has in common, from 0 to 1; below 0.4 they are two different things.
    """
    numbers: dict[Hashable, int] = {}
    first = [numbers.setdefault(one, len(numbers)) for one in old]
    second = [numbers.setdefault(one, len(numbers)) for one in new]
    steps: list[Step] = []
    for kind, i, i_end, j, j_end in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal":
            steps += [Step(i + n, j + n, same=True) for n in range(i_end - i)]
        else:
            steps += _gap(range(i, i_end), range(j, j_end), alike)
    return steps


def likeness(old: Counter[str], new: Counter[str]) -> float:
    """The share of words that two texts have in common; two without words are alike."""
    total = old.total() + new.total()
    return 2 * (old & new).total() / total if total else 1.0


def _gap(old: range, new: range, alike: Callable[[int, int], float] | None) -> Iterator[Step]:
    """The steps between two anchors: alike members paired in order, as much alike as possible in all."""
    if alike is None or not old or not new or len(old) * len(new) > _LARGEST_GAP:
        yield from (Step(i, None) for i in old)
        yield from (Step(None, j) for j in new)
        return
    # best[i][j]: the most that the members from i and j on can have in common.
    worth = [[alike(i, j) for j in new] for i in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = best[i + 1][j + 1] + worth[i][j] if worth[i][j] >= _ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    i = j = 0
    waiting: list[Step] = []
    while i < len(old) and j < len(new):
        if worth[i][j] >= _ALIKE and best[i][j] == best[i + 1][j + 1] + worth[i][j]:
            yield from waiting
            waiting = []
            yield Step(old[i], new[j])
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            yield Step(old[i], None)
            i += 1
        else:
            waiting.append(Step(None, new[j]))
            j += 1
    yield from (Step(place, None) for place in old[i:])
    yield from waiting
    yield from (Step(None, place) for place in new[j:])
