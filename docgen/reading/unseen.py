"""Words that are in a file and that nobody sees."""

from __future__ import annotations

import re

from lxml import etree

from docgen.reading.package import qname

__all__ = ["is_unseen"]

_SMALLEST = 8  # half points


def is_unseen(properties: etree._Element) -> bool:
    """Whether a run's own looks keep its words from being read: nearly white on nearly white, or under 4 points."""
    size = _value(properties.find(qname("w:sz")))
    if size.isascii() and size.isdigit() and int(size[:6]) < _SMALLEST:
        return True
    if not _is_light(_value(properties.find(qname("w:color")))):
        return False
    grounds = [_ground(properties)]
    for above in properties.iterancestors(qname("w:r"), qname("w:p"), qname("w:tc")):
        own = above.find(f"{{*}}{etree.QName(above).localname}Pr")
        grounds.append(_ground(own) if own is not None else "")
    # What lies nearest to the words is what they stand on.
    return _is_light(next((ground for ground in grounds if ground), "FFFFFF"))


def _ground(properties: etree._Element) -> str:
    shade = properties.find(qname("w:shd"))
    fill = str(shade.get(qname("w:fill"), "")) if shade is not None else ""
    return "" if fill.lower() == "auto" else fill


def _is_light(colour: str) -> bool:
    return re.fullmatch(r"(?:[EF][0-9A-F]){3}", colour, re.IGNORECASE) is not None


def _value(element: etree._Element | None) -> str:
    return str(element.get(qname("w:val"), "")) if element is not None else ""
