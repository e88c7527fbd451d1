"""Tidy blocks to the Markdown that a narrative keeps: `parse_prose` reads the same blocks out of it again.

The Markdown is meant for people as well: only what would mean something is escaped, by a backslash where
that is enough.  Where CommonMark's rules on emphasis ask what stands beside a mark, the neighbouring
character is written as ``&#97;``: it prints the same and counts as punctuation.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docgen.reading.tidy import tidy
from docgen.tree import (
    Block,
    Code,
    CodeBlock,
    Emphasis,
    Inline,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Table,
    Text,
)

__all__ = ["to_markdown"]

_SPECIAL = re.compile(r"[\\\\`*_\[\]]|<(?=[A-Za-z])|&(?=#|[A-Za-z][A-Za-z0-9]*;)")
_LINE_START = re.compile(r"([-+#=>~|:])|(\d{1,9})([.)])")
_RULES = {"left": "---", "right": "--:", "center": ":-:"}


def to_markdown(blocks: Sequence[Block]) -> str:
    """Markdown that `docgen.markdown.parse_prose` reads as `blocks`, tidied (`docgen.reading.tidy`).

    Raises:
        ValueError: a block that people's text is not made of, such as a slot.
    """
    return "\n".join(_blocks(tidy(blocks), 0))


def _blocks(blocks: Sequence[Block], depth: int) -> Iterator[str]:
    """The lines, an empty one between blocks; lists in a row take turns with their marks, or they would be one."""
    last: Block | None = None
    turn = 0
    for block in blocks:
        if last is not None:
            yield ""
        turn = 1 - turn if _alike(last, block) else 0
        yield from _block(block, turn, depth)
        last = block


def _alike(last: Block | None, block: Block) -> bool:
    if not (isinstance(last, ListBlock) and isinstance(block, ListBlock)):
        return False
    return (last.start is None) == (block.start is None)


def _block(block: Block, turn: int, depth: int) -> Iterator[str]:
    match block:
        case Paragraph(children=children):
            yield from _paragraph(_inlines(children))
        case ListBlock(items=items, start=start):
            # Nested ones take turns as well: three hyphens on one line would be a rule.
            bullet = "-+"[(turn + depth) % 2]
            for number, item in enumerate(items):
                mark = bullet if start is None else f"{start + number}{'.)'[turn]}"
                yield from _hanging(mark, tuple(_blocks(item, depth + 1)))
        case Quote(blocks=inner):
            yield from (f"> {line}" if line else ">" for line in _blocks(inner, depth))
        case CodeBlock(text=text):
            fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
            yield from (fence, *(text.split("\n") if text else ()), fence)
        case Table():
            yield from _table(block)
        case Rule():
            yield "***"
        case _:
            raise AssertionError(f"{type(block).__name__} is not tidy")


def _hanging(mark: str, lines: tuple[str, ...]) -> Iterator[str]:
    if not lines:
        yield mark
        return
    indent = " " * (len(mark) + 1)
    for number, line in enumerate(lines):
        yield f"{indent if number else f'{mark} '}{line}" if line else ""


def _table(table: Table) -> Iterator[str]:
    yield _row(table.header or tuple(() for _ in table.align))
    yield f"|{'|'.join(_RULES[align] for align in table.align)}|"
    for row in table.rows:
        yield _row(row)


def _row(cells: Sequence[tuple[Inline, ...]]) -> str:
    # The row is divided before anything in a cell is read, and a backslash before a wall is taken away then.
    texts = [_inlines(cell).replace("|", "\\|") for cell in cells]
    return "|" + "|".join(f" {text} " if text else " " for text in texts) + "|"


def _paragraph(text: str) -> Iterator[str]:
    """A paragraph's lines: each but the last ends in a backslash, and none begins like a block."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        safe = _LINE_START.sub(_escape_start, line, count=1) if _LINE_START.match(line) else line
        yield safe + ("\\" if number < len(lines) - 1 else "")


def _escape_start(match: re.Match[str]) -> str:
    return f"\\{match[1]}" if match[1] else f"{match[2]}\\{match[3]}"


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where emphasis begins or ends."""

    text: str
    opens: bool


def _inlines(inlines: Sequence[Inline]) -> str:
    pieces = list(_pieces(inlines))
    for place, mark in enumerate(pieces):
        if not isinstance(mark, _Mark):
            continue
        outside, inside = (place - 1, place + 1) if mark.opens else (place + 1, place - 1)
        neighbour = pieces[outside] if 0 <= outside < len(pieces) else ""
        edge = _edge(pieces[inside], first=mark.opens)
        beside = _edge(neighbour, first=not mark.opens)
        if isinstance(neighbour, str) and _is_word(beside) and (mark.text == "_" or not edge.isalnum()):
            spelled = f"&#{ord(beside)};"
            pieces[outside] = neighbour[:-1] + spelled if mark.opens else spelled + neighbour[1:]
    return "".join(piece if isinstance(piece, str) else piece.text for piece in pieces)


def _edge(piece: str | _Mark, *, first: bool) -> str:
    text = piece if isinstance(piece, str) else piece.text
    return text[:1] if first else text[-1:]


def _is_word(character: str) -> bool:
    """Whether a mark beside it may not be taken for one: neither space nor punctuation."""
    return bool(character) and not character.isspace() and character not in string.punctuation


def _pieces(inlines: Sequence[Inline]) -> Iterator[str | _Mark]:
    for number, inline in enumerate(inlines):
        match inline:
            case Text(text=text):
                escaped = _SPECIAL.sub(lambda match: f"\\{match[0]}", text)
                link_follows = number + 1 < len(inlines) and isinstance(inlines[number + 1], Link)
                # An exclamation mark before a link would make it a picture.
                yield f"{escaped[:-1]}\\!" if link_follows and text.endswith("!") else escaped
            case Code(text=text):
                yield _code(text)
            case Emphasis(children=children) | Strong(children=children):
                mark = "_" if isinstance(inline, Emphasis) else "**"
                yield _Mark(mark, opens=True)
                yield from _pieces(children)
                yield _Mark(mark, opens=False)
            case Link(url=url, children=children):
                target = re.sub(r"[<>&\\]", r"\\\g<0>", url)
                yield f"[{_inlines(children)}](<{target}>)"
            case _:
                raise AssertionError(f"{type(inline).__name__} is not tidy")


def _code(text: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    padded = f" {text} " if text[:1] in "` " or text[-1:] in "` " else text
    return f"{fence}{padded}{fence}"
