"""What templates can call.  Each gives back Markdown, or plain text that is escaped when printed.

Links with a scheme of ours carry meaning to `docgen.inlines`; no value can write one, because a
value is escaped and these functions are the only ones that make them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Protocol, runtime_checkable

from docgen.escape import Markdown, escape_markdown
from docgen.formats import Formats
from docgen.labels import Labels
from docgen.packdata import LocalText
from docgen.status import STATUS_WORDS

__all__ = ["Citable", "Citations", "Printer", "short"]

_PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
_SLOT_ID = re.compile(r"[A-Za-z0-9._-]{1,60}")


@runtime_checkable
class Citable(Protocol):
    """What can be cited: a place in the ledger and the leaf hash that pins it.  `ledger.entry.Entry` is."""

    @property
    def index(self) -> int:
        """The entry's place, counted from 0."""
        ...

    @property
    def leaf_hash(self) -> bytes:
        """The 32 bytes of the entry's leaf hash."""
        ...


class Citations:
    """The entries cited so far in one rendering, for the register at its end."""

    def __init__(self) -> None:
        self._entries: dict[int, Citable] = {}

    def cite(self, *cited: Any) -> Markdown:
        """Citations of entries, given one by one or in sequences: each once, by index, spaces between."""
        entries = {entry.index: entry for entry in _flatten(cited)}
        for entry in entries.values():
            if self._entries.setdefault(entry.index, entry).leaf_hash != entry.leaf_hash:
                raise ValueError(f"two entries with the index {entry.index} are cited")
        return Markdown(" ".join(_entry_link("cite", entries[index]) for index in sorted(entries)))

    def cited(self) -> tuple[Citable, ...]:
        """All entries cited so far, by index."""
        return tuple(self._entries[index] for index in sorted(self._entries))

    def register(self, entry: Any) -> Markdown:
        """The place where citations of this entry lead: the first cell of its row in the register."""
        return _entry_link("entry", *_flatten((entry,)))


def _flatten(cited: Iterable[Any]) -> Iterable[Citable]:
    for item in cited:
        if isinstance(item, Citable):
            yield item
        elif isinstance(item, Iterable) and not isinstance(item, str | bytes | Mapping):
            yield from _flatten(item)
        else:
            raise TypeError(f"{type(item).__name__} can't be cited, expected entries")


def _entry_link(scheme: str, entry: Citable) -> Markdown:
    digest = entry.leaf_hash.hex()
    text = escape_markdown(f"#{entry.index} {digest[:8]}")
    return Markdown(f"[{text}]({scheme}:{entry.index}:{digest})")


class Printer:
    """Prints values in one language, and the pack's own texts."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self._language, self._texts = language, texts
        self._labels = Labels.of(texts)
        self.formats = Formats.of(texts)

    def print(self, value: object) -> Markdown:
        """The value as Markdown that prints it.

        Raises:
            TypeError: the value is missing or a thing that has no text; nothing prints as "None" here.
        """
        match value:
            case str():
                return escape_markdown(value)
            case bool():
                return escape_markdown(self._labels["yes" if value else "no"])
            case int() | float():
                return escape_markdown(str(value))
            case LocalText():
                return escape_markdown(value.say(self._language))
            case None:
                raise TypeError("a missing value is printed; say that it is missing: {% if ... is not none %}")
        if callable(getattr(value, "isoformat", None)):
            return escape_markdown(value.isoformat())  # type: ignore[attr-defined]
        raise TypeError(f"a {type(value).__name__} is printed, expected text or a number; print one of its parts")

    def text(self, key: str, **values: object) -> Markdown:
        """The pack's text for `key`, each ``{name}`` in it replaced by the escaped value."""
        if key not in self._texts:
            raise LookupError(f"the pack has no text {key!r} in texts/{self._language}.toml")
        unused = set(values)

        def fill(match: re.Match[str]) -> str:
            if match[1] not in values:
                raise LookupError(f"text {key!r} wants a value {match[1]!r}")
            unused.discard(match[1])
            return self.print(values[match[1]])

        filled = _PLACEHOLDER.sub(fill, self._texts[key])
        if unused:
            raise LookupError(f"text {key!r} has no place for {min(unused)!r}")
        return Markdown(filled)

    def code(self, value: object) -> Markdown:
        """The value in the type of digests, ids and names out of code; nothing for an empty one."""
        printed = self.print(value)
        return Markdown(f"`{printed}`") if printed.strip() else printed

    def status(self, word: object) -> Markdown:
        """A status word in its colour."""
        if word not in STATUS_WORDS:
            raise ValueError(f"{word!r} is no status word, expected one of {', '.join(STATUS_WORDS)}")
        return Markdown(f"[{escape_markdown(str(word))}](<status:{word}>)")

    def link(self, text: object, target: object) -> Markdown:
        """`text`, linked to the heading with the id `target`."""
        return Markdown(f"[{self.print(text)}](#{escape_markdown(str(target))})")

    def ref(self, target: object) -> Markdown:
        """``Table 3``, linked to that table: `target` is ``table:ID`` or ``figure:KEY``, of one with a caption."""
        what, _, name = str(target).partition(":")
        if what not in ("table", "figure") or not name:
            raise ValueError(f"reference to {target!r}, expected table:ID or figure:KEY; headings have link()")
        return Markdown(f"[{escape_markdown(self._labels[what])}](<#{escape_markdown(str(target))}>)")

    def slot(self, slot_id: object, text: object = "", kind: object = "human") -> Markdown:
        """A slot inside a sentence or cell; without text it prints a loud placeholder."""
        if not isinstance(slot_id, str) or not _SLOT_ID.fullmatch(slot_id):
            raise ValueError(f"slot id {slot_id!r}, expected 1 to 60 letters, digits, . _ -")
        if kind not in ("derived", "human", "attested"):
            raise ValueError(f"slot kind {kind!r}, expected derived, human or attested")
        return Markdown(f"[{self.print(text)}](slot:{slot_id}:{kind})")

    def concatenate(self, values: tuple[object, ...]) -> str:
        """What ``~`` gives: plain text, or Markdown as soon as one piece is Markdown."""
        if any(isinstance(value, Markdown) for value in values):
            return self.join(values)
        return "".join(str(value) for value in values)

    def join(self, values: Iterable[object], divider: str = "") -> Markdown:
        """The values printed, with the divider between them."""
        return Markdown(escape_markdown(divider).join(self.print(value) for value in values))


def short(digest: str) -> str:
    """The first 8 characters of a digest."""
    return digest[:8]
