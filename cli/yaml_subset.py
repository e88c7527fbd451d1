"""A YAML loader for JSON's values: nothing is guessed, nothing is shared, nothing is said twice."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml
from yaml.composer import ComposerError
from yaml.constructor import ConstructorError
from yaml.error import Mark

_LONGEST_NUMBER: Final = 40


class StrictLoader(yaml.SafeLoader):
    """Reads one document of mappings, lists, texts, ``true``, ``false``, ``null`` and JSON's numbers."""

    # A fresh table: the resolvers of YAML 1.1 read `no` as false, `12:30` as 750 and a date as a Python date.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next node; an alias is refused, since a few of them can stand for gigabytes, and a tag, too."""
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
        if isinstance(event, yaml.AliasEvent):
            raise ComposerError(None, None, "an alias, expected the value itself", _mark(event))
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise ComposerError(None, None, f"the tag {tag}, expected none", _mark(event))
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """The mapping; its keys are texts, each once."""
        keys: set[str] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise ConstructorError(None, None, "a key that is no text, expected a name", key_node.start_mark)
            if key_node.value in keys:
                problem = f"the key {key_node.value!r} a second time, expected each once"
                raise ConstructorError(None, None, problem, key_node.start_mark)
            keys.add(key_node.value)
            key_node.tag = "tag:yaml.org,2002:str"
        return super().construct_mapping(node, deep=deep)

    def construct_number(self, node: yaml.ScalarNode) -> int | float:
        """The number, read by the rules of JSON."""
        if len(node.value) > _LONGEST_NUMBER:
            raise ConstructorError(None, None, "a number of more than 40 digits", node.start_mark)
        return float(node.value) if set(node.value) & set(".eE") else int(node.value)


def _mark(event: yaml.Event) -> Mark:
    assert isinstance(event.start_mark, Mark)  # SafeLoader is the one written in Python
    return event.start_mark


StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)\Z"), list("tf"))
StrictLoader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:null|~|)\Z"), ["n", "~", ""])
StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z", re.ASCII),
    list("-0123456789"),
)
StrictLoader.add_constructor("tag:yaml.org,2002:float", StrictLoader.construct_number)
