"""Checks the calls of ``t("key", name=value)`` in a pack's templates against its texts, without rendering.

A branch that no test ledger reaches still has its words in every language, with the values they want.
Keys put together at run time are not seen here; rendering finds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable

import jinja2
from jinja2 import nodes

from docgen.errors import TemplateError
from docgen.packs import Pack

__all__ = ["check_texts"]

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")


def check_texts(pack: Pack) -> None:
    """Return only if every text that a template names is there in every language, and is given what it wants.

    Raises:
        TemplateError: it is not; file and line are those of the call.
    """
    environment = jinja2.Environment(autoescape=False)  # noqa: S701 - only parses, never renders
    for file in _templates(pack.folder):
        name = f"{pack.id}/{file.name}"
        try:
            tree = environment.parse(file.read_text(encoding="utf-8"), name=name)
        except jinja2.TemplateSyntaxError as error:
            raise TemplateError(name, error.lineno, error.message or str(error)) from error
        for line, key, given in _calls(tree):
            for language in pack.languages:
                _check_call(pack, language, name, line, key, given)


def _templates(folder: Traversable) -> Iterator[Traversable]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_file() and item.name.endswith(".md.j2"):
            yield item


def _calls(tree: nodes.Template) -> Iterator[tuple[int, str, set[str]]]:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "t" and len(call.args) == 1:
            key = call.args[0]
            if isinstance(key, nodes.Const) and isinstance(key.value, str):
                yield call.lineno, key.value, {keyword.key for keyword in call.kwargs}


def _check_call(pack: Pack, language: str, file: str, line: int, key: str, given: set[str]) -> None:
    text = pack.texts[language].get(key)
    if text is None:
        raise TemplateError(file, line, f"no text {key!r} in texts/{language}.toml", name=key)
    wanted = set(_PLACEHOLDER.findall(text))
    if wanted != given:
        problem = (
            f"text {key!r} in texts/{language}.toml wants {', '.join(sorted(wanted)) or 'no values'}, "
            f"given {', '.join(sorted(given)) or 'none'}"
        )
        raise TemplateError(file, line, problem, name=key)
