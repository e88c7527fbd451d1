"""Pages: a Word file laid out by LibreOffice, as a PDF file or only to learn on which page each heading is.

LibreOffice reads a copy and its output is the PDF; what it would save as a Word file is never used.
Needs LibreOffice, and the extra ``pdf``: LibreOffice leaves out what accessibility checkers ask of
pages with links, and writes the clock into the file; `repair_pdf` mends both.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from docgen.errors import DocgenError
from docgen.info import DocumentInfo
from docgen.tree import Body, Heading, plain_text, walk

__all__ = ["LayoutError", "heading_pages", "lay_out", "repair_pdf"]

_PROGRAMS = ("soffice", "libreoffice")
_SECONDS = 300
# PDF/UA-1, the headings as bookmarks, tags; JSON as LibreOffice wants it on the command line.
_FILTER = (
    'pdf:writer_pdf_Export:{"PDFUACompliance":{"type":"boolean","value":"true"},'
    '"UseTaggedPDF":{"type":"boolean","value":"true"},"ExportBookmarks":{"type":"boolean","value":"true"}}'
)


_PAINTED = frozenset({"S", "s", "f", "F", "f*", "B", "B*", "b", "b*"})
# Types of structure that PDF 1.7 knows and a style of ours may be called like.
_STANDARD = frozenset({"Code", "Figure", "Note", "Quote", "Caption", "Index", "Link", "Reference", "Table", "Form"})


class LayoutError(DocgenError):
    """A document could not be laid out on pages; nothing was written."""


def lay_out(document: bytes) -> bytes:
    """The PDF file that LibreOffice makes of a Word file, as it is.

    Raises:
        LayoutError: LibreOffice is not installed, takes too long, or makes none.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        remedy = "install LibreOffice (Debian: libreoffice-writer-nogui), or build without pages: --format docx"
        raise LayoutError("pages need LibreOffice, which is not installed", remedy=remedy)
    with tempfile.TemporaryDirectory(prefix="aims-layout-") as folder:
        source = Path(folder) / "document.docx"
        source.write_bytes(document)
        # A profile of its own: neither the user's settings nor a LibreOffice that is open have a say.
        profile = (Path(folder) / "profile").as_uri()
        command = [program, f"-env:UserInstallation={profile}", "--headless", "--norestore", "--convert-to", _FILTER,
                   "--outdir", folder, str(source)]  # fmt: skip
        try:
            done = subprocess.run(  # noqa: S603 - the program is the one on the path, the arguments are ours
                command, capture_output=True, timeout=_SECONDS, check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
            )
        except subprocess.TimeoutExpired as error:
            raise LayoutError(f"LibreOffice took longer than {_SECONDS} seconds to lay out the document") from error
        made = source.with_suffix(".pdf")
        if not made.is_file():
            said = " ".join(done.stderr.decode(errors="replace").split())[-200:]
            raise LayoutError(f"LibreOffice made no PDF file (ended with {done.returncode}): {said}")
        return made.read_bytes()


def repair_pdf(pdf: bytes, info: DocumentInfo, watermark: str = "") -> bytes:
    """The PDF file with the tab order of its pages set to their structure, dated by the checkpoint.

    `watermark` is the text of the one behind its pages, which is a picture to LibreOffice and gets it as
    alternative text.

    Raises:
        LayoutError: the extra ``pdf`` is not installed.
    """
    pikepdf = _pikepdf()
    time = datetime.fromisoformat(info.checkpoint_time).replace(microsecond=0)
    with pikepdf.open(io.BytesIO(pdf)) as file:
        for page in file.pages:
            page.obj["/Tabs"] = pikepdf.Name("/S")
            _mark_decoration(pikepdf, file, page)
        _repair_structure(pikepdf, file, watermark)
        moment = pikepdf.String(time.strftime("D:%Y%m%d%H%M%SZ"))
        file.docinfo["/CreationDate"] = file.docinfo["/ModDate"] = moment
        file.docinfo["/Title"] = pikepdf.String(info.title)
        with file.open_metadata(set_pikepdf_as_editor=False) as metadata:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ")
            metadata["xmp:CreateDate"] = metadata["xmp:ModifyDate"] = metadata["xmp:MetadataDate"] = stamp
        for name in ("/ID", "/DocChecksum"):  # drawn anew by LibreOffice each time
            if name in file.trailer:
                del file.trailer[name]
        out = io.BytesIO()
        file.save(out, deterministic_id=True)
        return out.getvalue()


def heading_pages(pdf: bytes, body: Body) -> tuple[int, ...]:
    """The page of each heading of the document, in reading order, the cover being page 1.

    Raises:
        LayoutError: the extra ``pdf`` is not installed, or the file's bookmarks are not the headings.
    """
    pikepdf = _pikepdf()
    with pikepdf.open(io.BytesIO(pdf)) as file:
        number = {page.obj.objgen: place for place, page in enumerate(file.pages, 1)}
        with file.open_outline() as outline:
            found = list(_bookmarks(outline.root))
        pages = tuple((" ".join(title.split()), number.get(page)) for title, page in found)
    wanted = [" ".join(plain_text(block.children).split()) for block in walk(body.blocks) if isinstance(block, Heading)]
    if [title for title, _ in pages] != wanted or any(page is None for _, page in pages):
        raise LayoutError(
            f"the pages of the headings can't be told: {len(wanted)} headings, {len(pages)} bookmarks in the PDF file",
            remedy="build without --page-numbers",
        )
    return tuple(page for _, page in pages if page is not None)


def _bookmarks(items: Any) -> Any:
    for item in items:
        target = item.destination if item.destination is not None else (item.action or {}).get("/D")
        yield str(item.title), target[0].objgen if target is not None else None
        yield from _bookmarks(item.children)


def _mark_decoration(pikepdf: Any, file: Any, page: Any) -> None:
    """Say of lines and grounds that stand outside of the structure that they are decoration.

    They are borders of paragraphs and cells; LibreOffice leaves them unmarked.
    """
    made: list[Any] = []
    depth, start = 0, -1
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BMC", "BDC"):
            depth += 1
        elif name == "EMC":
            depth -= 1
        elif depth == 0 and name in ("m", "re") and start < 0:
            start = len(made)
        made.append((operands, operator))
        if start >= 0 and name in _PAINTED:
            made.insert(start, ([pikepdf.Name("/Artifact")], pikepdf.Operator("BMC")))
            made.append(([], pikepdf.Operator("EMC")))
            start = -1
        elif name == "n":
            start = -1
    page.Contents = file.make_stream(pikepdf.unparse_content_stream(made))


def _repair_structure(pikepdf: Any, file: Any, watermark: str) -> None:
    """Give elements that are named after our styles their own types back.

    LibreOffice names them after the style, also where the standard has a type of this name, and then maps that
    type to another one, which PDF/UA forbids.
    """
    root = file.Root.get("/StructTreeRoot")
    if root is None:
        return
    roles = root.get("/RoleMap", pikepdf.Dictionary())
    mapped = {name: roles[name] for name in roles if name[1:] in _STANDARD}
    for node in _elements(pikepdf, root):
        name = str(node.get("/S", ""))
        drawn = name == "/Figure" and ("/Alt" in node or "/A" in node)
        if name in mapped and not drawn:
            node["/S"] = mapped[name]
        elif drawn and "/Alt" not in node:
            node["/Alt"] = pikepdf.String(watermark or "-")
    for name in mapped:
        del roles[name]


def _elements(pikepdf: Any, root: Any) -> Any:
    """Every element of the structure tree."""
    waiting = [root]
    while waiting:
        kids = waiting.pop().get("/K", ())
        for kid in kids if isinstance(kids, pikepdf.Array) else (kids,):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                yield kid
                waiting.append(kid)


def _pikepdf() -> Any:
    if find_spec("pikepdf") is None:
        raise LayoutError(
            "PDF files and page numbers need the extra pdf, which is not installed",
            remedy="pip install 'aims-ledger[pdf]'",
        )
    import pikepdf

    return pikepdf
