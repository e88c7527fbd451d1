"""Signed envelopes as JSON Lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ledger.errors import BadInput


def read_envelopes(source: str) -> Iterator[bytes]:
    """The lines of the file `source`, or of stdin for ``-``, without line ends; empty lines are left out.

    Raises:
        BadInput: while iterating, if it can't be read or a line is longer than any envelope; at the end, if there
            was none: a pipeline whose signer failed must not pass for one that had nothing to append.
    """
    from ledger.admission import MAX_LINE_BYTES

    name, found = "standard input" if source == "-" else source, False
    try:
        with sys.stdin.buffer if source == "-" else Path(source).open("rb") as handle:
            number = 0
            while line := handle.readline(MAX_LINE_BYTES + 2):
                number += 1
                if len(line.rstrip(b"\r\n")) > MAX_LINE_BYTES:
                    raise BadInput(f"{name}: line {number}: longer than {MAX_LINE_BYTES} bytes, no envelope is")
                if line.strip():
                    found = True
                    yield line.rstrip(b"\r\n")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadInput(f"{name}: can't be read ({reason})", remedy="give a file, or '-' for standard input") from error
    if not found:
        raise BadInput(f"no envelope {'on' if source == '-' else 'in'} {name}, expected one JSON object a line")
