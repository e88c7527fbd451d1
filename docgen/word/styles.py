"""The styles part, made of the looks; and the ids that go with the names."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from docgen.word.looks import CHARACTERS, FONT, PALETTE, PARAGRAPHS, Look

__all__ = ["STYLE_NAMES", "style_id", "styles_xml"]

_TABLES: tuple[str, ...] = ("Aims Table", "Aims Facts")

STYLE_NAMES: tuple[str, ...] = (*(style.name for style in (*PARAGRAPHS, *CHARACTERS)), *_TABLES)


def style_id(name: str) -> str:
    """The id that goes with a style's name in our own template: the name without spaces."""
    return "".join(word[:1].upper() + word[1:] for word in name.split())


def styles_xml(language: str) -> str:
    """The styles part; `language` is the tag that proofing tools get for all text."""
    return "".join(_parts(language))


def _parts(language: str) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    yield '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    yield (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{_fonts(FONT)}<w:sz w:val="21"/><w:szCs w:val="21"/>'
        f"<w:lang w:val={quoteattr(language)}/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    )
    yield '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
    yield '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
    for style in (*PARAGRAPHS, *CHARACTERS):
        yield _style(style)
    yield _TABLE_STYLES


def _style(style: Look) -> str:
    default = ' w:default="1"' if style.name == "Normal" else ""
    custom = "" if style.name in _BUILT_IN else ' w:customStyle="1"'
    based_on = style.based_on or ("DefaultParagraphFont" if style.kind == "character" else "")
    parts = [
        f'<w:style w:type="{style.kind}"{default}{custom} w:styleId="{style_id(style.name)}">',
        f'<w:name w:val="{style.name}"/>',
        f'<w:basedOn w:val="{style_id(based_on)}"/>' if based_on else "",
        f'<w:next w:val="{style_id(style.next)}"/>' if style.next else "",
        "<w:qFormat/>",
        _paragraph_properties(style) if style.kind == "paragraph" else "",
        _run_properties(style),
        "</w:style>",
    ]
    return "".join(parts)


def _paragraph_properties(style: Look) -> str:
    spacing = [f'w:before="{style.before}"'] if style.before >= 0 else []
    spacing += [f'w:after="{style.after}"'] if style.after >= 0 else []
    spacing += [f'w:line="{style.line}" w:lineRule="auto"'] if style.line else []
    indent = [f'w:left="{style.left}"'] if style.left >= 0 else []
    indent += [f'w:right="{style.right}"'] if style.right >= 0 else []
    numbering = style.numbering
    level = f'<w:ilvl w:val="{numbering[1]}"/><w:numId w:val="{numbering[0]}"/>' if numbering else ""
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{color}"/>'
        for side, size, color, space in style.borders
    )
    tabs = "".join(f'<w:tab w:val="{kind}" w:pos="{place}"/>' for kind, place in style.tabs)
    inner = [
        "<w:keepNext/>" if style.keep_next else "",
        "<w:keepLines/>" if style.keep_lines else "",
        f"<w:numPr>{level}</w:numPr>" if level else "",
        f"<w:pBdr>{borders}</w:pBdr>" if borders else "",
        f'<w:shd w:val="clear" w:color="auto" w:fill="{style.ground}"/>' if style.ground else "",
        f"<w:tabs>{tabs}</w:tabs>" if tabs else "",
        f"<w:spacing {' '.join(spacing)}/>" if spacing else "",
        f"<w:ind {' '.join(indent)}/>" if indent else "",
        f'<w:jc w:val="{style.align}"/>' if style.align else "",
        f'<w:outlineLvl w:val="{style.outline}"/>' if style.outline >= 0 else "",
    ]
    return f"<w:pPr>{''.join(inner)}</w:pPr>" if any(inner) else ""


def _run_properties(style: Look) -> str:
    ground = style.ground if style.kind == "character" else ""
    inner = [
        _fonts(style.font) if style.font else "",
        "<w:b/><w:bCs/>" if style.bold else "",
        "<w:i/><w:iCs/>" if style.italic else "",
        "" if style.proof else "<w:noProof/>",
        f'<w:color w:val="{style.color}"/>' if style.color else "",
        f'<w:sz w:val="{style.size}"/><w:szCs w:val="{style.size}"/>' if style.size else "",
        '<w:u w:val="single"/>' if style.underline else "",
        f'<w:shd w:val="clear" w:color="auto" w:fill="{ground}"/>' if ground else "",
    ]
    return f"<w:rPr>{''.join(inner)}</w:rPr>" if any(inner) else ""


def _fonts(font: str) -> str:
    return f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}" w:cs="{font}"/>'


# Names that Word knows itself; all others say that they are ours.
_BUILT_IN = frozenset(
    {"Normal", "Body Text", "Title", "Subtitle", "TOC Heading", "Quote", "caption", "header", "footer", "Strong",
     "Emphasis", "Hyperlink", "Placeholder Text", "List Bullet", "List Bullet 2", "List Bullet 3", "List Number",
     "List Number 2", "List Number 3", "List Continue", "List Continue 2", "List Continue 3"}
    | {f"heading {n}" for n in range(1, 5)} | {f"toc {n}" for n in range(1, 5)}
)  # fmt: skip


def _edges(tag: str, sides: tuple[str, ...]) -> str:
    color = PALETTE["line"]
    lines = "".join(f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="{color}"/>' for side in sides)
    return f"<w:{tag}>{lines}</w:{tag}>"


def _shade(color: str) -> str:
    return f'<w:tcPr><w:shd w:val="clear" w:color="auto" w:fill="{color}"/></w:tcPr>'


_HEADER_SHADE, _BAND_SHADE = _shade(PALETTE["header"]), _shade(PALETTE["band"])
_COLUMN_SHADE = _shade(PALETTE["first column"])
_TABLE_HEAD = (
    '<w:tblPr><w:tblStyleRowBandSize w:val="1"/><w:tblStyleColBandSize w:val="1"/>'
    f"{_edges('tblBorders', ('top', 'left', 'bottom', 'right', 'insideH', 'insideV'))}"
    '<w:tblCellMar><w:top w:w="55" w:type="dxa"/><w:left w:w="100" w:type="dxa"/>'
    '<w:bottom w:w="55" w:type="dxa"/><w:right w:w="100" w:type="dxa"/></w:tblCellMar></w:tblPr>'
)
_TABLE_STYLES = (
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
    '<w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
    '<w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
    '<w:style w:type="table" w:customStyle="1" w:styleId="AimsTable"><w:name w:val="Aims Table"/>'
    f'<w:basedOn w:val="TableNormal"/><w:qFormat/>{_TABLE_HEAD}'
    f'<w:tblStylePr w:type="firstRow">{_HEADER_SHADE}</w:tblStylePr>'
    f'<w:tblStylePr w:type="band2Horz">{_BAND_SHADE}</w:tblStylePr></w:style>'
    '<w:style w:type="table" w:customStyle="1" w:styleId="AimsFacts"><w:name w:val="Aims Facts"/>'
    f'<w:basedOn w:val="TableNormal"/><w:qFormat/>{_TABLE_HEAD}'
    f'<w:tblStylePr w:type="firstCol">{_COLUMN_SHADE}</w:tblStylePr></w:style>'
    "</w:styles>"
)
