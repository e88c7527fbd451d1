"""What changed between two states of a document, by requirement: status words, evidence, texts and values.

Sections are the headings of requirement points with everything below them; of two files, where nobody knows the points,
every heading.  A changed line is an old and a new text of the same paragraph or table row.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from docx.oxml.ns import qn

from docgen.digest import slot_text
from docgen.redline.align import align, likeness
from docgen.redline.faces import atoms
from docgen.redline.package import Package, open_package
from docgen.tree import Block, Body, Heading, Landscape, Language, Slot, plain_text
from docgen.word.oxml import Element

if TYPE_CHECKING:
    from docgen.requirements import RequirementStatus

__all__ = [
    "Section",
    "SectionChange",
    "TextChange",
    "compare_sections",
    "lines_of",
    "sections_of_body",
    "sections_of_file",
]

_CITATION: Final = re.compile(r"\[#(\d+)[ \u00a0][0-9a-f]{8}\]")
_HEADING: Final = re.compile(r"(?:[Hh]eading|berschrift|Titre|Titolo)\s?([1-9])\Z")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and the lines below it, up to the next section; the first one of a document has no id."""

    id: str
    title: str
    lines: tuple[str, ...]

    @property
    def cited(self) -> frozenset[int]:
        """The entries cited in it."""
        return frozenset(int(found) for line in self.lines for found in _CITATION.findall(line))


@dataclass(frozen=True, slots=True)
class TextChange:
    """A line that changed; an empty `old` came, an empty `new` went."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class SectionChange:
    """What changed in a section; `status` is the old and the new word, empty where there is none.

    `gained` and `lost` are the entries cited now and not before, and the other way round.
    """

    id: str
    title: str
    status: tuple[str, str]
    gained: tuple[int, ...]
    lost: tuple[int, ...]
    changes: tuple[TextChange, ...]

    @property
    def status_changed(self) -> bool:
        """Whether the point has another status word now."""
        return self.status[0] != self.status[1]


def compare_sections(
    old: Sequence[Section],
    new: Sequence[Section],
    statuses: tuple[Mapping[str, RequirementStatus], Mapping[str, RequirementStatus]] = ({}, {}),
) -> tuple[SectionChange, ...]:
    """The sections that changed, in the order of the new document, those that went before the one they stood before."""
    steps = align([one.id for one in old], [one.id for one in new])
    moved = {old[step.old].id for step in steps if step.old is not None and step.new is None}
    before = {one.id: one for one in old}
    found = []
    for step in steps:
        if step.new is not None:
            section = new[step.new]
            found.append(_change(before.get(section.id), section, statuses))
        elif step.old is not None and not any(one.id == old[step.old].id for one in new):
            found.append(_change(old[step.old], None, statuses))
    return tuple(one for one in found if one.changes or one.gained or one.lost or one.status_changed or one.id in moved)


def _change(
    old: Section | None,
    new: Section | None,
    statuses: tuple[Mapping[str, RequirementStatus], Mapping[str, RequirementStatus]],
) -> SectionChange:
    named = new or old
    assert named is not None, "a step has a side"
    words = [side[named.id].status if named.id in side else "" for side in statuses]
    cited = [
        (one.cited if one is not None else frozenset())
        | {fact.index for fact in (side[named.id].entries if named.id in side else ())}
        for one, side in zip((old, new), statuses, strict=True)
    ]
    lines = [(one.title, *one.lines) if one is not None else () for one in (old, new)]
    return SectionChange(
        id=named.id,
        title=named.title,
        status=(words[0], words[1]),
        gained=tuple(sorted(cited[1] - cited[0])),
        lost=tuple(sorted(cited[0] - cited[1])),
        changes=tuple(_text_changes(*lines)),
    )


def _text_changes(old: Sequence[str], new: Sequence[str]) -> Iterator[TextChange]:
    words = [[Counter(line.split()) for line in side] for side in (old, new)]

    def alike(i: int, j: int) -> float:
        # A row that begins with the same cell is the same row with other values.
        same_row = "\t" in old[i] and old[i].partition("\t")[0] == new[j].partition("\t")[0]
        return max(likeness(words[0][i], words[1][j]), 0.5 if same_row else 0.0)

    for step in align(old, new, alike):
        if not step.same:
            before = old[step.old] if step.old is not None else ""
            after = new[step.new] if step.new is not None else ""
            yield TextChange(before, after)


def sections_of_body(body: Body, points: Sequence[str]) -> tuple[Section, ...]:
    """The sections of a document in our own tree: one for each of `points`, the others for the chapters."""
    made: list[tuple[str, str, int, list[str]]] = [("", "", 0, [])]
    for block in _flat(body.blocks):
        if isinstance(block, Heading):
            text = plain_text(block.children)
            inside_point = made[-1][0] in points and block.level > made[-1][2]
            if block.id in points or not inside_point:
                made.append((block.id or text, text, block.level, []))
                continue
        made[-1][3].extend(line for line in slot_text(Slot("lines", "derived", (block,))).split("\n") if line)
    return tuple(Section(id_, title, tuple(lines)) for id_, title, _, lines in made)


def _flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        if isinstance(block, Landscape | Language):
            yield from _flat(block.blocks)
        else:
            yield block


def sections_of_file(data: bytes, name: str) -> tuple[Section, ...]:
    """The sections of a Word file, one for each heading, named by its bookmark, else by its words.

    Raises:
        DocgenError: it is no Word file.
    """
    package = open_package(data, name)
    made: list[tuple[str, str, list[str]]] = [("", "", [])]
    for block in package.blocks:
        text = list(lines_of(package, block))
        style = block.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        if text and style is not None and _HEADING.match(style.get(qn("w:val"), "")):
            mark = block.find(qn("w:bookmarkStart"))
            made.append((mark.get(qn("w:name"), "") if mark is not None else text[0], text[0], []))
        else:
            made[-1][2].extend(text)
    return tuple(Section(id_, title, tuple(lines)) for id_, title, lines in made)


def lines_of(package: Package, block: Element) -> Iterator[str]:
    """The lines of a block: a paragraph's words, the cells of each row."""
    if block.tag == qn("w:p"):
        text = " ".join("".join(atom.text for atom in atoms(package, block)).split())
        if text:
            yield text
    for row in block.findall(qn("w:tr")):
        cells = [
            " ".join(line for inner in cell for line in lines_of(package, inner)) for cell in row.findall(qn("w:tc"))
        ]
        yield "\t".join(cells)
