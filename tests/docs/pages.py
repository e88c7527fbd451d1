"""The pages of the documentation, and the code in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"^(?P<indent> *)(?P<ticks>```+)(?P<info>[^\n`]*)\n(?P<code>.*?)^(?P=indent)(?P=ticks) *$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, the rest of its info line, its text, and the line its text begins on."""

    language: str
    name: str
    code: str
    line: int


def pages() -> list[Path]:
    """Every page of the project, as paths below its root."""
    found = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    return sorted(path.relative_to(ROOT) for path in found)


def read(page: str | Path) -> str:
    """The text of a page."""
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str | Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = read(page)
    for match in _FENCE.finditer(text):
        language, _, name = match["info"].strip().partition(" ")
        yield Block(language, name.strip(), match["code"], text.count("\n", 0, match.start("code")) + 1)


def prose(page: str | Path) -> str:
    """The text of a page without its fenced blocks."""
    return _FENCE.sub("", read(page))
