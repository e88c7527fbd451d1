"""Pieces of HTML: elements around text that is escaped, and nothing else."""

from __future__ import annotations

import html

from docgen.escape import visible

__all__ = ["Html", "element", "lines", "text", "void"]


class Html(str):
    """HTML that is well-formed already; any other text is escaped before it gets in."""

    __slots__ = ()


def text(words: str) -> Html:
    """`words` as they print: escaped for text and attributes, without characters that nobody sees."""
    return Html(html.escape(visible(words), quote=True))


def lines(words: str) -> Html:
    """`words` with line breaks where they have some."""
    return Html("<br>".join(text(line) for line in visible(words).split("\n")))


def element(tag: str, *inside: str, **attributes: str | None) -> Html:
    """``<tag attributes>inside</tag>``; what is inside is escaped unless it is `Html`.

    An attribute that is None is left out; ``class_`` stands for ``class`` and ``data_x`` for ``data-x``.
    """
    return Html(f"<{tag}{_attributes(attributes)}>{''.join(map(_inside, inside))}</{tag}>")


def void(tag: str, **attributes: str | None) -> Html:
    """An element that has no inside."""
    return Html(f"<{tag}{_attributes(attributes)}>")


def _inside(piece: str) -> str:
    return piece if isinstance(piece, Html) else text(piece)


def _attributes(attributes: dict[str, str | None]) -> str:
    named = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items() if value is not None)
    return "".join(f' {name}="{text(value)}"' for name, value in named)
