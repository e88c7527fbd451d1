"""The watermark: large pale letters behind the text of every page, until the document is published.

Word's own way, a WordArt shape anchored in the header; LibreOffice shows it too.  It says the state
once more, which stands in words on the cover and in every header, so it needs no reader's attention.
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from docx.oxml.parser import parse_xml

from docgen.controlblock import watermark_text
from docgen.escape import visible
from docgen.word.draft import Draft
from docgen.word.oxml import Element

__all__ = ["watermark"]

_WIDTH, _HIGHEST = 430, 165  # points
_NAMESPACES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
)
# The shape type 136 of every Word: text along a straight path, as wide and high as the shape.
_TYPE = (
    '<v:shapetype id="_x0000_t136" coordsize="21600,21600" o:spt="136" adj="10800" '
    'path="m@7,l@8,m@5,21600l@6,21600e"><v:formulas><v:f eqn="sum #0 0 10800"/><v:f eqn="prod #0 2 1"/>'
    '<v:f eqn="sum 21600 0 @1"/><v:f eqn="sum 0 0 @2"/><v:f eqn="sum 21600 0 @3"/><v:f eqn="if @0 @3 0"/>'
    '<v:f eqn="if @0 21600 @1"/><v:f eqn="if @0 0 @2"/><v:f eqn="if @0 @4 21600"/><v:f eqn="mid @5 @6"/>'
    '<v:f eqn="mid @8 @5"/><v:f eqn="mid @7 @8"/><v:f eqn="mid @6 @7"/><v:f eqn="sum @6 0 @5"/></v:formulas>'
    '<v:path textpathok="t" o:connecttype="custom" o:connectlocs="@9,0;@10,10800;@11,21600;@12,10800" '
    'o:connectangles="270,180,90,0"/><v:textpath on="t" fitshape="t"/></v:shapetype>'
)


def watermark(draft: Draft) -> list[Element]:
    """The run for the first paragraph of a header, or none."""
    text = visible(watermark_text(draft.info, draft.labels))
    if not text:
        return []
    number = draft.count("watermark")
    # Letters are taken to be 0.6 as wide as they are high, so that long words get lower instead of squeezed.
    height = min(_HIGHEST, round(_WIDTH / (0.6 * len(text))))
    style = (
        f"position:absolute;margin-left:0;margin-top:0;width:{_WIDTH}pt;height:{height}pt;rotation:315;"
        "z-index:-251658752;mso-position-horizontal:center;mso-position-horizontal-relative:margin;"
        "mso-position-vertical:center;mso-position-vertical-relative:margin"
    )
    shape = (
        f'<v:shape id="aims_watermark_{number}" o:spid="_x0000_s{2048 + number}" type="#_x0000_t136" '
        f'alt={quoteattr(text)} style="{style}" o:allowincell="f" fillcolor="#e3e3e3" stroked="f">'
        f'<v:fill opacity=".5"/><v:textpath style="font-family:&quot;Calibri&quot;;font-size:1pt" '
        f"string={quoteattr(text)}/></v:shape>"
    )
    return [parse_xml(f"<w:r {_NAMESPACES}><w:pict>{_TYPE}{shape}</w:pict></w:r>")]
