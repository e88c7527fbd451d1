"""A Word file that people may have edited, read back: slots, tracked changes, comments, and what it says elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from docgen.digest import content_lines, slot_text, text_digest
from docgen.errors import DocgenError, PackError
from docgen.labels import Labels
from docgen.pictures import Picture
from docgen.reading.blocks import BlockReader, MetSlot
from docgen.reading.changes import Change, Resolution, list_changes, resolve_changes
from docgen.reading.comments import Comment, read_comments
from docgen.reading.located import Located, located_lines
from docgen.reading.package import Package, open_package, qname
from docgen.reading.prose import as_prose
from docgen.reading.slots import Expected, FoundBy, Places, find_places
from docgen.reading.styles import read_styles
from docgen.reading.tidy import tidy
from docgen.reading.words import Problem, WordReader
from docgen.tree import Block, Body, Figure, InlineSlot, Paragraph, Text, walk
from docgen.word.carrier import find_carrier
from docgen.word.seal import find_seal

__all__ = ["ReadDocument", "ReadSlot", "read_document"]


_MOST_SLOTS, _MOST_PARAGRAPHS = 5_000, 200_000
FIRST_LINE = content_lines(Body(()))[0]


@dataclass(frozen=True, slots=True)
class ReadSlot:
    """A slot as the file has it.

    `blocks` are tidy and what Markdown can say; `text` and `digest` are those of `docgen.digest`.  `problems`
    names what else is in it: one that is not merely a look lost means that `blocks` is not all of it.  `strange`
    are those of them that the digest does not show: a text box beside the words, or words that are hidden.
    """

    id: str
    n: int
    kind: str
    lang: str
    found_by: FoundBy
    inline: bool
    placeholder: bool
    blocks: tuple[Block, ...]
    text: str
    digest: str
    problems: tuple[Problem, ...]
    strange: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """Everything the file says; `carrier` and `seal` are its own claims, and prove nothing by themselves.

    `body` is what was read, without cover and table of contents, `located` its content lines, in which the
    pictures are those that the carrier names for the files embedded; `edges` are the words of cover, headers,
    footers and notes, which the content digest leaves out.  `strange` is what is outside of slots and no words of
    ours, such as a text box; `drawings` are the alternative texts of pictures of which only the carrier says what
    they show.
    """

    carrier: Mapping[str, Any] | None
    seal: Mapping[str, Any] | None
    slots: tuple[ReadSlot, ...]
    missing: tuple[str, ...]
    duplicates: tuple[str, ...]
    comments: tuple[Comment, ...]
    changes: tuple[Change, ...]
    body: Body
    located: tuple[Located, ...]
    edges: Mapping[str, str]
    strange: tuple[Problem, ...]
    drawings: tuple[str, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """The content lines as they read now."""
        return (FIRST_LINE, *(one.line for one in self.located))

    def slot(self, slot_id: str) -> ReadSlot | None:
        """The slot with this id, if it was found."""
        return next((slot for slot in self.slots if slot.id == slot_id), None)


def read_document(data: bytes, *, tracked: Resolution = "accept", labels: Sequence[Labels] = ()) -> ReadDocument:
    """The document in these bytes, read as if its tracked changes were accepted, or rejected.

    `labels` are the fixed words it may have been written with; those of its pack are known when it is shipped.

    Raises:
        DocgenError: it is no Word document, or one that is not opened (`docgen.reading.package`).
    """
    package = open_package(data)
    if package.document.tag != qname("w:document"):
        remedy = "save it as Word Document (.docx), not as Strict Open XML"
        raise DocgenError("not a Word document: its main part is of another kind", remedy=remedy)
    body = package.document.find(qname("w:body"))
    if body is None:
        raise DocgenError("not a Word document: its main part has no body", remedy="it is damaged; use a copy")
    carrier = find_carrier(data)
    changes = list_changes(package.document)
    resolve_changes(package.document, tracked)
    expected = _expected(carrier)
    places = find_places(package.document, expected)
    comments = read_comments(package)
    known = tuple(labels) or _labels(carrier)
    styles = read_styles(package)
    reader = BlockReader.of(WordReader(package, styles, known), package.document)
    if styles.hide:
        reader.words.note("a style that hides words")
    if sum(1 for _ in body.iter(qname("w:p"))) > _MOST_PARAGRAPHS:
        raise DocgenError(f"the document has more than {_MOST_PARAGRAPHS} paragraphs, which none of ours has")
    read = Body(reader.blocks(_parted(body)[1]), "the file")
    return ReadDocument(
        carrier=carrier,
        seal=find_seal(data),
        slots=_slots(reader, places, carrier),
        missing=tuple(slot.id for slot in expected if slot.id not in places.found and slot.id not in places.duplicates),
        duplicates=places.duplicates,
        comments=comments,
        changes=changes,
        body=read,
        located=located_lines(read, _pictures(reader, carrier)),
        edges=_edges(package, body),
        strange=tuple(reader.words.problems),
        drawings=_drawings(read, carrier),
    )


def _expected(carrier: Mapping[str, Any] | None) -> tuple[Expected, ...]:
    if len((carrier or {}).get("slots") or ()) > _MOST_SLOTS:
        raise DocgenError(f"the document's list of its slots is damaged: more than {_MOST_SLOTS}")
    try:
        return tuple(
            Expected(int(slot["n"]), str(slot["id"]), str(slot["kind"]), str(slot["text_digest"]))
            for slot in (carrier or {}).get("slots", ())
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DocgenError(
            "the document's list of its slots is damaged", remedy="use the file as it was built"
        ) from error


def _labels(carrier: Mapping[str, Any] | None) -> tuple[Labels, ...]:
    """The words of its pack in its language, if the pack is here, and ours."""
    from docgen.packs import available_packs, load_pack

    found = [Labels.of()]
    pack = (carrier or {}).get("pack", {})
    language = (carrier or {}).get("document", {}).get("language", "")
    wanted = pack.get("id") if isinstance(pack, Mapping) else None
    if wanted in available_packs():
        try:
            loaded = load_pack(str(wanted))
        except PackError:
            return tuple(found)
        found[:0] = [Labels.of(texts) for name, texts in loaded.texts.items() if name == language]
    return tuple(found)


def _parted(body: etree._Element) -> tuple[list[etree._Element], list[etree._Element]]:
    """The cover, which ends with the first section, and the text behind it."""
    children = list(body)
    for number, child in enumerate(children):
        if child.find(f"{qname('w:pPr')}/{qname('w:sectPr')}") is not None:
            return children[: number + 1], children[number + 1 :]
    return [], children


def _edges(package: Package, body: etree._Element) -> dict[str, str]:
    """The words of the cover, the table of contents, headers and footers, which the content digest leaves out."""
    cover, _ = _parted(body)
    edges = {"cover": "\n".join(_plain(one) for element in cover for one in element.iter(qname("w:p")))}
    for kind in ("header", "footer"):
        names = sorted({target for of, target, outside in package.relations.values() if of == kind and not outside})
        roots = [package.xml(name) for name in names]
        texts = {_plain(one) for root in roots if root is not None for one in root.iter(qname("w:p"))}
        edges[kind] = "\n".join(sorted(text for text in texts if text))
    for kind in ("footnotes", "endnotes"):
        name = package.related(kind)
        root = package.xml(name) if name else None
        words = [_plain(one) for one in root.iter(qname("w:p"))] if root is not None else []
        edges[kind] = "\n".join(word for word in words if word)
    return edges


def _plain(paragraph: etree._Element) -> str:
    """The words of a paragraph without the results of its fields, which programs fill in as they like."""
    words, depth = [], 0
    for node in paragraph.iter(qname("w:t"), qname("w:fldChar")):
        if node.tag == qname("w:t"):
            words += [] if depth else [node.text or ""]
        else:
            depth += {"begin": 1, "end": -1}.get(str(node.get(qname("w:fldCharType"))), 0)
    return " ".join("".join(words).split())


def _drawings(body: Body, carrier: Mapping[str, Any] | None) -> tuple[str, ...]:
    claimed = {pair[1] for pair in (carrier or {}).get("pictures", ()) if pair[0] != pair[1]}
    return tuple(block.alt for block in walk(body.blocks) if isinstance(block, Figure) and block.key in claimed)


def _pictures(reader: BlockReader, carrier: Mapping[str, Any] | None) -> dict[str, Picture]:
    """The pictures by the digest of their file; one that the carrier knows as a drawing stands for what it shows."""
    shows = {}
    for pair in (carrier or {}).get("pictures", ()):
        if isinstance(pair, list) and len(pair) == 2:
            shows[str(pair[1])] = str(pair[0])
    return {key: _Shown(data, shows.get(key, key)) for key, data in reader.pictures.items()}


class _Shown(Picture):
    """A picture file with the digest of what it shows."""

    __slots__ = ("_shows",)

    def __init__(self, data: bytes, shows: str) -> None:
        super().__init__(data)
        object.__setattr__(self, "_shows", shows)

    @property
    def digest(self) -> str:
        """The digest that the carrier names for this file."""
        return str(object.__getattribute__(self, "_shows"))


def _slots(reader: BlockReader, places: Places, carrier: Mapping[str, Any] | None) -> tuple[ReadSlot, ...]:
    met = {one.slot.id: one for one in reader.slots}
    found = []
    for slot in (carrier or {}).get("slots", ()):
        one = met.get(slot["id"])
        if one is not None and slot["id"] in places.found:
            found.append(_read_slot(one, slot, places.found[slot["id"]][1]))
    return tuple(found)


def _read_slot(met: MetSlot, slot: Mapping[str, Any], found_by: FoundBy) -> ReadSlot:
    text = slot_text(met.slot)
    problems = list(met.problems)
    if isinstance(met.slot, InlineSlot):
        blocks: tuple[Block, ...] = tidy((Paragraph((Text(met.slot.text),)),))
    else:
        blocks = tidy(as_prose(met.slot.blocks, problems))
    return ReadSlot(
        id=met.slot.id,
        n=int(slot["n"]),
        kind=met.slot.kind,
        lang=str(slot.get("lang", "")),
        found_by=found_by,
        inline=isinstance(met.slot, InlineSlot),
        placeholder=met.placeholder,
        blocks=blocks,
        text=text,
        digest=text_digest(text),
        problems=tuple(problems),
        strange=tuple(one for one in met.problems if not one.lost),
    )
