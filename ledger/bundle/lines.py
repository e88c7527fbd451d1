"""The files of a bundle that hold lines: leaves, older checkpoints, disclosures (docs/FORMAT.md section 20).

Each line ends in a newline; but for leaves, which are canonical already, each is canonical JSON of exactly ::

    {"note":"<base64>","proof":["<base64>",...],"timestamps":["timestamps/0.tsr",...]}     history.jsonl
    {"disclosure":"<text>","entry":7}                                                      disclosures.jsonl
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ledger.bundle.manifest import TIMESTAMPS
from ledger.encoding import format_base64, parse_base64
from ledger.errors import FormatError
from ledger.strictjson import canonical, parse_strict

_MAX_LINE: Final = 1 << 30  # as long as a member; what the parts may hold is judged where they are read


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """An older checkpoint: its note, the consistency proof to the bundle's, and the names of its time stamps."""

    note: bytes
    proof: tuple[bytes, ...]
    timestamps: tuple[str, ...]


def split_lines(data: bytes) -> tuple[bytes, ...]:
    """The lines of `data`, without their newlines.

    Raises:
        FormatError: the last one has none.
    """
    if not data:
        return ()
    *lines, rest = data.split(b"\n")
    if rest:
        raise FormatError("lines", "a last line without its end", "a newline after every line")
    return tuple(lines)


def join_lines(lines: Iterable[bytes]) -> bytes:
    """The lines, a newline after each."""
    return b"".join(line + b"\n" for line in lines)


def format_history_line(line: HistoryLine) -> bytes:
    """The line, without its newline."""
    return canonical(
        {
            "note": format_base64(line.note),
            "proof": [format_base64(h) for h in line.proof],
            "timestamps": list(line.timestamps),
        }
    )


def parse_history_line(data: bytes) -> HistoryLine:
    """One line of the history; the note in it is not looked into.

    Raises:
        FormatError: for anything `format_history_line` would not have written.
    """
    what = "history"
    members = parse_strict(data, what, max_bytes=_MAX_LINE)
    if not isinstance(members, dict) or members.keys() != {"note", "proof", "timestamps"}:
        raise FormatError(what, "another object", "note, proof and timestamps")
    note, proof, stamps = members["note"], members["proof"], members["timestamps"]
    texts = isinstance(proof, list) and isinstance(stamps, list) and all(isinstance(x, str) for x in (*proof, *stamps))
    if not isinstance(note, str) or not texts:
        raise FormatError(what, "another type", "a string and two lists of strings")
    if not all(name.startswith(TIMESTAMPS) for name in stamps):
        raise FormatError(f"{what}: timestamps", "another file", f"names that begin with {TIMESTAMPS}")
    line = HistoryLine(parse_base64(note, what), tuple(parse_base64(h, what) for h in proof), tuple(stamps))
    if format_history_line(line) != data:
        raise FormatError(what, "another order or spacing", "canonical JSON")
    return line


def format_disclosures(disclosures: Iterable[tuple[int, str]]) -> bytes:
    """The file of (entry, disclosure) pairs."""
    return join_lines(canonical({"disclosure": text, "entry": entry}) for entry, text in sorted(disclosures))


def parse_disclosures(data: bytes, carried: Sequence[int]) -> dict[int, list[str]]:
    """The disclosures in the file by entry, which must be one of `carried`; what they say is not looked into.

    Raises:
        FormatError: for anything `format_disclosures` would not have written.
    """
    known, before = set(carried), (-1, "")
    found: dict[int, list[str]] = {}
    for line in split_lines(data):
        members = parse_strict(line, "disclosures", max_bytes=_MAX_LINE)
        if not isinstance(members, dict) or members.keys() != {"disclosure", "entry"}:
            raise FormatError("disclosures", "another object", "disclosure and entry")
        entry, text = members["entry"], members["disclosure"]
        if type(entry) is not int or not isinstance(text, str) or not text.isascii():
            raise FormatError("disclosures", "another type", "an integer and ASCII text")
        if canonical(members) != line or (entry, text) <= before or entry not in known:
            raise FormatError("disclosures", f"a line about entry {entry}", "ascending lines about carried entries")
        before = entry, text
        found.setdefault(entry, []).append(text)
    return found
