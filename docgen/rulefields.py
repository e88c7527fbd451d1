"""Reads the rules in a pack's data: the strict tables of `docgen.packdata`, with the types rules use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from docgen.packdata import Fields

__all__ = ["RuleFields", "thaw"]


def thaw(value: Any) -> Any:
    """`value` with frozen mappings and tuples, at any depth, as the dicts and lists that `Fields` reads."""
    if isinstance(value, Mapping):
        return {key: thaw(inner) for key, inner in value.items()}
    return [thaw(inner) for inner in value] if isinstance(value, tuple | list) else value


class RuleFields(Fields):
    """A table of rules; tables inside are rules as well."""

    @property
    def place(self) -> str:
        """Where in the pack this table stands."""
        return self._place

    def flag(self, key: str, *, default: bool | None = None) -> bool:
        """True or false."""
        return bool(self._get(key, bool, default))

    def holds(self, key: str, value: object) -> bool:
        """Whether the member is there and is exactly this value."""
        if self._table.get(key) is value:
            self._asked.add(key)
            return True
        return False

    def scalar(self, key: str) -> str | int | float | bool:
        """A string, a number, true or false."""
        self._asked.add(key)
        value = self._table.get(key)
        if not isinstance(value, str | int | float | bool):
            raise self.wrong(key, "expected a string, a number, true or false")
        return value

    def number(self, key: str, default: int) -> int:
        """A whole number from 1 on."""
        value = int(self._get(key, int, default))
        if key in self and value < 1:
            raise self.wrong(key, f"found {value}, expected 1 or more")
        return value

    def numbers(self, key: str) -> dict[str, int]:
        """A table of whole numbers from 1 on; none is an empty one."""
        values = self._get(key, dict, {})
        for name, value in values.items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise self.wrong(f"{key}.{name}", "expected a whole number, 1 or more")
        return dict(values)

    def one_or_more(self, key: str) -> tuple[str, ...]:
        """A string, or a list of different strings with at least one."""
        if isinstance(self._table.get(key), str):
            return (self.string(key),)
        values = self.words(key)
        if not values:
            raise self.wrong(key, "is empty")
        return values

    def names(self) -> tuple[str, ...]:
        """The names in this table, all of them taken as asked for."""
        self._asked |= set(self._table)
        return tuple(self._table)

    def table(self, key: str) -> RuleFields:
        """A table inside."""
        return RuleFields(self.pack, f"{self._place}: {key}", self._get(key, dict))

    def tables(self, key: str) -> tuple[RuleFields, ...]:
        """A list of tables inside, or a single one; none is an empty list."""
        values = self._table.get(key, [])
        values = [values] if isinstance(values, dict) else self._get(key, list, [])
        self._asked.add(key)
        if not all(isinstance(value, dict) for value in values):
            raise self.wrong(key, "expected a table or a list of tables")
        return tuple(RuleFields(self.pack, f"{self._place}: {key} {n}", value) for n, value in enumerate(values, 1))
