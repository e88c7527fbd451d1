"""Where a kind's bodies have erasable members, worked out once per class and walked cheaply.

An erasable member is one whose field is marked `Erasable`. Before signing it is replaced by its RFC 9901
digest in the ``_sd`` list of the object it belongs to; only objects with erasable members may have ``_sd``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from ledger.errors import SchemaError
from ledger.kinds.base import Erasable


@dataclass(frozen=True, slots=True)
class Plan:
    """Erasable members of an object, and the members below which there are more."""

    erasable: frozenset[str]
    inside: tuple[tuple[str, Plan], ...]

    def __bool__(self) -> bool:
        return bool(self.erasable or self.inside)

    def paths(self, data: Mapping[str, Any], at: str = "") -> Iterator[str]:
        """JSON pointers of the erasable members that `data` holds in clear."""
        if not self.erasable.isdisjoint(data):
            for name in self.erasable:
                if data.get(name) is not None:
                    yield f"{at}/{name}"
        for name, plan in self.inside:
            value = data.get(name)
            if value is not None:
                for step, part in _parts(value):
                    yield from plan.paths(part, f"{at}/{name}{step}")

    def check_digests(self, kind: str, data: Mapping[str, Any], at: tuple[str | int, ...] = ()) -> None:
        """Return if every ``_sd`` in a valid body is sorted, without repeats and not longer than it can be.

        Raises:
            SchemaError: naming the ``_sd`` that is wrong.
        """
        digests = data.get("_sd") if self.erasable else None
        if digests:
            absent = sum(data.get(name) is None for name in self.erasable)
            if len(digests) > absent:
                problem = f"found {len(digests)} digests, expected at most {absent}: so many members are absent"
                raise SchemaError(kind, format_place((*at, "_sd")), problem)
            if any(first >= second for first, second in pairwise(digests)):
                problem = "found digests unsorted or twice, expected them sorted, each once"
                raise SchemaError(kind, format_place((*at, "_sd")), problem)
        for name, plan in self.inside:
            value = data.get(name)
            if value is None:
                continue
            if isinstance(value, list):
                for position, item in enumerate(value):
                    plan.check_digests(kind, item, (*at, name, position))
            else:
                plan.check_digests(kind, value, (*at, name))


def format_place(location: Sequence[str | int]) -> str:
    """``("metrics", 2, "value")`` as ``metrics[2].value``."""
    text = ""
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


@cache
def plan_of(part: type[BaseModel]) -> Plan:
    """The plan of `part` and of the parts inside it."""
    erasable, inside = set(), []
    for name, field in part.model_fields.items():
        label = field.alias or name
        if is_erasable(field):
            erasable.add(label)
            continue  # the whole value is erased at once; digests do not nest
        plans = [plan for nested in parts_in(field.annotation) if (plan := plan_of(nested))]
        assert len(plans) <= 1, f"{part.__name__}.{name}: one place, several shapes with erasable members"
        inside += [(label, plan) for plan in plans]
    return Plan(frozenset(erasable), tuple(inside))


def is_erasable(field: FieldInfo) -> bool:
    """Whether `field` is marked `Erasable`."""
    return any(isinstance(mark, Erasable) for mark in field.metadata)


def parts_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The part classes that `annotation` names: itself, in a union, a list or a mapping's values."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in get_args(annotation):
        yield from parts_in(argument)


def _parts(value: object) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(pointer step, object) for an object itself and for each object in a list."""
    if isinstance(value, Mapping):
        yield "", value
    elif isinstance(value, list):
        for position, item in enumerate(value):
            if isinstance(item, Mapping):
                yield f"/{position}", item
