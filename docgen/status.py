"""The status words: one list for program, documents and gates."""

from __future__ import annotations

__all__ = ["OPEN_WORDS", "STATUS_WORDS"]

STATUS_WORDS: tuple[str, ...] = (
    "provided",
    "stale",
    "not provided",
    "no test defined",
    "never run",
    "failed",
    "not applicable",
    "not due yet",
    "conflict",
    "translation missing",
)

# A point with one of these needs somebody to do something; the others are answered for now.
OPEN_WORDS: frozenset[str] = frozenset(STATUS_WORDS) - {"provided", "not applicable", "not due yet"}
