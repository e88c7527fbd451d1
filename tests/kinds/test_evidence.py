"""What the requirement files ask for has a member that can carry it, in every kind they name."""

import pytest
from pydantic import BaseModel

from ledger.kinds import KINDS, body_class
from ledger.kinds.erasable import parts_in
from tests.kinds.evidence import AI_ACT, ANNEX_A, CLAUSES, SOA_COLUMNS


def has_member(kind: str, path: str) -> bool:
    """Whether the body of `kind`, followed along `path`, has the last member of it."""
    part: type[BaseModel] = body_class(kind)
    *way, last = path.split(".")
    for step in way:
        inside = [*parts_in(part.model_fields[step].annotation)] if step in part.model_fields else []
        if len(inside) != 1:
            return False
        part = inside[0]
    return last in part.model_fields


def test_every_item_of_evidence_of_every_control_has_members_that_carry_it() -> None:
    missing = [
        f"{control}: {item}: {member}"
        for control, items in ANNEX_A.items()
        for item, members in items.items()
        for member in members.split()
        if not has_member(*member.split(".", 1))
    ]

    assert missing == []
    assert all(members for items in ANNEX_A.values() for members in items.values())


@pytest.mark.parametrize("table", [CLAUSES, AI_ACT], ids=["clauses", "ai act"])
def test_every_point_asked_for_has_members_that_carry_it(table: dict[str, str]) -> None:
    missing = [
        f"{point}: {member}"
        for point, members in table.items()
        for member in members.split()
        if not has_member(*member.split(".", 1))
    ]

    assert missing == []


def test_all_38_controls_of_annex_a_are_looked_at() -> None:
    per_topic = {topic: sum(c.startswith(f"A.{topic}.") for c in ANNEX_A) for topic in range(2, 11)}

    assert per_topic == {2: 3, 3: 2, 4: 5, 5: 4, 6: 9, 7: 5, 8: 4, 9: 3, 10: 3}
    assert sum(per_topic.values()) == len(ANNEX_A) == 38


def test_every_column_of_the_statement_of_applicability_comes_from_a_declaration() -> None:
    assert [column for column, path in SOA_COLUMNS.items() if not has_member("control", path)] == []


def test_a_member_that_does_not_exist_is_noticed() -> None:
    assert not has_member("control", "colour")
    assert not has_member("control", "exceptions.colour")
    assert not has_member("control", "colour.shade")


@pytest.mark.parametrize("kind", KINDS)
def test_every_member_of_every_part_is_described(kind: str) -> None:
    seen: set[type[BaseModel]] = set()
    todo: list[type[BaseModel]] = [body_class(kind)]
    undescribed = []
    while todo:
        part = todo.pop()
        if part in seen:
            continue
        seen.add(part)
        for name, field in part.model_fields.items():
            if not field.description:
                undescribed.append(f"{part.__name__}.{name}")
            todo += parts_in(field.annotation)

    assert undescribed == []
