"""The files of a bundle for people: a list of its entries, its scope in plain words, how to check it.

They say what the maker of the bundle says; the verifiers do not rest on them, and the pages say so.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from functools import cache
from html import escape
from typing import Final

from ledger.bundle.facts import Facts
from ledger.bundle.manifest import Run
from ledger.bundle.scope import scope_words
from ledger.bundle.selection import Carried, Selection
from ledger.kinds import KINDS, schema_bytes
from ledger.statement import LEDGER
from ledger.times import format_instant

_STYLE: Final = (
    "body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em;color:#222}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.3em .6em;"
    "border-bottom:1px solid #ccc}th{border-bottom:2px solid #666}code{font-size:90%;overflow-wrap:anywhere}"
    "tr.context td{color:#666}p.note{background:#fff6d9;padding:.7em 1em}"
)
_WIDTH: Final = 96


def format_index(selection: Selection, facts: Facts) -> bytes:
    """`index.html`: every carried entry in one row, in the order of the ledger; self-contained."""
    chosen = set(selection.entries)
    rows = "\n".join(_row(entry, facts, in_scope=index in chosen) for index, entry in sorted(selection.carried.items()))
    origin = escape(facts.checkpoint.origin)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Entries of {origin}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{len(selection.entries)} entries of ledger <code>{origin}</code></h1>
<p>{escape(_sentence(scope_words(selection.scope)))} Under the checkpoint of {facts.checkpoint.size} entries,
root <code>{facts.checkpoint.root.hex()}</code>.</p>
<p class="note">This list is for reading and proves nothing: it was written by whoever made the bundle. Open
<code>verify.html</code> or run <code>verify.py</code> to check the entries themselves; <code>scope.txt</code> says what
a check can show and what it can't. Grey rows are entries carried because others need them.</p>
<table>
<thead><tr><th>Entry</th><th>Happened (as its signer says)</th><th>Recorded</th><th>Kind</th><th>About</th>
<th>Signed by</th><th>What</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
</body>
</html>
""".encode()


def _row(entry: Carried, facts: Facts, *, in_scope: bool) -> str:
    statement = entry.statement
    keys = [facts.authority.keys.get(s.keyid) for s in entry.leaf.envelope.signatures]
    signers = ", ".join(dict.fromkeys(k.principal if k else "unknown key" for k in keys))
    cells = (
        f"#{entry.index} <code>{entry.hash.hex()[:8]}</code>",
        _short(statement.time),
        _short(entry.leaf.links.time),
        escape(statement.kind),
        escape(statement.subject),
        escape(signers),
        escape(_what(entry)),
    )
    mark = "" if in_scope else ' class="context"'
    return f"<tr{mark}>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _what(entry: Carried) -> str:
    """What tells the entry from others of its kind: its identity members, and what was done."""
    data = entry.statement.data
    names = (*_identity_members(entry.statement.kind), "action", "decision", "statement")
    texts = [str(data[name]) for name in dict.fromkeys(names) if isinstance(data.get(name), str | int)]
    return " · ".join(text[:80] for text in texts)[:160]


@cache
def _identity_members(kind: str) -> tuple[str, ...]:
    return tuple(json.loads(schema_bytes(kind)).get("x-identity", ())) if kind in KINDS else ()


def format_scope(selection: Selection, facts: Facts) -> bytes:
    """`scope.txt`: what is in the bundle, what a check shows about completeness, and what nobody can show."""
    sections = {
        "WHAT IS IN THIS BUNDLE": _inside(selection, facts),
        "WHAT A CHECK SHOWS ABOUT COMPLETENESS": _complete(selection),
        "WHAT NO CHECK OF THIS BUNDLE CAN SHOW": _open_ends(facts),
    }
    lines: list[str] = []
    for title, paragraphs in sections.items():
        lines += [title, ""]
        for paragraph in paragraphs:
            # Digests and origins stay whole; a line that begins with a dash or spaces hangs.
            hang = "  " if paragraph.startswith("-") else "      " if paragraph.startswith("  ") else ""
            lines += textwrap.wrap(
                paragraph, _WIDTH, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False
            )
            lines += [] if hang else [""]
        lines += [""] if lines[-1] else []
    return "\n".join(lines).encode()


def _inside(selection: Selection, facts: Facts) -> Iterator[str]:
    checkpoint = facts.checkpoint
    yield (
        f"{_sentence(scope_words(selection.scope))} These are {len(selection.entries)} of the {checkpoint.size} "
        f"entries that the ledger {checkpoint.origin} had when its checkpoint was signed."
    )
    if selection.scope.named:
        places = ", ".join(map(str, selection.scope.named))
        yield f"{len(selection.scope.named)} of them were named one by one and may be anything: entry {places}."
    yield (
        f"{len(selection.context)} more entries are carried because those can't be judged without them: the whole "
        "history of keys and rules, erasures, later corrections, the entries just before and after a complete run, "
        "and those that name the control or incident asked for."
    )
    if not facts.cosigners and not facts.tokens and not facts.older:
        yield "Nobody outside has signed a checkpoint in this bundle: no witness, no time stamping authority."
    else:
        yield (
            f"The checkpoint has signatures of {facts.cosigners} witness(es). {facts.older} older checkpoint(s) that "
            f"outsiders signed and {facts.tokens} time stamp(s) are in the bundle."
        )
    if facts.values_withheld:
        yield f"{facts.values_withheld} personal value(s) are not here, withheld or erased; their digests are."
    for words, files in (("not in this bundle; their digests are", facts.withheld), ("included", facts.included)):
        if files:
            yield f"{len(files)} attached file(s) are {words}:"
            listed = sorted(files, key=lambda a: (a.entry, a.name))
            yield from (f"  entry {a.entry}: {_printable(a.name)}, SHA-256 {a.digest}" for a in listed)


def _complete(selection: Selection) -> Iterator[str]:
    yield "Every entry bears a number that counts the entries about its subject, so that a gap shows."
    for subject, run in selection.scope.complete.items():
        yield _run_words(selection, subject, run)
    if not selection.scope.complete:
        yield "For what was asked here no such run can be shown: these entries are a choice; others may belong to it."
    yield "A check holds each entry against what was asked for: one that is something else is found."
    state = [e for e in selection.carried.values() if e.statement.subject == LEDGER]
    yield (
        f"The history of keys and rules is carried from the beginning: {len(state)} entries without a gap, the last "
        f"one entry {max(e.index for e in state)}."
    )


def _run_words(selection: Selection, subject: str, run: Run) -> str:
    numbers = {e.leaf.links.nth for e in selection.carried.values() if e.statement.subject == subject}
    words = [f"About {subject}: the entries numbered {run.first_nth} to {run.last_nth} are all here."]
    if run.first_nth:
        words.append("The one before them is carried too, and was recorded before the time asked for.")
    else:
        words.append("Number 0 is the first there is.")
    if run.last_nth + 1 in numbers:
        words.append("The one after them is carried too, and was recorded later.")
    else:
        words.append("That none follows before the checkpoint can't be shown.")
    return " ".join(words)


def _open_ends(facts: Facts) -> Iterator[str]:
    yield "- That what was recorded is true, or that everything that happened was recorded."
    yield "- That nothing about a system was filed under another system's name."
    yield (
        "- That no entry about keys follows the last one carried: a key could have been revoked, or reported stolen, "
        "by a later entry."
    )
    yield f"- Anything recorded after the checkpoint of {facts.checkpoint.size} entries."
    yield "- What withheld values and files say. Once you have one, its digest shows that it was not changed."
    yield "- That the law is complied with. This is not a conformity assessment."


def format_readme(facts: Facts) -> bytes:
    """`README.txt`: how to check the bundle, for somebody who has never seen one."""
    return f"""EVIDENCE FROM THE LEDGER {facts.checkpoint.origin}

This zip holds entries of a ledger and everything needed to check them without the ledger and without a network.
Keep it as it is: a zip that another program packed again is refused. Unpack a copy to read it.

  index.html    a list of the entries, for reading
  scope.txt     what is in here, what a check shows, what it can't show
  verify.html   checks the bundle in a browser: open it, drop the zip on it
  verify.py     checks it with Python 3.9 or newer and nothing else:
                python3 verify.py BUNDLE.zip --trust TRUST.txt

Whom do you trust? Three things must not come from the one who gave you this file:

  1. The trust file, with the key of the ledger's checkpoints and those of its witnesses. Without it a check
     can only say "self-consistent, first sight".
  2. The verifier. The copies in here are a convenience; a dishonest maker could have put others in. Take
     verify.py or verify.html from the project aims-ledger, or install it: aims verify BUNDLE.zip --trust TRUST.txt
  3. The list of what you asked for. scope.txt says what was put in, bundle.json says it for programs.

What comes out: 0 sound; 1 something is not what was signed, or not what the bundle says it is; 2 not a bundle, or
damaged on the way; 4 sound as far as it could be checked, for instance because values are withheld or no trust file
was given.
""".encode()


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _short(micros: int) -> str:
    text = format_instant(micros)
    return f"{text[:10]} {text[11:19]}Z"


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in text)
