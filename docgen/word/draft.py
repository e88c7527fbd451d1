"""A document being written: its package, and counters instead of random ids."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from docx.opc.constants import RELATIONSHIP_TYPE

from docgen.info import DocumentInfo
from docgen.labels import Labels
from docgen.numbering import caption_numbers
from docgen.pictures import Picture
from docgen.tree import Body, Heading, Ref, plain_text, walk, walk_inlines
from docgen.word.ground import Ground, own_ground
from docgen.word.oxml import Element, el

if TYPE_CHECKING:
    from docx.document import Document
    from docx.parts.document import DocumentPart

__all__ = ["Draft", "entry_bookmark", "word_language"]

# Word knows languages with a region only.
_REGIONS = {"en": "en-GB", "de": "de-DE", "fr": "fr-FR", "es": "es-ES", "it": "it-IT", "nl": "nl-NL", "pl": "pl-PL"}


def word_language(tag: str) -> str:
    """The language tag as Word wants it, with a region."""
    return _REGIONS.get(tag, tag)


def entry_bookmark(index: int) -> str:
    """The name of the bookmark at an entry's row in the evidence register."""
    return f"entry_{index}"


class Draft:
    """The state of one build.  Asked in the same order, it gives the same ids."""

    def __init__(
        self,
        body: Body,
        info: DocumentInfo,
        pictures: Mapping[str, Picture],
        labels: Labels,
        ground: Ground | None = None,
    ) -> None:
        self.body, self.info, self.pictures, self.labels = body, info, pictures, labels
        self.language = word_language(info.language)
        self.ground = ground or own_ground(self.language)
        self.document: Document = self.ground.document
        self.width = self.ground.page.width()
        self.run_language = ""  # of the blocks being written, when it is not the document's
        self.type_family = ""  # "Table" or "Dense" while cells are written
        self.pages: Mapping[str, int] = {}  # of headings, by their bookmarks, where a layout is known
        self.image_relations: dict[bytes, str] = {}
        self._counts: dict[str, int] = {}
        self._bookmarks: set[str] = set()
        self.heading_bookmarks = self._name_headings()
        headings = [block for block in walk(body.blocks) if isinstance(block, Heading)]
        self.caption_names = self._name_captions()
        self.caption_bookmarks = dict(self.caption_names)  # those whose caption is still to come
        self.bookmarks_by_id = {h.id: self.heading_bookmarks[id(h)] for h in headings if h.id}

    @property
    def part(self) -> DocumentPart:
        """The main part."""
        return self.document.part

    def style(self, name: str) -> str:
        """The id of the style with this name."""
        return self.ground.style_ids[name]

    def count(self, what: str) -> int:
        """The next number for ids of this sort, from 1."""
        self._counts[what] = self._counts.get(what, 0) + 1
        return self._counts[what]

    def link_id(self, url: str) -> str:
        """The relationship that leads to `url`."""
        return str(self.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))

    def bookmark(self, name: str, *inside: Element) -> list[Element]:
        """`inside` as a bookmark; with nothing inside, a point."""
        number = str(self.count("bookmark"))
        start = el("w:bookmarkStart", {"w:id": number, "w:name": name})
        return [start, *inside, el("w:bookmarkEnd", {"w:id": number})]

    def _name_captions(self) -> Mapping[str, str]:
        """Bookmark names of the captions that references lead to, by target; ``_Ref`` hides them in Word's dialogs."""
        named = {inline.target for inline in walk_inlines(self.body.blocks) if isinstance(inline, Ref)}
        targets = [target for target in caption_numbers(self.body.blocks) if target in named]
        return {target: f"_Ref_{target.partition(':')[0]}_{n}" for n, target in enumerate(targets, 1)}

    def _name_headings(self) -> Mapping[int, str]:
        """Bookmark names of headings by `id()` of the block: from the id in the template, else its words."""
        named: dict[int, str] = {}
        headings = [block for block in walk(self.body.blocks) if isinstance(block, Heading)]
        for heading in headings:
            words = heading.id or plain_text(heading.children)
            plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
            stem = "h_" + re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")[:32]
            name, again = stem, 1
            while name.lower() in self._bookmarks:
                again += 1
                name = f"{stem}_{again}"
            self._bookmarks.add(name.lower())
            named[id(heading)] = name
        return named
