"""Measured numbers as people read them."""

from __future__ import annotations

import math

__all__ = ["figure"]

_DIGITS = 4


def figure(value: float) -> str:
    """A number with four significant digits and no exponent, as people read measurements; whole numbers as they are."""
    if isinstance(value, int) or value == int(value):
        return str(int(value))
    digits = max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
