"""UUID version 7 (RFC 9562 section 5.7): milliseconds first, so that ids made later sort later."""

from __future__ import annotations

import secrets


def new_uuid7(micros: int) -> str:
    """A new id for the time `micros` (microseconds since 1970), lower case with hyphens; 74 random bits."""
    # unix_ts_ms (48 bits) | version 7 (4) | rand_a (12) | variant 0b10 (2) | rand_b (62)
    value = (
        (micros // 1000 & (1 << 48) - 1) << 80 | 7 << 76 | secrets.randbits(12) << 64 | 2 << 62 | secrets.randbits(62)
    )
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
