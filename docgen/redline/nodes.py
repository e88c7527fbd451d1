"""Copies of XML elements, and the words that Word files give them."""

from __future__ import annotations

from typing import Final

from docx.oxml.ns import qn
from lxml import etree

from docgen.word.oxml import Element

__all__ = ["SPACE", "copy_of", "shell_of", "w_element", "write_part"]

SPACE: Final = "{http://www.w3.org/XML/1998/namespace}space"


def w_element(name: str) -> Element:
    """An empty element of WordprocessingML."""
    return etree.Element(qn(f"w:{name}"))


def copy_of(element: Element) -> Element:
    """The element with all that is in it, belonging to nothing."""
    made: Element = etree.fromstring(etree.tostring(element, with_tail=False))
    return made


def shell_of(element: Element) -> Element:
    """The element with its attributes and nothing in it."""
    made: Element = etree.Element(element.tag, nsmap=dict(element.nsmap))  # type: ignore[arg-type]
    for name, value in element.attrib.items():
        made.set(name, value)
    return made


def write_part(root: Element) -> bytes:
    """The bytes of a part."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
