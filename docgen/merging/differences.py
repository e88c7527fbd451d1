"""What reads otherwise than it was built, outside of the texts that come back: each difference is named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from docgen.reading import ReadDocument
from docgen.reading.located import Located

__all__ = ["Difference", "find_differences"]

_EDGES = {"cover": "the cover", "header": "a header", "footer": "a footer", "footnotes": "a footnote",
          "endnotes": "an endnote"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that reads otherwise: what (a slot by its id), under which heading, digests and words before and now.

    A digest is empty where nothing was or is; words before are known only when the document could be built again.
    """

    what: str
    heading: str
    old: str = ""
    new: str = ""
    before: str = ""
    now: str = ""


def find_differences(
    document: ReadDocument,
    lines: Sequence[str],
    built: ReadDocument | None = None,
    *,
    edges: bool = False,
    human: bool = False,
) -> tuple[Difference, ...]:
    """Every difference between the file and what was built; those in human slots only if `human` asks for them.

    `built` is the document built again, if that gave the same; with `edges` cover, headers and notes are compared
    with it as well.
    """
    words = {one.line: one for one in built.located} if built is not None else {}
    found = list(_in_lines(document.located, [*lines[1:]], words, human=human))
    found += [Difference(problem.what, "") for problem in document.strange if not problem.lost]
    found += _strange_slots(document, human=human)
    if built is not None and edges:
        found += list(_at_edges(document.edges, built.edges))
    else:
        found += [Difference(_EDGES[kind], "", now=document.edges[kind]) for kind in ("footnotes", "endnotes")
                  if document.edges.get(kind)]  # fmt: skip
    return tuple(found)


def _strange_slots(document: ReadDocument, *, human: bool) -> Iterator[Difference]:
    """What is in slots beside the words that their digests cover; what is in human ones comes back by itself."""
    headings = {name: one.heading for one in document.located if (name := _slot(one.line))}
    for slot in document.slots:
        if human or slot.kind != "human":
            where = headings.get(f"{slot.id}:{slot.kind}", "")
            for problem in slot.strange:
                yield Difference(f"{slot.kind} slot {slot.id}: {problem.what}", where)


def _in_lines(
    now: Sequence[Located], old: Sequence[str], words: Mapping[str, Located], *, human: bool
) -> Iterator[Difference]:
    matcher = SequenceMatcher(None, old, [one.line for one in now], autojunk=False)
    heading = ""
    for tag, begin, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            heading = now[last - 1].heading
            continue
        yield from _changed(list(old[begin:end]), list(now[first:last]), words, heading, human=human)


def _changed(
    old: list[str], now: list[Located], words: Mapping[str, Located], heading: str, *, human: bool
) -> Iterator[Difference]:
    """Lines that were there and lines that are: slots are told by their ids, the rest goes by pairs of one sort."""
    inside = set(_inside_slots(old, words))
    for line in list(old):
        name = _slot(line)
        if name is None:
            continue
        same = next((one for one in now if _slot(one.line) == name), None)
        old.remove(line)
        if same is not None:
            now.remove(same)
        if name.endswith(":human") and not human:
            continue
        slot, _, kind = name.rpartition(":")
        yield _difference(f"{kind} slot {slot}", line, same, words, heading)
    old = [line for line in old if line not in inside]
    now = [one for one in now if not one.inside and (human or not (_slot(one.line) or "").endswith(":human"))]
    for line in old:
        same = next((one for one in now if _sort(one.line) == _sort(line)), None)
        if same is not None:
            now.remove(same)
        yield _difference(_sort(line), line, same, words, heading)
    for one in now:
        name = _slot(one.line)
        what = f"{name.rpartition(':')[2]} slot {name.rpartition(':')[0]}" if name else _sort(one.line)
        yield Difference(what, one.heading, "", _digest(one.line), "", one.text)


def _difference(what: str, line: str, same: Located | None, words: Mapping[str, Located], heading: str) -> Difference:
    before = words.get(line)
    where = same.heading if same is not None else before.heading if before is not None else heading
    return Difference(
        what,
        where,
        _digest(line),
        _digest(same.line) if same is not None else "",
        before.text if before is not None else "",
        same.text if same is not None else "",
    )


def _slot(line: str) -> str | None:
    return line.split(" ")[1] if line.startswith("slot ") else None


def _inside_slots(lines: Iterable[str], words: Mapping[str, Located]) -> Iterator[str]:
    """The old lines of tables and pictures in a slot that changed: the slot's own line says it already.

    Where nothing tells whether a table stood in the slot or behind it, one behind a human slot is named, since the
    slot's change is not.
    """
    slot = ""
    for line in lines:
        if name := _slot(line):
            slot = name
        elif slot and line.startswith(("table ", "picture ")):
            known = words.get(line)
            if known.inside if known is not None else not slot.endswith(":human"):
                yield line
        else:
            slot = ""


def _sort(line: str) -> str:
    return line.split(" ", maxsplit=1)[0]


def _digest(line: str) -> str:
    return line.rpartition(" ")[2]


def _at_edges(now: Mapping[str, str], built: Mapping[str, str]) -> Iterator[Difference]:
    for kind, what in _EDGES.items():
        old, new = built.get(kind, "").split("\n"), now.get(kind, "").split("\n")
        for tag, begin, end, first, last in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if tag != "equal":
                yield Difference(what, "", before=" / ".join(old[begin:end]), now=" / ".join(new[first:last]))
