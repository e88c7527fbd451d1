"""The Word writer: a document's tree in, the bytes of a .docx file out.

A thin layer of WordprocessingML on python-docx, one module per feature, named as Word names it.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from types import MappingProxyType
from typing import Any

from docgen.digest import content_lines, digest_of
from docgen.escape import visible
from docgen.info import DocumentInfo
from docgen.labels import Labels
from docgen.pictures import Picture
from docgen.tree import Block, Body, Contents, Landscape, walk
from docgen.word.archive import rewrite_archive
from docgen.word.blocks import write_blocks
from docgen.word.carrier import add_carrier, find_carrier
from docgen.word.contents import contents
from docgen.word.cover import cover
from docgen.word.draft import Draft, word_language
from docgen.word.history import change_history
from docgen.word.oxml import Element, paragraph
from docgen.word.properties import set_core_properties, set_custom_properties
from docgen.word.restyle import template_ground
from docgen.word.seal import EMPTY_SEAL, add_seal_place, find_seal, put_seal, take_seal
from docgen.word.sections import Sections
from docgen.word.template import CheckedTemplate, check_template

__all__ = ["CheckedTemplate", "check_template", "find_carrier", "find_seal", "put_seal", "take_seal", "write_word"]

_NO_PICTURES: Mapping[str, Picture] = MappingProxyType({})


def write_word(
    body: Body,
    info: DocumentInfo,
    *,
    pictures: Mapping[str, Picture] = _NO_PICTURES,
    labels: Labels | None = None,
    template: CheckedTemplate | None = None,
    pages: Sequence[int] = (),
) -> bytes:
    """The bytes of a Word file: the same for the same arguments, on every machine, at any time.

    A `template` restyles it (`docgen.word.template`).  `pages` of its headings, in reading order, are
    printed in the contents, which have no page numbers without them.

    Raises:
        TemplateError: the body shows a picture that `pictures` does not hold or that is none.
    """
    lines = content_lines(body, pictures)
    ground = template_ground(template, word_language(info.language)) if template is not None else None
    draft = Draft(body, _printable(info), pictures, labels or Labels.of(), ground)
    if pages:
        draft.pages = dict(zip(draft.heading_bookmarks.values(), pages, strict=True))
    sections = Sections(draft)
    written = _close(draft, [*cover(draft), *change_history(draft)], sections.cover())
    if not any(isinstance(block, Contents) for block in walk(body.blocks)):
        written += contents(draft, Contents())
    runs = list(_by_orientation(body.blocks))
    for number, (turned, blocks) in enumerate(runs, 1):
        draft.width = draft.ground.page.width(turned=turned)
        made = write_blocks(draft, blocks)
        properties = sections.text(turned=turned)
        # The last section's properties end the body; those of the others end their last paragraph.
        written += [*made, properties] if number == len(runs) else _close(draft, made, properties)
    draft.document.element.body.extend(written)
    set_core_properties(draft)
    set_custom_properties(draft, digest_of(lines))
    add_carrier(draft, lines)
    add_seal_place(draft)
    out = io.BytesIO()
    draft.document.save(out)
    return rewrite_archive(out.getvalue(), stored=(EMPTY_SEAL,))


def _printable(info: DocumentInfo) -> DocumentInfo:
    """`info` without characters that XML forbids or nobody sees."""
    # `docgen.word.fields` is a module here, so the function goes by its full name.
    texts = {field.name: getattr(info, field.name) for field in dataclasses.fields(info)}
    printable: dict[str, Any] = {name: visible(text) for name, text in texts.items() if isinstance(text, str)}
    return dataclasses.replace(info, **printable)


def _by_orientation(blocks: tuple[Block, ...]) -> Iterator[tuple[bool, tuple[Block, ...]]]:
    """The blocks in runs of pages turned the same way, at least one."""
    for turned, run in groupby(blocks, lambda block: isinstance(block, Landscape)):
        if turned:
            yield True, tuple(inner for block in run if isinstance(block, Landscape) for inner in block.blocks)
        else:
            yield False, tuple(run)
    if not blocks:
        yield False, ()


def _close(draft: Draft, made: list[Element], properties: Element) -> list[Element]:
    """`made` with the section's properties at its end."""
    return [*made, paragraph(draft.style("Section End"), properties=(properties,))]
