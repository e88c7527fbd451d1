"""The inline half of reading Markdown: markdown-it's inline tokens to inlines of the tree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token

from docgen.errors import TemplateError
from docgen.escape import parse_shifted, visible
from docgen.status import STATUS_WORDS
from docgen.tree import (
    Anchor,
    Cite,
    Code,
    Emphasis,
    Inline,
    InlineSlot,
    Link,
    Ref,
    StatusWord,
    Strong,
    Text,
    plain_text,
)

__all__ = ["read_inlines", "read_prose"]

_ENTRY = re.compile(r"(0|[1-9][0-9]{0,15}):([0-9a-f]{64})")
_SLOT = re.compile(r"([A-Za-z0-9._-]{1,60}):(derived|human|attested)")
_OUTSIDE = re.compile(r"(https?://|mailto:)[^\s\\]+")
_ADVICE = "links lead to #id, https:, http: or mailto:"


def read_inlines(tokens: list[Token], line: int) -> tuple[Inline, ...]:
    """The inlines that `tokens` say, neighbouring words joined; `line` is for messages.

    Raises:
        TemplateError: a link leads nowhere we know, or a picture stands inside a sentence.
    """
    return tuple(_joined(_read(iter(tokens), "", line)))


def read_prose(tokens: list[Token]) -> tuple[Inline, ...]:
    """The inlines of text that people wrote: never an error, and nothing that only templates may say.

    A link that leads elsewhere than to the web prints its target behind its words, a picture its
    alternative text.
    """
    return tuple(_joined(_read(iter(tokens), "", None)))


def _joined(inlines: Iterator[Inline]) -> Iterator[Inline]:
    words = ""
    for inline in inlines:
        if isinstance(inline, Text):
            words += inline.text
            continue
        if words:
            yield Text(words)
        words = ""
        yield inline
    if words:
        yield Text(words)


def _read(tokens: Iterator[Token], close: str, line: int | None) -> Iterator[Inline]:
    for token in tokens:
        match token.type:
            case kind if kind == close:
                return
            case "text" | "text_special":
                yield Text(visible(parse_shifted(token.content)))
            case "softbreak":
                yield Text(" ")
            case "hardbreak":
                yield Text("\n")
            case "code_inline":
                yield Code(visible(parse_shifted(token.content)))
            case "em_open":
                yield Emphasis(tuple(_joined(_read(tokens, "em_close", line))))
            case "strong_open":
                yield Strong(tuple(_joined(_read(tokens, "strong_close", line))))
            case "link_open":
                children = tuple(_joined(_read(tokens, "link_close", line)))
                href = parse_shifted(str(token.attrGet("href") or ""))
                if line is not None:
                    yield _link(href, children, line)
                elif _OUTSIDE.fullmatch(href):
                    yield Link(href, children)
                else:
                    yield from (*children, Text(f" ({visible(href)})"))
            case "image" if line is None:
                yield Text(plain_text(tuple(_read(iter(token.children or []), "", None))))
            case "image":
                raise TemplateError(
                    "", line or 0, "a picture inside a sentence", remedy="pictures stand alone in their paragraph"
                )
            case other:
                raise AssertionError(f"markdown-it made an inline token {other} that no rule of ours makes")


def _link(href: str, children: tuple[Inline, ...], line: int) -> Inline:
    scheme, _, rest = href.partition(":")
    if href.startswith("#"):
        return Ref(href[1:], children)
    if scheme in ("cite", "entry") and (match := _ENTRY.fullmatch(rest)):
        return (Cite if scheme == "cite" else Anchor)(int(match[1]), match[2])
    if scheme == "status" and rest in STATUS_WORDS:
        return StatusWord(rest)
    if scheme == "slot" and (match := _SLOT.fullmatch(rest)):
        return InlineSlot(match[1], match[2], plain_text(children))  # type: ignore[arg-type]
    if _OUTSIDE.fullmatch(href):
        return Link(href, children)
    raise TemplateError("", line, f"a link to {visible(href)!r}", name=visible(href), remedy=_ADVICE)
