"""Where the slots of a document are after people have edited it: by tag, by bookmarks, by alias, by their text.

Each program loses something else (`docgen.word.controls`), so each way is tried in this order.  Whatever way a
slot was found, its content ends up in one control that carries `docgen.reading.words.SLOT`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from lxml import etree

from docgen.digest import text_digest
from docgen.reading.package import qname
from docgen.reading.words import SLOT

__all__ = ["Expected", "FoundBy", "Places", "find_places"]

FoundBy: TypeAlias = Literal["tag", "bookmarks", "alias", "heading"]
_Element: TypeAlias = etree._Element
_BLOCKS = (qname("w:p"), qname("w:tbl"), qname("w:sdt"))
_CONTAINERS = (qname("w:body"), qname("w:sdtContent"), qname("w:tc"))
_MOST_PARAGRAPHS = 60
_MOST_COPIES = 50
_MOST_SEARCHED = 5000


@dataclass(frozen=True, slots=True)
class Expected:
    """A slot that the carrier says is in the document."""

    n: int
    id: str
    kind: str
    text_digest: str


@dataclass(frozen=True, slots=True)
class Places:
    """The control of each slot found and how it was, by slot id; the ids of those there twice."""

    found: Mapping[str, tuple[_Element, FoundBy]]
    duplicates: tuple[str, ...]


def find_places(root: _Element, expected: Sequence[Expected]) -> Places:
    """The place of each slot, marked in the tree."""
    found: dict[str, tuple[_Element, FoundBy]] = {}
    duplicates: list[str] = []
    tags, aliases, marks = _controls(root, "w:tag"), _controls(root, "w:alias"), _points(root)
    for slot in expected:
        tagged = _outermost(tags.get(slot.id, []))
        if len(tagged) > 1:
            duplicates.append(slot.id)
        elif tagged:
            found[slot.id] = tagged[0], "tag"
    for slot in expected:
        if slot.id in found or slot.id in duplicates:
            continue
        named = _outermost(aliases.get(slot.id, []))
        place = _by_bookmarks(marks, slot.n, named)
        if place is not None:
            if any(not _overlaps(place, one) for one in named):
                duplicates.append(slot.id)
                continue
            found[slot.id] = place, "bookmarks"
        elif named and not any(_grew(one) for one in named) and (place := _one_place(named)) is not None:
            found[slot.id] = place, "alias"
        elif named:
            duplicates.append(slot.id)
    for slot in expected:
        if slot.id in found:
            found[slot.id][0].set(SLOT, f"{slot.id}:{slot.kind}")
    left = [slot for slot in expected if slot.id not in found and slot.id not in duplicates]
    by_text = _by_text(root, frozenset(slot.text_digest for slot in left) - {text_digest("")})
    for slot in left:
        alike = [other for other in left if other.text_digest == slot.text_digest]
        if len(alike) == 1 and slot.text_digest in by_text:
            place = _wrap(by_text[slot.text_digest])
            place.set(SLOT, f"{slot.id}:{slot.kind}")
            found[slot.id] = place, "heading"
    return Places(found, tuple(duplicates))


def _controls(root: _Element, name: str) -> dict[str, list[_Element]]:
    controls: dict[str, list[_Element]] = {}
    for control in root.iter(qname("w:sdt")):
        mark = control.find(f"{qname('w:sdtPr')}/{qname(name)}")
        if mark is not None:
            controls.setdefault(str(mark.get(qname("w:val"), "")), []).append(control)
    return controls


_Marks: TypeAlias = dict[str, list[tuple[int, _Element]]]


def _points(root: _Element) -> _Marks:
    """The bookmarks of slots by name, each with its place among all of them."""
    marks: _Marks = {}
    for place, mark in enumerate(root.iter(qname("w:bookmarkStart"))):
        name = str(mark.get(qname("w:name"), ""))
        if name.startswith("_aims_"):
            marks.setdefault(name, []).append((place, mark))
    return marks


def _outermost(controls: list[_Element]) -> list[_Element]:
    """Without controls inside of others among them: some programs write one into the other."""
    if len(controls) > _MOST_COPIES:
        return controls
    return [one for one in controls if not any(other is not one and _inside(one, other) for other in controls)]


def _inside(element: _Element, outer: _Element) -> bool:
    return element is outer or any(ancestor is outer for ancestor in element.iterancestors())


def _overlaps(place: _Element, control: _Element) -> bool:
    return _inside(place, control) or _inside(control, place)


def _by_bookmarks(marks: _Marks, n: int, named: list[_Element]) -> _Element | None:
    """The control around what stands between the slot's two points, or None unless each is there once, in order."""
    starts, ends = marks.get(f"_aims_{n}_s", []), marks.get(f"_aims_{n}_e", [])
    # LibreOffice writes the point at a table's end twice; in two paragraphs they are two copies.
    for found in (starts, ends):
        if not 0 < len(found) <= _MOST_COPIES or len({_paragraph(mark) for _, mark in found}) != 1:
            return None
    (first, start), (last, end) = starts[0], ends[-1]
    if first > last:
        return None
    around = [one for one in named if _inside(start, one) and _inside(end, one)]
    if len(around) == 1 and not _grew(around[0], end):
        return around[0]
    return _fence(start, end)


def _grew(control: _Element, end: _Element | None = None) -> bool:
    """Whether a program made the control take in what came behind it: a section's end, a heading, another slot.

    LibreOffice does that where a section ends right behind a control.  With `end`, only what comes behind it counts.
    """
    nodes = list(control.iter())
    if end is not None:
        last = _paragraph(end)
        first = nodes.index(end) + 1
        if last is not None and last.find(f"{qname('w:pPr')}/{qname('w:sectPr')}") is not None:
            return True
        nodes = nodes[first:]
    names = [str(node.get(qname("w:name"), "")) for node in nodes if node.tag == qname("w:bookmarkStart")]
    ours = [name for name in names if name.startswith(("_aims_", "h_"))]
    own = 2 if end is None else 0
    return len(ours) > own or any(node.tag == qname("w:sectPr") for node in nodes)


def _fence(start: _Element, end: _Element) -> _Element | None:
    """A new control around whole paragraphs, or around the words between the points of one paragraph."""
    first, last = _paragraph(start), _paragraph(end)
    if first is None or last is None:
        return None
    if first is last:
        words = _between(first, start, end)
        if _has_text(_before(first, start)) or _has_text(_after(first, end)):
            return _wrap(words) if words and words[0].getparent() is first else None
        if _is_cell(first.getparent()) and len(_blocks_of(first.getparent())) == 1:
            return _wrap([first])
        return _wrap([_climb(first)])
    common = next((one for one in first.iterancestors(*_CONTAINERS) if _inside(last, one)), None)
    if common is None:
        return None
    inside = [child for child in common if child.tag in _BLOCKS]
    begins = next((n for n, child in enumerate(inside) if _inside(first, child)), None)
    ends = next((n for n, child in enumerate(inside) if _inside(last, child)), None)
    return None if begins is None or ends is None else _wrap(inside[begins : ends + 1])


def _climb(paragraph: _Element) -> _Element:
    """The paragraph, or the control that holds nothing else."""
    parent = paragraph.getparent()
    if parent is not None and parent.tag == qname("w:sdtContent") and len(_blocks_of(parent)) == 1:
        control = parent.getparent()
        return control if control is not None else paragraph
    return paragraph


def _paragraph(mark: _Element) -> _Element | None:
    """The paragraph a point stands in; one between paragraphs belongs to the next."""
    inside = next((one for one in mark.iterancestors() if one.tag == qname("w:p")), None)
    if inside is not None:
        return inside
    following = mark.getnext()
    while following is not None and following.tag != qname("w:p"):
        following = following.getnext()
    return following


def _is_cell(element: _Element | None) -> bool:
    return element is not None and element.tag == qname("w:tc")


def _blocks_of(element: _Element | None) -> list[_Element]:
    return [child for child in element if child.tag in _BLOCKS] if element is not None else []


def _before(paragraph: _Element, mark: _Element) -> list[_Element]:
    nodes = list(paragraph.iter())
    return nodes[: nodes.index(mark)]


def _after(paragraph: _Element, mark: _Element) -> list[_Element]:
    nodes = list(paragraph.iter())
    return nodes[nodes.index(mark) + 1 :]


def _between(paragraph: _Element, start: _Element, end: _Element) -> list[_Element]:
    """The children of the paragraph from one point to the other."""
    children = list(paragraph)
    begins = next(n for n, child in enumerate(children) if _inside(start, child))
    ends = next(n for n, child in enumerate(children) if _inside(end, child))
    return children[begins : ends + 1]


def _has_text(nodes: Iterable[_Element]) -> bool:
    return any(node.tag == qname("w:t") and (node.text or "").strip() for node in nodes)


def _wrap(elements: Sequence[_Element]) -> _Element:
    """A control around siblings, in their place."""
    parent = elements[0].getparent()
    assert parent is not None
    control = etree.SubElement(parent, qname("w:sdt"))
    content = etree.SubElement(control, qname("w:sdtContent"))
    parent.insert(parent.index(elements[0]), control)
    content.extend(elements)
    return control


def _one_place(named: list[_Element]) -> _Element | None:
    """One control, or several in a row that a program made out of one: around them all."""
    if len(named) == 1:
        return named[0]
    parent = named[0].getparent()
    if parent is None or any(one.getparent() is not parent for one in named):
        return None
    inside = [child for child in parent if child.tag in _BLOCKS]
    places = [inside.index(one) for one in named if one in inside]
    if len(places) != len(named) or places[-1] - places[0] > _MOST_PARAGRAPHS:
        return None
    stretch = inside[places[0] : places[-1] + 1]
    # Only what a program put between the halves of one control; another slot or chapter there means two copies.
    strangers = [one for one in stretch if one not in named and one.tag != qname("w:p")]
    if strangers or len(stretch) > 2 * len(named) + 1:
        return None
    return _wrap(stretch)


def _by_text(root: _Element, wanted: frozenset[str]) -> dict[str, list[_Element]]:
    """By digest, the only run of paragraphs that reads exactly like that."""
    body = root.find(qname("w:body"))
    blocks = [child for child in body if child.tag == qname("w:p")][:_MOST_SEARCHED] if body is not None else []
    texts = [_said(block) for block in blocks]
    found: dict[str, list[list[_Element]]] = {}
    for begin in range(len(blocks) if wanted else 0):
        for end in range(begin + 1, min(begin + _MOST_PARAGRAPHS, len(blocks)) + 1):
            if end > begin + 1 and blocks[end - 2].getnext() is not blocks[end - 1]:
                break
            digest = text_digest("\n".join(texts[begin:end]))
            if digest in wanted:
                found.setdefault(digest, []).append(blocks[begin:end])
    return {digest: runs[0] for digest, runs in found.items() if len(runs) == 1}


def _said(paragraph: _Element) -> str:
    """The paragraph as a slot's digest takes it, as far as plain text goes."""
    return "".join(node.text or "" if node.tag == qname("w:t") else " " for node in paragraph.iter(*_WORDS))


_WORDS = (qname("w:t"), qname("w:br"), qname("w:tab"))
