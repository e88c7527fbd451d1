"""Markdown to markdown-it tokens to the frozen tree of `docgen.tree`.

The dialect: CommonMark and tables; HTML is plain text; pictures by key only; directives
(`docgen.directives`); ids of headings, ``## Title {id=some-id}``; and links with a scheme of ours,
which the functions of `docgen.functions` write: ``cite:`` and ``entry:`` (index:leaf hash),
``status:`` (word), ``slot:`` (id:kind).

The directive ``prose`` holds one printed value: Markdown that a person wrote.  It is read apart, as
CommonMark and tables without anything of ours, so that it can neither fail nor forge: what only
templates may say prints as it stands there, and a heading becomes a strong paragraph.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from docgen.blocks import DIRECTIVES
from docgen.check import check_body
from docgen.directives import use_directives
from docgen.errors import TemplateError
from docgen.escape import parse_shifted, visible
from docgen.inlines import read_inlines, read_prose
from docgen.numbering import number_references
from docgen.tree import (
    Block,
    Body,
    CodeBlock,
    Figure,
    Heading,
    Inline,
    ListBlock,
    Paragraph,
    Quote,
    Rule,
    Strong,
    Table,
    plain_text,
)

__all__ = ["parse_markdown", "parse_prose"]

_HEADING_ID = re.compile(r"[ \t]*\{id=([^\s{}]+)\}$")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")


def parse_markdown(text: str, *, source: str = "") -> Body:
    """The document that `text` describes, checked: ids unique, links with targets, slots not nested.

    Raises:
        TemplateError: the text is not our dialect; the line counts in the Markdown, not the template.
    """
    try:
        blocks = _Reader(_parser().parse(text)).read()
        body = Body(blocks, source)
        check_body(body)
        body = number_references(body)
    except TemplateError as error:
        lines = text.split("\n")
        near = lines[error.line - 1] if 0 < error.line <= len(lines) else ""
        problem = error.problem + (f" (there: {parse_shifted(near).strip()[:100]!r})" if near else "")
        file = f"{source or 'document'} as Markdown"
        raise TemplateError(file, error.line, problem, name=error.name, remedy=error.remedy) from error
    return body


def parse_prose(text: str) -> tuple[Block, ...]:
    """The blocks of Markdown that a person wrote, as the directive ``prose`` prints it; never an error."""
    return _ProseReader(_plain_parser().parse(visible(text))).read()


class _MarkdownIt(MarkdownIt):
    """markdown-it that leaves links alone: `docgen.inlines` judges them, unchanged and undropped."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        return link

    def validateLink(self, url: str) -> bool:  # noqa: ARG002, N802
        return True


def _plain_parser() -> MarkdownIt:
    return _MarkdownIt("commonmark", {"html": False}).enable("table").disable(["html_block", "html_inline"])


def _parser() -> MarkdownIt:
    parser = _plain_parser()
    use_directives(parser)
    parser.core.ruler.before("inline", "heading_ids", _take_heading_ids)
    return parser


def _take_heading_ids(state: StateCore) -> None:
    """Move ``{id=...}`` from the end of a heading's raw text into its token, before inlines are read."""
    for heading, inline in zip(state.tokens, state.tokens[1:], strict=False):
        if heading.type == "heading_open" and (match := _HEADING_ID.search(inline.content)):
            heading.attrSet("id", match[1])
            inline.content = inline.content[: match.start()]


class _Reader:
    """Reads one token stream into blocks, by recursive descent."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._line = 1

    def read(self) -> tuple[Block, ...]:
        """All blocks up to the end."""
        return tuple(self._until(""))

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place += 1
        if token.map:
            self._line = token.map[0] + 1
        return token

    def _fail(self, problem: str, *, name: str = "", remedy: str = "") -> TemplateError:
        return TemplateError("", self._line, problem, name=name, remedy=remedy)

    def _until(self, close: str) -> Iterator[Block]:
        while self._place < len(self._tokens):
            if self._tokens[self._place].type == close:
                self._place += 1
                return
            if self._tokens[self._place].type == "directive_open" and self._tokens[self._place].info == "prose":
                yield from self._prose()
            else:
                yield self._block()

    def _prose(self) -> tuple[Block, ...]:
        line = self._next().map
        inside = []
        while (token := self._next()).type != "directive_close":
            inside.append(token)
        if [token.type for token in inside] not in ([], ["paragraph_open", "inline", "paragraph_close"]):
            problem = "directive prose: holds more than one printed value"
            raise TemplateError("", line[0] + 1 if line else 0, problem, name="prose")
        written = visible(parse_shifted(inside[1].content)) if inside else ""
        return parse_prose(written)

    def _inline(self, close: str) -> tuple[Inline, ...]:
        token = self._next()
        inlines = read_inlines(token.children or [], self._line)
        closing = self._next()
        assert closing.type == close, closing.type
        return inlines

    def _block(self) -> Block:
        token = self._next()
        match token.type:
            case "heading_open":
                return self._heading(token)
            case "paragraph_open":
                return self._paragraph()
            case "bullet_list_open" | "ordered_list_open":
                return self._list(token)
            case "blockquote_open":
                return Quote(tuple(self._until("blockquote_close")))
            case "fence" | "code_block":
                return CodeBlock(visible(parse_shifted(token.content)).rstrip("\n"))
            case "hr":
                return Rule()
            case "table_open":
                return self._table()
            case "directive_open":
                return self._directive(token)
        raise AssertionError(f"markdown-it made a token {token.type} that no rule of ours makes")

    def _heading(self, token: Token) -> Block:
        heading_id = parse_shifted(str(token.attrGet("id") or ""))
        if heading_id and not _ID.fullmatch(heading_id):
            remedy = "ids are a letter, then letters, digits, . _ -"
            raise self._fail(f"heading id {heading_id!r}", name=heading_id, remedy=remedy)
        return Heading(int(token.tag[1]), self._inline("heading_close"), heading_id)

    def _paragraph(self) -> Block:
        inline = self._tokens[self._place]
        children = inline.children or []
        if len(children) == 1 and children[0].type == "image":
            figure = self._figure(children[0])
            self._place += 2
            return figure
        return Paragraph(self._inline("paragraph_close"))

    def _figure(self, image: Token) -> Figure:
        scheme, _, key = parse_shifted(str(image.attrGet("src") or "")).partition(":")
        if scheme != "image" or not key:
            remedy = "pictures are named image:KEY and come with the data"
            raise self._fail(f"picture from {scheme}:{key}", name=key, remedy=remedy)
        alt = plain_text(read_inlines(image.children or [], self._line)).strip()
        if not alt:
            remedy = "write ![what it shows](image:...)"
            raise self._fail(f"picture {key} without alternative text", name=key, remedy=remedy)
        return Figure(key, alt, visible(parse_shifted(str(image.attrGet("title") or ""))))

    def _list(self, token: Token) -> ListBlock:
        close = token.type.replace("open", "close")
        items = []
        while self._tokens[self._place].type != close:
            self._next()
            items.append(tuple(self._until("list_item_close")))
        self._place += 1
        first = token.attrGet("start")  # absent for 1; 0 is a number too
        start = None if token.type.startswith("bullet") else int(1 if first is None else first)
        return ListBlock(tuple(items), start)

    def _table(self) -> Table:
        rows: list[tuple[tuple[Inline, ...], ...]] = []
        cells: list[tuple[Inline, ...]] = []
        align: list[str] = []
        while (token := self._next()).type != "table_close":
            if token.type in ("th_open", "td_open"):
                if token.type == "th_open":
                    align.append(str(token.attrGet("style") or "text-align:left").removeprefix("text-align:"))
                cells.append(self._inline(token.type.replace("open", "close")))
            elif token.type == "tr_close":
                rows.append(tuple(cells))
                cells = []
        header = rows[0] if any(rows[0]) else ()
        return Table(header, tuple(rows[1:]), tuple(align))  # type: ignore[arg-type]

    def _directive(self, token: Token) -> Block:
        name, parameters, line = token.info, dict(token.meta), self._line
        if name not in DIRECTIVES:
            remedy = f"known: {', '.join(sorted((*DIRECTIVES, 'prose')))}"
            raise self._fail(f"unknown directive {name!r}", name=name, remedy=remedy)
        allowed, make = DIRECTIVES[name]
        if unknown := sorted(set(parameters) - set(allowed)):
            problem = f"directive {name}: unknown parameter {unknown[0]!r}"
            raise self._fail(problem, name=unknown[0], remedy=f"known: {', '.join(allowed) or 'none'}")
        blocks = tuple(self._until("directive_close"))
        try:
            return make({key: visible(value) for key, value in parameters.items()}, blocks)
        except ValueError as error:
            raise TemplateError("", line, f"directive {name}: {error}", name=name) from error


class _ProseReader(_Reader):
    """Reads what a person wrote; see the module's docstring."""

    def _inline(self, close: str) -> tuple[Inline, ...]:
        token = self._next()
        closing = self._next()
        assert closing.type == close, closing.type
        return read_prose(token.children or [])

    def _heading(self, token: Token) -> Block:  # noqa: ARG002
        return Paragraph((Strong(self._inline("heading_close")),))

    def _paragraph(self) -> Block:
        return Paragraph(self._inline("paragraph_close"))
