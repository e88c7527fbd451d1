"""The forms a document can take: a Word file, and its siblings with the same content digest."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docgen.controlblock import watermark_text
from docgen.errors import DocgenError
from docgen.html import write_html
from docgen.info import DocumentInfo
from docgen.labels import Labels
from docgen.layout import heading_pages, lay_out, repair_pdf
from docgen.pictures import Picture
from docgen.tree import Body, Heading, walk
from docgen.word import CheckedTemplate, check_template, write_word

__all__ = ["FORMATS", "WORD", "Output", "read_template", "write_output"]

FORMATS: tuple[str, ...] = ("docx", "html", "md", "pdf")
_MOST_PASSES = 4


@dataclass(frozen=True, slots=True)
class Output:
    """What form is wanted: one of `FORMATS`, restyled by a company's template, its contents with page numbers."""

    format: str = "docx"
    template: CheckedTemplate | None = None
    page_numbers: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise DocgenError(f"format {self.format!r}: unknown", remedy=f"one of {', '.join(FORMATS)}")
        if self.template is not None and self.format in ("html", "md"):
            raise DocgenError(
                f"a template restyles Word files, not format {self.format}", remedy="leave one of them out"
            )
        if self.page_numbers and self.format in ("html", "md"):
            raise DocgenError(f"format {self.format} has no pages to number", remedy="leave out the page numbers")


WORD = Output()
"""A Word file in our own looks."""


def read_template(path: Path) -> CheckedTemplate:
    """The template in a file, checked.

    Raises:
        DocgenError: it can't be read, or can't be a template.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DocgenError(f"template {path}: {error.strerror or error}", remedy="give a .docx file") from error
    return check_template(data, path.name)


def write_output(
    output: Output, body: Body, info: DocumentInfo, *, markdown: str, pictures: Mapping[str, Picture], labels: Labels
) -> bytes:
    """The bytes of the document in the form that is wanted.

    Raises:
        DocgenError: it can't be written in this form.
    """
    if output.format == "md":
        return markdown.encode()
    if output.format == "html":
        return write_html(body, info, pictures=pictures, labels=labels)

    def word(pages: Sequence[int] = ()) -> bytes:
        return write_word(body, info, pictures=pictures, labels=labels, template=output.template, pages=pages)

    document = _with_pages(word, body) if output.page_numbers else word()
    return repair_pdf(lay_out(document), info, watermark_text(info, labels)) if output.format == "pdf" else document


def _with_pages(word: Callable[[Sequence[int]], bytes], body: Body) -> bytes:
    """The Word file with the page of each heading in its contents.

    Numbers take room, which may move headings: it is laid out until the numbers printed are those found.
    """
    headings = sum(isinstance(block, Heading) for block in walk(body.blocks))
    pages: tuple[int, ...] = (1,) * headings
    for _ in range(_MOST_PASSES if headings else 0):
        document = word(pages)
        found = heading_pages(lay_out(document), body)
        if found == pages:
            return document
        pages = found
    if headings:
        raise DocgenError("the pages of the headings change with every layout", remedy="build without --page-numbers")
    return word(())
