"""What the tests of document generation share: hostile words, entries, a document that has everything."""

import hashlib
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from docgen.functions import Citations, Printer
from docgen.info import BasisLine, DocumentInfo
from docgen.markdown import parse_markdown
from docgen.pictures import Picture
from docgen.status import STATUS_WORDS
from docgen.tree import Body

HOSTILE = "R&D <5% {{ 7*7 }} | pipe | # h *x* _y_ [a](b) <b>"
# Beside the words of the brief: newlines, controls, an override, a closing directive, a backslash at the end.
VERY_HOSTILE = f"{HOSTILE}\n::: \r\n- item\n\n    code `x` ~~~ \x07\x1b[31m\u202ecilbup\u202c \ufeff&amp; \\"


@dataclass(frozen=True, slots=True)
class Cited:
    """An entry as far as citations need one."""

    index: int

    @property
    def leaf_hash(self) -> bytes:
        return hashlib.sha256(str(self.index).encode()).digest()


def png(width: int = 60, height: int = 40) -> bytes:
    """A grey PNG file."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    # Stored, not compressed: every zlib gives the same bytes.
    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)), 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


PICTURES = {"chart": Picture(png(), width_mm=80)}


def info(**changes: object) -> DocumentInfo:
    """A control block."""
    values: dict[str, object] = {
        "title": "Technical documentation",
        "subtitle": "Annex IV",
        "number": "TD-credit-scoring-1.1",
        "version": "1",
        "organisation": "Muster Bank",
        "subject": "credit-scoring",
        "subject_name": "Credit scoring",
        "subject_version": "1.1",
        "basis": (BasisLine("Regulation (EU) 2024/1689", "consolidated", "2026-11-23"),),
        "origin": "example.org/aims/0123456789abcdef",
        "checkpoint_size": 412,
        "checkpoint_root": bytes(range(32)),
        "checkpoint_time": "2026-11-23T10:00:00.123456Z",
        "pack": "eu_tech_docs",
        "pack_version": "0.1.0",
        "tool_version": "0.1.0",
        "marking": "EXAMPLE",
        "rows": (("Owner", "Head of risk"),),
        "notice": "No conformity assessment.",
    }
    return DocumentInfo(**(values | changes))  # type: ignore[arg-type]


def markdown(value: str = "plain words") -> str:
    """A document with every block and inline of the dialect, `value` printed in each place."""
    printer, citations = Printer("en", {}), Citations()
    text = printer.print(value)
    points = "\n".join(
        f"| {printer.link(f'Point {n}', f'P.{n}')} | {printer.status(word)} | {citations.cite(Cited(n))} |"
        for n, word in enumerate(STATUS_WORDS)
    )
    chapters = "\n".join(
        f"## Point {n} {{id=P.{n}}}\n\n::: requirement\nAsked for {text}\n:::\n\n"
        f'::: status word="{word}"\n{citations.cite(Cited(n))}\n:::\n'
        for n, word in enumerate(STATUS_WORDS)
    )
    body = f"""
::: summary title="Status"
**10 points: 3 answered, 7 open**
:::

| Point | Status | Evidence |
|---|---|---|
{points}

::: toc depth=2
:::

# Points {text}

{chapters}

# Text

{text} **{text}** *{text}* ***both*** {printer.code(value)} [outside](https://example.org/?a=1&b=2)

::: slot id=derived-1 kind=derived
| | |
|---|---|
| Fact | {text} {citations.cite([Cited(3), Cited(40)])} |
:::

::: slot id=human.1 kind=human lang=de
Von Menschen: {text}

1. eins
2. zwei
   - nested {text}
   - more

     going on
:::

::: slot id=empty kind=human
:::

::: missing
Nobody has written this. {text}
:::

:::: caveat title="{text}"
Mind {text}

- a
- b
::::

::: note
Note.
:::

> Quote {text}

```
code {text}
	tab
```

---

![Alternative {text}](image:chart "Caption {text}")

::: lang is=de
Deutscher Absatz.
:::

:::: landscape
# Wide

::: table widths="1,2,1,1" caption="Risks {text}" dense
| Left {text} | Centre | Right | Slot |
|---|:-:|--:|---|
| {text} | {text} | 1 | {printer.slot("cell.1", value)} |
| x | y | 2 | {printer.slot("cell.2", "")} |
| x | y | 3 | before {printer.slot("cell.3", value)} |
:::
::::

# Register {{id=register}}

| Entry | Leaf hash |
|---|---|
"""
    rows = (f"| {citations.register(entry)} | {printer.code(entry.leaf_hash.hex())} |" for entry in citations.cited())
    return body + "\n".join(rows) + "\n"


def body(value: str = "plain words") -> Body:
    """The document of `markdown`, parsed."""
    return parse_markdown(markdown(value), source="sample")


PACK_TOML = """
[pack]
format = 1
id = "{id}"
version = "0.0.1"
title = "Sample"
description = "A pack for tests."
languages = ["en"]

[data]
free = "free.yaml"

[[basis]]
id = "law"
title = "A law"
version = "2"
as_of = 2026-11-23

[[document]]
id = "report"
template = "report.md.j2"
title = "Report"
subtitle = "On a system"
about = "system"
number = "R-{{subject}}"
basis = ["law"]
points = "points.yaml"
"""

POINTS = """
group:
- {id: g1, title: First group}
point:
- {id: P.1, cite: point 1, group: g1, title: One, requirement: Say one., needs: [{kind: evaluation}]}
- {id: P.2, cite: point 2, group: g1, title: Two, requirement: Say two.}
"""


def write_pack(folder: Path, template: str = "# Title\n", **files: str) -> Path:
    """A small pack in a folder named `sample`; `files` replace or add files, dots written as two underscores."""
    pack = folder / "sample"
    (pack / "texts").mkdir(parents=True)
    texts = {
        "pack.toml": PACK_TOML.format(id="sample"),
        "points.yaml": POINTS,
        "free.yaml": "a: [1, {b: 2}]\n",
        "texts/en.toml": '[hello]\nname = "Hello **{name}**"\n[status]\n"not provided" = "missing!"\n',
        "report.md.j2": template,
    }
    for name, text in files.items():
        texts[name.replace("__", ".")] = text
    for name, text in texts.items():
        (pack / name).write_text(text, encoding="utf-8")
    return pack
