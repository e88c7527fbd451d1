"""What counts as a justification, and which ones look copied from each other.

The rules are a pack's data, because blocked phrases are words of a language::

    {words: 6, blocked: ["not relevant", "no resources", ...], alike: 0.85}

`words` is the fewest a justification may have, `alike` the share of common words from which two of
them count as copied.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["JustificationRules", "find_alike", "find_objection"]

# A Chinese, Japanese or Korean sign stands for a word: these scripts put no spaces between words.
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+(?:['’][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class JustificationRules:
    """The fewest words, the phrases that justify nothing, and the share of words that looks copied."""

    words: int
    blocked: tuple[str, ...]
    alike: float

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> JustificationRules:
        """The rules as a pack writes them; a missing one raises `KeyError`."""
        return cls(int(data["words"]), tuple(data["blocked"]), float(data["alike"]))


def find_objection(text: str | None, *, title: str, rules: JustificationRules) -> str:
    """Why `text` justifies nothing: "missing", "title", "blocked" or "short"; empty when it may stand.

    A blocked phrase is refused when it is all that is said, also with an ornament such as "N/A for
    us": nothing but the phrase and at most two more words.
    """
    words = _words(text or "")
    if not words:
        return "missing"
    if words == _words(title):
        return "title"
    for phrase in rules.blocked:
        blocked = _words(phrase)
        if len(words) <= len(blocked) + 2 and _holds(words, blocked):
            return "blocked"
    return "short" if len(words) < rules.words else ""


def find_alike(texts: Mapping[str, str], rules: JustificationRules) -> tuple[tuple[str, ...], ...]:
    """Groups of ids whose texts say nearly the same, each group in the order of `texts`.

    Two texts are alike when they share at least `rules.alike` of all different words of both.  Texts
    below the fewest words are left out: they are objected to anyway.
    """
    bags = {key: frozenset(_words(text)) for key, text in texts.items() if len(_words(text)) >= rules.words}
    groups: list[list[str]] = []
    for key, bag in bags.items():
        near = [group for group in groups if any(_share(bag, bags[other]) >= rules.alike for other in group)]
        groups = [group for group in groups if group not in near]
        groups.append([*(other for group in near for other in group), key])
    order = {key: place for place, key in enumerate(texts)}
    found = [tuple(sorted(group, key=order.__getitem__)) for group in groups if len(group) > 1]
    return tuple(sorted(found, key=lambda group: order[group[0]]))


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _holds(words: Sequence[str], phrase: Sequence[str]) -> bool:
    """Whether `phrase` stands in `words` in one piece."""
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1))


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
