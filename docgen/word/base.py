"""The empty document every build starts from: its parts written out here, no template file, no leftovers.

python-docx's own default template brings an author, a year, a thumbnail and a part that validators
reject; this one brings styles, numbering, settings and nothing else.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from functools import cache
from xml.sax.saxutils import quoteattr

from docgen.word.looks import FONT, MONOSPACE
from docgen.word.styles import styles_xml
from docgen.word.theme import theme_xml

__all__ = ["APP_PROPERTIES", "base_document", "numbering_xml"]

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_WP = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_BULLETS = "•", "–", "▪"

APP_PROPERTIES = (
    f'{_XML}<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties">'
    "<Application>aims-ledger</Application></Properties>"
)


@cache
def base_document(language: str) -> bytes:
    """The bytes of an empty .docx whose text is in `language`."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, text in _parts(language).items():
            archive.writestr(name, text)
    return out.getvalue()


def _parts(language: str) -> Mapping[str, str]:
    return {
        "[Content_Types].xml": _content_types(),
        "_rels/.rels": _relationships(
            ("officeDocument", "word/document.xml", _OFFICE),
            ("metadata/core-properties", "docProps/core.xml", f"{_PACKAGE}/relationships"),
            ("extended-properties", "docProps/app.xml", _OFFICE),
        ),
        "docProps/app.xml": APP_PROPERTIES,
        "docProps/core.xml": f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>',
        "word/document.xml": f"{_XML}<w:document {_W} {_R} {_WP}><w:body/></w:document>",
        "word/_rels/document.xml.rels": _relationships(
            ("styles", "styles.xml", _OFFICE),
            ("numbering", "numbering.xml", _OFFICE),
            ("settings", "settings.xml", _OFFICE),
            ("fontTable", "fontTable.xml", _OFFICE),
            ("theme", "theme/theme1.xml", _OFFICE),
        ),
        "word/theme/theme1.xml": theme_xml(),
        "word/styles.xml": styles_xml(language),
        "word/numbering.xml": numbering_xml(),
        "word/settings.xml": _settings(language),
        "word/fontTable.xml": f"{_XML}<w:fonts {_W}>{_font(FONT, 'Carlito', 'swiss', 'variable')}"
        f"{_font(MONOSPACE, 'Liberation Mono', 'modern', 'fixed')}</w:fonts>",
    }


def _content_types() -> str:
    overrides = {
        "/word/document.xml": f"{_WORD}.document.main+xml",
        "/word/styles.xml": f"{_WORD}.styles+xml",
        "/word/numbering.xml": f"{_WORD}.numbering+xml",
        "/word/settings.xml": f"{_WORD}.settings+xml",
        "/word/fontTable.xml": f"{_WORD}.fontTable+xml",
        "/word/theme/theme1.xml": "application/vnd.openxmlformats-officedocument.theme+xml",
        "/docProps/core.xml": "application/vnd.openxmlformats-package.core-properties+xml",
        "/docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
    }
    parts = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{parts}</Types>'
    )


def _relationships(*targets: tuple[str, str, str]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{family}/{kind}" Target="{target}"/>'
        for number, (kind, target, family) in enumerate(targets, 1)
    )
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def numbering_xml() -> str:
    """List definition 1 has bullets, 2 has numbers; other numbered lists start anew from 2 (`docgen.word.lists`)."""
    bullets = "".join(_level(n, "bullet", _BULLETS[n % 3], f"ListBullet{n + 1 if n else ''}") for n in range(3))
    forms = ("decimal", "lowerLetter", "lowerRoman")
    numbers = "".join(_level(n, forms[n], f"%{n + 1}.", f"ListNumber{n + 1 if n else ''}") for n in range(3))
    return (
        f"{_XML}<w:numbering {_W}>"
        f'<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="hybridMultilevel"/>{bullets}</w:abstractNum>'
        f'<w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/>{numbers}</w:abstractNum>'
        '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
        '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num></w:numbering>'
    )


def _level(level: int, form: str, text: str, style: str) -> str:
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:pStyle w:val="{style}"/>'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/><w:pPr><w:tabs><w:tab w:val="num" '
        f'w:pos="{425 * (level + 1)}"/></w:tabs><w:ind w:left="{425 * (level + 1)}" w:hanging="340"/></w:pPr></w:lvl>'
    )


def _settings(language: str) -> str:
    return (
        f'{_XML}<w:settings {_W}><w:zoom w:percent="100"/><w:defaultTabStop w:val="709"/>'
        '<w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting '
        'w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>'
        f"<w:themeFontLang w:val={quoteattr(language)}/></w:settings>"
    )


def _font(name: str, alternative: str, family: str, pitch: str) -> str:
    return (
        f'<w:font w:name="{name}"><w:altName w:val="{alternative}"/><w:family w:val="{family}"/>'
        f'<w:pitch w:val="{pitch}"/></w:font>'
    )
