"""How a parser refuses: by our error, in one line that a terminal can show."""

from __future__ import annotations


def clear(error: Exception) -> None:
    """See that a refusal is told in one clear line."""
    told = str(error)
    if not (told.isprintable() and 5 < len(told) < 2_000):
        raise AssertionError(f"not one clear line: {told!r}")
