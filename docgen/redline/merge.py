"""The blocks of two files as one sequence of blocks with tracked changes.

Word by word inside a paragraph, row by row in a table.  A section that moved is deleted there and inserted here.  Where
rows or looks differ in more than words, the old one goes and the new one comes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Final

from docx.oxml.ns import qn

from docgen.redline.align import Step, align, likeness
from docgen.redline.faces import Atom, Face, atoms, cell_face, face_of, properties_face, row_face, words_in
from docgen.redline.marks import Marker
from docgen.redline.nodes import SPACE, copy_of, shell_of, w_element
from docgen.redline.package import Package
from docgen.word.oxml import Element

__all__ = ["Merge"]

_P, _TBL, _TR, _TC, _PPR = (qn(f"w:{name}") for name in ("p", "tbl", "tr", "tc", "pPr"))
_POINTS: Final = frozenset((qn("w:bookmarkStart"), qn("w:bookmarkEnd")))


class Merge:
    """Merges an old file into a new one; `adopt` makes an element of the old file fit to stand in the new one."""

    def __init__(self, old: Package, new: Package, marker: Marker, adopt: Callable[[Element], Element]) -> None:
        self._old, self._new, self._marker, self._adopt = old, new, marker, adopt
        self.changed = 0

    def blocks(self) -> list[Element]:
        """Every block of both, in order, with the changes marked."""
        return list(self._sequence(self._old.blocks, self._new.blocks))

    def _sequence(self, old: Sequence[Element], new: Sequence[Element]) -> Iterator[Element]:
        faces = [face_of(self._old, one) for one in old], [face_of(self._new, one) for one in new]
        words = [[Counter(words_in(face)) for face in side] for side in faces]

        def alike(i: int, j: int) -> float:
            if not self._fit(old[i], new[j]):
                return 0.0
            share = likeness(words[0][i], words[1][j])
            return min(1.0, share + 0.3) if old[i].tag == _TBL else share

        for step in align(*faces, alike):
            yield from self._step(step, old, new)

    def _step(self, step: Step, old: Sequence[Element], new: Sequence[Element]) -> Iterator[Element]:
        if step.same and step.new is not None:
            yield new[step.new]
            return
        self.changed += 1
        if step.new is None and step.old is not None:
            yield self._marker.block("del", self._adopt(old[step.old]))
        elif step.old is None and step.new is not None:
            yield self._marker.block("ins", new[step.new])
        elif step.old is not None and step.new is not None:
            before, after = old[step.old], new[step.new]
            yield self._table(before, after) if after.tag == _TBL else self._paragraph(before, after)

    def _fit(self, old: Element, new: Element) -> bool:
        """Whether one can be shown as the other, changed."""
        if old.tag != new.tag:
            return False
        if new.tag == _P:
            return properties_face(self._old, old) == properties_face(self._new, new)
        return new.tag == _TBL and _columns(old) == _columns(new) and _style(old) == _style(new)

    def _paragraph(self, old: Element, new: Element) -> Element:
        """The new paragraph with the words that went and came."""
        made = shell_of(new)
        properties = new.find(_PPR)
        if properties is not None:
            made.append(properties)
        before, after = atoms(self._old, old), atoms(self._new, new)
        points = _points(self._new, new)
        for kind, i, i_end, j, j_end in _word_steps(before, after):
            if kind == "equal":
                made.extend(_with_points(after, j, j_end, points, lambda elements: elements))
                continue
            gone = [self._adopt(element) for element in _elements(before[i:i_end])]
            made.extend(self._marker.runs("del", gone))
            made.extend(_with_points(after, j, j_end, points, lambda elements: self._marker.runs("ins", elements)))
        made.extend(points.get(len(after), ()))
        return made

    def _table(self, old: Element, new: Element) -> Element:
        """The new table with the rows that went, came and changed; its widths and looks."""
        made = shell_of(new)
        made.extend(child for child in new if child.tag != _TR)
        rows = old.findall(_TR), new.findall(_TR)
        faces = [row_face(self._old, row) for row in rows[0]], [row_face(self._new, row) for row in rows[1]]

        def alike(i: int, j: int) -> float:
            if not self._rows_fit(rows[0][i], rows[1][j]):
                return 0.0
            return max(_row_likeness(faces[0][i], faces[1][j]), 0.0)

        for step in align(*faces, alike):
            if step.same and step.new is not None:
                made.append(rows[1][step.new])
            elif step.new is None and step.old is not None:
                made.append(self._marker.row("del", _fitted(self._adopt(rows[0][step.old]), new)))
            elif step.old is None and step.new is not None:
                made.append(self._marker.row("ins", rows[1][step.new]))
            elif step.old is not None and step.new is not None:
                made.append(self._row(rows[0][step.old], rows[1][step.new]))
        return made

    def _rows_fit(self, old: Element, new: Element) -> bool:
        cells = old.findall(_TC), new.findall(_TC)
        if len(cells[0]) != len(cells[1]):
            return False
        for before, after in zip(*cells, strict=True):
            if cell_face(self._old, before)[0] != cell_face(self._new, after)[0]:
                return False
            inside = [[block for block in cell if block.tag != qn("w:tcPr")] for cell in (before, after)]
            if len(inside[0]) != len(inside[1]):
                return False
            if not all(one.tag == _P and self._fit(one, two) for one, two in zip(*inside, strict=True)):
                return False
        return True

    def _row(self, old: Element, new: Element) -> Element:
        made = shell_of(new)
        olds = iter(old.findall(_TC))
        for child in new:
            if child.tag != _TC:
                made.append(child)
                continue
            paragraphs = iter(next(olds).findall(_P))
            cell = shell_of(child)
            for block in child:
                cell.append(self._paragraph(next(paragraphs), block) if block.tag == _P else block)
            made.append(cell)
        return made


def _word_steps(old: Sequence[Atom], new: Sequence[Atom]) -> list[tuple[str, int, int, int, int]]:
    """The steps from one paragraph's words to another's; a space alone between two changes joins them."""
    numbers: dict[Face, int] = {}
    first = [numbers.setdefault(atom.key, len(numbers)) for atom in old]
    second = [numbers.setdefault(atom.key, len(numbers)) for atom in new]
    steps: list[tuple[str, int, int, int, int]] = []
    for what, i, i_end, j, j_end in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        kept = what == "equal"
        if steps and steps[-1][0] == "replace" and (not kept or _only_space(old[i:i_end])):
            steps[-1] = ("replace", steps[-1][1], i_end, steps[-1][3], j_end)
        else:
            steps.append(("equal" if kept else "replace", i, i_end, j, j_end))
    return steps


def _only_space(words: Sequence[Atom]) -> bool:
    return len(words) == 1 and words[0].key[0] == "word" and words[0].text.isspace()


def _row_likeness(old: Face, new: Face) -> float:
    """How alike two rows are; one whose first cell is the same is the same row with other values."""
    share = likeness(Counter(words_in(old)), Counter(words_in(new)))
    return max(share, 0.5) if old[:1] == new[:1] else share


def _elements(words: Sequence[Atom]) -> Iterator[Element]:
    """The runs that say these, words and breaks of one look together: some programs lose a break that is alone."""
    for look, group in groupby(words, lambda atom: None if atom.key[0] == "whole" else (atom.key[2],)):
        if look is None:
            yield from (element for atom in group for element in atom.elements)
            continue
        listed = list(group)
        run = w_element("r")
        if listed[0].properties is not None:
            run.append(copy_of(listed[0].properties))
        for plain, inside in groupby(listed, lambda atom: atom.key[0] == "word"):
            if plain:
                text = w_element("t")
                text.set(SPACE, "preserve")
                text.text = "".join(atom.text for atom in inside)
                run.append(text)
            else:
                run.extend(copy_of(atom.elements[0][-1]) for atom in inside)
        yield run


def _points(package: Package, paragraph: Element) -> dict[int, list[Element]]:
    """The bookmarks of a paragraph by the number of atoms before them."""
    found: dict[int, list[Element]] = {}
    before: list[Element] = []
    for child in paragraph:
        if child.tag in _POINTS:
            shell = w_element("p")
            shell.extend(copy_of(one) for one in before)
            found.setdefault(len(atoms(package, shell)), []).append(child)
        elif child.tag != _PPR:
            before.append(child)
    return found


def _with_points(
    words: Sequence[Atom],
    start: int,
    end: int,
    points: dict[int, list[Element]],
    marked: Callable[[list[Element]], list[Element]],
) -> Iterator[Element]:
    """The elements of ``words[start:end]``, each bookmark where it stood."""
    place = start
    for stop in [*sorted(at for at in points if start <= at < end), end]:
        if stop > place:
            yield from marked(list(_elements(words[place:stop])))
            place = stop
        if stop < end:
            yield from points.pop(stop)


def _columns(table: Element) -> int:
    return len(table.findall(f"{qn('w:tblGrid')}/{qn('w:gridCol')}"))


def _style(table: Element) -> str | None:
    style = table.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}")
    return style.get(qn("w:val")) if style is not None else None


def _fitted(row: Element, table: Element) -> Element:
    """The row with the column widths of the table it is shown in, where it has as many cells."""
    widths = [column.get(qn("w:w"), "") for column in table.iter(qn("w:gridCol"))]
    cells = row.findall(f"{_TC}/{qn('w:tcPr')}/{qn('w:tcW')}")
    if len(cells) == len(widths):
        for cell, width in zip(cells, widths, strict=True):
            cell.set(qn("w:w"), width)
    return row
