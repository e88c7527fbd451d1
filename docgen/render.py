"""A pack's template and a context to Markdown: rendered once, in a sandbox, nothing undefined.

Every printed value is escaped (`docgen.escape`), wherever it lands.  What blocks, macros and the
functions of `docgen.functions` give is Markdown already, and known to be by its type: the pieces
of a template are joined to `Markdown`, and only this type passes unescaped.  Jinja's own
autoescape stays off: it would escape for HTML.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from types import TracebackType
from typing import Any, NoReturn

import jinja2
from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.sandbox import ImmutableSandboxedEnvironment

from docgen.charts import Drawings
from docgen.errors import TemplateError
from docgen.escape import Markdown, join_markdown
from docgen.functions import Citations, Printer, short
from docgen.labels import Labels
from docgen.packs import Basis, LocalText, Pack

__all__ = ["RESERVED_NAMES", "render_markdown"]

RESERVED_NAMES: frozenset[str] = frozenset(
    {"chart", "cite", "cited", "document", "language", "link", "pack", "ref", "register", "slot", "status", "t"}
)
# They make HTML, draw random numbers or print Python.
_UNWANTED_FILTERS = (
    "e", "escape", "forceescape", "pprint", "random", "safe", "striptags", "tojson", "urlize", "xmlattr",
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(/[A-Za-z0-9_][A-Za-z0-9_-]*)*\.md\.j2|_[A-Za-z0-9_-]+\.md\.j2")
_UNDEFINED_REMEDY = "define it in the context or test for it: {% if name is defined %}"
# What a wrong expression in a template raises; from elsewhere the same types are bugs and pass through.
_EXPRESSION_ERRORS = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)


class _MarkdownCompiler(CodeGenerator):
    """Compiles ``~`` to a call that knows Markdown from values; Jinja's own gives plain text always."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        self.write("environment.concatenate((")
        for piece in node.nodes:
            self.visit(piece, frame)
            self.write(", ")
        self.write("))")


class _MarkdownEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox in which the output of blocks and macros is `Markdown`."""

    code_generator_class = _MarkdownCompiler
    concatenate: Callable[[tuple[object, ...]], str]

    @staticmethod
    def concat(parts: Iterable[str]) -> Markdown:
        return join_markdown(parts)


@dataclass(frozen=True, slots=True)
class _PackFacts:
    """What templates see of their pack; not its folder, through which they could read files."""

    id: str
    version: str
    title: LocalText
    description: LocalText
    bases: tuple[Basis, ...]
    data: Mapping[str, Any]


def render_markdown(
    pack: Pack,
    document: str,
    context: Mapping[str, object],
    *,
    language: str = "",
    drawings: Drawings | None = None,
) -> Markdown:
    """The Markdown of a document of the pack, in its default language unless another is named.

    `context` holds frozen values under the names that the pack's templates use; `drawings` collects the
    charts that they show.

    Raises:
        PackError: the pack has no such document or language.
        TemplateError: a template is wrong; it says in which file and line, and what to do.
        ValueError: `context` uses a name of `RESERVED_NAMES`.
    """
    if taken := sorted(RESERVED_NAMES & context.keys()):
        raise ValueError(f"context names {taken[0]!r}, which templates know as a function")
    spec = pack.document(document)
    language = pack.language(language or pack.languages[0])
    printer, citations = Printer(language, pack.texts[language]), Citations()
    environment = _environment(pack, printer)
    names: dict[str, object] = {
        **context,
        "pack": _PackFacts(pack.id, pack.version, pack.title, pack.description, pack.bases, pack.data),
        "document": spec,
        "language": language,
        "t": printer.text,
        "status": printer.status,
        "link": printer.link,
        "ref": printer.ref,
        "slot": printer.slot,
        "chart": (drawings or Drawings(Labels.of(pack.texts[language]))).chart,
        "cite": citations.cite,
        "cited": citations.cited,
        "register": citations.register,
    }
    # As globals, so that imported macros see them too.
    environment.globals.update(names)
    file = spec.template.say(language)
    try:
        return Markdown(environment.get_template(file).render())
    except jinja2.TemplateError as error:
        _translate(pack, file, error, names)
    except _EXPRESSION_ERRORS as error:
        if _template_place(pack, error.__traceback__) is None or not _from_template(pack, error):
            raise
        _translate(pack, file, error, names)


def _environment(pack: Pack, printer: Printer) -> _MarkdownEnvironment:
    environment = _MarkdownEnvironment(
        loader=jinja2.FunctionLoader(lambda name: _source(pack, name)),
        undefined=jinja2.StrictUndefined,
        finalize=_finalizer(printer),
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=-1,
    )
    environment.concatenate = printer.concatenate
    environment.globals.clear()  # lipsum, cycler and friends: none is needed, one draws random numbers
    environment.globals["range"] = range
    for unsafe in (
        "random",
        "pprint",
        "safe",
        "escape",
        "e",
        "forceescape",
        "urlize",
        "striptags",
        "xmlattr",
    ):
        environment.filters.pop(unsafe)
    environment.filters |= {
        "code": printer.code,
        "join": printer.join,
        "day": printer.formats.say_day,
        "moment": printer.formats.say_moment,
        "number": printer.formats.say_number,
        "percent": printer.formats.say_percent,
        "short": short,
    }
    return environment


def _finalizer(printer: Printer) -> Any:
    def finalize(value: object) -> object:
        if isinstance(value, jinja2.Undefined):
            return str(value)  # raises, and says which name
        return printer.print(value)

    return finalize


def _source(pack: Pack, name: str) -> tuple[str, str, None] | None:
    """A template's text and the name that errors will show; only files of the pack's own folder."""
    if not _NAME.fullmatch(name):
        return None
    file: Traversable = pack.folder.joinpath(*name.split("/"))
    if not file.is_file():
        return None
    return file.read_text(encoding="utf-8"), _shown(pack, name), None


def _shown(pack: Pack, name: str) -> str:
    return f"{pack.id}/{name}"


def _template_place(pack: Pack, traceback: TracebackType | None) -> tuple[str, int] | None:
    """File and line of the innermost template in a traceback; Jinja writes template lines into it."""
    place = None
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if file.startswith(f"{pack.id}/") and file.endswith(".md.j2"):
            place = file, traceback.tb_lineno
        traceback = traceback.tb_next
    return place


def _from_template(pack: Pack, error: BaseException) -> bool:
    """Whether the template is at fault: the error was raised by it, by Jinja, or by what templates call."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return False
    module = str(traceback.tb_frame.f_globals.get("__name__", ""))
    file = traceback.tb_frame.f_code.co_filename
    return (
        isinstance(error, RecursionError)
        or file.startswith(f"{pack.id}/")
        or module.partition(".")[0] in ("jinja2", "markupsafe")
        or module.startswith("docgen.charts")
        or module in ("docgen.formats", "docgen.functions", "docgen.packs", __name__)
    )


def _translate(pack: Pack, main: str, error: Exception, names: Mapping[str, object]) -> NoReturn:
    file, line = _template_place(pack, error.__traceback__) or (_shown(pack, main), 0)
    problem, name, remedy = " ".join(str(error).split()), "", ""
    match error:
        case jinja2.UndefinedError():
            quoted = re.findall(r"'([^']*)'", problem)
            name, remedy = (quoted[-1] if quoted else ""), _UNDEFINED_REMEDY
            if near := difflib.get_close_matches(name, names, n=1):
                remedy = f"did you mean {near[0]!r}? Otherwise {_UNDEFINED_REMEDY}"
        case jinja2.TemplateSyntaxError():
            file, line = error.filename or file, error.lineno
            problem = error.message or problem
        case jinja2.TemplateNotFound():
            name, problem = str(error.name), f"template {error.name!r} is not in the pack"
        case RecursionError():
            problem, remedy = "templates include each other without end", "break the circle"
        case jinja2.exceptions.SecurityError():
            problem, remedy = f"not allowed in templates: {problem}", "templates only print; compute before"
        case KeyError():
            problem = f"no such key: {problem}"
    raise TemplateError(file, line, problem, name=name, remedy=remedy) from error
