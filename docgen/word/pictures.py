"""Pictures in the text: from bytes, with alternative text, never wider than the page."""

from __future__ import annotations

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part

from docgen.errors import TemplateError
from docgen.pictures import pixel_size
from docgen.tree import Figure, Table
from docgen.word.draft import Draft
from docgen.word.oxml import Element, el, paragraph, run
from docgen.word.tables import caption, table

__all__ = ["figure"]

_EMU_PER_TWIP, _EMU_PER_MM = 635, 36000
_PIXELS_PER_INCH = 150  # of a picture that does not say how wide it is
_PICTURE = "http://schemas.openxmlformats.org/drawingml/2006/picture"


def figure(draft: Draft, block: Figure) -> list[Element]:
    """The picture in a paragraph of its own and, if it has one, its caption below.

    Raises:
        TemplateError: there is no picture of this name, or its bytes are no PNG or JPEG.
    """
    picture = draft.pictures.get(block.key)
    if picture is None:
        raise TemplateError(draft.body.source, 0, f"picture {block.key} is shown but not there", name=block.key)
    if picture.stand_in is not None:
        return _not_drawn(draft, block, picture.stand_in)
    try:
        pixels = pixel_size(picture.data)
    except ValueError as error:
        raise TemplateError(draft.body.source, 0, f"picture {block.key}: {error}", name=block.key) from error
    widest = draft.width * _EMU_PER_TWIP
    wanted = picture.width_mm * _EMU_PER_MM if picture.width_mm else pixels[0] * 914400 / _PIXELS_PER_INCH
    width = round(min(wanted, widest))
    height = round(width * pixels[1] / pixels[0])
    drawing = _drawing(draft, block, _relation(draft, picture.data), str(width), str(height))
    made = [paragraph(draft.style("Figure"), el("w:r", None, drawing))]
    if block.caption:
        made.append(caption(draft, "Figure", block.caption, "Figure Caption", target=f"figure:{block.key}"))
    return made


def _not_drawn(draft: Draft, block: Figure, shown: Table) -> list[Element]:
    """What stands where nothing could be drawn: that it is so, the numbers, and the caption all the same."""
    made = [paragraph(draft.style("Note"), run(draft.labels["chart_missing"])), *table(draft, shown)]
    if block.caption:
        made.append(caption(draft, "Figure", block.caption, "Figure Caption", target=f"figure:{block.key}"))
    return made


def _relation(draft: Draft, data: bytes) -> str:
    """The relationship to the part with these bytes; the same bytes get one part."""
    if data not in draft.image_relations:
        name, kind = ("png", "image/png") if data.startswith(b"\x89PNG") else ("jpeg", "image/jpeg")
        part = Part(_free_name(draft, name), kind, data, draft.part.package)
        draft.image_relations[data] = draft.part.relate_to(part, RELATIONSHIP_TYPE.IMAGE)
    return draft.image_relations[data]


def _free_name(draft: Draft, extension: str) -> PackURI:
    """The next name that no picture has, not even the logo of a template."""
    taken = {str(part.partname) for part in draft.part.package.iter_parts()}
    while (name := f"/word/media/image{draft.count('image')}.{extension}") in taken:
        pass
    return PackURI(name)


def _drawing(draft: Draft, block: Figure, relation: str, width: str, height: str) -> Element:
    number = str(draft.count("drawing"))
    size = {"cx": width, "cy": height}
    picture = el(
        "pic:pic",
        None,
        el("pic:nvPicPr", None, el("pic:cNvPr", {"id": number, "name": block.key}), el("pic:cNvPicPr")),
        el("pic:blipFill", None, el("a:blip", {"r:embed": relation}), el("a:stretch", None, el("a:fillRect"))),
        el(
            "pic:spPr",
            None,
            el("a:xfrm", None, el("a:off", {"x": "0", "y": "0"}), el("a:ext", size)),
            el("a:prstGeom", {"prst": "rect"}, el("a:avLst")),
        ),
    )
    inline = el(
        "wp:inline",
        {"distT": "0", "distB": "0", "distL": "0", "distR": "0"},
        el("wp:extent", size),
        el("wp:docPr", {"id": number, "name": f"Picture {number}", "descr": block.alt}),
        el("wp:cNvGraphicFramePr", None, el("a:graphicFrameLocks", {"noChangeAspect": "1"})),
        el("a:graphic", None, el("a:graphicData", {"uri": _PICTURE}, picture)),
    )
    return el("w:drawing", None, inline)
