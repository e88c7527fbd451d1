"""The data files of packs, read strictly: every field asked for once, every other field an error."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

import yaml

from docgen.errors import PackError

__all__ = ["Fields", "LocalText", "files_in", "freeze", "read_data"]

_DEEPEST = 64
_MOST_VALUES = 1_000_000
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text in each of a pack's languages.  `str()` of it is refused: nobody would know which one."""

    texts: Mapping[str, str]

    def say(self, language: str) -> str:
        """The text in `language`.

        Raises:
            KeyError: the pack does not speak it.
        """
        return self.texts[language]

    def __str__(self) -> str:
        raise TypeError("a text has several languages; ask for one with say(language)")


def read_data(folder: Traversable, pack: str, file: str) -> dict[str, Any]:
    """The table in a TOML or YAML file of a pack.

    Raises:
        PackError: the file is not there, not of the pack, or not such a table.
    """
    if not _FILE.fullmatch(file):
        raise PackError(pack, file, "not the name of a file in the pack")
    suffix = file.rpartition(".")[2]
    try:
        text = folder.joinpath(*file.split("/")).read_text(encoding="utf-8")
        table = tomllib.loads(text) if suffix == "toml" else yaml.load(text, Loader=_StrictLoader)  # noqa: S506
    except FileNotFoundError as error:
        raise PackError(pack, file, "the file is missing") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        problem = " ".join(str(error).split())
        raise PackError(pack, file, problem) from error
    if not isinstance(table, dict) or not all(isinstance(key, str) for key in table):
        raise PackError(pack, file, f"found {type(table).__name__}, expected a table with names")
    try:
        size = _size(table, {}, 0)
    except RecursionError as error:
        raise PackError(pack, file, f"a value lies inside itself, or deeper than {_DEEPEST} levels") from error
    if size > _MOST_VALUES:
        raise PackError(pack, file, f"{size} values, expected at most {_MOST_VALUES}")
    return table


def _size(value: Any, known: dict[int, int], depth: int) -> int:
    """How many values there are, those that stand in several places (YAML aliases) counted in each.

    Ten lines of aliases of aliases can mean more values than any memory holds.

    Raises:
        RecursionError: a value lies inside itself.
    """
    if not isinstance(value, dict | list):
        return 1
    if depth > _DEEPEST:
        raise RecursionError
    if id(value) not in known:
        inside = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(one, known, depth + 1) for one in inside)
    return known[id(value)]


def files_in(folder: Traversable, name: str) -> tuple[str, ...]:
    """The TOML files in the folder `name` of a pack, as `read_data` takes them, sorted; none without the folder."""
    inside = folder.joinpath(*name.split("/"))
    if not inside.is_dir():
        return ()
    return tuple(sorted(f"{name}/{file.name}" for file in inside.iterdir() if file.name.endswith(".toml")))


# The parser in C, where PyYAML was built with it, reads the same ten times as fast; packs have many points.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _StrictLoader(_SafeLoader):  # type: ignore[misc]
    """YAML without duplicate keys: the last one would win silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys if len(set(map(repr, keys))) < len(keys) else ():
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"key {key!r} twice", node.start_mark)
        found: dict[Any, Any] = super().construct_mapping(node, deep)
        return found


def freeze(value: Any) -> Any:
    """`value` with mappings and lists, at any depth, made unchangeable."""
    if isinstance(value, Mapping):
        return MappingProxyType({key: freeze(inner) for key, inner in value.items()})
    if isinstance(value, list):
        return tuple(freeze(inner) for inner in value)
    return value


class Fields:
    """One table of a pack's file, read field by field; `done` refuses the fields nobody asked for."""

    def __init__(self, pack: str, place: str, table: Mapping[str, Any]) -> None:
        self.pack, self._place, self._table = pack, place, table
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._table

    def wrong(self, key: str, problem: str, *, remedy: str = "") -> PackError:
        """The error that says what is wrong with a field."""
        return PackError(self.pack, f"{self._place}: {key}", problem, remedy=remedy)

    def done(self) -> None:
        """Return only if every field was asked for."""
        if unknown := sorted(set(self._table) - self._asked):
            known = ", ".join(sorted(self._asked))
            raise self.wrong(unknown[0], "is not a known field", remedy=f"known: {known}")

    def unique(self, key: str, ids: Iterable[str]) -> None:
        """Return only if no id comes twice."""
        seen: set[str] = set()
        for one in ids:
            if one in seen:
                raise self.wrong(key, f"id {one!r} comes twice")
            seen.add(one)

    def _get(self, key: str, kind: type, default: object = None) -> Any:
        self._asked.add(key)
        value = self._table.get(key, default)
        if value is None:
            raise self.wrong(key, "is missing")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(key, f"found {type(value).__name__}, expected {kind.__name__}")
        return value

    def string(self, key: str, *, default: str | None = None) -> str:
        """A string; not an empty one unless that is the default."""
        value = str(self._get(key, str, default))
        if not value.strip() and value != default:
            raise self.wrong(key, "is empty")
        return value

    def name(self, key: str, form: re.Pattern[str]) -> str:
        """A string of this form."""
        value = self.string(key)
        if not form.fullmatch(value):
            raise self.wrong(key, f"{value!r}, expected the form {form.pattern}")
        return value

    def whole_number(self, key: str) -> int:
        """An integer."""
        return int(self._get(key, int))

    def date(self, key: str) -> date:
        """A date without a time."""
        value: date = self._get(key, date)
        if isinstance(value, datetime):
            raise self.wrong(key, "found a time, expected a date such as 2026-11-23")
        return value

    def words(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        """A list of different strings."""
        values = self._get(key, list, [] if optional else None)
        if not all(isinstance(value, str) for value in values):
            raise self.wrong(key, "expected a list of strings")
        self.unique(key, values)
        return tuple(values)

    def text(self, key: str, languages: tuple[str, ...], *, default: str | None = None) -> LocalText:
        """A text in every language of the pack; it may be there in others that the pack does not speak yet."""
        self._asked.add(key)
        value = self._table.get(key, default)
        if isinstance(value, str) and value.strip():
            return LocalText(MappingProxyType(dict.fromkeys(languages, value)))
        if not isinstance(value, Mapping):
            problem = "is missing" if value is None else "is not a text"
            raise self.wrong(key, problem, remedy='a text is "..." or { en = "...", de = "..." }')
        if not set(value) >= set(languages) or not all(isinstance(v, str) and v.strip() for v in value.values()):
            raise self.wrong(key, f"has {', '.join(value)}, expected one text for each of {', '.join(languages)}")
        return LocalText(MappingProxyType({language: value[language] for language in languages}))

    def table(self, key: str) -> Fields:
        """A table inside."""
        return Fields(self.pack, f"{self._place}: {key}", self._get(key, dict))

    def tables(self, key: str) -> tuple[Fields, ...]:
        """A list of tables inside; none is an empty one."""
        values = self._get(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise self.wrong(key, "expected a list of tables")
        return tuple(Fields(self.pack, f"{self._place}: {key} {n}", value) for n, value in enumerate(values, 1))

    def strings(self, key: str, *, optional: bool = False) -> dict[str, str]:
        """A table of strings."""
        values = self._get(key, dict, {} if optional else None)
        if not all(isinstance(value, str) for value in values.values()):
            raise self.wrong(key, "expected a table of strings")
        return dict(values)

    def free(self, key: str) -> Mapping[str, Any]:
        """A table of any form, frozen; none is an empty one."""
        frozen: Mapping[str, Any] = freeze(self._get(key, dict, {}))
        return frozen

    def free_tables(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """A list of tables of any form, frozen; none is an empty one."""
        values = self._get(key, list, [])
        if not all(isinstance(value, dict) for value in values):
            raise self.wrong(key, "expected a list of tables")
        return tuple(freeze(value) for value in values)
