"""The theme part: our fonts and colours in the form that Word's own menus offer.

No style refers to it.  A document may lack it by the standard, but some validators ask for it.
"""

from __future__ import annotations

from docgen.word.looks import FONT, THEME_COLORS

__all__ = ["theme_xml"]

_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_PLAIN = '<a:solidFill><a:schemeClr val="phClr"/></a:solidFill>'
_EDGE = f'<a:ln w="6350">{_PLAIN}<a:prstDash val="solid"/></a:ln>'
_NO_EFFECT = "<a:effectStyle><a:effectLst/></a:effectStyle>"


def theme_xml() -> str:
    """The theme part; three of each of its formats, because the schema wants three."""
    colors = "".join(f'<a:{name}><a:srgbClr val="{value}"/></a:{name}>' for name, value in THEME_COLORS.items())
    font = f'<a:latin typeface="{FONT}"/><a:ea typeface=""/><a:cs typeface=""/>'
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<a:theme xmlns:a="{_A}" name="aims-ledger">'
        f'<a:themeElements><a:clrScheme name="aims-ledger">{colors}</a:clrScheme>'
        f'<a:fontScheme name="aims-ledger"><a:majorFont>{font}</a:majorFont><a:minorFont>{font}</a:minorFont>'
        f'</a:fontScheme><a:fmtScheme name="aims-ledger"><a:fillStyleLst>{_PLAIN * 3}</a:fillStyleLst>'
        f"<a:lnStyleLst>{_EDGE * 3}</a:lnStyleLst><a:effectStyleLst>{_NO_EFFECT * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{_PLAIN * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )
