"""A document that was built again, held against what was published from the same checkpoint.

The same checkpoint, pack and tool give the same content digest for ever, with one lawful exception: a value that was
erased since is printed as erased.  Then the entry that erased it is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING

from docgen.build import BuiltDocument
from docgen.life.fold import AUDIENCES, audience_of, document_name
from docgen.packdigest import pack_digest
from docgen.packs import Pack
from ledger.entry import Entry
from ledger.errors import AimsError

if TYPE_CHECKING:
    from ledger.client import Ledger

__all__ = ["Comparison", "compare_with_published", "erased_since", "find_publication"]

_GIVEN_OUT = ("published", "superseded", "withdrawn")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What was published and what was built again from the same checkpoint.

    `erased` are pairs: an entry inside the checkpoint, and the later entry that erased something of it; those
    that the document cites, if it cites any of them.  `versions` says which other pack or tool made the
    published one.
    """

    publication: Entry
    content_digest: str
    erased: tuple[tuple[int, int], ...]
    versions: tuple[str, ...]

    @property
    def published_digest(self) -> str:
        """The content digest that was published."""
        return str(self.publication.data["content_digest"])

    @property
    def same(self) -> bool:
        """Whether it says the same as what was published."""
        return self.content_digest == self.published_digest

    @property
    def verdict(self) -> str:
        """``same``; ``erased`` or ``other version``, which explain a difference; or ``differs``, which nothing does."""
        if self.same:
            return "same"
        return "erased" if self.erased else "other version" if self.versions else "differs"

    @property
    def exit_code(self) -> int:
        """0 for the same; 4 when something lawful explains the difference; 1 when nothing does."""
        return {"same": 0, "differs": 1}.get(self.verdict, 4)

    def lines(self) -> Iterator[str]:
        """The comparison in sentences."""
        name = f"the one published as entry #{self.publication.index} (version {self.publication.data['version']})"
        if self.same:
            yield f"content digest is that of {name}"
        elif self.verdict == "erased":
            why = ", ".join(f"#{target} was erased by #{by}" for target, by in self.erased)
            yield f"content digest differs from {name} because {why}"
        elif self.verdict == "other version":
            yield f"content digest differs from {name}, which another version made"
        else:
            yield f"content digest differs from {name}, and no erasure and no other version explains it"
        yield from (f"made then by {version}" for version in self.versions)


def find_publication(
    ledger: Ledger, built: BuiltDocument, subject: str, version: str, audience: str = "internal"
) -> Entry | None:
    """The last entry that gave this document out as built from the same checkpoint, else the last that put it up."""
    matching = [
        entry
        for entry in ledger.entries(kinds=("publication",), subject=subject)
        if (entry.data["document"], entry.data["language"])
        == (document_name(built.document, built.item), built.language)
        and (entry.version or "") == version
        and audience_of(entry) == AUDIENCES[audience]
        and entry.data.get("content_digest")
        and (entry.data.get("checkpoint") or {}).get("size") == built.checkpoint.size
    ]
    given_out = [entry for entry in matching if entry.data["state"] in _GIVEN_OUT]
    return next(reversed(given_out or matching), None)


def compare_with_published(ledger: Ledger, built: BuiltDocument, pack: Pack, publication: Entry) -> Comparison:
    """What `built` has in common with that publication of it, and what explains the difference."""
    erased = erased_since(ledger, built.checkpoint.size, publication.index)
    cited = tuple(pair for pair in erased if pair[0] in built.cited)
    return Comparison(publication, built.content_digest, cited or erased, tuple(_versions(publication, pack)))


def erased_since(ledger: Ledger, size: int, after: int) -> tuple[tuple[int, int], ...]:
    """(entry, erasing entry) of everything among the first `size` entries that an entry after `after` erased."""
    found = []
    for erasure in ledger.entries(kinds=("erasure",), start=after + 1):
        try:
            target = ledger.entry(str(erasure.data["statement"])).index
        except AimsError:
            continue  # it erases nothing that is here; verification says so
        if target < size and erasure.data.get("members"):
            found.append((target, erasure.index))
    return tuple(sorted(found))


def _versions(publication: Entry, pack: Pack) -> Iterator[str]:
    """What made the published document and is another version here."""
    used = publication.data.get("pack") or {}
    if used and (used.get("name"), used.get("version")) != (pack.id, pack.version):
        yield f"pack {used.get('name')} {used.get('version')}, here it is {pack.id} {pack.version}"
    elif used.get("digest") and used["digest"] != pack_digest(pack):
        yield f"pack {pack.id} {pack.version} with other files ({used['digest'][:16]}…)"
    for tool, then in sorted((publication.data.get("tools") or {}).items()):
        now = _installed(tool)
        if now != then:
            yield f"{tool} {then}, here it is {now}"


def _installed(tool: str) -> str:
    try:
        return installed_version(tool)
    except ModuleNotFoundError:
        return "not installed"
