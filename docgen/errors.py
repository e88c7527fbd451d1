"""Every error of document generation, as one branch of the ledger's tree.

::

    AimsError
    └── DocgenError              no document was written                           exit 2
        ├── PackError            a pack's data is not what packs are
        ├── TemplateError        a template, or the Markdown it gave, is wrong
        ├── UnknownControl       (`docgen.soa`) a declaration names a control that there is not
        └── OutputError          the file can't be written; an older one is still there
"""

from __future__ import annotations

from ledger.errors import AimsError

__all__ = ["DocgenError", "OutputError", "PackError", "TemplateError"]


class DocgenError(AimsError):
    """The document can't be made as asked; nothing was written."""


class PackError(DocgenError):
    """A pack is not usable; `pack` and `place` say where."""

    def __init__(self, pack: str, place: str, problem: str, *, remedy: str = "") -> None:
        where = f"pack {pack}: {place}" if place else f"pack {pack}"
        super().__init__(f"{where}: {problem}", remedy=remedy)
        self.pack, self.place, self.problem = pack, place, problem


class TemplateError(DocgenError):
    """A template can't be rendered or gave Markdown that is not our dialect.

    `line` counts from 1 in `file` and is 0 when unknown; `name` is the variable, directive or id
    at fault, or empty.
    """

    def __init__(self, file: str, line: int, problem: str, *, name: str = "", remedy: str = "") -> None:
        super().__init__(f"{file}, line {line}: {problem}" if line else f"{file}: {problem}", remedy=remedy)
        self.file, self.line, self.name, self.problem = file, line, name, problem


class OutputError(DocgenError):
    """A file can't be written; what was there before is untouched."""

    def __init__(self, path: str, problem: str, *, remedy: str = "") -> None:
        super().__init__(f"writing {path}: {problem}", remedy=remedy)
        self.path, self.problem = path, problem
