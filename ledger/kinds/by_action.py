"""Members that depend on other members: one table for Python and for JSON Schema.

``{"revoked": Members(needs=("reason",))}`` says that an entry whose action is ``revoked`` carries `reason`.
A member that the table names anywhere belongs only to the values that name it; members it never names are
free. `OneOf` says that at least one of some members is there. The same tables become ``if``/``then`` and
``anyOf`` in the JSON Schema, so that both refuse the same bodies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ledger.kinds.base import Part

_ABSENT: dict[str, Any] = {"enum": [None, []]}


@dataclass(frozen=True, slots=True)
class Members:
    """What goes with one value of the switch: all of `needs`, at least one of `one_of`, any of `may`."""

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()


Table = Mapping[str, Members]


class ByAction(Part):
    """A part whose other members depend on the value of its member `switch`, as `by_action` says.

    `by_others` has further such tables, by the name of their switch.
    """

    switch: ClassVar[str] = "action"
    by_action: ClassVar[Table] = {}
    by_others: ClassVar[Mapping[str, Table]] = {}

    @model_validator(mode="after")
    def members_go_with_the_switch(self) -> Self:
        """Refuse a missing member that the action needs, and a member that belongs to other actions."""
        for switch, table in self._tables():
            value = getattr(self, switch)
            own = table.get(value, Members())
            spelled = f"{switch} {_spelled(value)}"
            for name in own.needs:
                if _is_absent(getattr(self, name)):
                    raise ValueError(f"{_alias(type(self), name)}: absent, expected with {spelled}")
            for name in _foreign(table, own):
                if not _is_absent(getattr(self, name)):
                    raise ValueError(f"{_alias(type(self), name)}: present, expected absent with {spelled}")
            _check_one_of(self, own.one_of, f" with {spelled}")
        return self

    @classmethod
    def _tables(cls) -> Iterator[tuple[str, Table]]:
        yield cls.switch, cls.by_action
        yield from cls.by_others.items()

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = super().__get_pydantic_json_schema__(core, handler)
        conditions = [
            {
                "if": {"properties": {switch: {"const": value}}, "required": [switch]},
                "then": _members_schema(cls, table, own),
            }
            for switch, table in cls._tables()
            for value, own in table.items()
        ]
        if conditions:
            handler.resolve_ref_schema(schema)["allOf"] = conditions
        return schema


class OneOf(Part):
    """A part in which at least one of the members `one_of` is there."""

    one_of: ClassVar[tuple[str, ...]] = ()

    @model_validator(mode="after")
    def one_of_them_is_there(self) -> Self:
        """Refuse a part that says nothing where it must say something."""
        _check_one_of(self, self.one_of)
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = super().__get_pydantic_json_schema__(core, handler)
        handler.resolve_ref_schema(schema)["anyOf"] = _one_of_schema(cls, cls.one_of)
        return schema


def _check_one_of(part: Part, names: tuple[str, ...], when: str = "") -> None:
    if names and all(_is_absent(getattr(part, name)) for name in names):
        members = ", ".join(_alias(type(part), name) for name in names)
        raise ValueError(f"{members}: all absent, expected at least one{when}")


def _foreign(table: Table, own: Members) -> list[str]:
    """The members, sorted, that `table` gives to other values only."""
    named = {name for members in table.values() for name in _all(members)}
    return sorted(named - set(_all(own)))


def _all(members: Members) -> tuple[str, ...]:
    return (*members.needs, *members.may, *members.one_of)


def _members_schema(cls: type[Part], table: Table, own: Members) -> dict[str, Any]:
    """JSON Schema: needed members are present, foreign ones absent."""
    properties: dict[str, Any] = {_alias(cls, name): {"not": _ABSENT} for name in own.needs}
    properties |= {_alias(cls, name): _ABSENT for name in _foreign(table, own)}
    schema: dict[str, Any] = {"properties": properties}
    if own.needs:
        schema["required"] = [_alias(cls, name) for name in own.needs]
    if own.one_of:
        schema["anyOf"] = _one_of_schema(cls, own.one_of)
    return schema


def _one_of_schema(cls: type[Part], names: tuple[str, ...]) -> list[dict[str, Any]]:
    members = [_alias(cls, name) for name in names]
    return [{"required": [member], "properties": {member: {"not": _ABSENT}}} for member in members]


def _is_absent(value: object) -> bool:
    return value is None or value == []


def _alias(cls: type[Part], name: str) -> str:
    return cls.model_fields[name].alias or name


def _spelled(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()
