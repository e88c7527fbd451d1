"""The style sheet: the same colours as the Word file, paper when it is printed, nothing fetched."""

from __future__ import annotations

import base64
import hashlib

from docgen.status import STATUS_WORDS
from docgen.word.looks import PALETTE, status_colors

__all__ = ["STYLE", "policy", "status_class"]

_BASE = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0 auto;padding:2rem 1.25rem;max-width:62rem;font:16px/1.5 Calibri,Carlito,"Segoe UI",Arial,sans-serif;
color:#1a1a1a;background:#fff}
h1{font-size:2.2rem;line-height:1.15;margin:.3rem 0;color:#1f2a37}
h2{font-size:1.55rem;margin:2.4rem 0 .8rem;border-bottom:2px solid #1f4e79;padding-bottom:.2rem;color:#1f2a37}
h3{font-size:1.2rem;margin:1.8rem 0 .5rem;color:#1f4e79}
h4,h5{font-size:1.02rem;margin:1.3rem 0 .4rem;color:#1f2a37}
a{color:#0b57a4}
a:focus-visible{outline:3px solid #8a4b00;outline-offset:2px}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:1rem;background:#fff;padding:.5rem}
.organisation{border-top:8px solid #1f4e79;padding-top:.8rem;font-weight:700;color:#1f4e79}
.subtitle{font-size:1.15rem;color:#56606b;margin:0 0 .6rem}
.subject{font-size:1.15rem;font-weight:700}
.marking{display:inline-block;border:2px solid #a61b1b;color:#a61b1b;font-weight:700;padding:.2rem .8rem}
.notice,.foot{color:#56606b;font-size:.9rem}
.foot{border-top:1px solid #c5ced8;margin-top:3rem;padding-top:.5rem}
nav ol{list-style:none;padding-left:1rem}
nav>ol{padding-left:0}
.scroll{overflow-x:auto;margin:.6rem 0 1.2rem}
table{border-collapse:collapse;width:100%;font-size:.92rem}
.dense table{font-size:.82rem}
caption{text-align:left;font-weight:700;color:#56606b;padding:.3rem 0}
th,td{border:1px solid LINE;padding:.3rem .5rem;text-align:left;vertical-align:top;overflow-wrap:break-word}
thead th{background:HEADER}
tbody th{background:FIRST}
.right{text-align:right}
.center{text-align:center}
code,pre{font-family:Consolas,"Liberation Mono",monospace;font-size:.88em;overflow-wrap:anywhere}
pre{background:#f3f6f9;border:1px solid #c5ced8;padding:.5rem;white-space:pre-wrap}
blockquote{border-left:4px solid #c5ced8;margin:.6rem 1rem;padding-left:.8rem;color:#56606b;font-style:italic}
.requirement{color:#56606b;font-style:italic}
.cite{font-size:.82em;text-decoration:none;color:#1f4e79;white-space:nowrap}
.box{border:1px solid;border-left-width:6px;padding:.6rem .9rem;margin:.9rem 0}
.box>:first-child{margin-top:0}
.box>:last-child{margin-bottom:0}
.label{font-weight:700;margin-right:.8em}
.missing{background:#fcebea;border-color:#a61b1b}
.missing .label,.empty{color:#a61b1b;font-weight:700}
.caveat{background:#fff4e0;border-color:#8a4b00}
.caveat .label{color:#8a4b00}
.note{background:#eef4fa;border-color:#1f4e79}
.note .label,.summary .label{color:#1f4e79}
.summary{background:#f3f6f9;border-color:#1f4e79;font-size:1.1rem}
.status{font-weight:700;padding:0 .25em;white-space:nowrap}
figure{margin:1rem 0}
figure img{max-width:100%;height:auto}
figcaption{font-weight:700;color:#56606b;font-size:.92rem}
.watermark{position:fixed;inset:0;display:flex;align-items:center;justify-content:center;z-index:-1;
font:700 9rem Calibri,Carlito,Arial,sans-serif;color:#f0f0f0;transform:rotate(-35deg);pointer-events:none}
@page{size:A4;margin:22mm 20mm}
@page wide{size:A4 landscape}
@media print{
body{max-width:none;padding:0;font-size:10.5pt}
.wide{page:wide}
h2,h3,h4,h5,caption,.requirement,.statusline{break-after:avoid}
tr,figure,.box{break-inside:avoid}
thead{display:table-header-group}
.break{break-before:page}
nav{break-after:page}
.skip{display:none}
.scroll{overflow:visible}
}
"""


def status_class(word: str) -> str:
    """The class of a status word."""
    return f"status-{word.replace(' ', '-')}"


def _style() -> str:
    base = _BASE.replace("LINE", f"#{PALETTE['line']}").replace("HEADER", f"#{PALETTE['header']}")
    base = base.replace("FIRST", f"#{PALETTE['first column']}")
    words = (
        f".{status_class(word)}{{color:#{ink};background:#{ground}}}\n"
        for word in STATUS_WORDS
        for ink, ground in (status_colors(word),)
    )
    return base + "".join(words)


STYLE = _style()


def policy() -> str:
    """The content security policy of the file: this style sheet, pictures inside the file, nothing else."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
