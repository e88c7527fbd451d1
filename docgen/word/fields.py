"""Fields with the result they had when the file was written; none is dirty, so Word asks nothing."""

from __future__ import annotations

from docgen.word.oxml import Element, el, run

__all__ = ["field", "field_begin", "field_end"]


def field_begin(instruction: str) -> list[Element]:
    """The runs that open a field; what follows up to `field_end` is its result."""
    code = el("w:instrText", {"xml:space": "preserve"})
    code.text = f" {instruction} "
    return [_mark("begin"), el("w:r", None, code), _mark("separate")]


def field_end() -> Element:
    """The run that closes a field."""
    return _mark("end")


def field(instruction: str, result: str, style: str = "") -> list[Element]:
    """A whole field inside one paragraph."""
    return [*field_begin(instruction), run(result, style), field_end()]


def _mark(kind: str) -> Element:
    return el("w:r", None, el("w:fldChar", {"w:fldCharType": kind}))
