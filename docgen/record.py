"""Bodies as templates see them: members by name, absent ones None or what absence means, erased ones said.

A template that misspells a member must fail, not print nothing, so a record knows every name that
its kind's schema has.  Values are those of the entry; nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from docgen.reasons import reason
from ledger.entry import Entry, ErasedMember
from ledger.errors import SchemaError
from ledger.kinds import body_class
from ledger.kinds.base import Actor
from ledger.kinds.erasable import parts_in
from ledger.kinds.parts import Person

__all__ = ["ErasedValue", "Record", "plain", "record_of"]


class ErasedValue(str):
    """What stands in the place of a value that was erased: words, so that it prints."""

    __slots__ = ()


class Record:
    """The members of one object, by their JSON names; for those it has not, what the schema says absence means.

    That is None for most, and "hazard" for the scope of a risk.  Another name is an error.  A record has no
    public attribute of its own: a member may be called `items` or `keys`.
    """

    __slots__ = ("_absent", "_values")

    def __init__(self, values: Mapping[str, object], absent: Mapping[str, object]) -> None:
        self._values, self._absent = values, absent

    def __getitem__(self, name: str) -> object:
        return self._values[name] if name in self._values else self._absent[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and self._values == other._values

    def __hash__(self) -> int:
        return hash(tuple(self._values))


def record_of(entry: Entry, texts: Mapping[str, str], *, names: bool = True) -> Record:
    """The body of an entry; erased members are `ErasedValue` in the language of `texts`.

    Name and contact of an affected person are absent from it, whoever asks: no document prints them.  Without
    `names`, other people's are too, but for whoever is `responsible` or signs a declaration, which the law wants
    to name its signatory; their pseudonyms stay.
    """
    data = dict(entry.data)
    names = names or (entry.kind == "approval" and data.get("scope") == "declaration")
    for member in entry.erased:
        data = _with_erased(data, member.path.split("/")[1:], _erased(member, texts))
    try:
        model = body_class(entry.kind)
    except SchemaError:
        model = None
    record = _record(_without_names(data, model, names), model)
    assert isinstance(record, Record)
    return record


def _erased(member: ErasedMember, texts: Mapping[str, str]) -> ErasedValue:
    if member.by_index is None:
        return ErasedValue(reason("erased_missing").say(texts))
    return ErasedValue(reason("erased", index=member.by_index).say(texts))


def _with_erased(data: Any, path: Sequence[str], value: ErasedValue) -> Any:
    """A copy of `data` with `value` at the JSON pointer `path`; objects on the way that are gone come back."""
    if not path:
        return value
    step = path[0].replace("~1", "/").replace("~0", "~")
    if isinstance(data, list | tuple):
        position = int(step) if step.isascii() and step.isdigit() else len(data)
        return [_with_erased(item, path[1:], value) if n == position else item for n, item in enumerate(data)]
    inside = data.get(step) if isinstance(data, Mapping) else None
    return {**(data if isinstance(data, Mapping) else {}), step: _with_erased(inside, path[1:], value)}


_PERSONAL: Mapping[type[BaseModel], tuple[str, ...]] = MappingProxyType({Person: ("name", "contact")})


def _without_names(value: object, model: type[BaseModel] | None, names: bool) -> Any:
    """`value` without what identifies people beyond their pseudonyms; that something was erased stays said."""
    if isinstance(value, list | tuple):
        return [_without_names(item, model, names) for item in value]
    if not isinstance(value, Mapping) or model is None:
        return value
    hidden = _PERSONAL.get(model, () if names or model is not Actor else ("name",))
    shapes = _shapes(model)
    return {
        name: _without_names(item, shapes.get(name), names or name == "responsible")
        for name, item in value.items()
        if name not in hidden or isinstance(item, ErasedValue)
    }


def _record(value: object, model: type[BaseModel] | None) -> object:
    """`value` frozen for templates; objects of a known shape become records."""
    if isinstance(value, list | tuple):
        return tuple(_record(item, model) for item in value)
    if not isinstance(value, Mapping):
        return value
    if model is None:
        return MappingProxyType({name: _record(item, None) for name, item in value.items()})
    shapes = _shapes(model)
    members = {name: _record(item, shapes.get(name)) for name, item in value.items()}
    return Record(MappingProxyType(members), _absent(model))


@cache
def _shapes(model: type[BaseModel]) -> Mapping[str, type[BaseModel] | None]:
    """Each member by its JSON name, with the part it holds, if any."""
    return MappingProxyType(
        {
            field.alias or name: next(iter(parts_in(field.annotation)), None)
            for name, field in model.model_fields.items()
            if name != "sd"
        }
    )


@cache
def _absent(model: type[BaseModel]) -> Mapping[str, object]:
    """What each member is when it is not there."""
    return MappingProxyType(
        {
            field.alias or name: _record(
                None if field.is_required() else field.get_default(call_default_factory=True), None
            )
            for name, field in model.model_fields.items()
            if name != "sd"
        }
    )


def plain(value: object) -> str:
    """A free value, such as a setting, as one line of text: lists with commas, objects as name: value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {plain(item)}" for name, item in value.items())
    if isinstance(value, Record):
        return ", ".join(f"{name}: {plain(value[name])}" for name in value)
    if isinstance(value, list | tuple):
        return ", ".join(plain(item) for item in value)
    return "null" if value is None else str(value)
