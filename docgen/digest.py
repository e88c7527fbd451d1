"""Digests of what a document says, the same whichever writer prints it.

Text digest of a slot: SHA-256 of the UTF-8 bytes of its *slot text*: the text of each paragraph,
list item, heading and caption on a line of its own, the cells of a table row on one line divided
by tabs; line breaks and tabs inside a text are written as one space; external links end in
`` <url>``; nothing else of looks or structure.  A reader of the finished file can do it again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from docgen.errors import TemplateError
from docgen.pictures import Picture
from docgen.tree import (
    Block,
    Body,
    Callout,
    CodeBlock,
    Contents,
    Emphasis,
    Figure,
    Inline,
    InlineSlot,
    Landscape,
    Language,
    Link,
    ListBlock,
    PageBreak,
    Quote,
    Ref,
    Requirement,
    Rule,
    Slot,
    StatusLine,
    Strong,
    Table,
    blocks_in,
    inlines_in,
    plain_text,
    walk_inlines,
)

__all__ = ["content_digest", "content_lines", "digest_of", "slot_text", "text_digest"]

_FORMAT = "aims-content-v1"


def content_digest(body: Body, pictures: Mapping[str, Picture] | None = None) -> str:
    """Hex SHA-256 over everything the document says, in reading order, without cover, header and contents.

    The hashed bytes are lines, each ended by ``\\n``, first ``aims-content-v1``, then for each part
    a word, its id or ``-``, and the hex SHA-256 of its text::

        slot <id>:<kind> <digest>       every slot, and every slot inside a sentence or cell after its block
        table - <digest>                tables outside of slots, caption first
        picture <sha256 of alternative text> <digest: of the data drawn, or of the file's bytes>
        text - <digest>                 every other block: headings, paragraphs, lists, boxes, status lines

    A table or picture inside a slot also has its own line, after the slot's.  Another way of
    hashing gets another first line.

    Raises:
        TemplateError: the body shows a picture that `pictures` does not hold.
    """
    return digest_of(content_lines(body, pictures))


def content_lines(body: Body, pictures: Mapping[str, Picture] | None = None) -> tuple[str, ...]:
    """The lines that `content_digest` hashes, without their ends: they tell which part of a document changed.

    Raises:
        TemplateError: the body shows a picture that `pictures` does not hold.
    """
    return (_FORMAT, *_lines(body.blocks, pictures or {}, body.source))


def digest_of(lines: Sequence[str]) -> str:
    """The content digest of a document with these `content_lines`."""
    return text_digest("".join(f"{line}\n" for line in lines))


def text_digest(text: str) -> str:
    """Hex SHA-256 of a text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def slot_text(slot: Slot | InlineSlot) -> str:
    """The text of a slot as its digest takes it; see the module's docstring."""
    if isinstance(slot, InlineSlot):
        return _flat(slot.text)
    return "\n".join(line for block in slot.blocks for line in _texts(block))


def _lines(blocks: tuple[Block, ...], pictures: Mapping[str, Picture], source: str) -> Iterator[str]:
    for block in blocks:
        match block:
            case Slot():
                yield f"slot {block.id}:{block.kind} {text_digest(slot_text(block))}"
                inner = _lines(block.blocks, pictures, source)
                yield from (line for line in inner if line.startswith(("table", "picture")))
            case Table():
                yield f"table - {text_digest(chr(10).join(_texts(block)))}"
            case Figure():
                if block.key not in pictures:
                    problem = f"picture {block.key} is shown but not there"
                    raise TemplateError(source, 0, problem, name=block.key)
                yield f"picture {text_digest(block.alt)} {pictures[block.key].digest}"
                yield f"text - {text_digest(_flat(block.caption))}"
            case Landscape() | Language():
                yield from _lines(block.blocks, pictures, source)
            case Contents() | PageBreak() | Rule():
                pass
            case Callout() | ListBlock() | Quote() | Requirement():
                label = block.label if isinstance(block, Callout) else ""
                yield f"text - {text_digest(chr(10).join([_flat(label), *_inner(block)]))}"
                inner = _lines(blocks_in(block), pictures, source)
                yield from (line for line in inner if not line.startswith("text"))
                continue
            case _:
                yield f"text - {text_digest(chr(10).join(_texts(block)))}"
        for inline in () if isinstance(block, Landscape | Language) else walk_inlines((block,)):
            if isinstance(inline, InlineSlot):
                yield f"slot {inline.id}:{inline.kind} {text_digest(slot_text(inline))}"


def _inner(block: Block) -> Iterator[str]:
    for inner in blocks_in(block):
        yield from _texts(inner)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Table(header=header, rows=rows, caption=caption):
            if caption:
                yield _flat(caption)
            for row in (header, *rows) if header else rows:
                yield "\t".join(_flat(_reading(cell)) for cell in row)
        case CodeBlock(text=text):
            yield from (_flat(line) for line in text.split("\n"))
        case Figure(alt=alt, caption=caption):
            yield _flat(caption or alt)
        case StatusLine(word=word, children=children):
            yield _flat(f"{word} {_reading(children)}".strip())
        case Callout(label=label):
            yield _flat(label)
            yield from _inner(block)
        case ListBlock() | Quote() | Slot() | Landscape() | Language() | Requirement():
            yield from _inner(block)
        case Contents() | PageBreak() | Rule():
            return
        case _:
            yield _flat(_reading(inlines_in(block)))


def _reading(inlines: tuple[Inline, ...]) -> str:
    parts = []
    for inline in inlines:
        if isinstance(inline, Emphasis | Strong | Ref):
            parts.append(_reading(inline.children))
        elif isinstance(inline, Link):
            parts.append(f"{_reading(inline.children)} <{inline.url}>")
        else:
            parts.append(plain_text((inline,)))
    return "".join(parts)


def _flat(text: str) -> str:
    return text.replace("\n", " ").replace("\t", " ")
