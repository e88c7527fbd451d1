"""Our own looks as a Word file that a company can change into its template: every style, shown once."""

from __future__ import annotations

import io

from docgen.word.archive import rewrite_archive
from docgen.word.ground import own_ground
from docgen.word.looks import CHARACTERS, PARAGRAPHS
from docgen.word.oxml import Element, el, paragraph, run
from docgen.word.styles import style_id

__all__ = ["starter_template"]

_EXPLAINED = "This text is for you and gets into no document. Change the styles, add header, footer and logo."


def starter_template(language: str = "en-GB") -> bytes:
    """The bytes of a .docx file with every style that documents use, each on a line that names it."""
    ground = own_ground(language)
    body = ground.document.element.body
    body.append(paragraph(style_id("Title"), run("Template")))
    body.append(paragraph(style_id("Body Text"), run(_EXPLAINED)))
    for look in PARAGRAPHS:
        body.append(paragraph(style_id(look.name), run(look.name)))
    for look in CHARACTERS:
        body.append(paragraph(style_id("Body Text"), run(look.name, style_id(look.name))))
    for name in ("Aims Table", "Aims Facts"):
        body.append(paragraph(style_id("Body Text"), run(name)))
        body.append(_table(name, ground.page.width()))
    body.append(paragraph(style_id("Body Text")))
    body.append(_section(ground.page.short, ground.page.long, ground.page.left, ground.page.top))
    properties = ground.document.core_properties
    properties.title, properties.author = "Template", "aims-ledger"
    out = io.BytesIO()
    ground.document.save(out)
    return rewrite_archive(out.getvalue())


def _table(style: str, width: int) -> Element:
    facts = style == "Aims Facts"
    first = {"w:val": "0080", "w:firstRow": "0", "w:firstColumn": "1"}
    look = first if facts else {"w:val": "0420", "w:firstRow": "1", "w:firstColumn": "0"}
    properties = el(
        "w:tblPr",
        None,
        el("w:tblStyle", {"w:val": style_id(style)}),
        el("w:tblW", {"w:w": str(width), "w:type": "dxa"}),
        el("w:tblLook", {**look, "w:lastRow": "0", "w:lastColumn": "0", "w:noHBand": "0", "w:noVBand": "1"}),
    )
    grid = el("w:tblGrid", None, *(el("w:gridCol", {"w:w": str(width // 2)}) for _ in range(2)))
    rows = [el("w:tr", None, *(_cell(width // 2, text) for text in ("Left", "Right"))) for _ in range(3)]
    return el("w:tbl", None, properties, grid, *rows)


def _cell(width: int, text: str) -> Element:
    size = el("w:tcPr", None, el("w:tcW", {"w:w": str(width), "w:type": "dxa"}))
    return el("w:tc", None, size, paragraph(style_id("Table Text"), run(text)))


def _section(short: int, long: int, side: int, top: int) -> Element:
    margins = dict.fromkeys(("w:left", "w:right"), str(side)) | dict.fromkeys(("w:top", "w:bottom"), str(top))
    size = el("w:pgSz", {"w:w": str(short), "w:h": str(long)})
    return el("w:sectPr", None, size, el("w:pgMar", {**margins, "w:header": "624", "w:footer": "624", "w:gutter": "0"}))
