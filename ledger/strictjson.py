"""JSON as this ledger accepts it (I-JSON and stricter), and its one canonical form.

Accepted: UTF-8 without a byte order mark, no member name twice, no ``NaN`` or ``Infinity``, no number that
overflows, integers within ±(2^53-1), no lone surrogates, nesting of at most 32. Python's own parser keeps
the last of two equal names and takes ``NaN`` and ``1e400``; other fast parsers turn huge integers into
floats. What was signed is kept as bytes, so a statement need not be canonical; a leaf must be (RFC 8785).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

import orjson

from ledger.errors import FormatError

MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1


class _Bad(ValueError):
    """Carries (found, expected) out of the decoder's hooks."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise _Bad(f"member {twice!r} twice", "each member name once")
    return members


def _integer(text: str) -> int:
    # The length is checked first: int() of a long text takes quadratic time.
    if len(text) <= 17:
        value = int(text)
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return value
    raise _Bad(text, f"an integer within ±{MAX_INTEGER}")


def _float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise _Bad(text, "a finite number")
    return value


def _constant(text: str) -> NoReturn:
    raise _Bad(text, "a finite number")


_decode = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant
).decode


def parse_strict(data: bytes, what: str = "JSON", *, max_bytes: int, max_depth: int = MAX_DEPTH) -> Any:
    """The value of `data`, at most `max_bytes` long and nested at most `max_depth` deep.

    Raises:
        FormatError: for anything the module's first paragraph does not allow.
    """
    if len(data) > max_bytes:
        raise FormatError(what, f"{len(data)} bytes", f"at most {max_bytes} bytes")
    # Brackets inside strings count here too, so this bound is only a first, cheap one: it keeps the
    # decoder's recursion small. The exact depth is measured below, and only where it could matter.
    shallow = data.count(b"[") + data.count(b"{") <= max_depth
    if shallow and (value := _as_written(data)) is not None:
        return value
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError(what, f"byte 0x{data[error.start]:02x} at {error.start}", "UTF-8") from error
    if not shallow:
        check_depth(text, what, max_depth)
    try:
        value = _decode(text)
    except _Bad as error:
        raise FormatError(what, str(error.args[0]), str(error.args[1])) from error
    except (ValueError, RecursionError) as error:
        raise FormatError(what, str(error), "one JSON value") from error
    # Only an escape can make a lone surrogate: the bytes themselves were UTF-8.
    if b"\\u" in data:
        _check_surrogates(value, what)
    return value


def _as_written(data: bytes) -> Any:
    """The value of JSON that the fast parser would write just so, which is all strict; None for any other, or null.

    That parser keeps the last of two equal names, turns huge integers into floats and takes every spelling of a
    number, and what it writes has none of this: UTF-8, each name once, finite floats, integers within 53 bits.
    """
    try:
        value = orjson.loads(data)
        return value if orjson.dumps(value, option=orjson.OPT_STRICT_INTEGER) == data else None
    except (orjson.JSONDecodeError, TypeError):
        return None


def check_depth(text: str, what: str, max_depth: int) -> None:
    """Return if the JSON `text` nests at most `max_depth` deep; it need not be well-formed.

    Raises:
        FormatError: if it is deeper.
    """
    depth, in_string, escaped = 0, False, False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            if depth > max_depth:
                raise FormatError(what, f"nesting deeper than {max_depth}", f"at most {max_depth} levels")
        elif character in "]}":
            depth -= 1


def _check_surrogates(value: Any, what: str) -> None:
    for text in _strings(value):
        if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
            raise FormatError(what, f"lone surrogate in {text!a}", "Unicode text")


def _strings(value: Any) -> Iterable[str]:
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from item.keys()
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def canonical(value: Any) -> bytes:
    """RFC 8785 bytes of objects, arrays, strings and integers (no floats) whose member names are ASCII.

    For such values sorted keys are all that RFC 8785 asks beyond what orjson writes; a test compares
    with an independent implementation. A float would not be canonical here and never occurs in a leaf.
    """
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
