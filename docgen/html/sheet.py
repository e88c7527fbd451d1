"""A document being written: its pictures and words, and the ids that links lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping

from docgen.info import DocumentInfo
from docgen.labels import Labels
from docgen.pictures import Picture
from docgen.tree import Body, Heading, plain_text, walk

__all__ = ["Sheet", "caption_id", "entry_id", "slot_id"]


def entry_id(index: int) -> str:
    """The id of an entry's row in the evidence register."""
    return f"entry-{index}"


def slot_id(slot: str) -> str:
    """The id of a slot's element."""
    return f"slot-{slot}"


def caption_id(target: str) -> str:
    """The id of a table or figure that references lead to."""
    return target.replace(":", "-")


class Sheet:
    """The state of one build.  Asked in the same order, it gives the same ids."""

    def __init__(self, body: Body, info: DocumentInfo, pictures: Mapping[str, Picture], labels: Labels) -> None:
        self.body, self.info, self.pictures, self.labels = body, info, pictures, labels
        self._counts: dict[str, int] = {}
        self.heading_ids = self._name_headings()
        headings = [block for block in walk(body.blocks) if isinstance(block, Heading)]
        self.ids = {heading.id: self.heading_ids[id(heading)] for heading in headings if heading.id}

    def count(self, what: str) -> int:
        """The next number of this sort, from 1."""
        self._counts[what] = self._counts.get(what, 0) + 1
        return self._counts[what]

    def _name_headings(self) -> Mapping[int, str]:
        """Ids of headings by `id()` of the block: the one in the template, else made of their words."""
        named: dict[int, str] = {}
        taken: set[str] = set()
        for heading in (block for block in walk(self.body.blocks) if isinstance(block, Heading)):
            words = re.sub(r"[^A-Za-z0-9]+", "-", plain_text(heading.children)).strip("-")[:40]
            stem = f"s-{heading.id or words}"
            name, again = stem, 1
            while name in taken:
                again += 1
                name = f"{stem}-{again}"
            taken.add(name)
            named[id(heading)] = name
        return named
