"""The HTML writer: a document's tree in, one file out that needs nothing else.

A sibling of the Word writer: the same words, slots, numbers and content digest.  The file runs no
script and fetches nothing, and its content security policy says so; headings, tables, pictures and
languages are marked for those who listen to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from docgen.controlblock import control_rows, state_line, subject_line, watermark_text
from docgen.digest import content_digest
from docgen.html.blocks import blocks, contents, facts_table, table
from docgen.html.look import STYLE, policy
from docgen.html.marks import Html, element, lines, void
from docgen.html.sheet import Sheet
from docgen.info import DocumentInfo
from docgen.labels import Labels
from docgen.pictures import Picture
from docgen.tree import Body, Contents, Table, Text, walk

__all__ = ["write_html"]

_NO_PICTURES: Mapping[str, Picture] = MappingProxyType({})


def write_html(
    body: Body,
    info: DocumentInfo,
    *,
    pictures: Mapping[str, Picture] = _NO_PICTURES,
    labels: Labels | None = None,
) -> bytes:
    """The bytes of an HTML file: the same for the same arguments, on every machine, at any time.

    Raises:
        TemplateError: the body shows a picture that `pictures` does not hold or that is none.
    """
    sheet = Sheet(body, info, pictures, labels or Labels.of())
    digest = content_digest(body, pictures)
    cover = _cover(sheet)
    placed = any(isinstance(block, Contents) for block in walk(body.blocks))
    listed = Html("") if placed else contents(sheet, Contents())
    mark = watermark_text(info, sheet.labels)
    page = element(
        "body",
        Html("\n"),
        element("a", sheet.labels["contents"], class_="skip", href="#contents"),
        element("div", mark, class_="watermark", aria_hidden="true") if mark else Html(""),
        cover,
        listed,
        Html("\n"),
        element("main", Html("\n"), blocks(sheet, body.blocks)),
        Html("\n"),
        element("footer", _foot(sheet, digest), class_="foot"),
        Html("\n"),
    )
    whole = element("html", Html("\n"), _head(sheet, digest), Html("\n"), page, Html("\n"), lang=info.language)
    return f"<!DOCTYPE html>\n{whole}\n".encode()


def _head(sheet: Sheet, digest: str) -> Html:
    info = sheet.info
    described = (
        ("generator", f"aims-ledger {info.tool_version}"),
        ("author", info.author or info.organisation),
        ("aims-document", info.number),
        ("aims-version", info.version),
        ("aims-state", info.state),
        ("aims-ledger", info.origin),
        ("aims-checkpoint", f"{info.checkpoint_size} {info.checkpoint_root.hex()}"),
        ("aims-pack", f"{info.pack} {info.pack_version}"),
        ("aims-content-digest", digest),
    )
    return element(
        "head",
        Html('\n<meta charset="utf-8">\n'),
        void("meta", http_equiv="Content-Security-Policy", content=policy()),
        Html('\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'),
        *(Html(f"{void('meta', name=name, content=value)}\n") for name, value in described if value),
        element("title", f"{info.title} {info.number}".strip()),
        Html(f"\n<style>{STYLE}</style>\n"),
    )


def _cover(sheet: Sheet) -> Html:
    info, labels = sheet.info, sheet.labels
    parts = [
        element("p", info.organisation, class_="organisation"),
        element("h1", info.title),
        element("p", info.subtitle, class_="subtitle") if info.subtitle else Html(""),
        element("p", subject, class_="subject") if (subject := subject_line(info)) else Html(""),
        element("p", state_line(info, labels), class_="marking"),
        facts_table(tuple((name, lines(value)) for name, value in control_rows(info, labels)), labels["control"]),
        _history(sheet),
        element("p", lines(info.notice), class_="notice") if info.notice else Html(""),
    ]
    return element("header", *(Html(f"\n{part}") for part in parts if part), Html("\n"))


def _history(sheet: Sheet) -> Html:
    labels = sheet.labels
    if not sheet.info.history:
        return Html("")
    names = ("version", "changed_on", "state", "change", "changed_by")
    rows = tuple(
        (step.version, labels.formats.say_day(step.on), labels[f"state.{step.state}"], step.change, step.by)
        for step in sheet.info.history
    )
    shown = Table(
        tuple((Text(labels[name]),) for name in names),
        tuple(tuple((Text(cell),) for cell in row) for row in rows),
        ("left", "left", "left", "left", "left"),
    )
    title = element("h2", labels["history"])
    return Html(f"{title}\n{table(sheet, shown)}")


def _foot(sheet: Sheet, digest: str) -> Html:
    info, labels = sheet.info, sheet.labels
    return lines(
        f"{info.classification} · {state_line(info, labels)} · {labels['checkpoint']} {info.checkpoint_short} · "
        f"{labels['content_digest']} {digest}"
    )
