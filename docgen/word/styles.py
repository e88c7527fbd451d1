"""Styles made of the looks, one by one or as the styles part of our own; and the ids that go with the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from docgen.word.looks import A4, CHARACTERS, FONT, PALETTE, PARAGRAPHS, Look, Page

__all__ = ["BUILT_IN", "LOOKS", "STYLE_NAMES", "StyleContext", "style_id", "style_xml", "styles_xml", "table_styles"]

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TABLES: tuple[str, ...] = ("Aims Table", "Aims Facts")

LOOKS: tuple[Look, ...] = (*PARAGRAPHS, *CHARACTERS)
STYLE_NAMES: tuple[str, ...] = (*(style.name for style in LOOKS), *_TABLES)


@dataclass(frozen=True, slots=True)
class StyleContext:
    """Where a style goes: the ids of the others, the page, and the numberings of bullets (1) and numbers (2).

    `cleared` are tab stops that the template's own header and footer styles set.
    """

    ids: Mapping[str, str]
    page: Page = A4
    numberings: tuple[int, int] = (1, 2)
    cleared: tuple[int, ...] = ()


def style_id(name: str) -> str:
    """The id that goes with a style's name in our own template: the name without spaces."""
    return "".join(word[:1].upper() + word[1:] for word in name.split())


def styles_xml(language: str) -> str:
    """The styles part; `language` is the tag that proofing tools get for all text."""
    return "".join(_parts(language))


def _parts(language: str) -> Iterator[str]:
    context = StyleContext({name: style_id(name) for name in (*STYLE_NAMES, "Default Paragraph Font", "Table Normal")})
    yield '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    yield f"<w:styles {_W}>"
    yield (
        f'<w:docDefaults><w:rPrDefault><w:rPr>{_fonts(FONT)}<w:sz w:val="21"/><w:szCs w:val="21"/>'
        f"<w:lang w:val={quoteattr(language)}/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    )
    yield '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
    yield '<w:name w:val="Default Paragraph Font"/><w:uiPriority w:val="1"/><w:semiHidden/></w:style>'
    for look in LOOKS:
        yield style_xml(look, context)
    yield _TABLE_NORMAL
    yield from table_styles(context).values()
    yield "</w:styles>"


def style_xml(look: Look, context: StyleContext, namespaces: str = "") -> str:
    """The element of one paragraph or character style; `namespaces` declares ``w`` when it stands alone."""
    default = ' w:default="1"' if look.name == "Normal" else ""
    custom = "" if look.name in BUILT_IN else ' w:customStyle="1"'
    based_on = look.based_on or ("Default Paragraph Font" if look.kind == "character" else "")
    parts = [
        f'<w:style {namespaces} w:type="{look.kind}"{default}{custom} w:styleId="{context.ids[look.name]}">',
        f'<w:name w:val="{look.name}"/>',
        f'<w:basedOn w:val="{context.ids[based_on]}"/>' if based_on else "",
        f'<w:next w:val="{context.ids[look.next]}"/>' if look.next else "",
        "<w:qFormat/>",
        _paragraph_properties(look, context) if look.kind == "paragraph" else "",
        _run_properties(look),
        "</w:style>",
    ]
    return "".join(parts).replace("<w:style  ", "<w:style ")


def table_styles(context: StyleContext, namespaces: str = "") -> dict[str, str]:
    """The elements of our table styles by name."""
    return {
        name: f'<w:style {namespaces} w:type="table" w:customStyle="1" w:styleId="{context.ids[name]}">'
        f'<w:name w:val="{name}"/><w:basedOn w:val="{context.ids["Table Normal"]}"/><w:qFormat/>{_TABLE_HEAD}{rest}'
        "</w:style>".replace("<w:style  ", "<w:style ")
        for name, rest in _TABLE_LOOKS.items()
    }


def _paragraph_properties(style: Look, context: StyleContext) -> str:
    spacing = [f'w:before="{style.before}"'] if style.before >= 0 else []
    spacing += [f'w:after="{style.after}"'] if style.after >= 0 else []
    spacing += [f'w:line="{style.line}" w:lineRule="auto"'] if style.line else []
    indent = [f'w:left="{style.left}"'] if style.left >= 0 else []
    indent += [f'w:right="{style.right}"'] if style.right >= 0 else []
    numbering = style.numbering
    level = ""
    if numbering:
        level = f'<w:ilvl w:val="{numbering[1]}"/><w:numId w:val="{context.numberings[numbering[0] - 1]}"/>'
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="{size}" w:space="{space}" w:color="{color}"/>'
        for side, size, color, space in style.borders
    )
    leader = ' w:leader="dot"' if style.edge.endswith("dotted") else ""
    tabs = "".join(
        f'<w:tab w:val="{kind}"{leader if kind == "right" else ""} w:pos="{place}"/>'
        for place, kind in sorted(_tabs(style, context).items())
    )
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


def _tabs(look: Look, context: StyleContext) -> dict[int, str]:
    """Tab stops by place: one at the right end of the text, and others that the style inherits cleared."""
    if not look.edge:
        return {}
    if look.edge == "upright dotted":
        return {context.page.width(): "right"}
    end = context.page.width(turned=look.edge == "turned")
    others = (*context.cleared, *([context.page.width()] if look.edge == "turned" else []))
    return dict.fromkeys(others, "clear") | {end: "right"}


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
BUILT_IN = frozenset(
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
_TABLE_NORMAL = (
    '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>'
    '<w:uiPriority w:val="99"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>'
    '<w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/>'
    '<w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
)
_TABLE_LOOKS = {
    "Aims Table": f'<w:tblStylePr w:type="firstRow">{_HEADER_SHADE}</w:tblStylePr>'
    f'<w:tblStylePr w:type="band2Horz">{_BAND_SHADE}</w:tblStylePr>',
    "Aims Facts": f'<w:tblStylePr w:type="firstCol">{_COLUMN_SHADE}</w:tblStylePr>',
}
