"""Numbers of tables and figures, and the references that name them.

A reference leads to ``table:<id>`` or ``figure:<key>``.  Its words say what it leads to ("Table");
the number behind them is that of the caption, counted in reading order as every writer counts them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

from docgen.tree import Block, Body, Figure, Ref, Table, Text, plain_text, walk, walk_inlines

__all__ = ["caption_numbers", "number_references"]


def caption_numbers(blocks: tuple[Block, ...]) -> Mapping[str, int]:
    """The number of each captioned table with an id and each captioned figure, by the target that names it."""
    numbers: dict[str, int] = {}
    tables = figures = 0
    for block in walk(blocks):
        if isinstance(block, Table) and block.caption:
            tables += 1
            if block.id:
                numbers[f"table:{block.id}"] = tables
        elif isinstance(block, Figure) and block.caption:
            figures += 1
            numbers.setdefault(f"figure:{block.key}", figures)
    return numbers


def number_references(body: Body) -> Body:
    """`body` with the number written into each reference to a caption; others are left as they are."""
    targets = {inline.target for inline in walk_inlines(body.blocks) if isinstance(inline, Ref)}
    if not any(":" in target for target in targets):
        return body
    return replace(body, blocks=_numbered(body.blocks, caption_numbers(body.blocks)))


def _numbered(node: Any, numbers: Mapping[str, int]) -> Any:
    if isinstance(node, Ref) and node.target in numbers:
        return Ref(node.target, (Text(f"{plain_text(node.children)} {numbers[node.target]}"),))
    if isinstance(node, tuple):
        return tuple(_numbered(item, numbers) for item in node)
    if is_dataclass(node) and not isinstance(node, type):
        values = {field.name: getattr(node, field.name) for field in fields(node)}
        changed = {name: _numbered(value, numbers) for name, value in values.items() if isinstance(value, tuple)}
        return replace(node, **changed)
    return node
