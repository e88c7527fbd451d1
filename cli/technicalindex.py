"""The index of a technical file: as JSON, and as a page that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from html import escape
from typing import Any, Final

_PAGE: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Technical file of {system}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1a1a1a }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; vertical-align: top; padding: .4rem .6rem; border-bottom: 1px solid #ccc }}
code {{ overflow-wrap: anywhere; font-size: .85em }}
.missing {{ border-left: .4rem solid #b00020; background: #fdecea; padding: .5rem 1rem }}
</style>
</head>
<body>
<h1>Technical file of {system}</h1>
<p>From the ledger <code>{ledger}</code> at its checkpoint of {size} entries, root <code>{root}</code>.</p>
{missing}
<h2>Files</h2>
<table>
<thead><tr><th scope="col">File</th><th scope="col">What it is</th><th scope="col">State</th>\
<th scope="col">SHA-256</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p>This page proves nothing. Sealed Word files and the bundle are checked with
<code>aims verify FILE --trust POLICY</code>, test reports by the receipt beside them: the entry in it names their
digests. No file here is a conformity assessment.</p>
</body>
</html>
"""
_MISSING: Final = '<section class="missing">\n<h2>Missing: {count}</h2>\n<ul>\n{items}\n</ul>\n</section>'


def format_index(index: Mapping[str, Any]) -> bytes:
    """The index as JSON."""
    return json.dumps(index, ensure_ascii=False, indent=2).encode() + b"\n"


def format_page(index: Mapping[str, Any]) -> bytes:
    """The index as a page."""
    items = "\n".join(f"<li>{escape(text)}</li>" for text in index["missing"])
    page = _PAGE.format(
        system=escape(index["system"]),
        ledger=escape(index["ledger"]),
        size=index["checkpoint_size"],
        root=escape(index["checkpoint_root"]),
        missing=_MISSING.format(count=len(index["missing"]), items=items) if items else "",
        rows="\n".join(map(_row, index["files"])),
    )
    return page.encode()


def _row(file: Mapping[str, Any]) -> str:
    parts = [str(file.get("state", "")).upper()]
    parts += [f"version {file['version']}"] if "version" in file else []
    parts += [f"entry {file['entry']}"] if "entry" in file else []
    parts += [f"signed by {', '.join(file['signed_by'])}"] if file.get("signed_by") else []
    name = escape(file["file"])
    cells = [
        f'<a href="{name}">{name}</a>',
        escape(file["title"]),
        escape(", ".join(part for part in parts if part)),
        f"<code>{escape(file['sha256'])}</code>",
    ]
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
