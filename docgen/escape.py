"""Text from the ledger on its way through Markdown: quoted so that no parser can mistake it.

Backslashes are not enough: inside code spans and fences they print, in table cells a value that
ends in one swallows the next cell wall, and a newline ends a cell or a heading whatever precedes
it.  So a value is quoted by *shifting*: each character of the Basic Multilingual Plane that is
neither letter nor digit moves up by 0xF0000 into the private plane 15, where it means nothing to
Markdown, and moves back once the tokens are known:

    format_shifted:  "a|b"  ->  U+0061 U+F007C U+0062
    parse_shifted:   "a" U+F007C "b"  ->  "a|b"

That holds in every place alike: headings, cells, code, links, parameters of directives.  A value
can't hold shifted characters of its own: `visible` runs first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import SupportsIndex

__all__ = ["Markdown", "escape_markdown", "format_shifted", "join_markdown", "parse_shifted", "visible"]

_SHIFT = 0xF0000
_SHIFTED = re.compile("[\U000f0000-\U000fffff]")
_NOT_ALPHANUMERIC = re.compile(r"[\W_]")
_NEWLINES = re.compile("\r\n|[\r\u2028\u2029]")

# Not allowed in XML, or read by nobody but able to change what is read around them: controls,
# bidirectional overrides and isolates, byte order marks, tag characters, surrogates,
# noncharacters, and the private plane that shifting uses.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\U000e0000-\U000e007f\U000f0000-\U0010ffff]"
)


class Markdown(str):
    """Text that is Markdown already.  Any other text is a value, and is escaped when it is printed.

    Whatever `str` offers gives back plain text, which is then escaped: nothing becomes Markdown by
    accident, only through the functions of this module.
    """

    __slots__ = ()

    def __str__(self) -> str:
        """The same object, still marked."""
        return self

    def __add__(self, other: str) -> Markdown:
        """Both pieces, the other one escaped unless it is Markdown."""
        return join_markdown((self, escape_markdown(other)))

    def __radd__(self, other: str) -> Markdown:
        """Both pieces, the other one escaped unless it is Markdown."""
        return join_markdown((escape_markdown(other), self))

    def __mul__(self, times: SupportsIndex) -> Markdown:
        """The piece repeated."""
        return Markdown(str.__mul__(self, times))


def visible(text: str) -> str:
    """`text` with one kind of newline and every invisible or forbidden character spelled out.

    Running it twice changes nothing.
    """
    return _INVISIBLE.sub(_spell_out, _NEWLINES.sub("\n", text))


def _spell_out(match: re.Match[str]) -> str:
    return f"\u27e8U+{ord(match[0]):04X}\u27e9"


def escape_markdown(text: str) -> Markdown:
    """Markdown that prints `text` as it is; text that is Markdown already is left alone."""
    return text if isinstance(text, Markdown) else Markdown(format_shifted(visible(text)))


def join_markdown(parts: Iterable[str]) -> Markdown:
    """The parts of a rendered template in one piece; they are Markdown already."""
    return Markdown("".join(parts))


def format_shifted(text: str) -> str:
    """`text` with everything that could mean something to Markdown moved to plane 15."""
    return _NOT_ALPHANUMERIC.sub(lambda m: chr(ord(m[0]) + _SHIFT) if ord(m[0]) < 0x10000 else m[0], text)


def parse_shifted(text: str) -> str:
    """`text` with the characters of plane 15 moved back."""
    return _SHIFTED.sub(lambda m: chr(ord(m[0]) - _SHIFT), text)
