"""Bodies whose members depend on one of them, usually `action`: one table for Python and JSON Schema.

``{"revoked": Members(needs=("reason",))}`` says that an entry whose action is ``revoked`` carries `reason`.
A member that the table names anywhere belongs only to the values that name it; members it never names are
free. The same table becomes ``if``/``then`` in the JSON Schema, so that both refuse the same bodies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ledger.kinds.base import Part


@dataclass(frozen=True, slots=True)
class Members:
    """What goes with one value of the switch: members it `needs` and members it `may` have (Python names)."""

    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()


class ByAction(Part):
    """A part whose other members depend on the value of its member `switch`, as `by_action` says."""

    switch: ClassVar[str] = "action"
    by_action: ClassVar[Mapping[str, Members]] = {}

    @classmethod
    def foreign(cls, value: str) -> list[str]:
        """The members, sorted, that other values of the switch have and `value` has not."""
        named = {name for members in cls.by_action.values() for name in (*members.needs, *members.may)}
        own = cls.by_action.get(value, Members())
        return sorted(named - {*own.needs, *own.may})

    @model_validator(mode="after")
    def members_go_with_the_switch(self) -> Self:
        """Refuse a missing member that the action needs, and a member that belongs to other actions."""
        value = getattr(self, self.switch)
        label = f"{self.switch} {_spelled(value)}"
        for name in self.by_action.get(value, Members()).needs:
            if getattr(self, name) in (None, []):
                raise ValueError(f"{label} needs the member {_alias(type(self), name)}")
        for name in self.foreign(value):
            if getattr(self, name) not in (None, []):
                raise ValueError(f"{label} has no member {_alias(type(self), name)}")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        schema = handler(core)
        conditions = [_condition(cls, value, members) for value, members in cls.by_action.items()]
        if conditions:
            handler.resolve_ref_schema(schema)["allOf"] = conditions
        return schema


def _condition(cls: type[ByAction], value: str, members: Members) -> dict[str, Any]:
    """JSON Schema: when the switch has `value`, `needs` are present and foreign members absent."""
    absent: dict[str, Any] = {"enum": [None, []]}
    properties: dict[str, Any] = {_alias(cls, name): {"not": absent} for name in members.needs}
    properties |= {_alias(cls, name): absent for name in cls.foreign(value)}
    then: dict[str, Any] = {"properties": properties}
    if members.needs:
        then["required"] = [_alias(cls, name) for name in members.needs]
    return {"if": {"properties": {cls.switch: {"const": value}}, "required": [cls.switch]}, "then": then}


def _alias(cls: type[ByAction], name: str) -> str:
    return cls.model_fields[name].alias or name


def _spelled(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()
