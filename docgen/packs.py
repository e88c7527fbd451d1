"""Packs: folders of data that say which documents there are, what they answer and in which words.

A pack is ``pack.toml``, the Jinja templates it names, one ``texts/<language>.toml`` per language,
and files with requirement points.  A new pack needs no Python.

A *text* in any of these is a string, the same in all languages, or a table with one string per
language of the pack.  Every key that is not in this list is an error, so a typing error is found
here and not in an audit::

    [pack]      format = 1, id (the folder's name), version, title, description, languages
    [data]      name = "file.yaml"                  loaded, frozen, free in form
    [[basis]]   id, title, version, as_of (a date), note?, url?
    [[document]] id, template, title, subtitle, about = "system" | "organisation",
                number?, classification?, basis = [ids]?, points = "file.yaml"?, data?

The folder ``_words`` beside the shipped packs has, per language, what docgen itself says; a pack's texts go first.
`docgen.points` describes the files of points.  Format 2 will say ``format = 2``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from docgen.errors import PackError
from docgen.info import BasisLine
from docgen.packdata import Fields, LocalText, files_in, freeze, read_data
from docgen.points import Group, Point, read_points

__all__ = [
    "Basis",
    "DocumentSpec",
    "Group",
    "LocalText",
    "Pack",
    "Point",
    "available_packs",
    "basis_lines",
    "find_pack",
    "load_pack",
]

_ID = re.compile(r"[a-z][a-z0-9_-]*")
_WORDS = "_words"


@dataclass(frozen=True, slots=True)
class Basis:
    """A law or standard in the version the pack was written for."""

    id: str
    title: LocalText
    version: str
    as_of: date
    note: LocalText | None
    url: str


@dataclass(frozen=True, slots=True)
class DocumentSpec:
    """One document of a pack.  `points` are the requirements it answers, in order; `groups` hold the same."""

    id: str
    template: LocalText
    title: LocalText
    subtitle: LocalText
    about: str
    number: str
    classification: LocalText
    bases: tuple[Basis, ...]
    groups: tuple[Group, ...]
    points: tuple[Point, ...]
    data: Mapping[str, Any]

    def point(self, point_id: str) -> Point:
        """The point with this id.

        Raises:
            KeyError: there is none.
        """
        for point in self.points:
            if point.id == point_id:
                return point
        raise KeyError(f"document {self.id} has no point {point_id}")


@dataclass(frozen=True, slots=True)
class Pack:
    """A loaded and checked pack.  The first of `languages` is the default one."""

    id: str
    version: str
    title: LocalText
    description: LocalText
    languages: tuple[str, ...]
    bases: tuple[Basis, ...]
    documents: tuple[DocumentSpec, ...]
    texts: Mapping[str, Mapping[str, str]]
    data: Mapping[str, Any]
    folder: Traversable

    def document(self, document_id: str) -> DocumentSpec:
        """The document with this id.

        Raises:
            PackError: there is none; the message names those there are.
        """
        for spec in self.documents:
            if spec.id == document_id:
                return spec
        known = ", ".join(spec.id for spec in self.documents)
        raise PackError(self.id, "", f"no document {document_id!r}", remedy=f"it has: {known}")

    def basis(self, basis_id: str) -> Basis:
        """The law or standard with this id.

        Raises:
            PackError: there is none.
        """
        for basis in self.bases:
            if basis.id == basis_id:
                return basis
        raise PackError(self.id, "", f"no basis {basis_id!r}")

    def unit(self, document_id: str, language: str) -> str:
        """What a document calls its points, such as controls: the text ``unit.<id>``, else ``unit``."""
        texts = self.texts[language]
        return texts.get(f"unit.{document_id}") or texts.get("unit", "points")

    def language(self, language: str) -> str:
        """`language`, if the pack speaks it.

        Raises:
            PackError: it does not; the message names those it speaks.
        """
        if language not in self.languages:
            remedy = f"it speaks: {', '.join(self.languages)}"
            raise PackError(self.id, "", f"no texts in language {language!r}", remedy=remedy)
        return language


def available_packs() -> tuple[str, ...]:
    """The ids of the packs that are shipped, sorted."""
    folders = files("docgen.templates").iterdir()
    return tuple(sorted(folder.name for folder in folders if folder.joinpath("pack.toml").is_file()))


def find_pack(document_id: str) -> str | None:
    """The id of the shipped pack that names this document, looked for without loading any; None if none does."""
    for pack_id in available_packs():
        folder = files("docgen.templates").joinpath(pack_id)
        for file in ("pack.toml", *files_in(folder, "documents")):
            listed = read_data(folder, pack_id, file).get("document")
            if isinstance(listed, list) and any(
                isinstance(one, dict) and one.get("id") == document_id for one in listed
            ):
                return pack_id
    return None


def load_pack(where: str | Path) -> Pack:
    """The shipped pack with this id, or the pack in this folder, checked as a whole.

    A `str` is an id, unless it names no shipped pack and is a folder.

    Raises:
        PackError: there is no such pack, or something in it is not what packs are.
    """
    if isinstance(where, str) and _ID.fullmatch(where) and where in available_packs():
        return _shipped(where)
    folder = Path(where)
    if not folder.joinpath("pack.toml").is_file():
        remedy = f"shipped packs: {', '.join(available_packs()) or 'none'}; or give a folder with a pack.toml"
        raise PackError(str(where), "", "no such pack", remedy=remedy)
    return _load(folder)


@cache
def _shipped(pack_id: str) -> Pack:
    return _load(files("docgen.templates").joinpath(pack_id))


def basis_lines(spec: DocumentSpec, language: str) -> tuple[BasisLine, ...]:
    """Each law or standard behind a document, as its control block prints it."""
    return tuple(BasisLine(basis.title.say(language), basis.version, basis.as_of.isoformat()) for basis in spec.bases)


def _load(folder: Traversable) -> Pack:
    top = Fields(folder.name, "pack.toml", read_data(folder, folder.name, "pack.toml"))
    head = top.table("pack")
    if head.whole_number("format") != 1:
        raise head.wrong("format", "expected 1", remedy="this pack needs a newer aims-ledger")
    pack_id = head.name("id", _ID)
    if pack_id != folder.name:
        raise head.wrong("id", f"{pack_id!r} lies in a folder named {folder.name!r}; they must be the same")
    languages = head.words("languages")
    if not languages:
        raise head.wrong("languages", "names no language")

    bases = tuple(_basis(fields, languages) for fields in top.tables("basis"))
    top.unique("basis", [basis.id for basis in bases])
    documents = tuple(_document(fields, languages, bases, folder) for fields in _document_tables(top, folder))
    top.unique("document", [spec.id for spec in documents])
    if not documents:
        raise top.wrong("document", "the pack has no document")
    data = {name: freeze(read_data(folder, pack_id, file)) for name, file in top.strings("data", optional=True).items()}
    pack = Pack(
        id=pack_id,
        version=head.string("version"),
        title=head.text("title", languages),
        description=head.text("description", languages),
        languages=languages,
        bases=bases,
        documents=documents,
        texts=MappingProxyType({language: _texts(folder, pack_id, language) for language in languages}),
        data=MappingProxyType(data),
        folder=folder,
    )
    head.done()
    top.done()
    return pack


def _document_tables(top: Fields, folder: Traversable) -> Iterator[Fields]:
    """The documents in ``pack.toml``, then those in ``documents/*.toml`` by name of the file."""
    yield from top.tables("document")
    for file in files_in(folder, "documents"):
        listed = Fields(folder.name, file, read_data(folder, folder.name, file))
        yield from listed.tables("document")
        listed.done()


def _basis(fields: Fields, languages: tuple[str, ...]) -> Basis:
    basis = Basis(
        id=fields.name("id", _ID),
        title=fields.text("title", languages),
        version=fields.string("version"),
        as_of=fields.date("as_of"),
        note=fields.text("note", languages) if "note" in fields else None,
        url=fields.string("url", default=""),
    )
    fields.done()
    return basis


def _document(
    fields: Fields, languages: tuple[str, ...], bases: tuple[Basis, ...], folder: Traversable
) -> DocumentSpec:
    document_id = fields.name("id", _ID)
    template = fields.text("template", languages)
    for language in languages:
        name = template.say(language)
        if not name.endswith(".md.j2") or not folder.joinpath(name).is_file():
            raise fields.wrong("template", f"{name!r} is no template of the pack", remedy="templates end in .md.j2")
    about = fields.string("about")
    if about not in ("system", "organisation"):
        raise fields.wrong("about", f"{about!r}, expected 'system' or 'organisation'")
    known = {basis.id: basis for basis in bases}
    named = fields.words("basis", optional=True)
    for name in named:
        if name not in known:
            raise fields.wrong("basis", f"{name!r} is no basis of the pack", remedy=f"it has: {', '.join(known)}")
    groups: tuple[Group, ...] = ()
    if "points" in fields:
        groups = read_points(folder, fields.pack, fields.string("points"), languages)
    spec = DocumentSpec(
        id=document_id,
        template=template,
        title=fields.text("title", languages),
        subtitle=fields.text("subtitle", languages),
        about=about,
        number=fields.string("number", default=""),
        classification=fields.text("classification", languages, default="Internal"),
        bases=tuple(known[name] for name in named),
        groups=groups,
        points=tuple(point for group in groups for point in group.points),
        data=fields.free("data"),
    )
    fields.done()
    return spec


def _texts(folder: Traversable, pack: str, language: str) -> Mapping[str, str]:
    """All strings of ``texts/<language>.toml`` and ``texts/<language>/*.toml``, nested tables as dotted keys.

    Below them lie the words of docgen itself in that language, which every pack shares.
    """
    flat: dict[str, str] = {}

    def add(file: str, prefix: str, table: Mapping[str, Any]) -> None:
        for key, value in table.items():
            if isinstance(value, Mapping):
                add(file, f"{prefix}{key}.", value)
            elif not isinstance(value, str):
                raise PackError(pack, file, f"{prefix}{key} is not a string")
            elif prefix + key in flat:
                raise PackError(pack, file, f"{prefix}{key} is in another file of the language too")
            else:
                flat[prefix + key] = value

    for file in (f"texts/{language}.toml", *files_in(folder, f"texts/{language}")):
        add(file, "", read_data(folder, pack, file))
    return MappingProxyType({**_own_words(language), **flat})


@cache
def _own_words(language: str) -> Mapping[str, str]:
    """What docgen says in `language` where a pack says nothing else: ``reason.*`` and ``word.*``; none for English."""
    folder, file = files("docgen.templates").joinpath(_WORDS), f"{language}.toml"
    if not folder.joinpath(file).is_file():
        return MappingProxyType({})
    table = read_data(folder, _WORDS, file)
    return MappingProxyType({f"{top}.{key}": text for top, inner in table.items() for key, text in inner.items()})
