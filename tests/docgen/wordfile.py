"""A written Word file taken apart again, for tests that look inside."""

import io
import zipfile
from collections.abc import Iterator

from docx.oxml.ns import nsmap
from lxml import etree

Element = etree._Element
NAMESPACES = {prefix: nsmap[prefix] for prefix in ("w", "r", "wp", "a", "pic")}


class WordFile:
    """The parts of a .docx file, queried with XPath."""

    def __init__(self, data: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            self.members = archive.infolist()
            self.parts = {name: archive.read(name) for name in archive.namelist()}
        self.document = self.part("word/document.xml")

    def part(self, name: str) -> Element:
        return etree.fromstring(self.parts[name])

    def find(self, path: str, inside: Element | None = None) -> list[Element]:
        return (self.document if inside is None else inside).xpath(path, namespaces=NAMESPACES)  # type: ignore[return-value]

    def values(self, path: str, inside: Element | None = None) -> list[str]:
        return [str(value) for value in self.find(path, inside)]

    def style_names(self) -> dict[str, str]:
        styles = self.find("//w:style", self.part("word/styles.xml"))
        return {self.values("@w:styleId", s)[0]: self.values("w:name/@w:val", s)[0] for s in styles}

    def paragraphs(self, style: str, inside: Element | None = None) -> list[str]:
        """The texts of the paragraphs in a style."""
        ids = [style_id for style_id, name in self.style_names().items() if name == style]
        found = self.find(f".//w:p[w:pPr/w:pStyle/@w:val='{ids[0]}']", inside)
        return [text_of(paragraph) for paragraph in found]


def text_of(element: Element) -> str:
    """What is printed: texts, breaks as newlines, tabs as tabs."""
    return "".join(_pieces(element))


def _pieces(element: Element) -> Iterator[str]:
    for node in element.iter():
        name = etree.QName(node).localname
        if name == "t":
            yield node.text or ""
        elif name == "br":
            yield "\n"
        elif name == "tab" and etree.QName(node.getparent()).localname == "r":
            yield "\t"
