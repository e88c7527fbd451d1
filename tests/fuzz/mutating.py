"""Input for targets without a fuzzer: seeds, changed in ways that come close to what parsers accept."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

TOKENS: Final = (
    b"\n", b"\n\n", b" ", b"\t", b"\r\n", b"\x00", b"\xff", b"\xc3\xa9", b"\xe2\x80\x94 ", b"+", b"-", b"/", b"..",
    b"=", b"==", b"0", b"00", b"-0", b"1e5", b"1.0", b"9007199254740992", b"9223372036854775808", b"NaN", b"null",
    b"true", b"{}", b"[]", b'""', b'"', b"\\u0000", b"\\ud800", b",", b":", b"[" * 40, b"]" * 40,
    b"[" * 300 + b"]" * 300, b"A" * 43, b"%00", b"x001/", b"\xef\xbb\xbf", b"\xd9\xa1", b"none", b"all", b"PK\x03\x04",
)  # fmt: skip
SPELLINGS: Final = (
    (b":", b": "), (b",", b" ,"), (b'"', b'"\\u0061'), (b"a", b"A"), (b"=", b""), (b"/", b"\\/"), (b"\n", b"\r\n"),
    (b" ", b"  "), (b"1", b"01"), (b"}", b"}\n"),
)  # fmt: skip
Change = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutations(seeds: Sequence[bytes], count: int, seed: int) -> Iterator[bytes]:
    """The seeds, what is empty or only a token, then `count` changed ones; the same each time."""
    draw = random.Random(seed)
    yield from (*seeds, b"", *TOKENS)
    for _ in range(count):
        data = draw.choice(seeds)
        for _ in range(draw.choice((1, 1, 1, 2, 3, 8))):
            data = draw.choice(CHANGES)(draw, data, seeds)[:100_000]
        yield data


def _span(draw: random.Random, data: bytes) -> tuple[int, int]:
    start = draw.randint(0, len(data))
    return start, min(len(data), start + draw.choice((1, 1, 2, 4, 16, 64)))


def _bit(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = draw.randrange(len(data)) if data else 0
    return data[:at] + bytes([(data[at] if data else 0) ^ 1 << draw.randrange(8)]) + data[at + 1 :]


def _delete(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(draw, data)
    return data[:start] + data[end:]


def _double(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(draw, data)
    return data[:end] + data[start:]


def _cut(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: draw.randint(0, len(data))]


def _insert(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = draw.randint(0, len(data))
    return data[:at] + draw.choice(TOKENS) + data[at:]


def _replace(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(draw, data)
    return data[:start] + draw.choice(TOKENS) + data[end:]


def _splice(draw: random.Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = draw.choice(seeds)
    return data[: draw.randint(0, len(data))] + other[draw.randint(0, len(other)) :]


def _digit(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    places = [at for at, byte in enumerate(data) if 0x30 <= byte <= 0x39]
    if not places:
        return data
    at = draw.choice(places)
    return data[:at] + b"%d" % draw.randrange(10) + data[at + 1 :]


def _lines(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    how = draw.randrange(3)
    if how == 0:
        lines[one], lines[other] = lines[other], lines[one]
    elif how == 1:
        lines.insert(other, lines[one])
    else:
        del lines[one]
    return b"\n".join(lines)


def _spelling(draw: random.Random, data: bytes, _: Sequence[bytes]) -> bytes:
    """The same to a lenient reader: another case, a space, an escape, a leading zero."""
    old, new = draw.choice(SPELLINGS)
    places = [at for at in range(len(data)) if data.startswith(old, at)]
    if not places:
        return data
    at = draw.choice(places)
    return data[:at] + new + data[at + len(old) :]


CHANGES: Final[tuple[Change, ...]] = (
    _bit, _bit, _delete, _double, _cut, _insert, _replace, _splice, _digit, _lines, _spelling,
)  # fmt: skip
