"""The looks: every paragraph and character style a document uses, by name, as data.

Nothing else in this package sets a font, size, colour or border, so a company's own template can
restyle all of it by defining styles of the same names.  Status words differ by text first; their
colours (contrast at least 4.5:1 on their own ground) only help.
"""

from __future__ import annotations

from dataclasses import dataclass

from docgen.status import STATUS_WORDS

__all__ = [
    "A4", "CHARACTERS", "FONT", "MONOSPACE", "PALETTE", "PARAGRAPHS", "THEME_COLORS", "Look", "Page", "status_colors",
    "status_style",
]  # fmt: skip

FONT, MONOSPACE = "Calibri", "Consolas"
_INK, _ACCENT, _GREY, _LINE, _SOFT = "1F2A37", "1F4E79", "56606B", "C5CED8", "F3F6F9"
_RED, _AMBER, _GREEN = "A61B1B", "8A4B00", "1B6B3A"
_ON_RED, _ON_AMBER, _ON_GREEN, _ON_GREY, _ON_BLUE = "FCEBEA", "FFF4E0", "E7F4EC", "EDF0F3", "EEF4FA"

# By the names of the standard: dark and light pairs, accents, links.
THEME_COLORS = {
    "dk1": "1A1A1A", "lt1": "FFFFFF", "dk2": _INK, "lt2": _SOFT, "accent1": _ACCENT, "accent2": _GREEN,
    "accent3": _AMBER, "accent4": _RED, "accent5": _GREY, "accent6": _LINE, "hlink": "0B57A4", "folHlink": _GREY,
}  # fmt: skip

# The colours tables use.
PALETTE = {"line": _LINE, "header": "DFE7F0", "band": _SOFT, "first column": _ON_GREY}


@dataclass(frozen=True, slots=True)
class Page:
    """A page in twips, upright: its short and long side, its margins, and how far header and footer are from the edge.

    Turned pages have the same margins.
    """

    short: int
    long: int
    left: int
    right: int
    top: int
    bottom: int
    header: int
    footer: int

    def width(self, *, turned: bool = False) -> int:
        """The width of the text."""
        return (self.long if turned else self.short) - self.left - self.right


A4 = Page(11906, 16838, 1247, 1247, 1474, 1304, 624, 624)


@dataclass(frozen=True, slots=True)
class Look:
    """One paragraph or character style; sizes in half points, distances in twips."""

    name: str
    based_on: str = ""
    next: str = ""
    kind: str = "paragraph"
    size: int = 0
    color: str = ""
    bold: bool | None = None
    italic: bool = False
    underline: bool = False
    font: str = ""
    ground: str = ""
    before: int = -1
    after: int = -1
    line: int = 0
    left: int = -1
    right: int = -1
    align: str = ""
    keep_next: bool = False
    keep_lines: bool = False
    outline: int = -1
    numbering: tuple[int, int] | None = None
    edge: str = ""  # a tab at the right end of the text: "upright", "upright dotted" or "turned" pages
    borders: tuple[tuple[str, int, str, int], ...] = ()  # side, eighths of a point, colour, space
    proof: bool = True


def _box(color: str) -> tuple[tuple[str, int, str, int], ...]:
    return (("top", 4, color, 5), ("left", 36, color, 8), ("bottom", 4, color, 5), ("right", 4, color, 6))


PARAGRAPHS: tuple[Look, ...] = (
    Look("Normal", font=FONT, size=21, color="1A1A1A", after=120, line=266),
    Look("Body Text", "Normal"),
    Look("Title", "Normal", "Subtitle", size=64, color=_INK, bold=True, before=0, after=120, line=228),
    Look("Subtitle", "Normal", "Body Text", size=28, color=_GREY, after=240, line=252),
    Look("Cover Organisation", "Normal", size=24, color=_ACCENT, bold=True, before=0, after=1100,
           borders=(("top", 48, _ACCENT, 14),)),
    Look("Cover Subject", "Normal", size=28, color=_INK, bold=True, after=240),
    Look("Cover Notice", "Normal", size=18, color=_GREY, before=240, after=0, line=252),
    Look("Marking", "Normal", size=26, color=_RED, bold=True, before=120, after=480, left=120,
           borders=tuple((side, 12, _RED, space) for side, space in
                         (("top", 4), ("left", 6), ("bottom", 4), ("right", 6))), right=4800),
    Look("Control Heading", "Normal", "Body Text", size=22, color=_ACCENT, bold=True, before=120, after=80,
           keep_next=True),
    Look("heading 1", "Normal", "Body Text", size=36, color=_INK, bold=True, before=480, after=160, line=240,
           keep_next=True, keep_lines=True, outline=0, borders=(("bottom", 8, _ACCENT, 4),)),
    Look("heading 2", "Normal", "Body Text", size=27, color=_ACCENT, bold=True, before=360, after=100, line=240,
           keep_next=True, keep_lines=True, outline=1),
    Look("heading 3", "Normal", "Body Text", size=23, color=_INK, bold=True, before=240, after=80, line=240,
           keep_next=True, keep_lines=True, outline=2),
    Look("heading 4", "Normal", "Body Text", size=21, color=_GREY, bold=True, before=200, after=60, line=240,
           keep_next=True, keep_lines=True, outline=3),
    Look("TOC Heading", "Normal", "Body Text", size=36, color=_INK, bold=True, before=480, after=160, line=240,
           keep_next=True, borders=(("bottom", 8, _ACCENT, 4),)),
    Look("toc 1", "Normal", edge="upright dotted", size=21, bold=True, before=120, after=20),
    Look("toc 2", "Normal", edge="upright dotted", size=20, before=0, after=20, left=284),
    Look("toc 3", "Normal", edge="upright dotted", size=19, color=_GREY, before=0, after=20, left=567),
    Look("toc 4", "Normal", edge="upright dotted", size=19, color=_GREY, before=0, after=20, left=850),
    Look("List Bullet", "Normal", after=60, numbering=(1, 0)),
    Look("List Bullet 2", "List Bullet", numbering=(1, 1)),
    Look("List Bullet 3", "List Bullet", numbering=(1, 2)),
    Look("List Number", "Normal", after=60, numbering=(2, 0)),
    Look("List Number 2", "List Number", numbering=(2, 1)),
    Look("List Number 3", "List Number", numbering=(2, 2)),
    Look("List Continue", "Normal", after=60, left=425),
    Look("List Continue 2", "List Continue", left=850),
    Look("List Continue 3", "List Continue", left=1275),
    Look("Quote", "Normal", before=60, color=_GREY, italic=True, left=340, right=340,
         borders=(("left", 18, _LINE, 10),)),
    Look("Code Block", "Normal", size=18, font=MONOSPACE, ground=_SOFT, after=120, line=240, left=120, right=120,
           proof=False, borders=tuple((side, 4, _LINE, 4) for side in ("top", "left", "bottom", "right"))),
    Look("Rule", "Normal", before=120, after=120, borders=(("bottom", 6, _LINE, 1),)),
    Look("caption", "Normal", size=19, color=_GREY, bold=True, before=200, after=80, keep_next=True),
    Look("Figure", "Normal", before=160, after=60, line=240, keep_next=True),
    Look("Figure Caption", "caption", before=0, after=200),
    Look("Table Text", "Normal", size=19, after=0, line=247),
    Look("Table Number", "Table Text", align="right"),
    Look("Table Centred", "Table Text", align="center"),
    Look("Table Heading", "Table Text", color=_INK, bold=True),
    Look("Table Heading Number", "Table Heading", align="right"),
    Look("Table Heading Centred", "Table Heading", align="center"),
    Look("Dense Text", "Table Text", size=16, line=240),
    Look("Dense Number", "Dense Text", align="right"),
    Look("Dense Centred", "Dense Text", align="center"),
    Look("Dense Heading", "Dense Text", color=_INK, bold=True),
    Look("Dense Heading Number", "Dense Heading", align="right"),
    Look("Dense Heading Centred", "Dense Heading", align="center"),
    Look("After Table", "Normal", size=8, before=0, after=0, line=240),
    Look("Section End", "Normal", size=2, before=0, after=0, line=240),
    Look("Requirement", "Normal", size=20, color=_GREY, italic=True, after=120, keep_next=True, keep_lines=True),
    Look("Status Line", "Normal", size=20, before=0, after=120, keep_next=True),
    Look("Missing", "Normal", ground=_ON_RED, before=120, after=160, left=220, right=140, keep_lines=True,
           borders=_box(_RED)),
    Look("Caveat", "Normal", ground=_ON_AMBER, before=120, after=160, left=220, right=140, keep_lines=True,
           borders=_box(_AMBER)),
    Look("Note", "Normal", ground=_ON_BLUE, before=120, after=160, left=220, right=140, keep_lines=True,
           borders=_box(_ACCENT)),
    Look("Summary", "Normal", size=26, color=_INK, ground=_SOFT, before=120, after=200, left=220, right=140,
           keep_lines=True, borders=_box(_ACCENT)),
    Look("header", "Normal", size=17, color=_GREY, after=0),
    Look("Header Line", "header", edge="upright", borders=(("bottom", 4, _LINE, 4),)),
    Look("Header Line Wide", "Header Line", edge="turned"),
    Look("footer", "Normal", size=17, color=_GREY, after=0),
    Look("Footer Line", "footer", edge="upright", borders=(("top", 4, _LINE, 4),)),
    Look("Footer Line Wide", "Footer Line", edge="turned"),
)  # fmt: skip

_STATUS_LOOKS: dict[str, tuple[str, str]] = {
    "provided": (_GREEN, _ON_GREEN),
    "stale": (_AMBER, _ON_AMBER),
    "not provided": (_RED, _ON_RED),
    "no test defined": (_AMBER, _ON_AMBER),
    "never run": (_AMBER, _ON_AMBER),
    "failed": (_RED, _ON_RED),
    "not applicable": (_GREY, _ON_GREY),
    "not due yet": (_GREY, _ON_GREY),
    "conflict": (_RED, _ON_RED),
    "translation missing": (_AMBER, _ON_AMBER),
}


def status_colors(word: str) -> tuple[str, str]:
    """Ink and ground of a status word, as RGB digits."""
    return _STATUS_LOOKS[word]


def status_style(word: str) -> str:
    """The name of the character style of a status word."""
    return f"Status {word}"


# Not "Citation" nor "Strong Emphasis": LibreOffice has styles of its own by these names, and mixes them up.
CHARACTERS: tuple[Look, ...] = (
    Look("Strong", kind="character", bold=True),
    Look("Emphasis", kind="character", italic=True),
    Look("Emphasised Strong", kind="character", bold=True, italic=True),
    Look("Code", kind="character", font=MONOSPACE, size=18, proof=False),
    Look("Table Code", kind="character", font=MONOSPACE, size=16, proof=False),
    Look("Dense Code", kind="character", font=MONOSPACE, size=14, proof=False),
    Look("Hyperlink", kind="character", color="0B57A4", underline=True),
    Look("Entry Citation", kind="character", color=_ACCENT, size=17, proof=False),
    Look("Dense Entry Citation", kind="character", color=_ACCENT, size=15, proof=False),
    Look("Placeholder Text", kind="character", color=_RED, bold=True),
    Look("Missing Label", kind="character", color=_RED, bold=True),
    Look("Caveat Label", kind="character", color=_AMBER, bold=True),
    Look("Note Label", kind="character", color=_ACCENT, bold=True),
    Look("Summary Label", kind="character", color=_ACCENT, bold=True),
    Look("Status Label", kind="character", color=_GREY),
    Look("Header Marking", kind="character", color=_RED, bold=True),
    *(
        Look(status_style(word), kind="character", color=_STATUS_LOOKS[word][0], bold=True,
               ground=_STATUS_LOOKS[word][1])
        for word in STATUS_WORDS
    ),
)  # fmt: skip
