"""The words of a paragraph, whatever Word did to its runs; what is more than words is named as a `Problem`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from docgen.labels import Labels
from docgen.reading.package import Package, qname
from docgen.reading.styles import Styles
from docgen.reading.unseen import is_unseen
from docgen.status import STATUS_WORDS
from docgen.tree import Code, Emphasis, Inline, InlineSlot, Link, StatusWord, Strong, Text, plain_text

__all__ = ["SLOT", "Problem", "WordReader"]

SLOT = "{urn:aims-ledger:reading}slot"
"""The attribute by which `docgen.reading.slots` marks the controls that are slots: id and kind, or id only."""

_CODE = frozenset({"code", "table code", "dense code", "html code", "source text"})
_STRONG = frozenset({"strong", "strong emphasis"})
_EMPHASIS = frozenset({"emphasis", "strong emphasis"})
_CITATION = re.compile(r"(\[#\d+)\u00a0([0-9a-f]{8}\])")
_TARGET = re.compile(r'^\s*HYPERLINK\s+"([^"]*)"')
_OUTSIDE = re.compile(r"(https?://|mailto:)[^\s\\]+")
_QUIET_FIELDS = frozenset({"SEQ", "TOC", "PAGEREF", "REF", "PAGE", "NUMPAGES", "HYPERLINK"})
_OURS_QUIET = frozenset({"SEQ", "TOC", "PAGEREF"})
_THINGS = {
    "drawing": "a picture or drawing", "pict": "a picture or drawing", "object": "an embedded object",
    "AlternateContent": "a text box or drawing", "footnoteReference": "a footnote", "endnoteReference": "an endnote",
    "sym": "a character of a symbol font", "ruby": "ruby text", "oMath": "an equation", "oMathPara": "an equation",
    "contentPart": "ink or other content", "subDoc": "another document", "control": "a form control",
    "dayLong": "a field", "pgNum": "a field",
}  # fmt: skip
_LOOKS = {
    "strike": "struck-through words", "dstrike": "struck-through words", "vanish": "hidden words",
}  # fmt: skip
_FADING = {
    "u": "underlining", "highlight": "highlighting", "color": "coloured words", "caps": "capitals as a look",
    "smallCaps": "small capitals", "sz": "words in another size",
}  # fmt: skip
_OFF = frozenset({"0", "false", "off", "none"})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that Markdown has no words for; `lost` is only a look, without which the words say the same."""

    what: str
    lost: bool = False


@dataclass(slots=True)
class _Field:
    instruction: str = ""
    in_result: bool = False


_Piece = tuple[Inline, frozenset[str], str]  # what, its looks, where it leads


@dataclass
class WordReader:
    """Reads paragraphs of one document; `problems` is what it met since somebody emptied it."""

    package: Package
    styles: Styles
    labels: tuple[Labels, ...]
    problems: list[Problem] = field(default_factory=list)
    fields: list[_Field] = field(default_factory=list)

    def inlines(self, paragraph: etree._Element) -> tuple[Inline, ...]:
        """What the paragraph, or a control among its words, says."""
        return _grouped(list(self._pieces(paragraph, "")))

    def note(self, what: str, *, lost: bool = False) -> None:
        """Remember something that is not words."""
        problem = Problem(what, lost)
        if problem not in self.problems:
            self.problems.append(problem)

    def _pieces(self, parent: etree._Element, url: str) -> Iterator[_Piece]:
        for child in parent:
            if not isinstance(child.tag, str):
                continue
            match etree.QName(child).localname:
                case "r":
                    yield from self._run(child, url)
                case "hyperlink":
                    yield from self._hyperlink(child, url)
                case "ins" | "moveTo" | "smartTag" | "customXml" | "dir" | "bdo" | "sdtContent":
                    yield from self._pieces(child, url)
                case "sdt":
                    yield from self._control(child, url)
                case "fldSimple":
                    self._field(str(child.get(qname("w:instr"), "")))
                    yield from self._pieces(child, url)
                case "oMath" | "oMathPara" | "subDoc" | "AlternateContent" as name:
                    self.note(_THINGS[name])

    def _hyperlink(self, link: etree._Element, url: str) -> Iterator[_Piece]:
        relation = self.package.relations.get(str(link.get(qname("r:id"), "")))
        target = relation[1] if relation is not None and relation[2] else ""
        anchor = str(link.get(qname("w:anchor"), ""))
        if target and anchor:
            target = f"{target}#{anchor}"
        if target and not _OUTSIDE.fullmatch(target):
            self.note(f"a link to {target[:100]!r}")
            target = ""
        elif anchor and not target:
            # Links to rows of the evidence register come with citations; a person's text has none.
            words = list(self._pieces(link, ""))
            if not anchor.startswith("entry_"):
                self.note("a link into the document", lost=True)
            yield from words
            return
        yield from self._pieces(link, target or url)

    def _control(self, control: etree._Element, url: str) -> Iterator[_Piece]:
        content = control.find(qname("w:sdtContent"))
        slot = str(control.get(SLOT, ""))
        if slot:
            name, _, kind = slot.rpartition(":")
            words = self.placeholder_or(control, plain_text(self.inlines(content)) if content is not None else "")
            yield InlineSlot(name, kind, words), frozenset(), ""  # type: ignore[arg-type]
            return
        properties = control.find(qname("w:sdtPr"))
        names = {etree.QName(one).localname for one in properties} if properties is not None else set()
        if names & {"checkbox", "dropDownList", "comboBox", "date", "picture"}:
            self.note("a form control", lost=True)
        if content is not None:
            yield from self._pieces(content, url)

    def placeholder_or(self, control: etree._Element, words: str) -> str:
        """The words of a control, or nothing where they only say that nothing is there."""
        return "" if self.is_placeholder(control, words) else words

    def is_placeholder(self, element: etree._Element, words: str) -> bool:
        """Whether `words` are what an empty slot prints, or what Word shows in an emptied control."""
        known = {" ".join(labels[key].split()) for labels in self.labels for key in ("empty_slot", "optional_slot")}
        if not words.strip() or " ".join(words.split()) in known:
            return True
        shown = (
            element.find(f"{qname('w:sdtPr')}/{qname('w:showingPlcHdr')}") if element.tag == qname("w:sdt") else None
        )
        return shown is not None and self.written_by_word and self._all_placeholder(element)

    @property
    def written_by_word(self) -> bool:
        """Whether the file says that Microsoft Word saved it: other programs keep the mark of an empty control."""
        part = self.package.xml("docProps/app.xml")
        return part is not None and any(
            (one.text or "").startswith("Microsoft") for one in part if etree.QName(one).localname == "Application"
        )

    def _all_placeholder(self, element: etree._Element) -> bool:
        runs = [run for run in element.iter(qname("w:r")) if run.find(qname("w:t")) is not None]
        return all(self.styles.character(run.find(qname("w:rPr"))) == "placeholder text" for run in runs)

    def _run(self, run: etree._Element, url: str) -> Iterator[_Piece]:
        properties = run.find(qname("w:rPr"))
        style = self.styles.character(properties)
        looks = self._looks(properties, style)
        for child in run:
            if not isinstance(child.tag, str):
                continue
            name = etree.QName(child).localname
            if name == "fldChar":
                self._field_mark(str(child.get(qname("w:fldCharType"), "")))
                continue
            if name == "instrText":
                if self.fields:
                    self.fields[-1].instruction += child.text or ""
                continue
            if self.fields and not self.fields[-1].in_result:
                continue
            text = self._text(child, name)
            if text:
                yield self._worded(text, style, looks), looks, url or self._field_target()

    def _worded(self, text: str, style: str, looks: frozenset[str]) -> Inline:
        if style.startswith("status ") and style[7:] in STATUS_WORDS:
            word = style[7:]
            if any(labels.status(word) == text for labels in self.labels):
                return StatusWord(word)
        return Code(text) if "code" in looks else Text(text)

    def _text(self, child: etree._Element, name: str) -> str:
        match name:
            case "t":
                return child.text or ""
            case "tab" | "ptab":
                return "\t"
            case "cr":
                return "\n"
            case "br":
                if child.get(qname("w:type")) in ("page", "column"):
                    self.note("a page break")
                    return ""
                return "\n"
            case "noBreakHyphen":
                return "\u2011"
            case "softHyphen":
                return "\u00ad"
        if name in _THINGS:
            self.note(_THINGS[name])
        return ""

    def _looks(self, properties: etree._Element | None, style: str) -> frozenset[str]:
        looks = set()
        if style in _CODE:
            looks.add("code")
        if style in _STRONG:
            looks.add("strong")
        if style in _EMPHASIS:
            looks.add("emphasis")
        if properties is None:
            return frozenset(looks)
        for name, look in (("b", "strong"), ("i", "emphasis")):
            mark = properties.find(qname(f"w:{name}"))
            if mark is not None:
                (looks.discard if str(mark.get(qname("w:val"), "")).lower() in _OFF else looks.add)(look)
        for name, what in (*_LOOKS.items(), *_FADING.items()):
            mark = properties.find(qname(f"w:{name}"))
            if mark is not None and str(mark.get(qname("w:val"), "")).lower() not in (*_OFF, "auto"):
                own = name in ("u", "color") and style in ("hyperlink", "internet link", "placeholder text", "citation")
                if not own:
                    self.note(what, lost=name in _FADING)
        if is_unseen(properties):
            self.note("words in the colour of the paper, or too small to read")
        raised = properties.find(qname("w:vertAlign"))
        if raised is not None and raised.get(qname("w:val")) in ("superscript", "subscript"):
            self.note(f"{raised.get(qname('w:val'))} words")
        return frozenset(looks)

    def _field_mark(self, kind: str) -> None:
        if kind == "begin":
            self.fields.append(_Field())
        elif kind == "separate" and self.fields:
            self._field(self.fields[-1].instruction)
            self.fields[-1].in_result = True
        elif kind == "end" and self.fields:
            self.fields.pop()

    def _field(self, instruction: str) -> None:
        name = (instruction.split() or ["without a name"])[0].upper()
        if name == "HYPERLINK":
            target = _TARGET.match(instruction)
            if target is not None and not _OUTSIDE.fullmatch(target[1]):
                self.note(f"a link to {target[1][:100]!r}")
        elif name not in _OURS_QUIET:
            self.note(f"a field ({name[:40]})")

    def _field_target(self) -> str:
        for one in reversed(self.fields):
            target = _TARGET.match(one.instruction)
            if target is not None and _OUTSIDE.fullmatch(target[1]):
                return target[1]
        return ""


def _grouped(pieces: list[_Piece]) -> tuple[Inline, ...]:
    """Pieces one after the other as nested inlines: links around strong words around emphasis."""
    made: list[Inline] = []
    place = 0
    while place < len(pieces):
        url = pieces[place][2]
        end = place
        while end < len(pieces) and pieces[end][2] == url:
            end += 1
        inside = _by_look(pieces[place:end], ("strong", "emphasis"))
        made.extend((Link(url, inside),) if url else inside)
        place = end
    return tuple(made)


def _by_look(pieces: list[_Piece], looks: tuple[str, ...]) -> tuple[Inline, ...]:
    if not looks:
        return _merged([piece[0] for piece in pieces])
    made: list[Inline] = []
    place = 0
    while place < len(pieces):
        on = looks[0] in pieces[place][1]
        end = place
        while end < len(pieces) and (looks[0] in pieces[end][1]) == on:
            end += 1
        inside = _by_look(pieces[place:end], looks[1:])
        outer = Strong if looks[0] == "strong" else Emphasis
        made.extend((outer(inside),) if on else inside)
        place = end
    return tuple(made)


def _merged(inlines: list[Inline]) -> tuple[Inline, ...]:
    """Neighbouring words in one piece: Word divides them at spelling marks and revisions."""
    made: list[Inline] = []
    for inline in inlines:
        last = made[-1] if made else None
        if isinstance(last, Text) and isinstance(inline, Text):
            made[-1] = Text(last.text + inline.text)
        elif isinstance(last, Code) and isinstance(inline, Code):
            made[-1] = Code(last.text + inline.text)
        else:
            made.append(inline)
    return tuple(Text(_CITATION.sub("\\1 \\2", one.text)) if isinstance(one, Text) else one for one in made)
