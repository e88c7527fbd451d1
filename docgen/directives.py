"""Directives: blocks that CommonMark has no words for, as a rule for markdown-it.

::

    ::: name parameter=value other="a longer value"
    blocks
    :::

An opening line has three or more colons, a name and parameters; a line of colons alone closes the
innermost open directive and has as many colons as its opening.  The rule makes the tokens
``directive_open`` (`info` is the name, `meta` the parameters) and ``directive_close``.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from docgen.errors import TemplateError
from docgen.escape import parse_shifted

__all__ = ["parse_parameters", "use_directives"]

_OPEN = re.compile(r"(:{3,})[ \t]*([a-z][a-z-]*)(?:[ \t]+(.*))?")
_CLOSE = re.compile(r"(:{3,})[ \t]*")
_PARAMETER = re.compile(r"""([a-z][a-z_-]*)(?:=(?:"([^"]*)"|([^\s"]+)))?(?:\s+|\Z)""")


def use_directives(parser: MarkdownIt) -> None:
    """`parser` knows directives from now on; they may interrupt paragraphs, lists and quotes."""
    parser.block.ruler.before(
        "fence", "directive", _directive, {"alt": ["paragraph", "reference", "blockquote", "list"]}
    )


def parse_parameters(text: str) -> dict[str, str]:
    """The parameters of an opening line; one without a value is ``""``.

    Raises:
        ValueError: something is no parameter, or one comes twice.
    """
    parameters: dict[str, str] = {}
    place = 0
    while place < len(text):
        match = _PARAMETER.match(text, place)
        if match is None:
            raise ValueError(f"{parse_shifted(text[place:])!r} is not name=value")
        name, place = match[1], match.end()
        if name in parameters:
            raise ValueError(f"parameter {name!r} twice")
        parameters[name] = parse_shifted(match[2] if match[2] is not None else match[3] or "")
    return parameters


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]].rstrip()


def _fail(number: int, problem: str, name: str = "") -> TemplateError:
    return TemplateError("", number + 1, problem, name=name)


def _directive(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start):
        return False
    line = _line(state, start)
    if not line.startswith(":::"):
        return False
    opening = _OPEN.fullmatch(line)
    if opening is None:
        if _CLOSE.fullmatch(line):
            raise _fail(start, "closes a directive, but none is open")
        raise _fail(start, f"{parse_shifted(line)!r} is no directive")
    if silent:
        return True
    close = _find_close(state, start, end)
    try:
        parameters = parse_parameters((opening[3] or "").strip())
    except ValueError as error:
        raise _fail(start, f"directive {opening[2]}: {error}", opening[2]) from error

    token = state.push("directive_open", "", 1)
    token.info, token.meta, token.map, token.block = opening[2], parameters, [start, close], True
    line_max, parent = state.lineMax, state.parentType
    # Any name but "paragraph" will do: markdown-it asks only whether a paragraph is being read.
    state.lineMax, state.parentType = close, "container"
    state.md.block.tokenize(state, start + 1, close)
    state.lineMax, state.parentType = line_max, parent
    token = state.push("directive_close", "", -1)
    token.block = True
    state.line = close + 1
    return True


def _find_close(state: StateBlock, start: int, end: int) -> int:
    """The line that closes the directive opened at `start`; fenced code inside is skipped."""
    open_colons: list[tuple[int, int]] = []
    fence = ""
    for number in range(start, end):
        line = _line(state, number)
        if fence:
            if line.startswith(fence) and not line.strip(fence[0]):
                fence = ""
        elif started := re.match(r"`{3,}|~{3,}", line):
            fence = started[0]
        elif opening := _OPEN.fullmatch(line):
            open_colons.append((len(opening[1]), number))
        elif closing := _CLOSE.fullmatch(line):
            colons, opened = open_colons.pop()
            if len(closing[1]) != colons:
                problem = f"closes with {len(closing[1])} colons what line {opened + 1} opened with {colons}"
                raise _fail(number, problem)
            if not open_colons:
                return number
    colons, opened = open_colons[-1]
    raise _fail(opened, "this directive is never closed", parse_shifted(_line(state, opened)))
